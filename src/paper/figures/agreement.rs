//! The circuit beside the ions: currents of NCM and TLM against those of mPNP, and what both take.

use super::{HALF, one, time};
use crate::cpu_clock::CpuClock;
use crate::experiment::Trace;
use crate::ladder::ElectrodeParams;
use crate::mpnp::config::Experiment;
use crate::mpnp::observe::Sample;
use crate::paper::bench::{Bench, Finished};
use crate::paper::cases::layers;
use crate::paper::registry::Entry;
use crate::paper::series::{column, half_cell_cv, largest, list, percent, rms_error, times};
use crate::paper::{Drawn, PaperError, Verdict};
use crate::plot::{Axis, Curve, Figure, Panel, Plate};

pub const CV: Entry = Entry {
    name: "cv-agreement",
    title: "Voltammograms of circuit and ions: six sheets, d = 1.5 nm",
    paper: "4c",
    claim: "NCM and mPNP give the same CV for N = 6, d = 1.5 nm, with gamma = 0.5",
    criterion: "holds if the current of NCM, identified from the run itself, is within 3 % of mPNP's (root mean square over both cycles, over the largest current) and gamma is within 0.1 of 0.5; \
                with limits if either",
    runs: || vec![layers(6, 1e4)],
    draw: cv,
};

pub const LAYERS: Entry = Entry {
    name: "cv-layers",
    title: "Voltammograms of 6, 10, 20 and 50 layers, NCM and TLM against mPNP",
    paper: "ED12",
    claim: "NCM follows the CV of 6, 10, 20 and 50 layers at 20 and 4 mV/us where TLM does not",
    criterion: "holds if NCM with one part, identified from the run of 6 layers at 2 mV/us on the sheets, is within 4 % of mPNP (root mean square over two cycles, over the largest current) and nearer than \
                TLM in all eight cases; with limits if nearer in all",
    runs: || {
        LAYER_COUNTS
            .iter()
            .flat_map(|&n| RATES.map(|rate| layers(n, rate)))
            .collect()
    },
    draw: cv_layers,
};

pub const TIMES: Entry = Entry {
    name: "times",
    title: "Time for a voltammogram: ions and circuit",
    paper: "text",
    claim: "NCM answers in seconds what mPNP answers in days",
    criterion: "holds if NCM takes less than a second for two cycles at every number of layers and rate, and mPNP more than a day at 50 layers; with limits if NCM is more than 100 times faster everywhere",
    runs: LAYERS.runs,
    draw: times_of,
};

const LAYER_COUNTS: [usize; 4] = [6, 10, 20, 50];
/// Rates on the sheets, volt per second: 4 and 20 mV/us across the cell.
pub(super) const RATES: [f64; 2] = [2e3, 1e4];

/// The drive as a polygon.
pub(super) fn drive(run: &Finished) -> Vec<(f64, f64)> {
    match &run.config.experiment {
        Experiment::Transient(drive) => drive.points().to_vec(),
        Experiment::Impedance { .. } => Vec::new(),
    }
}

/// Upper vertex, rate and cycles of a run.
fn program(run: &Finished) -> (f64, f64, usize) {
    let points = drive(run);
    let high = points[1].1;
    (high, high / points[1].0, (points.len() - 1) / 2)
}

/// The circuit under the drive of a run.
pub(super) fn circuit(electrode: &ElectrodeParams, run: &Finished) -> Result<Trace, PaperError> {
    let (high, rate, cycles) = program(run);
    let electrode = ElectrodeParams {
        slits: run.slits() as u64,
        sections: 0,
        ..electrode.clone()
    };
    half_cell_cv(&electrode, high, rate, cycles)
}

/// A rate on the sheets as one across the cell.
pub(super) fn speed(rate: f64) -> String {
    format!("{} mV/us", 2.0 * rate * 1e-3)
}

/// Currents over the electrode's potential.
pub(super) fn voltammogram(title: &str, curves: Vec<Curve>) -> Figure {
    one(
        title,
        Axis::new("electrode potential", "V"),
        Axis::new("current", "A"),
        curves,
    )
}

/// A run and two circuits under its drive.
fn beside(run: &Finished, ncm: &Trace, tlm: &Trace) -> Vec<Curve> {
    let part =
        |name: &str, trace: &Trace| Curve::new(name, trace.v.clone(), trace.i.clone()).dashed();
    vec![
        Curve::new(
            "mPNP",
            column(&run.samples, |s| s.phi_m),
            current(&run.samples),
        ),
        part("NCM", ncm),
        part("TLM", tlm),
    ]
}

fn current(samples: &[Sample]) -> Vec<f64> {
    column(samples, |s| s.metal_current)
}

/// Deviation of the circuit's current from the run's.
fn error(trace: &Trace, run: &Finished) -> f64 {
    rms_error(
        &trace.t_s,
        &trace.i,
        &times(&run.samples),
        &current(&run.samples),
    )
}

fn cv(bench: &Bench) -> Result<Drawn, PaperError> {
    let run = bench.run(&layers(6, 1e4))?;
    let part = bench.part(&layers(6, 1e4))?;
    let electrode = &part.ncm;
    let (ncm, tlm) = (circuit(electrode, &run)?, circuit(&part.line, &run)?);
    let t = times(&run.samples);
    let plate = Plate::new(2)
        .figure(voltammogram("two cycles, 10 mV/us", beside(&run, &ncm, &tlm)).panel_height(280))
        .figure(
            Figure::new(time())
                .panel(
                    Panel::new(Axis::new("current", "A"))
                        .curve(Curve::new("mPNP", t, current(&run.samples)))
                        .curve(Curve::new("NCM", ncm.t_s.clone(), ncm.i.clone()).dashed())
                        .curve(Curve::new("TLM", tlm.t_s.clone(), tlm.i.clone()).dashed()),
                )
                .title("the same over time")
                .width(HALF)
                .panel_height(280),
        );
    let (e_ncm, e_tlm) = (error(&ncm, &run), error(&tlm, &run));
    let e_sqrt = error(&circuit(&part.sqrt, &run)?, &run);
    let found = format!(
        "the part identified from the run has R_c = {:.2} ohm, gamma = {:.2} at {:.2} nC, C = {:.4} uF, R_open = {:.2} ohm, C_open = {:.1} nF, entry = {:.2}; its current is off mPNP's by {} of the largest (root mean \
         square over both cycles), TLM's with the constant resistance that fits best by {}; with the sqrt law in place of the linear one NCM is off by {}.",
        electrode.r_c,
        electrode.gamma,
        electrode.q_max * 1e9,
        electrode.c_slit * 1e6,
        electrode.r_open,
        electrode.c_open * 1e9,
        electrode.entry,
        percent(e_ncm),
        percent(e_tlm),
        percent(e_sqrt)
    );
    let (near, half) = (e_ncm < 0.03, (electrode.gamma - 0.5).abs() < 0.1);
    Ok(Drawn::new(
        plate,
        found,
        Verdict::of(near && half, near || half),
    ))
}

fn cv_layers(bench: &Bench) -> Result<Drawn, PaperError> {
    let part = bench.part(&layers(6, 2e3))?;
    let (electrode, line) = (&part.ncm, &part.line);
    let mut plate = Plate::new(2);
    let (mut found, mut near, mut nearer) = (Vec::new(), true, true);
    for n in LAYER_COUNTS {
        for rate in RATES {
            let run = bench.run(&layers(n, rate))?;
            let (ncm, tlm) = (circuit(electrode, &run)?, circuit(line, &run)?);
            let title = format!("{n} layers, {} across the cell", speed(rate));
            let curves = beside(&run, &ncm, &tlm);
            plate = plate.figure(voltammogram(&title, curves).panel_height(190));
            let (a, b) = (error(&ncm, &run), error(&tlm, &run));
            near &= a < 0.04;
            nearer &= a < b;
            found.push(format!(
                "{n} layers, {}: NCM {}, TLM {}",
                speed(rate),
                percent(a),
                percent(b)
            ));
        }
    }
    let found = format!(
        "one part (R_c = {:.2} ohm, gamma = {:.2} at {:.2} nC, C = {:.4} uF) for all, and for TLM the constant resistance that fits best; deviation from mPNP's current: {}.",
        electrode.r_c,
        electrode.gamma,
        electrode.q_max * 1e9,
        electrode.c_slit * 1e6,
        found.join("; ")
    );
    Ok(Drawn::new(
        plate,
        found,
        Verdict::of(near && nearer, nearer),
    ))
}

fn times_of(bench: &Bench) -> Result<Drawn, PaperError> {
    let part = bench.part(&layers(6, 2e3))?;
    let sheets: Vec<f64> = LAYER_COUNTS.iter().map(|&n| n as f64).collect();
    let mut panel = Panel::new(Axis::new("processor seconds for two cycles", "").log());
    let (mut found, mut slowest, mut fastest_ions) = (Vec::new(), 0.0f64, f64::INFINITY);
    let mut least = f64::INFINITY;
    for rate in RATES {
        let (mut ions, mut circuits) = (Vec::new(), Vec::new());
        for n in LAYER_COUNTS {
            let run = bench.run(&layers(n, rate))?;
            ions.push(run.report().number("effort/seconds"));
            // The shortest of some: others use the caches too.
            let mut best = f64::INFINITY;
            for _ in 0..5 {
                let clock = CpuClock::start();
                circuit(&part.ncm, &run)?;
                best = best.min(clock.elapsed().as_secs_f64());
            }
            circuits.push(best);
        }
        let ratio: Vec<f64> = ions.iter().zip(&circuits).map(|(a, b)| a / b).collect();
        least = ratio.iter().fold(least, |m, &r| m.min(r));
        slowest = largest(&circuits).max(slowest);
        fastest_ions = fastest_ions.min(ions[ions.len() - 1]);
        let speed = speed(rate);
        found.push(format!(
            "{speed}: mPNP {} s, NCM {} ms, ratio {}",
            list(ions.iter().copied(), 1),
            list(circuits.iter().map(|c| 1e3 * c), 2),
            list(ratio, 0)
        ));
        let curve = |name: &str, y: Vec<f64>| {
            Curve::new(format!("{name}, {speed}"), sheets.clone(), y).dots()
        };
        panel = panel
            .curve(curve("mPNP", ions))
            .curve(curve("NCM", circuits).dashed());
    }
    let figure = Figure::new(Axis::new("layers", ""))
        .panel(panel)
        .panel_height(300);
    let found = format!(
        "two cycles, {} layers, rates across the cell; {}. Processor times. The paper says days or weeks for its mPNP, seconds for its NCM.",
        list(LAYER_COUNTS.map(|n| n as f64), 0),
        found.join("; ")
    );
    Ok(Drawn::new(
        figure,
        found,
        Verdict::of(slowest < 1.0 && fastest_ions > 86_400.0, least > 100.0),
    ))
}
