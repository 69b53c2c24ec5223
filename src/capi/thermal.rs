//! Temperature, ageing and limits: of a card by name, of a cell while it runs.

use std::ffi::c_char;

use super::card::ncm_card;
use super::error::{Failure, ncm_result};
use super::handle::with;
use super::memory::{Out, check_finite, read_c_text};
use super::panic::boundary;
use super::stepper::ncm_stepper;
use crate::parameter::ParameterError;
use crate::stamp::Breach;

/// A limit of a card's table [limits].
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ncm_limit {
    /// Voltage of one cell above v_max.
    NCM_LIMIT_OVER_VOLTAGE = 0,
    /// Voltage of one cell below v_min.
    NCM_LIMIT_REVERSE_VOLTAGE = 1,
    /// Current of one string beyond i_max.
    NCM_LIMIT_OVER_CURRENT = 2,
    /// Temperature above t_max.
    NCM_LIMIT_OVER_TEMPERATURE = 3,
}

/// Sets one value of a card's table [thermal], [ageing] or [limits] by its name there, such as "r_th", "age" or
/// "v_max" (docs/card.md lists them). On an error the card stays as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_card_set_device(
    card: *mut ncm_card,
    name: *const c_char,
    value: f64,
) -> ncm_result {
    boundary("ncm_card_set_device", || {
        // SAFETY: the caller passes a zero-terminated text.
        let name = unsafe { read_c_text(name, "name")? };
        with(card, |card| {
            let mut cell = card.cell.clone();
            let mut found = false;
            let thermal = cell.thermal.fields_mut().into_iter();
            let ageing = cell.ageing.fields_mut().into_iter();
            for (key, place) in thermal.chain(ageing).chain(cell.limits.fields_mut()) {
                if key == name.as_str() {
                    *place = value;
                    found = true;
                }
            }
            if !found {
                let allowed = "a key of [thermal], [ageing] or [limits], see docs/card.md";
                return Err(ParameterError::new("name", format!("\"{name}\""), allowed).into());
            }
            cell.validate()?;
            card.cell = cell;
            Ok(())
        })
    })
}

/// Puts a cell and its surroundings at temperature `t_K`, kelvin, 50 to 2000. The charges stay, the history and a
/// trial are forgotten.
#[unsafe(no_mangle)]
pub extern "C" fn ncm_stepper_set_temperature(stepper: *mut ncm_stepper, t_K: f64) -> ncm_result {
    boundary("ncm_stepper_set_temperature", || {
        with(stepper, |cell| Ok(cell.stepper.set_temperature(t_K)?))
    })
}

/// Sets the temperature of the surroundings at the end of the trials that follow, kelvin, 50 to 2000. A cell whose
/// card has no r_th takes it on.
#[unsafe(no_mangle)]
pub extern "C" fn ncm_stepper_set_surroundings(stepper: *mut ncm_stepper, t_K: f64) -> ncm_result {
    boundary("ncm_stepper_set_surroundings", || {
        with(stepper, |cell| Ok(cell.stepper.set_surroundings(t_K)?))
    })
}

/// Writes the temperature of the cell at the end of the trial in hand (of the accepted state if there is none) to
/// `t_K`, kelvin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_stepper_temperature(
    stepper: *const ncm_stepper,
    t_K: *mut f64,
) -> ncm_result {
    boundary("ncm_stepper_temperature", || {
        // SAFETY: the caller passes a place for one number.
        let out = unsafe { Out::new(t_K, "t_K")? };
        out.write(with(stepper, |cell| Ok(cell.stepper.trial_temperature()))?);
        Ok(())
    })
}

/// Writes the heat that leaves for the surroundings at the end of the trial in hand to `heat_W`, watt, and its
/// derivative with respect to their temperature to `slope_W_per_K`, W/K: a Norton companion for a thermal network.
/// The cell's current does not depend on the temperatures of the trial in hand.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_stepper_heat_flow(
    stepper: *const ncm_stepper,
    heat_W: *mut f64,
    slope_W_per_K: *mut f64,
) -> ncm_result {
    boundary("ncm_stepper_heat_flow", || {
        // SAFETY: the caller passes places for one number each.
        let (heat, slope) = unsafe {
            (
                Out::new(heat_W, "heat_W")?,
                Out::new(slope_W_per_K, "slope_W_per_K")?,
            )
        };
        let flow = with(stepper, |cell| Ok(cell.stepper.heat_flow()))?;
        check_finite("heat flow", &[flow.0, flow.1])?;
        heat.write(flow.0);
        slope.write(flow.1);
        Ok(())
    })
}

/// Writes how often a limit (an `ncm_limit`) has been passed at accepted steps to `count`, and the farthest value
/// beyond it (volt, ampere or kelvin; 0 while there is none) to `worst`. The library prints nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_stepper_limit(
    stepper: *const ncm_stepper,
    limit: u32,
    count: *mut u64,
    worst: *mut f64,
) -> ncm_result {
    boundary("ncm_stepper_limit", || {
        // SAFETY: the caller passes places for one number each.
        let (count, worst) = unsafe { (Out::new(count, "count")?, Out::new(worst, "worst")?) };
        let Some(breach) = Breach::ALL.get(limit as usize) else {
            return Err(Failure::new(
                ncm_result::NCM_RESULT_UNKNOWN_CHOICE,
                format!("limit = {limit}: allowed is an ncm_limit, 0 to 3"),
            ));
        };
        let tally = with(stepper, |cell| Ok(cell.stepper.tally(*breach)))?;
        count.write(tally.count);
        worst.write(if tally.count > 0 { tally.worst } else { 0.0 });
        Ok(())
    })
}
