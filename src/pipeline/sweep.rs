//! The parts under a simulation's drive: currents beside that of the simulation.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::PipelineError;
use super::parts::PartLaw;
use crate::card::Card;
use crate::cell::CellParams;
use crate::cpu_clock::CpuClock;
use crate::identify::mpnp::RunData;
use crate::identify::mpnp::response::{Deviation, current, deviation};
use crate::netlist::{Dialect, Door, subcircuit, subcircuit_name};
use crate::simulator::measure::Waveform;
use crate::simulator::{Job, Ngspice};

/// Currents at the samples' times, each with the seconds it took.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Columns {
    pub t_s: Vec<f64>,
    pub phi_m: Vec<f64>,
    /// Name, seconds, ampere.
    pub columns: Vec<(String, f64, Vec<f64>)>,
}

/// Name of the simulation's own current.
pub const SIMULATION: &str = "mpnp";

impl Columns {
    fn of(run: &RunData) -> Self {
        Self {
            t_s: run.samples.iter().map(|s| s.t).collect(),
            phi_m: run.samples.iter().map(|s| s.phi_m).collect(),
            columns: vec![(
                SIMULATION.into(),
                run.seconds,
                run.samples.iter().map(|s| s.metal_current).collect(),
            )],
        }
    }

    /// Seconds stand in a second head line.
    pub fn to_csv(&self) -> String {
        let mut out = String::from("t_s,phi_m_V");
        for (name, seconds, _) in &self.columns {
            // Writing to a string does not fail.
            let _ = write!(out, ",{name}_A ({seconds:e} s)");
        }
        out.push('\n');
        for (k, (t, v)) in self.t_s.iter().zip(&self.phi_m).enumerate() {
            let _ = write!(out, "{t:e},{v:e}");
            for (_, _, i) in &self.columns {
                let _ = write!(out, ",{:e}", i[k]);
            }
            out.push('\n');
        }
        out
    }

    /// Reads what [`Columns::to_csv`] wrote.
    pub fn read(path: &Path) -> Result<Self, PipelineError> {
        let read = || -> Option<Self> {
            let text = std::fs::read_to_string(path).ok()?;
            let mut lines = text.lines();
            let mut columns = Self::default();
            for head in lines.next()?.split(',').skip(2) {
                let (name, seconds) = head.split_once("_A (")?;
                let seconds = seconds.strip_suffix(" s)")?.parse().ok()?;
                columns.columns.push((name.into(), seconds, Vec::new()));
            }
            for line in lines {
                let row: Vec<f64> = line
                    .split(',')
                    .map(|x| x.parse().ok())
                    .collect::<Option<_>>()?;
                if row.len() != columns.columns.len() + 2 {
                    return None;
                }
                columns.t_s.push(row[0]);
                columns.phi_m.push(row[1]);
                for (column, i) in columns.columns.iter_mut().zip(&row[2..]) {
                    column.2.push(*i);
                }
            }
            Some(columns)
        };
        read().ok_or_else(|| PipelineError::Unsuitable {
            wrong: format!("{}: is not a table of currents", path.display()),
            remedy: "run the pipeline without --resume".into(),
        })
    }

    pub fn get(&self, name: &str) -> Option<&(String, f64, Vec<f64>)> {
        self.columns.iter().find(|c| c.0 == name)
    }
}

/// The part with as many slits as the run has.
fn fitted(card: &Card, run: &RunData) -> Card {
    let mut card = card.clone();
    card.cell.positive.slits = run.slits() as u64;
    card
}

/// All parts by the kernel alone.
///
/// # Errors
/// [`PipelineError::Membrane`] where a part cannot be run.
pub fn standalone(cards: &[(PartLaw, Card)], run: &RunData) -> Result<Columns, PipelineError> {
    let mut columns = Columns::of(run);
    for (law, card) in cards {
        let cell: CellParams = fitted(card, run).cell;
        let clock = CpuClock::start();
        let i = current(&cell, run)?;
        let seconds = clock.elapsed().as_secs_f64();
        columns.columns.push((law.name().into(), seconds, i));
    }
    Ok(columns)
}

/// ngspice with what it has of the parts.
#[derive(Debug, Clone)]
pub struct Bench {
    ngspice: Option<Ngspice>,
    code_model: Option<PathBuf>,
    /// The OSDI library beside the code models, for a release that loads such.
    osdi: Option<PathBuf>,
}

/// The first release of ngspice that loads OSDI libraries, and our library for all of them.
const OSDI_FROM: u32 = 42;
const OSDI_LIBRARY: &str = "ncm-0.3.osdi";

impl Bench {
    pub fn of(ngspice: Option<&Ngspice>, code_model: Option<&Path>) -> Self {
        let osdi = ngspice
            .filter(|n| n.major() >= OSDI_FROM)
            .and(code_model)
            .map(|models| models.with_file_name(OSDI_LIBRARY))
            .filter(|library| library.is_file());
        Self {
            ngspice: ngspice.cloned(),
            code_model: code_model.map(Path::to_path_buf),
            osdi,
        }
    }

    /// What there is, in a sentence.
    pub fn name(&self) -> String {
        match (&self.ngspice, &self.code_model) {
            (None, _) => {
                "there is no ngspice here (apt-get install ngspice, or name it in NCM_NGSPICE): passed over".into()
            }
            (Some(n), None) => format!(
                "ngspice {} with the plain subcircuits; there are no code models here (make build, then NCM_CODE_MODEL=dist/ncm.cm)",
                n.version()
            ),
            (Some(n), Some(_)) => format!(
                "ngspice {} with code models, {}plain subcircuits",
                n.version(),
                if self.osdi.is_some() { "the OSDI library, " } else { "" }
            ),
        }
    }

    /// All parts behind every door that there is, and what went wrong.
    pub fn sweep(&self, cards: &[(PartLaw, Card)], run: &RunData) -> (Columns, Vec<String>) {
        let mut columns = Columns::of(run);
        let mut troubles = Vec::new();
        let Some(ngspice) = &self.ngspice else {
            return (columns, troubles);
        };
        let doors = [
            (Door::Xspice, self.code_model.is_some()),
            (Door::Osdi, self.osdi.is_some()),
            (Door::Plain(Dialect::Ngspice), true),
        ];
        let doors = doors.into_iter().filter(|d| d.1).map(|d| d.0);
        for door in doors {
            for (law, card) in cards {
                let name = format!("{}-{}", door.name(), law.name());
                match self.one(ngspice, door, &fitted(card, run), run) {
                    Ok((seconds, i)) => columns.columns.push((name, seconds, i)),
                    Err(reason) => troubles.push(format!("{}: {name}: {reason}", run.source)),
                }
            }
        }
        (columns, troubles)
    }

    fn one(
        &self,
        ngspice: &Ngspice,
        door: Door,
        card: &Card,
        run: &RunData,
    ) -> Result<(f64, Vec<f64>), String> {
        let library = subcircuit(card, door).map_err(|e| e.to_string())?;
        let mut job = Job::new(deck(card, run))
            .file("part.lib", library)
            .timeout(Duration::from_secs(300));
        if let (Door::Xspice, Some(models)) = (door, &self.code_model) {
            job = job.code_model(models);
        }
        if let (Door::Osdi, Some(library)) = (door, &self.osdi) {
            job = job.start_up(format!("osdi '{}'", library.display()));
        }
        let started = Instant::now();
        let done = ngspice
            .run(&job)
            .and_then(|run| run.check())
            .map_err(|e| e.to_string())?;
        let seconds = started.elapsed().as_secs_f64();
        let raw = done.raw().map_err(|e| e.to_string())?;
        let plot = raw.plot("Transient").map_err(|e| e.to_string())?;
        let wave = Waveform::of(plot, "i(v1)").map_err(|e| e.to_string())?;
        let i: Vec<f64> = run.samples.iter().map(|s| -wave.at(s.t)).collect();
        if i.iter().any(|i| !i.is_finite()) {
            return Err("its current is no number".into());
        }
        Ok((seconds, i))
    }
}

/// The run's drive on the part.
fn deck(card: &Card, run: &RunData) -> String {
    let mut points = String::new();
    for (k, (t, v)) in run.drive().iter().enumerate() {
        // Long lines go on behind a plus sign.
        let break_ = if k % 8 == 7 { "\n+" } else { "" };
        let _ = write!(points, " {t:e} {v:e}{break_}");
    }
    let end = run.drive().last().map_or(1.0, |p| p.0);
    format!(
        "A part made by ncm pipeline under its simulation's drive\n\
         .include part.lib\n\
         V1 p 0 PWL({points})\n\
         X1 p 0 {}\n\
         .options reltol=1e-5\n\
         .save i(V1)\n\
         .tran {:e} {end:e} 0 {:e}\n\
         .end\n",
        subcircuit_name(card),
        end / 400.0,
        end / 400.0
    )
}

/// Deviations of all columns but the first from the simulation.
pub fn deviations(columns: &Columns, run: &RunData) -> Vec<(String, Deviation)> {
    columns.columns[1..]
        .iter()
        .map(|(name, _, i)| (name.clone(), deviation(i, run)))
        .collect()
}
