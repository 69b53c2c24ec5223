//! Comment lines that open a library file: what the part is, where its numbers come from, how it
//! is used.

use super::subcircuit_name;
use crate::card::Card;

/// Longest comment line.
const WIDTH: usize = 100;

/// The header; `needs` says what the door wants from the simulator, `word` is what it writes before
/// the parameters of an instance.
pub(super) fn header(card: &Card, needs: &str, word: &str) -> String {
    let mut out = String::new();
    let mut say = |text: &str| comment(&mut out, text);
    if card.description.is_empty() {
        say(&card.name);
    } else {
        say(&format!("{}: {}", card.name, card.description));
    }
    say("");
    say(&format!(
        "Written by ncm {} from a parameter card. Change the card and write this file again.",
        env!("CARGO_PKG_VERSION")
    ));
    say(needs);
    say("");
    say(&format!(
        "Use:  X1 p n {} {word}ic=0",
        subcircuit_name(card)
    ));
    say("p, n: positive and negative terminal. Units are SI.");

    let p = &card.provenance;
    let lines = [
        ("source", &p.source),
        ("doi", &p.doi),
        ("url", &p.url),
        ("date", &p.date),
        ("method", &p.method),
        ("notes", &p.notes),
    ];
    if lines.iter().any(|l| !l.1.is_empty()) {
        say("");
    }
    for (key, text) in lines {
        if !text.is_empty() {
            say(&format!("{key}: {text}"));
        }
    }
    for (key, text) in &p.parameters {
        say(&format!("{key}: {text}"));
    }
    let v = &card.validity;
    let mut ranges = Vec::new();
    for (low, high, unit) in [
        (v.v_min, v.v_max, "V"),
        (v.rate_min, v.rate_max, "V/s"),
        (v.temperature_min, v.temperature_max, "K"),
    ] {
        match (low, high) {
            (Some(low), Some(high)) => ranges.push(format!("{low} to {high} {unit}")),
            (Some(low), None) => ranges.push(format!("from {low} {unit}")),
            (None, Some(high)) => ranges.push(format!("up to {high} {unit}")),
            (None, None) => {}
        }
    }
    if !ranges.is_empty() {
        say(&format!("made for: {}", ranges.join(", ")));
    }
    out
}

/// A comment, broken into lines. A card's texts may hold anything, so every line of them is
/// marked, and nothing but printable ASCII goes into a netlist.
pub(super) fn comment(out: &mut String, text: &str) {
    let mut line = String::from("*");
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        if line.len() + 1 + word.len() > WIDTH && line.len() > 1 {
            out.push_str(&line);
            out.push('\n');
            line = String::from("*  ");
        }
        line.push(' ');
        line.extend(
            word.chars()
                .map(|c| if c.is_ascii_graphic() { c } else { '?' }),
        );
    }
    out.push_str(&line);
    out.push('\n');
}
