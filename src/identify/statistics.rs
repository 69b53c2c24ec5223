//! Statistics of residuals.

pub use crate::discover::statistics::student_quantile;

/// Correlation of neighbours within each span, pooled; 0 where it is no more than chance would have
/// it (two standard errors) or negative, and at most 0.999.
pub fn neighbour_correlation(spans: &[&[f64]]) -> f64 {
    let (mut products, mut squares, mut count) = (0.0, 0.0, 0.0);
    for span in spans {
        products += span.windows(2).map(|w| w[0] * w[1]).sum::<f64>();
        squares += span.iter().map(|r| r * r).sum::<f64>();
        count += span.len() as f64;
    }
    if squares <= 0.0 {
        return 0.0;
    }
    let r = products / squares;
    if r < 2.0 / count.sqrt() {
        0.0
    } else {
        r.min(0.999)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_noise_has_none_and_a_slow_wave_much() {
        let mut state = 1u64;
        let noise: Vec<f64> = (0..1000)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
            })
            .collect();
        assert_eq!(neighbour_correlation(&[&noise]), 0.0);
        let wave: Vec<f64> = (0..1000).map(|k| (0.02 * f64::from(k)).sin()).collect();
        assert!(neighbour_correlation(&[&wave]) > 0.99);
    }
}
