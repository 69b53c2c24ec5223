//! What the equation discovery reads out of a run.

use super::{HALF, one, time};
use crate::discover::{Outcome, Problem, Request, Settings, Table, search};
use crate::mpnp::analysis::time_weights;
use crate::paper::bench::{Bench, Finished};
use crate::paper::cases::staggered;
use crate::paper::registry::Entry;
use crate::paper::series::{dphi, largest, percent, ratio, slit, times};
use crate::paper::{Drawn, PaperError, Verdict};
use crate::plot::{Axis, Curve, Figure, Panel, Plate};
use std::sync::atomic::AtomicBool;

pub const LAW: Entry = Entry {
    name: "discovered-law",
    title: "The discovered law over the mPNP data",
    paper: "ED15",
    claim: "the evolutionary algorithm finds dphi = I (R_c + R_d) with R_d linear in Q from the second slit, d = 2 nm, and it lies on the data",
    criterion: "holds if the search chooses I*(a + b*Q) and it misses dphi by less than 3 %; with limits if that law is on the search's front, found by itself, and misses dphi by less than 3 %",
    runs: || vec![staggered(0.36, 2.0)],
    draw,
};

const LINEAR: &str = "I*(a + b*Q)";
const RIVALS: [&str; 3] = ["a*I", LINEAR, "I/sqrt(a + b*Q^2)"];

fn discover(run: &Finished, at: usize, threads: usize) -> Result<Outcome, PaperError> {
    let mut table = Table::new();
    table.add("I", slit(&run.samples, at, |s| s.current.total()))?;
    table.add("Q", slit(&run.samples, at, |s| s.charge))?;
    table.add("dphi", dphi(&run.samples, at))?;
    table.add("weight", time_weights(&run.samples))?;
    let problem = Problem::new(
        &table,
        &Request {
            target: "dphi".into(),
            inputs: vec!["I".into(), "Q".into()],
            weight: Some("weight".into()),
            compare: RIVALS.iter().map(|r| (*r).to_owned()).collect(),
            ..Request::default()
        },
    )?;
    let settings = Settings {
        threads,
        ..Settings::default()
    };
    Ok(search(
        &problem,
        &settings,
        &AtomicBool::new(false),
        &mut |_| {},
    )?)
}

fn draw(bench: &Bench) -> Result<Drawn, PaperError> {
    let run = bench.run(&staggered(0.36, 2.0))?;
    let at = run.slit(2);
    let outcome = discover(&run, at, bench.threads)?;
    let form = |text: &str| outcome.compared.iter().find(|c| c.0 == text).map(|c| &c.1);
    let Some((linear, constants)) = form(LINEAR).and_then(|l| Some((l, l.constants.first()?)))
    else {
        return Err(PaperError::Missing {
            what: format!("fit of {LINEAR}"),
            folder: run.folder.clone(),
        });
    };
    let (a, b) = (constants[0], constants[1]);
    // The same law by whatever name: as exact, and no longer.
    let same = |law: &crate::discover::Law| {
        law.constants.first().is_some_and(|c| c.len() == 2)
            && (law.relative_error / linear.relative_error - 1.0).abs() < 1e-4
    };
    let on_front = outcome.front.iter().any(same);
    let chosen = same(outcome.law());
    let t = times(&run.samples);
    let current = slit(&run.samples, at, |s| s.current.total());
    let charge = slit(&run.samples, at, |s| s.charge);
    let drop = dphi(&run.samples, at);
    let law: Vec<f64> = current
        .iter()
        .zip(&charge)
        .map(|(i, q)| i * (a + b * q))
        .collect();
    let off = |y: &[f64]| -> Vec<f64> { y.iter().zip(&drop).map(|(y, d)| y - d).collect() };
    let size: Vec<f64> = charge.iter().map(|q| q.abs()).collect();
    let most = largest(&charge);
    let plate = Plate::new(2)
        .figure(
            Figure::new(time())
                .title(format!("slit {at}, d = 2 nm"))
                .panel(
                    Panel::new(Axis::new("dphi", "V"))
                        .curve(Curve::new("mPNP", t.clone(), drop.clone()))
                        .curve(Curve::new(LINEAR, t.clone(), law.clone()).dashed())
                        .curve(
                            Curve::new("chosen by length", t.clone(), outcome.fitted.clone())
                                .dashed(),
                        ),
                )
                .panel(
                    Panel::new(Axis::new("law - mPNP", "V"))
                        .curve(Curve::new(LINEAR, t.clone(), off(&law)).dashed())
                        .curve(Curve::new("chosen by length", t, off(&outcome.fitted)).dashed()),
                )
                .width(HALF)
                .panel_height(150),
        )
        .figure(
            one(
                "resistance",
                Axis::new("|Q|", "C"),
                Axis::new("resistance", "ohm"),
                vec![
                    Curve::new("mPNP: dphi/I", size, ratio(&drop, &current)),
                    Curve::new(LINEAR, vec![0.0, most], vec![a, a - b.abs() * most]).dashed(),
                ],
            )
            .panel_height(316),
        );
    let rivals: Vec<String> = outcome
        .compared
        .iter()
        .map(|(text, law)| {
            format!(
                "`{text}` {} (BIC {:+.0} to the chosen)",
                percent(law.relative_error),
                law.bic - outcome.law().bic
            )
        })
        .collect();
    let found = format!(
        "from {} rows the search finds `{LINEAR}`: {}; with R_c = {a:.3} ohm and gamma = {:.3} at the largest charge. It chooses {} (misses dphi by {}, {} constants). Fitted to the same rows: {}. Rows of a \
         simulation are no noise: longer laws without a meaning go on to smaller residuals.",
        outcome.rows,
        if on_front { "yes, on its front" } else { "no" },
        b.abs() * most / a,
        if chosen {
            "this law".to_owned()
        } else {
            format!("`{}`", outcome.text())
        },
        percent(outcome.law().relative_error),
        outcome.law().constants.first().map_or(0, Vec::len),
        rivals.join(", ")
    );
    let fits = linear.relative_error < 0.03;
    Ok(Drawn::new(
        plate,
        found,
        Verdict::of(chosen && fits, on_front && fits),
    ))
}
