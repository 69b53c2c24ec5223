//! Temperature and age as factors on a cell's values, against their closed forms.

use ncm::card::Card;
use ncm::cell::{Ageing, Cell, CellParams, Drift, GAS_CONSTANT, Thermal};
use ncm::ladder::ElectrodeParams;
use ncm::stamp::Stepper;

fn cell() -> CellParams {
    CellParams {
        esr: 0.5,
        r_leak: 1e4,
        series: 2.0,
        ..CellParams::symmetric(ElectrodeParams {
            gamma: 0.6,
            q_max: 0.1,
            r_open: 0.2,
            c_open: 0.01,
            ..ElectrodeParams::new(0.3, 0.08, 12)
        })
    }
}

/// Currents of a run of steps.
fn currents(params: &CellParams) -> Vec<f64> {
    let mut stepper = Stepper::new(params).expect("valid");
    (1..40)
        .map(|k| {
            let v = 0.05 * f64::from(k);
            let i = stepper.try_voltage(0.01, v).expect("converges").i;
            stepper.accept();
            i
        })
        .collect()
}

#[test]
fn without_coefficients_temperature_changes_no_bit() {
    let mut hot = cell();
    hot.thermal.temperature = 358.15;
    hot.ageing.age = 1e5;
    assert_eq!(currents(&cell()), currents(&hot));
}

#[test]
fn factors_are_those_of_a_part_whose_values_are_scaled_by_hand() {
    let mut hot = cell();
    hot.thermal = Thermal {
        temperature: 338.15,
        resistance: Drift {
            activation: 1.2e4,
            ..Drift::default()
        },
        esr: Drift {
            tc1: 2e-3,
            tc2: 1e-5,
            ..Drift::default()
        },
        capacitance: Drift {
            tc1: 1e-3,
            ..Drift::default()
        },
        leakage: Drift {
            activation: 5.1e4,
            ..Drift::default()
        },
        ..Thermal::default()
    };
    let arrhenius = |e: f64| (e / GAS_CONSTANT * (1.0 / 338.15 - 1.0 / 298.15)).exp();
    let mut scaled = cell();
    for e in [Some(&mut scaled.positive), scaled.negative.as_mut()]
        .into_iter()
        .flatten()
    {
        e.r_c *= arrhenius(1.2e4);
        e.r_min *= arrhenius(1.2e4);
        e.r_open *= arrhenius(1.2e4);
        e.c_slit *= 1.04;
        e.c_open *= 1.04;
    }
    scaled.esr *= 1.0 + 40.0 * (2e-3 + 40.0 * 1e-5);
    scaled.r_leak *= arrhenius(5.1e4);
    for (a, b) in currents(&hot).iter().zip(currents(&scaled)) {
        assert!((a / b - 1.0).abs() < 1e-11, "{a} {b}");
    }
}

#[test]
fn at_the_end_of_life_the_part_is_as_stated_and_conditions_double() {
    let ageing = Ageing {
        age: 1500.0,
        age_temperature: 338.15,
        age_voltage: 2.7,
        life: 1500.0,
        life_voltage: 2.7,
        ..Ageing::default()
    };
    let end = ageing.factors();
    assert_eq!((end.esr, end.resistance, end.leakage), (2.0, 2.0, 1.0));
    assert!((end.capacitance - 0.8).abs() < 1e-15);
    let used = |change: fn(&mut Ageing)| {
        let mut other = ageing;
        change(&mut other);
        other.used()
    };
    assert_eq!(used(|a| a.age_temperature -= 10.0), 0.5);
    assert!((used(|a| a.age_voltage -= 0.2) - 0.25).abs() < 1e-15);
    assert_eq!(used(|a| a.age = 3000.0), 2.0);

    let mut old = cell();
    old.ageing = ageing;
    let (old, new) = (Cell::new(&old).unwrap(), Cell::new(&cell()).unwrap());
    assert!((old.capacitance() / new.capacitance() - 0.8).abs() < 1e-14);
}

#[test]
fn cards_keep_temperature_age_and_limits() {
    let text = include_str!("../models/edlc-10f-2v7.toml");
    let more = "[thermal]\nt_ref = 296.15\nesr_ea = 9e3\nr_th = inf\nc_th = 3.5\n\
                [ageing]\nage = 10\nlife = 1500\nlife_voltage = 2.7\n[limits]\nv_max = 2.7\nv_min = 0\n";
    let card = Card::parse(&format!("{text}\n{more}"), "test").unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(card.cell.thermal.temperature, 296.15);
    let again = Card::parse(&card.to_toml(), "again").unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(card.cell, again.cell);
    for (bad, named) in [
        ("[thermal]\nr_th = inf", "c_th"),
        ("[thermal]\ntemperature = 25", "temperature"),
        ("[ageing]\nlife = 0", "life"),
        ("[limits]\nv_max = 1\nv_min = 2", "v_min"),
        ("[ageing]\nage = 1e6\nlife = 1\nage_voltage = 90", "age"),
    ] {
        let error = Card::parse(&format!("{text}\n{bad}"), "test").expect_err(bad);
        assert!(error.to_string().contains(named), "{error}");
    }
}
