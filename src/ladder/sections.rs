//! Sections: runs of neighbouring slits treated as one node of the ladder.

use super::{ElectrodeParams, RESOLVED_LIMIT};
use crate::parameter::{ParameterError, check_range};

/// Sections chosen for electrodes beyond [`RESOLVED_LIMIT`].
///
/// Against the ladder with every one of 60,000 slits resolved (total R_c C_slit = 0.4 s, gamma up to
/// 0.9, laws of one cell), a CV then errs by less than 0.1 % of its largest current for sweeps of 2 ms and
/// longer without any series resistance, and by less than 0.01 % with an ESR as large as the
/// ladder's own resistance (`tests/thick_electrode.rs`).
pub const AUTOMATIC_SECTIONS: u64 = 120;

/// Section boundaries lie at this power of the section's number.
const GRADING: i32 = 3;

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

/// Number of sections an electrode has.
pub fn section_count(params: &ElectrodeParams) -> u64 {
    match &params.explicit {
        Some(list) => list.len() as u64,
        None => chosen(params.slits, params.sections),
    }
}

/// `sections`, or the number that stands for 0.
fn chosen(slits: u64, sections: u64) -> u64 {
    match sections {
        0 if slits <= RESOLVED_LIMIT => slits,
        0 => AUTOMATIC_SECTIONS,
        n => n,
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
///
/// A disturbance from the mouth reaches a depth that grows with the root of time, so depth is graded: the
/// boundaries lie at `slits (j/sections)^3`, no section smaller than a slit. A thick electrode's mouth
/// then answers to a switching converter, its depth to a slow sweep.
fn sizes(slits: u64, sections: u64) -> Vec<f64> {
    let sections = chosen(slits, sections);
    if sections == slits {
        return vec![1.0; slits as usize];
    }
    let total = slits as f64;
    let mut begin = 0.0;
    (1..=sections)
        .map(|j| {
            let end = (total * (j as f64 / sections as f64).powi(GRADING)).max(begin + 1.0);
            let size = end - begin;
            begin = end;
            size
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_hold_all_slits_and_none_is_smaller_than_one() {
        for slits in [1, 2, 3, 12, 1999, 2000, 2001, 60_000, 10_000_000] {
            for sections in [0, 1, 2, 5, 11, 80, 1999] {
                if sections > slits {
                    continue;
                }
                let sizes = sizes(slits, sections);
                let sum: f64 = sizes.iter().sum();
                assert!((sum - slits as f64).abs() < 1e-9 * sum);
                assert!(sizes.iter().all(|s| *s >= 1.0 - 1e-9));
                assert!(sizes.windows(2).all(|w| w[1] >= w[0] * (1.0 - 1e-9)));
                if sections > 0 {
                    assert_eq!(sizes.len() as u64, sections);
                }
            }
        }
    }
}
