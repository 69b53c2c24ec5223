//! The charge form against finite differences, conservation laws and the stepper.

use ncm::cell::{CellParams, ChargeForm};
use ncm::ladder::ElectrodeParams;
use ncm::law::LawKind;
use ncm::stamp::Stepper;
use num_complex::Complex64;

/// Cells of every build: half and whole, equal and unequal, with and without the parts that may be
/// absent.
fn cells() -> Vec<CellParams> {
    let mut cells = Vec::new();
    for law in LawKind::ALL {
        for (r_open, c_open) in [(0.0, 0.0), (2.0, 0.0), (0.0, 3e-8), (2.0, 3e-8)] {
            for (slits, sections) in [(1, 0), (5, 0), (12, 4)] {
                let positive = ElectrodeParams {
                    law,
                    gamma: 0.8,
                    q_max: 16e-9,
                    r_open,
                    c_open,
                    sections,
                    // Some of them with capacitances that rise.
                    c_rise: if slits == 1 { 0.0 } else { 0.7 },
                    u_rise: 0.1,
                    ..ElectrodeParams::new(5.0, 0.08e-6, slits)
                };
                let negative = ElectrodeParams {
                    gamma: -0.4,
                    c_rise: if slits == 12 { 0.3 } else { 0.0 },
                    r_open: 0.5 * r_open,
                    ..ElectrodeParams::new(3.0, 0.05e-6, 7)
                };
                for esr in [0.0, 0.7] {
                    for base in [
                        CellParams::half(positive.clone()),
                        CellParams::symmetric(positive.clone()),
                        CellParams {
                            negative: Some(negative.clone()),
                            ..CellParams::half(positive.clone())
                        },
                    ] {
                        cells.push(CellParams {
                            esr,
                            r_leak: 1e4,
                            area: 1.7,
                            series: 3.0,
                            parallel: 2.0,
                            ..base
                        });
                    }
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

fn eval(form: &ChargeForm, x: &[f64]) -> Arrays {
    let (n, e) = (form.nodes(), form.pattern().len());
    let mut a = Arrays {
        f: vec![f64::NAN; n],
        q: vec![f64::NAN; n],
        g: vec![f64::NAN; e],
        c: vec![f64::NAN; e],
    };
    form.eval(x, &mut a.f, &mut a.q, &mut a.g, &mut a.c)
        .expect("sizes fit");
    a
}

/// Reproducible potentials between -0.6 and 0.6 V.
fn potentials(n: usize, seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..n)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            1.2 * (state >> 11) as f64 / (1u64 << 53) as f64 - 0.6
        })
        .collect()
}

#[test]
fn jacobians_agree_with_differences_and_nothing_is_lost() {
    for (seed, params) in cells().iter().enumerate() {
        let form = ChargeForm::new(params).expect("valid");
        let x = potentials(form.nodes(), seed as u64 + 1);
        let here = eval(&form, &x);
        let scale = |v: &[f64]| v.iter().fold(0.0_f64, |m, y| m.max(y.abs()));
        assert!(here.f.iter().sum::<f64>().abs() < 1e-13 * scale(&here.f));
        assert!(here.q.iter().sum::<f64>().abs() < 1e-13 * scale(&here.q));
        for col in 0..form.nodes() {
            let e = 1e-7;
            let (mut up, mut down) = (x.clone(), x.clone());
            up[col] += e;
            down[col] -= e;
            let (up, down) = (eval(&form, &up), eval(&form, &down));
            for row in 0..form.nodes() {
                let at = form.pattern().iter().position(|&p| p == (row, col));
                let value = |v: &[f64]| at.map_or(0.0, |k| v[k]);
                for (plus, minus, matrix) in [
                    (up.f[row], down.f[row], &here.g),
                    (up.q[row], down.q[row], &here.c),
                ] {
                    let slope = (plus - minus) / (2.0 * e);
                    let error = (slope - value(matrix)).abs();
                    assert!(
                        error < 2e-5 * scale(matrix),
                        "{seed} {row} {col}: {error:e}"
                    );
                }
            }
        }
    }
}

#[test]
fn admittance_of_the_charge_form_is_that_of_the_stepper() {
    for params in &cells() {
        let form = ChargeForm::new(params).expect("valid");
        let mut stepper = Stepper::new(params).expect("valid");
        stepper.set_voltage(0.9).expect("finite");
        // At rest every electrolyte node of an electrode has one potential.
        let mut x = vec![0.0; form.nodes()];
        x[0] = 0.9;
        let rest = {
            let mut u = vec![0.0; stepper.section_count(ncm::cell::Electrode::Positive)];
            stepper.section_voltages(ncm::cell::Electrode::Positive, &mut u);
            0.9 - params.series * u[0]
        };
        x[2..].fill(rest);
        if params.negative.is_none() {
            x[2..].fill(0.0);
        }
        if params.esr > 0.0 {
            x[2] = 0.9;
        }
        let a = eval(&form, &x);
        for omega in [1e4, 1e6, 1e8] {
            let y = reduce(&form, &a, omega);
            let want = stepper.admittance(omega);
            assert!((y - want).norm() < 1e-9 * want.norm(), "{y} {want}");
        }
    }
}

/// Admittance between the terminals by dense elimination.
fn reduce(form: &ChargeForm, a: &Arrays, omega: f64) -> Complex64 {
    let n = form.nodes();
    let mut m = vec![vec![Complex64::ZERO; n]; n];
    for (k, &(row, col)) in form.pattern().iter().enumerate() {
        m[row][col] += Complex64::new(a.g[k], omega * a.c[k]);
    }
    for pivot in (2..n).rev() {
        let (above, below) = m.split_at_mut(pivot);
        let from = &below[0];
        for row in above {
            let factor = row[pivot] / from[pivot];
            for (to, from) in row.iter_mut().zip(&from[..pivot]) {
                *to -= factor * from;
            }
        }
    }
    m[0][0]
}
