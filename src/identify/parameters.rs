//! What each rival has to be fitted: parameters with bounds and starts, and the part that they make.
//!
//! Parameters are those the terminals can see: `c` the capacitance of the whole part (at zero voltage), `esr` what lies
//! outside the pores, `r_pore` the resistance of the empty pores of both electrodes from mouth to depth. Two equal
//! electrodes are assumed: no measurement between two terminals can tell them apart.
//!
//! An arc (`r_arc` beside `c_arc`) is carried by the path into the first slit (`entry`) and the outer face of the
//! electrode (`c_open`): the outer face takes the current at high frequency, the pores behind the entry below.

use super::constant_phase::ConstantPhase;
use super::model::{Ladder, Model, Resistance};
use super::zubieta::Zubieta;
use crate::cell::{CellParams, Thermal};
use crate::ladder::ElectrodeParams;
use crate::law::{DEFAULT_R_MIN, LawKind};

/// How large things are about; start values and bounds follow from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// Farad.
    pub c: f64,
    /// Ohm.
    pub r: f64,
    /// Voltage that `q_max` stands for, volt.
    pub v_ref: f64,
    /// Highest frequency of spectra, hertz; 0 without any.
    pub f_max: f64,
    /// Slits per electrode of a card.
    pub slits: u64,
    /// Whether leakage is fitted.
    pub leaks: bool,
    /// Whether no record carries a current worth the name: then `esr` is bounded to a second of discharge
    /// (`r` is one), lest it take over part of the leak.
    pub resting: bool,
    /// Whether records differ in temperature, so that coefficients are fitted.
    pub thermal: bool,
    /// Temperature at which values hold, K.
    pub t_ref: f64,
}

/// One fitted parameter. `low`, `high` and `starts` are in its own unit, not logarithms.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    pub name: String,
    pub unit: &'static str,
    pub low: f64,
    pub high: f64,
    pub search: Search,
    /// Start values, of which every fit tries several.
    pub starts: Vec<f64>,
}

/// In what a parameter is searched, so that steps of order 1 suit it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Search {
    /// Its logarithm.
    Logarithm,
    /// Itself, in units of this.
    Linear(f64),
}

impl Parameter {
    fn positive(
        name: &str,
        unit: &'static str,
        about: f64,
        (down, up): (f64, f64),
        starts: &[f64],
    ) -> Self {
        Self {
            name: name.into(),
            unit,
            low: about * down,
            high: about * up,
            search: Search::Logarithm,
            starts: starts.iter().map(|s| s * about).collect(),
        }
    }

    pub(super) fn linear(
        name: &str,
        unit: &'static str,
        scale: f64,
        (low, high): (f64, f64),
        starts: &[f64],
    ) -> Self {
        Self {
            name: name.into(),
            unit,
            low,
            high,
            search: Search::Linear(scale),
            starts: starts.to_vec(),
        }
    }

    /// From the parameter's value to what is searched in.
    pub fn inward(&self, value: f64) -> f64 {
        match self.search {
            Search::Logarithm => value.ln(),
            Search::Linear(scale) => value / scale,
        }
    }

    /// And back.
    pub fn outward(&self, x: f64) -> f64 {
        match self.search {
            Search::Logarithm => x.exp(),
            Search::Linear(scale) => x * scale,
        }
    }

    pub fn is_positive(&self) -> bool {
        self.search == Search::Logarithm
    }
}

/// A model with values, ready to be run.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    Cell(Box<CellParams>),
    Zubieta(Zubieta),
    ConstantPhase(ConstantPhase),
}

/// Activation energies, J/mol: of what conducts in common electrolytes 5 to 30 kJ/mol, of leakage 20 to 60.
const ACTIVATION: (f64, f64) = (-5e4, 2e5);

impl Model {
    /// What is fitted, in the order in which [`Model::part`] takes values.
    pub fn parameters(self, s: &Scale) -> Vec<Parameter> {
        let esr_most = if s.resting { 1.0 } else { 1e3 };
        let c = || Parameter::positive("c", "F", s.c, (0.05, 20.0), &[1.0]);
        let esr = |starts: &[f64]| Parameter::positive("esr", "ohm", s.r, (1e-4, esr_most), starts);
        let r_pore = || Parameter::positive("r_pore", "ohm", s.r, (1e-3, 1e4), &[1.0, 5.0]);
        let r_arc = || Parameter::positive("r_arc", "ohm", s.r, (1e-3, 1e3), &[0.5]);
        // Arcs whose top lies in the upper decades of the spectrum.
        let tau = 1.0 / (std::f64::consts::TAU * s.f_max.max(1e-300));
        let mut list = match self {
            Self::CapacitorEsr => vec![c(), esr(&[1.0, 0.1])],
            Self::Ladder(l) => {
                let mut list = vec![c(), esr(&[0.7, 0.2]), r_pore()];
                if self.has_gamma() {
                    list.push(Parameter::linear(
                        "gamma",
                        "1",
                        1.0,
                        (-4.0, 0.98),
                        &[0.3, -0.5],
                    ));
                }
                if l.rises {
                    list.push(Parameter::linear("c_rise", "1", 1.0, (-0.5, 5.0), &[0.4]));
                    let u_rise = (0.05, 5.0);
                    list.push(Parameter::positive(
                        "u_rise",
                        "V",
                        0.5 * s.v_ref,
                        u_rise,
                        &[0.5],
                    ));
                }
                if l.arc {
                    list.push(r_arc());
                    let about = tau / s.r;
                    list.push(Parameter::positive(
                        "c_arc",
                        "F",
                        about,
                        (1e-2, 1e5),
                        &[5.0, 50.0, 1000.0],
                    ));
                }
                list
            }
            Self::ConstantPhase => vec![
                Parameter::positive("c", "F s^(a-1)", s.c, (0.05, 20.0), &[1.0]),
                esr(&[0.7]),
                r_pore(),
                Parameter::linear("a", "1", 1.0, (0.3, 1.0), &[0.95]),
                r_arc(),
                Parameter::positive("tau_arc", "s", tau, (1e-2, 1e6), &[5.0, 50.0, 1000.0]),
                Parameter::linear("b", "1", 1.0, (0.3, 1.0), &[0.8]),
            ],
            Self::Zubieta => {
                let slope = s.c / s.v_ref;
                vec![
                    Parameter::positive("r_i", "ohm", s.r, (1e-4, 1e3), &[1.0]),
                    Parameter::positive("c_i0", "F", s.c, (0.02, 10.0), &[0.8]),
                    Parameter::linear("c_i1", "F/V", slope, (-slope, 3.0 * slope), &[0.05 * slope]),
                    Parameter::positive("r_d", "ohm", s.r, (1e-1, 1e5), &[20.0, 300.0]),
                    Parameter::positive("c_d", "F", s.c, (1e-4, 3.0), &[0.1]),
                    Parameter::positive("r_l", "ohm", s.r, (1.0, 1e6), &[3000.0]),
                    Parameter::positive("c_l", "F", s.c, (1e-4, 3.0), &[0.1]),
                ]
            }
        };
        if s.leaks && self != Self::ConstantPhase {
            list.push(Parameter::positive(
                "r_leak",
                "ohm",
                s.r,
                (1.0, 1e9),
                &[1e3, 1e5],
            ));
        }
        if s.thermal {
            let mut activation =
                |name| list.push(Parameter::linear(name, "J/mol", 1e4, ACTIVATION, &[1e4]));
            activation("esr_ea");
            if self != Self::CapacitorEsr {
                activation("r_ea");
            }
            if s.leaks {
                activation("leak_ea");
            }
            list.push(Parameter::linear(
                "c_tc1",
                "1/K",
                1e-2,
                (-0.03, 0.03),
                &[0.0],
            ));
        }
        list
    }

    /// The model with these values.
    pub fn part(self, s: &Scale, x: &[f64]) -> Part {
        let list = self.parameters(s);
        let value = |name: &str| {
            let at = list.iter().position(|p| p.name == name);
            at.and_then(|k| x.get(k)).copied()
        };
        let get = |name: &str| value(name).unwrap_or(0.0);
        let mut cell = match self {
            Self::Zubieta => {
                return Part::Zubieta(Zubieta {
                    r: [get("r_i"), get("r_d"), get("r_l")],
                    c: [get("c_i0"), get("c_d"), get("c_l")],
                    c_rise: get("c_i1"),
                    r_leak: value("r_leak").unwrap_or(f64::INFINITY),
                });
            }
            Self::ConstantPhase => {
                return Part::ConstantPhase(ConstantPhase {
                    esr: get("esr"),
                    r_pore: get("r_pore"),
                    c: get("c"),
                    exponent: get("a"),
                    r_arc: get("r_arc"),
                    tau_arc: get("tau_arc"),
                    exponent_arc: get("b"),
                });
            }
            // One slit whose own resistance is a thousandth of what lies before it.
            Self::CapacitorEsr => {
                let mut cell = CellParams::symmetric(electrode(1e-3 * get("esr"), get("c"), 1));
                cell.esr = 0.999 * get("esr");
                cell
            }
            Self::Ladder(ladder) => {
                let mut cell = CellParams::symmetric(pores(ladder, s, &get));
                cell.esr = get("esr");
                cell
            }
        };
        cell.r_leak = value("r_leak").unwrap_or(f64::INFINITY);
        if s.thermal {
            let mut thermal = Thermal {
                t_ref: s.t_ref,
                temperature: s.t_ref,
                ..Thermal::default()
            };
            thermal.esr.activation = get("esr_ea");
            // The only resistance of an ideal capacitor is its ESR.
            thermal.resistance.activation = value("r_ea").unwrap_or(get("esr_ea"));
            thermal.leakage.activation = get("leak_ea");
            thermal.capacitance.tc1 = get("c_tc1");
            cell.thermal = thermal;
        }
        Part::Cell(Box::new(cell))
    }
}

fn electrode(r_slit: f64, c: f64, slits: u64) -> ElectrodeParams {
    // Two electrodes in series: each holds twice the part's capacitance.
    ElectrodeParams {
        sections: slits.min(SECTIONS),
        ..ElectrodeParams::new(r_slit, 2.0 * c / slits as f64, slits)
    }
}

fn pores(ladder: Ladder, s: &Scale, get: &dyn Fn(&str) -> f64) -> ElectrodeParams {
    let r_c = get("r_pore") / (2.0 * s.slits as f64);
    let mut e = electrode(r_c, get("c"), s.slits);
    e.q_max = e.c_slit * 0.5 * s.v_ref;
    e.r_min = DEFAULT_R_MIN * r_c;
    if ladder.resistance == Resistance::Sqrt {
        e.law = LawKind::Sqrt;
    }
    e.gamma = get("gamma");
    if ladder.rises {
        (e.c_rise, e.u_rise) = (get("c_rise"), get("u_rise"));
    }
    if ladder.arc {
        e.c_open = 2.0 * get("c_arc");
        e.entry += 0.5 * get("r_arc") / r_c;
    }
    e
}

/// Slits per electrode of a fitted card, if the user does not say otherwise, and the sections they are lumped
/// into: a division of the depth fine enough for four decades of time.
pub const SLITS: u64 = 1000;
pub const SECTIONS: u64 = 30;
