//! The few statistics that reports need.

/// The 97.5 % quantile of Student's distribution with `freedom` degrees of freedom: half of a 95 %
/// interval. Cornish-Fisher expansion (Abramowitz & Stegun 26.7.5), good to 1 % from 4 degrees on.
pub fn student_quantile(freedom: f64) -> f64 {
    let z: f64 = 1.959_963_984_540_054;
    let n = freedom.max(1.0);
    let (z2, z3) = (z * z, z * z * z);
    let g1 = (z3 + z) / 4.0;
    let g2 = (5.0 * z3 * z2 + 16.0 * z3 + 3.0 * z) / 96.0;
    let g3 = (3.0 * z3 * z3 * z + 19.0 * z3 * z2 + 17.0 * z3 - 15.0 * z) / 384.0;
    z + g1 / n + g2 / (n * n) + g3 / (n * n * n)
}

/// Correlation of two columns; 0 if one is constant.
pub fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let (ma, mb) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        ab += (x - ma) * (y - mb);
        aa += (x - ma) * (x - ma);
        bb += (y - mb) * (y - mb);
    }
    if aa * bb > 0.0 {
        ab / (aa * bb).sqrt()
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn student_quantiles_are_those_of_tables() {
        for (freedom, quantile) in [(5.0, 2.5706), (10.0, 2.2281), (30.0, 2.0423), (1e6, 1.96)] {
            assert!((student_quantile(freedom) / quantile - 1.0).abs() < 0.003);
        }
    }
}
