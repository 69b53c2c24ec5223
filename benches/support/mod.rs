//! What the benchmarks share.

use std::time::Instant;

/// Seconds of the fastest of `runs` runs: others on the machine only ever add time.
pub fn best_of(runs: usize, mut run: impl FnMut()) -> f64 {
    (0..runs)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min)
}
