//! `ncm_electrode`: a half cell.
//!
//! ```text
//! A1 %gd(e s) null nm            e electrode, s bulk electrolyte
//! A1 %gd(e s) [o1 o2 o3] nm      o1 ... show the slits, mouth first
//! ```

use super::storage::{Part, READOUTS, Storage, connections};
use crate::instance::{ask, function, prepare};
use crate::params::{Given, real, text};
use crate::tables::{Card, Connection, Parameter};
use ncm::cell::CellParams;
use ncm::parameter::ParameterError;

/// One electrode against the bulk electrolyte.
pub struct Half;

const CONNECTIONS: &[Connection] = &connections(c"electrode and bulk electrolyte");

const PARAMETERS: &[Parameter] = &[
    real(c"rc", c"resistance from one empty slit to the next, ohm"),
    real(c"gamma", c"relative fall of the resistance at qmax"),
    real(c"qmax", c"charge scale of one slit, C"),
    real(c"cslit", c"capacitance of one slit, F"),
    real(c"slits", c"number of slits"),
    real(
        c"sections",
        c"number of sections they are lumped into; 0 chooses",
    ),
    real(c"ropen", c"resistance of the open electrolyte, ohm"),
    real(c"copen", c"capacitance of the outer face, F"),
    real(c"entry", c"path to the first slit, in units of R"),
    text(c"law", c"linear, sqrt, signed, or a formula r:... or g:..."),
    real(c"rmin", c"lowest resistance of one slit, ohm"),
    real(c"esr", c"series resistance, ohm"),
    real(c"rleak", c"leakage resistance, ohm"),
    real(c"area", c"scale of the whole part"),
    real(c"ic", c"initial voltage, V"),
    text(c"obs", c"what the obs ports show: voltage or charge"),
];

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
        let params = CellParams {
            esr: given.real_or("esr", 0.0),
            r_leak: given.real_or("rleak", f64::INFINITY),
            area: given.real_or("area", 1.0),
            ..CellParams::half(given.electrode("", None)?)
        };
        params.validate()?;
        Ok(params)
    }
}
