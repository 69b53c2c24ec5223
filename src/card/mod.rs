//! Parameter cards: a part's numbers as a TOML text a person can read, write and check.
//!
//! `docs/card.md` is the reference. A card is read by [`Card::read`] or [`Card::parse`]; every
//! mistake is reported with file, line, column, parameter, value, allowed range and remedy
//! ([`Problem`]), all of them at once where they are independent. [`Card::to_toml`] writes a card
//! that reads back to the same numbers, bit for bit.

mod error;
pub mod fields;
mod law;
mod overrides;
mod read;
mod reader;
mod tree;
mod write;

use std::collections::BTreeMap;
use std::path::Path;

use crate::cell::CellParams;
use crate::experiment::History;

pub use error::{CardError, Problem};

/// Version of the card format that this library reads and writes.
pub const FORMAT: u64 = 1;

/// A part: its parameters, where they come from and the range they were made for.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// Name of the part: letters, digits, `-`, `_` and `.`, beginning with a letter.
    pub name: String,
    /// What the part is, in a sentence.
    pub description: String,
    /// The parameters of the element.
    pub cell: CellParams,
    /// Voltage between the terminals at the start, volt. Without it experiments start from 0 V and
    /// simulators from the operating point of their circuit.
    pub ic: Option<f64>,
    /// How the part got there; without it, it is at rest at `ic`.
    pub history: Option<History>,
    pub validity: Validity,
    pub provenance: Provenance,
}

/// The range a card was made for. Nothing stops a user from leaving it; the tools say so.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Validity {
    /// Terminal voltage, volt.
    pub v_min: Option<f64>,
    pub v_max: Option<f64>,
    /// Voltage change, volt per second.
    pub rate_min: Option<f64>,
    pub rate_max: Option<f64>,
    /// Temperature, kelvin.
    pub temperature_min: Option<f64>,
    pub temperature_max: Option<f64>,
}

/// Where the numbers of a card come from. Texts; empty where nothing is stated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Provenance {
    pub source: String,
    pub doi: String,
    pub url: String,
    pub date: String,
    pub method: String,
    pub notes: String,
    /// Source of single parameters, by their key (`r_c`) or key with table (`positive.r_c`).
    pub parameters: BTreeMap<String, String>,
}

impl Card {
    /// A card of these parameters with nothing said about origin or range.
    pub fn new(name: impl Into<String>, cell: CellParams) -> Self {
        Self {
            name: name.into(),
            description: String::new(),
            cell,
            ic: None,
            history: None,
            validity: Validity::default(),
            provenance: Provenance::default(),
        }
    }

    /// Reads a card from a file and applies `overrides`, each `key=value` with a key such as
    /// `electrode.gamma`, or `gamma` for short.
    ///
    /// # Errors
    /// [`CardError::Unreadable`] if there is no such text, [`CardError::Unusable`] with every
    /// mistake found otherwise.
    pub fn read(path: &Path, overrides: &[String]) -> Result<Card, CardError> {
        let text = std::fs::read_to_string(path).map_err(|cause| CardError::Unreadable {
            path: path.into(),
            cause,
        })?;
        Self::parse_with(&text, &path.display().to_string(), overrides)
    }

    /// Reads a card from a text; `source` is its name in errors.
    ///
    /// # Errors
    /// [`CardError::Unusable`] with every mistake found.
    pub fn parse(text: &str, source: &str) -> Result<Card, CardError> {
        Self::parse_with(text, source, &[])
    }

    /// [`Card::parse`] with overrides as in [`Card::read`].
    ///
    /// # Errors
    /// [`CardError::Unusable`] with every mistake found.
    pub fn parse_with(text: &str, source: &str, overrides: &[String]) -> Result<Card, CardError> {
        read::card(text, source, overrides)
    }

    /// The card as TOML, with units in comments. Numbers are written so that they read back
    /// unchanged.
    pub fn to_toml(&self) -> String {
        write::card(self)
    }
}
