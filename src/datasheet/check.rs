//! A card's own numbers beside those of its sheet.

use super::procedure::Measured;
use super::sheet::Sheet;

/// One number.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    pub name: &'static str,
    pub unit: &'static str,
    pub measured: f64,
    /// What the sheet says, and the range that it allows; `None` where it is silent.
    pub rated: Option<f64>,
    pub allowed: Option<(f64, f64)>,
}

impl Check {
    /// `None` where the sheet is silent.
    pub fn passes(&self) -> Option<bool> {
        self.allowed
            .map(|(low, high)| (low..=high).contains(&self.measured))
    }

    /// Relative deviation from the sheet.
    pub fn deviation(&self) -> Option<f64> {
        self.rated.map(|rated| self.measured / rated - 1.0)
    }
}

/// Tolerance of the capacitance where a sheet gives none, a share each way: the closest that makers sell.
const TOLERANCE: f64 = 0.1;

/// A card at the end of the range must not fail by rounding.
const ROUNDING: f64 = 1e-3;

/// Resistance and leakage are upper limits in sheets. A card at its sheet's number must not fail by rounding.
const LIMIT: f64 = 1.01;

/// The numbers side by side.
pub fn compare(sheet: &Sheet, measured: &Measured) -> Vec<Check> {
    let (low, high) = sheet.tolerance.unwrap_or((-TOLERANCE, TOLERANCE));
    let c = sheet.capacitance;
    let limit = |name, unit, measured, rated: Option<f64>| Check {
        name,
        unit,
        measured,
        rated,
        allowed: rated.map(|r| (0.0, LIMIT * r)),
    };
    vec![
        Check {
            name: "capacitance",
            unit: "F",
            measured: measured.capacitance,
            rated: Some(c),
            allowed: Some((
                c * (1.0 + low) * (1.0 - ROUNDING),
                c * (1.0 + high) * (1.0 + ROUNDING),
            )),
        },
        limit("DC resistance", "ohm", measured.esr_dc, sheet.dc()),
        limit(
            "resistance at 1 kHz",
            "ohm",
            measured.esr_1khz,
            sheet.esr_1khz,
        ),
        limit("leakage after 72 h", "A", measured.leakage, sheet.leakage),
    ]
}
