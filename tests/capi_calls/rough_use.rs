//! Threads that meet on one handle, and sequences in any order.

use std::sync::atomic::{AtomicBool, Ordering};

use ncm::capi::card::*;
use ncm::capi::error::ncm_result::*;
use ncm::capi::state::*;
use ncm::capi::stepper::*;
use proptest::prelude::*;

use crate::calls::*;

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
