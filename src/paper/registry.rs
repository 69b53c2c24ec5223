//! Every figure, in the order of the gallery.

use super::bench::Bench;
use super::figures::*;
use super::{Drawn, PaperError};
use crate::mpnp::config::Config;

/// One figure: what it is to show, from which runs, and how.
pub struct Entry {
    pub name: &'static str,
    pub title: &'static str,
    /// The paper's figures, such as `3a, ED6`; empty for what goes beyond the paper.
    pub paper: &'static str,
    /// What the paper says, or what is asked beyond it.
    pub claim: &'static str,
    /// How the verdict follows from the data.
    pub criterion: &'static str,
    /// The mPNP runs it needs, at full size.
    pub runs: fn() -> Vec<Config>,
    pub draw: fn(&Bench) -> Result<Drawn, PaperError>,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// All figures.
pub const ENTRIES: &[Entry] = &[
    fluxes::OPEN,
    fluxes::SLIT,
    resistance::NO_CONSTANT,
    resistance::CYCLE,
    resistance::SAME,
    size::SIZE,
    charge::RESISTANCE,
    charge::FRACTIONS,
    charge::DIFFERENCE,
    local::LOCAL,
    charge::CAPACITANCE,
    filling::PRESCRIBED,
    agreement::CV,
    circuit::GAMMA,
    circuit::RESISTANCE,
    agreement::LAYERS,
    circuit::TLM,
    filling::CHARGES,
    discovery::LAW,
    molecular::DYNAMICS,
    agreement::TIMES,
    beyond::POLARITIES,
    sweeps::CONCENTRATION,
    sweeps::IONS,
    sweeps::WINDOW,
    beyond::LINEAR_FAILS,
    beyond::THICK,
];

/// The entry of this name.
pub fn find(name: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|e| e.name == name)
}
