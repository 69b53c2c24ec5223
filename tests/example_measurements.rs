//! The measurements in examples/measurements/: they are what their program writes, and fits to them give its cell back.

#![cfg(feature = "workshop")]

use std::path::{Path, PathBuf};

use ncm::identify::{Kind, Model, ModelFit, Outcome, Record, Request, identify};
use ncm::measurement::{Choice, Series, Spectrum, Table};

#[path = "../examples/measurements/files.rs"]
mod files;

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples/measurements")
        .join(name)
}

/// Numbers may differ in their last digits between machines.
#[test]
fn the_files_are_what_the_program_writes() {
    for (name, text) in files::all() {
        let kept = std::fs::read_to_string(path(name)).unwrap();
        let words = |t: &str| -> Vec<String> { t.split_whitespace().map(String::from).collect() };
        let (kept, text) = (words(&kept), words(&text));
        assert_eq!(kept.len(), text.len(), "{name}");
        for (a, b) in kept.iter().zip(&text) {
            let same = match (a.parse::<f64>(), b.parse::<f64>()) {
                (Ok(a), Ok(b)) => (a - b).abs() <= 1e-4 * a.abs().max(1e-3),
                _ => a == b,
            };
            assert!(same, "{name}: {a} {b}; write the files anew");
        }
    }
}

fn holds(outcome: &Outcome, fit: &ModelFit, truths: &[(&str, f64)]) {
    for (name, truth) in truths {
        let e = fit.estimate(name).unwrap_or_else(|| panic!("{name}"));
        // Twice the interval: chance does not fail this test.
        assert!(
            (e.value - truth).abs() < (e.high - e.low).max(1e-3 * truth.abs()),
            "{truth}: {e:?}"
        );
    }
    assert!(outcome.values > 50);
}

#[test]
fn two_voltammograms_give_the_cell_back() {
    let record = |name| {
        let table = Table::read(&path(name)).unwrap();
        let data = Series::from_table(&table, &Choice::default()).unwrap();
        Record::series(Kind::Cv, &data, (f64::NEG_INFINITY, f64::INFINITY)).unwrap()
    };
    let records = vec![record("cv-5mVps.txt"), record("cv-200mVps.txt")];
    // Two rivals of all, to save time; docs_commands.rs runs the rest.
    let names = ["tlm-rising", "ncm-linear-rising"];
    let request = Request {
        models: names.map(|n| Model::from_name(n).unwrap()).to_vec(),
        ..Request::default()
    };
    let outcome = identify(records, &request).unwrap();
    let best = outcome.best_for_card().unwrap();
    assert_eq!(best.model.name(), "ncm-linear-rising");
    assert!(best.rms.iter().all(|r| *r < 0.004), "{:?}", best.rms);
    // The arc is far too fast to be seen: its resistance is part of esr here.
    holds(
        &outcome,
        best,
        &[
            ("c", files::C),
            ("esr", files::ESR + files::R_ARC),
            ("r_pore", files::R_PORE),
            ("c_rise", files::C_RISE),
            ("u_rise", files::U_RISE),
            ("r_leak", files::R_LEAK),
        ],
    );
}

#[test]
fn three_spectra_give_the_cell_back() {
    let record = |name| {
        let table = Table::read(&path(name)).unwrap();
        Record::spectrum(
            &Spectrum::from_table(&table, &Choice::default()).unwrap(),
            (0.0, f64::INFINITY),
        )
        .unwrap()
    };
    let records = ["eis-0V.txt", "eis-1V35.txt", "eis-2V7.txt"].map(record);
    let outcome = identify(records.to_vec(), &Request::default()).unwrap();
    let best = &outcome.fits[0];
    assert_eq!(best.model.name(), "ncm-linear-rising-arc");
    holds(
        &outcome,
        best,
        &[
            ("c", files::C),
            ("esr", files::ESR),
            ("r_pore", files::R_PORE),
            ("gamma", files::GAMMA),
            ("r_arc", files::R_ARC),
            ("c_arc", files::C_ARC),
        ],
    );
}
