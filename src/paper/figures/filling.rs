//! The circuit beside the ions: the charges of its slits, prepared beforehand and over two cycles.

use super::agreement::{RATES, circuit, drive, speed, voltammogram};
use super::{one, time};
use crate::experiment::Trace;
use crate::ladder::ElectrodeParams;
use crate::paper::bench::Bench;
use crate::paper::cases::layers;
use crate::paper::figures::circuit::six_sheets;
use crate::paper::part::line;
use crate::paper::prescribed::{self, Prepared};
use crate::paper::registry::Entry;
use crate::paper::series::{half_cell_cv, largest, percent, rms_error, slit, times};
use crate::paper::{Drawn, PaperError, Verdict};
use crate::plot::{Axis, Colours, Curve, Plate};

pub const PRESCRIBED: Entry = Entry {
    name: "prescribed-charge",
    title: "Charges prepared beforehand, and the self-consistent element",
    paper: "ED11d",
    claim: "R(Q_i(t)) with Q_i(t) prepared from mPNP or from a TLM run gives the CV of the nonlinear circuit",
    criterion: "holds if with charges from mPNP and with charges from TLM the current is within 2 % of that of the self-consistent element (root mean square over the cycle, over the largest current), in both \
                the identified part and the paper's part with gamma = 0.9; with limits if in the identified part",
    runs: || vec![layers(6, 1e4)],
    draw: prescribed_charge,
};

pub const CHARGES: Entry = Entry {
    name: "charge-per-slit",
    title: "Charge in each slit over two cycles",
    paper: "ED14",
    claim: "over two cycles the charge in the deep slits is higher with NCM (gamma = 0.9) than with TLM",
    criterion: "holds if in every slit of the deeper half the mean charge over two cycles is higher with NCM than with TLM, with the paper's parameters and 50 layers at both rates; and with the part identified \
                from mPNP NCM's charges of 50 layers are nearer to mPNP's than TLM's",
    runs: || vec![layers(6, 2e3), layers(50, 1e4)],
    draw: charges,
};

/// Charges of the slits from a trace of the circuit.
fn charges_of(trace: &Trace, electrode: &ElectrodeParams, slits: usize) -> Prepared {
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
    let run = bench.run(&layers(6, 1e4))?;
    let from_mpnp = Prepared {
        t_s: times(&run.samples),
        q: (1..=run.slits())
            .map(|i| slit(&run.samples, i, |s| -s.charge))
            .collect(),
    };
    let points = drive(&run);
    let mut plate = Plate::new(2);
    let (mut found, mut within) = (Vec::new(), Vec::new());
    let part = bench.part(&layers(6, 1e4))?;
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
        plate = plate.figure(voltammogram(title, curves).panel_height(280));
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

/// Slits that are drawn, of so many.
fn shown(slits: usize) -> impl Iterator<Item = usize> {
    [1, 10, 20, 30, 49].into_iter().filter(move |i| *i <= slits)
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
            for i in shown(slits) {
                let curve = Curve::new(format!("slit {i}"), trace.t_s.clone(), q[i - 1].clone());
                curves.push(if gamma > 0.0 { curve } else { curve.dashed() });
            }
        }
        let ratio: Vec<f64> = means[0].iter().zip(&means[1]).map(|(a, b)| a / b).collect();
        let deep = &ratio[slits / 2..];
        above &= deep.iter().all(|&r| r > 1.0);
        found.push(format!(
            "{} across the cell: mean charge of NCM over that of TLM {:.2} in slit 1, {:.2} in slit {}, {:.2} in slit {slits}",
            speed(rate),
            ratio[0],
            deep[0],
            slits / 2 + 1,
            ratio[slits - 1]
        ));
        plate = plate.figure(
            one(
                &format!("{} across the cell: NCM, TLM dashed", speed(rate)),
                time(),
                Axis::new("charge", "C"),
                curves,
            )
            .colours(Colours::Ordered)
            .panel_height(230),
        );
    }
    let part = bench.part(&layers(6, 2e3))?;
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
        for i in shown(n) {
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
