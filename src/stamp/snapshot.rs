//! Saving and restoring the accepted state, history included.

use std::fmt;

use super::Stepper;
use crate::cell::Thermal;

/// Layout of a snapshot: a header, then `w`, `d1`, `d2` of every chain.
const HEADER: usize = 10;

/// Largest value of a snapshot but for step lengths. No step leads that far: terminal values are
/// limited to 1e100.
const MAX_SAVED: f64 = 1e150;

/// Why a snapshot cannot be restored.
#[derive(Debug, Clone, PartialEq)]
pub enum SnapshotError {
    /// It belongs to a cell with another number of nodes.
    WrongLength { given: usize, wanted: usize },
    /// It holds a value that is not finite (or absurdly large), or a header that no snapshot has.
    Damaged,
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SnapshotError::WrongLength { given, wanted } => write!(
                f,
                "snapshot of {given} values, this cell's have {wanted}: it belongs to another cell"
            ),
            SnapshotError::Damaged => write!(f, "snapshot is damaged"),
        }
    }
}

impl std::error::Error for SnapshotError {}

impl Stepper {
    /// Number of values in a snapshot.
    pub fn snapshot_len(&self) -> usize {
        HEADER + 3 * self.cell.nodes()
    }

    /// Writes the accepted state (not a trial in hand) into `out`, which must have
    /// [`Stepper::snapshot_len`] values.
    pub fn save(&self, out: &mut [f64]) -> Result<(), SnapshotError> {
        self.check_len(out.len())?;
        out[..HEADER].copy_from_slice(&[
            self.halves.len() as f64,
            self.cell.weight(),
            self.h1,
            self.h2,
            self.i,
            self.v,
            self.warmth.t,
            self.warmth.d1,
            self.warmth.surroundings,
            self.warmth.heat,
        ]);
        let mut rest = &mut out[HEADER..];
        for half in &self.halves {
            for part in [&half.w, &half.d1, &half.d2] {
                let (here, next) = rest.split_at_mut(part.len());
                here.copy_from_slice(part);
                rest = next;
            }
        }
        Ok(())
    }

    /// Puts back a state written by [`Stepper::save`] of a cell of the same build. On error the
    /// state is untouched.
    ///
    /// Whether one chain stood for both electrodes when it was saved does not matter.
    pub fn restore(&mut self, from: &[f64]) -> Result<(), SnapshotError> {
        let saved_chains = self.saved_chains(from)?;
        if saved_chains > self.halves.len() {
            self.split_mirror();
        }
        self.set_temperature(from[6])
            .map_err(|_| SnapshotError::Damaged)?;
        self.warmth.resume([from[7], from[8], from[9]]);
        [self.h1, self.h2, self.i, self.v] = [from[2], from[3], from[4], from[5]];
        let mut rest = &from[HEADER..];
        for half in &mut self.halves {
            let mut here = rest;
            for part in [&mut half.w, &mut half.d1, &mut half.d2] {
                let (values, next) = here.split_at(part.len());
                part.copy_from_slice(values);
                here = next;
            }
            // A saved chain that stood for both electrodes is read twice.
            if !here.is_empty() {
                rest = here;
            }
        }
        self.measure();
        Ok(())
    }

    /// Number of chains in a snapshot, once it is known to fit this cell.
    fn saved_chains(&self, from: &[f64]) -> Result<usize, SnapshotError> {
        let of_chain = 3 * self.cell.chains[0].nodes();
        let own = [self.halves.len() as f64, self.cell.weight()];
        let twins = self.cell.mirrored
            || self.cell.chains.len() == 2 && self.cell.chains[1].mirrors(&self.cell.chains[0]);
        let (chains, wanted, fits) = match from {
            [1.0, 2.0, ..] if twins => (1, HEADER + of_chain, true),
            [2.0, 1.0, ..] if twins => (2, HEADER + 2 * of_chain, true),
            _ => (
                self.halves.len(),
                self.snapshot_len(),
                from.starts_with(&own),
            ),
        };
        if from.len() != wanted {
            return Err(SnapshotError::WrongLength {
                given: from.len(),
                wanted: self.snapshot_len(),
            });
        }
        let bad_step = |h: &f64| !(h.is_finite() && *h >= 0.0);
        let bad_value = |x: &f64| x.is_nan() || x.abs() > MAX_SAVED;
        let cold = |t: &f64| !Thermal::allows(*t);
        if !fits
            || [from[6], from[8]].iter().any(cold)
            || from[2..4].iter().any(bad_step)
            || from[4..].iter().any(bad_value)
        {
            return Err(SnapshotError::Damaged);
        }
        Ok(chains)
    }

    fn check_len(&self, given: usize) -> Result<(), SnapshotError> {
        let wanted = self.snapshot_len();
        if given == wanted {
            Ok(())
        } else {
            Err(SnapshotError::WrongLength { given, wanted })
        }
    }
}
