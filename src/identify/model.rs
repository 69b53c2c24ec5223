//! The rivals: ideal C with ESR, three branches (Zubieta), ladders (TLM, NCM with either law, each also with a
//! capacitance that rises and with an arc at high frequency), and one with constant phases, for spectra.

use super::record::{Record, Samples};

/// A rival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    CapacitorEsr,
    Zubieta,
    Ladder(Ladder),
    /// A transmission line and an arc with constant phase elements: what a spectrum is compared with to see what
    /// the ladders lack.
    ConstantPhase,
}

/// A model that a card can hold: pores as a ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ladder {
    pub resistance: Resistance,
    /// Whether the capacitance rises with voltage.
    pub rises: bool,
    /// Whether a resistance with a capacitance beside it lies before the pores: an arc at high frequency.
    pub arc: bool,
}

/// What the resistance of the pores depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resistance {
    Constant,
    Linear,
    Sqrt,
}

impl Model {
    pub const TLM: Model = ladder(Resistance::Constant, false, false);
    pub const NCM_LINEAR: Model = ladder(Resistance::Linear, false, false);
    pub const NCM_SQRT: Model = ladder(Resistance::Sqrt, false, false);

    /// Simple ones first: what they find is where those after them begin.
    pub const ALL: [Model; 15] = [
        Model::CapacitorEsr,
        Model::TLM,
        Model::NCM_LINEAR,
        Model::NCM_SQRT,
        ladder(Resistance::Constant, true, false),
        ladder(Resistance::Linear, true, false),
        ladder(Resistance::Sqrt, true, false),
        ladder(Resistance::Constant, false, true),
        ladder(Resistance::Linear, false, true),
        ladder(Resistance::Sqrt, false, true),
        ladder(Resistance::Constant, true, true),
        ladder(Resistance::Linear, true, true),
        ladder(Resistance::Sqrt, true, true),
        Model::Zubieta,
        Model::ConstantPhase,
    ];

    /// Whether the model can be asked about all of these records: an arc shows in spectra alone, constant phases
    /// have no simple equations in time, and what depends on temperature is defined for cards.
    pub fn suits(self, records: &[Record]) -> bool {
        let spectrum = |r: &Record| matches!(r.samples, Samples::Frequency { .. });
        let one_temperature = records
            .iter()
            .all(|r| r.temperature == records[0].temperature);
        match self {
            Self::CapacitorEsr => true,
            Self::Ladder(l) => !l.arc || records.iter().any(spectrum),
            Self::Zubieta => one_temperature,
            Self::ConstantPhase => one_temperature && records.iter().all(spectrum),
        }
    }

    pub(super) fn ladder(self) -> Option<Ladder> {
        match self {
            Self::Ladder(ladder) => Some(ladder),
            _ => None,
        }
    }

    /// Whether its resistance depends on charge.
    pub fn has_gamma(self) -> bool {
        self.ladder()
            .is_some_and(|l| l.resistance != Resistance::Constant)
    }

    /// Whether the capacitance of its slits depends on voltage.
    pub fn rises(self) -> bool {
        self.ladder().is_some_and(|l| l.rises)
    }

    /// Whether it has an arc at high frequency.
    pub fn has_arc(self) -> bool {
        self == Self::ConstantPhase || self.ladder().is_some_and(|l| l.arc)
    }

    /// As `--model` takes it.
    pub fn name(self) -> String {
        match self {
            Self::CapacitorEsr => "c-esr".into(),
            Self::Zubieta => "zubieta".into(),
            Self::ConstantPhase => "constant-phase".into(),
            Self::Ladder(l) => {
                let mut name = String::from(match l.resistance {
                    Resistance::Constant => "tlm",
                    Resistance::Linear => "ncm-linear",
                    Resistance::Sqrt => "ncm-sqrt",
                });
                for (has, word) in [(l.rises, "-rising"), (l.arc, "-arc")] {
                    name.push_str(if has { word } else { "" });
                }
                name
            }
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.name() == name)
    }

    /// In a table.
    pub fn title(self) -> String {
        match self {
            Self::CapacitorEsr => "ideal C + ESR".into(),
            Self::Zubieta => "three branches (Zubieta)".into(),
            Self::ConstantPhase => "TLM, arc, constant phases".into(),
            Self::Ladder(l) => {
                let mut title = String::from(match l.resistance {
                    Resistance::Constant => "TLM",
                    Resistance::Linear => "NCM, linear law",
                    Resistance::Sqrt => "NCM, sqrt law",
                });
                for (has, words) in [(l.rises, ", rising C"), (l.arc, ", arc")] {
                    title.push_str(if has { words } else { "" });
                }
                title
            }
        }
    }

    /// Whether a card can hold it.
    pub fn fits_card(self) -> bool {
        !matches!(self, Self::Zubieta | Self::ConstantPhase)
    }
}

const fn ladder(resistance: Resistance, rises: bool, arc: bool) -> Model {
    Model::Ladder(Ladder {
        resistance,
        rises,
        arc,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        for model in Model::ALL {
            assert_eq!(Model::from_name(&model.name()), Some(model));
        }
    }
}
