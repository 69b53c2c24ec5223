//! `ncm paper`.

use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Instant;

use clap::Args;
use ncm::paper::PaperError;
use ncm::paper::make::{Event, Options, make, wanted};
use ncm::paper::registry::ENTRIES;
use serde_json::json;

use crate::failure::Failure;
use crate::report::Report;

#[derive(Debug, Args)]
pub struct PaperArgs {
    /// Figures to make [default: all].
    #[arg(value_name = "FIGURE")]
    figures: Vec<String>,
    /// Folder for gallery.md, img/paper/, data/ and runs/; made if it is not there.
    #[arg(short, long, value_name = "DIR", required_unless_present = "list")]
    output: Option<PathBuf>,
    /// Runs at a time [default: one per core].
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Keep the runs that are in the folder, and go on with those that were interrupted.
    #[arg(long)]
    resume: bool,
    /// Say what there is, and make nothing.
    #[arg(long)]
    list: bool,
    /// Runs far too small and coarse for their numbers: tries the machinery.
    #[arg(long, hide = true)]
    coarse: bool,
}

pub fn run(a: &PaperArgs) -> Result<Report, Failure> {
    let entries = wanted(&a.figures).map_err(|e| Failure::bad_input(e.to_string()))?;
    let (false, Some(folder)) = (a.list, &a.output) else {
        return Ok(list());
    };
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let options = Options {
        jobs: a.jobs.map_or(cores, NonZeroUsize::get),
        resume: a.resume,
        coarse: a.coarse,
    };
    let started = Instant::now();
    let rows = Mutex::new(Vec::new());
    let failed = make(&entries, folder, &options, |event| match event {
        Event::Running(p) => {
            if let Some(name) = p.ended {
                let left = p.left.map_or(String::new(), |left| {
                    format!("; about {:.0} s left", left.as_secs_f64())
                });
                eprintln!(
                    "[{}/{} runs, {:.0} %, {:.0} s] {name}{left}",
                    p.done,
                    p.of,
                    100.0 * p.part,
                    p.elapsed.as_secs_f64()
                );
            }
        }
        Event::Drawn {
            entry,
            verdict,
            took,
        } => {
            eprintln!(
                "{}: {} ({:.1} s)",
                entry.name,
                verdict.text(),
                took.as_secs_f64()
            );
            if let Ok(mut rows) = rows.lock() {
                rows.push((entry.name, verdict));
            }
        }
        Event::Failed { entry, error } => eprintln!("{}: failed: {error}", entry.name),
    })
    .map_err(|e| failure(&e))?;
    if let Some((entry, error)) = failed.first() {
        return Err(Failure::work(format!(
            "{} of {} figures could not be made; the first: {}: {error}",
            failed.len(),
            entries.len(),
            entry.name
        )));
    }
    let rows = rows.into_inner().unwrap_or_else(|p| p.into_inner());
    let mut report = Report::default();
    for (name, verdict) in rows {
        // Writing to a string does not fail.
        let _ = writeln!(report.text, "{name:<24} {}", verdict.text());
        report.json.insert(name.into(), json!(verdict.text()));
    }
    let _ = writeln!(
        report.text,
        "written to {} in {:.0} s",
        folder.join("gallery.md").display(),
        started.elapsed().as_secs_f64()
    );
    Ok(report)
}

fn failure(error: &PaperError) -> Failure {
    Failure::work(error.to_string())
}

fn list() -> Report {
    let mut report = Report::default();
    for entry in ENTRIES {
        let runs = (entry.runs)().len();
        let _ = writeln!(
            report.text,
            "{:<24} {:<14} {:>3} runs  {}",
            entry.name,
            if entry.paper.is_empty() {
                "-"
            } else {
                entry.paper
            },
            runs,
            entry.title
        );
        report.json.insert(
            entry.name.into(),
            json!({"paper": entry.paper, "title": entry.title, "claim": entry.claim, "runs": runs}),
        );
    }
    report
}
