//! Resistance laws fitted to all slits of a membrane at once: u_i - u_{i+1} = I_i R(Q_i).
//!
//! By least squares over time, never the ratio of the two, which is singular where the current turns. One charge
//! scale for all slits: in thick electrodes the deep ones fill less, and scales of their own would hide it.

use crate::identify::statistics::student_quantile;
use crate::law::LawKind;

/// One slit at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// u_i - u_{i+1}, volt.
    pub drop: f64,
    /// Ampere.
    pub current: f64,
    /// |Q_i| over the charge scale.
    pub charge: f64,
    /// Time that the sample stands for.
    pub weight: f64,
    /// Points of one block are left out together for the intervals.
    pub block: usize,
}

/// A fitted law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LawFit {
    /// `None`: a constant resistance.
    pub kind: Option<LawKind>,
    /// Ohm.
    pub r_c: f64,
    pub gamma: f64,
    /// Half widths of 95 % intervals; from leaving out blocks of points, because the residuals of a simulation are no
    /// noise.
    pub r_c_within: f64,
    pub gamma_within: f64,
    /// Root mean square misfit over that of the drops.
    pub error: f64,
}

impl LawFit {
    /// R/r_c at charge `x` over the scale.
    pub fn rho(&self, x: f64) -> f64 {
        self.kind.map_or(1.0, |kind| shape(kind, self.gamma, x))
    }
}

/// Steepest law that is tried; beyond, the linear law would be negative within the data.
const GAMMA: std::ops::RangeInclusive<f64> = -5.0..=0.98;

/// R/r_c of a law at charge `x` over the scale.
fn shape(kind: LawKind, gamma: f64, x: f64) -> f64 {
    match kind {
        LawKind::Linear => 1.0 - gamma * x.abs(),
        LawKind::Signed => 1.0 - gamma * x,
        LawKind::Sqrt => {
            let end = 1.0 - gamma;
            if gamma >= 0.0 {
                1.0 / (1.0 + (1.0 / (end * end) - 1.0) * x * x).sqrt()
            } else {
                (1.0 + (end * end - 1.0) * x * x).sqrt()
            }
        }
    }
}

/// Fits a constant resistance.
pub fn fit_constant(points: &[Point]) -> Option<LawFit> {
    fit(points, None)
}

/// Fits a law; `None` where the points do not determine it.
pub fn fit_law(points: &[Point], kind: LawKind) -> Option<LawFit> {
    fit(points, Some(kind))
}

fn fit(points: &[Point], kind: Option<LawKind>) -> Option<LawFit> {
    let (r_c, gamma) = constants(points, kind, None)?;
    let blocks = points.iter().map(|p| p.block).max()? + 1;
    let without: Vec<(f64, f64)> = (0..blocks)
        .filter(|b| points.iter().any(|p| p.block == *b))
        .filter_map(|b| constants(points, kind, Some(b)))
        .collect();
    let spread = |of: fn(&(f64, f64)) -> f64| {
        let n = without.len() as f64;
        let mean = without.iter().map(of).sum::<f64>() / n;
        let squares: f64 = without.iter().map(|c| (of(c) - mean).powi(2)).sum();
        student_quantile((n - 1.0).max(1.0)) * (squares * (n - 1.0) / n).sqrt()
    };
    let squares = |of: &dyn Fn(&Point) -> f64| -> f64 {
        points.iter().map(|p| p.weight * of(p).powi(2)).sum()
    };
    let mut fit = LawFit {
        kind,
        r_c,
        gamma,
        r_c_within: spread(|c| c.0),
        gamma_within: spread(|c| c.1),
        error: 0.0,
    };
    let left = squares(&|p| p.drop - p.current * r_c * fit.rho(p.charge));
    fit.error = (left / squares(&|p| p.drop)).sqrt();
    Some(fit)
}

/// r_c and gamma without the points of one block.
fn constants(
    points: &[Point],
    kind: Option<LawKind>,
    without: Option<usize>,
) -> Option<(f64, f64)> {
    let used = || points.iter().filter(|p| Some(p.block) != without);
    // r_c and misfit of one shape.
    let scaled = |rho: &dyn Fn(f64) -> f64| {
        let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
        for p in used() {
            let x = p.current * rho(p.charge);
            xx += p.weight * x * x;
            xy += p.weight * x * p.drop;
            yy += p.weight * p.drop * p.drop;
        }
        (xy / xx, yy - xy * xy / xx)
    };
    let Some(kind) = kind else {
        let r_c = scaled(&|_| 1.0).0;
        return (r_c.is_finite() && r_c > 0.0).then_some((r_c, 0.0));
    };
    let misfit = |gamma: f64| scaled(&|x| shape(kind, gamma, x)).1;
    // The best of a few, then golden section about it: the misfit of the linear law over gamma has one minimum, that
    // of others may not.
    let tries = 40;
    let (low, high) = (*GAMMA.start(), *GAMMA.end());
    let at = |k: i32| low + (high - low) * f64::from(k) / f64::from(tries);
    let best = (0..=tries).min_by(|a, b| misfit(at(*a)).total_cmp(&misfit(at(*b))))?;
    let (mut a, mut b) = (at((best - 1).max(0)), at((best + 1).min(tries)));
    let golden = 0.5 * (5f64.sqrt() - 1.0);
    for _ in 0..80 {
        let (c, d) = (b - golden * (b - a), a + golden * (b - a));
        if misfit(c) < misfit(d) {
            b = d;
        } else {
            a = c;
        }
    }
    let gamma = 0.5 * (a + b);
    let r_c = scaled(&|x| shape(kind, gamma, x)).0;
    // Where |Q| hardly varies while current flows, only one of the two is known.
    let varies = used().fold((f64::INFINITY, 0.0f64), |(a, b), p| {
        (a.min(p.charge.abs()), b.max(p.charge.abs()))
    });
    let known = varies.1 - varies.0 > 0.05 * varies.1;
    (known && r_c.is_finite() && r_c > 0.0).then_some((r_c, gamma))
}

/// `y = c x` by weighted least squares: c and the relative misfit.
pub(super) fn proportional(rows: impl Iterator<Item = (f64, f64, f64)>) -> Option<(f64, f64)> {
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (y, x, w) in rows {
        xx += w * x * x;
        xy += w * x * y;
        yy += w * y * y;
    }
    let c = xy / xx;
    (c.is_finite() && yy > 0.0).then(|| (c, ((yy - c * xy).max(0.0) / yy).sqrt()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(kind: LawKind, gamma: f64) -> Vec<Point> {
        (0..200)
            .map(|k| {
                let t = f64::from(k) / 200.0;
                let charge = (std::f64::consts::PI * t).sin();
                let current = (std::f64::consts::PI * t).cos() + 0.1;
                Point {
                    drop: current * 5.0 * shape(kind, gamma, charge),
                    current,
                    charge,
                    weight: 1.0,
                    block: k as usize / 20,
                }
            })
            .collect()
    }

    #[test]
    fn a_true_law_is_found_exactly_and_a_false_one_is_not() {
        for kind in [LawKind::Linear, LawKind::Sqrt] {
            for gamma in [-0.4, 0.1, 0.5, 0.8] {
                let p = points(kind, gamma);
                let fit = fit_law(&p, kind).expect("a fit");
                assert!((fit.r_c / 5.0 - 1.0).abs() < 1e-7, "{fit:?}");
                assert!((fit.gamma - gamma).abs() < 1e-6, "{fit:?}");
                assert!(fit.error < 1e-7 && fit.r_c_within < 1e-5, "{fit:?}");
                let other = if kind == LawKind::Linear {
                    LawKind::Sqrt
                } else {
                    LawKind::Linear
                };
                assert!(fit_law(&p, other).expect("a fit").error > 1e-3);
            }
        }
    }

    #[test]
    fn a_charge_that_does_not_vary_tells_no_gamma() {
        let mut p = points(LawKind::Linear, 0.5);
        for p in &mut p {
            p.charge = 0.7;
        }
        assert_eq!(fit_law(&p, LawKind::Linear), None);
        assert!(fit_constant(&p).is_some());
    }
}
