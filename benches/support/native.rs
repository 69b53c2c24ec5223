//! What a part stands beside: ngspice's own resistors and capacitors.

use super::support::half_cell::HalfCell;

/// A ladder of constant resistors and capacitors between the nodes `p` and `n` (bulk).
pub fn native(of: &HalfCell, name: &str, p: &str, n: &str) -> String {
    let mut text = format!("r{name}1 {n} {name}1 {:e}\n", 0.5 * of.r_c);
    for k in 1..=of.slits {
        text += &format!("c{name}{k} {p} {name}{k} {:e}\n", of.c_slit);
        if k < of.slits {
            text += &format!("r{name}{} {name}{k} {name}{} {:e}\n", k + 1, k + 1, of.r_c);
        }
    }
    text
}
