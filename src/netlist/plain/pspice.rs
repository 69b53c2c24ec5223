//! PSpice. `IC=` of a capacitor would hold at every operating point, so the start voltage comes
//! from the holding source alone.

use super::dialect::Syntax;

pub(super) struct Pspice;

impl Syntax for Pspice {
    fn needs(&self) -> &'static str {
        "For PSpice; also read by ngspice with `set ngbehavior=ps`. `ic` needs an operating point: \
         not with SKIPBP."
    }

    fn parameters_word(&self) -> &'static str {
        "PARAMS: "
    }

    fn inside(&self, name: &str) -> String {
        name.into()
    }

    fn current(&self, name: &str, a: &str, b: &str, expression: &str) -> String {
        format!("G{name} {a} {b} VALUE={{{expression}}}")
    }

    fn voltage(&self, name: &str, a: &str, b: &str, expression: &str) -> String {
        format!("E{name} {a} {b} VALUE={{{expression}}}")
    }

    fn capacitor(&self, name: &str, a: &str, b: &str, value: &str, _: &str) -> String {
        format!("C{name} {a} {b} {{{value}}}")
    }

    fn gate(&self, name: &str, a: &str) -> String {
        format!("V{name} {a} 0 DC 1 EXP(1 0 0 1e-18 1e30 1)")
    }

    fn log(&self) -> &'static str {
        "log"
    }

    fn wants_resistive_paths(&self) -> bool {
        true
    }
}
