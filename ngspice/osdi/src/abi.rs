//! The binary interface (OSDI), versions 0.3 and 0.4, in our own words.
//!
//! A host opens the file, reads the exported symbols (`lib.rs`) and finds one [`Descriptor`] per
//! model, back to back. It allocates a zeroed block of memory for every model card and for every
//! instance, of the sizes the descriptor names, and passes the blocks to the functions. What of an
//! instance's block the host itself reads and writes (matrix pointers, node numbers, residuals)
//! stands at offsets that the descriptor names; see `memory.rs`.
//!
//! Version 0.4 is 0.3 with a tail, and its file says how long a descriptor is.

use std::ffi::{c_char, c_void};

/// Version of this file's interface: major, minor.
pub const VERSION: (u32, u32) = if cfg!(feature = "v04") {
    (0, 4)
} else {
    (0, 3)
};

/// Node number that stands for ground; also "there is none" for offsets.
pub const NONE: u32 = u32::MAX;

pub mod parameter {
    //! Flags of a parameter or read-out.
    pub const REAL: u32 = 0;
    pub const TEXT: u32 = 2;
    pub const OF_INSTANCE: u32 = 1 << 30;
    pub const READ_OUT: u32 = 2 << 30;
}

pub mod access {
    //! Flags of an access to a parameter.
    pub const SET: u32 = 1;
    pub const INSTANCE: u32 = 4;
}

pub mod entry {
    //! Flags of a matrix entry.
    pub const RESISTIVE: u32 = 4;
    pub const REACTIVE: u32 = 8;
}

pub mod wanted {
    //! What an evaluation is for.
    pub const RESISTIVE_RESIDUAL: u32 = 1;
    pub const REACTIVE_RESIDUAL: u32 = 2;
    pub const REACTIVE_JACOBIAN: u32 = 8;
    pub const READ_OUTS: u32 = 32;
    pub const NOISE: u32 = 1024;
    pub const DC: u32 = 2048;
    pub const AC: u32 = 4096;
    pub const TRANSIENT: u32 = 8192;
    pub const INITIAL: u32 = 16384;
    pub const STATIC: u32 = 32768;
}

pub mod outcome {
    //! What an evaluation says.
    /// Another iteration is needed.
    pub const LIMITED: u32 = 1;
    /// The run must end.
    pub const FATAL: u32 = 2;
}

/// Level of a message that warns.
pub const LEVEL_WARNING: u32 = 3;

/// Level of a message that reports an error.
pub const LEVEL_ERROR: u32 = 4;

/// Code of a set-up error: a parameter is out of range.
pub const OUT_OF_BOUNDS: u32 = 1;

/// Prints a message; the first argument is the handle that came with the call.
pub type Log = unsafe extern "C" fn(*mut c_void, *const c_char, u32);

#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodePair {
    pub node_1: u32,
    pub node_2: u32,
}

#[repr(C)]
pub struct JacobianEntry {
    /// Equation and unknown.
    pub nodes: NodePair,
    /// Where in the instance the pointer to the reactive entry stands.
    pub reactive_pointer: u32,
    pub flags: u32,
}

#[repr(C)]
pub struct Node {
    pub name: *const c_char,
    pub units: *const c_char,
    pub residual_units: *const c_char,
    /// Offsets in the instance.
    pub resistive_residual: u32,
    pub reactive_residual: u32,
    pub resistive_limit: u32,
    pub reactive_limit: u32,
    pub is_flow: bool,
}

#[repr(C)]
pub struct ParameterInfo {
    /// The name, then its aliases.
    pub names: *const *const c_char,
    pub aliases: u32,
    pub description: *const c_char,
    pub units: *const c_char,
    pub flags: u32,
    /// Length of an array; 0 for a single value.
    pub length: u32,
}

#[repr(C)]
pub struct NoiseSource {
    pub name: *const c_char,
    pub nodes: NodePair,
}

#[repr(C)]
pub struct NatureRef {
    pub kind: u32,
    pub index: u32,
}

#[repr(C)]
pub struct SimulatorParameters {
    pub names: *const *const c_char,
    pub values: *const f64,
    pub text_names: *const *const c_char,
    pub text_values: *const *const c_char,
}

#[repr(C)]
pub struct Request {
    pub parameters: SimulatorParameters,
    pub time: f64,
    /// The host's solution, indexed by node number.
    pub solution: *const f64,
    pub previous_state: *const f64,
    pub next_state: *mut f64,
    pub flags: u32,
}

#[repr(C)]
pub struct SetupError {
    pub code: u32,
    pub parameter: u32,
}

#[repr(C)]
pub struct SetupResult {
    pub flags: u32,
    pub error_count: u32,
    /// From `malloc`; the host frees it.
    pub errors: *mut SetupError,
}

type Block = *mut c_void;
type Load = unsafe extern "C" fn(Block, Block, *mut f64);

#[repr(C)]
pub struct Descriptor {
    pub name: *const c_char,
    pub node_count: u32,
    pub terminal_count: u32,
    pub nodes: *const Node,
    pub entry_count: u32,
    pub entries: *const JacobianEntry,
    pub collapsible_count: u32,
    pub collapsible: *const NodePair,
    pub collapsed_offset: u32,
    pub noise_sources: *const NoiseSource,
    pub noise_count: u32,
    pub parameter_count: u32,
    pub instance_parameter_count: u32,
    pub read_out_count: u32,
    pub parameters: *const ParameterInfo,
    pub node_mapping_offset: u32,
    pub resistive_pointers_offset: u32,
    pub state_count: u32,
    pub state_index_offset: u32,
    pub bound_step_offset: u32,
    pub instance_size: u32,
    pub model_size: u32,
    pub access: unsafe extern "C" fn(Block, Block, u32, u32) -> *mut c_void,
    pub setup_model:
        unsafe extern "C" fn(*mut c_void, Block, *const SimulatorParameters, *mut SetupResult),
    pub setup_instance: unsafe extern "C" fn(
        *mut c_void,
        Block,
        Block,
        f64,
        u32,
        *const SimulatorParameters,
        *mut SetupResult,
    ),
    pub evaluate: unsafe extern "C" fn(*mut c_void, Block, Block, *const Request) -> u32,
    pub load_noise: unsafe extern "C" fn(Block, Block, f64, *mut f64),
    pub load_residual_resistive: Load,
    pub load_residual_reactive: Load,
    pub load_limit_resistive: Load,
    pub load_limit_reactive: Load,
    pub load_rhs_dc: unsafe extern "C" fn(Block, Block, *mut f64, *const f64),
    pub load_rhs_transient: unsafe extern "C" fn(Block, Block, *mut f64, *const f64, f64),
    pub load_jacobian_resistive: unsafe extern "C" fn(Block, Block),
    pub load_jacobian_reactive: unsafe extern "C" fn(Block, Block, f64),
    pub load_jacobian_transient: unsafe extern "C" fn(Block, Block, f64),
    #[cfg(feature = "v04")]
    pub tail: Tail,
}

// SAFETY: tables that nobody writes after they are built.
unsafe impl Send for Descriptor {}
// SAFETY: as above.
unsafe impl Sync for Descriptor {}

/// What version 0.4 adds.
#[cfg(feature = "v04")]
#[repr(C)]
pub struct Tail {
    pub given_in_model: unsafe extern "C" fn(Block, u32) -> u32,
    pub given_in_instance: unsafe extern "C" fn(Block, u32) -> u32,
    pub resistive_entry_count: u32,
    pub reactive_entry_count: u32,
    pub write_jacobian_resistive: Load,
    pub write_jacobian_reactive: Load,
    pub input_count: u32,
    /// Pairs of nodes whose voltages the model depends on.
    pub inputs: *const NodePair,
    pub load_jacobian_resistive_at: unsafe extern "C" fn(Block, Block, usize),
    pub load_jacobian_reactive_at: unsafe extern "C" fn(Block, Block, usize),
    pub unknown_natures: *const NatureRef,
    pub residual_natures: *const NatureRef,
    pub noise_types: *const u32,
    pub load_noise_parameters: unsafe extern "C" fn(Block, Block, *mut f64, *mut f64),
    pub module_flags: u32,
}

// The lengths that hosts expect.
const _: () = assert!(size_of::<Descriptor>() == if cfg!(feature = "v04") { 352 } else { 240 });
