//! A capacitance that rises with voltage, read from charges at rest.

/// The kernel's form: Q/u = c (1 + c_rise (1 - 1/p)), p = sqrt(1 + (u/u_rise)^2), of which
/// c (1 + c_rise (1 - 1/p^3)) is the derivative of Q.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rise {
    /// Capacitance at 0 V, farad.
    pub c: f64,
    pub c_rise: f64,
    /// Volt.
    pub u_rise: f64,
    /// Largest misfit of Q, relative.
    pub error: f64,
}

/// Voltages of the rise that are tried, in units of the farthest potential: below, all of the rise lies before the
/// first point; above, it is a parabola whatever the number.
const TRIED: std::ops::RangeInclusive<f64> = 0.05..=4.0;

const TRIALS: u32 = 400;

impl Rise {
    /// From pairs of u (V) and Q/u (F), by least squares of Q/u: two of the three numbers are linear, the third is
    /// searched.
    pub(super) fn fit(points: &[(f64, f64)]) -> Self {
        let farthest = points.iter().map(|p| p.0.abs()).fold(0.0, f64::max);
        let mut best = Self {
            c: mean(points.iter().map(|p| p.1)),
            c_rise: 0.0,
            u_rise: farthest.max(1e-6),
            error: f64::INFINITY,
        };
        let mut least = f64::INFINITY;
        let (low, high) = (TRIED.start().ln(), TRIED.end().ln());
        for k in 0..=TRIALS {
            let share = f64::from(k) / f64::from(TRIALS);
            let u_rise = farthest * (low + share * (high - low)).exp();
            let Some((c, c_rise)) = straight(points, u_rise) else {
                continue;
            };
            let trial = Self {
                c,
                c_rise,
                u_rise,
                error: 0.0,
            };
            let squares: f64 = points
                .iter()
                .map(|(u, c)| (trial.chord(*u) / c - 1.0).powi(2))
                .sum();
            // What the kernel takes.
            if squares < least && c > 0.0 && (-0.5..=10.0).contains(&c_rise) {
                (best, least) = (trial, squares);
            }
        }
        best.error = points
            .iter()
            .fold(0.0, |m, (u, c)| (best.chord(*u) / c - 1.0).abs().max(m));
        best
    }

    /// Q/u at voltage `u`, farad.
    pub fn chord(&self, u: f64) -> f64 {
        self.c * (1.0 + self.c_rise * filled(u, self.u_rise))
    }

    /// Capacitance at 0 V of something that rises alike and holds `chord` farad times `u` volt there.
    pub fn empty(&self, chord: f64, u: f64) -> f64 {
        chord * self.c / self.chord(u)
    }
}

fn filled(u: f64, u_rise: f64) -> f64 {
    1.0 - 1.0 / (1.0 + (u / u_rise).powi(2)).sqrt()
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(s, n), x| (s + x, n + 1.0));
    sum / count
}

/// The straight line of Q/u over its shape: capacitance at 0 V, and the rise relative to it.
fn straight(points: &[(f64, f64)], u_rise: f64) -> Option<(f64, f64)> {
    let x = |u: f64| filled(u, u_rise);
    let (mx, my) = (
        mean(points.iter().map(|p| x(p.0))),
        mean(points.iter().map(|p| p.1)),
    );
    let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
        points.iter().map(|p| f(x(p.0) - mx, p.1 - my)).sum()
    };
    let slope = sum(&|a, b| a * b) / sum(&|a, _| a * a);
    let c = my - slope * mx;
    (slope.is_finite() && c > 0.0).then(|| (c, slope / c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ladder::ElectrodeParams;
    use crate::{cell::Cell, cell::CellParams};

    /// Charges of a kernel's cell at rest give its own numbers back.
    #[test]
    fn the_kernels_own_rise_is_found() {
        let params = CellParams::half(ElectrodeParams {
            c_rise: 0.3,
            u_rise: 0.15,
            ..ElectrodeParams::new(1.0, 2e-8, 4)
        });
        let cell = Cell::new(&params).expect("valid");
        let points: Vec<(f64, f64)> = (-6..=6)
            .filter(|k| *k != 0)
            .map(|k| 0.2 * f64::from(k) / 6.0)
            .map(|u| (u, cell.rest_charge(u) / u / 4.0))
            .collect();
        let rise = Rise::fit(&points);
        assert!((rise.c / 2e-8 - 1.0).abs() < 1e-4, "{rise:?}");
        assert!((rise.c_rise / 0.3 - 1.0).abs() < 0.02, "{rise:?}");
        assert!((rise.u_rise / 0.15 - 1.0).abs() < 0.02, "{rise:?}");
        assert!(rise.error < 1e-4, "{rise:?}");
    }

    #[test]
    fn a_constant_capacitance_does_not_rise() {
        let points: Vec<(f64, f64)> = (1..=6).map(|k| (0.1 * f64::from(k), 3e-8)).collect();
        let rise = Rise::fit(&points);
        assert!(rise.c_rise.abs() < 1e-12 && (rise.c / 3e-8 - 1.0).abs() < 1e-12);
    }
}
