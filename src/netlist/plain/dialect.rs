//! What simulators say differently. One file per dialect; the circuit itself is written once.

use super::{ltspice, ngspice, pspice, xyce};

/// A simulator's way of writing netlists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Ngspice,
    Ltspice,
    Pspice,
    Xyce,
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [Dialect; 4] = [
        Dialect::Ngspice,
        Dialect::Ltspice,
        Dialect::Pspice,
        Dialect::Xyce,
    ];

    /// Name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::Ngspice => "ngspice",
            Dialect::Ltspice => "ltspice",
            Dialect::Pspice => "pspice",
            Dialect::Xyce => "xyce",
        }
    }

    /// The dialect with this name, if there is one.
    pub fn from_name(name: &str) -> Option<Dialect> {
        Self::ALL.into_iter().find(|d| d.name() == name)
    }

    /// What stands before the parameters of an instance.
    pub(in crate::netlist) fn parameters_word(self) -> &'static str {
        self.syntax().parameters_word()
    }

    pub(super) fn syntax(self) -> &'static dyn Syntax {
        match self {
            Dialect::Ngspice => &ngspice::Ngspice,
            Dialect::Ltspice => &ltspice::Ltspice,
            Dialect::Pspice => &pspice::Pspice,
            Dialect::Xyce => &xyce::Xyce,
        }
    }
}

/// The words of a dialect. Expressions keep to what all of them share: `+ - * /`, `min`, `max`,
/// `abs`, `sqrt`, user functions; no powers and no conditions, which they write and read in
/// different ways.
pub(super) trait Syntax {
    /// What stands in the header about the simulator.
    fn needs(&self) -> &'static str;

    /// The word before parameters of `.subckt` and of `X` lines, with a blank behind it; empty
    /// where there is none.
    fn parameters_word(&self) -> &'static str;

    /// Value of the parameter `name` inside the expression of a source.
    fn inside(&self, name: &str) -> String;

    /// A current from `a` to `b` through the element, given by an expression of voltages.
    fn current(&self, name: &str, a: &str, b: &str, expression: &str) -> String;

    /// A voltage from `a` to `b`, given by an expression of voltages.
    fn voltage(&self, name: &str, a: &str, b: &str, expression: &str) -> String;

    /// A capacitor; `start` is the parameter with its voltage at the start of a run that skips
    /// the operating point.
    fn capacitor(&self, name: &str, a: &str, b: &str, value: &str, start: &str) -> String;

    /// A source whose voltage is 1 before the transient and 0 in it.
    fn gate(&self, name: &str, a: &str) -> String;

    /// The natural logarithm.
    fn log(&self) -> &'static str {
        "ln"
    }

    /// Whether the simulator counts only resistors, inductors and voltage sources as a path for
    /// direct current and refuses nodes without one.
    fn wants_resistive_paths(&self) -> bool;
}
