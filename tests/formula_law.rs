//! A law given as a formula, from the card to the curve.
#![cfg(feature = "cli")]

mod support;

use ncm::card::Card;
use ncm::experiment::{CvProgram, cv};
use ncm::netlist::{Door, subcircuit};
use ncm::simulator::Job;
use support::{code_model, releases};

fn card(electrode: &str) -> String {
    format!(
        "format = 1\nname = \"formula\"\n[electrode]\n{electrode}\nq_max = 1.6e-8\nc_slit = 8e-8\nslits = 20\n"
    )
}

fn read(text: &str) -> Card {
    Card::parse(text, "test.toml").unwrap_or_else(|error| panic!("{error}"))
}

fn current(card: &Card) -> Vec<f64> {
    cv(&card.cell, &CvProgram::between(-0.4, 0.4, 4e3, 2))
        .unwrap_or_else(|error| panic!("{error}"))
        .i
}

#[test]
fn a_linear_law_as_a_formula_draws_the_curve_of_the_built_in_one() {
    let built_in = current(&read(&card("r_c = 5.0\ngamma = 0.9")));
    let largest = built_in.iter().fold(0.0_f64, |m, i| m.max(i.abs()));
    for formula in [
        "resistance = \"a*(1 - b*abs(Q))\"\nconstants = { a = 5.0, b = 5.625e7 }",
        "resistance = \"5 - 2.8125e8*abs(Q)\"",
    ] {
        let curve = current(&read(&card(formula)));
        let gap = built_in
            .iter()
            .zip(&curve)
            .fold(0.0_f64, |m, (a, b)| m.max((a - b).abs()));
        assert!(gap < 1e-12 * largest, "{formula}: {:e}", gap / largest);
    }
}

#[test]
fn what_is_written_is_read_again() {
    let first = read(&card(
        "resistance = \"a + b*Q^2\"\nconstants = { a = 5.0, b = -1e16 }",
    ));
    let again = read(&first.to_toml());
    assert_eq!(first.cell, again.cell);
    assert_eq!(first.cell.positive.r_c, 5.0);
}

#[test]
fn mistakes_are_told_with_their_line_and_remedy() {
    for (electrode, words) in [
        (
            "resistance = \"5 - x*Q\"",
            "test.toml:4:14: electrode.resistance = \"5 - x*Q\": is no law",
        ),
        (
            "resistance = \"5 - x*Q\"",
            "at character 5, Q, or a value of the constant x",
        ),
        ("resistance = 5", "is not a formula"),
        (
            "resistance = \"5\"\ngamma = 0.5",
            "electrode.gamma = 0.5: has no meaning beside resistance",
        ),
        (
            "resistance = \"5\"\nr_c = 5.0",
            "remove r_c: it is the formula's resistance at Q = 0",
        ),
        (
            "resistance = \"5\"\nconductance = \"5\"",
            "remove conductance, or remove resistance",
        ),
        (
            "resistance = \"a\"\nconstants = 5",
            "is a number, not a table",
        ),
        (
            "resistance = \"a\"\nconstants = { a = \"b\" }",
            "electrode.constants.a",
        ),
        (
            "resistance = \"5 + log(1 - Q/1e-8)\"",
            "finite value wherever |Q| <= q_max",
        ),
    ] {
        let error = Card::parse(&card(electrode), "test.toml")
            .map(|_| ())
            .unwrap_err();
        assert!(error.to_string().contains(words), "{electrode}:\n{error}");
    }
}

#[test]
fn an_electrode_of_its_own_law_leaves_the_shared_formula() {
    let text = "format = 1\nname = \"two\"\n[electrode]\nresistance = \"5 - 1e8*abs(Q)\"\nq_max = 1e-8\n\
        c_slit = 8e-8\nslits = 5\n[negative]\nr_c = 7.0\ngamma = 0.2\n";
    let cell = read(text).cell;
    let negative = cell.negative.expect("two electrodes");
    assert!(cell.positive.expression.is_some() && negative.expression.is_none());
    assert_eq!((negative.r_c, negative.gamma), (7.0, 0.2));
}

#[test]
fn every_ngspice_runs_a_formula_as_it_runs_the_built_in_law() {
    let mut deck = String::from("formulas\n");
    for (name, electrode) in [
        ("own", "r_c = 5.0\ngamma = 0.9"),
        (
            "formula",
            "resistance = \"a*(1 - b*abs(Q))\"\nconstants = { a = 5.0, b = 5.625e7 }",
        ),
        ("donnan", "law = \"sqrt\"\nr_c = 5.0\ngamma = 0.5"),
        (
            "conductance",
            "conductance = \"0.2*sqrt(1 + 3*(Q/1.6e-8)^2)\"",
        ),
    ] {
        let card = read(&card(electrode).replace("\"formula\"", &format!("\"{name}\"")));
        deck += &subcircuit(&card, Door::Xspice).unwrap_or_else(|error| panic!("{error}"));
        deck += &format!("v{name} n{name} 0 sin(0 0.4 100k)\nx{name} n{name} 0 {name}\n");
    }
    deck += ".tran 100n 20u 0 100n\n.end\n";
    for release in releases() {
        let run = release
            .ngspice
            .run(&Job::new(deck.clone()).code_model(code_model()))
            .unwrap_or_else(|error| panic!("{error}"))
            .check()
            .unwrap_or_else(|error| panic!("ngspice {}: {error}", release.name));
        let raw = run.raw().unwrap_or_else(|error| panic!("{error}"));
        let plot = &raw.plots[0];
        let current = |name: &str| {
            plot.real(&format!("i(v{name})"))
                .unwrap_or_else(|e| panic!("{e}"))
        };
        for (own, formula) in [("own", "formula"), ("donnan", "conductance")] {
            let (a, b) = (current(own), current(formula));
            let largest = a.iter().fold(0.0_f64, |m, i| m.max(i.abs()));
            assert!(largest > 1e-3);
            let gap = a
                .iter()
                .zip(b)
                .fold(0.0_f64, |m, (a, b)| m.max((a - b).abs()));
            assert!(
                gap < 1e-12 * largest,
                "ngspice {}, {formula}: {:e}",
                release.name,
                gap / largest
            );
        }
    }
}

/// Formulas with everything they may be made of, and what they are: even ones fold two equal
/// electrodes into one ladder, others do not.
const FORMULAS: [&str; 6] = [
    "resistance = \"a*(1 - b*abs(Q))\"\nconstants = { a = 5.0, b = 5.625e7 }",
    "resistance = \"2 + 3*exp(-abs(Q)/8e-9)\"",
    "conductance = \"0.2*sqrt(1 + 99*(Q/16e-9)^2)\"",
    "resistance = \"5 - 1e8*Q + 2e15*Q^2 + 1e22*Q^3\"",
    "resistance = \"5*(1.5 + tanh(Q/1e-8))^0.7/(1 + 0.1*sin(1e8*Q)) + 0.2*log(2 + cos(2e8*Q))\"",
    "conductance = \"0.3 - 2e7*abs(Q)\"",
];

/// Largest relative error of the admittance against the kernel, at biases within q_max and where several
/// formulas fall below their floor.
fn admittance_error(
    ngspice: &ncm::simulator::Ngspice,
    card: &Card,
    start_up: &str,
    library: &str,
) -> f64 {
    let at = |bias| admittance_error_at(bias, ngspice, card, start_up, library);
    [0.13, 0.5].into_iter().map(at).fold(0.0, f64::max)
}

fn admittance_error_at(
    bias: f64,
    ngspice: &ncm::simulator::Ngspice,
    card: &Card,
    start_up: &str,
    library: &str,
) -> f64 {
    let mut state = ncm::stamp::Stepper::new(&card.cell).unwrap_or_else(|e| panic!("{e}"));
    state.set_voltage(bias).unwrap_or_else(|e| panic!("{e}"));
    let deck = format!(
        "admittance\n.include part.lib\nv1 p 0 dc {bias} ac 1\nx1 p 0 formula\n\
         .ac dec 2 1k 100meg\n.end\n"
    );
    let job = Job::new(deck).start_up(start_up).file("part.lib", library);
    let raw = ngspice
        .run(&job)
        .and_then(|run| run.check()?.raw().cloned())
        .unwrap_or_else(|e| panic!("{e}"));
    let plot = raw.plot("AC").unwrap_or_else(|e| panic!("{e}"));
    let current = plot.complex("i(v1)").unwrap_or_else(|e| panic!("{e}"));
    let frequency = plot.complex("frequency").unwrap_or_else(|e| panic!("{e}"));
    assert!(frequency.len() >= 10);
    frequency.iter().zip(current).fold(0.0, |worst, (f, i)| {
        let expected = state.admittance(std::f64::consts::TAU * f.re);
        // At the floor of a conductance, 3e-10 S, a netlist's 1e12 ohm and the rounding of a matrix in which
        // capacitances conduct 50 S are seen.
        let gap = ((-*i - expected).norm() - 2e-12).max(0.0);
        worst.max(gap / expected.norm())
    })
}

#[test]
fn plain_netlists_of_every_dialect_carry_formulas() {
    use ncm::netlist::Dialect;
    let mut worst = 0.0_f64;
    for formula in FORMULAS {
        for more in ["", "sections = 6\n"] {
            let card = read(&(card(formula) + more));
            for (dialect, mode) in [
                (Dialect::Ngspice, "set num_threads=1"),
                (Dialect::Ltspice, "set ngbehavior=lta"),
                (Dialect::Pspice, "set ngbehavior=psa"),
            ] {
                let text = subcircuit(&card, Door::Plain(dialect)).expect("a form");
                for release in releases() {
                    // The circuit is the same: one release shows that other dialects and formulas are read.
                    let is_first = formula == FORMULAS[0] && dialect == Dialect::Ngspice;
                    if !is_first && release.name != "44.2" {
                        continue;
                    }
                    let error = admittance_error(&release.ngspice, &card, mode, &text);
                    let here = format!("{formula} {more}{} {}", dialect.name(), release.name);
                    assert!(error < 1e-9, "{here}: {error:e}");
                    worst = worst.max(error);
                }
            }
        }
    }
    eprintln!("formulas behind the plain door: admittance within {worst:.1e} of the kernel");
}

#[test]
fn verilog_a_carries_formulas() {
    let Some(openvaf) = support::engines::openvaf() else {
        return;
    };
    let room = tempfile::tempdir().expect("a folder");
    let mut worst = 0.0_f64;
    for formula in FORMULAS {
        let card = read(&card(formula));
        let module = subcircuit(&card, Door::VerilogA).expect("a form");
        let osdi = support::engines::compiled(&openvaf, room.path(), &module, "part");
        let (_, library) = ncm::netlist::companion(&card, Door::VerilogA).expect("a subcircuit");
        for release in releases().iter().filter(|r| r.ngspice.major() >= 44) {
            let load = format!("osdi '{}'", osdi.display());
            let error = admittance_error(&release.ngspice, &card, &load, &library);
            eprintln!("{formula} in {}: {error:e}", release.name);
            assert!(error < 1e-10, "{formula} in {}: {error:e}", release.name);
            worst = worst.max(error);
        }
    }
    eprintln!("formulas in Verilog-A: admittance within {worst:.1e} of the kernel");
}

#[test]
fn listed_sections_with_a_formula_are_refused_where_they_have_no_form() {
    let listed = read(&card(
        "resistance = \"5\"\nsections = [{slits=20, r_c=5, q_max=1.6e-8, c_slit=8e-8}]",
    ));
    for door in [Door::Plain(ncm::netlist::Dialect::Ngspice), Door::VerilogA] {
        let error = subcircuit(&listed, door).expect_err("no form").to_string();
        assert!(error.contains("sections: an explicit list"), "{error}");
        assert!(error.contains("remedy:"), "{error}");
    }
}
