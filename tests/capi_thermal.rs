//! Temperature, heat flow and limits through the C ABI.
#![cfg(feature = "capi")]

use std::ffi::CString;
use std::ptr;

use ncm::capi::card::{ncm_card, ncm_card_free, ncm_card_from_toml};
use ncm::capi::error::ncm_result;
use ncm::capi::stepper::{
    ncm_companion, ncm_stepper, ncm_stepper_accept, ncm_stepper_free, ncm_stepper_new,
    ncm_stepper_try_current,
};
use ncm::capi::thermal::*;

const OK: ncm_result = ncm_result::NCM_RESULT_OK;

#[test]
fn a_thermal_network_outside_heats_as_the_cells_own() {
    let text = include_str!("../models/edlc-10f-2v7.toml");
    let card = || {
        let mut card: *mut ncm_card = ptr::null_mut();
        // SAFETY: a text of this length, a place for a handle.
        let result = unsafe {
            ncm_card_from_toml(
                text.as_ptr().cast(),
                text.len(),
                ptr::null(),
                ptr::null(),
                0,
                &raw mut card,
            )
        };
        assert_eq!(result, OK);
        card
    };
    let set = |card: *mut ncm_card, name: &str, value: f64| {
        let name = CString::new(name).expect("no NUL");
        // SAFETY: a zero-terminated text.
        unsafe { ncm_card_set_device(card, name.as_ptr(), value) }
    };
    let temperature = |stepper: *const ncm_stepper| {
        let mut t = 0.0;
        // SAFETY: a place for a number.
        assert_eq!(unsafe { ncm_stepper_temperature(stepper, &raw mut t) }, OK);
        t
    };
    let step = |stepper: *mut ncm_stepper, i: f64| {
        let mut companion = ncm_companion {
            v_V: 0.0,
            i_A: 0.0,
            di_dv_S: 0.0,
            error_V: 0.0,
        };
        // SAFETY: a place for the companion.
        let result = unsafe { ncm_stepper_try_current(stepper, 0.01, i, &raw mut companion) };
        assert_eq!(result, OK);
    };
    let new = |card: *mut ncm_card| {
        let mut stepper: *mut ncm_stepper = ptr::null_mut();
        // SAFETY: a place for a handle.
        assert_eq!(unsafe { ncm_stepper_new(card, &raw mut stepper) }, OK);
        stepper
    };

    let (r_th, c_th) = (12.0, 6.0);
    let own = card();
    for (name, value) in [
        ("r_ea", 1.2e4),
        ("r_th", r_th),
        ("c_th", c_th),
        ("v_max", 0.5),
    ] {
        assert_eq!(set(own, name, value), OK);
    }
    assert_eq!(set(own, "r_thh", 1.0), ncm_result::NCM_RESULT_PARAMETER);
    assert_eq!(set(own, "c_th", -1.0), ncm_result::NCM_RESULT_PARAMETER);
    let open = card();
    assert_eq!(set(open, "r_ea", 1.2e4), OK);
    let (a, b) = (new(own), new(open));
    // The outside network by backward Euler with the Norton companion, a step as short as the cell's.
    let mut rise = 0.0;
    for k in 0..2000 {
        let i = if k / 100 % 2 == 0 { 4.0 } else { -4.0 };
        step(a, i);
        assert_eq!(ncm_stepper_accept(a), OK);
        let mut guess = rise;
        for _ in 0..2 {
            assert_eq!(ncm_stepper_set_surroundings(b, 298.15 + guess), OK);
            step(b, i);
            let (mut heat, mut slope) = (0.0, 0.0);
            // SAFETY: places for numbers.
            let result = unsafe { ncm_stepper_heat_flow(b, &raw mut heat, &raw mut slope) };
            assert_eq!(result, OK);
            let h = 0.01;
            guess = (c_th * rise / h + heat - slope * guess) / (c_th / h + 1.0 / r_th - slope);
        }
        assert_eq!(ncm_stepper_accept(b), OK);
        rise = guess;
    }
    let expected = temperature(a) - 298.15;
    assert!(expected > 1.0, "{expected}");
    assert!((rise / expected - 1.0).abs() < 2e-3, "{rise} {expected}");

    let (mut count, mut worst) = (0, 0.0);
    // SAFETY: places for numbers.
    let result = unsafe { ncm_stepper_limit(a, 0, &raw mut count, &raw mut worst) };
    assert_eq!(result, OK);
    assert!(count > 0 && worst > 0.5, "{count} {worst}");
    for stepper in [a, b] {
        assert_eq!(ncm_stepper_free(stepper), OK);
    }
    for card in [own, open] {
        assert_eq!(ncm_card_free(card), OK);
    }
}
