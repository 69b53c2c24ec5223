//! Why a run gives no circuit.

use std::fmt;

use crate::experiment::ExperimentError;
use crate::mpnp::newton::NewtonFailure;
use crate::mpnp::read_back::ReadBackError;
use crate::parameter::ParameterError;

#[derive(Debug, Clone, PartialEq)]
pub enum MembraneError {
    Files(ReadBackError),
    /// A run that cannot tell what is asked.
    Unsuitable {
        run: String,
        wrong: String,
        remedy: String,
    },
    /// No equilibrium was found at this potential of the metal, volt.
    Equilibrium {
        run: String,
        potential: f64,
        cause: NewtonFailure,
    },
    /// The circuit that came out cannot be used.
    Circuit(ParameterError),
    Experiment(ExperimentError),
}

impl MembraneError {
    pub(super) fn unsuitable(run: &str, wrong: impl Into<String>, remedy: &str) -> Self {
        Self::Unsuitable {
            run: run.into(),
            wrong: wrong.into(),
            remedy: remedy.into(),
        }
    }
}

impl fmt::Display for MembraneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Files(error) => error.fmt(f),
            Self::Unsuitable { run, wrong, remedy } => {
                write!(f, "{run}: {wrong}\n  remedy: {remedy}")
            }
            Self::Equilibrium {
                run,
                potential,
                cause,
            } => write!(
                f,
                "{run}: the equilibrium at {potential:.4} V could not be found ({cause:?})\n  remedy: run with a smaller window or a finer grid (refinement)"
            ),
            Self::Circuit(error) => write!(f, "the run gives no usable circuit: {error}"),
            Self::Experiment(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for MembraneError {}

impl From<ReadBackError> for MembraneError {
    fn from(error: ReadBackError) -> Self {
        Self::Files(error)
    }
}

impl From<ParameterError> for MembraneError {
    fn from(error: ParameterError) -> Self {
        Self::Circuit(error)
    }
}

impl From<ExperimentError> for MembraneError {
    fn from(error: ExperimentError) -> Self {
        Self::Experiment(error)
    }
}
