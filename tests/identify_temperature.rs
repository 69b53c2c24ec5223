//! Fits over temperature: coefficients of a known part come back within their intervals, and where the data do not
//! hold them this is said.

#![cfg(feature = "workshop")]

use std::sync::Mutex;

use ncm::cell::CellParams;
use ncm::identify::{Model, Record, Request, Verdict, identify, to_card};

#[path = "support/known_parts.rs"]
mod known_parts;

use known_parts::*;

const ESR_EA: f64 = 6e3;
const R_EA: f64 = 15e3;
const C_TC1: f64 = 1.5e-3;

/// [`PART`] with coefficients, at a temperature in degrees Celsius.
fn warm(celsius: f64) -> CellParams {
    let mut cell = PART.cell();
    cell.thermal.esr.activation = ESR_EA;
    cell.thermal.resistance.activation = R_EA;
    cell.thermal.capacitance.tc1 = C_TC1;
    cell.thermal.temperature = celsius + 273.15;
    cell
}

fn records(celsius: &[f64], currents: &[f64], noise: f64, seed: u64) -> Vec<Record> {
    let mut out = Vec::new();
    for (k, t) in celsius.iter().enumerate() {
        for (j, i) in currents.iter().enumerate() {
            let seed = seed + (10 * k + j) as u64;
            let mut record = gcd_record_of(&warm(*t), PART.v_max, *i, noise, seed);
            record.temperature = Some(t + 273.15);
            out.push(record);
        }
    }
    out
}

fn request(model: Model) -> Request {
    Request {
        models: vec![model],
        slits: SLITS,
        ..Request::default()
    }
}

#[test]
fn coefficients_come_back_and_the_card_has_them() {
    let records = records(&[-20.0, 25.0, 60.0], &[5.0, 25.0], 0.002, 1);
    let outcome = identify(records, &request(Model::NCM_LINEAR)).unwrap();
    let best = &outcome.fits[0];
    let truths = [
        ("c", PART.c),
        ("esr", PART.esr),
        ("r_pore", PART.r_pore),
        ("esr_ea", ESR_EA),
        ("r_ea", R_EA),
        ("c_tc1", C_TC1),
    ];
    for (name, truth) in truths {
        let e = best.estimate(name).unwrap();
        assert_eq!(e.verdict, Verdict::Determined, "{e:?}");
        // Twice the interval: a wrong model fails, chance does not.
        assert!((e.value - truth).abs() < e.high - e.low, "{truth}: {e:?}");
    }
    let card = to_card(&outcome, best, "warm").unwrap();
    let text = card.to_toml();
    let read = ncm::card::Card::parse(&text, "warm.toml").unwrap_or_else(|e| panic!("{e}\n{text}"));
    assert_eq!(read.cell, card.cell);
    assert!((read.cell.thermal.resistance.activation / R_EA - 1.0).abs() < 0.1);
    let cold = card.validity.temperature_min.unwrap();
    assert!((cold - 253.15).abs() < 1e-6, "{cold}");
}

/// A record without the resistance in it (a slow discharge) holds the coefficient of the capacitance alone.
#[test]
fn a_slow_discharge_says_nothing_of_the_resistances() {
    let records = records(&[0.0, 40.0], &[0.05], 0.002, 5);
    let outcome = identify(records, &request(Model::TLM)).unwrap();
    let best = &outcome.fits[0];
    let c = best.estimate("c_tc1").unwrap();
    assert_eq!(c.verdict, Verdict::Determined);
    assert!((c.value - C_TC1).abs() < c.high - c.low, "{c:?}");
    for name in ["esr_ea", "r_ea"] {
        let e = best.estimate(name).unwrap();
        assert_ne!(e.verdict, Verdict::Determined, "{e:?}");
        assert!(
            best.remarks.iter().any(|r| r.contains(name)),
            "{:?}",
            best.remarks
        );
    }
}

#[test]
fn a_file_without_temperature_among_others_is_refused() {
    let mut records = records(&[0.0, 40.0], &[5.0], 0.002, 5);
    records[1].temperature = None;
    let said = identify(records, &request(Model::TLM)).unwrap_err();
    assert!(
        said.contains("made.csv") && said.contains("--temperature"),
        "{said}"
    );
}

/// Of 200 draws with 1 % noise the true coefficient must lie in its 95 % interval about 190 times.
#[test]
#[ignore = "slow: 200 fits"]
fn intervals_of_coefficients_hold_what_they_promise() {
    let names = [("esr_ea", ESR_EA), ("r_ea", R_EA), ("c_tc1", C_TC1)];
    let inside = Mutex::new([0usize; 3]);
    let next = std::sync::atomic::AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let draw = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if draw >= 200 {
                        break;
                    }
                    let records = records(&[-20.0, 25.0, 60.0], &[5.0, 25.0], 0.01, 1000 * draw);
                    let outcome = identify(records, &request(Model::NCM_LINEAR)).unwrap();
                    let mut counts = inside.lock().unwrap();
                    for (count, (name, truth)) in counts.iter_mut().zip(names) {
                        let e = outcome.fits[0].estimate(name).unwrap();
                        *count += usize::from(e.low <= truth && truth <= e.high);
                    }
                }
            });
        }
    });
    let counts = inside.into_inner().unwrap();
    println!("of 200 inside: {names:?}: {counts:?}");
    assert!(counts.iter().all(|c| (180..=199).contains(c)), "{counts:?}");
}
