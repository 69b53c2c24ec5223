//! The OSDI library through osdi-py: the package evaluates models, `tests/engines/osdi_py_run.py` makes a
//! simulator of it.

use super::case::Case;
use super::doors::{Analysis, Curve, dc_levels, frequencies};
use super::foreign::root;
use super::osdi_part::OsdiPart;
use super::printed::{printed_curves, said};
use super::support::osdi_library;
use super::variant::Variant;
use ncm::netlist::Door;
use serde_json::{Map, Value, json};
use std::path::Path;
use std::process::Command;

pub fn run(
    python: &Path,
    room: &Path,
    case: &Case,
    variant: Variant,
    analyses: &[Analysis],
) -> Result<Vec<Curve>, String> {
    let part = OsdiPart::of(Door::Osdi, case, variant);
    let input = room.join("circuit.json");
    let circuit = circuit(case, variant, analyses, &part);
    std::fs::write(&input, circuit.to_string()).map_err(|error| error.to_string())?;
    let printed = said(
        Command::new(python)
            .arg(root().join("tests/engines/osdi_py_run.py"))
            .arg(&input)
            // The package sees the first model of a library only.
            .env("NCM_OSDI_MODELS", &part.model),
    )?;
    printed_curves(&printed, analyses.len())
}

fn circuit(case: &Case, variant: Variant, analyses: &[Analysis], part: &OsdiPart) -> Value {
    let parameters: Map<String, Value> = part
        .parameters
        .iter()
        .map(|(name, value)| {
            let value = match value.strip_prefix('"') {
                Some(text) => json!(text.trim_end_matches('"')),
                None => json!(value.parse::<f64>().unwrap_or(f64::NAN)),
            };
            (name.clone(), value)
        })
        .collect();
    // Node 0 is behind the resistor, 1 between two parts; none is ground.
    let instances = match variant {
        Variant::Swapped => json!([[null, 0]]),
        Variant::ParallelCopies => json!([[0, null], [0, null]]),
        Variant::SeriesCopies => json!([[0, 1], [1, null]]),
        _ => json!([[0, null]]),
    };
    let volts = variant.voltage();
    let start = if variant.has_initial_voltage() {
        case.ic
    } else {
        0.0
    };
    let analyses: Vec<Value> = analyses
        .iter()
        .map(|analysis| {
            let mut what = match analysis {
                Analysis::Op => json!({"volts": volts * case.bias}),
                Analysis::Dc => json!({"volts": dc_levels(case, variant)}),
                Analysis::Ac | Analysis::Noise => {
                    json!({"volts": volts * case.bias, "frequencies": frequencies(case)})
                }
                Analysis::Tran => json!({
                    "offset": volts * start,
                    "amplitude": volts * case.amplitude,
                    "frequency": case.frequency,
                    "stop": case.stop,
                    "steps": 4000,
                    "uic": variant == Variant::Uic,
                }),
            };
            what["analysis"] = json!(analysis.name());
            what
        })
        .collect();
    json!({
        "library": osdi_library("0.4"),
        "parameters": parameters,
        "multiplicity": if variant == Variant::MFactor { 2 } else { 1 },
        "instances": instances,
        "resistance": variant.resistance() * case.series_ohm,
        "temperature_K": variant.celsius(case) + 273.15,
        "analyses": analyses,
    })
}
