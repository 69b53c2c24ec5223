//! Steep edges of a pulse through the plain netlist, the OSDI library and the code models.
//!
//! An edge is a breakpoint: ngspice starts anew behind it, with a tenth of the step and a formula of
//! first order. Netlist and OSDI library leave the integration to ngspice and take the same steps. The
//! code models integrate themselves, are not told of breakpoints, and go on with their formula of
//! second order. Neither is wrong; the differences are what the simulator's tolerances let pass.
#![cfg(feature = "cli")]

mod support;

use ncm::card::Card;
use ncm::netlist::{Dialect, Door, subcircuit, subcircuit_name};
use ncm::simulator::measure::Waveform;
use ncm::simulator::{Job, Ngspice, RawFile};
use support::{code_model, osdi_library, osdi_releases};

/// Volt; fills the first slits beyond the zero of the bare law, where R is at its floor.
const SWING: f64 = 0.3;
const STOP: f64 = 20e-6;

/// The half cell of the paper with a strongly falling resistance, under the name of its door.
fn part(door: Door) -> (String, String) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models/paper-half-cell.toml");
    let name = format!("name=half-{}", door.name());
    let card = Card::read(&path, &[name, "gamma=0.9".into()]).unwrap_or_else(|e| panic!("{e}"));
    let text = subcircuit(&card, door).unwrap_or_else(|e| panic!("{e}"));
    (subcircuit_name(&card), text)
}

/// Each part behind a resistor of its own, at nodes `p0`, `p1`, ...
fn run(ngspice: &Ngspice, version: &str, doors: &[Door], options: &str, step: &str) -> RawFile {
    let mut deck = format!("edges\nv1 s 0 pulse(0 {SWING} 1u 10n 10n 8u 16u)\n");
    for (k, door) in doors.iter().enumerate() {
        let (name, text) = part(*door);
        deck += &format!("{text}r{k} s p{k} 2\nx{k} p{k} 0 {name}\n");
    }
    deck += &format!(".options {options}\n.tran {step} {STOP} 0 {step}\n.end\n");
    let job = Job::new(deck)
        .code_model(code_model())
        .start_up(format!("osdi {}", osdi_library(version).display()));
    ngspice
        .run(&job)
        .and_then(|run| run.check()?.raw().cloned())
        .unwrap_or_else(|e| panic!("ngspice {}: {e}", ngspice.version()))
}

/// Step control off: both take the same steps, and Newton iterations go to the end.
const EQUAL_STEPS: &str = "reltol=1e-10 abstol=1e-14 vntol=1e-13 chgtol=1e-3 trtol=1000";

#[test]
fn netlist_and_osdi_library_are_the_same_across_edges() {
    let doors = [Door::Plain(Dialect::Ngspice), Door::Osdi];
    for (release, versions) in osdi_releases() {
        for method in ["method=trap", "method=gear maxord=2"] {
            let options = format!("{method} {EQUAL_STEPS}");
            let raw = run(&release.ngspice, versions[0], &doors, &options, "50n");
            let plot = raw.plot("transient").unwrap_or_else(|e| panic!("{e}"));
            let [plain, osdi] = ["v(p0)", "v(p1)"].map(|n| plot.real(n).expect("a node"));
            let gap = plain.iter().zip(osdi).map(|(a, b)| (a - b).abs());
            let gap = gap.fold(0.0, f64::max) / SWING;
            eprintln!("ngspice {}, {method}: {gap:.1e} of the swing", release.name);
            assert!(
                plain.len() > 300 && gap < 1e-9,
                "ngspice {}, {method}: {gap:e}",
                release.name
            );
        }
    }
}

/// Largest error against a run with steps of half a nanosecond, as a fraction of the swing.
fn error(ngspice: &Ngspice, version: &str, door: Door, options: &str, fine: &Waveform) -> f64 {
    let raw = run(ngspice, version, &[door], options, "50n");
    let plot = raw.plot("transient").unwrap_or_else(|e| panic!("{e}"));
    let wave = Waveform::of(plot, "v(p0)").unwrap_or_else(|e| panic!("{e}"));
    (0..2000)
        .map(|k| STOP * (f64::from(k) + 0.5) / 2000.0)
        .map(|t| (wave.at(t) - fine.at(t)).abs() / SWING)
        .fold(0.0, f64::max)
}

#[test]
fn what_an_edge_costs_falls_with_the_tolerances_behind_every_door() {
    let (release, versions) = osdi_releases()[0];
    let (ngspice, version) = (&release.ngspice, versions[0]);
    let fine = |door| run(ngspice, version, &[door], EQUAL_STEPS, "0.5n");
    let [plain, xspice] = [Door::Plain(Dialect::Ngspice), Door::Xspice];
    let of = |raw: &RawFile| {
        let plot = raw.plot("transient").unwrap_or_else(|e| panic!("{e}"));
        Waveform::of(plot, "v(p0)").unwrap_or_else(|e| panic!("{e}"))
    };
    // The finest runs agree whoever integrates.
    let (fine, other) = (of(&fine(Door::Osdi)), of(&fine(xspice)));
    let apart = (0..2000)
        .map(|k| STOP * (f64::from(k) + 0.5) / 2000.0)
        .map(|t| (other.at(t) - fine.at(t)).abs() / SWING)
        .fold(0.0, f64::max);
    eprintln!("steps of 0.5 ns: {apart:.1e} of the swing between OSDI and XSPICE");
    assert!(apart < 2e-4, "{apart:e}");
    for (options, most) in [
        ("reltol=1e-3", 8e-2),
        ("reltol=1e-4 trtol=1", 2e-2),
        ("reltol=1e-6 trtol=1", 4e-3),
    ] {
        for door in [plain, Door::Osdi, xspice] {
            let error = error(ngspice, version, door, options, &fine);
            eprintln!("{options}, {}: {error:.1e} of the swing", door.name());
            assert!(error < most, "{options}, {}: {error:e}", door.name());
        }
    }
}
