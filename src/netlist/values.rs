//! A card's numbers under their names in netlists.

use crate::card::Card;
use crate::ladder::ElectrodeParams;

/// Value of `ic` that stands for "none": a subcircuit's parameters must all have a value.
pub(super) const NO_IC: f64 = 1e30;

/// Whether a capacitance of the part rises with voltage.
pub(super) fn rises(card: &Card) -> bool {
    let cell = &card.cell;
    let electrodes = [Some(&cell.positive), cell.negative.as_ref()];
    electrodes.iter().flatten().any(|e| e.c_rise != 0.0)
}

/// Numbers of the card by netlist name, in the order of the card. Names of the negative
/// electrode, where it differs from the positive one, end in `neg`.
pub(super) fn numbers(card: &Card) -> Vec<(String, f64)> {
    let cell = &card.cell;
    let rises = rises(card);
    let mut list = electrode(&cell.positive, "", rises);
    if let Some(negative) = cell.negative.as_ref().filter(|n| **n != cell.positive) {
        list.extend(electrode(negative, "neg", rises));
    }
    let mut put = |name: &str, value: f64| list.push((name.into(), value));
    put("esr", cell.esr);
    // Netlists have no word for infinity; a leak that is not there is left out.
    if cell.r_leak.is_finite() {
        put("rleak", cell.r_leak);
    }
    put("area", cell.area);
    // Half cells are not stacked: their negative terminal is the electrolyte.
    if cell.negative.is_some() {
        put("series", cell.series);
        put("parallel", cell.parallel);
    }
    put("ic", card.ic.unwrap_or(NO_IC));
    if let Some(history) = card.history {
        put("icfrom", history.from);
        put("icrate", history.rate);
        put("icrest", history.rest);
    }
    list
}

/// The laws by netlist name: a built-in form's name, or a formula.
pub(super) fn laws(card: &Card) -> Vec<(&'static str, String)> {
    let law = |e: &ElectrodeParams| match &e.expression {
        Some(expression) => expression.to_netlist(),
        None => e.law.name().to_owned(),
    };
    let cell = &card.cell;
    let mut list = vec![("law", law(&cell.positive))];
    if let Some(negative) = cell.negative.as_ref().filter(|n| **n != cell.positive) {
        list.push(("lawneg", law(negative)));
    }
    list
}

fn electrode(e: &ElectrodeParams, suffix: &str, rises: bool) -> Vec<(String, f64)> {
    [
        ("rc", e.r_c),
        ("gamma", e.gamma),
        ("qmax", e.q_max),
        ("cslit", e.c_slit),
        ("crise", e.c_rise),
        ("urise", e.u_rise),
        ("slits", e.slits as f64),
        ("sections", e.sections as f64),
        ("entry", e.entry),
        ("rmin", e.r_min),
        ("ropen", e.r_open),
        ("copen", e.c_open),
    ]
    .into_iter()
    // A formula brings both along.
    .filter(|(name, _)| e.expression.is_none() || !["rc", "gamma"].contains(name))
    // Few parts say how their capacitance rises.
    .filter(|(name, _)| rises || !["crise", "urise"].contains(name))
    .map(|(name, value)| (format!("{name}{suffix}"), value))
    .collect()
}

/// A number as every simulator reads it, exact: the shortest form that reads back unchanged.
pub(super) fn number(x: f64) -> String {
    let plain = format!("{x}");
    let scientific = format!("{x:e}");
    // Verilog-A takes digits alone for an integer, which must not be too large.
    let is_large_integer = plain.len() > 9 && !plain.contains('.');
    if plain.len() <= scientific.len() + 1 && !is_large_integer {
        plain
    } else {
        scientific
    }
}
