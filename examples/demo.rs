//! The demo of `make demo`: a supply that must hold its bus up when the input fails, once with the
//! supercapacitor as ideal capacitor with ESR, once with the nano-circuitry model.
//!
//! ```text
//! cargo run --release --example demo [FOLDER]       (FOLDER: out/demo)
//! ```

mod decks;

use decks::holdup::{self, Holdup};
use decks::{Bench, Result, Transient};
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    match demo() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: {error}");
            ExitCode::FAILURE
        }
    }
}

fn demo() -> Result<()> {
    let folder = PathBuf::from(
        std::env::args()
            .nth(1)
            .unwrap_or_else(|| "out/demo".to_owned()),
    );
    let bench = Bench::new()?;
    println!(
        "Hold-up supply: 10 F, 2.7 V, 75 mohm supercapacitor, boost converter, 5 V bus, 10 W load,\n\
         the input fails at 0.1 s. Two runs of ngspice {} ...",
        bench.ngspice.version()
    );
    let (ideal, ncm) = std::thread::scope(|scope| {
        let ideal = scope.spawn(|| bench.run("holdup/ideal.cir"));
        let ncm = bench.run("holdup/ncm.cir");
        (ideal.join(), ncm)
    });
    let ideal = ideal.map_err(|_| "the run of holdup/ideal.cir broke down")??;
    let ncm = ncm?;
    print!("\n{}", table(&ideal, &ncm)?);

    let path = folder.join("holdup.svg");
    let figure = holdup::figure(&[("ideal C + ESR", &ideal), ("ncm_cell", &ncm)])?;
    decks::write_file(&path, &figure.to_svg()?)?;
    println!(
        "\nBoth cells pass the same data-sheet test. The pores of ncm_cell carry less resistance while \n\
         it is full, and more when it is nearly empty, which is when a hold-up supply needs it.\n\
         Plot: {}",
        path.display()
    );
    Ok(())
}

/// The differences that matter, side by side.
fn table(ideal: &Transient, ncm: &Transient) -> Result<String> {
    let (a, b) = (Holdup::of(ideal)?, Holdup::of(ncm)?);
    let mut text = format!(
        "{:<44}{:>14}{:>12}{:>12}\n",
        "", "ideal C + ESR", "ncm_cell", "difference"
    );
    let rows = [
        ("hold-up time", "s", a.time, b.time),
        (
            "droop of the cell at take-over",
            "V",
            a.cell_step,
            b.cell_step,
        ),
        (
            "droop of the bus at take-over",
            "V",
            a.bus_droop,
            b.bus_droop,
        ),
        ("energy out of the cell", "J", a.delivered, b.delivered),
        ("energy lost in the cell", "J", a.lost, b.lost),
        (
            "energy lost per joule delivered",
            "",
            a.lost / a.delivered,
            b.lost / b.delivered,
        ),
        ("energy left behind", "J", a.left, b.left),
        (
            "run time of ngspice",
            "s",
            ideal.wall.as_secs_f64(),
            ncm.wall.as_secs_f64(),
        ),
    ];
    for (what, unit, a, b) in rows {
        let label = if unit.is_empty() {
            what.to_owned()
        } else {
            format!("{what} ({unit})")
        };
        text.push_str(&format!(
            "{label:<44}{a:>14.3}{b:>12.3}{:>11.1} %\n",
            100.0 * (b / a - 1.0)
        ));
    }
    Ok(text)
}
