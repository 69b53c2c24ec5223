//! Trial steps: the cell as a two-terminal element that integrates itself.

use super::card::ncm_card;
use super::error::{Failure, ncm_result};
use super::handle::{handle, issue, release, with};
use super::memory::{Out, check_finite, check_length, read_into};
use super::panic::boundary;
use super::params::electrode;
use crate::experiment::History;
use crate::parameter::{ParameterError, check_range};
use crate::stamp::{Companion, Stepper, TrialError};

/// A cell with its state. `v` is the voltage of the positive against the negative terminal, `i` the
/// current into the positive terminal. Made by `ncm_stepper_new` or `ncm_stepper_clone`, freed by
/// `ncm_stepper_free`.
pub struct ncm_stepper {
    _opaque: [u8; 0],
}

/// The stepper and an array of its own, so that nothing is allocated in a step.
#[derive(Clone)]
pub(super) struct Cell {
    pub stepper: Stepper,
    pub scratch: Vec<f64>,
    /// Highest voltage of the whole part by the card's limits, volt; infinite where it has none.
    pub v_rated: f64,
}

handle!(ncm_stepper => Cell, kind 4);

/// Terminal behaviour at the end of a trial step: i(v') = i_A + di_dv_S (v' - v_V).
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ncm_companion {
    /// Terminal voltage, volt.
    pub v_V: f64,
    /// Current into the positive terminal, ampere.
    pub i_A: f64,
    /// Conductance over the step, siemens.
    pub di_dv_S: f64,
    /// Estimated local error of the step at the worst inner node, volt; 0 while there is too little
    /// history to tell.
    pub error_V: f64,
}

impl ncm_companion {
    fn checked(c: Companion) -> Result<Self, Failure> {
        check_finite("companion", &[c.v, c.i, c.di_dv, c.error])?;
        Ok(Self {
            v_V: c.v,
            i_A: c.i,
            di_dv_S: c.di_dv,
            error_V: c.error,
        })
    }
}

/// Makes a cell from a card, at rest and charged to the card's `ic` (0 where it leaves that open), or where
/// the card's `ic_rate` says that a ramp to `ic` left it. All memory that steps need is
/// allocated here. On success the new handle is written to `stepper`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_stepper_new(
    card: *const ncm_card,
    stepper: *mut *mut ncm_stepper,
) -> ncm_result {
    boundary("ncm_stepper_new", || {
        // SAFETY: the caller passes a place for one handle.
        let out = unsafe { Out::new(stepper, "stepper")? };
        let (params, ic, history) = with(card, |card| {
            Ok((card.cell.clone(), card.ic.unwrap_or(0.0), card.history))
        })?;
        let mut stepper = Stepper::new(&params)?;
        stepper.set_voltage(ic)?;
        if let Some(history) = history {
            history.prepare(&mut stepper, ic)?;
        }
        let scratch = vec![0.0; stepper.snapshot_len()];
        let v_rated = params.limits.v_max * params.series;
        issue(
            Cell {
                stepper,
                scratch,
                v_rated,
            },
            out,
        )
    })
}

/// Makes a copy of a cell, state and trial included.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_stepper_clone(
    stepper: *const ncm_stepper,
    copy: *mut *mut ncm_stepper,
) -> ncm_result {
    boundary("ncm_stepper_clone", || {
        // SAFETY: the caller passes a place for one handle.
        let out = unsafe { Out::new(copy, "copy")? };
        let copy = with(stepper, |cell| Ok(cell.clone()))?;
        issue(copy, out)
    })
}

/// Frees a cell; NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn ncm_stepper_free(stepper: *mut ncm_stepper) -> ncm_result {
    boundary("ncm_stepper_free", || release(stepper))
}

/// Puts the cell at rest, charged to the terminal voltage `v_V` (volt). History is forgotten.
#[unsafe(no_mangle)]
pub extern "C" fn ncm_stepper_set_voltage(stepper: *mut ncm_stepper, v_V: f64) -> ncm_result {
    boundary("ncm_stepper_set_voltage", || {
        with(stepper, |cell| Ok(cell.stepper.set_voltage(v_V)?))
    })
}

/// Puts the cell where a history leaves it: in equilibrium at `from_V`, ramped at `rate_V_per_s` (above 0) to
/// `v_V`, then left open for `rest_s`. Charge is then spread unevenly over the slits, and the terminal voltage is that
/// of the open circuit.
#[unsafe(no_mangle)]
pub extern "C" fn ncm_stepper_set_history(
    stepper: *mut ncm_stepper,
    v_V: f64,
    from_V: f64,
    rate_V_per_s: f64,
    rest_s: f64,
) -> ncm_result {
    boundary("ncm_stepper_set_history", || {
        check_range("v_V", v_V, -1e6, 1e6, "V")?;
        let history = History::new(from_V, rate_V_per_s, rest_s)?.ok_or_else(|| {
            ParameterError::new("ic_rate", rate_V_per_s, "above 0 and at most 1e15 V/s")
        })?;
        with(stepper, |cell| Ok(history.prepare(&mut cell.stepper, v_V)?))
    })
}

/// Sets the net charge of every section of an electrode (an `ncm_electrode`), mouth first, coulomb, of
/// one cell: `length` = `ncm_stepper_section_count` values, as `ncm_stepper_section_charges` gives
/// them. History is forgotten; the terminal voltage becomes that of the open circuit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_stepper_set_section_charges(
    stepper: *mut ncm_stepper,
    which: u32,
    charges_C: *const f64,
    length: usize,
) -> ncm_result {
    boundary("ncm_stepper_set_section_charges", || {
        let which = electrode(which)?;
        with(
            stepper,
            |Cell {
                 stepper, scratch, ..
             }| {
                let count = stepper.section_count(which);
                if count > 0 {
                    check_length("charges_C", length, count)?;
                }
                let charges = &mut scratch[..count];
                // SAFETY: the caller passes `length` values, which is `count` unless that is 0.
                unsafe { read_into(charges_C, charges, "charges_C")? };
                stepper.set_section_charges(which, charges)?;
                let wanted = stepper.snapshot_len();
                scratch.resize(wanted, 0.0);
                Ok(())
            },
        )
    })
}

/// Tries a step of `h_s` seconds from the accepted state to the terminal voltage `v_V` and writes what
/// flows to `companion`. May be called any number of times; each trial replaces the one before.
///
/// Returns NCM_RESULT_NOT_CONVERGED if the step is too long (try a shorter one), NCM_RESULT_BAD_STEP
/// or NCM_RESULT_NOT_FINITE for a bad argument. The accepted state is untouched, and there is no
/// trial in hand then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_stepper_try_voltage(
    stepper: *mut ncm_stepper,
    h_s: f64,
    v_V: f64,
    companion: *mut ncm_companion,
) -> ncm_result {
    boundary("ncm_stepper_try_voltage", || {
        // SAFETY: the caller passes a place for one struct.
        let out = unsafe { Out::new(companion, "companion")? };
        out.write(with(stepper, |cell| {
            attempt(cell, |stepper| stepper.try_voltage(h_s, v_V))
        })?);
        Ok(())
    })
}

/// Tries a step of `h_s` seconds with the current `i_A` into the positive terminal at its end; the
/// voltage is in `companion`. Else as `ncm_stepper_try_voltage`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_stepper_try_current(
    stepper: *mut ncm_stepper,
    h_s: f64,
    i_A: f64,
    companion: *mut ncm_companion,
) -> ncm_result {
    boundary("ncm_stepper_try_current", || {
        // SAFETY: the caller passes a place for one struct.
        let out = unsafe { Out::new(companion, "companion")? };
        out.write(with(stepper, |cell| {
            attempt(cell, |stepper| stepper.try_current(h_s, i_A))
        })?);
        Ok(())
    })
}

/// A trial whose answer is a number, or no trial.
fn attempt(
    cell: &mut Cell,
    step: impl FnOnce(&mut Stepper) -> Result<Companion, TrialError>,
) -> Result<ncm_companion, Failure> {
    let companion = ncm_companion::checked(step(&mut cell.stepper)?);
    if companion.is_err() {
        cell.stepper.reject();
    }
    companion
}

/// Makes the last trial the state of the cell.
///
/// Returns NCM_RESULT_NO_TRIAL if there is none in hand.
#[unsafe(no_mangle)]
pub extern "C" fn ncm_stepper_accept(stepper: *mut ncm_stepper) -> ncm_result {
    boundary("ncm_stepper_accept", || {
        with(stepper, |cell| {
            if !cell.stepper.has_trial() {
                return Err(Failure::new(
                    ncm_result::NCM_RESULT_NO_TRIAL,
                    "there is no trial step to accept: try one first",
                ));
            }
            cell.stepper.accept();
            Ok(())
        })
    })
}

/// Drops the trial in hand, if there is one.
#[unsafe(no_mangle)]
pub extern "C" fn ncm_stepper_reject(stepper: *mut ncm_stepper) -> ncm_result {
    boundary("ncm_stepper_reject", || {
        with(stepper, |cell| {
            cell.stepper.reject();
            Ok(())
        })
    })
}

/// Forgets the history, and the trial: the next step is backward Euler. To be called at every
/// discontinuity of the circuit, such as a switching edge.
#[unsafe(no_mangle)]
pub extern "C" fn ncm_stepper_restart(stepper: *mut ncm_stepper) -> ncm_result {
    boundary("ncm_stepper_restart", || {
        with(stepper, |cell| {
            cell.stepper.restart();
            Ok(())
        })
    })
}

/// Writes to `companion` what flows at the terminal voltage `v_V` while all charges are held: the cell
/// at this very instant, a source with the cell's fast resistance. For operating points of a cell
/// with a given initial voltage. Changes nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_stepper_frozen(
    stepper: *const ncm_stepper,
    v_V: f64,
    companion: *mut ncm_companion,
) -> ncm_result {
    boundary("ncm_stepper_frozen", || {
        // SAFETY: the caller passes a place for one struct.
        let out = unsafe { Out::new(companion, "companion")? };
        out.write(with(stepper, |cell| {
            ncm_companion::checked(cell.stepper.frozen(v_V)?)
        })?);
        Ok(())
    })
}
