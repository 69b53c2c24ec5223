//! Saving and restoring the accepted state, history included.

use std::fmt;

use super::Stepper;

/// Layout of a snapshot: a header, then `u`, `d1`, `d2` of every chain.
const HEADER: usize = 6;

/// Why a snapshot cannot be restored.
#[derive(Debug, Clone, PartialEq)]
pub enum SnapshotError {
    /// It belongs to a cell with another number of nodes.
    WrongLength { given: usize, wanted: usize },
    /// It holds a value that is not finite, or a header that no snapshot has.
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
        ]);
        let mut rest = &mut out[HEADER..];
        for half in &self.halves {
            for part in [&half.u, &half.d1, &half.d2] {
                let (here, next) = rest.split_at_mut(part.len());
                here.copy_from_slice(part);
                rest = next;
            }
        }
        Ok(())
    }

    /// Puts back a state written by [`Stepper::save`] of a cell of the same build. On error the
    /// state is untouched.
    pub fn restore(&mut self, from: &[f64]) -> Result<(), SnapshotError> {
        self.check_len(from.len())?;
        let damaged = from.iter().any(|x| !x.is_finite())
            || from[0] != self.halves.len() as f64
            || from[1] != self.cell.weight()
            || from[2] < 0.0
            || from[3] < 0.0;
        if damaged {
            return Err(SnapshotError::Damaged);
        }
        self.restart();
        [self.h1, self.h2, self.i, self.v] = [from[2], from[3], from[4], from[5]];
        let mut rest = &from[HEADER..];
        for half in &mut self.halves {
            for part in [&mut half.u, &mut half.d1, &mut half.d2] {
                let (here, next) = rest.split_at(part.len());
                part.copy_from_slice(here);
                rest = next;
            }
        }
        Ok(())
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
