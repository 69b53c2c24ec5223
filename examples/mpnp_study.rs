//! The tables of docs/mpnp.md: `cargo run --release --no-default-features --features workshop
//! --example mpnp_study -- sizes|sensitivity|cost`.
//!
//! `sizes`: fluxes, resistances and capacitances over slit width and ion size. `sensitivity`: what
//! one case does to grid, steps and physical parameters. `cost`: time and memory over the number
//! of sheets.

use ncm::mpnp::analysis::{SlitSummary, open_shares, summarise};
use ncm::mpnp::config::{Config, Experiment};
use ncm::mpnp::drive::Drive;
use ncm::mpnp::run::{Run, Stop};

fn run(config: Config) -> Option<Run> {
    let mut run = Run::new(config)?;
    loop {
        match run.advance(|_| ()) {
            Ok(Stop::Finished) => return Some(run),
            Ok(Stop::Checkpoint) => {}
            Err(failure) => {
                eprintln!("no solution at t = {:e} s: {:?}", failure.t, failure.cause);
                return None;
            }
        }
    }
}

fn case(slit_nm: f64, ion_nm: f64) -> Config {
    let mut config = Config::default();
    config.geometry.slit_width = slit_nm / 1e9;
    for ion in &mut config.electrolyte.ions {
        ion.size = ion_nm / 1e9;
    }
    config
}

fn mean(slits: &[SlitSummary], value: impl Fn(&SlitSummary) -> Option<f64>) -> (f64, f64) {
    let values: Vec<f64> = slits.iter().filter_map(value).collect();
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let spread = values
        .iter()
        .fold(0.0f64, |m, v| m.max((v / mean - 1.0).abs()));
    (mean, spread)
}

const HEAD: &str = "| R_c, ohm | R_min, ohm | gamma | spread of R_c | misfit, law | misfit, constant R | C_slit, uF | its variation | C_eff/C_slit | diffusion/migration along slit | steric/migration |";
const RULE: &str = "|---|---|---|---|---|---|---|---|---|---|---|";

fn row(run: &Run) -> String {
    let slits = summarise(&run.record.samples);
    let r = |f: fn(&ncm::mpnp::analysis::ResistanceFit) -> f64| {
        mean(&slits, |s| s.resistance.as_ref().map(f))
    };
    let (r_c, spread) = r(|r| r.r_c);
    let (c, _) = mean(&slits, |s| Some(s.c_slit));
    let (c_eff, _) = mean(&slits, |s| Some(s.c_eff));
    let (diffusion, _) = mean(&slits, |s| Some(s.shares_along.diffusion));
    let (steric, _) = mean(&slits, |s| Some(s.shares_along.steric));
    let variation = slits.iter().fold(0.0f64, |m, s| m.max(s.c_slit_variation));
    format!(
        "| {r_c:.3} | {:.3} | {:.3} | {:.1} % | {:.1} % | {:.1} % | {:.4} | {:.1} % | {:.3} | {diffusion:+.3} | {steric:+.3} |",
        r(|r| r.r_min).0,
        r(|r| r.gamma).0,
        100.0 * spread,
        100.0 * r(|r| r.error).0,
        100.0 * r(|r| r.constant_error).0,
        c * 1e6,
        100.0 * variation,
        c_eff / c,
    )
}

fn sizes() {
    println!("| a, nm | d, nm {HEAD} in open electrolyte: diffusion | steric |");
    println!("|---|---{RULE}---|---|");
    for ion in [0.36, 0.66] {
        for slit in [1.0, 1.5, 2.0, 3.0, 4.0, 5.0] {
            let Some(run) = run(case(slit, ion)) else {
                continue;
            };
            let open = open_shares(&run.record.samples);
            println!(
                "| {ion} | {slit} {} {:+.3} | {:+.3} |",
                row(&run),
                open.diffusion,
                open.steric
            );
        }
    }
}

fn cv(config: &mut Config, high: f64, rate: f64) {
    config.experiment = Experiment::Transient(Drive::triangle(high, rate));
}

type Change = (&'static str, fn(&mut Config));

fn sensitivity() {
    let changes: [Change; 23] = [
        ("none", |_| ()),
        ("grid: every cell halved", |c| c.grid.refinement = 2),
        ("grid: every cell in three", |c| c.grid.refinement = 3),
        ("time tolerance 1e-3", |c| c.tolerance = 1e-3),
        ("time tolerance 1e-5", |c| c.tolerance = 1e-5),
        ("time tolerance 1e-6", |c| c.tolerance = 1e-6),
        ("a = 0.25 nm", |c| {
            c.electrolyte.ions.iter_mut().for_each(|i| i.size = 0.25e-9)
        }),
        ("a = 0.66 nm", |c| {
            c.electrolyte.ions.iter_mut().for_each(|i| i.size = 0.66e-9)
        }),
        ("Stern layer as boundary condition", |c| {
            c.geometry.stern.model = ncm::mpnp::geometry::SternModel::Boundary;
        }),
        ("eps_S = 78.5", |c| c.geometry.stern.permittivity = 78.5),
        ("eps_S = 10", |c| c.geometry.stern.permittivity = 10.0),
        ("lambda_S = 0.2 nm", |c| c.geometry.stern.thickness = 0.2e-9),
        ("0.1 mol/l", |c| c.electrolyte.concentration = 100.0),
        ("0.5 mol/l", |c| c.electrolyte.concentration = 500.0),
        ("2 mol/l", |c| c.electrolyte.concentration = 2000.0),
        ("0 to 0.1 V", |c| cv(c, 0.1, 1e4)),
        ("0 to 0.4 V", |c| cv(c, 0.4, 1e4)),
        ("0 to -0.2 V", |c| cv(c, -0.2, 1e4)),
        ("2 mV/us", |c| cv(c, 0.2, 2e3)),
        ("50 mV/us", |c| cv(c, 0.2, 5e4)),
        ("sheets of 30 nm", |c| c.geometry.sheet_length = 30e-9),
        ("sheets of 120 nm", |c| c.geometry.sheet_length = 120e-9),
        ("aligned sheets", |c| {
            c.geometry.arrangement = ncm::mpnp::geometry::Arrangement::Aligned;
        }),
    ];
    println!("| change {HEAD} steps |");
    println!("|---{RULE}---|");
    for (name, change) in changes {
        let mut config = case(1.5, 0.36);
        change(&mut config);
        if let Some(run) = run(config) {
            println!("| {name} {} {} |", row(&run), run.record.history.accepted);
        }
    }
}

fn cost() {
    println!(
        "| sheets | unknowns | memory, MB | steps | factorisations | iterations | time of a cycle, s |"
    );
    println!("|---|---|---|---|---|---|---|");
    for sheets in [6, 20, 50] {
        let mut config = Config::default();
        config.geometry.sheets = sheets;
        let Some(run) = run(config) else {
            continue;
        };
        let record = &run.record;
        println!(
            "| {sheets} | {} | {:.0} | {} | {} | {} | {:.2} |",
            run.system.unknowns(),
            run.memory() as f64 / 1e6,
            record.history.accepted,
            record.effort.factorisations,
            record.effort.iterations,
            record.elapsed.as_secs_f64()
        );
    }
}

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    for (name, table) in [
        ("sizes", sizes as fn()),
        ("sensitivity", sensitivity),
        ("cost", cost),
    ] {
        if wanted.is_empty() || wanted.iter().any(|w| w == name) {
            println!("\n{name}\n");
            table();
        }
    }
}
