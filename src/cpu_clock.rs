//! Time that the calling thread has spent on a processor: what work costs, however many others share the machine.

use std::time::{Duration, Instant};

/// A clock of the calling thread. Where the system has none it is the clock on the wall.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CpuClock {
    spent: Option<Duration>,
    wall: Instant,
}

impl CpuClock {
    pub fn start() -> Self {
        Self {
            spent: spent(),
            wall: Instant::now(),
        }
    }

    /// Time since the start; on the same thread.
    pub fn elapsed(&self) -> Duration {
        match (self.spent, spent()) {
            (Some(before), Some(now)) => now.saturating_sub(before),
            _ => self.wall.elapsed(),
        }
    }
}

#[cfg(unix)]
fn spent() -> Option<Duration> {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(now).ok()
}

#[cfg(not(unix))]
fn spent() -> Option<Duration> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleep_costs_nothing_and_work_does() {
        let clock = CpuClock::start();
        std::thread::sleep(Duration::from_millis(60));
        assert!(clock.elapsed() < Duration::from_millis(40));
        let begin = Instant::now();
        let mut x = 1.0_f64;
        while begin.elapsed() < Duration::from_millis(60) {
            x = std::hint::black_box(x * 1.000_001);
        }
        assert!(clock.elapsed() > Duration::from_millis(1), "{x}");
    }
}
