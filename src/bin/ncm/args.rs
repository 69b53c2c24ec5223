//! What the command line accepts.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use ncm::card::{Card, CardError};

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

/// A supercapacitor whose ionic resistance depends on its charge: experiments, netlists, checks.
///
/// A part is described by a parameter card (TOML, see docs/card.md and models/). Units are SI.
#[derive(Debug, Parser)]
#[command(
    name = "ncm",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
#[command(after_help = "Exit codes: 0 done, 1 the work failed, 2 bad input.")]
pub struct Arguments {
    #[command(subcommand)]
    pub verb: Verb,
    /// Print the result as JSON on stdout (errors too).
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Cyclic voltammetry: sweep the voltage between two limits.
    Cv(CvArgs),
    /// Galvanostatic charge and discharge: constant current between two voltage limits.
    Gcd(GcdArgs),
    /// Voltage step from rest.
    Step(StepArgs),
    /// Impedance spectroscopy at a bias voltage.
    Eis(EisArgs),
    /// Open terminals after a charge: redistribution and self-discharge.
    Rest(RestArgs),
    /// Write the part as a subcircuit for a circuit simulator.
    Netlist(NetlistArgs),
    /// Banks of cells that differ, many of them in ngspice: hold-up time, balancing.
    Bank {
        #[command(subcommand)]
        study: crate::bank::BankVerb,
    },
    /// Write parts as a symbol library for KiCad.
    Symbol(SymbolArgs),
    /// Equation discovery: find the law behind columns of data.
    Discover(Box<crate::discover::DiscoverArgs>),
    /// A card from measured files: CV, charge and discharge, rest, impedance.
    Identify(Box<crate::identify::IdentifyArgs>),
    /// Run a card by the procedures of its data sheet: measured against rated.
    Datasheet(crate::datasheet::DatasheetArgs),
    /// Simulate the ions of an electrode of stacked sheets (mPNP), for parameters.
    Mpnp(MpnpArgs),
    /// A membrane's card for any slit width between those simulated.
    Membrane(crate::membrane::MembraneArgs),
    /// From a membrane's geometry to a part that runs in ngspice, with a report.
    Pipeline(crate::pipeline::PipelineArgs),
    /// Make the paper's figures from the project's own runs, with numbers and verdicts.
    Paper(crate::paper::PaperArgs),
    /// Put the code models where ngspice and KiCad find them, or take them away again.
    Install(InstallArgs),
    /// Check ngspice and its code models, and say what to do where something is missing.
    Doctor(DoctorArgs),
    /// Print the completion script for a shell.
    Completions(CompletionsArgs),
    /// Write the man pages into a folder.
    Man(ManArgs),
}

/// A part and what is changed in it.
#[derive(Debug, Args)]
pub struct CardArgs {
    /// Parameter card (TOML).
    pub card: PathBuf,
    /// Replace a value of the card: gamma=0.9, negative.r_c=7, area=2, law=sqrt, ...
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Temperature of the part, in place of the card's.
    #[arg(long = "temperature-K", value_name = "KELVIN")]
    pub temperature_k: Option<f64>,
}

impl CardArgs {
    /// The card with everything replaced that is to be.
    pub fn read(&self) -> Result<Card, CardError> {
        let mut set = self.set.clone();
        set.extend(self.temperature_k.map(|k| format!("temperature={k:?}")));
        Card::read(&self.card, &set)
    }
}

/// Where results go.
#[derive(Debug, Args)]
pub struct OutputArgs {
    /// Write the data as CSV to this file instead of stdout.
    #[arg(short, long, value_name = "FILE.csv")]
    pub output: Option<PathBuf>,
    /// Draw the data as SVG into this file.
    #[arg(long, value_name = "FILE.svg")]
    pub plot: Option<PathBuf>,
}

/// What is recorded of an experiment in time, and how exactly.
#[derive(Debug, Args)]
pub struct RecordArgs {
    /// Add the voltage of every slit (or section of slits) to the data.
    #[arg(long)]
    pub slits: bool,
    /// Relative tolerance of the integration, 1e-13 to 1e-2.
    #[arg(long, value_name = "RELATIVE", default_value = "1e-7", value_parser = number, allow_negative_numbers = true)]
    pub tolerance: f64,
}

#[derive(Debug, Args)]
pub struct CvArgs {
    #[command(flatten)]
    pub part: CardArgs,
    /// Sweep rate, V/s.
    #[arg(long, value_name = "V/S", value_parser = number, allow_negative_numbers = true, required_unless_present = "rates")]
    pub rate: Option<f64>,
    /// Several sweep rates, V/s, separated by commas; the data gets a column rate_V_per_s.
    #[arg(long, value_name = "V/S,...", value_parser = number, value_delimiter = ',', allow_negative_numbers = true, conflicts_with = "rate")]
    pub rates: Vec<f64>,
    /// Lower limit, V [default: that of the card's validity].
    #[arg(long, value_name = "V", value_parser = number, allow_negative_numbers = true)]
    pub v_min: Option<f64>,
    /// Upper limit, V [default: that of the card's validity].
    #[arg(long, value_name = "V", value_parser = number, allow_negative_numbers = true)]
    pub v_max: Option<f64>,
    /// Voltage at rest where each cycle begins and ends, V [default: the lower limit].
    #[arg(long, value_name = "V", value_parser = number, allow_negative_numbers = true)]
    pub v_start: Option<f64>,
    /// Number of cycles.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub cycles: u32,
    /// Samples per cycle.
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(2..=10_000_000))]
    pub points: u32,
    #[command(flatten)]
    pub record: RecordArgs,
    #[command(flatten)]
    pub out: OutputArgs,
}

#[derive(Debug, Args)]
pub struct GcdArgs {
    #[command(flatten)]
    pub part: CardArgs,
    /// Charging current, A; discharge takes the same.
    #[arg(long, value_name = "A", value_parser = number, allow_negative_numbers = true)]
    pub current: f64,
    /// Lower limit, V [default: that of the card's validity].
    #[arg(long, value_name = "V", value_parser = number, allow_negative_numbers = true)]
    pub v_min: Option<f64>,
    /// Upper limit, V [default: that of the card's validity].
    #[arg(long, value_name = "V", value_parser = number, allow_negative_numbers = true)]
    pub v_max: Option<f64>,
    /// Voltage at rest before the first charge, V [default: the lower limit].
    #[arg(long, value_name = "V", value_parser = number, allow_negative_numbers = true)]
    pub v_start: Option<f64>,
    /// Number of cycles, each a charge and a discharge.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub cycles: u32,
    /// Samples per charge or discharge, about.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(2..=10_000_000))]
    pub points: u32,
    #[command(flatten)]
    pub record: RecordArgs,
    #[command(flatten)]
    pub out: OutputArgs,
}

/// How samples are spread over a time.
#[derive(Debug, Args)]
pub struct SpreadArgs {
    /// Samples.
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(2..=10_000_000))]
    pub points: u32,
    /// Spread the samples evenly in log t over this many decades before the end; 0: evenly in t.
    #[arg(long, default_value = "4", value_parser = number, allow_negative_numbers = true)]
    pub decades: f64,
}

#[derive(Debug, Args)]
pub struct StepArgs {
    #[command(flatten)]
    pub part: CardArgs,
    /// How long the new voltage is held, s.
    #[arg(long, value_name = "S", value_parser = number, allow_negative_numbers = true)]
    pub duration: f64,
    /// Voltage at rest before the step, V [default: the card's ic, or 0].
    #[arg(long, value_name = "V", value_parser = number, allow_negative_numbers = true)]
    pub v0: Option<f64>,
    /// Voltage after the step, V [default: upper limit of the card's validity].
    #[arg(long, value_name = "V", value_parser = number, allow_negative_numbers = true)]
    pub v1: Option<f64>,
    #[command(flatten)]
    pub spread: SpreadArgs,
    #[command(flatten)]
    pub record: RecordArgs,
    #[command(flatten)]
    pub out: OutputArgs,
}

#[derive(Debug, Args)]
pub struct RestArgs {
    #[command(flatten)]
    pub part: CardArgs,
    /// How long the terminals are left open, s.
    #[arg(long, value_name = "S", value_parser = number, allow_negative_numbers = true)]
    pub duration: f64,
    /// Voltage at rest before the charge, V [default: the card's ic, or 0].
    #[arg(long, value_name = "V", value_parser = number, allow_negative_numbers = true)]
    pub v0: Option<f64>,
    /// Voltage of the charge, V [default: upper limit of the card's validity].
    #[arg(long, value_name = "V", value_parser = number, allow_negative_numbers = true)]
    pub v1: Option<f64>,
    /// How long the charge lasts, s; 0: until all slits are full.
    #[arg(long, value_name = "S", default_value = "0", value_parser = number, allow_negative_numbers = true)]
    pub hold: f64,
    #[command(flatten)]
    pub spread: SpreadArgs,
    #[command(flatten)]
    pub record: RecordArgs,
    #[command(flatten)]
    pub out: OutputArgs,
}

#[derive(Debug, Args)]
pub struct EisArgs {
    #[command(flatten)]
    pub part: CardArgs,
    /// Lowest frequency, Hz [default: a hundredth of the part's corner frequency].
    #[arg(long, value_name = "HZ", value_parser = number, allow_negative_numbers = true)]
    pub f_min: Option<f64>,
    /// Highest frequency, Hz [default: where the impedance has reached its limit].
    #[arg(long, value_name = "HZ", value_parser = number, allow_negative_numbers = true)]
    pub f_max: Option<f64>,
    /// Frequencies per decade.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub points_per_decade: u32,
    /// Voltage at which the part rests, V [default: the card's ic, or 0].
    #[arg(long, value_name = "V", value_parser = number, allow_negative_numbers = true)]
    pub bias: Option<f64>,
    #[command(flatten)]
    pub out: OutputArgs,
}

#[derive(Debug, Args)]
pub struct NetlistArgs {
    #[command(flatten)]
    pub part: CardArgs,
    /// How the element reaches the simulator: the code models of ncm.cm (ngspice), or plain
    /// capacitors and sources (any simulator), or Verilog-A source to be compiled.
    #[arg(long, default_value = "xspice", value_parser = ["xspice", "osdi", "plain", "verilog-a"])]
    pub door: String,
    /// Whose way of writing netlists, for the plain door.
    #[arg(long, default_value = "ngspice", value_parser = ["ngspice", "ltspice", "pspice", "xyce"])]
    pub dialect: String,
    /// Write to this file instead of stdout.
    #[arg(short, long, value_name = "FILE.lib")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub bank: BankArgs,
}

/// A bank of cells that differ.
#[derive(Debug, Args)]
pub struct BankArgs {
    /// Cells in series, each written by itself.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub series: Option<u32>,
    /// Strings side by side.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub parallel: Option<u32>,
    /// Relative standard deviation from cell to cell: c=5%,esr=10%,leak=30%.
    #[arg(long, value_name = "WHAT=SHARE,...")]
    pub spread: Option<String>,
    /// The same seed gives the same cells.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Pins t1, t2, ... between the cells, for balancing; strings are joined there.
    #[arg(long)]
    pub taps: bool,
}

#[derive(Debug, Args)]
pub struct SymbolArgs {
    /// Parameter cards (TOML): a symbol for each.
    #[arg(required = true, value_name = "CARD")]
    pub cards: Vec<PathBuf>,
    /// Folder in which KiCad finds the file NAME.lib of each card, as `ncm netlist` makes it
    /// [default: the folder of the KiCad project].
    #[arg(
        long,
        value_name = "FOLDER",
        default_value = "",
        hide_default_value = true
    )]
    pub libraries: String,
    /// Write to this file instead of stdout.
    #[arg(short, long, value_name = "FILE.kicad_sym")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct MpnpArgs {
    /// Configurations (TOML, see docs/mpnp.md and models/mpnp/).
    #[arg(required = true, value_name = "CONFIG")]
    pub configs: Vec<PathBuf>,
    /// Folder for run.json, slits.csv, electrode.csv (or impedance.csv) and pictures; made if it
    /// is not there. Several configurations get a folder each in it, named as their files.
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Runs at a time [default: one per core].
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// Go on from the checkpoint in the folder, if there is one.
    #[arg(long)]
    pub resume: bool,
}

#[derive(Debug, Args)]
pub struct InstallArgs {
    /// Take everything away again.
    #[arg(long)]
    pub undo: bool,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// The code models to install [default: NCM_CODE_MODEL, or ncm.cm where ncm is].
    #[arg(long, value_name = "FILE.cm")]
    pub code_model: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// The code models to check [default: NCM_CODE_MODEL, or ncm.cm where ncm is installed].
    #[arg(long, value_name = "FILE.cm")]
    pub code_model: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell.
    pub shell: Shell,
}

#[derive(Debug, Args)]
pub struct ManArgs {
    /// The folder; made if it is not there.
    pub folder: PathBuf,
}

/// A number that can be calculated with.
pub fn number(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(x) if x.is_finite() => Ok(x),
        Ok(_) => Err("a finite number is needed".into()),
        Err(_) => Err("a plain number is needed, e.g. 0.5 or 2e4, without unit".into()),
    }
}
