//! Cost of one accepted step against the number of slits, every slit resolved, as a picture:
//! `docs/img/cost-against-slits.svg`.
//!
//! `cargo bench --bench cost_against_slits`

mod support;

use std::path::Path;

use ncm::cell::CellParams;
use ncm::ladder::ElectrodeParams;
use ncm::plot::{Axis, Curve, Figure, Panel};
use ncm::stamp::Stepper;
use support::best_of;

/// Seconds per accepted step of a CV, 0 to 0.4 V and back in 200 steps.
fn cost(gamma: f64, slits: u64) -> Result<f64, Box<dyn std::error::Error>> {
    let params = CellParams::symmetric(ElectrodeParams {
        gamma,
        q_max: 16e-9,
        sections: slits,
        ..ElectrodeParams::new(5.0, 0.08e-6, slits)
    });
    let mut cell = Stepper::new(&params)?;
    let runs = (400_000 / slits).clamp(5, 200) as usize;
    let mut failed = false;
    let seconds = best_of(runs, || {
        failed |= cell.set_voltage(0.0).is_err();
        for k in 1..=200 {
            let v = 0.4 * (1.0 - (f64::from(k) / 100.0 - 1.0).abs());
            failed |= cell.try_voltage(1e-6, v).is_err();
            cell.accept();
        }
    });
    assert!(!failed, "a step did not converge");
    Ok(seconds / 200.0)
}

/// Slope of the straight line through the points in log-log.
fn exponent(points: &[(f64, f64)]) -> f64 {
    let n = points.len() as f64;
    let logs = || points.iter().map(|(x, y)| (x.ln(), y.ln()));
    let (sx, sy) = logs().fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
    let (sxx, sxy) = logs().fold((0.0, 0.0), |(a, b), (x, y)| (a + x * x, b + x * y));
    (n * sxy - sx * sy) / (n * sxx - sx * sx)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let slits = [
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000,
    ];
    let mut panel = Panel::new(Axis::new("time per accepted step", "s").log());
    println!("| slits | gamma = 0, us | gamma = 0.9, us |\n|---|---|---|");
    let mut columns = Vec::new();
    for gamma in [0.0, 0.9] {
        let mut points = Vec::new();
        for n in slits {
            points.push((n as f64, cost(gamma, n)?));
        }
        columns.push(points);
    }
    for (a, b) in columns[0].iter().zip(&columns[1]) {
        println!("| {} | {:.3} | {:.3} |", a.0, a.1 * 1e6, b.1 * 1e6);
    }
    for (gamma, points) in [0.0, 0.9].into_iter().zip(&columns) {
        let whole = exponent(points);
        let large: Vec<_> = points.iter().copied().filter(|p| p.0 >= 100.0).collect();
        println!(
            "\ngamma = {gamma}: exponent {whole:.2} from 1 to 1e5 slits, {:.2} from 100 on",
            exponent(&large)
        );
        let (x, y) = points.iter().copied().unzip();
        panel = panel.curve(Curve::new(
            format!(
                "gamma = {gamma}, exponent {:.2} from 100 slits on",
                exponent(&large)
            ),
            x,
            y,
        ));
    }
    let first = columns[1][columns[1].len() / 2];
    let x: Vec<f64> = slits.iter().map(|n| *n as f64).collect();
    let y = x.iter().map(|n| first.1 * n / first.0).collect();
    panel = panel.curve(Curve::new("linear", x, y).dashed());
    let svg = Figure::new(Axis::new("slits per electrode, each resolved", "").log())
        .panel(panel)
        .to_svg()?;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/img/cost-against-slits.svg");
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(&path, svg)?;
    println!("\n{}", path.display());
    Ok(())
}
