//! What a half cell's state says: small-signal impedance, slow resistance, dissipation.

use num_complex::Complex64;

use super::Chain;

impl Chain {
    /// Impedance (ohm) seen at the mouth at angular frequency `omega` (rad/s, above 0), linearised
    /// about overpotentials `u` with the current `i` (A) entering at the mouth.
    ///
    /// The continued fraction of [`super::elimination`] with `a C` replaced by `j omega C`. For
    /// `gamma = 0` and many slits it tends to `sqrt(R/(j omega C)) coth sqrt(j omega R C)`
    /// (de Levie 1963, doi 10.1016/0013-4686(63)80042-0).
    pub fn impedance(&self, u: &[f64], i: f64, omega: f64) -> Complex64 {
        let (y, mouth) = self.mouth_admittance(u, omega);
        let (resistance, slope) = mouth;
        resistance + (1.0 + i * slope) / y
    }

    /// Admittance behind node 0 and the mouth link's resistance with its derivative (ohm/V).
    fn mouth_admittance(&self, u: &[f64], omega: f64) -> (Complex64, (f64, f64)) {
        let law = |k: usize| {
            let (rho, slope) = self.shape.eval(self.x_per_volt[k] * u[k]);
            (rho, slope * self.x_per_volt[k])
        };
        let last = self.nodes() - 1;
        let mut y = Complex64::new(0.0, omega * self.capacitance[last]);
        let mut inner = law(last);
        for j in (1..=last).rev() {
            let outer = law(j - 1);
            let g = 1.0 / (self.fixed[j] + self.near[j] * outer.0 + self.far[j] * inner.0);
            let w = (u[j - 1] - u[j]) * g * g;
            let p = g - w * self.near[j] * outer.1;
            let n = g + w * self.far[j] * inner.1;
            y = Complex64::new(0.0, omega * self.capacitance[j - 1]) + p * y / (n + y);
            inner = outer;
        }
        (
            y,
            (self.fixed[0] + self.far[0] * inner.0, self.far[0] * inner.1),
        )
    }

    /// Low-frequency limit of `Re Z`, ohm: each link weighted by the square of the share of the
    /// charge that passes it when all nodes charge alike.
    pub fn slow_resistance(&self, u: &[f64]) -> f64 {
        let total = self.total_capacitance();
        let mut behind = 0.0;
        let mut sum = 0.0;
        let rho = |k: usize| self.shape.eval(self.x_per_volt[k] * u[k]).0;
        let mut inner = rho(self.nodes() - 1);
        for j in (0..self.nodes()).rev() {
            behind += self.capacitance[j];
            let outer = if j > 0 { rho(j - 1) } else { 0.0 };
            let r = self.fixed[j] + self.near[j] * outer + self.far[j] * inner;
            let share = behind / total;
            sum += r * share * share;
            inner = outer;
        }
        sum
    }

    /// Heat in the links at overpotentials `u` with current `i` entering at the mouth, watt.
    pub fn dissipation(&self, u: &[f64], i: f64) -> f64 {
        let rho = |k: usize| self.shape.eval(self.x_per_volt[k] * u[k]).0;
        let mut outer = rho(0);
        let mut power = i * i * (self.fixed[0] + self.far[0] * outer);
        for j in 1..self.nodes() {
            let inner = rho(j);
            let r = self.fixed[j] + self.near[j] * outer + self.far[j] * inner;
            let drop = u[j - 1] - u[j];
            power += drop * drop / r;
            outer = inner;
        }
        power
    }
}
