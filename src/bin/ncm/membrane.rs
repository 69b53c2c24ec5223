//! `ncm membrane`: the card of a membrane of any slit width between those simulated.

use std::path::PathBuf;

use clap::Args;
use ncm::identify::mpnp::{MembraneLaw, between};
use serde_json::json;

use crate::args::number;
use crate::failure::Failure;
use crate::files;
use crate::identify::part_name;
use crate::report::Report;

#[derive(Debug, Args)]
pub struct MembraneArgs {
    /// Width of the slits, 1.5 to 5 nm.
    #[arg(long, value_name = "NM", value_parser = number)]
    pub slit_nm: f64,
    /// Number of sheets of an electrode.
    #[arg(long, default_value_t = 6)]
    pub sheets: u64,
    /// Law of the resistance.
    #[arg(long, default_value = "linear", value_parser = ["linear", "sqrt"])]
    pub law: String,
    /// Two such electrodes facing each other, in place of one against the bulk electrolyte.
    #[arg(long)]
    pub cell: bool,
    /// Write the card to this file.
    #[arg(short, long, value_name = "CARD.toml")]
    pub output: Option<PathBuf>,
    /// Name of the part [default: that of the card's file, or "membrane"].
    #[arg(long)]
    pub name: Option<String>,
}

pub fn run(a: &MembraneArgs) -> Result<Report, Failure> {
    if let Some(path) = &a.output {
        files::check_target(path)?;
    }
    let name = a.name.clone().unwrap_or_else(|| {
        a.output
            .as_ref()
            .map_or("membrane".into(), |path| part_name(path))
    });
    let law = if a.law == "sqrt" {
        MembraneLaw::Sqrt
    } else {
        MembraneLaw::Linear
    };
    let card = between::interpolated(law, a.slit_nm, a.sheets, a.cell, &name, None)
        .map_err(|error| Failure::bad_input(error.to_string()))?;
    let text = card.to_toml();
    ncm::card::Card::parse(&text, &name)?;
    let mut report = Report::default();
    report.json.insert("card".into(), json!(text));
    match &a.output {
        None => report.text = text,
        Some(path) => {
            files::write(path, &text)?;
            report.json.insert("file".into(), json!(path));
            report.text = format!("card: {}\n", path.display());
        }
    }
    Ok(report)
}
