//! What `ncm_cell` and `ncm_electrode` share: a two-terminal element that integrates its own
//! charges (the kernel's `Stepper`), and a vector of voltage sources that shows them.
//!
//! The stepper lives on the heap, where the simulator cannot roll it back. So each trial leaves a
//! number in rolled-back memory, and the next step finds out by it what became of the trial: if
//! the last accepted time point carries the trial's number, the trial was accepted.

use super::OPEN;
use crate::call::Call;
use crate::instance::Model;
use crate::state::{Derivative, Memory};
use crate::tables::{Card, Connection, HANDLE, Port};
use ncm::cell::{CellParams, Electrode};
use ncm::parameter::ParameterError;
use ncm::stamp::{Companion, Stepper};
use ncm_parts::tables::{self, append, text};
use ncm_parts::{Given, Parameter, Quantity};
use std::marker::PhantomData;

pub const PORT: usize = 0;
pub const OBS: usize = 1;
/// Only of the model that has it.
const SURROUNDINGS: usize = 2;

/// What differs between the models.
pub trait Part: 'static {
    fn card() -> &'static Card;

    /// Whether there is a connection to the surroundings' temperature.
    const WARM: bool = false;

    /// The kernel's parameters, from netlist names.
    fn params(given: &Given) -> Result<CellParams, ParameterError>;
}

/// Connections of both models; only the first one's name says which terminals it has.
pub const fn connections(port: &'static std::ffi::CStr) -> [Connection; 2] {
    [
        Connection {
            name: c"port",
            description: port,
            port: Port::Branch,
            optional: false,
        },
        Connection {
            name: c"obs",
            description: c"inner states as voltages to ground",
            port: Port::Outputs,
            optional: true,
        },
    ]
}

/// The connection of a model that is part of a thermal network: the temperature of the surroundings above
/// the circuit's as a voltage (K as V), heat that leaves as a current (W as A).
pub const THERMAL_CONNECTION: Connection = Connection {
    name: c"thermal",
    description:
        c"temperature of the surroundings above the circuit's, K as V; heat leaves, W as A",
    port: Port::Branch,
    optional: false,
};

/// What both models show as `@instance[name]`.
pub const READOUTS: &[Quantity] =
    &append::<_, { tables::STORAGE_QUANTITIES.len() + 1 }>(tables::STORAGE_QUANTITIES, HANDLE);

/// What the `obs` ports of both models show.
pub const OBSERVED: Parameter = text(c"obs", c"what the obs ports show: voltage or charge");

/// Parameters that fix the number of inner states.
const STRUCTURE: [&str; 4] = ["slits", "sections", "slitsneg", "sectionsneg"];

/// What the `obs` ports show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Observed {
    Voltage,
    Charge,
}

impl Observed {
    fn from(given: &Given) -> Result<Self, ParameterError> {
        match given.text("obs") {
            None | Some("voltage") => Ok(Observed::Voltage),
            Some("charge") => Ok(Observed::Charge),
            Some(other) => Err(ParameterError::new(
                "obs",
                format!("\"{other}\""),
                "voltage or charge",
            )),
        }
    }
}

fn warns(given: &Given) -> bool {
    given.real_or("warn", 0.0) != 0.0
}

/// Numbers in rolled-back memory.
#[derive(Debug, Clone, Copy)]
struct Past {
    /// Net charge of the positive electrode, C, and at the time point before.
    charge: f64,
    charge_before: f64,
    /// How full the first sections of both electrodes are, V.
    mouth: f64,
    /// Which trial this is.
    trial: f64,
}

impl Past {
    const SIZE: usize = 5;

    /// The first numbers are watched for truncation error and convergence.
    const WATCHED: usize = 2;

    fn read(call: &Call) -> Self {
        let [_, _, charge, charge_before, trial] = Memory::<{ Past::SIZE }>::accepted(call);
        Past {
            charge,
            charge_before,
            mouth: 0.0,
            trial,
        }
    }

    /// What is watched, for a cell of capacitance `c`, and what is kept.
    ///
    /// Watched are the whole charge, as the simulator does for its own capacitors, and what the
    /// charge would be if all slits were as full as the first, less [`DISCOUNT`] of the charge:
    /// the tolerance is relative, and with the part that cannot change fast taken away it is one
    /// for the part that can. What is left keeps a cell at rest from holding up the clock.
    fn numbers(self, c: f64) -> [f64; Past::SIZE] {
        // The simulator's absolute tolerances are made for charges like these.
        let scale = (LARGE / c).min(1.0);
        [
            scale * self.charge,
            scale * (c * self.mouth - DISCOUNT * self.charge),
            self.charge,
            self.charge_before,
            self.trial,
        ]
    }
}

/// Share of the charge that the second watched number leaves out.
const DISCOUNT: f64 = 0.95;

/// Capacitance beyond which watched charges are scaled down, F.
const LARGE: f64 = 1.0;

pub struct Storage<P> {
    stepper: Stepper,
    params: CellParams,
    ic: Option<f64>,
    /// The state that the history before `ic` left, if one is told.
    start: Option<Vec<f64>>,
    observed: Observed,
    /// Passed limits are told.
    warns: bool,
    structure: [Option<f64>; STRUCTURE.len()],
    /// Capacitance at rest as the terminals see it, F.
    capacitance: f64,
    /// Number of the last trial; whole numbers far below 2^53.
    trial: f64,
    /// A trial is in hand and may have been accepted.
    pending: bool,
    /// Last good answer, for iterations without one.
    last: Companion,
    /// Values for the `obs` ports.
    shown: Vec<f64>,
    part: PhantomData<P>,
}

impl<P: Part> Storage<P> {
    /// Brings a cell to where the netlist says that its history left it; the answer is that state.
    fn start(given: &Given, stepper: &mut Stepper) -> Result<Option<Vec<f64>>, ParameterError> {
        let (Some(history), Some(ic)) = (given.history()?, given.initial_voltage()?) else {
            return Ok(None);
        };
        history.prepare(stepper, ic)?;
        let mut state = vec![0.0; stepper.snapshot_len()];
        Ok(stepper.save(&mut state).ok().map(|()| state))
    }

    fn structure(given: &Given) -> [Option<f64>; STRUCTURE.len()] {
        STRUCTURE.map(|name| given.real(name))
    }

    fn leave(&self, call: &Call, past: Past) {
        Memory::write(call, past.numbers(self.capacitance));
    }

    /// Puts the cell at rest at `v` (or where its history left it) and gives that state a number of its own.
    fn rest(&mut self, call: &Call, v: f64) {
        // Only a voltage that is not finite is refused; then the former state stays.
        let start = self.start.as_ref().filter(|_| self.ic.is_some());
        let refused = match start {
            Some(start) => self.stepper.restore(start).is_err(),
            None => self.stepper.set_voltage(v).is_err(),
        };
        if refused {
            call.services.not_converged();
        }
        self.trial += 1.0;
        self.pending = false;
        self.leave(call, self.resting());
    }

    fn resting(&self) -> Past {
        let charge = self.stepper.charge();
        Past {
            charge,
            charge_before: charge,
            mouth: self.stepper.trial_mouth(),
            trial: self.trial,
        }
    }

    /// Accepts the trial in hand if the simulator did.
    fn follow(&mut self, call: &Call, past: &Past) {
        if self.pending && past.trial == self.trial {
            self.stepper.accept();
            self.pending = false;
            if self.warns {
                for notice in self.stepper.notices() {
                    call.services.message(&notice.to_string());
                }
            }
        }
    }

    fn stamp(&mut self, call: &mut Call, companion: Companion) {
        self.last = companion;
        call.set_output(PORT, 0, companion.i);
        call.set_partial(PORT, PORT, companion.di_dv);
    }

    /// Heat (W) that leaves for the surroundings, and its derivative with respect to their temperature (W/K).
    /// The current at the terminals does not depend on the trial's temperature (the kernel foresees it), and the
    /// heat follows the voltage one iteration later.
    fn stamp_heat(&self, call: &mut Call, heat: f64, slope: f64) {
        call.set_output(SURROUNDINGS, 0, -heat);
        call.set_partial(SURROUNDINGS, SURROUNDINGS, OPEN - slope);
        call.set_partial(SURROUNDINGS, PORT, 0.0);
        call.set_partial(PORT, SURROUNDINGS, 0.0);
    }

    /// Finds the temperature at rest at `v` (V), where only the leakage heats; false if there is none.
    fn balance(&mut self, call: &mut Call, v: f64) -> bool {
        let thermal = self.params.thermal;
        if !(P::WARM || thermal.heats_itself()) {
            return true;
        }
        let above = if P::WARM {
            call.input(SURROUNDINGS)
        } else {
            0.0
        };
        let heat = self.stepper.trial_leakage() * v * v;
        let cells = self.params.cells();
        // Without cooling there is no rest; the run starts at the surroundings' temperature then.
        let rise = if thermal.r_th.is_finite() {
            thermal.r_th / cells * heat
        } else {
            0.0
        };
        let surroundings = thermal.temperature + above;
        let found = self.stepper.set_temperature(surroundings + rise).is_ok()
            && self.stepper.set_surroundings(surroundings).is_ok();
        if P::WARM {
            self.stamp_heat(
                call,
                if rise > 0.0 || thermal.r_th == 0.0 {
                    heat
                } else {
                    0.0
                },
                0.0,
            );
        }
        found
    }

    fn show(&mut self, call: &mut Call) {
        let width = call.width(OBS);
        if width == 0 {
            return;
        }
        if self.shown.len() != width {
            self.shown.resize(width, 0.0);
        }
        self.shown.fill(0.0);
        let mut from = 0;
        for electrode in [Electrode::Positive, Electrode::Negative] {
            let out = &mut self.shown[from.min(width)..];
            from += match self.observed {
                Observed::Voltage => self.stepper.trial_section_voltages(electrode, out),
                Observed::Charge => self.stepper.trial_section_charges(electrode, out),
            };
        }
        for (i, x) in self.shown.iter().enumerate() {
            call.set_output(OBS, i, *x);
        }
    }
}

impl<P: Part> Model for Storage<P> {
    fn card() -> &'static Card {
        P::card()
    }

    fn check(given: &Given) -> Result<(), ParameterError> {
        P::params(given)?;
        given.history()?;
        Observed::from(given).map(|_| ())
    }

    fn new(call: &Call, given: &Given) -> Result<Self, ParameterError> {
        let params = P::params(given)?;
        let ic = given.initial_voltage()?;
        let mut stepper = Stepper::new(&params)?;
        let start = ic.unwrap_or(0.0);
        stepper
            .set_voltage(start)
            .map_err(|_| ParameterError::new("ic", start, "a finite voltage"))?;
        let start = Self::start(given, &mut stepper)?;
        let storage = Self {
            capacitance: stepper.cell().capacitance(),
            stepper,
            ic,
            start,
            observed: Observed::from(given)?,
            warns: warns(given),
            structure: Self::structure(given),
            params,
            trial: 1.0,
            pending: false,
            last: Companion {
                v: 0.0,
                i: 0.0,
                di_dv: OPEN,
                error: 0.0,
            },
            shown: Vec::new(),
            part: PhantomData,
        };
        Memory::reserve(call, storage.resting().numbers(storage.capacitance));
        Ok(storage)
    }

    fn alter(&mut self, call: &Call, given: &Given) -> Result<(), ParameterError> {
        for (name, (now, built)) in STRUCTURE
            .into_iter()
            .zip(Self::structure(given).into_iter().zip(self.structure))
        {
            if now != built {
                let text = |x: Option<f64>| x.map_or("(not given)".to_owned(), |x| x.to_string());
                return Err(ParameterError::new(
                    name,
                    text(now),
                    format!(
                        "{}, as the analysis was started with: the number of inner states cannot \
                         change on the way; start the analysis anew",
                        text(built)
                    ),
                ));
            }
        }
        let params = P::params(given)?;
        let ic = given.initial_voltage()?;
        let observed = Observed::from(given)?;
        let mut stepper = Stepper::new(&params)?;
        let start = Self::start(given, &mut stepper)?;
        self.follow(call, &Past::read(call));
        // The electrodes keep their potentials.
        let mut state = vec![0.0; self.stepper.snapshot_len()];
        let carried = self
            .stepper
            .save(&mut state)
            .and_then(|()| stepper.restore(&state));
        if carried.is_err() {
            // Electrodes that were alike no longer are, or the other way round.
            for electrode in [Electrode::Positive, Electrode::Negative] {
                let mut charges = vec![0.0; self.stepper.section_count(electrode)];
                self.stepper.section_charges(electrode, &mut charges);
                // A half cell has no negative electrode and nothing to carry over.
                let _ = stepper.set_section_charges(electrode, &charges);
            }
        }
        if !(P::WARM || params.thermal.heats_itself()) {
            // The cell has the temperature that it is given.
            let _ = stepper.set_temperature(params.thermal.temperature);
        }
        stepper.restart();
        self.capacitance = stepper.cell().capacitance();
        self.stepper = stepper;
        self.pending = false;
        self.params = params;
        self.ic = ic;
        self.start = start;
        self.observed = observed;
        self.warns = warns(given);
        Ok(())
    }

    fn operating_point(&mut self, call: &mut Call) {
        let v = call.input(PORT);
        if !v.is_finite() {
            call.services.not_converged();
            self.stamp(call, self.last);
            return;
        }
        let held = self.ic.unwrap_or(v);
        if !self.balance(call, held) {
            call.services.not_converged();
        }
        let companion = match self.ic {
            Some(ic) => {
                self.rest(call, ic);
                if self.start.is_some() {
                    // The state that the history left is one at the surroundings' temperature.
                    self.balance(call, held);
                }
                self.stepper.frozen(v).unwrap_or(self.last)
            }
            None => {
                self.rest(call, v);
                let g = self.stepper.trial_leakage() + OPEN;
                Companion {
                    v,
                    i: g * v,
                    di_dv: g,
                    error: 0.0,
                }
            }
        };
        self.stamp(call, companion);
        self.show(call);
    }

    fn small_signal(&mut self, call: &mut Call) {
        let omega = call.omega();
        if P::WARM {
            let gain = self.stepper.thermal_admittance(omega) + OPEN;
            call.set_gain(SURROUNDINGS, SURROUNDINGS, gain);
            call.set_gain(PORT, SURROUNDINGS, 0.0.into());
            call.set_gain(SURROUNDINGS, PORT, 0.0.into());
        }
        let mut gain = self.stepper.admittance(omega);
        if omega == 0.0 {
            gain += OPEN;
        }
        call.set_gain(PORT, PORT, gain);
    }

    fn noise_conductance(&self, omega: f64) -> f64 {
        // No current flows inside at an operating point, so all resistances together make the noise
        // of the admittance (Nyquist).
        self.stepper.admittance(omega).re
    }

    fn temperature(&self, _circuit_k: f64) -> f64 {
        self.stepper.temperature()
    }

    fn transient(&mut self, call: &mut Call) {
        let past = Past::read(call);
        self.follow(call, &past);
        let steps = call.steps();
        Memory::<{ Past::SIZE }>::watch(call, Past::WATCHED);
        let v = call.input(PORT);
        if !self.pending {
            self.trial += 1.0;
        }
        if P::WARM {
            let surroundings = self.params.thermal.temperature + call.input(SURROUNDINGS);
            if self.stepper.set_surroundings(surroundings).is_err() {
                call.services.not_converged();
            }
        }
        match self.stepper.try_voltage(steps.trial, v) {
            Ok(companion) => {
                self.pending = true;
                if P::WARM {
                    let (heat, slope) = self.stepper.heat_flow();
                    self.stamp_heat(call, heat, slope);
                }
                self.stamp(call, companion);
                // The electrodes take what does not leak; integrated by the same rule, this is
                // their charge without another pass over the slits.
                let into = companion.i - self.stepper.trial_leakage() * companion.v;
                let derivative = Derivative::new(&steps, past.charge, past.charge_before);
                let now = Past {
                    charge: (into - derivative.rest) / derivative.rate,
                    charge_before: past.charge,
                    mouth: self.stepper.trial_mouth(),
                    trial: self.trial,
                };
                self.leave(call, now);
            }
            Err(_) => {
                // A shorter step will do, or a finite voltage.
                call.services.not_converged();
                self.stamp(call, self.last);
            }
        }
        self.show(call);
    }

    fn readouts(&mut self, out: &mut [f64]) {
        let accepted;
        let stepper = if self.pending {
            // Saved at the end of a step that the simulator has just accepted, which this side
            // learns with the next step only.
            let mut trial = self.stepper.clone();
            trial.accept();
            accepted = trial;
            &accepted
        } else {
            &self.stepper
        };
        out.copy_from_slice(&[
            stepper.charge(),
            stepper.effective_resistance(),
            stepper.stored_energy(),
            stepper.fill(),
            stepper.dissipation(),
            match self.params.limits.v_max * self.params.series {
                rated if rated > 0.0 && rated.is_finite() => stepper.state_of_charge(rated),
                _ => 0.0,
            },
            stepper.temperature(),
        ]);
    }
}
