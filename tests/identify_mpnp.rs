//! From runs of the ions to cards: known circuits come back, small runs go through, and what is no run is refused.

#![cfg(feature = "cli")]

#[path = "support/cli.rs"]
mod cli;

use cli::Desk;
use ncm::cell::CellParams;
use ncm::experiment::{CvProgram, Record, cv};
use ncm::identify::mpnp::equilibrium::Equilibrium;
use ncm::identify::mpnp::response::{current, deviation};
use ncm::identify::mpnp::{Capacitance, Membrane, MembraneError, MembraneLaw, RunData};
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
        let e = found.electrode(chosen, Capacitance::Constant, 5);
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
            let i =
                current(&found.half_cell(law, Capacitance::Constant, 5), &run).expect("a current");
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
    // Charges at rest rise faster than the potential; a circuit that knows is nearer.
    let rising = |law: &str| {
        let fit = fits.iter().find(|f| f["law"] == law).expect("a fit");
        fit["current_rms_deviation_rising"][0]
            .as_f64()
            .expect("a number")
    };
    assert!(rising("linear") < 0.7 * off("linear"), "{found}");
    let rise = &found["rise"];
    assert!(rise["error"].as_f64().expect("a number") < 2e-3, "{found}");
    desk.done("identify mpnp run --capacitance rising -o rising.toml");
    assert!(desk.read("rising.toml").contains("c_rise = "));
    desk.done("cv rising.toml --rate 1e4 -o rising.csv");
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

#[test]
fn widths_between_follow_their_own_simulation() {
    use ncm::identify::mpnp::between::{interpolated, simulated, simulated_widths};
    // A width that no card was made from.
    let text = "[geometry]\nslit_nm = 2.5\n";
    let config = Config::parse(text, "2.5 nm").expect("a configuration");
    let mut run = ncm::mpnp::run::Run::new(config).expect("a run");
    while run.advance(|_| {}).expect("steps") != ncm::mpnp::run::Stop::Finished {}
    let run = RunData::of_run(&run);
    for law in [MembraneLaw::Linear, MembraneLaw::Sqrt] {
        let card = interpolated(law, 2.5, 6, false, "between", None).expect("a card");
        let i = current(&card.cell, &run).expect("a current");
        let off = deviation(&i, &run).rms;
        println!(
            "2.5 nm, {}: current off by {:.2} %",
            law.name(),
            100.0 * off
        );
        assert!(off < 0.03, "{}: {off}", law.name());
    }
    // And what leaving out one of the others costs.
    let widths: Vec<f64> = simulated_widths().collect();
    for (k, &width) in widths.iter().enumerate().take(widths.len() - 1).skip(1) {
        let law = MembraneLaw::Linear;
        let own = simulated(law, k).expect("a card").cell.positive;
        let card = interpolated(law, width, 6, false, "without", Some(k)).expect("a card");
        let e = card.cell.positive;
        let off = |a: f64, b: f64| 100.0 * (a / b - 1.0);
        let full = |e: &ElectrodeParams| e.r_c * (1.0 - e.gamma);
        println!(
            "{width} nm left out: r_c {:+.2} %, r at q_max {:+.2} %, c_slit {:+.2} %, entry {:+.2} %",
            off(e.r_c, own.r_c),
            off(full(&e), full(&own)),
            off(e.c_slit, own.c_slit),
            off(e.entry, own.entry)
        );
        assert!(off(e.r_c, own.r_c).abs() < 8.0 && off(full(&e), full(&own)).abs() < 8.0);
        assert!(off(e.c_slit, own.c_slit).abs() < 1.0);
    }
    // At a width that was simulated nothing is interpolated.
    let card = interpolated(MembraneLaw::Linear, 3.0, 6, false, "same", None).expect("a card");
    let own = simulated(MembraneLaw::Linear, 2).expect("a card");
    assert!((card.cell.positive.r_c / own.cell.positive.r_c - 1.0).abs() < 1e-12);
    assert!(interpolated(MembraneLaw::Linear, 1.4, 6, false, "out", None).is_err());
}

#[test]
fn membrane_cards_come_from_the_command_line() {
    let desk = Desk::new();
    desk.done("membrane --slit-nm 2.5 --sheets 50 --cell -o thick.toml");
    let card = desk.read("thick.toml");
    assert!(
        card.contains("slits = 49") && card.contains("interpolation"),
        "{card}"
    );
    desk.done("cv thick.toml --rate 1e4 -o cv.csv");
    for words in [
        "membrane --slit-nm 1.2",
        "membrane --slit-nm 9 --sheets 20",
        "membrane --slit-nm 2 --sheets 1",
    ] {
        let said = desk.ncm(words);
        assert_eq!(said.code, 2, "{words}: {}", said.stderr);
        assert!(said.stderr.contains("allowed"), "{}", said.stderr);
    }
}

#[test]
fn the_shipped_membranes_are_what_was_identified() {
    use ncm::card::Card;
    use ncm::identify::mpnp::between::{simulated, simulated_widths};
    use ncm::netlist::{Dialect, Door, subcircuit};
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models/membranes");
    let doors = [
        ("xspice", Door::Xspice),
        ("osdi", Door::Osdi),
        ("plain/ngspice", Door::Plain(Dialect::Ngspice)),
        ("plain/ltspice", Door::Plain(Dialect::Ltspice)),
        ("plain/pspice", Door::Plain(Dialect::Pspice)),
        ("plain/xyce", Door::Plain(Dialect::Xyce)),
    ];
    for (k, width) in simulated_widths().enumerate() {
        for law in [MembraneLaw::Linear, MembraneLaw::Sqrt] {
            let card = simulated(law, k).expect("a card");
            assert!(card.description.contains(&format!("{width:.4} nm")));
            let stem = card.name.rsplit_once('-').expect("a law in the name").0;
            for name in [&card.name, &format!("{stem}-rising")] {
                let card = Card::read(&root.join(format!("{name}.toml")), &[]).expect("a card");
                assert_eq!(name.ends_with("rising"), card.cell.positive.c_rise > 0.0);
                for (folder, door) in doors {
                    let library = root.join(format!("{folder}/{name}.lib"));
                    let text = std::fs::read_to_string(&library)
                        .unwrap_or_else(|e| panic!("{}: {e}", library.display()));
                    let now = subcircuit(&card, door).expect("a netlist");
                    assert!(text == now, "{folder}/{name}: make membranes");
                }
            }
        }
    }
    // Formulas go through every door.
    let text = "format = 1\nname = \"f\"\nkind = \"half-cell\"\n[electrode]\nresistance = \"5 - 1e8*abs(Q)\"\n\
                q_max = 1e-8\nc_slit = 1e-7\nslits = 3\n";
    let card = Card::parse(text, "f.toml").expect("a card");
    for door in Door::ALL {
        subcircuit(&card, door).unwrap_or_else(|e| panic!("{e}"));
    }
}
