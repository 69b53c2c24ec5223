//! Writes the CSV files of the equation-discovery benchmark into a folder: training rows, and rows
//! without noise to check what was found.
//!
//! ```text
//! cargo run --release --example discover_data -- FOLDER
//! ```

// The tests need more of these than the benchmark does.
#[path = "../tests/discover_data/mod.rs"]
#[allow(dead_code)]
mod discover_data;

#[path = "../tests/discover_data/classics.rs"]
#[allow(dead_code)]
mod classics;

use std::path::Path;

use discover_data::{Row, csv, cycle, ladder, noisy, one_cycle, pooled, sizes_table, table};

/// Rows of one cycle of one slit, of each size, and of a record taken four times as densely: what
/// 5 % noise leaves unknown of the smallest gamma falls with the root of the rows.
const SIZE_ROWS: usize = 1000;
const DENSE_SIZE_ROWS: usize = 4 * SIZE_ROWS;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("name a folder")?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    let write = |name: &str, rows: &[Row], distractors| {
        std::fs::write(folder.join(name), csv(&table(rows, distractors)))
    };
    write("ladder-clean.csv", &one_cycle(), false)?;
    write("ladder-noise1.csv", &noisy(&one_cycle(), 0.01, 1), false)?;
    write("ladder-noise5.csv", &noisy(&one_cycle(), 0.05, 1), false)?;
    write("ladder-distractors.csv", &one_cycle(), true)?;
    write("ladder-pooled5.csv", &noisy(&pooled(), 0.05, 1), false)?;
    write("ladder-distractors5.csv", &noisy(&pooled(), 0.05, 1), true)?;
    for (name, noise, rows) in [
        ("clean", 0.0, SIZE_ROWS),
        ("noise1", 0.01, SIZE_ROWS),
        ("noise5", 0.05, SIZE_ROWS),
        ("dense5", 0.05, DENSE_SIZE_ROWS),
    ] {
        for draw in 1..=5 {
            let table = sizes_table(rows, noise, draw);
            let name = format!("sizes-{name}-{draw}.csv");
            std::fs::write(folder.join(name), csv(&table))?;
        }
    }
    // A rate and a slit that no training file has.
    let check = cycle(&ladder(), 1.3e4, 4, 100);
    write("ladder-check.csv", &check, false)?;
    write("ladder-check-distractors.csv", &check, true)?;
    for classic in &classics::CLASSICS {
        let name = classic.name.replace('.', "_");
        std::fs::write(folder.join(format!("{name}.csv")), csv(&classic.table(1)))?;
        std::fs::write(
            folder.join(format!("{name}-check.csv")),
            csv(&classic.table(2)),
        )?;
    }
    Ok(())
}
