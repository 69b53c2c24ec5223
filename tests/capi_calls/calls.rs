//! The calls that all of these tests make, and parts to make them on.

use std::ffi::{CStr, CString, c_char};
use std::ptr::{null, null_mut};

use ncm::capi::card::*;
use ncm::capi::error::ncm_result::*;
use ncm::capi::error::*;
use ncm::capi::params::*;
use ncm::capi::state::*;
use ncm::capi::stepper::*;

pub const CARD: &str = "format = 1\nname = \"x\"\n[electrode]\nr_c = 5.0\ngamma = 0.5\nq_max = 1.6e-8\n\
                    c_slit = 8e-8\nslits = 5\n[cell]\nesr = 0.5\n";

pub fn last_error() -> String {
    // SAFETY: never NULL, and copied before the next call.
    unsafe { CStr::from_ptr(ncm_last_error()) }
        .to_string_lossy()
        .into_owned()
}

pub fn ok(result: ncm_result) {
    assert_eq!(result, NCM_RESULT_OK, "{}", last_error());
}

pub fn electrode() -> ncm_electrode_params {
    let mut p = std::mem::MaybeUninit::uninit();
    // SAFETY: `p` has room for the size that is passed; success fills it.
    unsafe {
        ok(ncm_electrode_params_init(
            p.as_mut_ptr(),
            size_of::<ncm_electrode_params>(),
        ));
        p.assume_init()
    }
}

pub fn good_electrode() -> ncm_electrode_params {
    ncm_electrode_params {
        r_c: 5.0,
        gamma: 0.5,
        q_max: 1.6e-8,
        c_slit: 8e-8,
        slits: 5,
        ..electrode()
    }
}

pub fn whole() -> ncm_cell_params {
    let mut p = std::mem::MaybeUninit::uninit();
    // SAFETY: as above.
    unsafe {
        ok(ncm_cell_params_init(
            p.as_mut_ptr(),
            size_of::<ncm_cell_params>(),
        ));
        p.assume_init()
    }
}

pub fn from_params(
    cell: &ncm_cell_params,
    positive: &ncm_electrode_params,
    negative: Option<&ncm_electrode_params>,
) -> Result<*mut ncm_card, ncm_result> {
    let mut card = null_mut();
    let negative = negative.map_or(null(), std::ptr::from_ref);
    // SAFETY: live structs and a place for the handle.
    match unsafe { ncm_card_from_params(cell, positive, negative, &mut card) } {
        NCM_RESULT_OK => Ok(card),
        code => {
            assert!(card.is_null(), "written on failure");
            Err(code)
        }
    }
}

pub fn from_toml(text: &str, overrides: &[&str]) -> Result<*mut ncm_card, ncm_result> {
    let texts: Vec<CString> = overrides
        .iter()
        .map(|s| CString::new(*s).expect("no NUL"))
        .collect();
    let pointers: Vec<*const c_char> = texts.iter().map(|t| t.as_ptr()).collect();
    let mut card = null_mut();
    // SAFETY: texts with their lengths and a place for the handle.
    let code = unsafe {
        ncm_card_from_toml(
            text.as_ptr().cast(),
            text.len(),
            c"my.toml".as_ptr(),
            pointers.as_ptr(),
            pointers.len(),
            &mut card,
        )
    };
    if code == NCM_RESULT_OK {
        Ok(card)
    } else {
        assert!(card.is_null(), "written on failure");
        Err(code)
    }
}

pub fn stepper(card: *const ncm_card) -> *mut ncm_stepper {
    let mut stepper = null_mut();
    // SAFETY: a place for the handle.
    ok(unsafe { ncm_stepper_new(card, &mut stepper) });
    stepper
}

pub fn read(stepper: *const ncm_stepper, quantity: ncm_quantity) -> f64 {
    let mut value = f64::NAN;
    // SAFETY: a place for the number.
    ok(unsafe { ncm_stepper_read(stepper, quantity as u32, &mut value) });
    value
}

pub const NOTHING: ncm_companion = ncm_companion {
    v_V: 7.0,
    i_A: 7.0,
    di_dv_S: 7.0,
    error_V: 7.0,
};

pub fn try_voltage(s: *mut ncm_stepper, h: f64, v: f64) -> Result<ncm_companion, ncm_result> {
    let mut c = NOTHING;
    // SAFETY: a place for the struct.
    match unsafe { ncm_stepper_try_voltage(s, h, v, &mut c) } {
        NCM_RESULT_OK => Ok(c),
        code => {
            assert_eq!(
                (c.v_V, c.i_A, c.di_dv_S, c.error_V),
                (7.0, 7.0, 7.0, 7.0),
                "written on failure"
            );
            Err(code)
        }
    }
}
