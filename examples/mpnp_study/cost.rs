//! Time and memory of one cycle over the number of sheets, each run in a process of its own.

use std::process::Command;

use ncm::mpnp::config::Config;
use ncm::mpnp::run::{Run, Stop};
use serde_json::{Value, json};

const SHEETS: [usize; 3] = [6, 20, 50];

/// Processor time and largest memory of this process, as the system counts them: second, byte.
fn used() -> Option<(f64, f64)> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // Fields behind the name in brackets, which may hold spaces; 100 ticks a second on Linux.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: f64 = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let peak = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    let kilobytes: f64 = peak.split_whitespace().nth(1)?.parse().ok()?;
    Some((ticks / 100.0, 1024.0 * kilobytes))
}

/// One run; prints what it took.
pub fn measure(sheets: usize) -> Result<(), String> {
    let mut config = Config::default();
    config.geometry.sheets = sheets;
    let mut run = Run::new(config).ok_or("no drive")?;
    loop {
        match run.advance(|_| ()) {
            Ok(Stop::Finished) => break,
            Ok(Stop::Checkpoint) => {}
            Err(failure) => return Err(format!("{failure:?}")),
        }
    }
    let elapsed = run.record.elapsed.as_secs_f64();
    let (seconds, peak) = used().unwrap_or((elapsed, f64::NAN));
    println!(
        "{}",
        json!({
            "unknowns": run.system.unknowns(),
            "steps": run.record.history.accepted,
            "factorisations": run.record.effort.factorisations,
            "solutions": run.record.effort.solutions,
            "stated": run.memory(),
            "peak": peak,
            "seconds": seconds,
        })
    );
    Ok(())
}

/// The table.
pub fn table() -> Result<(), String> {
    let program = std::env::current_exe().map_err(|e| e.to_string())?;
    println!(
        "| sheets | unknowns | steps | factorisations | solutions | memory stated, MB | largest resident, MB | processor time, s |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let mut times = Vec::new();
    for sheets in SHEETS {
        // The least of three: other work on the machine only adds.
        let mut best: Option<Value> = None;
        for _ in 0..3 {
            let output = Command::new(&program)
                .args(["--cost-of", &sheets.to_string()])
                .output()
                .map_err(|e| e.to_string())?;
            let found: Value = serde_json::from_slice(&output.stdout)
                .map_err(|_| String::from_utf8_lossy(&output.stderr).into_owned())?;
            let time = |v: &Value| v["seconds"].as_f64().unwrap_or(f64::INFINITY);
            if best.as_ref().is_none_or(|b| time(&found) < time(b)) {
                best = Some(found);
            }
        }
        let Some(best) = best else { continue };
        let number = |key: &str| best[key].as_f64().unwrap_or(f64::NAN);
        println!(
            "| {sheets} | {} | {} | {} | {} | {:.0} | {:.0} | {:.2} |",
            number("unknowns"),
            number("steps"),
            number("factorisations"),
            number("solutions"),
            number("stated") / 1e6,
            number("peak") / 1e6,
            number("seconds"),
        );
        times.push(number("seconds"));
    }
    if let [_, twenty, fifty] = times[..] {
        println!(
            "\nFrom 20 to 50 sheets the time grows by {:.2}.",
            fifty / twenty
        );
    }
    Ok(())
}
