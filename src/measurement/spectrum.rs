//! Impedance over frequency.

use std::path::PathBuf;

use num_complex::Complex64;

use super::{Choice, MeasurementError, Quantity, Table};

/// A measured spectrum, SI units, highest frequency first.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrum {
    pub file: PathBuf,
    pub sha256: String,
    /// Hertz.
    pub f_hz: Vec<f64>,
    /// Ohm.
    pub z: Vec<Complex64>,
    /// Voltage of the measurement, volt, if the file or the user says.
    pub bias: Option<f64>,
    pub notes: Vec<String>,
}

/// Fewest points that say anything.
const FEWEST: usize = 6;

impl Spectrum {
    /// Takes frequency and impedance out of a table.
    ///
    /// # Errors
    /// With file, line and remedy: columns that are not there or have no unit, frequencies that are
    /// not above 0, too few rows.
    pub fn from_table(table: &Table, choice: &Choice) -> Result<Self, MeasurementError> {
        let mut notes = table.notes.clone();
        let f = table.require(Quantity::Frequency, choice)?;
        let f = table.si(Quantity::Frequency, f, choice)?;
        let re = table.require(Quantity::ImpedanceReal, choice)?;
        let re = table.si(Quantity::ImpedanceReal, re, choice)?;
        let negative = Quantity::ImpedanceImaginaryNegative;
        let (quantity, column, sign) = match table.find(negative, choice)? {
            Some(column) => (negative, column, -1.0),
            None => {
                let q = Quantity::ImpedanceImaginary;
                (q, table.require(q, choice)?, 1.0)
            }
        };
        let mut im = table.si(quantity, column, choice)?;
        im.iter_mut().for_each(|x| *x *= sign);
        let rows = table.complete_rows(&[&f, &re, &im], &mut notes)?;
        if let Some(r) = rows.iter().find(|r| f[**r] <= 0.0) {
            return Err(table.error(
                Some(table.lines[*r]),
                format!("a frequency of {} Hz", f[*r]),
                "frequencies are above 0: choose the right column with --columns f=...",
            ));
        }
        let mut order = rows;
        order.sort_by(|a, b| f[*b].total_cmp(&f[*a]));
        if order.len() < FEWEST {
            return Err(table.error(
                table.lines.last().copied(),
                format!("{} usable rows", order.len()),
                format!("at least {FEWEST} are needed; the file may have been cut short"),
            ));
        }
        // A capacitor's reactance is negative, surely so at the low end of the spectrum.
        let low_end = &order[2 * order.len() / 3..];
        let inductive = low_end.iter().filter(|r| im[**r] > 0.0).count();
        if 2 * inductive > low_end.len() {
            im.iter_mut().for_each(|x| *x = -*x);
            notes.push(
                "the imaginary part's sign was turned: at low frequencies a capacitor's is negative"
                    .into(),
            );
        }
        let bias = match choice.bias {
            Some(bias) => Some(bias),
            None => match table.find(Quantity::Voltage, choice)? {
                Some(column) => {
                    let v = table.si(Quantity::Voltage, column, choice)?;
                    let seen: Vec<f64> = order
                        .iter()
                        .map(|r| v[*r])
                        .filter(|v| v.is_finite())
                        .collect();
                    (!seen.is_empty()).then(|| seen.iter().sum::<f64>() / seen.len() as f64)
                }
                None => None,
            },
        };
        Ok(Self {
            file: table.file.clone(),
            sha256: table.sha256.clone(),
            f_hz: order.iter().map(|r| f[*r]).collect(),
            z: order
                .iter()
                .map(|r| Complex64::new(re[*r], im[*r]))
                .collect(),
            bias,
            notes,
        })
    }
}
