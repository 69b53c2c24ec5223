//! Why a verb did not do its work.

use std::fmt;
use std::process::ExitCode;

use ncm::card::CardError;
use ncm::experiment::ExperimentError;
use ncm::netlist::NetlistError;
use ncm::plot::PlotError;
use serde_json::{Value, json};

use crate::report::Report;

/// A failure with what a person and a program need to know about it.
#[derive(Debug)]
pub struct Failure {
    bad_input: bool,
    message: String,
    details: Vec<Value>,
}

impl Failure {
    /// The input is at fault (exit code 2).
    pub fn bad_input(message: impl Into<String>) -> Self {
        Self {
            bad_input: true,
            message: message.into(),
            details: Vec::new(),
        }
    }

    /// The input was fine, the work failed (exit code 1).
    pub fn work(message: impl Into<String>) -> Self {
        Self {
            bad_input: false,
            ..Self::bad_input(message)
        }
    }

    /// The same with something more for programs.
    pub fn with_detail(mut self, detail: Value) -> Self {
        self.details.push(detail);
        self
    }

    pub fn code(&self) -> ExitCode {
        ExitCode::from(if self.bad_input { 2 } else { 1 })
    }

    /// As JSON, under "error".
    pub fn json(&self) -> Value {
        json!({
            "kind": if self.bad_input { "bad_input" } else { "failed" },
            "message": self.message,
            "details": self.details,
        })
    }

    /// Text to stderr; JSON to stdout if asked for.
    pub fn deliver(&self, as_json: bool) {
        if as_json {
            Report::error(self).print_json();
        }
        eprintln!("error: {}", self.message);
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<CardError> for Failure {
    fn from(error: CardError) -> Self {
        let details = error.problems().iter().map(|p| {
            json!({
                "file": p.source,
                "line": p.line,
                "column": p.column,
                "parameter": p.parameter,
                "value": p.value,
                "wrong": p.wrong,
                "allowed": p.allowed,
                "remedy": p.remedy,
            })
        });
        Self {
            details: details.collect(),
            ..Self::bad_input(error.to_string())
        }
    }
}

impl From<NetlistError> for Failure {
    fn from(error: NetlistError) -> Self {
        Self {
            details: vec![json!({
                "card": error.card,
                "parameter": error.parameter,
                "wrong": error.wrong,
                "remedy": error.remedy,
            })],
            ..Self::bad_input(error.to_string())
        }
    }
}

impl From<PlotError> for Failure {
    fn from(error: PlotError) -> Self {
        Self::work(error.to_string())
    }
}

impl From<ExperimentError> for Failure {
    fn from(error: ExperimentError) -> Self {
        match error {
            ExperimentError::Parameter(e) => {
                let option = option_of(&e.parameter);
                let remedy = "choose a value in this range";
                Self {
                    details: vec![json!({
                        "parameter": option,
                        "value": e.value,
                        "wrong": "is out of range",
                        "allowed": e.allowed,
                        "remedy": remedy,
                    })],
                    ..Self::bad_input(format!(
                        "{option} = {}: is out of range\n  allowed: {}\n  remedy: {remedy}",
                        e.value, e.allowed
                    ))
                }
            }
            ExperimentError::LimitNotReached { .. } => Self::bad_input(error.to_string()),
            ExperimentError::StepTooShort { .. } => Self::work(error.to_string()),
        }
    }
}

/// The option of the command line behind a parameter of an experiment.
fn option_of(parameter: &str) -> &str {
    match parameter {
        "v_start" => "--v-start",
        "v_first" | "v_high" => "--v-max",
        "v_second" | "v_low" => "--v-min",
        "v_0" => "--v0",
        "v_1" => "--v1",
        "rate" => "--rate",
        "current" => "--current",
        "duration" => "--duration",
        "hold" => "--hold",
        "decades" => "--decades",
        "bias" => "--bias",
        "f_min" => "--f-min",
        "f_max" => "--f-max",
        "cycles" => "--cycles",
        "points" => "--points",
        "points_per_decade" => "--points-per-decade",
        "tolerance" => "--tolerance",
        other => other,
    }
}
