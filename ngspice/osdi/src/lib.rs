//! The ncm kernel as an OSDI library: `ncm-0.3.osdi` and `ncm-0.4.osdi`, for simulators that load
//! compiled Verilog-A models, without Verilog-A and without its compiler.
//!
//! | file | subject |
//! |---|---|
//! | [`abi`] | the binary interface |
//! | [`topology`] | the largest network a model can be |
//! | [`memory`] | the host's block for an instance |
//! | [`model`] | the models on offer |
//! | [`descriptor`] | what the host is told of each |
//! | [`slots`] | functions that know their model |
//! | [`callbacks`] | the functions a host calls; panic boundary |
//! | [`instance`] | life of an instance, between the host's numbering and the network's |
//! | [`element`] | what a network is |
//! | [`storage`] | electrodes and cells |
//! | [`slit`] | one slit |
//! | [`watch`] | passed limits |
//!
//! The host opens the file and reads the symbols exported here.

pub mod abi;
pub mod callbacks;
pub mod descriptor;
pub mod element;
pub mod instance;
pub mod memory;
pub mod model;
pub mod slit;
pub mod slots;
pub mod storage;
pub mod topology;
pub mod watch;

use abi::Descriptor;
use model::Model;
use std::cell::UnsafeCell;
use std::ffi::c_void;
use std::io::Write;
use std::mem::MaybeUninit;
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// Environment variable that names the models to offer, separated by commas, in place of the usual
/// ones: for a number of sections of one's own, and for hosts that see the first model only.
pub const MODELS_VARIABLE: &str = "NCM_OSDI_MODELS";

/// Descriptors back to back, as hosts read them.
#[repr(transparent)]
pub struct Descriptors(UnsafeCell<[MaybeUninit<Descriptor>; slots::COUNT]>);

// SAFETY: written once, by `offer`, before the loader returns to the host.
unsafe impl Sync for Descriptors {}

#[unsafe(no_mangle)]
pub static OSDI_VERSION_MAJOR: u32 = abi::VERSION.0;

#[unsafe(no_mangle)]
pub static OSDI_VERSION_MINOR: u32 = abi::VERSION.1;

/// Only the newer interface has it; hosts tell the two apart by it.
#[cfg(feature = "v04")]
#[unsafe(no_mangle)]
pub static OSDI_DESCRIPTOR_SIZE: u32 = size_of::<Descriptor>() as u32;

#[unsafe(no_mangle)]
pub static OSDI_NUM_DESCRIPTORS: AtomicU32 = AtomicU32::new(0);

#[unsafe(no_mangle)]
pub static OSDI_DESCRIPTORS: Descriptors = Descriptors(UnsafeCell::new(
    [const { MaybeUninit::uninit() }; slots::COUNT],
));

/// Where the host leaves its function for messages.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals, reason = "the interface's name")]
pub static osdi_log: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());

/// A message where the host offers no way to print one.
pub(crate) fn say(text: &str) {
    // If standard error is closed there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "ncm (OSDI): {text}");
}

/// Run by the loader: hosts read the tables without calling anything.
#[used]
#[unsafe(link_section = ".init_array")]
static ON_LOAD: extern "C" fn() = on_load;

extern "C" fn on_load() {
    // A panic leaves no models, which hosts report.
    let _ = catch_unwind(offer);
}

/// The models asked for, or the usual ones.
fn asked_for() -> Vec<String> {
    match std::env::var(MODELS_VARIABLE) {
        Ok(names) if !names.trim().is_empty() => names
            .split(',')
            .map(|name| name.trim().to_ascii_lowercase())
            .collect(),
        _ => model::names(),
    }
}

fn offer() {
    let mut count = 0;
    for name in asked_for() {
        let Some(model) = Model::named(&name) else {
            say(&format!(
                "{MODELS_VARIABLE} names {name}, which is no model; models are ncm_slit1, \
                 ncm_electrodeK, ncm_cellK and ncm_warm_cellK with K = 1 to 10000 sections"
            ));
            continue;
        };
        let Some((model, slot)) = slots::fill(count, model) else {
            say(&format!(
                "{MODELS_VARIABLE} names more than {} models; the others are left out",
                slots::COUNT
            ));
            break;
        };
        let descriptor = descriptor::build(model, slot);
        // SAFETY: the place is inside the array, and nobody reads before the loader returns.
        unsafe { (*OSDI_DESCRIPTORS.0.get())[count].write(descriptor) };
        count += 1;
    }
    OSDI_NUM_DESCRIPTORS.store(count as u32, Ordering::Release);
}
