//! Runs what has not been run yet, some at a time.

use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use ncm::mpnp::batch::{Task, run_all as run_batch};
use ncm::mpnp::checkpoint::{self, configuration_hash};
use ncm::mpnp::job::Message;
use serde_json::Value;

use crate::cases::Case;
use crate::found::Found;

/// What `run.json` says of a finished run of this very configuration.
fn kept(case: &Case, folder: &Path) -> Option<Value> {
    let text = std::fs::read_to_string(folder.join("run.json")).ok()?;
    let report: Value = serde_json::from_str(&text).ok()?;
    let same = report["configuration_hash"] == configuration_hash(&case.config);
    same.then_some(report)
}

/// A checkpoint of another configuration, or a damaged one, is not gone on from.
fn clear_foreign_checkpoint(case: &Case, folder: &Path) {
    let path = folder.join("checkpoint.bin");
    if path.exists() && checkpoint::load(&path, &case.config).is_err() {
        // What cannot be removed is reported by the run that meets it.
        let _ = std::fs::remove_file(path);
    }
}

/// The reports of all cases.
pub fn run_all(cases: &[Case], out: &Path, jobs: usize) -> Result<Found, String> {
    let folders: Vec<_> = cases.iter().map(|c| out.join(&c.key)).collect();
    let mut reports: Vec<Option<Value>> = cases
        .iter()
        .zip(&folders)
        .map(|(case, folder)| kept(case, folder))
        .collect();
    let missing: Vec<usize> = (0..cases.len()).filter(|&i| reports[i].is_none()).collect();
    let tasks: Vec<Task> = missing
        .iter()
        .map(|&i| {
            clear_foreign_checkpoint(&cases[i], &folders[i]);
            Task {
                config: cases[i].config.clone(),
                folder: folders[i].clone(),
            }
        })
        .collect();
    let started = Instant::now();
    // Part of each task that is done.
    let parts = Mutex::new(vec![0.0; tasks.len()]);
    let results = run_batch(&tasks, jobs, true, |at, message| {
        let Message::Progress(progress) = message else {
            return;
        };
        let Ok(mut parts) = parts.lock() else { return };
        parts[at] = progress.part;
        if progress.part >= 1.0 {
            let done: f64 = parts.iter().sum();
            let spent = started.elapsed().as_secs_f64();
            eprintln!(
                "[{done:.1}/{}] {}: {:.1} s; about {:.0} s left",
                tasks.len(),
                cases[missing[at]].key,
                progress.elapsed.as_secs_f64(),
                spent / done * (tasks.len() as f64 - done)
            );
        }
    });
    for (&i, result) in missing.iter().zip(results) {
        reports[i] = Some(result.map_err(|error| format!("{}: {error}", cases[i].key))?);
    }
    Ok(Found::new(
        cases
            .iter()
            .zip(reports)
            .filter_map(|(case, report)| Some((case.key.clone(), case.says, report?)))
            .collect(),
    ))
}
