//! Banks one after the other: the lot its cells come from, and each cell.

use crate::card::Card;
use crate::netlist::{Bank, Door, NetlistError, Random};

/// Banks of one card.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Draws {
    /// Counts, spread from cell to cell and the first seed.
    pub bank: Bank,
    /// Capacitance of the lot that all cells of a bank come from, as shares of the rated one below and above
    /// (-0.1, 0.3); every value in between is as likely.
    pub tolerance: (f64, f64),
    pub count: u32,
}

/// Far apart, so that the cells of bank k are no others' of a neighbouring seed.
const SEED_STEP: u64 = 0x1_0000_0001;

impl Draws {
    /// Factor on the capacitance of bank `k`'s lot.
    pub fn lot(&self, k: u32) -> f64 {
        let (low, high) = self.tolerance;
        1.0 + low + (high - low) * Random::new(!self.seed(k)).uniform()
    }

    fn seed(&self, k: u32) -> u64 {
        self.bank
            .seed
            .wrapping_add(u64::from(k).wrapping_mul(SEED_STEP))
    }

    /// Library and name of the subcircuit of bank `k`.
    pub(super) fn library(&self, card: &Card, k: u32) -> Result<(String, String), NetlistError> {
        let mut own = card.clone();
        // One deck holds several banks.
        own.name = format!("draw{k}");
        let lot = self.lot(k);
        let cell = &mut own.cell;
        for electrode in std::iter::once(&mut cell.positive).chain(&mut cell.negative) {
            electrode.c_slit *= lot;
            electrode.c_open *= lot;
            electrode.q_max *= lot;
        }
        let bank = Bank {
            seed: self.seed(k),
            ..self.bank
        };
        Ok((bank.library(&own, Door::Xspice)?, bank.name(&own)))
    }
}
