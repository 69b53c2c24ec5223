//! Functions the simulator offers to a running model, by their slot in its table (coreInfo_t).
//!
//! Of the slots of every release only those are used that have not moved between ngspice 34 and 47.

use super::image::Image;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, Ordering};

mod slot {
    pub const ANALOG_ALLOC: usize = 23;
    pub const ANALOG_GET_PTR: usize = 24;
    pub const ANALOG_INTEGRATE: usize = 25;
    pub const ANALOG_NOT_CONVERGED: usize = 29;
    pub const MESSAGE_SEND: usize = 35;
    /// In ngspice 47, in a build without and with KLU; the last slot in both.
    pub const NOISE_ADD_SOURCE: [usize; 2] = [63, 66];
}

/// Written by the simulator when it has loaded this library (and again by each further host in
/// the same process).
static CORE: AtomicPtr<usize> = AtomicPtr::new(std::ptr::null_mut());

/// Where the simulator writes the address of its table.
pub fn core_pointer() -> *mut c_void {
    CORE.as_ptr().cast()
}

/// A place in the simulator's state vectors, which it rolls back with every rejected step.
#[derive(Debug, Clone, Copy)]
pub enum TimePoint {
    /// The step being tried.
    Trial = 0,
    /// The last accepted time point.
    Accepted = 1,
}

/// The simulator's functions; they act on the instance whose model function is running, so a
/// value of this type must not outlive that call.
#[derive(Debug, Clone, Copy)]
pub struct Services {
    table: *const usize,
}

impl Services {
    /// The table, once the simulator has handed it over.
    pub fn get() -> Option<Services> {
        let table = CORE.load(Ordering::Relaxed);
        (!table.is_null()).then_some(Services { table })
    }

    /// True if the simulator is the program itself, false if it is a library of another program.
    pub fn in_program() -> bool {
        let table = CORE.load(Ordering::Relaxed) as usize;
        Image::all()
            .iter()
            .find(|image| image.read::<usize>(table).is_some())
            .is_some_and(|image| image.path.is_empty())
    }

    fn entry(self, slot: usize) -> usize {
        // SAFETY: the table is a static of the simulator with at least 61 entries.
        unsafe { *self.table.add(slot) }
    }

    /// Reserves rolled-back memory for this instance under `tag`.
    pub fn allocate(self, tag: c_int, bytes: usize) {
        type Alloc = unsafe extern "C" fn(c_int, c_int);
        let bytes = c_int::try_from(bytes).unwrap_or(0);
        // SAFETY: the slot holds this function; called inside a model call only.
        unsafe { std::mem::transmute::<usize, Alloc>(self.entry(slot::ANALOG_ALLOC))(tag, bytes) }
    }

    /// Address of memory reserved by [`Services::allocate`]. It moves when any instance allocates,
    /// so it is asked for anew in each call.
    pub fn memory(self, tag: c_int, at: TimePoint) -> *mut u8 {
        type GetPtr = unsafe extern "C" fn(c_int, c_int) -> *mut c_void;
        // SAFETY: as in `allocate`.
        unsafe {
            std::mem::transmute::<usize, GetPtr>(self.entry(slot::ANALOG_GET_PTR))(tag, at as c_int)
        }
        .cast()
    }

    /// Has the simulator watch the double at `state` (in trial memory) for convergence and
    /// truncation error. The value it computes there is of no use to us and is overwritten.
    ///
    /// # Safety
    /// `state` points into memory from [`Services::memory`] at the trial time point.
    pub unsafe fn watch(self, state: *mut f64) {
        type Integrate = unsafe extern "C" fn(f64, *mut f64, *mut f64) -> c_int;
        let mut partial = 0.0;
        // SAFETY: as in `allocate`; `state` lies in memory the simulator handed out.
        unsafe {
            std::mem::transmute::<usize, Integrate>(self.entry(slot::ANALOG_INTEGRATE))(
                0.0,
                state,
                &raw mut partial,
            );
        }
    }

    /// Registers a source of noise current across the first port of a connection, or finds the number
    /// it has been given. To be called in a noise analysis of ngspice 47 only.
    pub fn noise_source(self, name: &CStr, conn: usize) -> Option<usize> {
        type AddSource = unsafe extern "C" fn(*const c_char, c_int, c_int, c_int) -> c_int;
        const CURRENT: c_int = 0;
        let slot = slot::NOISE_ADD_SOURCE[usize::from(self.has_klu())];
        // SAFETY: in this analysis of this release the slot holds this function; it copies the name.
        let source = unsafe {
            std::mem::transmute::<usize, AddSource>(self.entry(slot))(
                name.as_ptr(),
                c_int::try_from(conn).unwrap_or(-1),
                0,
                CURRENT,
            )
        };
        usize::try_from(source).ok()
    }

    /// Whether the table has three slots for the KLU solver before the last two. Without them it ends
    /// there, and what follows in memory is no row of functions.
    fn has_klu(self) -> bool {
        static KLU: OnceLock<bool> = OnceLock::new();
        *KLU.get_or_init(|| {
            let [short, long] = slot::NOISE_ADD_SOURCE;
            let images = Image::all();
            let function = |slot: usize| {
                let address = self.table as usize + slot * size_of::<usize>();
                images
                    .iter()
                    .find_map(|image| image.read::<usize>(address))
                    .is_some_and(|word| images.iter().any(|image| image.is_code(word)))
            };
            (short + 1..=long).all(function)
        })
    }

    /// Forbids the simulator to take this iteration as the last one.
    pub fn not_converged(self) {
        type NotConverged = unsafe extern "C" fn();
        // SAFETY: as in `allocate`.
        unsafe {
            std::mem::transmute::<usize, NotConverged>(self.entry(slot::ANALOG_NOT_CONVERGED))()
        }
    }

    /// Prints a message under the instance's name.
    pub fn message(self, text: &str) {
        type Send = unsafe extern "C" fn(*mut c_char) -> c_int;
        let Ok(text) = CString::new(text.replace('\0', " ")) else {
            return;
        };
        // SAFETY: as in `allocate`; the simulator only reads the string.
        unsafe {
            std::mem::transmute::<usize, Send>(self.entry(slot::MESSAGE_SEND))(
                text.as_ptr().cast_mut(),
            );
        }
    }
}
