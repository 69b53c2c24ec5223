//! From a card to a part that a circuit simulator can use: a subcircuit `NAME p n`.
//!
//! The name and the two terminals are the same behind every [`Door`], so that a circuit may
//! change the door by including another file. Everything the card holds stands in the subcircuit,
//! and its numbers can be set at each instance: `X1 a b part ic=2.5 area=1.1`.

mod bank;
mod compiled;
mod device;
mod formula;
mod header;
pub mod lumping;
mod osdi;
mod plain;
mod values;
mod verilog_a;
mod wrap;
mod xspice;

use std::fmt;

use crate::card::Card;

#[cfg(feature = "cli")]
pub(crate) use bank::Random;
pub use bank::{Bank, Factors, MOST_CELLS, Spread};
pub use plain::Dialect;

/// How the element reaches the simulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// The code models of `ncm.cm`, for ngspice.
    Xspice,
    /// The OSDI library, for ngspice from 42 on.
    Osdi,
    /// Capacitors and behavioural sources, for any simulator.
    Plain(Dialect),
    /// Verilog-A source, for simulators that compile it; [`subcircuit`] then gives the source and
    /// [`companion`] the subcircuit around it.
    VerilogA,
}

impl Door {
    /// Every door.
    pub const ALL: [Door; 7] = [
        Door::Xspice,
        Door::Osdi,
        Door::Plain(Dialect::Ngspice),
        Door::Plain(Dialect::Ltspice),
        Door::Plain(Dialect::Pspice),
        Door::Plain(Dialect::Xyce),
        Door::VerilogA,
    ];

    /// Name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Door::Xspice => "xspice",
            Door::Osdi => "osdi",
            Door::Plain(_) => "plain",
            Door::VerilogA => "verilog-a",
        }
    }

    /// The door with this name, if there is one; `dialect` is for those that have several.
    pub fn from_name(name: &str, dialect: Dialect) -> Option<Door> {
        match name {
            "xspice" => Some(Door::Xspice),
            "osdi" => Some(Door::Osdi),
            "plain" => Some(Door::Plain(dialect)),
            "verilog-a" => Some(Door::VerilogA),
            _ => None,
        }
    }
}

/// A card that a door has no form for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetlistError {
    /// Name of the card.
    pub card: String,
    pub door: Door,
    /// The parameter in the way.
    pub parameter: String,
    pub wrong: String,
    pub remedy: String,
}

impl fmt::Display for NetlistError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}: {} behind the {} door\n  remedy: {}",
            self.card,
            self.parameter,
            self.wrong,
            self.door.name(),
            self.remedy
        )
    }
}

impl std::error::Error for NetlistError {}

/// Name of a card's subcircuit: that of the card, with an underscore for what simulators read as
/// an operator.
pub fn subcircuit_name(card: &Card) -> String {
    card.name.replace(['-', '.'], "_")
}

/// The text of a library file with the part's subcircuit.
///
/// # Errors
/// [`NetlistError`] where the door cannot express what the card says.
pub fn subcircuit(card: &Card, door: Door) -> Result<String, NetlistError> {
    match door {
        Door::Xspice => xspice::subcircuit(card),
        Door::Osdi => osdi::subcircuit(card),
        Door::Plain(_) | Door::VerilogA if card.history.is_some() => Err(NetlistError {
            card: card.name.clone(),
            door,
            parameter: "ic_rate".into(),
            wrong: "a history before the start has no form".into(),
            remedy: "use the door xspice or osdi, or --set ic_rate=0 for a part at rest at ic"
                .into(),
        }),
        Door::Plain(dialect) => {
            formula::check(card, door)?;
            Ok(plain::subcircuit(card, dialect))
        }
        Door::VerilogA => {
            formula::check(card, door)?;
            Ok(verilog_a::module(card))
        }
    }
}

/// A second text that a door needs beside that of [`subcircuit`], with the ending of its file:
/// around Verilog-A source the subcircuit that makes it look like behind every other door.
pub fn companion(card: &Card, door: Door) -> Option<(&'static str, String)> {
    match door {
        Door::Xspice | Door::Osdi | Door::Plain(_) => None,
        Door::VerilogA => Some(("lib", verilog_a::wrapper(card))),
    }
}
