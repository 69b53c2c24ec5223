//! A thick electrode in sections against the same electrode with every slit resolved.

use ncm::cell::CellParams;
use ncm::ladder::{ElectrodeParams, sections::AUTOMATIC_SECTIONS};
use ncm::stamp::Stepper;

const SLITS: u64 = 60_000;

/// A 10 F cell: 20 F and 20 milliohm of pores per electrode.
fn cell(sections: u64, gamma: f64, esr: f64) -> Stepper {
    let n = SLITS as f64;
    let mut params = CellParams::symmetric(ElectrodeParams {
        gamma,
        q_max: 27.0 / n,
        sections,
        ..ElectrodeParams::new(0.02 / n, 20.0 / n, SLITS)
    });
    params.esr = esr;
    Stepper::new(&params).expect("valid")
}

/// Currents and charges at the given times.
fn run(cell: &mut Stepper, times: &[f64], v: &dyn Fn(f64) -> f64) -> (Vec<f64>, Vec<f64>) {
    let mut before = 0.0;
    let mut out = (Vec::new(), Vec::new());
    for &t in times {
        let companion = cell.try_voltage(t - before, v(t)).expect("converges");
        cell.accept();
        out.0.push(companion.i);
        out.1.push(cell.charge());
        before = t;
    }
    out
}

/// Largest difference relative to the largest value.
fn gap(a: &[f64], b: &[f64]) -> f64 {
    let top = b.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    let worst = a
        .iter()
        .zip(b)
        .fold(0.0_f64, |m, (x, y)| m.max((x - y).abs()));
    worst / top
}

#[test]
fn chosen_sections_keep_the_stated_error() {
    assert_eq!(
        cell(0, 0.5, 0.0).section_count(ncm::cell::Electrode::Positive) as u64,
        AUTOMATIC_SECTIONS
    );
    // The harder of the two families of the slow test below.
    stated_error_holds(0.9);
}

#[test]
#[ignore = "slow: the same for the milder law"]
fn chosen_sections_keep_the_stated_error_for_a_mild_law() {
    stated_error_holds(0.5);
}

fn stated_error_holds(gamma: f64) {
    for (esr, bound) in [(0.0, 1e-3), (0.02, 1e-4)] {
        // CV of 5.4 s, 80 ms and 2 ms, and a step observed from 10 us to 1 s.
        for duration in [5.4, 0.08, 0.002] {
            let times: Vec<f64> = (1..=120).map(|k| duration * f64::from(k) / 120.0).collect();
            let sweep = move |t: f64| 2.7 * (1.0 - (2.0 * t / duration - 1.0).abs());
            let (i, q) = run(&mut cell(0, gamma, esr), &times, &sweep);
            let (i_all, q_all) = run(&mut cell(SLITS, gamma, esr), &times, &sweep);
            let (i, q) = (gap(&i, &i_all), gap(&q, &q_all));
            assert!(
                i < bound && q < bound,
                "{gamma} {esr} {duration}: {i:e} {q:e}"
            );
        }
        let times: Vec<f64> = (0..100)
            .map(|k| 1e-5 * 10f64.powf(0.05 * f64::from(k)))
            .collect();
        let (_, q) = run(&mut cell(0, gamma, esr), &times, &|_| 2.7);
        let (_, q_all) = run(&mut cell(SLITS, gamma, esr), &times, &|_| 2.7);
        let q = gap(&q, &q_all);
        assert!(q < bound, "{gamma} {esr} step: {q:e}");
    }
}
