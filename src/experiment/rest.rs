//! Rest after a charge: redistribution and self-discharge.

use super::trace::sample_times;
use super::{
    DEFAULT_TOLERANCE, Drive, ExperimentError, History, Record, Trace, bench::Bench, check,
    check_count,
};
use crate::cell::CellParams;

/// The cell rests at `v_0`, is held at `v_1` for `hold` seconds (0: it is at rest at `v_1`), then
/// left open.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RestProgram {
    /// Volt.
    pub v_0: f64,
    /// Volt.
    pub v_1: f64,
    /// How long `v_1` is held, second.
    pub hold: f64,
    /// How long the cell is left open, second.
    pub duration: f64,
    /// Samples of the rest.
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

impl RestProgram {
    /// 400 samples over four decades.
    pub fn after(v_1: f64, hold: f64, duration: f64) -> Self {
        Self {
            v_0: 0.0,
            v_1,
            hold,
            duration,
            points: 400,
            decades: 4.0,
            tolerance: DEFAULT_TOLERANCE,
            record: Record::Terminals,
            history: None,
        }
    }
}

/// Runs the hold (not sampled) and the rest; time counts from the opening of the terminals.
pub fn rest(params: &CellParams, program: &RestProgram) -> Result<Trace, ExperimentError> {
    check("v_0", program.v_0, -1e6, 1e6, "V")?;
    check("v_1", program.v_1, -1e6, 1e6, "V")?;
    check("hold", program.hold, 0.0, 1e12, "s")?;
    check("duration", program.duration, 1e-15, 1e12, "s")?;
    check("decades", program.decades, 0.0, 12.0, "")?;
    check("tolerance", program.tolerance, 1e-13, 1e-2, "")?;
    check_count("points", program.points, 10_000_000)?;
    let v_rest = if program.hold > 0.0 {
        program.v_0
    } else {
        program.v_1
    };
    let mut state = Bench::new(params, v_rest, program.history, program.tolerance)?;
    if program.hold > 0.0 {
        state.advance(program.hold, Drive::hold(program.v_1))?;
        state.reset_clock();
    }
    let open = Drive::Current(0.0);
    let mut trace = Trace::default();
    let at_once = state.terminals(open);
    trace.push(&mut state, at_once, program.record);
    for t in sample_times(program.duration, program.points, program.decades) {
        let now = state.advance_within(t, program.duration, open)?;
        trace.push(&mut state, now, program.record);
    }
    Ok(trace)
}
