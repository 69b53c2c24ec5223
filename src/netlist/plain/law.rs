//! R(Q)/r_c as functions of a netlist, the same formulas as in `crate::law`.

use std::fmt::Write;

use crate::ladder::ElectrodeParams;
use crate::law::{KINK, LawKind};
use crate::netlist::values::number;

use super::dialect::Syntax;

/// The functions of one law. Every name begins with `prefix`, for some simulators know functions
/// of a subcircuit everywhere.
pub(super) fn functions(prefix: &str, kinds: &[LawKind]) -> String {
    let kink = number(KINK);
    let steep = number((KINK * KINK).recip());
    let mut out = String::new();
    let mut put = |line: String| {
        out.push_str(&line);
        out.push('\n');
    };
    put("* y bent towards l below 2 l, and l where y is negative".into());
    put(format!(".func {prefix}_bend(w) {{1+w*w*w*(4-w)/16}}"));
    put(format!(
        ".func {prefix}_floor(y,l) {{l*{prefix}_bend(min(max(y/l,0),2))+max(y-2*l,0)}}"
    ));
    if kinds.contains(&LawKind::Linear) {
        put(format!("* |x| with its kink rounded inside {kink}"));
        put(format!(
            ".func {prefix}_round(t) {{{kink}*t*(15-t*(10-3*t))/8}}"
        ));
        put(format!(
            ".func {prefix}_abs(x) {{{prefix}_round(min(x*x*{steep},1))+max(abs(x)-{kink},0)}}"
        ));
    }
    put("* R/rc at x = Q/qmax".into());
    for kind in kinds {
        let line = match kind {
            LawKind::Linear => {
                format!(".func {prefix}_linear(x,g,l) {{{prefix}_floor(1-g*{prefix}_abs(x),l)}}")
            }
            LawKind::Signed => {
                format!(".func {prefix}_signed(x,g,l) {{{prefix}_floor(1-g*x,l)}}")
            }
            LawKind::Sqrt => format!(
                ".func {prefix}_sqrt(x,k,f,l) \
                 {{{prefix}_floor(f/sqrt(1+k*x*x)+(1-f)*sqrt(1+k*x*x),l)}}"
            ),
        };
        put(line);
    }
    out
}

/// Parameters that the law of an electrode needs beside the card's; `low` is r_min/r_c.
pub(super) fn parameters(
    e: &ElectrodeParams,
    suffix: &str,
    low: &str,
    syntax: &dyn Syntax,
) -> String {
    let mut out = format!(".param low{suffix}={{{low}}}\n");
    if e.law == LawKind::Sqrt {
        // R falls as 1/sqrt(1 + k x^2) or rises as sqrt(1 + k x^2).
        let rise = format!("rise{suffix}");
        let falls = syntax.choice(&format!("gamma{suffix}>=0"), "1", "0");
        let k = syntax.choice(
            &format!("gamma{suffix}>=0"),
            &format!("1/({rise}*{rise})-1"),
            &format!("{rise}*{rise}-1"),
        );
        let _ = writeln!(out, ".param {rise}={{max(1-gamma{suffix},low{suffix})}}");
        let _ = writeln!(out, ".param falls{suffix}={{{falls}}} k{suffix}={{{k}}}");
    }
    out
}

/// The call of the law at the voltage across a slit, `x` per volt.
pub(super) fn call(
    prefix: &str,
    e: &ElectrodeParams,
    suffix: &str,
    voltage: &str,
    per_volt: &str,
    syntax: &dyn Syntax,
) -> String {
    let value = |name: &str| syntax.inside(&format!("{name}{suffix}"));
    let x = format!("{voltage}*{}", syntax.inside(per_volt));
    let (kind, low) = (e.law.name(), value("low"));
    match e.law {
        LawKind::Sqrt => format!(
            "{prefix}_{kind}({x},{},{},{low})",
            value("k"),
            value("falls")
        ),
        LawKind::Linear | LawKind::Signed => {
            format!("{prefix}_{kind}({x},{},{low})", value("gamma"))
        }
    }
}
