//! What is said when a parameter cannot be used.

use std::fmt;

/// A parameter outside its allowed range.
///
/// The doors add where it stands (file and line, instance name); the kernel knows only the
/// parameter's name, its value and what would be right.
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterError {
    /// Name as in cards and docs, e.g. `r_c`. Parameters of the negative electrode are
    /// prefixed: `negative.r_c`.
    pub parameter: String,
    /// The value that was given, as text.
    pub value: String,
    /// The allowed range or form, with its unit.
    pub allowed: String,
}

impl ParameterError {
    pub fn new(
        parameter: impl Into<String>,
        value: impl fmt::Display,
        allowed: impl Into<String>,
    ) -> Self {
        Self {
            parameter: parameter.into(),
            value: value.to_string(),
            allowed: allowed.into(),
        }
    }

    /// The same error with `prefix.` before the parameter's name.
    pub fn within(mut self, prefix: &str) -> Self {
        self.parameter = format!("{prefix}.{}", self.parameter);
        self
    }
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} = {}: allowed is {}",
            self.parameter, self.value, self.allowed
        )
    }
}

impl std::error::Error for ParameterError {}

/// Checks `low <= value <= high` (NaN fails).
pub fn check_range(
    parameter: &str,
    value: f64,
    low: f64,
    high: f64,
    unit: &str,
) -> Result<(), ParameterError> {
    if value >= low && value <= high {
        Ok(())
    } else {
        let sep = if unit.is_empty() { "" } else { " " };
        // Hundreds of digits help nobody.
        let written = match value.abs() {
            0.0 | 1e-6..1e16 => value.to_string(),
            _ => format!("{value:e}"),
        };
        Err(ParameterError::new(
            parameter,
            written,
            format!("{low:e} to {high:e}{sep}{unit}"),
        ))
    }
}
