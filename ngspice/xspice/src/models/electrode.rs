//! `ncm_electrode`: a half cell.
//!
//! ```text
//! A1 %gd(e s) null nm            e electrode, s bulk electrolyte
//! A1 %gd(e s) [o1 o2 o3] nm      o1 ... show the slits, mouth first
//! ```

use super::storage::{OBSERVED, Part, READOUTS, Storage, connections};
use crate::instance::{ask, function, prepare};
use crate::tables::{Card, Connection};
use ncm::cell::CellParams;
use ncm::parameter::ParameterError;
use ncm_parts::tables::{self, append};
use ncm_parts::{Given, Parameter};

/// One electrode against the bulk electrolyte.
pub struct Half;

const CONNECTIONS: &[Connection] = &connections(c"electrode and bulk electrolyte");

const PARAMETERS: &[Parameter] =
    &append::<_, { tables::ELECTRODE.len() + 1 }>(tables::ELECTRODE, OBSERVED);

impl Part for Half {
    fn card() -> &'static Card {
        static CARD: Card = Card {
            name: c"ncm_electrode",
            description: c"nanoporous electrode: a ladder of nanoslits",
            connections: CONNECTIONS,
            parameters: PARAMETERS,
            readouts: READOUTS,
            function: function::<Storage<Half>>,
            ask: ask::<Storage<Half>>,
            prepare: prepare::<Storage<Half>>,
        };
        &CARD
    }

    fn params(given: &Given) -> Result<CellParams, ParameterError> {
        given.half_cell()
    }
}
