//! What a model says should have been measured, by the kernel's own simulation.

use num_complex::Complex64;

use super::parameters::Part;
use super::record::{Kind, Record, Samples};
use crate::cell::{Cell, CellParams};
use crate::experiment::{Drive, Integrator};
use crate::stamp::Stepper;

/// How closely a simulation follows the equations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fidelity {
    /// Relative tolerance of the integration.
    tolerance: f64,
    /// Sections that pores are divided into at most.
    sections: u64,
    /// Cycles that are run for one that is measured as one of many.
    rounds: usize,
}

impl Fidelity {
    /// Below any noise, and smooth enough for differences. What the start from rest has left after four cycles is gone
    /// to below a millionth where a cycle lasts a few time constants; a fixed number keeps predictions smooth in
    /// the parameters.
    pub const FINE: Fidelity = Fidelity {
        tolerance: 1e-7,
        sections: u64::MAX,
        rounds: 4,
    };

    /// Nearly as good at a fifth of the cost: for the way to where a search ends.
    pub const MEDIUM: Fidelity = Fidelity {
        tolerance: 1e-6,
        sections: 18,
        rounds: 3,
    };

    /// Good to a per cent: to find where a search should begin.
    pub const COARSE: Fidelity = Fidelity {
        tolerance: 1e-5,
        sections: 12,
        rounds: 2,
    };

    /// Tolerance of a cycle after which others follow: what is wrong with its end fades, by the assumption above
    /// thirtyfold with each.
    fn tolerance_of(self, round: usize) -> f64 {
        let following = (self.rounds - 1 - round.min(self.rounds - 1)) as i32;
        (self.tolerance * 30f64.powi(following)).min(1e-4)
    }

    fn applied(self, params: &CellParams, record: &Record) -> CellParams {
        let mut params = params.clone();
        let electrodes = [Some(&mut params.positive), params.negative.as_mut()];
        for electrode in electrodes.into_iter().flatten() {
            electrode.sections = electrode.sections.min(self.sections);
        }
        if let Some(t) = record.temperature {
            params.thermal.temperature = t;
        }
        params
    }
}

/// A prediction for every sample of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Prediction {
    Time(Vec<f64>),
    Frequency(Vec<Complex64>),
}

/// Runs a part through the drive of a record. `v_start` replaces the record's first voltage.
pub fn predict(
    part: &Part,
    record: &Record,
    v_start: Option<f64>,
    fidelity: Fidelity,
) -> Option<Prediction> {
    match &record.samples {
        Samples::Frequency { f_hz, bias, .. } => {
            let omega = |f: &f64| std::f64::consts::TAU * f;
            let z = match part {
                Part::Zubieta(z) => f_hz.iter().map(|f| z.impedance(*bias, omega(f))).collect(),
                Part::ConstantPhase(model) => {
                    f_hz.iter().map(|f| model.impedance(omega(f))).collect()
                }
                Part::Cell(params) => {
                    let params = Fidelity::FINE.applied(params, record);
                    let mut cell = Stepper::new(&params).ok()?;
                    cell.set_voltage(*bias).ok()?;
                    f_hz.iter()
                        .map(|f| cell.admittance(omega(f)).inv())
                        .collect()
                }
            };
            Some(Prediction::Frequency(z))
        }
        Samples::Time {
            t_s,
            pieces,
            v_start: seen,
            periodic,
            ..
        } => {
            let v_start = v_start.unwrap_or(*seen);
            let rounds = if *periodic { fidelity.rounds } else { 1 };
            let wanted = |(v, i): (f64, f64)| if record.kind == Kind::Cv { i } else { v };
            let mut out = Vec::with_capacity(t_s.len());
            match part {
                Part::Zubieta(model) => {
                    let mut u = [v_start; 3];
                    for _ in 0..rounds {
                        out = model
                            .run(&mut u, pieces, t_s)?
                            .into_iter()
                            .map(wanted)
                            .collect();
                    }
                }
                Part::ConstantPhase(_) => return None,
                Part::Cell(params) => {
                    let params = fidelity.applied(params, record);
                    let cell = Cell::new(&params).ok()?;
                    let mut state = Integrator::new(cell, v_start, fidelity.tolerance);
                    for round in 0..rounds {
                        if *periodic {
                            state.set_tolerance(fidelity.tolerance_of(round));
                        }
                        // Records begin at 0.
                        state.t = 0.0;
                        out.clear();
                        let mut piece = pieces.iter();
                        let mut now = piece.next()?;
                        for &t in t_s {
                            while t > now.end {
                                let Some(next) = piece.next() else { break };
                                state.advance(now.end, now.drive).ok()?;
                                now = next;
                            }
                            let at = if t > state.t {
                                state.advance_within(t, now.end.max(t), now.drive).ok()?
                            } else {
                                state.terminals(now.drive)
                            };
                            out.push(wanted((at.v, at.i)));
                        }
                    }
                }
            }
            Some(Prediction::Time(out))
        }
    }
}

/// Residuals of a record (measured less predicted, in units of its scale), appended to `out`.
pub fn residuals(prediction: &Prediction, record: &Record, out: &mut Vec<f64>) {
    match (prediction, &record.samples) {
        (Prediction::Time(model), Samples::Time { measured, used, .. }) => {
            let all = measured.iter().zip(model).zip(used);
            out.extend(
                all.filter(|(_, used)| **used)
                    .map(|((y, m), _)| (y - m) / record.scale),
            );
        }
        (Prediction::Frequency(model), Samples::Frequency { z, .. }) => {
            // All real parts, then all imaginary ones: neighbours in the list are neighbours in frequency.
            out.extend(z.iter().zip(model).map(|(z, m)| (z.re - m.re) / z.norm()));
            out.extend(z.iter().zip(model).map(|(z, m)| (z.im - m.im) / z.norm()));
        }
        _ => {}
    }
}

/// About how large capacitance and resistance are, read off a record without any fit.
pub fn rough(record: &Record) -> (f64, f64) {
    match &record.samples {
        Samples::Frequency { f_hz, z, .. } => {
            let last = z.len() - 1;
            let c = 1.0 / (std::f64::consts::TAU * f_hz[last] * z[last].im.abs().max(1e-300));
            let r = z.iter().map(|z| z.re.abs()).fold(f64::INFINITY, f64::min);
            (c, r.max(1e-12))
        }
        Samples::Time {
            t_s,
            measured,
            v,
            pieces,
            ..
        } => {
            let (mut low, mut high) = record.window();
            if high <= low {
                (low, high) = (v[0] - 1.0, v[0]);
            }
            let time = t_s[t_s.len() - 1] - t_s[0];
            let moved: f64 = match record.kind {
                Kind::Cv => {
                    let pairs = t_s.windows(2).zip(measured.windows(2));
                    let through: f64 = pairs
                        .map(|(t, i)| (t[1] - t[0]) * 0.5 * (i[0].abs() + i[1].abs()))
                        .sum();
                    let turns = v.windows(2).map(|v| (v[1] - v[0]).abs()).sum::<f64>();
                    through * (high - low) / turns.max(high - low)
                }
                _ => {
                    let mut begin = 0.0;
                    let mut most = 0.0_f64;
                    for p in pieces {
                        if let Drive::Current(i) = p.drive {
                            most = most.max((i * (p.end - begin)).abs());
                        }
                        begin = p.end;
                    }
                    most
                }
            };
            let c = (moved / (high - low)).max(1e-30);
            (c, (0.003 * time / c).max(1e-12))
        }
    }
}
