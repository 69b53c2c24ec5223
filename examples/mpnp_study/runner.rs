//! Runs what has not been run yet, some at a time.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use ncm::mpnp::checkpoint::configuration_hash;
use ncm::mpnp::job;
use serde_json::Value;

use crate::cases::Case;
use crate::found::Found;

/// What `run.json` says of a finished run of this very configuration.
fn kept(case: &Case, folder: &Path) -> Option<Value> {
    let text = std::fs::read_to_string(folder.join("run.json")).ok()?;
    let report: Value = serde_json::from_str(&text).ok()?;
    let same = report["configuration_hash"] == configuration_hash(&case.config);
    // Versions before this study left less in the file.
    (same && report.get("laws").is_some()).then_some(report)
}

/// The reports of all cases.
pub fn run_all(cases: &[Case], out: &Path, jobs: usize) -> Result<Found, String> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    let failed = Mutex::new(None);
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(at) else { break };
                    if failed.lock().is_ok_and(|f| f.is_some()) {
                        break;
                    }
                    match run(case, out, at, cases.len(), started) {
                        Ok(report) => {
                            if let Ok(mut results) = results.lock() {
                                results.push((case.key.clone(), case.says, report));
                            }
                        }
                        Err(error) => {
                            if let Ok(mut failed) = failed.lock() {
                                *failed = Some(format!("{}: {error}", case.key));
                            }
                        }
                    }
                }
            });
        }
    });
    match failed.into_inner() {
        Ok(None) => {}
        Ok(Some(error)) => return Err(error),
        Err(_) => return Err("a run stopped unexpectedly".into()),
    }
    let results = results
        .into_inner()
        .map_err(|_| "a run stopped unexpectedly".to_owned())?;
    Ok(Found::new(results))
}

fn run(
    case: &Case,
    out: &Path,
    at: usize,
    of: usize,
    started: Instant,
) -> Result<Value, job::JobError> {
    let folder = out.join(&case.key);
    if let Some(report) = kept(case, &folder) {
        return Ok(report);
    }
    let clock = Instant::now();
    let report = job::run(&case.config, &folder, true, |_| ()).or_else(|error| match error {
        // Left by an interrupted run of another configuration: this one starts anew.
        job::JobError::Checkpoint { .. } => job::run(&case.config, &folder, false, |_| ()),
        other => Err(other),
    })?;
    let spent = started.elapsed().as_secs_f64();
    eprintln!(
        "[{}/{of}] {}: {:.1} s; about {:.0} s left",
        at + 1,
        case.key,
        clock.elapsed().as_secs_f64(),
        spent / (at + 1) as f64 * (of - at - 1) as f64
    );
    Ok(report)
}
