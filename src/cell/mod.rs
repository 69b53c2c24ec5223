//! Whole cell: one or two electrodes over the open electrolyte, ESR, leakage, counts.

mod ageing;
mod charge_form;
mod charge_readout;
mod factors;
mod heat;
mod limits;
mod params;
mod thermal;

pub use ageing::Ageing;
pub use charge_form::{ChargeForm, SizeError, TERMINALS};
pub use charge_readout::{Link, Readout};
pub use factors::Factors;
pub use heat::{ThermalNodes, ThermalPort};
pub use limits::Limits;
pub use params::CellParams;
pub use thermal::{Drift, GAS_CONSTANT, REFERENCE_K, Thermal};

use crate::ladder::{Chain, Scales};
use crate::parameter::ParameterError;

/// Which electrode of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Electrode {
    Positive,
    Negative,
}

/// A cell prepared for calculation, as its terminals see it: `area`, `series` and `parallel` are
/// folded into the values.
///
/// Both electrodes are written as chains that are charged by the same current: the negative
/// one in mirrored overpotentials `-(phi_m - psi)`, so that
/// `v = sum over electrodes of (u_0 + R_0 i) + esr i`.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    pub(crate) chains: Vec<Chain>,
    /// Two equal electrodes with a law even in charge keep equal charges for ever; one chain then
    /// stands for both.
    pub(crate) mirrored: bool,
    pub(crate) esr: f64,
    pub(crate) g_leak: f64,
    pub(crate) series: f64,
    pub(crate) parallel: f64,
    /// Number of cells, area counted.
    pub(crate) cells: f64,
    /// The values above hold at its `temperature`.
    pub(crate) thermal: Thermal,
    pub(crate) limits: Limits,
}

impl Cell {
    /// Checks the parameters and prepares the cell.
    pub fn new(params: &CellParams) -> Result<Self, ParameterError> {
        Self::prepare(params, true)
    }

    /// The cell with a chain for each electrode even where one could stand for both.
    pub fn without_mirror(params: &CellParams) -> Result<Self, ParameterError> {
        Self::prepare(params, false)
    }

    fn prepare(params: &CellParams, allow_mirror: bool) -> Result<Self, ParameterError> {
        params.validate()?;
        let r_scale = params.resistance_scale();
        let q_scale = params.charge_scale();
        let thermal = params.thermal;
        let factors = thermal.factors(thermal.temperature) * params.ageing.factors();
        let scales = Scales {
            resistance: r_scale * factors.resistance,
            charge: q_scale,
            capacitance: q_scale / params.series * factors.capacitance,
            series: params.series,
        };
        let positive = Chain::new(&params.positive, 1.0, scales)?;
        let mut mirrored = false;
        let mut chains = vec![positive];
        if let Some(negative) = &params.negative {
            mirrored = allow_mirror && *negative == params.positive && chains[0].shape.is_even();
            if !mirrored {
                chains.push(Chain::new(negative, -1.0, scales).map_err(|e| e.within("negative"))?);
            }
        }
        Ok(Self {
            chains,
            mirrored,
            esr: params.esr * r_scale * factors.esr,
            g_leak: 1.0 / (params.r_leak * r_scale * factors.leakage),
            series: params.series,
            parallel: params.parallel,
            cells: q_scale * params.series,
            thermal,
            limits: params.limits,
        })
    }

    /// How many electrodes each chain stands for.
    pub(crate) fn weight(&self) -> f64 {
        if self.mirrored { 2.0 } else { 1.0 }
    }

    /// Index of the chain of an electrode and the sign of its overpotentials; `None` for the
    /// negative electrode of a half cell.
    pub(crate) fn chain_of(&self, electrode: Electrode) -> Option<(usize, f64)> {
        match electrode {
            Electrode::Positive => Some((0, 1.0)),
            Electrode::Negative if self.mirrored => Some((0, -1.0)),
            Electrode::Negative if self.chains.len() == 2 => Some((1, -1.0)),
            Electrode::Negative => None,
        }
    }

    /// Capacitance of the empty cell at rest, farad: the electrodes in series.
    pub fn capacitance(&self) -> f64 {
        let elastance: f64 = self
            .chains
            .iter()
            .map(|c| self.weight() / c.total_capacitance())
            .sum();
        1.0 / elastance
    }

    /// Charge of the cell at rest at terminal voltage `v`, coulomb: both electrodes hold it.
    pub fn rest_charge(&self, v: f64) -> f64 {
        let mut charge = v * self.capacitance();
        if self.chains.iter().all(|c| c.rise.is_none()) {
            return charge;
        }
        // Newton's method on the sum of the electrodes' voltages, which rises with the charge; where a
        // step would leave the bracket, the middle of that is taken.
        let total = |q: f64| {
            let (mut sum, mut slope) = (0.0, 0.0);
            for chain in &self.chains {
                let c = chain.total_capacitance();
                let (u, u_w) = chain.potential(q / c);
                sum += self.weight() * u;
                slope += self.weight() * u_w / c;
            }
            (sum, slope)
        };
        // Capacitances are between half and eleven times those at zero voltage.
        let ends = [0.5 * charge, 11.0 * charge];
        let (mut low, mut high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
        for _ in 0..200 {
            let (sum, slope) = total(charge);
            if sum < v {
                low = charge;
            } else {
                high = charge;
            }
            let step = (sum - v) / slope;
            let next = charge - step;
            let next = if next > low && next < high {
                next
            } else {
                0.5 * (low + high)
            };
            let settled = (next - charge).abs() <= 2.0 * f64::EPSILON * charge.abs();
            charge = next;
            if settled {
                break;
            }
        }
        charge
    }

    /// Capacitance of the cell at rest at terminal voltage `v`, farad.
    pub fn capacitance_at(&self, v: f64) -> f64 {
        let charge = self.rest_charge(v);
        let elastance: f64 = self
            .chains
            .iter()
            .map(|chain| {
                let c = chain.total_capacitance();
                self.weight() * chain.potential(charge / c).1 / c
            })
            .sum();
        1.0 / elastance
    }

    /// Factors at temperature `t` (K) on the values as prepared.
    pub(crate) fn factors_at(&self, t: f64) -> Factors {
        self.thermal.factors(t) / self.thermal.factors(self.thermal.temperature)
    }

    /// Thermal resistance (K/W) and heat capacity (J/K) of all cells together. A resistance whose inverse is no
    /// number is none.
    pub(crate) fn thermal_values(&self) -> (f64, f64) {
        let r_th = self.thermal.r_th / self.cells;
        let r_th = if r_th.recip().is_infinite() {
            0.0
        } else {
            r_th
        };
        (r_th, self.thermal.c_th * self.cells)
    }

    /// Leakage conductance across the terminals, siemens.
    pub fn leakage(&self) -> f64 {
        self.g_leak
    }

    /// Number of nodes over all chains.
    pub(crate) fn nodes(&self) -> usize {
        self.chains.iter().map(Chain::nodes).sum()
    }
}
