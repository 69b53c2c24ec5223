//! Handles, trial steps, states.

use std::ptr::null_mut;

use ncm::capi::ac::*;
use ncm::capi::card::*;
use ncm::capi::error::ncm_result::*;
use ncm::capi::state::*;
use ncm::capi::stepper::*;

use crate::calls::*;

#[test]
fn dead_and_foreign_handles_are_refused_for_ever() {
    let card = from_toml(CARD, &[]).expect("good");
    let s = stepper(card);
    ok(ncm_stepper_free(null_mut()));
    ok(ncm_stepper_free(s));
    assert_eq!(ncm_stepper_free(s), NCM_RESULT_INVALID_HANDLE);
    // The place is used again many times; the old handle never comes back to life.
    for _ in 0..2_000 {
        let next = stepper(card);
        assert_ne!(next, s);
        assert_eq!(ncm_stepper_accept(s), NCM_RESULT_INVALID_HANDLE);
        assert!(last_error().contains("freed already?"));
        ok(ncm_stepper_free(next));
    }
    assert_eq!(
        try_voltage(null_mut(), 1e-8, 0.1),
        Err(NCM_RESULT_NULL_POINTER)
    );
    // A card is no stepper, whatever the compiler was told.
    assert_eq!(
        try_voltage(card.cast(), 1e-8, 0.1),
        Err(NCM_RESULT_INVALID_HANDLE)
    );
    for number in [1_usize, 8, usize::MAX, 1 << 60, 4 << 60, (4 << 60) | 12345] {
        let forged = std::ptr::without_provenance_mut(number);
        assert_eq!(
            try_voltage(forged, 1e-8, 0.1),
            Err(NCM_RESULT_INVALID_HANDLE)
        );
    }
    ok(ncm_card_free(card));
    let mut out = null_mut();
    // SAFETY: a place for the handle.
    unsafe {
        assert_eq!(ncm_stepper_new(card, &mut out), NCM_RESULT_INVALID_HANDLE);
        assert_eq!(ncm_stepper_new(card, null_mut()), NCM_RESULT_NULL_POINTER);
        assert_eq!(
            ncm_stepper_new(card, std::ptr::without_provenance_mut(12_345)),
            NCM_RESULT_MISALIGNED_POINTER
        );
    }
    assert!(out.is_null());
}

#[test]
fn trials_accept_reject_and_restart_as_documented() {
    let card = from_toml(CARD, &[]).expect("good");
    let (s, plain) = (stepper(card), stepper(card));
    assert_eq!(ncm_stepper_accept(s), NCM_RESULT_NO_TRIAL);
    for (h, v, code) in [
        (0.0, 0.1, NCM_RESULT_BAD_STEP),
        (-1.0, 0.1, NCM_RESULT_BAD_STEP),
        (f64::NAN, 0.1, NCM_RESULT_BAD_STEP),
        (1e-8, f64::NAN, NCM_RESULT_NOT_FINITE),
        (1e-8, f64::INFINITY, NCM_RESULT_NOT_FINITE),
    ] {
        assert_eq!(try_voltage(s, h, v), Err(code));
        assert_eq!(ncm_stepper_accept(s), NCM_RESULT_NO_TRIAL);
    }
    // Trials replace each other and leave the state alone.
    for v in [0.4, -3.0, 0.1] {
        assert!(try_voltage(s, 1e-8, v).is_ok());
        assert_eq!(read(s, ncm_quantity::NCM_QUANTITY_CHARGE_C), 0.0);
    }
    ok(ncm_stepper_accept(s));
    assert_eq!(ncm_stepper_accept(s), NCM_RESULT_NO_TRIAL);
    assert!(try_voltage(plain, 1e-8, 0.1).is_ok());
    ok(ncm_stepper_accept(plain));
    let charge = |s| read(s, ncm_quantity::NCM_QUANTITY_CHARGE_C);
    assert!((charge(s) - charge(plain)).abs() <= 1e-12 * charge(plain).abs());
    assert!(try_voltage(s, 1e-8, 0.3).is_ok());
    ok(ncm_stepper_reject(s));
    assert_eq!(ncm_stepper_accept(s), NCM_RESULT_NO_TRIAL);
    ok(ncm_stepper_restart(s));

    // Companion and its slope, and voltage against current drive.
    let h = 1e-8;
    let here = try_voltage(s, h, 0.2).expect("converges");
    let there = try_voltage(s, h, 0.2 + 1e-6).expect("converges");
    let slope = (there.i_A - here.i_A) / 1e-6;
    assert!((slope - here.di_dv_S).abs() < 1e-5 * slope);
    let mut forced = NOTHING;
    // SAFETY: a place for the struct.
    ok(unsafe { ncm_stepper_try_current(s, h, here.i_A, &mut forced) });
    assert!((forced.v_V - 0.2).abs() < 1e-9);

    // Frozen at rest: no current at the voltage it is charged to.
    ok(ncm_stepper_set_voltage(s, 0.3));
    let mut frozen = NOTHING;
    // SAFETY: a place for the struct.
    ok(unsafe { ncm_stepper_frozen(s, 0.3, &mut frozen) });
    assert!(frozen.i_A.abs() < 1e-15 && frozen.di_dv_S > 0.0);
    assert_eq!(ncm_stepper_set_voltage(s, f64::NAN), NCM_RESULT_NOT_FINITE);
    for s in [s, plain] {
        ok(ncm_stepper_free(s));
    }
    ok(ncm_card_free(card));
}

#[test]
fn states_are_read_saved_and_restored() {
    let card = from_toml(CARD, &[]).expect("good");
    let s = stepper(card);
    for k in 1..30 {
        try_voltage(s, 1e-8, 0.01 * f64::from(k)).expect("converges");
        ok(ncm_stepper_accept(s));
    }
    let mut count = 0;
    // SAFETY: places as long as said, here and below.
    unsafe {
        ok(ncm_stepper_section_count(s, 1, &mut count));
        assert_eq!(count, 5);
        let (mut q, mut v) = ([0.0; 5], [0.0; 5]);
        ok(ncm_stepper_section_charges(s, 0, q.as_mut_ptr(), 5));
        ok(ncm_stepper_section_voltages(s, 0, v.as_mut_ptr(), 5));
        let total: f64 = q.iter().sum();
        let charge = read(s, ncm_quantity::NCM_QUANTITY_CHARGE_C);
        assert!((total - charge).abs() <= 1e-14 * charge);
        for (q, v) in q.iter().zip(&v) {
            assert!((q - 8e-8 * v).abs() <= 1e-14 * q.abs());
        }
        for wrong in [0, 4, 6] {
            let mut room = [7.0; 6];
            assert_eq!(
                ncm_stepper_section_charges(s, 0, room.as_mut_ptr(), wrong),
                NCM_RESULT_WRONG_LENGTH
            );
            assert_eq!(room, [7.0; 6]);
            assert_eq!(
                ncm_stepper_set_section_charges(s, 0, room.as_ptr(), wrong),
                NCM_RESULT_WRONG_LENGTH
            );
        }
        let mut value = 7.0;
        assert_eq!(
            ncm_stepper_read(s, 99, &mut value),
            NCM_RESULT_UNKNOWN_CHOICE
        );
        assert_eq!(
            ncm_stepper_section_count(s, 2, &mut count),
            NCM_RESULT_UNKNOWN_CHOICE
        );

        let mut length = 0;
        ok(ncm_stepper_state_length(s, &mut length));
        let mut state = vec![0.0; length];
        ok(ncm_stepper_save(s, state.as_mut_ptr(), length));
        let twin = stepper(card);
        // Unequal electrodes now: the saved state must fit all the same.
        ok(ncm_stepper_set_section_charges(twin, 1, q.as_ptr(), 5));
        ok(ncm_stepper_restore(twin, state.as_ptr(), length));
        let a = try_voltage(s, 1e-8, 0.2).expect("converges");
        let b = try_voltage(twin, 1e-8, 0.2).expect("converges");
        assert!((a.i_A - b.i_A).abs() <= 1e-12 * a.i_A.abs());
        assert_eq!(
            ncm_stepper_restore(twin, state.as_ptr(), length - 1),
            NCM_RESULT_WRONG_LENGTH
        );
        state[length - 1] = f64::NAN;
        assert_eq!(
            ncm_stepper_restore(twin, state.as_ptr(), length),
            NCM_RESULT_STATE_MISMATCH
        );
        ok(ncm_stepper_free(twin));

        let omega = [0.0, 1e5, f64::NAN];
        let mut y = [ncm_complex { re: 7.0, im: 7.0 }; 3];
        assert_eq!(
            ncm_stepper_admittance(s, omega.as_ptr(), 3, y.as_mut_ptr()),
            NCM_RESULT_NOT_FINITE
        );
        assert_eq!(y[0].re, 7.0);
        ok(ncm_stepper_admittance(s, omega.as_ptr(), 2, y.as_mut_ptr()));
        assert_eq!((y[0].re, y[0].im), (0.0, 0.0));
        assert!(y[1].re > 0.0 && y[1].im > 0.0);
    }
    ok(ncm_stepper_free(s));
    ok(ncm_card_free(card));
}
