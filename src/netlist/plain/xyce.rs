//! Xyce. As in PSpice, `IC=` of a capacitor would hold at every operating point.

use super::dialect::Syntax;

pub(super) struct Xyce;

impl Syntax for Xyce {
    fn needs(&self) -> &'static str {
        "For Xyce. `ic` needs an operating point: not with UIC or NOOP."
    }

    fn parameters_word(&self) -> &'static str {
        "PARAMS: "
    }

    fn inside(&self, name: &str) -> String {
        name.into()
    }

    fn current(&self, name: &str, a: &str, b: &str, expression: &str) -> String {
        format!("B{name} {a} {b} I={{{expression}}}")
    }

    fn voltage(&self, name: &str, a: &str, b: &str, expression: &str) -> String {
        format!("B{name} {a} {b} V={{{expression}}}")
    }

    fn capacitor(&self, name: &str, a: &str, b: &str, value: &str, _: &str) -> String {
        format!("C{name} {a} {b} {{{value}}}")
    }

    fn gate(&self, name: &str, a: &str) -> String {
        format!("V{name} {a} 0 DC 1 EXP(1 0 0 1e-18 1e30 1)")
    }

    fn wants_resistive_paths(&self) -> bool {
        true
    }
}
