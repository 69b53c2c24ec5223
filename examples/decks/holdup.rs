//! What an engineer wants to know of a hold-up supply (decks `holdup/*.cir`).

use super::decks::{Result, Transient};
use ncm::plot::{Axis, Curve, Figure, Panel};
use ncm::simulator::measure::Waveform;

/// When the input fails, s.
pub const FAILURE: f64 = 0.1;
/// Capacitance of the cell, F.
pub const CAPACITANCE: f64 = 10.0;
/// Voltage of the cell at rest at the start, V.
pub const START_VOLTAGE: f64 = 2.48;

/// Figures of merit of one hold-up.
pub struct Holdup {
    /// From the failure of the input to the reset of the load, s.
    pub time: f64,
    /// Fall of the cell's terminal voltage when the converter takes over, V: mean of the second
    /// and third millisecond against just before.
    pub cell_droop: f64,
    /// The same of the bus, V.
    pub bus_droop: f64,
    /// Energy that left the cell, J.
    pub delivered: f64,
    /// Energy lost inside the cell, J, until its charge has come to rest again.
    pub lost: f64,
    /// Energy still in the cell at rest, J.
    pub left: f64,
}

impl Holdup {
    /// Reads them off a run.
    pub fn of(run: &Transient) -> Result<Self> {
        let bus = run.get("v(bus)")?;
        let cell = run.get("v(cell)")?;
        let current = run.get("i(vcell)")?;
        let reset = run
            .get("v(good)")?
            .first_fall(0.5, FAILURE)
            .ok_or("the load is not reset before the end of the run: lengthen .tran")?;

        let before = FAILURE - 1e-3;
        let (a, b) = (FAILURE + 1e-3, FAILURE + 3e-3);
        let power = cell.with(current, |v, i| -v * i);
        let delivered = power.integral(FAILURE, bus.end());

        // The charge tells the energy of a cell at rest. The terminal voltage would not: it counts
        // the resistance, and the slits are at different voltages until charge has moved on.
        let charge = |t: f64| CAPACITANCE * START_VOLTAGE + current.integral(0.0, t);
        let energy = |t: f64| charge(t).powi(2) / (2.0 * CAPACITANCE);
        let left = energy(bus.end());
        Ok(Self {
            time: reset - FAILURE,
            cell_droop: cell.at(before) - cell.mean(a, b),
            bus_droop: bus.at(before) - bus.mean(a, b),
            delivered,
            lost: energy(FAILURE) - left - delivered,
            left,
        })
    }
}

/// Several hold-ups over each other, each with its name.
pub fn figure(runs: &[(&str, &Transient)]) -> Result<Figure> {
    let mut bus = Panel::new(Axis::new("bus", "V").range(4.2, 5.4));
    let mut cell = Panel::new(Axis::new("cell", "V"));
    let mut current = Panel::new(Axis::new("cell current", "A"));
    for (name, run) in runs {
        // Two milliseconds are two dozen periods of the converter.
        let curve = |waveform: &Waveform, sign: f64| {
            let (t, y) = waveform.smoothed(2e-3, 1e-3);
            Curve::new(*name, t, y.iter().map(|y| sign * y).collect())
        };
        bus = bus.curve(curve(run.get("v(bus)")?, 1.0));
        cell = cell.curve(curve(run.get("v(cell)")?, 1.0));
        current = current.curve(curve(run.get("i(vcell)")?, -1.0));
    }
    Ok(Figure::new(Axis::new("time", "s").range(0.0, 1.2))
        .panel(bus)
        .panel(cell)
        .panel(current)
        .panel_height(150))
}
