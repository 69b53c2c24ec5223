//! Temperature in the charge form: a node whose potential is the cell's temperature (K as V) and whose currents
//! are heat (W as A).
//!
//! ```text
//! c_th dT/dt = P(x, T) - (T - T_s)/r_th
//! ```
//!
//! with the losses `P` of every resistance. Nothing is foreseen or split: resistances, capacitances and losses
//! are those at the unknown temperature, and every derivative is in `G` and `C`, so that Newton's method of the
//! simulator converges quadratically.

use super::charge_form::Sink;
use super::{Cell, Factors, Thermal};

/// Where a cell in charge form has its temperature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThermalPort {
    /// Nowhere: it stays what it is.
    None,
    /// At a node of its own, as the rise above the surroundings, behind its thermal resistance. Without
    /// that it stays what it is, too.
    Inside,
    /// Between two nodes for a thermal network outside.
    Outside,
}

/// Thermal nodes of a cell in charge form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThermalNodes {
    /// Temperature of the cell.
    pub cell: usize,
    /// Temperature of the surroundings, the same node where no thermal resistance lies between; none for
    /// surroundings that stay as they are.
    pub case: Option<usize>,
    /// What both are counted from; none for the temperature that the parameters hold at.
    pub reference: Option<usize>,
}

/// What heats.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Heating {
    /// All resistances.
    Losses,
    /// The leakage alone, as at rest: at the voltage between the terminals or at one that is held (V).
    Leakage(Option<f64>),
}

/// Heat balance of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Heat {
    pub nodes: ThermalNodes,
    /// Thermal conductance to the surroundings, W/K, and heat capacity, J/K, of all cells together.
    g_th: f64,
    c_th: f64,
    thermal: Thermal,
}

impl Heat {
    /// The balance of a cell whose thermal nodes are numbered by `new_node`; `None` if its temperature stays.
    pub fn new(
        cell: &Cell,
        port: ThermalPort,
        mut new_node: impl FnMut() -> usize,
    ) -> Option<Self> {
        let (r_th, c_th) = cell.thermal_values();
        let of_cell = match (port, r_th > 0.0) {
            (ThermalPort::None, _) | (ThermalPort::Inside, false) => return None,
            _ => new_node(),
        };
        let outside = port == ThermalPort::Outside;
        Some(Self {
            nodes: ThermalNodes {
                cell: of_cell,
                case: outside.then(|| if r_th > 0.0 { new_node() } else { of_cell }),
                reference: outside.then(&mut new_node),
            },
            g_th: if r_th > 0.0 { 1.0 / r_th } else { 0.0 },
            c_th,
            thermal: cell.thermal,
        })
    }

    /// Temperature above that which the parameters hold at, K.
    pub fn rise(&self, x: &[f64]) -> f64 {
        x[self.nodes.cell] - self.nodes.reference.map_or(0.0, |node| x[node])
    }

    /// Temperature, K, and whether it is one that a cell may have; else it is the nearest that is.
    pub fn temperature(&self, x: &[f64]) -> (f64, bool) {
        let t = self.thermal.temperature + self.rise(x);
        let confined = Thermal::confined(t);
        (confined, confined == t)
    }

    /// A cell that keeps its heat has no balance at rest; it then is at its surroundings' temperature.
    fn is_pinned(&self, heating: Heating) -> bool {
        heating != Heating::Losses && self.g_th == 0.0 && self.nodes.case != Some(self.nodes.cell)
    }

    /// Cooling and heat capacity.
    pub fn stamp(&self, x: &[f64], heating: Heating, sink: &mut impl Sink) {
        let ThermalNodes {
            cell,
            case,
            reference,
        } = self.nodes;
        let stored = self.c_th * self.rise(x);
        sink.charge(cell, stored);
        sink.capacitance(cell, cell, self.c_th);
        if let Some(reference) = reference {
            sink.charge(reference, -stored);
            sink.capacitance(reference, reference, self.c_th);
            sink.capacitance(cell, reference, -self.c_th);
            sink.capacitance(reference, cell, -self.c_th);
        }
        let (g, back) = match self.is_pinned(heating) {
            true => (1.0, 0.0),
            false => (self.g_th, self.g_th),
        };
        match case {
            None => {
                sink.current(cell, g * x[cell]);
                sink.conductance(cell, cell, g);
            }
            Some(case) if case != cell => {
                let difference = x[cell] - x[case];
                sink.current(cell, g * difference);
                sink.current(case, -back * difference);
                sink.conductance(cell, cell, g);
                sink.conductance(cell, case, -g);
                sink.conductance(case, case, back);
                sink.conductance(case, cell, -back);
            }
            Some(_) => {}
        }
    }
}

/// A cell's values at the temperature of an evaluation, and how its elements change with it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Climate {
    /// Factors on the values as prepared.
    pub now: Factors,
    /// Derivatives of their logarithms, 1/K.
    pub slope: Factors,
    pub heating: Heating,
    nodes: Option<ThermalNodes>,
    /// 1, or 0 where no heat counts.
    share: f64,
}

const UNMOVED: Factors = Factors {
    resistance: 0.0,
    esr: 0.0,
    capacitance: 0.0,
    leakage: 0.0,
};

impl Climate {
    pub fn new(heat: Option<&Heat>, x: &[f64], heating: Heating) -> Self {
        let Some(heat) = heat else {
            return Self {
                now: Factors::NONE,
                slope: UNMOVED,
                heating,
                nodes: None,
                share: 0.0,
            };
        };
        let (t, inside) = heat.temperature(x);
        let prepared = heat.thermal.factors(heat.thermal.temperature);
        Self {
            now: heat.thermal.factors(t) / prepared,
            slope: match inside {
                true => heat.thermal.log_slopes(t),
                false => UNMOVED,
            },
            heating,
            nodes: Some(heat.nodes),
            share: if heat.is_pinned(heating) { 0.0 } else { 1.0 },
        }
    }

    /// A current out of `row` changes by `slope` A/K.
    pub fn current_follows(&self, row: usize, slope: f64, sink: &mut impl Sink) {
        if let Some(nodes) = self.nodes {
            sink.conductance(row, nodes.cell, slope);
            if let Some(reference) = nodes.reference {
                sink.conductance(row, reference, -slope);
            }
        }
    }

    /// A charge at `row` changes by `slope` C/K.
    pub fn charge_follows(&self, row: usize, slope: f64, sink: &mut impl Sink) {
        if let Some(nodes) = self.nodes {
            sink.capacitance(row, nodes.cell, slope);
            if let Some(reference) = nodes.reference {
                sink.capacitance(row, reference, -slope);
            }
        }
    }

    /// Heats the cell with a resistance's `power` (W), which changes with potentials by `by` (W/V) and with
    /// temperature by `slope` (W/K).
    pub fn loss<const N: usize>(
        &self,
        power: f64,
        by: [(usize, f64); N],
        slope: f64,
        sink: &mut impl Sink,
    ) {
        let share = match self.heating {
            Heating::Losses => self.share,
            Heating::Leakage(_) => 0.0,
        };
        self.heat(share, power, by, slope, sink);
    }

    /// The same for the leakage, which heats at rest, too.
    pub fn leakage_loss<const N: usize>(
        &self,
        power: f64,
        by: [(usize, f64); N],
        slope: f64,
        sink: &mut impl Sink,
    ) {
        self.heat(self.share, power, by, slope, sink);
    }

    fn heat<const N: usize>(
        &self,
        share: f64,
        power: f64,
        by: [(usize, f64); N],
        slope: f64,
        sink: &mut impl Sink,
    ) {
        let Some(nodes) = self.nodes else {
            return;
        };
        let ends = [(Some(nodes.cell), -share), (nodes.reference, share)];
        for (row, sign) in ends {
            let Some(row) = row else { continue };
            sink.current(row, sign * power);
            for (node, change) in by {
                sink.conductance(row, node, sign * change);
            }
            self.current_follows(row, sign * slope, sink);
        }
    }
}
