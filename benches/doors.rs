//! One CV cycle of a half cell in ngspice behind every door, beside the native ladder of constant R and C.
//!
//! `cargo bench --bench doors`
//!
//! All decks have the same options and a largest step that fixes the time points; numbers of accepted
//! points and Newton iterations are ngspice's own. CPU times are those of whole processes, start and
//! reading of the deck included, on one thread, in turns, the least of several. A cell shows the ratio to
//! the native ladder in the same release, and points and iterations where they are not the ladder's.

#[path = "support/native.rs"]
mod native;
#[path = "support/process.rs"]
mod process;
#[path = "../tests/support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};

use native::native;
use ncm::card::Card;
use ncm::law::LawKind;
use ncm::netlist::{Dialect, Door, companion, subcircuit, subcircuit_name};
use ncm::simulator::Ngspice;
use process::{Cost, Failure, run};
use support::half_cell::HalfCell;

const DOORS: [Door; 4] = [
    Door::Xspice,
    Door::Osdi,
    Door::VerilogA,
    Door::Plain(Dialect::Ngspice),
];

/// Slits, and time points wanted: fewer where a behavioural netlist takes minutes.
const SIZES: [(usize, u32); 4] = [(1, 1000), (20, 1000), (200, 1000), (2000, 100)];

const TURNS: usize = 3;

/// The whole deck: 0 to 0.2 V and back in 200 us, in `points` steps at least.
fn deck(part: &str, points: u32) -> String {
    let h = 200e-6 / f64::from(points);
    format!(
        "* speed of a CV cycle\nvin in 0 pwl(0 0 100u 0.2 200u 0)\n{part}.tran {h:e} 200u 0 {h:e}\n\
         .options acct\n.save i(vin)\n.end\n"
    )
}

fn card(slits: usize) -> Result<Card, Failure> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/paper-half-cell.toml");
    let overrides = [format!("slits={slits}"), format!("sections={slits}")];
    Ok(Card::read(&path, &overrides)?)
}

/// A door in a release, or why there is none.
fn prepared(
    door: Door,
    ngspice: &Ngspice,
    model: &Path,
    slits: usize,
    room: &Path,
) -> Result<Result<(tempfile::TempDir, String), &'static str>, Failure> {
    let card = card(slits)?;
    let osdi = |file: &Path| process::home(model, &format!("osdi '{}'\n", file.display()));
    let home = match door {
        Door::Osdi | Door::VerilogA if ngspice.major() < 42 => return Ok(Err("no OSDI")),
        Door::VerilogA => {
            let Some(openvaf) = support::engines::openvaf() else {
                return Ok(Err("no OpenVAF"));
            };
            let name = format!("slits{slits}");
            let compiled = room.join(format!("{name}.osdi"));
            if !compiled.is_file() {
                let source = subcircuit(&card, door)?;
                support::engines::compiled(&openvaf, room, &source, &name);
            }
            osdi(&compiled)?
        }
        Door::Osdi => osdi(&support::osdi_library(if ngspice.major() < 44 {
            "0.3"
        } else {
            "0.4"
        }))?,
        _ => process::home(model, "")?,
    };
    let library = match companion(&card, door) {
        Some((_, text)) => text,
        None => subcircuit(&card, door)?,
    };
    let name = subcircuit_name(&card);
    Ok(Ok((home, format!("{library}x1 in 0 {name}\n"))))
}

/// One cell of the table.
fn shown(cost: Cost, ladder: Cost) -> String {
    let ratio = cost.cpu_s / ladder.cpu_s;
    let mut text = format!("{:.3} s, {ratio:.2}", cost.cpu_s);
    if (cost.points, cost.iterations) != (ladder.points, ladder.iterations) {
        text += &format!(" ({}/{})", cost.points, cost.iterations);
    }
    text
}

fn measure(ngspice: &Ngspice, model: &Path, room: &Path) -> Result<(), Failure> {
    for (slits, points) in SIZES {
        let half = HalfCell::of_the_paper(LawKind::Linear, 0.5, slits);
        let mut runs = vec![Ok((
            process::home(model, "")?,
            native(&half, "x", "in", "0"),
        ))];
        for door in DOORS {
            runs.push(prepared(door, ngspice, model, slits, room)?);
        }
        let mut best: Vec<Option<Cost>> = vec![None; runs.len()];
        for turn in 0..TURNS {
            for (run_of, best) in runs.iter().zip(&mut best) {
                // What takes seconds is repeated no more.
                let long = best.is_some_and(|cost| cost.cpu_s > 5.0);
                if let (Ok((home, part)), false) = (run_of, turn > 0 && long) {
                    let cost = run(ngspice, home.path(), &deck(part, points))?;
                    *best = Some(cost.or_less(*best));
                }
            }
        }
        let ladder = best[0].ok_or("the native ladder was not run")?;
        let cells: Vec<String> = runs
            .iter()
            .zip(&best)
            .skip(1)
            .map(|(run, best)| match (run, best) {
                (_, Some(cost)) => shown(*cost, ladder),
                (Err(reason), _) => (*reason).to_owned(),
                _ => String::new(),
            })
            .collect();
        println!(
            "| {slits} | {} | {:.3} s ({}/{}) | {} |",
            ngspice.version(),
            ladder.cpu_s,
            ladder.points,
            ladder.iterations,
            cells.join(" | ")
        );
    }
    Ok(())
}

fn main() -> Result<(), Failure> {
    let model: PathBuf = support::code_model().canonicalize()?;
    let room = tempfile::tempdir()?;
    println!(
        "CV cycle, 0 to 0.2 V and back in 0.2 ms; R = 5 ohm, C = 80 nF, gamma = 0.5 behind the doors, 0 in the native ladder; \
         in parentheses accepted points and Newton iterations\n"
    );
    let names: Vec<&str> = DOORS.iter().map(|door| door.name()).collect();
    println!("| slits | ngspice | native R, C | {} |", names.join(" | "));
    println!("|---|---|---|{}", "---|".repeat(DOORS.len()));
    for ngspice in process::releases()? {
        measure(&ngspice, &model, room.path())?;
    }
    Ok(())
}
