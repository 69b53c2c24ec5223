//! `ncm_cell`: a whole supercapacitor.
//!
//! ```text
//! A1 %gd(p n) null nm            positive and negative terminal
//! A1 %gd(p n) [o1 o2 o3] nm      o1 ... show the slits, mouth first, the positive electrode's first
//! ```

use super::storage::{OBSERVED, Part, READOUTS, Storage, connections};
use crate::instance::{ask, function, prepare};
use crate::tables::{Card, Connection};
use ncm::cell::CellParams;
use ncm::parameter::ParameterError;
use ncm_parts::tables::{self, append};
use ncm_parts::{Given, Parameter};

/// Two electrodes over the open electrolyte.
pub struct Whole;

const CONNECTIONS: &[Connection] = &connections(c"positive and negative terminal");

const PARAMETERS: &[Parameter] = &append::<_, { tables::CELL.len() + 1 }>(tables::CELL, OBSERVED);

impl Part for Whole {
    fn card() -> &'static Card {
        static CARD: Card = Card {
            name: c"ncm_cell",
            description: c"supercapacitor: two nanoporous electrodes",
            connections: CONNECTIONS,
            parameters: PARAMETERS,
            readouts: READOUTS,
            function: function::<Storage<Whole>>,
            ask: ask::<Storage<Whole>>,
            prepare: prepare::<Storage<Whole>>,
        };
        &CARD
    }

    fn params(given: &Given) -> Result<CellParams, ParameterError> {
        given.whole_cell()
    }
}
