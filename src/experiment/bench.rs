//! A cell under an experiment: the integrator of its charges, its temperature, and an eye on its limits.
//!
//! A cell with `r_th` warms itself:
//!
//! ```text
//! c_th dT/dt = P - (T - T_s)/r_th
//! ```
//!
//! The charges are integrated over short pieces at the temperature that the middle of the piece is expected to have;
//! the heat of a piece is the electrical energy that went in less what is stored more, and its temperature at the end follows
//! exactly for that heat. That is of second order in the pieces, which are short against the thermal time
//! constant and against what a kelvin changes.

use super::{Drive, ExperimentError, History, Integrator, Terminals};
use crate::cell::{Cell, CellParams, Thermal};
use crate::parameter::ParameterError;
use crate::stamp::{Breach, Tally, Watch};

/// Longest piece, as a share of the thermal time constant.
const PIECE: f64 = 0.02;

/// Most that the temperature is expected to change within a piece, K.
const WARMER: f64 = 0.2;

/// Shortest piece as a share of the time asked for.
const SHORTEST: f64 = 1e-4;

/// A cell under an experiment.
#[derive(Debug, Clone)]
pub(super) struct Bench {
    state: Integrator,
    warm: Option<Box<Warm>>,
    watch: Watch,
}

/// Temperature of a cell that warms itself.
#[derive(Debug, Clone)]
struct Warm {
    params: CellParams,
    surroundings: f64,
    /// Temperature now, K.
    t: f64,
    /// Thermal resistance (K/W) and heat capacity (J/K) of all cells.
    r_th: f64,
    c_th: f64,
}

impl Bench {
    /// A cell at terminal voltage `v`: at rest, or as `history` leaves one that was ramped there.
    pub fn new(
        params: &CellParams,
        v: f64,
        history: Option<History>,
        tolerance: f64,
    ) -> Result<Self, ExperimentError> {
        let cell = Cell::new(params)?;
        let watch = Watch::new(cell.limits);
        let thermal = &params.thermal;
        let (r_th, c_th) = cell.thermal_values();
        let warm = thermal.heats_itself().then(|| {
            Box::new(Warm {
                params: params.clone(),
                surroundings: thermal.temperature,
                t: thermal.temperature,
                r_th,
                c_th,
            })
        });
        let state = match history {
            None => Integrator::new(cell, v, tolerance),
            Some(history) => history.integrate(cell, v, tolerance)?,
        };
        Ok(Self { state, warm, watch })
    }

    /// Time, second.
    pub fn t(&self) -> f64 {
        self.state.t
    }

    /// Counts time from now on.
    pub fn reset_clock(&mut self) {
        self.state.t = 0.0;
    }

    pub fn state(&self) -> &Integrator {
        &self.state
    }

    /// Temperature, K.
    pub fn temperature(&self) -> f64 {
        match &self.warm {
            Some(warm) => warm.t,
            None => self.state.cell().thermal.temperature,
        }
    }

    pub fn terminals(&self, drive: Drive) -> Terminals {
        self.state.terminals(drive)
    }

    /// Looks at the limits.
    pub fn observe(&mut self, now: Terminals) {
        let cell = self.state.cell();
        let strings = cell.cells / cell.series;
        let (v, i) = (now.v / cell.series, now.i / strings);
        let t = self.temperature();
        self.watch.observe(v, i, t);
    }

    /// What has become of a limit.
    pub fn tally(&self, breach: Breach) -> Tally {
        self.watch.tally(breach)
    }

    /// Integrates up to time `end`.
    pub fn advance(&mut self, end: f64, drive: Drive) -> Result<Terminals, ExperimentError> {
        self.advance_within(end, end, drive)
    }

    /// Integrates up to time `end` under a drive that holds until `horizon`.
    pub fn advance_within(
        &mut self,
        end: f64,
        horizon: f64,
        drive: Drive,
    ) -> Result<Terminals, ExperimentError> {
        let Some(warm) = &mut self.warm else {
            return self.state.advance_within(end, horizon, drive);
        };
        let span = end - self.state.t;
        while end - self.state.t > 4.0 * f64::EPSILON * end.abs() {
            let left = end - self.state.t;
            let rate = warm.rate(self.state.dissipation(drive));
            let h = warm.piece(rate, left, span);
            let to = if h < left { self.state.t + h } else { end };
            let middle = warm.t + 0.5 * h * rate;
            warm.put(&mut self.state, middle)?;
            let heat = heat(&mut self.state, to, drive)?;
            if warm.c_th == 0.0 {
                warm.follow(self.state.dissipation(drive));
            } else {
                warm.take_up(heat, h);
            }
        }
        warm.put(&mut self.state, warm.t)?;
        Ok(self.state.terminals(drive))
    }
}

/// Integrates to time `end`; heat set free on the way, joule.
fn heat(state: &mut Integrator, end: f64, drive: Drive) -> Result<f64, ExperimentError> {
    let h = end - state.t;
    let (q, stored, before) = (
        state.charge(),
        state.stored_energy(),
        state.terminals(drive),
    );
    let after = state.advance(end, drive)?;
    let g = state.cell().g_leak;
    let energy = match drive {
        Drive::Current(i) => i * 0.5 * h * (before.v + after.v),
        // By parts, so that a current that falls from infinity does no harm.
        Drive::Voltage { rate, .. } => {
            let moved = after.v * state.charge() - before.v * q;
            let leaked = h / 3.0 * (before.v * before.v + before.v * after.v + after.v * after.v);
            moved - rate * 0.5 * h * (q + state.charge()) + g * leaked
        }
    };
    Ok(energy - (state.stored_energy() - stored))
}

impl Warm {
    /// Rate of change of the temperature with `power` (W) of heat, K/s. Without a heat capacity nothing is known
    /// of what comes.
    fn rate(&self, power: f64) -> f64 {
        if self.c_th == 0.0 {
            return 0.0;
        }
        (power - (self.t - self.surroundings) / self.r_th) / self.c_th
    }

    /// Length of the next piece, second, of `left`.
    fn piece(&self, rate: f64, left: f64, span: f64) -> f64 {
        if self.c_th == 0.0 {
            return (PIECE * span).min(left);
        }
        // An infinite resistance keeps the heat: then only the change counts.
        let calm = PIECE * self.r_th * self.c_th;
        let slow = WARMER / rate.abs();
        calm.min(slow).max(SHORTEST * span).min(left)
    }

    /// Temperature after `h` seconds with `heat` joule.
    fn take_up(&mut self, heat: f64, h: f64) {
        let end = if self.r_th.is_infinite() {
            self.t + heat / self.c_th
        } else {
            let settled = self.surroundings + heat / h * self.r_th;
            settled + (self.t - settled) * (-h / (self.r_th * self.c_th)).exp()
        };
        self.t = Thermal::confined(end);
    }

    /// Temperature of a cell without heat capacity: that of the heat now, watt.
    fn follow(&mut self, power: f64) {
        self.t = Thermal::confined(self.surroundings + self.r_th * power);
    }

    /// Puts the cell at temperature `t`; the charges stay.
    fn put(&mut self, state: &mut Integrator, t: f64) -> Result<(), ParameterError> {
        let t = Thermal::confined(t);
        if self.params.thermal.has_drift() && state.cell().thermal.temperature != t {
            self.params.thermal.temperature = t;
            state.exchange(Cell::new(&self.params)?);
        }
        Ok(())
    }
}
