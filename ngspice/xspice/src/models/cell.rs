//! `ncm_cell`: a whole supercapacitor; `ncm_warm_cell`: the same as part of a thermal network.
//!
//! ```text
//! A1 %gd(p n) null nm            positive and negative terminal
//! A1 %gd(p n) [o1 o2 o3] nm      o1 ... show the slits, mouth first, the positive electrode's first
//! A1 %gd(p n) null %gd(tj ta) nm  (ncm_warm_cell) tj against ta: temperature of the surroundings above the circuit's
//! ```

use super::storage::{OBSERVED, Part, READOUTS, Storage, THERMAL_CONNECTION, connections};
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

/// The same in surroundings whose temperature is a node.
pub struct Warm;

const WARM_CONNECTIONS: &[Connection] =
    &append::<_, { CONNECTIONS.len() + 1 }>(CONNECTIONS, THERMAL_CONNECTION);

impl Part for Warm {
    const WARM: bool = true;

    fn card() -> &'static Card {
        static CARD: Card = Card {
            name: c"ncm_warm_cell",
            description: c"supercapacitor with a thermal port",
            connections: WARM_CONNECTIONS,
            parameters: PARAMETERS,
            readouts: READOUTS,
            function: function::<Storage<Warm>>,
            ask: ask::<Storage<Warm>>,
            prepare: prepare::<Storage<Warm>>,
        };
        &CARD
    }

    fn params(given: &Given) -> Result<CellParams, ParameterError> {
        given.whole_cell()
    }
}
