//! Bounded nonlinear least squares: Levenberg-Marquardt on the parameters that are not held at a
//! bound, and what the Jacobian at the end says about each of them.
//!
//! Problems here have up to a dozen parameters, each evaluation being a simulation, so that derivatives are
//! differences and everything else is negligible. (More 1978, doi 10.1007/BFb0067700, for the damping
//! in units of the diagonal.)

#![allow(
    clippy::needless_range_loop,
    reason = "indices of matrices read better than iterators over them"
)]

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Where a search has ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Minimum {
    pub x: Vec<f64>,
    /// Sum of squared residuals.
    pub rss: f64,
    pub residuals: Vec<f64>,
    /// Calls of the residual function.
    pub evaluations: usize,
}

/// What the data say about the parameters at a minimum, to first order.
#[derive(Debug, Clone, PartialEq)]
pub struct Covariance {
    /// Inverse of J'J, row by row; directions that the data do not see have a huge, not an infinite, share.
    pub inverse: Vec<f64>,
    /// Directions in units of each parameter's own sensitivity that the data do not see.
    pub blind: Vec<Vec<f64>>,
}

/// Difference step in the parameters' own scale, which is a logarithm or of order 1.
const STEP: f64 = 2e-4;

/// Relative fall of the sum of squares below which an iteration counts as idle.
const IDLE: f64 = 1e-6;

/// Eigenvalues of the normalised J'J below this share of the largest: blind directions.
const BLIND: f64 = 1e-9;

/// Residuals at parameters; `None` where the model has no answer.
pub type Residuals<'a> = dyn Fn(&[f64]) -> Option<Vec<f64>> + Sync + 'a;

/// Searches from `start` (which is moved into the bounds) for a minimum of the sum of squares.
pub fn minimise(
    residuals: &Residuals,
    (low, high): (&[f64], &[f64]),
    start: &[f64],
    iterations: usize,
) -> Option<Minimum> {
    let inside = |x: &[f64]| -> Vec<f64> {
        let bounds = low.iter().zip(high);
        x.iter()
            .zip(bounds)
            .map(|(x, (l, h))| x.clamp(*l, *h))
            .collect()
    };
    let sum = |r: &[f64]| r.iter().map(|r| r * r).sum::<f64>();
    let x = inside(start);
    let r = residuals(&x)?;
    let mut best = Minimum {
        rss: sum(&r),
        x,
        residuals: r,
        evaluations: 1,
    };
    if !best.rss.is_finite() {
        return None;
    }
    let p = best.x.len();
    let mut lambda = 1e-2;
    let mut idle = 0;
    for _ in 0..iterations {
        let columns = jacobian(residuals, (low, high), &best.x, Some(&best.residuals))?;
        best.evaluations += p;
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let slope: Vec<f64> = columns.iter().map(|c| dot(c, &best.residuals)).collect();
        // Downhill is against the slope: a parameter at a bound that would have to cross it is held.
        let free: Vec<usize> = (0..p)
            .filter(|&j| {
                !(best.x[j] <= low[j] && slope[j] > 0.0 || best.x[j] >= high[j] && slope[j] < 0.0)
            })
            .collect();
        let mut fell = false;
        while lambda < 1e8 {
            let mut a: Vec<f64> = Vec::with_capacity(free.len() * free.len());
            for &j in &free {
                for &k in &free {
                    let damping = if j == k { 1.0 + lambda } else { 1.0 };
                    a.push(damping * dot(&columns[j], &columns[k]));
                }
            }
            let g: Vec<f64> = free.iter().map(|&j| -slope[j]).collect();
            let mut trial = best.x.clone();
            if let Some(delta) = solve(a, g) {
                for (&j, d) in free.iter().zip(&delta) {
                    // Beyond a factor of e^2 the linearisation is worth nothing.
                    trial[j] += d.clamp(-2.0, 2.0);
                }
            }
            let trial = inside(&trial);
            best.evaluations += 1;
            let there = residuals(&trial).map(|r| (sum(&r), r));
            match there {
                Some((rss, r)) if rss < best.rss => {
                    idle = if best.rss - rss <= IDLE * best.rss {
                        idle + 1
                    } else {
                        0
                    };
                    (best.x, best.rss, best.residuals) = (trial, rss, r);
                    lambda = (lambda * 0.2).max(1e-10);
                    fell = true;
                    break;
                }
                _ => lambda *= 5.0,
            }
        }
        if !fell || idle >= 2 {
            break;
        }
    }
    Some(best)
}

/// Columns of the Jacobian by differences, kept inside the bounds: forward ones with `here` at hand,
/// else central ones.
pub fn jacobian(
    residuals: &Residuals,
    (low, high): (&[f64], &[f64]),
    x: &[f64],
    here: Option<&[f64]>,
) -> Option<Vec<Vec<f64>>> {
    let at = |j: usize, to: f64| {
        let mut y = x.to_vec();
        y[j] = to;
        residuals(&y)
    };
    let column = |j: usize| {
        let up = (x[j] + STEP).min(high[j]);
        let down = (x[j] - STEP).max(low[j]);
        let (a, b, width) = match here {
            Some(r) if up > x[j] + 0.5 * STEP => (r.to_vec(), at(j, up)?, up - x[j]),
            Some(r) => (at(j, down)?, r.to_vec(), x[j] - down),
            None => (at(j, down)?, at(j, up)?, up - down),
        };
        let width = width.max(f64::MIN_POSITIVE);
        Some(b.iter().zip(&a).map(|(b, a)| (b - a) / width).collect())
    };
    on_all_cores(x.len(), column).into_iter().collect()
}

/// Results of `work` for 0 to `count - 1`, in order, made by as many threads as there are cores.
pub fn on_all_cores<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let next = AtomicUsize::new(0);
    let slots: Vec<Mutex<Option<T>>> = (0..count).map(|_| Mutex::new(None)).collect();
    let labour = || {
        loop {
            let k = next.fetch_add(1, Ordering::Relaxed);
            let Some(slot) = slots.get(k) else { break };
            let result = work(k);
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(count) {
            scope.spawn(labour);
        }
        labour();
    });
    slots
        .into_iter()
        .filter_map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner))
        .collect()
}

impl Covariance {
    /// From the Jacobian's columns. `prior[j]` is added to the information on parameter j: what is known of
    /// it without these data, that it lies between its bounds. It keeps a direction that the data do not
    /// see from making parameters uncertain that hardly take part in it.
    pub fn new(columns: &[Vec<f64>], prior: &[f64]) -> Self {
        let p = columns.len();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let norm: Vec<f64> = columns.iter().map(|c| dot(c, c).sqrt()).collect();
        let most = norm.iter().copied().fold(0.0, f64::max);
        // A parameter without any influence keeps a row of zeros.
        let scale: Vec<f64> = norm
            .iter()
            .map(|n| n.max(1e-12 * most).max(1e-300))
            .collect();
        let mut a = vec![0.0; p * p];
        for j in 0..p {
            for k in 0..p {
                a[j * p + k] = dot(&columns[j], &columns[k]) / (scale[j] * scale[k]);
            }
        }
        let (values, vectors) = eigen(a.clone(), p);
        let largest = values.iter().copied().fold(0.0, f64::max);
        let unseen = values.iter().zip(vectors);
        let unseen = unseen.filter(|(value, _)| **value < BLIND * largest.max(1e-300));
        let blind = unseen.map(|(_, vector)| vector).collect();
        for j in 0..p {
            a[j * p + j] += prior[j] / (scale[j] * scale[j]);
        }
        let (values, vectors) = eigen(a, p);
        let floor = 1e-3 * BLIND * values.iter().copied().fold(1e-300, f64::max);
        let mut inverse = vec![0.0; p * p];
        for (value, vector) in values.iter().zip(&vectors) {
            for j in 0..p {
                for k in 0..p {
                    inverse[j * p + k] +=
                        vector[j] * vector[k] / (value.max(floor) * scale[j] * scale[k]);
                }
            }
        }
        Self { inverse, blind }
    }

    pub fn variance(&self, j: usize) -> f64 {
        let p = self.inverse.len().isqrt();
        self.inverse[j * p + j]
    }

    pub fn correlation(&self, j: usize, k: usize) -> f64 {
        let p = self.inverse.len().isqrt();
        self.inverse[j * p + k] / (self.variance(j) * self.variance(k)).sqrt()
    }
}

/// Solves a symmetric positive definite system by Cholesky's method.
fn solve(mut a: Vec<f64>, mut b: Vec<f64>) -> Option<Vec<f64>> {
    let n = b.len();
    for j in 0..n {
        for k in 0..j {
            let l = a[j * n + k];
            a[j * n + j] -= l * l;
            for i in j + 1..n {
                a[i * n + j] -= a[i * n + k] * l;
            }
        }
        if a[j * n + j] <= 0.0 || !a[j * n + j].is_finite() {
            return None;
        }
        let d = a[j * n + j].sqrt();
        for i in j..n {
            a[i * n + j] /= d;
        }
    }
    for j in 0..n {
        b[j] /= a[j * n + j];
        for i in j + 1..n {
            b[i] -= a[i * n + j] * b[j];
        }
    }
    for j in (0..n).rev() {
        for i in j + 1..n {
            b[j] -= a[i * n + j] * b[i];
        }
        b[j] /= a[j * n + j];
    }
    b.iter().all(|x| x.is_finite()).then_some(b)
}

/// Eigenvalues and vectors of a symmetric matrix by Jacobi's rotations.
fn eigen(mut a: Vec<f64>, n: usize) -> (Vec<f64>, Vec<Vec<f64>>) {
    let mut v: Vec<Vec<f64>> = (0..n)
        .map(|j| (0..n).map(|k| f64::from(u8::from(j == k))).collect())
        .collect();
    for _ in 0..60 {
        let off: f64 = (0..n)
            .flat_map(|j| (0..j).map(move |k| (j, k)))
            .map(|(j, k)| a[j * n + k] * a[j * n + k])
            .sum();
        if off < 1e-30 {
            break;
        }
        for j in 0..n {
            for k in 0..j {
                let x = a[j * n + k];
                if x == 0.0 {
                    continue;
                }
                let theta = (a[j * n + j] - a[k * n + k]) / (2.0 * x);
                let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
                let t = if theta == 0.0 { 1.0 } else { t };
                let c = 1.0 / t.hypot(1.0);
                let s = t * c;
                for i in 0..n {
                    let (p, q) = (a[i * n + j], a[i * n + k]);
                    a[i * n + j] = c * p + s * q;
                    a[i * n + k] = c * q - s * p;
                }
                for i in 0..n {
                    let (p, q) = (a[j * n + i], a[k * n + i]);
                    a[j * n + i] = c * p + s * q;
                    a[k * n + i] = c * q - s * p;
                }
                for i in 0..n {
                    let (p, q) = (v[j][i], v[k][i]);
                    v[j][i] = c * p + s * q;
                    v[k][i] = c * q - s * p;
                }
            }
        }
    }
    ((0..n).map(|j| a[j * n + j]).collect(), v)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NIST StRD "Misra1a": certified parameters and standard deviations.
    #[test]
    fn certified_values_of_nist_misra1a_come_out() {
        let x = [
            77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1,
            689.1, 760.0,
        ];
        let y = [
            10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40,
            75.47, 81.78,
        ];
        // Logarithms of the two positive parameters, as fits here use them.
        let residuals = |u: &[f64]| {
            let (a, b) = (u[0].exp(), u[1].exp());
            Some(
                x.iter()
                    .zip(&y)
                    .map(|(x, y)| y - a * (1.0 - (-b * x).exp()))
                    .collect::<Vec<f64>>(),
            )
        };
        let (low, high) = ([0.0, -12.0], [10.0, 0.0]);
        for start in [[500f64, 1e-4], [250.0, 5e-4]] {
            let start = start.map(f64::ln);
            let found = minimise(&residuals, (&low, &high), &start, 100).unwrap();
            assert!((found.x[0].exp() / 2.389_421_291_8e2 - 1.0).abs() < 1e-5);
            assert!((found.x[1].exp() / 5.501_564_318_1e-4 - 1.0).abs() < 1e-5);
            assert!((found.rss / 1.245_513_889_4e-1 - 1.0).abs() < 1e-6);
            let columns = jacobian(&residuals, (&low, &high), &found.x, None).unwrap();
            let covariance = Covariance::new(&columns, &[0.0; 2]);
            let s2 = found.rss / 12.0;
            let deviation = (s2 * covariance.variance(0)).sqrt() * found.x[0].exp();
            assert!(
                (deviation / 2.707_007_524_1 - 1.0).abs() < 1e-3,
                "{deviation}"
            );
            let deviation = (s2 * covariance.variance(1)).sqrt() * found.x[1].exp();
            assert!(
                (deviation / 7.266_868_851_6e-6 - 1.0).abs() < 1e-3,
                "{deviation}"
            );
        }
    }

    #[test]
    fn a_bound_holds_and_a_blind_direction_is_found() {
        let residuals = |x: &[f64]| {
            Some(vec![
                x[0] + x[1] - 3.0,
                2.0 * (x[0] + x[1]) - 6.0,
                x[2] - 5.0,
            ])
        };
        let (low, high) = ([0.0, 0.0, 0.0], [10.0, 10.0, 4.0]);
        let found = minimise(&residuals, (&low, &high), &[1.0, 1.0, 1.0], 50).unwrap();
        assert!((found.x[0] + found.x[1] - 3.0).abs() < 1e-6);
        assert_eq!(found.x[2], 4.0);
        let columns = jacobian(&residuals, (&low, &high), &found.x, None).unwrap();
        let covariance = Covariance::new(&columns, &[0.0; 3]);
        assert_eq!(covariance.blind.len(), 1);
        assert!((covariance.blind[0][0] + covariance.blind[0][1]).abs() < 1e-6);
        assert!(covariance.correlation(0, 1) < -0.999);
    }
}
