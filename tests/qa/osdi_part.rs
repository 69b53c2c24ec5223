//! The part in the words of hosts of OSDI files that read no ngspice netlist: model and parameters are
//! those of the subcircuit for ngspice.

use super::case::Case;
use super::doors::library;
use super::variant::Variant;
use ncm::netlist::Door;

pub struct OsdiPart {
    pub model: String,
    /// Names and values; a text stands in quotes.
    pub parameters: Vec<(String, String)>,
}

impl OsdiPart {
    pub fn of(door: Door, case: &Case, variant: Variant) -> Self {
        let text = library(door, case);
        let joined = text.replace("\n+", "");
        let line = |start: &str| -> Vec<String> {
            let found = joined.lines().find(|line| line.starts_with(start));
            let found = found.unwrap_or_else(|| panic!("no {start} in {text}"));
            found.split_whitespace().map(str::to_owned).collect()
        };
        let model_line = line(".model part");
        let laws = model_line.iter().filter(|word| word.starts_with("law"));
        let defaults = line(".subckt");
        let numbers = defaults.iter().skip(4);
        let (replaced, value) = match variant {
            Variant::Area => ("area", 2.0),
            Variant::SeriesCount => ("series", 2.0),
            Variant::InitialVoltage | Variant::Uic => ("ic", case.ic),
            _ => ("", 0.0),
        };
        let mut parameters: Vec<(String, String)> = laws
            .chain(numbers)
            .filter_map(|word| word.split_once('='))
            // `m` is the subcircuit's own, and an `ic` of 1e30 stands for none.
            .filter(|(name, value)| *name != "m" && !(*name == "ic" && value.contains("e30")))
            .filter(|(name, _)| *name != replaced)
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        if !replaced.is_empty() {
            parameters.push((replaced.to_owned(), format!("{value:e}")));
        }
        Self {
            model: model_line[2].clone(),
            parameters,
        }
    }
}
