//! A simulation from its configuration to its samples.

use std::time::{Duration, Instant as Clock};

use super::config::{Config, Experiment};
use super::drive::Segment;
use super::mesh::Mesh;
use super::newton::Effort;
use super::observe::{Probe, Sample, contact_charges};
use super::rosenbrock::{Integrator, Metal};
use super::stepper::{Accuracy, History, StepFailure};
use super::system::System;
use crate::cpu_clock::CpuClock;

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Part of the time that is done, 0 to 1.
    pub part: f64,
    pub steps: u64,
    pub elapsed: Duration,
    /// Expected rest, from the pace so far.
    pub left: Option<Duration>,
}

/// The fields at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    pub t: f64,
    pub phi_m: f64,
    pub state: Vec<f64>,
}

/// What a transient run has produced and what it needs to go on. A checkpoint holds all of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    pub history: History,
    /// Index of the piece of the drive in progress.
    pub segment: usize,
    pub samples: Vec<Sample>,
    pub snapshots: Vec<Snapshot>,
    pub effort: Effort,
    /// Processor time spent, over all parts of a resumed run.
    pub elapsed: Duration,
}

/// Fewest samples of one step and of one straight piece of the drive: lines between them are as
/// good as the steps.
const SAMPLES_PER_STEP: f64 = 5.0;
const SAMPLES_PER_PIECE: f64 = 50.0;

/// A transient simulation.
pub struct Run {
    pub config: Config,
    pub system: System,
    pub record: Record,
    segments: Vec<Segment>,
    integrator: Integrator,
    probe: Probe,
    accuracy: Accuracy,
    started: Clock,
    before: Duration,
    part_before: f64,
}

/// What the caller wants after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The drive has ended.
    Finished,
    /// A checkpoint is due.
    Checkpoint,
}

impl Run {
    /// A run at its beginning. `None` for a configuration without a drive in time.
    pub fn new(config: Config) -> Option<Self> {
        let Experiment::Transient(drive) = &config.experiment else {
            return None;
        };
        let segments = drive.segments();
        let mesh = Mesh::of_stack(
            &config.geometry,
            config.electrolyte.permittivity,
            &config.grid,
        );
        let system = System::new(mesh, config.electrolyte);
        let integrator = Integrator::new(&system);
        let probe = Probe::new(&system, &config.geometry);
        let accuracy = Accuracy {
            tolerance: config.tolerance,
            largest_step: config.largest_step,
            fixed_step: None,
        };
        let start = system.rest();
        let samples = vec![probe.sample(&system, &start, 0.0, 0.0)];
        let mut run = Self {
            record: Record {
                history: History::new(start),
                segment: 0,
                samples,
                snapshots: Vec::new(),
                effort: Effort::default(),
                elapsed: Duration::ZERO,
            },
            config,
            system,
            segments,
            integrator,
            probe,
            accuracy,
            started: Clock::now(),
            before: Duration::ZERO,
            part_before: 0.0,
        };
        run.enter_segment();
        run.keep_fields(-1.0);
        Some(run)
    }

    /// Takes up a record of the same configuration.
    pub fn resume(&mut self, record: Record) {
        self.integrator.effort = record.effort;
        self.before = record.elapsed;
        self.started = Clock::now();
        self.record = record;
        self.part_before = self.part();
    }

    /// Bytes of memory this run works in.
    pub fn memory(&self) -> usize {
        let n = self.system.unknowns();
        // With the state, a sampled state and the potentials of its ions.
        self.integrator.memory()
            + self.system.mesh.faces.len() * 80
            + self.system.mesh.cells.len() * 60
            + n * 8 * (3 + self.config.fields_at.len())
    }

    pub fn part(&self) -> f64 {
        self.segments
            .last()
            .map_or(1.0, |s| self.record.history.t / s.t_end)
    }

    pub fn progress(&self) -> Progress {
        let part = self.part();
        let spent = self.started.elapsed();
        let done = part - self.part_before;
        Progress {
            part,
            steps: self.record.history.accepted,
            elapsed: self.before + spent,
            left: (done > 0.005).then(|| spent.mul_f64((1.0 - part) / done)),
        }
    }

    /// Steps until the end or the next checkpoint; `each` is told after every step.
    pub fn advance(&mut self, mut each: impl FnMut(Progress)) -> Result<Stop, StepFailure> {
        let (cpu, before) = (CpuClock::start(), self.record.elapsed);
        while self.record.segment < self.segments.len() {
            let segment = self.segments[self.record.segment];
            let from = self.record.history.t;
            self.step(&segment)?;
            self.keep_fields(from);
            if self.record.history.t >= segment.t_end {
                self.record.segment += 1;
                self.enter_segment();
            }
            self.record.effort = self.integrator.effort;
            self.record.elapsed = before + cpu.elapsed();
            each(self.progress());
            if self.record.history.accepted % self.config.checkpoint_steps == 0 {
                return Ok(Stop::Checkpoint);
            }
        }
        Ok(Stop::Finished)
    }

    fn step(&mut self, segment: &Segment) -> Result<(), StepFailure> {
        let vt = self.system.electrolyte.thermal_voltage();
        let t = self.record.history.t;
        // Fields are wanted at exact times: steps end there.
        let stop = self
            .config
            .fields_at
            .iter()
            .copied()
            .filter(|&at| at > t && at < segment.t_end)
            .fold(segment.t_end, f64::min);
        let slope = segment.slope() / vt;
        let metal = |t: f64| Metal {
            value: segment.at(t) / vt,
            rate: slope,
        };
        let history = &mut self.record.history;
        history.advance(
            &self.system,
            &mut self.integrator,
            &self.accuracy,
            stop,
            metal,
        )?;
        let step = history.t - t;
        let part = step / (segment.t_end - segment.t_start);
        let samples = (part * SAMPLES_PER_PIECE).ceil().max(SAMPLES_PER_STEP);
        for k in 1..=samples as u32 {
            let s = f64::from(k) / samples;
            let (t, state) = if s < 1.0 {
                (t + s * step, self.integrator.between(s))
            } else {
                (history.t, history.state.clone())
            };
            let mut sample = self.probe.sample(&self.system, &state, t, segment.at(t));
            let rate = |at: usize| self.integrator.rate(at, s);
            let (metal, bath) = contact_charges(&self.system, rate, slope);
            sample.metal_current = metal;
            sample.bath_current = sample.bath_ions - bath;
            self.record.samples.push(sample);
        }
        Ok(())
    }

    fn keep_fields(&mut self, before: f64) {
        let t = self.record.history.t;
        if self
            .config
            .fields_at
            .iter()
            .any(|&at| at > before && at <= t)
        {
            let sample = self.record.samples.last();
            self.record.snapshots.push(Snapshot {
                t,
                phi_m: sample.map_or(0.0, |s| s.phi_m),
                state: self.record.history.state.clone(),
            });
        }
    }

    /// A first step short enough that the drive moves by 1e-4 kT/e; after a jump, a hundredth of
    /// the relaxation time of the space charge.
    fn enter_segment(&mut self) {
        let Some(segment) = self.segments.get(self.record.segment) else {
            return;
        };
        let e = &self.system.electrolyte;
        let phi_before = self.record.samples.last().map_or(0.0, |s| s.phi_m);
        let jump = (segment.v_start - phi_before).abs() > 1e-9;
        let relaxation = e.debye_length().powi(2) / e.ions[0].diffusivity;
        let ramp = 1e-4 * e.thermal_voltage() / segment.slope().abs().max(1e-300);
        let span = segment.t_end - segment.t_start;
        let first = if jump {
            0.01 * relaxation
        } else {
            ramp.clamp(0.01 * relaxation, 1e3 * relaxation)
        };
        self.record.history.restart(first.min(0.1 * span));
    }
}
