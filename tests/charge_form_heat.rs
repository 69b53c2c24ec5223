//! The charge form with the cell's temperature among its unknowns: derivatives, energy, limits.

use ncm::cell::{CellParams, ChargeForm, Drift, Thermal, ThermalPort};
use ncm::ladder::ElectrodeParams;
use ncm::law::LawKind;

/// Cells of several builds whose values all depend on temperature.
fn cells() -> Vec<CellParams> {
    let drift = |activation, tc1, tc2| Drift {
        activation,
        tc1,
        tc2,
    };
    let thermal = Thermal {
        temperature: 310.0,
        resistance: drift(1.5e4, 1e-3, 0.0),
        esr: drift(0.0, 4e-3, 1e-5),
        capacitance: drift(-2e3, 2e-3, 0.0),
        leakage: drift(4e4, 0.0, 0.0),
        r_th: 2e4,
        c_th: 3e-6,
        ..Thermal::default()
    };
    let mut cells = Vec::new();
    for (k, law) in LawKind::ALL.into_iter().enumerate() {
        for (r_open, c_open, esr) in [
            (0.0, 0.0, 0.7),
            (2.0, 0.0, 0.0),
            (0.0, 3e-8, 0.0),
            (2.0, 3e-8, 0.7),
        ] {
            let positive = ElectrodeParams {
                law,
                gamma: 0.8,
                q_max: 16e-9,
                r_open,
                c_open,
                c_rise: if k == 1 { 0.7 } else { 0.0 },
                u_rise: 0.1,
                ..ElectrodeParams::new(5.0, 0.08e-6, 3)
            };
            let negative = ElectrodeParams {
                gamma: -0.4,
                ..ElectrodeParams::new(3.0, 0.05e-6, 2)
            };
            for negative in [None, Some(negative)] {
                for r_th in [0.0, 2e4, f64::INFINITY] {
                    cells.push(CellParams {
                        negative: negative.clone(),
                        esr,
                        r_leak: 1e3,
                        series: if negative.is_some() { 2.0 } else { 1.0 },
                        area: 1.7,
                        thermal: Thermal { r_th, ..thermal },
                        ..CellParams::half(positive.clone())
                    });
                }
            }
        }
    }
    cells
}

struct Arrays {
    f: Vec<f64>,
    q: Vec<f64>,
    g: Vec<f64>,
    c: Vec<f64>,
}

/// What heats: all losses, or the leakage at rest.
#[derive(Debug, Clone, Copy)]
enum Heat {
    All,
    Leakage(Option<f64>),
}

fn eval(form: &ChargeForm, heat: Heat, x: &[f64]) -> Arrays {
    let (n, e) = (form.nodes(), form.pattern().len());
    let [mut f, mut q] = [0, 1].map(|_| vec![f64::NAN; n]);
    let [mut g, mut c] = [0, 1].map(|_| vec![f64::NAN; e]);
    match heat {
        Heat::All => form.eval(x, &mut f, &mut q, &mut g, &mut c),
        Heat::Leakage(held) => form.eval_at_rest(held, x, &mut f, &mut q, &mut g, &mut c),
    }
    .expect("sizes fit");
    Arrays { f, q, g, c }
}

/// Reproducible potentials between -0.6 and 0.6 V, and temperatures between -30 and 30 K above the given one.
fn unknowns(form: &ChargeForm, seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let electrical = form.thermal_nodes().map_or(form.nodes(), |t| t.cell);
    (0..form.nodes())
        .map(|node| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let share = 2.0 * (state >> 11) as f64 / (1u64 << 53) as f64 - 1.0;
            share * if node < electrical { 0.6 } else { 30.0 }
        })
        .collect()
}

fn largest(v: impl IntoIterator<Item = f64>) -> f64 {
    v.into_iter().fold(0.0_f64, |m, y| m.max(y.abs()))
}

#[test]
fn derivatives_of_currents_charges_and_heat_agree_with_differences() {
    let mut worst = 0.0_f64;
    for (seed, params) in cells().iter().enumerate() {
        for port in [ThermalPort::Inside, ThermalPort::Outside] {
            for heat in [Heat::All, Heat::Leakage(None), Heat::Leakage(Some(0.4))] {
                let form = ChargeForm::with_temperature(params, port).expect("valid");
                let x = unknowns(&form, seed as u64 + 1);
                let here = eval(&form, heat, &x);
                let thermal = form.thermal_nodes().map_or(form.nodes(), |t| t.cell);
                for col in 0..form.nodes() {
                    let e = if col < thermal { 1e-7 } else { 1e-4 };
                    let (mut up, mut down) = (x.clone(), x.clone());
                    up[col] += e;
                    down[col] -= e;
                    let (up, down) = (eval(&form, heat, &up), eval(&form, heat, &down));
                    for row in 0..form.nodes() {
                        let at = form.pattern().iter().position(|&p| p == (row, col));
                        // Volts and kelvins have scales of their own.
                        let alike = |&(r, c): &(usize, usize)| {
                            (r < thermal, c < thermal) == (row < thermal, col < thermal)
                        };
                        for (plus, minus, matrix) in [
                            (up.f[row], down.f[row], &here.g),
                            (up.q[row], down.q[row], &here.c),
                        ] {
                            let slope = (plus - minus) / (2.0 * e);
                            let value = at.map_or(0.0, |k| matrix[k]);
                            let entries = form.pattern().iter().zip(matrix.iter());
                            let scale = largest(entries.filter(|(p, _)| alike(p)).map(|(_, m)| *m));
                            let error = (slope - value).abs();
                            worst = worst.max(if error > 0.0 { error / scale } else { 0.0 });
                            assert!(
                                error <= 2e-5 * scale,
                                "{seed} {port:?} {heat:?} {row} {col}: {slope} {value}"
                            );
                        }
                    }
                }
            }
        }
    }
    println!("largest difference, of the largest entry of its kind: {worst:.1e}");
}

#[test]
fn all_electrical_power_becomes_heat_and_no_heat_is_lost() {
    for (seed, params) in cells().iter().enumerate() {
        let form = ChargeForm::with_temperature(params, ThermalPort::Outside).expect("valid");
        let thermal = form.thermal_nodes().expect("asked for");
        let x = unknowns(&form, seed as u64 + 1);
        let here = eval(&form, Heat::All, &x);
        let power: f64 = (0..thermal.cell).map(|k| x[k] * here.f[k]).sum();
        let (case, reference) = (
            thermal.case.expect("a port"),
            thermal.reference.expect("a port"),
        );
        let r_th = params.thermal.r_th / params.cells();
        let cooling = match r_th > 0.0 {
            true => (x[thermal.cell] - x[case]) / r_th,
            false => 0.0,
        };
        assert!(((cooling - here.f[thermal.cell]) / power - 1.0).abs() < 1e-9);
        assert!((form.readout(&x).dissipation / power - 1.0).abs() < 1e-9);
        let rows = [thermal.cell, case, reference];
        let mut sum: f64 = rows.iter().map(|row| here.f[*row]).sum();
        if case == thermal.cell {
            sum -= here.f[case];
        }
        assert!(sum.abs() < 1e-12 * power, "{sum:e}");
        // At rest the leakage alone heats.
        let rest = eval(&form, Heat::Leakage(None), &x);
        let leakage = form.leakage_at(&x).0 * (x[0] - x[1]).powi(2);
        if r_th.is_finite() {
            assert!(
                (cooling - rest.f[thermal.cell] - leakage).abs() < 1e-9 * (leakage + cooling.abs())
            );
        } else {
            assert_eq!(rest.f[thermal.cell], x[thermal.cell] - x[case]);
        }
    }
}

#[test]
fn without_a_rise_the_form_is_the_one_of_a_fixed_temperature() {
    for (seed, params) in cells().iter().enumerate() {
        let fixed = ChargeForm::new(params).expect("valid");
        let warm = ChargeForm::with_temperature(params, ThermalPort::Inside).expect("valid");
        if params.thermal.r_th == 0.0 {
            assert_eq!(warm.thermal_nodes(), None);
            continue;
        }
        let n = fixed.nodes();
        let mut x = unknowns(&warm, seed as u64 + 1);
        x[n..].fill(0.0);
        let (a, b) = (eval(&fixed, Heat::All, &x[..n]), eval(&warm, Heat::All, &x));
        assert_eq!((&a.f[..], &a.q[..]), (&b.f[..n], &b.q[..n]));
        assert_eq!(warm.temperature(&x), Some(310.0));
        assert_eq!(
            warm.readout(&x).stored_energy,
            fixed.readout(&x).stored_energy
        );
    }
}
