//! What a bank of cells that differ does in ngspice: Monte Carlo over the makers' tolerance and the spread from cell to
//! cell. How long it holds up a load ([`HoldUp`]), and how far its cells drift apart ([`Balance`]).
//!
//! Bank number k is the same in every condition and under every scheme, so that these are compared on the same parts.

mod balance;
mod draws;
mod holdup;
mod host;
mod statistics;

pub use balance::{Balance, Scheme, SchemeError, Strain};
pub use draws::Draws;
pub use holdup::HoldUp;
pub use host::Host;
pub use statistics::{Sample, cumulative, histogram};
