//! What a long run shows while it goes on.

use super::doors::Analysis;
use super::table::Cell;
use super::variant::Variant;
use std::sync::Mutex;
use std::time::{Duration, Instant};

pub struct Progress {
    runs: usize,
    start: Instant,
    so_far: Mutex<SoFar>,
}

struct SoFar {
    runs: usize,
    shown: Instant,
}

impl Progress {
    pub fn new(runs: usize) -> Self {
        let start = Instant::now();
        Self {
            runs,
            start,
            so_far: Mutex::new(SoFar {
                runs: 0,
                shown: start,
            }),
        }
    }

    /// A line every ten seconds (true then), and one at once for whatever went wrong.
    pub fn done(
        &self,
        door: &str,
        variant: Variant,
        case: &str,
        outcome: &[(Analysis, Cell)],
    ) -> bool {
        let here = format!("{door}, {}, {case}", variant.name());
        for (analysis, cell) in outcome {
            match cell {
                Cell::Error(e) if e.is_nan() || *e > analysis.tolerance() => {
                    eprintln!("qa: {here}, {}: off by {e:.1e}", analysis.name());
                }
                Cell::Failed(reason) => eprintln!("qa: {here}, {}: {reason}", analysis.name()),
                _ => {}
            }
        }
        let mut so_far = self.so_far.lock().unwrap();
        so_far.runs += 1;
        let now = Instant::now();
        let due = so_far.runs == self.runs || now - so_far.shown > Duration::from_secs(10);
        if due {
            so_far.shown = now;
            let elapsed = (now - self.start).as_secs_f64();
            let left = elapsed / so_far.runs as f64 * (self.runs - so_far.runs) as f64;
            eprintln!(
                "qa: {} of {} runs after {elapsed:.0} s, about {left:.0} s to go; last {here}",
                so_far.runs, self.runs
            );
        }
        due
    }
}
