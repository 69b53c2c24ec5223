//! Whole cell: two electrodes over the open electrolyte, ESR, leakage, counts.

mod params;

pub use params::CellParams;
