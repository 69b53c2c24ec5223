//! `ncm bank holdup`.

use clap::Args;
use ncm::bank::{HoldUp, Sample, histogram};
use ncm::card::Card;
use ncm::plot::{Axis, Figure};
use serde_json::{Map, Value, json};

use super::{DrawArgs, check_targets, deliver, heading, panel, progress};
use crate::args::{CardArgs, OutputArgs, number};
use crate::failure::Failure;
use crate::report::Report;

#[derive(Debug, Args)]
pub struct HoldupArgs {
    #[command(flatten)]
    pub part: CardArgs,
    #[command(flatten)]
    pub draws: DrawArgs,
    /// Load at the bank's terminals, W: constant power, the converter's losses included.
    #[arg(long, value_name = "W", value_parser = number, allow_negative_numbers = true)]
    pub load: f64,
    /// Voltage of the bank when its supply fails, V.
    #[arg(long, value_name = "V", value_parser = number, allow_negative_numbers = true)]
    pub v_start: f64,
    /// Voltage at which the converter stops, V.
    #[arg(long, value_name = "V", value_parser = number, allow_negative_numbers = true)]
    pub v_stop: f64,
    /// Hold-up time that is needed, s: the table then tells which share of banks has it.
    #[arg(long, value_name = "S", value_parser = number, allow_negative_numbers = true)]
    pub need: Option<f64>,
    /// A state that all banks are run in: a name, and what it changes in the card, as with --set.
    #[arg(long = "condition", value_name = "NAME[:KEY=VALUE,...]")]
    pub conditions: Vec<String>,
    #[command(flatten)]
    pub out: OutputArgs,
}

/// Hold-up times in one condition.
struct Outcome {
    name: String,
    by_energy: f64,
    times: Vec<f64>,
    sample: Sample,
}

pub fn run(a: &HoldupArgs) -> Result<Report, Failure> {
    check_targets(&a.out)?;
    let study = HoldUp {
        load: a.load,
        v_start: a.v_start,
        v_stop: a.v_stop,
    };
    study
        .validate()
        .map_err(|e| Failure::bad_input(e.to_string()))?;
    let draws = a.draws.draws(&a.part, false)?;
    let conditions = conditions(a)?;
    let host = a.draws.host()?;
    let total = conditions.len() as u32 * draws.count;
    let tell = progress("hold-up", total);
    let mut outcomes = Vec::new();
    for (k, (name, card)) in conditions.into_iter().enumerate() {
        let by_energy = study
            .by_energy(&card.cell, draws.bank.series, draws.bank.parallel)
            .map_err(|e| Failure::bad_input(e.to_string()))?;
        let before = k as u32 * draws.count;
        let times = study
            .run(&card, &draws, &host, |done| tell(before + done))
            .map_err(Failure::work)?;
        let sample = Sample::new(times.clone());
        outcomes.push(Outcome {
            name,
            by_energy,
            times,
            sample,
        });
    }
    let text = format!(
        "{}{} W from {} V to {} V\n\n{}",
        heading(&a.part.read()?.name, &draws, &host),
        a.load,
        a.v_start,
        a.v_stop,
        table(&outcomes, a.need)
    );
    let json = Map::from_iter([(
        "conditions".to_owned(),
        json!(
            outcomes
                .iter()
                .map(|o| as_json(o, a.need))
                .collect::<Vec<_>>()
        ),
    )]);
    deliver(
        &a.out,
        text,
        json,
        || csv(&outcomes),
        || picture(a, &outcomes),
    )
}

/// Name and card of each condition; without any the card as it is.
fn conditions(a: &HoldupArgs) -> Result<Vec<(String, Card)>, Failure> {
    if a.conditions.is_empty() {
        return Ok(vec![("as the card is".into(), a.part.read()?)]);
    }
    let mut list: Vec<(String, Card)> = Vec::new();
    for text in &a.conditions {
        let (name, changes) = text.split_once(':').unwrap_or((text, ""));
        if name.trim().is_empty() || list.iter().any(|(other, _)| other == name) {
            return Err(Failure::bad_input(format!(
                "--condition {text}: has no name of its own\n  remedy: write --condition 'old and cold:age=1500,temperature=233.15'"
            )));
        }
        let set = a.part.set.iter().cloned();
        let own = changes
            .split(',')
            .filter(|c| !c.is_empty())
            .map(str::to_owned);
        let part = CardArgs {
            card: a.part.card.clone(),
            set: set.chain(own).collect(),
            temperature_k: None,
        };
        // --temperature-K holds where a condition says nothing of its own.
        let mut card = part.read()?;
        if let Some(k) = a
            .part
            .temperature_k
            .filter(|_| !changes.contains("temperature="))
        {
            card.cell.thermal.temperature = k;
        }
        list.push((name.to_owned(), card));
    }
    Ok(list)
}

fn table(outcomes: &[Outcome], need: Option<f64>) -> String {
    let width = outcomes
        .iter()
        .map(|o| o.name.chars().count())
        .max()
        .unwrap_or(0)
        .max(9);
    let mut text = format!(
        "{:width$}  by energy  shortest      1 %      5 %   median  longest",
        "condition"
    );
    if let Some(need) = need {
        text.push_str(&format!("  hold {need} s"));
    }
    text.push('\n');
    for o in outcomes {
        let s = &o.sample;
        text.push_str(&format!(
            "{:width$}  {:7.3} s  {:8.3}  {:7.3}  {:7.3}  {:7.3}  {:7.3}",
            o.name,
            o.by_energy,
            s.lowest(),
            s.quantile(0.01),
            s.quantile(0.05),
            s.median(),
            s.highest()
        ));
        if let Some(need) = need {
            text.push_str(&format!("  {:6.1} %", 100.0 * s.share_from(need)));
        }
        text.push('\n');
    }
    text
}

fn as_json(o: &Outcome, need: Option<f64>) -> Value {
    let s = &o.sample;
    json!({
        "name": o.name,
        "by_energy_s": o.by_energy,
        "shortest_s": s.lowest(),
        "quantile_1_percent_s": s.quantile(0.01),
        "quantile_5_percent_s": s.quantile(0.05),
        "median_s": s.median(),
        "longest_s": s.highest(),
        "share_that_holds": need.map(|need| s.share_from(need)),
    })
}

fn csv(outcomes: &[Outcome]) -> String {
    let mut text = String::from("condition,bank,holdup_s\n");
    for o in outcomes {
        for (k, t) in o.times.iter().enumerate() {
            text.push_str(&format!("\"{}\",{k},{t:?}\n", o.name.replace('"', "\"\"")));
        }
    }
    text
}

fn picture(a: &HoldupArgs, outcomes: &[Outcome]) -> Figure {
    let samples: Vec<(&str, &Sample)> = outcomes
        .iter()
        .map(|o| (o.name.as_str(), &o.sample))
        .collect();
    let needed = a.need.map(|need| format!("needed: {need} s"));
    let mark = needed.as_deref().zip(a.need);
    Figure::new(Axis::new("hold-up time", "s"))
        .title(format!(
            "{} W from {} V to {} V: {} banks in each condition",
            a.load, a.v_start, a.v_stop, a.draws.draws
        ))
        .panel_height(330)
        .panel(panel(
            Axis::new("banks per bin", ""),
            histogram(&samples),
            mark,
        ))
}
