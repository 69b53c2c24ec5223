//! Names and descriptions of parameters and read-outs.

use std::ffi::CStr;

/// Type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Real,
    Text,
}

/// One parameter of a `.model` line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    pub name: &'static CStr,
    pub description: &'static CStr,
    pub kind: Kind,
}

/// A number that can be saved and printed as `@instance[name]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantity {
    pub name: &'static CStr,
    pub description: &'static CStr,
}

/// A numeric parameter.
pub const fn real(name: &'static CStr, description: &'static CStr) -> Parameter {
    Parameter {
        name,
        description,
        kind: Kind::Real,
    }
}

/// A text parameter.
pub const fn text(name: &'static CStr, description: &'static CStr) -> Parameter {
    Parameter {
        name,
        description,
        kind: Kind::Text,
    }
}

/// `base` and one more, which only one door has.
pub const fn append<T: Copy, const N: usize>(base: &[T], last: T) -> [T; N] {
    let mut all = [last; N];
    let mut i = 0;
    while i < base.len() {
        all[i] = base[i];
        i += 1;
    }
    all
}

/// One slit of a hand-built network.
pub const SLIT: &[Parameter] = &[
    real(c"rc", c"resistance of the empty slit, ohm"),
    real(c"gamma", c"relative fall of the resistance at qmax"),
    real(c"qmax", c"charge scale of the slit, C"),
    real(c"cslit", c"capacitance of the slit, F"),
    real(
        c"crise",
        c"relative rise of the capacitance far above urise",
    ),
    real(c"urise", c"voltage on whose scale the capacitance rises, V"),
    text(c"law", c"linear, sqrt, signed, or a formula r:... or g:..."),
    real(c"rmin", c"lowest resistance, ohm"),
    real(c"area", c"scale of the whole part"),
    real(c"ic", c"initial voltage of the store, V"),
];

/// The charge-dependent resistance alone.
pub const RESISTOR: &[Parameter] = &[
    real(c"rc", c"resistance of the empty slit, ohm"),
    real(c"gamma", c"relative fall of the resistance at qmax"),
    real(c"qmax", c"charge scale of the slit, C"),
    real(c"cslit", c"charge per volt of the charge connection, F"),
    text(c"law", c"linear, sqrt, signed, or a formula r:... or g:..."),
    real(c"rmin", c"lowest resistance, ohm"),
    real(c"area", c"scale of the whole part"),
    real(c"ic", c"initial voltage, V"),
];

/// One electrode against the bulk electrolyte.
pub const ELECTRODE: &[Parameter] = &[
    real(c"rc", c"resistance from one empty slit to the next, ohm"),
    real(c"gamma", c"relative fall of the resistance at qmax"),
    real(c"qmax", c"charge scale of one slit, C"),
    real(c"cslit", c"capacitance of one slit, F"),
    real(
        c"crise",
        c"relative rise of the capacitances far above urise",
    ),
    real(
        c"urise",
        c"voltage of a slit on whose scale the capacitance rises, V",
    ),
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
];

/// A whole cell.
pub const CELL: &[Parameter] = &[
    real(c"rc", c"resistance from one empty slit to the next, ohm"),
    real(c"gamma", c"relative fall of the resistance at qmax"),
    real(c"qmax", c"charge scale of one slit, C"),
    real(c"cslit", c"capacitance of one slit, F"),
    real(
        c"crise",
        c"relative rise of the capacitances far above urise",
    ),
    real(
        c"urise",
        c"voltage of a slit on whose scale the capacitance rises, V",
    ),
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
    real(
        c"criseneg",
        c"negative electrode: relative rise of the capacitances far above urise",
    ),
    real(
        c"uriseneg",
        c"negative electrode: voltage of a slit on whose scale the capacitance rises, V",
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

/// Read-outs of a slit.
pub const SLIT_QUANTITIES: &[Quantity] = &[
    Quantity {
        name: c"charge",
        description: c"net charge, C",
    },
    Quantity {
        name: c"reff",
        description: c"resistance, ohm",
    },
    Quantity {
        name: c"energy",
        description: c"stored energy, J",
    },
    Quantity {
        name: c"fill",
        description: c"charge over qmax",
    },
];

/// Read-outs of electrodes and cells.
pub const STORAGE_QUANTITIES: &[Quantity] = &[
    Quantity {
        name: c"charge",
        description: c"net charge of the positive electrode, C",
    },
    Quantity {
        name: c"reff",
        description: c"series resistance in slow charging, ohm",
    },
    Quantity {
        name: c"energy",
        description: c"stored energy, J",
    },
    Quantity {
        name: c"fill",
        description: c"charge over qmax, all slits",
    },
    Quantity {
        name: c"power",
        description: c"power turned into heat, W",
    },
];
