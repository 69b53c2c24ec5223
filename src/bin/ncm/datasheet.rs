//! `ncm datasheet`, and `ncm identify datasheet`: a card and the numbers of its data sheet.

use std::path::{Path, PathBuf};

use clap::Args;
use ncm::card::Card;
use ncm::datasheet::{
    Check, Sheet, compare, stand_alone, through_ngspice, to_card, with_self_heating,
};
use ncm::simulator::Ngspice;
use serde_json::{Value, json};

use crate::args::CardArgs;
use crate::doctor::find_code_model;
use crate::failure::Failure;
use crate::files;
use crate::report::Report;

#[derive(Debug, Args)]
pub struct DatasheetArgs {
    #[command(flatten)]
    pub part: CardArgs,
    /// The data-sheet numbers [default: sheets/NAME.toml beside the card NAME.toml].
    #[arg(long, value_name = "SHEET.toml")]
    pub sheet: Option<PathBuf>,
    /// Run the card in ngspice too.
    #[arg(long)]
    pub ngspice: bool,
    /// The code models for ngspice [default: NCM_CODE_MODEL, or ncm.cm where ncm is].
    #[arg(long, value_name = "FILE.cm")]
    pub code_model: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct FromSheetArgs {
    /// Data-sheet numbers: TOML (see docs/datasheet.md), or a table with a row per part (.csv).
    pub input: PathBuf,
    /// Which row of a table: a piece of its part's name.
    #[arg(long, value_name = "TEXT")]
    pub part: Option<String>,
    /// Give the card the sheet's thermal resistance and capacity: it then heats itself, behind the doors that can
    /// (docs/netlists.md).
    #[arg(long)]
    pub self_heating: bool,
    /// Write the card to this file instead of stdout.
    #[arg(short, long, value_name = "CARD.toml")]
    pub output: Option<PathBuf>,
    /// Name of the part [default: that of the sheet].
    #[arg(long)]
    pub name: Option<String>,
}

/// From sheet to card.
pub fn identify(a: &FromSheetArgs) -> Result<Report, Failure> {
    if let Some(path) = &a.output {
        files::check_target(path)?;
    }
    let table = a
        .input
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("csv"));
    let mut sheet = match (table, &a.part) {
        (true, part) => {
            let text = std::fs::read_to_string(&a.input).map_err(|e| {
                Failure::bad_input(format!(
                    "{}: cannot be read: {e}\n  remedy: name a table or a sheet of data-sheet numbers",
                    a.input.display()
                ))
            })?;
            Sheet::from_csv(&text, &a.input, part.as_deref().unwrap_or(""))?
        }
        (false, None) => Sheet::read(&a.input)?,
        (false, Some(_)) => {
            return Err(Failure::bad_input(
                "--part: chooses a row of a table (.csv); this input holds one part",
            ));
        }
    };
    if let Some(name) = &a.name {
        sheet.name.clone_from(name);
    }
    let mut card = to_card(&sheet)?;
    if a.self_heating {
        with_self_heating(&mut card, &sheet)
            .map_err(|e| Failure::bad_input(format!("{}: {e}", a.input.display())))?;
    }
    let text = card.to_toml();
    // What is written must be readable again: names above all come from outside.
    Card::parse(&text, &a.input.display().to_string())?;
    let mut report = Report::default();
    report.json.insert("name".into(), json!(card.name));
    report
        .json
        .insert("notes".into(), json!(card.provenance.notes));
    match &a.output {
        None => {
            report.json.insert("toml".into(), json!(text));
            report.text = text;
        }
        Some(path) => {
            files::write(path, &text)?;
            report.json.insert("card".into(), json!(path));
            report.text = format!("card: {}\n{}\n", path.display(), card.provenance.notes);
        }
    }
    Ok(report)
}

/// From card back to the sheet's numbers.
pub fn run(a: &DatasheetArgs) -> Result<Report, Failure> {
    let card = Card::read(&a.part.card, &a.part.set)?;
    if card.cell.negative.is_none() {
        return Err(Failure::bad_input(format!(
            "{}: is a half cell\n  remedy: data sheets are of cells; give a card with kind = \"cell\"",
            a.part.card.display()
        )));
    }
    let sheet = Sheet::read(&sheet_path(a)?)?;
    let (c, v) = (sheet.capacitance, sheet.voltage);
    let mut ways = vec![(
        "stand-alone",
        compare(&sheet, &stand_alone(&card.cell, c, v)?),
    )];
    if a.ngspice {
        let ngspice = Ngspice::find().map_err(|e| Failure::work(e.to_string()))?;
        let model = find_code_model(a.code_model.as_ref()).map_err(|looked| {
            Failure::work(format!(
                "no ncm.cm: looked at {looked}\n  remedy: run `make build`, or name it with --code-model"
            ))
        })?;
        let measured = through_ngspice(&card, c, v, &ngspice, &model).map_err(Failure::work)?;
        ways.push(("ngspice", compare(&sheet, &measured)));
    }
    let mut report = Report {
        text: format!("{} against its data sheet ({})\n", card.name, sheet.part),
        ..Report::default()
    };
    for (way, checks) in &ways {
        report.text.push_str(&format!(
            "\n{:<22}{:>14}{:>14}{:>11}  {}\n",
            way, "measured", "rated", "deviation", "allowed"
        ));
        for check in checks {
            report.text.push_str(&line(check));
            report.unwell |= check.passes() == Some(false);
        }
        let list: Vec<Value> = checks.iter().map(of_check).collect();
        report.json.insert(way.replace('-', "_"), json!(list));
    }
    report.json.insert("passes".into(), json!(!report.unwell));
    Ok(report)
}

fn sheet_path(a: &DatasheetArgs) -> Result<PathBuf, Failure> {
    if let Some(path) = &a.sheet {
        return Ok(path.clone());
    }
    let card: &Path = &a.part.card;
    let beside = card
        .with_file_name("sheets")
        .join(card.file_name().unwrap_or_default());
    if beside.is_file() {
        return Ok(beside);
    }
    Err(Failure::bad_input(format!(
        "{}: no data sheet at {}\n  remedy: name one with --sheet (docs/datasheet.md says what it holds)",
        card.display(),
        beside.display()
    )))
}

fn line(c: &Check) -> String {
    let rated = c.rated.map_or("not told".into(), |r| format!("{r:.4e}"));
    let deviation = c
        .deviation()
        .map_or(String::new(), |d| format!("{:+.2} %", 100.0 * d));
    let verdict = match (c.passes(), c.allowed) {
        (Some(passes), Some((low, high))) => {
            let range = if low > 0.0 {
                format!("{low:.4e} to {high:.4e}")
            } else {
                format!("up to {high:.4e}")
            };
            format!("{range}: {}", if passes { "pass" } else { "FAIL" })
        }
        _ => String::new(),
    };
    let name = format!("{} ({})", c.name, c.unit);
    format!(
        "{name:<26}{:>10.4e}{rated:>14}{deviation:>11}  {verdict}\n",
        c.measured
    )
}

fn of_check(c: &Check) -> Value {
    json!({
        "name": c.name,
        "unit": c.unit,
        "measured": c.measured,
        "rated": c.rated,
        "allowed": c.allowed.map(|(low, high)| [low, high]),
        "deviation": c.deviation(),
        "passes": c.passes(),
    })
}
