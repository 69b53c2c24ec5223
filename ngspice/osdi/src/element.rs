//! What an instance's network is made of: equations in the kernel's numbering, and how they are
//! found in the descriptor's.

use ncm::cell::Limits;
use std::borrow::Cow;

/// Conductance that keeps an open capacitor's terminals defined at an operating point, S.
pub const OPEN: f64 = 1e-12;

/// What an evaluation is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The equations as they are: transient steps and small signals.
    Dynamic,
    /// Operating points: capacitors carry no current, and those with an initial voltage keep it.
    Static,
    /// Operating points whose matrix the host takes for small signals too: the conductances are those
    /// of [`Mode::Dynamic`], and initial voltages do not count.
    Anchored,
}

/// Currents and charges by node, their derivatives by matrix entry.
#[derive(Debug, Clone, Default)]
pub struct System {
    /// Currents leaving the node, A.
    pub f: Vec<f64>,
    /// C
    pub q: Vec<f64>,
    /// S
    pub g: Vec<f64>,
    /// F
    pub c: Vec<f64>,
}

impl System {
    pub fn new(nodes: usize, entries: usize) -> Self {
        Self {
            f: vec![0.0; nodes],
            q: vec![0.0; nodes],
            g: vec![0.0; entries],
            c: vec![0.0; entries],
        }
    }

    pub fn all_finite(&self) -> bool {
        [&self.f, &self.q, &self.g, &self.c]
            .into_iter()
            .all(|v| v.iter().all(|x| x.is_finite()))
    }
}

/// What a part bears.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Load {
    /// Voltage of one cell, V.
    pub voltage: f64,
    /// Charge of one string at `area = 1`, C, and its leakage current, A.
    pub charge: f64,
    pub leakage: f64,
    /// K
    pub temperature: f64,
}

/// How a network lies in the descriptor's nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wiring {
    /// The descriptor's node of each of the network's.
    pub nodes: Vec<u32>,
    /// (equation, unknown) of each matrix entry, in the network's numbering.
    pub pattern: Vec<(usize, usize)>,
    /// The descriptor's noise source of each of the network's.
    pub sources: Vec<usize>,
    /// Merges, in the order of the descriptor.
    pub collapsed: Vec<bool>,
}

/// A network.
pub trait Element: Send {
    fn wiring(&self) -> &Wiring;

    /// Evaluates at potentials `x` (V).
    fn evaluate(&self, x: &[f64], mode: Mode, system: &mut System);

    /// Charges by node with the initial voltage, if there is one, at the temperature of `x`.
    fn initial_charges(&self, x: &[f64]) -> Option<Cow<'_, [f64]>>;

    /// Its temperature at `x` in a circuit of temperature `circuit_k`, K.
    fn temperature(&self, _x: &[f64], circuit_k: f64) -> f64 {
        circuit_k
    }

    /// What an accepted time point is to be watched for, if anything.
    fn limits(&self) -> Option<Limits> {
        None
    }

    /// What is watched, at `x`.
    fn load(&self, _x: &[f64]) -> Load {
        Load::default()
    }

    /// Conductances that make thermal noise, in the order of the wiring's sources.
    fn conductances(&self, x: &[f64], visit: &mut dyn FnMut(f64));

    /// Read-outs at potentials `x`, in the order of the part's table, of one element; `count` of them
    /// side by side.
    fn read_out(&self, x: &[f64], count: f64, out: &mut [f64]);
}
