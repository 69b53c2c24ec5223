//! The circuit that stands for a run, read off the run itself.
//!
//! R(Q) is that of all slits together (`run.json`). What is left is linear. At rest a slit holds
//! `-Q = C phi_m`, less than `C_slit phi_m` where double layers overlap; a current lowers it by `C_slit` times the potential that
//! drives the current to its middle:
//!
//! ```text
//! -Q_1 = C phi_m - C_slit (R_open I_0 + entry R(Q_1) I_1)      I_0, I_1: through the reservoir, and through the gap of sheet 1
//! ```
//!
//! which least squares over time solves for C, R_open and entry. In the circuit every slit has the capacitance C, and
//! resistances are larger by C_slit/C, so that R C is what it was. The charge outside the slits gives C_open.

use super::PaperError;
use super::bench::Finished;
use crate::ladder::ElectrodeParams;
use crate::mpnp::analysis::{charge_scale, time_weights};

/// The half cell of a run.
pub fn electrode(run: &Finished) -> Result<ElectrodeParams, PaperError> {
    let report = run.report();
    let (r_c, gamma) = (report.mean("r_c_ohm"), report.mean("gamma"));
    let c_slit = report.mean("c_slit_F");
    let scale = charge_scale(&run.samples);
    let weights = time_weights(&run.samples);
    let rows: Vec<([f64; 3], f64)> = run
        .samples
        .iter()
        .map(|s| {
            let q = s.slits[0].charge;
            let r = r_c * (1.0 - gamma * q.abs() / scale);
            let i_open = s.metal_current;
            let i_mouth = s.mouth.total();
            ([s.phi_m, -c_slit * i_open, -c_slit * r * i_mouth], -q)
        })
        .collect();
    let Some([c, r_open, entry]) = least_squares(&rows, &weights) else {
        return Err(PaperError::Missing {
            what: "current enough to tell its capacitance from its resistance".into(),
            folder: run.folder.clone(),
        });
    };
    let larger = c_slit / c;
    let outside: Vec<([f64; 1], f64)> = run
        .samples
        .iter()
        .map(|s| {
            let slits: f64 = s.slits.iter().map(|s| s.charge).sum();
            (
                [s.phi_m - larger * r_open * s.metal_current],
                s.metal_charge + slits,
            )
        })
        .collect();
    let c_open = least_squares(&outside, &weights).map_or(0.0, |[c]| c);
    Ok(ElectrodeParams {
        gamma,
        q_max: scale,
        // A run can leave these a little below nothing, which no circuit has.
        r_open: (larger * r_open).max(0.0),
        c_open: c_open.max(0.0),
        entry: entry.max(0.05),
        ..ElectrodeParams::new(r_c * larger, c, run.slits() as u64)
    })
}

/// The transmission line: the same with a constant resistance.
pub fn line(electrode: &ElectrodeParams) -> ElectrodeParams {
    ElectrodeParams {
        gamma: 0.0,
        expression: None,
        ..electrode.clone()
    }
}

/// Coefficients of `y = sum a_k x_k` with weights, by the normal equations; `None` where the columns cannot be told
/// apart.
fn least_squares<const N: usize>(rows: &[([f64; N], f64)], weights: &[f64]) -> Option<[f64; N]> {
    // Columns scaled to the same size, so that pivots can be judged.
    let mut size = [0.0f64; N];
    for (x, _) in rows {
        for k in 0..N {
            size[k] = size[k].max(x[k].abs());
        }
    }
    let mut a = [[0.0; N]; N];
    let mut b = [0.0; N];
    let mut all = 0.0;
    for ((x, y), w) in rows.iter().zip(weights) {
        all += w;
        for k in 0..N {
            for j in 0..N {
                a[k][j] += w * x[k] * x[j] / (size[k] * size[j]);
            }
            b[k] += w * x[k] * y / size[k];
        }
    }
    for k in 0..N {
        let pivot = a[k];
        if pivot[k].is_nan() || pivot[k] <= 1e-9 * all {
            return None;
        }
        for row in k + 1..N {
            let factor = a[row][k] / pivot[k];
            for (x, p) in a[row].iter_mut().zip(&pivot) {
                *x -= factor * p;
            }
            b[row] -= factor * b[k];
        }
    }
    let mut solution = [0.0; N];
    for k in (0..N).rev() {
        let known: f64 = (k + 1..N).map(|j| a[k][j] * solution[j]).sum();
        solution[k] = (b[k] - known) / a[k][k];
    }
    for k in 0..N {
        solution[k] /= size[k];
    }
    Some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn least_squares_gives_back_the_coefficients() {
        let rows: Vec<([f64; 3], f64)> = (0..50)
            .map(|k| {
                let t = 0.1 * f64::from(k);
                let x = [t.sin(), 1e-6 * t.cos(), 1e3 * t * t];
                (x, 2.0 * x[0] - 3e6 * x[1] + 0.5 * x[2])
            })
            .collect();
        let [a, b, c] = least_squares(&rows, &[1.0; 50]).expect("a solution");
        assert!((a - 2.0).abs() < 1e-9 && (b / -3e6 - 1.0).abs() < 1e-9 && (c - 0.5).abs() < 1e-9);
        let same: Vec<([f64; 2], f64)> = (0..50).map(|k| ([f64::from(k); 2], 1.0)).collect();
        assert!(least_squares(&same, &[1.0; 50]).is_none());
    }
}
