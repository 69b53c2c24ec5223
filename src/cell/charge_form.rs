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
//! the mouth inwards, and those of the negative.

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
    pattern: Vec<(usize, usize)>,
    /// Where in the pattern each addition of the stamping sequence goes.
    places: Vec<usize>,
}

/// Receives what the elements add, in a fixed sequence.
trait Sink {
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
    /// Checks the parameters, numbers the nodes and finds the pattern.
    pub fn new(params: &CellParams) -> Result<Self, ParameterError> {
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
        for (chain, (sign, electrode)) in cell.chains.into_iter().zip([(1.0, inner), (-1.0, 1)]) {
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
        let mut form = Self {
            nodes,
            esr,
            g_leak: cell.g_leak,
            inner,
            halves,
            pattern: Vec::new(),
            places: Vec::new(),
        };
        let mut recorder = Recorder::default();
        form.stamp(&vec![0.0; nodes], &mut recorder);
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

    /// Node of the bulk electrolyte: the negative terminal of a half cell.
    pub fn bulk_node(&self) -> usize {
        self.halves[0].bulk
    }

    /// Evaluates currents `f` and charges `q` (per node) and the entries of `g` and `c` (in the order
    /// of the pattern) at potentials `x` (volt).
    pub fn eval(
        &self,
        x: &[f64],
        f: &mut [f64],
        q: &mut [f64],
        g: &mut [f64],
        c: &mut [f64],
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

    fn stamp(&self, x: &[f64], sink: &mut impl Sink) {
        if let Some(esr) = self.esr {
            conductor(x, sink, 0, self.inner, 1.0 / esr);
        }
        conductor(x, sink, 0, 1, self.g_leak);
        for half in &self.halves {
            half.stamp(x, sink);
        }
    }
}

/// A constant conductance between two nodes.
fn conductor(x: &[f64], sink: &mut impl Sink, a: usize, b: usize, g: f64) {
    let i = g * (x[a] - x[b]);
    sink.current(a, i);
    sink.current(b, -i);
    sink.conductance(a, a, g);
    sink.conductance(b, b, g);
    sink.conductance(a, b, -g);
    sink.conductance(b, a, -g);
}

impl Placed {
    fn stamp(&self, x: &[f64], sink: &mut impl Sink) {
        let chain = &self.chain;
        let (s, e) = (self.sign, self.electrode);
        let u = |psi: usize| s * (x[e] - x[psi]);
        let law = |k: usize, (w, w_u): (f64, f64)| {
            let (rho, slope) = chain.shape.eval(chain.x_per_volt[k] * w);
            (rho, slope * chain.x_per_volt[k] * w_u)
        };
        let mut outer = (u(self.bulk), (0.0, 0.0));
        let mut outer_psi = self.bulk;
        for (k, &psi) in self.psi.iter().enumerate() {
            let here = u(psi);
            let stored = chain.charge(here);
            let (rho, rho_u) = law(k, stored);
            if psi != outer_psi {
                let (u_outer, (rho_outer, rho_u_outer)) = outer;
                let r = chain.fixed[k] + chain.near[k] * rho_outer + chain.far[k] * rho;
                let g = 1.0 / r;
                let i = (u_outer - here) * g;
                let w = i * g;
                let p = g - w * chain.near[k] * rho_u_outer;
                let n = g + w * chain.far[k] * rho_u;
                // The current i flows in the electrolyte from here to the outer node when the
                // electrode is positive, the other way when it is negative.
                for (row, sign) in [(psi, s), (outer_psi, -s)] {
                    sink.current(row, sign * i);
                    sink.conductance(row, e, sign * s * (p - n));
                    sink.conductance(row, outer_psi, -sign * s * p);
                    sink.conductance(row, psi, sign * s * n);
                }
            }
            let (w, w_u) = stored;
            let c = chain.capacitance[k] * w_u;
            let q = chain.capacitance[k] * (s * w);
            sink.charge(e, q);
            sink.charge(psi, -q);
            sink.capacitance(e, e, c);
            sink.capacitance(psi, psi, c);
            sink.capacitance(e, psi, -c);
            sink.capacitance(psi, e, -c);
            outer = (here, (rho, rho_u));
            outer_psi = psi;
        }
    }
}
