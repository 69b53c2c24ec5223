//! R(Q)/r_c as functions of a netlist, the same formulas as in `crate::law`.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::ladder::ElectrodeParams;
use crate::law::{KINK, LawKind};
use crate::netlist::formula::{self, Words};
use crate::netlist::header::comment;
use crate::netlist::values::number;

use super::dialect::Syntax;

/// Charge of a capacitor that rises, in volts of its capacitance at zero (`crate::ladder::Rise`), and the
/// derivative: at voltage v, with relative rise a and the inverse b of its scale.
pub(super) const STORED: &str = "\
* Q/c and C/c at voltage v: relative rise a, 1/b its scale
.func ncm_stored(v,a,b) {v*(1+a-a/sqrt(1+b*v*b*v))}
.func ncm_slope(v,a,b) {1+a-a/((1+b*v*b*v)*sqrt(1+b*v*b*v))}
";

/// The functions of the laws of these electrodes, each with the suffix of its names. Those of the
/// built-in laws are the same in every part.
pub(super) fn functions(electrodes: &[(&ElectrodeParams, &str)], syntax: &dyn Syntax) -> String {
    let kink = number(KINK);
    let steep = number((KINK * KINK).recip());
    let mut out = String::from(
        "* y bent towards l below 2 l, and l where y is negative\n\
         .func ncm_bend(w) {1+w*w*w*(4-w)/16}\n\
         .func ncm_floor(y,l) {l*ncm_bend(min(max(y/l,0),2))+max(y-2*l,0)}\n",
    );
    let expressions = || electrodes.iter().filter_map(|(e, _)| e.expression.as_ref());
    let built_in = |kind| {
        let of = |(e, _): &(&ElectrodeParams, &str)| e.expression.is_none() && e.law == kind;
        electrodes.iter().any(of)
    };
    if built_in(LawKind::Linear) || expressions().any(formula::has_abs) {
        let _ = write!(
            out,
            "* |x| with its kink rounded inside {kink}\n\
             .func ncm_round(t) {{{kink}*t*(15-t*(10-3*t))/8}}\n\
             .func ncm_abs(x) {{ncm_round(min(x*x*{steep},1))+max(abs(x)-{kink},0)}}\n"
        );
    }
    if LawKind::ALL.into_iter().any(built_in) {
        out.push_str("* R/rc at x = Q/qmax\n");
    }
    for kind in LawKind::ALL.into_iter().filter(|kind| built_in(*kind)) {
        out.push_str(match kind {
            LawKind::Linear => ".func ncm_linear(x,g,l) {ncm_floor(1-g*ncm_abs(x),l)}\n",
            LawKind::Signed => ".func ncm_signed(x,g,l) {ncm_floor(1-g*x,l)}\n",
            LawKind::Sqrt => {
                ".func ncm_sqrt(x,k,f,l) {ncm_floor(f/sqrt(1+k*x*x)+(1-f)*sqrt(1+k*x*x),l)}\n"
            }
        });
    }
    let powers: BTreeSet<u32> = expressions().flat_map(formula::powers).collect();
    for n in powers {
        let _ = writeln!(out, ".func ncm_power{n}(x) {{{}}}", formula::product(n));
    }
    let words = Words {
        log: syntax.log(),
        abs: "ncm_abs",
        floor: "ncm_floor",
        power: "ncm_power",
    };
    for (e, suffix) in electrodes {
        if let Some(expression) = &e.expression {
            let bare = formula::bare(expression, e.q_max, "q", &words);
            comment(&mut out, &formula::statement(expression));
            let _ = writeln!(
                out,
                ".func ncm_formula{suffix}(q,l) {{ncm_floor({bare},l)}}"
            );
        }
    }
    out
}

/// Parameters that the law of an electrode needs beside the card's; `low` is r_min/r_c.
pub(super) fn parameters(e: &ElectrodeParams, s: &str, low: &str) -> String {
    let mut out = format!(".param low{s}={{{low}}}\n");
    if e.expression.is_none() && e.law == LawKind::Sqrt {
        // Where gamma is 0 or more (falls = 1) R is 1/sqrt(1 + k x^2), else sqrt(1 + k x^2).
        let _ = writeln!(
            out,
            ".param end{s}={{max(1-gamma{s},low{s})}} falls{s}={{min(max(1+1e30*gamma{s},0),1)}}"
        );
        let _ = writeln!(
            out,
            ".param k{s}={{falls{s}*(1/(end{s}*end{s})-1)+(1-falls{s})*(end{s}*end{s}-1)}}"
        );
    }
    out
}

/// The call of the law at the voltage across a slit, `x` per volt.
pub(super) fn call(
    e: &ElectrodeParams,
    suffix: &str,
    voltage: &str,
    per_volt: &str,
    syntax: &dyn Syntax,
) -> String {
    let value = |name: &str| syntax.inside(&format!("{name}{suffix}"));
    let x = format!("{voltage}*{}", syntax.inside(per_volt));
    let (kind, low) = (e.law.name(), value("low"));
    if e.expression.is_some() {
        // The formula is one of the charge itself.
        return format!("ncm_formula{suffix}({x}*{},{low})", value("qmax"));
    }
    match e.law {
        LawKind::Sqrt => format!("ncm_{kind}({x},{},{},{low})", value("k"), value("falls")),
        LawKind::Linear | LawKind::Signed => {
            format!("ncm_{kind}({x},{},{low})", value("gamma"))
        }
    }
}
