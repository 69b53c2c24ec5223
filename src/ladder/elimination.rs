//! Newton's method on one half cell: linearise, eliminate from the deepest node to the mouth,
//! substitute back.
//!
//! With storage rate `a` (1/s) and memory currents `b_k` (A) of the integration rule, node k asks
//! for
//!
//! ```text
//! F_k = a C_k d_k - b_k - I_k + I_{k+1} = 0,      u_k = u_k^n + d_k,      I_j = (u_{j-1} - u_j)/R_j
//! ```
//!
//! where `I_0`, the current entering at the mouth, is unknown and `I_M = 0`. With
//! `P_j = dI_j/du_{j-1}` and `N_j = -dI_j/du_j` the linear system is tridiagonal. Eliminated from the
//! deep end it is a continued fraction in the admittance `Y_k` seen from node k inwards:
//!
//! ```text
//! Y_{k-1} = a C_{k-1} + P_k Y_k/(N_k + Y_k)
//! r_{k-1} = -F_{k-1} + N_k/(N_k + Y_k) r_k
//! ```
//!
//! No subtraction occurs (P, N, Y > 0 near equilibrium), so nothing cancels even when `a C` and `P`
//! differ by many orders of magnitude. What remains at the mouth is `Y_0 delta_0 = r_0 + I_0`.

use super::Chain;

/// What a linearised half cell shows at its mouth: `delta_0 = z (i + r)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mouth {
    /// Small-signal impedance behind node 0, ohm.
    pub z: f64,
    /// Current that the present iterate is short of, ampere.
    pub r: f64,
    /// Resistance of link 0, ohm.
    pub resistance: f64,
    /// Its derivative with respect to `u_0`, ohm/V.
    pub resistance_u: f64,
}

/// Work arrays of one half cell. Allocated once.
#[derive(Debug, Clone)]
pub(crate) struct Elimination {
    pub rho: Vec<f64>,
    pub rho_u: Vec<f64>,
    /// `P_j`, then (after elimination) `P_j/(N_j + Y_j)`.
    gain: Vec<f64>,
    /// `N_j`, then `N_j/(N_j + Y_j)`.
    back: Vec<f64>,
    /// `1/(N_j + Y_j)`.
    inverse: Vec<f64>,
    /// `I_j`.
    flow: Vec<f64>,
    /// `-F_k`, then `r_k`.
    residual: Vec<f64>,
    /// Newton correction, volt.
    pub delta: Vec<f64>,
}

/// The integration rule as the equations see it.
pub(crate) struct Rule<'a> {
    /// Storage rate, 1/s.
    pub a: f64,
    /// Memory rate: `b_k = memory C_k previous_k`, 1/s.
    pub memory: f64,
    /// Increments of the previous step, volt.
    pub previous: &'a [f64],
}

impl Elimination {
    pub fn new(nodes: usize) -> Self {
        let zeros = || vec![0.0; nodes];
        Self {
            rho: zeros(),
            rho_u: zeros(),
            gain: zeros(),
            back: zeros(),
            inverse: zeros(),
            flow: zeros(),
            residual: zeros(),
            delta: zeros(),
        }
    }

    /// Linearises about overpotentials `u = u^n + d` and eliminates down to the mouth.
    pub fn eliminate(&mut self, chain: &Chain, rule: &Rule, u: &[f64], d: &[f64]) -> Mouth {
        let m = chain.nodes();
        chain.eval_law(u, &mut self.rho, &mut self.rho_u);
        let c = &chain.capacitance[..m];
        let (u, d, previous) = (&u[..m], &d[..m], &rule.previous[..m]);
        let (rho, rho_u) = (&self.rho[..m], &self.rho_u[..m]);
        let (fixed, near, far) = (&chain.fixed[..m], &chain.near[..m], &chain.far[..m]);
        let residual = &mut self.residual[..m];
        for k in 0..m {
            residual[k] = c[k] * (rule.memory * previous[k] - rule.a * d[k]);
        }
        let (gain, back, flow) = (
            &mut self.gain[..m],
            &mut self.back[..m],
            &mut self.inverse[..m],
        );
        for j in 1..m {
            let g = 1.0 / (fixed[j] + near[j] * rho[j - 1] + far[j] * rho[j]);
            let i = (u[j - 1] - u[j]) * g;
            let w = i * g;
            gain[j] = g - w * near[j] * rho_u[j - 1];
            back[j] = g + w * far[j] * rho_u[j];
            flow[j] = i;
        }
        for j in 1..m {
            residual[j] += flow[j];
            residual[j - 1] -= flow[j];
        }
        let inverse = flow;
        let mut y = rule.a * c[m - 1];
        let mut r = residual[m - 1];
        for j in (1..m).rev() {
            let inv = 1.0 / (back[j] + y);
            inverse[j] = inv;
            let p = gain[j] * inv;
            gain[j] = p;
            y = rule.a * c[j - 1] + p * y;
            r = residual[j - 1] + back[j] * inv * r;
            residual[j - 1] = r;
        }
        Mouth {
            z: 1.0 / y,
            r,
            resistance: fixed[0] + far[0] * rho[0],
            resistance_u: far[0] * rho_u[0],
        }
    }

    /// Linearises about overpotentials `u`: link currents and their derivatives.
    pub fn linearise(&mut self, chain: &Chain, u: &[f64]) {
        let m = chain.nodes();
        chain.eval_law(u, &mut self.rho, &mut self.rho_u);
        let u = &u[..m];
        let (rho, rho_u) = (&self.rho[..m], &self.rho_u[..m]);
        let (fixed, near, far) = (&chain.fixed[..m], &chain.near[..m], &chain.far[..m]);
        let (gain, back, flow) = (
            &mut self.gain[..m],
            &mut self.back[..m],
            &mut self.flow[..m],
        );
        for j in 1..m {
            let g = 1.0 / (fixed[j] + near[j] * rho[j - 1] + far[j] * rho[j]);
            let i = (u[j - 1] - u[j]) * g;
            let w = i * g;
            gain[j] = g - w * near[j] * rho_u[j - 1];
            back[j] = g + w * far[j] * rho_u[j];
            flow[j] = i;
        }
    }

    /// Resistance of link 0 (ohm) and its derivative with respect to `u_0` (ohm/V) where the law
    /// was last evaluated.
    pub fn mouth_link(&self, chain: &Chain) -> (f64, f64) {
        (
            chain.fixed[0] + chain.far[0] * self.rho[0],
            chain.far[0] * self.rho_u[0],
        )
    }

    /// Factorises the linearised equations; returns the impedance behind node 0.
    pub fn factor(&mut self, chain: &Chain, a: f64) -> f64 {
        let m = chain.nodes();
        let c = &chain.capacitance[..m];
        let (gain, back, inverse) = (
            &mut self.gain[..m],
            &mut self.back[..m],
            &mut self.inverse[..m],
        );
        let mut y = a * c[m - 1];
        for j in (1..m).rev() {
            let inv = 1.0 / (back[j] + y);
            inverse[j] = inv;
            let p = gain[j] * inv;
            back[j] *= inv;
            gain[j] = p;
            y = a * c[j - 1] + p * y;
        }
        1.0 / y
    }

    /// Eliminates, with the factors in hand, the right-hand side `C_k memory_k + I_k - I_{k+1}`
    /// whose currents are those at overpotentials `u` with `i` entering. Returns the current that
    /// is missing at the mouth.
    pub fn reduce(&mut self, chain: &Chain, u: &[f64], i: f64, memory: &[f64]) -> f64 {
        let m = chain.nodes();
        chain.eval_law(u, &mut self.rho, &mut self.rho_u);
        let (u, memory, c) = (&u[..m], &memory[..m], &chain.capacitance[..m]);
        let rho = &self.rho[..m];
        let (fixed, near, far) = (&chain.fixed[..m], &chain.near[..m], &chain.far[..m]);
        let (flow, residual) = (&mut self.flow[..m], &mut self.residual[..m]);
        flow[0] = i;
        for j in 1..m {
            flow[j] = (u[j - 1] - u[j]) / (fixed[j] + near[j] * rho[j - 1] + far[j] * rho[j]);
        }
        for k in 0..m - 1 {
            residual[k] = c[k] * memory[k] + flow[k] - flow[k + 1];
        }
        let mut r = c[m - 1] * memory[m - 1] + flow[m - 1];
        residual[m - 1] = r;
        let back = &self.back[..m];
        for j in (1..m).rev() {
            r = residual[j - 1] + back[j] * r;
            residual[j - 1] = r;
        }
        r
    }

    /// Substitutes back after [`Elimination::reduce`]: fills `delta`, which is `delta_0` at the mouth.
    pub fn substitute_into(&mut self, delta_0: f64, delta: &mut [f64]) {
        let m = self.residual.len();
        let (gain, inverse) = (&self.gain[..m], &self.inverse[..m]);
        let (residual, delta) = (&self.residual[..m], &mut delta[..m]);
        delta[0] = delta_0;
        let mut x = delta_0;
        for j in 1..m {
            x = gain[j] * x + inverse[j] * residual[j];
            delta[j] = x;
        }
    }

    /// Fills `delta` for the correction `delta_0` at the mouth; returns the largest |delta|, NaN
    /// if any is.
    pub fn substitute(&mut self, delta_0: f64) -> f64 {
        let m = self.delta.len();
        let (gain, inverse) = (&self.gain[..m], &self.inverse[..m]);
        let (residual, delta) = (&self.residual[..m], &mut self.delta[..m]);
        delta[0] = delta_0;
        let mut x = delta_0;
        let mut largest = x.abs();
        for j in 1..m {
            x = gain[j] * x + inverse[j] * residual[j];
            delta[j] = x;
            largest = largest.max(x.abs());
        }
        // `max` drops NaN, but a NaN anywhere reaches the last node.
        if x.is_nan() { x } else { largest }
    }
}
