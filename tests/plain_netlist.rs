//! The plain door: the subcircuit of capacitors and sources is the part of the card, in every
//! release of ngspice, and in its LTspice and PSpice modes in those dialects.
#![cfg(feature = "cli")]

mod support;

use std::f64::consts::TAU;
use std::path::Path;

use ncm::card::Card;
use ncm::experiment::{StepProgram, step};
use ncm::netlist::{Dialect, Door, lumping, subcircuit, subcircuit_name};
use ncm::simulator::{Job, Ngspice, RawFile};
use ncm::stamp::Stepper;
use support::{code_model, ngspice, releases};

fn card(name: &str, overrides: &[&str]) -> Card {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("models/{name}.toml"));
    let overrides: Vec<String> = overrides.iter().map(|s| s.to_string()).collect();
    Card::read(&path, &overrides).unwrap_or_else(|e| panic!("{e}"))
}

fn library(card: &Card, door: Door) -> String {
    subcircuit(card, door).unwrap_or_else(|e| panic!("{e}"))
}

/// The start-up line that makes ngspice read a dialect; none for one it does not read.
fn mode(dialect: Dialect) -> Option<&'static str> {
    match dialect {
        Dialect::Ngspice => Some("set num_threads=1"),
        Dialect::Ltspice => Some("set ngbehavior=lta"),
        Dialect::Pspice => Some("set ngbehavior=psa"),
        Dialect::Xyce => None,
    }
}

fn run(ngspice: &Ngspice, deck: &str, library: &str, mode: &str) -> RawFile {
    let job = Job::new(deck)
        .code_model(code_model())
        .start_up(mode)
        .file("part.lib", library);
    ngspice
        .run(&job)
        .and_then(|run| run.check()?.raw().cloned())
        .unwrap_or_else(|e| panic!("{e}\n{deck}\n{library}"))
}

/// Every way a card can differ: laws of either sign, equal and unequal electrodes, open
/// electrolyte, counts, lumped and listed sections, half cells.
fn cards() -> Vec<Card> {
    let unequal = [
        "law=sqrt",
        "entry=0.7",
        "r_open=0.3",
        "c_open=2e-9",
        "esr=0.4",
        "r_leak=1e4",
        "area=1.7",
        "series=2",
        "parallel=3",
        "r_min=0.01",
        "negative.r_c=7",
        "negative.gamma=-0.4",
        "negative.slits=9",
        "negative.c_slit=5e-8",
        "negative.q_max=2e-8",
        "negative.sections=4",
    ];
    let listed = "sections=[{slits=2, r_c=5, q_max=1e-8, c_slit=8e-8}, {slits=3.5, r_c=4, q_max=2e-8, c_slit=7e-8}]";
    vec![
        card("paper-cell", &[]),
        card("paper-cell", &["law=signed", "gamma=-0.7", "c_open=1e-8"]),
        card("paper-cell", &unequal),
        card(
            "paper-cell",
            &[listed, "series=2", "parallel=3", "area=0.8"],
        ),
        card("paper-half-cell", &["gamma=0.9", "r_open=2"]),
        card(
            "paper-half-cell",
            &["c_rise=0.6", "u_rise=0.1", "c_open=1e-8"],
        ),
        card("paper-cell", &["c_rise=0.6", "u_rise=0.1", "series=2"]),
        card("paper-cell", &[listed, "c_rise=0.6", "u_rise=0.2"]),
        card(
            "paper-cell",
            &[
                "c_rise=0.6",
                "u_rise=0.1",
                "negative.c_rise=-0.2",
                "negative.c_slit=5e-8",
                "series=2",
                "c_open=2e-9",
            ],
        ),
        card(
            "paper-half-cell",
            &["law=sqrt", "gamma=-0.9", "c_open=3e-8"],
        ),
        card("paper-half-cell", &[listed, "law=signed"]),
        card("edlc-10f-2v7", &["sections=12"]),
    ]
}

/// The card with as many sections as the plain door gives it.
fn as_lumped(card: &Card) -> Card {
    let mut card = card.clone();
    for e in [Some(&mut card.cell.positive), card.cell.negative.as_mut()] {
        if let Some(e) = e.filter(|e| e.explicit.is_none() && e.sections == 0) {
            e.sections = e.slits.min(120);
        }
    }
    card
}

/// A frequency at which the part is neither a resistor nor a capacitor.
fn corner(state: &Stepper) -> f64 {
    1.0 / (TAU * state.effective_resistance() * state.cell().capacitance())
}

/// Compares the admittance at three frequencies with the kernel's.
fn assert_admittance(ngspice: &Ngspice, card: &Card, dialect: Dialect) -> f64 {
    let mode = mode(dialect).expect("a dialect that ngspice reads");
    let mut state =
        Stepper::new(&as_lumped(card).cell).unwrap_or_else(|e| panic!("{}: {e}", card.name));
    let bias = 0.13 * card.cell.series;
    state.set_voltage(bias).unwrap_or_else(|e| panic!("{e}"));
    let f = corner(&state);
    let deck = format!(
        "admittance\n.include part.lib\nV1 p 0 dc {bias} ac 1\nX1 p 0 {}\n.ac dec 1 {} {}\n.end\n",
        subcircuit_name(card),
        f * 0.1,
        f * 101.0
    );
    let raw = run(ngspice, &deck, &library(card, Door::Plain(dialect)), mode);
    let plot = raw.plot("AC").unwrap_or_else(|e| panic!("{e}"));
    let current = plot.complex("i(v1)").unwrap_or_else(|e| panic!("{e}"));
    let frequency = plot.complex("frequency").unwrap_or_else(|e| panic!("{e}"));
    assert!(frequency.len() >= 4);
    let mut worst: f64 = 0.0;
    for (f, i) in frequency.iter().zip(current) {
        let expected = state.admittance(TAU * f.re);
        let error = (-*i - expected).norm() / expected.norm();
        assert!(
            error < 1e-8,
            "{} {} {} in ngspice {} at {} Hz: {error:e}",
            card.name,
            card.cell.positive.law.name(),
            dialect.name(),
            ngspice.version(),
            f.re
        );
        worst = worst.max(error);
    }
    worst
}

#[test]
fn every_kind_of_card_has_its_admittance_in_every_dialect_ngspice_reads() {
    for card in cards() {
        for dialect in Dialect::ALL {
            if mode(dialect).is_some() {
                assert_admittance(&ngspice(), &card, dialect);
            }
        }
    }
}

#[test]
fn every_release_of_ngspice_reads_the_dialects() {
    for release in releases() {
        for dialect in Dialect::ALL {
            if mode(dialect).is_some() {
                let worst = cards().iter().take(3).fold(0.0, |worst: f64, card| {
                    worst.max(assert_admittance(&release.ngspice, card, dialect))
                });
                eprintln!(
                    "ngspice {:5} {:8} admittance within {worst:.1e} of the kernel",
                    release.name,
                    dialect.name()
                );
            }
        }
    }
}

/// One deck for all doors; only the library differs.
fn step_deck(card: &Card, v: f64, tau: f64) -> String {
    format!(
        "step of the voltage\n.include part.lib\nV1 p 0 pwl(0 0 {:e} {v})\nX1 p 0 {}\n\
         .options method=gear reltol=1e-5 trtol=1 abstol=1e-13 vntol=1e-9 chgtol={:e}\n\
         .tran {:e} {:e} 0 {:e}\n.end\n",
        1e-6 * tau,
        subcircuit_name(card),
        // No finer than the rounding of charges that are differences of node voltages.
        1e-9 * v
            * Stepper::new(&card.cell)
                .expect("valid")
                .cell()
                .capacitance(),
        tau / 10.0,
        3.0 * tau,
        tau / 200.0
    )
}

/// The charge that a step of the voltage brings, at three times, against the kernel's own
/// integrator, behind the plain doors and the XSPICE one.
#[test]
fn a_step_brings_the_kernels_charge_behind_every_door() {
    for (name, overrides, v) in [
        ("paper-cell", vec!["gamma=0.9"], 0.4),
        (
            "paper-half-cell",
            vec!["law=sqrt", "c_open=3e-8", "r_open=1"],
            0.2,
        ),
        ("edlc-10f-2v7", vec!["sections=12"], 2.7),
    ] {
        let card = card(name, &overrides);
        let state = Stepper::new(&card.cell).expect("valid");
        let tau = state.effective_resistance() * state.cell().capacitance();
        let program = StepProgram {
            points: 300,
            decades: 0.0,
            ..StepProgram::to(0.0, v, 3.0 * tau)
        };
        let exact = step(&card.cell, &program).expect("runs");
        // The other dialects are the same circuit, as their admittance shows.
        for door in [Door::Xspice, Door::Plain(Dialect::Ngspice)] {
            let mode = "set num_threads=1";
            let raw = run(
                &ngspice(),
                &step_deck(&card, v, tau),
                &library(&card, door),
                mode,
            );
            let plot = raw.plot("Transient").unwrap_or_else(|e| panic!("{e}"));
            let time = plot.real("time").unwrap_or_else(|e| panic!("{e}"));
            let current = plot.real("i(v1)").unwrap_or_else(|e| panic!("{e}"));
            let leak = card.cell.r_leak;
            let (mut charge, mut worst, mut next) = (0.0, 0.0f64, 1);
            let whole = exact.q.last().copied().unwrap_or(f64::NAN);
            for k in 1..time.len() {
                let h = time[k] - time[k - 1];
                let (a, b) = (-current[k - 1], -current[k]);
                let drawn = if time[k] > 1e-6 * tau { v / leak } else { 0.0 };
                let before = charge;
                charge += h * (0.5 * (a + b) - drawn);
                while let Some(&t) = exact.t_s.get(next).filter(|t| **t <= time[k]) {
                    let share = (t - time[k - 1]) / h;
                    let q = before + share * (charge - before);
                    if t > 0.02 * tau {
                        worst = worst.max((q - exact.q[next]).abs() / whole);
                    }
                    next += 1;
                }
            }
            assert!(next > 290, "{name}: {next} samples compared");
            assert!(worst < 5e-4, "{name} {door:?}: {worst:e}");
            eprintln!("{name:16} {door:?}: charge within {worst:.1e} of its end value");
        }
    }
}

/// The same deck behind every door starts from the voltage of the instance, with and without an
/// operating point, from the card's, or from that of the circuit.
#[test]
fn the_initial_voltage_is_the_instances_the_cards_or_the_circuits() {
    let open = card("edlc-10f-2v7", &["sections=8", "c_open=0.01"]);
    let own = card(
        "edlc-10f-2v7",
        &[
            "ic=1.5",
            "name=charged",
            "negative.c_slit=0.3",
            "sections=8",
        ],
    );
    let deck = |word: &str, uic: &str| {
        format!(
            "start\n.include part.lib\nVs s 0 2\nR1 s a 100\nR2 s b 100\nR3 s c 100\n\
             X1 a 0 edlc_10f_2v7 {word}ic=2.5\nX2 b 0 edlc_10f_2v7\nX3 c 0 charged\n\
             .tran 1u 10u 0 1u {uic}\n.end\n"
        )
    };
    let mut doors = vec![(Door::Xspice, "set num_threads=1", true)];
    for dialect in Dialect::ALL {
        if let Some(mode) = mode(dialect) {
            // PSpice has no start voltage without an operating point; the header says so.
            doors.push((Door::Plain(dialect), mode, dialect != Dialect::Pspice));
        }
    }
    for (door, mode, knows_uic) in doors {
        let libraries = library(&open, door) + &library(&own, door);
        for uic in ["", "uic"] {
            if !uic.is_empty() && !knows_uic {
                continue;
            }
            let deck = deck("", uic);
            let raw = run(&ngspice(), &deck, &libraries, mode);
            let plot = raw.plot("Transient").unwrap_or_else(|e| panic!("{e}"));
            let rest = if uic.is_empty() { 2.0 } else { 0.0 };
            for (node, v) in [("v(a)", 2.5), ("v(b)", rest), ("v(c)", 1.5)] {
                let got = plot.last(node).unwrap_or_else(|e| panic!("{e}"));
                // In 10 us through 100 ohm nothing moves but what falls off at the ESR.
                assert!((got - v).abs() < 5e-3, "{door:?} {uic} {node}: {got}");
            }
        }
    }
}

#[test]
fn with_ic_the_small_signal_is_that_of_the_charged_part() {
    let part = card(
        "paper-cell",
        &["c_open=1e-8", "r_open=1", "negative.c_slit=5e-8"],
    );
    let mut state = Stepper::new(&part.cell).expect("valid");
    state.set_voltage(0.3).expect("in range");
    let f = corner(&state);
    // Fed from a source at another voltage: ic alone says how full the part is.
    let deck = format!(
        "charged\n.include part.lib\nI1 0 p dc 0 ac 1\nR1 p 0 1e9\nX1 p 0 paper_cell ic=0.3\n.ac lin 1 {f} {f}\n.end\n"
    );
    for door in [Door::Xspice, Door::Plain(Dialect::Ngspice)] {
        let raw = run(
            &ngspice(),
            &deck,
            &library(&part, door),
            "set num_threads=1",
        );
        let plot = raw.plot("AC").unwrap_or_else(|e| panic!("{e}"));
        let z = plot.complex("v(p)").unwrap_or_else(|e| panic!("{e}"))[0];
        let expected = state.admittance(TAU * f).inv();
        let error = (z - expected).norm() / expected.norm();
        assert!(error < 1e-7, "{door:?}: {error:e}");
    }
}

#[test]
fn instances_overrule_the_card() {
    let plain = card("paper-cell", &[]);
    let overrides = ["gamma=0.9", "area=2", "esr=3", "c_open=2e-8", "entry=0.8"];
    let mut changed = card("paper-cell", &overrides);
    changed.name = plain.name.clone();
    let mut state = Stepper::new(&changed.cell).expect("valid");
    state.set_voltage(0.2).expect("in range");
    let f = corner(&state);
    let deck = format!(
        "overrides\n.include part.lib\nV1 p 0 dc 0.2 ac 1\nX1 p 0 paper_cell gamma=0.9 area=2 esr=3 copen=2e-8 entry=0.8\n.ac lin 1 {f} {f}\n.end\n"
    );
    for door in [Door::Xspice, Door::Plain(Dialect::Ngspice)] {
        let raw = run(
            &ngspice(),
            &deck,
            &library(&plain, door),
            "set num_threads=1",
        );
        let plot = raw.plot("AC").unwrap_or_else(|e| panic!("{e}"));
        let y = -plot.complex("i(v1)").unwrap_or_else(|e| panic!("{e}"))[0];
        let expected = state.admittance(TAU * f);
        assert!((y - expected).norm() < 1e-8 * expected.norm(), "{door:?}");
    }
}

/// What a file cannot be, it says: the number of its sections is fixed.
#[test]
fn an_instance_that_asks_for_other_sections_is_refused_by_name() {
    let resolved = card("paper-cell", &[]);
    let lumped = card("paper-cell", &["slits=100", "sections=7"]);
    for (part, words, name, well) in [
        (&resolved, "slits=6", "this_file_is_for_slits_5", false),
        (&resolved, "sections=4", "this_file_is_for_slits_5", false),
        (&resolved, "slits=5 sections=0", "", true),
        (&lumped, "slits=6", "no_fewer_slits", false),
        (&lumped, "slits=60", "", true),
    ] {
        let deck =
            format!("refused\n.include part.lib\nV1 p 0 1\nX1 p 0 paper_cell {words}\n.op\n.end\n");
        for release in releases() {
            let job =
                Job::new(&deck).file("part.lib", library(part, Door::Plain(Dialect::Ngspice)));
            let run = release.ngspice.run(&job).unwrap_or_else(|e| panic!("{e}"));
            let log = run.log().to_owned();
            let told = run.check();
            assert_eq!(told.is_ok(), well, "{words} in {}:\n{log}", release.name);
            assert!(
                well || log.contains(name),
                "{words} in {}:\n{log}",
                release.name
            );
        }
    }
}

/// A lumped file of 100 slits used for 60: the same sections as the kernel makes of 60.
#[test]
fn a_lumped_file_takes_another_number_of_slits() {
    let file = card("paper-cell", &["slits=100", "sections=7"]);
    let other = card("paper-cell", &["slits=60", "sections=7"]);
    let mut state = Stepper::new(&other.cell).expect("valid");
    state.set_voltage(0.2).expect("in range");
    let f = corner(&state);
    let deck = format!(
        "other slits\n.include part.lib\nV1 p 0 dc 0.2 ac 1\nX1 p 0 paper_cell slits=60\n.ac lin 1 {f} {f}\n.end\n"
    );
    let raw = run(
        &ngspice(),
        &deck,
        &library(&file, Door::Plain(Dialect::Ngspice)),
        "set num_threads=1",
    );
    let plot = raw.plot("AC").unwrap_or_else(|e| panic!("{e}"));
    let y = -plot.complex("i(v1)").unwrap_or_else(|e| panic!("{e}"))[0];
    let expected = state.admittance(TAU * f);
    assert!((y - expected).norm() < 1e-8 * expected.norm());
}

/// The stated error is that of the ladder: it falls with the square of the sections, vanishes when
/// every slit is resolved, and for a constant resistance agrees with the closed form of the line.
#[test]
fn the_stated_error_is_the_error() {
    let lumped = |k: u32| {
        let sections = format!("sections={k}");
        card("edlc-10f-2v7", &["gamma=0", "cell.esr=0", &sections])
    };
    assert_eq!(lumping::lumping_error(&lumped(100)), None);
    let mut last: Option<f64> = None;
    for k in [5, 10, 20] {
        let part = lumped(k);
        let stated = lumping::lumping_error(&part).expect("lumped");
        // R cosh(theta/2)/(2 sinh(theta/2) tanh(n theta)), 4 sinh^2(theta/2) = j omega R C.
        let mut state = Stepper::new(&part.cell).expect("valid");
        state.set_voltage(0.0).expect("in range");
        let e = &part.cell.positive;
        for (times, error) in [1.0, 10.0, 100.0].iter().zip(stated.impedance) {
            let omega = TAU * stated.corner_hz * times;
            let rc = num_complex::Complex64::new(0.0, omega * e.r_c * e.c_slit);
            let theta = 2.0 * (0.5 * rc.sqrt()).asinh();
            let n = e.slits as f64;
            let half =
                e.r_c * (theta / 2.0).cosh() / (2.0 * (theta / 2.0).sinh() * (n * theta).tanh());
            let exact = 1.0 / (1.0 / (2.0 * half) + 1.0 / part.cell.r_leak);
            let own = state.admittance(omega).inv();
            let true_error = (own - exact).norm() / exact.norm();
            assert!(
                (error - true_error).abs() < 1e-9 + 1e-3 * true_error,
                "{k} sections at {times}: stated {error:e}, true {true_error:e}"
            );
        }
        if let Some(last) = last {
            let ratio = last / stated.impedance[0];
            assert!((2.5..6.0).contains(&ratio), "{k}: {ratio}");
        }
        last = Some(stated.impedance[0]);
        let text = library(&part, Door::Plain(Dialect::Xyce));
        assert!(text.contains("Lumped:"), "{text}");
    }
}

/// Files for simulators that do not run here keep to what was checked in those that do: the same
/// lines but for the words of the dialect.
#[test]
fn dialects_differ_in_words_only() {
    let part = card("paper-cell", &["law=sqrt", "negative.r_c=4"]);
    let elements = |dialect: Dialect| -> Vec<String> {
        library(&part, Door::Plain(dialect))
            .lines()
            .filter(|l| !l.starts_with(['*', '.', '+']))
            .filter_map(|l| l.split_whitespace().next().map(|w| w[1..].to_owned()))
            .collect()
    };
    let pspice = elements(Dialect::Pspice);
    assert_eq!(pspice, elements(Dialect::Xyce));
    assert_eq!(elements(Dialect::Ngspice), elements(Dialect::Ltspice));
    for name in elements(Dialect::Ngspice) {
        assert!(pspice.contains(&name), "{name}");
    }
    for dialect in Dialect::ALL {
        let text = library(&part, Door::Plain(dialect));
        assert!(text.is_ascii() && !text.contains("**") && !text.contains('^'));
    }
}
