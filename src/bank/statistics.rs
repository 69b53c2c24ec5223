//! What a sample of draws says.

use crate::plot::Curve;

/// Values in rising order.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample(Vec<f64>);

impl Sample {
    pub fn new(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    /// The value that a share `p` of the sample does not exceed, straight lines between ranks; NaN without values.
    pub fn quantile(&self, p: f64) -> f64 {
        let Some(last) = self.0.len().checked_sub(1) else {
            return f64::NAN;
        };
        let at = p.clamp(0.0, 1.0) * last as f64;
        let k = (at as usize).min(last);
        let next = self.0[(k + 1).min(last)];
        self.0[k] + (at - k as f64) * (next - self.0[k])
    }

    pub fn lowest(&self) -> f64 {
        self.quantile(0.0)
    }

    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    pub fn highest(&self) -> f64 {
        self.quantile(1.0)
    }

    /// Share of values that are not below `least`.
    pub fn share_from(&self, least: f64) -> f64 {
        let below = self.0.partition_point(|x| *x < least);
        (self.0.len() - below) as f64 / self.0.len() as f64
    }
}

/// Shares of samples up to each of their values, in percent.
pub fn cumulative(samples: &[(&str, &Sample)]) -> Vec<Curve> {
    samples
        .iter()
        .map(|(name, sample)| {
            let count = sample.0.len() as f64;
            let (mut x, mut y) = (Vec::new(), Vec::new());
            for (k, value) in sample.0.iter().enumerate() {
                x.extend([*value, *value]);
                y.extend([k as f64, (k + 1) as f64].map(|n| 100.0 * n / count));
            }
            Curve::new(*name, x, y)
        })
        .collect()
}

/// Bars of a histogram.
const BINS: usize = 40;

/// Outlines of the histograms of several samples over common bins: draws per bin.
pub fn histogram(samples: &[(&str, &Sample)]) -> Vec<Curve> {
    let low = samples
        .iter()
        .map(|s| s.1.lowest())
        .fold(f64::INFINITY, f64::min);
    let high = samples
        .iter()
        .map(|s| s.1.highest())
        .fold(f64::NEG_INFINITY, f64::max);
    // Draws that do not differ get a bar all the same.
    let width = ((high - low) / BINS as f64)
        .max(1e-6 * high.abs())
        .max(1e-12);
    samples
        .iter()
        .map(|(name, sample)| {
            let mut counts = [0.0; BINS];
            for x in &sample.0 {
                let bin = ((x - low) / width) as usize;
                counts[bin.min(BINS - 1)] += 1.0;
            }
            // Where a sample has nothing its outline would only hide the others'.
            let first = counts.iter().position(|n| *n > 0.0).unwrap_or(0);
            let last = counts.iter().rposition(|n| *n > 0.0).unwrap_or(0);
            let edge = |bin: usize| low + bin as f64 * width;
            let (mut x, mut y) = (vec![edge(first)], vec![0.0]);
            for (bin, count) in counts.iter().enumerate().take(last + 1).skip(first) {
                x.extend([edge(bin), edge(bin + 1)]);
                y.extend([*count, *count]);
            }
            x.push(edge(last + 1));
            y.push(0.0);
            Curve::new(*name, x, y)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_known_values() {
        let sample = Sample::new(vec![4.0, 1.0, 3.0, 2.0, 5.0]);
        assert_eq!(
            (sample.lowest(), sample.median(), sample.highest()),
            (1.0, 3.0, 5.0)
        );
        assert_eq!(sample.quantile(0.1), 1.4);
        assert_eq!(sample.share_from(3.0), 0.6);
        assert!(Sample::new(Vec::new()).median().is_nan());
    }

    #[test]
    fn histograms_hold_every_draw() {
        let spread = Sample::new((0..100).map(f64::from).collect());
        let same = Sample::new(vec![99.0; 7]);
        let curves = histogram(&[("spread", &spread), ("same", &same)]);
        assert_eq!(cumulative(&[("same", &same)])[0].y.last(), Some(&100.0));
        // Two corners for each bar.
        let total = |k: usize| curves[k].y.iter().sum::<f64>() / 2.0;
        assert_eq!((total(0), total(1)), (100.0, 7.0));
    }
}
