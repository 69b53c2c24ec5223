//! `ncm cv`, `gcd`, `step`, `eis`, `rest`: a card and options in, a table, a picture and a summary
//! out.

pub mod cv;
pub mod eis;
pub mod gcd;
pub mod rest;
pub mod step;
mod table;

use ncm::card::Card;
use ncm::cell::{Cell, Electrode};
use ncm::experiment::{Record, Trace};
use ncm::plot::Plate;
use ncm::stamp::{Breach, Stepper};
use serde_json::{Map, Value, json};

use crate::args::{CardArgs, OutputArgs, RecordArgs};
use crate::failure::Failure;
use crate::files;
use crate::report::Report;
use table::Table;

/// Most numbers of one table: beyond that a slip of the pen fills memory and disk.
const MOST_NUMBERS: u64 = 100_000_000;

/// Most columns of an experiment in time without those of the slits.
const COLUMNS: u64 = 7;

/// A part that is about to be measured, and what a person should know about it.
struct Bench {
    card: Card,
    warnings: Vec<String>,
}

impl Bench {
    /// Reads the card after a look at where the results are to go.
    fn set_up(part: &CardArgs, out: &OutputArgs) -> Result<Self, Failure> {
        for path in out.output.iter().chain(&out.plot) {
            files::check_target(path)?;
        }
        if out.output.is_some() && out.output == out.plot {
            return Err(Failure::bad_input(
                "-o and --plot name the same file\n  remedy: give the picture a name of its own",
            ));
        }
        Ok(Self {
            card: part.read()?,
            warnings: Vec::new(),
        })
    }

    /// A limit given as an option, or that of the card's validity.
    fn limit(
        &self,
        given: Option<f64>,
        of_card: Option<f64>,
        option: &str,
        key: &str,
    ) -> Result<f64, Failure> {
        given.or(of_card).ok_or_else(|| {
            Failure::bad_input(format!(
                "{option} is missing and the card {} has no {key}\n  remedy: give {option} VOLT, or add {key} to [validity] of the card",
                self.card.name
            ))
        })
    }

    fn v_min(&self, given: Option<f64>) -> Result<f64, Failure> {
        self.limit(given, self.card.validity.v_min, "--v-min", "v_min_V")
    }

    fn v_max(&self, given: Option<f64>, option: &str) -> Result<f64, Failure> {
        self.limit(given, self.card.validity.v_max, option, "v_max_V")
    }

    fn v_initial(&self, given: Option<f64>) -> f64 {
        given.or(self.card.ic).unwrap_or(0.0)
    }

    /// Says so where an experiment leaves the voltages the card was made for.
    fn warn_of_voltages(&mut self, voltages: &[f64]) {
        let v = self.card.validity;
        for &voltage in voltages {
            if v.v_min.is_some_and(|low| voltage < low)
                || v.v_max.is_some_and(|high| voltage > high)
            {
                self.warn(format!("{voltage} V is outside the voltages"));
            }
        }
    }

    fn warn_of_rate(&mut self, rate: f64) {
        let v = self.card.validity;
        if v.rate_min.is_some_and(|low| rate < low) || v.rate_max.is_some_and(|high| rate > high) {
            self.warn(format!("{rate} V/s is outside the rates"));
        }
    }

    fn warn(&mut self, what: String) {
        let warning = format!(
            "{what} that the card {} was made for ([validity])",
            self.card.name
        );
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Names of the columns with the inner states, as [`Trace::sections`] has them.
    fn section_names(&self, record: &RecordArgs) -> Result<Vec<String>, Failure> {
        if !record.slits {
            return Ok(Vec::new());
        }
        let stepper =
            Stepper::new(&self.card.cell).map_err(|e| Failure::bad_input(e.to_string()))?;
        let mut names = Vec::new();
        for (electrode, side) in [(Electrode::Positive, "pos"), (Electrode::Negative, "neg")] {
            for number in 1..=stepper.section_count(electrode) {
                names.push(format!("u_{side}_{number}_V"));
            }
        }
        Ok(names)
    }

    /// The columns of every experiment in time.
    fn time_columns(&self, trace: &Trace, sections: &[String]) -> Result<Table, Failure> {
        let mut table = Table::default();
        table.column("t_s", trace.t_s.clone());
        table.column("v_V", trace.v.clone());
        table.column("i_A", trace.i.clone());
        table.column("q_C", trace.q.clone());
        table.column("energy_J", trace.energy.clone());
        let params = &self.card.cell;
        // What is full is told by the limit of a cell, or else by the voltage that the card was made up to.
        let of_cell = Some(params.limits.v_max).filter(|v| v.is_finite());
        let rated = of_cell
            .map(|v| v * params.series)
            .or(self.card.validity.v_max);
        if let Some(rated) = rated.filter(|v| *v > 0.0) {
            let cell = Cell::new(params).map_err(|e| Failure::bad_input(e.to_string()))?;
            let full = cell.rest_charge(rated);
            table.column("soc", trace.q.iter().map(|q| q / full).collect());
        }
        if params.thermal.heats_itself() {
            table.column("temperature_K", trace.temperature.clone());
        }
        for (k, name) in sections.iter().enumerate() {
            let states = trace.sections.iter().map(|row| row[k]).collect();
            table.column(name, states);
        }
        Ok(table)
    }

    /// Says which limits of the card were passed, when first, and how far.
    fn warn_of_limits(&mut self, trace: &Trace) {
        let limits = self.card.cell.limits;
        for passed in &trace.passed {
            let (what, limit, name, unit) = match passed.breach {
                Breach::OverVoltage => ("the voltage of a cell", limits.v_max, "v_max", "V"),
                Breach::ReverseVoltage => ("the voltage of a cell", limits.v_min, "v_min", "V"),
                Breach::OverCurrent => ("the current of a string", limits.i_max, "i_max", "A"),
                Breach::OverTemperature => ("the temperature", limits.t_max, "t_max", "K"),
            };
            let times = match passed.tally.count {
                1 => String::new(),
                n => format!(", {n} times in all"),
            };
            self.warnings.push(format!(
                "{what} passes {name} = {limit} {unit} at {:.6} s{times}; farthest {:.6} {unit} ([limits] of the card {})",
                passed.first_s, passed.tally.worst, self.card.name
            ));
        }
    }

    /// Writes table and picture; the report starts with the card and the files.
    fn report<P: Into<Plate>>(
        self,
        out: &OutputArgs,
        table: &Table,
        picture: impl FnOnce() -> P,
        summary: Map<String, Value>,
    ) -> Result<Report, Failure> {
        let mut report = Report {
            warnings: self.warnings,
            ..Report::default()
        };
        let json = &mut report.json;
        json.insert("card".into(), json!(self.card.name));
        json.insert("columns".into(), json!(table.names()));
        json.insert("samples".into(), json!(table.rows()));
        match &out.output {
            // The table is the result: nothing else goes between it and its reader.
            None => report.text = table.csv(),
            Some(path) => {
                files::write(path, &table.csv())?;
                json.insert("file".into(), json!(path));
                report.text = format!("{}: {} samples\n", path.display(), table.rows());
                for (key, value) in &summary {
                    report.text.push_str(&format!("  {key}: {value}\n"));
                }
            }
        }
        if let Some(path) = &out.plot {
            files::write(path, &picture().into().to_svg()?)?;
            json.insert("plot".into(), json!(path));
            if out.output.is_some() {
                report.text.push_str(&format!("{}\n", path.display()));
            }
        }
        json.insert("summary".into(), Value::Object(summary));
        Ok(report)
    }
}

fn record(args: &RecordArgs) -> Record {
    if args.slits {
        Record::Sections
    } else {
        Record::Terminals
    }
}

/// Refuses a table that nobody can have meant.
fn check_size(samples: u64, sections: usize) -> Result<(), Failure> {
    let numbers = samples.saturating_mul(COLUMNS + sections as u64);
    if numbers <= MOST_NUMBERS {
        return Ok(());
    }
    Err(Failure::bad_input(format!(
        "the data would have {samples} samples of {} numbers\n  allowed: {MOST_NUMBERS} numbers in all\n  remedy: take fewer --points or --cycles, or leave out --slits",
        COLUMNS as usize + sections
    )))
}

/// A summary of named numbers.
fn summary<const N: usize>(numbers: [(&str, f64); N]) -> Map<String, Value> {
    numbers
        .into_iter()
        .map(|(key, value)| (key.to_owned(), json!(value)))
        .collect()
}

/// Lowest and highest of a column.
fn extremes(values: &[f64]) -> (f64, f64) {
    values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &x| {
            (low.min(x), high.max(x))
        })
}
