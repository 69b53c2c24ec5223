//! The two-terminal companion of a cell for one trial time step.
//!
//! A simulator that has no room for a cell's inner states asks "what current flows if the terminal
//! voltage is v at the end of a step of length h, and how does it change with v?" The
//! [`Stepper`] answers by solving all inner states for that v, and keeps nothing until the step
//! is accepted.
//!
//! The rule is the second-order backward differentiation formula on unequal steps. With
//! `w = h_n/h_{n-1}`
//!
//! ```text
//! dQ/dt = [ (1+2w)/(1+w) (Q_{n+1} - Q_n) - w^2/(1+w) (Q_n - Q_{n-1}) ] / h_n
//! ```
//!
//! written in increments, so that a step of a nanosecond on a cell of many coulombs loses no
//! digits. The first step after [`Stepper::restart`], and one that grows by more than
//! [`MAX_GROWTH`], is backward Euler.

mod companion;
mod readout;
mod snapshot;
mod stepper;
mod warmth;
mod watch;

pub use companion::{Companion, StateError, TrialError};
pub use snapshot::SnapshotError;
pub use stepper::{MAX_GROWTH, Stepper};
pub use watch::{Breach, Notice, Tally, Watch};
