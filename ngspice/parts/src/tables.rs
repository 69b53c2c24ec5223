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

/// `base` and what follows it.
pub const fn join<const N: usize>(base: &[Parameter], more: &[Parameter]) -> [Parameter; N] {
    let mut all = [more[0]; N];
    let mut i = 0;
    while i < N {
        all[i] = if i < base.len() {
            base[i]
        } else {
            more[i - base.len()]
        };
        i += 1;
    }
    all
}

/// What temperature, age and limits are to electrodes and cells.
const DEVICE: &[Parameter] = &[
    real(
        c"temperature",
        c"temperature of the surroundings in place of the circuit's, K",
    ),
    real(c"dtemp", c"difference to the circuit's temperature, K"),
    real(c"tref", c"temperature at which the values hold, K"),
    real(
        c"rea",
        c"activation energy of pores and open electrolyte, J/mol",
    ),
    real(c"rtc1", c"their linear temperature coefficient, 1/K"),
    real(c"rtc2", c"their quadratic temperature coefficient, 1/K^2"),
    real(c"esrea", c"activation energy of the ESR, J/mol"),
    real(c"esrtc1", c"linear temperature coefficient of the ESR, 1/K"),
    real(
        c"esrtc2",
        c"quadratic temperature coefficient of the ESR, 1/K^2",
    ),
    real(c"cea", c"activation energy of the capacitances, J/mol"),
    real(
        c"ctc1",
        c"linear temperature coefficient of the capacitances, 1/K",
    ),
    real(
        c"ctc2",
        c"quadratic temperature coefficient of the capacitances, 1/K^2",
    ),
    real(
        c"leakea",
        c"activation energy of the leakage resistance, J/mol",
    ),
    real(
        c"leaktc1",
        c"linear temperature coefficient of the leakage resistance, 1/K",
    ),
    real(
        c"leaktc2",
        c"quadratic temperature coefficient of the leakage resistance, 1/K^2",
    ),
    real(
        c"rth",
        c"thermal resistance of one cell to its surroundings, K/W; 1e30 is infinite",
    ),
    real(c"cth", c"heat capacity of one cell, J/K"),
    real(c"age", c"time in use, h"),
    real(c"agetemperature", c"temperature in use, K"),
    real(c"agevoltage", c"voltage of one cell in use, V"),
    real(c"life", c"time to the end of life, h"),
    real(c"lifetemperature", c"temperature that life is stated at, K"),
    real(c"lifevoltage", c"voltage that life is stated at, V"),
    real(
        c"cend",
        c"capacitance at the end of life, of the new part's",
    ),
    real(c"rend", c"resistance at the end of life, of the new part's"),
    real(c"tdouble", c"temperature rise that ages twice as fast, K"),
    real(c"vdouble", c"voltage rise that ages twice as fast, V"),
    real(c"exponent", c"power of used life with which values change"),
    real(c"vmax", c"highest voltage of one cell, V"),
    real(c"vmin", c"lowest voltage of one cell, V"),
    real(c"imax", c"largest current of one string at area = 1, A"),
    real(c"tmax", c"highest temperature, K"),
    real(c"warn", c"1 tells when a limit is passed, 0 does not"),
];

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
pub const ELECTRODE: &[Parameter] =
    &join::<{ ELECTRODE_ALONE.len() + DEVICE.len() }>(ELECTRODE_ALONE, DEVICE);

const ELECTRODE_ALONE: &[Parameter] = &[
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
    real(
        c"icfrom",
        c"voltage of the equilibrium before the ramp to ic, V",
    ),
    real(c"icrate", c"rate of the ramp to ic, V/s; 0: at rest at ic"),
    real(c"icrest", c"time left open after the ramp, s"),
];

/// A whole cell.
pub const CELL: &[Parameter] = &join::<{ CELL_ALONE.len() + DEVICE.len() }>(CELL_ALONE, DEVICE);

const CELL_ALONE: &[Parameter] = &[
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
    real(
        c"icfrom",
        c"voltage of the equilibrium before the ramp to ic, V",
    ),
    real(c"icrate", c"rate of the ramp to ic, V/s; 0: at rest at ic"),
    real(c"icrest", c"time left open after the ramp, s"),
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
    Quantity {
        name: c"soc",
        description: c"charge over that at rest at vmax; 0 without vmax",
    },
    Quantity {
        name: c"temp",
        description: c"temperature, K",
    },
];
