//! Configurations of the mPNP runs behind the study and the gallery.

use crate::mpnp::config::{Config, Experiment};
use crate::mpnp::drive::Drive;
use crate::mpnp::geometry::Arrangement;

/// Slit widths of the paper, and 1 nm, in nanometres.
pub const SLITS_NM: [f64; 6] = [1.0, 1.5, 2.0, 3.0, 4.0, 5.0];
/// Sizes of bare and of hydrated ions, in nanometres.
pub const IONS_NM: [f64; 2] = [0.36, 0.66];

/// Six sheets, 0 to 0.2 V and back at 10 mV/us on the sheets.
pub fn sized(arrangement: Arrangement, ion_nm: f64, slit_nm: f64) -> Config {
    let mut config = Config::default();
    config.geometry.arrangement = arrangement;
    config.geometry.slit_width = slit_nm / 1e9;
    config.name = format!("d {slit_nm} nm, a {ion_nm} nm");
    set_ions(&mut config, ion_nm);
    config
}

/// Staggered sheets.
pub fn staggered(ion_nm: f64, slit_nm: f64) -> Config {
    sized(Arrangement::Staggered, ion_nm, slit_nm)
}

/// The paper's case: d = 1.5 nm, bare ions.
pub fn base() -> Config {
    staggered(0.36, 1.5)
}

pub fn set_ions(config: &mut Config, nm: f64) {
    for ion in &mut config.electrolyte.ions {
        ion.size = nm / 1e9;
    }
}

/// One cycle between 0 and `high` volt at `rate` V/s on the sheets.
pub fn cycle(config: &mut Config, high: f64, rate: f64) {
    config.experiment = Experiment::Transient(Drive::triangle(high, rate));
}

/// `config` under another name.
pub fn named(mut config: Config, name: impl Into<String>) -> Config {
    config.name = name.into();
    config
}

/// The base case with this many sheets, two cycles at this rate on the sheets (V/s).
pub fn layers(sheets: usize, rate: f64) -> Config {
    let mut config = base();
    config.geometry.sheets = sheets;
    // The limits are fixed here, so it cannot be refused.
    if let Ok(drive) = Drive::cv(0.0, 0.2, rate, 2) {
        config.experiment = Experiment::Transient(drive);
    }
    named(config, format!("{sheets} sheets, {} mV/us", rate * 1e-3))
}

/// The base case through both polarities: 0, `high`, -`high`, 0 volt.
pub fn both_polarities(high: f64) -> Config {
    let mut config = base();
    if let Ok(drive) = Drive::cv(-high, high, 1e4, 1) {
        config.experiment = Experiment::Transient(drive);
    }
    named(config, format!("both polarities, {high} V"))
}

pub fn concentration(mol_l: f64) -> Config {
    let mut config = base();
    config.electrolyte.concentration = 1000.0 * mol_l;
    named(config, format!("{mol_l} mol/l"))
}

pub fn window(high: f64) -> Config {
    let mut config = base();
    cycle(&mut config, high, 1e4);
    named(config, format!("0 to {high} V"))
}

/// What every run of study and gallery has in common: fields half way up, at the peak, half way
/// down; and, with `coarse`, a size that only tries the machinery.
pub fn prepared(config: &Config, coarse: bool) -> Config {
    let mut config = config.clone();
    if coarse {
        roughen(&mut config);
    }
    if let Experiment::Transient(drive) = &config.experiment {
        config.fields_at = [0.25, 0.5, 0.75].map(|s| s * drive.end()).to_vec();
    }
    config
}

fn roughen(config: &mut Config) {
    config.geometry.sheets = config.geometry.sheets.min(4);
    config.geometry.sheet_length = 12e-9;
    config.geometry.reservoir = 4e-9;
    config.grid.wall_cell = 0.12e-9;
    config.grid.growth = 1.8;
    config.grid.refinement = config.grid.refinement.min(2);
    config.grid.stern_cells = 1;
    config.grid.sheet_cells = 2;
    config.tolerance = 3e-3;
}
