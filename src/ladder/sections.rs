//! Sections: runs of neighbouring slits treated as one node of the ladder.

use crate::parameter::{ParameterError, check_range};

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
