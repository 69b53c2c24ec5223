//! Running circuits in ngspice and reading what it computed.
//!
//! Used by `ncm doctor`, by the demo and by the tests, so that all of them find, isolate and judge
//! ngspice in one way. The kernel knows nothing of it.
//!
//! | module | what it holds |
//! |---|---|
//! | [`ngspice`] | finding the program, one run in a folder of its own |
//! | [`log`] | telling errors and warnings in what ngspice printed |
//! | [`measure`] | values, means, integrals and crossings of waveforms |
//! | [`library_file`] | what a file is that ngspice is to load |
//! | [`start_up`] | our block in a user's `.spiceinit` |
//! | [`rawfile`] | the reader of ngspice's result files |

pub mod library_file;
pub mod log;
pub mod measure;
pub mod ngspice;
pub mod rawfile;
pub mod start_up;

pub use ngspice::{Job, Ngspice, NgspiceError, Run};
pub use rawfile::{Plot, RawFile, RawFileError};
