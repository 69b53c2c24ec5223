//! Stand-alone experiments on a cell: cyclic voltammetry (CV), galvanostatic cycling (GCD), voltage
//! step, rest, impedance spectroscopy (EIS).
//!
//! They need no simulator and no time step: [`Integrator`] keeps a given tolerance at every sample. A cell with `r_th` warms
//! itself on the way, and [`Trace`] tells which limits were passed.

mod bench;
mod cv;
mod eis;
mod gcd;
mod history;
mod integrator;
mod rest;
mod rodas5p;
mod rosenbrock;
mod step;
mod trace;

pub use cv::{CvProgram, cv};
pub use eis::{EisProgram, Spectrum, eis, frequency_range};
pub use gcd::{GcdProgram, gcd};
pub use history::History;
pub use integrator::{Drive, Effort, Integrator, Terminals};
pub use rest::{RestProgram, rest};
pub use step::{StepProgram, step};
pub use trace::{Passed, Record, Trace};

use std::fmt;

use crate::parameter::ParameterError;

/// Default relative tolerance of the integrator.
pub const DEFAULT_TOLERANCE: f64 = 1e-7;

/// Why an experiment has no result.
#[derive(Debug, Clone, PartialEq)]
pub enum ExperimentError {
    /// A parameter of the cell or of the program is out of range.
    Parameter(ParameterError),
    /// The integrator would need steps too short to make headway.
    StepTooShort { t_s: f64, step_s: f64 },
    /// A voltage limit that the current cannot reach.
    LimitNotReached { limit_v: f64, t_s: f64, v: f64 },
}

impl fmt::Display for ExperimentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExperimentError::Parameter(e) => e.fmt(f),
            ExperimentError::StepTooShort { t_s, step_s } => write!(
                f,
                "at t = {t_s:e} s the integrator asks for steps below {step_s:e} s: loosen the tolerance or raise r_min"
            ),
            ExperimentError::LimitNotReached { limit_v, t_s, v } => write!(
                f,
                "the current does not bring the cell to {limit_v} V (it is at {v} V after {t_s:e} s): raise the current above the leakage or change the limit"
            ),
        }
    }
}

impl std::error::Error for ExperimentError {}

impl From<ParameterError> for ExperimentError {
    fn from(e: ParameterError) -> Self {
        ExperimentError::Parameter(e)
    }
}

/// Checks that a number of the program is finite and within `low..=high`.
fn check(name: &str, value: f64, low: f64, high: f64, unit: &str) -> Result<(), ExperimentError> {
    Ok(crate::parameter::check_range(name, value, low, high, unit)?)
}

/// Checks that a count of the program is within `1..=high`.
fn check_count(name: &str, value: usize, high: usize) -> Result<(), ExperimentError> {
    if value == 0 || value > high {
        return Err(ParameterError::new(name, value, format!("1 to {high}")).into());
    }
    Ok(())
}
