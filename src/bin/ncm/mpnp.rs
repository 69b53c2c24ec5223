//! `ncm mpnp`.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use ncm::mpnp::config::Config;
use ncm::mpnp::job::{self, JobError, Message};
use serde_json::Value;

use crate::args::MpnpArgs;
use crate::failure::Failure;
use crate::report::Report;

pub fn run(a: &MpnpArgs) -> Result<Report, Failure> {
    let config = Config::read(&a.config)?;
    let mut progress = Line::new();
    let done = job::run(&config, &a.output, a.resume, |message| {
        progress.tell(message)
    });
    progress.end();
    let result = done.map_err(|error| match error {
        JobError::Checkpoint { .. } => Failure::bad_input(error.to_string()),
        _ => Failure::work(error.to_string()),
    })?;
    let mut report = Report {
        text: summary(&result, a),
        ..Report::default()
    };
    if let Value::Object(map) = result {
        report.json = map;
    }
    Ok(report)
}

fn summary(result: &Value, a: &MpnpArgs) -> String {
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
    text.push_str(&format!("written to {}\n", a.output.display()));
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
