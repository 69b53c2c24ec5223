//! What the mPNP solver finds about stacked sheets, beside what the paper says (Zhan et al.,
//! arXiv 2010.08151): the tables of docs/mpnp-study.md.
//!
//! ```text
//! cargo run --release --example mpnp_study -- [--out DIR] [--jobs N] [--page FILE] [--coarse]
//! cargo run --release --example mpnp_study -- --cost
//! ```
//!
//! Every case is a run of `ncm mpnp` in a folder of its own under DIR (out/mpnp-study), named by the hash of its
//! configuration. A case that has been run is not run again, one that was interrupted goes on from its checkpoint. `--jobs 2`
//! runs two cases at a time. `--page` writes the tables to FILE as well. `--coarse` tries the study
//! itself, on grids far too coarse for its numbers. `--cost` measures time and memory over the
//! number of sheets instead.

mod cases;
mod claims;
mod cost;
mod found;
mod runner;
mod tables;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

struct Options {
    out: PathBuf,
    jobs: usize,
    page: Option<PathBuf>,
    coarse: bool,
    cost: bool,
    /// Number of sheets of the one run that this process is to measure.
    cost_of: Option<usize>,
}

fn options() -> Result<Options, String> {
    let mut options = Options {
        out: "out/mpnp-study".into(),
        jobs: 1,
        page: None,
        coarse: false,
        cost: false,
        cost_of: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .ok_or_else(|| format!("{argument} needs a value"))
        };
        let count = |text: String| {
            text.parse()
                .map_err(|_| format!("{argument} {text}: not a whole number"))
        };
        match argument.as_str() {
            "--out" => options.out = value()?.into(),
            "--page" => options.page = Some(value()?.into()),
            "--jobs" => options.jobs = value().and_then(count)?,
            "--cost-of" => options.cost_of = Some(value().and_then(count)?),
            "--coarse" => options.coarse = true,
            "--cost" => options.cost = true,
            _ => {
                return Err(format!(
                    "{argument}: unknown; see the head of examples/mpnp_study/main.rs"
                ));
            }
        }
    }
    Ok(options)
}

fn study(options: &Options) -> Result<(), String> {
    let cases = cases::all(options.coarse);
    let found = runner::run_all(&cases, &options.out, options.jobs.max(1))?;
    let mut page = String::new();
    for (title, text) in tables::all(&found)
        .into_iter()
        .chain([claims::table(&found)])
    {
        // Writing to a string does not fail.
        let _ = write!(page, "## {title}\n\n{text}\n");
    }
    print!("{page}");
    if let Some(path) = &options.page {
        let head = include_str!("head.md");
        let whole = format!("{head}\n{}\n", page.trim_end());
        ncm::mpnp::files::write_whole(path, whole.as_bytes()).map_err(|e| e.to_string())?;
    }
    Ok(())
}

fn main() -> ExitCode {
    let done = options().and_then(|o| match (o.cost_of, o.cost) {
        (Some(sheets), _) => cost::measure(sheets),
        (None, true) => cost::table(),
        (None, false) => study(&o),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mpnp_study: {error}");
            ExitCode::FAILURE
        }
    }
}
