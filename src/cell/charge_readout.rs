//! What can be read off the potentials of a cell in charge form: its state at rest, its resistive
//! links one by one (each a source of thermal noise), and the same sums that the stepper offers.

use super::charge_form::Placed;
use super::{ChargeForm, Factors};

/// A resistance between two nodes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    pub from: usize,
    pub to: usize,
    /// Current over voltage, siemens.
    pub conductance: f64,
}

/// Sums over a cell, as its terminals see them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Readout {
    /// Net charge of the positive electrode, coulomb.
    pub charge: f64,
    /// Low-frequency limit of `Re Z`, ohm (leakage not counted).
    pub effective_resistance: f64,
    /// Energy in the double layers, joule.
    pub stored_energy: f64,
    /// Sum of |Q| over sum of q_max, over all slits, 1.
    pub fill: f64,
    /// Power turned into heat, watt.
    pub dissipation: f64,
}

impl ChargeForm {
    /// Writes the potentials of a cell at rest with `v` (volt) across its terminals, the negative
    /// one at 0: no current flows, and both electrodes hold the same charge. Writes as many as `x`
    /// holds.
    pub fn rest(&self, v: f64, x: &mut [f64]) {
        x.fill(self.rest_bulk(v).0);
        self.cool(x);
        for (node, potential) in [(0, v), (1, 0.0), (self.inner, v)] {
            if let Some(x) = x.get_mut(node) {
                *x = potential;
            }
        }
    }

    /// Sets the thermal nodes to no rise.
    fn cool(&self, x: &mut [f64]) {
        let thermal = self.thermal_nodes();
        let first = thermal.map_or(self.nodes(), |nodes| nodes.cell);
        if let Some(x) = x.get_mut(first..) {
            x.fill(0.0);
        }
    }

    /// Writes the potentials of a cell whose electrodes hold `charges` (`w` in volts, electrode by electrode, mouth
    /// first) with no current into them, the negative terminal at 0. Writes as many as `x` holds.
    pub(crate) fn open_circuit(&self, charges: &[&[f64]], x: &mut [f64]) {
        let mut put = |node: usize, potential: f64| {
            if let Some(x) = x.get_mut(node) {
                *x = potential;
            }
        };
        let mouth = |e: usize| match (self.halves.get(e), charges.get(e)) {
            (Some(half), Some(w)) => half.chain.potential(w[0]).0,
            _ => 0.0,
        };
        // No drop between the bulk and either mouth.
        let bulk = mouth(1);
        let top = bulk + mouth(0);
        put(self.halves[0].bulk, bulk);
        for (half, w) in self.halves.iter().zip(charges) {
            let electrode = if half.sign > 0.0 { top } else { 0.0 };
            for (&psi, w) in half.psi.iter().zip(w.iter()) {
                put(psi, electrode - half.sign * half.chain.potential(*w).0);
            }
        }
        put(self.inner, top);
        put(1, 0.0);
        put(0, top);
        self.cool(x);
    }

    /// Charge of the positive electrode of a part at rest at `v` (volt), coulomb.
    pub fn rest_charge(&self, v: f64) -> f64 {
        let chain = &self.halves[0].chain;
        chain.total_capacitance() * chain.charge(v - self.rest_bulk(v).0).0
    }

    /// Whether a capacitance rises with voltage.
    pub fn rises(&self) -> bool {
        self.halves.iter().any(|half| half.chain.rise.is_some())
    }

    /// Potential of the bulk electrolyte of a cell at rest with `v` (volt) across its terminals, the
    /// negative one at 0, and its derivative with respect to `v`.
    pub fn rest_bulk(&self, v: f64) -> (f64, f64) {
        let [positive, negative] = self.halves.as_slice() else {
            return (0.0, 0.0);
        };
        let (c, d) = (
            positive.chain.total_capacitance(),
            negative.chain.total_capacitance(),
        );
        // Divided first: the sum of two large capacitances may overflow.
        let ratio = d / c;
        let start = v / (1.0 + ratio);
        if !self.rises() {
            return (start, 1.0 / (1.0 + ratio));
        }
        // The surplus of the negative electrode's charge, in volts of the positive, rises with the bulk's
        // potential: Newton's method within a bracket.
        let surplus = |bulk: f64| {
            let (w_p, c_p) = positive.chain.charge(v - bulk);
            let (w_n, c_n) = negative.chain.charge(bulk);
            (ratio * w_n - w_p, c_p, ratio * c_n)
        };
        let (mut low, mut high) = (v.min(0.0), v.max(0.0));
        let mut bulk = start;
        for _ in 0..200 {
            let (over, c_p, c_n) = surplus(bulk);
            if over < 0.0 {
                low = bulk;
            } else {
                high = bulk;
            }
            let next = bulk - over / (c_p + c_n);
            let next = if next > low && next < high {
                next
            } else {
                0.5 * (low + high)
            };
            let settled = (next - bulk).abs() <= 2.0 * f64::EPSILON * v.abs();
            bulk = next;
            if settled {
                break;
            }
        }
        let (_, c_p, c_n) = surplus(bulk);
        (bulk, c_p / (c_p + c_n))
    }

    /// As [`ChargeForm::rest_bulk`] for a voltage `x[inner] - x[1]` at the temperature of potentials `x`, with the
    /// derivative with respect to temperature besides.
    pub fn rest_bulk_at(&self, x: &[f64]) -> (f64, f64, f64) {
        let climate = self.climate(x);
        let (v, factor) = (x[self.inner] - x[1], climate.now.capacitance);
        let (bulk, share) = self.rest_bulk(factor * v);
        let bulk = bulk / factor;
        (bulk, share, (share * v - bulk) * climate.slope.capacitance)
    }

    /// Temperature at potentials `x`, K.
    pub fn temperature(&self, x: &[f64]) -> Option<f64> {
        Some(self.heat.as_ref()?.temperature(x).0)
    }

    /// Calls `visit` for every resistance at potentials `x`: ESR and leakage, if there are any, then
    /// each electrode's links from the mouth inwards.
    pub fn links(&self, x: &[f64], mut visit: impl FnMut(Link)) {
        let mut link = |from, to, conductance| {
            visit(Link {
                from,
                to,
                conductance,
            })
        };
        let now = self.climate(x).now;
        if let Some(esr) = self.esr {
            link(0, self.inner, 1.0 / (esr * now.esr));
        }
        if self.g_leak > 0.0 {
            link(0, 1, self.g_leak / now.leakage);
        }
        for half in &self.halves {
            half.links(x, now, &mut link);
        }
    }

    /// Sums at potentials `x`.
    pub fn readout(&self, x: &[f64]) -> Readout {
        let now = self.climate(x).now;
        let mut read = Readout {
            charge: 0.0,
            effective_resistance: self.esr.unwrap_or(0.0) * now.esr,
            stored_energy: 0.0,
            fill: 0.0,
            dissipation: 0.0,
        };
        let (mut q, mut q_max) = (0.0, 0.0);
        for (i, half) in self.halves.iter().enumerate() {
            let w = half.charges(x, now);
            for ((c, w), scale) in half.chain.capacitance.iter().zip(&w).zip(&half.chain.q_max) {
                if i == 0 {
                    read.charge += c * w;
                }
                read.stored_energy += c * half.chain.energy(*w) / now.capacitance;
                if *scale > 0.0 {
                    q += (c * w).abs();
                    q_max += scale;
                }
            }
            read.effective_resistance += now.resistance * half.chain.slow_resistance(&w);
        }
        read.fill = q / q_max;
        self.links(x, |link| {
            let drop = x[link.from] - x[link.to];
            read.dissipation += link.conductance * drop * drop;
        });
        read
    }
}

impl Placed {
    /// Charges `w = Q/C` from the mouth inwards, in the chain's own sign, volt.
    fn charges(&self, x: &[f64], now: Factors) -> Vec<f64> {
        self.psi
            .iter()
            .map(|&psi| {
                let u = self.sign * (x[self.electrode] - x[psi]);
                self.chain.charge(now.capacitance * u).0
            })
            .collect()
    }

    fn links(&self, x: &[f64], now: Factors, link: &mut impl FnMut(usize, usize, f64)) {
        let chain = &self.chain;
        let mut outer = (self.bulk, 0.0);
        for (k, &psi) in self.psi.iter().enumerate() {
            let u = now.capacitance * self.sign * (x[self.electrode] - x[psi]);
            let (rho, _) = chain.shape.eval(chain.x_per_volt[k] * chain.charge(u).0);
            if psi != outer.0 {
                let r = chain.fixed[k] + chain.near[k] * outer.1 + chain.far[k] * rho;
                link(outer.0, psi, 1.0 / (now.resistance * r));
            }
            outer = (psi, rho);
        }
    }
}
