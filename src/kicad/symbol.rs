//! Cards as a symbol library.
//!
//! A symbol names its simulation model in fields: `Sim.Library` (file), `Sim.Name` (subcircuit),
//! `Sim.Device=SUBCKT` and `Sim.Pins`. KiCad puts a copy of the fields into the schematic when
//! the symbol is placed, and finds the file by these rules: as it stands if it is absolute; else in the
//! project's folder; else in the folder that the environment variable SPICE_LIB_DIR names.
//!
//! The file is in the format of KiCad 7 (20220914), which later releases read too.

use std::fmt::Write as _;

use super::text::quoted;
use crate::card::Card;
use crate::netlist::subcircuit_name;

/// Version of the file format: that of KiCad 7.
const FORMAT: u32 = 20220914;

/// A symbol library with a part for each card. `library` is what goes into `Sim.Library`: where
/// KiCad will find the file with that card's subcircuit.
pub fn symbol_library<'a>(
    cards: impl IntoIterator<Item = &'a Card>,
    library: impl Fn(&Card) -> String,
) -> String {
    let mut out = format!("(kicad_symbol_lib (version {FORMAT}) (generator ncm)\n");
    for card in cards {
        symbol(&mut out, card, &library(card));
    }
    out.push_str(")\n");
    out
}

/// The usual name of the file with a card's subcircuit.
pub fn library_file(card: &Card) -> String {
    format!("{}.lib", card.name)
}

fn symbol(out: &mut String, card: &Card, library: &str) {
    let name = subcircuit_name(card);
    let cell = card.cell.negative.is_some();
    let _ = writeln!(
        out,
        "  (symbol {} (pin_numbers hide) (pin_names (offset 0.254) hide) (in_bom yes) (on_board yes)",
        quoted(&name)
    );
    let description = if card.description.is_empty() {
        &card.name
    } else {
        &card.description
    };
    // The first four are KiCad's own and come in this order.
    let shown = |x: f64, y: f64| (format!("{x} {y} 0"), " (justify left)");
    let hidden = || ("0 0 0".to_owned(), " hide");
    let fields = [
        ("Reference", "C", shown(2.54, 1.27)),
        ("Value", name.as_str(), shown(2.54, -1.27)),
        ("Footprint", "", hidden()),
        ("Datasheet", card.provenance.url.as_str(), hidden()),
        ("Sim.Library", library, hidden()),
        ("Sim.Name", name.as_str(), hidden()),
        ("Sim.Device", "SUBCKT", hidden()),
        ("Sim.Pins", "1=p 2=n", hidden()),
        (
            "ki_keywords",
            "supercapacitor EDLC ultracapacitor",
            hidden(),
        ),
        ("ki_description", description.as_str(), hidden()),
    ];
    for (key, value, (at, effect)) in fields {
        let _ = writeln!(
            out,
            "    (property {} {} (at {at}) (effects (font (size 1.27 1.27)){effect}))",
            quoted(key),
            quoted(value)
        );
    }
    drawing(out, &name, cell);
    out.push_str("  )\n");
}

/// A line of the drawing: from, to, width, style; millimetres.
type Line = ((f64, f64), (f64, f64), f64, &'static str);

/// The positive plate and its sign.
const POSITIVE: [Line; 3] = [
    ((-2.032, 0.762), (2.032, 0.762), 0.508, "default"),
    ((-2.286, 2.032), (-1.27, 2.032), 0.1524, "default"),
    ((-1.778, 1.524), (-1.778, 2.54), 0.1524, "default"),
];
/// The negative plate of a cell, and its electrolyte.
const CELL: [Line; 2] = [
    ((-2.032, -0.762), (2.032, -0.762), 0.508, "default"),
    ((-2.032, 0.0), (2.032, 0.0), 0.1524, "dash"),
];
/// A half cell ends in electrolyte.
const HALF_CELL: [Line; 1] = [((-2.032, -0.762), (2.032, -0.762), 0.1524, "default")];

fn drawing(out: &mut String, name: &str, cell: bool) {
    let rest: &[Line] = if cell { &CELL } else { &HALF_CELL };
    let _ = writeln!(out, "    (symbol {}", quoted(&format!("{name}_0_1")));
    for (from, to, width, style) in POSITIVE.iter().chain(rest) {
        let _ = writeln!(
            out,
            "      (polyline (pts (xy {} {}) (xy {} {})) (stroke (width {width}) (type {style})) (fill (type none)))",
            from.0, from.1, to.0, to.1
        );
    }
    let _ = writeln!(out, "    )\n    (symbol {}", quoted(&format!("{name}_1_1")));
    for (number, pin, y, angle) in [(1, "+", 3.81, 270), (2, "-", -3.81, 90)] {
        let _ = writeln!(
            out,
            "      (pin passive line (at 0 {y} {angle}) (length 2.794) (name \"{pin}\" (effects (font (size 1.27 1.27)))) \
             (number \"{number}\" (effects (font (size 1.27 1.27)))))"
        );
    }
    out.push_str("    )\n");
}
