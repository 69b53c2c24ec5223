//! Cyclic voltammetry.

use super::{
    DEFAULT_TOLERANCE, Drive, ExperimentError, History, Record, Trace, bench::Bench, check,
    check_count,
};
use crate::cell::CellParams;

/// A triangular sweep: from `v_start` to `v_first`, then between `v_second` and `v_first`, and
/// back to `v_start` at the end of each cycle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CvProgram {
    /// Voltage at rest before the sweep, where each cycle begins and ends, volt.
    pub v_start: f64,
    /// First turning point, volt.
    pub v_first: f64,
    /// Second turning point, volt; equal to `v_start` for a sweep between two limits.
    pub v_second: f64,
    /// Sweep rate, volt per second, above 0.
    pub rate: f64,
    pub cycles: usize,
    /// Samples per cycle.
    pub points: usize,
    /// Relative tolerance of the integration.
    pub tolerance: f64,
    pub record: Record,
    /// How the cell got to its starting voltage; `None`: it is at rest there.
    pub history: Option<History>,
}

impl CvProgram {
    /// `cycles` between `v_low` and `v_high`, starting at `v_low`, with 400 samples each.
    pub fn between(v_low: f64, v_high: f64, rate: f64, cycles: usize) -> Self {
        Self {
            v_start: v_low,
            v_first: v_high,
            v_second: v_low,
            rate,
            cycles,
            points: 400,
            tolerance: DEFAULT_TOLERANCE,
            record: Record::Terminals,
            history: None,
        }
    }
}

/// Runs a CV on a cell that rests at `v_start`.
pub fn cv(params: &CellParams, program: &CvProgram) -> Result<Trace, ExperimentError> {
    for (name, v) in [
        ("v_start", program.v_start),
        ("v_first", program.v_first),
        ("v_second", program.v_second),
    ] {
        check(name, v, -1e6, 1e6, "V")?;
    }
    check("rate", program.rate, 1e-12, 1e15, "V/s")?;
    check("tolerance", program.tolerance, 1e-13, 1e-2, "")?;
    check_count("cycles", program.cycles, 1_000_000)?;
    check_count("points", program.points, 10_000_000)?;
    let corners = [
        program.v_start,
        program.v_first,
        program.v_second,
        program.v_start,
    ];
    let path: f64 = corners.windows(2).map(|w| (w[1] - w[0]).abs()).sum();
    check("sweep (path of one cycle)", path, 1e-12, 1e7, "V")?;

    let mut state = Bench::new(params, program.v_start, program.history, program.tolerance)?;
    let mut trace = Trace::default();
    let at_rest = state.terminals(Drive::hold(program.v_start));
    trace.push(&mut state, at_rest, program.record);
    let period = path / program.rate;
    for cycle in 0..program.cycles {
        let begin = cycle as f64 * period;
        // Sample k of the cycle lies on this path length; corners fall between or on samples.
        let mut sample = 1;
        let mut passed = 0.0;
        for w in corners.windows(2) {
            let length = (w[1] - w[0]).abs();
            if length == 0.0 {
                continue;
            }
            let t_0 = begin + passed / program.rate;
            let drive = Drive::Voltage {
                v: w[0],
                rate: program.rate * (w[1] - w[0]).signum(),
                t_0,
            };
            let slack = 1e-9 * path;
            let corner = begin + (passed + length) / program.rate;
            while sample <= program.points {
                let at = path * sample as f64 / program.points as f64;
                if at > passed + length + slack {
                    break;
                }
                let t = (begin + at / program.rate).min(corner);
                let now = state.advance_within(t, corner, drive)?;
                trace.push(&mut state, now, program.record);
                sample += 1;
            }
            passed += length;
            state.advance(corner, drive)?;
        }
    }
    Ok(trace)
}
