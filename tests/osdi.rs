//! The OSDI library in every ngspice that loads one, against the code models (XSPICE), a netlist of
//! ngspice's own elements, the kernel, and closed forms.
//!
//! `cargo test --release --test osdi -- --nocapture` prints the differences.
#![cfg(feature = "cli")]

mod support;

use ncm::cell::CellParams;
use ncm::ladder::ElectrodeParams;
use ncm::law::{Law, LawKind};
use ncm::simulator::{Job, Plot, RawFile, Run};
use ncm::stamp::Stepper;
use num_complex::Complex64;
use std::f64::consts::TAU;
use std::fmt::Write;
use support::half_cell::{HalfCell, Way};
use support::{Release, code_model, osdi_library, osdi_releases};

/// Between doors, relative to the largest value: on equal steps, and for small signals.
const TOLERANCE: f64 = 1e-9;

/// Noise against 4 k T Re Z, relative.
const NOISE_TOLERANCE: f64 = 1e-6;

/// J/K, exact in the SI.
const BOLTZMANN: f64 = 1.380_649e-23;

/// ngspice's own temperature unless told, K.
const ROOM_K: f64 = 300.15;

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

/// The paper's slit, and a whole cell of unequal electrodes with everything there can be.
const SLIT: &str = "rc=5 gamma=0.8 qmax=16n cslit=80n";
const RICH: &str = "rc=5 gamma=0.8 qmax=16n cslit=80n slits=6 ropen=2 copen=10n esr=3 rleak=1k \
                    slitsneg=9 gammaneg=-0.5 law=\"sqrt\" series=3 parallel=2 area=1.7";

/// The one value of a variable of an operating point.
fn value(here: &str, raw: &RawFile, name: &str) -> f64 {
    plot(here, raw, "operating")
        .last(name)
        .unwrap_or_else(|e| panic!("{here}: {e}"))
}

#[test]
fn noise_is_that_of_the_real_part_of_the_impedance() {
    let half = HalfCell::of_the_paper(LawKind::Linear, 0.8, 6);
    let mut cell = Stepper::new(&half.params()).expect("valid");
    cell.set_voltage(0.1).expect("finite");
    for (temperature, kelvin) in [("", ROOM_K), (".options temp=85\n", 358.15)] {
        // The coil holds the cell at its voltage and lets nothing pass at these frequencies.
        let deck = |solver: &str| {
            format!(
                "noise\nv1 b 0 dc 0.1\nl1 b out 1e12\niin 0 out dc 0 ac 1\n\
                 n1 out 0 mo1\n.model mo1 ncm_electrode10 {} slits={}\n{solver}{temperature}\
                 .noise v(out) iin dec 2 1k 10meg 1\n.end\n",
                half.model(1.0),
                half.slits
            )
        };
        everywhere(|here, release, version, solver| {
            // ngspice has no noise analysis with KLU.
            if !solver.is_empty() {
                return;
            }
            let raw = results(release, version, &deck(solver));
            let plot = plot(here, &raw, "noise spectral");
            let f = plot.real("frequency").expect("a spectrum");
            let noise = plot.real("onoise_spectrum").expect("a spectrum");
            let mut worst = 0.0_f64;
            for (f, noise) in f.iter().zip(noise) {
                let z = cell.admittance(TAU * f).inv();
                let wanted = 4.0 * BOLTZMANN * kelvin * z.re;
                worst = worst.max((noise * noise / wanted - 1.0).abs());
            }
            eprintln!("{here}: noise at {kelvin} K: {worst:.1e}");
            assert!(worst < NOISE_TOLERANCE, "{here}: {worst:e}");
        });
    }
}

#[test]
fn slits_and_cells_have_the_noise_of_their_impedance() {
    let electrode = |gamma, slits| ElectrodeParams {
        gamma,
        q_max: 16e-9,
        ..ElectrodeParams::new(5.0, 80e-9, slits)
    };
    let mut cell = Stepper::new(&CellParams {
        negative: Some(electrode(-0.5, 9)),
        esr: 3.0,
        r_leak: 1e3,
        ..CellParams::half(electrode(0.8, 6))
    })
    .expect("valid");
    cell.set_voltage(0.1).expect("finite");
    // A slit at 0.1 V is its resistance behind a capacitor.
    let law = Law::new(&electrode(0.8, 1).law_params()).expect("valid");
    let r = law.resistance(80e-9 * 0.1);
    type OfFrequency<'a> = &'a dyn Fn(f64) -> f64;
    let parts: [(&str, String, OfFrequency); 2] = [
        (
            "slit",
            format!("n1 a 0 out m\n.model m ncm_slit1 {SLIT}"),
            &|_| r,
        ),
        (
            "cell",
            format!(
                "n1 out 0 m\n.model m ncm_cell10 {SLIT} slits=6 slitsneg=9 gammaneg=-0.5 esr=3 rleak=1k"
            ),
            &|f| cell.admittance(TAU * f).inv().re,
        ),
    ];
    everywhere(|here, release, version, solver| {
        // ngspice has no noise analysis with KLU.
        if !solver.is_empty() {
            return;
        }
        for (name, part, resistance) in &parts {
            // The coil holds the part at its voltage and lets nothing pass at these frequencies.
            let deck = format!(
                "noise\nv1 b 0 dc 0.1\nl1 b out 1e12\niin 0 out dc 0 ac 1\n{part}\n\
                 .noise v(out) iin dec 2 1k 10meg 1\n.end\n"
            );
            let raw = results(release, version, &deck);
            let plot = plot(here, &raw, "noise spectral");
            let f = plot.real("frequency").expect("a spectrum");
            let noise = plot.real("onoise_spectrum").expect("a spectrum");
            let mut worst = 0.0_f64;
            for (f, noise) in f.iter().zip(noise) {
                let wanted = 4.0 * BOLTZMANN * ROOM_K * resistance(*f);
                worst = worst.max((noise * noise / wanted - 1.0).abs());
            }
            eprintln!("{here}: noise of a {name}: {worst:.1e}");
            assert!(worst < NOISE_TOLERANCE, "{here} {name}: {worst:e}");
        }
    });
}

#[test]
fn operating_points_and_sweeps_are_those_of_the_code_models() {
    // Each behind a resistor of its own: leakage, initial voltages and unequal electrodes show.
    let parts = [
        ("cell", RICH.to_owned()),
        ("cell", format!("{RICH} ic=0.9")),
        ("electrode", format!("{SLIT} slits=4 esr=1 rleak=200")),
        (
            "electrode",
            format!("{SLIT} slits=4 ic=0.2 ropen=1 copen=20n"),
        ),
    ];
    everywhere(|here, release, version, solver| {
        let mut deck = format!("operating points\nvin in 0 dc 0.5\n{TIGHT}{solver}");
        for (i, (part, parameters)) in parts.iter().enumerate() {
            let _ = writeln!(
                deck,
                "ro{i} in o{i} 100\nno{i} o{i} 0 mo{i}\n.model mo{i} ncm_{part}10 {parameters}\n\
                 rx{i} in x{i} 100\nax{i} %gd(x{i} 0) null mx{i}\n\
                 .model mx{i} ncm_{part}({parameters})"
            );
        }
        deck += ".op\n.dc vin -0.5 0.5 0.25\n.end\n";
        let raw = results(release, version, &deck);
        for analysis in ["operating", "dc"] {
            let plot = plot(here, &raw, analysis);
            for i in 0..parts.len() {
                let ours = complex(here, plot, &format!("v(o{i})"));
                let theirs = complex(here, plot, &format!("v(x{i})"));
                let off = gap(&theirs, &ours);
                assert!(off < TOLERANCE, "{here}, {analysis}, {i}: {off:e}");
            }
        }
    });
}

#[test]
fn an_initial_voltage_holds_with_and_without_uic() {
    // Without gamma one slit is an RC: v = v_0 R/(R + 2.5) exp(-t/((R + 2.5) C)).
    let (r, c, v_0) = (1e3, 80e-9, 0.3);
    let (resistance, end) = (r + 2.5, 100e-6);
    let wanted = v_0 * r / resistance * f64::exp(-end / (resistance * c));
    everywhere(|here, release, version, solver| {
        for uic in ["", "uic"] {
            let deck = format!(
                "initial voltage\nr1 a 0 1k\nn1 a 0 m1\n\
                 .model m1 ncm_electrode1 rc=5 cslit=80n ic={v_0}\n\
                 r2 b 0 1k\nn2 0 b m2\n.model m2 ncm_cell1 rc=2.5 cslit=160n ic={}\n\
                 r3 d 0 1k\nv3 d e 0\nn3 f 0 e m3\nr4 f 0 2.5\n\
                 .model m3 ncm_slit1 rc=1e9 cslit=80n ic={v_0}\n\
                 .options reltol=1e-6\n{solver}.tran 0.1u {end} 0 0.1u {uic}\n.end\n",
                -v_0
            );
            let raw = results(release, version, &deck);
            let plot = plot(here, &raw, "transient");
            for node in ["v(a)", "v(b)", "v(d)"] {
                let v = plot.last(node).unwrap_or_else(|e| panic!("{here}: {e}"));
                assert!(
                    (v / wanted - 1.0).abs() < 1e-5,
                    "{here} {uic} {node}: {v} {wanted}"
                );
            }
        }
    });
}

#[test]
fn copies_multiplicity_and_area_are_one_thing_and_so_are_swapped_terminals() {
    everywhere(|here, release, version, solver| {
        let drive = "dc 0.2 ac 1 sin(0 0.5 20k)";
        let deck = format!(
            "scales\nva a 0 {drive}\nna a 0 mc m=3\nvb b 0 {drive}\nnb b 0 m3\n\
             vc c 0 {drive}\nnc1 c 0 mc\nnc2 c 0 mc\nnc3 c 0 mc\n\
             vd 0 d {drive}\nnd 0 d mc m=3\n\
             .model mc ncm_cell20 {SLIT} slits=7 gammaneg=0.2 esr=1\n\
             .model m3 ncm_cell20 {SLIT} slits=7 gammaneg=0.2 esr=1 area=3\n\
             {TIGHT}{solver}.ac dec 2 1k 1meg\n.tran 0.2u 60u 0 0.2u\n.end\n"
        );
        let raw = results(release, version, &deck);
        for analysis in ["ac", "transient"] {
            let plot = plot(here, &raw, analysis);
            let first = complex(here, plot, "i(va)");
            for (other, tolerance) in [("i(vb)", 1e-9), ("i(vc)", 1e-9), ("i(vd)", 1e-9)] {
                let off = gap(&first, &complex(here, plot, other));
                assert!(off < tolerance, "{here}, {analysis}, {other}: {off:e}");
            }
        }
    });
}

#[test]
fn read_outs_are_those_of_the_kernel() {
    let half = HalfCell::of_the_paper(LawKind::Linear, 0.8, 6);
    let mut cell = Stepper::new(&half.params()).expect("valid");
    cell.set_voltage(0.1).expect("finite");
    let wanted = [
        ("charge", 2.0 * cell.charge()),
        ("reff", 0.5 * cell.effective_resistance()),
        ("energy", 2.0 * cell.stored_energy()),
        ("fill", cell.fill()),
    ];
    everywhere(|here, release, version, solver| {
        let names: Vec<String> = wanted.iter().map(|(n, _)| format!("@n1[{n}]")).collect();
        let deck = format!(
            "read-outs\nv1 a 0 0.1\nn1 a 0 m1 m=2\n.model m1 ncm_electrode10 {} slits=6\n\
             {solver}.save {}\n.op\n.end\n",
            half.model(1.0),
            names.join(" ")
        );
        let raw = results(release, version, &deck);
        for ((_, wanted), name) in wanted.iter().zip(&names) {
            let read = value(here, &raw, name);
            assert!(
                (read / wanted - 1.0).abs() < 1e-9,
                "{here} {name}: {read} {wanted}"
            );
        }
    });
}

#[test]
fn bad_input_is_explained_and_stops_the_run() {
    let cases = [
        (
            format!("ncm_electrode10 {SLIT} slits=4 gamma=2"),
            "parameter gamma = 2;",
        ),
        (
            "ncm_electrode10 cslit=80n".to_owned(),
            "parameter rc = (not given);",
        ),
        (
            format!("ncm_cell10 {SLIT} slits=12"),
            "parameter slits = 12; allowed is at most 10 sections in ncm_cell10; ncm_cell20",
        ),
        (
            format!("ncm_cell10 {SLIT} law=\"cubic\""),
            "parameter law = \"cubic\";",
        ),
        (format!("ncm_cell10 {SLIT} rmin=4"), "parameter rmin = 4;"),
        (format!("ncm_slit1 {SLIT} area=0"), "parameter area = 0;"),
    ];
    everywhere(|here, release, version, solver| {
        for (model, message) in &cases {
            let more = if model.starts_with("ncm_slit1") {
                "0"
            } else {
                ""
            };
            // A sound instance after the bad one must not hide it.
            let deck = format!(
                "bad input\nv1 a 0 0.1\nnbad a 0 {more} mbad\nnsound a 0 msound\n\
                 .model mbad {model}\n.model msound ncm_electrode2 {SLIT}\n{solver}.op\n.end\n"
            );
            let run = run(release, version, &deck);
            let log = run.log();
            assert!(
                !run.crashed() && run.exit_code() != Some(0),
                "{here} {model}:\n{log}"
            );
            assert!(log.contains(message), "{here} {model}:\n{log}");
            assert!(log.contains("nbad"), "{here} {model}:\n{log}");
        }
    });
}

#[test]
fn an_alteration_gives_the_part_that_was_asked_for() {
    // Some change the number of nodes; ngspice sets the circuit up anew for every analysis.
    everywhere(|here, release, version, solver| {
        for change in ["rc=7", "slits=3", "slits=9", "esr=1", "copen=10n"] {
            let deck = format!(
                "alterations\nv1 a 0 0.1 ac 1\nn1 a 0 m1\nv2 b 0 0.1 ac 1\nn2 b 0 m2\n\
                 .model m1 ncm_electrode10 {SLIT} slits=5\n\
                 .model m2 ncm_electrode10 {SLIT} slits=5 {change}\n\
                 {solver}.control\nop\naltermod m1 {change}\nac lin 1 1meg 1meg\n\
                 let off = mag(i(v1)-i(v2))/mag(i(v2))\nprint off\n.endc\n.end\n"
            );
            let run = run(release, version, &deck);
            let log = run.log();
            let off = log
                .lines()
                .find_map(|line| line.strip_prefix("off = "))
                .and_then(|text| text.trim().parse::<f64>().ok());
            assert!(
                off.is_some_and(|off| off < 1e-12),
                "{here} {change}:\n{log}"
            );
        }
    });
}

#[test]
fn threads_do_not_meet() {
    // Fifty cells, every one with its own parameters, in one thread and in four.
    let mut deck = String::from("threads\nvin in 0 sin(0 0.3 50k)\n");
    for i in 0..50 {
        let _ = writeln!(
            deck,
            "v{i} in t{i} 0\nn{i} t{i} 0 m{i}\n.model m{i} ncm_cell20 rc={} gamma=0.7 qmax=16n cslit=80n slits={}",
            3 + i % 7,
            1 + i % 20
        );
    }
    deck += ".tran 0.2u 20u\n.end\n";
    for (release, versions) in osdi_releases() {
        let version = versions[0];
        let with = |threads: u32| {
            let job = Job::new(deck.as_str())
                .start_up(format!("osdi {}", osdi_library(version).display()))
                .start_up(format!("set num_threads={threads}"));
            let run = release.ngspice.run(&job).and_then(Run::check);
            let run = run.unwrap_or_else(|e| panic!("ngspice {}: {e}", release.name));
            run.raw().expect("results").clone()
        };
        let (one, four) = (with(1), with(4));
        let (one, four) = (plot("one", &one, "tran"), plot("four", &four, "tran"));
        for i in 0..50 {
            let name = format!("i(v{i})");
            assert_eq!(
                one.real(&name),
                four.real(&name),
                "ngspice {}: {name}",
                release.name
            );
        }
    }
}
