//! LTspice.

use super::dialect::Syntax;

pub(super) struct Ltspice;

impl Syntax for Ltspice {
    fn needs(&self) -> &'static str {
        "For LTspice; also read by ngspice with `set ngbehavior=lt`."
    }

    fn parameters_word(&self) -> &'static str {
        "params: "
    }

    fn inside(&self, name: &str) -> String {
        format!("{{{name}}}")
    }

    fn current(&self, name: &str, a: &str, b: &str, expression: &str) -> String {
        format!("B{name} {a} {b} I={expression}")
    }

    fn voltage(&self, name: &str, a: &str, b: &str, expression: &str) -> String {
        format!("B{name} {a} {b} V={expression}")
    }

    fn capacitor(&self, name: &str, a: &str, b: &str, value: &str, start: &str) -> String {
        format!("C{name} {a} {b} {{{value}}} ic={{{start}}}")
    }

    fn gate(&self, name: &str, a: &str) -> String {
        format!("V{name} {a} 0 EXP(1 0 0 1e-18 1e30 1)")
    }

    fn wants_resistive_paths(&self) -> bool {
        false
    }
}
