//! The ways into the simulators, and one run through each.

use super::case::Case;
use super::foreign::Foreign;
use super::support::engines::{compiled, openvaf};
use super::support::{Release, code_model, osdi_library, osdi_releases, releases, target_folder};
use super::table::Cell;
use super::variant::Variant;
use ncm::netlist::{self, Dialect, subcircuit, subcircuit_name};
use ncm::simulator::{Job, RawFile};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Analysis {
    Op,
    Dc,
    Ac,
    Tran,
    Noise,
}

impl Analysis {
    pub const ALL: [Analysis; 5] = [
        Analysis::Op,
        Analysis::Dc,
        Analysis::Ac,
        Analysis::Tran,
        Analysis::Noise,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Analysis::Op => "op",
            Analysis::Dc => "dc",
            Analysis::Ac => "ac",
            Analysis::Tran => "tran",
            Analysis::Noise => "noise",
        }
    }

    /// Largest difference allowed, relative to the largest expected value.
    pub fn tolerance(self) -> f64 {
        match self {
            // Of the current that would flow through a short; without leakage nothing flows.
            Analysis::Op | Analysis::Dc => 1e-6,
            Analysis::Ac | Analysis::Noise => 1e-6,
            // What the simulator's own integration leaves at the step asked for.
            Analysis::Tran => 1e-4,
        }
    }
}

/// A door in one release of a simulator.
pub enum Door {
    Ngspice {
        kind: netlist::Door,
        release: &'static Release,
        /// Of the interface, where there are several.
        version: &'static str,
    },
    /// Another simulator.
    Foreign(Foreign),
}

/// Of Verilog-A.
pub const NO_UIC: &str =
    "Verilog-A has no word for the start of a run without operating point: the part starts empty";

/// Why a door does not carry what the case's part does, if it does not.
pub fn lacking(kind: netlist::Door, case: &Case) -> Option<&'static str> {
    let heats = case.card.cell.thermal.heats_itself();
    let has_history = case.card.history.is_some();
    match kind {
        netlist::Door::Plain(_) if heats => Some("plain netlists do not heat themselves"),
        netlist::Door::VerilogA if heats => Some("the Verilog-A source does not heat itself"),
        netlist::Door::Plain(_) if has_history => Some("plain netlists start at rest at ic"),
        netlist::Door::VerilogA if has_history => Some("the Verilog-A source starts at rest at ic"),
        _ => None,
    }
}

/// How much is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Everything.
    Whole,
    /// What takes a minute or two: behavioural sources, compilers and other simulators take seconds where
    /// the compiled models take a tenth.
    Part,
}

impl Door {
    /// Every door in every release that has it.
    pub fn all() -> Vec<Door> {
        let everywhere = |kind, version| {
            releases().iter().map(move |release| Door::Ngspice {
                kind,
                release,
                version,
            })
        };
        let osdi = osdi_releases().into_iter().flat_map(|(release, versions)| {
            versions.iter().map(move |version| Door::Ngspice {
                kind: netlist::Door::Osdi,
                release,
                version,
            })
        });
        // OpenVAF's files are of interface 0.4.
        let verilog_a = openvaf().is_some();
        let verilog_a = everywhere(netlist::Door::VerilogA, "")
            .filter(move |door| verilog_a && door.release_major() >= 44);
        everywhere(netlist::Door::Xspice, "")
            .chain(osdi)
            .chain(verilog_a)
            .chain(everywhere(netlist::Door::Plain(Dialect::Ngspice), ""))
            .chain(Foreign::all().into_iter().map(Door::Foreign))
            .collect()
    }

    fn release_major(&self) -> u32 {
        match self {
            Door::Ngspice { release, .. } => release.ngspice.major(),
            Door::Foreign(_) => 0,
        }
    }

    pub fn is_run(&self, case: &Case, variant: Variant, extent: Extent) -> bool {
        let Door::Ngspice { kind, .. } = self else {
            return extent == Extent::Whole;
        };
        let quick = matches!(kind, netlist::Door::Xspice | netlist::Door::Osdi);
        let plain = matches!(kind, netlist::Door::Plain(_));
        quick
            || extent == Extent::Whole
            || (plain && variant == Variant::Normal && case.name.starts_with("half"))
    }

    pub fn name(&self) -> String {
        match self {
            Door::Ngspice {
                kind,
                release,
                version,
            } => {
                let space = if version.is_empty() { "" } else { " " };
                format!("{}{space}{version}, {}", kind.name(), release.name)
            }
            Door::Foreign(foreign) => foreign.name().to_owned(),
        }
    }

    /// Why this host cannot do what is asked, if it cannot.
    fn cannot(&self, case: &Case, variant: Variant, analysis: Analysis) -> Option<&'static str> {
        let noise = analysis == Analysis::Noise;
        match self {
            Door::Foreign(foreign) => foreign.cannot(case, variant, analysis),
            Door::Ngspice { kind, .. } if lacking(*kind, case).is_some() => lacking(*kind, case),
            Door::Ngspice { kind, .. } => match kind {
                netlist::Door::Xspice if noise && self.release_major() < 47 => {
                    Some("ngspice has noise of code models from release 47 on")
                }
                netlist::Door::Plain(_) if noise => {
                    Some("behavioural sources are noiseless in every SPICE")
                }
                netlist::Door::VerilogA if variant == Variant::Uic => Some(NO_UIC),
                _ => None,
            },
        }
    }

    /// One run with all analyses of the variant, compared with what is expected.
    pub fn run(&self, case: &Case, variant: Variant) -> Vec<(Analysis, Cell)> {
        if variant.excluded(case) {
            return Vec::new();
        }
        let wanted: Vec<Analysis> = Analysis::ALL
            .into_iter()
            // An initial voltage is for transients, and so are parts that heat themselves.
            .filter(|a| {
                *a == Analysis::Tran
                    || !(variant.has_initial_voltage() || case.card.cell.thermal.heats_itself())
            })
            .collect();
        let (possible, mut cells): (Vec<_>, Vec<_>) = wanted
            .into_iter()
            .map(|a| (a, self.cannot(case, variant, a)))
            .partition(|(_, reason)| reason.is_none());
        let mut outcome: Vec<(Analysis, Cell)> = cells
            .drain(..)
            .filter_map(|(a, reason)| Some((a, Cell::Cannot(reason?))))
            .collect();
        if possible.is_empty() {
            return outcome;
        }
        let analyses: Vec<Analysis> = possible.into_iter().map(|(a, _)| a).collect();
        let curves: Result<Vec<Curve>, String> = match self {
            Door::Ngspice {
                kind,
                release,
                version,
            } => {
                let deck = deck(*kind, case, variant, &analyses);
                release
                    .ngspice
                    .run(&job(*kind, version, case, deck))
                    .and_then(|run| run.check())
                    .and_then(|run| run.raw().cloned())
                    .map_err(|error| error.to_string())
                    .and_then(|raw| analyses.iter().map(|a| of_raw(&raw, *a)).collect())
            }
            Door::Foreign(foreign) => foreign.run(case, variant, &analyses),
        };
        for (k, analysis) in analyses.into_iter().enumerate() {
            let cell = match &curves {
                Ok(curves) => compare(case, variant, analysis, &curves[k])
                    .map_or_else(Cell::Failed, Cell::Error),
                Err(error) => Cell::Failed(error.clone()),
            };
            outcome.push((analysis, cell));
        }
        outcome
    }
}

/// A compiled module of a case; each is compiled once.
pub fn module(case: &Case) -> PathBuf {
    static DONE: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());
    let mut done = DONE.lock().unwrap();
    if let Some(there) = done.get(&case.name) {
        return there.clone();
    }
    let room = target_folder().join("qa-verilog-a");
    std::fs::create_dir_all(&room).unwrap_or_else(|e| panic!("{}: {e}", room.display()));
    let source = subcircuit(&case.card, netlist::Door::VerilogA).unwrap_or_else(|e| panic!("{e}"));
    let osdi = compiled(
        &openvaf().expect("asked for before"),
        &room,
        &source,
        &case.name,
    );
    done.insert(case.name.clone(), osdi.clone());
    osdi
}

fn job(kind: netlist::Door, version: &str, case: &Case, deck: String) -> Job {
    let osdi = |library: PathBuf| format!("osdi {}", library.display());
    match kind {
        netlist::Door::Xspice => Job::new(deck).code_model(code_model()),
        netlist::Door::Osdi => Job::new(deck).start_up(osdi(osdi_library(version))),
        netlist::Door::VerilogA => Job::new(deck).start_up(osdi(module(case))),
        netlist::Door::Plain(_) => Job::new(deck),
    }
}

/// The subcircuit of a door.
pub fn library(kind: netlist::Door, case: &Case) -> String {
    netlist::companion(&case.card, kind).map_or_else(
        || subcircuit(&case.card, kind).unwrap_or_else(|error| panic!("{error}")),
        |(_, text)| text,
    )
}

/// Source, resistor, part and analyses, for ngspice and what reads its netlists.
pub fn deck(kind: netlist::Door, case: &Case, variant: Variant, analyses: &[Analysis]) -> String {
    let part = subcircuit_name(&case.card);
    let text = library(kind, case);
    let volts = variant.voltage();
    let start = if variant.has_initial_voltage() {
        case.ic
    } else {
        0.0
    };
    let mut deck = format!(
        "{} {variant:?}\n{text}v1 s 0 dc {:e} ac 1 sin({:e} {:e} {:e})\nr1 s p {:e}\n{}",
        case.name,
        volts * case.bias,
        volts * start,
        volts * case.amplitude,
        case.frequency,
        variant.resistance() * case.series_ohm,
        variant.instances(&format!("{part}{}", temperature(kind, case)), case)
    );
    deck += &format!(".options {}\n", tolerances(kind));
    deck += &format!(".temp {}\n", variant.celsius(case));
    for analysis in analyses {
        deck += &match analysis {
            Analysis::Op => ".op\n".to_owned(),
            Analysis::Dc => format!(
                ".dc v1 {:e} {:e} {:e}\n",
                -case.bias * volts.abs(),
                case.bias * volts.abs(),
                0.25 * case.bias * volts.abs()
            ),
            // Both ends and 20 steps from one to the other, like the expected values.
            Analysis::Ac => format!(".ac dec 4 {:e} {:e}\n", case.f_min, case.f_max),
            Analysis::Noise => {
                format!(".noise v(p) v1 dec 4 {:e} {:e} 1\n", case.f_min, case.f_max)
            }
            Analysis::Tran => format!(
                ".tran {step:e} {stop:e} 0 {step:e}{uic}\n",
                step = case.stop / steps(kind),
                stop = case.stop,
                uic = if variant == Variant::Uic { " uic" } else { "" }
            ),
        };
    }
    deck + ".end\n"
}

/// Parameter of an instance where the part does not see the circuit's temperature.
fn temperature(kind: netlist::Door, case: &Case) -> String {
    match kind {
        netlist::Door::Plain(_) if case.card.cell.thermal.has_drift() => {
            format!(" temperature={}", case.ambient + 273.15)
        }
        _ => String::new(),
    }
}

/// Levels of a sweep of the source.
pub fn dc_levels(case: &Case, variant: Variant) -> Vec<f64> {
    let most = case.bias * variant.voltage().abs();
    (-4..=4).map(|k| 0.25 * f64::from(k) * most).collect()
}

/// Those of small signals and noise: both ends and 20 steps from one to the other.
pub fn frequencies(case: &Case) -> Vec<f64> {
    let ratio = case.f_max / case.f_min;
    (0..=20)
        .map(|k| case.f_min * ratio.powf(f64::from(k) / 20.0))
        .collect()
}

/// Of the simulator's iterations. What they leave in every step adds up.
fn tolerances(kind: netlist::Door) -> &'static str {
    match kind {
        // Sources and modules are solved for potentials, not for their corrections. Rounding leaves
        // 1e-16 of these, and where the part's 1e-12 S is all that holds a node, 1e-5.
        netlist::Door::Plain(_) => "reltol=1e-4 abstol=1e-11 vntol=1e-10 chgtol=1e-18 gmin=1e-15",
        netlist::Door::VerilogA => "reltol=1e-6 abstol=1e-14 vntol=1e-10 chgtol=1e-18 gmin=1e-15",
        _ => "reltol=1e-7 abstol=1e-14 vntol=1e-10 chgtol=1e-18 gmin=1e-15",
    }
}

/// Of a transient: fewer where more would only add up what iterations leave.
fn steps(kind: netlist::Door) -> f64 {
    match kind {
        netlist::Door::Plain(_) | netlist::Door::VerilogA => 2000.0,
        _ => 4000.0,
    }
}

/// What an analysis gave: abscissa and values (of a real analysis `im` is empty). Currents flow into the source.
#[derive(Default)]
pub struct Curve {
    pub x: Vec<f64>,
    pub re: Vec<f64>,
    pub im: Vec<f64>,
}

fn of_raw(raw: &RawFile, analysis: Analysis) -> Result<Curve, String> {
    let said = |error: ncm::simulator::RawFileError| error.to_string();
    let (part, x, y) = match analysis {
        Analysis::Op => ("operating", None, "i(v1)"),
        Analysis::Dc => ("dc transfer", None, "i(v1)"),
        Analysis::Ac => ("ac", None, "i(v1)"),
        Analysis::Noise => ("noise spectral", Some("frequency"), "onoise_spectrum"),
        Analysis::Tran => ("transient", Some("time"), "i(v1)"),
    };
    let plot = raw.plot(part).map_err(said)?;
    if analysis == Analysis::Ac {
        let got = plot.complex(y).map_err(said)?;
        return Ok(Curve {
            x: Vec::new(),
            re: got.iter().map(|z| z.re).collect(),
            im: got.iter().map(|z| z.im).collect(),
        });
    }
    Ok(Curve {
        x: match x {
            Some(name) => plot.real(name).map_err(said)?.to_vec(),
            None => Vec::new(),
        },
        re: plot.real(y).map_err(said)?.to_vec(),
        im: Vec::new(),
    })
}

/// Largest difference from the expected values, as a fraction of the largest of them.
fn compare(case: &Case, variant: Variant, analysis: Analysis, got: &Curve) -> Result<f64, String> {
    // The current of the curve flows into the source.
    let scale = -1.0 / variant.current();
    let largest = |values: &[f64]| values.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    let scaled =
        |factor: f64, values: &[f64]| -> Vec<f64> { values.iter().map(|x| factor * x).collect() };
    let name = match analysis {
        Analysis::Op | Analysis::Dc => "dc",
        Analysis::Ac => "ac",
        Analysis::Noise => "noise",
        Analysis::Tran if variant.has_initial_voltage() => "tran_ic",
        Analysis::Tran => "tran",
    };
    let expected = case.expected(name);
    let count = match analysis {
        Analysis::Op => 1,
        _ => expected[1].len(),
    };
    if got.re.len() != count && analysis != Analysis::Tran {
        return Err(format!("{} points", got.re.len()));
    }
    let short = case.bias / case.series_ohm;
    Ok(match analysis {
        Analysis::Op => {
            let want = *expected[1].last().ok_or("nothing is expected")?;
            gap(&scaled(scale, &got.re), &[want]) / short
        }
        Analysis::Dc => {
            let mut values = scaled(scale, &got.re);
            // A source turned round sweeps the other way.
            if variant.voltage() < 0.0 {
                values.reverse();
            }
            gap(&values, &expected[1]) / short
        }
        Analysis::Ac => {
            // One volt whatever the variant, so admittances are compared.
            let scale = -variant.resistance();
            let re = gap(&scaled(scale, &got.re), &expected[1]);
            let im = gap(&scaled(scale, &got.im), &expected[2]);
            re.max(im) / largest(&expected[1])
        }
        Analysis::Noise => {
            let hotter = (variant.celsius(case) + 273.15) / (case.ambient + 273.15);
            let scale = 1.0 / (variant.resistance() * hotter);
            let squares: Vec<f64> = got.re.iter().map(|v| scale * v * v).collect();
            gap(&squares, &expected[1]) / largest(&expected[1])
        }
        Analysis::Tran => {
            let values: Vec<f64> = expected[0].iter().map(|t| scale * at(got, *t)).collect();
            // At the very start a simulator shows its operating point.
            gap(&values[1..], &expected[1][1..]) / largest(&expected[1])
        }
    })
}

/// Between points, on the straight line; NaN outside.
fn at(curve: &Curve, t: f64) -> f64 {
    let k = curve.x.partition_point(|x| *x < t);
    // A run may end a rounding error before its last expected value.
    if k == curve.x.len() && k > 0 && t - curve.x[k - 1] < 1e-9 * t {
        return curve.re[k - 1];
    }
    if k == 0 || k >= curve.x.len() {
        return f64::NAN;
    }
    let share = (t - curve.x[k - 1]) / (curve.x[k] - curve.x[k - 1]);
    curve.re[k - 1] + share * (curve.re[k] - curve.re[k - 1])
}

fn gap(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |worst, (a, b)| {
        let gap = (a - b).abs();
        // A NaN must not vanish in a maximum.
        if gap.is_nan() { gap } else { gap.max(worst) }
    })
}
