//! What must follow the simulator when it rejects a step.
//!
//! The simulator keeps state vectors for the step being tried and for the last accepted one, and
//! copies the latter over the former at each new attempt. Whatever decides which past a model has
//! must live there and nowhere else.

use crate::call::Call;
use crate::host::services::TimePoint;
use ncm::stamp::MAX_GROWTH;

/// The only block of rolled-back memory an instance has.
const TAG: i32 = 0;

/// Time steps as the simulator sees them.
///
/// It does not tell its models of corners (breakpoints). There it cuts the step to a tenth or less,
/// and a second-order formula reaching back over the corner then errs by as little.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Steps {
    /// The step being tried, s.
    pub trial: f64,
    /// The last accepted step, s; 0 at the start.
    pub last: f64,
}

/// Rolled-back memory as an array of `N` numbers.
pub struct Memory<const N: usize>;

impl<const N: usize> Memory<N> {
    /// Reserves it; both time points start at `initial`. Only in an instance's first call.
    pub fn reserve(call: &Call, initial: [f64; N]) {
        call.services.allocate(TAG, N * size_of::<f64>());
        Self::write_at(call, TimePoint::Trial, initial);
        Self::write_at(call, TimePoint::Accepted, initial);
    }

    /// What the last accepted step left.
    pub fn accepted(call: &Call) -> [f64; N] {
        let at = call.services.memory(TAG, TimePoint::Accepted);
        if at.is_null() {
            return [0.0; N];
        }
        // SAFETY: reserved with N doubles; state vectors are arrays of doubles.
        unsafe { at.cast::<[f64; N]>().read() }
    }

    /// Leaves numbers for the next step, should this one be accepted.
    pub fn write(call: &Call, numbers: [f64; N]) {
        Self::write_at(call, TimePoint::Trial, numbers);
    }

    fn write_at(call: &Call, point: TimePoint, numbers: [f64; N]) {
        let at = call.services.memory(TAG, point);
        if !at.is_null() {
            // SAFETY: as in `accepted`.
            unsafe { at.cast::<[f64; N]>().write(numbers) }
        }
    }

    /// Has the simulator watch the first `count` numbers for truncation error and convergence.
    ///
    /// The simulator registers in the first iteration of a transient analysis only; later calls
    /// return at once. To be called before `write`.
    pub fn watch(call: &Call, count: usize) {
        if !call.is_first_iteration() || call.steps().last > 0.0 {
            return;
        }
        let at = call.services.memory(TAG, TimePoint::Trial).cast::<f64>();
        if at.is_null() {
            return;
        }
        for i in 0..count.min(N) {
            // SAFETY: inside the reserved block.
            unsafe { call.services.watch(at.add(i)) };
        }
    }
}

/// Derivative of a charge at the end of a step: `dQ/dt = rate * Q + rest`, by the second-order
/// backward differentiation formula on unequal steps, or backward Euler at the start and where the
/// step grows too fast. The same rule as the kernel's stepper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Derivative {
    /// 1/s
    pub rate: f64,
    /// A
    pub rest: f64,
}

impl Derivative {
    /// `q1` is the charge at the last accepted time point, `q2` at the one before.
    pub fn new(steps: &Steps, q1: f64, q2: f64) -> Self {
        let h = steps.trial;
        if steps.last <= 0.0 || h > MAX_GROWTH * steps.last {
            return Derivative {
                rate: 1.0 / h,
                rest: -q1 / h,
            };
        }
        let w = h / steps.last;
        Derivative {
            rate: (1.0 + 2.0 * w) / (h * (1.0 + w)),
            rest: (-(1.0 + w) * q1 + w * w / (1.0 + w) * q2) / h,
        }
    }

    pub fn at(&self, q: f64) -> f64 {
        self.rate * q + self.rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parabolas_are_differentiated_exactly() {
        let steps = Steps {
            trial: 0.3,
            last: 0.2,
        };
        let q = |t: f64| 1.0 - 2.0 * t + 3.0 * t * t;
        let d = Derivative::new(&steps, q(0.7), q(0.5));
        assert!((d.at(q(1.0)) - 4.0).abs() < 1e-13);
    }

    #[test]
    fn the_first_step_and_a_leap_are_backward_euler() {
        let mut steps = Steps {
            trial: 0.1,
            last: 0.0,
        };
        assert_eq!(Derivative::new(&steps, 2.0, 99.0).at(2.5), 5.0);
        steps.last = 0.04;
        assert_eq!(Derivative::new(&steps, 2.0, 99.0).at(2.5), 5.0);
    }
}
