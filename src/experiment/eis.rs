//! Electrochemical impedance spectroscopy.

use std::f64::consts::TAU;

use num_complex::Complex64;

use super::{ExperimentError, check, check_count};
use crate::cell::CellParams;
use crate::parameter::ParameterError;
use crate::stamp::Stepper;

/// Frequencies evenly spaced in log f, highest first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EisProgram {
    /// Hertz, above 0.
    pub f_min: f64,
    /// Hertz.
    pub f_max: f64,
    pub points_per_decade: usize,
    /// Voltage at which the cell rests, volt.
    pub bias: f64,
}

/// Impedance over frequency.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spectrum {
    /// Hertz.
    pub f_hz: Vec<f64>,
    /// Ohm.
    pub z: Vec<Complex64>,
}

/// Frequencies that show all of a part at rest at this voltage, hertz: whole powers of ten, from a hundredth
/// of the corner frequency of its slow resistance and its capacitance, where it is nothing but a
/// capacitor, to where the impedance has come within 2 % of its limit for high frequencies (at most a
/// million times the corner frequency, for a part whose outer face short-circuits it has none).
///
/// # Errors
/// Parameters out of range.
pub fn frequency_range(params: &CellParams, bias: f64) -> Result<(f64, f64), ExperimentError> {
    let mut cell = Stepper::new(params)?;
    cell.set_voltage(bias)
        .map_err(|_| ParameterError::new("bias", bias, "a finite voltage, V"))?;
    let tau = cell.effective_resistance() * cell.cell().capacitance();
    let corner = (1.0 / (TAU * tau)).clamp(1e-11, 1e9);
    let impedance = |f: f64| cell.admittance(TAU * f).inv();
    let limit = impedance(1e9 * corner);
    let top = (0..=24)
        .map(|k| corner * 10f64.powf(f64::from(k) / 4.0))
        .find(|f| (impedance(*f) - limit).norm() <= 0.02 * limit.norm())
        .unwrap_or(1e6 * corner);
    Ok((
        10f64.powf((corner / 100.0).log10().floor()),
        10f64.powf(top.log10().ceil()),
    ))
}

/// Impedance of the cell at rest at the bias, from the linearised equations (no waiting).
pub fn eis(params: &CellParams, program: &EisProgram) -> Result<Spectrum, ExperimentError> {
    let mut cell = Stepper::new(params)?;
    check("f_min", program.f_min, 1e-15, 1e15, "Hz")?;
    check("f_max", program.f_max, program.f_min, 1e15, "Hz")?;
    check_count("points_per_decade", program.points_per_decade, 100_000)?;
    cell.set_voltage(program.bias)
        .map_err(|_| ParameterError::new("bias", program.bias, "a finite voltage, V"))?;
    let decades = (program.f_max / program.f_min).log10();
    let intervals = (decades * program.points_per_decade as f64)
        .round()
        .max(0.0) as usize;
    let mut spectrum = Spectrum::default();
    for k in 0..=intervals {
        let f = match k {
            0 => program.f_max,
            k if k == intervals => program.f_min,
            k => program.f_max * 10f64.powf(-decades * k as f64 / intervals as f64),
        };
        spectrum.f_hz.push(f);
        spectrum.z.push(cell.admittance(TAU * f).inv());
    }
    Ok(spectrum)
}
