//! The OSDI library in every ngspice that loads one, against the code models (XSPICE), a netlist of
//! ngspice's own elements, the kernel, and closed forms.
//!
//! `cargo test --release --test osdi -- --nocapture` prints the differences.
#![cfg(feature = "cli")]

mod support;

use ncm::law::LawKind;
use ncm::simulator::{Job, Plot, RawFile, Run};
use num_complex::Complex64;
use std::fmt::Write;
use support::half_cell::{HalfCell, Way};
use support::{Release, code_model, osdi_library, osdi_releases};

/// Between doors, relative to the largest value: on equal steps, and for small signals.
const TOLERANCE: f64 = 1e-9;

/// Newton iterations go to the end; nothing but the largest step limits the steps of a transient.
/// Gear's method of second order is the one that the code models integrate by.
const TIGHT: &str =
    ".options method=gear maxord=2 reltol=1e-11 abstol=1e-12 vntol=1e-13 chgtol=1 trtol=1\n";

/// A run with the library of this version loaded.
fn run(release: &Release, version: &str, deck: &str) -> Run {
    let job = Job::new(deck)
        .code_model(code_model())
        .start_up(format!("osdi {}", osdi_library(version).display()));
    release
        .ngspice
        .run(&job)
        .unwrap_or_else(|error| panic!("ngspice {}: {error}", release.name))
}

/// The results of a run that must go well.
fn results(release: &Release, version: &str, deck: &str) -> RawFile {
    run(release, version, deck)
        .check()
        .and_then(|run| run.raw().cloned())
        .unwrap_or_else(|error| panic!("ngspice {}, OSDI {version}: {error}", release.name))
}

/// Every release with every version it takes, once with each solver.
fn everywhere(mut check: impl FnMut(&str, &Release, &str, &str)) {
    let mut tried = 0;
    for (release, versions) in osdi_releases() {
        for version in versions {
            for solver in ["", ".options klu\n"] {
                let here = format!("ngspice {}, OSDI {version} {}", release.name, solver.trim());
                check(&here, release, version, solver);
                tried += 1;
            }
        }
    }
    assert!(tried > 0, "no release of ngspice here loads OSDI libraries");
}

fn plot<'a>(here: &str, raw: &'a RawFile, part: &str) -> &'a Plot {
    raw.plot(part).unwrap_or_else(|e| panic!("{here}: {e}"))
}

fn complex(here: &str, plot: &Plot, name: &str) -> Vec<Complex64> {
    let values = if plot.is_complex() {
        plot.complex(name).map(<[Complex64]>::to_vec)
    } else {
        plot.real(name)
            .map(|v| v.iter().map(|x| Complex64::new(*x, 0.0)).collect())
    };
    values.unwrap_or_else(|e| panic!("{here}: {e}"))
}

/// Largest difference relative to the largest value.
fn gap(a: &[Complex64], b: &[Complex64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let scale = a.iter().map(|x| x.norm()).fold(0.0, f64::max);
    let off = a.iter().zip(b).map(|(a, b)| (a - b).norm());
    let off = off.fold(0.0, f64::max) / scale;
    assert!(off.is_finite() && scale > 0.0, "nothing to compare");
    off
}

/// The half cell of the paper behind the OSDI door, alone, in pairs, as a cell and slit by slit.
/// `v{name}` carries the current of each.
fn osdi_ways(half: &HalfCell) -> (String, Vec<(&'static str, Way)>) {
    let whole = format!("{} slits={}", half.model(1.0), half.slits);
    let mut deck = format!(
        "vo1 in o1t 0\nnone o1t 0 mo1\n.model mo1 ncm_electrode10 {whole}\n\
         vo2 in2 o2t 0\nntwoa o2t two_0 mo1\nntwob 0 two_0 mo1\n\
         vocell in2 oct 0\nncell oct 0 mocell\n.model mocell ncm_cell10 {whole}\n\
         voslits in ost 0\n.model moslit ncm_slit1 {}\n\
         .model moend ncm_resistor({})\n",
        half.model(1.0),
        half.model(0.5),
    );
    // The way into the first slit is half a path, which the code model makes.
    deck += "aslits %gd(0 sl_1) %vd(ost sl_1) moend\n";
    for k in 1..=half.slits {
        let _ = writeln!(deck, "nslits{k} sl_{k} sl_{} ost moslit", k + 1);
    }
    let ways = vec![
        ("o1", Way::Electrode),
        ("o2", Way::Electrodes),
        ("ocell", Way::Cell),
        ("oslits", Way::Slits),
    ];
    (deck, ways)
}

#[test]
fn transients_and_small_signals_are_those_of_the_other_doors() {
    let half = HalfCell::of_the_paper(LawKind::Linear, 0.8, 6);
    let (osdi, ways) = osdi_ways(&half);
    // The source sets in as the cube of time: ngspice takes its first two steps by a formula of
    // first order, the code models only the first one. (4 sin^3 x = 3 sin x - sin 3x.)
    let deck = |solver: &str| {
        format!(
            "doors side by side\nvin in in_3 dc 0.08 ac 1\n\
             v3 in_3 in_1 sin(0 -0.0375 150k)\nv1 in_1 0 sin(0 0.1125 50k)\n{}{osdi}{TIGHT}{solver}\
             .ac dec 3 1k 10meg\n.tran 50n 20u 0 50n\n.end\n",
            half.all_ways(),
        )
    };
    let mut off_limits = Vec::new();
    everywhere(|here, release, version, solver| {
        let raw = results(release, version, &deck(solver));
        for analysis in ["ac", "transient"] {
            let plot = plot(here, &raw, analysis);
            for (name, way) in &ways {
                let ours = complex(here, plot, &format!("i(v{name})"));
                for other in [*way, Way::Plain] {
                    let theirs = complex(here, plot, &format!("i(v{})", other.name()));
                    let off = gap(&theirs, &ours);
                    eprintln!(
                        "{here}, {analysis}: {name} against {}: {off:.1e}",
                        other.name()
                    );
                    if off > TOLERANCE {
                        let other = other.name();
                        off_limits.push(format!("{here}, {analysis}: {name}, {other}: {off:e}"));
                    }
                }
            }
        }
    });
    assert!(off_limits.is_empty(), "{}", off_limits.join("\n"));
}
