//! A rising curve through points: piecewise cubic, without overshoot.

/// Monotone cubic Hermite interpolation (Fritsch & Carlson 1980, doi 10.1137/0717021), straight beyond its ends.
#[derive(Debug, Clone, PartialEq)]
pub struct RisingCurve {
    x: Vec<f64>,
    y: Vec<f64>,
    slope: Vec<f64>,
}

impl RisingCurve {
    /// `None` unless there are two points at least and both coordinates rise.
    pub fn new(x: Vec<f64>, y: Vec<f64>) -> Option<Self> {
        let rises = |v: &[f64]| v.windows(2).all(|w| w[1] > w[0]);
        if x.len() < 2 || x.len() != y.len() || !rises(&x) || !rises(&y) {
            return None;
        }
        let n = x.len();
        let h: Vec<f64> = x.windows(2).map(|w| w[1] - w[0]).collect();
        let chord: Vec<f64> = (0..n - 1).map(|k| (y[k + 1] - y[k]) / h[k]).collect();
        // Of the parabola through the three points at an end, as far as that is monotone.
        let end = |near: usize, far: usize| {
            let parabola = ((2.0 * h[near] + h[far]) * chord[near] - h[near] * chord[far])
                / (h[near] + h[far]);
            parabola.clamp(0.0, 3.0 * chord[near])
        };
        let slope = (0..n)
            .map(|k| match k {
                _ if n == 2 => chord[0],
                0 => end(0, 1),
                k if k == n - 1 => end(n - 2, n - 3),
                // Weighted harmonic mean: between the chords, hence monotone.
                k => {
                    let (a, b) = (2.0 * h[k] + h[k - 1], h[k] + 2.0 * h[k - 1]);
                    (a + b) / (a / chord[k - 1] + b / chord[k])
                }
            })
            .collect();
        Some(Self { x, y, slope })
    }

    pub fn at(&self, x: f64) -> f64 {
        let n = self.x.len();
        let (first, last) = (self.x[0], self.x[n - 1]);
        if x <= first {
            return self.y[0] + self.slope[0] * (x - first);
        }
        if x >= last {
            return self.y[n - 1] + self.slope[n - 1] * (x - last);
        }
        let k = self.x.partition_point(|&a| a <= x) - 1;
        let h = self.x[k + 1] - self.x[k];
        let s = (x - self.x[k]) / h;
        let r = 1.0 - s;
        r * r * (1.0 + 2.0 * s) * self.y[k]
            + s * s * (1.0 + 2.0 * r) * self.y[k + 1]
            + h * s * r * (r * self.slope[k] - s * self.slope[k + 1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn straight_lines_stay_straight_and_curves_come_close() {
        let x: Vec<f64> = (-4..=4).map(f64::from).collect();
        let line = RisingCurve::new(x.clone(), x.iter().map(|x| 2.0 * x).collect()).expect("rises");
        for x in [-9.0, -4.0, -0.3, 0.0, 2.7, 4.0, 5.5] {
            assert!((line.at(x) - 2.0 * x).abs() < 1e-14);
        }
        let sinh = RisingCurve::new(
            x.iter().map(|x| 0.1 * x).collect(),
            x.iter().map(|x| (0.1 * x).sinh()).collect(),
        )
        .expect("rises");
        for k in -40..=40 {
            let x = 0.01 * f64::from(k);
            assert!((sinh.at(x) - x.sinh()).abs() < 2e-4, "{x}");
        }
    }

    #[test]
    fn what_does_not_rise_is_no_curve() {
        assert_eq!(RisingCurve::new(vec![0.0], vec![0.0]), None);
        assert_eq!(RisingCurve::new(vec![0.0, 1.0], vec![0.0, 0.0]), None);
        assert_eq!(RisingCurve::new(vec![0.0, 1.0], vec![0.0, f64::NAN]), None);
    }
}
