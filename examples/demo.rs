//! The demo of `make demo`: a supply that must hold its bus up when the input fails, once with the
//! supercapacitor as ideal capacitor with ESR, once with the nano-circuitry model.
//!
//! ```text
//! cargo run --release --example demo [FOLDER]       (FOLDER: out/demo)
//! ```

mod decks;
#[path = "decks/holdup.rs"]
mod holdup;
#[path = "decks/output.rs"]
mod output;

use decks::{Bench, Result, Transient};
use holdup::Holdup;
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
    let bench = Bench::new(decks::root().join("dist/ncm.cm"))?;
    println!(
        "Hold-up supply: 10 F, 2.7 V, 75 mohm supercapacitor, boost converter, 5 V bus, 10 W load,\n\
         the input fails at 0.1 s. Two runs of ngspice {}, about half a minute ...",
        bench.ngspice.version()
    );
    let (ideal, ncm) = bench.run_both("holdup/ideal.cir", "holdup/ncm.cir")?;
    print!("\n{}", table(&ideal, &ncm)?);

    let path = folder.join("holdup.svg");
    let figure = holdup::figure(&[("ideal C + ESR", &ideal), ("ncm_cell", &ncm)])?;
    output::write_figure(&path, &figure)?;
    println!(
        "\nBoth cells have the same data sheet. In ncm_cell its resistance is spread over the depth of\n\
         the pores and rises as they empty: less of it counts at first, more of it near the end.\n\
         Plot: {}",
        path.display()
    );
    Ok(())
}

/// The differences that matter, side by side.
fn table(ideal: &Transient, ncm: &Transient) -> Result<String> {
    let (a, b) = (Holdup::of(ideal)?, Holdup::of(ncm)?);
    let rows = [
        ("hold-up time (s)", a.time, b.time),
        (
            "droop of the cell at take-over (V)",
            a.cell_droop,
            b.cell_droop,
        ),
        (
            "droop of the bus at take-over (V)",
            a.bus_droop,
            b.bus_droop,
        ),
        ("energy out of the cell (J)", a.delivered, b.delivered),
        ("energy lost in the cell (J)", a.lost, b.lost),
        ("energy left behind (J)", a.left, b.left),
        (
            "run time of ngspice (s)",
            ideal.wall.as_secs_f64(),
            ncm.wall.as_secs_f64(),
        ),
    ];
    let mut text = format!(
        "{:<38}{:>14}{:>12}{:>13}\n",
        "", "ideal C + ESR", "ncm_cell", "difference"
    );
    for (what, a, b) in rows {
        let percent = 100.0 * (b / a - 1.0);
        text.push_str(&format!("{what:<38}{a:>14.3}{b:>12.3}{percent:>+11.1} %\n"));
    }
    Ok(text)
}
