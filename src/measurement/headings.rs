//! What a column's heading says: quantity and unit.
//!
//! Instruments write `Ewe/V`, `<I>/mA`, `WE(1).Current (A)`, `Time [s]`, `-Im(Z)/Ohm`, `t_s`. The
//! unit is the last part after a slash, in brackets, or behind an underscore, if it is one.

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    Time,
    Voltage,
    Current,
    Frequency,
    ImpedanceReal,
    ImpedanceImaginary,
    /// The imaginary part with its sign turned, as Nyquist plots show it.
    ImpedanceImaginaryNegative,
    Cycle,
}

impl Quantity {
    /// The key of `--columns` and `--units`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Time => "t",
            Self::Voltage => "v",
            Self::Current => "i",
            Self::Frequency => "f",
            Self::ImpedanceReal => "re",
            Self::ImpedanceImaginary => "im",
            Self::ImpedanceImaginaryNegative => "-im",
            Self::Cycle => "cycle",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        [
            Self::Time,
            Self::Voltage,
            Self::Current,
            Self::Frequency,
            Self::ImpedanceReal,
            Self::ImpedanceImaginary,
            Self::ImpedanceImaginaryNegative,
            Self::Cycle,
        ]
        .into_iter()
        .find(|q| q.key() == key)
    }

    /// In a sentence.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Voltage => "voltage",
            Self::Current => "current",
            Self::Frequency => "frequency",
            Self::ImpedanceReal => "real part of the impedance",
            Self::ImpedanceImaginary | Self::ImpedanceImaginaryNegative => {
                "imaginary part of the impedance"
            }
            Self::Cycle => "cycle number",
        }
    }

    /// The SI unit, as `--units` takes it.
    pub fn si_unit(self) -> &'static str {
        match self {
            Self::Time => "s",
            Self::Voltage => "V",
            Self::Current => "A",
            Self::Frequency => "Hz",
            Self::ImpedanceReal | Self::ImpedanceImaginary | Self::ImpedanceImaginaryNegative => {
                "ohm"
            }
            Self::Cycle => "1",
        }
    }

    /// Names without unit, in lower case without spaces and `<>`; the first ones are preferred where a
    /// file has several.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Time => &[
                "t",
                "time",
                "correctedtime",
                "elapsedtime",
                "elapsed",
                "testtime",
                "zeit",
            ],
            Self::Voltage => &[
                "v",
                "ewe",
                "ecell",
                "ewe-ece",
                "vf",
                "voltage",
                "cellvoltage",
                "potential",
                "we(1).potential",
                "e",
                "u",
                "spannung",
                "potentialapplied",
            ],
            Self::Current => &["i", "im", "current", "we(1).current", "i(we)", "strom"],
            Self::Frequency => &["f", "freq", "frequency", "frequenz"],
            Self::ImpedanceReal => &["re", "re(z)", "z'", "zreal", "zre", "z_re", "z_real"],
            Self::ImpedanceImaginary => &["im", "im(z)", "z''", "zimag", "zim", "z_im", "z_imag"],
            Self::ImpedanceImaginaryNegative => {
                &["-im", "-im(z)", "-z''", "-zimag", "-zim", "minus_im"]
            }
            Self::Cycle => &["cyclenumber", "cycle", "cycleindex", "scan", "curve"],
        }
    }

    /// How well a heading's name fits: 0 best, `None` not at all.
    pub(super) fn rank(self, name: &str) -> Option<usize> {
        let plain: String = name
            .to_lowercase()
            .chars()
            .filter(|c| !c.is_whitespace() && !"<>".contains(*c))
            .collect();
        let plain = plain
            .replace('"', "''")
            .replace(['’', '′'], "'")
            .replace('″', "''");
        self.names().iter().position(|n| *n == plain)
    }
}

/// A column's heading, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heading {
    /// As in the file.
    pub text: String,
    /// Without the unit.
    pub name: String,
    pub unit: Option<String>,
}

impl Heading {
    pub fn new(text: &str) -> Self {
        let text = text.trim().trim_start_matches('\u{feff}').trim();
        let (name, unit) = split(text);
        Self {
            text: text.into(),
            name: name.trim().into(),
            unit: unit.map(|u| u.trim().into()),
        }
    }

    /// A name whose unit stands elsewhere in the file.
    pub fn with_unit(name: &str, unit: &str) -> Self {
        let unit = unit.trim();
        Self {
            text: name.trim().into(),
            name: name.trim().into(),
            unit: (!unit.is_empty() && unit != "#").then(|| unit.into()),
        }
    }
}

fn split(text: &str) -> (&str, Option<&str>) {
    for (open, close) in [('(', ')'), ('[', ']')] {
        if let Some(inside) = text.strip_suffix(close) {
            if let Some((name, unit)) = inside.rsplit_once(open) {
                if looks_like_unit(unit) {
                    return (name, Some(unit));
                }
            }
        }
    }
    for separator in ['/', '_'] {
        if let Some((name, unit)) = text.rsplit_once(separator) {
            if looks_like_unit(unit) && !name.is_empty() {
                return (name, Some(unit));
            }
        }
    }
    (text, None)
}

const ALL: [Quantity; 5] = [
    Quantity::Time,
    Quantity::Voltage,
    Quantity::Current,
    Quantity::Frequency,
    Quantity::ImpedanceReal,
];

/// Whether a text is a unit of any quantity, also of one that is not used here.
fn looks_like_unit(text: &str) -> bool {
    let text = text.trim();
    ALL.iter().any(|q| to_si(*q, text).is_some())
        || text.contains("cm²")
        || text.contains("cm2")
        || text.contains("cm^2")
        || text.contains("/g")
        || [
            "deg", "°", "C", "F", "W", "%", "mA.h", "mAh", "uC", "mC", "K", "°C",
        ]
        .contains(&text)
}

/// The factor from `unit` to SI, if it is a unit of this quantity.
pub fn to_si(quantity: Quantity, unit: &str) -> Option<f64> {
    let unit = unit.trim();
    // Gamry writes "V vs. Ref."
    let unit = unit.split_once(" vs").map_or(unit, |(u, _)| u.trim());
    if quantity == Quantity::Time {
        let long = match unit.to_lowercase().as_str() {
            "sec" | "second" | "seconds" => Some(1.0),
            "min" | "minute" | "minutes" => Some(60.0),
            "h" | "hr" | "hour" | "hours" => Some(3600.0),
            _ => None,
        };
        if long.is_some() {
            return long;
        }
    }
    let bases: &[&str] = match quantity {
        Quantity::Time => &["s"],
        Quantity::Voltage => &["V", "volt", "volts", "Volt"],
        Quantity::Current => &["A", "amp", "amps", "Amp"],
        Quantity::Frequency => &["Hz", "hz"],
        Quantity::ImpedanceReal
        | Quantity::ImpedanceImaginary
        | Quantity::ImpedanceImaginaryNegative => &["ohm", "ohms", "Ohm", "Ohms", "OHM", "Ω", "Ω"],
        Quantity::Cycle => return Some(1.0),
    };
    bases
        .iter()
        .find_map(|base| prefix(unit.strip_suffix(base)?))
}

fn prefix(text: &str) -> Option<f64> {
    Some(match text {
        "" => 1.0,
        "p" => 1e-12,
        "n" => 1e-9,
        "u" | "µ" | "μ" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_of_instruments_are_understood() {
        for (text, quantity, unit, factor) in [
            ("time/s", Quantity::Time, "s", 1.0),
            ("Elapsed Time  (s)", Quantity::Time, "s", 1.0),
            ("t_min", Quantity::Time, "min", 60.0),
            ("Ewe/V", Quantity::Voltage, "V", 1.0),
            ("WE(1).Potential (mV)", Quantity::Voltage, "mV", 1e-3),
            ("<I>/mA", Quantity::Current, "mA", 1e-3),
            ("WE(1).Current (A)", Quantity::Current, "A", 1.0),
            ("I [µA]", Quantity::Current, "µA", 1e-6),
            ("freq/Hz", Quantity::Frequency, "Hz", 1.0),
            ("Re(Z)/Ohm", Quantity::ImpedanceReal, "Ohm", 1.0),
            ("Z' (Ohms)", Quantity::ImpedanceReal, "Ohms", 1.0),
            ("-Z\" (kΩ)", Quantity::ImpedanceImaginaryNegative, "kΩ", 1e3),
            (
                "-Im(Z)/Ohm",
                Quantity::ImpedanceImaginaryNegative,
                "Ohm",
                1.0,
            ),
        ] {
            let heading = Heading::new(text);
            assert!(
                quantity.rank(&heading.name).is_some(),
                "{text}: {heading:?}"
            );
            assert_eq!(heading.unit.as_deref(), Some(unit), "{text}");
            assert_eq!(to_si(quantity, unit), Some(factor), "{text}");
        }
        assert_eq!(Heading::new("Re(Z)").unit, None);
        assert_eq!(Heading::new("Time").unit, None);
        // A current density is no current.
        assert_eq!(to_si(Quantity::Current, "mA/cm²"), None);
    }
}
