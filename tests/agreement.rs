//! One half cell written in six ways in one ngspice deck, against each other and against the
//! stand-alone experiments behind `ncm cv` and `ncm eis`: under cyclic voltammetry and for small
//! signals they must be the same part.
//!
//! `cargo test --release --test agreement -- --include-ignored --nocapture` prints the tables.
#![cfg(feature = "cli")]

mod support;

#[path = "support/cli.rs"]
mod cli;

use cli::Desk;
use ncm::cell::Cell;
use ncm::experiment::{Drive, Integrator};
use ncm::law::LawKind;
use ncm::simulator::{Job, Plot, RawFile};
use ncm::stamp::Stepper;
use num_complex::Complex64;
use std::f64::consts::TAU;
use support::half_cell::{HalfCell, Way};
use support::{code_model, ngspice};

/// Relative to the largest current.
const CV_TOLERANCE: f64 = 1e-4;

/// Relative to the admittance at the same frequency.
const AC_TOLERANCE: f64 = 1e-6;

/// The sweep goes from rest to `TOP_V`, to `-TOP_V` and back, for each half cell.
const TOP_V: f64 = 0.2;

/// Voltage at rest for the small signal, of each half cell.
const BIAS_V: f64 = 0.12;

/// Largest differences of one way.
#[derive(Debug, Clone, Copy)]
struct Gap {
    /// Of which way.
    way: &'static str,
    /// CV, from the stand-alone integrator at the same time points.
    exact: f64,
    /// CV, from the plain netlist in the same deck.
    plain: f64,
    /// Admittance, from the kernel's.
    ac: f64,
}

/// Quarter of a cycle: 10 mV/us, the paper's faster sweep.
const LEG_S: f64 = 20e-6;

/// The legs of the cycle: begin, end, voltage at the begin, slope.
fn legs() -> [(f64, f64, f64, f64); 3] {
    let (leg, rate) = (LEG_S, TOP_V / LEG_S);
    [
        (0.0, leg, 0.0, rate),
        (leg, 3.0 * leg, TOP_V, -rate),
        (3.0 * leg, 4.0 * leg, -TOP_V, rate),
    ]
}

/// Currents of the half cell at the given times, by the stand-alone integrator.
fn exact_currents(half: &HalfCell, times: &[f64]) -> Vec<f64> {
    let cell = Cell::new(&half.params()).expect("valid");
    let mut state = Integrator::new(cell, 0.0, 1e-9);
    let mut currents = Vec::with_capacity(times.len());
    for (begin, end, v, rate) in legs() {
        let drive = Drive::Voltage {
            v,
            rate,
            t_0: begin,
        };
        while let Some(&t) = times.get(currents.len()).filter(|t| **t <= end) {
            let now = if t > state.t {
                state.advance(t, drive).expect("runs")
            } else {
                state.terminals(drive)
            };
            currents.push(now.i);
        }
        if end > state.t {
            state.advance(end, drive).expect("runs");
        }
    }
    assert_eq!(currents.len(), times.len(), "times beyond the cycle");
    currents
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |m, x| x.abs().max(m))
}

fn gap(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0, |m, (a, b)| {
        let off = (a - b).abs();
        assert!(off.is_finite(), "not a number");
        off.max(m)
    })
}

/// Bystanders for the deck: two capacitors whose charges are `exp(sharpness i/i_max)` and its
/// inverse.
///
/// ngspice keeps its tolerance for charges, relative to the charge: after a corner of the sweep,
/// where the charge is large and the current changes within `R C` of a full slit, that lets every
/// way, the plain netlist included, stray from the exact current by up to 1 % of the largest one.
/// With these capacitors a tolerance of 1e-6 is one for the current, divided by the sharpness.
fn watch(source: &str, i_max: f64, sharpness: f64) -> String {
    let rate = sharpness / i_max;
    format!(
        "bup up 0 v=exp(i({source})*{rate:e})\ncup up 0 1\n\
         bdown down 0 v=exp(-i({source})*{rate:e})\ncdown down 0 1\n"
    )
}

/// All ways under one CV and one AC analysis.
fn deck(half: &HalfCell, i_max: f64) -> String {
    // The iterations of a large deck leave the current with more noise, which must not be watched.
    let sharpness = if half.slits > 100 { 4.0 } else { 20.0 };
    let leg = LEG_S;
    format!(
        "{} slits, gamma {}, {} law\n\
         vin in 0 dc {BIAS_V} ac 1 pwl(0 0 {leg:e} {TOP_V} {:e} -{TOP_V} {:e} 0)\n\
         {}{}\
         .options method=gear reltol=1e-6 trtol=1 abstol=1e-12 vntol=1e-9 chgtol=1e-16\n\
         .save {}\n\
         .tran 1n {:e} 0 {:e}\n.ac dec 5 10 100meg\n.end\n",
        half.slits,
        half.gamma,
        half.law.name(),
        3.0 * leg,
        4.0 * leg,
        half.all_ways(),
        watch("vplain", i_max, sharpness),
        Way::ALL.map(|way| format!("i(v{})", way.name())).join(" "),
        4.0 * leg,
        leg / 50.0,
    )
}

fn run(deck: &str) -> RawFile {
    let job = Job::new(deck).code_model(code_model());
    let run = ngspice().run(&job).and_then(|run| run.check());
    let run = run.unwrap_or_else(|error| panic!("{error}"));
    run.raw().unwrap_or_else(|error| panic!("{error}")).clone()
}

fn plot<'a>(raw: &'a RawFile, name: &str) -> &'a Plot {
    raw.plot(name).unwrap_or_else(|error| panic!("{error}"))
}

fn current(plot: &Plot, way: Way) -> &[f64] {
    let name = format!("i(v{})", way.name());
    plot.real(&name).unwrap_or_else(|error| panic!("{error}"))
}

fn compare(half: &HalfCell) -> [Gap; 6] {
    let leg = LEG_S;
    let rough: Vec<f64> = (0..=400).map(|k| leg * f64::from(k) / 100.0).collect();
    let i_max = largest(&exact_currents(half, &rough));
    let raw = run(&deck(half, i_max));

    let transient = plot(&raw, "transient");
    let times = transient.real("time").expect("time");
    let exact = exact_currents(half, times);
    let i_max = largest(&exact);
    let plain = current(transient, Way::Plain);

    let ac = plot(&raw, "ac");
    let frequency = ac.complex("frequency").expect("frequency");
    let mut rest = Stepper::new(&half.params()).expect("valid");
    rest.set_voltage(BIAS_V).expect("finite");

    let gaps = Way::ALL.map(|way| {
        let i = current(transient, way);
        let small = ac
            .complex(&format!("i(v{})", way.name()))
            .unwrap_or_else(|error| panic!("{error}"));
        let ac = frequency.iter().zip(small).fold(0.0_f64, |m, (f, i)| {
            let want = rest.admittance(TAU * f.re);
            m.max((i - want).norm() / want.norm())
        });
        Gap {
            way: way.name(),
            exact: gap(i, &exact) / i_max,
            plain: gap(i, plain) / i_max,
            ac,
        }
    });
    let row = |value: fn(&Gap) -> f64| gaps.map(|g| format!("{:.1e}", value(&g))).join("  ");
    eprintln!(
        "{:3} slits  gamma {:4}  {:6}  {:5} points\n    CV from cv     {}\n    CV from plain  {}\n    \
         AC from eis    {}",
        half.slits,
        half.gamma,
        half.law.name(),
        times.len(),
        row(|g| g.exact),
        row(|g| g.plain),
        row(|g| g.ac),
    );
    gaps
}

fn assert_agreement(half: &HalfCell) {
    for gap in compare(half) {
        let bad = gap.exact > CV_TOLERANCE || gap.plain > CV_TOLERANCE || gap.ac > AC_TOLERANCE;
        assert!(!bad, "{half:?}, {}: {gap:?}", gap.way);
    }
}

#[test]
fn six_ways_to_write_a_half_cell_agree() {
    eprintln!("{}", Way::ALL.map(Way::name).join(", "));
    for (law, gamma, slits) in [
        (LawKind::Linear, 0.9, 1),
        (LawKind::Sqrt, -0.9, 1),
        (LawKind::Linear, -0.9, 6),
        (LawKind::Sqrt, 0.9, 6),
        (LawKind::Linear, 0.0, 6),
        (LawKind::Linear, 0.5, 20),
    ] {
        assert_agreement(&HalfCell::of_the_paper(law, gamma, slits));
    }
}

#[test]
fn six_ways_agree_on_the_floor_of_the_resistance() {
    // R bends below 2 ohm, which is reached at two thirds of the sweep.
    for law in [LawKind::Linear, LawKind::Sqrt] {
        assert_agreement(&HalfCell {
            r_min: 1.0,
            ..HalfCell::of_the_paper(law, 0.9, 6)
        });
    }
}

fn assert_agreement_of_all(slits: usize) {
    eprintln!("{}", Way::ALL.map(Way::name).join(", "));
    for gamma in [-0.9, 0.0, 0.5, 0.9] {
        for law in [LawKind::Linear, LawKind::Sqrt] {
            assert_agreement(&HalfCell::of_the_paper(law, gamma, slits));
        }
    }
}

#[test]
#[ignore = "slow: 24 decks"]
fn six_ways_agree_with_few_slits() {
    for slits in [1, 6, 20] {
        assert_agreement_of_all(slits);
    }
}

#[test]
#[ignore = "slow: eight decks of two thousand elements"]
fn six_ways_agree_with_200_slits() {
    assert_agreement_of_all(200);
}

/// From the card by the command line alone: `ncm netlist` into ngspice against `ncm cv` and
/// `ncm eis`. The samples of the CV are corners of the source, so that ngspice has a time point
/// at each.
#[test]
fn the_command_line_and_ngspice_draw_the_same_curves() {
    let desk = Desk::new();
    let part = "models/paper-cell.toml --set gamma=0.9 --set esr=1";
    desk.done(&format!("netlist {part} --door xspice -o part.lib"));
    desk.done(&format!(
        "cv {part} --rate 2e4 --v-min -0.4 --v-start 0 --v-max 0.4 --cycles 1 --points 80 -o cv.csv"
    ));
    desk.done(&format!(
        "eis {part} --f-min 1e3 --f-max 1e8 --bias 0.2 --points-per-decade 5 -o eis.csv"
    ));
    let (cv, eis) = (desk.table("cv.csv"), desk.table("eis.csv"));
    let (times, want) = (cv.column("t_s"), cv.column("i_A"));
    let end = *times.last().expect("samples");
    let corners: String = (times.iter().zip(cv.column("v_V")))
        .map(|(t, v)| format!("+ {t:e} {v:e}\n"))
        .collect();
    let deck = format!(
        "from the command line\n.include part.lib\nv1 p 0 dc 0.2 ac 1 pwl(\n{corners}+ )\n\
         x1 p 0 paper_cell\n{}.options reltol=1e-6 abstol=1e-12 vntol=1e-9\n\
         .tran 1n {end:e} 0 {:e}\n.ac dec 5 1k 100meg\n.end\n",
        watch("v1", largest(want), 20.0),
        end / 400.0
    );
    let job = Job::new(&deck)
        .code_model(code_model())
        .file("part.lib", desk.read("part.lib"));
    let run = ngspice().run(&job).and_then(|run| run.check());
    let run = run.unwrap_or_else(|error| panic!("{error}"));
    let raw = run.raw().unwrap_or_else(|error| panic!("{error}"));

    let transient = plot(raw, "transient");
    let (t, i) = (
        transient.real("time").expect("time"),
        transient.real("i(v1)").expect("current"),
    );
    let at_samples: Vec<f64> = times
        .iter()
        .map(|sample| {
            let k = t.partition_point(|t| *t < sample - 1e-9 * end);
            assert!((t[k] - sample).abs() < 1e-9 * end, "no point at {sample:e}");
            -i[k]
        })
        .collect();
    let off = gap(&at_samples, want) / largest(want);
    eprintln!("ncm cv at {} samples: {off:.1e}", times.len());
    assert!(off < CV_TOLERANCE, "{off:e}");

    let ac = plot(raw, "ac");
    let small = ac.complex("i(v1)").expect("current");
    assert_eq!(small.len(), eis.rows());
    let mut worst = 0.0_f64;
    for (k, i) in small.iter().enumerate() {
        let f = ac.complex("frequency").expect("frequency")[k].re;
        let row = (0..eis.rows())
            .find(|r| (eis.column("f_Hz")[*r] / f - 1.0).abs() < 1e-9)
            .unwrap_or_else(|| panic!("no {f} Hz"));
        let z = Complex64::new(eis.column("re_ohm")[row], eis.column("im_ohm")[row]);
        worst = worst.max((-1.0 / i - z).norm() / z.norm());
    }
    eprintln!("ncm eis at {} frequencies: {worst:.1e}", small.len());
    assert!(worst < AC_TOLERANCE, "{worst:e}");
}
