//! One Rosenbrock step on the equations of a cell.
//!
//! Unknown are the charges `w = Q/C` of all nodes, from which the overpotentials `u(w)` follow, and the
//! current i through the electrodes:
//!
//! ```text
//! C_k dw_k/dt = I_k - I_{k+1},     I_0 = i
//! 0 = v(t) - V(w, i)               voltage prescribed
//! 0 = i_total - i - g_leak V(w, i) current prescribed
//! V(w, i) = sum over electrodes of (u_0 + R_0(w_0) i) + esr i
//! ```
//!
//! An algebraic equation of index 1 as long as something resists. Each stage costs one pass along
//! the ladder for the currents and one elimination with factors that the stages share.

use super::Drive;
use super::rodas5p::{A, C, DENSE, GAMMA, NODE, RATE, STAGES};
use crate::cell::Cell;
use crate::ladder::Elimination;

/// What an electrode shows at its mouth to the factorised equations.
#[derive(Debug, Clone, Copy, Default)]
struct Mouth {
    /// Change of `w_0` with the current into node 0, ohm.
    z: f64,
    /// `dV/dw_0`.
    lift: f64,
    /// Current that the present stage is short of, ampere.
    r: f64,
}

/// Work arrays of a step. Vectors of unknowns hold the nodes of all chains, then the current.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// Where the stage stands.
    stage: Vec<f64>,
    /// Increments of the stages, one behind the other.
    increments: Vec<f64>,
    /// Coefficients of the interpolation, three vectors one behind the other.
    dense: Vec<f64>,
    work: Vec<Elimination>,
    /// Series resistance outside the electrodes, ohm; where nothing resists at all, a millionth of
    /// the entries' resistance stands in.
    esr: f64,
}

/// What a step made of the state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome {
    /// Root mean square of the error estimates of the nodes, volt.
    pub error_u: f64,
    /// Error estimate of the current, ampere.
    pub error_i: f64,
    /// Change of the current per volt that does not balance: how rounding shows in it, siemens.
    pub admittance: f64,
}

impl Step {
    pub fn new(cell: &Cell) -> Self {
        let unknowns = cell.nodes() + 1;
        let weight = cell.weight();
        let (mut r, mut least) = (cell.esr, 0.0);
        for chain in &cell.chains {
            r += weight * chain.mouth_resistance(0.0);
            least += weight * 1e-6 * chain.entry_resistance();
        }
        Self {
            stage: vec![0.0; unknowns],
            increments: vec![0.0; STAGES * unknowns],
            dense: vec![0.0; 3 * unknowns],
            work: cell
                .chains
                .iter()
                .map(|c| Elimination::new(c.nodes()))
                .collect(),
            esr: if r > 0.0 { cell.esr } else { least },
        }
    }

    /// Series resistance outside the electrodes, ohm.
    pub fn esr(&self) -> f64 {
        self.esr
    }

    /// Steps from `y_0` at `t` to `y_1` at `t + h`. `None` where something is not finite.
    pub fn take(
        &mut self,
        cell: &Cell,
        drive: Drive,
        t: f64,
        h: f64,
        y_0: &[f64],
        y_1: &mut [f64],
    ) -> Option<Outcome> {
        let unknowns = y_0.len();
        let nodes = unknowns - 1;
        let weight = cell.weight();
        let leak = cell.g_leak;
        let mut mouths = [Mouth::default(); 2];
        // dV/di with the nodes eliminated.
        let mut v_i = self.esr;
        let mut first = 0;
        for ((chain, work), mouth) in cell.chains.iter().zip(&mut self.work).zip(&mut mouths) {
            let w = &y_0[first..first + chain.nodes()];
            mouth.z = work.factor(chain, 1.0 / (GAMMA * h), w);
            let (_, u_w) = work.mouth_potential(chain, w[0]);
            let (resistance, resistance_w) = work.mouth_link(chain);
            mouth.lift = weight * (u_w + y_0[nodes] * resistance_w);
            v_i += weight * resistance + mouth.lift * mouth.z;
            first += chain.nodes();
        }
        // Shares of V and of i in the algebraic equation.
        let (of_v, of_i) = match drive {
            Drive::Voltage { .. } => (1.0, 0.0),
            Drive::Current(_) => (leak, 1.0),
        };
        let pivot = of_v * v_i + of_i;
        for s in 0..STAGES {
            let (before, here) = self.increments.split_at_mut(s * unknowns);
            let here = &mut here[..unknowns];
            combine(s, h, y_0, before, &mut self.stage, here);
            let i = self.stage[nodes];
            let mut v = self.esr * i;
            let mut from_nodes = 0.0;
            let mut first = 0;
            for ((chain, work), mouth) in cell.chains.iter().zip(&mut self.work).zip(&mut mouths) {
                let range = first..first + chain.nodes();
                let w = &self.stage[range.clone()];
                mouth.r = work.reduce(chain, w, i, &here[range.clone()]);
                let (u_0, _) = work.mouth_potential(chain, w[0]);
                let (resistance, _) = work.mouth_link(chain);
                v += weight * (u_0 + resistance * i);
                from_nodes += mouth.lift * mouth.z * mouth.r;
                first = range.end;
            }
            let missing = match drive {
                Drive::Voltage {
                    v: begin,
                    rate,
                    t_0,
                } => begin + rate * (t + NODE[s] * h - t_0) - v + RATE[s] * h * rate,
                Drive::Current(total) => total - i - leak * v,
            };
            let delta_i = (missing - of_v * from_nodes) / pivot;
            let mut first = 0;
            for ((chain, work), mouth) in cell.chains.iter().zip(&mut self.work).zip(&mouths) {
                let range = first..first + chain.nodes();
                work.substitute_into(mouth.z * (delta_i + mouth.r), &mut here[range.clone()]);
                first = range.end;
            }
            here[nodes] = delta_i;
        }
        let error = &self.increments[(STAGES - 1) * unknowns..];
        for ((y, stage), e) in y_1.iter_mut().zip(&self.stage).zip(error) {
            *y = stage + e;
        }
        // A value that is not finite anywhere reaches every node within two stages.
        let sum: f64 = error[..nodes].iter().map(|e| e * e).sum();
        let outcome = Outcome {
            error_u: (sum / nodes as f64).sqrt(),
            error_i: error[nodes].abs(),
            admittance: of_v / pivot,
        };
        (outcome.error_u.is_finite() && outcome.error_i.is_finite()).then_some(outcome)
    }

    /// Prepares [`Step::interpolate`] for the step just taken.
    pub fn prepare_interpolation(&mut self) {
        let unknowns = self.stage.len();
        for (dense, weights) in self.dense.chunks_exact_mut(unknowns).zip(&DENSE) {
            dense.fill(0.0);
            for (increment, weight) in self.increments.chunks_exact(unknowns).zip(weights) {
                for (d, x) in dense.iter_mut().zip(increment) {
                    *d += weight * x;
                }
            }
        }
    }

    /// The unknowns at `share` of the step from `y_0` to `y_1`.
    pub fn interpolate(&self, share: f64, y_0: &[f64], y_1: &[f64], y: &mut [f64]) {
        let n = y.len();
        let rest = 1.0 - share;
        let (y_0, y_1) = (&y_0[..n], &y_1[..n]);
        let (k_0, k_12) = self.dense.split_at(n);
        let (k_1, k_2) = k_12.split_at(n);
        for (k, y) in y.iter_mut().enumerate() {
            let bulge = k_0[k] + share * (k_1[k] + share * k_2[k]);
            *y = rest * y_0[k] + share * (y_1[k] + rest * bulge);
        }
    }
}

/// Where stage `s` starts, and `sum_j C_sj/h U_j`.
fn combine(s: usize, h: f64, y_0: &[f64], before: &[f64], stage: &mut [f64], memory: &mut [f64]) {
    match s {
        0 => combine_of::<0>(h, y_0, before, stage, memory),
        1 => combine_of::<1>(h, y_0, before, stage, memory),
        2 => combine_of::<2>(h, y_0, before, stage, memory),
        3 => combine_of::<3>(h, y_0, before, stage, memory),
        4 => combine_of::<4>(h, y_0, before, stage, memory),
        5 => combine_of::<5>(h, y_0, before, stage, memory),
        6 => combine_of::<6>(h, y_0, before, stage, memory),
        _ => combine_of::<7>(h, y_0, before, stage, memory),
    }
}

/// [`combine`] with the number of terms known to the compiler, so that the sums stay in registers.
fn combine_of<const S: usize>(
    h: f64,
    y_0: &[f64],
    before: &[f64],
    stage: &mut [f64],
    memory: &mut [f64],
) {
    let n = y_0.len();
    let per_h = 1.0 / h;
    let before: [&[f64]; S] = std::array::from_fn(|j| &before[j * n..(j + 1) * n]);
    let (stage, memory) = (&mut stage[..n], &mut memory[..n]);
    for k in 0..n {
        let (mut y, mut m) = (y_0[k], 0.0);
        for j in 0..S {
            y += A[S][j] * before[j][k];
            m += C[S][j] * before[j][k];
        }
        stage[k] = y;
        memory[k] = m * per_h;
    }
}
