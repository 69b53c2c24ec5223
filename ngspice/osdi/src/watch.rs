//! Passed limits. The interface does not say which points a simulator accepts; but a point is accepted when the
//! next evaluation lies at a later time, and is not when it lies at an earlier one. So each notice comes one step
//! late, and none of the last point.

use crate::element::Element;
use ncm::cell::Limits;
use ncm::stamp::{Notice, Watch};

/// A time (s) and the potentials there.
#[derive(Debug, Clone, Default)]
struct Point {
    time: f64,
    x: Vec<f64>,
    known: bool,
}

impl Point {
    fn set(&mut self, time: f64, x: &[f64]) {
        self.time = time;
        self.x.clear();
        self.x.extend_from_slice(x);
        self.known = true;
    }
}

/// Looks at accepted points for passed limits.
#[derive(Debug, Clone)]
pub struct Lookout {
    watch: Watch,
    /// The last evaluation, and the last accepted point before it.
    seen: Point,
    accepted: Point,
}

impl Lookout {
    /// `None` where there are no limits.
    pub fn new(limits: Limits) -> Option<Self> {
        let watch = Watch::new(limits);
        watch.is_active().then(|| Self {
            watch,
            seen: Point::default(),
            accepted: Point::default(),
        })
    }

    /// A run begins at an operating point.
    pub fn start(&mut self, x: &[f64]) {
        self.accepted.set(0.0, x);
        self.seen.known = false;
    }

    /// An evaluation of a transient run; true if the one before it turns out to be accepted.
    pub fn see(&mut self, element: &dyn Element, time: f64, x: &[f64]) -> bool {
        let accepted = self.seen.known && time > self.seen.time;
        if accepted {
            let now = element.load(&self.seen.x);
            // What went in over the step, as its mean.
            let current = match self.accepted.known && self.seen.time > self.accepted.time {
                true => {
                    let before = element.load(&self.accepted.x);
                    let h = self.seen.time - self.accepted.time;
                    (now.charge - before.charge) / h + now.leakage
                }
                false => 0.0,
            };
            self.watch.observe(now.voltage, current, now.temperature);
            std::mem::swap(&mut self.accepted, &mut self.seen);
        }
        self.seen.set(time, x);
        accepted
    }

    /// What the last accepted point has passed.
    pub fn notices(&self) -> impl Iterator<Item = Notice> + '_ {
        self.watch.notices()
    }
}
