//! Measurements on the waveforms of a transient analysis: values, means, integrals, crossings.

use super::rawfile::{Plot, RawFileError};

/// One quantity over time, taken as straight lines between its samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Waveform {
    t_s: Vec<f64>,
    y: Vec<f64>,
    /// Integral of y from the first sample to each one.
    sum: Vec<f64>,
}

impl Waveform {
    /// From samples at rising times. Where the slices differ in length, the longer is cut.
    pub fn new(t_s: &[f64], y: &[f64]) -> Self {
        let n = t_s.len().min(y.len());
        let (t_s, y) = (t_s[..n].to_vec(), y[..n].to_vec());
        let mut sum = vec![0.0; n];
        for i in 1..n {
            sum[i] = sum[i - 1] + 0.5 * (t_s[i] - t_s[i - 1]) * (y[i] + y[i - 1]);
        }
        Self { t_s, y, sum }
    }

    /// The variable `name` of a transient analysis.
    ///
    /// # Errors
    /// The plot has no such variable, or no time.
    pub fn of(plot: &Plot, name: &str) -> Result<Self, RawFileError> {
        Ok(Self::new(plot.real("time")?, plot.real(name)?))
    }

    /// Times of the samples, s.
    pub fn times(&self) -> &[f64] {
        &self.t_s
    }

    /// The samples.
    pub fn samples(&self) -> &[f64] {
        &self.y
    }

    /// Time of the last sample, s; 0 without samples.
    pub fn end(&self) -> f64 {
        self.t_s.last().copied().unwrap_or(0.0)
    }

    /// `f(self, other)` sample by sample; both come from the same run.
    #[must_use]
    pub fn with(&self, other: &Self, f: impl Fn(f64, f64) -> f64) -> Self {
        let y: Vec<f64> = self
            .y
            .iter()
            .zip(&other.y)
            .map(|(a, b)| f(*a, *b))
            .collect();
        Self::new(&self.t_s, &y)
    }

    /// Value at a time; before the first and after the last sample theirs. NaN without samples.
    pub fn at(&self, t_s: f64) -> f64 {
        self.between(&self.y, t_s, |i, w| {
            self.y[i] + w * (self.y[i + 1] - self.y[i])
        })
    }

    /// Integral from `a` to `b` seconds.
    pub fn integral(&self, a: f64, b: f64) -> f64 {
        self.integral_to(b) - self.integral_to(a)
    }

    /// Mean over time from `a` to `b` seconds.
    pub fn mean(&self, a: f64, b: f64) -> f64 {
        self.integral(a, b) / (b - a)
    }

    /// Lowest value from `a` to `b` seconds.
    pub fn min(&self, a: f64, b: f64) -> f64 {
        self.window(a, b).fold(self.at(a).min(self.at(b)), f64::min)
    }

    /// Highest value from `a` to `b` seconds.
    pub fn max(&self, a: f64, b: f64) -> f64 {
        self.window(a, b).fold(self.at(a).max(self.at(b)), f64::max)
    }

    /// The first time after `from` seconds at which the value falls through `level`.
    pub fn first_fall(&self, level: f64, from: f64) -> Option<f64> {
        let start = self.t_s.partition_point(|t| *t < from);
        (start + 1..self.t_s.len())
            .find(|&i| self.y[i - 1] >= level && self.y[i] < level)
            .map(|i| {
                let w = (self.y[i - 1] - level) / (self.y[i - 1] - self.y[i]);
                self.t_s[i - 1] + w * (self.t_s[i] - self.t_s[i - 1])
            })
    }

    /// Means over windows of `window_s` around every multiple of `step_s`: the waveform without
    /// its switching ripple. Returns times and means.
    pub fn smoothed(&self, window_s: f64, step_s: f64) -> (Vec<f64>, Vec<f64>) {
        let start = self.t_s.first().copied().unwrap_or(0.0);
        let count = ((self.end() - start) / step_s).round() as usize;
        (0..=count)
            .map(|i| {
                let t = start + i as f64 * step_s;
                // Half a window at the ends, so that nothing beyond them is made up.
                let a = (t - 0.5 * window_s).max(start);
                let b = (t + 0.5 * window_s).min(self.end());
                (t, self.mean(a, b))
            })
            .unzip()
    }

    fn integral_to(&self, t_s: f64) -> f64 {
        self.between(&self.sum, t_s, |i, w| {
            let h = w * (self.t_s[i + 1] - self.t_s[i]);
            self.sum[i] + h * (self.y[i] + 0.5 * w * (self.y[i + 1] - self.y[i]))
        })
    }

    /// The end values outside the samples, otherwise `inside(i, w)` for the time a fraction `w` of
    /// the way from sample `i` to the next.
    fn between(&self, ends: &[f64], t_s: f64, inside: impl Fn(usize, f64) -> f64) -> f64 {
        let next = self.t_s.partition_point(|t| *t <= t_s);
        match (ends.first(), ends.last()) {
            (Some(first), _) if next == 0 => *first,
            (_, Some(last)) if next == self.t_s.len() => *last,
            (Some(_), Some(_)) => {
                let i = next - 1;
                inside(i, (t_s - self.t_s[i]) / (self.t_s[next] - self.t_s[i]))
            }
            _ => f64::NAN,
        }
    }

    fn window(&self, a: f64, b: f64) -> impl Iterator<Item = f64> + '_ {
        let first = self.t_s.partition_point(|t| *t < a);
        let last = self.t_s.partition_point(|t| *t <= b).max(first);
        self.y[first..last].iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ramp 0, 1, 2 on uneven times and back to 0.
    fn roof() -> Waveform {
        Waveform::new(&[0.0, 1.0, 2.0, 6.0], &[0.0, 1.0, 2.0, 0.0])
    }

    #[test]
    fn values_and_areas_of_straight_lines_are_exact() {
        let w = roof();
        assert_eq!(w.at(0.5), 0.5);
        assert_eq!(w.at(4.0), 1.0);
        assert_eq!((w.at(-1.0), w.at(9.0)), (0.0, 0.0));
        assert_eq!(w.integral(0.0, 6.0), 6.0);
        assert!((w.integral(0.5, 4.0) - (1.875 + 3.0)).abs() < 1e-15);
        assert_eq!(w.mean(2.0, 6.0), 1.0);
        assert_eq!((w.min(0.5, 3.0), w.max(0.5, 3.0)), (0.5, 2.0));
    }

    #[test]
    fn crossings_lie_on_the_lines() {
        assert_eq!(roof().first_fall(1.5, 0.0), Some(3.0));
        assert_eq!(roof().first_fall(2.5, 0.0), None);
        assert_eq!(roof().first_fall(-1.0, 0.0), None);
    }

    #[test]
    fn products_and_ripple() {
        let w = roof();
        assert_eq!(w.with(&w, |a, b| a * b).at(2.0), 4.0);
        // A triangle of period 2 about 5 has the mean 5 over any whole period.
        let t: Vec<f64> = (0..=100).map(f64::from).collect();
        let y: Vec<f64> = (0..=100).map(|i| 5.0 + f64::from(i % 2)).collect();
        let (times, means) = Waveform::new(&t, &y).smoothed(4.0, 10.0);
        assert_eq!(times.len(), 11);
        assert!(means.iter().all(|m| (m - 5.5).abs() < 1e-12));
    }

    #[test]
    fn nothing_gives_nothing() {
        let empty = Waveform::new(&[], &[]);
        assert!(empty.at(1.0).is_nan());
        assert_eq!(empty.first_fall(0.0, 0.0), None);
    }
}
