//! One step in time by a Rosenbrock method: six linear solutions with one matrix.
//!
//! For M u' = f(u, t), with the rows of the field among f and no derivative in them:
//!
//! ```text
//! (M/(h gamma) - df/du) U_i = f(t + at_i h, u + sum_j a_ij U_j) + (M/h) sum_j c_ij U_j + h rate_i df/dt
//! u(t + h) = u + sum_j a_6j U_j + U_6,  U_6 is the estimated error
//! ```
//!
//! Every stage obeys the (linear) equation of the field exactly, and each ion is conserved to
//! rounding: columns of the ions' rows sum to the cells' volumes.

use super::elimination::Singular;
use super::linear::Linear;
use super::newton::Effort;
use super::system::{Instant, LENGTH, System};

const STAGES: usize = 6;

/// RODAS4P2 of Steinebach 2020 (doi 10.1007/978-3-030-53905-4_6), in the form above: order 4 with
/// an estimate of order 3, L-stable and stiffly accurate, made so that boundary values which
/// change in time do not lower its order on differential-algebraic and parabolic equations.
struct Tableau {
    gamma: f64,
    /// Rows 2 to 5; row 6 is row 5 and 1.
    a: [&'static [f64]; STAGES],
    c: [&'static [f64]; STAGES],
    at: [f64; STAGES],
    rate: [f64; STAGES],
    /// Of the state within the step, order 3.
    dense: [[f64; 5]; 2],
}

const RODAS4P2: Tableau = Tableau {
    gamma: 0.25,
    a: [
        &[],
        &[3.0],
        &[0.906_377_755_268_814, -0.189_707_390_391_685],
        &[
            3.758_617_027_739_064,
            1.161_741_776_019_525,
            -0.849_258_085_312_803,
        ],
        &LAST,
        &[LAST[0], LAST[1], LAST[2], LAST[3], 1.0],
    ],
    c: [
        &[],
        &[-12.0],
        &[-6.354_581_592_719_008, 0.338_972_550_544_623],
        &[
            -8.575_016_317_114_033,
            -7.606_483_992_117_508,
            12.224_997_650_124_82,
        ],
        &[
            -5.888_975_457_523_102,
            -8.157_396_617_841_82,
            24.805_546_872_612_922,
            12.790_401_512_796_98,
        ],
        &[
            -4.408_651_676_063_871,
            -6.692_003_137_674_639,
            24.625_568_527_593_117,
            16.627_521_966_636_085,
            -5.714_285_714_285_718,
        ],
    ],
    at: [
        0.0,
        0.75,
        0.321_448_134_013_046,
        0.519_745_732_277_726,
        1.0,
        1.0,
    ],
    rate: [
        0.25,
        -0.5,
        -0.189_532_918_363_016,
        0.085_612_108_792_769,
        0.0,
        0.0,
    ],
    dense: [
        [
            -5.323_528_268_423_303,
            -10.042_123_754_867_493,
            17.175_254_928_256_965,
            -5.079_931_171_878_093,
            -0.016_185_991_706_112,
        ],
        [
            6.984_505_741_529_879,
            6.914_061_169_603_662,
            -0.849_178_943_070_653,
            18.104_410_789_349_338,
            -3.516_963_011_559_032,
        ],
    ],
};

const LAST: [f64; 4] = [
    7.089_566_927_282_776,
    4.573_591_406_461_604,
    -8.423_496_976_860_259,
    -0.959_280_113_459_775,
];

/// The metal at one time: its potential over kT/e and the rate of change of that, 1/s.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metal {
    pub value: f64,
    pub rate: f64,
}

/// Why a step was not made. It is to be shortened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageFailure {
    Singular,
    /// Ions would fill more than all volume, or numbers overflowed.
    OutOfRange,
}

impl From<Singular> for StageFailure {
    fn from(_: Singular) -> Self {
        Self::Singular
    }
}

/// Memory for steps in time, and the last step.
#[derive(Debug, Clone)]
pub struct Integrator {
    linear: Linear,
    stages: [Vec<f64>; STAGES],
    start: Vec<f64>,
    end: Vec<f64>,
    length: f64,
    residual: Vec<f64>,
    metal_rows: Vec<(usize, f64)>,
    pub effort: Effort,
}

impl Integrator {
    pub fn new(system: &System) -> Self {
        let zeros = || vec![0.0; system.unknowns()];
        Self {
            linear: Linear::new(system),
            stages: std::array::from_fn(|_| zeros()),
            start: zeros(),
            end: zeros(),
            length: 1.0,
            residual: zeros(),
            metal_rows: system.metal_rows(),
            effort: Effort::default(),
        }
    }

    /// Bytes of memory in use.
    pub fn memory(&self) -> usize {
        self.linear.memory() + 8 * (STAGES + 3) * self.start.len()
    }

    /// Sets the potentials in `u` to those that the concentrations in `u` and the metal make.
    pub fn settle(&mut self, system: &System, u: &mut [f64], metal: f64) -> Result<(), Singular> {
        self.start.copy_from_slice(u);
        let instant = Instant {
            metal,
            mass: 1.0,
            theta: 0.0,
            base: &self.start,
            sources: None,
        };
        system.assemble(u, &instant, &mut self.residual, None);
        if self.residual.iter().all(|r| r.abs() < 1e-10) {
            return Ok(());
        }
        self.effort.factorisations += 1;
        self.effort.solutions += 1;
        self.linear
            .factorise(system, &instant, u, &mut self.residual)?;
        self.linear.solve(&mut self.residual);
        for (u, r) in u.iter_mut().zip(&self.residual) {
            *u -= r;
        }
        Ok(())
    }

    /// A step of length `h` from `u` at time `t`; its result is [`Self::end`].
    pub fn step(
        &mut self,
        system: &System,
        u: &[f64],
        t: f64,
        h: f64,
        metal: impl Fn(f64) -> Metal,
    ) -> Result<(), StageFailure> {
        const ROW: &Tableau = &RODAS4P2;
        self.start.copy_from_slice(u);
        self.length = h;
        let instant = |at: f64, mass: f64| Instant {
            metal: metal(t + at * h).value,
            mass,
            theta: h * ROW.gamma,
            base: u,
            sources: None,
        };
        let rate = metal(t).rate;
        self.effort.factorisations += 1;
        self.linear
            .factorise(system, &instant(0.0, 1.0), u, &mut self.residual)?;
        for i in 0..STAGES {
            let (done, todo) = self.stages.split_at_mut(i);
            let stage = &mut todo[0];
            if i > 0 {
                self.end.copy_from_slice(u);
                add_multiples(ROW.a[i], done, &mut self.end);
                if !system.leaves_room(&self.end) {
                    return Err(StageFailure::OutOfRange);
                }
                let now = instant(ROW.at[i], 0.0);
                system.assemble(&self.end, &now, &mut self.residual, None);
            }
            for (s, r) in stage.iter_mut().zip(&self.residual) {
                *s = -r;
            }
            for (c, cell) in system.mesh.cells.iter().enumerate() {
                if !system.has_ions(c) {
                    continue;
                }
                let volume = ROW.gamma * cell.volume / (LENGTH * LENGTH);
                let at = system.offset[c] as usize;
                for (before, w) in done.iter().zip(ROW.c[i]) {
                    stage[at + 1] += volume * w * before[at + 1];
                    stage[at + 2] += volume * w * before[at + 2];
                }
            }
            for &(at, weight) in &self.metal_rows {
                stage[at] += h * ROW.rate[i] * rate * weight;
            }
            self.effort.solutions += 1;
            self.linear.solve(stage);
        }
        add_multiples(&[1.0], &self.stages[STAGES - 1..], &mut self.end);
        if self.end.iter().all(|u| u.is_finite()) {
            Ok(())
        } else {
            Err(StageFailure::OutOfRange)
        }
    }

    /// The state after the last step.
    pub fn end(&self) -> &[f64] {
        &self.end
    }

    /// Estimated error of [`Self::end`].
    pub fn error(&self) -> &[f64] {
        &self.stages[STAGES - 1]
    }

    /// The state at the part `s` (0 to 1) of the last step.
    pub fn between(&self, s: f64) -> Vec<f64> {
        let r = 1.0 - s;
        let mut weights = [0.0; 5];
        for (j, w) in weights.iter_mut().enumerate() {
            *w = s * r * (RODAS4P2.dense[0][j] + s * RODAS4P2.dense[1][j]);
        }
        let mut u: Vec<f64> = self
            .start
            .iter()
            .zip(&self.end)
            .map(|(a, b)| r * a + s * b)
            .collect();
        add_multiples(&weights, &self.stages, &mut u);
        u
    }

    /// Rate of change of an unknown at the part `s` of the last step, by the same polynomial.
    pub fn rate(&self, unknown: usize, s: f64) -> f64 {
        let [first, second] = RODAS4P2.dense.map(|weights| {
            let stages = self.stages.iter().zip(weights);
            stages.map(|(stage, w)| w * stage[unknown]).sum::<f64>()
        });
        let change = self.end[unknown] - self.start[unknown];
        let bend = (1.0 - 2.0 * s) * (first + s * second) + s * (1.0 - s) * second;
        (change + bend) / self.length
    }
}

/// sum += weights * vectors.
fn add_multiples(weights: &[f64], vectors: &[Vec<f64>], sum: &mut [f64]) {
    for (w, vector) in weights.iter().zip(vectors) {
        for (s, v) in sum.iter_mut().zip(vector) {
            *s += w * v;
        }
    }
}
