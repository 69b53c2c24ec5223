//! Two of a descriptor's functions are called before an instance knows its model, and are not told
//! which it is. So each descriptor has its own copies, which do.

use crate::abi::{SetupResult, SimulatorParameters};
use crate::callbacks;
use crate::instance::Host;
use crate::model::Model;
use std::ffi::c_void;
use std::sync::OnceLock;

/// Most models one file can offer.
pub const COUNT: usize = 64;

static MODELS: [OnceLock<Model>; COUNT] = [const { OnceLock::new() }; COUNT];

type Block = *mut c_void;

/// The functions of one place in the table of descriptors.
#[derive(Clone, Copy)]
pub struct Slot {
    pub access: unsafe extern "C" fn(Block, Block, u32, u32) -> *mut c_void,
    pub setup_instance: unsafe extern "C" fn(
        *mut c_void,
        Block,
        Block,
        f64,
        u32,
        *const SimulatorParameters,
        *mut SetupResult,
    ),
}

/// Puts a model into a place, once.
pub fn fill(place: usize, model: Model) -> Option<(&'static Model, Slot)> {
    Some((MODELS.get(place)?.get_or_init(|| model), *SLOTS.get(place)?))
}

unsafe extern "C" fn access<const PLACE: usize>(
    instance: Block,
    card: Block,
    id: u32,
    flags: u32,
) -> *mut c_void {
    match MODELS[PLACE].get() {
        // SAFETY: the host passes blocks of the model at this place.
        Some(model) => unsafe { callbacks::access(model, instance, card, id, flags) },
        None => std::ptr::null_mut(),
    }
}

unsafe extern "C" fn setup_instance<const PLACE: usize>(
    handle: *mut c_void,
    instance: Block,
    card: Block,
    temperature_k: f64,
    terminals: u32,
    _parameters: *const SimulatorParameters,
    result: *mut SetupResult,
) {
    if let Some(model) = MODELS[PLACE].get() {
        // SAFETY: the host passes blocks of the model at this place.
        unsafe {
            let host = Host {
                temperature_k,
                terminals,
            };
            callbacks::setup_instance(model, handle, instance, card, host, result);
        }
    }
}

macro_rules! slots {
    ($($eight:literal)*) => {
        [$(
            slot::<{ 8 * $eight }>(), slot::<{ 8 * $eight + 1 }>(),
            slot::<{ 8 * $eight + 2 }>(), slot::<{ 8 * $eight + 3 }>(),
            slot::<{ 8 * $eight + 4 }>(), slot::<{ 8 * $eight + 5 }>(),
            slot::<{ 8 * $eight + 6 }>(), slot::<{ 8 * $eight + 7 }>(),
        )*]
    };
}

const fn slot<const PLACE: usize>() -> Slot {
    Slot {
        access: access::<PLACE>,
        setup_instance: setup_instance::<PLACE>,
    }
}

static SLOTS: [Slot; COUNT] = slots!(0 1 2 3 4 5 6 7);
