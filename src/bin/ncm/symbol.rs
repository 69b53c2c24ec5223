//! `ncm symbol`.

use ncm::card::Card;
use ncm::kicad::symbol::{library_file, symbol_library};
use ncm::netlist::subcircuit_name;
use serde_json::json;

use crate::args::SymbolArgs;
use crate::failure::Failure;
use crate::files;
use crate::report::Report;

pub fn run(a: &SymbolArgs) -> Result<Report, Failure> {
    if let Some(path) = &a.output {
        files::check_target(path)?;
    }
    let mut cards: Vec<Card> = Vec::new();
    for path in &a.cards {
        let card = Card::read(path, &[])?;
        let name = subcircuit_name(&card);
        if cards.iter().any(|c| subcircuit_name(c) == name) {
            return Err(Failure::bad_input(format!(
                "{}: a second part with the name {name}\n  remedy: give each card a name of its own",
                path.display()
            )));
        }
        cards.push(card);
    }
    let folder = a.libraries.trim_end_matches('/');
    let text = symbol_library(&cards, |card| match folder {
        "" => library_file(card),
        folder => format!("{folder}/{}", library_file(card)),
    });
    let names: Vec<String> = cards.iter().map(subcircuit_name).collect();
    let mut report = Report::default();
    report.json.insert("symbols".into(), json!(names));
    match &a.output {
        None => {
            report.json.insert("library".into(), json!(text));
            report.text = text;
        }
        Some(path) => {
            files::write(path, &text)?;
            report.json.insert("file".into(), json!(path));
            report.text = format!("{}: {}\n", path.display(), names.join(", "));
        }
    }
    Ok(report)
}
