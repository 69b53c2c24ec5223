//! `ncm netlist`.

use ncm::netlist::{Bank, Dialect, Door, Spread, companion, subcircuit, subcircuit_name};
use serde_json::json;

use crate::args::{BankArgs, NetlistArgs};
use crate::failure::Failure;
use crate::files;
use crate::report::Report;

pub fn run(a: &NetlistArgs) -> Result<Report, Failure> {
    let dialect = Dialect::from_name(&a.dialect)
        .ok_or_else(|| Failure::bad_input(format!("--dialect {}: no such dialect", a.dialect)))?;
    let door = Door::from_name(&a.door, dialect)
        .ok_or_else(|| Failure::bad_input(format!("--door {}: no such door", a.door)))?;
    if let Some(path) = &a.output {
        files::check_target(path)?;
    }
    let card = a.part.read()?;
    let bank = bank(&a.bank)?;
    let text = subcircuit(&card, door)?;
    let (name, own_text) = match &bank {
        None => (subcircuit_name(&card), None),
        Some(bank) => (bank.name(&card), Some(bank.library(&card, door)?)),
    };
    // Behind a door with a source of its own the bank stands beside it, with the cell's subcircuit.
    let companion =
        companion(&card, door).map(|(ending, text)| (ending, own_text.clone().unwrap_or(text)));
    let text = match own_text {
        Some(bank) if companion.is_none() => bank,
        _ => text,
    };
    let mut report = Report::default();
    report.json.insert("card".into(), json!(card.name));
    report.json.insert("door".into(), json!(door.name()));
    report.json.insert("subcircuit".into(), json!(name));
    match &a.output {
        None => {
            report.json.insert("netlist".into(), json!(text));
            report.text = text;
        }
        Some(path) => {
            let mut library = path.clone();
            if let Some((ending, text)) = companion {
                library.set_extension(ending);
                if library == *path {
                    return Err(Failure::bad_input(format!(
                        "{}: is the name of the subcircuit's file beside it\n  remedy: name the source with the ending .va",
                        path.display()
                    )));
                }
                files::write(&library, &text)?;
                report.json.insert("library".into(), json!(library));
            }
            files::write(path, &text)?;
            report.json.insert("file".into(), json!(path));
            let pins = bank
                .as_ref()
                .map_or("p n".into(), |bank| bank.pins().join(" "));
            report.text = format!(
                "{}: subcircuit {name}; in a deck: .include {} and X1 {pins} {name} ic=0\n",
                path.display(),
                library.display()
            );
        }
    }
    Ok(report)
}

/// The bank that was asked for, if any.
fn bank(a: &BankArgs) -> Result<Option<Bank>, Failure> {
    if a.series.is_none() && a.parallel.is_none() {
        return match (&a.spread, a.taps) {
            (None, false) => Ok(None),
            _ => Err(Failure::bad_input(
                "--spread and --taps are for banks of cells\n  remedy: say how many with --series and --parallel",
            )),
        };
    }
    Ok(Some(Bank {
        series: a.series.unwrap_or(1),
        parallel: a.parallel.unwrap_or(1),
        spread: a.spread.as_deref().map_or(Ok(Spread::default()), spread)?,
        seed: a.seed,
        taps: a.taps,
    }))
}

pub fn spread(text: &str) -> Result<Spread, Failure> {
    let mut spread = Spread::default();
    for piece in text.split(',') {
        let wrong = |why: &str| {
            Failure::bad_input(format!(
                "--spread {piece}: {why}\n  remedy: write c=5%,esr=10%,leak=30% (relative standard deviations of capacitance, resistances and leakage current)"
            ))
        };
        let (key, value) = piece.split_once('=').ok_or_else(|| wrong("has no value"))?;
        let (digits, scale) = match value.trim().strip_suffix('%') {
            Some(digits) => (digits, 0.01),
            None => (value, 1.0),
        };
        let value = digits.trim().parse::<f64>().map(|x| scale * x);
        let value = value.map_err(|_| wrong("is not a number"))?;
        match key.trim() {
            "c" => spread.c = value,
            "esr" => spread.esr = value,
            "leak" => spread.leak = value,
            _ => return Err(wrong("no such quantity")),
        }
    }
    Ok(spread)
}
