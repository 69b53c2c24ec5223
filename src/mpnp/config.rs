//! Configurations: what to simulate, as a TOML text. `docs/mpnp.md` lists every key.

mod reader;

use std::path::Path;

use crate::card::{CardError, Problem};
use crate::parameter::ParameterError;

use super::drive::Drive;
use super::electrolyte::Electrolyte;
use super::geometry::{Arrangement, Geometry, SternModel};
use super::grid::Resolution;
use reader::Reader;

/// What is done with the electrode.
#[derive(Debug, Clone, PartialEq)]
pub enum Experiment {
    /// The metal's potential follows a polygon.
    Transient(Drive),
    /// Impedance of the linearised equations about the equilibrium at a bias.
    Impedance {
        /// Potential of the metal against the mid-plane, volt.
        bias: f64,
        /// Frequencies, hertz.
        frequencies: Vec<f64>,
    },
}

/// One simulation.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    pub name: String,
    pub geometry: Geometry,
    pub electrolyte: Electrolyte,
    pub experiment: Experiment,
    pub grid: Resolution,
    /// Error allowed per time step, relative (see [`super::stepper::Accuracy`]).
    pub tolerance: f64,
    /// Largest time step, second; infinite for none.
    pub largest_step: f64,
    /// A checkpoint every so many steps.
    pub checkpoint_steps: u64,
    /// Times at which the fields are kept and drawn, second.
    pub fields_at: Vec<f64>,
}

impl Default for Config {
    /// The paper's case: six sheets, d = 1.5 nm, 0 to 0.2 V on the sheets at 10 mV/us.
    fn default() -> Self {
        Self {
            name: "mpnp".into(),
            geometry: Geometry::default(),
            electrolyte: Electrolyte::default(),
            experiment: Experiment::Transient(Drive::triangle(0.2, 1e4)),
            grid: Resolution::default(),
            tolerance: 1e-4,
            largest_step: f64::INFINITY,
            checkpoint_steps: 10,
            fields_at: Vec::new(),
        }
    }
}

impl Config {
    /// Reads a configuration file. All mistakes found are reported together.
    pub fn read(path: &Path) -> Result<Self, CardError> {
        let text = std::fs::read_to_string(path).map_err(|cause| CardError::Unreadable {
            path: path.into(),
            cause,
        })?;
        Self::parse(&text, &path.display().to_string()).map_err(CardError::Unusable)
    }

    /// Reads a configuration from a text; `source` is its name in messages.
    pub fn parse(text: &str, source: &str) -> Result<Self, Vec<Problem>> {
        let mut r = Reader::new(text, source)?;
        let default = Self::default();
        let config = Self {
            name: r.text("", "name", "mpnp"),
            geometry: geometry(&mut r),
            electrolyte: electrolyte(&mut r),
            experiment: experiment(&mut r),
            grid: grid(&mut r),
            tolerance: r.within("time", "tolerance", default.tolerance, 1e-10, 0.1),
            largest_step: r.within(
                "time",
                "largest_step_s",
                f64::INFINITY,
                1e-15,
                f64::INFINITY,
            ),
            checkpoint_steps: r.count("time", "checkpoint_steps", 10, 1, 1_000_000) as u64,
            fields_at: r.numbers("output", "fields_at_s"),
        };
        for (table, result) in [
            ("geometry", config.geometry.check()),
            ("grid", config.grid.check()),
            ("electrolyte", config.electrolyte.check()),
        ] {
            if let Err(error) = result {
                r.refuse(table, &error);
            }
        }
        if let Experiment::Transient(drive) = &config.experiment {
            for &t in &config.fields_at {
                if !(t >= 0.0 && t <= drive.end()) {
                    r.refuse(
                        "output",
                        &ParameterError::new(
                            "fields_at_s",
                            t,
                            format!("times within the run, 0 to {:e} s", drive.end()),
                        ),
                    );
                }
            }
        }
        r.finish(config)
    }
}

fn geometry(r: &mut Reader) -> Geometry {
    let d = Geometry::default();
    let t = "geometry";
    let nm = |r: &mut Reader, key, default| r.nanometres(t, key, default);
    let mut g = d;
    g.sheets = r.count(t, "sheets", d.sheets, 1, 1000);
    g.slit_width = nm(r, "slit_nm", d.slit_width);
    g.sheet_length = nm(r, "sheet_length_nm", d.sheet_length);
    g.sheet_thickness = nm(r, "sheet_thickness_nm", d.sheet_thickness);
    g.gap = nm(r, "gap_nm", d.gap);
    g.reservoir = nm(r, "reservoir_nm", d.reservoir);
    g.stern.thickness = nm(r, "stern_nm", d.stern.thickness);
    g.stern.permittivity = r.number(t, "stern_permittivity", d.stern.permittivity);
    g.arrangement = r.choice(
        t,
        "arrangement",
        &[
            ("staggered", Arrangement::Staggered),
            ("aligned", Arrangement::Aligned),
        ],
    );
    g.stern.model = r.choice(
        t,
        "stern_model",
        &[
            ("explicit", SternModel::Explicit),
            ("boundary", SternModel::Boundary),
        ],
    );
    g
}

fn electrolyte(r: &mut Reader) -> Electrolyte {
    let d = Electrolyte::default();
    let t = "electrolyte";
    let mut e = d;
    let both = r.nanometres(t, "ion_size_nm", d.ions[0].size);
    e.concentration = r.number(t, "concentration_mol_l", d.concentration / 1000.0) * 1000.0;
    e.permittivity = r.number(t, "permittivity", d.permittivity);
    e.temperature = r.number(t, "temperature_K", d.temperature);
    let keys = [
        [
            "cation_size_nm",
            "cation_valence",
            "cation_diffusivity_m2_s",
        ],
        ["anion_size_nm", "anion_valence", "anion_diffusivity_m2_s"],
    ];
    for (k, [size, valence, diffusivity]) in keys.into_iter().enumerate() {
        let ion = &mut e.ions[k];
        ion.size = r.nanometres(t, size, both);
        ion.valence = r.integer(t, valence, ion.valence);
        ion.diffusivity = r.number(t, diffusivity, ion.diffusivity);
    }
    e
}

fn grid(r: &mut Reader) -> Resolution {
    let d = Resolution::default();
    let t = "grid";
    Resolution {
        wall_cell: r.nanometres(t, "wall_cell_nm", d.wall_cell),
        growth: r.within(t, "growth", d.growth, 1.0, 3.0),
        largest_cell: r.nanometres(t, "largest_cell_nm", d.largest_cell),
        stern_cells: r.count(t, "stern_cells", d.stern_cells, 1, 100),
        sheet_cells: r.count(t, "sheet_cells", d.sheet_cells, 2, 100),
        refinement: r.count(t, "refinement", d.refinement, 1, 32),
    }
}

/// The kinds of [drive] and the keys each takes.
const DRIVES: [(&str, &[&str]); 5] = [
    ("cv", &["low_V", "high_V", "rate_V_s", "cycles"]),
    ("step", &["potential_V", "duration_s"]),
    ("hold", &["potential_V", "rate_V_s", "duration_s"]),
    ("table", &["points"]),
    ("eis", &["bias_V", "low_Hz", "high_Hz", "points_per_decade"]),
];

fn experiment(r: &mut Reader) -> Experiment {
    let t = "drive";
    let choices: Vec<(&str, usize)> = DRIVES.iter().enumerate().map(|(i, d)| (d.0, i)).collect();
    let kind = r.choice(t, "kind", &choices);
    for (i, (name, keys)) in DRIVES.iter().enumerate() {
        for key in *keys {
            if i != kind && !DRIVES[kind].1.contains(key) {
                r.only_for(t, key, name, DRIVES[kind].0);
            }
        }
    }
    let drive = match kind {
        0 => Drive::cv(
            r.number(t, "low_V", 0.0),
            r.number(t, "high_V", 0.2),
            r.number(t, "rate_V_s", 1e4),
            r.count(t, "cycles", 1, 1, 1000),
        ),
        1 => Drive::step(
            r.number(t, "potential_V", 0.2),
            r.number(t, "duration_s", 2e-5),
        ),
        2 => Drive::hold(
            r.number(t, "potential_V", 0.2),
            r.number(t, "rate_V_s", 1e4),
            r.number(t, "duration_s", 2e-5),
        ),
        3 => Drive::table(r.points(t, "points")),
        _ => {
            let bias = r.within(t, "bias_V", 0.0, -5.0, 5.0);
            let low = r.within(t, "low_Hz", 1e3, 1e-6, 1e15);
            let high = r.within(t, "high_Hz", 1e9, low, 1e15);
            let per_decade = r.count(t, "points_per_decade", 5, 1, 1000);
            let decades = (high / low).log10();
            let steps = (decades * per_decade as f64).round().max(1.0) as usize;
            let frequencies = (0..=steps)
                .map(|i| low * 10f64.powf(decades * i as f64 / steps as f64))
                .collect();
            return Experiment::Impedance { bias, frequencies };
        }
    };
    match drive {
        Ok(drive) => Experiment::Transient(drive),
        Err(error) => {
            r.refuse(t, &error);
            Config::default().experiment
        }
    }
}
