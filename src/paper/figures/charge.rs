//! Charges of the slits: what they say of resistances, currents and capacitances.

use super::{HALF, one, sizes, slits, slits_m, time, width_axis};
use crate::mpnp::analysis::{charge_scale, summarise};
use crate::paper::bench::Bench;
use crate::paper::cases::{IONS_NM, SLITS_NM, base, layers, staggered};
use crate::paper::registry::Entry;
use crate::paper::report::mean;
use crate::paper::series::{column, dphi, list, percent, slit, times};
use crate::paper::{Drawn, PaperError, Verdict};
use crate::plot::{Axis, Colours, Curve, Figure, Panel, Plate};

pub const RESISTANCE: Entry = Entry {
    name: "charge-and-resistance",
    title: "Net charge of a slit and the resistance from it",
    paper: "ED7",
    claim: "the resistance from the net charge of the slit agrees with dphi/I",
    criterion: "holds if I R(|Q|) misses dphi by less than 5 % in every slit at d = 1.5 and 2 nm (root mean square over the cycle)",
    runs: || vec![base(), staggered(0.36, 2.0)],
    draw: resistance,
};

pub const FRACTIONS: Entry = Entry {
    name: "fractions",
    title: "Shares of current and charge from slit to slit",
    paper: "ED8",
    claim: "the trans-slit currents share the slits behind them, while charges are nearly equal",
    criterion: "holds if with six sheets every slit's largest |Q| is within 10 % of the mean and I_max of slit i within 10 % of I_max of slit 1 times \
                the share (N-1-i)/(N-2) of slits behind it; with limits if either",
    runs: || vec![base(), layers(20, 1e4), layers(20, 2e3)],
    draw: fractions,
};

pub const DIFFERENCE: Entry = Entry {
    name: "charge-difference",
    title: "Trans-slit voltage and difference of net charge",
    paper: "ED5",
    claim: "dphi_i and the difference of the net charges of the two slits are proportional during the cycle",
    criterion: "holds if dphi = (Q_i+1 - Q_i)/C misses dphi by less than 10 % for every d and ion size (mean over slits); with limits if up to d = 2 nm",
    runs: sizes,
    draw: difference,
};

pub const CAPACITANCE: Entry = Entry {
    name: "slit-capacitance",
    title: "The capacitance of a slit",
    paper: "ED11a, ED11b",
    claim: "C_slit is constant in space and time for d > 1 nm",
    criterion: "holds if C_slit = -Q/(phi_m - phi) deviates from its mean by less than 5 % over time in any slit, and from slit to slit, for every d > 1 nm \
                and both ion sizes",
    runs: sizes,
    draw: capacitance,
};

fn resistance(bench: &Bench) -> Result<Drawn, PaperError> {
    let mut plate = Plate::new(2);
    let (mut worst, mut found) = (0.0f64, Vec::new());
    for d in [1.5, 2.0] {
        let run = bench.run(&staggered(0.36, d))?;
        let t = times(&run.samples);
        let scale = charge_scale(&run.samples);
        let mut charges = Panel::new(Axis::new("|Q|", "C"));
        let mut drops = Panel::new(Axis::new("dphi", "V"));
        let mut misses = Vec::new();
        for s in summarise(&run.samples) {
            let Some(fit) = s.resistance else { continue };
            misses.push(fit.error);
            let i = s.slit;
            let charge = slit(&run.samples, i, |s| s.charge.abs());
            charges = charges.curve(Curve::new(format!("slit {i}"), t.clone(), charge.clone()));
            let current = slit(&run.samples, i, |s| s.current.total());
            let law = current
                .iter()
                .zip(&charge)
                .map(|(i, q)| i * fit.r_c * (1.0 - fit.gamma * q / scale))
                .collect();
            drops = drops
                .curve(Curve::new(
                    format!("slit {i}"),
                    t.clone(),
                    dphi(&run.samples, i),
                ))
                .curve(Curve::new("I R(|Q|)", t.clone(), law).dashed());
        }
        let largest = misses.iter().fold(0.0f64, |m, &x| m.max(x));
        worst = worst.max(largest);
        found.push(format!(
            "d = {d} nm: I R(|Q|) misses dphi by {} % in slits 1 to {}",
            list(misses.iter().map(|m| 100.0 * m), 1),
            misses.len()
        ));
        plate = plate.figure(
            Figure::new(time())
                .title(format!("d = {d} nm"))
                .panel(charges)
                .panel(drops)
                .width(HALF)
                .panel_height(170),
        );
    }
    Ok(Drawn::new(
        plate,
        format!("{}.", found.join("; ")),
        Verdict::of(worst < 0.05, worst < 0.1),
    ))
}

fn fractions(bench: &Bench) -> Result<Drawn, PaperError> {
    let mut current = Panel::new(Axis::new("I_max over slit 1", "").range(0.0, 1.05));
    let mut charge = Panel::new(Axis::new("|Q|_max over slit 1", "").range(0.0, 1.05));
    let mut found = Vec::new();
    let (mut equal, mut shared) = (false, false);
    for (k, config) in (FRACTIONS.runs)().into_iter().enumerate() {
        let run = bench.run(&config)?;
        let name = if k == 0 {
            "6 sheets, 10 mV/us".to_owned()
        } else {
            config.name.clone()
        };
        let q = run.report().slits("q_max_C");
        let mut i = run.report().slits("i_max_A");
        // No sheet is behind the last slit.
        i.pop();
        let depth = |n: usize| -> Vec<f64> { (1..=n).map(|i| i as f64).collect() };
        let over_first = |v: &[f64]| -> Vec<f64> { v.iter().map(|x| x / v[0]).collect() };
        let share = |s: usize| (q.len() - s) as f64 / (q.len() - 1) as f64;
        let off = over_first(&i)
            .iter()
            .enumerate()
            .fold(0.0f64, |m, (s, x)| m.max((x / share(s + 1) - 1.0).abs()));
        let m = mean(&q);
        let spread = q.iter().fold(0.0f64, |s, x| s.max((x / m - 1.0).abs()));
        if k == 0 {
            (equal, shared) = (spread < 0.1, off < 0.1);
        }
        let sum = |v: &[f64]| v.iter().sum::<f64>();
        let shares = if q.len() <= 6 {
            format!(
                " (shares of the sums, in per cent: I {}; Q {})",
                list(i.iter().map(|x| 100.0 * x / sum(&i)), 0),
                list(q.iter().map(|x| 100.0 * x / sum(&q)), 0)
            )
        } else {
            String::new()
        };
        found.push(format!(
            "{name}: |Q| deviates from its mean by {} at most, I from the share of slits behind by {}{shares}",
            percent(spread),
            percent(off)
        ));
        current = current.curve(Curve::new(&*name, depth(i.len()), over_first(&i)).dots());
        charge = charge.curve(Curve::new(&*name, depth(q.len()), over_first(&q)).dots());
    }
    let figure = Figure::new(Axis::new("slit", ""))
        .panel(current)
        .panel(charge)
        .panel_height(180);
    Ok(Drawn::new(
        figure,
        format!("{}.", found.join("; ")),
        Verdict::of(equal && shared, equal || shared),
    ))
}

fn difference(bench: &Bench) -> Result<Drawn, PaperError> {
    let mut plate = Plate::new(2);
    for d in [1.5, 5.0] {
        let run = bench.run(&staggered(0.36, d))?;
        let i = run.slit(2);
        let c = run.report().slits("c_difference_F")[i - 1];
        let t = times(&run.samples);
        let rise = column(&run.samples, |s| {
            (s.slits[i].charge - s.slits[i - 1].charge) / c
        });
        plate = plate.figure(one(
            &format!("d = {d} nm, slits {i} and {}", i + 1),
            time(),
            Axis::new("voltage", "V"),
            vec![
                Curve::new("dphi", t.clone(), dphi(&run.samples, i)),
                Curve::new("difference of Q over C", t, rise).dashed(),
            ],
        ));
    }
    let mut misfit = Panel::new(Axis::new("misfit", "").range(0.0, 0.2));
    let mut factor = Panel::new(Axis::new("C over C_slit", "").range(0.9, 1.1));
    let (mut narrow, mut wide, mut found) = (0.0f64, 0.0f64, Vec::new());
    for &a in &IONS_NM {
        let (mut errors, mut factors) = (Vec::new(), Vec::new());
        for &d in &SLITS_NM {
            let run = bench.run(&staggered(a, d))?;
            let error = run.report().mean("c_difference_error");
            factors.push(run.report().mean("c_difference_F") / run.report().mean("c_slit_F"));
            wide = wide.max(error);
            if d <= 2.0 {
                narrow = narrow.max(error);
            }
            errors.push(error);
        }
        found.push(format!(
            "{} % (a = {a} nm)",
            list(errors.iter().map(|e| 100.0 * e), 1)
        ));
        let name = format!("a = {a} nm");
        misfit = misfit.curve(Curve::new(&*name, slits_m(), errors).dots());
        factor = factor.curve(Curve::new(name, slits_m(), factors).dots());
    }
    let plate = plate.figure(
        Figure::new(width_axis())
            .panel(misfit)
            .panel(factor)
            .width(HALF)
            .panel_height(130),
    );
    let found = format!(
        "misfit at d = {} nm: {}. dphi and the charges follow each other with a lag that grows with d, where dphi is small.",
        list(SLITS_NM, 1),
        found.join("; ")
    );
    Ok(Drawn::new(
        plate,
        found,
        Verdict::of(wide < 0.1, narrow < 0.1),
    ))
}

fn capacitance(bench: &Bench) -> Result<Drawn, PaperError> {
    let mut over_time = Vec::new();
    for config in slits() {
        let run = bench.run(&config)?;
        let i = run.slit(2);
        let across = column(&run.samples, |s| s.phi_m - s.slits[i - 1].phi);
        let high = across.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        let c = run
            .samples
            .iter()
            .zip(&across)
            .map(|(s, &v)| {
                if v.abs() > 0.1 * high {
                    -s.slits[i - 1].charge / v
                } else {
                    f64::NAN
                }
            })
            .collect();
        over_time.push(Curve::new(
            format!("d = {:.1} nm", config.geometry.slit_width * 1e9),
            times(&run.samples),
            c,
        ));
    }
    let mut mean_c = Panel::new(Axis::new("capacitance", "F").range(0.0, 1.2e-7));
    let mut variation = Panel::new(Axis::new("variation", "").range(0.0, 0.05));
    let (mut time_worst, mut slit_worst, mut at_one) = (0.0f64, 0.0f64, 0.0f64);
    for &a in &IONS_NM {
        let (mut c, mut c_eff, mut varies) = (Vec::new(), Vec::new(), Vec::new());
        for &d in &SLITS_NM {
            let run = bench.run(&staggered(a, d))?;
            let r = run.report();
            c.push(r.mean("c_slit_F"));
            c_eff.push(r.mean("c_eff_F"));
            let v = r.largest("c_slit_variation");
            varies.push(v);
            if d > 1.0 {
                time_worst = time_worst.max(v);
                slit_worst = slit_worst.max(r.spread("c_slit_F"));
            } else {
                at_one = at_one.max(v);
            }
        }
        mean_c = mean_c
            .curve(Curve::new(format!("C_slit, a = {a} nm"), slits_m(), c).dots())
            .curve(
                Curve::new(
                    format!("-Q/phi_m at the peak, a = {a} nm"),
                    slits_m(),
                    c_eff,
                )
                .dots()
                .dashed(),
            );
        variation =
            variation.curve(Curve::new(format!("C_slit, a = {a} nm"), slits_m(), varies).dots());
    }
    let plate = Plate::new(2)
        .figure(
            one(
                "slit 2 over time",
                time(),
                Axis::new("-Q/(phi_m - phi)", "F").range(6e-8, 1.2e-7),
                over_time,
            )
            .colours(Colours::Ordered)
            .panel_height(276),
        )
        .figure(
            Figure::new(width_axis())
                .title("mean over the slits, and over time")
                .panel(mean_c)
                .panel(variation)
                .width(HALF)
                .panel_height(130),
        );
    let base = bench.run(&base())?;
    let found = format!(
        "C_slit deviates from its mean by {} at most over time and {} from slit to slit for d > 1 nm, by {} over time at d = 1 nm. At d = 1.5 nm it is {:.4} uF; the charge stored per \
         volt of the electrode at the peak is {:.2} of that, for the slit's middle does not stay at 0 where double layers overlap.",
        percent(time_worst),
        percent(slit_worst),
        percent(at_one),
        base.report().mean("c_slit_F") * 1e6,
        base.report().mean("c_eff_F") / base.report().mean("c_slit_F")
    );
    let holds = time_worst < 0.05 && slit_worst < 0.05;
    Ok(Drawn::new(plate, found, Verdict::of(holds, false)))
}
