//! `ncm bank balance`.

use clap::Args;
use ncm::bank::{Balance, Sample, Scheme, Strain, cumulative};
use ncm::plot::{Axis, Figure};
use serde_json::{Map, Value, json};

use super::{DrawArgs, check_targets, deliver, heading, panel, progress};
use crate::args::{CardArgs, OutputArgs, number};
use crate::failure::Failure;
use crate::report::Report;

#[derive(Debug, Args)]
pub struct BalanceArgs {
    #[command(flatten)]
    pub part: CardArgs,
    #[command(flatten)]
    pub draws: DrawArgs,
    /// Charging current, A.
    #[arg(long, value_name = "A", value_parser = number, allow_negative_numbers = true)]
    pub current: f64,
    /// Float voltage of the string, V.
    #[arg(long, value_name = "V", value_parser = number, allow_negative_numbers = true)]
    pub voltage: f64,
    /// How long the string stays on charger and float, h.
    #[arg(long, value_name = "H", default_value = "72", value_parser = number, allow_negative_numbers = true)]
    pub hours: f64,
    /// Highest voltage that a cell may have, V [default: the card's rated voltage].
    #[arg(long, value_name = "V", value_parser = number, allow_negative_numbers = true)]
    pub limit: Option<f64>,
    /// Balancing to be compared: none, resistor=OHM, bypass=OHM@VOLT, shuttle=OHM.
    #[arg(long = "scheme", value_name = "SCHEME", default_values = ["none"])]
    pub schemes: Vec<String>,
    #[command(flatten)]
    pub out: OutputArgs,
}

/// What became of the strings under one scheme.
struct Outcome<'a> {
    name: &'a str,
    strains: Vec<Strain>,
}

impl Outcome<'_> {
    fn sample(&self, of: impl Fn(&Strain) -> f64) -> Sample {
        Sample::new(self.strains.iter().map(of).collect())
    }

    /// Share of strings in which a cell was ever above `limit`.
    fn share_above(&self, limit: f64) -> f64 {
        let above = self.strains.iter().filter(|s| s.peak > limit).count();
        above as f64 / self.strains.len() as f64
    }
}

pub fn run(a: &BalanceArgs) -> Result<Report, Failure> {
    check_targets(&a.out)?;
    let study = Balance {
        current: a.current,
        voltage: a.voltage,
        float: 3600.0 * a.hours,
    };
    study
        .validate()
        .map_err(|e| Failure::bad_input(e.to_string()))?;
    let draws = a.draws.draws(&a.part, true)?;
    let card = a.part.read()?;
    let limit = a.limit.or(card.validity.v_max).ok_or_else(|| {
        Failure::bad_input(format!(
            "--limit is missing and the card {} has no v_max_V\n  remedy: give --limit VOLT",
            card.name
        ))
    })?;
    let schemes: Vec<Scheme> = a
        .schemes
        .iter()
        .map(|text| {
            text.parse()
                .map_err(|e| Failure::bad_input(format!("--scheme {e}")))
        })
        .collect::<Result<_, Failure>>()?;
    let host = a.draws.host()?;
    let total = schemes.len() as u32 * draws.count;
    let tell = progress("balancing", total);
    let strains = study
        .run(&card, &draws, &schemes, &host, |done| tell(done.min(total)))
        .map_err(Failure::work)?;
    let outcomes: Vec<Outcome> = a
        .schemes
        .iter()
        .zip(strains)
        .map(|(name, strains)| Outcome { name, strains })
        .collect();
    let text = format!(
        "{}charged with {} A to {} V, {} h in all; limit of a cell {limit} V\n\n{}",
        heading(&card.name, &draws, &host),
        a.current,
        a.voltage,
        a.hours,
        table(&outcomes, limit)
    );
    let json = Map::from_iter([
        ("limit_V".to_owned(), json!(limit)),
        (
            "schemes".to_owned(),
            json!(
                outcomes
                    .iter()
                    .map(|o| as_json(o, limit))
                    .collect::<Vec<_>>()
            ),
        ),
    ]);
    deliver(
        &a.out,
        text,
        json,
        || csv(&outcomes),
        || picture(a, &outcomes, limit),
    )
}

fn table(outcomes: &[Outcome], limit: f64) -> String {
    let width = outcomes
        .iter()
        .map(|o| o.name.chars().count())
        .max()
        .unwrap_or(0)
        .max(8);
    let mut text = format!(
        "{:width$}  highest cell ever, V      highest at the end, V     above  from highest to  current at\n{:width$}    median   95 %  worst       median   95 %  worst   {limit:5} V  lowest (median)  the end (median)\n",
        "", "scheme"
    );
    for o in outcomes {
        let (peak, end) = (o.sample(|s| s.peak), o.sample(|s| s.highest));
        let gap = o.sample(|s| s.highest - s.lowest);
        let current = o.sample(|s| s.current);
        let three = |s: &Sample| {
            format!(
                "{:6.3} {:6.3} {:6.3}",
                s.median(),
                s.quantile(0.95),
                s.highest()
            )
        };
        text.push_str(&format!(
            "{:width$}    {}       {}  {:5.1} %  {:9.1} mV     {:9.3e} A\n",
            o.name,
            three(&peak),
            three(&end),
            100.0 * o.share_above(limit),
            1e3 * gap.median(),
            current.median()
        ));
    }
    text
}

fn as_json(o: &Outcome, limit: f64) -> Value {
    let of = |of: fn(&Strain) -> f64| {
        let s = o.sample(of);
        json!({"median": s.median(), "quantile_95_percent": s.quantile(0.95), "worst": s.highest()})
    };
    json!({
        "scheme": o.name,
        "highest_ever_V": of(|s| s.peak),
        "highest_at_end_V": of(|s| s.highest),
        "highest_to_lowest_V": of(|s| s.highest - s.lowest),
        "current_at_end_A": of(|s| s.current),
        "share_above_limit": o.share_above(limit),
    })
}

fn csv(outcomes: &[Outcome]) -> String {
    let mut text = String::from(
        "scheme,string,highest_ever_V,highest_at_end_V,lowest_at_end_V,current_at_end_A\n",
    );
    for o in outcomes {
        for (k, s) in o.strains.iter().enumerate() {
            text.push_str(&format!(
                "{},{k},{:?},{:?},{:?},{:?}\n",
                o.name, s.peak, s.highest, s.lowest, s.current
            ));
        }
    }
    text
}

fn picture(a: &BalanceArgs, outcomes: &[Outcome], limit: f64) -> Figure {
    let shares = |label: &str, of: fn(&Strain) -> f64| {
        let samples: Vec<(&str, Sample)> =
            outcomes.iter().map(|o| (o.name, o.sample(of))).collect();
        let samples: Vec<(&str, &Sample)> = samples.iter().map(|(n, s)| (*n, s)).collect();
        let axis = Axis::new(label, "").range(-5.0, 105.0);
        panel(axis, cumulative(&samples), Some(("limit", limit)))
    };
    Figure::new(Axis::new("highest voltage of a cell", "V"))
        .title(format!(
            "{} strings of {} cells, {} V: ever, and after {} h",
            a.draws.draws, a.draws.series, a.voltage, a.hours
        ))
        .panel(shares("strings below, ever (%)", |s| s.peak))
        .panel(shares("strings below, at the end (%)", |s| s.highest))
}
