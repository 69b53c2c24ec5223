//! Arcs at high frequency: that a card carries one as its textbook's circuit does, that fits find it, and what is
//! said of spectra with constant phases, which no card carries.

#![cfg(feature = "workshop")]

use ncm::cell::CellParams;
use ncm::identify::{Model, Record, Request, identify, to_card};
use ncm::ladder::ElectrodeParams;
use ncm::measurement::{Choice, Spectrum};
use num_complex::Complex64;

#[path = "support/known_parts.rs"]
mod known_parts;

use known_parts::{eis_record_of, table};

/// esr, r_pore, c, r_arc, c_arc.
const COIN: [f64; 5] = [2.2, 1.2, 0.26, 0.83, 4.6e-6];

/// Resistance and capacitance side by side, in series with a transmission line, in closed form.
fn textbook(f_hz: f64, exponent: f64) -> Complex64 {
    let [esr, r_pore, c, r_arc, c_arc] = COIN;
    let jw = Complex64::new(0.0, std::f64::consts::TAU * f_hz);
    let x = (r_pore * c * jw.powf(exponent)).sqrt();
    esr + (1.0 / r_arc + jw * c_arc).inv() + r_pore / (x * x.tanh())
}

/// The same as a cell of two equal electrodes.
fn cell(slits: u64) -> CellParams {
    let [esr, r_pore, c, r_arc, c_arc] = COIN;
    let r_c = r_pore / (2.0 * slits as f64);
    let mut e = ElectrodeParams::new(r_c, 2.0 * c / slits as f64, slits);
    e.sections = slits.min(200);
    e.c_open = 2.0 * c_arc;
    e.entry = 0.5 + 0.5 * r_arc / r_c;
    let mut cell = CellParams::symmetric(e);
    cell.esr = esr;
    cell
}

#[test]
fn entry_and_outer_face_are_the_arc_of_the_textbook() {
    let program = ncm::experiment::EisProgram {
        f_min: 1e-2,
        f_max: 1e6,
        points_per_decade: 5,
        bias: 1.0,
    };
    let spectrum = ncm::experiment::eis(&cell(1000), &program).unwrap();
    let worst = spectrum
        .f_hz
        .iter()
        .zip(&spectrum.z)
        .map(|(f, z)| (z - textbook(*f, 1.0)).norm() / z.norm())
        .fold(0.0, f64::max);
    assert!(worst < 2e-3, "{worst}");
}

#[test]
fn an_arc_is_found_and_the_card_carries_it() {
    let record = eis_record_of(&cell(1000), (0.02, 3e5), 1.0, 0.005, 11);
    let outcome = identify(vec![record], &Request::default()).unwrap();
    let best = outcome.best_for_card().unwrap();
    assert_eq!(best.model.name(), "tlm-arc");
    let names = ["esr", "r_pore", "c", "r_arc", "c_arc"];
    for (name, truth) in names.iter().zip(COIN) {
        let e = best.estimate(name).unwrap();
        let reach = e.high - e.low;
        assert!((e.value - truth).abs() < reach, "{name} = {truth}: {e:?}");
        assert!(reach < 0.2 * truth, "{e:?}");
    }
    let without = outcome.fits.iter().find(|f| f.model == Model::TLM).unwrap();
    assert!(without.bic - best.bic > 100.0);
    let card = to_card(&outcome, best, "coin").unwrap();
    let read = ncm::card::Card::parse(&card.to_toml(), "coin.toml").unwrap();
    assert_eq!(read.cell, card.cell);
    let e = &read.cell.positive;
    assert!((e.c_open / (2.0 * COIN[4]) - 1.0).abs() < 0.1);
}

#[test]
fn constant_phases_are_named_with_their_exponent() {
    let mut text = String::from("f_Hz,re_ohm,im_ohm\n");
    for k in 0..60 {
        let f = 3e5 * 10f64.powf(-0.12 * f64::from(k));
        let z = textbook(f, 0.92);
        // Noise of no pattern, 0.3 %.
        let noise = |salt: f64| 1.0 + 0.003 * (1e4 * f64::from(k + 1) * salt).sin();
        text.push_str(&format!(
            "{f:e},{:e},{:e}\n",
            z.re * noise(0.7),
            z.im * noise(0.3)
        ));
    }
    let choice = Choice {
        bias: Some(0.0),
        ..Choice::default()
    };
    let data = Spectrum::from_table(&table(&text), &choice).unwrap();
    let record = Record::spectrum(&data, (0.0, 1e9)).unwrap();
    let outcome = identify(vec![record], &Request::default()).unwrap();
    let best = &outcome.fits[0];
    assert_eq!(best.model, Model::ConstantPhase);
    let a = best.estimate("a").unwrap();
    assert!((a.value - 0.92).abs() < 0.005, "{a:?}");
    let chosen = outcome.best_for_card().unwrap();
    assert!(to_card(&outcome, best, "none").is_none());
    let said = ncm::identify::report::text(&outcome, chosen);
    assert!(
        said.contains("cards cannot hold it") && said.contains("of the capacitance 0.92"),
        "{said}"
    );
}
