//! Columns of samples, and the circuit driven as an electrode was.

use super::PaperError;
use crate::cell::CellParams;
use crate::experiment::{CvProgram, Record, Trace, cv};
use crate::ladder::ElectrodeParams;
use crate::mpnp::observe::{Sample, SlitSample};

pub fn column(samples: &[Sample], of: impl Fn(&Sample) -> f64) -> Vec<f64> {
    samples.iter().map(of).collect()
}

pub fn times(samples: &[Sample]) -> Vec<f64> {
    column(samples, |s| s.t)
}

/// A quantity of slit `i`, from 1.
pub fn slit(samples: &[Sample], i: usize, of: impl Fn(&SlitSample) -> f64) -> Vec<f64> {
    column(samples, |s| of(&s.slits[i - 1]))
}

/// dphi_i, from slit 1 on.
pub fn dphi(samples: &[Sample], i: usize) -> Vec<f64> {
    column(samples, |s| s.drop(i).unwrap_or(f64::NAN))
}

pub fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |m: f64, v| m.max(v.abs()))
}

/// Values over their largest size.
pub fn relative(values: &[f64]) -> Vec<f64> {
    let scale = largest(values);
    values.iter().map(|v| v / scale).collect()
}

/// dphi/I, left out where the current is below 15 % of its largest value: the ratio is
/// singular where the current turns.
pub fn ratio(dphi: &[f64], current: &[f64]) -> Vec<f64> {
    let least = 0.15 * largest(current);
    dphi.iter()
        .zip(current)
        .map(|(v, i)| if i.abs() > least { v / i } else { f64::NAN })
        .collect()
}

/// y at `at` between the points of a rising x; the ends beyond them.
pub fn interpolate(x: &[f64], y: &[f64], at: f64) -> f64 {
    let after = x.partition_point(|&v| v < at).clamp(1, x.len() - 1);
    let (a, b) = (x[after - 1], x[after]);
    let w = if b > a {
        ((at - a) / (b - a)).clamp(0.0, 1.0)
    } else {
        1.0
    };
    y[after - 1] + w * (y[after] - y[after - 1])
}

/// Root mean square over time of `a - b`, each series at its own times, over the largest |b|.
pub fn rms_error(t_a: &[f64], a: &[f64], t_b: &[f64], b: &[f64]) -> f64 {
    let (mut sum, mut span) = (0.0, 0.0);
    for k in 1..t_b.len() {
        let h = t_b[k] - t_b[k - 1];
        let squared = |w: f64| {
            let value = b[k - 1] + w * (b[k] - b[k - 1]);
            (interpolate(t_a, a, t_b[k - 1] + w * h) - value).powi(2)
        };
        // Simpson's rule: exact where the difference is linear.
        sum += h * (squared(0.0) + 4.0 * squared(0.5) + squared(1.0)) / 6.0;
        span += h;
    }
    (sum / span).sqrt() / largest(b)
}

/// A half cell under `cycles` triangles between 0 and `high` volt, with the voltage of every slit.
pub fn half_cell_cv(
    electrode: &ElectrodeParams,
    high: f64,
    rate: f64,
    cycles: usize,
) -> Result<Trace, PaperError> {
    cell_cv(&CellParams::half(electrode.clone()), high, rate, cycles)
}

pub fn cell_cv(
    params: &CellParams,
    high: f64,
    rate: f64,
    cycles: usize,
) -> Result<Trace, PaperError> {
    let mut program = CvProgram::between(0.0, high, rate, cycles);
    program.record = Record::Sections;
    Ok(cv(params, &program)?)
}

/// The last of `cycles` cycles of a trace.
pub fn last_cycle(trace: &Trace, cycles: usize) -> std::ops::Range<usize> {
    let points = (trace.t_s.len() - 1) / cycles;
    trace.t_s.len() - 1 - points..trace.t_s.len()
}

/// Area enclosed by a closed curve.
pub fn area(x: &[f64], y: &[f64]) -> f64 {
    let n = x.len();
    (0..n)
        .map(|k| {
            let j = (k + 1) % n;
            x[k] * y[j] - x[j] * y[k]
        })
        .sum::<f64>()
        .abs()
        * 0.5
}

/// How far a cycle's current is from being its own negative half a cycle later, root mean square
/// over its largest value. 0 for every linear circuit in the periodic state.
pub fn asymmetry(current: &[f64]) -> f64 {
    let n = current.len() / 2;
    let sum: f64 = (0..n).map(|k| (current[k] + current[k + n]).powi(2)).sum();
    (sum / n as f64).sqrt() / largest(current)
}

/// `x` with this many decimals.
pub fn percent(x: f64) -> String {
    format!("{:.1} %", 100.0 * x)
}

pub fn list(values: impl IntoIterator<Item = f64>, decimals: usize) -> String {
    values
        .into_iter()
        .map(|v| format!("{v:.decimals$}"))
        .collect::<Vec<_>>()
        .join(", ")
}
