//! Charges at rest against the potential of the metal: from equilibrium solutions, not from a sweep, which lags.

use super::MembraneError;
use super::curve::RisingCurve;
use super::rise::Rise;
use super::run::{RunData, outer_charge};
use crate::mpnp::mesh::Mesh;
use crate::mpnp::newton::Newton;
use crate::mpnp::observe::Probe;
use crate::mpnp::steady::equilibrium;
use crate::mpnp::system::System;

/// Equilibria per polarity.
const STEPS: i32 = 6;

/// Charges of all slits and of the outer face at rest.
#[derive(Debug, Clone, PartialEq)]
pub struct Equilibrium {
    /// Potentials of the metal, rising, volt.
    pub potentials: Vec<f64>,
    /// Charge of each slit at each of them, coulomb.
    pub slits: Vec<Vec<f64>>,
    /// That of sheet 1's outer face.
    pub outer: Vec<f64>,
    /// u(Q) of each slit, and of the outer face.
    slit_curves: Vec<RisingCurve>,
    outer_curve: RisingCurve,
}

impl Equilibrium {
    /// The equilibria over the window of a run.
    ///
    /// # Errors
    /// [`MembraneError::Equilibrium`] where one is not found, [`MembraneError::Unsuitable`] for a run without a
    /// window.
    pub fn of(run: &RunData) -> Result<Self, MembraneError> {
        let window = run.window();
        let low = if window.0 < 0.0 { -STEPS } else { 0 };
        let high = if window.1 > 0.0 { STEPS } else { 0 };
        let potentials: Vec<f64> = (low..=high)
            .map(|k| {
                let end = if k < 0 { -window.0 } else { window.1 };
                end * f64::from(k) / f64::from(STEPS)
            })
            .collect();
        let mesh = Mesh::of_stack(
            &run.config.geometry,
            run.config.electrolyte.permittivity,
            &run.config.grid,
        );
        let system = System::new(mesh, run.config.electrolyte);
        let probe = Probe::new(&system, &run.config.geometry);
        let vt = run.config.electrolyte.thermal_voltage();
        let mut newton = Newton::new(&system);
        let mut slits = vec![Vec::new(); run.slits()];
        let mut outer = Vec::new();
        for &potential in &potentials {
            let state = equilibrium(&system, &mut newton, potential / vt).map_err(|cause| {
                MembraneError::Equilibrium {
                    run: run.source.clone(),
                    potential,
                    cause,
                }
            })?;
            let sample = probe.sample(&system, &state, 0.0, potential);
            for (column, slit) in slits.iter_mut().zip(&sample.slits) {
                column.push(-slit.charge);
            }
            outer.push(outer_charge(&sample));
        }
        Self::new(potentials, slits, outer).ok_or_else(|| {
            MembraneError::unsuitable(
                &run.source,
                "its charge at rest does not rise with the potential of the metal",
                "use a drive that leaves 0 V",
            )
        })
    }

    /// From given values; `None` where charges do not rise with the potential.
    pub fn new(potentials: Vec<f64>, slits: Vec<Vec<f64>>, outer: Vec<f64>) -> Option<Self> {
        let curve = |charge: &Vec<f64>| RisingCurve::new(charge.clone(), potentials.clone());
        Some(Self {
            slit_curves: slits.iter().map(curve).collect::<Option<_>>()?,
            outer_curve: curve(&outer)?,
            potentials,
            slits,
            outer,
        })
    }

    /// Potential of the metal at which slit `i` holds `charge` at rest, volt.
    pub fn slit_potential(&self, i: usize, charge: f64) -> f64 {
        self.slit_curves[i].at(charge)
    }

    /// The same of the outer face.
    pub fn outer_potential(&self, charge: f64) -> f64 {
        self.outer_curve.at(charge)
    }

    /// The potential farthest from 0, volt.
    pub fn farthest(&self) -> f64 {
        self.potentials[self.at_farthest()]
    }

    fn at_farthest(&self) -> usize {
        let last = self.potentials.len() - 1;
        if self.potentials[last] >= -self.potentials[0] {
            last
        } else {
            0
        }
    }

    /// Q/u of every slit at the farthest potential, farad: what a constant capacitance must be to hold
    /// the right charge there.
    pub fn slit_capacitances(&self) -> Vec<f64> {
        let at = self.at_farthest();
        self.slits
            .iter()
            .map(|q| q[at] / self.potentials[at])
            .collect()
    }

    /// The same of the outer face.
    pub fn outer_capacitance(&self) -> f64 {
        let at = self.at_farthest();
        self.outer[at] / self.potentials[at]
    }

    /// How the slits' capacitance rises over the window, in the kernel's form.
    pub fn rise(&self) -> Rise {
        Rise::fit(&self.mean_capacitances())
    }

    /// Mean Q/u of the slits at each potential but 0, farad.
    pub fn mean_capacitances(&self) -> Vec<(f64, f64)> {
        (0..self.potentials.len())
            .filter(|&k| self.potentials[k] != 0.0)
            .map(|k| {
                let sum: f64 = self.slits.iter().map(|q| q[k]).sum();
                let u = self.potentials[k];
                (u, sum / self.slits.len() as f64 / u)
            })
            .collect()
    }
}
