//! Life of one instance: made at its first call, kept by the simulator as a word, removed by its
//! farewell call. Nothing that happens inside unwinds into the simulator.

use crate::call::{Analysis, Call, Saved};
use crate::circuit::ModelEntry;
use crate::host::services::Services;
use crate::say;
use crate::tables::{AskFunction, Card, DeviceFunction};
use ncm::parameter::ParameterError;
use ncm_parts::Given;
use std::ffi::{c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// One code model. The four functions translate between a call and the kernel.
pub trait Model: Sized + 'static {
    /// What the simulator is told of it. The last readout is the word that leads back here.
    fn card() -> &'static Card;

    /// Checks a `.model` line as far as that can be done without its instances.
    fn check(given: &Given) -> Result<(), ParameterError>;

    /// Makes an instance from the `.model` line.
    fn new(call: &Call, given: &Given) -> Result<Self, ParameterError>;

    /// Takes over changed parameters and keeps the state; an error leaves everything as it was.
    fn alter(&mut self, call: &Call, given: &Given) -> Result<(), ParameterError>;

    /// One iteration of an operating point or DC sweep.
    fn operating_point(&mut self, call: &mut Call);

    /// Small signal at the last operating point.
    fn small_signal(&mut self, call: &mut Call);

    /// Conductance that makes the thermal noise across the first connection, S, at the last operating
    /// point and an angular frequency in rad/s.
    fn noise_conductance(&self, omega: f64) -> f64;

    /// Its temperature in a circuit of temperature `circuit_k`, K.
    fn temperature(&self, circuit_k: f64) -> f64 {
        circuit_k
    }

    /// One iteration of a time step.
    fn transient(&mut self, call: &mut Call);

    /// What `@instance[name]` shows, in the order of the card; as of the last call.
    fn readouts(&mut self, out: &mut [f64]);
}

/// An instance behind the word the simulator keeps.
struct Instance<M> {
    /// `None`: its parameters were refused.
    model: Option<M>,
    fingerprint: u64,
}

/// Set by a call that cannot go on; makes the device function report an error, which stops the
/// run in every release.
static STOP: AtomicBool = AtomicBool::new(false);

/// The simulator's own device functions: the one that calls the models and stamps what they
/// return, and the one that reads a saved quantity.
static STAMP: AtomicUsize = AtomicUsize::new(0);
static ASK: AtomicUsize = AtomicUsize::new(0);

/// "Parameter value out of range", as the simulator numbers its errors (E_PARMVAL).
const ERROR_PARAMETER: c_int = 11;

/// Keeps the addresses of the simulator's device functions.
pub fn set_originals(stamp: usize, ask: usize) {
    STAMP.store(stamp, Ordering::Relaxed);
    ASK.store(ask, Ordering::Relaxed);
}

/// Device function called between the set-up of a circuit and its first iteration (in other devices
/// it follows the temperature): the one place where a wrong parameter ends the run without noise.
///
/// Not done in libngspice: its callers see only what the simulator itself prints, so there the
/// first call of the instance complains (see [`function`]).
///
/// # Safety
/// Called by the simulator with its list of models of `M`.
pub unsafe extern "C" fn prepare<M: Model>(models: *mut c_void, _circuit: *mut c_void) -> c_int {
    let checked = catch_unwind(|| {
        if !Services::in_program() {
            return true;
        }
        // SAFETY: the simulator passes its list of models of `M`.
        let models = unsafe { ModelEntry::list(models, M::card()) };
        let mut good = true;
        for model in models {
            // Instances that are already at work keep their values; see `Model::alter`.
            let instances = model.new_instances();
            let (Some(first), Some(given)) = (instances.first(), model.given()) else {
                continue;
            };
            if let Err(error) = M::check(&given) {
                let others = match instances.len() {
                    1 => String::new(),
                    n => format!(" and {} more", n - 1),
                };
                say(&format!(
                    "instance {first}{others}, model {}: {}",
                    model.name(),
                    given.explain(&error)
                ));
                good = false;
            }
        }
        good
    });
    // A panic here is not the user's mistake; the first call will tell.
    if checked.unwrap_or(true) {
        0
    } else {
        ERROR_PARAMETER
    }
}

/// Device function that reads a saved quantity. Most are never asked for, so they are worked out
/// here and not in every iteration.
///
/// # Safety
/// Called by the simulator for an instance of `M`.
pub unsafe extern "C" fn ask<M: Model>(
    circuit: *mut c_void,
    instance: *mut c_void,
    which: c_int,
    value: *mut c_void,
    select: *mut c_void,
) -> c_int {
    let original = ASK.load(Ordering::Relaxed);
    if original == 0 || instance.is_null() {
        return ERROR_PARAMETER;
    }
    // A panic leaves the former values.
    let _ = catch_unwind(|| {
        // SAFETY: the simulator passes an instance of `M`.
        let mut saved = unsafe { Saved::of(instance, M::card()) };
        let handle = saved.handle() as *mut Instance<M>;
        if !handle.is_null() {
            // SAFETY: see `run`; the simulator is not inside a call of this instance.
            if let Some(model) = unsafe { &mut (*handle).model } {
                let mut values = [0.0; MOST_READOUTS];
                let count = M::card().readouts.len() - 1;
                model.readouts(&mut values[..count]);
                for (i, x) in values[..count].iter().enumerate() {
                    saved.set(i, *x);
                }
            }
        }
    });
    // SAFETY: copied from the same slot of a device of this simulator.
    unsafe {
        std::mem::transmute::<usize, AskFunction>(original)(circuit, instance, which, value, select)
    }
}

/// No model has more readouts.
const MOST_READOUTS: usize = 8;

/// Device function of all our models: the simulator's own, and an error if a model cannot go on.
///
/// # Safety
/// Called by the simulator with its model list and circuit.
pub unsafe extern "C" fn load(models: *mut c_void, circuit: *mut c_void) -> c_int {
    let stamp = STAMP.load(Ordering::Relaxed);
    if stamp == 0 {
        return ERROR_PARAMETER;
    }
    STOP.store(false, Ordering::Relaxed);
    // SAFETY: copied from the same slot of a device of this simulator.
    let code = unsafe { std::mem::transmute::<usize, DeviceFunction>(stamp)(models, circuit) };
    if code == 0 && STOP.load(Ordering::Relaxed) {
        return ERROR_PARAMETER;
    }
    code
}

/// The function the simulator calls for an instance of `M`.
///
/// # Safety
/// Called by the simulator with Mif_Private.
pub unsafe extern "C" fn function<M: Model>(at: *mut c_void) {
    let Some(services) = Services::get() else {
        return;
    };
    // SAFETY: the simulator calls the function of `M` for instances of `M` only.
    let Some(mut call) = (unsafe { Call::new(at, M::card(), services) }) else {
        services.message("this release of ngspice passes data in a layout ncm.cm does not know");
        STOP.store(true, Ordering::Relaxed);
        return;
    };
    if catch_unwind(AssertUnwindSafe(|| run::<M>(&mut call))).is_err() {
        services
            .message("internal error in ncm.cm; the run is stopped (please report the netlist)");
        STOP.store(true, Ordering::Relaxed);
    }
}

/// Removes the instance.
///
/// # Safety
/// Called by the simulator with Mif_Private.
unsafe extern "C" fn farewell<M: Model>(at: *mut c_void, _reason: c_int) {
    let Some(services) = Services::get() else {
        return;
    };
    // SAFETY: set for instances of `M` only.
    if let Some(mut call) = unsafe { Call::new(at, M::card(), services) } {
        // A panic while dropping plain numbers is not to be expected; nothing can be done then.
        let _ = catch_unwind(AssertUnwindSafe(|| remove::<M>(&mut call)));
    }
}

fn remove<M: Model>(call: &mut Call) {
    let handle = call.handle() as *mut Instance<M>;
    call.set_handle(0);
    if !handle.is_null() {
        // SAFETY: made by Box::into_raw in `create`, and the word is cleared with the instance.
        drop(unsafe { Box::from_raw(handle) });
    }
}

fn create<M: Model>(call: &mut Call) {
    let given = call.given();
    let model = match M::new(call, &given) {
        Ok(model) => Some(model),
        Err(error) => {
            call.services
                .message(&format!("{}; the run is stopped", given.explain(&error)));
            None
        }
    };
    let instance = Box::new(Instance {
        model,
        fingerprint: given.fingerprint(),
    });
    call.set_handle(Box::into_raw(instance) as usize);
    call.on_removal(farewell::<M>);
}

fn run<M: Model>(call: &mut Call) {
    if call.is_first() || call.handle() == 0 {
        remove::<M>(call);
        create::<M>(call);
    }
    // SAFETY: the word is set by `create` and cleared with the instance; the simulator runs one
    // call of an instance at a time.
    let instance = unsafe { &mut *(call.handle() as *mut Instance<M>) };
    let Some(model) = &mut instance.model else {
        STOP.store(true, Ordering::Relaxed);
        return;
    };
    if call.is_first_iteration() && !call.is_first() {
        let fingerprint = call.fingerprint();
        if fingerprint != instance.fingerprint {
            instance.fingerprint = fingerprint;
            let given = call.given();
            if let Err(error) = model.alter(call, &given) {
                call.services.message(&format!(
                    "{}; the former values stay in force",
                    given.explain(&error)
                ));
            }
        }
    }
    match call.analysis() {
        Analysis::Dc => model.operating_point(call),
        Analysis::Ac => model.small_signal(call),
        Analysis::Transient => model.transient(call),
        Analysis::Noise => call.noise(0, |omega, circuit_k| {
            model.temperature(circuit_k) * model.noise_conductance(omega)
        }),
        Analysis::Other => {}
    }
}
