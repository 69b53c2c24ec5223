//! A run made ready for identification.

use std::path::Path;

use super::MembraneError;
use crate::mpnp::checkpoint::configuration_hash;
use crate::mpnp::config::{Config, Experiment};
use crate::mpnp::observe::Sample;
use crate::mpnp::read_back;
use crate::mpnp::run::Run;

/// A run's configuration and series. Charges here count as a circuit's: positive where phi_m is.
#[derive(Debug, Clone, PartialEq)]
pub struct RunData {
    /// Where it comes from, for messages and provenance.
    pub source: String,
    pub configuration_hash: String,
    pub config: Config,
    pub samples: Vec<Sample>,
    /// What the simulation took, second.
    pub seconds: f64,
}

impl RunData {
    /// A finished run from its directory.
    ///
    /// # Errors
    /// [`MembraneError::Files`] for a directory that holds no such run.
    pub fn read(directory: &Path) -> Result<Self, MembraneError> {
        let run = read_back::finished_run(directory)?;
        Ok(Self {
            source: directory.display().to_string(),
            configuration_hash: run.configuration_hash,
            config: run.config,
            samples: run.samples,
            seconds: run.seconds,
        })
    }

    /// A finished run in memory.
    pub fn of_run(run: &Run) -> Self {
        Self {
            source: run.config.name.clone(),
            configuration_hash: configuration_hash(&run.config),
            config: run.config.clone(),
            samples: run.record.samples.clone(),
            seconds: run.record.elapsed.as_secs_f64(),
        }
    }

    pub fn slits(&self) -> usize {
        self.config.geometry.slits()
    }

    /// The drive as a polygon (s, V); empty for an impedance.
    pub fn drive(&self) -> &[(f64, f64)] {
        match &self.config.experiment {
            Experiment::Transient(drive) => drive.points(),
            Experiment::Impedance { .. } => &[],
        }
    }

    /// Charge of slit `i` (from 0) at sample `k`, coulomb.
    pub fn charge(&self, k: usize, i: usize) -> f64 {
        -self.samples[k].slits[i].charge
    }

    /// Charge of sheet 1's outer face, coulomb: what is on the metal and not in the slits.
    pub fn outer_charge(&self, k: usize) -> f64 {
        outer_charge(&self.samples[k])
    }

    /// Smallest and largest potential of the metal, volt.
    pub fn window(&self) -> (f64, f64) {
        let v = self.samples.iter().map(|s| s.phi_m);
        v.fold((0.0, 0.0), |(a, b): (f64, f64), v| (a.min(v), b.max(v)))
    }

    /// Fastest finite sweep of the drive, V/s.
    pub fn fastest(&self) -> f64 {
        self.drive()
            .windows(2)
            .filter(|p| p[1].0 > p[0].0)
            .map(|p| ((p[1].1 - p[0].1) / (p[1].0 - p[0].0)).abs())
            .fold(0.0, f64::max)
    }
}

/// What is on the metal and not held by ions in slits.
pub(super) fn outer_charge(sample: &Sample) -> f64 {
    sample.metal_charge + sample.slits.iter().map(|s| s.charge).sum::<f64>()
}
