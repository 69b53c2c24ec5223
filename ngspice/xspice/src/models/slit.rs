//! `ncm_slit`: one slit of a hand-built network.
//!
//! ```text
//! A1 %gd(a b) %gd(e a) nm      R(Q) from a to b, C_slit from the electrode e to a, Q its charge
//! ```

use super::OPEN;
use super::resistor::finite;
use crate::call::Call;
use crate::instance::{Model, ask, function, prepare};
use crate::state::{Derivative, Memory};
use crate::tables::{Card, Connection, HANDLE, Port};
use ncm::law::Law;
use ncm::parameter::ParameterError;
use ncm_parts::tables::{self, append};
use ncm_parts::{Given, SlitParams};
use num_complex::Complex64;

const BRANCH: usize = 0;
const STORE: usize = 1;

/// Conductance, in units of 1/r_c, that holds a charged store at an operating point.
const HOLD: f64 = 1e6;

pub struct Slit {
    params: SlitParams,
    law: Law,
    /// Voltages of the last evaluation.
    v_branch: f64,
    v_store: f64,
}

impl Slit {
    fn build(given: &Given) -> Result<Self, ParameterError> {
        let params = given.slit()?;
        Ok(Self {
            law: Law::new(&params.law)?,
            v_branch: 0.0,
            v_store: params.ic.unwrap_or(0.0),
            params,
        })
    }

    fn take_voltages(&mut self, call: &Call) {
        self.v_branch = finite(call, call.input(BRANCH), self.v_branch);
        self.v_store = finite(call, call.input(STORE), self.v_store);
    }

    /// Charge the resistance depends on, C.
    fn charge(&self) -> f64 {
        self.params.charge(self.v_store).0
    }

    /// Its derivative to the voltage of the store, F.
    fn capacitance(&self) -> f64 {
        self.params.charge(self.v_store).1
    }

    /// Conductance of the branch and derivative of its current to the voltage of the store.
    fn branch(&self) -> (f64, f64) {
        let (q, c) = self.params.charge(self.v_store);
        let (_, g, to_charge) = self.law.current(self.params.area, self.v_branch, q);
        (g, to_charge * c)
    }

    fn stamp(&mut self, call: &mut Call, i_store: f64, g_store: f64) {
        let (g, to_store) = self.branch();
        call.set_output(BRANCH, 0, g * self.v_branch);
        call.set_partial(BRANCH, BRANCH, g);
        call.set_partial(BRANCH, STORE, to_store);
        call.set_output(STORE, 0, i_store);
        call.set_partial(STORE, STORE, g_store);
    }
}

impl Model for Slit {
    fn card() -> &'static Card {
        static CARD: Card = Card {
            name: c"ncm_slit",
            description: c"one nanoslit: charge-dependent resistance and capacitance",
            connections: &[
                Connection {
                    name: c"branch",
                    description: c"the path to the next slit",
                    port: Port::Branch,
                    optional: false,
                },
                Connection {
                    name: c"store",
                    description: c"from the electrode to the slit",
                    port: Port::Branch,
                    optional: false,
                },
            ],
            parameters: tables::SLIT,
            readouts: &append::<_, { tables::SLIT_QUANTITIES.len() + 1 }>(
                tables::SLIT_QUANTITIES,
                HANDLE,
            ),
            function: function::<Slit>,
            ask: ask::<Slit>,
            prepare: prepare::<Slit>,
        };
        &CARD
    }

    fn check(given: &Given) -> Result<(), ParameterError> {
        Self::build(given).map(|_| ())
    }

    fn new(call: &Call, given: &Given) -> Result<Self, ParameterError> {
        let slit = Self::build(given)?;
        Memory::<2>::reserve(call, [slit.charge(); 2]);
        Ok(slit)
    }

    fn alter(&mut self, _call: &Call, given: &Given) -> Result<(), ParameterError> {
        *self = Self {
            v_branch: self.v_branch,
            v_store: self.v_store,
            ..Self::build(given)?
        };
        Ok(())
    }

    fn operating_point(&mut self, call: &mut Call) {
        self.take_voltages(call);
        let (i, g) = match self.params.ic {
            Some(ic) => {
                let g = HOLD * self.params.area / self.params.law.r_c;
                let i = g * (self.v_store - ic);
                // The charge is that of `ic`, whatever the first iterations see.
                self.v_store = ic;
                (i, g)
            }
            None => (OPEN * self.v_store, OPEN),
        };
        let q = self.charge();
        Memory::write(call, [q, q]);
        self.stamp(call, i, g);
    }

    fn small_signal(&mut self, call: &mut Call) {
        let (g, to_store) = self.branch();
        call.set_gain(BRANCH, BRANCH, Complex64::new(g, 0.0));
        call.set_gain(BRANCH, STORE, Complex64::new(to_store, 0.0));
        call.set_gain(
            STORE,
            STORE,
            Complex64::new(0.0, call.omega() * self.capacitance()),
        );
    }

    fn noise_conductance(&self, _omega: f64) -> f64 {
        self.branch().0
    }

    fn transient(&mut self, call: &mut Call) {
        self.take_voltages(call);
        if call.is_first_iteration() {
            Memory::<2>::watch(call, 1);
        }
        let [q1, q2] = Memory::accepted(call);
        let derivative = Derivative::new(&call.steps(), q1, q2);
        let q = self.charge();
        Memory::write(call, [q, q1]);
        self.stamp(call, derivative.at(q), derivative.rate * self.capacitance());
    }

    fn readouts(&mut self, out: &mut [f64]) {
        let q = self.charge();
        let (g, _) = self.branch();
        out.copy_from_slice(&[
            q,
            1.0 / g,
            self.params.energy(self.v_store),
            q / (self.params.area * self.params.law.q_max),
        ]);
    }
}
