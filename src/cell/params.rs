//! Parameters of a whole cell, or of a half cell measured on its own.

use super::{Ageing, Limits, Thermal};
use crate::ladder::ElectrodeParams;
use crate::parameter::{ParameterError, check_range};

/// A supercapacitor: two electrodes facing each other over the bulk electrolyte, with series
/// resistance and leakage; or one electrode against an ideal counter electrode.
///
/// Seen from outside it is a two-terminal element. `area`, `series` and `parallel` scale the
/// whole of it, ESR and leakage included, so `area = 2` is two such parts in parallel and
/// `series = 3` three of them on top of each other.
#[derive(Debug, Clone, PartialEq)]
pub struct CellParams {
    /// Electrode at the positive terminal.
    pub positive: ElectrodeParams,
    /// Electrode at the negative terminal; `None` makes a half cell whose negative terminal is the
    /// bulk electrolyte.
    pub negative: Option<ElectrodeParams>,
    /// Equivalent series resistance of contacts, collectors and separator, ohm; may be 0.
    pub esr: f64,
    /// Leakage resistance across the terminals, ohm; infinite for none.
    pub r_leak: f64,
    /// Scale of the whole part: C with it, R with its inverse.
    pub area: f64,
    /// Cells in series in one string.
    pub series: f64,
    /// Strings in parallel.
    pub parallel: f64,
    /// Temperature and what it does; by default nothing.
    pub thermal: Thermal,
    /// Age and what it does; by default nothing.
    pub ageing: Ageing,
    /// What the part must not see; by default nothing is said.
    pub limits: Limits,
}

impl CellParams {
    /// A cell of two equal electrodes, without ESR or leakage.
    pub fn symmetric(electrode: ElectrodeParams) -> Self {
        Self {
            negative: Some(electrode.clone()),
            ..Self::half(electrode)
        }
    }

    /// One electrode against the bulk electrolyte.
    pub fn half(electrode: ElectrodeParams) -> Self {
        Self {
            positive: electrode,
            negative: None,
            esr: 0.0,
            r_leak: f64::INFINITY,
            area: 1.0,
            series: 1.0,
            parallel: 1.0,
            thermal: Thermal::default(),
            ageing: Ageing::default(),
            limits: Limits::default(),
        }
    }

    /// The first parameter that is out of range, if any.
    pub fn validate(&self) -> Result<(), ParameterError> {
        self.positive.validate()?;
        if let Some(negative) = &self.negative {
            negative.validate().map_err(|e| e.within("negative"))?;
        }
        check_range("esr", self.esr, 0.0, 1e18, "ohm")?;
        check_range("r_leak", self.r_leak, 1e-18, f64::INFINITY, "ohm")?;
        check_range("area", self.area, 1e-18, 1e18, "")?;
        for (name, count) in [("series", self.series), ("parallel", self.parallel)] {
            check_range(name, count, 1.0, 1e6, "")?;
            if count.fract() != 0.0 {
                return Err(ParameterError::new(
                    name,
                    count,
                    "a whole number from 1 to 1e6",
                ));
            }
        }
        self.thermal.validate()?;
        self.ageing.validate()?;
        self.limits.validate()
    }

    /// Number of cells, `area` counted.
    pub fn cells(&self) -> f64 {
        self.series * self.parallel * self.area
    }

    /// Factor on every resistance of the cell as the terminals see it.
    pub(crate) fn resistance_scale(&self) -> f64 {
        self.series / (self.parallel * self.area)
    }

    /// Factor on every charge as the terminals see it.
    pub(crate) fn charge_scale(&self) -> f64 {
        self.parallel * self.area
    }
}
