//! The circuit beside the ions: NCM and TLM against mPNP.

use super::{HALF, one, time};
use crate::cpu_clock::CpuClock;
use crate::ladder::ElectrodeParams;
use crate::mpnp::config::{Config, Experiment};
use crate::mpnp::observe::Sample;
use crate::paper::bench::{Bench, Finished};
use crate::paper::cases::layers;
use crate::paper::figures::circuit::six_sheets;
use crate::paper::part::line;
use crate::paper::prescribed::{self, Prepared};
use crate::paper::registry::Entry;
use crate::paper::series::{column, half_cell_cv, largest, list, percent, rms_error, slit, times};
use crate::paper::{Drawn, PaperError, Verdict};
use crate::plot::{Axis, Colours, Curve, Figure, Panel, Plate};

pub const CV: Entry = Entry {
    name: "cv-agreement",
    title: "Voltammograms of circuit and ions: six sheets, d = 1.5 nm",
    paper: "4c",
    claim: "NCM and mPNP give the same CV for N = 6, d = 1.5 nm, with gamma = 0.5",
    criterion: "holds if the current of NCM, identified from the run itself, is within 3 % of mPNP's (root mean square over both cycles, over the largest current) and gamma is within 0.1 of 0.5; \
                with limits if either",
    runs: || vec![identified_from(6, 1e4)],
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

pub const PRESCRIBED: Entry = Entry {
    name: "prescribed-charge",
    title: "Charges prepared beforehand, and the self-consistent element",
    paper: "ED11d",
    claim: "R(Q_i(t)) with Q_i(t) prepared from mPNP or from a TLM run gives the CV of the nonlinear circuit",
    criterion: "holds if with charges from mPNP and with charges from TLM the current is within 2 % of that of the self-consistent element (root mean square over the cycle, over the largest current), in both \
                the identified part and the paper's part with gamma = 0.9; with limits if in the identified part",
    runs: || vec![identified_from(6, 1e4)],
    draw: prescribed_charge,
};

pub const CHARGES: Entry = Entry {
    name: "charge-per-slit",
    title: "Charge in each slit over two cycles",
    paper: "ED14",
    claim: "over two cycles the charge in the deep slits is higher with NCM (gamma = 0.9) than with TLM",
    criterion: "holds if in every slit of the deeper half the mean charge over two cycles is higher with NCM than with TLM, with the paper's parameters and 50 layers at both rates; and with the part identified \
                from mPNP NCM's charges of 50 layers are nearer to mPNP's than TLM's",
    runs: || vec![identified_from(6, 2e3), layers(50, 1e4)],
    draw: charges,
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
const RATES: [f64; 2] = [2e3, 1e4];

fn identified_from(sheets: usize, rate: f64) -> Config {
    layers(sheets, rate)
}

/// The drive as a polygon.
fn drive(run: &Finished) -> Vec<(f64, f64)> {
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
fn circuit(
    electrode: &ElectrodeParams,
    run: &Finished,
) -> Result<crate::experiment::Trace, PaperError> {
    let (high, rate, cycles) = program(run);
    let electrode = ElectrodeParams {
        slits: run.slits() as u64,
        sections: 0,
        ..electrode.clone()
    };
    half_cell_cv(&electrode, high, rate, cycles)
}

fn current(samples: &[Sample]) -> Vec<f64> {
    column(samples, |s| s.metal_current)
}

/// Deviation of the circuit's current from the run's.
fn error(trace: &crate::experiment::Trace, run: &Finished) -> f64 {
    rms_error(
        &trace.t_s,
        &trace.i,
        &times(&run.samples),
        &current(&run.samples),
    )
}

fn cv(bench: &Bench) -> Result<Drawn, PaperError> {
    let run = bench.run(&identified_from(6, 1e4))?;
    let part = bench.part(&identified_from(6, 1e4))?;
    let electrode = &part.ncm;
    let (ncm, tlm) = (circuit(electrode, &run)?, circuit(&part.line, &run)?);
    let potential = Axis::new("electrode potential", "V");
    let curves = vec![
        Curve::new(
            "mPNP",
            column(&run.samples, |s| s.phi_m),
            current(&run.samples),
        ),
        Curve::new("NCM", ncm.v.clone(), ncm.i.clone()).dashed(),
        Curve::new("TLM", tlm.v.clone(), tlm.i.clone()).dashed(),
    ];
    let t = times(&run.samples);
    let plate = Plate::new(2)
        .figure(
            one(
                "two cycles, 10 mV/us",
                potential,
                Axis::new("current", "A"),
                curves,
            )
            .panel_height(280),
        )
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
    let part = bench.part(&identified_from(6, 2e3))?;
    let (electrode, line) = (&part.ncm, &part.line);
    let mut plate = Plate::new(2);
    let (mut found, mut near, mut nearer) = (Vec::new(), true, true);
    for n in LAYER_COUNTS {
        for rate in RATES {
            let run = bench.run(&layers(n, rate))?;
            let (ncm, tlm) = (circuit(electrode, &run)?, circuit(line, &run)?);
            plate = plate.figure(
                one(
                    &format!("{n} layers, {} mV/us across the cell", 2.0 * rate * 1e-3),
                    Axis::new("electrode potential", "V"),
                    Axis::new("current", "A"),
                    vec![
                        Curve::new(
                            "mPNP",
                            column(&run.samples, |s| s.phi_m),
                            current(&run.samples),
                        ),
                        Curve::new("NCM", ncm.v.clone(), ncm.i.clone()).dashed(),
                        Curve::new("TLM", tlm.v.clone(), tlm.i.clone()).dashed(),
                    ],
                )
                .panel_height(190),
            );
            let (a, b) = (error(&ncm, &run), error(&tlm, &run));
            near &= a < 0.04;
            nearer &= a < b;
            found.push(format!(
                "{n} layers, {} mV/us: NCM {}, TLM {}",
                2.0 * rate * 1e-3,
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

/// Charges of the slits from a trace of the circuit.
fn charges_of(
    trace: &crate::experiment::Trace,
    electrode: &ElectrodeParams,
    slits: usize,
) -> Prepared {
    Prepared {
        t_s: trace.t_s.clone(),
        q: (0..slits)
            .map(|k| {
                trace
                    .sections
                    .iter()
                    .map(|s| electrode.c_slit * s[k])
                    .collect()
            })
            .collect(),
    }
}

/// Steps of the ladder with prepared charges.
const STEPS: usize = 8000;

fn prescribed_charge(bench: &Bench) -> Result<Drawn, PaperError> {
    let run = bench.run(&identified_from(6, 1e4))?;
    let from_mpnp = Prepared {
        t_s: times(&run.samples),
        q: (1..=run.slits())
            .map(|i| slit(&run.samples, i, |s| -s.charge))
            .collect(),
    };
    let points = drive(&run);
    let mut plate = Plate::new(2);
    let (mut found, mut within) = (Vec::new(), Vec::new());
    let part = bench.part(&identified_from(6, 1e4))?;
    let paper = ElectrodeParams {
        slits: run.slits() as u64,
        ..six_sheets(5.0, 0.9)
    };
    for (title, electrode) in [
        ("identified part", &part.ncm),
        ("the paper's part, gamma = 0.9", &paper),
    ] {
        let own = circuit(electrode, &run)?;
        let line = line(electrode);
        let from_tlm = charges_of(&circuit(&line, &run)?, &line, run.slits());
        let mut curves = vec![Curve::new("self-consistent", own.v.clone(), own.i.clone())];
        for (name, prepared) in [("Q from mPNP", &from_mpnp), ("Q from TLM", &from_tlm)] {
            let course = prescribed::run(electrode, &points, prepared, STEPS)?;
            let e = rms_error(&course.t_s, &course.i, &own.t_s, &own.i);
            found.push(format!("{title}, {name}: {}", percent(e)));
            within.push(e < 0.02);
            curves.push(Curve::new(name, course.v, course.i).dashed());
        }
        plate = plate.figure(
            one(
                title,
                Axis::new("electrode potential", "V"),
                Axis::new("current", "A"),
                curves,
            )
            .panel_height(280),
        );
    }
    let found = format!(
        "deviation from the self-consistent element's current: {}.",
        found.join("; ")
    );
    Ok(Drawn::new(
        plate,
        found,
        Verdict::of(within.iter().all(|&w| w), within[0] && within[1]),
    ))
}

fn charges(bench: &Bench) -> Result<Drawn, PaperError> {
    let slits = if bench.coarse { 3 } else { 49 };
    let mut plate = Plate::new(2);
    let (mut above, mut found) = (true, Vec::new());
    for rate in RATES {
        let mut means: Vec<Vec<f64>> = Vec::new();
        let mut curves = Vec::new();
        for gamma in [0.9, 0.0] {
            let electrode = ElectrodeParams {
                slits: slits as u64,
                ..six_sheets(5.0, gamma)
            };
            let trace = half_cell_cv(&electrode, 0.2, rate, 2)?;
            let q = charges_of(&trace, &electrode, slits).q;
            means.push(
                q.iter()
                    .map(|q| q.iter().sum::<f64>() / q.len() as f64)
                    .collect(),
            );
            for i in [1, 10, 20, 30, 49] {
                if i > slits {
                    continue;
                }
                let curve = Curve::new(format!("slit {i}"), trace.t_s.clone(), q[i - 1].clone());
                curves.push(if gamma > 0.0 { curve } else { curve.dashed() });
            }
        }
        let ratio: Vec<f64> = means[0].iter().zip(&means[1]).map(|(a, b)| a / b).collect();
        let deep = &ratio[slits / 2..];
        above &= deep.iter().all(|&r| r > 1.0);
        found.push(format!(
            "{} mV/us across the cell: mean charge of NCM over that of TLM {:.2} in slit 1, {:.2} in slit {}, {:.2} in slit {slits}",
            2.0 * rate * 1e-3,
            ratio[0],
            deep[0],
            slits / 2 + 1,
            ratio[slits - 1]
        ));
        plate = plate.figure(
            one(
                &format!(
                    "{} mV/us across the cell: NCM, TLM dashed",
                    2.0 * rate * 1e-3
                ),
                time(),
                Axis::new("charge", "C"),
                curves,
            )
            .colours(Colours::Ordered)
            .panel_height(230),
        );
    }
    let part = bench.part(&identified_from(6, 2e3))?;
    let run = bench.run(&layers(50, 1e4))?;
    let t = times(&run.samples);
    let n = run.slits();
    let with = |electrode: &ElectrodeParams| -> Result<Prepared, PaperError> {
        Ok(charges_of(&circuit(electrode, &run)?, electrode, n))
    };
    let (ncm, tlm) = (with(&part.ncm)?, with(&part.line)?);
    let miss = |p: &Prepared| -> f64 {
        let sum: f64 = (1..=n)
            .map(|i| {
                let q = slit(&run.samples, i, |s| -s.charge);
                (rms_error(&p.t_s, &p.q[i - 1], &t, &q) * largest(&q)).powi(2)
            })
            .sum();
        (sum / n as f64).sqrt() / crate::mpnp::analysis::charge_scale(&run.samples)
    };
    let (e_ncm, e_tlm) = (miss(&ncm), miss(&tlm));
    for (name, circuit) in [("NCM", &ncm), ("TLM", &tlm)] {
        let mut curves = Vec::new();
        for i in [1, 10, 20, 30, 49] {
            if i > n {
                continue;
            }
            curves.push(Curve::new(
                format!("slit {i}"),
                t.clone(),
                slit(&run.samples, i, |s| -s.charge),
            ));
            curves.push(
                Curve::new(
                    format!("slit {i}"),
                    circuit.t_s.clone(),
                    circuit.q[i - 1].clone(),
                )
                .dashed(),
            );
        }
        plate = plate.figure(
            one(
                &format!("50 layers, identified part: mPNP, {name} dashed"),
                time(),
                Axis::new("charge", "C"),
                curves,
            )
            .colours(Colours::Ordered)
            .panel_height(230),
        );
    }
    let found = format!(
        "paper's parameters, 50 layers, {}. Against mPNP (50 layers, 20 mV/us across the cell, all slits, root mean square over the largest charge): NCM with the part identified from 6 layers {}, TLM {}.",
        found.join("; "),
        percent(e_ncm),
        percent(e_tlm)
    );
    Ok(Drawn::new(
        plate,
        found,
        Verdict::of(above && e_ncm < e_tlm, above),
    ))
}

fn times_of(bench: &Bench) -> Result<Drawn, PaperError> {
    let part = bench.part(&identified_from(6, 2e3))?;
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
        let speed = format!("{} mV/us", 2.0 * rate * 1e-3);
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
