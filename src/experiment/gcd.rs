//! Galvanostatic charge and discharge.

use super::{
    DEFAULT_TOLERANCE, Drive, ExperimentError, History, Record, Trace, bench::Bench, check,
    check_count,
};
use crate::cell::{Cell, CellParams};

/// Constant current between two voltage limits, starting with charge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GcdProgram {
    /// Voltage at rest before the first charge, volt.
    pub v_start: f64,
    /// Limits, volt.
    pub v_low: f64,
    pub v_high: f64,
    /// Charging current, ampere, above 0; discharge takes the same with opposite sign.
    pub current: f64,
    pub cycles: usize,
    /// Samples per half cycle.
    pub points: usize,
    /// Relative tolerance of the integration.
    pub tolerance: f64,
    pub record: Record,
    /// How the cell got to its starting voltage; `None`: it is at rest there.
    pub history: Option<History>,
}

impl GcdProgram {
    /// `cycles` between `v_low` and `v_high`, starting at `v_low`, with 200 samples each way.
    pub fn between(v_low: f64, v_high: f64, current: f64, cycles: usize) -> Self {
        Self {
            v_start: v_low,
            v_low,
            v_high,
            current,
            cycles,
            points: 200,
            tolerance: DEFAULT_TOLERANCE,
            record: Record::Terminals,
            history: None,
        }
    }
}

/// How many samples ahead a step may reach before the voltage is looked at.
const AHEAD: f64 = 4.0;

/// Runs the cycles. Each half cycle begins with a sample right after the current is switched and
/// ends with one at the limit.
pub fn gcd(params: &CellParams, program: &GcdProgram) -> Result<Trace, ExperimentError> {
    let cell = Cell::new(params)?;
    check("v_low", program.v_low, -1e6, 1e6, "V")?;
    check("v_high", program.v_high, program.v_low + 1e-12, 1e6, "V")?;
    check(
        "v_start",
        program.v_start,
        program.v_low,
        program.v_high,
        "V",
    )?;
    check("current", program.current, 1e-30, 1e12, "A")?;
    check("tolerance", program.tolerance, 1e-13, 1e-2, "")?;
    check_count("cycles", program.cycles, 1_000_000)?;
    check_count("points", program.points, 10_000_000)?;
    // What the current can hold against the leak in the long run.
    let scale = params.series / (params.parallel * params.area);
    let reach = program.current * scale * params.r_leak;
    if reach <= program.v_high {
        return Err(ExperimentError::LimitNotReached {
            limit_v: program.v_high,
            t_s: f64::INFINITY,
            v: reach,
        });
    }
    // The time an ideal capacitor would take sets the pace of the samples.
    let ideal = cell.capacitance() * (program.v_high - program.v_low) / program.current;
    let pace = ideal / program.points as f64;
    let mut state = Bench::new(params, program.v_start, program.history, program.tolerance)?;
    let mut trace = Trace::default();
    for half in 0..2 * program.cycles {
        let (i, limit) = if half % 2 == 0 {
            (program.current, program.v_high)
        } else {
            (-program.current, program.v_low)
        };
        let drive = Drive::Current(i);
        let beyond = |v: f64| (v - limit) * i.signum() >= 0.0;
        let mut now = state.terminals(drive);
        trace.push(&mut state, now, program.record);
        let begin = state.t();
        while !beyond(now.v) {
            if state.t() - begin > 1e3 * ideal {
                return Err(ExperimentError::LimitNotReached {
                    limit_v: limit,
                    t_s: state.t() - begin,
                    v: now.v,
                });
            }
            let before = state.clone();
            let next = state.t() + pace;
            now = state.advance_within(next, next + AHEAD * pace, drive)?;
            if beyond(now.v) {
                let v_before = before.terminals(drive).v;
                (state, now) = crossing(before, v_before, pace, now.v, limit, drive)?;
                now.v = limit;
            }
            trace.push(&mut state, now, program.record);
        }
    }
    Ok(trace)
}

/// The state where the voltage meets `limit` within the next `pace` seconds (regula falsi with
/// the Illinois correction).
fn crossing(
    start: Bench,
    v_start: f64,
    pace: f64,
    v_end: f64,
    limit: f64,
    drive: Drive,
) -> Result<(Bench, super::Terminals), ExperimentError> {
    let (mut a, mut fa) = (0.0, v_start - limit);
    let (mut b, mut fb) = (pace, v_end - limit);
    let goal = 1e-12 * limit.abs().max(v_start.abs()).max(1e-3);
    for _ in 0..100 {
        let x = if fb == fa {
            b
        } else {
            b - fb * (b - a) / (fb - fa)
        };
        let x = x.clamp(a.min(b), a.max(b));
        let mut state = start.clone();
        let now = state.advance_within(start.t() + x, start.t() + AHEAD * pace, drive)?;
        let fx = now.v - limit;
        if fx.abs() <= goal || (b - a).abs() <= 1e-15 * pace {
            return Ok((state, now));
        }
        if fx.signum() == fb.signum() {
            fa *= 0.5;
        } else {
            (a, fa) = (b, fb);
        }
        (b, fb) = (x, fx);
    }
    let mut state = start;
    let end = state.t() + b;
    let now = state.advance_within(end, end + AHEAD * pace, drive)?;
    Ok((state, now))
}
