//! What the doors have in common whose models are compiled: one instance, one model line.

use super::device;
use super::header::header;
use super::values::{laws, number, numbers};
use super::wrap::wrapped;
use super::{Door, NetlistError, subcircuit_name};
use crate::card::Card;

/// How one of them is written.
pub(super) struct Form {
    pub door: Door,
    /// What must be loaded, for the header.
    pub needs: &'static str,
    /// The line of the instance between `p` and `n` of the model `part`.
    pub instance: &'static str,
    /// The full name of the model `ncm_cell` or `ncm_electrode`.
    pub model: fn(&Card, &str) -> Result<String, NetlistError>,
}

pub(super) fn subcircuit(card: &Card, form: &Form) -> Result<String, NetlistError> {
    let cell = &card.cell;
    let electrodes = [Some(&cell.positive), cell.negative.as_ref()];
    if electrodes.iter().flatten().any(|e| e.explicit.is_some()) {
        return Err(NetlistError {
            card: card.name.clone(),
            door: form.door,
            parameter: "sections".into(),
            wrong: "an explicit list of sections has no form".into(),
            remedy: "give slits, r_c, q_max and c_slit of equal slits and sections as a number, \
                     or connect one ncm_electrode per kind of slit by hand"
                .into(),
        });
    }
    if cell.negative.is_none() && (cell.series, cell.parallel) != (1.0, 1.0) {
        return Err(NetlistError {
            card: card.name.clone(),
            door: form.door,
            parameter: "series, parallel".into(),
            wrong: "a half cell has no counts".into(),
            remedy: "use area for half cells side by side, and connect those on top of each other \
                     by hand"
                .into(),
        });
    }
    let part = if cell.negative.is_some() {
        "ncm_cell"
    } else {
        "ncm_electrode"
    };
    let model = (form.model)(card, part)?;
    let name = subcircuit_name(card);
    let mut numbers = numbers(card);
    numbers.extend(device::parameters(card));

    let mut out = header(card, form.needs, "");
    let defaults = numbers
        .iter()
        .map(|(k, v)| format!("{k}={}", number(*v)))
        .chain(["m=1".to_owned()]);
    out.push_str(&wrapped(&format!(".subckt {name} p n"), defaults, ""));
    out.push_str(form.instance);
    out.push('\n');
    let laws = laws(card);
    // In quotes, or ngspice takes the name for that of a parameter.
    let words = laws.iter().map(|(k, v)| format!("{k}=\"{v}\""));
    // `m` at an instance reaches its subcircuit, but no model in it.
    let passed = numbers.iter().map(|(k, _)| match k.as_str() {
        "area" => "area={area*m}".to_owned(),
        _ => format!("{k}={{{k}}}"),
    });
    // ngspice loses the first parameter of an OSDI model that stands in parentheses.
    let start = format!(".model part {model}");
    out.push_str(&wrapped(&start, words.chain(passed), ""));
    out.push_str(&format!(".ends {name}\n"));
    Ok(out)
}
