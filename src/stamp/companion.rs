//! What a trial step answers.

use std::fmt;

/// Terminal behaviour of a cell at the end of a trial step: the tangent
/// `i(v') = i + di_dv (v' - v)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Companion {
    /// Terminal voltage, volt.
    pub v: f64,
    /// Current into the positive terminal, ampere.
    pub i: f64,
    /// Small-signal conductance over the step, siemens.
    pub di_dv: f64,
    /// Estimated local error of the step, volt, at the worst node; 0 while there is too little
    /// history to tell.
    pub error: f64,
}

/// Why a trial step has no answer. The state is untouched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TrialError {
    /// The inner Newton iteration did not converge; a shorter step will.
    NotConverged {
        /// Step length, second.
        h: f64,
        /// Last correction, volt.
        correction: f64,
    },
    /// The step length is not a positive finite number.
    BadStep(f64),
    /// The terminal value (volt or ampere) is not finite, or absurdly large.
    BadTerminal(f64),
}

impl fmt::Display for TrialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TrialError::NotConverged { h, correction } => write!(
                f,
                "inner states did not converge in a step of {h:e} s (last correction {correction:e} V): try a shorter step"
            ),
            TrialError::BadStep(h) => write!(f, "step length {h} s: must be positive and finite"),
            TrialError::BadTerminal(x) => {
                write!(f, "terminal value {x:e}: must be finite, at most 1e100")
            }
        }
    }
}

impl std::error::Error for TrialError {}

/// Why a state cannot be set.
#[derive(Debug, Clone, PartialEq)]
pub enum StateError {
    /// A value is not finite, or its voltage is absurdly large.
    NotFinite(f64),
    /// A temperature (K) that no cell may have.
    Temperature(f64),
    /// The number of values does not fit.
    WrongLength { given: usize, wanted: usize },
    /// The cell has no such electrode.
    NoSuchElectrode,
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StateError::NotFinite(x) => write!(
                f,
                "state value {x:e}: must be finite, its voltage at most 1e100 V"
            ),
            StateError::Temperature(t) => write!(f, "temperature {t} K: must be 50 to 2000 K"),
            StateError::WrongLength { given, wanted } => {
                write!(f, "{given} values given, {wanted} wanted (one per section)")
            }
            StateError::NoSuchElectrode => write!(f, "a half cell has no negative electrode"),
        }
    }
}

impl std::error::Error for StateError {}
