//! Runs of ngspice side by side.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::simulator::{Job, Ngspice, RawFile};

/// The ngspice that banks run in.
#[derive(Debug, Clone)]
pub struct Host {
    pub ngspice: Ngspice,
    pub code_model: PathBuf,
    /// Runs at a time.
    pub jobs: usize,
}

impl Host {
    /// Runs a deck that includes `banks.lib`.
    pub(super) fn run(&self, deck: &str, library: String) -> Result<RawFile, String> {
        let job = Job::new(deck)
            .code_model(&self.code_model)
            .file("banks.lib", library);
        self.ngspice
            .run(&job)
            .and_then(|run| run.check()?.raw().cloned())
            .map_err(|e| e.to_string())
    }

    /// `work` on each part, as many at a time as there are jobs; results in order. After the first failure nothing
    /// new is begun. `done` is told how many are done.
    pub(super) fn each<P: Sync, R: Send>(
        &self,
        parts: &[P],
        work: impl Fn(&P) -> Result<R, String> + Sync,
        done: impl Fn(usize) + Sync,
    ) -> Result<Vec<R>, String> {
        let (next, ended, failed) = (
            AtomicUsize::new(0),
            AtomicUsize::new(0),
            AtomicBool::new(false),
        );
        let results: Mutex<Vec<Option<Result<R, String>>>> =
            Mutex::new(parts.iter().map(|_| None).collect());
        std::thread::scope(|scope| {
            for _ in 0..self.jobs.clamp(1, parts.len().max(1)) {
                scope.spawn(|| {
                    while !failed.load(Ordering::Relaxed) {
                        let k = next.fetch_add(1, Ordering::Relaxed);
                        let Some(part) = parts.get(k) else { break };
                        let result = work(part);
                        failed.fetch_or(result.is_err(), Ordering::Relaxed);
                        if let Ok(mut all) = results.lock() {
                            all[k] = Some(result);
                        }
                        done(ended.fetch_add(1, Ordering::Relaxed) + 1);
                    }
                });
            }
        });
        let results = results
            .into_inner()
            .map_err(|_| "a run broke down".to_owned())?;
        // Where one is missing an earlier or later one says why.
        let (present, missing): (Vec<_>, Vec<_>) = results.into_iter().partition(Option::is_some);
        let collected: Result<Vec<R>, String> = present.into_iter().flatten().collect();
        match collected {
            Ok(_) if !missing.is_empty() => Err("a run broke down".into()),
            other => other,
        }
    }
}
