//! `run.json`: the configuration in effect, what a run says about the circuit, the effort.

use serde_json::{Map, Value, json};

use super::analysis::{Shares, charge_scale, mouth_shares, open_shares, summarise};
use super::checkpoint::configuration_hash;
use super::config::{Config, Experiment};
use super::laws::compare_laws;
use super::local::uphill_shares;
use super::run::Run;
use super::system::System;

fn shares_json(s: Shares) -> Value {
    json!({
        "diffusion_over_migration": s.diffusion,
        "steric_over_migration": s.steric,
        "time_diffusion_with_migration": s.diffusion_with,
        "time_steric_with_migration": s.steric_with,
    })
}

/// What `run.json` holds of a transient run.
pub fn transient(run: &Run) -> Value {
    let record = &run.record;
    let slits: Vec<Value> = summarise(&record.samples)
        .iter()
        .map(|s| {
            let mut slit = Map::new();
            let mut put = |key: &str, value: Value| slit.insert(key.into(), value);
            put("slit", json!(s.slit));
            put("q_max_C", json!(s.q_max));
            put("i_max_A", json!(s.i_max));
            put("c_slit_F", json!(s.c_slit));
            put("c_slit_variation", json!(s.c_slit_variation));
            put("c_eff_F", json!(s.c_eff));
            put("along", shares_json(s.shares_along));
            for (branch, fit) in [("charging", s.charging), ("discharging", s.discharging)] {
                if let Some(r) = fit {
                    put(
                        branch,
                        json!({"r_c_ohm": r.r_c, "gamma": r.gamma, "law_error": r.error}),
                    );
                }
            }
            if let Some(r) = s.resistance {
                put("c_difference_F", json!(s.c_difference));
                put("c_difference_error", json!(s.c_difference_error));
                put("through_next_sheet", shares_json(s.shares_behind));
                put("r_c_ohm", json!(r.r_c));
                put("gamma", json!(r.gamma));
                put("r_min_ohm", json!(r.r_min));
                put("law_error", json!(r.error));
                put("constant_resistance_error", json!(r.constant_error));
            }
            Value::Object(slit)
        })
        .collect();
    let fields: Vec<Value> = record
        .snapshots
        .iter()
        .map(|s| {
            json!({
                "t_s": s.t,
                "phi_m_V": s.phi_m,
                "uphill_current_share":
                    uphill_shares(&run.system, &run.config.geometry, &s.state),
            })
        })
        .collect();
    let history = &record.history;
    json!({
        "name": run.config.name,
        "per": "metre of depth",
        "configuration": configuration(&run.config, &run.system),
        "configuration_hash": configuration_hash(&run.config),
        "charge_scale_C": charge_scale(&record.samples),
        "slits": slits,
        "laws": compare_laws(&record.samples).map(|l| json!({
            "constant_error": l.constant,
            "linear_error": l.linear,
            "linear_own_scale_error": l.linear_own_scale,
            "signed_error": l.signed,
            "sqrt_error": l.sqrt,
            "sqrt_q_0_C": l.sqrt_q_0,
        })),
        "fields": fields,
        "mouth": shares_json(mouth_shares(&record.samples)),
        "open_electrolyte": shares_json(open_shares(&record.samples)),
        "effort": {
            "unknowns": run.system.unknowns(),
            "memory_bytes": run.memory(),
            "steps": history.accepted,
            "rejected_steps": history.rejected,
            "solutions": record.effort.solutions,
            "factorisations": record.effort.factorisations,
            "seconds": record.elapsed.as_secs_f64(),
        },
    })
}

/// The configuration in effect, defaults included, in SI units.
pub fn configuration(config: &Config, system: &System) -> Value {
    let g = config.geometry;
    let e = config.electrolyte;
    let drive = match &config.experiment {
        Experiment::Transient(drive) => json!({"points_s_V": drive.points()}),
        Experiment::Impedance { bias, frequencies } => {
            json!({"bias_V": bias, "frequencies": frequencies.len()})
        }
    };
    let ion = |k: usize| {
        json!({
            "valence": e.ions[k].valence,
            "diffusivity_m2_s": e.ions[k].diffusivity,
            "size_m": e.ions[k].size,
        })
    };
    json!({
        "sheets": g.sheets,
        "slit_width_m": g.slit_width,
        "sheet_length_m": g.sheet_length,
        "sheet_thickness_m": g.sheet_thickness,
        "gap_m": g.gap,
        "arrangement": format!("{:?}", g.arrangement).to_lowercase(),
        "reservoir_m": g.reservoir,
        "stern_m": g.stern.thickness,
        "stern_permittivity": g.stern.permittivity,
        "stern_model": format!("{:?}", g.stern.model).to_lowercase(),
        "cation": ion(0),
        "anion": ion(1),
        "concentration_mol_m3": e.concentration,
        "permittivity": e.permittivity,
        "temperature_K": e.temperature,
        "debye_length_m": e.debye_length(),
        "volume_fraction": e.bulk_volume_fraction(),
        "drive": drive,
        "grid": [system.mesh.x.cells(), system.mesh.y.cells()],
        "resolution": {
            "wall_cell_m": config.grid.wall_cell,
            "growth": config.grid.growth,
            "largest_cell_m": config.grid.largest_cell,
            "stern_cells": config.grid.stern_cells,
            "sheet_cells": config.grid.sheet_cells,
            "refinement": config.grid.refinement,
        },
        "tolerance": config.tolerance,
        // JSON has no infinity: null for no limit.
        "largest_step_s": config.largest_step,
        "checkpoint_steps": config.checkpoint_steps,
        "fields_at_s": config.fields_at,
    })
}
