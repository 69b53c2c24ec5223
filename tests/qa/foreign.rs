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
        _case: &Case,
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
            Foreign::Neospice(_) if variant == Variant::Uic => Some(
                "neospice takes the start voltages of a run without operating point from nowhere in the netlist",
            ),
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
            Foreign::Vacask(program) => {
                let input = room.path().join("deck.sim");
                std::fs::write(&input, vacask_deck(case, variant, analyses))
                    .map_err(|e| e.to_string())?;
                let log = said(
                    Command::new(program)
                        .arg("deck.sim")
                        .current_dir(room.path()),
                )?;
                analyses
                    .iter()
                    .map(|a| vacask_curve(room.path(), *a).map_err(|e| format!("{e}\n{log}")))
                    .collect()
            }
            Foreign::Neospice(python) => {
                let plain = netlist::Door::Plain(Dialect::Ngspice);
                analyses
                    .iter()
                    .map(|analysis| {
                        let input = room.path().join("deck.cir");
                        std::fs::write(&input, deck(plain, case, variant, &[]))
                            .map_err(|e| e.to_string())?;
                        let bias = case.bias * variant.voltage().abs();
                        let numbers = match analysis {
                            Analysis::Dc => vec![-bias, bias, 0.25 * bias],
                            Analysis::Ac => vec![case.f_min, case.f_max],
                            Analysis::Tran => vec![case.stop / 2000.0, case.stop],
                            _ => Vec::new(),
                        };
                        let script = root().join("tests/engines/neospice_run.py");
                        let printed = said(
                            Command::new(python)
                                .arg(script)
                                .arg(&input)
                                .arg(analysis.name())
                                .args(numbers.iter().map(f64::to_string)),
                        )?;
                        printed_curve(&printed)
                    })
                    .collect()
            }
            Foreign::Wasm(engine) => {
                let plain = netlist::Door::Plain(Dialect::Ngspice);
                analyses
                    .iter()
                    .map(|analysis| {
                        let input = room.path().join("deck.cir");
                        std::fs::write(&input, deck(plain, case, variant, &[*analysis]))
                            .map_err(|e| e.to_string())?;
                        let script = root().join("tests/engines/wasm_run.mjs");
                        let printed =
                            said(Command::new("node").arg(script).arg(engine).arg(&input))?;
                        printed_curve(&printed)
                    })
                    .collect()
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

/// Lines `x re im`.
fn printed_curve(printed: &str) -> Result<Curve, String> {
    let mut curve = Curve {
        x: Vec::new(),
        re: Vec::new(),
        im: Vec::new(),
    };
    for line in printed.lines() {
        let row: Vec<f64> = line
            .split_whitespace()
            .filter_map(|w| w.parse().ok())
            .collect();
        let [x, re, im] = row[..] else { continue };
        curve.x.push(x);
        curve.re.push(re);
        curve.im.push(im);
    }
    if curve.x.is_empty() {
        return Err(format!("no numbers:\n{printed}"));
    }
    Ok(curve)
}

/// The part and its variant in VACASK's words. Model and parameters are those of the OSDI subcircuit.
fn vacask_deck(case: &Case, variant: Variant, analyses: &[Analysis]) -> String {
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
    let mut deck = format!(
        "{} {}\nground 0\nload \"resistor.osdi\"\nload \"{}\"\nmodel resistor resistor\nmodel vsource vsource\n\
         model part {model} {}\n\
         v1 (s 0) vsource dc={:e} mag=1 type=\"sine\" sinedc={:e} ampl={:e} freq={:e}\n\
         r1 (s p) resistor r={:e}\n{instances}control\n  \
         options reltol=1e-6 abstol=1e-14 vntol=1e-10 rawfile=\"ascii\" temp={}\n",
        case.name,
        variant.name(),
        osdi_library("0.4").display(),
        parameters.join(" "),
        volts * case.bias,
        volts * start,
        volts * case.amplitude,
        case.frequency,
        variant.resistance() * case.series_ohm,
        if variant == Variant::Hot { 85 } else { 27 },
    );
    let sweep = format!(
        "from={:e} to={:e} mode=\"dec\" points=4",
        case.f_min, case.f_max
    );
    for analysis in analyses {
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
    }
    deck + "endc\n"
}

fn vacask_curve(room: &Path, analysis: Analysis) -> Result<Curve, String> {
    let path = room.join(format!("{}.raw", analysis.name()));
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let (head, values) = text.split_once("Values:").ok_or("no values")?;
    let names: Vec<&str> = head
        .split_once("Variables:")
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
    let mut curve = Curve {
        x: Vec::new(),
        re: Vec::new(),
        im: Vec::new(),
    };
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
