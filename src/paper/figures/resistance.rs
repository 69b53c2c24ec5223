//! The trans-slit resistance over a cycle, and from slit to slit.

use super::{HALF, one, sizes, time};
use crate::mpnp::analysis::{charge_scale, summarise};
use crate::mpnp::config::Config;
use crate::paper::bench::Bench;
use crate::paper::cases::{IONS_NM, SLITS_NM, base, layers, staggered};
use crate::paper::registry::Entry;
use crate::paper::report::mean;
use crate::paper::series::{dphi, percent, ratio, relative, slit, times};
use crate::paper::{Drawn, PaperError, Verdict};
use crate::plot::{Axis, Colours, Curve, Figure, Panel, Plate};

pub const NO_CONSTANT: Entry = Entry {
    name: "no-constant-resistance",
    title: "Trans-slit voltage and current over time",
    paper: "3a, ED6",
    claim: "dphi_i(t) and I_i(t) do not overlap: no constant resistance",
    criterion: "holds if, with the best constant, dphi = I R misses dphi by more than 5 % and by more than three times what the law \
                R_c (1 - gamma |Q|/Q_max) misses it by (root mean square over the cycle, mean over slits, d = 1.5 and 2 nm)",
    runs: || vec![base(), staggered(0.36, 2.0)],
    draw: no_constant,
};

pub const CYCLE: Entry = Entry {
    name: "resistance-cycle",
    title: "The resistance over a cycle",
    paper: "3b",
    claim: "R_c + R_d falls from R_c to (1 - gamma) R_c while charging and climbs back while discharging",
    criterion: "holds if fits to the charging and to the discharging branch alone both have gamma > 0.05, R_c within 10 % of each other and \
                gamma within 0.1",
    runs: || vec![base()],
    draw: over_cycle,
};

pub const SAME: Entry = Entry {
    name: "same-resistivity",
    title: "The resistance of every slit of a membrane",
    paper: "ED6",
    claim: "every slit of a membrane has the same resistivity",
    criterion: "holds if R_c of every slit is within 5 % of the mean for every d and ion size, six sheets; thicker stacks are shown beside",
    runs: || {
        let mut runs = sizes();
        runs.extend(thick());
        runs
    },
    draw: same,
};

fn thick() -> [Config; 2] {
    [layers(20, 1e4), layers(20, 2e3)]
}

fn no_constant(bench: &Bench) -> Result<Drawn, PaperError> {
    let mut plate = Plate::new(2);
    let (mut holds, mut found) = (true, Vec::new());
    for d in [1.5, 2.0] {
        let run = bench.run(&staggered(0.36, d))?;
        let i = run.slit(2);
        let t = times(&run.samples);
        let current = slit(&run.samples, i, |s| s.current.total());
        plate = plate.figure(one(
            &format!("d = {d} nm, slit {i}"),
            time(),
            Axis::new("over the largest value", ""),
            vec![
                Curve::new("dphi", t.clone(), relative(&dphi(&run.samples, i))),
                Curve::new("I", t, relative(&current)).dashed(),
            ],
        ));
        let fits: Vec<_> = summarise(&run.samples)
            .iter()
            .filter_map(|s| s.resistance)
            .collect();
        let constant = mean(&fits.iter().map(|f| f.constant_error).collect::<Vec<_>>());
        let law = mean(&fits.iter().map(|f| f.error).collect::<Vec<_>>());
        holds &= constant > 0.05 && constant > 3.0 * law;
        found.push(format!(
            "d = {d} nm: a constant resistance misses dphi by {}, the law by {}",
            percent(constant),
            percent(law)
        ));
    }
    for d in [1.5, 2.0] {
        let run = bench.run(&staggered(0.36, d))?;
        let curves = (1..run.slits())
            .map(|i| {
                let current = slit(&run.samples, i, |s| s.current.total());
                Curve::new(format!("slit {i}"), current, dphi(&run.samples, i))
            })
            .collect();
        plate = plate.figure(
            one(
                &format!("d = {d} nm: a constant would be a straight line"),
                Axis::new("current I_i", "A"),
                Axis::new("dphi_i", "V"),
                curves,
            )
            .colours(Colours::Ordered),
        );
    }
    Ok(Drawn::new(
        plate,
        format!("{}.", found.join("; ")),
        Verdict::of(holds, false),
    ))
}

fn over_cycle(bench: &Bench) -> Result<Drawn, PaperError> {
    let run = bench.run(&base())?;
    let scale = charge_scale(&run.samples);
    let summaries = summarise(&run.samples);
    let fits = |of: fn(
        &crate::mpnp::analysis::SlitSummary,
    ) -> Option<crate::mpnp::analysis::ResistanceFit>| {
        let fits: Vec<_> = summaries.iter().filter_map(of).collect();
        (
            mean(&fits.iter().map(|f| f.r_c).collect::<Vec<_>>()),
            mean(&fits.iter().map(|f| f.gamma).collect::<Vec<_>>()),
        )
    };
    let (r_c, gamma) = fits(|s| s.resistance);
    let (r_up, gamma_up) = fits(|s| s.charging);
    let (r_down, gamma_down) = fits(|s| s.discharging);
    let i = run.slit(2);
    let t = times(&run.samples);
    let current = slit(&run.samples, i, |s| s.current.total());
    let charge = slit(&run.samples, i, |s| s.charge);
    let measured = ratio(&dphi(&run.samples, i), &current);
    let law: Vec<f64> = charge
        .iter()
        .map(|q| r_c * (1.0 - gamma * q.abs() / scale))
        .collect();
    let top =
        run.samples.iter().enumerate().fold(
            0,
            |m, (k, s)| {
                if s.phi_m > run.samples[m].phi_m { k } else { m }
            },
        );
    let size: Vec<f64> = charge.iter().map(|q| q.abs()).collect();
    let plate = Plate::new(2)
        .figure(one(
            &format!("slit {i}, d = 1.5 nm"),
            time(),
            Axis::new("resistance", "ohm"),
            vec![
                Curve::new("dphi/I", t.clone(), measured.clone()),
                Curve::new("R_c (1 - gamma |Q|/Q_max)", t, law).dashed(),
            ],
        ))
        .figure(one(
            "the same over the charge",
            Axis::new("|Q|", "C"),
            Axis::new("resistance", "ohm"),
            vec![
                Curve::new("charging", size[..=top].to_vec(), measured[..=top].to_vec()),
                Curve::new(
                    "discharging",
                    size[top..].to_vec(),
                    measured[top..].to_vec(),
                ),
                Curve::new("law", vec![0.0, scale], vec![r_c, r_c * (1.0 - gamma)]).dashed(),
            ],
        ));
    let close = (r_up / r_down - 1.0).abs() < 0.1 && (gamma_up - gamma_down).abs() < 0.1;
    let falls = gamma_up > 0.05 && gamma_down > 0.05;
    let found = format!(
        "whole cycle: R_c = {r_c:.2} ohm, gamma = {gamma:.2}, so R falls to {:.2} ohm; charging branch alone {r_up:.2} ohm and {gamma_up:.2}, discharging branch \
         alone {r_down:.2} ohm and {gamma_down:.2}. dphi/I is left out where I is below 15 % of its largest value.",
        r_c * (1.0 - gamma)
    );
    Ok(Drawn::new(plate, found, Verdict::of(close && falls, falls)))
}

fn same(bench: &Bench) -> Result<Drawn, PaperError> {
    let run = bench.run(&base())?;
    let size = |i: usize| slit(&run.samples, i, |s| s.charge.abs());
    let curves = (1..run.slits())
        .map(|i| {
            let current = slit(&run.samples, i, |s| s.current.total());
            Curve::new(
                format!("slit {i}"),
                size(i),
                ratio(&dphi(&run.samples, i), &current),
            )
        })
        .collect();
    let mut plate = Plate::new(2).figure(
        one(
            "dphi/I of each slit, d = 1.5 nm",
            Axis::new("|Q|", "C"),
            Axis::new("resistance", "ohm"),
            curves,
        )
        .colours(Colours::Ordered),
    );
    let mut worst = 0.0f64;
    let mut panel = Panel::new(Axis::new("R_c over its mean", ""));
    for &a in &IONS_NM {
        for &d in &SLITS_NM {
            let run = bench.run(&staggered(a, d))?;
            let r = run.report().slits("r_c_ohm");
            worst = worst.max(run.report().spread("r_c_ohm"));
            if a < 0.5 {
                let m = mean(&r);
                let x = (1..=r.len()).map(|i| i as f64).collect();
                let y = r.iter().map(|r| r / m).collect();
                panel = panel.curve(Curve::new(format!("d = {d} nm"), x, y).dots());
            }
        }
    }
    plate = plate.figure(
        Figure::new(Axis::new("slit", ""))
            .title("six sheets, a = 0.36 nm")
            .panel(panel)
            .width(HALF)
            .colours(Colours::Ordered),
    );
    let mut beside = Vec::new();
    for config in thick() {
        let run = bench.run(&config)?;
        let r = run.report().slits("r_c_ohm");
        let q = run.report().slits("q_max_C");
        let depth = |v: &[f64]| -> Vec<f64> { (1..=v.len()).map(|i| i as f64).collect() };
        plate = plate.figure(
            Figure::new(Axis::new("slit", ""))
                .title(config.name.clone())
                .panel(
                    Panel::new(Axis::new("R_c", "ohm").range(0.0, 6.0))
                        .curve(Curve::new("", depth(&r), r).dots()),
                )
                .panel(
                    Panel::new(Axis::new("largest |Q|", "C"))
                        .curve(Curve::new("", depth(&q), q).dots()),
                )
                .width(HALF)
                .panel_height(110),
        );
        beside.push(format!(
            "{} with {}",
            percent(run.report().spread("r_c_ohm")),
            config.name
        ));
    }
    let found = format!(
        "R_c ({:.2} ohm at d = 1.5 nm) deviates from the mean over the slits by {} at most, over all d and both ion sizes with six sheets; by {}.",
        run.report().mean("r_c_ohm"),
        percent(worst),
        beside.join(", by ")
    );
    Ok(Drawn::new(
        plate,
        found,
        Verdict::of(worst < 0.05, worst < 0.1),
    ))
}
