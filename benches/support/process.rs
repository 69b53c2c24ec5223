//! Whole processes of ngspice: what they took, by their own account and the shell's.
#![allow(dead_code, reason = "each bench uses its own part of this")]

use std::path::{Path, PathBuf};
use std::process::Command;

use ncm::simulator::Ngspice;

pub type Failure = Box<dyn std::error::Error>;

/// What a run took.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    pub wall_s: f64,
    pub cpu_s: f64,
    pub points: u64,
    pub iterations: u64,
}

impl Cost {
    /// The lesser times of two runs of one deck.
    pub fn or_less(self, other: Option<Cost>) -> Cost {
        let Some(other) = other else { return self };
        Cost {
            wall_s: self.wall_s.min(other.wall_s),
            cpu_s: self.cpu_s.min(other.cpu_s),
            ..self
        }
    }
}

/// The releases to measure in: those that scripts/ngspice-versions.sh has fetched, else the installed
/// ngspice.
pub fn releases() -> Result<Vec<Ngspice>, Failure> {
    let fetched = std::env::var_os("NCM_NGSPICE_VERSIONS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("target/ngspice-versions"),
        PathBuf::from,
    );
    let mut found = Vec::new();
    for release in ["39.3", "44.2", "47"] {
        let program = fetched.join(release).join("ngspice");
        if program.is_file() {
            found.push(Ngspice::at(program)?);
        }
    }
    if found.is_empty() {
        found.push(Ngspice::find()?);
    }
    Ok(found)
}

/// A folder to run in, with the code models and further lines of start-up.
pub fn home(model: &Path, start_up: &str) -> Result<tempfile::TempDir, Failure> {
    let room = tempfile::tempdir()?;
    std::fs::write(
        room.path().join(".spiceinit"),
        format!(
            "set num_threads=1\n{start_up}codemodel '{}'\n",
            model.display()
        ),
    )?;
    Ok(room)
}

/// A number that ngspice's account states.
fn stated(log: &str, what: &str) -> Result<u64, Failure> {
    log.lines()
        .find_map(|line| line.trim().strip_prefix(what)?.trim().strip_prefix('='))
        .and_then(|number| number.trim().parse().ok())
        .ok_or_else(|| format!("ngspice does not state \"{what}\":\n{log}").into())
}

/// One process from start to end, timed by the shell.
pub fn run(ngspice: &Ngspice, home: &Path, deck: &str) -> Result<Cost, Failure> {
    std::fs::write(home.join("deck.cir"), deck)?;
    let output = Command::new("bash")
        .arg("-c")
        .arg("TIMEFORMAT='elapsed %R %U %S'; time \"$0\" -b -r out.raw deck.cir 2>&1")
        .arg(ngspice.program())
        .current_dir(home)
        .env("HOME", home)
        .env("LC_ALL", "C")
        .env("OMP_NUM_THREADS", "1")
        .output()?;
    let log = String::from_utf8_lossy(&output.stdout).into_owned();
    let times = String::from_utf8_lossy(&output.stderr).into_owned();
    let times: Vec<f64> = times
        .split_once("elapsed ")
        .map(|(_, numbers)| {
            numbers
                .split_whitespace()
                .filter_map(|n| n.parse().ok())
                .collect()
        })
        .unwrap_or_default();
    let [wall_s, user_s, system_s] = times[..] else {
        return Err(format!("no times from the shell:\n{log}").into());
    };
    Ok(Cost {
        wall_s,
        cpu_s: user_s + system_s,
        points: stated(&log, "Accepted timepoints")?,
        iterations: stated(&log, "Transient iterations")?,
    })
}
