//! What a part was driven with, as pieces that the integrator takes in one go.

use crate::experiment::Drive;

/// A piece of the drive and when it ends, second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Piece {
    pub end: f64,
    pub drive: Drive,
}

/// Voltage samples as straight lines that pass all of them within `tolerance` volt (a swing filter: the
/// bundle of lines from the last corner narrows with every sample until it is empty).
pub fn lines(t: &[f64], v: &[f64], tolerance: f64) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut t_0, mut v_0) = (t[0], v[0]);
    let (mut least, mut most) = (f64::NEG_INFINITY, f64::INFINITY);
    let mut k = 1;
    let mut first = 1;
    while k < t.len() {
        let dt = t[k] - t_0;
        let low = (v[k] - tolerance - v_0) / dt;
        let high = (v[k] + tolerance - v_0) / dt;
        if low.max(least) > high.min(most) && k > first {
            // The sample before was the last on this line.
            let end = t[k - 1];
            let rate = ((v[k - 1] - v_0) / (end - t_0)).clamp(least, most);
            pieces.push(line(t_0, v_0, rate, end));
            v_0 += rate * (end - t_0);
            t_0 = end;
            (least, most) = (f64::NEG_INFINITY, f64::INFINITY);
            first = k;
        } else {
            (least, most) = (low.max(least), high.min(most));
            k += 1;
        }
    }
    let end = t[t.len() - 1];
    let rate = ((v[v.len() - 1] - v_0) / (end - t_0)).clamp(least.min(most), most.max(least));
    pieces.push(line(t_0, v_0, rate, end));
    pieces
}

fn line(t_0: f64, v: f64, rate: f64, end: f64) -> Piece {
    Piece {
        end,
        drive: Drive::Voltage { v, rate, t_0 },
    }
}

/// Current samples as constant pieces, each the mean of samples that differ by less than `tolerance`
/// ampere from it. The switch lies midway between two samples.
pub fn plateaus(t: &[f64], i: &[f64], tolerance: f64) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut sum, mut count) = (i[0], 1.0);
    for k in 1..t.len() {
        if (i[k] - sum / count).abs() > tolerance {
            pieces.push(Piece {
                end: 0.5 * (t[k - 1] + t[k]),
                drive: Drive::Current(sum / count),
            });
            (sum, count) = (0.0, 0.0);
        }
        sum += i[k];
        count += 1.0;
    }
    pieces.push(Piece {
        end: t[t.len() - 1],
        drive: Drive::Current(sum / count),
    });
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_triangle_with_noise_becomes_two_lines() {
        let t: Vec<f64> = (0..=400).map(f64::from).collect();
        let v: Vec<f64> = t
            .iter()
            .map(|t| 1.0 - (t - 200.0).abs() / 200.0 + 1e-4 * (7.0 * t).sin())
            .collect();
        let pieces = lines(&t, &v, 2e-3);
        assert_eq!(pieces.len(), 2, "{pieces:?}");
        for (k, (t, v)) in t.iter().zip(&v).enumerate() {
            let piece = pieces.iter().find(|p| *t <= p.end).unwrap();
            let Drive::Voltage { v: v_0, rate, t_0 } = piece.drive else {
                panic!("a voltage");
            };
            assert!((v_0 + rate * (t - t_0) - v).abs() <= 4e-3, "sample {k}");
        }
    }

    #[test]
    fn a_cycle_becomes_plateaus() {
        let t: Vec<f64> = (0..30).map(f64::from).collect();
        let i: Vec<f64> = (0..30)
            .map(|k| if k < 10 { 1.0 } else { -1.0 } + 1e-3 * f64::from(k % 2))
            .collect();
        let pieces = plateaus(&t, &i, 0.02);
        assert_eq!(pieces.len(), 2);
        assert_eq!(pieces[0].end, 9.5);
        assert!(matches!(pieces[1].drive, Drive::Current(i) if (i + 0.9995).abs() < 1e-9));
    }
}
