//! A half cell prepared for calculation: nodes from the mouth to the deepest slit.
//!
//! In overpotentials `u_k = phi_m - psi_k` (electrode minus local electrolyte) a half cell is a
//! one-port ladder: a current enters at the mouth, every node stores `Q_k = C_k w_k(u_k)` against a
//! common ground, and link `j` carries `I_j = (u_{j-1} - u_j)/R_j` from node `j-1` to node `j`.
//!
//! ```text
//!   v ---R_0--- u_0 ---R_1--- u_1 ---R_2--- u_2 ... u_{M-1}
//!                |             |             |         |
//!               C_0           C_1           C_2      C_{M-1}
//! ```
//!
//! `C_k` is the capacitance at zero voltage and `w = Q/C` the charge in volts; where the capacitance is
//! constant `w = u`. The state of a chain is its `w` ([`super::Rise`]).
//!
//! With `c_open > 0`, node 0 is the electrode's outer face and `R_0 = r_open`; else node 0 is the
//! first section and `R_0 = r_open + entry R(Q_1)`.

use super::sections::{Section, layout};
use super::{ElectrodeParams, Rise};
use crate::law::{Law, Shape};
use crate::parameter::ParameterError;

/// A half cell as arrays, mouth first. Immutable after set-up.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    /// The law all sections share, without its scales.
    pub(crate) shape: Shape,
    /// Capacitance of each node at zero voltage, farad, and how all of them rise.
    pub(crate) capacitance: Vec<f64>,
    pub(crate) rise: Option<Rise>,
    /// `x = Q/q_max` of a slit per volt of `w`, 1/V; zero for the outer face, negative for a
    /// mirrored (negative) electrode.
    pub(crate) x_per_volt: Vec<f64>,
    /// Part of each link's resistance that does not depend on charge, ohm.
    pub(crate) fixed: Vec<f64>,
    /// Resistance of each link in units of `rho` of the node before it, ohm.
    pub(crate) near: Vec<f64>,
    /// Resistance of each link in units of `rho` of the node behind it, ohm.
    pub(crate) far: Vec<f64>,
    /// Slits lumped in each node; zero for the outer face.
    pub(crate) slits: Vec<f64>,
    /// Charge scale of each node, coulomb; zero for the outer face.
    pub(crate) q_max: Vec<f64>,
    /// Largest `|x_per_volt|`.
    steepest: f64,
}

/// Factors on an electrode's values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scales {
    pub resistance: f64,
    /// On the charge scales of the law.
    pub charge: f64,
    pub capacitance: f64,
    /// Electrodes on top of each other, among which a voltage is divided.
    pub series: f64,
}

impl Chain {
    /// Prepares an electrode with scaled values. `sign = -1` makes the chain of a
    /// negative electrode, whose overpotentials and charges are counted positive when it is
    /// charged; only the `signed` law can tell the difference.
    pub(crate) fn new(
        params: &ElectrodeParams,
        sign: f64,
        scales: Scales,
    ) -> Result<Self, ParameterError> {
        params.validate()?;
        let Scales {
            resistance: r_scale,
            charge: q_scale,
            capacitance: c_scale,
            series,
        } = scales;
        let shape = Law::new(&params.law_params())?.into_shape();
        let sections = match &params.explicit {
            Some(sections) => sections.clone(),
            None => layout(params),
        };
        let outer = params.c_open > 0.0;
        let nodes = sections.len() + usize::from(outer);
        let mut chain = Chain {
            shape,
            capacitance: Vec::with_capacity(nodes),
            rise: Rise::new(params.c_rise, params.u_rise)?.map(|rise| rise.stacked(series)),
            x_per_volt: Vec::with_capacity(nodes),
            fixed: Vec::with_capacity(nodes),
            near: Vec::with_capacity(nodes),
            far: Vec::with_capacity(nodes),
            slits: Vec::with_capacity(nodes),
            q_max: Vec::with_capacity(nodes),
            steepest: 0.0,
        };
        if outer {
            chain.capacitance.push(params.c_open * c_scale);
            chain.x_per_volt.push(0.0);
            chain.fixed.push(params.r_open * r_scale);
            chain.near.push(0.0);
            chain.far.push(0.0);
            chain.slits.push(0.0);
            chain.q_max.push(0.0);
        }
        let mut before: Option<&Section> = None;
        for s in &sections {
            // Slit j owns the resistance from its centre to the next slit's centre, so of the path
            // between two section centres (m_a + 1)/2 slits belong to the section nearer to the
            // mouth and (m_b - 1)/2 to the deeper one: exact for m = 1, second order else.
            let half = 0.5 * (s.slits - 1.0);
            match before {
                Some(a) => {
                    chain.fixed.push(0.0);
                    chain.near.push(0.5 * (a.slits + 1.0) * a.r_c * r_scale);
                    chain.far.push(half * s.r_c * r_scale);
                }
                None => {
                    chain
                        .fixed
                        .push(if outer { 0.0 } else { params.r_open * r_scale });
                    chain.near.push(0.0);
                    chain.far.push((params.entry + half) * s.r_c * r_scale);
                }
            }
            chain.capacitance.push(s.slits * s.c_slit * c_scale);
            // x = C w/q_max of the scaled slit.
            chain
                .x_per_volt
                .push(sign * s.c_slit * c_scale / (s.q_max * q_scale));
            chain.slits.push(s.slits);
            chain.q_max.push(s.slits * s.q_max * q_scale);
            before = Some(s);
        }
        chain.steepest = chain.x_per_volt.iter().fold(0.0, |m, x| x.abs().max(m));
        Ok(chain)
    }

    /// Number of nodes, the outer face (if it has a capacitance) included.
    pub fn nodes(&self) -> usize {
        self.capacitance.len()
    }

    /// Number of sections, the outer face not counted.
    pub fn sections(&self) -> usize {
        self.nodes() - self.first_section()
    }

    /// Index of the first section: 1 behind an outer face, else 0.
    pub fn first_section(&self) -> usize {
        usize::from(self.slits[0] == 0.0)
    }

    /// Sum of all capacitances at zero voltage, farad.
    pub fn total_capacitance(&self) -> f64 {
        self.capacitance.iter().sum()
    }

    /// Largest `|x|` per volt of any node, 1/V.
    pub(crate) fn steepest(&self) -> f64 {
        self.steepest
    }

    /// Resistance of the mouth link at charge `w_0` (volt) of node 0, ohm.
    pub(crate) fn mouth_resistance(&self, w_0: f64) -> f64 {
        self.fixed[0] + self.far[0] * self.shape.eval(self.x_per_volt[0] * w_0).0
    }

    /// Charge `w` (volt) of a node at overpotential `u`, and `dw/du`.
    #[inline]
    pub(crate) fn charge(&self, u: f64) -> (f64, f64) {
        match &self.rise {
            None => (u, 1.0),
            Some(rise) => rise.charge(u),
        }
    }

    /// Overpotential of a node that holds `w` (volt), and `du/dw`.
    #[inline]
    pub(crate) fn potential(&self, w: f64) -> (f64, f64) {
        match &self.rise {
            None => (w, 1.0),
            Some(rise) => rise.voltage(w),
        }
    }

    /// Energy in a node that holds `w` (volt), joule per farad.
    pub(crate) fn energy(&self, w: f64) -> f64 {
        match &self.rise {
            None => 0.5 * w * w,
            Some(rise) => rise.energy(rise.voltage(w).0),
        }
    }

    /// Resistance from the open electrolyte into the first section when empty, ohm.
    pub(crate) fn entry_resistance(&self) -> f64 {
        self.far[self.first_section()]
    }

    /// Whether this is `other` on the other side of the cell.
    pub(crate) fn mirrors(&self, other: &Chain) -> bool {
        let opposite = |(a, b): (&f64, &f64)| *a == -*b;
        self.x_per_volt.len() == other.x_per_volt.len()
            && self.x_per_volt.iter().zip(&other.x_per_volt).all(opposite)
            && self.shape == other.shape
            && self.capacitance == other.capacitance
            && self.rise == other.rise
            && self.fixed == other.fixed
            && self.near == other.near
            && self.far == other.far
            && self.slits == other.slits
            && self.q_max == other.q_max
    }

    /// The same electrode on the other side of the cell.
    pub(crate) fn mirror_image(&self) -> Chain {
        let mut twin = self.clone();
        for x in &mut twin.x_per_volt {
            *x = -*x;
        }
        twin
    }
}
