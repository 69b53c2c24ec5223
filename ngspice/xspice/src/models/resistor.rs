//! `ncm_resistor`: the charge-dependent resistance alone.
//!
//! ```text
//! A1 %gd(a b) %vd(c d) nm      Q = cslit v(c, d)
//! A1 %gd(a b) null     nm      Q = integral of the own current, from cslit * ic
//! ```

use crate::call::Call;
use crate::instance::{Model, ask, function, prepare};
use crate::state::{Derivative, Memory};
use crate::tables::{Card, Connection, HANDLE, Port};
use ncm::law::Law;
use ncm::parameter::{ParameterError, check_range};
use ncm_parts::tables;
use ncm_parts::{Given, Quantity};
use num_complex::Complex64;

const BRANCH: usize = 0;
const CHARGE: usize = 1;

/// Newton iterations for the own charge of one step.
const ITERATIONS: usize = 50;

pub struct Resistor {
    law: Law,
    q_max: f64,
    /// C per volt of the charge connection, F.
    c_slit: f64,
    area: f64,
    /// No voltage stands for the charge: it is the integral of the own current.
    own_charge: bool,
    /// Charge at the operating point when there is no charge connection, C.
    initial: f64,
    /// Voltage and charge of the last evaluation.
    v: f64,
    q: f64,
}

impl Resistor {
    /// `charged` tells whether a voltage stands for the charge.
    fn build(given: &Given, charged: bool) -> Result<Self, ParameterError> {
        let params = given.law("", None)?;
        let law = Law::new(&params)?;
        let area = given.real_or("area", 1.0);
        check_range("area", area, 1e-18, 1e18, "")?;
        let ic = given.initial_voltage()?;
        let c_slit = match given.real("cslit") {
            Some(c) => {
                check_range("c_slit", c, 1e-30, 1e12, "F")?;
                c
            }
            None if charged || ic.is_some() => given.required(
                "cslit",
                "1e-30 to 1e12 F (charge connection and ic need it)",
            )?,
            None => 0.0,
        };
        Ok(Self {
            law,
            q_max: params.q_max,
            c_slit,
            area,
            own_charge: !charged,
            initial: area * c_slit * ic.unwrap_or(0.0),
            v: 0.0,
            q: area * c_slit * ic.unwrap_or(0.0),
        })
    }

    /// Current at voltage `v` and charge `q`, its derivative to `v` and to `q`.
    fn current(&self, v: f64, q: f64) -> (f64, f64, f64) {
        self.law.current(self.area, v, q)
    }

    /// Stamps charge `q` at voltage `v`; `to_charge` is false where the charge is held.
    fn stamp(&mut self, call: &mut Call, v: f64, q: f64, to_charge: bool) {
        self.v = v;
        self.q = q;
        let (i, g, di_dq) = self.current(v, q);
        call.set_output(BRANCH, 0, i);
        call.set_partial(BRANCH, BRANCH, g);
        if to_charge {
            call.set_partial(BRANCH, CHARGE, di_dq * self.area * self.c_slit);
        }
    }

    /// Voltage at the branch, or the last good one.
    fn voltage(&self, call: &Call) -> f64 {
        finite(call, call.input(BRANCH), self.v)
    }

    fn sensed_charge(&self, call: &Call) -> f64 {
        let v = finite(call, call.input(CHARGE), 0.0);
        self.area * self.c_slit * v
    }
}

/// `x`, or `otherwise` and no convergence if the simulator passes no number.
pub fn finite(call: &Call, x: f64, otherwise: f64) -> f64 {
    if x.is_finite() {
        x
    } else {
        call.services.not_converged();
        otherwise
    }
}

impl Model for Resistor {
    fn card() -> &'static Card {
        static CARD: Card = Card {
            name: c"ncm_resistor",
            description: c"charge-dependent resistance of a nanoslit",
            connections: &[
                Connection {
                    name: c"branch",
                    description: c"the resistance",
                    port: Port::Branch,
                    optional: false,
                },
                Connection {
                    name: c"charge",
                    description: c"voltage that carries the charge",
                    port: Port::Sense,
                    optional: true,
                },
            ],
            parameters: tables::RESISTOR,
            readouts: &[
                Quantity {
                    name: c"charge",
                    description: c"net charge, C",
                },
                Quantity {
                    name: c"reff",
                    description: c"resistance, ohm",
                },
                Quantity {
                    name: c"fill",
                    description: c"charge over qmax",
                },
                HANDLE,
            ],
            function: function::<Resistor>,
            ask: ask::<Resistor>,
            prepare: prepare::<Resistor>,
        };
        &CARD
    }

    fn check(given: &Given) -> Result<(), ParameterError> {
        Self::build(given, false).map(|_| ())
    }

    fn new(call: &Call, given: &Given) -> Result<Self, ParameterError> {
        let resistor = Self::build(given, call.is_connected(CHARGE))?;
        Memory::<2>::reserve(call, [resistor.q, resistor.q]);
        Ok(resistor)
    }

    fn alter(&mut self, call: &Call, given: &Given) -> Result<(), ParameterError> {
        *self = Self {
            v: self.v,
            q: self.q,
            ..Self::build(given, call.is_connected(CHARGE))?
        };
        Ok(())
    }

    fn operating_point(&mut self, call: &mut Call) {
        let v = self.voltage(call);
        if call.is_connected(CHARGE) {
            let q = self.sensed_charge(call);
            self.stamp(call, v, q, true);
        } else {
            Memory::write(call, [self.initial, self.initial]);
            self.stamp(call, v, self.initial, false);
        }
    }

    fn small_signal(&mut self, call: &mut Call) {
        let (_, g, di_dq) = self.current(self.v, self.q);
        if call.is_connected(CHARGE) {
            let to_charge = di_dq * self.area * self.c_slit;
            call.set_gain(BRANCH, BRANCH, Complex64::new(g, 0.0));
            call.set_gain(BRANCH, CHARGE, Complex64::new(to_charge, 0.0));
        } else {
            // dq = di/(j omega), so di = g dv + di_dq di/(j omega).
            let s = Complex64::new(0.0, call.omega());
            let gain = if call.omega() > 0.0 {
                g / (1.0 - di_dq / s)
            } else {
                Complex64::new(g, 0.0)
            };
            call.set_gain(BRANCH, BRANCH, gain);
        }
    }

    fn noise_conductance(&self, omega: f64) -> f64 {
        let (_, g, di_dq) = self.current(self.v, self.q);
        // A charge of the own current makes the noise feed back through the resistance.
        let feedback = di_dq / omega;
        if self.own_charge && omega > 0.0 {
            g / (1.0 + feedback * feedback)
        } else {
            g
        }
    }

    fn transient(&mut self, call: &mut Call) {
        let v = self.voltage(call);
        if call.is_connected(CHARGE) {
            let q = self.sensed_charge(call);
            self.stamp(call, v, q, true);
            return;
        }
        if call.is_first_iteration() {
            Memory::<2>::watch(call, 1);
        }
        let [q1, q2] = Memory::accepted(call);
        let derivative = Derivative::new(&call.steps(), q1, q2);
        // Solve dQ/dt = i(v, Q).
        let mut q = q1;
        let mut settled = false;
        for _ in 0..ITERATIONS {
            let (i, _, di_dq) = self.current(v, q);
            let slope = derivative.rate - di_dq;
            let step = (i - derivative.at(q)) / slope;
            // Where the resistance falls steeply the equation may turn over: walk, do not jump.
            let limit = 0.3 * self.area * self.q_max + 0.5 * q.abs();
            let step = if slope > 0.0 {
                step.clamp(-limit, limit)
            } else {
                limit.copysign(v)
            };
            q += step;
            if step.abs() <= 1e-13 * (q.abs() + q1.abs()) + 1e-300 {
                settled = true;
                break;
            }
        }
        if !settled || !q.is_finite() {
            call.services.not_converged();
            q = if q.is_finite() { q } else { q1 };
        }
        let (i, g, di_dq) = self.current(v, q);
        let g = g * derivative.rate / (derivative.rate - di_dq);
        Memory::write(call, [q, q1]);
        self.v = v;
        self.q = q;
        call.set_output(BRANCH, 0, i);
        call.set_partial(BRANCH, BRANCH, g);
    }

    fn readouts(&mut self, out: &mut [f64]) {
        let r = self.law.resistance(self.q / self.area) / self.area;
        out.copy_from_slice(&[self.q, r, self.q / (self.area * self.q_max)]);
    }
}
