//! A measurement made ready for fits: samples to compare with, the drive that led to them, weights.

use std::path::PathBuf;

use num_complex::Complex64;

use super::drive::{Piece, lines, plateaus};
use crate::measurement::{Series, Spectrum};

/// Kind of experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Voltage prescribed, current compared.
    Cv,
    /// Current prescribed, voltage compared.
    Gcd,
    /// No current (or little of it), voltage compared.
    Rest,
    /// Impedance.
    Eis,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Cv => "cv",
            Self::Gcd => "gcd",
            Self::Rest => "rest",
            Self::Eis => "eis",
        }
    }
}

/// One file's part in a fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    pub file: PathBuf,
    pub sha256: String,
    pub kind: Kind,
    /// Temperature of the part, K, where it is known.
    pub temperature: Option<f64>,
    /// Samples of the file that were left out to save time, and what else a person should know.
    pub notes: Vec<String>,
    pub samples: Samples,
    /// What residuals are divided by: largest current (A) or range of voltage (V); 1 for impedance,
    /// where each is divided by |Z|.
    pub scale: f64,
}

/// What is compared.
#[derive(Debug, Clone, PartialEq)]
pub enum Samples {
    Time {
        t_s: Vec<f64>,
        /// Current (CV) or voltage.
        measured: Vec<f64>,
        /// Terminal voltage, for pictures.
        v: Vec<f64>,
        /// Whether the sample counts.
        used: Vec<bool>,
        pieces: Vec<Piece>,
        v_start: f64,
        /// The record is one of many equal cycles.
        periodic: bool,
    },
    Frequency {
        f_hz: Vec<f64>,
        z: Vec<Complex64>,
        bias: f64,
    },
}

/// Samples of a file that a fit looks at.
pub const MOST_SAMPLES: usize = 400;

/// Lines of a sweep pass its samples within this share of the window.
const LINE_TOLERANCE: f64 = 2e-3;

/// Reactance as a share of |Z| from which on a positive sign is no noise.
const INDUCTIVE: f64 = 0.03;

/// Plateaus of a current hold samples within this share of the largest.
const PLATEAU_TOLERANCE: f64 = 0.02;

impl Record {
    /// A measurement in time; samples outside `window` (volt) are simulated but not compared.
    ///
    /// # Errors
    /// A text: nothing is left to compare.
    pub fn series(kind: Kind, data: &Series, window: (f64, f64)) -> Result<Self, String> {
        let mut notes = data.notes.clone();
        let inside = |v: f64| v >= window.0 && v <= window.1;
        // What comes after the last sample of interest need not be simulated.
        let last = data
            .v
            .iter()
            .rposition(|v| inside(*v))
            .filter(|k| *k >= 8)
            .ok_or_else(|| {
                format!(
                    "{}: fewer than 8 samples lie between {} and {} V\n  remedy: widen --v-min and --v-max",
                    data.file.display(),
                    window.0,
                    window.1
                )
            })?;
        let (t, v, i) = (&data.t_s[..=last], &data.v[..=last], &data.i[..=last]);
        let most_current = i.iter().fold(0.0_f64, |m, i| m.max(i.abs()));
        let low = v.iter().copied().fold(f64::INFINITY, f64::min);
        let high = v.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let range = (high - low).max(1e-9);
        let pieces = match kind {
            Kind::Cv => lines(t, v, LINE_TOLERANCE * range),
            _ => plateaus(t, i, PLATEAU_TOLERANCE * most_current),
        };
        let periodic = kind == Kind::Cv && (v[0] - v[last]).abs() < 0.03 * range;
        let keep = thinned(t.len());
        if keep.len() < t.len() {
            notes.push(format!("{} of {} samples are used", keep.len(), t.len()));
        }
        let pick = |from: &[f64]| -> Vec<f64> { keep.iter().map(|k| from[*k]).collect() };
        let scale = match kind {
            Kind::Cv => most_current,
            _ => range,
        };
        if scale.is_nan() || scale <= 0.0 {
            return Err(format!(
                "{}: nothing changes\n  remedy: choose the columns with --columns",
                data.file.display()
            ));
        }
        let mut used: Vec<bool> = keep.iter().map(|k| inside(v[*k])).collect();
        // With a current that only the user knows, the first sample is the voltage before the switch; the
        // first of a sweep is taken while the sweep sets in.
        if data.current_is_nominal || kind == Kind::Cv {
            used[0] = false;
        }
        // Where a sweep turns, the current jumps, and nobody knows on which side of the jump the samples next
        // to it were taken.
        if kind == Kind::Cv {
            for corner in pieces.iter().map(|p| p.end) {
                let after = keep.partition_point(|k| t[*k] < corner);
                for k in after.saturating_sub(2)..(after + 2).min(used.len()) {
                    used[k] = false;
                }
            }
        }
        Ok(Self {
            file: data.file.clone(),
            sha256: data.sha256.clone(),
            kind,
            temperature: None,
            notes,
            samples: Samples::Time {
                t_s: pick(t),
                measured: pick(if kind == Kind::Cv { i } else { v }),
                v: pick(v),
                used,
                pieces,
                v_start: v[0],
                periodic,
            },
            scale,
        })
    }

    /// A spectrum. Points with an inductive reactance at its upper end are left out: the models have no
    /// inductance.
    ///
    /// # Errors
    /// A text: nothing is left to compare, or the bias is not known.
    pub fn spectrum(data: &Spectrum, window: (f64, f64)) -> Result<Self, String> {
        let mut notes = data.notes.clone();
        let bias = data.bias.unwrap_or_else(|| {
            notes.push("the file does not say at which voltage it was measured; 0 V is taken (--bias says otherwise)".into());
            0.0
        });
        let leads = |k: usize| data.z[k].im > INDUCTIVE * data.z[k].norm();
        // From the highest frequency down: as long as the reactance is positive, if it is so beyond doubt somewhere.
        // Single points of positive sign are noise; to leave those out would bias what is left.
        let falling = data.f_hz.first() >= data.f_hz.last();
        let order = |k: usize| if falling { k } else { data.z.len() - 1 - k };
        let run = (0..data.z.len()).take_while(|k| data.z[order(*k)].im >= 0.0);
        let run = run.count();
        let inductive = if (0..run).any(|k| leads(order(k))) {
            run
        } else {
            0
        };
        let keep: Vec<usize> = (0..data.z.len())
            .filter(|k| {
                let left_out = if falling {
                    *k < inductive
                } else {
                    *k >= data.z.len() - inductive
                };
                !left_out && data.f_hz[*k] >= window.0 && data.f_hz[*k] <= window.1
            })
            .collect();
        if inductive > 0 {
            notes.push(format!(
                "{inductive} points with inductive reactance are left out: cards hold no inductance"
            ));
        }
        if keep.iter().filter(|k| data.z[**k].im < 0.0).count() < 4 {
            return Err(format!(
                "{}: fewer than 4 of {} points in range have a capacitive reactance\n  remedy: widen --f-min and --f-max, or check the sign of the imaginary part",
                data.file.display(),
                keep.len()
            ));
        }
        Ok(Self {
            file: data.file.clone(),
            sha256: data.sha256.clone(),
            kind: Kind::Eis,
            temperature: None,
            notes,
            samples: Samples::Frequency {
                f_hz: keep.iter().map(|k| data.f_hz[*k]).collect(),
                z: keep.iter().map(|k| data.z[*k]).collect(),
                bias,
            },
            scale: 1.0,
        })
    }

    /// Whether the voltage at the start is fitted too: it is measured as badly as any other sample.
    pub fn fits_start(&self) -> bool {
        matches!(self.kind, Kind::Gcd | Kind::Rest)
    }

    /// Number of values that are compared.
    pub fn count(&self) -> usize {
        match &self.samples {
            Samples::Time { used, .. } => used.iter().filter(|u| **u).count(),
            Samples::Frequency { z, .. } => 2 * z.len(),
        }
    }

    /// Voltages that occur.
    pub fn window(&self) -> (f64, f64) {
        match &self.samples {
            Samples::Time { v, .. } => v
                .iter()
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| {
                    (l.min(*v), h.max(*v))
                }),
            Samples::Frequency { bias, .. } => (*bias, *bias),
        }
    }
}

/// Which samples of `n` are used: all, or evenly spread ones with the first and the last.
fn thinned(n: usize) -> Vec<usize> {
    if n <= MOST_SAMPLES {
        return (0..n).collect();
    }
    (0..MOST_SAMPLES)
        .map(|k| k * (n - 1) / (MOST_SAMPLES - 1))
        .collect()
}
