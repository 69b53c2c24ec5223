//! The same half cell written in six ways for one ngspice deck: the code models one by one, and a
//! netlist of ngspice's own resistors and capacitors that knows nothing of this project's code.
//!
//! The circuit is figure 4a of Zhan et al. (arXiv 2010.08151), the law their equation 1b with the
//! rounded kink and the floor that `ncm::law` describes.

use ncm::cell::CellParams;
use ncm::ladder::ElectrodeParams;
use ncm::law::{KINK, LawKind};
use std::fmt::Write;

/// How a half cell (or, where it says so, two of them facing each other) stands in the deck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Two half cells in one `ncm_cell`, at twice the voltage.
    Cell,
    /// Two `ncm_electrode` back to back around a node for the bulk, at twice the voltage.
    Electrodes,
    /// One `ncm_electrode`.
    Electrode,
    /// A chain of `ncm_slit`, the way into the first one by `ncm_resistor`.
    Slits,
    /// A chain of `ncm_resistor` with ngspice's capacitors.
    Resistors,
    /// A chain of ngspice's `R={...}` with its capacitors.
    Plain,
}

impl Way {
    pub const ALL: [Way; 6] = [
        Way::Cell,
        Way::Electrodes,
        Way::Electrode,
        Way::Slits,
        Way::Resistors,
        Way::Plain,
    ];

    /// Name of its ammeter in the deck and of its column in tables.
    pub fn name(self) -> &'static str {
        match self {
            Way::Cell => "cell",
            Way::Electrodes => "electrodes",
            Way::Electrode => "electrode",
            Way::Slits => "slits",
            Way::Resistors => "resistors",
            Way::Plain => "plain",
        }
    }

    /// Half cells in series.
    pub fn halves(self) -> usize {
        match self {
            Way::Cell | Way::Electrodes => 2,
            _ => 1,
        }
    }
}

/// A half cell of equal slits without open electrolyte; half a slit's path at the entry.
#[derive(Debug, Clone, Copy)]
pub struct HalfCell {
    pub law: LawKind,
    pub r_c: f64,
    pub gamma: f64,
    pub q_max: f64,
    pub r_min: f64,
    pub c_slit: f64,
    pub slits: usize,
}

impl HalfCell {
    /// Figure 4 of the paper, per metre of depth: 5 ohm, 80 nF, full at 0.2 V.
    pub fn of_the_paper(law: LawKind, gamma: f64, slits: usize) -> Self {
        Self {
            law,
            r_c: 5.0,
            gamma,
            q_max: 16e-9,
            r_min: 5e-3,
            c_slit: 80e-9,
            slits,
        }
    }

    /// The kernel's parameters.
    pub fn params(&self) -> CellParams {
        CellParams::half(ElectrodeParams {
            law: self.law,
            gamma: self.gamma,
            q_max: self.q_max,
            r_min: self.r_min,
            ..ElectrodeParams::new(self.r_c, self.c_slit, self.slits as u64)
        })
    }

    /// Model parameters of a path of `paths` slits' length.
    pub fn model(&self, paths: f64) -> String {
        format!(
            "rc={:e} cslit={:e} qmax={:e} gamma={} rmin={:e} law=\"{}\"",
            paths * self.r_c,
            self.c_slit,
            self.q_max,
            self.gamma,
            paths * self.r_min,
            self.law.name()
        )
    }

    /// R(Q) in ngspice's words; `v` is the voltage of the slit's capacitor.
    fn expression(&self, v: &str) -> String {
        let (g, r_c, floor) = (self.gamma, self.r_c, self.r_min / self.r_c);
        let x = format!("({v}*{:e})", self.c_slit / self.q_max);
        let rounded = {
            let t2 = format!("({x}*{x}*{:e})", (KINK * KINK).recip());
            format!("(abs({x})<{KINK} ? {KINK}*{t2}*(15-{t2}*(10-3*{t2}))/8 : abs({x}))")
        };
        let bare = match self.law {
            _ if g == 0.0 => return format!("{r_c:e}"),
            LawKind::Linear => format!("(1-({g})*{rounded})"),
            LawKind::Signed => format!("(1-({g})*{x})"),
            LawKind::Sqrt if g > 0.0 => {
                let k = (1.0 - g).max(floor).powi(-2) - 1.0;
                format!("(1/sqrt(1+{k:e}*{x}*{x}))")
            }
            LawKind::Sqrt => format!("sqrt(1+{:e}*{x}*{x})", (1.0 - g).powi(2) - 1.0),
        };
        // With u = bare/floor: 1 + u^3 (4 - u)/16 of the floor between u = 0 and u = 2.
        let u = format!("({bare}*{:e})", floor.recip());
        format!(
            "{r_c:e}*({u}>2 ? {bare} : {u}<0 ? {floor:e} : {floor:e}*(1+{u}*{u}*{u}*(4-{u})/16))"
        )
    }

    /// The half cell of this way between the nodes `p` and `n` (bulk), its models included. For
    /// the ways with two half cells `n` is the other electrode.
    pub fn netlist(&self, way: Way, p: &str, n: &str) -> String {
        let w = way.name();
        let whole = format!("{} slits={}", self.model(1.0), self.slits);
        let mut deck = String::new();
        let mut put = |line: String| {
            deck.push_str(&line);
            deck.push('\n');
        };
        // The electrolyte of slit k is node {w}_k.
        let chain = 1..=self.slits;
        match way {
            Way::Cell => put(format!(
                "a{w} %gd({p} {n}) null m{w}\n.model m{w} ncm_cell({whole})"
            )),
            Way::Electrodes => put(format!(
                "a{w}1 %gd({p} {w}_0) null m{w}\na{w}2 %gd({n} {w}_0) null m{w}\n\
                 .model m{w} ncm_electrode({whole})"
            )),
            Way::Electrode => put(format!(
                "a{w} %gd({p} {n}) null m{w}\n.model m{w} ncm_electrode({whole})"
            )),
            Way::Slits => {
                put(format!(
                    ".model m{w} ncm_slit({})\n.model e{w} ncm_resistor({})",
                    self.model(1.0),
                    self.model(0.5)
                ));
                put(format!("a{w}e %gd({n} {w}_1) %vd({p} {w}_1) e{w}"));
                for k in chain {
                    // The path behind the last slit leads nowhere.
                    put(format!(
                        "a{w}{k} %gd({w}_{k} {w}_{}) %gd({p} {w}_{k}) m{w}",
                        k + 1
                    ));
                }
            }
            Way::Resistors => {
                put(format!(
                    ".model m{w} ncm_resistor({})\n.model e{w} ncm_resistor({})",
                    self.model(1.0),
                    self.model(0.5)
                ));
                put(format!("a{w}1 %gd({n} {w}_1) %vd({p} {w}_1) e{w}"));
                for k in chain {
                    put(format!("c{w}{k} {p} {w}_{k} {:e}", self.c_slit));
                    if k < self.slits {
                        put(format!(
                            "a{w}{} %gd({w}_{k} {w}_{}) %vd({p} {w}_{k}) m{w}",
                            k + 1,
                            k + 1
                        ));
                    }
                }
            }
            Way::Plain => {
                let r = |k: usize| self.expression(&format!("v({p},{w}_{k})"));
                put(format!("r{w}1 {n} {w}_1 r={{0.5*{}}}", r(1)));
                for k in chain {
                    put(format!("c{w}{k} {p} {w}_{k} {:e}", self.c_slit));
                    if k < self.slits {
                        put(format!(
                            "r{w}{} {w}_{k} {w}_{} r={{{}}}",
                            k + 1,
                            k + 1,
                            r(k)
                        ));
                    }
                }
            }
        }
        deck
    }

    /// All ways side by side, driven by node `in` (half cells) and `in2` at twice its voltage. The
    /// current of each is that of the source `v{name}`.
    pub fn all_ways(&self) -> String {
        let mut deck = String::from("edouble in2 0 in 0 2\n");
        for way in Way::ALL {
            let (w, from) = (way.name(), if way.halves() == 2 { "in2" } else { "in" });
            let _ = writeln!(deck, "v{w} {from} t{w} 0");
            deck += &self.netlist(way, &format!("t{w}"), "0");
        }
        deck
    }
}
