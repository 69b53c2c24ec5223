//! The circuit under a run's own drive, beside the run.

use super::MembraneError;
use super::run::RunData;
use crate::cell::{Cell, CellParams};
use crate::experiment::{DEFAULT_TOLERANCE, Drive, Integrator};
use crate::mpnp::analysis::time_weights;

/// Current of `cell` at the times of the run's samples, ampere. The drive's jumps are taken at once.
///
/// # Errors
/// [`MembraneError::Circuit`] or [`MembraneError::Experiment`] where the cell cannot be run.
pub fn current(cell: &CellParams, run: &RunData) -> Result<Vec<f64>, MembraneError> {
    let mut state = Integrator::new(Cell::new(cell)?, 0.0, DEFAULT_TOLERANCE);
    let mut out = Vec::with_capacity(run.samples.len());
    let mut next = run.samples.iter().map(|s| s.t).peekable();
    for piece in run.drive().windows(2) {
        let ((from, v), (to, end)) = (piece[0], piece[1]);
        if to <= from {
            continue;
        }
        let drive = Drive::Voltage {
            v,
            rate: (end - v) / (to - from),
            t_0: from,
        };
        // A time at a kink belongs to the piece before it, as in the solver.
        while let Some(t) = next.next_if(|t| *t <= to) {
            out.push(state.advance_within(t, to, drive)?.i);
        }
        state.advance(to, drive)?;
    }
    // Rounding may put the last sample behind the last corner.
    while out.len() < run.samples.len() {
        out.push(out.last().copied().unwrap_or(0.0));
    }
    Ok(out)
}

/// How far a current is from the run's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deviation {
    /// Root mean square over time, over the run's largest current.
    pub rms: f64,
    /// Largest, over the same.
    pub largest: f64,
}

/// Compares a current at the run's sample times with the current of the run's metal.
pub fn deviation(current: &[f64], run: &RunData) -> Deviation {
    let weights = time_weights(&run.samples);
    let (mut squares, mut time, mut most, mut scale) = (0.0, 0.0, 0.0f64, 0.0f64);
    // The first sample is before the drive has moved.
    for ((i, s), w) in current.iter().zip(&run.samples).zip(&weights).skip(1) {
        let off = (i - s.metal_current).abs();
        squares += w * off * off;
        time += w;
        most = most.max(off);
        scale = scale.max(s.metal_current.abs());
    }
    Deviation {
        rms: (squares / time).sqrt() / scale,
        largest: most / scale,
    }
}
