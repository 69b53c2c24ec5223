//! What the C interface costs over the Rust calls behind it: boundary, handle look-up and lock.
//!
//! `cargo bench --features capi --bench capi_cost`

use std::hint::black_box;
use std::ptr::null_mut;
use std::time::Instant;

use ncm::capi::card::{ncm_card_free, ncm_card_from_toml};
use ncm::capi::error::ncm_result;
use ncm::capi::law::{ncm_law_eval, ncm_law_free, ncm_law_from_card, ncm_resistance};
use ncm::capi::stepper::{
    ncm_companion, ncm_stepper_free, ncm_stepper_new, ncm_stepper_try_voltage,
};
use ncm::capi::version::{NCM_ABI_VERSION, ncm_abi_check};
use ncm::card::Card;
use ncm::law::Law;
use ncm::stamp::Stepper;

const CARD: &str = "format = 1\nname = \"x\"\n[electrode]\nr_c = 5.0\ngamma = 0.5\nq_max = 1.6e-8\n\
                    c_slit = 8e-8\nslits = 5\n";

/// Nanoseconds per call: the best of many short runs, which others on the machine disturb least.
fn time(mut call: impl FnMut(u32)) -> f64 {
    const CALLS: u32 = 2_000;
    (0..200)
        .map(|_| {
            let start = Instant::now();
            (0..CALLS).for_each(&mut call);
            start.elapsed().as_secs_f64() / f64::from(CALLS) * 1e9
        })
        .fold(f64::INFINITY, f64::min)
}

fn ok(result: ncm_result) {
    assert_eq!(result, ncm_result::NCM_RESULT_OK);
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let card = Card::parse(CARD, "bench")?;
    let law = Law::new(&card.cell.positive.law_params())?;
    let mut stepper = Stepper::new(&card.cell)?;

    let (mut c_card, mut c_law, mut c_stepper) = (null_mut(), null_mut(), null_mut());
    // SAFETY: a text with its length, and places for the handles.
    unsafe {
        ok(ncm_card_from_toml(
            CARD.as_ptr().cast(),
            CARD.len(),
            std::ptr::null(),
            std::ptr::null(),
            0,
            &mut c_card,
        ));
        ok(ncm_law_from_card(c_card, 0, &mut c_law));
        ok(ncm_stepper_new(c_card, &mut c_stepper));
    }

    let volts = |k: u32| 0.1 + 1e-6 * f64::from(k);
    let boundary = time(|_| {
        black_box(ncm_abi_check(black_box(NCM_ABI_VERSION)));
    });
    let law_rust = time(|k| {
        black_box(law.eval(black_box(1e-12 * f64::from(k))));
    });
    let law_c = time(|k| {
        let mut out = ncm_resistance { r: 0.0, dr_dq: 0.0 };
        // SAFETY: a place for the struct.
        ok(unsafe { ncm_law_eval(c_law, black_box(1e-12 * f64::from(k)), &mut out) });
        black_box(out);
    });
    let step_rust = time(|k| {
        black_box(stepper.try_voltage(1e-8, volts(k))).ok();
    });
    let step_c = time(|k| {
        let mut out = ncm_companion {
            v_V: 0.0,
            i_A: 0.0,
            di_dv_S: 0.0,
            error_V: 0.0,
        };
        // SAFETY: a place for the struct.
        ok(unsafe { ncm_stepper_try_voltage(c_stepper, 1e-8, volts(k), &mut out) });
        black_box(out);
    });
    println!("nanoseconds per call          Rust       C");
    println!("boundary alone                   -  {boundary:6.1}");
    println!("law                         {law_rust:6.1}  {law_c:6.1}");
    println!("trial step, 5 slits         {step_rust:6.1}  {step_c:6.1}");

    ok(ncm_stepper_free(c_stepper));
    ok(ncm_law_free(c_law));
    ok(ncm_card_free(c_card));
    Ok(())
}
