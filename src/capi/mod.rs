//! The C ABI: `include/ncm.h`, documented in `docs/abi.md`.
//!
//! A door: it checks, translates and calls the kernel, and adds no physics. One file per family of
//! functions; beneath them what all share:
//!
//! | file | what it holds |
//! |---|---|
//! | [`version`] | version of library and ABI, and the check that they fit the caller's header |
//! | [`error`] | result codes, the calling thread's last error |
//! | [`panic`] | the boundary that every function runs in |
//! | [`handle`] | what a handle is and who owns what is behind it |
//! | `memory` | the caller's pointers: checked, read, written |
//! | [`params`] | plain structs of parameters, which carry their size |
//! | [`card`] | cards from TOML and from structs |
//! | [`law`] | the charge-dependent resistor alone |
//! | [`charge_form`] | f, q, G, C for simulators that integrate themselves |
//! | [`stepper`] | trial steps for simulators that do not |
//! | [`ac`] | small-signal admittance |
//! | [`state`] | read-outs, save and restore |
//!
//! Names here are the C names, so that one word finds both sides.

//!
//! # Safety
//! Handles are numbers and safe to pass, live or not. A function is `unsafe` where it follows other
//! pointers: those must be NULL or point to what its documentation says, for the length that is
//! passed beside them.

// The documentation goes into the C header, where a Rust "# Safety" section on each function would
// only repeat the rule above.
#![allow(clippy::missing_safety_doc)]
#![allow(non_camel_case_types, non_snake_case)]

pub mod ac;
pub mod card;
pub mod charge_form;
pub mod error;
pub mod handle;
pub mod law;
mod memory;
pub mod panic;
pub mod params;
pub mod state;
pub mod stepper;
pub mod thermal;
pub mod version;
