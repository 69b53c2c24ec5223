//! Simulators other than ngspice.

use super::case::Case;
use super::doors::{Analysis, Curve, deck};
use super::support::engines::{python_with_neospice, vacask, wasm_ngspice};
use super::support::osdi_library;
use super::variant::Variant;
use ncm::netlist::{self, Dialect};
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Debug, Clone)]
pub enum Foreign {
    /// VACASK with the OSDI library.
    Vacask(PathBuf),
    /// neospice, from Python, with the plain netlist.
    Neospice(PathBuf),
    /// ngspice 45.2 as WebAssembly, with the plain netlist.
    Wasm(PathBuf),
    /// Named only to say why it cannot.
    Gnucap,
}

impl Foreign {
    /// Those that are here.
    pub fn all() -> Vec<Foreign> {
        let mut found = Vec::new();
        found.extend(vacask().map(Foreign::Vacask));
        found.extend(python_with_neospice().map(Foreign::Neospice));
        found.extend(wasm_ngspice().map(Foreign::Wasm));
        found.push(Foreign::Gnucap);
        found
    }

    pub fn name(&self) -> &'static str {
        match self {
            Foreign::Vacask(_) => "osdi 0.4, VACASK",
            Foreign::Neospice(_) => "plain, neospice",
            Foreign::Wasm(_) => "plain, WASM ngspice",
            Foreign::Gnucap => "plain, gnucap",
        }
    }

    pub fn cannot(
        &self,
        case: &Case,
        variant: Variant,
        analysis: Analysis,
    ) -> Option<&'static str> {
        let noise = analysis == Analysis::Noise;
        match self {
            Foreign::Gnucap => Some(
                "gnucap 2017.10 reads neither .func nor B sources, and its behavioural sources know no voltage but their own",
            ),
            Foreign::Neospice(_) | Foreign::Wasm(_) if noise => {
                Some("behavioural sources are noiseless in every SPICE")
            }
            Foreign::Neospice(_) if variant.has_initial_voltage() && case.shares_by_charge() => {
                Some(
                    "neospice 0.2 knows no .func in the .param lines of a subcircuit, which share the start voltage of electrodes whose capacitances rise otherwise",
                )
            }
            _ => None,
        }
    }

    pub fn run(
        &self,
        case: &Case,
        variant: Variant,
        analyses: &[Analysis],
    ) -> Result<Vec<Curve>, String> {
        let room = tempfile::tempdir().map_err(|error| error.to_string())?;
        match self {
            Foreign::Vacask(program) => analyses
                .iter()
                .map(|analysis| {
                    let input = room.path().join("deck.sim");
                    std::fs::write(&input, vacask_deck(case, variant, *analysis))
                        .map_err(|error| error.to_string())?;
                    let log = said(Command::new(program).arg(&input).current_dir(room.path()))?;
                    vacask_curve(room.path(), *analysis).map_err(|error| format!("{error}\n{log}"))
                })
                .collect(),
            Foreign::Neospice(python) => {
                let decks = decks(room.path(), case, variant, analyses)?;
                let script = root().join("tests/engines/neospice_run.py");
                let printed = said(Command::new(python).arg(script).args(decks))?;
                printed_curves(&printed, analyses.len())
            }
            Foreign::Wasm(engine) => {
                let decks = decks(room.path(), case, variant, analyses)?;
                let script = root().join("tests/engines/wasm_run.mjs");
                let printed = said(Command::new("node").arg(script).arg(engine).args(decks))?;
                printed_curves(&printed, analyses.len())
            }
            Foreign::Gnucap => Err("is not run".into()),
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn said(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(printed);
    }
    Err(printed + &String::from_utf8_lossy(&output.stderr))
}

/// Decks of the plain netlist with one analysis each: to start one of these engines takes longer than
/// most analyses.
fn decks(
    room: &Path,
    case: &Case,
    variant: Variant,
    analyses: &[Analysis],
) -> Result<Vec<PathBuf>, String> {
    let plain = netlist::Door::Plain(Dialect::Ngspice);
    let write = |analysis: &Analysis| {
        let path = room.join(format!("{}.cir", analysis.name()));
        let text = deck(plain, case, variant, &[*analysis]);
        std::fs::write(&path, text).map_err(|error| error.to_string())?;
        Ok(path)
    };
    analyses.iter().map(write).collect()
}

/// For each deck the line `deck` and lines `x re im`.
fn printed_curves(printed: &str, count: usize) -> Result<Vec<Curve>, String> {
    let mut curves: Vec<Curve> = Vec::new();
    for line in printed.lines() {
        if line == "deck" {
            curves.push(Curve::default());
        }
        let numbers: Vec<f64> = line
            .split_whitespace()
            .filter_map(|w| w.parse().ok())
            .collect();
        if let ([x, re, im], Some(curve)) = (&numbers[..], curves.last_mut()) {
            curve.x.push(*x);
            curve.re.push(*re);
            curve.im.push(*im);
        }
    }
    if curves.len() != count || curves.iter().any(|curve| curve.x.is_empty()) {
        return Err(format!("no numbers:\n{printed}"));
    }
    Ok(curves)
}

/// The part and its variant in VACASK's words. Model and parameters are those of the OSDI subcircuit.
fn vacask_deck(case: &Case, variant: Variant, analysis: Analysis) -> String {
    let text =
        netlist::subcircuit(&case.card, netlist::Door::Osdi).unwrap_or_else(|e| panic!("{e}"));
    let joined = text.replace("\n+", "");
    let line = |start: &str| {
        let found = joined.lines().find(|line| line.starts_with(start));
        found
            .unwrap_or_else(|| panic!("no {start} in {text}"))
            .to_owned()
    };
    let model_line = line(".model part");
    let model = model_line
        .split_whitespace()
        .nth(2)
        .unwrap_or_default()
        .to_owned();
    let laws = model_line
        .split_whitespace()
        .filter(|word| word.starts_with("law"));
    let defaults_line = line(".subckt");
    let numbers = defaults_line.split_whitespace().skip(4);
    let replaced = match variant {
        Variant::Area => "area",
        Variant::SeriesCount => "series",
        Variant::InitialVoltage | Variant::Uic => "ic",
        _ => "",
    };
    let kept = numbers.filter(|word| {
        let name = word.split('=').next().unwrap_or_default();
        name != "m" && name != replaced && !(name == "ic" && word.contains("e30"))
    });
    let mut parameters: Vec<String> = laws.chain(kept).map(str::to_owned).collect();
    match replaced {
        "" => {}
        "ic" => parameters.push(format!("ic={:e}", case.ic)),
        name => parameters.push(format!("{name}=2")),
    }
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
        "{} {}\nground 0\nload \"resistor.osdi\"\nload \"{}\"\nmodel resistor resistor\nmodel vsource vsource\n\
         model part {model} {}\n\
         v1 (s 0) vsource {source}\n\
         r1 (s p) resistor r={:e}\n{instances}control\n  \
         options reltol=1e-8 abstol=1e-14 vntol=1e-10 tran_lteratio=1e4 rawfile=\"ascii\" temp={}\n",
        case.name,
        variant.name(),
        osdi_library("0.4").display(),
        parameters.join(" "),
        variant.resistance() * case.series_ohm,
        if variant == Variant::Hot { 85 } else { 27 },
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

fn vacask_curve(room: &Path, analysis: Analysis) -> Result<Curve, String> {
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
