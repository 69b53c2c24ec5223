//! From a card to a part that a circuit simulator can use: a subcircuit `NAME p n`.
//!
//! The name and the two terminals are the same behind every [`Door`], so that a circuit may
//! change the door by including another file. Everything the card holds stands in the subcircuit,
//! and its numbers can be set at each instance: `X1 a b part ic=2.5 area=1.1`.

mod header;
mod values;
mod xspice;

use std::fmt;

use crate::card::Card;

/// How the element reaches the simulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// The code models of `ncm.cm`, for ngspice.
    Xspice,
}

impl Door {
    /// Every door.
    pub const ALL: [Door; 1] = [Door::Xspice];

    /// Name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Door::Xspice => "xspice",
        }
    }

    /// The door with this name, if there is one.
    pub fn from_name(name: &str) -> Option<Door> {
        Self::ALL.into_iter().find(|d| d.name() == name)
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
    }
}
