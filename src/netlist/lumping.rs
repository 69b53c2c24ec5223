//! What lumping slits into sections costs: the stated error of a netlist.

use std::f64::consts::TAU;

use crate::card::Card;
use crate::cell::CellParams;
use crate::experiment::{StepProgram, step};
use crate::ladder::{ElectrodeParams, RESOLVED_LIMIT};
use crate::stamp::Stepper;

use super::header::comment;

/// Error of a part with fewer sections than slits, against the same part with every slit (2,000
/// graded sections of each electrode that has more).
#[derive(Debug, Clone, PartialEq)]
pub struct LumpingError {
    /// Frequency of the part's resistance and capacitance, hertz, and the relative error of the
    /// impedance there and at 10 and 100 times that frequency, at half the step's voltage.
    pub corner_hz: f64,
    pub impedance: [f64; 3],
    /// After a voltage step of this height from rest: the largest error of the charge, relative to
    /// the charge at the end.
    pub step_v: f64,
    pub charge: f64,
}

/// The error of `card`'s `sections`; `None` where every slit is resolved.
pub fn lumping_error(card: &Card) -> Option<LumpingError> {
    let fine = resolved(&card.cell)?;
    // What the card was made for, or what fills the slits to their charge scale.
    let e = &card.cell.positive;
    let halves = if card.cell.negative.is_some() {
        2.0
    } else {
        1.0
    };
    let step_v = card
        .validity
        .v_max
        .filter(|v| *v > 0.0)
        .unwrap_or(halves * card.cell.series * e.q_max / e.c_slit);
    let mut coarse_state = Stepper::new(&card.cell).ok()?;
    let mut fine_state = Stepper::new(&fine).ok()?;
    coarse_state.set_voltage(0.5 * step_v).ok()?;
    fine_state.set_voltage(0.5 * step_v).ok()?;
    let tau = fine_state.effective_resistance() * fine_state.cell().capacitance();
    let corner_hz = 1.0 / (TAU * tau);
    let impedance = [1.0, 10.0, 100.0].map(|times| {
        let omega = TAU * corner_hz * times;
        let (z, z_fine) = (
            coarse_state.admittance(omega).inv(),
            fine_state.admittance(omega).inv(),
        );
        (z - z_fine).norm() / z_fine.norm()
    });
    let program = StepProgram {
        points: 60,
        ..StepProgram::to(0.0, step_v, 20.0 * tau)
    };
    let coarse = step(&card.cell, &program).ok()?;
    let fine = step(&fine, &program).ok()?;
    let whole = fine.q.last().copied()?.abs();
    let worst = coarse
        .q
        .iter()
        .zip(&fine.q)
        .fold(0.0, |m: f64, (a, b)| m.max((a - b).abs()));
    Some(LumpingError {
        corner_hz,
        impedance,
        step_v,
        charge: worst / whole,
    })
}

/// The cell with every slit resolved (as far as [`RESOLVED_LIMIT`]); `None` where it is already.
fn resolved(cell: &CellParams) -> Option<CellParams> {
    let mut fine = cell.clone();
    let mut changed = false;
    let mut refine = |e: &mut ElectrodeParams| {
        let limit = e.slits.min(RESOLVED_LIMIT);
        if e.explicit.is_none() && e.sections != 0 && e.sections < limit {
            e.sections = limit;
            changed = true;
        }
    };
    refine(&mut fine.positive);
    fine.negative.iter_mut().for_each(&mut refine);
    changed.then_some(fine)
}

/// The error as comment lines.
pub(super) fn statement(card: &Card) -> String {
    let mut out = String::new();
    let Some(error) = lumping_error(card) else {
        comment(&mut out, "Every slit (or section of the card) is resolved.");
        return out;
    };
    let sections = |e: &ElectrodeParams| match &e.explicit {
        Some(list) => list.len() as u64,
        None => e.sections,
    };
    let p = &card.cell.positive;
    let percent = |x: f64| match 100.0 * x {
        much if much >= 0.1 => format!("{much:.2} %"),
        little => format!("{little:.1e} %"),
    };
    let f = error.corner_hz;
    comment(
        &mut out,
        &format!(
            "Lumped: {} sections for the {} slits of an electrode. Against every slit resolved, the impedance \
             at {:.3} V differs by {} at {:.3e} Hz, {} at {:.3e} Hz and {} at {:.3e} Hz; the charge \
             during a step from 0 to {:.3} V by at most {} of its end value.",
            sections(p),
            p.slits,
            0.5 * error.step_v,
            percent(error.impedance[0]),
            f,
            percent(error.impedance[1]),
            10.0 * f,
            percent(error.impedance[2]),
            100.0 * f,
            error.step_v,
            percent(error.charge),
        ),
    );
    out
}
