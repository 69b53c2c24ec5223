//! Monte Carlo of banks in ngspice against closed forms: constant power from a capacitor behind a resistance, and the
//! division of a string's voltage by capacitance, leakage and balancing.

#![cfg(feature = "cli")]

#[path = "support/cli.rs"]
mod cli;
mod support;

use cli::Desk;
use ncm::bank::{Balance, Draws, HoldUp, Host, Sample, Scheme};
use ncm::card::Card;
use ncm::netlist::{Bank, Factors, Spread};
use support::{code_model, ngspice};

const ESR: f64 = 0.03;
const FARAD: f64 = 10.0;

/// C behind ESR: pores without resistance to speak of.
fn card(set: &[&str]) -> Card {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models/edlc-10f-2v7.toml");
    let capacitor = [
        "slits=1",
        "c_slit=20",
        "r_c=1e-6",
        "gamma=0",
        "entry=0.5",
        "esr=0.03",
    ];
    let all: Vec<String> = capacitor
        .iter()
        .chain(set)
        .map(|s| (*s).to_owned())
        .collect();
    Card::read(&path, &all).unwrap_or_else(|e| panic!("{e}"))
}

fn host() -> Host {
    Host {
        ngspice: ngspice().clone(),
        code_model: code_model().to_owned(),
        jobs: 2,
    }
}

fn draws(spread: Spread, tolerance: (f64, f64), count: u32, taps: bool) -> Draws {
    Draws {
        bank: Bank {
            series: 4,
            parallel: 1,
            spread,
            seed: 11,
            taps,
        },
        tolerance,
        count,
    }
}

/// Cells of the banks, as the draws make them: one bank's factors from the seed of its own.
fn cells(draws: &Draws, k: u32) -> Vec<Factors> {
    Bank {
        seed: draws.bank.seed + u64::from(k) * 0x1_0000_0001,
        ..draws.bank
    }
    .factors()
}

#[test]
fn constant_power_from_capacitors_behind_resistances() {
    let spread = Spread {
        c: 0.05,
        esr: 0.2,
        leak: 0.0,
    };
    let draws = draws(spread, (-0.2, 0.3), 9, false);
    let study = HoldUp {
        load: 20.0,
        v_start: 10.0,
        v_stop: 4.0,
    };
    // At 40 degrees more the resistance is 1.4 times as high.
    for (set, warm) in [
        (vec![], 1.0),
        (vec!["esr_tc1=0.01", "temperature=338.15"], 1.4),
    ] {
        let card = card(&[&["r_leak=inf"][..], &set].concat());
        let times = study
            .run(&card, &draws, &host(), |_| {})
            .unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(times.len(), 9);
        for (k, got) in times.iter().enumerate() {
            let (lot, cells) = (draws.lot(k as u32), cells(&draws, k as u32));
            assert!((0.8..=1.3).contains(&lot));
            let c = FARAD * lot / cells.iter().map(|f| 1.0 / f.c).sum::<f64>();
            let r: f64 = cells.iter().map(|f| warm * ESR * f.esr).sum();
            // v behind the resistance as the load sees it: u = v + R P/v, C du/dt = -P/v.
            let (p, stop) = (study.load, study.v_stop);
            let first = 0.5 * (study.v_start + (study.v_start.powi(2) - 4.0 * r * p).sqrt());
            let wanted =
                c / p * (0.5 * (first * first - stop * stop) - r * p * (first / stop).ln());
            assert!(
                (got / wanted - 1.0).abs() < 2e-3,
                "bank {k}: {got} s, {wanted} s"
            );
        }
    }
    // Without resistance and spread it is the energy between the two voltages.
    let card = card(&["r_leak=inf", "esr=0"]);
    let same = Draws {
        bank: Bank {
            spread: Spread::default(),
            ..draws.bank
        },
        tolerance: (0.0, 0.0),
        count: 1,
    };
    let by_energy = study.by_energy(&card.cell, 4, 1).unwrap();
    assert!((by_energy / (0.5 * 2.5 * (100.0 - 16.0) / 20.0) - 1.0).abs() < 1e-9);
    let time = study.run(&card, &same, &host(), |_| {}).unwrap()[0];
    assert!((time / by_energy - 1.0).abs() < 2e-3, "{time} {by_energy}");
    // What the resistance alone takes below the converter's limit holds up nothing.
    let weak = crate::card(&["r_leak=inf", "esr=1"]);
    let none = study.run(&weak, &same, &host(), |_| {}).unwrap();
    assert!(none[0] < 0.05, "{none:?}");
}

#[test]
fn a_string_divides_its_voltage_by_capacitance_then_by_leakage() {
    let spread = Spread {
        c: 0.05,
        esr: 0.1,
        leak: 0.3,
    };
    let draws = draws(spread, (0.0, 0.0), 5, true);
    let host = host();
    let v = 10.0;
    // While nothing leaks: one charge in all.
    let study = Balance {
        current: 0.05,
        voltage: v,
        float: 2000.0,
    };
    let tight = card(&["r_leak=1e9"]);
    let strains = study
        .run(&tight, &draws, &[Scheme::None], &host, |_| {})
        .unwrap_or_else(|e| panic!("{e}"));
    for (k, strain) in strains[0].iter().enumerate() {
        let f = cells(&draws, k as u32);
        let sum: f64 = f.iter().map(|f| 1.0 / f.c).sum();
        let highest = f.iter().map(|f| v / f.c / sum).fold(0.0, f64::max);
        let lowest = f
            .iter()
            .map(|f| v / f.c / sum)
            .fold(f64::INFINITY, f64::min);
        assert!(
            (strain.highest - highest).abs() < 4e-3,
            "{} {highest}",
            strain.highest
        );
        assert!(
            (strain.lowest - lowest).abs() < 4e-3,
            "{} {lowest}",
            strain.lowest
        );
        assert!(
            (strain.peak - highest).abs() < 8e-3,
            "{} {highest}",
            strain.peak
        );
    }
    // Long after many time constants: one current through all resistances.
    let (leak, beside) = (200.0, 50.0);
    let study = Balance {
        current: 1.0,
        voltage: v,
        float: 6e4,
    };
    let leaky = card(&["r_leak=200"]);
    let schemes = [
        Scheme::None,
        Scheme::Resistor(beside),
        Scheme::Shuttle(0.01),
    ];
    let strains = study
        .run(&leaky, &draws, &schemes, &host, |_| {})
        .unwrap_or_else(|e| panic!("{e}"));
    for k in 0..draws.count {
        let g: Vec<f64> = cells(&draws, k).iter().map(|f| f.leak / leak).collect();
        for (scheme, extra) in [(0, 0.0), (1, 1.0 / beside)] {
            let r: Vec<f64> = g.iter().map(|g| 1.0 / (g + extra)).collect();
            let sum: f64 = r.iter().sum();
            let highest = r.iter().map(|r| v * r / sum).fold(0.0, f64::max);
            let strain = strains[scheme][k as usize];
            assert!(
                (strain.highest - highest).abs() < 5e-3 * highest,
                "scheme {scheme}: {} {highest}",
                strain.highest
            );
            assert!((strain.current * sum / v - 1.0).abs() < 5e-3, "{strain:?}");
        }
        // Equal voltages, and power in is power lost in the leaks.
        let shuttled = strains[2][k as usize];
        assert!(
            (shuttled.highest - shuttled.lowest).abs() < 1e-2,
            "{shuttled:?}"
        );
        let current = v * g.iter().sum::<f64>() / 16.0;
        assert!(
            (shuttled.current / current - 1.0).abs() < 5e-3,
            "{shuttled:?} {current}"
        );
    }
}

#[test]
fn a_bypass_stops_the_cell_that_is_full_first() {
    let spread = Spread {
        c: 0.08,
        esr: 0.0,
        leak: 0.0,
    };
    let draws = draws(spread, (0.0, 0.0), 4, true);
    let study = Balance {
        current: 0.5,
        voltage: 10.0,
        float: 4000.0,
    };
    let schemes = ["none".parse().unwrap(), "bypass=2@2.6".parse().unwrap()];
    let strains = study
        .run(&card(&["r_leak=1e9"]), &draws, &schemes, &host(), |_| {})
        .unwrap_or_else(|e| panic!("{e}"));
    for (alone, bypassed) in strains[0].iter().zip(&strains[1]) {
        // 0.5 A are less than the 1.3 A that the bypass takes when it is closed.
        assert!(bypassed.peak < 2.62, "{bypassed:?}");
        if alone.peak > 2.65 {
            assert!(bypassed.peak < alone.peak);
        }
    }
    assert!(strains[0].iter().any(|s| s.peak > 2.65));
}

#[test]
fn the_command_line_repeats_itself_and_refuses_nonsense() {
    let desk = Desk::new();
    let model = code_model().display().to_string();
    let run = |words: &str| {
        desk.json(&format!(
            "bank holdup models/edlc-10f-2v7.toml --series 2 --load 10 --v-start 5 --v-stop 2.5 --draws 6 --code-model {model} {words}"
        ))
    };
    let both = run(
        "--spread c=3% --tolerance=-10,20 --condition new --condition old:age=1500,life=1500,age_temperature=338.15 -o a.csv --plot a.svg",
    );
    let list = both["conditions"].as_array().unwrap();
    let median = |k: usize| list[k]["median_s"].as_f64().unwrap();
    // A fifth less capacitance, twice the resistance.
    assert!(median(1) < 0.8 * median(0), "{both}");
    assert!(desk.read("a.svg").contains("<svg"));
    let rows = desk.read("a.csv");
    assert_eq!(rows.lines().count(), 13);
    run(
        "--spread c=3% --tolerance=-10,20 --condition new --condition old:age=1500,life=1500,age_temperature=338.15 -o b.csv --jobs 1",
    );
    assert_eq!(rows, desk.read("b.csv"));
    for (words, part) in [
        (
            "holdup models/edlc-10f-2v7.toml --series 2 --load 0 --v-start 5 --v-stop 2",
            "load",
        ),
        (
            "holdup models/edlc-10f-2v7.toml --series 2 --load 1 --v-start 5 --v-stop 6",
            "v_stop",
        ),
        (
            "holdup models/edlc-10f-2v7.toml --series 2 --load 1 --v-start 5 --v-stop 2 --tolerance=-10",
            "--tolerance",
        ),
        (
            "holdup models/edlc-10f-2v7.toml --series 2 --load 1 --v-start 5 --v-stop 2 --condition :age=3",
            "name",
        ),
        (
            "holdup models/edlc-10f-2v7.toml --series 2 --load 1 --v-start 5 --v-stop 2 --condition x:agge=3",
            "agge",
        ),
        (
            "balance models/edlc-10f-2v7.toml --series 2 --current 1 --voltage 5 --scheme fan=3",
            "no such balancing",
        ),
        (
            "balance models/edlc-10f-2v7.toml --series 2 --current -1 --voltage 5",
            "current",
        ),
    ] {
        let said = desk.ncm(&format!("bank {words} --code-model {model}"));
        assert_eq!(said.code, 2, "{words}: {}", said.stderr);
        assert!(said.stderr.contains(part), "{words}: {}", said.stderr);
    }
    let half = desk.ncm(&format!(
        "bank balance models/paper-half-cell.toml --series 2 --current 1 --voltage 5 --code-model {model}"
    ));
    assert!(
        half.code != 0 && half.stderr.contains("half cell"),
        "{}",
        half.stderr
    );
}

#[test]
fn samples_are_ranked() {
    let sample = Sample::new(vec![3.0, 1.0, 2.0]);
    assert_eq!(
        (sample.lowest(), sample.median(), sample.highest()),
        (1.0, 2.0, 3.0)
    );
}
