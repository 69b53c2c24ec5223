//! The C interface called as C calls it, from Rust: what each function promises, good and bad.

#![cfg(feature = "capi")]

mod calls;
mod cards;
mod charge_forms;
mod rough_use;
mod steppers;
