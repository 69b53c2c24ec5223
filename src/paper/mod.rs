//! What Zhan et al. (arXiv 2010.08151; doi 10.21203/rs.3.rs-285362/v1) say they found, figure by
//! figure, beside what this project's own runs say: pictures, numbers and verdicts of
//! `docs/gallery.md`.
//!
//! | module | what it holds |
//! |---|---|
//! | [`registry`] | every figure: its claim, the runs it needs, how it is drawn |
//! | [`cases`] | the configurations of those runs |
//! | [`store`] | finished runs, each kept once under the hash of its configuration |
//! | [`bench`] | what a figure draws from: finished runs, read once |
//! | [`report`] | the numbers of a run's `run.json`, by name |
//! | [`series`] | columns of samples, and the circuit driven as an electrode was |
//! | [`part`], [`prescribed`] | the circuit of a run; the circuit with charges prepared beforehand |
//! | [`make`] | figures from nothing, or from where they were interrupted |
//! | [`page`] | the gallery's page |
//! | `figures` | the figures, one file per family |
//!
//! No verdict is written down anywhere: each is computed from the data by the criterion that stands
//! beside it.

pub mod bench;
pub mod cases;
mod figures;
pub mod make;
pub mod page;
pub mod part;
pub mod prescribed;
pub mod registry;
pub mod report;
pub mod series;
pub mod store;

use std::path::PathBuf;

use crate::discover::DiscoverError;
use crate::experiment::ExperimentError;
use crate::identify::mpnp::MembraneError;
use crate::mpnp::files::FileError;
use crate::mpnp::job::JobError;
use crate::mpnp::read::ReadError;
use crate::plot::{Plate, PlotError};

/// What the data say of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Holds,
    WithLimits,
    DoesNot,
    /// Nothing at hand can tell.
    NotJudged,
}

impl Verdict {
    pub const ALL: [Verdict; 4] = [
        Verdict::Holds,
        Verdict::WithLimits,
        Verdict::DoesNot,
        Verdict::NotJudged,
    ];

    pub fn text(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::WithLimits => "holds with limits",
            Verdict::DoesNot => "does not hold",
            Verdict::NotJudged => "not judged",
        }
    }

    /// Holds; or, failing that, with limits; or does not.
    pub fn of(holds: bool, with_limits: bool) -> Self {
        match (holds, with_limits) {
            (true, _) => Verdict::Holds,
            (false, true) => Verdict::WithLimits,
            (false, false) => Verdict::DoesNot,
        }
    }
}

/// A figure with what was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    pub plate: Plate,
    /// A picture to stand above the plate, as SVG.
    pub map: Option<String>,
    /// Sentences with the numbers, in Markdown.
    pub found: String,
    pub verdict: Verdict,
}

impl Drawn {
    pub fn new(plate: impl Into<Plate>, found: impl Into<String>, verdict: Verdict) -> Self {
        Self {
            plate: plate.into(),
            map: None,
            found: found.into(),
            verdict,
        }
    }
}

/// Why a figure is not there.
#[derive(Debug)]
pub enum PaperError {
    /// No figure of this name.
    Unknown {
        name: String,
    },
    Run {
        name: String,
        cause: JobError,
    },
    Read(ReadError),
    File(FileError),
    Plot(PlotError),
    Experiment(ExperimentError),
    Discover(DiscoverError),
    Identify(MembraneError),
    /// A run's data do not hold what the figure shows.
    Missing {
        what: String,
        folder: PathBuf,
    },
}

impl std::fmt::Display for PaperError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown { name } => {
                let names: Vec<&str> = registry::ENTRIES.iter().map(|e| e.name).collect();
                write!(
                    f,
                    "{name}: no figure of this name\n  allowed: {}\n  remedy: `ncm paper --list` says what each shows",
                    names.join(", ")
                )
            }
            Self::Run { name, cause } => write!(f, "the run {name}: {cause}"),
            Self::Read(error) => error.fmt(f),
            Self::File(error) => write!(
                f,
                "{error}\n  remedy: check the folder's permissions and free space, then go on with --resume"
            ),
            Self::Plot(error) => error.fmt(f),
            Self::Experiment(error) => error.fmt(f),
            Self::Discover(error) => error.fmt(f),
            Self::Identify(error) => error.fmt(f),
            Self::Missing { what, folder } => write!(
                f,
                "{}: the run has no {what}\n  remedy: remove this folder and run the figure again",
                folder.display()
            ),
        }
    }
}

impl std::error::Error for PaperError {}

macro_rules! from {
    ($($kind:ident: $error:ty),*) => {$(
        impl From<$error> for PaperError {
            fn from(error: $error) -> Self {
                Self::$kind(error)
            }
        }
    )*};
}
from!(Read: ReadError, File: FileError, Plot: PlotError, Experiment: ExperimentError, Discover: DiscoverError, Identify: MembraneError);

impl From<crate::parameter::ParameterError> for PaperError {
    fn from(error: crate::parameter::ParameterError) -> Self {
        Self::Experiment(error.into())
    }
}

/// Folder under the output in which a figure's picture, data and result go.
fn place(folder: &std::path::Path, kind: &str, name: &str, ext: &str) -> PathBuf {
    folder.join(kind).join(format!("{name}.{ext}"))
}
