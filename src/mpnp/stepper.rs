//! Integration in time with controlled steps.

use super::rosenbrock::{Integrator, Metal, StageFailure};
use super::system::System;

/// How accurately to integrate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Accuracy {
    /// Error allowed per step, relative to c + c_0/10, root mean square over the electrolyte.
    pub tolerance: f64,
    /// Largest step, second.
    pub largest_step: f64,
    /// Steps of this size without error control, second; `None`: controlled steps.
    pub fixed_step: Option<f64>,
}

/// Why a step could not be made, however short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepCause {
    /// The matrix has no usable pivot.
    Singular,
    /// Concentrations leave the range of the equations.
    OutOfRange,
    /// The estimated error stays above the tolerance.
    Inaccurate,
}

/// A time that could not be passed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepFailure {
    pub t: f64,
    pub step: f64,
    pub cause: StepCause,
}

/// State of a run in time. All of it goes into a checkpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    pub t: f64,
    pub state: Vec<f64>,
    /// The drive may have jumped here: potentials do not yet belong to it.
    pub fresh: bool,
    /// Size the next step should have.
    pub next_step: f64,
    pub accepted: u64,
    pub rejected: u64,
}

/// Most by which a step grows, and by which it is shortened.
const GROWTH: f64 = 5.0;
const SHORTENING: f64 = 0.2;

impl History {
    pub fn new(start: Vec<f64>) -> Self {
        Self {
            t: 0.0,
            state: start,
            fresh: true,
            next_step: 0.0,
            accepted: 0,
            rejected: 0,
        }
    }

    /// A kink or jump of the drive is here. The next step is `first_step` long.
    pub fn restart(&mut self, first_step: f64) {
        self.fresh = true;
        self.next_step = first_step;
    }

    /// One accepted step towards `end`; what happened within it can be had from `integrator`.
    pub fn advance(
        &mut self,
        system: &System,
        integrator: &mut Integrator,
        accuracy: &Accuracy,
        end: f64,
        metal: impl Fn(f64) -> Metal,
    ) -> Result<(), StepFailure> {
        if self.fresh {
            integrator
                .settle(system, &mut self.state, metal(self.t).value)
                .map_err(|_| self.failure(self.next_step, StepCause::Singular))?;
            self.fresh = false;
        }
        loop {
            let step = self.step_towards(end, accuracy);
            let smallest = 1e-12 * (end.abs() + step).max(1e-15);
            let (factor, cause) = match integrator.step(system, &self.state, self.t, step, &metal) {
                Err(StageFailure::Singular) => (SHORTENING, StepCause::Singular),
                Err(StageFailure::OutOfRange) => (SHORTENING, StepCause::OutOfRange),
                Ok(()) if !system.in_range(integrator.end()) => (SHORTENING, StepCause::OutOfRange),
                Ok(()) if accuracy.fixed_step.is_some() => (1.0, StepCause::Inaccurate),
                Ok(()) => (growth(system, accuracy, integrator), StepCause::Inaccurate),
            };
            self.next_step = step * factor.clamp(SHORTENING, GROWTH);
            if factor >= 0.9 {
                self.t = if self.t + step > end * (1.0 - 1e-14) {
                    end
                } else {
                    self.t + step
                };
                self.state.copy_from_slice(integrator.end());
                self.accepted += 1;
                return Ok(());
            }
            self.rejected += 1;
            if accuracy.fixed_step.is_some() || self.next_step < smallest {
                return Err(self.failure(step, cause));
            }
        }
    }

    fn failure(&self, step: f64, cause: StepCause) -> StepFailure {
        StepFailure {
            t: self.t,
            step,
            cause,
        }
    }

    fn step_towards(&self, end: f64, accuracy: &Accuracy) -> f64 {
        let wanted = accuracy
            .fixed_step
            .unwrap_or(self.next_step.min(accuracy.largest_step));
        let left = end - self.t;
        if wanted >= 0.999_999 * left {
            left
        } else if wanted > 0.5 * left && accuracy.fixed_step.is_none() {
            0.5 * left
        } else {
            wanted
        }
    }
}

/// By what the last step could be multiplied; below 0.9: it is to be repeated.
fn growth(system: &System, accuracy: &Accuracy, integrator: &Integrator) -> f64 {
    let (solution, estimate) = (integrator.end(), integrator.error());
    let (mut sum, mut weight) = (0.0, 0.0);
    for (c, cell) in system.mesh.cells.iter().enumerate() {
        if !system.has_ions(c) {
            continue;
        }
        let at = system.offset[c] as usize;
        for k in 1..3 {
            let e = estimate[at + k] / (solution[at + k] + 0.1);
            sum += cell.volume * e * e;
            weight += cell.volume;
        }
    }
    let error = (sum / weight).sqrt() / accuracy.tolerance;
    // The estimate is of the fourth power of the step.
    0.9 * error.max(1e-12).powf(-0.25)
}
