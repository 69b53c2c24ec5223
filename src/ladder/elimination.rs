//! A linearised half cell: elimination from the deepest node to the mouth, substitution back.
//!
//! With storage rate `a` (1/s) and memory currents `b_k` (A) of the integration rule, node k asks
//! for
//!
//! ```text
//! F_k = a C_k d_k - b_k - I_k + I_{k+1} = 0,      w_k = w_k^n + d_k,      I_j = (u_{j-1} - u_j)/R_j
//! ```
//!
//! where `w_k = Q_k/C_k` and `u_k(w_k)` are the same unless the capacitance rises with voltage, `I_0`,
//! the current entering at the mouth, is unknown, and `I_M = 0`. With `P_j = dI_j/dw_{j-1}` and
//! `N_j = -dI_j/dw_j` the linear system is tridiagonal. Eliminated from the
//! deep end it is a continued fraction in the admittance `Y_k` seen from node k inwards:
//!
//! ```text
//! Y_{k-1} = a C_{k-1} + P_k Y_k/(N_k + Y_k)
//! r_{k-1} = -F_{k-1} + N_k/(N_k + Y_k) r_k
//! ```
//!
//! No subtraction occurs (P, N, Y > 0 near equilibrium), so nothing cancels even when `a C` and `P`
//! differ by many orders of magnitude. What remains at the mouth is `Y_0 delta_0 = r_0 + I_0`, and
//! back from there `delta_k = P_k/(N_k + Y_k) delta_{k-1} + r_k/(N_k + Y_k)`.
//!
//! # Without a division in the chain
//!
//! As written, every node waits for the division of the node before it. With `Y = A/B` and
//! `r = S/B`, and `B` of the next node chosen as its denominator,
//!
//! ```text
//! B_{k-1} = A_k + N_k B_k,   A_{k-1} = a C_{k-1} B_{k-1} + P_k A_k,   S_{k-1} = -F_{k-1} B_{k-1} + N_k S_k
//! ```
//!
//! only products and sums are left in the chain, and `1/(N_k + Y_k) = B_k/B_{k-1}` can be worked out
//! for many nodes at once afterwards. A common factor of A, B and S does not matter; every few
//! nodes a power of two is taken out.

use super::Chain;
use super::sweeps::{self, Block};

/// What a linearised half cell shows at its mouth: `delta_0 = z (i + r)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mouth {
    /// Change of `w_0` with the current into node 0, ohm.
    pub z: f64,
    /// Current that the present iterate is short of, ampere.
    pub r: f64,
    /// Overpotential of node 0, volt, and its derivative with respect to `w_0`.
    pub u_0: f64,
    pub u_w: f64,
    /// Resistance of link 0, ohm.
    pub resistance: f64,
    /// Its derivative with respect to `w_0`, ohm/V.
    pub resistance_w: f64,
}

/// Work arrays of one half cell, index k or j as above. Allocated once.
#[derive(Debug, Clone)]
pub(crate) struct Elimination {
    /// Charges `w`, volt.
    pub(super) end: Vec<f64>,
    /// Overpotentials at `end`, volt, and their derivatives. Only for a capacitance that rises.
    pub(super) potential: Vec<f64>,
    pub(super) potential_w: Vec<f64>,
    /// The law at `end`, and its derivative, 1/V; 1 and 0 for a constant resistance.
    pub(super) rho: Vec<f64>,
    pub(super) rho_w: Vec<f64>,
    /// `P_j`, siemens; after elimination `P_j/(N_j + Y_j)`.
    pub(super) gain: Vec<f64>,
    /// `N_j`, siemens; after elimination `N_j/(N_j + Y_j)`.
    pub(super) back: Vec<f64>,
    /// `1/(N_j + Y_j)`, ohm.
    pub(super) inverse: Vec<f64>,
    /// `I_j`, ampere.
    pub(super) flow: Vec<f64>,
    /// `r_j/(N_j + Y_j)`, volt (of [`Elimination::reduce`]: `r_j`, ampere).
    pub(super) offset: Vec<f64>,
    /// Correction, volt.
    pub(super) delta: Vec<f64>,
    pub(super) block: Block,
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
            end: zeros(),
            potential: zeros(),
            potential_w: zeros(),
            rho: vec![1.0; nodes],
            rho_w: zeros(),
            gain: zeros(),
            back: zeros(),
            inverse: zeros(),
            flow: zeros(),
            offset: zeros(),
            delta: zeros(),
            block: Block::new(),
        }
    }

    /// One Newton iteration up to the mouth: linearises about `w + d` and eliminates.
    pub fn eliminate(&mut self, chain: &Chain, rule: &Rule, w: &[f64], d: &[f64]) -> Mouth {
        let (z, r) = sweeps::eliminate(self, chain, rule, w, d);
        let (resistance, resistance_w) = self.mouth_link(chain);
        let (u_0, u_w) = self.mouth_potential(chain, self.end[0]);
        Mouth {
            z,
            r,
            u_0,
            u_w,
            resistance,
            resistance_w,
        }
    }

    /// Substitutes back after [`Elimination::eliminate`], with the correction `delta_0` at the mouth.
    /// Returns the largest correction, NaN if any is.
    pub fn substitute(&mut self, delta_0: f64) -> f64 {
        sweeps::substitute(&self.gain, &self.offset, delta_0, &mut self.delta)
    }

    /// Adds `fraction` of the correction to `d`.
    pub fn apply(&self, fraction: f64, d: &mut [f64]) {
        for (d, delta) in d.iter_mut().zip(&self.delta) {
            *d += fraction * delta;
        }
    }

    /// Fraction of the correction with which no slit's `x = Q/q_max` changes by more than
    /// `max_leap`, or by more than that times x where `|x| > 1`.
    pub fn shortest_leap(&self, chain: &Chain, max_leap: f64) -> f64 {
        let mut fraction = 1.0_f64;
        for ((delta, end), scale) in self.delta.iter().zip(&self.end).zip(&chain.x_per_volt) {
            let leap = (delta * scale).abs();
            let allowed = max_leap * (end * scale).abs().max(1.0);
            if leap > allowed {
                fraction = fraction.min(allowed / leap);
            }
        }
        fraction
    }

    /// Linearises about `w` and factorises for many right-hand sides. Returns the change of `w_0` with
    /// the current into node 0, ohm.
    pub fn factor(&mut self, chain: &Chain, a: f64, w: &[f64]) -> f64 {
        sweeps::factor(self, chain, a, w)
    }

    /// Eliminates, with the factors in hand, the right-hand side `C_k memory_k + I_k - I_{k+1}`
    /// whose currents are those at charges `w` (volt) with `i` entering. Returns the current that
    /// is missing at the mouth.
    pub fn reduce(&mut self, chain: &Chain, w: &[f64], i: f64, memory: &[f64]) -> f64 {
        sweeps::reduce(self, chain, w, i, memory)
    }

    /// Substitutes back after [`Elimination::reduce`]: fills `delta`, which is `delta_0` at the mouth.
    pub fn substitute_into(&mut self, delta_0: f64, delta: &mut [f64]) {
        sweeps::substitute_scaled(&self.gain, &self.inverse, &self.offset, delta_0, delta);
    }

    /// Overpotential of node 0 (volt) and its derivative where the ladder
    /// was last evaluated, with `w_0` there.
    pub fn mouth_potential(&self, chain: &Chain, w_0: f64) -> (f64, f64) {
        match chain.rise {
            None => (w_0, 1.0),
            Some(_) => (self.potential[0], self.potential_w[0]),
        }
    }

    /// Resistance of link 0 (ohm) and its derivative with respect to `w_0` (ohm/V) where the law
    /// was last evaluated.
    pub fn mouth_link(&self, chain: &Chain) -> (f64, f64) {
        (
            chain.fixed[0] + chain.far[0] * self.rho[0],
            chain.far[0] * self.rho_w[0],
        )
    }
}
