//! The parts as netlists name them, for every door that simulators load: which parameters and
//! read-outs a part has, and the kernel's parameters from what a netlist gave.
//!
//! | file | subject |
//! |---|---|
//! | [`given`] | parameters as given, checked and explained |
//! | [`tables`] | names and descriptions |

pub mod given;
pub mod tables;

pub use given::{Given, SlitParams, Value};
pub use tables::{Kind, Parameter, Quantity};
