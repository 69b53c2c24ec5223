//! Voltage and current over time.

use std::path::PathBuf;

use super::{Choice, MeasurementError, Quantity, Table};

/// A measurement in time, SI units. The current counts positive when it charges.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub file: PathBuf,
    pub sha256: String,
    /// Second, from 0, rising.
    pub t_s: Vec<f64>,
    /// Volt.
    pub v: Vec<f64>,
    /// Ampere.
    pub i: Vec<f64>,
    /// The file has no current; it is the one that the user named.
    pub current_is_nominal: bool,
    pub notes: Vec<String>,
}

/// Fewest samples that say anything.
const FEWEST: usize = 8;

/// Change of the current, as a share of the largest, that makes two rows at one time a switch.
const SWITCH: f64 = 0.02;

/// How far apart the two rows of a switch are put, relative to the time.
const MOMENT: f64 = 1e-9;

impl Series {
    /// Takes time, voltage and current out of a table.
    ///
    /// # Errors
    /// With file, line and remedy: columns that are not there or have no unit, a time that runs
    /// backwards, too few rows.
    pub fn from_table(table: &Table, choice: &Choice) -> Result<Self, MeasurementError> {
        let mut notes = table.notes.clone();
        let v = table.si(
            Quantity::Voltage,
            table.require(Quantity::Voltage, choice)?,
            choice,
        )?;
        let time = if choice.rate.is_some() {
            table.find(Quantity::Time, choice)?
        } else {
            Some(table.require(Quantity::Time, choice)?)
        };
        let t = time
            .map(|c| table.si(Quantity::Time, c, choice))
            .transpose()?;
        let current_is_nominal = choice.current.is_some();
        let i = match choice.current {
            Some(current) => vec![current; table.rows()],
            None => {
                let column = table.find(Quantity::Current, choice)?.ok_or_else(|| {
                    table.error(
                        table.heading_line.or(table.lines.first().copied()),
                        "no column is known as current",
                        "name it (--columns i=...), or give the constant current of the file with --current AMPERE (negative for a discharge)",
                    )
                })?;
                table.si(Quantity::Current, column, choice)?
            }
        };
        let mut needed = vec![&v, &i];
        needed.extend(&t);
        let rows = table.complete_rows(&needed, &mut notes)?;
        let rows = one_cycle(table, rows, choice, &mut notes)?;
        if rows.len() < FEWEST {
            return Err(table.error(
                table.lines.last().copied(),
                format!("{} usable rows", rows.len()),
                format!("at least {FEWEST} are needed; the file may have been cut short"),
            ));
        }
        let mut series = Self {
            file: table.file.clone(),
            sha256: table.sha256.clone(),
            t_s: Vec::with_capacity(rows.len()),
            v: Vec::with_capacity(rows.len()),
            i: Vec::with_capacity(rows.len()),
            current_is_nominal,
            notes: Vec::new(),
        };
        let most_current = rows.iter().fold(0.0_f64, |m, r| m.max(i[*r].abs()));
        let mut clock: f64 = 0.0;
        let mut repeated = 0;
        for (k, &r) in rows.iter().enumerate() {
            if k > 0 {
                let before = rows[k - 1];
                let step = match (&t, choice.rate) {
                    (Some(t), _) => t[r] - t[before],
                    (None, Some(rate)) => (v[r] - v[before]).abs() / rate,
                    (None, None) => 0.0,
                };
                if step < 0.0 {
                    return Err(table.error(
                        Some(table.lines[r]),
                        format!(
                            "the time runs backwards, from {} to {} s",
                            t.as_ref().map_or(0.0, |t| t[before]),
                            t.as_ref().map_or(0.0, |t| t[r])
                        ),
                        "keep one run in the file, or choose the right column with --columns t=...",
                    ));
                }
                if step == 0.0 && (i[r] - i[before]).abs() <= SWITCH * most_current {
                    repeated += 1;
                    continue;
                }
                // Two rows at one time with different currents are a switch: both are kept, a moment apart.
                clock += step.max(MOMENT * clock.max(MOMENT));
            }
            series.t_s.push(clock);
            series.v.push(v[r]);
            series.i.push(i[r]);
        }
        if repeated > 0 {
            notes.push(format!("{repeated} rows at a time already seen left out"));
        }
        if series.t_s.len() < FEWEST {
            return Err(table.error(
                table.lines.last().copied(),
                "the time does not go on",
                "choose the right column with --columns t=...",
            ));
        }
        // Work done on a capacitor's field is positive over any excursion: i dv.
        let work: f64 = (1..series.v.len())
            .map(|k| 0.5 * (series.i[k] + series.i[k - 1]) * (series.v[k] - series.v[k - 1]))
            .sum();
        if work < 0.0 && !current_is_nominal {
            series.i.iter_mut().for_each(|i| *i = -*i);
            notes.push(
                "the current's sign was turned: it must count positive when the part is charged"
                    .into(),
            );
        } else if work < 0.0 {
            return Err(table.error(
                table.lines.first().copied(),
                "the voltage goes the other way than the current given",
                "--current is positive for a charge, negative for a discharge",
            ));
        }
        series.notes = notes;
        Ok(series)
    }

    /// Lowest and highest voltage.
    pub fn window(&self) -> (f64, f64) {
        let low = self.v.iter().copied().fold(f64::INFINITY, f64::min);
        let high = self.v.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (low, high)
    }
}

/// The rows of one cycle where a file has several: the one asked for, or the last complete one.
fn one_cycle(
    table: &Table,
    rows: Vec<usize>,
    choice: &Choice,
    notes: &mut Vec<String>,
) -> Result<Vec<usize>, MeasurementError> {
    let Some(column) = table.find(Quantity::Cycle, choice)? else {
        return Ok(rows);
    };
    let numbers = &table.columns[column];
    let mut cycles: Vec<(f64, usize)> = Vec::new();
    for &r in &rows {
        match cycles.last_mut() {
            Some((n, count)) if *n == numbers[r] => *count += 1,
            _ => cycles.push((numbers[r], 1)),
        }
    }
    if cycles.len() < 2 && choice.cycle.is_none() {
        return Ok(rows);
    }
    let most = cycles.iter().map(|c| c.1).max().unwrap_or(0);
    let wanted = match choice.cycle {
        Some(n) => n as f64,
        // A cycle that was broken off is shorter than the others.
        None => match cycles.iter().rev().find(|c| 10 * c.1 >= 9 * most) {
            Some((n, _)) => *n,
            None => return Ok(rows),
        },
    };
    let of_cycle: Vec<usize> = rows.into_iter().filter(|r| numbers[*r] == wanted).collect();
    if of_cycle.is_empty() {
        let (first, last) = (cycles.first(), cycles.last());
        return Err(table.error(
            table.heading_line,
            format!("there is no cycle {wanted}"),
            format!(
                "choose --cycle from {} to {}",
                first.map_or(0.0, |c| c.0),
                last.map_or(0.0, |c| c.0)
            ),
        ));
    }
    notes.push(format!("cycle {wanted} of {} is used", cycles.len()));
    Ok(of_cycle)
}
