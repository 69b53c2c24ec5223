//! Banks of cells with spread: known statistics, the same bytes for the same seed, and in ngspice the same as a
//! string that was put together by hand.

#![cfg(feature = "cli")]

#[path = "support/cli.rs"]
mod cli;
mod support;

use cli::Desk;
use ncm::card::Card;
use ncm::netlist::{Bank, Dialect, Door, Spread, subcircuit};
use ncm::simulator::measure::Waveform;
use ncm::simulator::{Job, RawFile};
use support::{code_model, ngspice};

const SPREAD: Spread = Spread {
    c: 0.05,
    esr: 0.10,
    leak: 0.30,
};

fn card() -> Card {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models/edlc-10f-2v7.toml");
    Card::read(&path, &["slits=20".into(), "c_slit=1".into()]).unwrap_or_else(|e| panic!("{e}"))
}

fn bank(series: u32, parallel: u32, taps: bool) -> Bank {
    Bank {
        series,
        parallel,
        spread: SPREAD,
        seed: 7,
        taps,
    }
}

fn run(deck: &str, library: &str) -> RawFile {
    let job = Job::new(deck)
        .code_model(code_model())
        .file("part.lib", library);
    ngspice()
        .run(&job)
        .and_then(|run| run.check()?.raw().cloned())
        .unwrap_or_else(|e| panic!("{e}\n{deck}"))
}

fn wave(raw: &RawFile, name: &str) -> Waveform {
    let plot = raw.plot("Transient").unwrap_or_else(|e| panic!("{e}"));
    Waveform::of(plot, name).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn factors_have_mean_one_and_the_spread_asked_for() {
    let factors = bank(100, 100, false).factors();
    let n = factors.len() as f64;
    let check = |what: &str, f: Vec<f64>, spread: f64| {
        let mean = f.iter().sum::<f64>() / n;
        let deviation = (f.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
        // Four standard errors of 10,000 draws.
        assert!(
            (mean - 1.0).abs() < 4.0 * spread / n.sqrt(),
            "{what}: mean {mean}"
        );
        assert!(
            (deviation / spread - 1.0).abs() < 0.05,
            "{what}: deviation {deviation}"
        );
        assert!(f.iter().all(|x| *x > 0.0));
    };
    check("c", factors.iter().map(|f| f.c).collect(), 0.05);
    check("esr", factors.iter().map(|f| f.esr).collect(), 0.10);
    check("leak", factors.iter().map(|f| f.leak).collect(), 0.30);
    // A seed in somebody's notes gives the same cells in every version.
    let first = bank(2, 1, false).factors()[0];
    assert!(
        (first.c - FIRST[0]).abs() + (first.esr - FIRST[1]).abs() + (first.leak - FIRST[2]).abs()
            < 1e-12,
        "{first:?}"
    );
}

/// Factors of the first cell of seed 7.
const FIRST: [f64; 3] = [
    1.069_251_185_056_548_3,
    0.956_447_895_863_153_7,
    0.959_092_015_691_720_8,
];

#[test]
fn a_string_divides_its_voltage_and_equals_the_one_built_by_hand() {
    let card = card();
    let bank = bank(6, 1, true);
    let library = bank.library(&card, Door::Xspice).unwrap();
    assert_eq!(library, bank.library(&card, Door::Xspice).unwrap());
    let name = bank.name(&card);
    assert_eq!(name, "edlc_10f_2v7_6s1p");
    // By hand: six parts whose cards were changed.
    let mut by_hand = String::new();
    let mut parts = String::new();
    for (k, f) in bank.factors().iter().enumerate() {
        let mut cell = card.clone();
        cell.name = format!("cell{k}");
        let e = &mut cell.cell.positive;
        (e.c_slit, e.q_max, e.r_c, e.r_min) = (
            e.c_slit * f.c,
            e.q_max * f.c,
            e.r_c * f.esr,
            e.r_min * f.esr,
        );
        cell.cell.negative = Some(e.clone());
        cell.cell.esr *= f.esr;
        cell.cell.r_leak /= f.leak;
        by_hand.push_str(&subcircuit(&cell, Door::Xspice).unwrap());
        let node = |k: usize| match k {
            0 => "b".to_owned(),
            6 => "0".to_owned(),
            k => format!("h{k}"),
        };
        parts.push_str(&format!("Xh{k} {} {} cell{k} ic=2\n", node(k), node(k + 1)));
    }
    let deck = format!(
        "two strings\n.include part.lib\nIa a 0 2\nXa a 0 u1 u2 u3 u4 u5 {name} ic=12\nIb b 0 2\n{parts}.tran 0.02 10 uic\n.end\n"
    );
    let raw = run(&deck, &format!("{library}{by_hand}"));
    let (a, b) = (wave(&raw, "v(a)"), wave(&raw, "v(b)"));
    assert!((a.at(0.0) - 12.0).abs() < 1.5, "{}", a.at(0.0));
    for t in [0.1, 1.0, 5.0, 10.0] {
        // Numbers in a bank have six digits.
        assert!(
            (a.at(t) - b.at(t)).abs() < 2e-5 * 12.0,
            "{t} s: {} {}",
            a.at(t),
            b.at(t)
        );
        for k in 1..6 {
            let (u, h) = (
                wave(&raw, &format!("v(u{k})")),
                wave(&raw, &format!("v(h{k})")),
            );
            assert!((u.at(t) - h.at(t)).abs() < 2e-5 * 12.0, "tap {k} at {t} s");
        }
    }
}

#[test]
fn strings_share_the_current_and_every_dialect_takes_them() {
    // With a constant resistance the voltage falls in a straight line once the pores have settled.
    let mut card = card();
    card.cell.positive.gamma = 0.0;
    card.cell.negative = Some(card.cell.positive.clone());
    let bank = bank(3, 2, false);
    let library = bank.library(&card, Door::Xspice).unwrap();
    let name = bank.name(&card);
    let raw = run(
        &format!(
            "3s2p\n.include part.lib\nI1 p 0 4\nX1 p 0 {name} ic=6\n.tran 0.02 10 uic\n.end\n"
        ),
        &library,
    );
    let v = wave(&raw, "v(p)");
    // Strings side by side: capacitances of the strings add up.
    let f = bank.factors();
    let strings = f
        .chunks(3)
        .map(|s| 10.0 / s.iter().map(|f| 1.0 / f.c).sum::<f64>());
    let c: f64 = strings.sum();
    let slope = (v.at(4.0) - v.at(10.0)) / 6.0;
    assert!(
        (4.0 / slope / c - 1.0).abs() < 2e-3,
        "{} F for {c}",
        4.0 / slope
    );
    for dialect in [
        Dialect::Ngspice,
        Dialect::Ltspice,
        Dialect::Pspice,
        Dialect::Xyce,
    ] {
        let text = bank.library(&card, Door::Plain(dialect)).unwrap();
        let lines = text
            .lines()
            .filter(|l| l.starts_with('X') && l.contains("edlc_10f_2v7"));
        assert_eq!(lines.count(), 6);
    }
    // The plain door in ngspice: the same voltage.
    let plain = bank.library(&card, Door::Plain(Dialect::Ngspice)).unwrap();
    let raw = run(
        &format!(
            "3s2p\n.include part.lib\nI1 p 0 4\nX1 p 0 {name} ic=6\n.tran 0.02 10 uic\n.end\n"
        ),
        &plain,
    );
    let u = wave(&raw, "v(p)");
    for t in [1.0, 5.0, 10.0] {
        assert!(
            (u.at(t) - v.at(t)).abs() < 5e-3,
            "{t} s: {} {}",
            u.at(t),
            v.at(t)
        );
    }
}

#[test]
fn the_command_line_writes_banks_and_refuses_nonsense() {
    let desk = Desk::new();
    desk.done("netlist models/edlc-10f-2v7.toml --series 6 --parallel 2 --spread c=5%,esr=10%,leak=30% --seed 7 --taps -o a.lib");
    desk.done("netlist models/edlc-10f-2v7.toml --series 6 --parallel 2 --spread c=0.05,esr=0.1,leak=0.3 --seed 7 --taps -o b.lib");
    desk.done("netlist models/edlc-10f-2v7.toml --series 6 --parallel 2 --spread c=5%,esr=10%,leak=30% --seed 8 --taps -o c.lib");
    assert_eq!(desk.read("a.lib"), desk.read("b.lib"));
    assert_ne!(desk.read("a.lib"), desk.read("c.lib"));
    assert!(
        desk.read("a.lib")
            .contains(".subckt edlc_10f_2v7_6s2p p n t1 t2 t3 t4 t5 ic=")
    );
    for (words, part) in [
        ("--spread c=5%", "--series"),
        ("--taps", "--series"),
        ("--series 6 --spread x=5%", "no such quantity"),
        ("--series 6 --spread c", "has no value"),
        ("--series 6 --spread c=much", "is not a number"),
        ("--series 6 --spread c=500%", "out of range"),
        ("--series 6 --spread c=-5%", "out of range"),
        ("--series 6 --spread c=nan", "out of range"),
        ("--series 0", "0"),
        ("--series 1000 --parallel 1000", "out of range"),
        (
            "--series 6 --set r_leak=inf --spread leak=10%",
            "no leak to spread",
        ),
        ("--series 6 --set series=2", "a bank already"),
    ] {
        let said = desk.ncm(&format!("netlist models/edlc-10f-2v7.toml {words}"));
        assert_eq!(said.code, 2, "{words}: {}", said.stderr);
        assert!(said.stderr.contains(part), "{words}: {}", said.stderr);
    }
    let said = desk.ncm("netlist models/paper-half-cell.toml --series 6");
    assert!(
        said.code == 2 && said.stderr.contains("half cell"),
        "{}",
        said.stderr
    );
}
