//! The charge-dependent resistor alone.

use super::card::{electrode_of, ncm_card};
use super::error::{Failure, ncm_result};
use super::handle::{handle, issue, release, with};
use super::memory::{Out, check_finite};
use super::panic::boundary;
use super::params::{electrode, law_params, ncm_law_params};
use crate::law::Law;

/// The law R(Q) of one slit. Made by `ncm_law_new` or `ncm_law_from_card`, freed by `ncm_law_free`.
pub struct ncm_law {
    _opaque: [u8; 0],
}

handle!(ncm_law => Law, kind 2);

/// A resistance and how it changes with charge.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ncm_resistance {
    /// R(Q), ohm.
    pub r: f64,
    /// dR/dQ, ohm per coulomb.
    pub dr_dq: f64,
}

/// Makes a law from a struct. On success the new handle is written to `law`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_law_new(
    params: *const ncm_law_params,
    law: *mut *mut ncm_law,
) -> ncm_result {
    boundary("ncm_law_new", || {
        // SAFETY: the caller passes a place for one handle.
        let out = unsafe { Out::new(law, "law")? };
        // SAFETY: the caller passes a struct that begins with its size.
        let params = unsafe { law_params(params)? };
        issue(Law::new(&params)?, out)
    })
}

/// Makes the law of one slit of a card's electrode (an `ncm_electrode`) at area 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_law_from_card(
    card: *const ncm_card,
    which: u32,
    law: *mut *mut ncm_law,
) -> ncm_result {
    boundary("ncm_law_from_card", || {
        // SAFETY: the caller passes a place for one handle.
        let out = unsafe { Out::new(law, "law")? };
        let which = electrode(which)?;
        let params = with(card, |card| {
            Ok(electrode_of(&card.cell, which)?.law_params())
        })?;
        issue(Law::new(&params)?, out)
    })
}

/// Frees a law; NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn ncm_law_free(law: *mut ncm_law) -> ncm_result {
    boundary("ncm_law_free", || release(law))
}

/// Writes resistance and derivative at the net charge `q_C` (coulomb) to `resistance`. The resistance
/// is positive at every charge.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_law_eval(
    law: *const ncm_law,
    q_C: f64,
    resistance: *mut ncm_resistance,
) -> ncm_result {
    boundary("ncm_law_eval", || {
        // SAFETY: the caller passes a place for one struct.
        let out = unsafe { Out::new(resistance, "resistance")? };
        check_finite("q_C", &[q_C])?;
        let value = with(law, |law| Ok(law.eval(q_C)))?;
        if !(value.r.is_finite() && value.dr_dq.is_finite()) {
            return Err(Failure::new(
                ncm_result::NCM_RESULT_NOT_FINITE,
                format!("q_C = {q_C:e}: the resistance there is beyond all numbers"),
            ));
        }
        out.write(ncm_resistance {
            r: value.r,
            dr_dq: value.dr_dq,
        });
        Ok(())
    })
}
