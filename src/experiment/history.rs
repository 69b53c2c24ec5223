//! How a cell got to where a run starts: the distribution of charge over its slits.
//!
//! A cell that has just been charged is fuller at the mouths of its pores than inside, and its voltage falls
//! afterwards although nothing leaks. "So many volts" alone does not say that; this does.

use super::{Drive, ExperimentError, Integrator};
use crate::cell::{Cell, ChargeForm};
use crate::parameter::{ParameterError, check_range};
use crate::stamp::Stepper;

/// Relative tolerance of the integration.
const TOLERANCE: f64 = 1e-9;

/// In equilibrium at one voltage, then ramped to another, then left open.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct History {
    /// Voltage of the equilibrium, volt.
    pub from: f64,
    /// Rate of the ramp, volt per second, above 0.
    pub rate: f64,
    /// How long the part was left open after it, second.
    pub rest: f64,
}

impl History {
    /// Checks the parameters; `None` for a rate of 0, which stands for no history.
    pub fn new(from: f64, rate: f64, rest: f64) -> Result<Option<Self>, ParameterError> {
        check_range("ic_from", from, -1e6, 1e6, "V")?;
        check_range("ic_rate", rate, 0.0, 1e15, "V/s")?;
        check_range("ic_rest", rest, 0.0, 1e12, "s")?;
        Ok((rate > 0.0).then_some(Self { from, rate, rest }))
    }

    /// Puts a cell where the history with a ramp to `ic` (volt) leaves it. Its terminal voltage is then that
    /// of the open circuit.
    pub fn prepare(&self, stepper: &mut Stepper, ic: f64) -> Result<(), ParameterError> {
        let state = self.run(stepper.cell().clone(), ic)?;
        stepper.set_nodes(state.charges().flatten().copied());
        Ok(())
    }

    /// Potentials of the nodes of a cell in charge form where the history leaves it, the negative terminal
    /// at 0. Writes as many as `x` holds.
    pub fn potentials(
        &self,
        cell: Cell,
        form: &ChargeForm,
        ic: f64,
        x: &mut [f64],
    ) -> Result<(), ParameterError> {
        let state = self.run(cell, ic)?;
        let charges: Vec<&[f64]> = state.charges().collect();
        form.open_circuit(&charges, x);
        Ok(())
    }

    fn run(&self, cell: Cell, ic: f64) -> Result<Integrator, ParameterError> {
        self.integrate(cell, ic, TOLERANCE)
            .map_err(|error| match error {
                ExperimentError::Parameter(error) => error,
                error => ParameterError::new(
                    "ic_rate",
                    self.rate,
                    format!("a ramp that can be integrated ({error})"),
                ),
            })
    }

    /// The state that the history leaves, at time 0.
    pub(super) fn integrate(
        &self,
        cell: Cell,
        ic: f64,
        tolerance: f64,
    ) -> Result<Integrator, ExperimentError> {
        let mut state = Integrator::new(cell, self.from, tolerance);
        let span = (ic - self.from).abs() / self.rate;
        if span > 0.0 {
            state.advance(
                span,
                Drive::Voltage {
                    v: self.from,
                    rate: self.rate.copysign(ic - self.from),
                    t_0: 0.0,
                },
            )?;
        }
        if self.rest > 0.0 {
            state.advance(span + self.rest, Drive::Current(0.0))?;
        }
        state.t = 0.0;
        Ok(state)
    }
}
