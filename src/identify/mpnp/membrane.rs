//! The identification of a membrane, and the circuit it gives.

use super::MembraneError;
use super::equilibrium::Equilibrium;
use super::law_fit::{LawFit, Point, fit_constant, fit_law, proportional};
use super::rise::Rise;
use super::run::RunData;
use crate::cell::CellParams;
use crate::ladder::ElectrodeParams;
use crate::law::{DEFAULT_R_MIN, LawKind};
use crate::mpnp::analysis::time_weights;

/// The resistance law of a circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MembraneLaw {
    Linear,
    Sqrt,
    /// A constant resistance: the transmission line model (gamma = 0).
    Constant,
}

impl MembraneLaw {
    pub const ALL: [Self; 3] = [Self::Linear, Self::Sqrt, Self::Constant];

    pub fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Sqrt => "sqrt",
            Self::Constant => "constant",
        }
    }
}

/// The capacitances of a circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Capacitance {
    /// What holds the right charge at the farthest potential, as in the paper.
    #[default]
    Constant,
    /// Rising with voltage, as the charges at rest do ([`Rise`]).
    Rising,
}

impl Capacitance {
    pub fn name(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Rising => "rising",
        }
    }
}

/// What the runs say about a membrane. Per metre of depth.
#[derive(Debug, Clone, PartialEq)]
pub struct Membrane {
    pub runs: Vec<RunData>,
    /// Slits of the first run.
    pub slits: u64,
    /// Charge of a slit at rest at the farthest potential of the runs, coulomb: the scale of every slit's law.
    pub q_scale: f64,
    /// That potential, volt.
    pub v_scale: f64,
    /// Largest |Q| of any slit, over `q_scale`.
    pub q_seen: f64,
    /// Q/(phi_m - phi) of the slits, farad: the double layers' capacitance.
    pub c_slit: f64,
    /// Q_eq/phi_m, farad: the circuit's. Smaller where double layers overlap, as phi at rest is not 0.
    pub c_eff: f64,
    /// Spread of the slits about it, relative.
    pub c_eff_spread: f64,
    /// Largest deviation of Q_eq/phi_m from it within the window, relative: what a constant capacitance neglects.
    pub c_eff_variation: f64,
    /// How Q_eq/phi_m rises.
    pub rise: Rise,
    /// Outer face of sheet 1, farad.
    pub c_open: f64,
    /// Open electrolyte, ohm, and the relative misfit of what it was read from.
    pub r_open: f64,
    pub r_open_error: f64,
    pub linear: Fit,
    pub sqrt: Fit,
    pub constant: Fit,
    /// Misfits of dphi = I R(Q) with the potentials in the middle of the slits, as in the paper, in place of u: the linear law there.
    pub linear_of_dphi: LawFit,
    /// The linear law with the charge of the slit behind the resistance, in place of the one before it.
    pub linear_of_inner: LawFit,
    /// The circuit's voltage between two slits over that between their middles: C_slit/C_eff, as R C is the same.
    pub drop_ratio: f64,
    pub equilibrium: Equilibrium,
}

/// A law with the entry that belongs to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    pub law: LawFit,
    /// Path from the open electrolyte into the first slit, in units of its resistance, and the relative misfit.
    pub entry: f64,
    pub entry_error: f64,
}

/// Blocks per slit for the intervals.
const BLOCKS_PER_SLIT: usize = 8;

impl Membrane {
    /// Identifies a membrane from runs of one kind of slit and electrolyte; number of sheets and drive may differ.
    ///
    /// # Errors
    /// [`MembraneError`] for runs that do not belong together or cannot tell the circuit.
    pub fn identify(runs: &[RunData]) -> Result<Self, MembraneError> {
        check(runs)?;
        let equilibria = runs
            .iter()
            .map(Equilibrium::of)
            .collect::<Result<Vec<_>, _>>()?;
        Self::from_equilibria(runs, &equilibria)
    }

    /// The same with the charges at rest known, one set for each run.
    ///
    /// # Errors
    /// As [`Membrane::identify`].
    pub fn from_equilibria(
        runs: &[RunData],
        equilibria: &[Equilibrium],
    ) -> Result<Self, MembraneError> {
        check(runs)?;
        let unsuitable = |run: &RunData, wrong: &str, remedy: &str| {
            MembraneError::unsuitable(&run.source, wrong, remedy)
        };
        let (first, widest) = (&runs[0], widest(equilibria));
        let capacitances = widest.slit_capacitances();
        let c_eff = capacitances.iter().sum::<f64>() / capacitances.len() as f64;
        let v_scale = widest.farthest().abs();
        let q_scale = c_eff * v_scale;
        let points = Points::of(runs, equilibria, q_scale);
        let law = |points: &[Point], kind: Option<LawKind>| {
            match kind {
                Some(kind) => fit_law(points, kind),
                None => fit_constant(points),
            }
            .ok_or_else(|| {
                unsuitable(
                    first,
                    "its slits' charge or current hardly varies, so that the resistance as a function of charge cannot be read from it",
                    "use a drive that fills the slits while current flows, such as kind = \"cv\"",
                )
            })
        };
        let fit = |kind: Option<LawKind>| -> Result<Fit, MembraneError> {
            let law = law(&points.between, kind)?;
            let (entry, entry_error) = proportional(
                points
                    .entry
                    .iter()
                    .map(|p| (p.drop, p.current * law.r_c * law.rho(p.charge), p.weight)),
            )
            .filter(|(entry, _)| *entry > 0.0)
            .ok_or_else(|| {
                unsuitable(
                    first,
                    "no current enters its first slit",
                    "use a drive that charges the electrode",
                )
            })?;
            Ok(Fit {
                law,
                // The kernel's range; far outside it the run is not of a stack.
                entry: entry.clamp(1e-3, 1e3),
                entry_error,
            })
        };
        let (r_open, r_open_error) =
            proportional(points.open.iter().map(|p| (p.drop, p.current, p.weight)))
                .unwrap_or((0.0, 1.0));
        let drops = points.between.iter().zip(&points.dphi);
        let drop_ratio = proportional(drops.map(|(u, phi)| (u.drop, phi.drop, u.weight)))
            .map_or(1.0, |ratio| ratio.0);
        let c_slit = proportional(points.layers.iter().copied()).map_or(c_eff, |c| c.0);
        let means = widest.mean_capacitances();
        let over = |values: &mut dyn Iterator<Item = f64>| {
            values.fold(0.0, |m: f64, c| m.max((c / c_eff - 1.0).abs()))
        };
        Ok(Self {
            slits: first.slits() as u64,
            q_scale,
            v_scale,
            q_seen: points.between.iter().fold(0.0, |m, p| m.max(p.charge)),
            c_slit,
            c_eff,
            c_eff_spread: over(&mut capacitances.iter().copied()),
            c_eff_variation: over(&mut means.iter().map(|c| c.1)),
            c_open: widest.outer_capacitance(),
            // The outer face's lag may vanish in rounding; a resistance below 0 there is none.
            r_open: r_open.max(0.0),
            r_open_error,
            linear: fit(Some(LawKind::Linear))?,
            sqrt: fit(Some(LawKind::Sqrt))?,
            constant: fit(None)?,
            linear_of_dphi: law(&points.dphi, Some(LawKind::Linear))?,
            linear_of_inner: law(&points.inner, Some(LawKind::Linear))?,
            rise: widest.rise(),
            drop_ratio,
            equilibrium: widest.clone(),
            runs: runs.to_vec(),
        })
    }

    pub fn fit(&self, law: MembraneLaw) -> &Fit {
        match law {
            MembraneLaw::Linear => &self.linear,
            MembraneLaw::Sqrt => &self.sqrt,
            MembraneLaw::Constant => &self.constant,
        }
    }

    /// The charge-dependent law that fits better.
    pub fn best(&self) -> MembraneLaw {
        if self.sqrt.law.error < self.linear.law.error {
            MembraneLaw::Sqrt
        } else {
            MembraneLaw::Linear
        }
    }

    /// The electrode with `slits` slits.
    pub fn electrode(
        &self,
        law: MembraneLaw,
        capacitance: Capacitance,
        slits: u64,
    ) -> ElectrodeParams {
        let fit = self.fit(law);
        let constant = ElectrodeParams {
            law: fit.law.kind.unwrap_or_default(),
            gamma: fit.law.gamma,
            q_max: self.q_scale,
            r_min: DEFAULT_R_MIN * fit.law.r_c,
            r_open: self.r_open,
            c_open: self.c_open,
            entry: fit.entry,
            ..ElectrodeParams::new(fit.law.r_c, self.c_eff, slits)
        };
        match capacitance {
            Capacitance::Constant => constant,
            // The outer face holds the same at the farthest potential and rises alike.
            Capacitance::Rising => ElectrodeParams {
                c_slit: self.rise.c,
                c_rise: self.rise.c_rise,
                u_rise: self.rise.u_rise,
                c_open: self.rise.empty(self.c_open, self.v_scale),
                ..constant
            },
        }
    }

    /// The electrode against the bulk electrolyte, as the solver has it.
    pub fn half_cell(&self, law: MembraneLaw, capacitance: Capacitance, slits: u64) -> CellParams {
        CellParams::half(self.electrode(law, capacitance, slits))
    }
}

/// Equilibria over the widest window.
fn widest(equilibria: &[Equilibrium]) -> &Equilibrium {
    let mut best = &equilibria[0];
    for e in equilibria {
        if e.farthest().abs() > best.farthest().abs() * (1.0 + 1e-9) {
            best = e;
        }
    }
    best
}

fn check(runs: &[RunData]) -> Result<(), MembraneError> {
    let Some(first) = runs.first() else {
        return Err(MembraneError::unsuitable(
            "no run",
            "there is nothing to identify from",
            "give at least one directory of a run",
        ));
    };
    for run in runs {
        if run.slits() < 2 {
            return Err(MembraneError::unsuitable(
                &run.source,
                format!(
                    "it has {} slit{}, and no resistance between two",
                    run.slits(),
                    if run.slits() == 1 { "" } else { "s" }
                ),
                "run a stack of three sheets or more",
            ));
        }
        let mut geometry = run.config.geometry;
        geometry.sheets = first.config.geometry.sheets;
        if geometry != first.config.geometry || run.config.electrolyte != first.config.electrolyte {
            return Err(MembraneError::unsuitable(
                &run.source,
                format!(
                    "is of another membrane or electrolyte than {}",
                    first.source
                ),
                "identify together only runs that differ in sheets, drive and grid",
            ));
        }
    }
    Ok(())
}

/// What is fitted, from all runs.
#[derive(Default)]
struct Points {
    /// Between neighbouring slits.
    between: Vec<Point>,
    /// The same with the potentials in the slits' middle.
    dphi: Vec<Point>,
    /// The first with the charge of the inner slit.
    inner: Vec<Point>,
    /// From the outer face into slit 1.
    entry: Vec<Point>,
    /// From the bulk to the outer face.
    open: Vec<Point>,
    /// Charge, phi_m - phi, weight.
    layers: Vec<(f64, f64, f64)>,
}

impl Points {
    fn of(runs: &[RunData], equilibria: &[Equilibrium], q_scale: f64) -> Self {
        let mut points = Self::default();
        let mut block = 0;
        for (run, equilibrium) in runs.iter().zip(equilibria) {
            let (n, slits) = (run.samples.len(), run.slits());
            let weights = time_weights(&run.samples);
            // Per unit of time of each run: a slow one counts no more than a fast one.
            let total: f64 = weights.iter().sum();
            let u = |k: usize, i: usize| equilibrium.slit_potential(i, run.charge(k, i));
            for (k, sample) in run.samples.iter().enumerate() {
                let weight = weights[k] / total;
                let part = k * BLOCKS_PER_SLIT / n;
                let point = |drop: f64, current: f64, charge: f64, block: usize| Point {
                    drop,
                    current,
                    charge: charge.abs() / q_scale,
                    weight,
                    block,
                };
                for i in 0..slits - 1 {
                    let current = sample.slits[i].current.total();
                    let charge = run.charge(k, i);
                    let at = block + i * BLOCKS_PER_SLIT + part;
                    let drop = u(k, i) - u(k, i + 1);
                    points.between.push(point(drop, current, charge, at));
                    let inner = run.charge(k, i + 1);
                    points.inner.push(point(drop, current, inner, at));
                    let dphi = sample.drop(i + 1).unwrap_or(0.0);
                    points.dphi.push(point(dphi, current, charge, at));
                }
                for (i, slit) in sample.slits.iter().enumerate() {
                    points
                        .layers
                        .push((run.charge(k, i), sample.phi_m - slit.phi, weight));
                }
                let outer = equilibrium.outer_potential(run.outer_charge(k));
                let mouth = sample.mouth.total();
                points
                    .entry
                    .push(point(outer - u(k, 0), mouth, run.charge(k, 0), 0));
                points
                    .open
                    .push(point(sample.phi_m - outer, sample.metal_current, 0.0, 0));
            }
            block += slits * BLOCKS_PER_SLIT;
        }
        points
    }
}
