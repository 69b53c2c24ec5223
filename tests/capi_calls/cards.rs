//! Versions, cards from structs and from TOML, and what is wrong with them.

use std::ffi::CStr;
use std::ptr::{null, null_mut};

use ncm::capi::card::*;
use ncm::capi::error::ncm_result::*;
use ncm::capi::error::*;
use ncm::capi::params::*;
use ncm::capi::state::*;
use ncm::capi::stepper::*;
use ncm::capi::version::*;

use crate::calls::*;

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
