//! The plain door: a subcircuit of capacitors and behavioural sources that any simulator reads.
//!
//! Each section of the ladder is a linear capacitor, whose voltage is the state, and a current
//! source `v/R(Q)` with `Q` the charge of that capacitor. No capacitance depends on anything, so
//! charge is conserved by the simulator's own integration.

mod dialect;
mod ladder;
mod law;
mod ltspice;
mod ngspice;
mod pspice;
mod xyce;

pub use dialect::Dialect;

use std::fmt::Write;

use crate::card::Card;
use crate::ladder::{ElectrodeParams, sections::AUTOMATIC_SECTIONS};

use super::device::{self, Spelling};
use super::formula;
use super::header::header;
use super::lumping;
use super::subcircuit_name;
use super::values::{number, numbers, rises};
use super::wrap::wrapped;
use ladder::Ladder;

/// Values of `ic` from here on stand for none (`values::NO_IC` does).
const NO_IC_LIMIT: &str = "1e29";

/// Sections of an electrode behind this door: what the card asks for, or else every slit up to
/// 120 and 120 beyond, for each costs the simulator several elements.
pub(super) fn sections(e: &ElectrodeParams) -> u64 {
    match (&e.explicit, e.sections) {
        (Some(list), _) => list.len() as u64,
        (None, 0) => e.slits.min(AUTOMATIC_SECTIONS),
        (None, n) => n,
    }
}

/// The card with the sections that this door gives it.
pub(super) fn lumped(card: &Card) -> Card {
    let mut card = card.clone();
    let cell = &mut card.cell;
    for e in [Some(&mut cell.positive), cell.negative.as_mut()]
        .into_iter()
        .flatten()
    {
        e.sections = if e.explicit.is_some() { 0 } else { sections(e) };
    }
    card
}

pub(super) fn subcircuit(card: &Card, dialect: Dialect) -> String {
    let card = &lumped(card);
    let syntax = dialect.syntax();
    let name = subcircuit_name(card);
    let ladders = ladders(card);
    let mut out = header(card, syntax.needs(), syntax.parameters_word());
    out.push_str(&lumping::statement(card));
    out.push_str(
        "* Every path is a source v/R(Q), Q the charge of its slit's capacitor. Noiseless.\n",
    );

    let defaults = parameters(card)
        .into_iter()
        .map(|(k, v)| format!("{k}={}", number(v)))
        // A simulator's own multiplier reaches capacitors and resistors, but not every source.
        .chain(["m=1".to_owned()]);
    let start = format!(".subckt {name} p n {}", syntax.parameters_word());
    out.push_str(&wrapped(start.trim_end(), defaults, ""));
    let electrodes: Vec<_> = distinct(&ladders).map(|l| (l.params, l.suffix)).collect();
    out.push_str(&law::functions(&electrodes, syntax));
    if ladders.iter().any(|l| l.rises) {
        out.push_str(law::STORED);
    }
    out.push_str(&scales(card, &ladders));
    for ladder in distinct(&ladders) {
        out.push_str(&ladder.parameters());
    }
    out.push_str(&mouth(card, &ladders));
    for ladder in &ladders {
        let _ = writeln!(
            out,
            "* {}: metal {}, electrolyte {} and {}1 to {}{}",
            match (ladder.doubled, ladder.sign) {
                (true, _) => "both electrodes, which mirror each other",
                (false, -1) => "negative electrode",
                _ => "electrode",
            },
            ladder.metal,
            ladder.bulk,
            ladder.letter,
            ladder.letter,
            ladder.sections
        );
        out.push_str(&ladder.elements(syntax));
    }
    out.push_str(&demands(&ladders));
    out.push_str("* holds ic at the operating point, and nothing in transient and small signal\n");
    out.push_str(&syntax.gate("g", "g"));
    out.push('\n');
    for ladder in &ladders {
        out.push_str(&ladder.holder(syntax));
    }
    let _ = writeln!(out, ".ends {name}");
    out
}

/// The electrodes as ladders; one for both where they are equal and the law is even.
fn ladders(card: &Card) -> Vec<Ladder<'_>> {
    let cell = &card.cell;
    let rises = rises(card);
    let different = cell.negative.as_ref().is_some_and(|n| *n != cell.positive);
    let ladder = |params, suffix: &'static str, metal, bulk, letter, doubled, sign| Ladder {
        params,
        suffix,
        other: match (different, suffix) {
            (true, "") => "neg",
            _ => "",
        },
        rises,
        metal,
        bulk,
        letter,
        doubled,
        sign,
        sections: sections(params) as usize,
        has_factors: device::has_factors(card),
    };
    let positive = &cell.positive;
    match &cell.negative {
        None => vec![ladder(positive, "", "e", "n", "s", false, 1)],
        Some(negative) if negative == positive && formula::is_even(positive) => {
            vec![ladder(positive, "", "e", "n", "s", true, 1)]
        }
        // The names of equal electrodes' parameters are written once.
        Some(negative) => {
            let suffix = if negative == positive { "" } else { "neg" };
            vec![
                ladder(positive, "", "e", "b", "s", false, 1),
                ladder(negative, suffix, "n", "b", "t", false, -1),
            ]
        }
    }
}

/// One ladder for each set of parameters: equal electrodes share theirs.
fn distinct<'a>(ladders: &'a [Ladder<'a>]) -> impl Iterator<Item = &'a Ladder<'a>> {
    let suffix = ladders.first().map(|l| l.suffix);
    let (first, others) = ladders.split_at(ladders.len().min(1));
    first
        .iter()
        .chain(others.iter().filter(move |l| Some(l.suffix) != suffix))
}

/// The subcircuit's parameters: those of the card, less what an explicit list of sections replaces.
pub(super) fn parameters(card: &Card) -> Vec<(String, f64)> {
    let cell = &card.cell;
    let replaced = |name: &str, suffix: &str, e: Option<&ElectrodeParams>| {
        e.is_some_and(|e| e.explicit.is_some())
            && ["rc", "qmax", "cslit", "slits", "sections", "rmin"]
                .iter()
                .any(|n| name == format!("{n}{suffix}"))
    };
    let mut list = numbers(card);
    list.extend(device::factor_parameters(card));
    list.retain(|(name, _)| {
        !replaced(name, "", Some(&cell.positive)) && !replaced(name, "neg", cell.negative.as_ref())
    });
    list
}

const SPELLING: Spelling = Spelling {
    temperature: "temperature",
    power: "pwr",
};

/// What scales the part, and the start voltage.
fn scales(card: &Card, ladders: &[Ladder]) -> String {
    let mut out = String::new();
    let cell = &card.cell;
    if cell.negative.is_none() {
        // Not parameters of half cells behind any door.
        let (series, parallel) = (number(cell.series), number(cell.parallel));
        let _ = writeln!(out, ".param series={series} parallel={parallel}");
    }
    let factors = device::factors(card, &SPELLING);
    if factors.is_empty() {
        let _ = writeln!(
            out,
            ".param rscale={{series/(parallel*area*m)}} cscale={{parallel*area*m/series}}"
        );
    } else {
        out.push_str("* what temperature and age leave of resistances and capacitances\n");
        for (name, formula) in factors {
            let _ = writeln!(out, ".param {name}={{{formula}}}");
        }
        let _ = writeln!(
            out,
            ".param rscale={{kr*series/(parallel*area*m)}} cscale={{kc*parallel*area*m/series}}"
        );
    }
    out.push_str(&format!(
        ".param given={{min(max({NO_IC_LIMIT}-ic,0),1)}} open={{1-given}} volts={{ic*given}}\n"
    ));
    if let [positive, negative] = ladders {
        // The electrodes share a voltage inversely to their capacitances.
        let (a, b) = (positive.total_capacitance(), negative.total_capacitance());
        let _ = writeln!(out, ".param share={{({b})/({a}+{b})}} rest={{1-share}}");
        if positive.rises && positive.suffix != negative.suffix {
            out.push_str(&shares(positive, negative));
            out.push_str(&positive.start(&format!("half{SHARING}")));
            out.push_str(&negative.start(&format!("(volts-half{SHARING})")));
        } else {
            out.push_str(&positive.start("volts*share"));
            out.push_str(&negative.start("volts*rest"));
        }
    } else {
        out.push_str(&ladders[0].start("volts*1"));
    }
    let r = match ladders[0].params.explicit {
        Some(ref list) => number(list[0].r_c),
        None => formula::r_c(ladders[0].params, ladders[0].suffix),
    };
    let _ = writeln!(out, ".param push={{1/({r}*rscale)}}");
    out
}

/// Newton iterations for the electrodes' shares of the start voltage: more than double precision needs.
const SHARING: usize = 7;

/// The positive electrode's part of the start voltage where capacitances rise: both hold the same charge.
fn shares(positive: &Ladder, negative: &Ladder) -> String {
    let mut out = String::from(
        "* the positive electrode's part of the start voltage, at which both hold the same charge\n\
         .param half0={volts*share}\n",
    );
    for k in 0..SHARING {
        let call = |function: &str, v: String, s: &str| {
            format!("ncm_{function}({v},crise{s},1/(urise{s}*series))")
        };
        let of_both = |function: &str, sign: char| {
            format!(
                "(rest*{}{sign}share*{})",
                call(function, format!("half{k}"), positive.suffix),
                call(function, format!("volts-half{k}"), negative.suffix)
            )
        };
        let _ = writeln!(
            out,
            ".param half{}={{half{k}-{}/{}}}",
            k + 1,
            of_both("stored", '-'),
            of_both("slope", '+')
        );
    }
    out
}

/// Resistors that are 1 ohm where an instance keeps to what the file was written for, else
/// infinite, which is no value: simulators stop and name them.
fn demands(ladders: &[Ladder]) -> String {
    let mut out = String::new();
    for ladder in distinct(ladders) {
        if let Some((excess, complaint)) = ladder.demand() {
            let value = format!("1/(1-min(1e9*max({excess}-0.5,0),1))");
            let _ = writeln!(out, "R{complaint} g 0 {{{value}}}");
        }
    }
    if !out.is_empty() {
        out.insert_str(0, "* stops the simulator if not\n");
    }
    out
}

/// What lies between the terminals and the electrodes.
fn mouth(card: &Card, ladders: &[Ladder]) -> String {
    let mut out = String::from("* resistance in series, which may be 0\nVs p s 0\n");
    let open = match ladders {
        [one] if one.doubled => "2*ropen".to_owned(),
        [_] => "ropen".to_owned(),
        [a, b, ..] => format!("ropen{}+ropen{}", a.suffix, b.suffix),
        [] => String::new(),
    };
    let (esr, leak) = if device::has_factors(card) {
        ("esr*kesr/kr", "rleak*kleak/kr")
    } else {
        ("esr", "rleak")
    };
    let _ = writeln!(out, "Hs s e Vs {{({esr}+{open})*rscale}}");
    if card.cell.r_leak.is_finite() {
        let _ = writeln!(out, "Rleak p n {{{leak}*rscale}}");
    }
    out.push_str("* so that no node floats\n");
    match ladders {
        [_, _] => out.push_str("Rp e b {1e12*share}\nRn b n {1e12*rest}\n"),
        _ => out.push_str("Rp e n 1e12\n"),
    }
    out
}
