//! The QA suite: every case, in every variant, through every door and simulator release, against
//! values that `reference.py` worked out.
//!
//! `make qa` prints the table and writes it to docs/qa.md. A cell is the largest difference from the
//! expected values, as a fraction of the largest of them, over all cases; or it names why the host
//! cannot. With `NCM_QA=WORD` only the columns run whose name has the word in it, and the table is
//! printed but not kept.
#![cfg(feature = "cli")]

mod case;
mod doors;
mod foreign;
mod osdi_part;
mod osdi_py;
mod printed;
mod progress;
#[path = "../support/mod.rs"]
mod support;
mod table;
mod vacask;
mod variant;

use case::Case;
use doors::{Door, Extent};
use progress::Progress;
use std::sync::Mutex;
use table::Table;
use variant::Variant;

#[test]
fn every_door_gives_the_expected_values() {
    assert_all_green(&table(Extent::Part));
}

/// `make qa` writes the table of this.
#[test]
#[ignore = "slow: the plain netlist, Verilog-A and other simulators in every variant"]
fn every_door_gives_the_expected_values_in_every_variant() {
    let table = table(Extent::Whole);
    let text = table.to_markdown();
    println!("{text}");
    if chosen().is_none() {
        keep(&text);
    }
    assert_all_green(&table);
}

/// Where `make qa` takes it from.
fn keep(text: &str) {
    let written = support::target_folder().join("qa.md");
    std::fs::write(&written, text).unwrap_or_else(|error| panic!("{}: {error}", written.display()));
}

fn table(extent: Extent) -> Table {
    let cases = Case::all();
    let mut doors = Door::all();
    assert!(cases.len() >= 5 && doors.len() >= 5);
    if let Some(word) = chosen() {
        doors.retain(|door| door.name().contains(&word));
    }

    // One run of a simulator per case, variant and door.
    let jobs: Vec<(usize, Variant, &Case)> = (0..doors.len())
        .flat_map(|door| Variant::ALL.map(|variant| (door, variant)))
        .flat_map(|(door, variant)| cases.iter().map(move |case| (door, variant, case)))
        .filter(|(door, variant, case)| doors[*door].is_run(case, *variant, extent))
        .collect();
    let table = Mutex::new(Table::new(doors.iter().map(Door::name).collect()));
    let next = Mutex::new(jobs.iter());
    let progress = Progress::new(jobs.len());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let Some(&(door, variant, case)) = next.lock().unwrap().next() else {
                        return;
                    };
                    let outcome = doors[door].run(case, variant);
                    let shown = progress.done(&doors[door].name(), variant, &case.name, &outcome);
                    let mut table = table.lock().unwrap();
                    for (analysis, cell) in outcome {
                        table.note(variant, analysis, door, cell, &case.name);
                    }
                    // An interrupted run leaves what it has.
                    if shown && extent == Extent::Whole && chosen().is_none() {
                        keep(&table.to_markdown());
                    }
                }
            });
        }
    });

    table.into_inner().unwrap()
}

/// What the columns to run have in their names.
fn chosen() -> Option<String> {
    std::env::var("NCM_QA").ok().filter(|word| !word.is_empty())
}

fn assert_all_green(table: &Table) {
    let wrong: Vec<String> = table.failures();
    assert!(
        wrong.is_empty(),
        "{} cells are red:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(table.compared() > 0);
}

#[test]
#[ignore = "slow: works out all expected values anew"]
fn the_expected_values_are_those_of_the_reference() {
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/qa/reference.py");
    let output = std::process::Command::new("python3")
        .arg(script)
        .arg("--check")
        .output()
        .unwrap_or_else(|error| panic!("python3: {error}"));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
