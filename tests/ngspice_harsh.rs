//! Rough use in ngspice at its default options: steps and steep edges through both polarities, far
//! beyond the charge at which the bare law would turn negative, down to a floor of 1 microohm; and
//! a commercial part's card in a switching converter.
#![cfg(feature = "cli")]

mod support;

use ncm::card::Card;
use ncm::netlist::{Door, subcircuit};
use ncm::simulator::{Job, Plot, Run};
use std::path::Path;
use support::{code_model, ngspice};

const C_F: f64 = 80e-9;
const SLITS: usize = 6;

/// What ngspice says when it has a hard time.
const TROUBLE: [&str; 6] = [
    "timestep too small",
    "singular",
    "gmin",
    "source stepping",
    "convergence",
    "nan",
];

fn easy(deck: &str, files: &[(&str, &str)]) -> Run {
    let mut job = Job::new(deck).code_model(code_model());
    for (name, text) in files {
        job = job.file(*name, *text);
    }
    let run = ngspice().run(&job).and_then(|run| run.check());
    let run = run.unwrap_or_else(|error| panic!("{error}\n{deck}"));
    let said = run.log().to_ascii_lowercase();
    for words in TROUBLE {
        // The name of an instance or a word of a table never holds these.
        assert!(
            !said.contains(words),
            "\"{words}\" for\n{deck}{}",
            run.log()
        );
    }
    run
}

fn real<'a>(plot: &'a Plot, name: &str) -> &'a [f64] {
    let values = plot.real(name).unwrap_or_else(|error| panic!("{error}"));
    assert!(values.iter().all(|x| x.is_finite()), "{name} is not finite");
    values
}

/// Between `t` and 0, with the charge that it can hold per volt.
fn part(model: &str, parameters: &str) -> (String, f64) {
    match model {
        "ncm_cell" => (
            format!("a1 %gd(t 0) null m\n.model m ncm_cell({parameters} slits={SLITS})\n"),
            0.5 * SLITS as f64 * C_F,
        ),
        // Heated by its own losses through a thermal network.
        "ncm_warm_cell" => (
            format!(
                "a1 %gd(t 0) null %gd(tj 0) m\nrj tj 0 1e3\ncj tj 0 1e-9\n\
                 .model m ncm_warm_cell({parameters} slits={SLITS} rth=1e3 cth=1e-9 rea=1e4)\n"
            ),
            0.5 * SLITS as f64 * C_F,
        ),
        "ncm_electrode" => (
            format!("a1 %gd(t 0) null m\n.model m ncm_electrode({parameters} slits={SLITS})\n"),
            SLITS as f64 * C_F,
        ),
        // A chain of three; the first one's charge is watched.
        "ncm_slit" => (
            format!(
                "a0 %gd(t s1) %vd(s1 0) e\n.model e ncm_resistor({parameters})\n\
                 a1 %gd(s1 s2) %gd(s1 0) m\na2 %gd(s2 s3) %gd(s2 0) m\na3 %gd(s3 s4) %gd(s3 0) m\n\
                 .model m ncm_slit({parameters})\n"
            ),
            C_F,
        ),
        // Q is the charge that has passed.
        _ => (
            format!("a1 %gd(t s1) null m\nc1 s1 0 {C_F:e}\n.model m ncm_resistor({parameters})\n"),
            C_F,
        ),
    }
}

/// From one polarity to the other within 1 ns, and a source that steps at the start.
const SOURCES: [(&str, &str); 3] = [
    (
        "edge of 1 ns",
        "v1 t 0 pwl(0 0 1u 0 1.001u 1 20u 1 20.001u -1 40u -1)",
    ),
    ("pulse without edges", "v1 t 0 pulse(0 1 1u 0 0 20u 100u)"),
    ("on at once", "v1 t 0 1"),
];

/// The charge at 1 V is 5 to 10 times `qmax`, so that the linear law is far below zero there.
fn withstands(model: &str, law: &str, gamma: f64, r_min: f64, source: (&str, &str)) -> usize {
    let (netlist, per_volt) = part(
        model,
        &format!("rc=5 cslit=80n qmax=8n law=\"{law}\" gamma={gamma} rmin={r_min:e}"),
    );
    // Without an operating point the source is a step for the empty part.
    let uic = if source.0 == "on at once" { " uic" } else { "" };
    let here = format!(
        "{model}, {law}, gamma {gamma}, r_min {r_min:e}, {}",
        source.0
    );
    let deck = format!(
        "{here}\n{}\n{netlist}.save i(v1) @a1[reff] @a1[charge]\n.tran 100n 40u{uic}\n.end\n",
        source.1
    );
    let run = easy(&deck, &[]);
    let raw = run.raw().unwrap_or_else(|error| panic!("{error}"));
    let plot = &raw.plots[0];
    let times = real(plot, "time");
    assert!(
        times.last().is_some_and(|t| (t - 40e-6).abs() < 1e-12),
        "{here}: did not reach the end"
    );
    real(plot, "i(v1)");
    let least = real(plot, "@a1[reff]")
        .iter()
        .fold(f64::MAX, |m, r| r.min(m));
    assert!(least > 0.0, "{here}: resistance {least:e}");
    // Resistances and capacitors alone cannot hold more than the source offers. ngspice's own
    // capacitor behind `ncm_resistor` is integrated by the trapezoidal rule, which rings after a
    // corner that is too fast for it: the charge that passes the resistor rings with it.
    let ringing = if model == "ncm_resistor" { 0.25 } else { 5e-3 };
    let most = real(plot, "@a1[charge]")
        .iter()
        .fold(0.0_f64, |m, q| q.abs().max(m));
    assert!(
        most <= (1.0 + ringing) * per_volt,
        "{here}: charge {most:e}"
    );
    times.len()
}

const MODELS: [&str; 5] = [
    "ncm_cell",
    "ncm_warm_cell",
    "ncm_electrode",
    "ncm_slit",
    "ncm_resistor",
];

#[test]
fn every_model_withstands_rough_use() {
    for (k, model) in MODELS.into_iter().enumerate() {
        for (j, law) in ["linear", "sqrt", "signed"].into_iter().enumerate() {
            // Each source and each floor meets each law and each model somewhere.
            withstands(model, law, 0.9, 1e-6, SOURCES[0]);
            withstands(model, law, 1.0, [1e-6, 1e-3, 1.0][j], SOURCES[(k + j) % 3]);
            withstands(model, law, -5.0, 1e-2, SOURCES[(k + j + 1) % 3]);
        }
    }
}

#[test]
#[ignore = "slow: 432 decks"]
fn every_model_withstands_every_rough_use() {
    let (mut decks, mut most) = (0, 0);
    for model in MODELS {
        for law in ["linear", "sqrt", "signed"] {
            for gamma in [1.0, 0.9, -5.0] {
                for r_min in [1e-6, 1e-4, 1e-2, 1.0] {
                    for source in SOURCES {
                        decks += 1;
                        most = most.max(withstands(model, law, gamma, r_min, source));
                    }
                }
            }
        }
    }
    eprintln!("{decks} decks, {most} time points at most");
}

/// A buck converter charges a part of 10 F from 12 V at 100 kHz, and a load draws 1 A in bursts.
const CONVERTER: &str = "\
buck converter into a 10 F cell
.include part.lib
vin in 0 12
s1 in sw gate 0 switch
d1 0 sw diode
l1 sw out 22u ic=0
vsense out cell 0
x1 cell 0 edlc_10f_2v7 ic=2
vgate gate 0 pulse(0 5 0 20n 20n 2u 10u)
s2 cell load burst 0 switch
rload load 0 2
vburst burst 0 pulse(0 5 0.2m 100n 100n 0.3m 1m)
.model switch sw(vt=2.5 vh=0.5 ron=20m roff=1meg)
.model diode d(is=1u n=1.05 rs=10m cjo=200p)
.save v(cell) i(vsense) i(rload) @a.x1.a1[energy] @a.x1.a1[power] @a.x1.a1[charge]
.save i(vsense) v(load)
.tran 100n 2m uic
.end
";

#[test]
fn a_commercial_parts_card_runs_in_a_converter_at_default_options() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/edlc-10f-2v7.toml");
    let card = Card::read(&path, &[]).unwrap_or_else(|error| panic!("{error}"));
    let library = subcircuit(&card, Door::Xspice).unwrap_or_else(|error| panic!("{error}"));
    let run = easy(CONVERTER, &[("part.lib", &library)]);
    let raw = run.raw().unwrap_or_else(|error| panic!("{error}"));
    let plot = &raw.plots[0];
    let times = real(plot, "time");
    assert!(times.last().is_some_and(|t| (t - 2e-3).abs() < 1e-9));

    // Charge and energy into the part, by the trapezoidal rule over ngspice's own points, are what
    // the part says of itself.
    let v = real(plot, "v(cell)");
    let load: Vec<f64> = real(plot, "v(load)").iter().map(|v| v / 2.0).collect();
    let into: Vec<f64> = real(plot, "i(vsense)")
        .iter()
        .zip(&load)
        .map(|(i, l)| i - l)
        .collect();
    let integral = |y: &dyn Fn(usize) -> f64| -> f64 {
        (1..times.len())
            .map(|k| 0.5 * (times[k] - times[k - 1]) * (y(k) + y(k - 1)))
            .sum()
    };
    let change = |name: &str| {
        let values = real(plot, name);
        values[values.len() - 1] - values[0]
    };
    let moved = integral(&|k| into[k].abs());
    let leak = integral(&|k| v[k] / 9e4);
    let charge = integral(&|k| into[k]) - leak;
    let off = (change("@a.x1.a1[charge]") - charge).abs() / moved;
    eprintln!(
        "converter: {} points, charge {off:.1e} of that moved",
        times.len()
    );
    assert!(off < 1e-3, "charge {off:e}");

    let delivered = integral(&|k| v[k] * into[k]);
    let power = real(plot, "@a.x1.a1[power]");
    let heat = integral(&|k| power[k]);
    let off = (change("@a.x1.a1[energy]") + heat - delivered).abs()
        / integral(&|k| (v[k] * into[k]).abs());
    eprintln!("converter: energy {off:.1e} of that moved");
    assert!(off < 1e-3, "energy {off:e}");
    assert!(heat > 0.0 && charge > 0.0);
}
