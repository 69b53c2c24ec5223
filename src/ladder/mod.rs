//! Half cell: a chain of slits, or of sections that each lump many.

mod chain;
mod elimination;
mod impedance;
mod params;
mod rise;
pub mod sections;
mod sweeps;

pub use chain::Chain;
pub(crate) use chain::Scales;
pub(crate) use elimination::{Elimination, Mouth, Rule};
pub use params::{ElectrodeParams, MAX_SLITS, RESOLVED_LIMIT};
pub use rise::{DEFAULT_U_RISE, Rise};
pub use sections::Section;
pub(crate) use sweeps::{largest_difference, largest_magnitude};
