//! Beyond the paper: both polarities, where the linear law fails, thick electrodes.

use super::{HALF, one, time};
use crate::mpnp::analysis::{charge_scale, summarise};
use crate::paper::bench::{Bench, Finished};
use crate::paper::cases::{both_polarities, layers, window};
use crate::paper::registry::Entry;
use crate::paper::report::mean;
use crate::paper::series::{column, dphi, list, percent, ratio, slit, times};
use crate::paper::{Drawn, PaperError, Verdict};
use crate::plot::{Axis, Colours, Curve, Figure, Panel, Plate};

pub const POLARITIES: Entry = Entry {
    name: "both-polarities",
    title: "The law through both polarities",
    paper: "",
    claim: "the law is even in Q: the resistance falls with |Q| whichever ions fill the slit",
    criterion: "holds if over a cycle from 0 to 0.2, -0.2 and 0 V the law in |Q| misses dphi by less than half of what the law in Q with its sign misses it by",
    runs: || vec![both_polarities(0.2)],
    draw: polarities,
};

pub const LINEAR_FAILS: Entry = Entry {
    name: "linear-law-fails",
    title: "Where the linear law fails and the sqrt law does not",
    paper: "",
    claim: "R = R_c/sqrt(1 + (Q/Q_0)^2) fits where R = R_c (1 - gamma |Q|/Q_max) does, and where that fails",
    criterion: "holds if for every window from 0.1 to 0.5 V the sqrt law misses dphi by at most 1.2 times the linear law's misfit, and at 0.5 V by less than half of it",
    runs: || FAIL_V.map(window).to_vec(),
    draw: linear_fails,
};

const FAIL_V: [f64; 5] = [0.1, 0.2, 0.3, 0.4, 0.5];

pub const THICK: Entry = Entry {
    name: "thick-electrodes",
    title: "Thick electrodes: slits that fill unequally",
    paper: "",
    claim: "the charge scale is absolute: one law in Q, not in Q over each slit's own largest, holds for slits that fill unequally",
    criterion: "holds if in every run whose least filled slit holds less than 80 % of the charge of the fullest, one Q_max for all slits misses dphi by less than each slit's own; \
                with limits if in every run whose least filled slit holds less than half",
    runs: || thick().to_vec(),
    draw: thick_electrodes,
};

fn thick() -> [crate::mpnp::config::Config; 4] {
    [
        layers(20, 2e3),
        layers(20, 1e4),
        layers(50, 2e3),
        layers(50, 1e4),
    ]
}

fn law(run: &Finished, name: &str) -> f64 {
    run.report().number(&format!("laws/{name}_error"))
}

fn polarities(bench: &Bench) -> Result<Drawn, PaperError> {
    let run = bench.run(&both_polarities(0.2))?;
    let i = run.slit(2);
    let t = times(&run.samples);
    let current = slit(&run.samples, i, |s| s.current.total());
    let charge = slit(&run.samples, i, |s| s.charge);
    let fit = summarise(&run.samples)[i - 1].resistance;
    let (r_c, gamma) = fit.map_or((f64::NAN, f64::NAN), |f| (f.r_c, f.gamma));
    let scale = charge_scale(&run.samples);
    let resistance = |q: &f64| r_c * (1.0 - gamma * q.abs() / scale);
    let voltage = current
        .iter()
        .zip(&charge)
        .map(|(i, q)| i * resistance(q))
        .collect();
    let drop = dphi(&run.samples, i);
    let mut by_charge: Vec<f64> = charge.clone();
    by_charge.sort_by(f64::total_cmp);
    let plate = Plate::new(2)
        .figure(one(
            &format!("slit {i}"),
            time(),
            Axis::new("dphi", "V"),
            vec![
                Curve::new("mPNP", t.clone(), drop.clone()),
                Curve::new("I R(|Q|)", t, voltage).dashed(),
            ],
        ))
        .figure(one(
            "resistance over the net charge",
            Axis::new("Q", "C"),
            Axis::new("resistance", "ohm"),
            vec![
                Curve::new("dphi/I", charge, ratio(&drop, &current)),
                Curve::new(
                    "law in |Q|",
                    by_charge.clone(),
                    by_charge.iter().map(resistance).collect(),
                )
                .dashed(),
            ],
        ));
    let (even, signed, constant) = (
        law(&run, "linear"),
        law(&run, "signed"),
        law(&run, "constant"),
    );
    let found = format!(
        "0 to 0.2 to -0.2 to 0 V, all slits with one set of constants: the law in |Q| misses dphi by {}, in Q with its sign by {}, a constant by {}; slit {i}: R_c = {r_c:.2} ohm, gamma = {gamma:.2}.",
        percent(even),
        percent(signed),
        percent(constant)
    );
    Ok(Drawn::new(
        plate,
        found,
        Verdict::of(even < 0.5 * signed, even < signed),
    ))
}

fn linear_fails(bench: &Bench) -> Result<Drawn, PaperError> {
    let (mut linear, mut sqrt, mut charge_ratio) = (Vec::new(), Vec::new(), Vec::new());
    for high in FAIL_V {
        let run = bench.run(&window(high))?;
        linear.push(law(&run, "linear"));
        sqrt.push(law(&run, "sqrt"));
        charge_ratio.push(charge_scale(&run.samples) / run.report().number("laws/sqrt_q_0_C"));
    }
    let run = bench.run(&window(FAIL_V[FAIL_V.len() - 1]))?;
    let i = run.slit(2);
    let current = slit(&run.samples, i, |s| s.current.total());
    let charge = slit(&run.samples, i, |s| s.charge.abs());
    let drop = dphi(&run.samples, i);
    let fit = summarise(&run.samples)[i - 1].resistance;
    let (r_c, gamma) = fit.map_or((f64::NAN, f64::NAN), |f| (f.r_c, f.gamma));
    let scale = charge_scale(&run.samples);
    let q_0 = run.report().number("laws/sqrt_q_0_C");
    let shape = |q: f64| 1.0 / (1.0 + (q / q_0).powi(2)).sqrt();
    // R_c of the sqrt law by least squares, with the weights of time.
    let weights = crate::mpnp::analysis::time_weights(&run.samples);
    let (mut xy, mut xx) = (0.0, 0.0);
    for k in 0..drop.len() {
        let x = current[k] * shape(charge[k]);
        xy += weights[k] * x * drop[k];
        xx += weights[k] * x * x;
    }
    let r_sqrt = xy / xx;
    let axis: Vec<f64> = (0..=100).map(|k| scale * f64::from(k) / 100.0).collect();
    let plate = Plate::new(2)
        .figure(one(
            &format!("slit {i}, 0 to {} V", FAIL_V[FAIL_V.len() - 1]),
            Axis::new("|Q|", "C"),
            Axis::new("resistance", "ohm"),
            vec![
                Curve::new("dphi/I", charge, ratio(&drop, &current)),
                Curve::new(
                    "linear",
                    axis.clone(),
                    axis.iter()
                        .map(|q| r_c * (1.0 - gamma * q / scale))
                        .collect(),
                )
                .dashed(),
                Curve::new(
                    "sqrt",
                    axis.clone(),
                    axis.iter().map(|&q| r_sqrt * shape(q)).collect(),
                )
                .dashed(),
            ],
        ))
        .figure(one(
            "misfit of dphi, all slits",
            Axis::new("window", "V"),
            Axis::new("misfit", ""),
            vec![
                Curve::new("linear law", FAIL_V.to_vec(), linear.clone()).dots(),
                Curve::new("sqrt law", FAIL_V.to_vec(), sqrt.clone()).dots(),
            ],
        ));
    let found = format!(
        "windows of {} V: the linear law misses dphi by {} %, the sqrt law by {} %; the largest |Q| is {} times Q_0. At {} V the linear law goes through zero at |Q| = {:.2} of the largest charge \
         met; beyond it the bare formula would be an active element.",
        list(FAIL_V, 1),
        list(linear.iter().map(|e| 100.0 * e), 1),
        list(sqrt.iter().map(|e| 100.0 * e), 1),
        list(charge_ratio.iter().copied(), 2),
        FAIL_V[FAIL_V.len() - 1],
        1.0 / gamma
    );
    let fits = linear.iter().zip(&sqrt).all(|(l, s)| *s <= 1.2 * l);
    let last = linear.len() - 1;
    let better = sqrt[last] < 0.5 * linear[last];
    Ok(Drawn::new(
        plate,
        found,
        Verdict::of(fits && better, better),
    ))
}

fn thick_electrodes(bench: &Bench) -> Result<Drawn, PaperError> {
    let mut plate = Plate::new(2);
    let (mut found, mut judged, mut holds, mut half) = (Vec::new(), 0, true, true);
    let mut largest = Panel::new(Axis::new("largest |Q|", "C"));
    for config in thick() {
        let run = bench.run(&config)?;
        let q = run.report().slits("q_max_C");
        let least = q.iter().fold(f64::INFINITY, |m, &x| m.min(x)) / charge_scale(&run.samples);
        let (one_scale, own) = (law(&run, "linear"), law(&run, "linear_own_scale"));
        if least < 0.8 {
            judged += 1;
            holds &= one_scale < own;
            half &= least >= 0.5 || one_scale < own;
        }
        let gamma = run.report().slits("gamma");
        found.push(format!(
            "{}: the least filled slit reaches {} of the fullest; one Q_max {}, own Q_max {}, sqrt law {}; gamma of single slits {:.2} to {:.2} (mean {:.2})",
            config.name,
            percent(least),
            percent(one_scale),
            percent(own),
            percent(law(&run, "sqrt")),
            gamma.iter().fold(f64::INFINITY, |m, &x| m.min(x)),
            gamma.iter().fold(f64::NEG_INFINITY, |m, &x| m.max(x)),
            mean(&gamma)
        ));
        let x = (1..=q.len()).map(|i| i as f64).collect();
        largest = largest.curve(Curve::new(&*config.name, x, q));
    }
    let run = bench.run(&layers(50, 1e4))?;
    let t = times(&run.samples);
    let curves = [1, 5, 10, 20, 30, 49]
        .iter()
        .filter(|&&i| i <= run.slits())
        .map(|&i| {
            Curve::new(
                format!("slit {i}"),
                t.clone(),
                column(&run.samples, |s| s.slits[i - 1].charge.abs()),
            )
        })
        .collect();
    plate = plate
        .figure(
            one(
                "50 sheets, 10 mV/us, two cycles",
                time(),
                Axis::new("|Q|", "C"),
                curves,
            )
            .colours(Colours::Ordered)
            .panel_height(260),
        )
        .figure(
            Figure::new(Axis::new("slit", ""))
                .title("how far slits fill")
                .panel(largest)
                .width(HALF)
                .panel_height(260),
        );
    let found = format!("misfit of dphi over all slits: {}.", found.join("; "));
    Ok(Drawn::new(
        plate,
        found,
        Verdict::of(holds && judged > 0, half && judged > 0),
    ))
}
