//! From a simulation of the ions (mPNP) to the circuit: resistance law, capacitances, entry and open
//! electrolyte of a membrane, and its card.
//!
//! | module | what it holds |
//! |---|---|
//! | [`run`] | a run made ready: from its directory or from memory |
//! | [`equilibrium`] | charges at rest against potential, and back |
//! | `rise` | how the capacitance rises with voltage |
//! | [`law_fit`] | the resistance laws fitted to all slits at once, with intervals |
//! | [`membrane`] | the whole identification and the circuit it gives |
//! | [`response`] | the circuit under the run's own drive, beside the run |
//! | [`between`] | membranes of other slit widths, by interpolation |
//! | [`card`], [`report`], [`picture`] | the outcome as a card, for people and programs, as a picture |
//!
//! The circuit's state of a slit is its charge Q. Its overpotential u is the potential of the metal that holds this
//! charge at rest, u = Q_eq^-1(Q): then the circuit stores the right charge whether or not the double layers
//! overlap, and what drives a current between two slits is the difference of u, which vanishes where nothing flows.
//! `docs/pipeline.md` explains and has what was measured.
//!
//! ```no_run
//! use ncm::identify::mpnp::{Capacitance, Membrane, MembraneLaw, RunData};
//!
//! let run = RunData::read("run".as_ref())?;
//! let membrane = Membrane::identify(&[run])?;
//! let cell = membrane.half_cell(MembraneLaw::Linear, Capacitance::Constant, membrane.slits);
//! # Ok::<(), ncm::identify::mpnp::MembraneError>(())
//! ```

pub mod between;
pub mod card;
mod curve;
pub mod equilibrium;
mod error;
pub mod law_fit;
pub mod membrane;
#[cfg(feature = "plot")]
pub mod picture;
pub mod report;
pub mod response;
mod rise;
pub mod run;

pub use error::MembraneError;
pub use membrane::{Capacitance, Membrane, MembraneLaw};
pub use rise::Rise;
pub use run::RunData;
