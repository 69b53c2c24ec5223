//! The samples of a finished run, from its two CSV files, to the last bit.

use std::path::{Path, PathBuf};

use super::files::{ELECTRODE_HEADER, FIELDS_HEADER, SLITS_HEADER};
use super::flux::Parts;
use super::observe::{Sample, SlitSample};
use super::system::System;

/// A run's files that cannot be taken for what they should be.
#[derive(Debug)]
pub struct ReadError {
    pub path: PathBuf,
    /// Line, from 1; 0 where the file as a whole is at fault.
    pub line: usize,
    pub wrong: String,
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.path.display())?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(
            f,
            ": {}\n  remedy: name the folder of a finished run of `ncm mpnp`, or run it again",
            self.wrong
        )
    }
}

impl std::error::Error for ReadError {}

/// One CSV file of numbers; empty fields are NaN.
struct Lines {
    path: PathBuf,
    rows: Vec<Vec<f64>>,
}

impl Lines {
    fn read(path: PathBuf, header: &str) -> Result<Self, ReadError> {
        let fault = |line: usize, wrong: String| ReadError {
            path: path.clone(),
            line,
            wrong,
        };
        let text = std::fs::read_to_string(&path)
            .map_err(|cause| fault(0, format!("cannot be read: {cause}")))?;
        let mut lines = text.lines();
        let columns = header.split(',').count();
        if lines.next() != Some(header) {
            return Err(fault(
                1,
                format!("other columns than `{header}`: the file of another version"),
            ));
        }
        let mut rows = Vec::new();
        for (i, line) in lines.enumerate() {
            let row: Option<Vec<f64>> = line
                .split(',')
                .map(|field| {
                    if field.is_empty() {
                        Some(f64::NAN)
                    } else {
                        field.parse().ok().filter(|x: &f64| x.is_finite())
                    }
                })
                .collect();
            match row.filter(|r| r.len() == columns) {
                Some(row) => rows.push(row),
                None => return Err(fault(i + 2, format!("not {columns} numbers"))),
            }
        }
        if rows.is_empty() {
            return Err(fault(0, "no lines of data".into()));
        }
        Ok(Self { path, rows })
    }

    fn fault(&self, row: usize, wrong: &str) -> ReadError {
        ReadError {
            path: self.path.clone(),
            line: row + 2,
            wrong: wrong.into(),
        }
    }
}

fn parts(fields: &[f64]) -> Parts {
    let or_none = |x: f64| if x.is_nan() { 0.0 } else { x };
    Parts {
        migration: or_none(fields[0]),
        diffusion: or_none(fields[1]),
        steric: or_none(fields[2]),
    }
}

/// The samples that a run of `ncm mpnp` has left in `folder` as `slits.csv` and `electrode.csv`.
pub fn read_samples(folder: &Path) -> Result<Vec<Sample>, ReadError> {
    let electrode = Lines::read(folder.join("electrode.csv"), ELECTRODE_HEADER)?;
    let slits = Lines::read(folder.join("slits.csv"), SLITS_HEADER)?;
    let each = slits.rows.len() / electrode.rows.len();
    if each * electrode.rows.len() != slits.rows.len() {
        return Err(slits.fault(
            slits.rows.len() - 1,
            "not the same number of slits at every time of electrode.csv",
        ));
    }
    electrode
        .rows
        .iter()
        .enumerate()
        .map(|(k, e)| {
            let slits = (0..each)
                .map(|i| {
                    let at = k * each + i;
                    let s = &slits.rows[at];
                    if s[0] != e[0] || s[2] != (i + 1) as f64 {
                        return Err(slits.fault(at, "another time or slit than expected here"));
                    }
                    Ok(SlitSample {
                        phi: s[3],
                        charge: s[9],
                        salt: s[10],
                        current: parts(&s[6..9]),
                        along: parts(&s[12..15]),
                    })
                })
                .collect::<Result<Vec<SlitSample>, ReadError>>()?;
            Ok(Sample {
                t: e[0],
                phi_m: e[1],
                slits,
                mouth: parts(&e[7..10]),
                open: parts(&e[11..14]),
                metal_charge: e[2],
                ion_charge: e[14],
                bath_charge: e[15],
                bath_ions: e[5],
                metal_current: e[3],
                bath_current: e[4],
            })
        })
        .collect()
}

/// The state whose fields a run has left as `fields-N.csv`; the system is that of the run's
/// configuration.
pub fn read_fields(path: &Path, system: &System) -> Result<Vec<f64>, ReadError> {
    let fields = Lines::read(path.into(), FIELDS_HEADER)?;
    if fields.rows.len() != system.mesh.cells.len() {
        return Err(fields.fault(
            fields.rows.len() - 1,
            "another number of cells than the run's mesh has",
        ));
    }
    let vt = system.electrolyte.thermal_voltage();
    let c_0 = system.electrolyte.concentration;
    let mut state = vec![0.0; system.unknowns()];
    for (c, row) in fields.rows.iter().enumerate() {
        let at = system.offset[c] as usize;
        state[at] = row[2] / vt;
        if system.has_ions(c) {
            state[at + 1] = row[3] / c_0;
            state[at + 2] = row[4] / c_0;
        }
    }
    Ok(state)
}

#[cfg(test)]
mod tests {
    use super::super::files::{electrode_csv, slits_csv};
    use super::*;

    fn samples() -> Vec<Sample> {
        (0..3)
            .map(|k| {
                let x = 0.1 * f64::from(k) + 1.0 / 3.0;
                let part = |m: f64| Parts {
                    migration: m * x,
                    diffusion: -x,
                    steric: x / 7.0,
                };
                let slit = |m: f64, last: bool| SlitSample {
                    phi: m * x,
                    charge: -x * 1e-9,
                    salt: 1e-15 * x,
                    current: if last { Parts::default() } else { part(m) },
                    along: part(m + 1.0),
                };
                Sample {
                    t: x * 1e-6,
                    phi_m: x,
                    slits: vec![slit(1.0, false), slit(2.0, true)],
                    mouth: part(3.0),
                    open: part(4.0),
                    metal_charge: x,
                    ion_charge: -x,
                    bath_charge: 0.1 * x,
                    bath_ions: 5.0 * x,
                    metal_current: 6.0 * x,
                    bath_current: 7.0 * x,
                }
            })
            .collect()
    }

    #[test]
    fn what_was_written_is_read_to_the_last_bit() {
        let folder = tempfile::tempdir().expect("a folder");
        let samples = samples();
        let write = |name: &str, text: String| {
            std::fs::write(folder.path().join(name), text).expect("written");
        };
        write("slits.csv", slits_csv(&samples));
        write("electrode.csv", electrode_csv(&samples));
        assert_eq!(read_samples(folder.path()).expect("read"), samples);

        // A lost line, a broken number, another file.
        let text = slits_csv(&samples);
        let cut = text.trim_end().rsplit_once('\n').expect("lines").0;
        write("slits.csv", cut.to_owned());
        let error = read_samples(folder.path()).expect_err("refused");
        assert!(error.to_string().contains("slits.csv:6"), "{error}");
        write("slits.csv", text.replacen("e-10", "x-10", 1));
        let error = read_samples(folder.path()).expect_err("refused");
        assert!(error.to_string().contains("slits.csv:2"), "{error}");
        write("slits.csv", "a,b\n1,2\n".into());
        let error = read_samples(folder.path()).expect_err("refused");
        assert!(error.to_string().contains("slits.csv:1"), "{error}");
    }
}
