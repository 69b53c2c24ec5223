//! Temperature of a cell over its steps: what its own heat and its surroundings make of it.
//!
//! ```text
//! c_th dT/dt = P - (T - T_s)/r_th
//! ```
//!
//! with the heat `P` of every resistance, integrated by the stepper's own rule. A trial is solved with its
//! resistances and capacitances at a temperature that the accepted past predicts to second order, so that the current
//! depends on the trial's voltage alone, smoothly and with an exact derivative; the heat of the trial then gives
//! the temperature at its end. The prediction holds the last heat over the step, which is stable for
//! any step as long as a kelvin more does not change the heat's rise by a kelvin.

use num_complex::Complex64;

use super::Stepper;
use super::companion::StateError;
use crate::cell::{Cell, Factors, Thermal};

/// Heat that is reckoned with, W: what absurd parts make beyond it changes nothing.
const MOST_HEAT: f64 = 1e100;

/// Thermal state, accepted and of the trial.
#[derive(Debug, Clone)]
pub(super) struct Warmth {
    /// Temperature of the cell, K, and its change in the last accepted step.
    pub t: f64,
    pub d1: f64,
    /// Temperature of the surroundings at the last accepted time, K.
    pub surroundings: f64,
    /// Heat at the end of the last accepted step, watt.
    pub heat: f64,
    /// Factors at `t`, on the values of the prepared cell.
    pub factors: Factors,
    /// Whether heat or surroundings can change the temperature between steps.
    coupled: bool,
    /// Of the trial: surroundings, factors in force, change of temperature, heat, and the derivative of the
    /// change with respect to the surroundings.
    trial_surroundings: f64,
    pub trial_factors: Factors,
    trial_d: f64,
    trial_heat: f64,
    follows: f64,
    /// Rates of the step's rule, 1/s.
    rates: (f64, f64),
}

impl Warmth {
    pub fn new(cell: &Cell) -> Self {
        let t = cell.thermal.temperature;
        Self {
            t,
            d1: 0.0,
            surroundings: t,
            heat: 0.0,
            factors: Factors::NONE,
            coupled: cell.thermal.heats_itself(),
            trial_surroundings: t,
            trial_factors: Factors::NONE,
            trial_d: 0.0,
            trial_heat: 0.0,
            follows: 0.0,
            rates: (0.0, 0.0),
        }
    }

    /// Goes on with the last change of temperature (K), the surroundings (K) and the heat (W) of a saved state.
    pub fn resume(&mut self, [d1, surroundings, heat]: [f64; 3]) {
        self.d1 = d1;
        self.surroundings = surroundings;
        self.trial_surroundings = surroundings;
        self.heat = heat;
    }

    /// Change of temperature over the step with `heat` (W) at its end, and how it follows the surroundings.
    fn change(&self, cell: &Cell, heat: f64) -> (f64, f64) {
        let (r_th, c_th) = cell.thermal_values();
        let away = self.trial_surroundings - self.t;
        if r_th == 0.0 {
            return (away, 1.0);
        }
        let (rate, memory) = self.rates;
        let g = 1.0 / r_th;
        let all = c_th * rate + g;
        if !(all > 0.0 && all.is_finite()) {
            // Absurdly short steps and absurd capacities: nothing changes.
            return (0.0, 0.0);
        }
        // Divided one by one, for the products might overflow.
        let (kept, follows) = (c_th * memory / all, g / all);
        (kept * self.d1 + heat / all + follows * away, follows)
    }
}

impl Stepper {
    /// Temperature of the cell at the end of the last accepted step, K.
    pub fn temperature(&self) -> f64 {
        self.warmth.t
    }

    /// Temperature at the end of the trial in hand (of the accepted state if there is none), K.
    pub fn trial_temperature(&self) -> f64 {
        match self.trial {
            Some(_) => self.warmth.t + self.warmth.trial_d,
            None => self.warmth.t,
        }
    }

    /// Heat that leaves for the surroundings at the end of the trial in hand, watt, and its derivative with
    /// respect to the temperature of the surroundings, W/K. Without a trial, that of a cell at rest.
    pub fn heat_flow(&self) -> (f64, f64) {
        let warmth = &self.warmth;
        let (r_th, c_th) = self.cell.thermal_values();
        if self.trial.is_none() {
            let g = if r_th > 0.0 { 1.0 / r_th } else { 0.0 };
            return (g * (warmth.t - warmth.trial_surroundings), -g);
        }
        if r_th == 0.0 {
            let (rate, memory) = warmth.rates;
            let (now, before) = ((c_th * rate).min(MOST_HEAT), (c_th * memory).min(MOST_HEAT));
            let stored = now * warmth.trial_d - before * warmth.d1;
            return (warmth.trial_heat - stored, -now);
        }
        let end = warmth.t + warmth.trial_d;
        (
            (end - warmth.trial_surroundings) / r_th,
            (warmth.follows - 1.0) / r_th,
        )
    }

    /// Power turned into heat at the end of the trial in hand (of the accepted state if there is none), watt.
    pub fn trial_heat(&self) -> f64 {
        match self.trial {
            Some(_) if self.warmth.coupled => self.warmth.trial_heat,
            _ => self.dissipation(),
        }
    }

    /// Small-signal heat flow into the cell by the temperature of its surroundings at angular frequency `omega`
    /// (rad/s), W/K.
    pub fn thermal_admittance(&self, omega: f64) -> Complex64 {
        let (r_th, c_th) = self.cell.thermal_values();
        let store = Complex64::new(0.0, omega * c_th);
        if r_th.is_finite() {
            store / (1.0 + r_th * store)
        } else {
            Complex64::ZERO
        }
    }

    /// Puts cell and surroundings at temperature `t` (K). The charges stay, history is forgotten.
    pub fn set_temperature(&mut self, t: f64) -> Result<(), StateError> {
        if !Thermal::allows(t) {
            return Err(StateError::Temperature(t));
        }
        self.warmth.t = t;
        self.warmth.d1 = 0.0;
        self.warmth.surroundings = t;
        self.warmth.trial_surroundings = t;
        self.warmth.factors = self.cell.factors_at(t);
        self.warmth.trial_factors = self.warmth.factors;
        self.v = self.rest_voltage();
        self.i = 0.0;
        self.restart();
        Ok(())
    }

    /// Sets the temperature of the surroundings (K) at the end of the trials that follow.
    ///
    /// A cell without a thermal resistance of its own takes it on.
    pub fn set_surroundings(&mut self, t: f64) -> Result<(), StateError> {
        if !Thermal::allows(t) {
            return Err(StateError::Temperature(t));
        }
        self.warmth.coupled = true;
        self.warmth.trial_surroundings = t;
        Ok(())
    }

    /// Open-circuit voltage by the mouths' potentials, volt.
    pub(super) fn rest_voltage(&self) -> f64 {
        let sum: f64 = self
            .halves
            .iter()
            .zip(&self.cell.chains)
            .map(|(half, chain)| chain.potential(half.w[0]).0)
            .sum();
        self.cell.weight() * sum / self.warmth.factors.capacitance
    }

    /// Chooses the factors of a trial of `h` seconds.
    pub(super) fn foresee(&mut self, h: f64) {
        let warmth = &mut self.warmth;
        if !warmth.coupled {
            warmth.trial_factors = warmth.factors;
            return;
        }
        let growth = if self.h1 > 0.0 { h / self.h1 } else { 0.0 };
        let rates = self.rates(h);
        let warmth = &mut self.warmth;
        warmth.rates = rates;
        let (r_th, c_th) = self.cell.thermal_values();
        let d = if r_th > 0.0 && c_th > 0.0 {
            let trial = warmth.trial_surroundings;
            // By the past alone, so that the trial's surroundings do not bend the current.
            warmth.trial_surroundings = warmth.surroundings;
            let d = warmth.change(&self.cell, warmth.heat).0;
            warmth.trial_surroundings = trial;
            d
        } else if growth > super::MAX_GROWTH {
            0.0
        } else {
            growth * warmth.d1
        };
        warmth.trial_factors = self.cell.factors_at(Thermal::confined(warmth.t + d));
    }

    /// Works out the heat of the trial in hand and the temperature at its end.
    pub(super) fn warm(&mut self) {
        let Some(trial) = self.trial.filter(|_| self.warmth.coupled) else {
            return;
        };
        for half in &mut self.halves {
            for ((sum, w), d) in half.room.iter_mut().zip(&half.w).zip(&half.d) {
                *sum = w + d;
            }
        }
        let factors = self.warmth.trial_factors;
        let heat = self.heat(|half| &half.room, trial.i, trial.v, factors);
        // A number even where the squares are none.
        let heat = heat.min(MOST_HEAT);
        let warmth = &mut self.warmth;
        warmth.trial_heat = heat;
        let (d, follows) = warmth.change(&self.cell, heat);
        warmth.trial_d = Thermal::confined(warmth.t + d) - warmth.t;
        warmth.follows = follows;
    }

    /// Makes the trial's temperature the accepted one.
    pub(super) fn accept_warmth(&mut self) {
        if !self.warmth.coupled {
            return;
        }
        let warmth = &mut self.warmth;
        warmth.t += warmth.trial_d;
        warmth.d1 = warmth.trial_d;
        warmth.surroundings = warmth.trial_surroundings;
        warmth.heat = warmth.trial_heat;
        warmth.factors = self.cell.factors_at(warmth.t);
    }

    /// Takes up the heat of the accepted state after a restart.
    pub(super) fn settle_warmth(&mut self) {
        if self.warmth.coupled {
            self.warmth.heat = self.dissipation().min(MOST_HEAT);
        }
    }
}
