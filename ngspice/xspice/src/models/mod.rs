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
        Storage::<cell::Warm>::card(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_names_every_parameter_and_every_readout() {
        let page = include_str!("../../../../docs/ngspice.md");
        let words: Vec<&str> = page
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .collect();
        for card in cards() {
            let names = card.parameters.iter().map(|p| p.name);
            let names = names.chain(card.readouts.iter().map(|r| r.name));
            for name in names.chain([card.name]) {
                let name = name.to_string_lossy();
                assert!(
                    words.contains(&name.as_ref()),
                    "docs/ngspice.md lacks {name}"
                );
            }
        }
    }
}
