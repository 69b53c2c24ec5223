//! The C interface called as C calls it, from Rust: what each function promises, good and bad.

#![cfg(feature = "capi")]

use std::ffi::{CStr, CString, c_char};
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicBool, Ordering};

use ncm::capi::ac::*;
use ncm::capi::card::*;
use ncm::capi::charge_form::*;
use ncm::capi::error::ncm_result::*;
use ncm::capi::error::*;
use ncm::capi::law::*;
use ncm::capi::params::*;
use ncm::capi::state::*;
use ncm::capi::stepper::*;
use ncm::capi::version::*;
use proptest::prelude::*;

const CARD: &str = "format = 1\nname = \"x\"\n[electrode]\nr_c = 5.0\ngamma = 0.5\nq_max = 1.6e-8\n\
                    c_slit = 8e-8\nslits = 5\n[cell]\nesr = 0.5\n";

fn last_error() -> String {
    // SAFETY: never NULL, and copied before the next call.
    unsafe { CStr::from_ptr(ncm_last_error()) }
        .to_string_lossy()
        .into_owned()
}

fn ok(result: ncm_result) {
    assert_eq!(result, NCM_RESULT_OK, "{}", last_error());
}

fn electrode() -> ncm_electrode_params {
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

fn good_electrode() -> ncm_electrode_params {
    ncm_electrode_params {
        r_c: 5.0,
        gamma: 0.5,
        q_max: 1.6e-8,
        c_slit: 8e-8,
        slits: 5,
        ..electrode()
    }
}

fn whole() -> ncm_cell_params {
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

fn from_params(
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

fn from_toml(text: &str, overrides: &[&str]) -> Result<*mut ncm_card, ncm_result> {
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

fn stepper(card: *const ncm_card) -> *mut ncm_stepper {
    let mut stepper = null_mut();
    // SAFETY: a place for the handle.
    ok(unsafe { ncm_stepper_new(card, &mut stepper) });
    stepper
}

fn read(stepper: *const ncm_stepper, quantity: ncm_quantity) -> f64 {
    let mut value = f64::NAN;
    // SAFETY: a place for the number.
    ok(unsafe { ncm_stepper_read(stepper, quantity as u32, &mut value) });
    value
}

const NOTHING: ncm_companion = ncm_companion {
    v_V: 7.0,
    i_A: 7.0,
    di_dv_S: 7.0,
    error_V: 7.0,
};

fn try_voltage(s: *mut ncm_stepper, h: f64, v: f64) -> Result<ncm_companion, ncm_result> {
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

#[test]
fn versions_fit_or_say_why_not() {
    assert_eq!(ncm_abi_version(), NCM_ABI_VERSION);
    ok(ncm_abi_check(NCM_ABI_VERSION));
    // An older minor version is served, a newer one and another major number are not.
    for other in [
        NCM_ABI_VERSION + 1,
        NCM_ABI_VERSION + 0x1_0000,
        NCM_ABI_VERSION - 0x1_0000,
    ] {
        assert_eq!(ncm_abi_check(other), NCM_RESULT_ABI_MISMATCH);
        assert!(last_error().contains("ABI 1.0"), "{}", last_error());
    }
    // SAFETY: static texts.
    unsafe {
        assert_eq!(
            CStr::from_ptr(ncm_version()).to_str(),
            Ok(env!("CARGO_PKG_VERSION"))
        );
        for code in ncm_result::ALL {
            let name = CStr::from_ptr(ncm_result_name(code as u32));
            assert_eq!(name, code.name());
            assert_eq!(name.to_str(), Ok(format!("{code:?}").as_str()));
        }
        assert_eq!(CStr::from_ptr(ncm_result_name(1)), c"unknown");
    }
}

#[test]
fn a_cell_from_structs_and_one_from_toml_are_the_same() {
    let mut cell = whole();
    cell.esr = 0.5;
    let a = from_params(&cell, &good_electrode(), Some(&good_electrode())).expect("good");
    let b = from_toml(CARD, &[]).expect("good");
    let (x, y) = (stepper(a), stepper(b));
    for k in 1..50 {
        let v = 0.01 * f64::from(k);
        let (p, q) = (try_voltage(x, 2e-8, v), try_voltage(y, 2e-8, v));
        assert_eq!(p.map(|c| c.i_A.to_bits()), q.map(|c| c.i_A.to_bits()));
        ok(ncm_stepper_accept(x));
        ok(ncm_stepper_accept(y));
    }
    assert!(read(x, ncm_quantity::NCM_QUANTITY_CHARGE_C) > 1e-9);
    for handle in [x, y] {
        ok(ncm_stepper_free(handle));
    }
    for handle in [a, b] {
        ok(ncm_card_free(handle));
    }
}

#[test]
fn what_a_card_says_reads_back() {
    let card = from_toml(
        CARD,
        &["gamma=0.7", "negative.r_c=6", "ic=0.25", "series=3"],
    );
    let card = card.expect("good");
    let (mut p, mut n, mut c) = (electrode(), electrode(), whole());
    // SAFETY: structs with their size.
    unsafe {
        ok(ncm_card_electrode_params(card, 0, &mut p));
        ok(ncm_card_electrode_params(card, 1, &mut n));
        ok(ncm_card_cell_params(card, &mut c));
    }
    assert_eq!((p.r_c, p.gamma, p.slits, p.r_min), (5.0, 0.7, 5, 5e-3));
    assert_eq!((n.r_c, n.gamma), (6.0, 0.7));
    assert_eq!((c.esr, c.ic, c.series), (0.5, 0.25, 3.0));
    let again = from_params(&c, &p, Some(&n)).expect("good");
    let s = stepper(again);
    assert_eq!(read(s, ncm_quantity::NCM_QUANTITY_VOLTAGE_V), 0.25);

    let (mut whole_length, mut cut_length) = (0, 0);
    let mut cut = [b'x'; 20];
    // SAFETY: room for as many bytes as said.
    unsafe {
        ok(ncm_card_to_toml(again, null_mut(), 0, &mut whole_length));
        ok(ncm_card_to_toml(
            again,
            cut.as_mut_ptr().cast(),
            cut.len(),
            &mut cut_length,
        ));
    }
    assert_eq!(whole_length, cut_length);
    assert!(whole_length > cut.len());
    assert_eq!(cut[19], 0);
    ok(ncm_stepper_free(s));
    ok(ncm_card_free(card));
    ok(ncm_card_free(again));
}

#[test]
fn an_explicit_ladder_needs_no_single_values() {
    let list = [2.0, 3.0].map(|slits| ncm_section {
        slits,
        r_c: 5.0,
        q_max: 1.6e-8,
        c_slit: 8e-8,
    });
    let mut p = electrode();
    p.gamma = 0.5;
    p.section_list = list.as_ptr();
    p.section_list_length = list.len();
    let card = from_params(&whole(), &p, None).expect("good");
    let mut count = 0;
    let mut back = [list[0]; 2];
    // SAFETY: places as long as said.
    unsafe {
        ok(ncm_card_section_count(card, 0, &mut count));
        assert_eq!(count, 2);
        ok(ncm_card_sections(card, 0, back.as_mut_ptr(), 2));
        assert_eq!(
            ncm_card_sections(card, 0, back.as_mut_ptr(), 3),
            NCM_RESULT_WRONG_LENGTH
        );
        assert_eq!(
            ncm_card_section_count(card, 1, &mut count),
            NCM_RESULT_NO_SUCH_ELECTRODE
        );
    }
    assert_eq!(back.map(|s| s.slits), [2.0, 3.0]);
    ok(ncm_card_free(card));
}

#[test]
fn every_bad_parameter_is_named_with_value_and_range() {
    type Spoil = fn(&mut ncm_cell_params, &mut ncm_electrode_params);
    // Parameter as it is named, the value as text, and what spoils it.
    let cases: &[(&str, &str, Spoil)] = &[
        ("r_c", "NaN", |_, e| e.r_c = electrode().r_c),
        ("r_c", "0", |_, e| e.r_c = 0.0),
        ("r_c", "-5", |_, e| e.r_c = -5.0),
        ("r_c", "inf", |_, e| e.r_c = f64::INFINITY),
        ("gamma", "NaN", |_, e| e.gamma = electrode().gamma),
        ("gamma", "1.5", |_, e| e.gamma = 1.5),
        ("gamma", "-101", |_, e| e.gamma = -101.0),
        ("q_max", "NaN", |_, e| e.q_max = electrode().q_max),
        ("q_max", "-1", |_, e| e.q_max = -1.0),
        ("r_min", "3", |_, e| e.r_min = 3.0),
        ("r_min", "-1", |_, e| e.r_min = -1.0),
        ("r_min", "NaN", |_, e| e.r_min = f64::NAN),
        ("c_slit", "NaN", |_, e| e.c_slit = electrode().c_slit),
        ("c_slit", "0", |_, e| e.c_slit = 0.0),
        ("slits", "0", |_, e| e.slits = electrode().slits),
        ("slits", "18446744073709551615", |_, e| e.slits = u64::MAX),
        ("sections", "6", |_, e| e.sections = 6),
        ("r_open", "-1", |_, e| e.r_open = -1.0),
        ("c_open", "-1", |_, e| e.c_open = -1.0),
        ("entry", "0", |_, e| e.entry = 0.0),
        ("entry", "NaN", |_, e| e.entry = f64::NAN),
        ("law", "3", |_, e| e.law = 3),
        ("esr", "-1", |c, _| c.esr = -1.0),
        ("esr", "NaN", |c, _| c.esr = f64::NAN),
        ("r_leak", "0", |c, _| c.r_leak = 0.0),
        ("area", "0", |c, _| c.area = 0.0),
        ("series", "1.5", |c, _| c.series = 1.5),
        ("parallel", "0", |c, _| c.parallel = 0.0),
        ("ic", "inf", |c, _| c.ic = f64::INFINITY),
    ];
    for (name, value, spoil) in cases {
        let (mut cell, mut bad) = (whole(), good_electrode());
        spoil(&mut cell, &mut bad);
        let of_electrode = !["esr", "r_leak", "area", "series", "parallel", "ic"].contains(name);
        assert_eq!(
            from_params(&cell, &bad, Some(&good_electrode())),
            Err(NCM_RESULT_PARAMETER)
        );
        let text = last_error();
        assert!(
            text.contains(&format!("{name} = {value}")) && text.contains("allowed is"),
            "{name}: {text}"
        );
        if of_electrode {
            assert_eq!(
                from_params(&cell, &good_electrode(), Some(&bad)),
                Err(NCM_RESULT_PARAMETER)
            );
            let text = last_error();
            assert!(
                text.contains(&format!("negative.{name} = {value}")),
                "{text}"
            );
        }
    }
    // What was not set is said to be missing.
    assert_eq!(
        from_params(&whole(), &electrode(), None),
        Err(NCM_RESULT_PARAMETER)
    );
    assert!(last_error().contains("missing?"), "{}", last_error());
}

#[test]
fn a_damaged_card_is_refused_with_place_and_remedy() {
    assert_eq!(
        from_toml(&CARD.replace("0.5\nq", "1.5\nq"), &[]),
        Err(NCM_RESULT_CARD_UNUSABLE)
    );
    let text = last_error();
    for part in ["my.toml:5", "gamma", "1.5", "allowed", "remedy"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(from_toml(CARD, &["gamma=7"]), Err(NCM_RESULT_CARD_UNUSABLE));
    assert_eq!(from_toml("", &[]), Err(NCM_RESULT_CARD_UNUSABLE));
    let mut card = null_mut();
    // SAFETY: texts as long as said, or NULL.
    unsafe {
        assert_eq!(
            ncm_card_from_file(c"/nonexistent/card".as_ptr(), null(), 0, &mut card),
            NCM_RESULT_CARD_UNREADABLE
        );
        assert!(last_error().contains("/nonexistent/card"));
        assert_eq!(
            ncm_card_from_toml(c"\xff".as_ptr(), 1, null(), null(), 0, &mut card),
            NCM_RESULT_NOT_UTF8
        );
        assert_eq!(
            ncm_card_from_toml(null(), 1, null(), null(), 0, &mut card),
            NCM_RESULT_NULL_POINTER
        );
        assert_eq!(
            ncm_card_from_toml(c"".as_ptr(), usize::MAX, null(), null(), 0, &mut card),
            NCM_RESULT_WRONG_LENGTH
        );
        assert_eq!(
            ncm_card_from_toml(c"".as_ptr(), 0, null(), null(), 2, &mut card),
            NCM_RESULT_NULL_POINTER
        );
    }
    assert!(card.is_null());
}

#[test]
fn structs_of_a_size_that_never_was_are_refused() {
    let mut p = good_electrode();
    for size in [0, 8, p.size - 8, p.size + 8, usize::MAX] {
        p.size = size;
        assert_eq!(from_params(&whole(), &p, None), Err(NCM_RESULT_STRUCT_SIZE));
        // SAFETY: nothing is written where the size is refused.
        let code = unsafe { ncm_electrode_params_init(&mut p, size) };
        assert_eq!(code, NCM_RESULT_STRUCT_SIZE);
        assert!(last_error().contains("ncm_electrode_params"));
    }
}

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

#[test]
fn the_resistor_alone_follows_the_formula() {
    let card = from_toml(CARD, &["negative.gamma=-0.5"]).expect("good");
    let mut value = ncm_resistance { r: 7.0, dr_dq: 7.0 };
    for (which, gamma) in [(0, 0.5), (1, -0.5)] {
        let mut law = null_mut();
        // SAFETY: places for what is written.
        unsafe {
            ok(ncm_law_from_card(card, which, &mut law));
            for q in [0.4e-8, 1.6e-8, -0.9e-8] {
                ok(ncm_law_eval(law, q, &mut value));
                assert!((value.r - 5.0 * (1.0 - gamma * q.abs() / 1.6e-8)).abs() < 1e-13);
                let slope = -5.0 * gamma * q.signum() / 1.6e-8;
                assert!((value.dr_dq - slope).abs() < 1e-12 * slope.abs());
            }
            assert_eq!(
                ncm_law_eval(law, f64::NAN, &mut value),
                NCM_RESULT_NOT_FINITE
            );
        }
        ok(ncm_law_free(law));
    }
    ok(ncm_card_free(card));
}

#[test]
fn the_charge_form_is_the_derivative_of_itself() {
    let card = from_toml(CARD, &[]).expect("good");
    let mut form = null_mut();
    let (mut nodes, mut entries) = (0, 0);
    // SAFETY: places as long as said.
    unsafe {
        ok(ncm_charge_form_new(card, &mut form));
        ok(ncm_charge_form_size(form, &mut nodes, &mut entries));
        let (mut start, mut row) = (vec![0; nodes + 1], vec![0; entries]);
        ok(ncm_charge_form_pattern(
            form,
            start.as_mut_ptr(),
            nodes + 1,
            row.as_mut_ptr(),
            entries,
        ));
        assert_eq!((start[0], start[nodes]), (0, entries));
        let eval = |x: &[f64]| {
            let (mut f, mut q) = (vec![0.0; nodes], vec![0.0; nodes]);
            let (mut g, mut c) = (vec![0.0; entries], vec![0.0; entries]);
            ok(ncm_charge_form_eval(
                form,
                x.as_ptr(),
                nodes,
                entries,
                f.as_mut_ptr(),
                q.as_mut_ptr(),
                g.as_mut_ptr(),
                c.as_mut_ptr(),
            ));
            (f, q, g, c)
        };
        let x: Vec<f64> = (0..nodes).map(|k| 0.1 * ((k * k) as f64).sin()).collect();
        let (f, q, g, c) = eval(&x);
        assert!(f.iter().sum::<f64>().abs() < 1e-15 && q.iter().sum::<f64>().abs() < 1e-22);
        for column in 0..nodes {
            let mut near = x.clone();
            near[column] += 1e-7;
            let (f_near, q_near, ..) = eval(&near);
            for i in 0..nodes {
                let entry = (start[column]..start[column + 1]).find(|k| row[*k] == i);
                let (g, c) = entry.map_or((0.0, 0.0), |k| (g[k], c[k]));
                assert!(((f_near[i] - f[i]) / 1e-7 - g).abs() < 1e-5, "{i} {column}");
                assert!(
                    ((q_near[i] - q[i]) / 1e-7 - c).abs() < 1e-13,
                    "{i} {column}"
                );
            }
        }
        // Only what is wanted; wrong lengths and NaN refused.
        let mut only = vec![0.0; nodes];
        let call = |x: &[f64], nodes, entries, f: *mut f64| {
            ncm_charge_form_eval(
                form,
                x.as_ptr(),
                nodes,
                entries,
                f,
                null_mut(),
                null_mut(),
                null_mut(),
            )
        };
        ok(call(&x, nodes, entries, only.as_mut_ptr()));
        assert_eq!(only, f);
        // Results may even go where the potentials are.
        let mut same = x.clone();
        ok(call(&same, nodes, entries, same.as_ptr().cast_mut()));
        assert_eq!(std::hint::black_box(&mut same), &f);
        for (n, e) in [(nodes - 1, entries), (nodes, entries + 1), (0, 0)] {
            assert_eq!(call(&x, n, e, null_mut()), NCM_RESULT_WRONG_LENGTH);
        }
        let bad = vec![f64::NAN; nodes];
        assert_eq!(
            call(&bad, nodes, entries, only.as_mut_ptr()),
            NCM_RESULT_NOT_FINITE
        );
        assert_eq!(only, f);
    }
    ok(ncm_charge_form_free(form));
    ok(ncm_card_free(card));
}

/// A handle that may go to another thread, as C's pointers may.
#[derive(Clone, Copy)]
struct Shared(*mut ncm_stepper);
// SAFETY: a number, not an address; the library refuses simultaneous use.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    fn get(self) -> *mut ncm_stepper {
        self.0
    }
}

#[test]
fn a_handle_in_use_by_another_thread_is_busy_and_unharmed() {
    // Thick enough that a step takes long.
    let card = from_toml(CARD, &["slits=60000", "sections=20000"]).expect("good");
    let s = Shared(stepper(card));
    let (stop, met) = (AtomicBool::new(false), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut k = 0;
            while !stop.load(Ordering::Relaxed) {
                k += 1;
                match try_voltage(s.get(), 1e-8, 0.1 + 1e-6 * f64::from(k)) {
                    Ok(c) => assert!(c.i_A.is_finite()),
                    Err(code) => assert_eq!(code, NCM_RESULT_BUSY),
                }
            }
        });
        for _ in 0..100_000 {
            let mut value = 0.0;
            // SAFETY: a place for the number.
            match unsafe { ncm_stepper_read(s.get(), 2, &mut value) } {
                NCM_RESULT_BUSY => {
                    met.store(true, Ordering::Relaxed);
                    assert!(last_error().contains("one thread at a time"));
                    break;
                }
                code => ok(code),
            }
            std::thread::yield_now();
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(met.load(Ordering::Relaxed), "the threads never met");
    // It moves to a third thread and goes on.
    std::thread::scope(|scope| {
        scope.spawn(|| ok(ncm_stepper_free(s.get())));
    });
    ok(ncm_card_free(card));
}

/// One step of a random sequence on a stepper.
#[derive(Debug, Clone)]
enum Step {
    Voltage(f64, f64),
    Current(f64, f64),
    Accept,
    Reject,
    Restart,
    Set(f64),
    SaveRestore,
}

fn any_step() -> impl Strategy<Value = Step> {
    let h = prop_oneof![9 => 1e-10..1e-6, 1 => proptest::num::f64::ANY];
    let v = prop_oneof![9 => -1.0..1.0, 1 => proptest::num::f64::ANY];
    let i = prop_oneof![9 => -0.02..0.02, 1 => proptest::num::f64::ANY];
    prop_oneof![
        4 => (h.clone(), v.clone()).prop_map(|(h, v)| Step::Voltage(h, v)),
        2 => (h, i).prop_map(|(h, i)| Step::Current(h, i)),
        4 => Just(Step::Accept),
        1 => Just(Step::Reject),
        1 => Just(Step::Restart),
        1 => v.prop_map(Step::Set),
        1 => Just(Step::SaveRestore),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is done, a trial is there to accept exactly if the last try succeeded and nothing came
    /// between; a failing call changes no charge; all numbers are finite.
    #[test]
    fn any_sequence_keeps_the_rules(steps in proptest::collection::vec(any_step(), 1..60),
                                    gamma in -0.9..0.9f64) {
        let card = from_toml(CARD, &[&format!("gamma={gamma}")]).expect("good");
        let s = stepper(card);
        let mut trial = false;
        for step in steps {
            let before = read(s, ncm_quantity::NCM_QUANTITY_CHARGE_C);
            let mut changes = false;
            match step {
                Step::Voltage(h, v) => trial = try_voltage(s, h, v).is_ok(),
                Step::Current(h, i) => {
                    let mut c = NOTHING;
                    // SAFETY: a place for the struct.
                    trial = unsafe { ncm_stepper_try_current(s, h, i, &mut c) } == NCM_RESULT_OK;
                    prop_assert!(c.v_V.is_finite() && c.error_V.is_finite());
                }
                Step::Accept => {
                    let code = ncm_stepper_accept(s);
                    prop_assert_eq!(code, if trial { NCM_RESULT_OK } else { NCM_RESULT_NO_TRIAL });
                    changes = trial;
                    trial = false;
                }
                Step::Reject => {
                    ok(ncm_stepper_reject(s));
                    trial = false;
                }
                Step::Restart => {
                    ok(ncm_stepper_restart(s));
                    trial = false;
                }
                Step::Set(v) => {
                    changes = ncm_stepper_set_voltage(s, v) == NCM_RESULT_OK;
                    trial = trial && !changes;
                }
                Step::SaveRestore => {
                    let mut length = 0;
                    // SAFETY: places as long as said.
                    unsafe {
                        ok(ncm_stepper_state_length(s, &mut length));
                        let mut state = vec![0.0; length];
                        ok(ncm_stepper_save(s, state.as_mut_ptr(), length));
                        ok(ncm_stepper_restore(s, state.as_ptr(), length));
                    }
                    trial = false;
                }
            }
            let after = read(s, ncm_quantity::NCM_QUANTITY_CHARGE_C);
            prop_assert!(after.is_finite());
            prop_assert!(changes || before.to_bits() == after.to_bits());
        }
        ok(ncm_stepper_free(s));
        ok(ncm_card_free(card));
    }
}
