//! The door to ngspice through the code models of `ncm.cm`.

use super::header::header;
use super::values::{laws, number, numbers};
use super::wrap::wrapped;
use super::{Door, NetlistError, subcircuit_name};
use crate::card::Card;

const NEEDS: &str = "Needs the code models of ncm.cm: a line `codemodel /path/to/ncm.cm` in .spiceinit, \
or `pre_codemodel /path/to/ncm.cm` in .control; `ncm doctor` checks.";

pub(super) fn subcircuit(card: &Card) -> Result<String, NetlistError> {
    let cell = &card.cell;
    let electrodes = [Some(&cell.positive), cell.negative.as_ref()];
    if electrodes.iter().flatten().any(|e| e.explicit.is_some()) {
        return Err(NetlistError {
            card: card.name.clone(),
            door: Door::Xspice,
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
            door: Door::Xspice,
            parameter: "series, parallel".into(),
            wrong: "a half cell has no counts".into(),
            remedy: "use area for half cells side by side, and connect those on top of each other \
                     by hand"
                .into(),
        });
    }
    let model = if cell.negative.is_some() {
        "ncm_cell"
    } else {
        "ncm_electrode"
    };
    let name = subcircuit_name(card);
    let numbers = numbers(card);

    let mut out = header(card, NEEDS, "");
    let defaults = numbers.iter().map(|(k, v)| format!("{k}={}", number(*v)));
    out.push_str(&wrapped(&format!(".subckt {name} p n"), defaults, ""));
    out.push_str("A1 %gd(p n) null part\n");
    let laws = laws(card);
    // In quotes, or ngspice takes the name for that of a parameter.
    let words = laws.iter().map(|(k, v)| format!("{k}=\"{v}\""));
    let passed = numbers.iter().map(|(k, _)| format!("{k}={{{k}}}"));
    out.push_str(&wrapped(
        &format!(".model part {model}("),
        words.chain(passed),
        ")",
    ));
    out.push_str(&format!(".ends {name}\n"));
    Ok(out)
}
