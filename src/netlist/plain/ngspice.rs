//! ngspice. Inside the expression of a source a parameter stands alone in its braces: of
//! `{a-b}*v(x)` ngspice makes `a-b*v(x)`.

use super::dialect::Syntax;

pub(super) struct Ngspice;

impl Syntax for Ngspice {
    fn needs(&self) -> &'static str {
        "For ngspice, 34 and later, without code models."
    }

    fn parameters_word(&self) -> &'static str {
        ""
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
        format!("V{name} {a} 0 dc 1 exp(1 0 0 1e-18 1e30 1)")
    }

    fn wants_resistive_paths(&self) -> bool {
        false
    }
}
