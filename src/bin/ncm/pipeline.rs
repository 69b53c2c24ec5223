//! `ncm pipeline`: from a membrane's geometry to a part in ngspice.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use ncm::mpnp::config::Config;
use ncm::mpnp::job::JobError;
use ncm::pipeline::{self, PipelineError, Request};
use ncm::simulator::Ngspice;
use serde_json::Value;

use crate::doctor::find_code_model;
use crate::failure::Failure;
use crate::identify::part_name;
use crate::report::Report;

#[derive(Debug, Args)]
pub struct PipelineArgs {
    /// Configuration of the membrane's simulation (TOML, see docs/mpnp.md and models/mpnp/).
    pub config: PathBuf,
    /// Folder for everything; made if it is not there.
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Simulations that the same part is compared with too: the membrane with more sheets, other
    /// rates.
    #[arg(long = "check", value_name = "CONFIG")]
    pub checks: Vec<PathBuf>,
    /// Keep what an earlier call has done and what is still valid.
    #[arg(long)]
    pub resume: bool,
    /// Simulations at a time, and threads of the search [default: one per core].
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// Name of the part [default: that of the configuration's file].
    #[arg(long)]
    pub name: Option<String>,
    /// The code models for ngspice [default: NCM_CODE_MODEL, or ncm.cm where ncm is].
    #[arg(long, value_name = "FILE.cm")]
    pub code_model: Option<PathBuf>,
}

pub fn run(a: &PipelineArgs) -> Result<Report, Failure> {
    let config = Config::read(&a.config)?;
    let mut checks: Vec<(String, Config)> = Vec::new();
    for path in &a.checks {
        // A folder of that name: what part names allow is safe there, a digit in front too.
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let name = part_name(path);
        let name = match stem.starts_with(|c: char| c.is_ascii_digit()) {
            true => name.trim_start_matches("part-").to_string(),
            false => name,
        };
        if checks.iter().any(|c| c.0 == name) {
            return Err(Failure::bad_input(format!(
                "--check {}: another of this name comes before it\n  remedy: rename one",
                path.display()
            )));
        }
        checks.push((name, Config::read(path)?));
    }
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let request = Request {
        name: a.name.clone().unwrap_or_else(|| part_name(&a.config)),
        config,
        checks,
        folder: a.output.clone(),
        resume: a.resume,
        jobs: a.jobs.map_or(cores, NonZeroUsize::get),
        ngspice: Ngspice::find().ok(),
        code_model: match find_code_model(a.code_model.as_ref()) {
            Ok(path) => Some(path),
            Err(looked) if a.code_model.is_some() => {
                return Err(Failure::bad_input(format!(
                    "--code-model {looked}: there is no such file\n  remedy: `make build` leaves dist/ncm.cm"
                )));
            }
            Err(_) => None,
        },
    };
    let outcome = pipeline::run(&request, |line| eprintln!("{line}"))?;
    let mut report = Report {
        text: format!(
            "{}\n{}\nreport: {}\n",
            outcome.table(),
            outcome.bench,
            a.output.join("report.html").display()
        ),
        ..Report::default()
    };
    if let Value::Object(map) = outcome.json() {
        report.json = map;
    }
    Ok(report)
}

impl From<PipelineError> for Failure {
    fn from(error: PipelineError) -> Self {
        match error {
            PipelineError::Membrane(error) => error.into(),
            PipelineError::Discover(error) => error.into(),
            PipelineError::Card(error) => error.into(),
            PipelineError::Job(JobError::Checkpoint { .. }) | PipelineError::Unsuitable { .. } => {
                Self::bad_input(error.to_string())
            }
            _ => Self::work(error.to_string()),
        }
    }
}
