//! The pictures of `docs/examples.md`, each from runs of its decks.
//!
//! ```text
//! cargo run --release --example gallery [FOLDER [PICTURE ...]]       (FOLDER: docs/img)
//! ```

mod decks;
#[path = "decks/holdup.rs"]
mod holdup;
#[path = "decks/output.rs"]
mod output;
#[path = "decks/regen.rs"]
mod regen;

use decks::{Bench, Result};
use holdup::Holdup;
use ncm::plot::{Axis, Colours, Curve, Figure, Panel};
use regen::Recovery;
use std::path::PathBuf;
use std::process::ExitCode;

type Draw = fn(&Bench) -> Result<Figure>;

const PICTURES: [(&str, Draw); 8] = [
    ("holdup", draw_holdup),
    ("holdup-thick", draw_thick),
    ("regen", draw_regen),
    ("gsm", draw_gsm),
    ("balancing-active", draw_active),
    ("balancing-passive", draw_passive),
    ("half-cell-gamma", draw_half_cell),
    ("full-cell-resistance", draw_full_cell),
];

fn main() -> ExitCode {
    match gallery() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gallery: {error}");
            ExitCode::FAILURE
        }
    }
}

fn gallery() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "docs/img".to_owned()));
    let wanted: Vec<String> = arguments.collect();
    if let Some(unknown) = wanted
        .iter()
        .find(|name| PICTURES.iter().all(|(own, _)| own != name))
    {
        let names: Vec<&str> = PICTURES.iter().map(|(name, _)| *name).collect();
        return Err(format!("no picture {unknown}; there are {}", names.join(", ")).into());
    }
    let bench = Bench::new(decks::root().join("dist/ncm.cm"))?;
    for (name, draw) in PICTURES {
        if wanted.is_empty() || wanted.iter().any(|own| own == name) {
            let path = folder.join(format!("{name}.svg"));
            output::write_figure(&path, &draw(&bench)?)?;
            println!("{}", path.display());
        }
    }
    Ok(())
}

fn draw_holdup(bench: &Bench) -> Result<Figure> {
    let (ideal, ncm) = bench.run_both("holdup/ideal.cir", "holdup/ncm.cir")?;
    for (name, run) in [("ideal", &ideal), ("ncm", &ncm)] {
        let h = Holdup::of(run)?;
        println!(
            "  {name}: hold-up {:.3} s, droop of cell {:.3} V, of bus {:.3} V, delivered {:.2} J, lost {:.2} J, left {:.2} J",
            h.time, h.cell_droop, h.bus_droop, h.delivered, h.lost, h.left
        );
    }
    holdup::figure(&[("ideal C + ESR", &ideal), ("ncm_cell", &ncm)])
}

fn draw_thick(bench: &Bench) -> Result<Figure> {
    let (ideal, thick) = bench.run_both("holdup/ideal.cir", "holdup/thick.cir")?;
    println!(
        "  run time: ideal {:.1} s, 60,000 slits {:.1} s",
        ideal.wall.as_secs_f64(),
        thick.wall.as_secs_f64()
    );
    holdup::figure(&[("ideal C + ESR", &ideal), ("60,000 slits", &thick)])
}

fn draw_regen(bench: &Bench) -> Result<Figure> {
    let (ideal, ncm) = bench.run_both("regen/ideal.cir", "regen/ncm.cir")?;
    for (name, run) in [("ideal", &ideal), ("ncm", &ncm)] {
        let r = Recovery::of(run)?;
        println!(
            "  {name}: stored {:.2} J, returned {:.2} J, lost {:.2} J, bus up to {:.2} V, bank up to {:.2} V",
            r.stored, r.returned, r.lost, r.bus_peak, r.bank_peak
        );
    }
    regen::figure(&[("ideal C + ESR", &ideal), ("ncm_cell", &ncm)])
}

fn draw_gsm(bench: &Bench) -> Result<Figure> {
    let run = bench.run("battery/gsm.cir")?;
    // The last bursts of the train and the recovery after it.
    let (from, to) = (2.08, 2.11);
    let mut voltage = Panel::new(Axis::new("supply", "V"));
    for (label, name) in [
        ("ideal C + ESR", "v(ideal)"),
        ("ncm_cell", "v(ncm)"),
        ("battery alone", "v(alone)"),
    ] {
        let waveform = run.get(name)?;
        let (t, y) = waveform
            .times()
            .iter()
            .zip(waveform.samples())
            .filter(|(t, _)| (from..to).contains(*t))
            .map(|(t, y)| (t - from, y))
            .unzip();
        voltage = voltage.curve(Curve::new(label, t, y));
    }
    Ok(Figure::new(Axis::new("time after 2.08 s", "s")).panel(voltage))
}

/// Voltages of the three cells of the strings `a` and `b`, in two panels.
fn draw_strings(bench: &Bench, deck: &str, captions: [&str; 2], day: f64) -> Result<Figure> {
    let run = bench.run(deck)?;
    let unit = if day > 1.0 { "" } else { "s" };
    let label = if day > 1.0 { "time (days)" } else { "time" };
    let mut figure = Figure::new(Axis::new(label, unit)).panel_height(190);
    for (string, caption) in ["a", "b"].into_iter().zip(captions) {
        let top = run.get(&format!("v({string})"))?;
        let first = run.get(&format!("v({string}1)"))?;
        let second = run.get(&format!("v({string}2)"))?;
        let difference = |x: f64, y: f64| x - y;
        let cells = [
            ("cell 1", top.with(first, difference)),
            ("cell 2", first.with(second, difference)),
            ("cell 3", second.clone()),
        ];
        let mut panel = Panel::new(Axis::new(caption, "V"));
        for (label, cell) in cells {
            let t = cell.times().iter().map(|t| t / day).collect();
            panel = panel.curve(Curve::new(label, t, cell.samples().to_vec()));
        }
        figure = figure.panel(panel);
    }
    Ok(figure)
}

fn draw_active(bench: &Bench) -> Result<Figure> {
    let captions = ["without balancing", "active balancing"];
    draw_strings(bench, "balancing/active.cir", captions, 1.0)
}

fn draw_passive(bench: &Bench) -> Result<Figure> {
    let captions = ["leakage alone", "with 4.7 kohm"];
    draw_strings(bench, "balancing/passive.cir", captions, 86_400.0)
}

/// Current over voltage in the last period of a cyclic voltammogram.
fn draw_cv(bench: &Bench, deck: &str, curves: &[(&str, &str)]) -> Result<Figure> {
    let run = bench.run(deck)?;
    let voltage = run.get("v(vm)")?;
    let mut panel = Panel::new(Axis::new("current", "A"));
    for (label, name) in curves {
        let current = run.get(name)?;
        let last = current.times().partition_point(|t| *t < 80e-6);
        panel = panel.curve(Curve::new(
            *label,
            voltage.samples()[last..].to_vec(),
            current.samples()[last..].to_vec(),
        ));
    }
    Ok(Figure::new(Axis::new("voltage", "V"))
        .panel(panel)
        .panel_height(340)
        .colours(Colours::Ordered))
}

fn draw_half_cell(bench: &Bench) -> Result<Figure> {
    draw_cv(
        bench,
        "paper/half_cell_gamma.cir",
        &[
            ("gamma = -0.9", "i(v_m09)"),
            ("-0.6", "i(v_m06)"),
            ("-0.3", "i(v_m03)"),
            ("0", "i(v_0)"),
            ("0.3", "i(v_p03)"),
            ("0.6", "i(v_p06)"),
            ("0.9", "i(v_p09)"),
        ],
    )
}

fn draw_full_cell(bench: &Bench) -> Result<Figure> {
    draw_cv(
        bench,
        "paper/full_cell_resistance.cir",
        &[
            ("R_c = 1 ohm", "i(v_1)"),
            ("2 ohm", "i(v_2)"),
            ("5 ohm", "i(v_5)"),
            ("10 ohm", "i(v_10)"),
        ],
    )
}
