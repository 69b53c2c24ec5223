//! VACASK with the OSDI library, or with a Verilog-A module compiled by OpenVAF.

use super::case::Case;
use super::doors::{Analysis, Curve, module};
use super::osdi_part::OsdiPart;
use super::printed::said;
use super::support::osdi_library;
use super::variant::Variant;
use ncm::netlist::Door;
use std::path::Path;
use std::process::Command;

pub fn run(
    program: &Path,
    door: Door,
    room: &Path,
    case: &Case,
    variant: Variant,
    analysis: Analysis,
) -> Result<Curve, String> {
    let input = room.join("deck.sim");
    std::fs::write(&input, deck(door, case, variant, analysis))
        .map_err(|error| error.to_string())?;
    let log = said(Command::new(program).arg(&input).current_dir(room))?;
    curve(room, analysis).map_err(|error| format!("{error}\n{log}"))
}

fn deck(door: Door, case: &Case, variant: Variant, analysis: Analysis) -> String {
    let part = OsdiPart::of(door, case, variant);
    let file = match door {
        Door::VerilogA => module(case),
        _ => osdi_library("0.4"),
    };
    let parameters: Vec<String> = part
        .parameters
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let parameters = parameters.join(" ");
    let volts = variant.voltage();
    let start = if variant.has_initial_voltage() {
        case.ic
    } else {
        0.0
    };
    let instances = match variant {
        Variant::Swapped => "n1 (0 p) part\n",
        Variant::MFactor => "n1 (p 0) part $mfactor=2\n",
        Variant::ParallelCopies => "n1 (p 0) part\nn2 (p 0) part\n",
        Variant::SeriesCopies => "n1 (p mid) part\nn2 (mid 0) part\n",
        _ => "n1 (p 0) part\n",
    };
    // A source of a sine has no other value at rest than the sine's at zero.
    let source = match analysis {
        Analysis::Tran => format!(
            "type=\"sine\" sinedc={:e} ampl={:e} freq={:e}",
            volts * start,
            volts * case.amplitude,
            case.frequency
        ),
        _ => format!("dc={:e} mag=1", volts * case.bias),
    };
    let mut deck = format!(
        "{} {variant:?}\nground 0\nload \"resistor.osdi\"\nload \"{}\"\nmodel resistor resistor\nmodel vsource vsource\n\
         model part {} {}\n\
         v1 (s 0) vsource {source}\n\
         r1 (s p) resistor r={:e}\n{instances}control\n  \
         options reltol=1e-8 abstol=1e-14 vntol=1e-10 tran_lteratio=1e4 rawfile=\"ascii\" temp={}\n",
        case.name,
        file.display(),
        part.model,
        parameters,
        variant.resistance() * case.series_ohm,
        variant.celsius(case),
    );
    let sweep = format!(
        "from={:e} to={:e} mode=\"dec\" points=4",
        case.f_min, case.f_max
    );
    deck += &match analysis {
        Analysis::Op => "  analysis op op\n".to_owned(),
        Analysis::Dc => {
            let bias = case.bias * volts.abs();
            format!(
                "  sweep v instance=\"v1\" parameter=\"dc\" from={:e} to={bias:e} step={:e}\n    analysis dc op\n",
                -bias,
                0.25 * bias
            )
        }
        Analysis::Ac => format!("  analysis ac ac {sweep}\n"),
        Analysis::Noise => format!("  analysis noise noise out=\"p\" in=\"v1\" {sweep}\n"),
        Analysis::Tran => format!(
            "  analysis tran tran step={step:e} stop={:e} maxstep={step:e}{}\n",
            case.stop,
            if variant == Variant::Uic {
                " icmode=\"uic\""
            } else {
                ""
            },
            step = case.stop / 4000.0,
        ),
    };
    deck + "endc\n"
}

fn curve(room: &Path, analysis: Analysis) -> Result<Curve, String> {
    let path = room.join(format!("{}.raw", analysis.name()));
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let (head, values) = text.split_once("Values:").ok_or("no values")?;
    let names: Vec<&str> = head
        .split_once("\nVariables:")
        .ok_or("no variables")?
        .1
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1))
        .collect();
    let wanted = match analysis {
        Analysis::Noise => "onoise",
        _ => "v1:flow(br)",
    };
    let column = names
        .iter()
        .position(|name| *name == wanted)
        .ok_or("no current")?;
    // Each point begins with its number.
    let words: Vec<&str> = values.split_whitespace().collect();
    let mut curve = Curve::default();
    for point in words.chunks_exact(names.len() + 1) {
        let number = |word: &str| -> Result<(f64, f64), String> {
            let (re, im) = word.split_once(',').unwrap_or((word, "0"));
            let read = |x: &str| x.parse().map_err(|_| format!("{x} is no number"));
            Ok((read(re)?, read(im)?))
        };
        let (re, im) = number(point[column + 1])?;
        curve.x.push(number(point[1])?.0);
        // A density in V^2/Hz, other than ngspice's.
        curve.re.push(if analysis == Analysis::Noise {
            re.sqrt()
        } else {
            re
        });
        curve.im.push(im);
    }
    Ok(curve)
}
