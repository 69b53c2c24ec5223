//! The command line: parse, call the library, print.
//!
//! Every verb takes `--json` for a machine-readable result on stdout. Exit codes: 0, 1 (the work
//! failed), 2 (bad input).

mod args;
mod bank;
mod datasheet;
mod discover;
mod doctor;
mod experiments;
mod failure;
mod files;
mod generated;
mod identify;
mod identify_mpnp;
mod install;
mod membrane;
mod mpnp;
mod netlist;
mod paper;
mod pipeline;
mod report;
mod symbol;

use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Verb};
use failure::Failure;
use report::Report;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refused(&error),
    };
    let done = match &arguments.verb {
        Verb::Cv(a) => experiments::cv::run(a),
        Verb::Gcd(a) => experiments::gcd::run(a),
        Verb::Step(a) => experiments::step::run(a),
        Verb::Eis(a) => experiments::eis::run(a),
        Verb::Rest(a) => experiments::rest::run(a),
        Verb::Netlist(a) => netlist::run(a),
        Verb::Bank { study } => bank::run(study),
        Verb::Symbol(a) => symbol::run(a),
        Verb::Discover(a) => discover::run(a),
        Verb::Identify(a) => identify::run(a),
        Verb::Datasheet(a) => datasheet::run(a),
        Verb::Mpnp(a) => mpnp::run(a),
        Verb::Membrane(a) => membrane::run(a),
        Verb::Pipeline(a) => pipeline::run(a),
        Verb::Paper(a) => paper::run(a),
        Verb::Install(a) => install::run(a),
        Verb::Doctor(a) => doctor::run(a),
        Verb::Completions(a) => generated::completions(a),
        Verb::Man(a) => generated::man(a),
    };
    match done.and_then(|report| report.deliver(arguments.json)) {
        Ok(code) => code,
        Err(failure) => {
            failure.deliver(arguments.json);
            failure.code()
        }
    }
}

/// Help and version, which are no errors, or what the parser did not understand.
fn refused(error: &clap::Error) -> ExitCode {
    // A closed pipe behind `ncm --help | head` is nobody's error.
    let _ = error.print();
    if !error.use_stderr() {
        return ExitCode::SUCCESS;
    }
    let json = std::env::args_os().any(|a| a == "--json");
    if json {
        let text = error.to_string();
        let text = text.trim().trim_start_matches("error: ");
        Report::error(&Failure::bad_input(text)).print_json();
    }
    ExitCode::from(2)
}
