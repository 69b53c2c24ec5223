//! The simulator's list of models and instances, for checks before a run begins.

use crate::call::{Saved, value};
use crate::tables::{Card, parameter_count};
use ncm_parts::{Given, Value};
use std::ffi::{CStr, c_char, c_void};

/// Offsets in GENmodel, MIFmodel and GENinstance; the same in every release.
mod offset {
    pub mod model {
        pub const NEXT: usize = 8;
        pub const INSTANCES: usize = 16;
        pub const NAME: usize = 24;
        pub const NUM_PARAM: usize = 40;
        pub const PARAM: usize = 48;
    }
    pub mod instance {
        pub const NEXT: usize = 8;
        pub const NAME: usize = 16;
    }
}

/// One `.model` of the circuit.
#[derive(Clone, Copy)]
pub struct ModelEntry {
    at: *mut u8,
    card: &'static Card,
}

/// Reads a field.
///
/// # Safety
/// `at + offset` holds a `T`.
unsafe fn field<T: Copy>(at: *mut u8, offset: usize) -> T {
    // SAFETY: the caller's promise.
    unsafe { at.add(offset).cast::<T>().read() }
}

impl ModelEntry {
    /// All models of one kind.
    ///
    /// # Safety
    /// `head` is the list (GENmodel) the simulator passes to a device function of `card`, and is
    /// not used after that function returns.
    pub unsafe fn list(head: *mut c_void, card: &'static Card) -> Vec<ModelEntry> {
        let mut entries = Vec::new();
        let mut at: *mut u8 = head.cast();
        while !at.is_null() {
            entries.push(ModelEntry { at, card });
            // SAFETY: an element of the simulator's list.
            at = unsafe { field(at, offset::model::NEXT) };
        }
        entries
    }

    /// Name in the netlist.
    pub fn name(&self) -> String {
        // SAFETY: an element of the simulator's list.
        unsafe { text(field(self.at, offset::model::NAME)) }
    }

    /// Names of the instances that have not been called since the circuit was set up.
    pub fn new_instances(&self) -> Vec<String> {
        let mut names = Vec::new();
        // SAFETY: the simulator's list of instances of this model.
        unsafe {
            let mut at: *mut u8 = field(self.at, offset::model::INSTANCES);
            while !at.is_null() {
                if Saved::of(at.cast(), self.card).handle() == 0 {
                    names.push(text(field(at, offset::instance::NAME)));
                }
                at = field(at, offset::instance::NEXT);
            }
        }
        names
    }

    /// Its parameters, or `None` if their number is not the card's.
    pub fn given(&self) -> Option<Given> {
        // SAFETY: an element of the simulator's list; the table has as many entries as counted.
        unsafe {
            let count: i32 = field(self.at, offset::model::NUM_PARAM);
            if usize::try_from(count) != Ok(parameter_count(self.card)) {
                return None;
            }
            let table: *mut *mut u8 = field(self.at, offset::model::PARAM);
            let values: Vec<Value> = self
                .card
                .parameters
                .iter()
                .enumerate()
                .map(|(i, p)| value(*table.add(i), p.kind))
                .collect();
            Some(Given::new(self.card.name, self.card.parameters, values))
        }
    }
}

/// # Safety
/// `at` is null or a zero-terminated string.
unsafe fn text(at: *const c_char) -> String {
    if at.is_null() {
        return String::new();
    }
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(at) }.to_string_lossy().into_owned()
}
