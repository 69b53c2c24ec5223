//! A simulation from its configuration to its samples.

use std::time::{Duration, Instant as Clock};

use super::config::{Config, Experiment};
use super::drive::Segment;
use super::mesh::Mesh;
use super::newton::{Effort, Newton};
use super::observe::{Probe, Sample};
use super::stepper::{Accuracy, History, StepFailure};
use super::system::System;

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
    /// Time spent, over all parts of a resumed run.
    pub elapsed: Duration,
}

/// A transient simulation.
pub struct Run {
    pub config: Config,
    pub system: System,
    pub record: Record,
    segments: Vec<Segment>,
    newton: Newton,
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
        let newton = Newton::new(&system);
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
            newton,
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
        self.newton.forget();
        self.newton.effort = record.effort;
        self.before = record.elapsed;
        self.started = Clock::now();
        self.record = record;
        self.part_before = self.part();
    }

    /// Bytes of memory this run works in.
    pub fn memory(&self) -> usize {
        let n = self.system.unknowns();
        // Factors; matrix; states, guesses and work vectors; faces and cells.
        self.newton.symbolic().memory()
            + self.system.mesh.faces.len() * (18 * 8 + 80)
            + self.system.mesh.cells.len() * (9 * 8 + 60)
            + n * 8 * (10 + self.config.fields_at.len())
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
        while self.record.segment < self.segments.len() {
            let segment = self.segments[self.record.segment];
            let before = self.record.history.t;
            self.step(&segment)?;
            self.keep_fields(before);
            if self.record.history.t >= segment.t_end {
                self.record.segment += 1;
                self.enter_segment();
            }
            self.record.effort = self.newton.effort;
            self.record.elapsed = self.before + self.started.elapsed();
            each(self.progress());
            if self.record.history.accepted % self.config.checkpoint_steps == 0 {
                // So that a run goes on in the same way whether it was interrupted here or not.
                self.newton.forget();
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
        let history = &mut self.record.history;
        history.advance(&self.system, &mut self.newton, &self.accuracy, stop, |t| {
            segment.at(t) / vt
        })?;
        let phi = |t: f64| segment.at(t);
        let history = &self.record.history;
        let sample_of = |index: usize, t: f64| {
            self.probe
                .sample(&self.system, &history.states[index], t, phi(t))
        };
        let mut sample = sample_of(0, history.t);
        let mut charges = vec![(sample.metal_charge, sample.bath_charge)];
        let mut at = history.t;
        for (i, h) in history.steps.iter().enumerate() {
            at -= h;
            let past = sample_of(i + 1, at);
            charges.push((past.metal_charge, past.bath_charge));
        }
        let metal: Vec<f64> = charges.iter().map(|c| c.0).collect();
        let bath: Vec<f64> = charges.iter().map(|c| c.1).collect();
        sample.metal_current = history.rate(&metal);
        sample.bath_current = sample.bath_ions - history.rate(&bath);
        self.record.samples.push(sample);
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
                state: self.record.history.now().to_vec(),
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
