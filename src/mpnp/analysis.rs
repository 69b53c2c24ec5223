//! What a run says about the circuit: resistances, capacitances, shares of the fluxes.

use super::flux::Parts;
use super::observe::Sample;

/// dphi = I R(|Q|) fitted by least squares to one slit's series (never the ratio dphi/I, which is
/// singular where the current turns).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ResistanceFit {
    /// R at Q = 0, ohm (1 m of depth).
    pub r_c: f64,
    /// Fall of the resistance from Q = 0 to the charge scale, as part of `r_c`.
    pub gamma: f64,
    /// R at the largest |Q| of this slit, ohm.
    pub r_min: f64,
    /// Root mean square misfit over that of dphi, with the law and with a constant resistance.
    pub error: f64,
    pub constant_error: f64,
}

/// What one slit shows over a run.
#[derive(Debug, Clone, PartialEq)]
pub struct SlitSummary {
    /// Slit, from 1 next to the reservoir.
    pub slit: usize,
    /// Largest |Q|, coulomb.
    pub q_max: f64,
    /// Largest |I|, ampere.
    pub i_max: f64,
    /// Current through the sheet behind this slit; `None` for the last slit.
    pub resistance: Option<ResistanceFit>,
    /// The same from the times while |Q| grows, and while it falls: what differs between them is
    /// not in the law.
    pub charging: Option<ResistanceFit>,
    pub discharging: Option<ResistanceFit>,
    /// C of dphi = (Q_{i+1} - Q_i)/C by least squares, farad, and its relative misfit; 0 for the
    /// last slit.
    pub c_difference: f64,
    pub c_difference_error: f64,
    /// -Q/(phi_m - phi): mean over the run where phi_m - phi is above a tenth of its largest
    /// value, and the largest deviation from the mean, relative.
    pub c_slit: f64,
    pub c_slit_variation: f64,
    /// -Q/phi_m at the sample of the largest |phi_m|, farad.
    pub c_eff: f64,
    /// Integral of |part| over time against that of |migration|, with the sign of their
    /// correlation: positive where a part goes with migration. Through the sheet and along the
    /// slit.
    pub shares_behind: Shares,
    pub shares_along: Shares,
}

/// How diffusion and steric flux stand to migration.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Shares {
    pub diffusion: f64,
    pub steric: f64,
    /// Part of the time in which diffusion, and steric flux, have the direction of migration.
    /// Counted where migration is above a hundredth of its largest value.
    pub diffusion_with: f64,
    pub steric_with: f64,
}

/// Part of the charge scale that |Q| must reach for gamma to be fitted.
const LEAST_CHARGE: f64 = 0.01;

/// Fits `dphi = i (a - b |q|)` with weights `w`; `scale` is the charge at which gamma counts. `None`
/// where the data do not determine both.
pub fn fit_resistance(
    dphi: &[f64],
    current: &[f64],
    charge: &[f64],
    weights: &[f64],
    scale: f64,
) -> Option<ResistanceFit> {
    let (mut aa, mut ab, mut bb, mut ya, mut yb, mut yy) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for (((&y, &i), &q), &w) in dphi.iter().zip(current).zip(charge).zip(weights) {
        let (p, s) = (i, -i * q.abs() / scale);
        aa += w * p * p;
        ab += w * p * s;
        bb += w * s * s;
        ya += w * y * p;
        yb += w * y * s;
        yy += w * y * y;
    }
    let det = aa * bb - ab * ab;
    let weighed = charge.iter().zip(weights).filter(|&(_, &w)| w > 0.0);
    let reached = weighed.fold(0.0f64, |m, (q, _)| m.max(q.abs()));
    // Where |Q| hardly varies while current flows, R_c and gamma cannot be told apart; where it stays
    // far below the scale, nothing is seen of gamma (a slit that never discharges has such a branch).
    if !(det > 1e-3 * aa * bb && yy > 0.0 && reached > LEAST_CHARGE * scale) {
        return None;
    }
    let r_c = (ya * bb - yb * ab) / det;
    if r_c <= 0.0 {
        return None;
    }
    let slope = (aa * yb - ab * ya) / det;
    let misfit = (yy - r_c * ya - slope * yb).max(0.0);
    let q_max = charge.iter().fold(0.0f64, |m, q| m.max(q.abs()));
    Some(ResistanceFit {
        r_c,
        gamma: slope / r_c,
        r_min: r_c - slope * q_max / scale,
        error: (misfit / yy).sqrt(),
        constant_error: ((yy - ya * ya / aa).max(0.0) / yy).sqrt(),
    })
}

/// `y = c x` by least squares with weights `w`: c and the relative misfit.
fn proportional(y: &[f64], x: &[f64], w: &[f64]) -> (f64, f64) {
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for ((y, x), w) in y.iter().zip(x).zip(w) {
        xx += w * x * x;
        xy += w * x * y;
        yy += w * y * y;
    }
    if xx > 0.0 && yy > 0.0 {
        (xy / xx, ((yy - xy * xy / xx).max(0.0) / yy).sqrt())
    } else {
        (0.0, 0.0)
    }
}

/// Weights that make sums over samples integrals over time.
pub fn time_weights(samples: &[Sample]) -> Vec<f64> {
    let t = |i: usize| samples[i].t;
    let n = samples.len();
    (0..n)
        .map(|i| 0.5 * (t((i + 1).min(n - 1)) - t(i.saturating_sub(1))))
        .collect()
}

fn shares(parts: impl Iterator<Item = Parts> + Clone, weights: &[f64]) -> Shares {
    let largest = parts.clone().fold(0.0f64, |m, p| m.max(p.migration.abs()));
    // Share of the size, and part of the time in the same direction.
    let against = |part: fn(&Parts) -> f64| {
        let (mut size, mut migration, mut together) = (0.0, 0.0, 0.0);
        let (mut time_with, mut time) = (0.0, 0.0);
        for (p, w) in parts.clone().zip(weights) {
            size += w * part(&p).abs();
            migration += w * p.migration.abs();
            together += w * part(&p) * p.migration;
            if p.migration.abs() > 0.01 * largest {
                time += w;
                if part(&p) * p.migration > 0.0 {
                    time_with += w;
                }
            }
        }
        if migration > 0.0 && time > 0.0 {
            (size / migration * together.signum(), time_with / time)
        } else {
            (0.0, 0.0)
        }
    };
    let (diffusion, diffusion_with) = against(|p| p.diffusion);
    let (steric, steric_with) = against(|p| p.steric);
    Shares {
        diffusion,
        steric,
        diffusion_with,
        steric_with,
    }
}

/// Shares in open space: through the middle of the reservoir.
pub fn open_shares(samples: &[Sample]) -> Shares {
    shares(samples.iter().map(|s| s.open), &time_weights(samples))
}

/// Shares through the mid-plane of sheet 1.
pub fn mouth_shares(samples: &[Sample]) -> Shares {
    shares(samples.iter().map(|s| s.mouth), &time_weights(samples))
}

/// The charge scale of a run: the largest |Q| of any slit.
pub fn charge_scale(samples: &[Sample]) -> f64 {
    samples
        .iter()
        .flat_map(|s| &s.slits)
        .fold(0.0, |m, s| m.max(s.charge.abs()))
}

/// Summaries of all slits.
pub fn summarise(samples: &[Sample]) -> Vec<SlitSummary> {
    let slits = samples.first().map_or(0, |s| s.slits.len());
    let weights = time_weights(samples);
    let scale = charge_scale(samples);
    (0..slits)
        .map(|i| {
            let of = |value: fn(&super::observe::SlitSample) -> f64| -> Vec<f64> {
                samples.iter().map(|s| value(&s.slits[i])).collect()
            };
            let charge = of(|s| s.charge);
            let current = of(|s| s.current.total());
            let dphi: Vec<f64> = samples.iter().filter_map(|s| s.drop(i + 1)).collect();
            let fit = |weights: &[f64]| {
                (i + 1 < slits)
                    .then(|| fit_resistance(&dphi, &current, &charge, weights, scale))
                    .flatten()
            };
            // Weights of the times while |Q| grows, or falls.
            let half = |growing: bool| -> Vec<f64> {
                (0..samples.len())
                    .map(|k| {
                        let (before, after) = (charge[k.saturating_sub(1)], charge[k]);
                        let grows = after.abs() > before.abs();
                        if grows == growing { weights[k] } else { 0.0 }
                    })
                    .collect()
            };
            let (c_difference, c_difference_error) = if i + 1 < slits {
                let rise: Vec<f64> = samples
                    .iter()
                    .map(|s| s.slits[i + 1].charge - s.slits[i].charge)
                    .collect();
                proportional(&rise, &dphi, &weights)
            } else {
                (0.0, 0.0)
            };
            let largest = |v: &[f64]| v.iter().fold(0.0f64, |m, x| m.max(x.abs()));
            let across: Vec<f64> = samples.iter().map(|s| s.phi_m - s.slits[i].phi).collect();
            let threshold = 0.1 * largest(&across);
            let mut mean = (0.0, 0.0);
            let ratios: Vec<(f64, f64)> = (0..samples.len())
                .filter(|&k| across[k].abs() > threshold && threshold > 0.0)
                .map(|k| (-charge[k] / across[k], weights[k]))
                .collect();
            for (c, w) in &ratios {
                mean = (mean.0 + w * c, mean.1 + w);
            }
            let c_slit = if mean.1 > 0.0 { mean.0 / mean.1 } else { 0.0 };
            let peak = samples.iter().fold(&samples[0], |m, s| {
                if s.phi_m.abs() > m.phi_m.abs() { s } else { m }
            });
            SlitSummary {
                slit: i + 1,
                q_max: largest(&charge),
                i_max: largest(&current),
                resistance: fit(&weights),
                charging: fit(&half(true)),
                discharging: fit(&half(false)),
                c_difference,
                c_difference_error,
                c_slit,
                c_slit_variation: ratios
                    .iter()
                    .fold(0.0, |m, (c, _)| f64::max(m, (c / c_slit - 1.0).abs())),
                c_eff: if peak.phi_m == 0.0 {
                    0.0
                } else {
                    -peak.slits[i].charge / peak.phi_m
                },
                shares_behind: shares(samples.iter().map(|s| s.slits[i].current), &weights),
                shares_along: shares(samples.iter().map(|s| s.slits[i].along), &weights),
            }
        })
        .collect()
}
