//! The same procedures in ngspice, by the code models.

use std::path::Path;

use super::procedure::{FAST, FREQUENCY_HZ, HOLD_S, LOWER, Measured, SLOW, UPPER, carried_back};
use crate::card::Card;
use crate::netlist::{Door, subcircuit, subcircuit_name};
use crate::simulator::measure::Waveform;
use crate::simulator::{Job, Ngspice, RawFile};

/// Measures a card rated at `c` farad and `v` volt.
///
/// # Errors
/// A text: the card has no netlist, a run failed, a voltage was not reached.
pub fn through_ngspice(
    card: &Card,
    c: f64,
    v: f64,
    ngspice: &Ngspice,
    code_model: &Path,
) -> Result<Measured, String> {
    let library = subcircuit(card, Door::Xspice).map_err(|e| e.to_string())?;
    let name = subcircuit_name(card);
    let run = |title: &str, lines: &str| -> Result<RawFile, String> {
        let deck = format!("{title}\n.include part.lib\n{lines}\n.end\n");
        let job = Job::new(deck)
            .code_model(code_model)
            .file("part.lib", &*library);
        let done = ngspice
            .run(&job)
            .and_then(|run| run.check()?.raw().cloned());
        done.map_err(|e| format!("{title}: {e}"))
    };
    let (slow, fast) = (SLOW * c * v, FAST * c * v);
    // An ideal capacitor is empty after 25 s of the fast discharge and 250 s of the slow one.
    let discharges = run(
        "discharges",
        &format!(
            "Islow slow 0 {slow}\nXslow slow 0 {name} ic={v}\nIfast fast 0 pwl(0 {fast} 17 {fast} 17.01 0)\nXfast fast 0 {name} ic={v}\n.tran 0.02 180 0 0.05 uic"
        ),
    )?;
    let falls = |variable: &str| -> Result<(f64, f64), String> {
        let plot = discharges.plot("Transient").map_err(|e| e.to_string())?;
        let wave = Waveform::of(plot, variable).map_err(|e| e.to_string())?;
        let at = |level: f64| {
            wave.first_fall(level, 0.0)
                .ok_or_else(|| format!("the discharge never reaches {level} V"))
        };
        Ok((at(UPPER * v)?, at(LOWER * v)?))
    };
    let (t_1, t_2) = falls("v(slow)")?;
    let capacitance = slow * (t_2 - t_1) / ((UPPER - LOWER) * v);
    let (t_1, t_2) = falls("v(fast)")?;
    let esr_dc = (v - carried_back(v, t_1, t_2)) / fast;

    let ac = run(
        "1 kHz",
        &format!("V1 p 0 dc {v} ac 1\nX1 p 0 {name}\n.ac lin 1 {FREQUENCY_HZ} {FREQUENCY_HZ}"),
    )?;
    let current = ac.plot("AC").and_then(|p| p.complex("i(v1)"));
    let current = current.map_err(|e| e.to_string())?;
    let esr_1khz = current.first().map_or(f64::NAN, |i| (-1.0 / i).re);

    let hold = run(
        "72 h",
        &format!("V1 p 0 dc {v}\nX1 p 0 {name} ic=0\n.tran 600 {HOLD_S} uic"),
    )?;
    let plot = hold.plot("Transient").map_err(|e| e.to_string())?;
    let wave = Waveform::of(plot, "i(v1)").map_err(|e| e.to_string())?;
    Ok(Measured {
        capacitance,
        esr_dc,
        esr_1khz,
        leakage: -wave.at(wave.end()),
    })
}
