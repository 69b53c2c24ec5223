//! Capacitance that rises with voltage in ngspice: code models, OSDI models and the kernel.
#![cfg(feature = "cli")]

mod support;

use ncm::cell::CellParams;
use ncm::ladder::{ElectrodeParams, Rise};
use ncm::law::Law;
use ncm::simulator::{Job, RawFile};
use ncm::stamp::Stepper;
use std::f64::consts::TAU;
use support::{Release, code_model, osdi_library, osdi_releases};

/// Newton iterations go to the end; nothing but the largest step limits the steps of a transient.
const TIGHT: &str =
    ".options method=gear maxord=2 reltol=1e-11 abstol=1e-12 vntol=1e-13 chgtol=1 trtol=1\n";

/// Voltage of node `a` that sets in as the cube of time: ngspice takes its first two steps by a formula of
/// first order, the code models only the first one. (4 sin^3 x = 3 sin x - sin 3x.)
fn drive(dc: f64, top: f64) -> String {
    format!(
        "v3 a b sin(0 {} 150k)\nv1 b c sin(0 {} 50k)\nvdc c 0 dc {dc}\n",
        -0.25 * top,
        0.75 * top
    )
}

/// The cell of all decks, and how its models say it.
fn params() -> CellParams {
    let electrode = ElectrodeParams {
        gamma: 0.8,
        q_max: 16e-9,
        c_rise: 0.6,
        u_rise: 0.1,
        ..ElectrodeParams::new(5.0, 80e-9, 6)
    };
    CellParams {
        negative: Some(ElectrodeParams {
            c_slit: 60e-9,
            c_rise: 0.2,
            ..electrode.clone()
        }),
        esr: 1.0,
        ..CellParams::half(electrode)
    }
}

const MODEL: &str =
    "rc=5 gamma=0.8 qmax=16n cslit=80n slits=6 crise=0.6 urise=0.1 cslitneg=60n criseneg=0.2 esr=1";

fn run(release: &Release, version: &str, deck: &str) -> RawFile {
    let job = Job::new(deck)
        .code_model(code_model())
        .start_up(format!("osdi {}", osdi_library(version).display()));
    let run = release.ngspice.run(&job).and_then(|run| run.check());
    let run = run.unwrap_or_else(|error| panic!("ngspice {}: {error}", release.name));
    run.raw().unwrap_or_else(|error| panic!("{error}")).clone()
}

fn newest() -> (&'static Release, String) {
    let (release, versions) = osdi_releases().into_iter().next_back().expect("a release");
    (release, versions.last().expect("a version").to_string())
}

fn worst(a: &[f64], b: &[f64]) -> f64 {
    let scale = b.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    let off = a
        .iter()
        .zip(b)
        .fold(0.0_f64, |m, (a, b)| m.max((a - b).abs()));
    assert_eq!(a.len(), b.len());
    off / scale
}

#[test]
fn both_doors_agree_over_a_pulse_and_at_rest() {
    let (release, version) = newest();
    // Without an operating point a part without initial voltage starts empty.
    for (ic, uic, start) in [
        ("", "", 0.3),
        (" ic=0.3", "", 0.3),
        (" ic=0.3", " uic", 0.3),
        ("", " uic", 0.0),
    ] {
        {
            let deck = format!(
                "rising\n{TIGHT}{}r1 a x 2\nr2 a y 2\n\
                 a1 %gd(x 0) null part\n.model part ncm_cell({MODEL}{ic})\n\
                 n2 y 0 twin\n.model twin ncm_cell20 {MODEL}{ic}\n.tran 50n 20u 0 50n{uic}\n.end\n",
                drive(start, 0.4)
            );
            let raw = run(release, &version, &deck);
            let tran = raw.plot("tran").unwrap_or_else(|e| panic!("{e}"));
            let at = |name: &str| tran.real(name).unwrap_or_else(|e| panic!("{e}"));
            let off = worst(at("v(y)"), at("v(x)"));
            assert!(off < 1e-7, "{ic}{uic}: {off:e}");
        }
    }
}

#[test]
fn small_signals_show_the_capacitance_at_the_bias() {
    let (release, version) = newest();
    for bias in [-0.4, 0.0, 0.25, 0.9] {
        let deck = format!(
            "rising\nv1 x 0 {bias} ac 1\nv2 y 0 {bias} ac 1\n\
             a1 %gd(x 0) null part\n.model part ncm_cell({MODEL})\n\
             n2 y 0 twin\n.model twin ncm_cell20 {MODEL}\n.ac dec 2 10 1e6\n.end\n"
        );
        let raw = run(release, &version, &deck);
        let ac = raw.plot("ac").unwrap_or_else(|e| panic!("{e}"));
        let mut cell = Stepper::new(&params()).expect("valid");
        cell.set_voltage(bias).expect("finite");
        let at = |name: &str| ac.complex(name).unwrap_or_else(|e| panic!("{e}"));
        for ((f, i), j) in at("frequency").iter().zip(at("i(v1)")).zip(at("i(v2)")) {
            let want = -cell.admittance(TAU * f.re);
            for (door, y) in [("xspice", i), ("osdi", j)] {
                let off = (y - want).norm() / want.norm();
                assert!(off < 2e-8, "{door}, {bias} V, {} Hz: {off:e}", f.re);
            }
        }
    }
}

#[test]
fn a_slit_of_a_network_is_an_electrode_of_one_slit() {
    let (release, version) = newest();
    let slit = "rc=5 gamma=0.8 qmax=16n cslit=80n crise=0.6 urise=0.1";
    let deck = format!(
        "rising\n{TIGHT}{}va a x 0\nvb a y 0\nvc a z 0\n\
         a1 %gd(x 0) null part\n.model part ncm_electrode({slit} slits=1 entry=1)\n\
         a2 %gd(s 0) %gd(y s) one\n.model one ncm_slit({slit})\n\
         n3 t 0 z two\n.model two ncm_slit1 {slit}\n.tran 50n 20u 0 50n\n.end\n",
        drive(0.05, 0.1)
    );
    let raw = run(release, &version, &deck);
    let tran = raw.plot("tran").unwrap_or_else(|e| panic!("{e}"));
    let at = |name: &str| tran.real(name).unwrap_or_else(|e| panic!("{e}"));
    for name in ["i(vb)", "i(vc)"] {
        let off = worst(at(name), at("i(va)"));
        assert!(off < 1e-7, "{name}: {off:e}");
    }
}

/// Time (s) at which the current into one slit of the paper with rising capacitance is largest in magnitude
/// after `from`, driven by `drive(dc, top)`: the ordinary differential equation itself, in the kernel's law but by
/// a fourth-order formula in small steps.
fn runaway(dc: f64, top: f64, from: f64, to: f64) -> f64 {
    let half = params().positive;
    let law = Law::new(&half.law_params()).expect("valid");
    let rise = Rise::new(half.c_rise, half.u_rise)
        .expect("valid")
        .expect("rises");
    let at = |t: f64| dc + top * (0.75 * (TAU * 5e4 * t).sin() - 0.25 * (TAU * 1.5e5 * t).sin());
    let flow = |t: f64, u: f64| {
        let (w, slope) = rise.charge(u);
        let i = (at(t) - u) / law.resistance(half.c_slit * w);
        (i, i / (half.c_slit * slope))
    };
    let h = 2e-10;
    let (mut u, mut largest, mut when) = (dc, 0.0, 0.0);
    for k in 0..(to / h) as usize {
        let t = k as f64 * h;
        let (i, a) = flow(t, u);
        if t > from && i.abs() > largest {
            (largest, when) = (i.abs(), t);
        }
        let b = flow(t + 0.5 * h, u + 0.5 * h * a).1;
        let c = flow(t + 0.5 * h, u + 0.5 * h * b).1;
        let d = flow(t + h, u + h * c).1;
        u += h / 6.0 * (a + 2.0 * b + 2.0 * c + d);
    }
    when
}

/// Driven hard, R falls to its floor while the slit fills: a runaway of half a nanosecond, whose moment depends
/// on everything before it. Integrators then differ by whole peaks at equal times, but each door's slit
/// is its electrode of one slit, and the moment of all is the equation's to within a step.
#[test]
fn a_runaway_to_the_floor_comes_when_the_equation_says() {
    let (release, version) = newest();
    let slit = "rc=5 gamma=0.8 qmax=16n cslit=80n crise=0.6 urise=0.1";
    let (from, to) = (12e-6, 14e-6);
    let truth = runaway(0.1, 0.5, from, to);
    for step in [50e-9, 10e-9] {
        let deck = format!(
            "runaway\n{TIGHT}{}va a x 0\nvb a y 0\nvc a z 0\nvd a w 0\n\
             a1 %gd(x 0) null part\n.model part ncm_electrode({slit} slits=1 entry=1)\n\
             a2 %gd(s 0) %gd(y s) one\n.model one ncm_slit({slit})\n\
             n3 t 0 z two\n.model two ncm_slit1 {slit}\n\
             n4 w 0 whole\n.model whole ncm_electrode1 {slit} slits=1 entry=1\n\
             .tran {step} {to} 0 {step}\n.end\n",
            drive(0.1, 0.5)
        );
        let raw = run(release, &version, &deck);
        let tran = raw.plot("tran").unwrap_or_else(|e| panic!("{e}"));
        let at = |name: &str| tran.real(name).unwrap_or_else(|e| panic!("{e}"));
        let off = [
            worst(at("i(vb)"), at("i(va)")),
            worst(at("i(vd)"), at("i(vc)")),
        ];
        assert!(off.iter().all(|off| *off < 1e-9), "{off:?}");
        for name in ["i(va)", "i(vc)"] {
            let late = at("time").iter().zip(at(name)).filter(|(t, _)| **t > from);
            let (when, _) = late.fold((0.0, 0.0_f64), |best, (t, i)| {
                if i.abs() > best.1 {
                    (*t, i.abs())
                } else {
                    best
                }
            });
            println!("step {step:e}: {name} runs away at {when:e} s, the equation at {truth:e} s");
            assert!((when - truth).abs() < step, "{name}: {when:e} {truth:e}");
        }
    }
}
