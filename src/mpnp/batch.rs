//! Independent runs side by side: one core each, as many at a time as wanted.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::config::Config;
use super::job::{self, JobError, Message};

/// One run of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    pub config: Config,
    /// Where its files go; no two tasks may share a folder.
    pub folder: PathBuf,
}

/// Runs all tasks, `at_once` at a time, each as [`job::run`] does. A run that fails does not stop the
/// others. `tell` gets the index of the task and what it has to say, from several threads.
///
/// Results stand in the order of the tasks.
pub fn run_all(
    tasks: &[Task],
    at_once: usize,
    resume: bool,
    tell: impl Fn(usize, Message) + Sync,
) -> Vec<Result<Value, JobError>> {
    let next = AtomicUsize::new(0);
    let slots: Vec<Mutex<Option<Result<Value, JobError>>>> =
        tasks.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..at_once.clamp(1, tasks.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(task) = tasks.get(at) else { break };
                    let result = job::run(&task.config, &task.folder, resume, |m| tell(at, m));
                    // A lock is poisoned only by a panic of its holder, which does nothing but this.
                    let mut slot = slots[at].lock().unwrap_or_else(|p| p.into_inner());
                    *slot = Some(result);
                }
            });
        }
    });
    slots
        .into_iter()
        .filter_map(|slot| slot.into_inner().unwrap_or_else(|p| p.into_inner()))
        .collect()
}
