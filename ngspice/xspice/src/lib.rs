//! ngspice code models of the ncm kernel: one file, `ncm.cm`, for every release from 34 to 47.
//!
//! | file | subject |
//! |---|---|
//! | [`host`] | the simulator as it is found in memory |
//! | [`tables`] | our devices in the simulator's layout |
//! | [`call`] | one call of a model function |
//! | [`circuit`] | models and instances before a run begins |
//! | [`instance`] | life of an instance, panic boundary |
//! | [`state`] | what must follow the simulator when it rejects a step |
//! | [`models`] | the models |
//!
//! The simulator opens the file and calls five functions, all of them here.

pub mod call;
pub mod circuit;
pub mod host;
pub mod instance;
pub mod models;
pub mod state;
pub mod tables;

use host::donor::{Donor, NoDonor, device};
use std::ffi::{CStr, c_int, c_void};
use std::io::Write;
use std::panic::catch_unwind;
use std::sync::Mutex;

/// Exported name by which this file knows copies of itself.
pub const MARK: &CStr = c"ncm_xspice_interface";

/// What is handed to the simulator.
struct Registered {
    count: c_int,
    devices: usize,
    /// The donor's table these devices were built from.
    donor: Vec<u8>,
}

static REGISTERED: Mutex<Registered> = Mutex::new(Registered {
    count: 0,
    devices: 0,
    donor: Vec::new(),
});

/// The count has an address of its own, which the simulator reads after the call.
static COUNT: std::sync::atomic::AtomicI32 = std::sync::atomic::AtomicI32::new(0);
static NO_UDNS: std::sync::atomic::AtomicI32 = std::sync::atomic::AtomicI32::new(0);

/// A message where the simulator offers no way to print one.
pub(crate) fn say(text: &str) {
    // If standard error is closed there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "ncm.cm: {text}");
}

/// Builds the tables for the simulator as it is now.
fn register() {
    let mut registered = match REGISTERED.lock() {
        Ok(guard) => guard,
        Err(poisoned) => poisoned.into_inner(),
    };
    let donor = match Donor::find() {
        Ok(donor) => donor,
        Err(reason) => {
            say(&remedy(&reason));
            *registered = Registered {
                count: 0,
                devices: tables::device_list(&[]) as usize,
                donor: Vec::new(),
            };
            return;
        }
    };
    let mut bytes = donor.device.clone();
    bytes.truncate(device::SIZE);
    if registered.count > 0 && registered.donor == bytes {
        say("loaded before; the models are registered once more, which changes nothing");
    }
    instance::set_originals(donor.load, donor.ask);
    let devices: Vec<*mut c_void> = models::cards()
        .into_iter()
        .map(|card| tables::device(card, &donor, instance::load))
        .collect();
    *registered = Registered {
        count: c_int::try_from(devices.len()).unwrap_or(0),
        devices: tables::device_list(&devices) as usize,
        donor: bytes,
    };
}

fn remedy(reason: &NoDonor) -> String {
    match reason {
        NoDonor::NoneLoaded => {
            "no models registered: load one of ngspice's own code models first, as its spinit \
             does, e.g. `codemodel /usr/lib/x86_64-linux-gnu/ngspice/analog.cm`, then this file"
                .to_owned()
        }
        NoDonor::Foreign(files) => format!(
            "no models registered: the loaded code models ({}) were built for another release of \
             ngspice than this one; load this ngspice's own analog.cm first, then this file",
            files.join(", ")
        ),
        NoDonor::NotRecognised(files) => format!(
            "no models registered: the loaded code models ({}) have a layout this file does not \
             know; it knows those of ngspice 34 to 47. Load ngspice's own analog.cm first; for \
             a newer ngspice a newer ncm.cm is needed",
            files.join(", ")
        ),
    }
}

/// Number of devices; probes the simulator anew each time.
///
/// # Safety
/// Called by the simulator while it loads the file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn CMdevNum() -> *const c_int {
    let count = catch_unwind(|| {
        register();
        REGISTERED.lock().map_or(0, |r| r.count)
    })
    .unwrap_or(0);
    COUNT.store(count, std::sync::atomic::Ordering::Relaxed);
    COUNT.as_ptr()
}

/// The devices counted before.
///
/// # Safety
/// Called by the simulator while it loads the file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn CMdevs() -> *mut *mut c_void {
    REGISTERED.lock().map_or(0, |r| r.devices) as *mut *mut c_void
}

/// Number of user-defined node types: none.
///
/// # Safety
/// Called by the simulator while it loads the file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn CMudnNum() -> *const c_int {
    NO_UDNS.as_ptr()
}

/// User-defined node types: none.
///
/// # Safety
/// Called by the simulator while it loads the file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn CMudns() -> *mut *mut c_void {
    std::ptr::null_mut()
}

/// Where the simulator writes the address of its functions.
///
/// # Safety
/// Called by the simulator while it loads the file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn CMgetCoreItfPtr() -> *mut c_void {
    host::services::core_pointer()
}

/// Version of this file's interface with itself; its presence marks a copy.
#[unsafe(no_mangle)]
pub extern "C" fn ncm_xspice_interface() -> c_int {
    1
}
