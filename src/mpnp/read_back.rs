//! A finished run as it lies in its directory: what [`super::job`] wrote, read back with the configuration it is of.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::checkpoint::configuration_hash;
use super::config::{Config, Experiment};
use super::drive::Drive;
use super::electrolyte::{Electrolyte, Ion};
use super::geometry::{Arrangement, Geometry, Stern, SternModel};
use super::grid::Resolution;
use super::observe::Sample;
use super::read::read_samples;

/// A directory that holds no run that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadBackError {
    pub path: PathBuf,
    /// Line of the file, from 1, where there is one to name.
    pub line: Option<usize>,
    pub wrong: String,
    pub remedy: String,
}

impl fmt::Display for ReadBackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        write!(f, " {}\n  remedy: {}", self.wrong, self.remedy)
    }
}

impl std::error::Error for ReadBackError {}

/// What is to be done about a file of a run that is not as it was written.
const AGAIN: &str = "run `ncm mpnp` again: files of a run belong together and are not to be edited";

/// A finished run in time.
#[derive(Debug, Clone, PartialEq)]
pub struct FinishedRun {
    pub config: Config,
    /// As in `run.json`.
    pub configuration_hash: String,
    /// What the run took, second.
    pub seconds: f64,
    pub samples: Vec<Sample>,
}

/// Reads `run.json`, `slits.csv` and `electrode.csv` of a directory.
///
/// # Errors
/// [`ReadBackError`] for files that are missing, of another kind of run, damaged or edited.
pub fn finished_run(directory: &Path) -> Result<FinishedRun, ReadBackError> {
    let path = directory.join("run.json");
    let unfinished = directory.join("checkpoint.bin").exists();
    let text = fs::read_to_string(&path).map_err(|cause| ReadBackError {
        path: path.clone(),
        line: None,
        wrong: format!("cannot be read: {cause}"),
        remedy: if unfinished {
            "the run in this directory has not ended: finish it by `ncm mpnp CONFIG -o DIR --resume`"
        } else {
            "give the directory of a run, as written by `ncm mpnp CONFIG -o DIR`"
        }
        .into(),
    })?;
    let refused = |wrong: String, remedy: &str| ReadBackError {
        path: path.clone(),
        line: None,
        wrong,
        remedy: remedy.into(),
    };
    let json: Value = serde_json::from_str(&text).map_err(|cause| ReadBackError {
        path: path.clone(),
        line: Some(cause.line()),
        wrong: format!("is not JSON: {cause}"),
        remedy: AGAIN.into(),
    })?;
    let said = &json["configuration"];
    if said["drive"].get("bias_V").is_some() {
        return Err(refused(
            "is an impedance, not a run in time".into(),
            "give a run with a drive in time (kind = \"cv\", \"step\", \"hold\" or \"table\")",
        ));
    }
    let config = configuration(said, json["name"].as_str().unwrap_or("mpnp")).ok_or_else(|| {
        refused(
            "does not say the whole configuration of its run".into(),
            "it is of an older version of ncm, or not of `ncm mpnp` at all: run `ncm mpnp` again",
        )
    })?;
    let configuration_hash = configuration_hash(&config);
    if json["configuration_hash"].as_str() != Some(&configuration_hash) {
        return Err(refused(
            format!(
                "its configuration ({configuration_hash}) is not the one it was written with ({})",
                json["configuration_hash"]
            ),
            AGAIN,
        ));
    }
    let samples = read_samples(directory).map_err(|error| ReadBackError {
        path: error.path,
        line: (error.line > 0).then_some(error.line),
        wrong: error.wrong,
        remedy: AGAIN.into(),
    })?;
    if samples.len() < 3 || samples[0].slits.len() != config.geometry.slits() {
        return Err(ReadBackError {
            path: directory.join("slits.csv"),
            line: None,
            wrong: format!(
                "holds {} times of {} slits; the run has {} slits",
                samples.len(),
                samples.first().map_or(0, |s| s.slits.len()),
                config.geometry.slits()
            ),
            remedy: AGAIN.into(),
        });
    }
    Ok(FinishedRun {
        config,
        configuration_hash,
        seconds: json["effort"]["seconds"].as_f64().unwrap_or(f64::NAN),
        samples,
    })
}

/// The inverse of [`super::report::configuration`]; `None` where something is missing.
fn configuration(said: &Value, name: &str) -> Option<Config> {
    let number = |key: &str| said[key].as_f64();
    let resolution = &said["resolution"];
    let count = |v: &Value| usize::try_from(v.as_u64()?).ok();
    let ion = |key: &str| {
        let ion = &said[key];
        Some(Ion {
            valence: i32::try_from(ion["valence"].as_i64()?).ok()?,
            diffusivity: ion["diffusivity_m2_s"].as_f64()?,
            size: ion["size_m"].as_f64()?,
        })
    };
    let points = said["drive"]["points_s_V"]
        .as_array()?
        .iter()
        .map(|p| Some((p[0].as_f64()?, p[1].as_f64()?)))
        .collect::<Option<Vec<_>>>()?;
    Some(Config {
        name: name.into(),
        geometry: Geometry {
            sheets: count(&said["sheets"])?,
            slit_width: number("slit_width_m")?,
            sheet_length: number("sheet_length_m")?,
            sheet_thickness: number("sheet_thickness_m")?,
            gap: number("gap_m")?,
            arrangement: match said["arrangement"].as_str()? {
                "staggered" => Arrangement::Staggered,
                "aligned" => Arrangement::Aligned,
                _ => return None,
            },
            reservoir: number("reservoir_m")?,
            stern: Stern {
                thickness: number("stern_m")?,
                permittivity: number("stern_permittivity")?,
                model: match said["stern_model"].as_str()? {
                    "explicit" => SternModel::Explicit,
                    "boundary" => SternModel::Boundary,
                    _ => return None,
                },
            },
        },
        electrolyte: Electrolyte {
            ions: [ion("cation")?, ion("anion")?],
            concentration: number("concentration_mol_m3")?,
            permittivity: number("permittivity")?,
            temperature: number("temperature_K")?,
        },
        experiment: Experiment::Transient(Drive::table(points).ok()?),
        grid: Resolution {
            wall_cell: resolution["wall_cell_m"].as_f64()?,
            growth: resolution["growth"].as_f64()?,
            largest_cell: resolution["largest_cell_m"].as_f64()?,
            stern_cells: count(&resolution["stern_cells"])?,
            sheet_cells: count(&resolution["sheet_cells"])?,
            refinement: count(&resolution["refinement"])?,
        },
        tolerance: number("tolerance")?,
        largest_step: match said.get("largest_step_s")? {
            Value::Null => f64::INFINITY,
            step => step.as_f64()?,
        },
        checkpoint_steps: said["checkpoint_steps"].as_u64()?,
        fields_at: said["fields_at_s"]
            .as_array()?
            .iter()
            .map(Value::as_f64)
            .collect::<Option<Vec<_>>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::files::{electrode_csv, slits_csv};
    use super::super::report;
    use super::super::run::{Run, Stop};
    use super::*;

    const SMALL: &str = "[geometry]\nsheets = 3\nsheet_length_nm = 10\nreservoir_nm = 4\n\
         [grid]\nwall_cell_nm = 0.1\ngrowth = 1.5\n[drive]\nrate_V_s = 1e5\n\
         [output]\nfields_at_s = [1e-6]\n";

    #[test]
    fn a_run_reads_back_as_it_was() {
        let config = Config::parse(SMALL, "test").expect("a configuration");
        let mut run = Run::new(config.clone()).expect("a run");
        while run.advance(|_| {}).expect("steps") != Stop::Finished {}
        let place = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            fs::write(place.path().join(name), text).expect("written");
        };
        let (slits, electrode) = (
            slits_csv(&run.record.samples),
            electrode_csv(&run.record.samples),
        );
        let json = format!("{:#}", report::transient(&run));
        write("run.json", &json);
        write("slits.csv", &slits);
        write("electrode.csv", &electrode);
        let back = finished_run(place.path()).expect("a run");
        assert_eq!(back.config, config);
        assert_eq!(back.configuration_hash, configuration_hash(&config));
        assert_eq!(back.samples.len(), run.record.samples.len());

        let wrong = |name: &str, text: String| {
            write(name, &text);
            let error = finished_run(place.path()).expect_err("refused");
            write("run.json", &json);
            write("slits.csv", &slits);
            write("electrode.csv", &electrode);
            error
        };
        let half = |text: &str| text[..text.len() / 2].to_string();
        assert!(wrong("run.json", half(&json)).wrong.contains("is not JSON"));
        let edited = json.replace("\"tolerance\": 0.0001", "\"tolerance\": 0.0002");
        assert!(wrong("run.json", edited).wrong.contains("written with"));
        assert!(wrong("slits.csv", half(&slits)).line.is_some());
        let nan = electrode.replacen(",0e0", ",NaN", 1);
        assert_eq!(wrong("electrode.csv", nan).line, Some(2));
    }
}
