//! Intervals that hold what they promise: from 200 parts of each kind of measurement, with 1 % noise, the
//! true value of every parameter must lie in its stated 95 % interval about 190 times.
//!
//! Fewer than 180 would be a chance of 2 in 100,000 with true intervals, more than 199 one of 1 in 2,000 (and
//! intervals that are too wide).

#![cfg(feature = "workshop")]

#[path = "support/known_parts.rs"]
mod known_parts;

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use known_parts::*;
use ncm::identify::{Model, Record, Request, Verdict, identify};

const DRAWS: usize = 200;
const NOISE: f64 = 0.01;

/// What is counted of one parameter.
#[derive(Default)]
struct Count {
    inside: AtomicUsize,
    /// Not claimed: at a bound, not identifiable.
    unsaid: AtomicUsize,
    below: AtomicUsize,
    loose: AtomicUsize,
}

/// A part about [`PART`], its parameters within a third of it each way.
fn drawn(seed: u64) -> Truth {
    let mut random = Noise::new(seed);
    let mut vary = |x: f64| x * (0.6 * (random.uniform() - 0.5)).exp();
    Truth {
        c: vary(PART.c),
        esr: vary(PART.esr),
        r_pore: vary(PART.r_pore),
        gamma: vary(0.55),
        ..PART
    }
}

/// Fits every draw on all cores and counts.
fn count(
    what: &str,
    fixed: &[&str],
    names: &[&str],
    draws: usize,
    model: Model,
    measured: impl Fn(&Truth, u64) -> Vec<Record> + Sync,
) -> Vec<[usize; 2]> {
    let counts: Vec<Count> = names.iter().map(|_| Count::default()).collect();
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let begun = std::time::Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let draw = next.fetch_add(1, Ordering::Relaxed);
                    if draw >= draws {
                        break;
                    }
                    let seed = 1000 + 10 * draw as u64;
                    let truth = drawn(seed);
                    let values = |v_ref: f64| {
                        let mut list = truth.named(v_ref).to_vec();
                        list.push(("r_leak", R_LEAK));
                        list
                    };
                    let request = Request {
                        models: vec![model],
                        slits: SLITS,
                        fixed: values(truth.v_max)
                            .iter()
                            .filter(|v| fixed.contains(&v.0))
                            .map(|v| (v.0.to_string(), v.1))
                            .collect(),
                    };
                    let outcome = identify(measured(&truth, seed + 1), &request)
                        .unwrap_or_else(|e| panic!("{e}"));
                    let best = &outcome.fits[0];
                    let values = values(outcome.scale.v_ref);
                    for (count, name) in counts.iter().zip(names) {
                        let e = best.estimate(name).unwrap();
                        let value = values.iter().find(|v| v.0 == *name).unwrap().1;
                        if e.low <= value && value <= e.high {
                            count.inside.fetch_add(1, Ordering::Relaxed);
                        }
                        if std::env::var_os("NCM_SHOW_DRAWS").is_some() {
                            eprintln!(
                                "draw {draw}: {name} = {value:.5e} {e:?} neighbours {:.3} {:?}",
                                best.neighbours, best.remarks
                            );
                        }
                        if matches!(e.verdict, Verdict::AtBound | Verdict::NotIdentifiable) {
                            count.unsaid.fetch_add(1, Ordering::Relaxed);
                        }
                        if e.verdict == Verdict::Loose {
                            count.loose.fetch_add(1, Ordering::Relaxed);
                        }
                        if value > e.high {
                            count.below.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                }
            });
        }
    });
    let list = counts
        .iter()
        .map(|c| [&c.inside, &c.unsaid].map(|n| n.load(Ordering::Relaxed)));
    let list: Vec<[usize; 2]> = list.collect();
    for ((name, [inside, unsaid]), c) in names.iter().zip(&list).zip(&counts) {
        eprintln!(
            "{what}: {name} inside {inside} of {draws}, {unsaid} not claimed, {} loose, {} below the truth",
            c.loose.load(Ordering::Relaxed),
            c.below.load(Ordering::Relaxed)
        );
    }
    eprintln!("{what}: {:.1} s", begun.elapsed().as_secs_f64());
    list
}

fn draws() -> usize {
    std::env::var("NCM_DRAWS")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or(DRAWS)
}

fn gcd_pair(truth: &Truth, seed: u64) -> Vec<Record> {
    vec![
        gcd_record(truth, 10.0, NOISE, seed),
        gcd_record(truth, 40.0, NOISE, seed + 1),
    ]
}

#[test]
#[ignore = "slow: 200 fits"]
fn of_charge_and_discharge() {
    let counts = count(
        "gcd",
        &[],
        &["c", "esr", "r_pore", "gamma"],
        draws(),
        Model::NCM_LINEAR,
        gcd_pair,
    );
    assert!(
        counts.iter().all(|n| (180..200).contains(&n[0])),
        "{counts:?}"
    );
}

#[test]
#[ignore = "slow: 200 fits"]
fn of_spectra() {
    let counts = count(
        "eis",
        &[],
        &["c", "esr", "r_pore", "gamma"],
        draws(),
        Model::NCM_LINEAR,
        |truth, seed| {
            [0.0, 1.35, 2.7]
                .iter()
                .zip(seed..)
                .map(|(bias, seed)| eis_record(truth, *bias, NOISE, seed))
                .collect()
        },
    );
    assert!(
        counts.iter().all(|n| (180..200).contains(&n[0])),
        "{counts:?}"
    );
}

#[test]
#[ignore = "slow: 200 fits"]
fn of_voltammograms() {
    let counts = count(
        "cv",
        &[],
        &["c", "esr", "r_pore", "gamma", "r_leak"],
        draws(),
        Model::NCM_LINEAR,
        |truth, seed| {
            vec![
                cv_record(truth, 0.1, NOISE, seed),
                cv_record(truth, 1.0, NOISE, seed + 1),
            ]
        },
    );
    assert!(
        counts.iter().all(|n| (180..200).contains(&n[0])),
        "{counts:?}"
    );
}

#[test]
#[ignore = "slow: 200 fits"]
fn of_rests() {
    let counts = count(
        "rest",
        &["c"],
        &["r_leak"],
        draws(),
        Model::CapacitorEsr,
        |truth, seed| vec![rest_record(truth, 3600.0, NOISE, seed)],
    );
    assert!(
        counts.iter().all(|n| (180..200).contains(&n[0])),
        "{counts:?}"
    );
}
