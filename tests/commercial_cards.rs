//! Every card in `models/commercial/`, run in ngspice by the procedures of its data sheet, gives back the
//! sheet's numbers: capacitance and DC resistance from constant-current discharges as in IEC 62391-1,
//! resistance at 1 kHz, leakage after 72 h at the rated voltage.

#![cfg(feature = "cli")]

mod support;

use std::path::Path;

use ncm::card::Card;
use ncm::netlist::{Door, subcircuit, subcircuit_name};
use ncm::simulator::measure::Waveform;
use ncm::simulator::{Job, RawFile};
use support::{code_model, ngspice};

/// What a data sheet says; SI units.
struct Sheet {
    card: &'static str,
    c: f64,
    v: f64,
    /// Resistance at 1 kHz.
    ac: Option<f64>,
    dc: f64,
    leakage: Option<f64>,
}

const fn sheet(
    card: &'static str,
    c: f64,
    v: f64,
    ac: Option<f64>,
    dc: f64,
    leakage: Option<f64>,
) -> Sheet {
    Sheet {
        card,
        c,
        v,
        ac,
        dc,
        leakage,
    }
}

/// Sources: the `url` of each card.
const SHEETS: [Sheet; 12] = [
    sheet("bcap0001-p270", 1.0, 2.7, None, 0.700, Some(6e-6)),
    sheet("bcap0005-p270", 5.0, 2.7, None, 0.045, Some(8e-6)),
    sheet("bcap0010-p270", 10.0, 2.7, None, 0.075, Some(30e-6)),
    sheet("bcap0025-p270", 25.0, 2.7, None, 0.042, Some(45e-6)),
    sheet(
        "bcap0650-p270",
        650.0,
        2.7,
        Some(0.60e-3),
        0.80e-3,
        Some(1.5e-3),
    ),
    sheet(
        "bcap1200-p270",
        1200.0,
        2.7,
        Some(0.44e-3),
        0.58e-3,
        Some(2.7e-3),
    ),
    sheet(
        "bcap2000-p270",
        2000.0,
        2.7,
        Some(0.26e-3),
        0.35e-3,
        Some(4.2e-3),
    ),
    sheet(
        "bcap3000-p270",
        3000.0,
        2.7,
        Some(0.24e-3),
        0.29e-3,
        Some(5.2e-3),
    ),
    sheet(
        "eshsr-2000c0-002r7",
        2000.0,
        2.7,
        None,
        0.33e-3,
        Some(4.2e-3),
    ),
    sheet("hv1245-2r7356", 35.0, 2.7, None, 20e-3, None),
    sheet("sccy71b407slble", 400.0, 2.7, None, 2.5e-3, None),
    sheet("sccs30e106srb", 10.0, 3.0, None, 50e-3, None),
];

/// How near the card must come to the sheet: far inside any tolerance of manufacture (10 to 30 %).
const TOLERANCE: f64 = 0.01;

fn run(deck: &str, library: &str) -> RawFile {
    let job = Job::new(deck)
        .code_model(code_model())
        .file("part.lib", library);
    ngspice()
        .run(&job)
        .and_then(|run| run.check()?.raw().cloned())
        .unwrap_or_else(|e| panic!("{e}\n{deck}"))
}

fn waveform(raw: &RawFile, name: &str) -> Waveform {
    raw.plot("Transient")
        .and_then(|plot| Waveform::of(plot, name))
        .unwrap_or_else(|e| panic!("{e}"))
}

fn assert_near(card: &str, what: &str, found: f64, told: f64) {
    let off = found / told - 1.0;
    eprintln!(
        "{card}: {what} {found:.5e}, data sheet {told:.5e} ({:+.3} %)",
        100.0 * off
    );
    assert!(
        off.abs() < TOLERANCE,
        "{card}: {what} {found:e} against {told:e}"
    );
}

#[test]
fn every_commercial_card_passes_its_data_sheet_in_ngspice() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/commercial");
    let cards = std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(
        cards,
        SHEETS.len(),
        "a card without a row here, or a row without a card"
    );
    for s in &SHEETS {
        let path = folder.join(format!("{}.toml", s.card));
        let card = Card::read(&path, &[]).unwrap_or_else(|e| panic!("{e}"));
        assert!(!card.provenance.url.is_empty() && card.provenance.notes.contains("do not tell"));
        let library = subcircuit(&card, Door::Xspice).unwrap_or_else(|e| panic!("{e}"));
        let name = subcircuit_name(&card);

        // Discharges from rest at the rated voltage: 4 mA per F and V for the capacitance (80 % to 40 % of the
        // rated voltage), ten times that for the resistance (the straight part carried back to the start).
        let (slow, fast) = (4e-3 * s.c * s.v, 40e-3 * s.c * s.v);
        let v = s.v;
        let raw = run(
            &format!(
                "discharges\n.include part.lib\nIslow slow 0 {slow}\nXslow slow 0 {name} ic={v}\nIfast fast 0 pwl(0 {fast} 17 {fast} 17.01 0)\nXfast fast 0 {name} ic={v}\n.tran 0.02 180 0 0.05 uic\n.end\n"
            ),
            &library,
        );
        let fall = |w: &Waveform, level: f64| {
            w.first_fall(level, 0.0)
                .unwrap_or_else(|| panic!("{}: never at {level} V", s.card))
        };
        let w = waveform(&raw, "v(slow)");
        let time = fall(&w, 0.4 * v) - fall(&w, 0.8 * v);
        assert_near(s.card, "capacitance (F)", slow * time / (0.4 * v), s.c);
        let w = waveform(&raw, "v(fast)");
        let (t_1, t_2) = (fall(&w, 0.8 * v), fall(&w, 0.4 * v));
        let start = 0.8 * v + 0.4 * v * t_1 / (t_2 - t_1);
        assert_near(s.card, "DC resistance (ohm)", (v - start) / fast, s.dc);

        if let Some(ac) = s.ac {
            let raw = run(
                &format!(
                    "1 kHz\n.include part.lib\nV1 p 0 dc {v} ac 1\nX1 p 0 {name}\n.ac lin 1 1k 1k\n.end\n"
                ),
                &library,
            );
            let current = raw.plot("AC").and_then(|p| p.complex("i(v1)"));
            let current = current.unwrap_or_else(|e| panic!("{e}"))[0];
            assert_near(s.card, "1 kHz resistance (ohm)", (-1.0 / current).re, ac);
        }
        if let Some(leakage) = s.leakage {
            let raw = run(
                &format!(
                    "72 h\n.include part.lib\nV1 p 0 dc {v}\nX1 p 0 {name} ic=0\n.tran 600 259200 uic\n.end\n"
                ),
                &library,
            );
            let w = waveform(&raw, "i(v1)");
            assert_near(s.card, "leakage (A)", -w.at(w.end()), leakage);
        }
    }
}
