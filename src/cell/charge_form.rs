//! The cell in charge form, for simulators that integrate themselves.
//!
//! Modified nodal analysis with node potentials `x`: Kirchhoff's current law asks at every node for
//! `f(x) + dq(x)/dt = current injected from outside`, where `f` are static currents leaving the node
//! (ampere) and `q` charges (coulomb). `G = df/dx` (siemens) and `C = dq/dx` (farad) share one sparse
//! pattern: a tridiagonal chain of electrolyte nodes per electrode, bordered by the electrode itself,
//! since the resistance between two electrolyte nodes depends on the charge held against it.
//!
//! Nodes: 0 is the positive, 1 the negative terminal; then the electrode behind the ESR (if there is
//! one), the bulk electrolyte (of a whole cell), the electrolyte nodes of the positive electrode from
//! the mouth inwards, and those of the negative; last the thermal nodes, if there are any (`heat.rs`).

use super::heat::{Climate, Heat, Heating, ThermalNodes, ThermalPort};
use super::{Cell, CellParams};
use crate::ladder::Chain;
use crate::parameter::ParameterError;

/// Number of terminals.
pub const TERMINALS: usize = 2;

/// A chain and the nodes it connects.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) chain: Chain,
    /// +1: overpotential is electrode minus electrolyte; -1: electrolyte minus electrode.
    pub(super) sign: f64,
    pub(super) electrode: usize,
    pub(super) bulk: usize,
    /// Electrolyte node of every chain node.
    pub(super) psi: Vec<usize>,
}

/// `f(x)`, `q(x)`, `G`, `C` of a cell. Allocates only in [`ChargeForm::new`].
#[derive(Debug, Clone)]
pub struct ChargeForm {
    nodes: usize,
    pub(super) esr: Option<f64>,
    pub(super) g_leak: f64,
    /// Electrode behind the ESR (the positive terminal itself without one).
    pub(super) inner: usize,
    pub(super) halves: Vec<Placed>,
    pub(super) heat: Option<Heat>,
    pattern: Vec<(usize, usize)>,
    /// Where in the pattern each addition of the stamping sequence goes.
    places: Vec<usize>,
}

/// Receives what the elements add, in a fixed sequence.
pub(super) trait Sink {
    fn current(&mut self, node: usize, f: f64);
    fn charge(&mut self, node: usize, q: f64);
    fn conductance(&mut self, row: usize, col: usize, g: f64);
    fn capacitance(&mut self, row: usize, col: usize, c: f64);
}

/// Notes the sequence of matrix entries.
#[derive(Default)]
struct Recorder(Vec<(usize, usize)>);

impl Sink for Recorder {
    fn current(&mut self, _: usize, _: f64) {}
    fn charge(&mut self, _: usize, _: f64) {}
    fn conductance(&mut self, row: usize, col: usize, _: f64) {
        self.0.push((row, col));
    }
    fn capacitance(&mut self, row: usize, col: usize, _: f64) {
        self.0.push((row, col));
    }
}

/// Adds into the caller's arrays.
struct Adder<'a> {
    f: &'a mut [f64],
    q: &'a mut [f64],
    g: &'a mut [f64],
    c: &'a mut [f64],
    places: std::slice::Iter<'a, usize>,
}

impl Sink for Adder<'_> {
    fn current(&mut self, node: usize, f: f64) {
        self.f[node] += f;
    }
    fn charge(&mut self, node: usize, q: f64) {
        self.q[node] += q;
    }
    fn conductance(&mut self, _: usize, _: usize, g: f64) {
        if let Some(&place) = self.places.next() {
            self.g[place] += g;
        }
    }
    fn capacitance(&mut self, _: usize, _: usize, c: f64) {
        if let Some(&place) = self.places.next() {
            self.c[place] += c;
        }
    }
}

/// Arrays given to [`ChargeForm::eval`] do not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeError {
    /// Which array.
    pub array: &'static str,
    pub given: usize,
    pub wanted: usize,
}

impl std::fmt::Display for SizeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "array {} has {} entries, {} are wanted",
            self.array, self.given, self.wanted
        )
    }
}

impl std::error::Error for SizeError {}

impl ChargeForm {
    /// Checks the parameters, numbers the nodes and finds the pattern. The cell keeps its temperature.
    pub fn new(params: &CellParams) -> Result<Self, ParameterError> {
        Self::with_temperature(params, ThermalPort::None)
    }

    /// The same with the cell's temperature among the unknowns.
    pub fn with_temperature(
        params: &CellParams,
        port: ThermalPort,
    ) -> Result<Self, ParameterError> {
        let cell = Cell::without_mirror(params)?;
        let mut nodes = TERMINALS;
        let mut new_node = || {
            nodes += 1;
            nodes - 1
        };
        let esr = (cell.esr > 0.0).then_some(cell.esr);
        let inner = if esr.is_some() { new_node() } else { 0 };
        let bulk = if cell.chains.len() == 2 {
            new_node()
        } else {
            1
        };
        let mut halves = Vec::new();
        for (chain, (sign, electrode)) in cell.chains.iter().cloned().zip([(1.0, inner), (-1.0, 1)])
        {
            // Without resistance in between, the outer face lies in the bulk itself.
            let merged = chain.mouth_resistance(0.0) == 0.0;
            let psi = (0..chain.nodes())
                .map(|k| if k == 0 && merged { bulk } else { new_node() })
                .collect();
            halves.push(Placed {
                chain,
                sign,
                electrode,
                bulk,
                psi,
            });
        }
        let heat = Heat::new(&cell, port, &mut new_node);
        let mut form = Self {
            nodes,
            esr,
            g_leak: cell.g_leak,
            inner,
            halves,
            heat,
            pattern: Vec::new(),
            places: Vec::new(),
        };
        let mut recorder = Recorder::default();
        form.stamp(&vec![0.0; nodes], Heating::Losses, &mut recorder);
        let sequence = recorder.0;
        let mut pattern = sequence.clone();
        pattern.sort_unstable_by_key(|&(row, col)| (col, row));
        pattern.dedup();
        form.places = sequence
            .iter()
            .map(|&(row, col)| pattern.partition_point(|&(r, c)| (c, r) < (col, row)))
            .collect();
        form.pattern = pattern;
        Ok(form)
    }

    /// Number of nodes, the two terminals included.
    pub fn nodes(&self) -> usize {
        self.nodes
    }

    /// `(row, column)` of the entries of G and C: unique, ordered by column, then row.
    pub fn pattern(&self) -> &[(usize, usize)] {
        &self.pattern
    }

    /// Electrolyte nodes of the positive (0) or negative (1) electrode, mouth first; empty for an
    /// electrode that the cell does not have.
    pub fn electrolyte_nodes(&self, electrode: usize) -> &[usize] {
        self.halves.get(electrode).map_or(&[], |h| &h.psi)
    }

    /// Node of the positive (0) or negative (1) electrode itself; `None` for an electrode that the
    /// cell does not have.
    pub fn electrode_node(&self, electrode: usize) -> Option<usize> {
        self.halves.get(electrode).map(|h| h.electrode)
    }

    /// Leakage conductance across the terminals, siemens.
    pub fn leakage(&self) -> f64 {
        self.g_leak
    }

    /// The leakage conductance at the temperature of potentials `x`, siemens, and its derivative, S/K.
    pub fn leakage_at(&self, x: &[f64]) -> (f64, f64) {
        let climate = self.climate(x);
        let g = self.g_leak / climate.now.leakage;
        (g, -g * climate.slope.leakage)
    }

    /// The thermal nodes, if the temperature is among the unknowns.
    pub fn thermal_nodes(&self) -> Option<ThermalNodes> {
        self.heat.map(|heat| heat.nodes)
    }

    /// Node of the bulk electrolyte: the negative terminal of a half cell.
    pub fn bulk_node(&self) -> usize {
        self.halves[0].bulk
    }

    /// Evaluates currents `f` and charges `q` (per node) and the entries of `g` and `c` (in the order
    /// of the pattern) at potentials `x` (volt; kelvin at thermal nodes).
    pub fn eval(
        &self,
        x: &[f64],
        f: &mut [f64],
        q: &mut [f64],
        g: &mut [f64],
        c: &mut [f64],
    ) -> Result<(), SizeError> {
        self.eval_heated(Heating::Losses, x, [f, q, g, c])
    }

    /// The same but for the heat, which is that of the leakage alone, as for a part at rest: at the voltage between
    /// its terminals or at one that is `held` inside (volt). A part that keeps its heat is at the
    /// temperature of its surroundings.
    pub fn eval_at_rest(
        &self,
        held: Option<f64>,
        x: &[f64],
        f: &mut [f64],
        q: &mut [f64],
        g: &mut [f64],
        c: &mut [f64],
    ) -> Result<(), SizeError> {
        self.eval_heated(Heating::Leakage(held), x, [f, q, g, c])
    }

    fn eval_heated(
        &self,
        heating: Heating,
        x: &[f64],
        [f, q, g, c]: [&mut [f64]; 4],
    ) -> Result<(), SizeError> {
        let entries = self.pattern.len();
        for (array, given, wanted) in [
            ("x", x.len(), self.nodes),
            ("f", f.len(), self.nodes),
            ("q", q.len(), self.nodes),
            ("g", g.len(), entries),
            ("c", c.len(), entries),
        ] {
            if given != wanted {
                return Err(SizeError {
                    array,
                    given,
                    wanted,
                });
            }
        }
        f.fill(0.0);
        q.fill(0.0);
        g.fill(0.0);
        c.fill(0.0);
        self.stamp(
            x,
            heating,
            &mut Adder {
                f,
                q,
                g,
                c,
                places: self.places.iter(),
            },
        );
        Ok(())
    }

    /// Values at the temperature of potentials `x`.
    pub(super) fn climate(&self, x: &[f64]) -> Climate {
        Climate::new(self.heat.as_ref(), x, Heating::Losses)
    }

    fn stamp(&self, x: &[f64], heating: Heating, sink: &mut impl Sink) {
        let climate = Climate::new(self.heat.as_ref(), x, heating);
        let Climate { now, slope, .. } = climate;
        if let Some(esr) = self.esr {
            let g = 1.0 / (esr * now.esr);
            let (power, by_v, by_t) =
                conductor(x, sink, &climate, (0, self.inner), g, -g * slope.esr);
            climate.loss(power, [(0, by_v), (self.inner, -by_v)], by_t, sink);
        }
        let g = self.g_leak / now.leakage;
        let by_t = -g * slope.leakage;
        let (mut power, mut by_v, mut by_t) = conductor(x, sink, &climate, (0, 1), g, by_t);
        if let Heating::Leakage(Some(v)) = heating {
            (power, by_v, by_t) = (g * v * v, 0.0, -g * slope.leakage * v * v);
        }
        climate.leakage_loss(power, [(0, by_v), (1, -by_v)], by_t, sink);
        for half in &self.halves {
            half.stamp(x, &climate, sink);
        }
        if let Some(heat) = &self.heat {
            heat.stamp(x, heating, sink);
        }
    }
}

/// A conductance between two nodes that changes by `slope` S/K. The answer is its power, W, and how that changes
/// with the voltage from `a` to `b` and with temperature.
fn conductor(
    x: &[f64],
    sink: &mut impl Sink,
    climate: &Climate,
    (a, b): (usize, usize),
    g: f64,
    slope: f64,
) -> (f64, f64, f64) {
    let v = x[a] - x[b];
    let i = g * v;
    sink.current(a, i);
    sink.current(b, -i);
    sink.conductance(a, a, g);
    sink.conductance(b, b, g);
    sink.conductance(a, b, -g);
    sink.conductance(b, a, -g);
    climate.current_follows(a, slope * v, sink);
    climate.current_follows(b, -slope * v, sink);
    (i * v, 2.0 * i, slope * v * v)
}

/// What is stored at a node, as charge over capacitance (V), its law, and how both change with the node's voltage
/// and with temperature.
#[derive(Clone, Copy, Default)]
struct Stored {
    u: f64,
    w: f64,
    w_u: f64,
    w_t: f64,
    rho: f64,
    rho_u: f64,
    rho_t: f64,
}

impl Placed {
    fn stamp(&self, x: &[f64], climate: &Climate, sink: &mut impl Sink) {
        let chain = &self.chain;
        let (s, e) = (self.sign, self.electrode);
        let Climate { now, slope, .. } = climate;
        let stored = |psi: usize| {
            let u = s * (x[e] - x[psi]);
            // With all capacitances larger by a factor, as much is stored as at a voltage larger by it.
            let (w, bend) = chain.charge(now.capacitance * u);
            let w_u = now.capacitance * bend;
            Stored {
                u,
                w,
                w_u,
                w_t: w_u * u * slope.capacitance,
                ..Stored::default()
            }
        };
        let law = |k: usize, at: Stored| {
            let (rho, bend) = chain.shape.eval(chain.x_per_volt[k] * at.w);
            let bend = bend * chain.x_per_volt[k];
            Stored {
                rho,
                rho_u: bend * at.w_u,
                rho_t: bend * at.w_t,
                ..at
            }
        };
        let mut outer = Stored {
            u: s * (x[e] - x[self.bulk]),
            ..Stored::default()
        };
        let mut outer_psi = self.bulk;
        for (k, &psi) in self.psi.iter().enumerate() {
            let here = law(k, stored(psi));
            if psi != outer_psi {
                let [fixed, near, far] =
                    [chain.fixed[k], chain.near[k], chain.far[k]].map(|r| now.resistance * r);
                let r = fixed + near * outer.rho + far * here.rho;
                let g = 1.0 / r;
                let drop = outer.u - here.u;
                let i = drop * g;
                let w = i * g;
                let p = g - w * near * outer.rho_u;
                let n = g + w * far * here.rho_u;
                let by_t = -i * slope.resistance - w * (near * outer.rho_t + far * here.rho_t);
                // The current i flows in the electrolyte from here to the outer node when the
                // electrode is positive, the other way when it is negative.
                for (row, sign) in [(psi, s), (outer_psi, -s)] {
                    sink.current(row, sign * i);
                    sink.conductance(row, e, sign * s * (p - n));
                    sink.conductance(row, outer_psi, -sign * s * p);
                    sink.conductance(row, psi, sign * s * n);
                    climate.current_follows(row, sign * by_t, sink);
                }
                let (by_outer, by_here) = (drop * p + i, -(drop * n + i));
                let by = [
                    (e, s * (by_outer + by_here)),
                    (outer_psi, -s * by_outer),
                    (psi, -s * by_here),
                ];
                climate.loss(i * drop, by, drop * by_t, sink);
            }
            let c = chain.capacitance[k] * here.w_u;
            let q = chain.capacitance[k] * (s * here.w);
            let by_t = chain.capacitance[k] * (s * here.w_t);
            sink.charge(e, q);
            sink.charge(psi, -q);
            sink.capacitance(e, e, c);
            sink.capacitance(psi, psi, c);
            sink.capacitance(e, psi, -c);
            sink.capacitance(psi, e, -c);
            climate.charge_follows(e, by_t, sink);
            climate.charge_follows(psi, -by_t, sink);
            outer = here;
            outer_psi = psi;
        }
    }
}
