//! Rival laws of the trans-slit resistance, fitted to all slits of a run at once.

use super::analysis::{charge_scale, time_weights};
use super::observe::Sample;

/// Relative misfits (root mean square over that of dphi, all slits together) of dphi = I R with one
/// set of constants for the whole run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LawErrors {
    /// R = R_c.
    pub constant: f64,
    /// R = R_c (1 - gamma |Q|/Q_max), one Q_max for all slits.
    pub linear: f64,
    /// The same with each slit's own largest |Q| for Q_max.
    pub linear_own_scale: f64,
    /// R = R_c (1 - gamma s Q/Q_max) with the sign s of the potential applied at first.
    pub signed: f64,
    /// R = R_c/sqrt(1 + (Q/Q_0)^2).
    pub sqrt: f64,
    /// Q_0 of the last, coulomb.
    pub sqrt_q_0: f64,
}

/// One slit at one time: trans-slit voltage, current, charge, that over the slit's own largest,
/// weight.
struct Point {
    dphi: f64,
    current: f64,
    charge: f64,
    own: f64,
    weight: f64,
}

/// `None` for a run without a sheet between two slits, or without current.
pub fn compare_laws(samples: &[Sample]) -> Option<LawErrors> {
    let slits = samples.first()?.slits.len();
    let weights = time_weights(samples);
    let scale = charge_scale(samples);
    if slits < 2 || scale <= 0.0 {
        return None;
    }
    let mut points = Vec::new();
    for i in 0..slits - 1 {
        let own = samples
            .iter()
            .fold(0.0f64, |m, s| m.max(s.slits[i].charge.abs()));
        for (sample, &weight) in samples.iter().zip(&weights) {
            let charge = sample.slits[i].charge;
            points.push(Point {
                dphi: sample.drop(i + 1)?,
                current: sample.slits[i].current.total(),
                charge: charge / scale,
                own: if own > 0.0 { charge / own } else { 0.0 },
                weight,
            });
        }
    }
    // The ions' charge has the sign opposite to the potential's.
    let sign = -samples
        .iter()
        .map(|s| s.phi_m)
        .find(|p| *p != 0.0)?
        .signum();
    let never = |_: &Point| 0.0;
    let unit = |_: &Point| 1.0;
    let sqrt = |q_0: f64| {
        misfit(
            &points,
            |p| 1.0 / (1.0 + (p.charge / q_0).powi(2)).sqrt(),
            never,
        )
    };
    let q_0 = least(|log| sqrt(log.exp()), (0.05f64).ln(), (50.0f64).ln()).exp();
    Some(LawErrors {
        constant: misfit(&points, unit, never),
        linear: misfit(&points, unit, |p| p.charge.abs()),
        linear_own_scale: misfit(&points, unit, |p| p.own.abs()),
        signed: misfit(&points, unit, |p| sign * p.charge),
        sqrt: sqrt(q_0),
        sqrt_q_0: q_0 * scale,
    })
}

/// Misfit of dphi = I (a f + b g) with the best a and b; with the best a where g is 0.
fn misfit(points: &[Point], f: impl Fn(&Point) -> f64, g: impl Fn(&Point) -> f64) -> f64 {
    let (mut ff, mut fg, mut gg, mut yf, mut yg, mut yy) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for p in points {
        let (y, w) = (p.dphi, p.weight);
        let (f, g) = (p.current * f(p), p.current * g(p));
        ff += w * f * f;
        fg += w * f * g;
        gg += w * g * g;
        yf += w * y * f;
        yg += w * y * g;
        yy += w * y * y;
    }
    let determinant = ff * gg - fg * fg;
    let explained = if determinant > 1e-12 * ff * gg && gg > 0.0 {
        (yf * yf * gg - 2.0 * yf * yg * fg + yg * yg * ff) / determinant
    } else if ff > 0.0 {
        yf * yf / ff
    } else {
        0.0
    };
    if yy > 0.0 {
        ((yy - explained).max(0.0) / yy).sqrt()
    } else {
        0.0
    }
}

/// Where a function with one minimum between `a` and `b` is least (golden section).
fn least(f: impl Fn(f64) -> f64, mut a: f64, mut b: f64) -> f64 {
    let golden = 0.5 * (5f64.sqrt() - 1.0);
    for _ in 0..60 {
        let (c, d) = (b - golden * (b - a), a + golden * (b - a));
        if f(c) < f(d) {
            b = d;
        } else {
            a = c;
        }
    }
    0.5 * (a + b)
}

#[cfg(test)]
mod tests {
    use super::super::flux::Parts;
    use super::super::observe::SlitSample;
    use super::*;

    /// Two slits whose resistance follows `r` of the charge exactly, over a cycle of both signs.
    fn samples(r: impl Fn(f64) -> f64) -> Vec<Sample> {
        (0..200)
            .map(|k| {
                let t = f64::from(k) / 200.0;
                let charge = -(std::f64::consts::TAU * t).sin();
                let current = 1e-3 * (std::f64::consts::TAU * t).cos() + 1e-4;
                let slit = |phi| SlitSample {
                    phi,
                    charge,
                    current: Parts {
                        migration: current,
                        ..Parts::default()
                    },
                    ..SlitSample::default()
                };
                Sample {
                    t,
                    phi_m: 0.2 * (std::f64::consts::TAU * t).sin(),
                    slits: vec![slit(0.0), slit(current * r(charge))],
                    ..Sample::default()
                }
            })
            .collect()
    }

    #[test]
    fn each_law_is_found_where_it_is_true() {
        let even = compare_laws(&samples(|q| 5.0 * (1.0 - 0.5 * q.abs()))).expect("a fit");
        assert!(
            even.linear < 1e-6 && even.linear_own_scale < 1e-6,
            "{even:?}"
        );
        assert!(even.constant > 0.1 && even.signed > 0.1, "{even:?}");
        let signed = compare_laws(&samples(|q| 5.0 * (1.0 + 0.5 * q))).expect("a fit");
        assert!(signed.signed < 1e-6 && signed.linear > 0.1, "{signed:?}");
        let root =
            compare_laws(&samples(|q| 5.0 / (1.0 + (q / 0.7).powi(2)).sqrt())).expect("a fit");
        assert!(
            root.sqrt < 1e-6 && (root.sqrt_q_0 / 0.7 - 1.0).abs() < 1e-4,
            "{root:?}"
        );
        let constant = compare_laws(&samples(|_| 5.0)).expect("a fit");
        assert!(constant.constant < 1e-6, "{constant:?}");
    }
}
