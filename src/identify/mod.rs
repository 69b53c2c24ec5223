//! From measurement to card: fits of the circuit models to measured CV, GCD, rest and EIS.
//!
//! | module | what it holds |
//! |---|---|
//! | [`record`] | a measurement made ready: samples, drive, weights |
//! | [`model`], [`parameters`] | the rivals, and what each has to be fitted |
//! | [`forward`] | what a model says should have been measured (the kernel's own simulation) |
//! | [`fit`] | least squares from several starts, intervals, what is not identifiable, BIC |
//! | [`card`] | the card of a fit |
//! | [`mpnp`] | from a simulation of the ions to a card |
//! | [`report`], [`picture`] | the outcome for people and programs |
//!
//! `docs/identify.md` explains the method and what came out on public measurements.

pub mod card;
mod constant_phase;
mod drive;
pub mod fit;
pub mod forward;
mod judge;
mod least_squares;
pub mod model;
pub mod mpnp;
pub mod parameters;
#[cfg(feature = "plot")]
pub mod picture;
mod problem;
pub mod record;
pub mod report;
mod statistics;
mod zubieta;

pub use card::to_card;
pub use fit::{Estimate, ModelFit, Outcome, Request, Verdict, identify};
pub use model::Model;
pub use parameters::Part;
pub use record::{Kind, Record, Samples};
