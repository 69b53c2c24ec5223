//! `ncm identify mpnp`: from simulations of the ions to a card.

use std::path::PathBuf;

use clap::Args;
use ncm::card::Card;
use ncm::identify::mpnp::picture::PictureError;
use ncm::identify::mpnp::{
    Capacitance, Membrane, MembraneError, MembraneLaw, RunData, card, picture, report,
};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::files;
use crate::identify::part_name;
use crate::report::Report;

#[derive(Debug, Args)]
pub struct MpnpRunsArgs {
    /// Directories of finished runs of one membrane, as `ncm mpnp` writes them.
    #[arg(required = true, value_name = "DIR")]
    pub inputs: Vec<PathBuf>,
    /// Write the card to this file.
    #[arg(short, long, value_name = "CARD.toml")]
    pub output: Option<PathBuf>,
    /// Law of the card: best is the one of the first two that fits better, constant is the
    /// transmission line model.
    #[arg(long, default_value = "linear", value_parser = ["linear", "sqrt", "best", "constant"])]
    pub law: String,
    /// Capacitances of the card: constant, as in the paper, or rising with voltage as the charges at
    /// rest do.
    #[arg(long, default_value = "constant", value_parser = ["constant", "rising"])]
    pub capacitance: String,
    /// Slits of the card [default: those of the first run].
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub slits: Option<u64>,
    /// A card of two such electrodes facing each other, in place of one against the bulk
    /// electrolyte.
    #[arg(long)]
    pub cell: bool,
    /// Draw the circuit's current beside each run's: FILE.svg, or FILE-1.svg, FILE-2.svg, ...
    #[arg(long, value_name = "FILE.svg")]
    pub plot: Option<PathBuf>,
    /// Name of the part [default: that of the card's file].
    #[arg(long)]
    pub name: Option<String>,
}

pub fn run(a: &MpnpRunsArgs) -> Result<Report, Failure> {
    for path in a.output.iter().chain(&a.plot) {
        files::check_target(path)?;
    }
    let runs = a
        .inputs
        .iter()
        .map(|directory| RunData::read(directory))
        .collect::<Result<Vec<_>, _>>()?;
    let membrane = Membrane::identify(&runs)?;
    let law = match a.law.as_str() {
        "sqrt" => MembraneLaw::Sqrt,
        "constant" => MembraneLaw::Constant,
        "best" => membrane.best(),
        _ => MembraneLaw::Linear,
    };
    let capacitance = match a.capacitance.as_str() {
        "rising" => Capacitance::Rising,
        _ => Capacitance::Constant,
    };
    let mut out = Report {
        text: report::text(&membrane, law)?,
        ..Report::default()
    };
    if let Value::Object(map) = report::json(&membrane, law)? {
        out.json = map;
    }
    if let Some(path) = &a.output {
        let name = a.name.clone().unwrap_or_else(|| part_name(path));
        let slits = a.slits.unwrap_or(membrane.slits);
        let text = card::to_card(&membrane, law, capacitance, slits, a.cell, &name).to_toml();
        // What is written must be readable again: names above all come from outside.
        Card::parse(&text, &path.display().to_string())?;
        files::write(path, &text)?;
        out.json.insert("card".into(), json!(path));
        out.text.push_str(&format!("card: {}\n", path.display()));
    }
    if let Some(path) = &a.plot {
        let mut written = Vec::new();
        for k in 0..membrane.runs.len() {
            let svg = picture::picture(&membrane, k).map_err(|error| match error {
                PictureError::Membrane(error) => error.into(),
                PictureError::Plot(error) => Failure::from(error),
            })?;
            let path = if membrane.runs.len() == 1 {
                path.clone()
            } else {
                let stem = path.file_stem().unwrap_or_default().to_string_lossy();
                path.with_file_name(format!("{stem}-{}.svg", k + 1))
            };
            files::write(&path, &svg)?;
            written.push(path);
        }
        out.json.insert("plots".into(), json!(written));
    }
    Ok(out)
}

impl From<MembraneError> for Failure {
    fn from(error: MembraneError) -> Self {
        match error {
            MembraneError::Files(_) | MembraneError::Unsuitable { .. } => {
                Self::bad_input(error.to_string())
            }
            _ => Self::work(error.to_string()),
        }
    }
}
