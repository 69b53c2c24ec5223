//! `ncm mpnp`.

use std::io::{IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ncm::mpnp::batch::{self, Task};
use ncm::mpnp::config::Config;
use ncm::mpnp::job::{self, JobError, Message};
use serde_json::Value;

use crate::args::MpnpArgs;
use crate::failure::Failure;
use crate::report::Report;

pub fn run(a: &MpnpArgs) -> Result<Report, Failure> {
    match &a.configs[..] {
        [config] => one(a, &Config::read(config)?),
        several => many(a, several),
    }
}

fn failure(error: &JobError) -> Failure {
    match error {
        JobError::Checkpoint { .. } => Failure::bad_input(error.to_string()),
        _ => Failure::work(error.to_string()),
    }
}

fn one(a: &MpnpArgs, config: &Config) -> Result<Report, Failure> {
    let mut progress = Line::new();
    let done = job::run(config, &a.output, a.resume, |message| {
        progress.tell(message)
    });
    progress.end();
    let result = done.map_err(|error| failure(&error))?;
    let mut report = Report {
        text: summary(&result, &a.output),
        ..Report::default()
    };
    if let Value::Object(map) = result {
        report.json = map;
    }
    Ok(report)
}

/// Several runs, each in the folder named as its file. What can be run is run; then what failed is said.
fn many(a: &MpnpArgs, files: &[PathBuf]) -> Result<Report, Failure> {
    let mut tasks: Vec<Task> = Vec::new();
    for file in files {
        let folder = a.output.join(file.file_stem().unwrap_or_default());
        if tasks.iter().any(|t| t.folder == folder) {
            return Err(Failure::bad_input(format!(
                "{}: another configuration of this name comes before it, and both would write into {}\n  remedy: rename one, or run them one by one",
                file.display(),
                folder.display()
            )));
        }
        tasks.push(Task {
            config: Config::read(file)?,
            folder,
        });
    }
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let at_once = a.jobs.map_or(cores, NonZeroUsize::get);
    let results = batch::run_all(&tasks, at_once, a.resume, |at, message| {
        let name = tasks[at].folder.display();
        match message {
            Message::Size { unknowns, memory } => eprintln!(
                "{name}: {unknowns} unknowns, {:.0} MB of memory",
                memory as f64 / 1e6
            ),
            Message::Resumed { part } => eprintln!("{name}: resumed at {:.1} %", 100.0 * part),
            Message::Progress(p) if p.part >= 1.0 => eprintln!(
                "{name}: done, {} steps, {:.0} s",
                p.steps,
                p.elapsed.as_secs_f64()
            ),
            Message::Progress(_) => {}
        }
    });
    let mut report = Report::default();
    let mut failed: Option<Failure> = None;
    for (task, result) in tasks.iter().zip(results) {
        match result {
            Ok(result) => {
                report.text.push_str(&summary(&result, &task.folder));
                let name = task.folder.file_name().unwrap_or_default();
                report
                    .json
                    .insert(name.to_string_lossy().into_owned(), result);
            }
            Err(error) => {
                eprintln!("{}: failed", task.folder.display());
                failed.get_or_insert(failure(&error));
            }
        }
    }
    failed.map_or(Ok(report), Err)
}

fn summary(result: &Value, folder: &Path) -> String {
    let number = |v: &Value| v.as_f64().map_or("-".into(), |x| format!("{x:.4e}"));
    let mut text = String::new();
    if let Some(slits) = result["slits"].as_array() {
        text.push_str("slit  q_max_C      c_slit_F     r_c_ohm      gamma        r_min_ohm\n");
        for s in slits {
            text.push_str(&format!(
                "{:<5} {:<12} {:<12} {:<12} {:<12} {}\n",
                s["slit"],
                number(&s["q_max_C"]),
                number(&s["c_slit_F"]),
                number(&s["r_c_ohm"]),
                number(&s["gamma"]),
                number(&s["r_min_ohm"])
            ));
        }
    }
    text.push_str(&format!("written to {}\n", folder.display()));
    text
}

/// Progress on stderr: one line that is written over, on a terminal only.
struct Line {
    live: bool,
    shown: Option<Instant>,
    open: bool,
}

impl Line {
    fn new() -> Self {
        Self {
            live: std::io::stderr().is_terminal(),
            shown: None,
            open: false,
        }
    }

    fn tell(&mut self, message: Message) {
        match message {
            Message::Size { unknowns, memory } => eprintln!(
                "{unknowns} unknowns, {:.0} MB of memory",
                memory as f64 / 1e6
            ),
            Message::Resumed { part } => eprintln!("resumed at {:.1} %", 100.0 * part),
            Message::Progress(p) => {
                let due = self
                    .shown
                    .is_none_or(|t| t.elapsed() > Duration::from_millis(200));
                if !self.live || !due {
                    return;
                }
                self.shown = Some(Instant::now());
                self.open = true;
                let left = p.left.map_or(String::new(), |left| {
                    format!(", {:.0} s left", left.as_secs_f64())
                });
                eprint!(
                    "\r{:5.1} %, {} steps, {:.0} s{left}   ",
                    100.0 * p.part,
                    p.steps,
                    p.elapsed.as_secs_f64()
                );
                // A progress line that cannot be shown is no reason to stop.
                let _ = std::io::stderr().flush();
            }
        }
    }

    fn end(&mut self) {
        if self.open {
            eprintln!();
        }
    }
}
