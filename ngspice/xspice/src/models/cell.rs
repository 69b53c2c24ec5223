//! `ncm_cell`: a whole supercapacitor.
//!
//! ```text
//! A1 %gd(p n) null nm            positive and negative terminal
//! A1 %gd(p n) [o1 o2 o3] nm      o1 ... show the slits, mouth first, the positive electrode's first
//! ```

use super::storage::{Part, READOUTS, Storage, connections};
use crate::instance::{ask, function, prepare};
use crate::params::{Given, real, text};
use crate::tables::{Card, Connection, Parameter};
use ncm::cell::CellParams;
use ncm::parameter::ParameterError;

/// Two electrodes over the open electrolyte.
pub struct Whole;

const CONNECTIONS: &[Connection] = &connections(c"positive and negative terminal");

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
    real(c"series", c"cells in series in one string"),
    real(c"parallel", c"strings in parallel"),
    real(c"ic", c"initial voltage, V"),
    text(c"obs", c"what the obs ports show: voltage or charge"),
    // The negative electrode, where it differs from the positive one.
    real(
        c"rcneg",
        c"negative electrode: resistance from one empty slit to the next, ohm",
    ),
    real(
        c"gammaneg",
        c"negative electrode: relative fall of the resistance at qmax",
    ),
    real(
        c"qmaxneg",
        c"negative electrode: charge scale of one slit, C",
    ),
    real(
        c"cslitneg",
        c"negative electrode: capacitance of one slit, F",
    ),
    real(c"slitsneg", c"negative electrode: number of slits"),
    real(
        c"sectionsneg",
        c"negative electrode: number of sections they are lumped into; 0 chooses",
    ),
    real(
        c"ropenneg",
        c"negative electrode: resistance of the open electrolyte, ohm",
    ),
    real(
        c"copenneg",
        c"negative electrode: capacitance of the outer face, F",
    ),
    real(
        c"entryneg",
        c"negative electrode: path to the first slit, in units of R",
    ),
    text(
        c"lawneg",
        c"negative electrode: linear, sqrt, signed, or a formula r:... or g:...",
    ),
    real(
        c"rminneg",
        c"negative electrode: lowest resistance of one slit, ohm",
    ),
];

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
        let positive = given.electrode("", None)?;
        let negative = given.electrode("neg", Some(&positive))?;
        let params = CellParams {
            positive,
            negative: Some(negative),
            esr: given.real_or("esr", 0.0),
            r_leak: given.real_or("rleak", f64::INFINITY),
            area: given.real_or("area", 1.0),
            series: given.count("series")?,
            parallel: given.count("parallel")?,
        };
        params.validate()?;
        Ok(params)
    }
}
