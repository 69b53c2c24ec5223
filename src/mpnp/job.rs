//! A simulation from its configuration to the files in a directory.

use std::fs;
use std::path::{Path, PathBuf};

use num_complex::Complex64;
use serde_json::{Value, json};

use super::checkpoint::{self, CheckpointError};
use super::config::{Config, Experiment};
use super::files::{FileError, electrode_csv, slits_csv, write_whole};
use super::impedance::Linearised;
use super::mesh::Mesh;
use super::newton::{Newton, NewtonFailure};
use super::picture;
use super::report;
use super::run::{Progress, Run, Stop};
use super::steady::equilibrium;
use super::stepper::StepFailure;
use super::system::System;

/// Why a simulation has no result. Files written before are still there.
#[derive(Debug)]
pub enum JobError {
    File(FileError),
    Checkpoint {
        path: PathBuf,
        cause: CheckpointError,
    },
    /// The equations could not be solved at this time, however short the step.
    Step(StepFailure),
    /// Equilibrium or linear response failed.
    Solver(NewtonFailure),
}

impl std::fmt::Display for JobError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(error) => write!(
                f,
                "{error}\n  remedy: check the folder's permissions and free space, then go on with --resume"
            ),
            Self::Checkpoint { path, cause } => write!(f, "{}: {cause}", path.display()),
            Self::Step(failure) => write!(
                f,
                "the equations could not be solved at t = {:e} s with a step of {:e} s ({:?})\n  remedy: a smaller potential or rate, a finer grid (refinement), or a smaller tolerance",
                failure.t, failure.step, failure.cause
            ),
            Self::Solver(failure) => write!(
                f,
                "the equilibrium at this bias could not be found ({failure:?})\n  remedy: a smaller bias_V, or a finer grid (refinement)"
            ),
        }
    }
}

impl std::error::Error for JobError {}

impl From<FileError> for JobError {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

/// What a job tells while it works.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Message {
    /// Before the work: unknowns of the mesh and bytes of memory it takes.
    Size {
        unknowns: usize,
        memory: usize,
    },
    /// A checkpoint was taken up at this part of the run.
    Resumed {
        part: f64,
    },
    Progress(Progress),
}

/// Runs `config` and writes its files into `directory`; with `resume`, from the checkpoint there
/// if there is one. Returns what `run.json` holds.
pub fn run(
    config: &Config,
    directory: &Path,
    resume: bool,
    mut tell: impl FnMut(Message),
) -> Result<Value, JobError> {
    fs::create_dir_all(directory).map_err(|cause| FileError {
        path: directory.into(),
        doing: "make",
        cause,
    })?;
    let report = match Run::new(config.clone()) {
        Some(run) => transient(run, directory, resume, &mut tell)?,
        None => impedance(config, directory, &mut tell)?,
    };
    let text = format!("{:#}\n", report);
    write_whole(&directory.join("run.json"), text.as_bytes())?;
    // The results are safe: the checkpoint is not needed any more.
    let _ = fs::remove_file(directory.join("checkpoint.bin"));
    Ok(report)
}

fn transient(
    mut run: Run,
    directory: &Path,
    resume: bool,
    tell: &mut impl FnMut(Message),
) -> Result<Value, JobError> {
    let path = directory.join("checkpoint.bin");
    tell(Message::Size {
        unknowns: run.system.unknowns(),
        memory: run.memory(),
    });
    if resume && path.exists() {
        let record =
            checkpoint::load(&path, &run.config).map_err(|cause| JobError::Checkpoint {
                path: path.clone(),
                cause,
            })?;
        run.resume(record);
        tell(Message::Resumed { part: run.part() });
    }
    loop {
        match run.advance(|p| tell(Message::Progress(p))) {
            Ok(Stop::Checkpoint) => checkpoint::save(&path, &run.config, &run.record)?,
            Ok(Stop::Finished) => break,
            Err(failure) => return Err(JobError::Step(failure)),
        }
    }
    let samples = &run.record.samples;
    write_whole(&directory.join("slits.csv"), slits_csv(samples).as_bytes())?;
    write_whole(
        &directory.join("electrode.csv"),
        electrode_csv(samples).as_bytes(),
    )?;
    for (i, snapshot) in run.record.snapshots.iter().enumerate() {
        let svg = picture::svg(&run.system, &run.config.geometry, snapshot);
        let csv = picture::fields_csv(&run.system, snapshot);
        write_whole(
            &directory.join(format!("fields-{}.svg", i + 1)),
            svg.as_bytes(),
        )?;
        write_whole(
            &directory.join(format!("fields-{}.csv", i + 1)),
            csv.as_bytes(),
        )?;
    }
    Ok(report::transient(&run))
}

fn impedance(
    config: &Config,
    directory: &Path,
    tell: &mut impl FnMut(Message),
) -> Result<Value, JobError> {
    let Experiment::Impedance { bias, frequencies } = &config.experiment else {
        return Ok(Value::Null);
    };
    let started = std::time::Instant::now();
    let mesh = Mesh::of_stack(
        &config.geometry,
        config.electrolyte.permittivity,
        &config.grid,
    );
    let system = System::new(mesh, config.electrolyte);
    let metal = bias / config.electrolyte.thermal_voltage();
    let mut newton = Newton::new(&system);
    let state = equilibrium(&system, &mut newton, metal).map_err(JobError::Solver)?;
    drop(newton);
    let mut linear = Linearised::new(&system, &state, metal);
    tell(Message::Size {
        unknowns: system.unknowns(),
        memory: linear.memory(),
    });
    let mut csv = String::from("f_Hz,re_ohm,im_ohm\n");
    let mut spectrum: Vec<(f64, Complex64)> = Vec::new();
    for (i, &f) in frequencies.iter().enumerate() {
        let omega = std::f64::consts::TAU * f;
        let z = 1.0 / linear.admittance(omega).map_err(JobError::Solver)?;
        spectrum.push((f, z));
        csv.push_str(&format!("{f:e},{:e},{:e}\n", z.re, z.im));
        tell(Message::Progress(Progress {
            part: (i + 1) as f64 / frequencies.len() as f64,
            steps: (i + 1) as u64,
            elapsed: started.elapsed(),
            left: Some(
                started
                    .elapsed()
                    .mul_f64((frequencies.len() - i - 1) as f64 / (i + 1) as f64),
            ),
        }));
    }
    write_whole(&directory.join("impedance.csv"), csv.as_bytes())?;
    let lowest = spectrum[0];
    Ok(json!({
        "name": config.name,
        "per": "metre of depth",
        "configuration": report::configuration(config, &system),
        "configuration_hash": checkpoint::configuration_hash(config),
        "re_at_lowest_ohm": lowest.1.re,
        "capacitance_at_lowest_F": -1.0 / (std::f64::consts::TAU * lowest.0 * lowest.1.im),
        "effort": {
            "unknowns": system.unknowns(),
            "memory_bytes": linear.memory(),
            "seconds": started.elapsed().as_secs_f64(),
        },
    }))
}
