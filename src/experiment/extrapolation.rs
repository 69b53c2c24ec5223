//! The stand-alone integrator: linearly implicit Euler steps, extrapolated.
//!
//! A big step of length H is crossed with 1, 2, 3, ... small steps, each of which solves one linear
//! system. The results have an expansion in powers of the small step, so combining j of them
//! cancels j-1 error terms (Deuflhard, SIAM Review 27 (1985) 505, doi 10.1137/1027140; Hairer &
//! Wanner, Solving ODEs II, section IV.9). Order and step are chosen as the error asks. The
//! method is L-stable in its first column, needs no history, and so starts afresh without loss at
//! every kink of the drive.

use crate::cell::Cell;
use crate::ladder::{Elimination, Rule};

use super::ExperimentError;

/// Most columns of the extrapolation table.
const COLUMNS: usize = 9;

/// Shortest big step as a fraction of the span asked for, before giving up.
const SHORTEST: f64 = 1e-14;

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

/// Integrates the inner states of a cell. Allocates only when made.
#[derive(Debug, Clone)]
pub struct Integrator {
    cell: Cell,
    /// Time, second.
    pub t: f64,
    /// Overpotentials of all nodes, chain after chain, volt.
    u: Vec<f64>,
    /// Relative tolerance.
    tolerance: f64,
    /// Big step to try next, second.
    step: f64,
    /// Largest |u| and |i| so far: what the tolerance is relative to.
    u_scale: f64,
    i_scale: f64,
    /// Extrapolation table: `table[k]` is the newest entry of column k. Entries are increments of
    /// `u` over the big step, so that short steps lose no digits; the last value is the current.
    table: Vec<Vec<f64>>,
    fresh: Vec<f64>,
    /// Overpotentials at the end of a small step, volt.
    end: Vec<f64>,
    work: Vec<Elimination>,
    zeros: Vec<f64>,
    /// Linear systems solved so far: the effort.
    solves: u64,
}

impl Integrator {
    /// A cell at rest at terminal voltage `v`, at time 0. `tolerance` is relative to the largest
    /// voltage and current met.
    pub fn new(cell: Cell, v: f64, tolerance: f64) -> Self {
        let nodes = cell.nodes();
        let charge = v * cell.capacitance();
        let mut u = Vec::with_capacity(nodes);
        for chain in &cell.chains {
            let rest = charge / chain.total_capacitance();
            u.extend(std::iter::repeat_n(rest, chain.nodes()));
        }
        let work = cell
            .chains
            .iter()
            .map(|c| Elimination::new(c.nodes()))
            .collect();
        Self {
            t: 0.0,
            u_scale: v.abs(),
            i_scale: 0.0,
            tolerance,
            step: f64::INFINITY,
            table: vec![vec![0.0; nodes + 1]; COLUMNS],
            fresh: vec![0.0; nodes + 1],
            end: vec![0.0; nodes],
            zeros: vec![0.0; nodes],
            u,
            work,
            cell,
            solves: 0,
        }
    }

    /// The cell that is integrated.
    pub fn cell(&self) -> &Cell {
        &self.cell
    }

    /// Linear systems solved so far.
    pub fn solves(&self) -> u64 {
        self.solves
    }

    /// Net charge of the positive electrode, coulomb.
    pub fn charge(&self) -> f64 {
        let chain = &self.cell.chains[0];
        chain
            .capacitance
            .iter()
            .zip(&self.u)
            .map(|(c, u)| c * u)
            .sum()
    }

    /// Overpotentials of each chain: positive electrode, then (unless it mirrors the first) the
    /// negative one.
    pub fn overpotentials(&self) -> impl Iterator<Item = &[f64]> {
        let mut rest = &self.u[..];
        self.cell.chains.iter().map(move |chain| {
            let (here, next) = rest.split_at(chain.nodes());
            rest = next;
            here
        })
    }

    /// Terminal values now, with all charges as they are.
    pub fn terminals(&self, drive: Drive) -> Terminals {
        self.terminals_of(&self.u, drive, self.t, None)
    }

    /// Terminal values for states `u`; `implicit` is the current to fall back on where nothing
    /// resists and only the rate of the charges tells it.
    fn terminals_of(&self, u: &[f64], drive: Drive, t: f64, implicit: Option<f64>) -> Terminals {
        let (e, r) = self.source(u);
        let leak = self.cell.g_leak;
        match drive {
            Drive::Voltage { v, rate, t_0 } => {
                let v = v + rate * (t - t_0);
                let i = if r > 0.0 {
                    (v - e) / r
                } else {
                    implicit.unwrap_or(0.0)
                };
                Terminals { v, i: i + leak * v }
            }
            Drive::Current(i) => Terminals {
                v: (e + r * i) / (1.0 + r * leak),
                i,
            },
        }
    }

    /// Open-circuit voltage and series resistance with the charges held.
    fn source(&self, u: &[f64]) -> (f64, f64) {
        let (mut e, mut r, mut first) = (0.0, self.cell.esr, 0);
        let weight = self.cell.weight();
        for chain in &self.cell.chains {
            e += weight * u[first];
            r += weight * chain.mouth_resistance(u[first]);
            first += chain.nodes();
        }
        (e, r)
    }

    /// Integrates up to time `end`.
    pub fn advance(&mut self, end: f64, drive: Drive) -> Result<Terminals, ExperimentError> {
        let span = end - self.t;
        let mut terminals = self.terminals(drive);
        self.u_scale = self.u_scale.max(terminals.v.abs());
        if let Drive::Voltage { v, rate, t_0 } = drive {
            self.u_scale = self.u_scale.max((v + rate * (end - t_0)).abs());
        }
        let mut left = span;
        // Ends that differ by rounding only count as reached.
        while left > 4.0 * f64::EPSILON * end.abs() {
            let h = self.step.min(left);
            // The last two steps share what is left: no splinter at the end.
            let h = if h < left && 2.0 * h > left {
                0.5 * left
            } else {
                h
            };
            match self.big_step(h, drive) {
                Some((after, columns)) => {
                    terminals = after;
                    self.t = if h >= left { end } else { self.t + h };
                    left = end - self.t;
                    let growth = match columns {
                        0..=4 => 2.0,
                        5..=6 => 1.3,
                        7 => 1.0,
                        _ => 0.7,
                    };
                    // A step cut short by `end` says little about how long it might have been.
                    let cut_short = h < self.step && growth > 1.0;
                    self.step = if cut_short {
                        self.step.max(growth * h)
                    } else {
                        growth * h
                    };
                    self.i_scale = self.i_scale.max(terminals.i.abs());
                }
                None => {
                    // A step that met a bend has set the next one itself.
                    if self.step >= h {
                        self.step = 0.25 * h;
                    }
                    if self.step < SHORTEST * span {
                        return Err(ExperimentError::StepTooShort {
                            t_s: self.t,
                            step_s: self.step,
                        });
                    }
                }
            }
        }
        self.t = end;
        Ok(terminals)
    }

    /// One big step. On success the state has moved (the time has not), and the number of
    /// columns that it took is told.
    fn big_step(&mut self, h: f64, drive: Drive) -> Option<(Terminals, usize)> {
        let nodes = self.u.len();
        for j in 0..COLUMNS {
            if !self.small_steps(j + 1, h, drive) {
                return None;
            }
            // Aitken-Neville along the new row: `carry` is T[j][k], table[k] still T[j-1][k].
            for k in 0..j {
                let ratio = (j + 1) as f64 / (j - k) as f64 - 1.0;
                for (carry, before) in self.fresh.iter_mut().zip(&mut self.table[k]) {
                    let next = *carry + (*carry - *before) / ratio;
                    *before = *carry;
                    *carry = next;
                }
            }
            self.table[j].copy_from_slice(&self.fresh);
            if j < 2 {
                continue;
            }
            let previous = self.after_big_step(j - 1, h, drive);
            let terminals = self.after_big_step(j, h, drive);
            let (before, after) = (&self.table[j - 1], &self.table[j]);
            let u_scale = self.u_scale.max(terminals.v.abs()).max(1e-12);
            let worst_u = before[..nodes]
                .iter()
                .zip(after)
                .fold(0.0_f64, |m, (b, a)| m.max((a - b).abs()));
            let i_scale = self.i_scale.max(terminals.i.abs());
            let worst_i = (terminals.i - previous.i).abs();
            let passes = worst_u <= self.tolerance * u_scale
                && worst_i <= self.tolerance * i_scale.max(f64::MIN_POSITIVE);
            if passes {
                let share = self.missed_bend(u_scale);
                if share < 1.0 {
                    self.step = h * share;
                    return None;
                }
                self.u.copy_from_slice(&self.end);
                return Some((terminals, j + 1));
            }
            // Far from the goal late in the table: a shorter step is cheaper.
            if j + 1 >= 6 && worst_u > 1e6 * self.tolerance * u_scale {
                return None;
            }
        }
        None
    }

    /// Small steps that all fall on one side of a bend of the law agree with each other and with
    /// nothing else. So where a node crosses a bend, the flux error beyond it is bounded; if
    /// that may exceed the tolerance, the share of the step is told that ends at the bend.
    fn missed_bend(&self, u_scale: f64) -> f64 {
        let mut share = 1.0_f64;
        let mut first = 0;
        for chain in &self.cell.chains {
            let nodes = first..first + chain.nodes();
            first = nodes.end;
            let Some(bend) = chain.shape.bend() else {
                continue;
            };
            let ends = self.u[nodes.clone()].iter().zip(&self.end[nodes]);
            for ((u_0, u_1), scale) in ends.zip(&chain.x_per_volt) {
                let (x_0, x_1) = (u_0 * scale, u_1 * scale);
                let Some((edge, mismatch)) = bend.crossing(x_0, x_1) else {
                    continue;
                };
                let error = ((x_1 - edge) / scale).abs() * mismatch;
                if error > self.tolerance * u_scale {
                    let there = (edge - x_0) / (x_1 - x_0);
                    share = share.min((1.001 * there).max(0.02));
                }
            }
        }
        share
    }

    /// Fills `end` with the states that column `k` of the table arrives at and tells the terminal
    /// values there.
    fn after_big_step(&mut self, k: usize, h: f64, drive: Drive) -> Terminals {
        let column = &self.table[k];
        for ((end, u), d) in self.end.iter_mut().zip(&self.u).zip(column) {
            *end = u + d;
        }
        self.terminals_of(&self.end, drive, self.t + h, column.last().copied())
    }

    /// Crosses `h` with `n` linearly implicit Euler steps; the result goes to `fresh`. False where
    /// something is not finite.
    fn small_steps(&mut self, n: usize, h: f64, drive: Drive) -> bool {
        let nodes = self.u.len();
        let a = n as f64 / h;
        let weight = self.cell.weight();
        let leak = self.cell.g_leak;
        self.fresh[..nodes].fill(0.0);
        for step in 1..=n {
            self.solves += 1;
            let t = self.t + h * step as f64 / n as f64;
            for ((end, u), d) in self.end.iter_mut().zip(&self.u).zip(&self.fresh) {
                *end = u + d;
            }
            let held = self.terminals_of(&self.end, drive, t, Some(self.fresh[nodes]));
            let i_held = held.i - leak * held.v;
            let (mut e, mut z) = (0.0, self.cell.esr);
            let mut mouths = [(0.0, 0.0); 2];
            let mut first = 0;
            for ((chain, work), mouth) in
                self.cell.chains.iter().zip(&mut self.work).zip(&mut mouths)
            {
                let u = &self.end[first..first + chain.nodes()];
                let rule = Rule {
                    a,
                    memory: 0.0,
                    previous: &self.zeros,
                };
                let m = work.eliminate(chain, &rule, u, &self.zeros);
                let lift = (1.0 + i_held * m.resistance_u) * m.z;
                e += weight * (u[0] + lift * m.r);
                z += weight * (m.resistance + lift);
                *mouth = (m.z, m.r);
                first += chain.nodes();
            }
            let i = match drive {
                Drive::Voltage { .. } => (held.v - e) / z,
                Drive::Current(total) => total - leak * (e + z * total) / (1.0 + z * leak),
            };
            let mut first = 0;
            for (work, (z, r)) in self.work.iter_mut().zip(mouths) {
                if first == nodes {
                    break;
                }
                if !work.substitute(z * (i + r)).is_finite() {
                    return false;
                }
                for (d, delta) in self.fresh[first..].iter_mut().zip(&work.delta) {
                    *d += delta;
                }
                first += work.delta.len();
            }
            self.fresh[nodes] = i;
        }
        self.fresh.iter().all(|x| x.is_finite())
    }
}
