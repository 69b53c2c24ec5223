//! Data sheets: from a maker's numbers to a card, and from a card back to the numbers by the procedures that
//! sheets are measured with (constant-current discharge as in IEC 62391-1).

mod card;
mod check;
mod csv_row;
mod procedure;
mod sheet;
#[cfg(feature = "cli")]
mod through_ngspice;

pub use card::{NOT_TOLD, to_card, with_self_heating};
pub use check::{Check, compare};
pub use procedure::{Measured, stand_alone};
pub use sheet::Sheet;
#[cfg(feature = "cli")]
pub use through_ngspice::through_ngspice;
