//! Small-signal admittance.

use super::error::ncm_result;
use super::handle::with;
use super::memory::{OutArray, check_finite, read_array};
use super::panic::boundary;
use super::stepper::ncm_stepper;

/// A complex number. Two doubles, as C99's `double _Complex` and C++'s `std::complex<double>` are
/// laid out.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ncm_complex {
    pub re: f64,
    pub im: f64,
}

/// Writes the small-signal admittance (siemens) of the cell, linearised about its accepted state, at
/// each of `count` angular frequencies `omega_rad_per_s` to `admittance_S`. At 0 only leakage conducts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_stepper_admittance(
    stepper: *const ncm_stepper,
    omega_rad_per_s: *const f64,
    count: usize,
    admittance_S: *mut ncm_complex,
) -> ncm_result {
    boundary("ncm_stepper_admittance", || {
        // SAFETY: the caller passes `count` frequencies and room for as many results.
        let (omegas, out) = unsafe {
            (
                read_array(omega_rad_per_s, count, "omega_rad_per_s")?,
                OutArray::new(admittance_S, count, "admittance_S")?,
            )
        };
        check_finite("omega_rad_per_s", &omegas)?;
        let values = with(stepper, |cell| {
            omegas
                .iter()
                .map(|omega| {
                    let y = cell.stepper.admittance(*omega);
                    check_finite("admittance_S", &[y.re, y.im])?;
                    Ok(ncm_complex { re: y.re, im: y.im })
                })
                .collect::<Result<Vec<_>, _>>()
        })?;
        out.write(&values);
        Ok(())
    })
}
