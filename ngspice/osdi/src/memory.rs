//! The block of memory the host gives each instance and each model card, and what stands where in it.
//!
//! Instance: own words, given flags, `$mfactor`, read-outs, then what the host reads and writes:
//! residuals, matrix pointers, node numbers, merge flags. Model: given flags, then one word for every
//! parameter.

use crate::abi::NONE;
use crate::topology::Topology;
use std::ffi::c_void;

/// Parameters that an instance has of its own; they come first.
pub const OF_INSTANCE: u32 = 1;

/// Most read-outs of any part.
pub const MOST_READ_OUTS: usize = 8;

const WORD: u32 = 8;

/// Words of flags of a model card, a bit for each parameter.
const FLAG_WORDS: u32 = 4;

/// Offsets in an instance, the same for every model.
mod offset {
    /// The instance behind the block (`instance.rs`), 0 before its set-up.
    pub const OWNER: u32 = 0;
    /// The address of the block itself: in a copy, the owner is not one's own.
    pub const SELF: u32 = 8;
    pub const GIVEN: u32 = 16;
    pub const MULTIPLICITY: u32 = 24;
    pub const READ_OUTS: u32 = 32;
    pub const TABLES: u32 = READ_OUTS + 8 * super::MOST_READ_OUTS as u32;
}

/// Offsets that depend on the size of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    pub resistive_residuals: u32,
    pub reactive_residuals: u32,
    pub resistive_pointers: u32,
    pub reactive_pointers: u32,
    pub node_numbers: u32,
    pub merges: u32,
    pub instance_size: u32,
    pub model_size: u32,
    /// Counts of nodes, matrix entries, reactive entries and merges.
    pub nodes: u32,
    pub entries: u32,
    pub reactive_entries: u32,
    pub merge_count: u32,
}

fn count<T>(of: &[T]) -> u32 {
    // Networks are limited to thousands of nodes.
    of.len() as u32
}

impl Layout {
    pub fn new(topology: &Topology, parameters: u32) -> Self {
        assert!(parameters <= 64 * FLAG_WORDS);
        let nodes = count(&topology.nodes);
        let entries = count(&topology.entries);
        let reactive_entries = topology
            .entries
            .iter()
            .filter(|(_, reactive)| *reactive)
            .count() as u32;
        let merge_count = count(&topology.collapsible);
        let resistive_residuals = offset::TABLES;
        let reactive_residuals = resistive_residuals + WORD * nodes;
        let resistive_pointers = reactive_residuals + WORD * nodes;
        let reactive_pointers = resistive_pointers + WORD * entries;
        let node_numbers = reactive_pointers + WORD * reactive_entries;
        let merges = node_numbers + 4 * nodes;
        Self {
            resistive_residuals,
            reactive_residuals,
            resistive_pointers,
            reactive_pointers,
            node_numbers,
            merges,
            instance_size: (merges + merge_count).next_multiple_of(2 * WORD),
            model_size: WORD * (FLAG_WORDS + parameters),
            nodes,
            entries,
            reactive_entries,
            merge_count,
        }
    }

    /// Where the reactive residual of a node stands.
    pub fn reactive_residual(&self, node: u32) -> u32 {
        self.reactive_residuals + WORD * node
    }

    pub fn resistive_residual(&self, node: u32) -> u32 {
        self.resistive_residuals + WORD * node
    }

    /// Where the pointer of the `k`-th reactive entry stands.
    pub fn reactive_pointer(&self, k: u32) -> u32 {
        self.reactive_pointers + WORD * k
    }
}

/// A parameter block: flags, then words.
#[derive(Clone, Copy)]
struct Words {
    given: *mut u64,
    words: *mut u64,
}

impl Words {
    /// # Safety
    /// `id` is less than the number of words.
    unsafe fn at(self, id: u32, set: bool) -> *mut c_void {
        // SAFETY: the caller's promise.
        unsafe {
            if set {
                *self.given.add(id as usize / 64) |= 1 << (id % 64);
            }
            self.words.add(id as usize).cast()
        }
    }

    /// # Safety
    /// The block is alive.
    unsafe fn is_given(self, id: u32) -> bool {
        // SAFETY: the caller's promise.
        id < 64 * FLAG_WORDS && unsafe { *self.given.add(id as usize / 64) } & (1 << (id % 64)) != 0
    }
}

/// A model card's block.
#[derive(Clone, Copy)]
pub struct ModelBlock(Words);

impl ModelBlock {
    /// `None` for a null pointer.
    ///
    /// # Safety
    /// `at` is null or a block of `model_size` bytes that the host keeps alive during the call.
    pub unsafe fn new(at: *mut c_void) -> Option<Self> {
        (!at.is_null()).then(|| {
            // SAFETY: the caller's promise; the flags are the first words.
            let words = unsafe { at.cast::<u64>().add(FLAG_WORDS as usize) };
            Self(Words {
                given: at.cast(),
                words,
            })
        })
    }

    /// Where the value of a parameter stands; `set` marks it as given.
    ///
    /// # Safety
    /// `id` is the number of a parameter of the model.
    pub unsafe fn parameter(self, id: u32, set: bool) -> *mut c_void {
        // SAFETY: the caller's promise.
        unsafe { self.0.at(id, set) }
    }

    /// # Safety
    /// The block is alive.
    pub unsafe fn is_given(self, id: u32) -> bool {
        // SAFETY: the caller's promise.
        unsafe { self.0.is_given(id) }
    }
}

/// An instance's block.
#[derive(Clone, Copy)]
pub struct InstanceBlock(*mut u8);

impl InstanceBlock {
    /// `None` for a null pointer.
    ///
    /// # Safety
    /// `at` is null or a block of `instance_size` bytes, aligned for words, that the host keeps alive
    /// during the call.
    pub unsafe fn new(at: *mut c_void) -> Option<Self> {
        (!at.is_null()).then_some(Self(at.cast()))
    }

    /// # Safety
    /// `offset` is one of the layout's, with as many `T` behind it as are used.
    unsafe fn at<T>(self, offset: u32) -> *mut T {
        // SAFETY: the caller's promise.
        unsafe { self.0.add(offset as usize).cast() }
    }

    pub fn address(self) -> usize {
        self.0 as usize
    }

    /// The word left by [`Self::set_owner`], if this is the block it was left in.
    pub fn owner(self) -> usize {
        // SAFETY: the first words are the same in every instance.
        unsafe {
            if *self.at::<usize>(offset::SELF) == self.address() {
                *self.at::<usize>(offset::OWNER)
            } else {
                0
            }
        }
    }

    pub fn set_owner(self, owner: usize) {
        // SAFETY: as in `owner`.
        unsafe {
            *self.at::<usize>(offset::SELF) = self.address();
            *self.at::<usize>(offset::OWNER) = owner;
        }
    }

    /// Where `$mfactor` stands; `set` marks it as given.
    pub fn multiplicity(self, set: bool) -> *mut f64 {
        // SAFETY: as in `owner`.
        unsafe {
            if set {
                *self.at::<u64>(offset::GIVEN) |= 1;
            }
            self.at(offset::MULTIPLICITY)
        }
    }

    pub fn is_multiplicity_given(self) -> bool {
        // SAFETY: as in `owner`.
        unsafe { *self.at::<u64>(offset::GIVEN) & 1 != 0 }
    }

    /// Where a read-out stands.
    pub fn read_out(self, index: usize) -> *mut f64 {
        assert!(index < MOST_READ_OUTS);
        // SAFETY: inside the block, as just checked.
        unsafe { self.at::<f64>(offset::READ_OUTS).add(index) }
    }

    /// # Safety
    /// `layout` is that of the block's model.
    pub unsafe fn tables(self, layout: &Layout) -> Tables {
        let layout = *layout;
        // SAFETY: the caller's promise.
        unsafe {
            Tables {
                resistive_residuals: self.at(layout.resistive_residuals),
                reactive_residuals: self.at(layout.reactive_residuals),
                resistive_pointers: self.at(layout.resistive_pointers),
                reactive_pointers: self.at(layout.reactive_pointers),
                node_numbers: self.at(layout.node_numbers),
                merges: self.at(layout.merges),
                layout,
            }
        }
    }
}

/// What host and instance share, with bounds checked.
pub struct Tables {
    resistive_residuals: *mut f64,
    reactive_residuals: *mut f64,
    resistive_pointers: *mut *mut f64,
    reactive_pointers: *mut *mut f64,
    node_numbers: *mut u32,
    merges: *mut u8,
    layout: Layout,
}

impl Tables {
    /// Number that the host gave a node; ground is 0 or, before the host has numbered, `NONE`.
    #[inline]
    pub fn node_number(&self, node: u32) -> usize {
        assert!(node < self.layout.nodes);
        // SAFETY: inside the table, as just checked.
        match unsafe { *self.node_numbers.add(node as usize) } {
            NONE => 0,
            number => number as usize,
        }
    }

    #[inline]
    pub fn set_residuals(&self, node: u32, resistive: f64, reactive: f64) {
        assert!(node < self.layout.nodes);
        // SAFETY: inside the tables, as just checked.
        unsafe {
            *self.resistive_residuals.add(node as usize) = resistive;
            *self.reactive_residuals.add(node as usize) = reactive;
        }
    }

    #[inline]
    pub fn residuals(&self, node: u32) -> (f64, f64) {
        assert!(node < self.layout.nodes);
        // SAFETY: inside the tables, as just checked.
        unsafe {
            (
                *self.resistive_residuals.add(node as usize),
                *self.reactive_residuals.add(node as usize),
            )
        }
    }

    /// Clears both residuals of every node.
    pub fn clear_residuals(&self) {
        for node in 0..self.layout.nodes {
            self.set_residuals(node, 0.0, 0.0);
        }
    }

    /// Adds to a matrix entry, `offset` words behind the host's pointer.
    ///
    /// # Safety
    /// The host has bound its matrix, and its entries are `offset` and more words long.
    #[inline]
    pub unsafe fn add_resistive(&self, entry: u32, offset: usize, value: f64) {
        assert!(entry < self.layout.entries);
        // SAFETY: inside the table, as just checked; then the caller's promise.
        unsafe {
            let at = *self.resistive_pointers.add(entry as usize);
            if !at.is_null() {
                *at.add(offset) += value;
            }
        }
    }

    /// The same for a reactive entry.
    ///
    /// # Safety
    /// As for [`Self::add_resistive`].
    #[inline]
    pub unsafe fn add_reactive(&self, entry: u32, offset: usize, value: f64) {
        assert!(entry < self.layout.reactive_entries);
        // SAFETY: inside the table, as just checked; then the caller's promise.
        unsafe {
            let at = *self.reactive_pointers.add(entry as usize);
            if !at.is_null() {
                *at.add(offset) += value;
            }
        }
    }

    /// Merge flags as they are.
    pub fn merges(&self) -> Vec<bool> {
        (0..self.layout.merge_count as usize)
            // SAFETY: inside the table.
            .map(|i| unsafe { *self.merges.add(i) } != 0)
            .collect()
    }

    pub fn set_merges(&self, flags: &[bool]) {
        assert!(flags.len() == self.layout.merge_count as usize);
        for (i, flag) in flags.iter().enumerate() {
            // SAFETY: inside the table, as just checked.
            unsafe { *self.merges.add(i) = u8::from(*flag) }
        }
    }
}
