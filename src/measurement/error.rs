//! What can be wrong with a measured file, and what to do about it.

use std::fmt;
use std::path::PathBuf;

/// A file that cannot be used, with the line at fault where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasurementError {
    pub file: PathBuf,
    /// From 1.
    pub line: Option<u64>,
    pub wrong: String,
    pub remedy: String,
}

impl MeasurementError {
    pub(crate) fn new(
        file: impl Into<PathBuf>,
        line: Option<u64>,
        wrong: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            file: file.into(),
            line,
            wrong: wrong.into(),
            remedy: remedy.into(),
        }
    }
}

impl fmt::Display for MeasurementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}\n  remedy: {}", self.wrong, self.remedy)
    }
}

impl std::error::Error for MeasurementError {}
