//! The procedures that data sheets are measured with, stand-alone.
//!
//! * Capacitance (IEC 62391-1, constant-current discharge): from rest at the rated voltage with 4 mA per farad and
//!   volt; C = I t / dV between 80 % and 40 % of the rated voltage.
//! * DC resistance: the same with 40 mA per farad and volt; the straight line through those two points, carried back
//!   to the start, misses the rated voltage by I R.
//! * Resistance at 1 kHz: real part of the impedance at the rated voltage.
//! * Leakage: the current after 72 h at the rated voltage, from empty.

use std::f64::consts::TAU;

use crate::cell::{Cell, CellParams};
use crate::experiment::{Drive, ExperimentError, Integrator};
use crate::parameter::ParameterError;
use crate::stamp::Stepper;

/// Discharge currents, ampere per farad and volt.
pub(super) const SLOW: f64 = 4e-3;
pub(super) const FAST: f64 = 40e-3;

/// Levels between which a discharge is judged, as shares of the rated voltage.
pub(super) const UPPER: f64 = 0.8;
pub(super) const LOWER: f64 = 0.4;

pub(super) const HOLD_S: f64 = 72.0 * 3600.0;
pub(super) const FREQUENCY_HZ: f64 = 1000.0;

/// What the procedures found; SI units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    pub capacitance: f64,
    pub esr_dc: f64,
    pub esr_1khz: f64,
    pub leakage: f64,
}

/// Measures a cell rated at `c` farad and `v` volt.
///
/// # Errors
/// The cell's parameters cannot be used, or it does not hold the charge that its rating promises.
pub fn stand_alone(params: &CellParams, c: f64, v: f64) -> Result<Measured, ExperimentError> {
    let (slow, fast) = (SLOW * c * v, FAST * c * v);
    let (t_1, t_2) = falls(params, v, slow, c)?;
    let capacitance = slow * (t_2 - t_1) / ((UPPER - LOWER) * v);
    let (t_1, t_2) = falls(params, v, fast, c)?;
    let esr_dc = (v - carried_back(v, t_1, t_2)) / fast;
    let mut still = Stepper::new(params)?;
    let unusable = |_| ParameterError::new("voltage_V", v, "a finite voltage");
    still.set_voltage(v).map_err(unusable)?;
    let esr_1khz = still.admittance(TAU * FREQUENCY_HZ).inv().re;
    let mut held = Integrator::new(Cell::new(params)?, 0.0, 1e-8);
    let leakage = held.advance(HOLD_S, Drive::hold(v))?.i;
    Ok(Measured {
        capacitance,
        esr_dc,
        esr_1khz,
        leakage,
    })
}

/// Voltage at the start of the straight line through (`t_1`, upper level) and (`t_2`, lower level).
pub(super) fn carried_back(v: f64, t_1: f64, t_2: f64) -> f64 {
    v * (UPPER + (UPPER - LOWER) * t_1 / (t_2 - t_1))
}

/// Times at which a discharge passes the two levels.
fn falls(params: &CellParams, v: f64, current: f64, c: f64) -> Result<(f64, f64), ExperimentError> {
    let mut state = Integrator::new(Cell::new(params)?, v, 1e-9);
    let drive = Drive::Current(-current);
    let pace = c * v / current / 1000.0;
    let (mut t, mut u) = (0.0, state.terminals(drive).v);
    let mut found = Vec::new();
    // An ideal capacitor is empty after 1000 steps.
    for k in 1..=10_000 {
        let next = f64::from(k) * pace;
        let now = state.advance_within(next, next + pace, drive)?.v;
        for level in [UPPER * v, LOWER * v] {
            if u >= level && now < level {
                found.push(t + pace * (u - level) / (u - now));
            }
        }
        if let [t_1, t_2] = found[..] {
            return Ok((t_1, t_2));
        }
        (t, u) = (next, now);
    }
    Err(ExperimentError::LimitNotReached {
        limit_v: LOWER * v,
        t_s: t,
        v: u,
    })
}
