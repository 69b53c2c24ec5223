//! The ways into the simulators, and one run through each.

use super::case::Case;
use super::support::{Release, code_model, osdi_library, osdi_releases, releases};
use super::table::Cell;
use super::variant::Variant;
use ncm::netlist::{self, Dialect, subcircuit, subcircuit_name};
use ncm::simulator::{Job, RawFile};

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
pub struct Door {
    kind: netlist::Door,
    release: &'static Release,
    /// Of the interface, where there are several.
    version: &'static str,
}

impl Door {
    /// Every door in every release that has it.
    pub fn all() -> Vec<Door> {
        let everywhere = |kind, version| {
            releases().iter().map(move |release| Door {
                kind,
                release,
                version,
            })
        };
        let osdi = osdi_releases().into_iter().flat_map(|(release, versions)| {
            versions.iter().map(move |version| Door {
                kind: netlist::Door::Osdi,
                release,
                version,
            })
        });
        everywhere(netlist::Door::Xspice, "")
            .chain(osdi)
            .chain(everywhere(netlist::Door::Plain(Dialect::Ngspice), ""))
            .collect()
    }

    /// The plain netlist is run as it is only, and with half cells: in all variants it takes many
    /// minutes, seconds where the compiled models take a tenth.
    pub fn is_run(&self, case: &Case, variant: Variant) -> bool {
        let plain = matches!(self.kind, netlist::Door::Plain(_));
        !plain || (variant == Variant::Normal && case.name.starts_with("half"))
    }

    pub fn name(&self) -> String {
        let version = if self.version.is_empty() { "" } else { " " };
        let kind = self.kind.name();
        format!("{kind}{version}{}, {}", self.version, self.release.name)
    }

    fn has_noise_of_code_models(&self) -> bool {
        self.release.ngspice.major() >= 47
    }

    /// Why this host cannot do what is asked, if it cannot.
    fn cannot(&self, analysis: Analysis) -> Option<&'static str> {
        let xspice = self.kind == netlist::Door::Xspice;
        if analysis == Analysis::Noise && xspice && !self.has_noise_of_code_models() {
            return Some("ngspice has noise of code models from release 47 on");
        }
        if analysis == Analysis::Noise && matches!(self.kind, netlist::Door::Plain(_)) {
            return Some("behavioural sources are noiseless in every SPICE");
        }
        None
    }

    /// One run with all analyses of the variant, compared with what is expected.
    pub fn run(&self, case: &Case, variant: Variant) -> Vec<(Analysis, Cell)> {
        if variant.excluded(case) {
            return Vec::new();
        }
        let wanted: Vec<Analysis> = Analysis::ALL
            .into_iter()
            // An initial voltage is for transients.
            .filter(|a| !variant.has_initial_voltage() || *a == Analysis::Tran)
            .collect();
        let (possible, mut cells): (Vec<_>, Vec<_>) = wanted
            .into_iter()
            .map(|a| (a, self.cannot(a)))
            .partition(|(_, reason)| reason.is_none());
        let mut outcome: Vec<(Analysis, Cell)> = cells
            .drain(..)
            .filter_map(|(a, reason)| Some((a, Cell::Cannot(reason?))))
            .collect();
        if possible.is_empty() {
            return outcome;
        }
        let analyses: Vec<Analysis> = possible.into_iter().map(|(a, _)| a).collect();
        let deck = self.deck(case, variant, &analyses);
        let raw = self
            .release
            .ngspice
            .run(&self.job(deck))
            .and_then(|run| run.check())
            .and_then(|run| run.raw().cloned());
        for analysis in analyses {
            let cell = match &raw {
                Ok(raw) => {
                    compare(case, variant, analysis, raw).map_or_else(Cell::Failed, Cell::Error)
                }
                Err(error) => Cell::Failed(error.to_string()),
            };
            outcome.push((analysis, cell));
        }
        outcome
    }

    fn job(&self, deck: String) -> Job {
        match self.kind {
            netlist::Door::Xspice => Job::new(deck).code_model(code_model()),
            netlist::Door::Osdi => {
                Job::new(deck).start_up(format!("osdi {}", osdi_library(self.version).display()))
            }
            // Verilog-A has to be compiled first; tests/engines.rs does.
            netlist::Door::Plain(_) | netlist::Door::VerilogA => Job::new(deck),
        }
    }

    fn deck(&self, case: &Case, variant: Variant, analyses: &[Analysis]) -> String {
        let part = subcircuit_name(&case.card);
        let text = subcircuit(&case.card, self.kind).unwrap_or_else(|error| panic!("{error}"));
        let volts = variant.voltage();
        let start = if variant.has_initial_voltage() {
            case.ic
        } else {
            0.0
        };
        let mut deck = format!(
            "{} {}\n{text}v1 s 0 dc {:e} ac 1 sin({:e} {:e} {:e})\nr1 s p {:e}\n{}",
            case.name,
            variant.name(),
            volts * case.bias,
            volts * start,
            volts * case.amplitude,
            case.frequency,
            variant.resistance() * case.series_ohm,
            variant.instances(&part, case)
        );
        deck +=
            ".options reltol=1e-6 abstol=1e-14 vntol=1e-10 chgtol=1e-18 gmin=1e-15\n.save all\n";
        if variant == Variant::Hot {
            deck += ".temp 85\n";
        }
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
                    step = case.stop / 4000.0,
                    stop = case.stop,
                    uic = if variant == Variant::Uic { " uic" } else { "" }
                ),
            };
        }
        deck + ".end\n"
    }
}

/// Largest difference from the expected values, as a fraction of the largest of them.
fn compare(
    case: &Case,
    variant: Variant,
    analysis: Analysis,
    raw: &RawFile,
) -> Result<f64, String> {
    let said = |error: ncm::simulator::RawFileError| error.to_string();
    let (current, volts) = (variant.current(), variant.voltage());
    // i(v1) flows into the source.
    let scale = -1.0 / current;
    let largest = |values: &[f64]| values.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    match analysis {
        Analysis::Op => {
            let expected = case.expected("dc");
            let want = *expected[1].last().ok_or("nothing is expected")?;
            let got = scale
                * raw
                    .plot("operating")
                    .map_err(said)?
                    .last("i(v1)")
                    .map_err(said)?;
            Ok((got - want).abs() / (case.bias / case.series_ohm))
        }
        Analysis::Dc => {
            let expected = case.expected("dc");
            let plot = raw.plot("dc transfer").map_err(said)?;
            let got = plot.real("i(v1)").map_err(said)?;
            if got.len() != expected[1].len() {
                return Err(format!("{} points", got.len()));
            }
            let mut got: Vec<f64> = got.iter().map(|i| scale * i).collect();
            // A source turned round sweeps the other way.
            if volts < 0.0 {
                got.reverse();
            }
            Ok(gap(&got, &expected[1]) / (case.bias / case.series_ohm))
        }
        Analysis::Ac => {
            let expected = case.expected("ac");
            let plot = raw.plot("ac").map_err(said)?;
            let got = plot.complex("i(v1)").map_err(said)?;
            // One volt whatever the variant, so admittances are compared.
            let scale = -variant.resistance();
            let re: Vec<f64> = got.iter().map(|y| scale * y.re).collect();
            let im: Vec<f64> = got.iter().map(|y| scale * y.im).collect();
            if re.len() != expected[1].len() {
                return Err(format!("{} points", re.len()));
            }
            let worst = gap(&re, &expected[1]).max(gap(&im, &expected[2]));
            Ok(worst / largest(&expected[1]))
        }
        Analysis::Noise => {
            let expected = case.expected("noise");
            let plot = raw.plot("noise spectral").map_err(said)?;
            let got = plot.real("onoise_spectrum").map_err(said)?;
            let scale = 1.0 / (variant.resistance() * variant.temperature());
            let got: Vec<f64> = got.iter().map(|v| scale * v * v).collect();
            if got.len() != expected[1].len() {
                return Err(format!("{} points", got.len()));
            }
            Ok(gap(&got, &expected[1]) / largest(&expected[1]))
        }
        Analysis::Tran => {
            let name = if variant.has_initial_voltage() {
                "tran_ic"
            } else {
                "tran"
            };
            let expected = case.expected(name);
            let plot = raw.plot("transient").map_err(said)?;
            let wave = ncm::simulator::measure::Waveform::of(plot, "i(v1)").map_err(said)?;
            let got: Vec<f64> = expected[0].iter().map(|t| scale * wave.at(*t)).collect();
            // At the very start a simulator shows its operating point.
            Ok(gap(&got[1..], &expected[1][1..]) / largest(&expected[1]))
        }
    }
}

fn gap(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |worst, (a, b)| {
        let gap = (a - b).abs();
        // A NaN must not vanish in a maximum.
        if gap.is_nan() { gap } else { gap.max(worst) }
    })
}
