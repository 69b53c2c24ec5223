//! The three-branch model of Zubieta & Bonert 2000 (doi 10.1109/28.821819): a rival to compare with, not
//! a part that cards can hold.
//!
//! ```text
//! v --+-- R_i -- C_i(v_i) = C_i0 + C_i1 v_i     (differential)
//!     +-- R_d -- C_d
//!     +-- R_l -- C_l
//!     +-- R_leak
//! ```
//!
//! In time by a two-stage, L-stable, diagonally implicit Runge-Kutta method of order 2 with steps of at
//! most 1/400 of a record: far below any noise.

#![allow(
    clippy::needless_range_loop,
    reason = "indices of matrices read better than iterators over them"
)]

use num_complex::Complex64;

use super::drive::Piece;
use crate::experiment::Drive;

/// Parameters, SI units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Zubieta {
    pub r: [f64; 3],
    /// Capacitance at 0 V.
    pub c: [f64; 3],
    /// Rise of the first capacitance, F/V.
    pub c_rise: f64,
    pub r_leak: f64,
}

const DIAGONAL: f64 = 1.0 - std::f64::consts::FRAC_1_SQRT_2;

/// Smallest share of its value at 0 V that the first capacitance may fall to.
const FLOOR: f64 = 0.05;

impl Zubieta {
    fn capacitance(&self, branch: usize, v: f64) -> f64 {
        match branch {
            0 => (self.c[0] + self.c_rise * v).max(FLOOR * self.c[0]),
            k => self.c[k],
        }
    }

    pub fn impedance(&self, bias: f64, omega: f64) -> Complex64 {
        let y: Complex64 = (0..3)
            .map(|k| {
                let c = self.capacitance(k, bias);
                (self.r[k] + Complex64::new(0.0, omega * c).inv()).inv()
            })
            .sum();
        (y + 1.0 / self.r_leak).inv()
    }

    fn slopes(&self, u: &[f64; 3], t: f64, drive: Drive) -> [f64; 3] {
        let v = self.terminals(u, t, drive).0;
        std::array::from_fn(|k| (v - u[k]) / (self.r[k] * self.capacitance(k, u[k])))
    }

    /// Voltage and current at the terminals.
    pub fn terminals(&self, u: &[f64; 3], t: f64, drive: Drive) -> (f64, f64) {
        let g: f64 = self.r.iter().map(|r| 1.0 / r).sum::<f64>() + 1.0 / self.r_leak;
        let source: f64 = u.iter().zip(&self.r).map(|(u, r)| u / r).sum();
        match drive {
            Drive::Voltage { v, rate, t_0 } => {
                let v = v + rate * (t - t_0);
                (v, g * v - source)
            }
            Drive::Current(i) => ((i + source) / g, i),
        }
    }

    /// One implicit stage: `k = f(base + h DIAGONAL k)` by Newton's method with a Jacobian from differences.
    fn stage(
        &self,
        base: &[f64; 3],
        guess: [f64; 3],
        t: f64,
        h: f64,
        drive: Drive,
    ) -> Option<[f64; 3]> {
        let at = |k: &[f64; 3]| -> [f64; 3] {
            let u: [f64; 3] = std::array::from_fn(|j| base[j] + h * DIAGONAL * k[j]);
            let f = self.slopes(&u, t, drive);
            std::array::from_fn(|j| k[j] - f[j])
        };
        let mut k = guess;
        for _ in 0..8 {
            let f = at(&k);
            let mut a = [[0.0; 4]; 3];
            for column in 0..3 {
                let step = 1e-6 * k[column].abs().max(1e-6);
                let mut moved = k;
                moved[column] += step;
                let g = at(&moved);
                for row in 0..3 {
                    a[row][column] = (g[row] - f[row]) / step;
                }
            }
            for row in 0..3 {
                a[row][3] = -f[row];
            }
            let d = solve(a)?;
            let size = k.iter().map(|x| x.abs()).fold(1e-9, f64::max);
            for (k, d) in k.iter_mut().zip(&d) {
                *k += d;
            }
            if d.iter().all(|d| d.abs() < 1e-7 * size) {
                return Some(k);
            }
        }
        k.iter().all(|k| k.is_finite()).then_some(k)
    }

    /// Voltage and current at rising times from the state `u`, which is moved along.
    pub fn run(
        &self,
        u: &mut [f64; 3],
        pieces: &[Piece],
        times: &[f64],
    ) -> Option<Vec<(f64, f64)>> {
        let end = pieces.last()?.end;
        let longest = (end - times.first()?).max(1e-300) / 400.0;
        let mut out = Vec::with_capacity(times.len());
        let mut piece = pieces.iter();
        let mut now = piece.next()?;
        let mut t = times[0];
        for &goal in times {
            while t < goal {
                while t >= now.end {
                    match piece.next() {
                        Some(next) => now = next,
                        None => break,
                    }
                }
                let stop = if now.end > t { goal.min(now.end) } else { goal };
                let steps = ((stop - t) / longest).ceil().max(1.0);
                let h = (stop - t) / steps;
                for _ in 0..steps as usize {
                    let first = self.slopes(u, t, now.drive);
                    let k1 = self.stage(u, first, t + DIAGONAL * h, h, now.drive)?;
                    let base: [f64; 3] =
                        std::array::from_fn(|j| u[j] + h * (1.0 - DIAGONAL) * k1[j]);
                    let k2 = self.stage(&base, k1, t + h, h, now.drive)?;
                    for j in 0..3 {
                        u[j] = base[j] + h * DIAGONAL * k2[j];
                    }
                    t += h;
                }
                t = stop;
            }
            out.push(self.terminals(u, t, now.drive));
        }
        Some(out)
    }
}

/// Gauss elimination with row exchange.
fn solve(mut a: [[f64; 4]; 3]) -> Option<[f64; 3]> {
    for j in 0..3 {
        let pivot = (j..3).max_by(|p, q| a[*p][j].abs().total_cmp(&a[*q][j].abs()))?;
        a.swap(j, pivot);
        if a[j][j] == 0.0 || !a[j][j].is_finite() {
            return None;
        }
        for i in 0..3 {
            if i != j {
                let factor = a[i][j] / a[j][j];
                for k in j..4 {
                    a[i][k] -= factor * a[j][k];
                }
            }
        }
    }
    Some(std::array::from_fn(|j| a[j][3] / a[j][j]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One branch alone under constant current: v = v_0 + i R + i t/C, and with a rising capacitance
    /// q = C_0 u + C_1 u^2/2.
    #[test]
    fn a_single_branch_follows_its_closed_form() {
        let model = Zubieta {
            r: [0.02, 1e9, 1e9],
            c: [20.0, 1e-3, 1e-3],
            c_rise: 3.0,
            r_leak: 1e12,
        };
        let mut u = [2.5; 3];
        let times: Vec<f64> = (0..=40).map(f64::from).collect();
        let pieces = [Piece {
            end: 40.0,
            drive: Drive::Current(-1.0),
        }];
        let out = model.run(&mut u, &pieces, &times).unwrap();
        let q_0 = 20.0 * 2.5 + 1.5 * 2.5 * 2.5;
        for (t, (v, i)) in times.iter().zip(out) {
            let q = q_0 - t;
            let inner = (-20.0 + (400.0 + 6.0 * q).sqrt()) / 3.0;
            assert!((v - (inner - 0.02)).abs() < 1e-5, "{t}: {v}");
            assert_eq!(i, -1.0);
        }
    }
}
