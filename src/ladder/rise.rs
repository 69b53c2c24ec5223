//! Capacitance that rises with voltage.
//!
//! The double layer of a real electrode holds more charge per volt the higher it is charged: a few tenths of a
//! volt around its uncharged state the capacitance is lowest, then it rises, and it levels off. With `u`
//! the voltage of the capacitor, `p = sqrt(1 + (u/u_rise)^2)` and `c` its capacitance at `u = 0`,
//!
//! ```text
//! C(u) = c [1 + c_rise (1 - 1/p^3)]                         differential capacitance dQ/du
//! Q(u) = c u [1 + c_rise (1 - 1/p)]
//! E(u) = c u^2 [(1 + c_rise)/2 - c_rise/(p (p + 1))]        energy, the integral of u dQ
//! ```
//!
//! even and smooth (there is nothing to mend at `u = 0`), from `c` to `c (1 + c_rise)`, above zero everywhere
//! for `c_rise > -1`.
//!
//! The ladder's equations are written in `w = Q/c`, the charge in volts, because charge is what is
//! integrated and what the law of the resistance asks for; with a constant capacitance `w = u`. The other
//! way, `u(w)`, is found by Halley's method.

use crate::parameter::{ParameterError, check_range};

/// Voltage scale of the rise, if none is given, volt.
pub const DEFAULT_U_RISE: f64 = 1.0;

/// Relative change at which another iteration would change nothing but rounding: convergence is cubic.
const CLOSE: f64 = 1e-6;

/// Iterations never needed.
const MAX_ITERATIONS: usize = 40;

/// Voltages worked out at once.
const LANES: usize = 8;

/// Capacitors whose capacitance rises from 1 (times any factor) by the share `rise`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rise {
    rise: f64,
    /// Scale of the voltage, volt, and its inverse.
    u_rise: f64,
    per_u: f64,
}

impl Rise {
    /// Checks the parameters; `None` for a constant capacitance.
    pub fn new(c_rise: f64, u_rise: f64) -> Result<Option<Self>, ParameterError> {
        check_range("c_rise", c_rise, -0.5, 10.0, "")?;
        check_range("u_rise", u_rise, 1e-6, 1e6, "V")?;
        Ok((c_rise != 0.0).then_some(Self {
            rise: c_rise,
            u_rise,
            per_u: 1.0 / u_rise,
        }))
    }

    /// The rise of `count` such capacitors on top of each other, in terms of their voltage together.
    pub(crate) fn stacked(self, count: f64) -> Self {
        Self {
            u_rise: self.u_rise * count,
            per_u: self.per_u / count,
            ..self
        }
    }

    /// `w = Q/c` at voltage `u`, volt, and `dw/du = C/c`.
    #[inline(always)]
    pub fn charge(&self, u: f64) -> (f64, f64) {
        let s = u * self.per_u;
        let (share, slope) = self.of(s);
        (u * share, slope)
    }

    /// `Q/(c u)` and `C/c` at `s = u/u_rise`.
    #[inline(always)]
    fn of(&self, s: f64) -> (f64, f64) {
        let inverse = 1.0 / (1.0 + s * s).sqrt();
        (
            1.0 + self.rise * (1.0 - inverse),
            1.0 + self.rise * (1.0 - inverse * inverse * inverse),
        )
    }

    /// Energy per `c` at voltage `u`, joule per farad.
    pub fn energy(&self, u: f64) -> f64 {
        let s = u * self.per_u;
        let p = (1.0 + s * s).sqrt();
        u * u * (0.5 * (1.0 + self.rise) - self.rise / (p * (p + 1.0)))
    }

    /// Voltage `u` at which the capacitor holds `w = Q/c`, and `du/dw = c/C`.
    pub fn voltage(&self, w: f64) -> (f64, f64) {
        let (mut u, mut slope) = ([0.0], [0.0]);
        self.voltages(&[w], &mut u, &mut slope);
        (u[0], slope[0])
    }

    /// [`Rise::voltage`] for whole arrays of equal length.
    ///
    /// Always inlined, so that callers compiled for wider vectors get a version of their own.
    #[inline(always)]
    pub(crate) fn voltages(&self, w: &[f64], u: &mut [f64], slope: &mut [f64]) {
        let n = w.len();
        let (u, slope) = (&mut u[..n], &mut slope[..n]);
        let whole = n - n % LANES;
        for k in (0..whole).step_by(LANES) {
            self.voltages_of::<LANES>(&w[k..], &mut u[k..], &mut slope[k..]);
        }
        for k in whole..n {
            self.voltages_of::<1>(&w[k..], &mut u[k..], &mut slope[k..]);
        }
    }

    /// Halley's method for `s (1 + rise (1 - 1/p)) = y`, from `s = y`. There `f` and `f''` have the same
    /// sign for either sign of `rise`, so that the iteration closes in from one side.
    #[inline(always)]
    fn voltages_of<const N: usize>(&self, w: &[f64], u: &mut [f64], slope: &mut [f64]) {
        let (w, u, slope) = (&w[..N], &mut u[..N], &mut slope[..N]);
        let mut y = [0.0; N];
        for k in 0..N {
            y[k] = w[k] * self.per_u;
        }
        let mut s = y;
        for _ in 0..MAX_ITERATIONS {
            let mut largest = 0.0;
            for k in 0..N {
                let inverse_2 = 1.0 / (1.0 + s[k] * s[k]);
                let inverse = inverse_2.sqrt();
                let inverse_3 = inverse_2 * inverse;
                let f = s[k] * (1.0 + self.rise * (1.0 - inverse)) - y[k];
                let f_1 = 1.0 + self.rise * (1.0 - inverse_3);
                let f_2 = 3.0 * self.rise * s[k] * inverse_3 * inverse_2;
                let step = 2.0 * f * f_1 / (2.0 * f_1 * f_1 - f * f_2);
                s[k] -= step;
                let change = step.abs() - CLOSE * s[k].abs();
                largest = if change > largest { change } else { largest };
            }
            if largest <= 0.0 {
                break;
            }
        }
        for k in 0..N {
            u[k] = s[k] * self.u_rise;
            slope[k] = 1.0 / self.of(s[k]).1;
        }
    }

    /// Bound on `|d2u/dw2| / (du/dw)`, 1/V: how fast Newton's method meets curvature.
    pub(crate) fn curvature(&self) -> f64 {
        // 3 s/p^5 is largest at s = 1/2.
        let least = (1.0 + self.rise).min(1.0);
        0.86 * self.rise.abs() * self.per_u / (least * least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rises() -> impl Iterator<Item = Rise> {
        [-0.5, -0.1, 1e-3, 0.4, 1.0, 10.0]
            .into_iter()
            .flat_map(|c| [1e-3, 0.7, 40.0].map(|u| Rise::new(c, u)))
            .filter_map(|r| r.ok().flatten())
    }

    fn voltages() -> impl Iterator<Item = f64> {
        (-90..=90).map(|k| f64::from(k) * 0.0371 * (f64::from(k).abs() * 0.09).exp())
    }

    #[test]
    fn voltage_is_the_inverse_of_charge() {
        let mut count = 0;
        for rise in rises() {
            for u in voltages() {
                let (w, slope) = rise.charge(u);
                let (back, inverse) = rise.voltage(w);
                assert!((back - u).abs() <= 1e-14 * u.abs(), "{rise:?} {u} {back}");
                assert!((inverse * slope - 1.0).abs() < 1e-14, "{rise:?} {u}");
                count += 1;
            }
        }
        assert_eq!(count, 18 * 181);
    }

    #[test]
    fn many_at_once_are_the_same_as_one_by_one() {
        for rise in rises() {
            let w: Vec<f64> = voltages().collect();
            let (mut u, mut slope) = (vec![0.0; w.len()], vec![0.0; w.len()]);
            rise.voltages(&w, &mut u, &mut slope);
            for k in 0..w.len() {
                let (alone, alone_slope) = rise.voltage(w[k]);
                assert!((u[k] - alone).abs() <= 1e-15 * alone.abs());
                assert!((slope[k] - alone_slope).abs() <= 1e-14);
            }
        }
    }

    #[test]
    fn capacitance_is_the_derivative_of_charge_and_energy_its_integral() {
        for rise in rises() {
            for u in voltages().filter(|u| u.abs() < 100.0 * rise.u_rise) {
                let h = 1e-4 * rise.u_rise;
                let q = |u| rise.charge(u).0;
                // Fourth order.
                let slope =
                    (8.0 * (q(u + h) - q(u - h)) - (q(u + 2.0 * h) - q(u - 2.0 * h))) / (12.0 * h);
                assert!(
                    (slope / rise.charge(u).1 - 1.0).abs() < 1e-9,
                    "{rise:?} {u}"
                );
            }
            // Integral of u C(u) from 0, by Gauss-Legendre of order 6 on short pieces.
            let nodes = [0.238619186083197, 0.661209386466265, 0.932469514203152];
            let weights = [0.467913934572691, 0.360761573048139, 0.171324492379170];
            let piece = 0.1 * rise.u_rise;
            let mut sum = 0.0;
            for k in 0..60 {
                for (x, weight) in nodes.iter().zip(weights) {
                    for x in [-x, *x] {
                        let u = piece * (f64::from(k) + 0.5 + 0.5 * x);
                        sum += 0.5 * piece * weight * u * rise.charge(u).1;
                    }
                }
                let end = piece * f64::from(k + 1);
                assert!(
                    (sum / rise.energy(end) - 1.0).abs() < 1e-12,
                    "{rise:?} {end}"
                );
                assert_eq!(rise.energy(end), rise.energy(-end));
            }
        }
    }

    #[test]
    fn capacitance_goes_from_one_to_the_full_rise() {
        for rise in rises() {
            assert_eq!(rise.charge(0.0), (0.0, 1.0));
            assert_eq!(rise.voltage(0.0), (0.0, 1.0));
            let far = rise.charge(1e6 * rise.u_rise).1;
            assert!((far - 1.0 - rise.rise).abs() < 1e-12);
            for u in voltages() {
                assert!(rise.charge(u).1 > 0.0 && rise.energy(u) >= 0.0);
            }
        }
        assert_eq!(Rise::new(0.0, 1.0), Ok(None));
        for (name, c, u) in [
            ("c_rise", -0.6, 1.0),
            ("c_rise", f64::NAN, 1.0),
            ("u_rise", 0.5, 0.0),
            ("u_rise", 0.0, f64::INFINITY),
        ] {
            let named = Rise::new(c, u).map_err(|e| e.parameter);
            assert_eq!(named, Err(name.into()));
        }
    }
}
