//! Simulators other than ngspice.

use super::case::Case;
use super::doors::{Analysis, Curve, NO_UIC, deck, lacking};
use super::printed::{printed_curves, said};
use super::support::engines::{self, python_tools, python_with_neospice, wasm_ngspice};
use super::variant::Variant;
use super::{osdi_py, vacask};
use ncm::netlist::{self, Dialect};
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Debug, Clone)]
pub enum Foreign {
    /// VACASK with the OSDI library or with Verilog-A.
    Vacask(PathBuf, netlist::Door),
    /// osdi-py, which evaluates the OSDI library, in a small simulator of our own.
    OsdiPy(PathBuf),
    /// neospice, from Python, with the plain netlist.
    Neospice(PathBuf),
    /// ngspice 45.2 as WebAssembly, with the plain netlist.
    Wasm(PathBuf),
    /// Named only to say why it cannot.
    Gnucap,
}

impl Foreign {
    /// Those that are here.
    pub fn all() -> Vec<Foreign> {
        let mut found = Vec::new();
        for door in [netlist::Door::Osdi, netlist::Door::VerilogA] {
            found.extend(engines::vacask().map(|program| Foreign::Vacask(program, door)));
        }
        found.extend(python_tools().map(Foreign::OsdiPy));
        found.extend(python_with_neospice().map(Foreign::Neospice));
        found.extend(wasm_ngspice().map(Foreign::Wasm));
        found.push(Foreign::Gnucap);
        found
    }

    pub fn name(&self) -> &'static str {
        match self {
            Foreign::Vacask(_, netlist::Door::VerilogA) => "verilog-a, VACASK",
            Foreign::Vacask(..) => "osdi 0.4, VACASK",
            Foreign::OsdiPy(_) => "osdi 0.4, osdi-py",
            Foreign::Neospice(_) => "plain, neospice",
            Foreign::Wasm(_) => "plain, WASM ngspice",
            Foreign::Gnucap => "plain, gnucap",
        }
    }

    fn door(&self) -> netlist::Door {
        match self {
            Foreign::Vacask(_, door) => *door,
            Foreign::OsdiPy(_) => netlist::Door::Osdi,
            _ => netlist::Door::Plain(Dialect::Ngspice),
        }
    }

    pub fn cannot(
        &self,
        case: &Case,
        variant: Variant,
        analysis: Analysis,
    ) -> Option<&'static str> {
        let noise = analysis == Analysis::Noise;
        let lacking = lacking(self.door(), case);
        match self {
            Foreign::Gnucap => Some(
                "gnucap 2017.10 reads neither .func nor B sources, and its behavioural sources know no voltage but their own",
            ),
            _ if lacking.is_some() => lacking,
            Foreign::Vacask(_, netlist::Door::VerilogA) if variant == Variant::Uic => Some(NO_UIC),
            Foreign::OsdiPy(_) if noise => Some("osdi-py 0.1.5 does not call a model's noise"),
            Foreign::Neospice(_) | Foreign::Wasm(_) if noise => {
                Some("behavioural sources are noiseless in every SPICE")
            }
            Foreign::Neospice(_) if variant.has_initial_voltage() && case.shares_by_charge() => {
                Some(
                    "neospice 0.2 knows no .func in the .param lines of a subcircuit, which share the start voltage of electrodes whose capacitances rise otherwise",
                )
            }
            _ => None,
        }
    }

    pub fn run(
        &self,
        case: &Case,
        variant: Variant,
        analyses: &[Analysis],
    ) -> Result<Vec<Curve>, String> {
        let room = tempfile::tempdir().map_err(|error| error.to_string())?;
        match self {
            Foreign::Vacask(program, door) => analyses
                .iter()
                .map(|analysis| vacask::run(program, *door, room.path(), case, variant, *analysis))
                .collect(),
            Foreign::OsdiPy(python) => osdi_py::run(python, room.path(), case, variant, analyses),
            Foreign::Neospice(python) => {
                let decks = decks(room.path(), case, variant, analyses)?;
                let script = root().join("tests/engines/neospice_run.py");
                let printed = said(Command::new(python).arg(script).args(decks))?;
                printed_curves(&printed, analyses.len())
            }
            Foreign::Wasm(engine) => {
                let decks = decks(room.path(), case, variant, analyses)?;
                let script = root().join("tests/engines/wasm_run.mjs");
                let printed = said(Command::new("node").arg(script).arg(engine).args(decks))?;
                printed_curves(&printed, analyses.len())
            }
            Foreign::Gnucap => Err("is not run".into()),
        }
    }
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Decks of the plain netlist with one analysis each: to start one of these engines takes longer than
/// most analyses.
fn decks(
    room: &Path,
    case: &Case,
    variant: Variant,
    analyses: &[Analysis],
) -> Result<Vec<PathBuf>, String> {
    let plain = netlist::Door::Plain(Dialect::Ngspice);
    let write = |analysis: &Analysis| {
        let path = room.join(format!("{}.cir", analysis.name()));
        let text = deck(plain, case, variant, &[*analysis]);
        std::fs::write(&path, text).map_err(|error| error.to_string())?;
        Ok(path)
    };
    analyses.iter().map(write).collect()
}
