//! The runs of the study.

use ncm::mpnp::config::{Config, Experiment};
use ncm::mpnp::drive::Drive;
use ncm::mpnp::geometry::{Arrangement, SternModel};
pub use ncm::paper::cases::{IONS_NM, SLITS_NM};
use ncm::paper::cases::{cycle, named, prepared, set_ions, sized};

pub struct Case {
    /// Name of its folder, and by which tables find it.
    pub key: String,
    /// What a table's row says of it.
    pub says: &'static str,
    pub config: Config,
}

pub fn size_key(arrangement: &str, ion: f64, slit: f64) -> String {
    format!("{arrangement}-a{ion}-d{slit}")
}

type Change = (&'static str, &'static str, fn(&mut Config));

/// What is changed in the case d = 1.5 nm, a = 0.36 nm: folder, row, change.
pub const CHANGES: [Change; 29] = [
    ("base", "none", |_| ()),
    ("grid-halved", "grid: every cell halved", |c| {
        c.grid.refinement = 2
    }),
    ("grid-third", "grid: every cell in three", |c| {
        c.grid.refinement = 3
    }),
    ("tolerance-1e-3", "tolerance of the steps 1e-3", |c| {
        c.tolerance = 1e-3
    }),
    ("tolerance-1e-5", "tolerance of the steps 1e-5", |c| {
        c.tolerance = 1e-5
    }),
    ("tolerance-1e-6", "tolerance of the steps 1e-6", |c| {
        c.tolerance = 1e-6
    }),
    ("a-0.25", "a = 0.25 nm", |c| set_ions(c, 0.25)),
    ("a-0.5", "a = 0.5 nm", |c| set_ions(c, 0.5)),
    ("a-0.66", "a = 0.66 nm", |c| set_ions(c, 0.66)),
    ("stern-boundary", "Stern layer as boundary condition", |c| {
        c.geometry.stern.model = SternModel::Boundary
    }),
    ("stern-eps-10", "eps_S = 10", |c| {
        c.geometry.stern.permittivity = 10.0
    }),
    ("stern-eps-78", "eps_S = 78.5", |c| {
        c.geometry.stern.permittivity = 78.5
    }),
    ("stern-0.2", "lambda_S = 0.2 nm", |c| {
        c.geometry.stern.thickness = 0.2e-9
    }),
    ("c-0.1", "0.1 mol/l", |c| {
        c.electrolyte.concentration = 100.0
    }),
    ("c-0.5", "0.5 mol/l", |c| {
        c.electrolyte.concentration = 500.0
    }),
    ("c-2", "2 mol/l", |c| c.electrolyte.concentration = 2000.0),
    ("window-0.1", "0 to 0.1 V", |c| cycle(c, 0.1, 1e4)),
    ("window-0.4", "0 to 0.4 V", |c| cycle(c, 0.4, 1e4)),
    ("window-minus", "0 to -0.2 V", |c| cycle(c, -0.2, 1e4)),
    ("both", "0 to 0.2 to -0.2 to 0 V", |c| {
        // As in `ncm mpnp`'s own cv drive; its limits are fixed here, so it cannot be refused.
        if let Ok(drive) = Drive::cv(-0.2, 0.2, 1e4, 1) {
            c.experiment = Experiment::Transient(drive);
        }
    }),
    ("rate-2", "2 mV/us", |c| cycle(c, 0.2, 2e3)),
    ("rate-50", "50 mV/us", |c| cycle(c, 0.2, 5e4)),
    ("sheets-30-nm", "sheets of 30 nm", |c| {
        c.geometry.sheet_length = 30e-9
    }),
    ("sheets-120-nm", "sheets of 120 nm", |c| {
        c.geometry.sheet_length = 120e-9
    }),
    ("gap-0.6", "gap of 0.6 nm", |c| c.geometry.gap = 0.6e-9),
    ("gap-2", "gap of 2 nm", |c| c.geometry.gap = 2e-9),
    ("reservoir-20", "20 nm to the mid-plane", |c| {
        c.geometry.reservoir = 20e-9
    }),
    ("20-sheets", "20 sheets", |c| c.geometry.sheets = 20),
    ("20-sheets-rate-2", "20 sheets, 2 mV/us", |c| {
        c.geometry.sheets = 20;
        cycle(c, 0.2, 2e3);
    }),
];

/// All runs; `coarse`: small and rough, to try the study itself.
pub fn all(coarse: bool) -> Vec<Case> {
    let mut cases = Vec::new();
    for (key, says, change) in CHANGES {
        let mut config = sized(Arrangement::Staggered, 0.36, 1.5);
        change(&mut config);
        cases.push((key.to_owned(), says, config));
    }
    for ion in IONS_NM {
        for slit in SLITS_NM {
            let config = sized(Arrangement::Staggered, ion, slit);
            cases.push((size_key("staggered", ion, slit), "", config));
        }
    }
    for slit in SLITS_NM {
        let config = sized(Arrangement::Aligned, 0.36, slit);
        cases.push((size_key("aligned", 0.36, slit), "", config));
    }
    cases
        .into_iter()
        .map(|(key, says, config)| {
            let config = prepared(&named(config, key.clone()), coarse);
            Case { key, says, config }
        })
        .collect()
}
