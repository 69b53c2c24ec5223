//! Runs what has not been run yet, some at a time.

use std::path::Path;

use ncm::mpnp::config::Config;
use ncm::paper::store::Store;

use crate::cases::Case;
use crate::found::Found;

/// The reports of all cases.
pub fn run_all(cases: &[Case], out: &Path, jobs: usize) -> Result<Found, String> {
    let store = Store::new(out);
    let configs: Vec<Config> = cases.iter().map(|c| c.config.clone()).collect();
    let failed = store.run_missing(&configs, jobs, |p| {
        let Some(name) = p.ended else { return };
        let left = p.left.map_or(String::new(), |left| {
            format!("; about {:.0} s left", left.as_secs_f64())
        });
        eprintln!("[{}/{}] {name}{left}", p.done, p.of);
    });
    if let Some((name, error)) = failed.first() {
        return Err(format!("{name}: {error}"));
    }
    let reports = cases
        .iter()
        .filter_map(|c| Some((c.key.clone(), c.says, store.finished(&c.config)?)))
        .collect();
    Ok(Found::new(reports))
}
