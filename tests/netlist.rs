//! Netlists: every shipped card becomes a part that ngspice loads and that behaves as the card says.
#![cfg(feature = "cli")]

mod support;

use std::path::{Path, PathBuf};

use ncm::card::Card;
use ncm::netlist::{Dialect, Door, subcircuit, subcircuit_name};
use ncm::simulator::{Job, RawFile};
use ncm::stamp::Stepper;
use num_complex::Complex64;
use support::{code_model, ngspice};

const CARDS: [&str; 4] = [
    "paper-half-cell",
    "paper-cell",
    "edlc-10f-2v7",
    "thick-electrode-60000-slits",
];

fn card(name: &str, overrides: &[&str]) -> Card {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("models/{name}.toml"));
    let overrides: Vec<String> = overrides.iter().map(|s| s.to_string()).collect();
    Card::read(&path, &overrides).unwrap_or_else(|e| panic!("{e}"))
}

fn library(card: &Card) -> String {
    subcircuit(card, Door::Xspice).unwrap_or_else(|e| panic!("{e}"))
}

fn run(deck: &str, library: &str) -> RawFile {
    let job = Job::new(deck)
        .code_model(code_model())
        .file("part.lib", library);
    ngspice()
        .run(&job)
        .and_then(|run| run.check()?.raw().cloned())
        .unwrap_or_else(|e| panic!("{e}\n{deck}\n{library}"))
}

/// A corner frequency of the card: that of its slits' resistance and capacitance in one.
fn corner(card: &Card) -> f64 {
    let e = &card.cell.positive;
    let n = e.slits as f64;
    1.0 / (std::f64::consts::TAU * n * e.r_c * n * e.c_slit)
}

/// The kernel's own admittance of the same parameters is the reference: it is checked against the
/// closed transmission-line forms elsewhere.
fn assert_admittance(card: &Card, instance: &str, bias: f64) {
    let name = subcircuit_name(card);
    let f = corner(card);
    let deck = format!(
        "admittance of a part\n.include part.lib\nV1 p 0 dc {bias} ac 1\nX1 p 0 {name} {instance}\n.ac dec 3 {} {}\n.end\n",
        f * 1e-2,
        f * 1e2
    );
    let raw = run(&deck, &library(card));
    let plot = raw.plot("AC").unwrap_or_else(|e| panic!("{e}"));
    let current = plot.complex("i(v1)").unwrap_or_else(|e| panic!("{e}"));
    let frequency = plot.complex("frequency").unwrap_or_else(|e| panic!("{e}"));
    let mut stepper = Stepper::new(&card.cell).unwrap_or_else(|e| panic!("{e}"));
    stepper.set_voltage(bias).unwrap_or_else(|e| panic!("{e}"));
    assert!(frequency.len() >= 12);
    for (f, i) in frequency.iter().zip(current) {
        let expected: Complex64 = stepper.admittance(std::f64::consts::TAU * f.re);
        let error = (-*i - expected).norm() / expected.norm();
        assert!(error < 1e-6, "{} at {} Hz: {error:e}", card.name, f.re);
    }
}

#[test]
fn every_shipped_card_has_its_admittance_in_ngspice() {
    for name in CARDS {
        assert_admittance(&card(name, &[]), "", 0.1);
    }
}

#[test]
fn unequal_electrodes_and_every_parameter_reach_the_model() {
    let overrides = [
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
        "negative.law=linear",
        "negative.slits=9",
        "negative.c_slit=5e-8",
        "negative.q_max=2e-8",
        "negative.sections=9",
    ];
    let part = card("paper-cell", &overrides);
    assert_admittance(&part, "", 0.3);
}

#[test]
fn instances_overrule_the_card() {
    let plain = card("paper-cell", &[]);
    let mut changed = card("paper-cell", &["gamma=0.9", "area=2", "esr=3", "slits=12"]);
    changed.name = plain.name.clone();
    // The library of the plain card with the instance's words must be the changed card.
    let f = corner(&plain);
    let deck = format!(
        "overrides\n.include part.lib\nV1 p 0 dc 0.2 ac 1\nX1 p 0 paper_cell gamma=0.9 area=2 esr=3 slits=12\n.ac lin 1 {f} {f}\n.end\n"
    );
    let raw = run(&deck, &library(&plain));
    let plot = raw.plot("AC").unwrap_or_else(|e| panic!("{e}"));
    let current = plot.complex("i(v1)").unwrap_or_else(|e| panic!("{e}"))[0];
    let mut stepper = Stepper::new(&changed.cell).unwrap_or_else(|e| panic!("{e}"));
    stepper.set_voltage(0.2).unwrap_or_else(|e| panic!("{e}"));
    let expected = stepper.admittance(std::f64::consts::TAU * f);
    assert!((-current - expected).norm() < 1e-6 * expected.norm());
}

/// `ic` at the instance holds; without it the part takes the voltage of its circuit's operating
/// point; a card's own `ic` is the default.
#[test]
fn the_initial_voltage_is_the_instances_the_cards_or_the_circuits() {
    let open = card("edlc-10f-2v7", &[]);
    let own = card("edlc-10f-2v7", &["ic=1.5", "name=charged"]);
    let deck = "start\n.include part.lib\nVs s 0 2\nR1 s a 100\nR2 s b 100\nR3 s c 100\nX1 a 0 edlc_10f_2v7 ic=2.5\nX2 b 0 edlc_10f_2v7\nX3 c 0 charged\n.tran 1u 10u\n.end\n";
    let raw = run(deck, &(library(&open) + &library(&own)));
    let plot = raw.plot("Transient").unwrap_or_else(|e| panic!("{e}"));
    let last = |name: &str| plot.last(name).unwrap_or_else(|e| panic!("{e}"));
    // In 10 us through 100 ohm nothing moves; the leak of 90 kohm divides 2 V by 1.001.
    assert!((last("v(a)") - 2.5).abs() < 2e-3, "{}", last("v(a)"));
    assert!((last("v(b)") - 2.0).abs() < 4e-3, "{}", last("v(b)"));
    assert!((last("v(c)") - 1.5).abs() < 2e-3, "{}", last("v(c)"));
}

#[test]
fn texts_of_a_card_cannot_leave_their_comment() {
    let mut part = card("paper-cell", &[]);
    part.description = "two\nlines\r.control\nshell rm x".into();
    part.provenance.notes = "caf\u{e9} \u{2028} .end".into();
    let text = library(&part);
    let body = text.split(".subckt").next().unwrap_or("");
    assert!(body.lines().all(|l| l.starts_with('*')), "{body}");
    assert!(text.is_ascii());
    assert!(text.lines().all(|l| l.len() <= 120));
    run(
        "still a part\n.include part.lib\nV1 p 0 1\nX1 p 0 paper_cell\n.op\n.end\n",
        &text,
    );
}

#[test]
fn what_the_door_has_no_form_for_is_refused_in_words() {
    let sections = "sections=[{slits=5, r_c=5, q_max=1e-8, c_slit=1e-8}]";
    for (part, words) in [
        (card("paper-cell", &[sections]), "explicit list"),
        (card("paper-half-cell", &["series=2"]), "half cell"),
    ] {
        let error = subcircuit(&part, Door::Xspice)
            .expect_err("no form")
            .to_string();
        assert!(
            error.contains(words) && error.contains("remedy: "),
            "{error}"
        );
    }
}

/// The cards of parts that one would place in a schematic: those in `models/` itself and the commercial ones.
fn placed() -> Vec<PathBuf> {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let cards = |folder: PathBuf| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|e| e.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|e| e == "toml"));
        paths.sort();
        paths
    };
    let mut all = cards(models.clone());
    all.extend(cards(models.join("commercial")));
    all
}

#[test]
fn the_shipped_symbols_are_current() {
    const FILE: &str = "models/kicad/ncm.kicad_sym";
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cards: Vec<Card> = placed()
        .iter()
        .map(|path| Card::read(path, &[]).unwrap_or_else(|e| panic!("{e}")))
        .collect();
    assert!(cards.len() >= 16);
    let text = ncm::kicad::symbol::symbol_library(&cards, ncm::kicad::symbol::library_file);
    let there = std::fs::read_to_string(root.join(FILE)).unwrap_or_default();
    assert!(text == there, "{FILE} is out of date: make symbols");
}

/// The folders of `models/` hold what `ncm netlist` makes of the cards today.
#[test]
fn the_shipped_libraries_are_current() {
    for name in CARDS {
        for door in Door::ALL {
            let (folder, words) = match door {
                Door::Xspice => ("xspice".to_owned(), "--door xspice".to_owned()),
                Door::Osdi => ("osdi".to_owned(), "--door osdi".to_owned()),
                Door::Plain(dialect) => {
                    let dialect = dialect.name();
                    (
                        format!("plain/{dialect}"),
                        format!("--door plain --dialect {dialect}"),
                    )
                }
                Door::VerilogA => ("verilog-a".to_owned(), "--door verilog-a".to_owned()),
            };
            if door == Door::VerilogA && name.starts_with("thick") {
                continue;
            }
            let ending = if door == Door::VerilogA { "va" } else { "lib" };
            let path = format!("models/{folder}/{name}.{ending}");
            let whole = Path::new(env!("CARGO_MANIFEST_DIR")).join(&path);
            let shipped = std::fs::read_to_string(whole).unwrap_or_else(|e| panic!("{path}: {e}"));
            let now = subcircuit(&card(name, &[]), door).unwrap_or_else(|e| panic!("{e}"));
            assert!(
                shipped == now,
                "{path} is out of date: ncm netlist models/{name}.toml {words} -o {path}"
            );
        }
    }
}

#[test]
fn doors_are_found_by_name() {
    for door in Door::ALL {
        let dialect = match door {
            Door::Plain(dialect) => dialect,
            _ => Dialect::Ngspice,
        };
        assert_eq!(Door::from_name(door.name(), dialect), Some(door));
        assert_eq!(Dialect::from_name(dialect.name()), Some(dialect));
    }
    assert_eq!(Door::from_name("nodoor", Dialect::Ngspice), None);
    assert_eq!(Dialect::from_name("nodialect"), None);
}
