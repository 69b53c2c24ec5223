//! Every card in `models/commercial/` is what `ncm identify datasheet` makes of its sheet, and by the procedures of
//! data sheets (capacitance and DC resistance from constant-current discharges as in IEC 62391-1, resistance at
//! 1 kHz, leakage after 72 h), stand-alone and in ngspice, it gives the sheet's numbers back.

#![cfg(feature = "cli")]

mod support;

use std::path::{Path, PathBuf};

use ncm::card::Card;
use ncm::datasheet::{Measured, NOT_TOLD, Sheet, compare, stand_alone, through_ngspice, to_card};
use support::{code_model, ngspice};

/// How near the card must come to the sheet: far inside any tolerance of manufacture (10 to 30 %).
const CLOSE: f64 = 0.01;

fn cards() -> Vec<(String, Card, Sheet)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/commercial");
    let tomls = |folder: &Path| -> Vec<PathBuf> {
        let list = std::fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().path());
        let mut list: Vec<PathBuf> = list
            .filter(|p| p.extension().is_some_and(|e| e == "toml"))
            .collect();
        list.sort();
        list
    };
    let (cards, sheets) = (tomls(&folder), tomls(&folder.join("sheets")));
    assert!(cards.len() >= 12);
    let names = |list: &[PathBuf]| -> Vec<String> {
        list.iter()
            .map(|p| p.file_name().unwrap().to_string_lossy().into_owned())
            .collect()
    };
    assert_eq!(
        names(&cards),
        names(&sheets),
        "a card without a sheet, or a sheet without a card"
    );
    let both = names(&cards).into_iter().zip(cards.iter().zip(&sheets));
    both.map(|(name, (card, sheet))| {
        let card = Card::read(card, &[]).unwrap_or_else(|e| panic!("{e}"));
        let sheet = Sheet::read(sheet).unwrap_or_else(|e| panic!("{e}"));
        (name, card, sheet)
    })
    .collect()
}

fn assert_passes(way: &str, name: &str, sheet: &Sheet, measured: &Measured) {
    for check in compare(sheet, measured) {
        let Some(deviation) = check.deviation() else {
            continue;
        };
        eprintln!(
            "{name}, {way}: {} {:.5e} {} ({:+.3} %)",
            check.name,
            check.measured,
            check.unit,
            100.0 * deviation
        );
        assert_eq!(check.passes(), Some(true), "{name}, {way}: {check:?}");
        assert!(deviation.abs() < CLOSE, "{name}, {way}: {check:?}");
    }
}

#[test]
fn cards_are_made_from_their_sheets_and_pass_them_stand_alone() {
    for (name, card, sheet) in cards() {
        let p = &card.provenance;
        assert!(!p.url.is_empty() && p.notes.starts_with(NOT_TOLD), "{name}");
        let made = to_card(&sheet).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(
            made.provenance, card.provenance,
            "{name}: write it anew with ncm identify datasheet"
        );
        // Rounding may differ between machines; nothing else.
        let (a, b) = (&made.cell.positive, &card.cell.positive);
        for (a, b) in [
            (a.r_c, b.r_c),
            (a.c_slit, b.c_slit),
            (made.cell.esr, card.cell.esr),
        ] {
            assert!((a / b - 1.0).abs() < 1e-4, "{name}: {a} for {b}");
        }
        let measured = stand_alone(&card.cell, sheet.capacitance, sheet.voltage);
        let measured = measured.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_passes("stand-alone", &name, &sheet, &measured);
    }
}

#[test]
fn every_commercial_card_passes_its_data_sheet_in_ngspice() {
    let simulator = ngspice();
    for (name, card, sheet) in cards() {
        let (c, v) = (sheet.capacitance, sheet.voltage);
        let measured = through_ngspice(&card, c, v, &simulator, code_model());
        let measured = measured.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_passes("ngspice", &name, &sheet, &measured);
    }
}

#[test]
fn a_card_that_is_off_fails() {
    let (_, mut card, sheet) = cards().swap_remove(0);
    card.cell.esr *= 1.1;
    card.cell.positive.c_slit *= 0.8;
    let measured = stand_alone(&card.cell, sheet.capacitance, sheet.voltage).unwrap();
    let checks = compare(&sheet, &measured);
    assert_eq!(checks[0].passes(), Some(false), "{checks:?}");
    assert_eq!(checks[1].passes(), Some(false), "{checks:?}");
}
