//! Voltage step.

use super::trace::sample_times;
use super::{
    DEFAULT_TOLERANCE, Drive, ExperimentError, History, Record, Trace, bench::Bench, check,
    check_count,
};
use crate::cell::CellParams;

/// From rest at `v_0` the terminals jump to `v_1` and stay there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepProgram {
    /// Volt.
    pub v_0: f64,
    /// Volt.
    pub v_1: f64,
    /// How long `v_1` is held, second.
    pub duration: f64,
    /// Samples after the jump.
    pub points: usize,
    /// Spread the samples evenly in log t over this many decades before `duration`; 0 for evenly
    /// in t.
    pub decades: f64,
    /// Relative tolerance of the integration.
    pub tolerance: f64,
    pub record: Record,
    /// How the cell got to its starting voltage; `None`: it is at rest there.
    pub history: Option<History>,
}

impl StepProgram {
    /// 400 samples over four decades.
    pub fn to(v_0: f64, v_1: f64, duration: f64) -> Self {
        Self {
            v_0,
            v_1,
            duration,
            points: 400,
            decades: 4.0,
            tolerance: DEFAULT_TOLERANCE,
            record: Record::Terminals,
            history: None,
        }
    }
}

/// Runs a voltage step; the first sample is right after the jump.
pub fn step(params: &CellParams, program: &StepProgram) -> Result<Trace, ExperimentError> {
    check("v_0", program.v_0, -1e6, 1e6, "V")?;
    check("v_1", program.v_1, -1e6, 1e6, "V")?;
    check("duration", program.duration, 1e-15, 1e12, "s")?;
    check("decades", program.decades, 0.0, 12.0, "")?;
    check("tolerance", program.tolerance, 1e-13, 1e-2, "")?;
    check_count("points", program.points, 10_000_000)?;
    let mut state = Bench::new(params, program.v_0, program.history, program.tolerance)?;
    let drive = Drive::hold(program.v_1);
    let mut trace = Trace::default();
    let at_once = state.terminals(drive);
    trace.push(&mut state, at_once, program.record);
    for t in sample_times(program.duration, program.points, program.decades) {
        let now = state.advance_within(t, program.duration, drive)?;
        trace.push(&mut state, now, program.record);
    }
    Ok(trace)
}
