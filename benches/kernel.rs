//! Speed of the kernel: the law, one trial step, a stand-alone CV; with the effort that it took.
//!
//! `cargo bench --bench kernel`
//!
//! Times are those of the fastest of many short runs on one thread.

mod support;

use std::hint::black_box;

use ncm::cell::{Cell, CellParams};
use ncm::experiment::{CvProgram, cv};
use ncm::ladder::ElectrodeParams;
use ncm::law::{Expression, Law, LawKind, Quantity};
use ncm::stamp::Stepper;
use support::best_of;

/// Sweep rate at which fifty slits charge far from evenly: RC = 0.4 us each, 0.1 ms per sweep, 1 ms
/// for the whole stack.
const RATE: f64 = 4e3;

fn electrode(law: LawKind, gamma: f64, slits: u64) -> ElectrodeParams {
    ElectrodeParams {
        law,
        gamma,
        q_max: 16e-9,
        sections: slits,
        ..ElectrodeParams::new(5.0, 0.08e-6, slits)
    }
}

fn law() -> Result<(), Box<dyn std::error::Error>> {
    println!("Law, one evaluation of R and dR/dQ (called one by one)\n");
    println!("| law | ns |\n|---|---|");
    for kind in LawKind::ALL {
        let law = Law::new(&electrode(kind, 0.9, 1).law_params())?;
        let seconds = best_of(300, || {
            for k in 0..1000 {
                black_box(law.eval(black_box(1e-11 * f64::from(k))));
            }
        });
        println!("| {} | {:.1} |", kind.name(), seconds * 1e6);
    }
    println!();
    Ok(())
}

fn steps() -> Result<(), Box<dyn std::error::Error>> {
    println!("Trial step of a symmetric cell (one ladder stands for both electrodes)\n");
    println!("| slits | gamma | Newton iterations | us per step | ns per node and iteration |");
    println!("|---|---|---|---|---|");
    for slits in [1, 6, 20, 50, 200, 2000] {
        for gamma in [0.0, 0.5, 0.9] {
            let params = CellParams::symmetric(electrode(LawKind::Linear, gamma, slits));
            let mut cell = Stepper::new(&params)?;
            for k in 1..=200 {
                cell.try_voltage(1e-7, 1e-3 * f64::from(k))?;
                cell.accept();
            }
            // The same step over and over: tried, not accepted.
            let repeats = (10_000 / slits).clamp(5, 500);
            let before = cell.iterations();
            let mut failed = false;
            let seconds = best_of(1000, || {
                for _ in 0..repeats {
                    failed |= cell.try_voltage(1e-7, 0.2002).is_err();
                    cell.reject();
                }
            }) / repeats as f64;
            assert!(!failed, "a step did not converge");
            let iterations = (cell.iterations() - before) as f64 / (1000 * repeats) as f64;
            println!(
                "| {slits} | {gamma} | {iterations:.1} | {:.3} | {:.1} |",
                seconds * 1e6,
                seconds * 1e9 / iterations / slits as f64
            );
        }
    }
    println!();
    Ok(())
}

/// Laws that a card writes out, beside the built-in ones they are equal to.
fn formulas() -> Result<(), Box<dyn std::error::Error>> {
    println!("Trial step with a law given as a formula, 200 slits\n");
    println!("| law | us per step | against the built-in law |\n|---|---|---|");
    let formula = |quantity, text: &str| -> Result<_, Box<dyn std::error::Error>> {
        let expression = Expression::new(quantity, text, &[])?;
        Ok(electrode(LawKind::Linear, 0.0, 200).with_expression(expression))
    };
    let (linear, sqrt) = (
        electrode(LawKind::Linear, 0.9, 200),
        electrode(LawKind::Sqrt, 0.9, 200),
    );
    let rows = [
        ("linear", linear, 0),
        (
            "5*(1 - 0.9*abs(Q)/16e-9)",
            formula(Quantity::Resistance, "5*(1 - 0.9*abs(Q)/16e-9)")?,
            0,
        ),
        ("sqrt", sqrt, 2),
        (
            "0.2*sqrt(1 + 99*(Q/16e-9)^2), conductance",
            formula(Quantity::Conductance, "0.2*sqrt(1 + 99*(Q/16e-9)^2)")?,
            2,
        ),
        (
            "2 + 3*exp(-abs(Q)/8e-9)",
            formula(Quantity::Resistance, "2 + 3*exp(-abs(Q)/8e-9)")?,
            0,
        ),
    ];
    let mut cells = Vec::new();
    for (_, electrode, _) in &rows {
        let mut cell = Stepper::new(&CellParams::symmetric(electrode.clone()))?;
        for k in 1..=200 {
            cell.try_voltage(1e-7, 1e-3 * f64::from(k))?;
            cell.accept();
        }
        cells.push(cell);
    }
    let mut best = vec![f64::INFINITY; rows.len()];
    // In turns, so that others on the machine disturb all alike.
    for _ in 0..50 {
        for (cell, best) in cells.iter_mut().zip(&mut best) {
            let mut failed = false;
            let seconds = best_of(20, || {
                for _ in 0..50 {
                    failed |= cell.try_voltage(1e-7, 0.2002).is_err();
                    cell.reject();
                }
            }) / 50.0;
            assert!(!failed, "a step did not converge");
            *best = best.min(seconds);
        }
    }
    for ((name, _, reference), seconds) in rows.iter().zip(&best) {
        println!(
            "| {name} | {:.2} | {:.2} |",
            seconds * 1e6,
            seconds / best[*reference]
        );
    }
    println!();
    Ok(())
}

fn sweeps() -> Result<(), Box<dyn std::error::Error>> {
    println!("Stand-alone CV: 50 slits, 0 to 0.4 V, {RATE} V/s, two cycles, 800 samples");
    println!(
        "Error: of the current, largest over the samples, against tolerance 1e-12, relative to the largest current\n"
    );
    println!("| gamma | tolerance | error | steps | solves | ms |\n|---|---|---|---|---|---|");
    for gamma in [0.5, 0.9] {
        let params = CellParams::symmetric(electrode(LawKind::Linear, gamma, 50));
        Cell::new(&params)?;
        let run = |tolerance: f64| {
            let mut program = CvProgram::between(0.0, 0.4, RATE, 2);
            program.tolerance = tolerance;
            cv(&params, &program)
        };
        let exact = run(1e-12)?;
        let top = exact.i.iter().fold(0.0_f64, |m, i| m.max(i.abs()));
        for tolerance in [1e-4, 1e-5, 1e-6, 5e-7, 1e-7, 1e-8, 1e-10] {
            let trace = run(tolerance)?;
            let worst = trace
                .i
                .iter()
                .zip(&exact.i)
                .fold(0.0_f64, |m, (a, b)| m.max((a - b).abs()));
            let runs = if tolerance < 1e-7 { 20 } else { 200 };
            let seconds = best_of(runs, || {
                black_box(run(tolerance).is_ok());
            });
            println!(
                "| {gamma} | {tolerance:e} | {:.1e} | {} | {} | {:.2} |",
                worst / top,
                trace.solves / 8,
                trace.solves,
                seconds * 1e3
            );
        }
    }
    println!();
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    law()?;
    steps()?;
    formulas()?;
    sweeps()
}
