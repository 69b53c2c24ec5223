//! The stand-alone integrator: Rosenbrock steps of order 5 with error control, and interpolation
//! in between.
//!
//! The method needs no history and so starts afresh without loss at every kink of the drive. The
//! law is not linearised over a step but seen at every stage, so that a slit passing the rounded
//! kink of `|Q|` shows in the error estimate, weighted by how much it matters.

use super::ExperimentError;
use super::rosenbrock::{Outcome, Step};
use crate::cell::Cell;

/// Shortest step as a fraction of the span asked for, before giving up.
const SHORTEST: f64 = 1e-14;

/// Share of the step that the error estimate would allow.
const SAFETY: f64 = 0.9;

/// Bounds on the growth from one step to the next.
const GROWTH: std::ops::RangeInclusive<f64> = 0.1..=5.0;

/// What is prescribed at the terminals, as a function of time within one smooth piece.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Drive {
    /// Terminal voltage `v + rate (t - t_0)`: volt, volt per second, second.
    Voltage { v: f64, rate: f64, t_0: f64 },
    /// Terminal current, ampere.
    Current(f64),
}

impl Drive {
    /// Constant terminal voltage, volt.
    pub fn hold(v: f64) -> Self {
        Drive::Voltage {
            v,
            rate: 0.0,
            t_0: 0.0,
        }
    }
}

/// Terminal values at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Terminals {
    /// Volt.
    pub v: f64,
    /// Ampere, leakage included.
    pub i: f64,
}

/// What an integration has cost so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effort {
    /// Steps that were kept.
    pub steps: u64,
    /// Steps thrown away because the error was too large.
    pub rejected: u64,
    /// Factorisations, one per step tried.
    pub factorisations: u64,
    /// Linear systems solved.
    pub solves: u64,
}

/// Integrates the inner states of a cell. Allocates only when made.
#[derive(Debug, Clone)]
pub struct Integrator {
    cell: Cell,
    /// Time, second.
    pub t: f64,
    /// Charges `w = Q/C` of all nodes at `t`, chain after chain (volt), then the current (ampere).
    y: Vec<f64>,
    /// The drive under which, and the time up to which, the last call integrated.
    drive: Option<Drive>,
    reached: f64,
    /// The step that holds `t`: times, states.
    t_0: f64,
    t_1: f64,
    y_0: Vec<f64>,
    y_1: Vec<f64>,
    work: Step,
    /// Relative tolerance.
    tolerance: f64,
    /// Step to try next, second, and the last step's error in units of the tolerance.
    step: f64,
    last_error: f64,
    /// Largest voltage and current so far: what the tolerance is relative to.
    v_scale: f64,
    i_scale: f64,
    effort: Effort,
}

impl Integrator {
    /// A cell at rest at terminal voltage `v`, at time 0. `tolerance` is relative to the largest
    /// voltage and current met.
    pub fn new(cell: Cell, v: f64, tolerance: f64) -> Self {
        let charge = cell.rest_charge(v);
        let mut y = Vec::with_capacity(cell.nodes() + 1);
        for chain in &cell.chains {
            let rest = charge / chain.total_capacitance();
            y.extend(std::iter::repeat_n(rest, chain.nodes()));
        }
        y.push(0.0);
        Self {
            t: 0.0,
            drive: None,
            reached: 0.0,
            t_0: 0.0,
            t_1: 0.0,
            y_0: y.clone(),
            y_1: y.clone(),
            y,
            work: Step::new(&cell),
            tolerance,
            step: f64::INFINITY,
            last_error: 1.0,
            v_scale: v.abs(),
            i_scale: 0.0,
            effort: Effort::default(),
            cell,
        }
    }

    /// The cell that is integrated.
    pub fn cell(&self) -> &Cell {
        &self.cell
    }

    /// Another relative tolerance from here on.
    pub fn set_tolerance(&mut self, tolerance: f64) {
        self.tolerance = tolerance;
    }

    /// What the integration has cost so far.
    pub fn effort(&self) -> Effort {
        self.effort
    }

    /// Net charge of the positive electrode, coulomb.
    pub fn charge(&self) -> f64 {
        let chain = &self.cell.chains[0];
        chain
            .capacitance
            .iter()
            .zip(&self.y)
            .map(|(c, w)| c * w)
            .sum()
    }

    /// Energy stored in the electric double layers, joule.
    pub fn stored_energy(&self) -> f64 {
        let mut energy = 0.0;
        for (w, chain) in self.charges().zip(&self.cell.chains) {
            for (c, w) in chain.capacitance.iter().zip(w) {
                energy += c * chain.energy(*w);
            }
        }
        self.cell.weight() * energy
    }

    /// Power turned into heat now, watt.
    pub fn dissipation(&self, drive: Drive) -> f64 {
        let now = self.terminals(drive);
        let (g, weight) = (self.cell.g_leak, self.cell.weight());
        let i = now.i - g * now.v;
        let chains = self.charges().zip(&self.cell.chains);
        let pores: f64 = chains.map(|(w, chain)| chain.dissipation(w, i)).sum();
        weight * pores + self.cell.esr * i * i + g * now.v * now.v
    }

    /// Goes on with the same charges in a cell of the same nodes and other values.
    pub(super) fn exchange(&mut self, cell: Cell) {
        let mut first = 0;
        for (old, new) in self.cell.chains.iter().zip(&cell.chains) {
            let ratios = old.capacitance.iter().zip(&new.capacitance);
            for ((old, new), w) in ratios.zip(&mut self.y[first..]) {
                *w *= old / new;
            }
            first += old.nodes();
        }
        self.work = Step::new(&cell);
        self.cell = cell;
        self.drive = None;
    }

    /// Charges `w = Q/C` (volt) of each chain: positive electrode, then (unless it mirrors the first) the
    /// negative one.
    pub(crate) fn charges(&self) -> impl Iterator<Item = &[f64]> {
        let mut rest = &self.y[..];
        self.cell.chains.iter().map(move |chain| {
            let (here, next) = rest.split_at(chain.nodes());
            rest = next;
            here
        })
    }

    /// Terminal values now, with all charges as they are.
    pub fn terminals(&self, drive: Drive) -> Terminals {
        let (mut e, mut r, mut first) = (0.0, self.work.esr(), 0);
        let weight = self.cell.weight();
        for chain in &self.cell.chains {
            let w_0 = self.y[first];
            e += weight * chain.potential(w_0).0;
            r += weight * chain.mouth_resistance(w_0);
            first += chain.nodes();
        }
        let leak = self.cell.g_leak;
        match drive {
            Drive::Voltage { v, rate, t_0 } => {
                let v = v + rate * (self.t - t_0);
                Terminals {
                    v,
                    i: (v - e) / r + leak * v,
                }
            }
            Drive::Current(i) => Terminals {
                v: (e + r * i) / (1.0 + r * leak),
                i,
            },
        }
    }

    /// Integrates up to time `end`.
    pub fn advance(&mut self, end: f64, drive: Drive) -> Result<Terminals, ExperimentError> {
        self.advance_within(end, end, drive)
    }

    /// Integrates up to time `end` under a drive that will hold until `horizon`: steps may reach
    /// beyond `end`, which costs nothing when the next call goes on from there, and the values at
    /// `end` are then interpolated.
    pub fn advance_within(
        &mut self,
        end: f64,
        horizon: f64,
        drive: Drive,
    ) -> Result<Terminals, ExperimentError> {
        if self.drive != Some(drive) || self.reached != self.t {
            self.start(drive);
        }
        if let Drive::Voltage { v, rate, t_0 } = drive {
            self.v_scale = self.v_scale.max((v + rate * (horizon - t_0)).abs());
        }
        let span = horizon - self.t_1;
        // Ends that differ by rounding only count as reached.
        while end - self.t_1 > 4.0 * f64::EPSILON * end.abs() {
            let left = horizon - self.t_1;
            let h = self.step.min(left);
            // The last two steps share what is left: no splinter at the end.
            let h = if h < left && 2.0 * h > left {
                0.5 * left
            } else {
                h
            };
            self.t_0 = self.t_1;
            std::mem::swap(&mut self.y_0, &mut self.y_1);
            self.effort.factorisations += 1;
            self.effort.solves += super::rodas5p::STAGES as u64;
            let error =
                match self
                    .work
                    .take(&self.cell, drive, self.t_0, h, &self.y_0, &mut self.y_1)
                {
                    Some(outcome) => self.weigh(outcome),
                    None => f64::INFINITY,
                };
            let growth = self.growth(error);
            if error <= 1.0 {
                self.effort.steps += 1;
                self.work.prepare_interpolation();
                self.t_1 = if h >= left { horizon } else { self.t_0 + h };
                self.last_error = error;
                // A step cut short by the horizon says little about how long it might have been.
                let cut_short = h < self.step && growth > 1.0;
                self.step = if cut_short {
                    self.step.max(growth * h)
                } else {
                    growth * h
                };
            } else {
                self.effort.rejected += 1;
                std::mem::swap(&mut self.y_0, &mut self.y_1);
                self.step = growth.min(SAFETY) * h;
                if self.step < SHORTEST * span {
                    // A later call starts from the last values shown.
                    self.drive = None;
                    return Err(ExperimentError::StepTooShort {
                        t_s: self.t_0,
                        step_s: self.step,
                    });
                }
            }
        }
        self.t = end;
        self.reached = end;
        if end < self.t_1 {
            let share = (end - self.t_0) / (self.t_1 - self.t_0);
            self.work
                .interpolate(share, &self.y_0, &self.y_1, &mut self.y);
        } else {
            self.y.copy_from_slice(&self.y_1);
        }
        Ok(match drive {
            Drive::Voltage { v, rate, t_0 } => {
                let v = v + rate * (end - t_0);
                Terminals {
                    v,
                    i: self.y[self.y.len() - 1] + self.cell.g_leak * v,
                }
            }
            Drive::Current(_) => self.terminals(drive),
        })
    }

    /// Begins a piece of the drive at `t` with the values there.
    fn start(&mut self, drive: Drive) {
        let now = self.terminals(drive);
        if let Some(i) = self.y.last_mut() {
            *i = now.i - self.cell.g_leak * now.v;
        }
        self.y_1.copy_from_slice(&self.y);
        self.t_1 = self.t;
        self.v_scale = self.v_scale.max(now.v.abs());
        self.last_error = 1.0;
        self.drive = Some(drive);
    }

    /// The error of the step to `y_1` in units of the tolerance.
    fn weigh(&mut self, outcome: Outcome) -> f64 {
        let i = self.y_1[self.y_1.len() - 1].abs();
        let mut v = 0.0;
        let mut first = 0;
        for chain in &self.cell.chains {
            v += self.cell.weight() * chain.potential(self.y_1[first]).0;
            first += chain.nodes();
        }
        let v_scale = self.v_scale.max(v.abs()).max(1e-12);
        let i_scale = self.i_scale.max(i);
        // A cell at rest carries nothing but rounding.
        let noise = 10.0 * f64::EPSILON * v_scale * outcome.admittance;
        let error = (outcome.error_u / (self.tolerance * v_scale))
            .max(outcome.error_i / (self.tolerance * i_scale + noise).max(f64::MIN_POSITIVE));
        if error <= 1.0 {
            (self.v_scale, self.i_scale) = (v_scale, i_scale);
        }
        error
    }

    /// By how much the next step should be longer: the error goes with the fifth power of the
    /// step, and its trend is believed a little.
    fn growth(&self, error: f64) -> f64 {
        let least = 1e-10;
        let (now, before) = (error.max(least), self.last_error.max(least));
        let growth = SAFETY * now.powf(-0.25) * before.powf(0.05);
        growth.clamp(*GROWTH.start(), *GROWTH.end())
    }
}
