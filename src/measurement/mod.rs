//! Measured files: from what instruments write to columns in SI units.
//!
//! | file | read by |
//! |---|---|
//! | CSV and other text with columns, NOVA/Autolab exports included | [`delimited`] |
//! | BioLogic EC-Lab `.mpt` | [`biologic`] |
//! | Gamry `.DTA` | [`gamry`] |
//!
//! [`Table::read`] tells them apart by their content; [`Series::from_table`] and
//! [`Spectrum::from_table`] find the columns they need by the headings (or as told by a [`Choice`]),
//! turn them into SI and say in `notes` what they had to mend or leave out. Nothing is guessed that
//! could be wrong by a factor: a column without unit is an error.

pub mod biologic;
mod choice;
pub mod delimited;
mod error;
pub mod gamry;
pub mod headings;
mod series;
mod spectrum;
mod table;
mod text;

pub use choice::Choice;
pub use error::MeasurementError;
pub use headings::{Heading, Quantity};
pub use series::Series;
pub use spectrum::Spectrum;
pub use table::{Format, Table};
