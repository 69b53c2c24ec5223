//! The part as Verilog-A source, for simulators that compile it: a module `NAME(p, n)` with the
//! parameters of the other doors, charges by `ddt`, paths with thermal noise.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::card::Card;
use crate::ladder::ElectrodeParams;
use crate::law::{KINK, LawKind};

use super::device::{self, Spelling};
use super::formula::{self, Words};
use super::header::{comment, header};
use super::plain::{self, lumped, sections};
use super::values::{number, rises};
use super::wrap::wrapped;
use super::{lumping, subcircuit_name};

/// Section boundaries lie at this power of the section's number (`crate::ladder::sections`).
const GRADING: i32 = 3;

/// One electrode: its nodes are `letter1`, `letter2`, ... from the mouth inwards.
struct Half<'a> {
    params: &'a ElectrodeParams,
    suffix: &'static str,
    metal: &'static str,
    bulk: &'static str,
    letter: &'static str,
    /// Stands for two equal electrodes.
    doubled: bool,
    /// Whether capacitances rise with voltage.
    rises: bool,
    sections: usize,
}

/// The source of the module.
pub(super) fn module(card: &Card) -> String {
    let card = &lumped(card);
    let name = subcircuit_name(card);
    let halves = halves(card);
    let needs =
        "Verilog-A source: for Spectre, HSPICE, ADS, Xyce, and for ngspice and VACASK by OpenVAF.";
    let mut text = header(card, needs, "");
    text.push_str(&lumping::statement(card));
    let mut out = String::new();
    for line in text.lines() {
        let _ = writeln!(out, "//{}", line.strip_prefix('*').unwrap_or(line));
    }
    let _ = writeln!(
        out,
        "`include \"constants.vams\"\n`include \"disciplines.vams\"\n\nmodule {name}(p, n);\n    \
         inout p, n;\n    electrical p, n, e;"
    );
    if halves.len() == 2 {
        out.push_str("    electrical b;\n");
    }
    for half in &halves {
        let nodes: Vec<String> = (1..=half.sections)
            .map(|j| format!("{}{j}", half.letter))
            .chain([format!("h{}", half.letter)])
            .collect();
        for some in nodes.chunks(12) {
            let _ = writeln!(out, "    electrical {};", some.join(", "));
        }
    }
    out.push('\n');
    for (key, value) in parameters(card) {
        let _ = writeln!(
            out,
            "    parameter real {key} = {}{};",
            number(value),
            range(&key, &halves)
        );
    }
    let _ = writeln!(
        out,
        "    real rscale, cscale, rser, given, share, rest, weak, gate, quiet{}{}{};",
        factor_variables(card),
        if rises(card) { ", own" } else { "" },
        variables(&halves)
    );
    out.push_str(&functions(&halves));
    out.push_str("    analog begin\n");
    for line in body(card, &halves).lines() {
        let _ = writeln!(out, "        {line}");
    }
    out.push_str("    end\nendmodule\n");
    out
}

/// The subcircuit around the compiled module, for ngspice.
pub(super) fn wrapper(card: &Card) -> String {
    let card = &lumped(card);
    let name = subcircuit_name(card);
    let list = parameters(card);
    let needs = format!(
        "Needs the Verilog-A module {name}, compiled by OpenVAF: `pre_osdi FILE.osdi` in .control, \
         or `osdi FILE.osdi` in .spiceinit (ngspice 44 and later)."
    );
    let mut out = header(card, &needs, "");
    let defaults = list
        .iter()
        .map(|(k, v)| format!("{k}={}", number(*v)))
        .chain(["m=1".to_owned()]);
    out.push_str(&wrapped(&format!(".subckt {name} p n"), defaults, ""));
    out.push_str("N1 p n part\n");
    // Without parentheses: with them ngspice drops the first parameter. `m` at an instance reaches
    // its subcircuit, but no model in it.
    let passed = list.iter().map(|(k, _)| match k.as_str() {
        "area" => "area={area*m}".to_owned(),
        _ => format!("{k}={{{k}}}"),
    });
    out.push_str(&wrapped(&format!(".model part {name}"), passed, ""));
    let _ = writeln!(out, ".ends {name}");
    out
}

fn halves(card: &Card) -> Vec<Half<'_>> {
    let cell = &card.cell;
    let half = |params, suffix, metal, bulk, letter, doubled| Half {
        params,
        suffix,
        metal,
        bulk,
        letter,
        doubled,
        rises: rises(card),
        sections: sections(params) as usize,
    };
    let positive = &cell.positive;
    match &cell.negative {
        None => vec![half(positive, "", "e", "n", "s", false)],
        Some(negative) if negative == positive && formula::is_even(positive) => {
            vec![half(positive, "", "e", "n", "s", true)]
        }
        Some(negative) => {
            let suffix = if negative == positive { "" } else { "neg" };
            vec![
                half(positive, "", "e", "b", "s", false),
                half(negative, suffix, "n", "b", "t", false),
            ]
        }
    }
}

/// The allowed values of a parameter, as the standard writes them. Whole numbers have half a unit of room:
/// a 3 may come out of a netlist's arithmetic as 3.0000000000000004.
fn range(key: &str, halves: &[Half]) -> String {
    for half in halves {
        let (s, n) = (half.suffix, half.sections as u64);
        if key == format!("slits{s}") {
            let most = if n == half.params.slits {
                n
            } else {
                crate::ladder::MAX_SLITS
            };
            return format!(" from [{n}-0.5:{}+0.5]", number(most as f64));
        }
        if key == format!("sections{s}") {
            return format!(" from [0:{n}+0.5] exclude (0.5:{n}-0.5)");
        }
    }
    let name = key.strip_suffix("neg").unwrap_or(key);
    match name {
        "gamma" => " from [-100:1]".into(),
        "crise" => " from [-0.5:10]".into(),
        "ropen" | "copen" | "esr" | "temperature" | "age" => " from [0:inf)".into(),
        "ic" | "dtemp" | "agevoltage" | "lifevoltage" => String::new(),
        name if name.ends_with("ea") && name != "area" => String::new(),
        name if name.ends_with("tc1") || name.ends_with("tc2") => String::new(),
        _ => " from (0:inf)".into(),
    }
}

const SPELLING: Spelling = Spelling {
    temperature: "(temperature > 0 ? temperature : $temperature)",
    power: "pow",
};

/// Variables of what temperature and age do.
fn factor_variables(card: &Card) -> String {
    let factors = device::factors(card, &SPELLING);
    factors
        .iter()
        .map(|(name, _)| format!(", {name}"))
        .collect()
}

/// Parameters of the module. The temperature 0 stands for the simulator's.
fn parameters(card: &Card) -> Vec<(String, f64)> {
    let mut list = plain::parameters(card);
    for (name, value) in &mut list {
        if name == "temperature" {
            *value = 0.0;
        }
    }
    list
}

/// Variables of the electrodes, each once.
fn variables(halves: &[Half]) -> String {
    let mut out = String::new();
    for (i, half) in halves.iter().enumerate() {
        let s = half.suffix;
        if is_first(halves, i) {
            let _ = write!(out, ", perv{s}, r{s}, c{s}, low{s}, k{s}");
            if half.rises {
                let _ = write!(out, ", perrise{s}");
            }
            if half.is_lumped() {
                let _ = write!(out, ", z{s}, y{s}");
                for j in 1..=half.sections {
                    let _ = write!(out, ", m{s}{j}");
                }
            }
        }
        for j in 1..=half.sections {
            let _ = write!(out, ", rho{}{j}, path{}{j}", half.letter, half.letter);
            if half.rises {
                let _ = write!(out, ", full{}{j}", half.letter);
            }
        }
    }
    // Lines of a readable length.
    let mut lines = String::new();
    let mut length = 0;
    for word in out.split_inclusive(' ') {
        if length + word.len() > 80 {
            lines.push_str("\n        ");
            length = 0;
        }
        lines.push_str(word);
        length += word.len();
    }
    lines
}

/// The law, by the formulas of `crate::law`.
fn functions(halves: &[Half]) -> String {
    let kink = number(KINK);
    let steep = number((KINK * KINK).recip());
    let mut out = String::from(
        "\n    // y bent towards low below 2 low, and low where y is negative\n    \
         analog function real bent;\n        input y, low; real y, low; real w;\n        begin\n            \
         w = min(max(y/low, 0), 2);\n            \
         bent = low*(1 + w*w*w*(4 - w)/16) + max(y - 2*low, 0);\n        end\n    endfunction\n",
    );
    let expressions = || halves.iter().filter_map(|h| h.params.expression.as_ref());
    let is_linear = |h: &Half| h.params.expression.is_none() && h.params.law == LawKind::Linear;
    if halves.iter().any(is_linear) || expressions().any(formula::has_abs) {
        let _ = write!(
            out,
            "\n    // |x| with its kink rounded inside {kink}\n    \
             analog function real rounded;\n        input x; real x; real t;\n        begin\n            \
             t = min(x*x*{steep}, 1);\n            \
             rounded = {kink}*t*(15 - t*(10 - 3*t))/8 + max(abs(x) - {kink}, 0);\n        end\n    \
             endfunction\n"
        );
    }
    if halves.iter().any(|h| h.rises) {
        out.push_str(
            "\n    // Q/c at voltage v: relative rise a, 1/b its scale; and C/c\n    \
             analog function real stored;\n        input v, a, b; real v, a, b;\n        \
             stored = v*(1 + a - a/sqrt(1 + b*v*b*v));\n    endfunction\n\n    \
             analog function real slope;\n        input v, a, b; real v, a, b;\n        \
             slope = 1 + a - a/((1 + b*v*b*v)*sqrt(1 + b*v*b*v));\n    endfunction\n",
        );
    }
    let powers: BTreeSet<u32> = expressions().flat_map(formula::powers).collect();
    for n in powers {
        let _ = write!(
            out,
            "\n    analog function real power{n};\n        input x; real x;\n        power{n} = {};\n    \
             endfunction\n",
            formula::product(n)
        );
    }
    let words = Words {
        log: "ln",
        abs: "rounded",
        floor: "bent",
        power: "power",
    };
    for (k, half) in halves.iter().enumerate() {
        let (e, s) = (half.params, half.suffix);
        if let Some(expression) = e.expression.as_ref().filter(|_| is_first(halves, k)) {
            let bare = formula::bare(expression, e.q_max, "q", &words);
            let mut what = String::new();
            comment(&mut what, &formula::statement(expression));
            out.push('\n');
            for line in what.lines() {
                let _ = writeln!(out, "    //{}", line.strip_prefix('*').unwrap_or(line));
            }
            let _ = write!(
                out,
                "    analog function real formula{s};\n        input q; real q;\n        \
                 formula{s} = {bare};\n    endfunction\n"
            );
        }
    }
    out.push('\n');
    out
}

/// Whether the names of this electrode have not been written before: equal electrodes share them.
fn is_first(halves: &[Half], k: usize) -> bool {
    k == 0 || halves[k].suffix != halves[0].suffix
}

impl Half<'_> {
    fn is_lumped(&self) -> bool {
        self.params.explicit.is_none() && self.sections as u64 != self.params.slits
    }

    fn fold(&self) -> (&'static str, &'static str) {
        if self.doubled { ("*2", "/2") } else { ("", "") }
    }

    fn node(&self, j: usize) -> String {
        match j {
            0 => self.bulk.into(),
            j => format!("{}{j}", self.letter),
        }
    }

    fn total_capacitance(&self) -> String {
        let s = self.suffix;
        match &self.params.explicit {
            None => format!("(copen{s} + slits{s}*cslit{s})"),
            Some(list) => {
                let sum: f64 = list.iter().map(|x| x.slits * x.c_slit).sum();
                format!("(copen{s} + {})", number(sum))
            }
        }
    }

    /// What follows from the parameters alone.
    fn constants(&self, kc: &str) -> String {
        let (e, s) = (self.params, self.suffix);
        let (twice, half) = self.fold();
        let mut out = match &e.explicit {
            None => format!(
                "low{s} = rmin{s}/{r};\nperv{s} = {kc}cslit{s}/(qmax{s}*series){half};\n\
                 r{s} = {r}*rscale{twice};\nc{s} = cslit{s}*cscale{half};\n",
                r = formula::r_c(e, s)
            ),
            Some(_) => format!(
                "low{s} = {};\nperv{s} = {kc}1/series{half};\nr{s} = rscale{twice};\n\
                 c{s} = cscale{half};\n",
                number(e.r_min / e.r_c)
            ),
        };
        if self.rises {
            let _ = writeln!(out, "perrise{s} = 1/(urise{s}*series{twice});");
        }
        if e.expression.is_none() && e.law == LawKind::Sqrt {
            let end = format!("max(1 - gamma{s}, low{s})");
            let _ = writeln!(
                out,
                "k{s} = gamma{s} >= 0 ? 1/({end}*{end}) - 1 : {end}*{end} - 1;"
            );
        }
        if self.is_lumped() {
            let _ = writeln!(out, "y{s} = 0;");
            for j in 1..=self.sections {
                let share = (j as f64 / self.sections as f64).powi(GRADING);
                let _ = writeln!(
                    out,
                    "z{s} = max(slits{s}*{}, y{s} + 1); m{s}{j} = z{s} - y{s}; y{s} = z{s};",
                    number(share)
                );
            }
        }
        out
    }

    /// R(Q)/r_c of section j.
    fn rho(&self, j: usize) -> String {
        let s = self.suffix;
        let scale = match &self.params.explicit {
            Some(list) => {
                let section = &list[j - 1];
                format!("{}*perv{s}", number(section.c_slit / section.q_max))
            }
            None => format!("perv{s}"),
        };
        let x = match self.rises {
            true => format!("full{}{j}*{scale}", self.letter),
            false => format!("V({}, {})*{scale}", self.metal, self.node(j)),
        };
        if self.params.expression.is_some() {
            return format!("bent(formula{s}({x}*qmax{s}), low{s})");
        }
        let bare = match self.params.law {
            LawKind::Linear => format!("1 - gamma{s}*rounded({x})"),
            LawKind::Signed => format!("1 - gamma{s}*{x}"),
            LawKind::Sqrt => {
                let root = format!("sqrt(1 + k{s}*({x})*({x}))");
                format!("gamma{s} >= 0 ? 1/{root} : {root}")
            }
        };
        format!("bent({bare}, low{s})")
    }

    /// Resistance of the path into section j.
    fn path(&self, j: usize) -> String {
        let (s, l) = (self.suffix, self.letter);
        // Slits on either side of a boundary, and r_c of one.
        let (far, near) = match &self.params.explicit {
            Some(list) => {
                let far = number((list[j - 1].slits - 1.0) / 2.0 * list[j - 1].r_c);
                let entry = format!("entry*{}", number(list[0].r_c));
                let near = match j {
                    1 => entry,
                    j => number((list[j - 2].slits + 1.0) / 2.0 * list[j - 2].r_c),
                };
                (Some(far), near)
            }
            None if self.is_lumped() => {
                let far = format!("(m{s}{j} - 1)/2");
                let near = match j {
                    1 => format!("entry{s}"),
                    j => format!("(m{s}{} + 1)/2", j - 1),
                };
                (Some(far), near)
            }
            None => match j {
                1 => (None, format!("entry{s}")),
                _ => (None, "1".into()),
            },
        };
        let near = near.replace("entry*", &format!("entry{s}*"));
        let first = j.max(2) - 1;
        let before = format!("{near}*rho{l}{first}");
        match far {
            Some(far) => format!("r{s}*({before} + {far}*rho{l}{j})"),
            None => format!("r{s}*{before}"),
        }
    }

    fn capacitance(&self, j: usize) -> String {
        let s = self.suffix;
        match &self.params.explicit {
            Some(list) => format!("{}*c{s}", number(list[j - 1].slits * list[j - 1].c_slit)),
            None if self.is_lumped() => format!("m{s}{j}*c{s}"),
            None => format!("c{s}"),
        }
    }

    fn contributions(&self) -> String {
        let (metal, bulk, s, l) = (self.metal, self.bulk, self.suffix, self.letter);
        let (_, half) = self.fold();
        let mut out = String::new();
        let _ = writeln!(
            out,
            "I({metal}, {bulk}) <+ ddt(copen{s}*cscale{half}*{});",
            self.stored(&format!("V({metal}, {bulk})"))
        );
        for j in 1..=self.sections {
            if self.rises {
                let stored = self.stored(&format!("V({metal}, {})", self.node(j)));
                let _ = writeln!(out, "full{l}{j} = {stored};");
            }
            let _ = writeln!(out, "rho{l}{j} = {};", self.rho(j));
        }
        for j in 1..=self.sections {
            let (a, b) = (self.node(j - 1), self.node(j));
            let _ = writeln!(
                out,
                "path{l}{j} = {};\n\
                 I({a}, {b}) <+ V({a}, {b})/path{l}{j} + white_noise(quiet/path{l}{j}, \"slit\");\n\
                 I({metal}, {b}) <+ ddt({}*{});",
                self.path(j),
                self.capacitance(j),
                match self.rises {
                    true => format!("full{l}{j}"),
                    false => format!("V({metal}, {b})"),
                }
            );
        }
        out
    }

    /// Q/c at a voltage.
    fn stored(&self, v: &str) -> String {
        let s = self.suffix;
        match self.rises {
            true => format!("stored({v}, crise{s}, perrise{s})"),
            false => v.to_owned(),
        }
    }

    /// Holds the first capacitor, and with it all, where `wrong` is 0 while the variable `when` is 1: the node
    /// `h` has the current that does it, times `r`. A large conductance instead would drown the others in rounding.
    fn hold(&self, when: &str, wrong: impl Fn(&str) -> String, r: &str) -> String {
        let (metal, bulk, s, l) = (self.metal, self.bulk, self.suffix, self.letter);
        let held = |node: &str| {
            format!(
                "begin\n    \
                 I(h{l}) <+ {when}*({}) + (1 - {when})*V(h{l});\n    \
                 I({metal}, {node}) <+ {when}*V(h{l})/({r});\nend",
                wrong(node)
            )
        };
        let (outer, inner) = (held(bulk), held(&format!("{l}1")));
        format!("if (copen{s} > 0) {outer} else {inner}\n")
    }
}

fn body(card: &Card, halves: &[Half]) -> String {
    let mut out = String::new();
    let cell = &card.cell;
    let (series, parallel) = match cell.negative {
        Some(_) => ("series".to_owned(), "parallel".to_owned()),
        None => (number(cell.series), number(cell.parallel)),
    };
    let open = match halves {
        [one] if one.doubled => "2*ropen".to_owned(),
        [one] => format!("ropen{}", one.suffix),
        [a, b, ..] => format!("ropen{} + ropen{}", a.suffix, b.suffix),
        [] => String::new(),
    };
    let factors = device::factors(card, &SPELLING);
    for (name, formula) in &factors {
        let _ = writeln!(out, "{name} = {formula};");
    }
    let (kr, kc, esr, leak) = if factors.is_empty() {
        ("", "", "esr", "rleak")
    } else {
        ("kr*", "kc*", "esr*kesr/kr", "rleak*kleak/kr")
    };
    let temperature = if factors.iter().any(|(name, _)| *name == "tcell") {
        "tcell"
    } else {
        "$temperature"
    };
    let _ = writeln!(
        out,
        "rscale = {kr}{series}/({parallel}*area);\ncscale = {kc}{parallel}*area/{series};\n\
         rser = ({esr} + {open})*rscale;\nquiet = 4*`P_K*{temperature};\n\
         given = ic < 1e29; // no start voltage above"
    );
    for (i, half) in halves.iter().enumerate() {
        if is_first(halves, i) {
            out.push_str(&half.constants(kc).replace("series", &series));
        }
    }
    out.push_str(
        "if (rser > 0)\n    I(p, e) <+ V(p, e)/rser + white_noise(quiet/rser, \"series\");\n\
         else\n    V(p, e) <+ 0;\n",
    );
    if cell.r_leak.is_finite() {
        let _ = writeln!(
            out,
            "I(p, n) <+ V(p, n)/({leak}*rscale) + white_noise(quiet/({leak}*rscale), \"leak\");",
        );
    }
    // In VACASK, which has no "epsmin", the operating point of an AC or noise analysis has the flags of its small
    // signals: what decides there must be too weak to be seen in them. Small signals of ngspice are "ac" and "static",
    // its first step "tran" and "static".
    out.push_str(
        "weak = (analysis(\"ac\") || analysis(\"noise\")) && $simparam(\"epsmin\", -1) < 0;\n\
         rest = (analysis(\"static\") && !analysis(\"ac\") && !analysis(\"tran\") && !weak)\n    \
         || ((analysis(\"ic\") || analysis(\"tran\")) && $abstime <= 0);\n",
    );
    let r = match &halves[0].params.explicit {
        Some(list) => format!("{}*rscale", number(list[0].r_c)),
        None => format!(
            "{}*rscale",
            formula::r_c(halves[0].params, halves[0].suffix)
        ),
    };
    match halves {
        [a, b] => {
            // The electrodes share a voltage inversely to their capacitances.
            let (ca, cb) = (a.total_capacitance(), b.total_capacitance());
            let _ = writeln!(
                out,
                "share = {cb}/({ca} + {cb});\n\n\
                 I(e, b) <+ weak*{}*1e-9/({r}*share);\n\
                 I(b, n) <+ weak*{}*1e-9/({r}*(1 - share));",
                a.stored("V(e, b)"),
                b.stored("V(b, n)")
            );
            if a.rises {
                // Newton's method for equal charges; more iterations than double precision needs.
                out.push_str("own = ic*share;\n");
                for _ in 0..7 {
                    let (pa, pb) = (a.suffix, b.suffix);
                    let _ = writeln!(
                        out,
                        "own = own - ((1 - share)*stored(own, crise{pa}, perrise{pa})\n    \
                         - share*stored(ic - own, crise{pb}, perrise{pb}))\n    \
                         /((1 - share)*slope(own, crise{pa}, perrise{pa})\n    \
                         + share*slope(ic - own, crise{pb}, perrise{pb}));"
                    );
                }
            }
        }
        // So that no node floats at the operating point; in small signals it would be 1e-10 of the part.
        _ => out.push_str("I(e, n) <+ (rest + weak)*V(e, n)*1e-12;\n"),
    }
    for half in halves {
        out.push_str(&half.contributions());
    }
    out.push_str(
        "// At rest the part is held at its start voltage, if it has one.\ngate = rest*given;\n",
    );
    match halves {
        [a, b] => {
            let (own, other) = match a.rises {
                true => ("own", "(ic - own)"),
                false => ("ic*share", "ic*(1 - share)"),
            };
            // Without a start voltage the electrodes hold the same charge.
            let first = |node: &str| {
                format!(
                    "given*(V(e, {node}) - {own})\n        \
                     + (1 - given)*((1 - share)*{} - share*{})",
                    a.stored(&format!("V(e, {node})")),
                    b.stored(&format!("V({node}, n)"))
                )
            };
            out.push_str(&a.hold("rest", first, &r));
            let second = |node: &str| format!("V(n, {node}) + {other}");
            out.push_str(&b.hold("gate", second, &r));
        }
        [a] => {
            let wrong = |node: &str| format!("V({}, {node}) - ic", a.metal);
            out.push_str(&a.hold("gate", wrong, &r));
        }
        _ => {}
    }
    out
}
