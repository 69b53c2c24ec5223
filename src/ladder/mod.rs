//! Half cell: a chain of slits, or of sections that each lump many.

mod params;
pub mod sections;

pub use params::{ElectrodeParams, MAX_SLITS, RESOLVED_LIMIT};
pub use sections::Section;
