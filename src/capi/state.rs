//! What the accepted state says, and how to keep it.

use super::error::{Failure, ncm_result};
use super::handle::with;
use super::memory::{Out, OutArray, check_finite, check_length, read_array};
use super::panic::boundary;
use super::params::electrode;
use super::stepper::{Cell, ncm_stepper};
use crate::cell::Electrode;
use crate::parameter::ParameterError;
use crate::stamp::Stepper;

/// What can be read off a cell's accepted state as one number.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ncm_quantity {
    /// Terminal voltage at the end of the last accepted step, volt.
    NCM_QUANTITY_VOLTAGE_V = 0,
    /// Current into the positive terminal at the end of the last accepted step, ampere.
    NCM_QUANTITY_CURRENT_A = 1,
    /// Net charge of the positive electrode as the terminals see it, coulomb.
    NCM_QUANTITY_CHARGE_C = 2,
    /// Energy stored in the double layers, joule.
    NCM_QUANTITY_STORED_ENERGY_J = 3,
    /// Power turned into heat at the end of the last accepted step, watt.
    NCM_QUANTITY_DISSIPATION_W = 4,
    /// Series resistance in slow charging at the present charges, ohm: the low-frequency limit of
    /// the real part of the impedance, leakage not counted.
    NCM_QUANTITY_EFFECTIVE_RESISTANCE_OHM = 5,
    /// State of fill, 1: sum of |Q| over sum of q_max, over the slits of both electrodes.
    NCM_QUANTITY_FILL = 6,
    /// Capacitance at rest, farad.
    NCM_QUANTITY_CAPACITANCE_F = 7,
    /// Newton iterations since the cell was made: the effort.
    NCM_QUANTITY_ITERATIONS = 8,
    /// State of charge, 1: charge over that at rest at the card's highest voltage (`v_max` of `[limits]`), which
    /// must be given.
    NCM_QUANTITY_STATE_OF_CHARGE = 9,
}

/// Writes an `ncm_quantity` of the accepted state to `value`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_stepper_read(
    stepper: *const ncm_stepper,
    quantity: u32,
    value: *mut f64,
) -> ncm_result {
    use ncm_quantity::*;
    boundary("ncm_stepper_read", || {
        // SAFETY: the caller passes a place for one number.
        let out = unsafe { Out::new(value, "value")? };
        let read: Option<fn(&Stepper) -> f64> = match quantity {
            n if n == NCM_QUANTITY_STATE_OF_CHARGE as u32 => None,
            n if n == NCM_QUANTITY_VOLTAGE_V as u32 => Some(Stepper::voltage),
            n if n == NCM_QUANTITY_CURRENT_A as u32 => Some(Stepper::current),
            n if n == NCM_QUANTITY_CHARGE_C as u32 => Some(Stepper::charge),
            n if n == NCM_QUANTITY_STORED_ENERGY_J as u32 => Some(Stepper::stored_energy),
            n if n == NCM_QUANTITY_DISSIPATION_W as u32 => Some(Stepper::dissipation),
            n if n == NCM_QUANTITY_EFFECTIVE_RESISTANCE_OHM as u32 => {
                Some(Stepper::effective_resistance)
            }
            n if n == NCM_QUANTITY_FILL as u32 => Some(Stepper::fill),
            n if n == NCM_QUANTITY_CAPACITANCE_F as u32 => Some(|s| s.cell().capacitance()),
            n if n == NCM_QUANTITY_ITERATIONS as u32 => Some(|s| s.iterations() as f64),
            n => {
                return Err(Failure::new(
                    ncm_result::NCM_RESULT_UNKNOWN_CHOICE,
                    format!("quantity = {n}: allowed is an ncm_quantity, 0 to 9"),
                ));
            }
        };
        let value = match read {
            Some(read) => with(stepper, |cell| Ok(read(&cell.stepper)))?,
            None => with(stepper, |cell| {
                if cell.v_rated.is_finite() {
                    return Ok(cell.stepper.state_of_charge(cell.v_rated));
                }
                let allowed =
                    "a voltage in [limits] of the card: the state of charge counts from it";
                Err(ParameterError::new("v_max", "(not given)", allowed).into())
            })?,
        };
        check_finite("value", &[value])?;
        out.write(value);
        Ok(())
    })
}

/// Writes the number of sections of an electrode (an `ncm_electrode`) to `count`; 0 for the negative
/// electrode of a half cell.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_stepper_section_count(
    stepper: *const ncm_stepper,
    which: u32,
    count: *mut usize,
) -> ncm_result {
    boundary("ncm_stepper_section_count", || {
        // SAFETY: the caller passes a place for one number.
        let out = unsafe { Out::new(count, "count")? };
        let which = electrode(which)?;
        let count = with(stepper, |cell| Ok(cell.stepper.section_count(which)))?;
        out.write(count);
        Ok(())
    })
}

/// Writes the voltage of an electrode against the electrolyte in each section, mouth first, volt, of
/// one cell, to `voltages_V`: `length` = `ncm_stepper_section_count` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_stepper_section_voltages(
    stepper: *const ncm_stepper,
    which: u32,
    voltages_V: *mut f64,
    length: usize,
) -> ncm_result {
    boundary("ncm_stepper_section_voltages", || {
        // SAFETY: the caller passes room for `length` values.
        unsafe {
            sections(
                stepper,
                which,
                voltages_V,
                length,
                "voltages_V",
                Stepper::section_voltages,
            )
        }
    })
}

/// Writes the net charge of each section of an electrode, mouth first, coulomb, of one cell, to
/// `charges_C`: `length` = `ncm_stepper_section_count` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_stepper_section_charges(
    stepper: *const ncm_stepper,
    which: u32,
    charges_C: *mut f64,
    length: usize,
) -> ncm_result {
    boundary("ncm_stepper_section_charges", || {
        // SAFETY: the caller passes room for `length` values.
        unsafe {
            sections(
                stepper,
                which,
                charges_C,
                length,
                "charges_C",
                Stepper::section_charges,
            )
        }
    })
}

/// # Safety
/// If neither NULL nor misaligned, `out` must be valid for writing `length` values.
unsafe fn sections(
    stepper: *const ncm_stepper,
    which: u32,
    out: *mut f64,
    length: usize,
    name: &str,
    read: fn(&Stepper, Electrode, &mut [f64]) -> usize,
) -> Result<(), Failure> {
    let which = electrode(which)?;
    with(
        stepper,
        |Cell {
             stepper, scratch, ..
         }| {
            let count = stepper.section_count(which);
            check_length(name, length, count)?;
            // SAFETY: as promised to this function.
            let out = unsafe { OutArray::new(out, length, name)? };
            let values = &mut scratch[..count];
            read(stepper, which, values);
            check_finite(name, values)?;
            out.write(values);
            Ok(())
        },
    )
}

/// Writes the number of values that `ncm_stepper_save` needs to `length`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_stepper_state_length(
    stepper: *const ncm_stepper,
    length: *mut usize,
) -> ncm_result {
    boundary("ncm_stepper_state_length", || {
        // SAFETY: the caller passes a place for one number.
        let out = unsafe { Out::new(length, "length")? };
        let length = with(stepper, |cell| Ok(cell.stepper.snapshot_len()))?;
        out.write(length);
        Ok(())
    })
}

/// Writes the accepted state, history included but not a trial in hand, to `state`: `length` =
/// `ncm_stepper_state_length` values, for `ncm_stepper_restore` of the same library version.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_stepper_save(
    stepper: *const ncm_stepper,
    state: *mut f64,
    length: usize,
) -> ncm_result {
    boundary("ncm_stepper_save", || {
        with(
            stepper,
            |Cell {
                 stepper, scratch, ..
             }| {
                let wanted = stepper.snapshot_len();
                check_length("state", length, wanted)?;
                // SAFETY: the caller passes room for `length` values.
                let out = unsafe { OutArray::new(state, length, "state")? };
                let values = &mut scratch[..wanted];
                stepper.save(values)?;
                out.write(values);
                Ok(())
            },
        )
    })
}

/// Puts back a state of `length` values that `ncm_stepper_save` wrote, of this cell or of another one
/// made from the same card. A trial in hand is dropped.
///
/// Returns NCM_RESULT_WRONG_LENGTH or NCM_RESULT_STATE_MISMATCH, the state untouched, if it belongs to
/// another cell or is damaged.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_stepper_restore(
    stepper: *mut ncm_stepper,
    state: *const f64,
    length: usize,
) -> ncm_result {
    boundary("ncm_stepper_restore", || {
        // SAFETY: the caller passes `length` values.
        let state = unsafe { read_array(state, length, "state")? };
        with(
            stepper,
            |Cell {
                 stepper, scratch, ..
             }| {
                stepper.restore(&state)?;
                scratch.resize(stepper.snapshot_len(), 0.0);
                Ok(())
            },
        )
    })
}
