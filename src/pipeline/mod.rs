//! From a membrane's geometry to a part that circuit simulators run, with its proof: one call.
//!
//! ```text
//! mpnp -> discover -> identify -> netlists -> cv (stand-alone) -> ngspice -> report
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`stages`] | what is done and need not be done again |
//! | [`found`] | the law that discovery finds in a run, as a formula for a card |
//! | [`parts`] | cards and netlists of a membrane: linear law, sqrt law, the law found, TLM |
//! | [`sweep`] | the parts' currents, stand-alone and in ngspice, as columns beside the simulation's |
//! | [`report`] | pages and pictures |
//!
//! Every stage reads the files of the stages before it, so that a run that was interrupted goes on where it was
//! and a change of one stage's input redoes what depends on it. `docs/pipeline.md` has what was measured.

pub mod found;
pub mod parts;
pub mod report;
pub mod stages;
pub mod sweep;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::card::CardError;
use crate::discover::DiscoverError;
use crate::identify::mpnp::report as identification;
use crate::identify::mpnp::{Membrane, MembraneError, MembraneLaw, RunData};
use crate::mpnp::batch::{self, Task};
use crate::mpnp::checkpoint::configuration_hash;
use crate::mpnp::config::{Config, Experiment};
use crate::mpnp::files::{FileError, write_whole};
use crate::mpnp::job::{JobError, Message};
use crate::plot::PlotError;
use crate::simulator::Ngspice;
use stages::Stages;

/// What to do.
#[derive(Debug, Clone)]
pub struct Request {
    /// The run that the part is made from.
    pub config: Config,
    /// Further runs of the membrane, with other numbers of sheets or other drives, that the same part is to follow.
    pub checks: Vec<(String, Config)>,
    pub folder: PathBuf,
    /// Name of the part.
    pub name: String,
    /// Keeps what an earlier call in this folder has done.
    pub resume: bool,
    /// Simulations at a time, and threads of the search.
    pub jobs: usize,
    /// `None`: there is none, and the report says so.
    pub ngspice: Option<Ngspice>,
    /// The code models `ncm.cm`; without, ngspice gets the plain subcircuits only.
    pub code_model: Option<PathBuf>,
}

/// Why a pipeline has ended early. What was done before is kept.
#[derive(Debug)]
pub enum PipelineError {
    Unsuitable { wrong: String, remedy: String },
    File(FileError),
    Job(JobError),
    Membrane(MembraneError),
    Discover(DiscoverError),
    Card(CardError),
    Plot(PlotError),
}

impl fmt::Display for PipelineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsuitable { wrong, remedy } => write!(f, "{wrong}\n  remedy: {remedy}"),
            Self::File(e) => e.fmt(f),
            Self::Job(e) => e.fmt(f),
            Self::Membrane(e) => e.fmt(f),
            Self::Discover(e) => e.fmt(f),
            Self::Card(e) => e.fmt(f),
            Self::Plot(e) => e.fmt(f),
        }
    }
}

impl std::error::Error for PipelineError {}

macro_rules! from {
    ($($error:ty => $variant:ident),*) => {
        $(impl From<$error> for PipelineError {
            fn from(error: $error) -> Self {
                Self::$variant(error)
            }
        })*
    };
}
from!(FileError => File, JobError => Job, MembraneError => Membrane, DiscoverError => Discover,
      CardError => Card, PlotError => Plot);

/// One simulation of the pipeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Name of its folder and of its columns' file.
    pub name: String,
    pub config: Config,
}

/// Runs the pipeline; `tell` hears a line about every stage.
///
/// # Errors
/// [`PipelineError`]; what was done is kept for a later call with `resume`.
pub fn run(
    request: &Request,
    mut tell: impl FnMut(&str),
) -> Result<report::Outcome, PipelineError> {
    let cases = cases(request)?;
    let folder = &request.folder;
    make(folder)?;
    let mut stages = Stages::open(folder, request.resume);

    // The simulations: each run's own checkpoint lets it go on where it was.
    let hashes: Vec<String> = cases
        .iter()
        .map(|c| configuration_hash(&c.config))
        .collect();
    let run_folder = |case: &Case| folder.join("mpnp").join(&case.name);
    if stages.is_current("mpnp", &hashes.join(" ")) {
        tell("mpnp: already done");
    } else {
        tell(&format!(
            "mpnp: {} simulation{}",
            cases.len(),
            plural(cases.len())
        ));
        let started = Instant::now();
        let tasks: Vec<Task> = cases
            .iter()
            .map(|c| Task {
                config: c.config.clone(),
                folder: run_folder(c),
            })
            .collect();
        simulate(&tasks, request)?;
        let mut files = Vec::new();
        for case in &cases {
            for file in ["run.json", "slits.csv", "electrode.csv"] {
                files.push(format!("mpnp/{}/{file}", case.name));
            }
        }
        stages.done("mpnp", &hashes.join(" "), started.elapsed(), &files)?;
    }
    let runs = cases
        .iter()
        .map(|c| {
            let mut run = RunData::read(&run_folder(c))?;
            run.source = c.name.clone();
            Ok(run)
        })
        .collect::<Result<Vec<_>, MembraneError>>()?;

    let key = stages.after("mpnp");
    if stages.is_current("discover", &key) {
        tell("discover: already done");
    } else {
        tell("discover: searching the law of the trans-slit resistance");
        let started = Instant::now();
        let found = found::search(&runs[0], request.jobs)?;
        write(
            folder,
            "discover/law.json",
            &format!("{:#}\n", found.json()),
        )?;
        write(folder, "discover/report.txt", &found.report)?;
        let files = ["discover/law.json", "discover/report.txt"].map(String::from);
        stages.done("discover", &key, started.elapsed(), &files)?;
    }

    let key = format!("{} {}", stages.after("discover"), request.name);
    if stages.is_current("identify", &key) {
        tell("identify: already done");
    } else {
        tell("identify: circuit and cards");
        let started = Instant::now();
        let found = found::Found::read(&folder.join("discover/law.json"))?;
        let membrane = Membrane::identify(&runs[..1])?;
        let json = identification::json(&membrane, MembraneLaw::Linear)?;
        write(folder, "identify/membrane.json", &format!("{json:#}\n"))?;
        write(
            folder,
            "identify/report.txt",
            &identification::text(&membrane, MembraneLaw::Linear)?,
        )?;
        let mut files = vec![
            "identify/membrane.json".into(),
            "identify/report.txt".into(),
        ];
        for (law, card) in parts::cards(&membrane, &found, &request.name)? {
            let file = format!("cards/{}.toml", law.name());
            write(folder, &file, &card.to_toml())?;
            files.push(file);
        }
        stages.done("identify", &key, started.elapsed(), &files)?;
    }
    let cards = parts::read(folder)?;

    let key = stages.after("identify");
    if stages.is_current("netlists", &key) {
        tell("netlists: already done");
    } else {
        tell("netlists: a library for every door");
        let started = Instant::now();
        let mut files = Vec::new();
        for (file, text) in parts::netlists(&cards) {
            write(folder, &file, &text)?;
            files.push(file);
        }
        stages.done("netlists", &key, started.elapsed(), &files)?;
    }

    let key = stages.after("identify");
    if stages.is_current("cv", &key) {
        tell("cv: already done");
    } else {
        tell("cv: the parts under the simulations' drives, stand-alone");
        let started = Instant::now();
        let mut files = Vec::new();
        for run in &runs {
            let file = format!("cv/{}.csv", run.source);
            write(folder, &file, &sweep::standalone(&cards, run)?.to_csv())?;
            files.push(file);
        }
        stages.done("cv", &key, started.elapsed(), &files)?;
    }

    let bench = sweep::Bench::of(request.ngspice.as_ref(), request.code_model.as_deref());
    let key = format!("{} {}", stages.after("netlists"), bench.name());
    if stages.is_current("ngspice", &key) {
        tell("ngspice: already done");
    } else {
        tell(&format!("ngspice: {}", bench.name()));
        let started = Instant::now();
        let mut files = Vec::new();
        for run in &runs {
            let (columns, troubles) = bench.sweep(&cards, run);
            for trouble in &troubles {
                tell(&format!("ngspice: {trouble}"));
            }
            let file = format!("ngspice/{}.csv", run.source);
            write(folder, &file, &columns.to_csv())?;
            files.push(file);
        }
        stages.done("ngspice", &key, started.elapsed(), &files)?;
    }

    tell("report");
    let outcome = report::Outcome::gather(folder, &request.name, &runs, &stages, &bench.name())?;
    for (file, text) in outcome.pages(&runs)? {
        write(folder, &file, &text)?;
    }
    Ok(outcome)
}

fn cases(request: &Request) -> Result<Vec<Case>, PipelineError> {
    let mut cases = vec![Case {
        name: format!("{}-sheets", request.config.geometry.sheets),
        config: request.config.clone(),
    }];
    for (name, config) in &request.checks {
        cases.push(Case {
            name: name.clone(),
            config: config.clone(),
        });
    }
    for (k, case) in cases.iter().enumerate() {
        if cases[..k].iter().any(|c| c.name == case.name) {
            return Err(PipelineError::Unsuitable {
                wrong: format!("two simulations are named {}", case.name),
                remedy: "rename the file of one".into(),
            });
        }
        let unsuitable = |wrong: String, remedy: &str| {
            Err(PipelineError::Unsuitable {
                wrong: format!("{}: {wrong}", case.config.name),
                remedy: remedy.into(),
            })
        };
        let Experiment::Transient(drive) = &case.config.experiment else {
            return unsuitable(
                "is an impedance, which tells no law".into(),
                "use kind = \"cv\" in [drive]",
            );
        };
        if case.config.geometry.sheets < 3 {
            return unsuitable(
                format!("has {} sheets", case.config.geometry.sheets),
                "a resistance between two slits needs three sheets or more",
            );
        }
        if drive.points().windows(2).any(|p| p[1].0 <= p[0].0) {
            return unsuitable(
                "has a jump in its drive".into(),
                "use kind = \"cv\", \"hold\" or a table without jumps",
            );
        }
    }
    Ok(cases)
}

fn simulate(tasks: &[Task], request: &Request) -> Result<(), PipelineError> {
    let results = batch::run_all(tasks, request.jobs.max(1), request.resume, |at, message| {
        if let Message::Progress(p) = message {
            if p.steps % 25 == 0 || p.part >= 1.0 {
                eprintln!(
                    "mpnp: {}: {:.0} %, {:.0} s",
                    tasks[at].folder.display(),
                    100.0 * p.part,
                    p.elapsed.as_secs_f64()
                );
            }
        }
    });
    for result in results {
        result?;
    }
    Ok(())
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn make(folder: &Path) -> Result<(), PipelineError> {
    std::fs::create_dir_all(folder).map_err(|cause| {
        FileError {
            path: folder.into(),
            doing: "make",
            cause,
        }
        .into()
    })
}

/// Writes a file of the pipeline, whole or not at all.
fn write(folder: &Path, file: &str, text: &str) -> Result<(), PipelineError> {
    let path = folder.join(file);
    if let Some(parent) = path.parent() {
        make(parent)?;
    }
    Ok(write_whole(&path, text.as_bytes())?)
}
