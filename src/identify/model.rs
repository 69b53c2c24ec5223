//! The rivals: ideal C with ESR, three branches (Zubieta), TLM, NCM with either law, these three with a
//! capacitance that rises as well, and what each has to be fitted.
//!
//! Parameters are those the terminals can see: `c` the capacitance of the whole part (at zero voltage), `esr` what lies
//! outside the pores, `r_pore` the resistance of the empty pores of both electrodes from mouth to depth. Two equal
//! electrodes are assumed: no measurement between two terminals can tell them apart.

use super::zubieta::Zubieta;
use crate::cell::CellParams;
use crate::ladder::ElectrodeParams;
use crate::law::{DEFAULT_R_MIN, LawKind};

/// A rival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    CapacitorEsr,
    Zubieta,
    Tlm,
    NcmLinear,
    NcmSqrt,
    /// The last three with a capacitance that rises with voltage.
    TlmRising,
    NcmLinearRising,
    NcmSqrtRising,
}

impl Model {
    pub const ALL: [Model; 8] = [
        Model::CapacitorEsr,
        Model::Tlm,
        Model::NcmLinear,
        Model::NcmSqrt,
        Model::TlmRising,
        Model::NcmLinearRising,
        Model::NcmSqrtRising,
        Model::Zubieta,
    ];

    /// Whether its resistance depends on charge.
    pub fn has_gamma(self) -> bool {
        !matches!(
            self,
            Self::CapacitorEsr | Self::Zubieta | Self::Tlm | Self::TlmRising
        )
    }

    /// Whether the capacitance of its slits depends on voltage.
    pub fn rises(self) -> bool {
        matches!(
            self,
            Self::TlmRising | Self::NcmLinearRising | Self::NcmSqrtRising
        )
    }

    /// As `--model` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::CapacitorEsr => "c-esr",
            Self::Zubieta => "zubieta",
            Self::Tlm => "tlm",
            Self::NcmLinear => "ncm-linear",
            Self::NcmSqrt => "ncm-sqrt",
            Self::TlmRising => "tlm-rising",
            Self::NcmLinearRising => "ncm-linear-rising",
            Self::NcmSqrtRising => "ncm-sqrt-rising",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.name() == name)
    }

    /// In a table.
    pub fn title(self) -> &'static str {
        match self {
            Self::CapacitorEsr => "ideal C + ESR",
            Self::Zubieta => "three branches (Zubieta)",
            Self::Tlm => "TLM (gamma = 0)",
            Self::NcmLinear => "NCM, linear law",
            Self::NcmSqrt => "NCM, sqrt law",
            Self::TlmRising => "TLM, rising C",
            Self::NcmLinearRising => "NCM, linear law, rising C",
            Self::NcmSqrtRising => "NCM, sqrt law, rising C",
        }
    }

    /// Whether a card can hold it.
    pub fn fits_card(self) -> bool {
        self != Self::Zubieta
    }
}

/// How large things are about; start values and bounds follow from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// Farad.
    pub c: f64,
    /// Ohm.
    pub r: f64,
    /// Voltage that `q_max` stands for, volt.
    pub v_ref: f64,
    /// Slits per electrode of a card.
    pub slits: u64,
    /// Whether leakage is fitted.
    pub leaks: bool,
    /// Whether no record carries a current worth the name: then `esr` is bounded to a second of discharge
    /// (`r` is one), lest it take over part of the leak.
    pub resting: bool,
}

/// One fitted parameter. `low`, `high` and `starts` are in its own unit, not logarithms.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    pub name: String,
    pub unit: &'static str,
    pub low: f64,
    pub high: f64,
    /// Fitted as its logarithm.
    pub positive: bool,
    /// Start values, of which every fit tries several.
    pub starts: Vec<f64>,
}

impl Parameter {
    pub(super) fn positive(
        name: &str,
        unit: &'static str,
        about: f64,
        down: f64,
        up: f64,
        starts: &[f64],
    ) -> Self {
        Self {
            name: name.into(),
            unit,
            low: about * down,
            high: about * up,
            positive: true,
            starts: starts.iter().map(|s| s * about).collect(),
        }
    }

    /// From the parameter's value to what is searched in.
    pub fn inward(&self, value: f64) -> f64 {
        if self.positive { value.ln() } else { value }
    }

    /// And back.
    pub fn outward(&self, x: f64) -> f64 {
        if self.positive { x.exp() } else { x }
    }
}

/// A model with values, ready to be run.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    Cell(Box<CellParams>),
    Zubieta(Zubieta),
}

impl Model {
    /// What is fitted, in the order in which [`Model::part`] takes values.
    pub fn parameters(self, s: &Scale) -> Vec<Parameter> {
        let mut list = Vec::new();
        let esr_most = if s.resting { 1.0 } else { 1e3 };
        match self {
            Self::CapacitorEsr => {
                list.push(Parameter::positive("c", "F", s.c, 0.05, 20.0, &[1.0]));
                list.push(Parameter::positive(
                    "esr",
                    "ohm",
                    s.r,
                    1e-4,
                    esr_most,
                    &[1.0, 0.1],
                ));
            }
            Self::Tlm
            | Self::NcmLinear
            | Self::NcmSqrt
            | Self::TlmRising
            | Self::NcmLinearRising
            | Self::NcmSqrtRising => {
                list.push(Parameter::positive("c", "F", s.c, 0.05, 20.0, &[1.0]));
                list.push(Parameter::positive(
                    "esr",
                    "ohm",
                    s.r,
                    1e-4,
                    esr_most,
                    &[0.7, 0.2],
                ));
                list.push(Parameter::positive(
                    "r_pore",
                    "ohm",
                    s.r,
                    1e-3,
                    1e4,
                    &[1.0, 5.0],
                ));
                if self.has_gamma() {
                    list.push(Parameter {
                        name: "gamma".into(),
                        unit: "1",
                        low: -4.0,
                        high: 0.98,
                        positive: false,
                        starts: vec![0.3, -0.5],
                    });
                }
                if self.rises() {
                    list.push(Parameter {
                        name: "c_rise".into(),
                        unit: "1",
                        low: -0.5,
                        high: 5.0,
                        positive: false,
                        starts: vec![0.4],
                    });
                    list.push(Parameter::positive(
                        "u_rise",
                        "V",
                        0.5 * s.v_ref,
                        0.05,
                        5.0,
                        &[0.5],
                    ));
                }
            }
            Self::Zubieta => {
                list.push(Parameter::positive("r_i", "ohm", s.r, 1e-4, 1e3, &[1.0]));
                list.push(Parameter::positive("c_i0", "F", s.c, 0.02, 10.0, &[0.8]));
                list.push(Parameter {
                    name: "c_i1".into(),
                    unit: "F/V",
                    low: -s.c / s.v_ref,
                    high: 3.0 * s.c / s.v_ref,
                    positive: false,
                    starts: vec![0.05 * s.c / s.v_ref],
                });
                list.push(Parameter::positive(
                    "r_d",
                    "ohm",
                    s.r,
                    1e-1,
                    1e5,
                    &[20.0, 300.0],
                ));
                list.push(Parameter::positive("c_d", "F", s.c, 1e-4, 3.0, &[0.1]));
                list.push(Parameter::positive("r_l", "ohm", s.r, 1.0, 1e6, &[3000.0]));
                list.push(Parameter::positive("c_l", "F", s.c, 1e-4, 3.0, &[0.1]));
            }
        }
        if s.leaks {
            list.push(Parameter::positive(
                "r_leak",
                "ohm",
                s.r,
                1.0,
                1e9,
                &[1e3, 1e5],
            ));
        }
        list
    }

    /// The model with these values.
    pub fn part(self, s: &Scale, x: &[f64]) -> Part {
        let r_leak = if s.leaks {
            x[x.len() - 1]
        } else {
            f64::INFINITY
        };
        let electrode = |r_slit: f64, c: f64, slits: u64| {
            // Two electrodes in series: each holds twice the part's capacitance.
            ElectrodeParams {
                sections: slits.min(SECTIONS),
                ..ElectrodeParams::new(r_slit, 2.0 * c / slits as f64, slits)
            }
        };
        let mut cell = match self {
            Self::Zubieta => {
                return Part::Zubieta(Zubieta {
                    r: [x[0], x[3], x[5]],
                    c: [x[1], x[4], x[6]],
                    c_rise: x[2],
                    r_leak,
                });
            }
            // One slit whose own resistance is a thousandth of what lies before it.
            Self::CapacitorEsr => {
                let mut cell = CellParams::symmetric(electrode(1e-3 * x[1], x[0], 1));
                cell.esr = 0.999 * x[1];
                cell
            }
            Self::Tlm
            | Self::NcmLinear
            | Self::NcmSqrt
            | Self::TlmRising
            | Self::NcmLinearRising
            | Self::NcmSqrtRising => {
                let r_c = x[2] / (2.0 * s.slits as f64);
                let mut e = electrode(r_c, x[0], s.slits);
                e.q_max = e.c_slit * 0.5 * s.v_ref;
                e.r_min = DEFAULT_R_MIN * r_c;
                if matches!(self, Self::NcmSqrt | Self::NcmSqrtRising) {
                    e.law = LawKind::Sqrt;
                }
                let mut next = 3;
                if self.has_gamma() {
                    e.gamma = x[next];
                    next += 1;
                }
                if self.rises() {
                    (e.c_rise, e.u_rise) = (x[next], x[next + 1]);
                }
                let mut cell = CellParams::symmetric(e);
                cell.esr = x[1];
                cell
            }
        };
        cell.r_leak = r_leak;
        Part::Cell(Box::new(cell))
    }
}

/// Slits per electrode of a fitted card, if the user does not say otherwise, and the sections they are lumped
/// into: a division of the depth fine enough for four decades of time.
pub const SLITS: u64 = 1000;
pub const SECTIONS: u64 = 30;
