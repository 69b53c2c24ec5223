//! Figures from nothing, or from where they were interrupted.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use super::bench::Bench;
use super::cases::prepared;
use super::registry::{ENTRIES, Entry, find};
use super::store::{Progress, Store};
use super::{Drawn, PaperError, Verdict, page, place};
use crate::mpnp::config::Config;
use crate::mpnp::files::{FileError, write_whole};

/// How to go about it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Runs at a time.
    pub jobs: usize,
    /// Keep what has been run, and go on from checkpoints.
    pub resume: bool,
    /// Runs of a size that only tries the machinery.
    pub coarse: bool,
}

/// What happens meanwhile.
#[derive(Debug)]
pub enum Event<'a> {
    Running(Progress<'a>),
    Drawn {
        entry: &'static Entry,
        verdict: Verdict,
        took: Duration,
    },
    /// The figure could not be made; the others can.
    Failed {
        entry: &'static Entry,
        error: &'a PaperError,
    },
}

/// The entries of these names, or all.
pub fn wanted(names: &[String]) -> Result<Vec<&'static Entry>, PaperError> {
    if names.is_empty() {
        return Ok(ENTRIES.iter().collect());
    }
    names
        .iter()
        .map(|name| find(name).ok_or_else(|| PaperError::Unknown { name: name.clone() }))
        .collect()
}

/// Makes the figures in `folder`: runs under `runs/`, pictures under `img/paper/`, their data under
/// `data/`, and `gallery.md` with all figures there are. The figures that could not be made come back with the
/// reason.
pub fn make(
    entries: &[&'static Entry],
    folder: &Path,
    options: &Options,
    tell: impl Fn(Event) + Sync,
) -> Result<Vec<(&'static Entry, PaperError)>, PaperError> {
    for sub in ["runs", "img/paper", "data"] {
        let path = folder.join(sub);
        std::fs::create_dir_all(&path).map_err(|cause| FileError {
            path,
            doing: "make",
            cause,
        })?;
    }
    let store = Store::new(folder.join("runs"));
    let configs: Vec<Config> = entries
        .iter()
        .flat_map(|e| (e.runs)())
        .map(|c| prepared(&c, options.coarse))
        .collect();
    if !options.resume {
        for config in &configs {
            store.forget(config);
        }
    }
    let mut failed_runs = store.run_missing(&configs, options.jobs, |p| tell(Event::Running(p)));
    let bench = Bench::new(&store, options.coarse, options.jobs);
    let mut failed = Vec::new();
    for &entry in entries {
        let started = Instant::now();
        match (entry.draw)(&bench).and_then(|drawn| keep(entry, &drawn, folder)) {
            Ok(verdict) => tell(Event::Drawn {
                entry,
                verdict,
                took: started.elapsed(),
            }),
            Err(error) => {
                // The reason behind a missing run is what stopped that run.
                let names: Vec<String> = (entry.runs)().into_iter().map(|c| c.name).collect();
                let error = match failed_runs
                    .iter()
                    .position(|(name, _)| names.contains(name))
                {
                    Some(at) if matches!(error, PaperError::Missing { .. }) => {
                        let (name, cause) = failed_runs.swap_remove(at);
                        PaperError::Run { name, cause }
                    }
                    _ => error,
                };
                tell(Event::Failed {
                    entry,
                    error: &error,
                });
                failed.push((entry, error));
            }
        }
    }
    write_whole(&folder.join("gallery.md"), page::text(folder).as_bytes())?;
    Ok(failed)
}

/// Writes a figure's picture, data and result.
fn keep(entry: &Entry, drawn: &Drawn, folder: &Path) -> Result<Verdict, PaperError> {
    let mut svg = drawn.plate.to_svg()?;
    if let Some(map) = &drawn.map {
        svg = page::stacked(map, &svg);
    }
    let result = json!({
        "name": entry.name,
        "verdict": drawn.verdict.text(),
        "found": drawn.found,
    });
    write_whole(
        &place(folder, "img/paper", entry.name, "svg"),
        svg.as_bytes(),
    )?;
    write_whole(
        &place(folder, "data", entry.name, "csv"),
        drawn.plate.to_csv().as_bytes(),
    )?;
    write_whole(
        &place(folder, "data", entry.name, "json"),
        format!("{result:#}\n").as_bytes(),
    )?;
    Ok(drawn.verdict)
}
