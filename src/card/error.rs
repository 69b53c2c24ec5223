//! What is wrong with a card, where, and what would be right.

use std::fmt;
use std::path::PathBuf;

/// One mistake in a card.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// File (or other source, such as `--set gamma=2`) with the mistake.
    pub source: String,
    /// Line, from 1; `None` where the source is not a file or the mistake is the absence of
    /// something.
    pub line: Option<usize>,
    /// Column, in characters, from 1.
    pub column: Option<usize>,
    /// The parameter with its table, e.g. `electrode.gamma`.
    pub parameter: String,
    /// What stands there; empty where nothing does.
    pub value: String,
    /// What is wrong, in words that follow the value.
    pub wrong: String,
    /// What is allowed.
    pub allowed: String,
    /// What to do.
    pub remedy: String,
    /// The line itself, for showing.
    pub excerpt: String,
}

impl Problem {
    /// `file:line:column`, as editors read it.
    pub fn location(&self) -> String {
        match (self.line, self.column) {
            (Some(line), Some(column)) => format!("{}:{line}:{column}", self.source),
            _ => self.source.clone(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.location(), self.parameter)?;
        if !self.value.is_empty() {
            write!(f, " = {}", self.value)?;
        }
        write!(f, ": {}", self.wrong)?;
        if let (Some(line), Some(column)) = (self.line, self.column) {
            let number = line.to_string();
            let margin = " ".repeat(number.len());
            let indent = " ".repeat(column.saturating_sub(1));
            write!(f, "\n  {number} | {}\n  {margin} | {indent}^", self.excerpt)?;
        }
        if !self.allowed.is_empty() {
            write!(f, "\n  allowed: {}", self.allowed)?;
        }
        write!(f, "\n  remedy: {}", self.remedy)
    }
}

/// Why there is no card.
#[derive(Debug)]
pub enum CardError {
    /// The file could not be read.
    Unreadable {
        path: PathBuf,
        cause: std::io::Error,
    },
    /// The text was read and is not a usable card. All mistakes found, at least one.
    Unusable(Vec<Problem>),
}

impl CardError {
    /// The mistakes in the text; none where it could not be read at all.
    pub fn problems(&self) -> &[Problem] {
        match self {
            CardError::Unreadable { .. } => &[],
            CardError::Unusable(problems) => problems,
        }
    }
}

impl fmt::Display for CardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CardError::Unreadable { path, cause } => write!(
                f,
                "{}: cannot read the card: {cause}\n  remedy: give the path of a parameter card (TOML), such as those in models/",
                path.display()
            ),
            CardError::Unusable(problems) => {
                for (i, problem) in problems.iter().enumerate() {
                    if i > 0 {
                        writeln!(f)?;
                    }
                    write!(f, "{problem}")?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for CardError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            CardError::Unreadable { cause, .. } => Some(cause),
            CardError::Unusable(_) => None,
        }
    }
}
