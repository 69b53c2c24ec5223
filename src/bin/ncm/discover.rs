//! `ncm discover`.

use std::io::{IsTerminal, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use ncm::discover::expression::Dialect;
use ncm::discover::{
    DiscoverError, Ended, Function, Names, Outcome, Problem, Progress, Request, Settings, Table,
    UnitsRule, export, export_card, read_front, report, residual_plots, search, to_json,
};
use serde_json::json;

use crate::failure::Failure;
use crate::files;
use crate::report::Report;

/// Set by Ctrl-C; the search ends with the generation in hand and keeps its front.
static STOP: AtomicBool = AtomicBool::new(false);

/// Time between two lines of progress.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);

#[derive(Debug, Args)]
pub struct DiscoverArgs {
    /// CSV files with a header line; several are pooled by column name.
    #[arg(required = true, value_name = "FILE.csv")]
    files: Vec<PathBuf>,
    /// The column to explain.
    #[arg(long, value_name = "COLUMN")]
    target: String,
    /// The columns to explain it by.
    #[arg(
        long,
        value_name = "COLUMN,...",
        value_delimiter = ',',
        required = true
    )]
    inputs: Vec<String>,
    /// Use only the rows with one of these values in a column; may be given several times.
    #[arg(long = "where", value_name = "COLUMN=VALUE,...")]
    only: Vec<String>,
    /// One law with constants of its own for every value of this column; "file" for every file.
    #[arg(long, value_name = "COLUMN")]
    category: Option<String>,
    /// Factor on the squared residual of each row.
    #[arg(long, value_name = "COLUMN")]
    weight: Option<String>,
    /// Weigh each row by the step of this column (time) it stands for, where steps are uneven.
    #[arg(long, value_name = "COLUMN", conflicts_with = "weight")]
    weight_by_step: Option<String>,
    /// A form to fit to the same rows and report beside what is found, such as "I/sqrt(a + b*Q^2)";
    /// names that are no inputs are constants. May be given several times.
    #[arg(long, value_name = "EXPRESSION")]
    compare: Vec<String>,
    /// The known part of the law: "I*R_c*f(Q)" searches for f in the columns named in it.
    #[arg(long, value_name = "EXPRESSION")]
    template: Option<String>,
    /// Use the units that columns carry ("Q [C]").
    #[arg(long, value_parser = ["off", "penalty", "require"], default_value = "off")]
    units: String,
    /// Leave rows with an empty or unreadable cell out.
    #[arg(long)]
    skip_incomplete: bool,
    /// Operators, of + - * / square pow sqrt exp log sin cos tanh abs.
    #[arg(
        long,
        value_name = "LIST",
        default_value = "+,-,*,/,square,sqrt,exp,log"
    )]
    operators: String,
    /// Change what a part adds to an expression's length: exp=5, const=2, var=1, ...
    #[arg(long = "cost", value_name = "PART=LENGTH")]
    costs: Vec<String>,
    /// Longest expression.
    #[arg(long, value_name = "LENGTH", default_value_t = Settings::default().max_complexity)]
    max_complexity: u32,
    /// Relative error to which the target is known at best.
    #[arg(long, value_name = "RELATIVE", default_value_t = Settings::default().resolution, allow_negative_numbers = true)]
    resolution: f64,
    /// End after this many seconds with what was found.
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    time_limit: Option<f64>,
    /// End after this many fitted expressions.
    #[arg(long, value_name = "COUNT")]
    max_candidates: Option<u64>,
    /// The same seed gives the same result, whatever the number of threads.
    #[arg(long, default_value_t = Settings::default().seed)]
    seed: u64,
    /// Threads; 0 for all.
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// Individuals of a generation.
    #[arg(long, default_value_t = Settings::default().population)]
    population: usize,
    /// Generations of one start at most.
    #[arg(long, default_value_t = Settings::default().generations)]
    generations: usize,
    /// Generations without progress after which a start ends.
    #[arg(long, default_value_t = Settings::default().patience)]
    patience: usize,
    /// Starts with a fresh population.
    #[arg(long, default_value_t = Settings::default().starts)]
    starts: usize,
    /// Length of a gene's head.
    #[arg(long, default_value_t = Settings::default().head)]
    head: usize,
    /// Genes of an individual.
    #[arg(long, default_value_t = Settings::default().genes)]
    genes: usize,
    /// Begin with the expressions of a saved front.
    #[arg(long, value_name = "FRONT.json")]
    warm_start: Option<PathBuf>,
    /// Write front, rivals and warnings as JSON.
    #[arg(short, long, value_name = "FRONT.json")]
    output: Option<PathBuf>,
    /// Print the law in a language instead of the report; "card": lines for a parameter card.
    #[arg(long, value_parser = ["text", "latex", "rust", "c", "spice", "verilog-a", CARD])]
    export: Option<String>,
    /// Draw data, law and residuals over each input of the law as PREFIX-INPUT.svg.
    #[arg(long, value_name = "PREFIX")]
    plot: Option<PathBuf>,
}

pub fn run(a: &DiscoverArgs) -> Result<Report, Failure> {
    if let Some(path) = &a.output {
        files::check_target(path)?;
    }
    if let Some(prefix) = &a.plot {
        files::check_target(prefix)?;
    }
    let problem = Problem::new(&table(a)?, &request(a))?;
    let settings = settings(a, &problem)?;
    // A second Ctrl-C ends the program at once.
    let handler = ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
    let mut report = Report::default();
    if let Err(e) = handler {
        report
            .warnings
            .push(format!("Ctrl-C will not keep the front: {e}"));
    }
    let mut ticker = Ticker::new();
    let outcome = search(&problem, &settings, &STOP, &mut |p| ticker.show(p))?;
    ticker.clear();
    fill(&mut report, a, &problem, &outcome)?;
    Ok(report)
}

/// The export that is no language.
const CARD: &str = "card";

/// Name of the category that says which file a row came from.
const FILE: &str = "file";

/// Name of the column of weights made from steps.
const STEP_WEIGHT: &str = "weight by step";

/// The rows that count, with the columns that are made from others.
fn table(a: &DiscoverArgs) -> Result<Table, Failure> {
    let mut table = Table::read_csv(&a.files)?;
    if let Some(column) = &a.weight_by_step {
        let weights = table.step_weights(column)?;
        table.add(STEP_WEIGHT, weights)?;
    }
    if a.category.as_deref() == Some(FILE) && table.column(FILE).is_none() {
        table.add_file_labels(FILE)?;
    }
    for condition in &a.only {
        let Some((column, values)) = condition.split_once('=') else {
            return Err(Failure::bad_input(format!(
                "--where {condition}: write COLUMN=VALUE or COLUMN=VALUE,VALUE, such as slit=2"
            )));
        };
        let values: Vec<String> = values.split(',').map(|v| v.trim().to_string()).collect();
        table.keep_where(column.trim(), &values)?;
    }
    Ok(table)
}

fn request(a: &DiscoverArgs) -> Request {
    Request {
        target: a.target.clone(),
        inputs: a.inputs.clone(),
        category: a.category.clone(),
        weight: match a.weight_by_step {
            Some(_) => Some(STEP_WEIGHT.into()),
            None => a.weight.clone(),
        },
        compare: a.compare.clone(),
        template: a.template.clone(),
        units: match a.units.as_str() {
            "penalty" => UnitsRule::Penalty,
            "require" => UnitsRule::Require,
            _ => UnitsRule::Off,
        },
        skip_incomplete: a.skip_incomplete,
    }
}

fn settings(a: &DiscoverArgs, problem: &Problem) -> Result<Settings, Failure> {
    let mut settings = Settings {
        functions: Function::parse_list(&a.operators)?,
        max_complexity: a.max_complexity,
        resolution: a.resolution,
        max_candidates: a.max_candidates,
        seed: a.seed,
        threads: a.threads,
        population: a.population,
        generations: a.generations,
        patience: a.patience,
        starts: a.starts,
        head: a.head,
        genes: a.genes,
        ..Settings::default()
    };
    if let Some(seconds) = a.time_limit {
        let limit = Duration::try_from_secs_f64(seconds).map_err(|_| {
            Failure::bad_input(format!("--time-limit {seconds}: give seconds, 0 or above"))
        })?;
        settings.time_limit = Some(limit);
    }
    for cost in &a.costs {
        let parts = cost.split_once('=').map(|(name, v)| (name, v.parse()));
        let Some((name, Ok(length))) = parts else {
            return Err(Failure::bad_input(format!(
                "--cost {cost}: write PART=LENGTH with a whole length, such as exp=5"
            )));
        };
        settings.costs.set(name, length)?;
    }
    if let Some(path) = &a.warm_start {
        settings.warm_start = read_front(path, &problem.inputs)?;
    }
    Ok(settings)
}

fn fill(
    report: &mut Report,
    a: &DiscoverArgs,
    problem: &Problem,
    outcome: &Outcome,
) -> Result<(), Failure> {
    let front = to_json(outcome);
    if let serde_json::Value::Object(map) = &front {
        report.json.extend(map.clone());
    }
    report
        .json
        .insert("elapsed_s".into(), json!(outcome.elapsed.as_secs_f64()));
    report
        .json
        .insert("row_evaluations".into(), json!(outcome.row_evaluations));
    report.text = match &a.export {
        Some(language) => {
            let text = exported(language, outcome)?;
            report.json.insert("export".into(), json!(text));
            report.warnings.extend(outcome.warnings.iter().cloned());
            text
        }
        None => {
            if outcome.ended == Ended::Interrupted {
                report
                    .warnings
                    .push("interrupted: this is the front so far".into());
            }
            self::report(outcome)
        }
    };
    if let Some(path) = &a.output {
        let text = serde_json::to_string_pretty(&front)
            .map_err(|e| Failure::work(format!("{}: {e}", path.display())))?;
        files::write(path, &(text + "\n"))?;
    }
    if let Some(prefix) = &a.plot {
        let mut written = Vec::new();
        for (input, svg) in residual_plots(problem, outcome)? {
            let path = picture(prefix, &input);
            files::write(&path, &svg)?;
            written.push(path);
        }
        report.json.insert("plots".into(), json!(written));
    }
    Ok(())
}

/// The chosen law in a language.
fn exported(language: &str, outcome: &Outcome) -> Result<String, Failure> {
    let names = Names {
        target: &outcome.target,
        inputs: &outcome.inputs,
        categories: &outcome.categories,
    };
    match Dialect::from_name(language) {
        Some(dialect) => Ok(export(outcome.law(), dialect, names)),
        None => export_card(outcome.law(), names).ok_or_else(|| {
            Failure::work(format!(
                "{} = {} is no law for a card, which must be the current times a function of the \
                 charge; --template \"I*f(Q)\" (with your names of the columns) finds one",
                outcome.target,
                outcome.text()
            ))
        }),
    }
}

/// `PREFIX-INPUT.svg`, with what a file name cannot hold replaced.
fn picture(prefix: &Path, input: &str) -> PathBuf {
    let plain: String = input
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '_' })
        .collect();
    let mut name = prefix.as_os_str().to_owned();
    name.push(format!("-{plain}.svg"));
    name.into()
}

/// One line on a terminal's stderr, rewritten in place.
struct Ticker {
    terminal: bool,
    last: Option<Instant>,
}

impl Ticker {
    fn new() -> Self {
        Self {
            terminal: std::io::stderr().is_terminal(),
            last: None,
        }
    }

    fn show(&mut self, p: &Progress) {
        if !self.terminal || self.last.is_some_and(|t| t.elapsed() < PROGRESS_EVERY) {
            return;
        }
        self.last = Some(Instant::now());
        let line: String = format!(
            "start {}, generation {}, {} expressions, {:.1} s; error {:.3e}: {}",
            p.start + 1,
            p.generation + 1,
            p.candidates,
            p.elapsed.as_secs_f64(),
            p.relative_error,
            p.best
        );
        let line: String = line.chars().take(110).collect();
        // Progress that cannot be shown is no reason to stop.
        let _ = write!(std::io::stderr(), "\r\x1b[2K{line}");
    }

    fn clear(&self) {
        if self.last.is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[2K");
        }
    }
}

impl From<DiscoverError> for Failure {
    fn from(error: DiscoverError) -> Self {
        match error {
            DiscoverError::NothingFound | DiscoverError::Write { .. } => {
                Self::work(error.to_string())
            }
            _ => Self::bad_input(error.to_string()),
        }
    }
}
