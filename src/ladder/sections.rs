//! Sections: runs of neighbouring slits treated as one node of the ladder.

use super::{ElectrodeParams, RESOLVED_LIMIT};
use crate::parameter::{ParameterError, check_range};

/// Sections chosen for electrodes beyond [`RESOLVED_LIMIT`].
pub const AUTOMATIC_SECTIONS: u64 = 80;

/// A run of `slits` equal slits lumped into one node. Values are those of one slit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Section {
    /// How many slits are lumped; at least 1, need not be whole.
    pub slits: f64,
    /// Resistance of one empty slit, ohm.
    pub r_c: f64,
    /// Charge scale of one slit, coulomb.
    pub q_max: f64,
    /// Capacitance of one slit, farad.
    pub c_slit: f64,
}

impl Section {
    /// The first parameter that is out of range, if any.
    pub fn validate(&self) -> Result<(), ParameterError> {
        check_range("slits", self.slits, 1.0, 1e12, "")?;
        check_range("r_c", self.r_c, 1e-18, 1e18, "ohm")?;
        check_range("q_max", self.q_max, 1e-30, 1e12, "C")?;
        check_range("c_slit", self.c_slit, 1e-30, 1e12, "F")
    }
}

/// How the slits of an electrode are lumped: mouth first, the sizes add up to `slits`.
pub fn layout(params: &ElectrodeParams) -> Vec<Section> {
    sizes(params.slits, params.sections)
        .into_iter()
        .map(|slits| Section {
            slits,
            r_c: params.r_c,
            q_max: params.q_max,
            c_slit: params.c_slit,
        })
        .collect()
}

/// Sizes of the sections of an electrode of `slits` slits.
fn sizes(slits: u64, sections: u64) -> Vec<f64> {
    let sections = match sections {
        0 if slits <= RESOLVED_LIMIT => slits,
        0 => AUTOMATIC_SECTIONS,
        n => n,
    };
    if sections == slits {
        return vec![1.0; slits as usize];
    }
    vec![slits as f64 / sections as f64; sections as usize]
}
