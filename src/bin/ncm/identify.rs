//! `ncm identify`: from measured files to a card.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use ncm::card::Card;
use ncm::identify::parameters::SLITS;
use ncm::identify::{self, Kind, Model, Outcome, Record, Request};
use ncm::measurement::{Choice, MeasurementError, Series, Spectrum, Table};
use serde_json::{Value, json};

use crate::args::number;
use crate::datasheet::{self, FromSheetArgs};
use crate::failure::Failure;
use crate::files;
use crate::identify_mpnp::{self, MpnpRunsArgs};
use crate::report::Report;

#[derive(Debug, Args)]
pub struct IdentifyArgs {
    #[command(subcommand)]
    pub source: Source,
}

#[derive(Debug, Subcommand)]
pub enum Source {
    /// Cyclic voltammetry: columns time, voltage, current (or voltage and current with --rate).
    Cv(FitArgs),
    /// Constant current (charge, discharge, both): time, voltage, current (or --current).
    Gcd(FitArgs),
    /// Open terminals: time and voltage.
    Rest(FitArgs),
    /// Impedance: frequency, real part, imaginary part.
    Eis(FitArgs),
    /// Simulations of the ions: directories that `ncm mpnp` has written.
    Mpnp(MpnpRunsArgs),
    /// The numbers of a data sheet: capacitance, resistances, leakage, ...
    Datasheet(FromSheetArgs),
}

#[derive(Debug, Args)]
pub struct FitArgs {
    /// Measured files, fitted together: text with columns (CSV, NOVA, ...), BioLogic .mpt, Gamry
    /// .DTA.
    #[arg(required = true)]
    pub inputs: Vec<PathBuf>,
    /// Write the card of the chosen model to this file.
    #[arg(short, long, value_name = "CARD.toml")]
    pub output: Option<PathBuf>,
    /// Draw every file with its fits and residuals: FILE.svg, or FILE-INPUT.svg for each of
    /// several.
    #[arg(long, value_name = "FILE.svg")]
    pub plot: Option<PathBuf>,
    /// Name of the part [default: that of the card's file].
    #[arg(long)]
    pub name: Option<String>,
    /// Which column is which, by heading or number: t=Time,v=Ewe,i=#3 (keys t v i f re im -im
    /// cycle).
    #[arg(long, value_name = "KEY=COLUMN,...")]
    pub columns: Option<String>,
    /// Units, where headings have none: t=s,v=mV,i=uA; or si for all.
    #[arg(long, value_name = "KEY=UNIT,...")]
    pub units: Option<String>,
    /// Constant current, A, of files that do not hold it; negative for a discharge. One for all
    /// files, or one for each.
    #[arg(long, value_name = "A,...", value_parser = number, value_delimiter = ',', allow_negative_numbers = true)]
    pub current: Vec<f64>,
    /// Voltage of spectra, V, where files do not say. One for all files, or one for each.
    #[arg(long, value_name = "V,...", value_parser = number, value_delimiter = ',', allow_negative_numbers = true)]
    pub bias: Vec<f64>,
    /// Sweep rate of a CV without time, V/s.
    #[arg(long, value_name = "V/S", value_parser = number)]
    pub rate: Option<f64>,
    /// Which cycle to use [default: the last complete one].
    #[arg(long)]
    pub cycle: Option<u64>,
    /// Compare only above this voltage, V.
    #[arg(long, value_name = "V", value_parser = number, allow_negative_numbers = true)]
    pub v_min: Option<f64>,
    /// Compare only below this voltage, V.
    #[arg(long, value_name = "V", value_parser = number, allow_negative_numbers = true)]
    pub v_max: Option<f64>,
    /// Compare only above this frequency, Hz.
    #[arg(long, value_name = "HZ", value_parser = number)]
    pub f_min: Option<f64>,
    /// Compare only below this frequency, Hz.
    #[arg(long, value_name = "HZ", value_parser = number)]
    pub f_max: Option<f64>,
    /// Temperature of the part during the measurement, degrees Celsius: one for all files, or one for each,
    /// and then coefficients of temperature are fitted.
    #[arg(long, value_name = "CELSIUS,...", value_parser = number, value_delimiter = ',', allow_negative_numbers = true)]
    pub temperature: Vec<f64>,
    /// Model of the card: c-esr, or tlm, ncm-linear or ncm-sqrt, these also followed by -rising, -arc or
    /// -rising-arc [default: the one with the lowest BIC that a card can hold].
    #[arg(long, value_parser = card_model, value_name = "MODEL")]
    pub model: Option<Model>,
    /// Fit the model of --model alone, without rivals.
    #[arg(long, requires = "model")]
    pub alone: bool,
    /// Values known from elsewhere, not to be fitted: c=25 (farad), gamma=0.5, ...
    #[arg(long = "fix", value_name = "PARAMETER=VALUE")]
    pub fixed: Vec<String>,
    /// Slits per electrode of the card, a division of its depth.
    #[arg(long, default_value_t = SLITS, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub slits: u64,
}

pub fn run(a: &IdentifyArgs) -> Result<Report, Failure> {
    let (kind, a) = match &a.source {
        Source::Cv(a) => (Kind::Cv, a),
        Source::Gcd(a) => (Kind::Gcd, a),
        Source::Rest(a) => (Kind::Rest, a),
        Source::Eis(a) => (Kind::Eis, a),
        Source::Mpnp(a) => return identify_mpnp::run(a),
        Source::Datasheet(a) => return datasheet::identify(a),
    };
    for path in a.output.iter().chain(&a.plot) {
        files::check_target(path)?;
    }
    let request = Request {
        models: match a.model {
            Some(model) if a.alone => vec![model],
            _ => Model::ALL.to_vec(),
        },
        fixed: a.fixed.iter().map(|f| fixed(f)).collect::<Result<_, _>>()?,
        slits: a.slits,
    };
    let records = (0..a.inputs.len())
        .map(|k| record(kind, a, k))
        .collect::<Result<Vec<_>, _>>()?;
    let outcome = identify::identify(records, &request).map_err(Failure::bad_input)?;
    let chosen = match a.model {
        Some(model) => outcome
            .fits
            .iter()
            .find(|f| f.model == model)
            .ok_or_else(|| {
                Failure::bad_input(format!(
                    "--model {}: these records say nothing of it (an arc shows in spectra only)",
                    model.name()
                ))
            })?,
        None => outcome
            .best_for_card()
            .ok_or_else(|| Failure::work("no model could be fitted"))?,
    };

    let mut report = Report {
        text: identify::report::text(&outcome, chosen),
        ..Report::default()
    };
    if let Value::Object(map) = identify::report::json(&outcome, chosen) {
        report.json.extend(map);
    }
    if let Some(path) = &a.output {
        let name = a.name.clone().unwrap_or_else(|| part_name(path));
        let card = identify::to_card(&outcome, chosen, &name)
            .ok_or_else(|| Failure::bad_input("this model cannot be written as a card"))?;
        let text = card.to_toml();
        // What is written must be readable again: names above all come from outside.
        Card::parse(&text, &path.display().to_string())?;
        files::write(path, &text)?;
        report.json.insert("card".into(), json!(path));
        report
            .text
            .push_str(&format!("\ncard: {}\n", path.display()));
    }
    if let Some(path) = &a.plot {
        let mut written = Vec::new();
        let models = shown(&outcome, chosen.model);
        for k in 0..outcome.records.len() {
            let svg = identify::picture::picture(&outcome, k, &models)?;
            let path = picture_path(path, &outcome, k);
            files::write(&path, &svg)?;
            written.push(path);
        }
        report.json.insert("plots".into(), json!(written));
    }
    Ok(report)
}

/// Reads input `k`.
fn record(kind: Kind, a: &FitArgs, k: usize) -> Result<Record, Failure> {
    let mut choice = Choice {
        rate: a.rate,
        cycle: a.cycle,
        current: one_of(&a.current, k, a.inputs.len(), "--current")?,
        bias: one_of(&a.bias, k, a.inputs.len(), "--bias")?,
        ..Choice::default()
    };
    if a.rate.is_some_and(|rate| rate <= 0.0) {
        return Err(Failure::bad_input("--rate: a sweep rate above 0 is needed"));
    }
    if kind == Kind::Rest && choice.current.is_none() {
        choice.current = Some(0.0);
    }
    let told = |option: &str| {
        let option = option.to_string();
        move |why: String| Failure::bad_input(format!("{option}: {why}"))
    };
    if let Some(text) = &a.columns {
        choice.set_columns(text).map_err(told("--columns"))?;
    }
    if let Some(text) = &a.units {
        choice.set_units(text).map_err(told("--units"))?;
    }
    let table = Table::read(&a.inputs[k])?;
    let made = if kind == Kind::Eis {
        let data = Spectrum::from_table(&table, &choice)?;
        let window = (a.f_min.unwrap_or(0.0), a.f_max.unwrap_or(f64::INFINITY));
        Record::spectrum(&data, window)
    } else {
        let data = Series::from_table(&table, &choice)?;
        let window = (
            a.v_min.unwrap_or(f64::NEG_INFINITY),
            a.v_max.unwrap_or(f64::INFINITY),
        );
        Record::series(kind, &data, window)
    };
    let mut record = made.map_err(Failure::bad_input)?;
    record.temperature = match one_of(&a.temperature, k, a.inputs.len(), "--temperature")? {
        Some(celsius) if !(-200.0..=1000.0).contains(&celsius) => {
            return Err(Failure::bad_input(format!(
                "--temperature {celsius}: -200 to 1000 degrees Celsius are allowed"
            )));
        }
        celsius => celsius.map(|t| t + 273.15),
    };
    Ok(record)
}

/// A model that a card can hold, by its name.
fn card_model(name: &str) -> Result<Model, String> {
    Model::from_name(name)
        .filter(|m| m.fits_card())
        .ok_or_else(|| {
            let models = Model::ALL.into_iter().filter(|m| m.fits_card());
            let names: Vec<String> = models.map(Model::name).collect();
            format!("cards hold {}", names.join(", "))
        })
}

/// Models that a picture shows: the card's, the best where no card holds it, and the textbook's two.
fn shown(outcome: &Outcome, chosen: Model) -> Vec<Model> {
    let mut models = vec![chosen];
    models.extend(outcome.fits.first().map(|f| f.model));
    models.extend([Model::TLM, Model::CapacitorEsr]);
    models
}

/// The value for input `k` of an option that takes one for all or one for each.
fn one_of(values: &[f64], k: usize, files: usize, option: &str) -> Result<Option<f64>, Failure> {
    match values {
        [] => Ok(None),
        [one] => Ok(Some(*one)),
        many if many.len() == files => Ok(Some(many[k])),
        many => Err(Failure::bad_input(format!(
            "{option} has {} values for {files} files\n  remedy: give one for all, or one for each",
            many.len()
        ))),
    }
}

fn fixed(text: &str) -> Result<(String, f64), Failure> {
    text.split_once('=')
        .and_then(|(name, value)| {
            let value: f64 = value.trim().parse().ok()?;
            value.is_finite().then(|| (name.trim().to_string(), value))
        })
        .ok_or_else(|| {
            Failure::bad_input(format!(
                "--fix {text}: write PARAMETER=VALUE with a plain number, such as c=25"
            ))
        })
}

/// The stem of a card's file, as far as it can name a part.
pub fn part_name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name: String = stem
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '-'
            }
        })
        .take(60)
        .collect();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name
    } else {
        format!("part-{name}")
    }
}

fn picture_path(path: &Path, outcome: &Outcome, k: usize) -> PathBuf {
    if outcome.records.len() == 1 {
        return path.into();
    }
    let stem = |p: &Path| {
        p.file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    path.with_file_name(format!(
        "{}-{}.svg",
        stem(path),
        stem(&outcome.records[k].file)
    ))
}

impl From<MeasurementError> for Failure {
    fn from(error: MeasurementError) -> Self {
        let details = json!({
            "file": error.file,
            "line": error.line,
            "wrong": error.wrong,
            "remedy": error.remedy,
        });
        Self::bad_input(error.to_string()).with_detail(details)
    }
}
