//! The code models. Each translates between the simulator and the kernel; physics is the kernel's.

mod cell;
mod electrode;
mod resistor;
mod slit;
mod storage;

use crate::instance::Model;
use crate::tables::Card;
use storage::Storage;

/// Conductance that keeps an open capacitor's node defined at an operating point, S.
pub const OPEN: f64 = 1e-12;

/// What the simulator is told of each model.
pub fn cards() -> Vec<&'static Card> {
    vec![
        resistor::Resistor::card(),
        slit::Slit::card(),
        Storage::<electrode::Half>::card(),
        Storage::<cell::Whole>::card(),
    ]
}
