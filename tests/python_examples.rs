//! The Python examples, by the commands of docs/python.md, against a closed form.
//!
//! scripts/other-engines.sh makes the environment (`make test-slow` calls it).
#![cfg(all(feature = "cli", target_os = "linux"))]

#[path = "support/pages.rs"]
mod commands;
mod support;

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use commands::{EXCUSE, blocks, scratch};
use support::{code_model, releases};

/// A project's folder with `venv` and installed code models; `None`, with a message, where Python's packages
/// could not be had.
fn folder() -> Option<tempfile::TempDir> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/python");
    let packages = std::fs::read_to_string(python.join("requirements.txt")).unwrap_or_default();
    if !packages.contains("PySpice") {
        println!("no PySpice and spicelib: passed over (scripts/other-engines.sh)");
        return None;
    }
    let folder = scratch(env!("CARGO_BIN_EXE_ncm"), code_model());
    symlink(python, folder.path().join("venv")).expect("a link");
    commands::run(folder.path(), "dist/ncm install", &[]).unwrap_or_else(|e| panic!("{e}"));
    Some(folder)
}

/// The block of the page that has this word in it.
fn command(word: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/python.md");
    let text = std::fs::read_to_string(page).expect("the page");
    let found = blocks(&text)
        .into_iter()
        .find(|b| b.commands.contains(word));
    let found = found.unwrap_or_else(|| panic!("no {word} on the page"));
    assert!(found.before.starts_with(EXCUSE) && found.before.contains("tests/python_examples.rs"));
    found.commands
}

/// The numbers of each line that has nothing but numbers behind its first word, if any.
fn numbers(said: &str) -> Vec<Vec<f64>> {
    said.lines()
        .map(|line| {
            line.split_whitespace()
                .filter_map(|w| w.parse().ok())
                .collect::<Vec<f64>>()
        })
        .filter(|row| row.len() >= 3)
        .collect()
}

fn assert_picture(path: PathBuf) {
    let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    assert!(bytes.starts_with(b"\x89PNG") && bytes.len() > 5000);
}

#[test]
#[ignore = "slow: PySpice"]
fn the_sweep_meets_the_closed_form_of_the_ideal_bank() {
    let Some(folder) = folder() else { return };
    // The libngspice that fits the machine's own Python, which is that of Debian 12.
    let Some(release) = releases().iter().find(|r| r.name == "39.3") else {
        println!("no libngspice 39.3: passed over");
        return;
    };
    let place = release.folder.display();
    let commands = command("holdup_sweep.py").replace(
        "$(ls /usr/lib/*/libngspice.so.0)",
        &format!("{place}/lib/libngspice.so.0 SPICE_SCRIPTS={place}/scripts"),
    );
    assert!(commands.contains("SPICE_SCRIPTS"), "{commands}");
    let said = commands::run(folder.path(), &commands, &[]).unwrap_or_else(|e| panic!("{e}"));
    let rows = numbers(&said);
    assert_eq!(rows.len(), 8, "{said}");
    for row in &rows {
        let (power, ideal, ncm) = (row[0], row[1], row[2]);
        // Constant power from C with R in series: C dVc = -P/V dt and Vc = V + R P / V. The resistance is that of two
        // cells, the capacitor at the input adds to the charge of the bank.
        let (c, r, v_end) = (5.0, 0.15, 2.5_f64);
        let v: f64 = (5.0 + (25.0 - 4.0 * r * power).sqrt()) / 2.0;
        let exact = ((v * v - v_end * v_end) / 2.0 - r * power * (v / v_end).ln()) * c / power;
        assert!(
            (ideal / exact - 1.0).abs() < 3e-3,
            "{power} W: {ideal} {exact}"
        );
        assert!(
            ncm < ideal && ncm > 0.85 * ideal,
            "{power} W: {ncm} {ideal}"
        );
    }
    assert_picture(folder.path().join("sweep.png"));
}

#[test]
#[ignore = "slow: spicelib, 60 runs of ngspice"]
fn the_draws_spread_around_the_banks_own_time() {
    let Some(folder) = folder() else { return };
    let said = commands::run(folder.path(), &command("tolerance.py"), &[])
        .unwrap_or_else(|e| panic!("{e}"));
    let rows = numbers(&said);
    let [new, old] = &rows[..] else {
        panic!("{said}")
    };
    // The bank without spread lasts 3.24 s (above); the mean of 30 draws is known to about 0.1 s.
    assert!((new[0] - 3.24).abs() < 0.25, "{said}");
    assert!(old[0] < 0.65 * new[0] && old[0] > 0.3 * new[0], "{said}");
    for row in [new, old] {
        assert!(row[1] < row[0] && row[0] < row[2], "{said}");
    }
    assert_picture(folder.path().join("tolerance.png"));
    let kept = std::fs::read_dir(folder.path().join("tolerance-runs")).expect("raw files");
    let raw = kept
        .flatten()
        .filter(|e| e.path().extension().is_some_and(|e| e == "raw"));
    assert_eq!(raw.count(), 60);
}
