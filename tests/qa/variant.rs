//! Ways to connect a part that must all come to the same.

use super::case::Case;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Variant {
    Normal,
    /// Both terminals exchanged and the source turned round.
    Swapped,
    /// `m=2` at the instance, behind half the resistance.
    MFactor,
    /// Two parts side by side, behind half the resistance.
    ParallelCopies,
    /// `area=2`, behind half the resistance.
    Area,
    /// Two parts on top of each other, with twice the voltage and resistance.
    SeriesCopies,
    /// `series=2`, with twice the voltage and resistance.
    SeriesCount,
    /// The circuit at 85 degrees Celsius.
    Hot,
    /// Charged at the start, by `ic`, after an operating point.
    InitialVoltage,
    /// The same with `uic`.
    Uic,
}

impl Variant {
    pub const ALL: [Variant; 10] = [
        Variant::Normal,
        Variant::Swapped,
        Variant::MFactor,
        Variant::ParallelCopies,
        Variant::Area,
        Variant::SeriesCopies,
        Variant::SeriesCount,
        Variant::Hot,
        Variant::InitialVoltage,
        Variant::Uic,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Variant::Normal => "normal",
            Variant::Swapped => "terminals swapped",
            Variant::MFactor => "m = 2",
            Variant::ParallelCopies => "two copies in parallel",
            Variant::Area => "area = 2",
            Variant::SeriesCopies => "two copies in series",
            Variant::SeriesCount => "series = 2",
            Variant::Hot => "85 °C",
            Variant::InitialVoltage => "ic",
            Variant::Uic => "ic with uic",
        }
    }

    /// Factor on the current and the inverse of the one on resistances.
    pub fn current(self) -> f64 {
        match self {
            Variant::MFactor | Variant::ParallelCopies | Variant::Area => 2.0,
            Variant::Swapped => -1.0,
            _ => 1.0,
        }
    }

    /// Factor on the source's voltage.
    pub fn voltage(self) -> f64 {
        match self {
            Variant::SeriesCopies | Variant::SeriesCount => 2.0,
            Variant::Swapped => -1.0,
            _ => 1.0,
        }
    }

    /// Factor on the resistance before the part, and on impedances.
    pub fn resistance(self) -> f64 {
        self.voltage() / self.current()
    }

    /// Temperature of the circuit.
    pub fn celsius(self, case: &Case) -> f64 {
        match self {
            Variant::Hot => 85.0,
            _ => case.ambient,
        }
    }

    pub fn has_initial_voltage(self) -> bool {
        matches!(self, Variant::InitialVoltage | Variant::Uic)
    }

    /// Why the variant has no meaning for this case, if it has none.
    pub fn excluded(self, case: &Case) -> bool {
        let has_history = case.card.history.is_some();
        match self {
            // A history is one of an initial voltage.
            _ if has_history && !self.has_initial_voltage() => true,
            Variant::SeriesCount => case.card.cell.negative.is_none(),
            // Expected values are those at one temperature.
            Variant::Hot => case.card.cell.thermal.has_drift(),
            _ => false,
        }
    }

    /// The lines of the part between the nodes `p` and 0.
    pub fn instances(self, part: &str, case: &Case) -> String {
        match self {
            Variant::Normal | Variant::Hot => format!("x1 p 0 {part}\n"),
            Variant::Swapped => format!("x1 0 p {part}\n"),
            Variant::MFactor => format!("x1 p 0 {part} m=2\n"),
            Variant::ParallelCopies => format!("x1 p 0 {part}\nx2 p 0 {part}\n"),
            Variant::Area => format!("x1 p 0 {part} area=2\n"),
            Variant::SeriesCopies => format!("x1 p mid {part}\nx2 mid 0 {part}\n"),
            Variant::SeriesCount => format!("x1 p 0 {part} series=2\n"),
            Variant::InitialVoltage | Variant::Uic => format!("x1 p 0 {part} ic={:e}\n", case.ic),
        }
    }
}
