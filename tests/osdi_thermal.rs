//! Temperature, self-heating, age and warnings of the OSDI models: against the code models, the kernel, closed
//! forms and the balance of energy.
//!
//! `cargo test --test osdi_thermal -- --nocapture` prints the differences.
#![cfg(feature = "cli")]

mod support;

use ncm::card::Card;
use ncm::netlist::{Door, subcircuit};
use ncm::simulator::{Job, Plot, RawFile, Run};
use ncm::stamp::Stepper;
use std::f64::consts::TAU;
use support::{Release, code_model, osdi_library, osdi_releases};

/// Newton iterations go to the end, and nothing but the largest step limits the steps: charges here are
/// coulombs, and the default of `chgtol` is made for picocoulombs.
const TIGHT: &str =
    ".options method=gear maxord=2 reltol=1e-11 abstol=1e-12 vntol=1e-13 chgtol=1e15 trtol=1\n";

/// A farad; and how its values change as it warms.
const PART: &str = "rc=0.03 cslit=0.1 qmax=0.15 gamma=0.6 slits=20 ropen=0.02 copen=0.01 esr=0.05";
const LEAK: &str = "rleak=200";
const DRIFT: &str = "tref=300.15 rea=1.5e4 esrtc1=4e-3 leakea=4e4 cea=-2e3";

/// ngspice's own temperature unless told, K.
const ROOM_K: f64 = 300.15;

fn run(release: &Release, version: &str, deck: &str, files: &[(&str, String)]) -> Run {
    let mut job = Job::new(deck)
        .code_model(code_model())
        .start_up(format!("osdi {}", osdi_library(version).display()));
    for (name, text) in files {
        job = job.file(*name, text.clone());
    }
    release
        .ngspice
        .run(&job)
        .unwrap_or_else(|e| panic!("ngspice {}: {e}\n{deck}", release.name))
}

fn results(release: &Release, version: &str, deck: &str, files: &[(&str, String)]) -> RawFile {
    run(release, version, deck, files)
        .check()
        .and_then(|run| run.raw().cloned())
        .unwrap_or_else(|e| panic!("ngspice {}: {e}\n{deck}", release.name))
}

fn everywhere(mut check: impl FnMut(&Release, &str)) {
    let releases = osdi_releases();
    assert!(!releases.is_empty(), "no release here loads OSDI libraries");
    for (release, versions) in releases {
        for version in versions {
            check(release, version);
        }
    }
}

fn plot<'a>(raw: &'a RawFile, part: &str) -> &'a Plot {
    raw.plot(part).unwrap_or_else(|e| panic!("{e}"))
}

fn real<'a>(plot: &'a Plot, name: &str) -> &'a [f64] {
    plot.real(name).unwrap_or_else(|e| panic!("{e}"))
}

/// Largest difference relative to the largest value.
fn worst(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let scale = b.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    let off = a.iter().zip(b).map(|(a, b)| (a - b).abs());
    off.fold(0.0, f64::max) / scale
}

/// A current into `node` that sets in as the cube of time: hosts take their first steps by a formula of first
/// order. (4 sin^3 x = 3 sin x - sin 3x.)
fn drive(node: &str) -> String {
    format!("Ia{node} 0 {node} dc 0 sin(0 1.125 0.3)\nIb{node} 0 {node} dc 0 sin(0 -0.375 0.9)\n")
}

/// The same cell heated in four ways: by the code model, by the OSDI model, by a network around the latter, and
/// with a part of the network outside.
fn four_ways(values: &str, step: f64) -> String {
    format!(
        "four ways\n{TIGHT}{}{}{}{}\
         A1 %gd(p 0) null a\n.model a ncm_cell({PART} {values} ic=0.5 rth=8 cth=2)\n\
         N1 q 0 b\n.model b ncm_cell20 {PART} {values} ic=0.5 rth=8 cth=2\n\
         N2 r 0 t2 amb c\n.model c ncm_warm_cell20 {PART} {values} ic=0.5\nR2 t2 amb 8\nC2 t2 amb 2\nVamb amb 0 0\n\
         N3 s 0 t3 0 d\n.model d ncm_warm_cell20 {PART} {values} ic=0.5 rth=3 cth=2\nR3 t3 0 5\n\
         .save all @a1[temp] @n1[temp] @n2[temp] @n3[temp] @a1[energy] @n1[energy] @a1[power] @n1[power] \
         @a1[soc] @n1[soc]\n.tran {step} 8 0 {step}\n.end\n",
        drive("p"),
        drive("q"),
        drive("r"),
        drive("s"),
    )
}

#[test]
fn heat_without_coefficients_leaves_the_doors_equal_and_their_temperatures_too() {
    everywhere(|release, version| {
        let raw = results(release, version, &four_ways("vmax=2.7", 8e-3), &[]);
        let tran = plot(&raw, "Transient");
        let rise = |door: &str| -> Vec<f64> {
            let t = real(tran, &format!("@{door}[temp]"));
            t.iter().map(|t| t - ROOM_K).collect()
        };
        for other in ["v(q)", "v(r)", "v(s)"] {
            let off = worst(real(tran, other), real(tran, "v(p)"));
            assert!(
                off < 1e-9,
                "ngspice {} {version} {other}: {off:e}",
                release.name
            );
        }
        let by_codemodel = rise("a1");
        assert!(
            by_codemodel.last().is_some_and(|t| *t > 0.5),
            "{by_codemodel:?}"
        );
        for other in ["n1", "n2", "n3"] {
            // The first step of ngspice is of first order.
            let off = worst(&rise(other), &by_codemodel);
            println!(
                "ngspice {} {version}: rise of {other} {off:.1e}",
                release.name
            );
            assert!(
                off < 1e-6,
                "ngspice {} {version} {other}: {off:e}",
                release.name
            );
        }
        for name in ["energy", "power", "soc"] {
            let [a, n] = ["a1", "n1"].map(|door| real(tran, &format!("@{door}[{name}]")).to_vec());
            let off = worst(&n[1..], &a[1..]);
            assert!(
                off < 1e-8,
                "ngspice {} {version} {name}: {off:e}",
                release.name
            );
        }
    });
}

#[test]
fn with_drifting_values_the_doors_differ_by_the_code_models_prediction_alone() {
    // The code model works with a temperature that it foresees, the OSDI model with the one at the step's end.
    let (release, versions) = osdi_releases().into_iter().next_back().expect("a release");
    let version = versions.last().expect("a version");
    let mut errors = Vec::new();
    for step in [32e-3, 16e-3, 8e-3] {
        let raw = results(release, version, &four_ways(DRIFT, step), &[]);
        let tran = plot(&raw, "Transient");
        for other in ["v(r)", "v(s)"] {
            let off = worst(real(tran, other), real(tran, "v(q)"));
            assert!(off < 1e-9, "{other}: {off:e}");
        }
        let rise = |door: &str| -> Vec<f64> {
            let t = real(tran, &format!("@{door}[temp]"));
            t.iter().map(|t| t - ROOM_K).collect()
        };
        for other in ["n2", "n3"] {
            let off = worst(&rise(other), &rise("n1"));
            assert!(off < 1e-8, "{other}: {off:e}");
        }
        errors.push([
            worst(real(tran, "v(q)"), real(tran, "v(p)")),
            worst(&rise("n1"), &rise("a1")),
        ]);
    }
    println!("voltage and rise of temperature, doors apart at 32, 16, 8 ms: {errors:?}");
    for k in 0..2 {
        assert!(errors[2][k] < 5e-7, "{errors:?}");
        assert!(
            errors[0][k] > 3.5 * errors[1][k] && errors[1][k] > 3.5 * errors[2][k],
            "{errors:?}"
        );
    }
}

#[test]
fn at_rest_the_leakage_warms_and_heat_is_a_current() {
    everywhere(|release, version| {
        let cell = "rc=0.03 cslit=0.1 slits=20 rleak=200 rth=3 cth=2";
        let deck = format!(
            "rest\n.options reltol=1e-9 vntol=1e-12\nV1 p 0 2\nN1 p 0 tj 0 part\n.model part ncm_warm_cell20 {cell}\nRth tj 0 5\n\
             R2 q p 1e-3\nN2 q 0 own\n.model own ncm_cell20 {cell} ic=2\n\
             N3 p 0 kept\n.model kept ncm_cell20 {cell} rth=1e30\n\
             .op\n.save v(tj) @n1[temp] @n2[temp] @n3[temp]\n.end\n"
        );
        let raw = results(release, version, &deck, &[]);
        let op = plot(&raw, "Operating");
        let get = |name: &str| real(op, name)[0];
        let here = format!("ngspice {} {version}", release.name);
        // 20 mW through 5 K/W, and 3 K/W more inside. Without cooling a run starts where the surroundings are.
        assert!(
            (get("v(tj)") - 0.1).abs() < 1e-9,
            "{here}: {}",
            get("v(tj)")
        );
        assert!((get("@n1[temp]") - ROOM_K - 0.16).abs() < 1e-9, "{here}");
        assert!((get("@n2[temp]") - ROOM_K - 0.06).abs() < 1e-9, "{here}");
        assert!((get("@n3[temp]") - ROOM_K).abs() < 1e-9, "{here}");
    });
}

#[test]
fn electrical_energy_in_is_stored_or_leaves_as_heat() {
    let (release, versions) = osdi_releases().into_iter().next_back().expect("a release");
    let version = versions.last().expect("a version");
    let drift = DRIFT.replace(" cea=-2e3", "");
    let gap = |step: f64| {
        let deck = format!(
            "balance\n{TIGHT}{}N1 p 0 tj 0 part\n\
             .model part ncm_warm_cell20 {PART} {LEAK} {drift} ic=0.5 rth=3 cth=2\nRth tj 0 5\n\
             .save v(p) v(tj) @n1[energy] @n1[temp]\n.tran {step} 8 0 {step}\n.end\n",
            drive("p")
        );
        let raw = results(release, version, &deck, &[]);
        let tran = plot(&raw, "Transient");
        let (t, v, tj) = (real(tran, "time"), real(tran, "v(p)"), real(tran, "v(tj)"));
        let current = |t: f64| 1.5 * (TAU * 0.3 * t).sin().powi(3);
        let (mut input, mut left) = (0.0, 0.0);
        for k in 1..t.len() {
            let h = t[k] - t[k - 1];
            input += 0.5 * h * (v[k - 1] * current(t[k - 1]) + v[k] * current(t[k]));
            left += 0.5 * h * (tj[k - 1] + tj[k]) / 5.0;
        }
        let change = |name: &str| {
            let x = real(tran, name);
            x[x.len() - 1] - x[0]
        };
        let heat = left + 2.0 * change("@n1[temp]");
        ((input - change("@n1[energy]") - heat) / heat).abs()
    };
    let gaps = [gap(8e-3), gap(4e-3), gap(2e-3)];
    println!("energy in less stored less heat, of the heat, at 8, 4, 2 ms: {gaps:?}");
    assert!(
        gaps[2] < 5e-6 && gaps[0] > 3.0 * gaps[1] && gaps[1] > 2.5 * gaps[2],
        "{gaps:?}"
    );
}

fn card() -> Card {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models/edlc-10f-2v7.toml");
    let set = [
        "r_ea=1.2e4",
        "esr_tc1=3e-3",
        "esr_tc2=1e-5",
        "c_tc1=8e-4",
        "leak_ea=5e4",
        "life=1500",
        "age=2000",
        "life_voltage=2.7",
        "age_temperature=333.15",
        "age_voltage=2.6",
        "r_leak=1e3",
        "r_th=20",
        "c_th=5",
        "v_max=2.7",
    ];
    Card::read(&path, &set.map(String::from)).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn a_card_at_another_temperature_and_age_is_the_kernels_part() {
    let mut reference = card();
    reference.cell.thermal.temperature = 273.15 + 65.0 + 3.0;
    let mut stepper = Stepper::new(&reference.cell).unwrap_or_else(|e| panic!("{e}"));
    let library = subcircuit(&card(), Door::Osdi).unwrap_or_else(|e| panic!("{e}"));
    for name in ["rth", "cth", "vmax", "warn"] {
        assert!(
            library.contains(&format!("{name}={{{name}}}")),
            "{name}\n{library}"
        );
    }
    everywhere(|release, version| {
        // The leakage heats at rest.
        let v = 1.0;
        stepper.set_voltage(v).unwrap_or_else(|e| panic!("{e}"));
        let (mut t, ambient) = (
            reference.cell.thermal.temperature,
            reference.cell.thermal.temperature,
        );
        for _ in 0..50 {
            stepper.set_temperature(t).unwrap_or_else(|e| panic!("{e}"));
            t = ambient + 20.0 * stepper.trial_leakage() * v * v;
        }
        stepper.set_voltage(v).unwrap_or_else(|e| panic!("{e}"));
        let deck = "door\n.options reltol=1e-9 vntol=1e-12\n.include part.lib\n.temp 65\n\
                    V1 p 0 dc 1 ac 1\nX1 p 0 edlc_10f_2v7 dtemp=3\n.ac dec 2 1 1e3\n.end\n";
        let raw = results(release, version, deck, &[("part.lib", library.clone())]);
        let ac = plot(&raw, "AC");
        let complex = |name: &str| ac.complex(name).unwrap_or_else(|e| panic!("{e}"));
        for (f, i) in complex("frequency").iter().zip(complex("i(v1)")) {
            let expected = stepper.admittance(TAU * f.re);
            let off = (-*i - expected).norm() / expected.norm();
            // Here small signals heat, too, by the leakage: less and less the faster they are.
            assert!(
                off < 1e-6 / f.re,
                "ngspice {} {version}, {} Hz: {off:e}",
                release.name,
                f.re
            );
        }
    });
}

#[test]
fn passed_limits_are_told_at_the_first_and_the_tenth_time() {
    everywhere(|release, version| {
        let deck = |warn: u32, current: f64| {
            format!(
                "warnings\nV1 p 0 sin(0 1 100)\nN1 p 0 part\n\
                 .model part ncm_cell10 rc=0.3 cslit=1m slits=5 esr=1 vmax=0.9 vmin=-0.5 imax={current} warn={warn}\n\
                 .tran 0.1m 150m\n.end\n"
            )
        };
        // The amplitude of the current is about 0.6 A.
        let warned = run(release, version, &deck(1, 0.1), &[]);
        let count = |run: &Run, text: &str| run.log().matches(text).count();
        let log = warned.log();
        assert_eq!(
            count(&warned, "beyond v_max = 0.9 V"),
            2,
            "ngspice {}\n{log}",
            release.name
        );
        assert_eq!(count(&warned, "beyond v_min = -0.5 V"), 2, "{log}");
        assert!((1..=3).contains(&count(&warned, "beyond i_max")), "{log}");
        assert!(log.contains("n1"), "{log}");
        assert_eq!(
            count(&run(release, version, &deck(1, 10.0), &[]), "beyond i_max"),
            0
        );
        assert_eq!(
            count(&run(release, version, &deck(0, 0.1), &[]), "beyond v_max"),
            0
        );
    });
}

/// Charged in a hurry, left alone for a while, then discharged hard enough to warm up: initial voltage, history
/// and self-heating at once.
#[test]
fn a_history_and_self_heating_go_together_in_kernel_and_both_doors() {
    use ncm::cell::{CellParams, Drift, Thermal};
    use ncm::experiment::History;
    use ncm::ladder::ElectrodeParams;
    let told = "ic=0.5 icfrom=0.1 icrate=2 icrest=0.02";
    let drift = "tref=300.15 rea=1.5e4 esrtc1=4e-3 leakea=4e4";
    let slope = |activation, tc1| Drift {
        activation,
        tc1,
        tc2: 0.0,
    };
    let params = CellParams {
        esr: 0.05,
        r_leak: 200.0,
        thermal: Thermal {
            temperature: ROOM_K,
            t_ref: ROOM_K,
            resistance: slope(1.5e4, 0.0),
            esr: slope(0.0, 4e-3),
            leakage: slope(4e4, 0.0),
            r_th: 8.0,
            c_th: 0.2,
            ..Thermal::default()
        },
        ..CellParams::symmetric(ElectrodeParams {
            gamma: 0.6,
            q_max: 0.15,
            r_open: 0.02,
            c_open: 0.01,
            ..ElectrodeParams::new(0.03, 0.1, 20)
        })
    };
    let history = History::new(0.1, 2.0, 0.02)
        .expect("valid")
        .expect("a ramp");
    let (step, end) = (2e-3_f64, 3.0_f64);
    let mut cell = Stepper::new(&params).expect("valid");
    history.prepare(&mut cell, 0.5).expect("runs");
    // Between mouths and bottoms lies a difference.
    let start = cell.voltage();
    assert!(start > 0.1 && start < 0.499, "{start}");
    // The leakage has warmed it.
    let mut t = ROOM_K;
    for _ in 0..50 {
        cell.set_temperature(t).expect("fits");
        t = ROOM_K + 8.0 * cell.trial_leakage() * 0.5 * 0.5;
    }
    cell.set_surroundings(ROOM_K).expect("fits");
    for k in 1..=(end / step).round() as usize {
        let t = k as f64 * step;
        let i = -1.5 * (TAU * 0.3 * t).sin().powi(3);
        cell.try_current(step, i).expect("converges");
        cell.accept();
    }
    let (v, rise) = (cell.voltage(), cell.temperature() - ROOM_K);
    assert!(rise > 0.5, "{rise}");
    everywhere(|release, version| {
        for uic in ["", " uic"] {
            let values = format!("{PART} {LEAK} {drift} {told} rth=8 cth=0.2");
            let against = |node: &str| {
                drive(node)
                    .replace("0 1.125", "0 -1.125")
                    .replace("0 -0.375", "0 0.375")
            };
            let deck = format!(
                "history\n{TIGHT}{}{}A1 %gd(p 0) null a\n.model a ncm_cell({values})\n\
                 N1 q 0 b\n.model b ncm_cell20 {values}\n.save v(p) v(q) @a1[temp] @n1[temp]\n\
                 .tran {step} {end} 0 {step}{uic}\n.end\n",
                against("p"),
                against("q")
            );
            let raw = results(release, version, &deck, &[]);
            let tran = plot(&raw, "Transient");
            let last = |name: &str| *real(tran, name).last().expect("points");
            for (node, temp) in [("v(p)", "@a1[temp]"), ("v(q)", "@n1[temp]")] {
                let (off, warm) = (last(node) - v, last(temp) - ROOM_K - rise);
                println!(
                    "ngspice {} {version}{uic}: {node} {:.1e} V, {:.1e} K from the kernel",
                    release.name, off, warm
                );
                assert!(off.abs() < 2e-5, "{uic} {node}: {off:e}");
                assert!(warm.abs() < 1e-4 * rise, "{uic} {temp}: {warm:e}");
            }
        }
    });
}
