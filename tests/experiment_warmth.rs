//! Stand-alone experiments of cells that warm themselves, pass limits or have a history: closed forms, and the stepper,
//! which integrates the same equations by another rule.

use ncm::cell::{CellParams, Drift, Limits, Thermal};
use ncm::experiment::{CvProgram, GcdProgram, History, StepProgram, cv, gcd, step};
use ncm::ladder::ElectrodeParams;
use ncm::stamp::{Breach, Stepper};

fn cell(thermal: Thermal) -> CellParams {
    CellParams {
        esr: 0.05,
        r_leak: 200.0,
        thermal,
        ..CellParams::symmetric(ElectrodeParams {
            gamma: 0.6,
            q_max: 0.15,
            r_open: 0.02,
            ..ElectrodeParams::new(0.03, 0.1, 20)
        })
    }
}

fn drifting(r_th: f64, c_th: f64) -> Thermal {
    Thermal {
        resistance: Drift {
            activation: 1.5e4,
            ..Drift::default()
        },
        esr: Drift {
            tc1: 4e-3,
            ..Drift::default()
        },
        capacitance: Drift {
            tc1: 1e-3,
            ..Drift::default()
        },
        r_th,
        c_th,
        ..Thermal::default()
    }
}

#[test]
fn a_resistance_warms_as_its_equation_says() {
    // ESR alone: c dT/dt = i^2 r (1 + a (T - T_0)) - (T - T_0)/R is linear in T - T_0.
    let (i, r, a, r_th, c_th) = (3.0, 0.1, 5e-3, 10.0, 1.5);
    let mut params = cell(Thermal {
        esr: Drift {
            tc1: a,
            ..Drift::default()
        },
        r_th,
        c_th,
        ..Thermal::default()
    });
    params.esr = r;
    params.r_leak = f64::INFINITY;
    params.positive = ElectrodeParams::new(1e-9, 20.0, 1);
    params.negative = Some(params.positive.clone());
    let trace = gcd(&params, &GcdProgram::between(0.0, 2.0, i, 2)).expect("runs");
    let loss = 1.0 / r_th - i * i * r * a;
    let at = |t: f64| i * i * r / loss * (1.0 - (-t * loss / c_th).exp());
    for (t, kelvin) in trace.t_s.iter().zip(&trace.temperature) {
        let rise = kelvin - 298.15;
        assert!(
            (rise - at(*t)).abs() < 2e-4 * at(*t) + 1e-9,
            "{t} s: {rise} K for {}",
            at(*t)
        );
    }
    assert!(at(*trace.t_s.last().expect("samples")) > 5.0);
}

#[test]
fn warmth_is_that_of_the_stepper() {
    for (r_th, c_th) in [(8.0, 0.5), (f64::INFINITY, 1.0), (4.0, 0.0)] {
        // A temperature that jumps with the current is met less well.
        let charge_off = if c_th == 0.0 { 4e-3 } else { 2e-3 };
        let params = cell(drifting(r_th, c_th));
        let program = StepProgram {
            decades: 0.0,
            points: 40,
            ..StepProgram::to(0.5, 2.5, 2.0)
        };
        let trace = step(&params, &program).expect("runs");
        let mut stepper = Stepper::new(&params).expect("valid");
        stepper.set_voltage(0.5).expect("a voltage");
        // Short steps where the current still falls steeply.
        let (mut t, mut h) = (0.0, 1e-7);
        for (k, end) in trace.t_s.iter().enumerate() {
            while t < *end {
                let to = (t + h).min(*end);
                stepper.try_voltage(to - t, 2.5).expect("converges");
                stepper.accept();
                t = to;
                h = (1.02 * h).min(5e-4);
            }
            if k == 0 {
                continue;
            }
            let (rise, other) = (
                trace.temperature[k] - 298.15,
                stepper.temperature() - 298.15,
            );
            let largest = trace
                .temperature
                .iter()
                .fold(0.0, |m: f64, t| m.max(t - 298.15));
            assert!(
                (rise - other).abs() < 0.01 * largest,
                "r_th {r_th}, c_th {c_th}, {end} s: {rise} K, stepper {other} K"
            );
            assert!(
                (trace.q[k] - stepper.charge()).abs() < charge_off * stepper.charge(),
                "{end} s: {} C, stepper {} C",
                trace.q[k],
                stepper.charge()
            );
            assert!((trace.energy[k] - stepper.stored_energy()).abs() < 4e-3 * trace.energy[k]);
        }
    }
}

#[test]
fn without_thermal_resistance_nothing_changes() {
    let cold = cell(Thermal::default());
    let trace = cv(&cold, &CvProgram::between(0.0, 1.0, 0.02, 1)).expect("runs");
    assert!(trace.temperature.iter().all(|t| *t == 298.15));
    // 20 slits of 0.1 F in each of two electrodes in series.
    let full = trace.energy.iter().fold(0.0, |m: f64, e| m.max(*e));
    assert!((full / 0.5 - 1.0).abs() < 0.05, "{full} J");
}

#[test]
fn passed_limits_are_told_with_time_and_value() {
    let mut params = cell(Thermal::default());
    params.limits = Limits {
        v_max: 0.8,
        i_max: 0.08,
        ..Limits::default()
    };
    let trace = cv(&params, &CvProgram::between(0.0, 1.0, 0.1, 2)).expect("runs");
    let over = trace
        .passed
        .iter()
        .find(|p| p.breach == Breach::OverVoltage)
        .expect("0.8 V are passed");
    assert_eq!(over.tally.count, 2);
    assert!((over.tally.worst - 1.0).abs() < 1e-9);
    // At 0.1 V/s, sampled every 50 ms.
    assert!((8.0..=8.1).contains(&over.first_s), "{}", over.first_s);
    let current = trace
        .passed
        .iter()
        .find(|p| p.breach == Breach::OverCurrent);
    assert!(current.is_some_and(|c| c.tally.worst.abs() > 0.09));
    assert_eq!(trace.passed.len(), 2);
}

#[test]
fn a_history_is_the_charge_that_a_ramp_leaves() {
    let params = cell(Thermal::default());
    let rate = 50.0;
    let up = cv(
        &params,
        &CvProgram {
            points: 200,
            ..CvProgram::between(0.0, 2.0, rate, 1)
        },
    )
    .expect("runs");
    let top = up.q[100];
    let ramped = StepProgram {
        history: History::new(0.0, rate, 0.0).expect("in range"),
        ..StepProgram::to(2.0, 2.0, 1e-3)
    };
    let from = step(&params, &ramped).expect("runs").q[0];
    assert!((from / top - 1.0).abs() < 1e-6, "{from} {top}");
    // Far less than at rest.
    let rest = step(&params, &StepProgram::to(2.0, 2.0, 1e-3))
        .expect("runs")
        .q[0];
    assert!(from < 0.9 * rest, "{from} {rest}");
    // A long rest spreads it evenly: the leak takes a little.
    let rested = StepProgram {
        history: History::new(0.0, rate, 5.0).expect("in range"),
        ..ramped
    };
    let after = step(&params, &rested).expect("runs").q[0];
    assert!(after < from && after > 0.9 * from, "{after} {from}");
}
