//! `ncm_slit1`: one slit of a hand-built network.
//!
//! ```text
//! N1 a b e nm      R(Q) from a to b, C_slit from the electrode e to a, Q its charge
//! ```

use crate::element::{Element, Mode, OPEN, System, Wiring};
use ncm::law::Law;
use ncm::parameter::ParameterError;
use ncm_parts::SlitParams;
use std::borrow::Cow;

const A: usize = 0;
const B: usize = 1;
const E: usize = 2;

/// Conductance, in units of 1/r_c, that holds a charged store at an operating point.
const HOLD: f64 = 1e6;

/// The matrix entries, and where they stand.
const PATTERN: [(usize, usize); 8] = [
    (A, A),
    (A, B),
    (A, E),
    (B, A),
    (B, B),
    (B, E),
    (E, A),
    (E, E),
];
const AA: usize = 0;
const AB: usize = 1;
const AE: usize = 2;
const BA: usize = 3;
const BB: usize = 4;
const BE: usize = 5;
const EA: usize = 6;
const EE: usize = 7;

pub struct Slit {
    params: SlitParams,
    law: Law,
    initial: Option<[f64; 3]>,
    wiring: Wiring,
}

impl Slit {
    pub fn new(params: SlitParams) -> Result<Self, ParameterError> {
        let initial = params.ic.map(|ic| params.charge(ic).0);
        Ok(Self {
            law: Law::new(&params.law)?,
            initial: initial.map(|q| [-q, 0.0, q]),
            wiring: Wiring {
                nodes: vec![0, 1, 2],
                pattern: PATTERN.to_vec(),
                sources: vec![0],
                collapsed: Vec::new(),
            },
            params,
        })
    }
}

impl Element for Slit {
    fn wiring(&self) -> &Wiring {
        &self.wiring
    }

    fn evaluate(&self, x: &[f64], mode: Mode, system: &mut System) {
        let area = self.params.area;
        let store = x[E] - x[A];
        let branch = x[A] - x[B];
        let held = match (mode, self.params.ic) {
            (Mode::Static, Some(ic)) => Some(ic),
            _ => None,
        };
        // A held charge is that of `ic`, whatever the first iterations see.
        let (q, c) = self.params.charge(held.unwrap_or(store));
        let (i, g, to_charge) = self.law.current(area, branch, q);
        let t = if held.is_some() { 0.0 } else { to_charge * c };
        let (i_store, g_store) = match (mode, held) {
            (Mode::Dynamic, _) => (0.0, 0.0),
            (Mode::Static, None) | (Mode::Anchored, _) => (OPEN * store, OPEN),
            (Mode::Static, Some(ic)) => {
                let g = HOLD * area / self.params.law.r_c;
                (g * (store - ic), g)
            }
        };
        let (q, c) = self.params.charge(store);
        system.f.copy_from_slice(&[i - i_store, -i, i_store]);
        system.q.copy_from_slice(&[-q, 0.0, q]);
        let m = &mut system.g;
        m[AA] = g - t + g_store;
        m[AB] = -g;
        m[AE] = t - g_store;
        m[BA] = t - g;
        m[BB] = g;
        m[BE] = -t;
        m[EA] = -g_store;
        m[EE] = g_store;
        system.c.fill(0.0);
        for (entry, sign) in [(AA, 1.0), (AE, -1.0), (EA, -1.0), (EE, 1.0)] {
            system.c[entry] = sign * c;
        }
    }

    fn initial_charges(&self, _x: &[f64]) -> Option<Cow<'_, [f64]>> {
        let initial = self.initial.as_ref();
        initial.map(|charges| Cow::Borrowed(charges.as_slice()))
    }

    fn conductances(&self, x: &[f64], visit: &mut dyn FnMut(f64)) {
        let (q, _) = self.params.charge(x[E] - x[A]);
        visit(self.law.current(self.params.area, 0.0, q).1);
    }

    fn read_out(&self, x: &[f64], count: f64, out: &mut [f64]) {
        let store = x[E] - x[A];
        let (q, _) = self.params.charge(store);
        let area = self.params.area;
        let r = self.law.resistance(q / area) / area;
        out.copy_from_slice(&[
            count * q,
            r / count,
            count * self.params.energy(store),
            q / (area * self.params.law.q_max),
        ]);
    }
}
