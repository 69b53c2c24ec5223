//! After set-up the kernel asks for no memory: neither in trial steps, easy or harsh, nor in the
//! stand-alone integrator.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell as Counter;

use ncm::cell::{Cell, CellParams, Electrode};
use ncm::experiment::{Drive, Integrator};
use ncm::ladder::ElectrodeParams;
use ncm::law::LawKind;
use ncm::stamp::Stepper;

thread_local! {
    static ALLOCATIONS: Counter<u64> = const { Counter::new(0) };
}

/// The system's allocator, counting what each thread asks for.
struct Counting;

// SAFETY: hands everything on to the system's allocator unchanged; the counter allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // A thread that is going down has no counter any more.
        let _ = ALLOCATIONS.try_with(|n| n.set(n.get() + 1));
        // SAFETY: the caller's promises are the system's demands.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above; `block` came from `alloc`.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often `work` asked for memory.
fn allocations(work: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.with(Counter::get);
    work();
    ALLOCATIONS.with(Counter::get) - before
}

fn params(law: LawKind) -> CellParams {
    let mut params = CellParams::symmetric(ElectrodeParams {
        law,
        gamma: 0.9,
        q_max: 16e-9,
        r_open: 1.0,
        c_open: 0.01e-6,
        ..ElectrodeParams::new(5.0, 0.08e-6, 40)
    });
    params.r_leak = 1e6;
    params
}

#[test]
fn the_counter_counts() {
    let asked = allocations(|| drop(std::hint::black_box(Box::new(1.0))));
    assert_eq!(asked, 1);
}

#[test]
fn trial_steps_ask_for_no_memory() {
    for law in LawKind::ALL {
        // Warmed by itself and watched.
        let mut params = params(law);
        params.thermal.esr.tc1 = 1e-3;
        params.thermal.resistance.activation = 1e4;
        (params.thermal.r_th, params.thermal.c_th) = (10.0, 1.0);
        params.limits.v_max = 1.0;
        let mut cell = Stepper::new(&params).expect("valid");
        let mut shown = [0.0; 40];
        let mut state = vec![0.0; cell.snapshot_len()];
        let mut tried = 0;
        let asked = allocations(|| {
            cell.set_voltage(0.1).expect("finite");
            // The last ones take the paths for steps on which Newton's method fails at first.
            for (h, v) in [
                (1e-8, 0.2),
                (1e-7, 0.4),
                (1e-9, 4.0),
                (1e-3, -4.0),
                (1e-3, 20.0),
            ] {
                for _ in 0..20 {
                    if cell.try_voltage(h, v).is_ok() {
                        cell.accept();
                    }
                    if cell.try_current(h, 1e-4).is_ok() {
                        cell.reject();
                    }
                    tried += 1;
                }
            }
            assert!(cell.heat_flow().0.is_finite() && cell.notices().count() < 5);
            cell.restart();
            cell.section_voltages(Electrode::Positive, &mut shown);
            cell.section_charges(Electrode::Negative, &mut shown);
            assert!(cell.charge() + cell.stored_energy() + cell.dissipation() > f64::MIN);
            assert!(cell.effective_resistance() > 0.0 && cell.fill() >= 0.0);
            assert!(cell.admittance(1e3).re > 0.0);
            cell.save(&mut state).expect("fits");
            cell.restore(&state).expect("own state");
        });
        assert_eq!(tried, 100);
        assert_eq!(asked, 0, "{law:?}");
    }
}

#[test]
fn the_integrator_asks_for_no_memory() {
    let cell = Cell::new(&params(LawKind::Linear)).expect("valid");
    let mut state = Integrator::new(cell, 0.0, 1e-7);
    let asked = allocations(|| {
        let up = Drive::Voltage {
            v: 0.0,
            rate: 4e3,
            t_0: 0.0,
        };
        for k in 1..=50 {
            state
                .advance_within(1e-6 * f64::from(k), 1e-4, up)
                .expect("keeps its tolerance");
        }
        state
            .advance(2e-4, Drive::Current(-1e-4))
            .expect("keeps its tolerance");
    });
    assert_eq!(asked, 0);
    assert!(state.effort().steps > 10);
}
