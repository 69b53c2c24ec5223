//! `ncm bank`: what a bank of cells that differ does in ngspice.

mod balance;
mod holdup;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use clap::{Args, Subcommand};
use ncm::bank::{Draws, Host};
use ncm::datasheet::Sheet;
use ncm::netlist::{Bank, Spread};
use ncm::plot::{Axis, Curve, Figure, Panel};
use ncm::simulator::Ngspice;
use serde_json::{Map, Value, json};

use crate::args::{CardArgs, OutputArgs};
use crate::doctor::find_code_model;
use crate::failure::Failure;
use crate::files;
use crate::netlist::spread;
use crate::report::Report;

#[derive(Debug, Subcommand)]
pub enum BankVerb {
    /// How long banks hold up a load of constant power: tolerance, temperature, age.
    Holdup(holdup::HoldupArgs),
    /// How far the cells of a string drift apart in charge and float, with and without balancing.
    Balance(balance::BalanceArgs),
}

pub fn run(verb: &BankVerb) -> Result<Report, Failure> {
    match verb {
        BankVerb::Holdup(a) => holdup::run(a),
        BankVerb::Balance(a) => balance::run(a),
    }
}

/// Which banks are drawn, and where they run.
#[derive(Debug, Args)]
pub struct DrawArgs {
    /// Cells in series.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub series: u32,
    /// Strings side by side.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub parallel: u32,
    /// Relative standard deviation from cell to cell: c=3%,esr=10%,leak=30%.
    #[arg(long, value_name = "WHAT=SHARE,...")]
    pub spread: Option<String>,
    /// Capacitance of a bank's lot against the card's, percent: LOW,HIGH [default: the tolerance in
    /// sheets/NAME.toml beside the card, or none].
    #[arg(long, value_name = "LOW,HIGH", allow_hyphen_values = true)]
    pub tolerance: Option<String>,
    /// Banks.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub draws: u32,
    /// The same seed gives the same banks.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Runs of ngspice at a time [default: one per core].
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// The code models for ngspice [default: NCM_CODE_MODEL, or ncm.cm where ncm is].
    #[arg(long, value_name = "FILE.cm")]
    pub code_model: Option<PathBuf>,
}

impl DrawArgs {
    fn draws(&self, part: &CardArgs, taps: bool) -> Result<Draws, Failure> {
        Ok(Draws {
            bank: Bank {
                series: self.series,
                parallel: self.parallel,
                spread: self
                    .spread
                    .as_deref()
                    .map_or(Ok(Spread::default()), spread)?,
                seed: self.seed,
                taps,
            },
            tolerance: self.tolerance(part)?,
            count: self.draws,
        })
    }

    fn tolerance(&self, part: &CardArgs) -> Result<(f64, f64), Failure> {
        let Some(text) = &self.tolerance else {
            let beside = part
                .card
                .with_file_name("sheets")
                .join(part.card.file_name().unwrap_or_default());
            let sheet = beside.is_file().then(|| Sheet::read(&beside)).transpose()?;
            return Ok(sheet.and_then(|s| s.tolerance).unwrap_or((0.0, 0.0)));
        };
        let pair = text.split_once(',').and_then(|(low, high)| {
            let share = |text: &str| {
                let digits = text.trim().trim_end_matches('%');
                digits.parse::<f64>().ok().map(|x| x / 100.0)
            };
            share(low).zip(share(high))
        });
        pair.filter(|(low, high)| (-0.9..=0.0).contains(low) && (0.0..=9.0).contains(high))
            .ok_or_else(|| {
                Failure::bad_input(format!(
                    "--tolerance {text}: is no range of capacitance\n  allowed: -90 to 0, and 0 to 900 percent\n  remedy: write --tolerance=-10,30 for -10 to +30 %"
                ))
            })
    }

    fn host(&self) -> Result<Host, Failure> {
        let ngspice = Ngspice::find().map_err(|e| Failure::work(e.to_string()))?;
        let code_model = find_code_model(self.code_model.as_ref()).map_err(|looked| {
            Failure::work(format!(
                "no ncm.cm: looked at {looked}\n  remedy: run `make build`, or name it with --code-model"
            ))
        })?;
        let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Ok(Host {
            ngspice,
            code_model,
            jobs: self.jobs.map_or_else(cores, NonZeroUsize::get),
        })
    }
}

fn check_targets(out: &OutputArgs) -> Result<(), Failure> {
    for path in out.output.iter().chain(&out.plot) {
        files::check_target(path)?;
    }
    Ok(())
}

/// The first lines of a report: which banks, where.
fn heading(card: &str, draws: &Draws, host: &Host) -> String {
    let Draws {
        bank,
        tolerance,
        count,
    } = draws;
    let percent = |x: f64| format!("{} %", 100.0 * x);
    format!(
        "{count} banks of {} x {} {card}, seed {}, in ngspice {}\nlots {} to +{} of the capacitance; from cell to cell (standard deviation) C {}, resistance {}, leakage {}\n",
        bank.series,
        bank.parallel,
        bank.seed,
        host.ngspice.version(),
        percent(tolerance.0),
        percent(tolerance.1),
        percent(bank.spread.c),
        percent(bank.spread.esr),
        percent(bank.spread.leak),
    )
}

/// A line per tenth of the work on stderr.
fn progress(what: &str, total: u32) -> impl Fn(u32) + Sync + use<'_> {
    let told = AtomicU32::new(0);
    move |done: u32| {
        let tenth = (10 * u64::from(done) / u64::from(total.max(1))) as u32;
        if told.fetch_max(tenth, Ordering::Relaxed) < tenth {
            eprintln!("{what}: {done} of {total}");
        }
    }
}

/// Writes data and picture, where asked for, and says so.
fn deliver(
    out: &OutputArgs,
    mut text: String,
    mut json: Map<String, Value>,
    csv: impl FnOnce() -> String,
    picture: impl FnOnce() -> Figure,
) -> Result<Report, Failure> {
    if let Some(path) = &out.output {
        files::write(path, &csv())?;
        json.insert("file".into(), json!(path));
        text.push_str(&format!("{}\n", path.display()));
    }
    if let Some(path) = &out.plot {
        files::write(path, &picture().to_svg()?)?;
        json.insert("plot".into(), json!(path));
        text.push_str(&format!("{}\n", path.display()));
    }
    Ok(Report {
        text,
        json,
        ..Report::default()
    })
}

/// A panel of distributions, with a mark at a limit.
fn panel(y: Axis, curves: Vec<Curve>, mark: Option<(&str, f64)>) -> Panel {
    let highest = curves
        .iter()
        .flat_map(|c| &c.y)
        .copied()
        .fold(1.0, f64::max);
    let panel = Panel { y, curves };
    match mark {
        Some((name, at)) => {
            panel.curve(Curve::new(name, vec![at, at], vec![0.0, highest]).dashed())
        }
        None => panel,
    }
}
