//! Finished runs in a folder, each under the hash of its configuration: whoever needs a run that
//! has been made finds it, and one that was interrupted goes on from its checkpoint.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::mpnp::batch::{Task, run_all};
use crate::mpnp::checkpoint::{self, configuration_hash};
use crate::mpnp::config::{Config, Experiment};
use crate::mpnp::job::{JobError, Message};

/// A folder of runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Store {
    folder: PathBuf,
}

/// How far the runs of a [`Store::run_missing`] are.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress<'a> {
    /// The run that has just ended; `None` in between.
    pub ended: Option<&'a str>,
    /// Runs that have ended, of how many.
    pub done: usize,
    pub of: usize,
    /// Part of the work that is done, weighed by size.
    pub part: f64,
    pub elapsed: Duration,
    /// From the pace so far.
    pub left: Option<Duration>,
}

impl Store {
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// Where the files of this run are, or will be.
    pub fn folder_of(&self, config: &Config) -> PathBuf {
        self.folder.join(configuration_hash(config))
    }

    /// `run.json` of this run, if it has been finished.
    pub fn finished(&self, config: &Config) -> Option<Value> {
        let text = std::fs::read_to_string(self.folder_of(config).join("run.json")).ok()?;
        let report: Value = serde_json::from_str(&text).ok()?;
        (report["configuration_hash"] == configuration_hash(config)).then_some(report)
    }

    /// Forgets a run: it will be made from its beginning.
    pub fn forget(&self, config: &Config) {
        for file in ["run.json", "checkpoint.bin"] {
            // What is not there is forgotten; what cannot be removed is met again when written.
            let _ = std::fs::remove_file(self.folder_of(config).join(file));
        }
    }

    /// Makes the runs that are not there yet, `jobs` at a time, the largest first. A run that fails
    /// does not stop the others; failures come back with the runs' names.
    pub fn run_missing(
        &self,
        configs: &[Config],
        jobs: usize,
        tell: impl Fn(Progress) + Sync,
    ) -> Vec<(String, JobError)> {
        let mut missing: Vec<Config> = Vec::new();
        for config in configs {
            let same = |c: &Config| configuration_hash(c) == configuration_hash(config);
            if self.finished(config).is_none() && !missing.iter().any(same) {
                missing.push(config.clone());
            }
        }
        // The longest first, so that no core idles while the other works on a late long one.
        missing.sort_by(|a, b| work(b).total_cmp(&work(a)));
        let tasks: Vec<Task> = missing
            .into_iter()
            .map(|config| {
                let folder = self.folder_of(&config);
                drop_foreign_checkpoint(&config, &folder);
                Task { config, folder }
            })
            .collect();
        let all: f64 = tasks.iter().map(|t| work(&t.config)).sum();
        let started = Instant::now();
        // Part of each task that is done, and where it was taken up.
        let parts = Mutex::new(vec![(0.0, 0.0); tasks.len()]);
        let results = run_all(&tasks, jobs, true, |at, message| {
            let Ok(mut parts) = parts.lock() else { return };
            let ended = match message {
                Message::Resumed { part } => {
                    parts[at] = (part, part);
                    return;
                }
                Message::Progress(p) => {
                    parts[at].0 = p.part;
                    p.part >= 1.0
                }
                Message::Size { .. } => return,
            };
            let (mut done, mut here) = (0.0, 0.0);
            for (task, (part, before)) in tasks.iter().zip(parts.iter()) {
                done += part * work(&task.config);
                here += (part - before) * work(&task.config);
            }
            let elapsed = started.elapsed();
            tell(Progress {
                ended: ended.then_some(tasks[at].config.name.as_str()),
                done: parts.iter().filter(|p| p.0 >= 1.0).count(),
                of: tasks.len(),
                part: done / all,
                elapsed,
                left: (here > 0.01 * all).then(|| elapsed.mul_f64((all - done) / here)),
            });
        });
        tasks
            .iter()
            .zip(results)
            .filter_map(|(task, result)| Some((task.config.name.clone(), result.err()?)))
            .collect()
    }
}

/// About how long a run takes, in any unit: cells grow with sheets, steps with the pieces of the drive.
fn work(config: &Config) -> f64 {
    let pieces = match &config.experiment {
        Experiment::Transient(drive) => drive.segments().len(),
        Experiment::Impedance { frequencies, .. } => frequencies.len(),
    };
    (config.geometry.sheets * pieces) as f64 * (config.grid.refinement as f64).powi(3)
}

/// A checkpoint that is damaged, or of another configuration, is not gone on from.
fn drop_foreign_checkpoint(config: &Config, folder: &Path) {
    let path = folder.join("checkpoint.bin");
    if path.exists() && checkpoint::load(&path, config).is_err() {
        // What cannot be removed is reported by the run that meets it.
        let _ = std::fs::remove_file(path);
    }
}
