//! What a half cell's state says: small-signal impedance, slow resistance, dissipation.

use num_complex::Complex64;

use super::Chain;

impl Chain {
    /// Impedance (ohm) seen at the mouth at angular frequency `omega` (rad/s, above 0), linearised
    /// about charges `w` (volt) with the current `i` (A) entering at the mouth.
    ///
    /// The continued fraction of [`super::elimination`] with `a C` replaced by `j omega C`. For
    /// `gamma = 0` and many slits it tends to `sqrt(R/(j omega C)) coth sqrt(j omega R C)`
    /// (de Levie 1963, doi 10.1016/0013-4686(63)80042-0).
    pub fn impedance(&self, w: &[f64], i: f64, omega: f64) -> Complex64 {
        let (y, mouth) = self.mouth_admittance(w, omega);
        let (resistance, slope) = mouth;
        let (_, u_w) = self.potential(w[0]);
        resistance + (u_w + i * slope) / y
    }

    /// Admittance behind node 0, in ampere per volt of `w`, and the mouth link's resistance with its derivative
    /// (ohm/V).
    fn mouth_admittance(&self, w: &[f64], omega: f64) -> (Complex64, (f64, f64)) {
        let last = self.nodes() - 1;
        let mut y = Complex64::new(0.0, omega * self.capacitance[last]);
        let mut inner = self.node(w[last], last);
        for j in (1..=last).rev() {
            let outer = self.node(w[j - 1], j - 1);
            let g = 1.0 / (self.fixed[j] + self.near[j] * outer.rho + self.far[j] * inner.rho);
            let bend = (outer.u - inner.u) * g * g;
            let p = g * outer.u_w - bend * self.near[j] * outer.rho_w;
            let n = g * inner.u_w + bend * self.far[j] * inner.rho_w;
            y = Complex64::new(0.0, omega * self.capacitance[j - 1]) + p * y / (n + y);
            inner = outer;
        }
        (
            y,
            (
                self.fixed[0] + self.far[0] * inner.rho,
                self.far[0] * inner.rho_w,
            ),
        )
    }

    /// What node `k` shows when it holds `w` (volt).
    #[inline]
    fn node(&self, w: f64, k: usize) -> Node {
        let (u, u_w) = self.potential(w);
        let (rho, slope) = self.shape.eval(self.x_per_volt[k] * w);
        Node {
            u,
            u_w,
            rho,
            rho_w: slope * self.x_per_volt[k],
        }
    }

    /// Low-frequency limit of `Re Z`, ohm: each link weighted by the square of the share of the
    /// charge that passes it when the potentials of all nodes rise alike.
    pub fn slow_resistance(&self, w: &[f64]) -> f64 {
        let now = |k: usize| self.capacitance[k] / self.potential(w[k]).1;
        let total: f64 = (0..self.nodes()).map(now).sum();
        let mut behind = 0.0;
        let mut sum = 0.0;
        let rho = |k: usize| self.shape.eval(self.x_per_volt[k] * w[k]).0;
        let mut inner = rho(self.nodes() - 1);
        for j in (0..self.nodes()).rev() {
            behind += now(j);
            let outer = if j > 0 { rho(j - 1) } else { 0.0 };
            let r = self.fixed[j] + self.near[j] * outer + self.far[j] * inner;
            let share = behind / total;
            sum += r * share * share;
            inner = outer;
        }
        sum
    }

    /// Heat in the links at charges `w` (volt) with current `i` entering at the mouth, watt.
    pub fn dissipation(&self, w: &[f64], i: f64) -> f64 {
        let mut outer = self.node(w[0], 0);
        let mut power = i * i * (self.fixed[0] + self.far[0] * outer.rho);
        for (j, w) in w.iter().enumerate().skip(1) {
            let inner = self.node(*w, j);
            let r = self.fixed[j] + self.near[j] * outer.rho + self.far[j] * inner.rho;
            let drop = outer.u - inner.u;
            power += drop * drop / r;
            outer = inner;
        }
        power
    }
}

/// A node at its charge `w`: overpotential (volt) and resistance of a slit in units of the empty one's, with their
/// derivatives.
struct Node {
    u: f64,
    u_w: f64,
    rho: f64,
    rho_w: f64,
}
