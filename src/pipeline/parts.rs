//! Cards and netlists of a membrane.

use std::path::Path;

use super::PipelineError;
use super::found::Found;
use crate::card::Card;
use crate::identify::mpnp::{Capacitance, Membrane, MembraneError, MembraneLaw, card};
use crate::netlist::{Door, companion, subcircuit};

/// The law of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartLaw {
    Linear,
    Sqrt,
    /// What discovery found, as a formula.
    Found,
    /// The linear law, with capacitances that rise with voltage.
    Rising,
    /// gamma = 0.
    Tlm,
    /// gamma = 0, with the same rising capacitances: what they do without a law.
    TlmRising,
}

impl PartLaw {
    pub const ALL: [Self; 6] = [
        Self::Linear,
        Self::Sqrt,
        Self::Found,
        Self::Rising,
        Self::Tlm,
        Self::TlmRising,
    ];

    /// Name of files and columns.
    pub fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Sqrt => "sqrt",
            Self::Found => "found",
            Self::Rising => "rising",
            Self::Tlm => "tlm",
            Self::TlmRising => "tlm-rising",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Linear => "NCM, linear law",
            Self::Sqrt => "NCM, sqrt law",
            Self::Found => "NCM, law found by discovery",
            Self::Rising => "NCM, linear law, rising C",
            Self::Tlm => "TLM (gamma = 0)",
            Self::TlmRising => "TLM, rising C",
        }
    }
}

/// The cards of a membrane.
///
/// # Errors
/// [`PipelineError::Membrane`] if the law found makes no part.
pub fn cards(
    membrane: &Membrane,
    found: &Found,
    name: &str,
) -> Result<Vec<(PartLaw, Card)>, PipelineError> {
    PartLaw::ALL
        .into_iter()
        .map(|law| {
            let fitted = match law {
                PartLaw::Sqrt => MembraneLaw::Sqrt,
                PartLaw::Tlm | PartLaw::TlmRising => MembraneLaw::Constant,
                PartLaw::Linear | PartLaw::Found | PartLaw::Rising => MembraneLaw::Linear,
            };
            let capacitance = match law {
                PartLaw::Rising | PartLaw::TlmRising => Capacitance::Rising,
                _ => Capacitance::Constant,
            };
            let name = format!("{name}-{}", law.name());
            let mut card =
                card::to_card(membrane, fitted, capacitance, membrane.slits, false, &name);
            if law == PartLaw::Found {
                carry(&mut card, membrane, found).map_err(MembraneError::Circuit)?;
            }
            Ok((law, card))
        })
        .collect()
}

/// Puts the law that was found into a card of the linear one.
fn carry(
    card: &mut Card,
    membrane: &Membrane,
    found: &Found,
) -> Result<(), crate::parameter::ParameterError> {
    let expression = found.scaled(membrane.drop_ratio)?;
    let electrode = card.cell.positive.clone().with_expression(expression);
    electrode.validate()?;
    card.cell.positive = electrode;
    let p = &mut card.provenance;
    p.method = format!(
        "ncm pipeline of ncm {}: law found by equation discovery, dphi_V = {}, error {:.2} %",
        env!("CARGO_PKG_VERSION"),
        found.text,
        100.0 * found.error
    );
    p.parameters.remove("r_c");
    p.parameters.remove("gamma");
    p.parameters.insert(
        "resistance".into(),
        format!(
            "found in the run's own series; scale = {:.5}: from dphi between the slits' middles to the circuit's voltages, so that R C is unchanged",
            membrane.drop_ratio
        ),
    );
    Ok(())
}

/// The cards of a folder.
///
/// # Errors
/// [`PipelineError::Card`] if one is not there or cannot be used.
pub fn read(folder: &Path) -> Result<Vec<(PartLaw, Card)>, PipelineError> {
    PartLaw::ALL
        .into_iter()
        .map(|law| {
            let path = folder.join("cards").join(format!("{}.toml", law.name()));
            Ok((law, Card::read(&path, &[])?))
        })
        .collect()
}

/// Folder of a door's libraries.
fn door_folder(door: Door) -> String {
    match door {
        Door::Plain(dialect) => format!("netlists/plain-{}", dialect.name()),
        other => format!("netlists/{}", other.name()),
    }
}

/// Every card behind every door, as files; a door that cannot hold a card is passed over, with the reason in a text
/// beside the others.
pub fn netlists(cards: &[(PartLaw, Card)]) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for door in Door::ALL {
        let folder = door_folder(door);
        for (law, card) in cards {
            let name = law.name();
            match subcircuit(card, door) {
                Ok(text) => {
                    let ending = if door == Door::VerilogA { "va" } else { "lib" };
                    files.push((format!("{folder}/{name}.{ending}"), text));
                    if let Some((ending, text)) = companion(card, door) {
                        files.push((format!("{folder}/{name}.{ending}"), text));
                    }
                }
                Err(reason) => {
                    files.push((format!("{folder}/{name}.txt"), format!("{reason}\n")));
                }
            }
        }
    }
    files
}
