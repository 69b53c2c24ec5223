//! Beyond the paper: concentration, ion size and voltage window.

use super::{HALF, one};
use crate::mpnp::config::Config;
use crate::paper::bench::Bench;
use crate::paper::cases::{base, concentration, named, set_ions, window};
use crate::paper::registry::Entry;
use crate::paper::series::{dphi, list, percent, ratio, slit};
use crate::paper::{Drawn, PaperError, Verdict};
use crate::plot::{Axis, Colours, Curve, Figure, Panel, Plate};

const MOL_L: [f64; 5] = [0.1, 0.3, 0.5, 1.0, 2.0];
const A_NM: [f64; 5] = [0.25, 0.36, 0.5, 0.58, 0.66];
const HIGH_V: [f64; 6] = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5];

pub const CONCENTRATION: Entry = Entry {
    name: "concentration",
    title: "The law over the concentration",
    paper: "text",
    claim: "gamma rises with concentration",
    criterion: "holds if gamma rises at every step from 0.1 to 2 mol/l",
    runs: || MOL_L.map(concentration).to_vec(),
    draw: |bench| {
        sweep(
            bench,
            &MOL_L.map(concentration),
            &MOL_L,
            &Sweep {
                axis: Axis::new("concentration (mol/l)", ""),
                unit: "mol/l",
                says: "At a higher concentration the charge that a slit takes up at 0.2 V is a smaller part of the salt that is there already",
            },
        )
    },
};

pub const IONS: Entry = Entry {
    name: "ion-size",
    title: "The law over the ions' size",
    paper: "",
    claim: "gamma rises with smaller ions",
    criterion: "holds if gamma falls at every step from 0.25 to 0.66 nm",
    runs: || A_NM.map(ions).to_vec(),
    draw: |bench| {
        let mut drawn = sweep(
            bench,
            &A_NM.map(ions),
            &A_NM,
            &Sweep {
                axis: Axis::new("ion size (nm)", ""),
                unit: "nm",
                says: "The size enters through the steric term alone",
            },
        )?;
        // The claim is the other way round: with smaller ions.
        let gammas = gammas(bench, &A_NM.map(ions))?;
        drawn.verdict = Verdict::of(gammas.windows(2).all(|w| w[1] < w[0]), false);
        Ok(drawn)
    },
};

pub const WINDOW: Entry = Entry {
    name: "window",
    title: "The law over the voltage window",
    paper: "text",
    claim: "gamma rises with the voltage",
    criterion: "holds if gamma rises at every step of the window from 0.05 to 0.5 V",
    runs: || HIGH_V.map(window).to_vec(),
    draw: |bench| {
        sweep(
            bench,
            &HIGH_V.map(window),
            &HIGH_V,
            &Sweep {
                axis: Axis::new("window", "V"),
                unit: "V",
                says: "Gamma counts at the largest charge met, which grows with the window",
            },
        )
    },
};

fn ions(nm: f64) -> Config {
    let mut config = base();
    set_ions(&mut config, nm);
    named(config, format!("a = {nm} nm"))
}

struct Sweep {
    axis: Axis,
    unit: &'static str,
    says: &'static str,
}

fn gammas(bench: &Bench, configs: &[Config]) -> Result<Vec<f64>, PaperError> {
    configs
        .iter()
        .map(|c| Ok(bench.run(c)?.report().mean("gamma")))
        .collect()
}

fn sweep(
    bench: &Bench,
    configs: &[Config],
    values: &[f64],
    about: &Sweep,
) -> Result<Drawn, PaperError> {
    let (mut r_c, mut gamma, mut linear, mut sqrt) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut curves = Vec::new();
    for (config, value) in configs.iter().zip(values) {
        let run = bench.run(config)?;
        let r = run.report();
        r_c.push(r.mean("r_c_ohm"));
        gamma.push(r.mean("gamma"));
        linear.push(r.number("laws/linear_error"));
        sqrt.push(r.number("laws/sqrt_error"));
        let i = run.slit(2);
        let current = slit(&run.samples, i, |s| s.current.total());
        curves.push(Curve::new(
            format!("{value} {}", about.unit),
            slit(&run.samples, i, |s| s.charge.abs()),
            ratio(&dphi(&run.samples, i), &current),
        ));
    }
    let dots = |name: &str, y: &[f64]| Curve::new(name, values.to_vec(), y.to_vec()).dots();
    let plate = Plate::new(2)
        .figure(
            one(
                "slit 2: dphi/I over the charge",
                Axis::new("|Q|", "C"),
                Axis::new("resistance", "ohm"),
                curves,
            )
            .colours(Colours::Ordered)
            .panel_height(352),
        )
        .figure(
            Figure::new(about.axis.clone())
                .title("fits, mean over the slits")
                .panel(Panel::new(Axis::new("R_c", "ohm")).curve(dots("R_c", &r_c)))
                .panel(Panel::new(Axis::new("gamma", "")).curve(dots("gamma", &gamma)))
                .panel(
                    Panel::new(Axis::new("misfit of dphi", ""))
                        .curve(dots("linear law", &linear))
                        .curve(dots("sqrt law", &sqrt)),
                )
                .width(HALF)
                .panel_height(112),
        );
    let found = format!(
        "at {} {}: gamma {}, R_c {} ohm; misfit of the linear law {} %, of the sqrt law {} % (one set of constants for all slits; at the largest value {} and {}). {}.",
        values
            .iter()
            .map(|v| v.to_string())
            .collect::<Vec<_>>()
            .join(", "),
        about.unit,
        list(gamma.iter().copied(), 2),
        list(r_c.iter().copied(), 2),
        list(linear.iter().map(|e| 100.0 * e), 1),
        list(sqrt.iter().map(|e| 100.0 * e), 1),
        percent(linear[linear.len() - 1]),
        percent(sqrt[sqrt.len() - 1]),
        about.says
    );
    let rises = gamma.windows(2).all(|w| w[1] > w[0]);
    Ok(Drawn::new(plate, found, Verdict::of(rises, false)))
}
