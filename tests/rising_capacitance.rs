//! Capacitance that rises with voltage, in the kernel, against closed forms, orders and balances.

use ncm::cell::{CellParams, Electrode};
use ncm::experiment::{CvProgram, StepProgram, cv, step};
use ncm::ladder::{ElectrodeParams, Rise};
use ncm::law::LawKind;
use ncm::stamp::Stepper;

const C: f64 = 0.08e-6;

fn electrode(c_rise: f64, u_rise: f64, gamma: f64, slits: u64) -> ElectrodeParams {
    ElectrodeParams {
        gamma,
        q_max: 16e-9,
        c_rise,
        u_rise,
        ..ElectrodeParams::new(5.0, C, slits)
    }
}

fn unequal() -> CellParams {
    CellParams {
        negative: Some(ElectrodeParams {
            c_slit: 0.05e-6,
            ..electrode(-0.3, 0.4, -0.4, 4)
        }),
        esr: 0.7,
        ..CellParams::half(electrode(0.8, 0.15, 0.5, 6))
    }
}

/// C(u)/C(0), from the formula.
fn ratio(u: f64, c_rise: f64, u_rise: f64) -> f64 {
    1.0 + c_rise * (1.0 - (1.0 + (u / u_rise).powi(2)).powf(-1.5))
}

#[test]
fn slow_voltammogram_draws_the_capacitance() {
    // The current lags by RC/sweep = 1e-5 of the voltage.
    let slits = 5;
    let params = CellParams::half(electrode(0.6, 0.3, 0.5, slits));
    let rate = 1.0;
    let trace = cv(&params, &CvProgram::between(0.0, 1.0, rate, 1)).expect("runs");
    let mut seen = 0;
    for (v, i) in trace.v.iter().zip(&trace.i).take(trace.v.len() / 2) {
        if (0.05..0.95).contains(v) {
            let want = rate * slits as f64 * C * ratio(*v, 0.6, 0.3);
            assert!((i / want - 1.0).abs() < 2e-4, "{v} V: {i} {want}");
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen}");
}

#[test]
fn small_signal_sees_the_capacitance_at_its_bias() {
    for bias in [-2.0, -0.3, 0.0, 0.1, 0.7, 2.4] {
        // Two equal electrodes, each at half the voltage; three cells on top of each other.
        let mut params = CellParams::symmetric(electrode(0.6, 0.3, 0.5, 5));
        params.series = 3.0;
        let mut cell = Stepper::new(&params).expect("valid");
        cell.set_voltage(bias).expect("finite");
        let omega = 1e-3;
        let seen = cell.admittance(omega).im / omega;
        let want = 5.0 * C / 6.0 * ratio(bias / 6.0, 0.6, 0.3);
        assert!((seen / want - 1.0).abs() < 1e-12, "{bias} V: {seen} {want}");
        assert!((cell.cell().capacitance_at(bias) / want - 1.0).abs() < 1e-13);
    }
    // Unequal electrodes share the voltage so that both hold the same charge.
    let params = unequal();
    let mut cell = Stepper::new(&params).expect("valid");
    for bias in [-1.0, 0.2, 1.3] {
        cell.set_voltage(bias).expect("finite");
        let (mut u, mut w) = ([0.0; 6], [0.0; 4]);
        cell.section_voltages(Electrode::Positive, &mut u);
        cell.section_voltages(Electrode::Negative, &mut w);
        assert!((u[0] - w[0] - bias).abs() < 1e-15);
        let c = 6.0 * C * ratio(u[0], 0.8, 0.15);
        let d = 4.0 * 0.05e-6 * ratio(w[0], -0.3, 0.4);
        let want = c * d / (c + d);
        let seen = cell.admittance(1e-3).im / 1e-3;
        assert!((seen / want - 1.0).abs() < 1e-12, "{bias} V: {seen} {want}");
        let charge = |c: f64, u: f64, rise: Option<Rise>| c * rise.map_or(u, |r| r.charge(u).0);
        let of = |r: f64, u: f64| Rise::new(r, u).expect("valid");
        let q = charge(6.0 * C, u[0], of(0.8, 0.15));
        let p = charge(-4.0 * 0.05e-6, w[0], of(-0.3, 0.4));
        assert!((q / p - 1.0).abs() < 1e-14 && (cell.charge() / q - 1.0).abs() < 1e-14);
    }
}

#[test]
fn stored_energy_is_the_integral_of_voltage_over_charge() {
    for params in [
        CellParams::symmetric(electrode(0.6, 0.3, 0.5, 5)),
        unequal(),
    ] {
        let mut cell = Stepper::new(&params).expect("valid");
        let mut sum = 0.0;
        let piece = 0.05;
        let nodes = [0.238619186083197, 0.661209386466265, 0.932469514203152];
        let weights = [0.467913934572691, 0.360761573048139, 0.171324492379170];
        for k in 0..40 {
            for (x, weight) in nodes.iter().zip(weights) {
                for x in [-x, *x] {
                    let v = piece * (f64::from(k) + 0.5 + 0.5 * x);
                    sum += 0.5 * piece * weight * v * cell.cell().capacitance_at(v);
                }
            }
            cell.set_voltage(piece * f64::from(k + 1)).expect("finite");
            let energy = cell.stored_energy();
            assert!((energy / sum - 1.0).abs() < 1e-9, "{k}: {energy} {sum}");
        }
    }
}

/// Charge after a smooth drive, on steps that alternate between long and short.
fn charge_at_end(params: &CellParams, steps: usize) -> f64 {
    let mut cell = Stepper::new(params).expect("valid");
    let end = 4e-6;
    let drive = |t: f64| 0.1 * (1.0 - (std::f64::consts::PI * t / end).cos());
    let unit = end / (1.5 * steps as f64);
    let mut t = 0.0;
    for k in 0..steps {
        let h = if k % 2 == 0 { unit } else { 2.0 * unit };
        t += h;
        cell.try_voltage(h, drive(t)).expect("converges");
        cell.accept();
    }
    cell.charge()
}

#[test]
fn second_order_on_unequal_steps() {
    for law in LawKind::ALL {
        for c_rise in [-0.5, 0.4, 3.0] {
            for gamma in [0.0, 0.5] {
                let mut params = CellParams::symmetric(ElectrodeParams {
                    law,
                    r_open: 2.0,
                    c_open: 0.02e-6,
                    ..electrode(c_rise, 0.05, gamma, 6)
                });
                params.esr = 1.0;
                let q: Vec<f64> = [400, 800, 1600]
                    .iter()
                    .map(|n| charge_at_end(&params, *n))
                    .collect();
                let order = ((q[1] - q[0]) / (q[2] - q[1])).abs().log2();
                assert!(
                    (order - 2.0).abs() < 0.15,
                    "{law:?} {c_rise} {gamma}: {order}"
                );
            }
        }
    }
}

#[test]
fn stepper_and_integrator_agree() {
    for params in [
        CellParams::symmetric(electrode(0.6, 0.1, 0.5, 6)),
        unequal(),
    ] {
        let program = StepProgram {
            tolerance: 1e-10,
            points: 4,
            decades: 0.0,
            ..StepProgram::to(0.0, 0.4, 4e-6)
        };
        let exact = *step(&params, &program)
            .expect("runs")
            .q
            .last()
            .expect("samples");
        let at = |steps: usize| {
            let mut cell = Stepper::new(&params).expect("valid");
            for k in 0..steps {
                // Short steps first, where the charge rushes in.
                let edge = |k: usize| 4e-6 * (k as f64 / steps as f64).powi(3);
                cell.try_voltage(edge(k + 1) - edge(k), 0.4)
                    .expect("converges");
                cell.accept();
            }
            cell.charge()
        };
        let (coarse, fine) = (at(2000), at(4000));
        // Without what is left of the second order.
        let limit = fine + (fine - coarse) / 3.0;
        assert!((limit / exact - 1.0).abs() < 1e-6, "{limit} {exact}");
        assert!(((coarse - exact) / (fine - exact) - 4.0).abs() < 0.5);
    }
}

#[test]
fn charge_on_the_electrode_is_what_the_terminals_brought() {
    let params = CellParams::symmetric(electrode(0.7, 0.1, 0.9, 20));
    let mut cell = Stepper::new(&params).expect("valid");
    // Backward Euler, whose sum of charges is plain: a restart before every step.
    let mut brought = 0.0_f64;
    let mut moved = 0.0_f64;
    for k in 0..5000 {
        let h = 1e-8 * (1.0 + f64::from(k % 7));
        let v = 0.5 * (f64::from(k) * 0.013).sin();
        cell.restart();
        let companion = cell.try_voltage(h, v).expect("converges");
        cell.accept();
        brought += companion.i * h;
        moved += (companion.i * h).abs();
        let error = (cell.charge() - brought).abs();
        assert!(
            error <= 1e-13 * moved + 1e-30,
            "{k}: {error:e} of {moved:e} C"
        );
    }
}

#[test]
fn conductance_is_the_derivative_of_the_current() {
    for params in [
        CellParams::symmetric(electrode(0.9, 0.1, 0.8, 9)),
        unequal(),
    ] {
        let mut cell = Stepper::new(&params).expect("valid");
        cell.set_voltage(0.2).expect("finite");
        for (h, v) in [(1e-8, 0.25), (1e-6, 0.1), (1e-4, -0.6)] {
            let d = 1e-5;
            let i = |cell: &mut Stepper, v: f64| cell.try_voltage(h, v).expect("converges").i;
            let slope = (i(&mut cell, v + d) - i(&mut cell, v - d)) / (2.0 * d);
            let companion = cell.try_voltage(h, v).expect("converges");
            assert!(
                (slope / companion.di_dv - 1.0).abs() < 1e-5,
                "{h} {v}: {slope} {}",
                companion.di_dv
            );
        }
    }
}

#[test]
fn a_rise_of_next_to_nothing_is_none() {
    let run = |c_rise: f64| {
        let params = CellParams {
            negative: Some(electrode(c_rise, 0.2, 0.3, 4)),
            ..CellParams::half(electrode(c_rise, 0.2, 0.5, 40))
        };
        let trace = cv(&params, &CvProgram::between(0.0, 0.4, 4e4, 1)).expect("runs");
        (charge_at_end(&params, 300), trace)
    };
    let ((q, trace), (q_0, trace_0)) = (run(1e-300), run(0.0));
    assert!((q / q_0 - 1.0).abs() < 1e-12);
    let top = trace_0.i.iter().fold(0.0_f64, |m, i| m.max(i.abs()));
    assert_eq!(trace.i.len(), trace_0.i.len());
    for (i, i_0) in trace.i.iter().zip(&trace_0.i) {
        assert!((i - i_0).abs() < 1e-9 * top, "{i} {i_0} {top}");
    }
}

#[test]
fn harsh_steps_converge_or_are_refused() {
    let params = CellParams::symmetric(electrode(0.6, 0.4, 0.9, 30));
    let mut cell = Stepper::new(&params).expect("valid");
    let mut refused = 0;
    for k in 0..400 {
        let v = 20.0 * (f64::from(k) * 1.7).sin();
        let h = 10f64.powf(-9.0 + f64::from(k % 13) * 0.7);
        match cell.try_voltage(h, v) {
            Ok(companion) => {
                assert!(companion.i.is_finite() && companion.di_dv.is_finite());
                cell.accept();
            }
            Err(_) => refused += 1,
        }
    }
    assert!(refused <= 4, "{refused} of 400 refused");
}

#[test]
fn delivered_energy_is_stored_or_dissipated() {
    let mut params = unequal();
    params.r_leak = 1e3;
    let gap = |steps: usize| {
        let mut cell = Stepper::new(&params).expect("valid");
        let h = 10e-6 / steps as f64;
        let (mut delivered, mut heat, mut before) = (0.0, 0.0, (0.0, 0.0));
        for k in 1..=steps {
            let v = 0.3 * (1.0 - (2e5 * h * k as f64).cos());
            let i = cell.try_voltage(h, v).expect("converges").i;
            cell.accept();
            let now = (v * i, cell.dissipation());
            delivered += 0.5 * h * (before.0 + now.0);
            heat += 0.5 * h * (before.1 + now.1);
            before = now;
        }
        (delivered - heat - cell.stored_energy()) / delivered
    };
    let (coarse, fine) = (gap(2000), gap(4000));
    assert!(fine.abs() < 1e-5, "{fine:e}");
    let order = (coarse / fine).abs().log2();
    assert!((order - 2.0).abs() < 0.3, "{order}: {coarse:e} {fine:e}");
}
