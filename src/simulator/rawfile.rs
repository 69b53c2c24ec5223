//! The reader of ngspice's result files ("raw files").
//!
//! A raw file is a sequence of plots, one for each analysis. A plot has a header in text, a list of
//! variables, and the samples point after point: in text after `Values:`, or as little-endian
//! double numbers after `Binary:`; complex samples are pairs. Both forms are read.
//!
//! ```
//! # use ncm::simulator::rawfile::RawFile;
//! let text = "Title: rc\nPlotname: Transient Analysis\nFlags: real\n\
//!     No. Variables: 2\nNo. Points: 2\n\
//!     Variables:\n\t0\ttime\ttime\n\t1\tv(out)\tvoltage\n\
//!     Values:\n 0\t0.0\n\t1.0\n\n 1\t1e-3\n\t0.5\n";
//! let raw = RawFile::parse(text.as_bytes())?;
//! let out_v = raw.plot("transient")?.real("v(out)")?;
//! assert_eq!(out_v, [1.0, 0.5]);
//! # Ok::<(), ncm::simulator::rawfile::RawFileError>(())
//! ```

use num_complex::Complex64;
use std::fmt;
use std::path::{Path, PathBuf};

mod parse;

/// All plots of one file, in its order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RawFile {
    pub plots: Vec<Plot>,
}

/// The result of one analysis.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// Title of the deck.
    pub title: String,
    /// Kind of the analysis in ngspice's words, e.g. `Transient Analysis`.
    pub name: String,
    /// What was computed; the first is the scale (time, frequency, swept value).
    pub variables: Vec<Variable>,
    columns: Columns,
}

/// Name and quantity of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// As ngspice writes it, e.g. `v(out)`, `i(v1)`, `time`, `@a1[charge]`.
    pub name: String,
    /// In ngspice's words, e.g. `voltage`, `current`, `time`, `frequency`.
    pub quantity: String,
}

#[derive(Debug, Clone, PartialEq)]
enum Columns {
    Real(Vec<Vec<f64>>),
    Complex(Vec<Vec<Complex64>>),
}

impl RawFile {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// The file cannot be read, or is not a complete raw file; the message says where it breaks.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, RawFileError> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|error| RawFileError::Unreadable {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        parse::parse(&bytes).map_err(|malformed| RawFileError::Malformed {
            path: Some(path.to_owned()),
            place: malformed.place,
            problem: malformed.problem,
        })
    }

    /// Reads a raw file from memory.
    ///
    /// # Errors
    /// The bytes are not a complete raw file; the message says where it breaks.
    pub fn parse(bytes: &[u8]) -> Result<Self, RawFileError> {
        parse::parse(bytes).map_err(|malformed| RawFileError::Malformed {
            path: None,
            place: malformed.place,
            problem: malformed.problem,
        })
    }

    /// The first plot whose name contains `part`, in upper or lower case: `raw.plot("transient")`.
    ///
    /// # Errors
    /// There is none; the message lists the plots there are.
    pub fn plot(&self, part: &str) -> Result<&Plot, RawFileError> {
        let wanted = part.to_ascii_lowercase();
        self.plots
            .iter()
            .find(|plot| plot.name.to_ascii_lowercase().contains(&wanted))
            .ok_or_else(|| RawFileError::NoPlot {
                wanted: part.to_owned(),
                there: self.plots.iter().map(|plot| plot.name.clone()).collect(),
            })
    }
}

impl Plot {
    /// Number of points of the longest variable.
    pub fn points(&self) -> usize {
        match &self.columns {
            Columns::Real(columns) => columns.iter().map(Vec::len).max(),
            Columns::Complex(columns) => columns.iter().map(Vec::len).max(),
        }
        .unwrap_or(0)
    }

    /// Whether the samples are complex (small-signal analyses).
    pub fn is_complex(&self) -> bool {
        matches!(self.columns, Columns::Complex(_))
    }

    /// The samples of the real variable `name`, in upper or lower case.
    ///
    /// # Errors
    /// There is no such variable, or the plot is complex.
    pub fn real(&self, name: &str) -> Result<&[f64], RawFileError> {
        let index = self.index(name)?;
        match &self.columns {
            Columns::Real(columns) => Ok(&columns[index]),
            Columns::Complex(_) => Err(self.wrong_kind(name)),
        }
    }

    /// The samples of the complex variable `name`, in upper or lower case.
    ///
    /// # Errors
    /// There is no such variable, or the plot is real.
    pub fn complex(&self, name: &str) -> Result<&[Complex64], RawFileError> {
        let index = self.index(name)?;
        match &self.columns {
            Columns::Complex(columns) => Ok(&columns[index]),
            Columns::Real(_) => Err(self.wrong_kind(name)),
        }
    }

    /// The real value of `name` at the last point: the result of an operating point, the end of a transient.
    ///
    /// # Errors
    /// As [`Plot::real`], or the plot has no points.
    pub fn last(&self, name: &str) -> Result<f64, RawFileError> {
        self.real(name)?
            .last()
            .copied()
            .ok_or_else(|| RawFileError::NoPoints {
                plot: self.name.clone(),
            })
    }

    fn index(&self, name: &str) -> Result<usize, RawFileError> {
        self.variables
            .iter()
            .position(|variable| variable.is_called(name))
            .ok_or_else(|| RawFileError::NoVariable {
                wanted: name.to_owned(),
                plot: self.name.clone(),
                there: self.variables.iter().map(|v| v.name.clone()).collect(),
            })
    }

    fn wrong_kind(&self, name: &str) -> RawFileError {
        RawFileError::WrongKind {
            variable: name.to_owned(),
            plot: self.name.clone(),
            complex: self.is_complex(),
        }
    }
}

impl Variable {
    /// Whether `name` means this variable. ngspice's command `write` takes a saved quantity of an
    /// instance for a voltage and calls `@a1[charge]` `v(@a1[charge])`.
    fn is_called(&self, name: &str) -> bool {
        let bare = self
            .name
            .strip_prefix("v(")
            .and_then(|rest| rest.strip_suffix(')'))
            .filter(|rest| rest.starts_with('@') && name.starts_with('@'))
            .unwrap_or(&self.name);
        bare.eq_ignore_ascii_case(name)
    }

    /// The SI unit of the quantity; empty where it has none or ngspice does not know it.
    pub fn unit(&self) -> &'static str {
        match self.quantity.as_str() {
            "time" => "s",
            "frequency" => "Hz",
            "voltage" => "V",
            "current" => "A",
            "charge" => "C",
            "capacitance" => "F",
            "impedance" => "ohm",
            "admittance" => "S",
            "power" => "W",
            "temp-sweep" => "degC",
            "res-sweep" => "ohm",
            "decibel" => "dB",
            _ => "",
        }
    }
}

/// Why a raw file, or something in it, could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RawFileError {
    Unreadable {
        path: PathBuf,
        reason: String,
    },
    Malformed {
        path: Option<PathBuf>,
        place: String,
        problem: String,
    },
    NoPlot {
        wanted: String,
        there: Vec<String>,
    },
    NoVariable {
        wanted: String,
        plot: String,
        there: Vec<String>,
    },
    WrongKind {
        variable: String,
        plot: String,
        complex: bool,
    },
    NoPoints {
        plot: String,
    },
}

impl fmt::Display for RawFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, reason } => {
                write!(f, "{}: cannot be read: {reason}", path.display())
            }
            Self::Malformed {
                path,
                place,
                problem,
            } => {
                if let Some(path) = path {
                    write!(f, "{}: ", path.display())?;
                }
                write!(f, "not a complete raw file: {place}: {problem}")
            }
            Self::NoPlot { wanted, there } => {
                write!(f, "no plot \"{wanted}\" in the raw file; there are: ")?;
                list(f, there)
            }
            Self::NoVariable {
                wanted,
                plot,
                there,
            } => {
                write!(
                    f,
                    "no variable \"{wanted}\" in plot \"{plot}\"; there are: "
                )?;
                list(f, there)
            }
            Self::WrongKind {
                variable,
                plot,
                complex,
            } => {
                let (is, not) = if *complex {
                    ("complex", "real")
                } else {
                    ("real", "complex")
                };
                write!(f, "{variable} of plot \"{plot}\" is {is}, not {not}")
            }
            Self::NoPoints { plot } => write!(f, "plot \"{plot}\" has no points"),
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, names: &[String]) -> fmt::Result {
    if names.is_empty() {
        f.write_str("none")
    } else {
        f.write_str(&names.join(", "))
    }
}

impl std::error::Error for RawFileError {}
