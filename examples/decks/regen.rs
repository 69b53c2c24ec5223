//! What comes back of braking energy (decks `regen/*.cir`).

use super::decks::{Result, Transient};
use ncm::plot::{Axis, Curve, Figure, Panel};

/// The pause between braking and acceleration, s.
pub const PAUSE: f64 = 0.1;
/// Capacitance of the bank, F: two strings of six cells of 10 F.
pub const CAPACITANCE: f64 = 20.0 / 6.0;
/// Voltage of the bank at rest at the start, V.
pub const START_VOLTAGE: f64 = 12.0;

/// One braking and one acceleration.
pub struct Recovery {
    /// Energy into the bank while braking, J.
    pub stored: f64,
    /// Energy out of the bank while accelerating, J.
    pub returned: f64,
    /// Energy lost inside the bank, J, until its charge has come to rest again.
    pub lost: f64,
    /// Highest bus voltage, V, without switching ripple.
    pub bus_peak: f64,
    /// Highest bank voltage, V, without switching ripple.
    pub bank_peak: f64,
}

impl Recovery {
    /// Reads it off a run.
    pub fn of(run: &Transient) -> Result<Self> {
        let bank = run.get("v(bank)")?;
        let current = run.get("i(vbank)")?;
        let power = bank.with(current, |v, i| v * i);
        let end = bank.end();
        let stored = power.integral(0.0, PAUSE);
        let returned = -power.integral(PAUSE, end);
        let charge = CAPACITANCE * START_VOLTAGE;
        let kept =
            ((charge + current.integral(0.0, end)).powi(2) - charge.powi(2)) / (2.0 * CAPACITANCE);
        let peak = |name: &str| -> Result<f64> {
            let (_, y) = run.get(name)?.smoothed(1e-3, 5e-4);
            Ok(y.into_iter().fold(f64::NEG_INFINITY, f64::max))
        };
        Ok(Self {
            stored,
            returned,
            lost: stored - returned - kept,
            bus_peak: peak("v(bus)")?,
            bank_peak: peak("v(bank)")?,
        })
    }
}

/// Several runs over each other, each with its name.
pub fn figure(runs: &[(&str, &Transient)]) -> Result<Figure> {
    let mut panels = [
        ("bus", "V", "v(bus)"),
        ("bank", "V", "v(bank)"),
        ("bank current", "A", "i(vbank)"),
    ]
    .map(|(label, unit, name)| (Panel::new(Axis::new(label, unit)), name));
    for (label, run) in runs {
        for (panel, name) in &mut panels {
            let (t, y) = run.get(name)?.smoothed(1e-3, 5e-4);
            panel.curves.push(Curve::new(*label, t, y));
        }
    }
    let figure = Figure::new(Axis::new("time", "s")).panel_height(150);
    Ok(panels
        .into_iter()
        .fold(figure, |figure, (panel, _)| figure.panel(panel)))
}
