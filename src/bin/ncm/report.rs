//! What a verb has to say when its work is done.

use std::io::{self, Write};
use std::process::ExitCode;

use serde_json::{Map, Value, json};

use crate::failure::Failure;

/// The result of a verb, for people and for programs.
#[derive(Debug, Default)]
pub struct Report {
    /// What goes to stdout unless JSON was asked for.
    pub text: String,
    /// The same for programs.
    pub json: Map<String, Value>,
    /// What a person should know although the work was done; stderr, and "warnings" in JSON.
    pub warnings: Vec<String>,
    /// The verb worked but what it looked at does not (`doctor`): exit code 1.
    pub unwell: bool,
}

impl Report {
    /// The report of a failure; for JSON only.
    pub fn error(failure: &Failure) -> Self {
        let mut report = Self::default();
        report.json.insert("error".into(), failure.json());
        report
    }

    /// Prints the report and gives the exit code.
    pub fn deliver(mut self, as_json: bool) -> Result<ExitCode, Failure> {
        for warning in &self.warnings {
            eprintln!("warning: {warning}");
        }
        if as_json {
            self.json.insert("warnings".into(), json!(self.warnings));
            self.print_json();
        } else {
            to_stdout(&self.text)
                .map_err(|e| Failure::work(format!("cannot write to stdout: {e}")))?;
        }
        Ok(if self.unwell {
            ExitCode::from(1)
        } else {
            ExitCode::SUCCESS
        })
    }

    pub fn print_json(&self) {
        let text = Value::Object(self.json.clone()).to_string();
        // If stdout is gone there is nobody left to tell.
        let _ = to_stdout(&format!("{text}\n"));
    }
}

/// Writes to stdout; a reader that has seen enough (`ncm ... | head`) is no error.
fn to_stdout(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
