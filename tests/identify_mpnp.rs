//! From runs of the ions to cards: known circuits come back, small runs go through, and what is no run is refused.

#![cfg(feature = "cli")]

#[path = "support/cli.rs"]
mod cli;

use cli::Desk;
use ncm::cell::CellParams;
use ncm::experiment::{CvProgram, Record, cv};
use ncm::identify::mpnp::equilibrium::Equilibrium;
use ncm::identify::mpnp::response::{current, deviation};
use ncm::identify::mpnp::{Membrane, MembraneError, MembraneLaw, RunData};
use ncm::ladder::ElectrodeParams;
use ncm::law::LawKind;
use ncm::mpnp::config::Config;
use ncm::mpnp::flux::Parts;
use ncm::mpnp::observe::{Sample, SlitSample};

/// What a solver would write if the ladder were the truth: the kernel's own states, with charges and currents signed as
/// the solver signs them.
fn ladder_as_run(e: &ElectrodeParams) -> RunData {
    let config = Config::default();
    let law = ncm::law::Law::new(&e.law_params()).expect("a law");
    let program = CvProgram {
        tolerance: 1e-10,
        record: Record::Sections,
        ..CvProgram::between(0.0, 0.2, 1e4, 1)
    };
    let trace = cv(&CellParams::half(e.clone()), &program).expect("a cycle");
    let samples = (0..trace.t_s.len())
        .map(|k| {
            let q: Vec<f64> = trace.sections[k].iter().map(|u| u * e.c_slit).collect();
            let outer = trace.q[k] - q.iter().sum::<f64>();
            let through = |drop: f64, r: f64| Parts {
                migration: drop / r,
                ..Parts::default()
            };
            let slits = (0..q.len())
                .map(|i| SlitSample {
                    phi: trace.v[k] - q[i] / e.c_slit,
                    charge: -q[i],
                    current: q.get(i + 1).map_or(Parts::default(), |next| {
                        through((q[i] - next) / e.c_slit, law.resistance(q[i]))
                    }),
                    ..SlitSample::default()
                })
                .collect();
            Sample {
                t: trace.t_s[k],
                phi_m: trace.v[k],
                metal_charge: trace.q[k],
                metal_current: trace.i[k],
                mouth: through(
                    outer / e.c_open - q[0] / e.c_slit,
                    e.entry * law.resistance(q[0]),
                ),
                slits,
                ..Sample::default()
            }
        })
        .collect();
    RunData {
        source: "the ladder".into(),
        configuration_hash: String::new(),
        config,
        samples,
        seconds: 0.0,
    }
}

fn linear_equilibrium(e: &ElectrodeParams) -> Equilibrium {
    let v: Vec<f64> = (0..5).map(|k| 0.05 * f64::from(k)).collect();
    let times = |c: f64| v.iter().map(|v| c * v).collect::<Vec<_>>();
    Equilibrium::new(
        v.clone(),
        vec![times(e.c_slit); e.slits as usize],
        times(e.c_open),
    )
    .expect("rising charges")
}

#[test]
fn a_ladder_gives_its_own_parameters_back() {
    for (law, gamma) in [(LawKind::Linear, 0.5), (LawKind::Sqrt, 0.4)] {
        let truth = ElectrodeParams {
            law,
            gamma,
            q_max: 0.2 * 8e-8,
            r_open: 0.02,
            c_open: 4e-8,
            entry: 0.7,
            ..ElectrodeParams::new(5.0, 8e-8, 5)
        };
        let run = ladder_as_run(&truth);
        let found =
            Membrane::from_equilibria(std::slice::from_ref(&run), &[linear_equilibrium(&truth)])
                .expect("a membrane");
        let chosen = if law == LawKind::Sqrt {
            MembraneLaw::Sqrt
        } else {
            MembraneLaw::Linear
        };
        assert_eq!(found.best(), chosen);
        let e = found.electrode(chosen, 5);
        for (name, got, want) in [
            ("r_c", e.r_c, truth.r_c),
            ("gamma", e.gamma, gamma),
            ("q_max", e.q_max, truth.q_max),
            ("c_slit", e.c_slit, truth.c_slit),
            ("c_open", e.c_open, truth.c_open),
            ("r_open", e.r_open, truth.r_open),
            ("entry", e.entry, truth.entry),
        ] {
            assert!((got / want - 1.0).abs() < 1e-4, "{name}: {got} for {want}");
        }
        let off = |law| {
            let i = current(&found.half_cell(law, 5), &run).expect("a current");
            deviation(&i, &run).rms
        };
        assert!(off(chosen) < 1e-4, "{}", off(chosen));
        assert!(off(MembraneLaw::Constant) > 0.02);
    }
}

const SMALL: &str = "[geometry]\nsheets = 4\nsheet_length_nm = 30\nreservoir_nm = 5\n\
     [grid]\nwall_cell_nm = 0.1\ngrowth = 1.5\n[drive]\nrate_V_s = 3e4\n";

#[test]
fn a_small_run_becomes_a_card_that_follows_it() {
    let desk = Desk::new();
    desk.put("small.toml", SMALL);
    desk.done("mpnp small.toml -o run");
    let found = desk.json("identify mpnp run -o part.toml --law best --plot part.svg");
    let fits = found["fits"].as_array().expect("fits");
    let off = |law: &str| {
        let fit = fits.iter().find(|f| f["law"] == law).expect("a fit");
        fit["current_rms_deviation"][0].as_f64().expect("a number")
    };
    assert!(off("linear") < 0.03 && off("sqrt") < 0.03, "{found}");
    assert!(off("constant") > 1.5 * off("linear"), "{found}");
    // Double layers overlap at 1.5 nm.
    let c = |key: &str| found[key].as_f64().expect("a number");
    assert!(c("c_slit_F") > 1.08 * c("c_eff_F"), "{found}");
    assert!(desk.read("part.svg").contains("</svg>"));
    let card = desk.read("part.toml");
    for piece in ["kind = \"half-cell\"", "configuration", "95 % within"] {
        assert!(card.contains(piece), "{card}");
    }
    desk.done("cv part.toml --rate 1e4 -o cv.csv");
    desk.done("identify mpnp run --slits 100 --cell -o cell.toml");
    assert!(desk.read("cell.toml").contains("slits = 100"));
    desk.done("netlist cell.toml --door xspice -o cell.lib");
}

#[test]
fn what_is_no_run_is_refused_with_file_and_remedy() {
    let desk = Desk::new();
    let refused = |words: &str| {
        let said = desk.ncm(words);
        assert_eq!(said.code, 2, "{}", said.stderr);
        said.stderr
    };
    let error = refused("identify mpnp nowhere");
    assert!(
        error.contains("nowhere/run.json") && error.contains("remedy"),
        "{error}"
    );
    desk.put("flat.toml", &SMALL.replace("sheets = 4", "sheets = 2"));
    desk.done("mpnp flat.toml -o flat");
    let error = refused("identify mpnp flat");
    assert!(error.contains("1 slit,"), "{error}");
    desk.put(
        "eis.toml",
        "[geometry]\nsheets = 3\nsheet_length_nm = 10\n[grid]\nwall_cell_nm = 0.1\ngrowth = 1.5\n\
         [drive]\nkind = \"eis\"\nlow_Hz = 1e6\nhigh_Hz = 1e7\npoints_per_decade = 1\n",
    );
    desk.done("mpnp eis.toml -o eis");
    let error = refused("identify mpnp eis");
    assert!(error.contains("impedance"), "{error}");
}

#[test]
fn runs_of_different_membranes_are_not_mixed() {
    let truth = ElectrodeParams {
        c_open: 4e-8,
        r_open: 0.02,
        gamma: 0.3,
        q_max: 1.6e-8,
        ..ElectrodeParams::new(5.0, 8e-8, 5)
    };
    let one = ladder_as_run(&truth);
    let mut other = one.clone();
    other.config.geometry.slit_width = 2e-9;
    let curves = [linear_equilibrium(&truth), linear_equilibrium(&truth)];
    let error = Membrane::from_equilibria(&[one, other], &curves).expect_err("refused");
    assert!(
        matches!(&error, MembraneError::Unsuitable { wrong, .. } if wrong.contains("another membrane")),
        "{error}"
    );
}
