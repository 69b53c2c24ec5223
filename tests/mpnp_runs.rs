//! Whole runs through the command line: files, interruptions, full disks.
#![cfg(all(feature = "cli", unix))]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime};

const SMALL: &str = "name = \"small\"
[geometry]
sheets = 4
sheet_length_nm = 20
reservoir_nm = 4
[grid]
wall_cell_nm = 0.1
growth = 1.5
[drive]
rate_V_s = 1e5
[time]
checkpoint_steps = 5
[output]
fields_at_s = [1e-6]
";

struct Place(tempfile::TempDir);

impl Place {
    fn new(config: &str) -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        fs::write(place.config(), config).expect("written");
        place
    }

    fn config(&self) -> PathBuf {
        self.0.path().join("config.toml")
    }

    fn out(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

fn ncm(arguments: &[&str], place: &Place, out: &Path) -> Output {
    command(arguments, place, out).output().expect("ncm starts")
}

fn command(arguments: &[&str], place: &Place, out: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ncm"));
    command
        .arg("mpnp")
        .arg(place.config())
        .arg("-o")
        .arg(out)
        .args(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn table(path: &Path) -> (Vec<String>, Vec<Vec<Option<f64>>>) {
    let text = fs::read_to_string(path).expect("a table");
    let mut lines = text.lines();
    let head = lines
        .next()
        .expect("a head")
        .split(',')
        .map(String::from)
        .collect();
    let rows = lines
        .map(|l| l.split(',').map(|v| v.parse().ok()).collect())
        .collect();
    (head, rows)
}

#[test]
fn a_run_leaves_its_files() {
    let place = Place::new(SMALL);
    let out = place.out("run");
    let done = ncm(&["--json"], &place, &out);
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{said}");
    assert!(
        said.contains("unknowns") && said.contains("MB of memory"),
        "{said}"
    );
    let json: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
    assert_eq!(json["slits"].as_array().map(Vec::len), Some(3));
    let resistance = json["slits"][0]["r_c_ohm"].as_f64().expect("a resistance");
    assert!(resistance > 0.1 && resistance < 10.0);
    let (head, rows) = table(&out.join("slits.csv"));
    assert_eq!(head.len(), 15);
    let column = |name: &str| head.iter().position(|h| h == name).expect("a column");
    for row in &rows {
        assert_eq!(row.len(), head.len());
        let last = row[column("slit")] == Some(3.0);
        assert_eq!(row[column("dphi_V")].is_none(), last);
        if !last {
            let value = |name: &str| row[column(name)].expect("a number");
            let parts = value("migration_A") + value("diffusion_A") + value("steric_A");
            let size = value("migration_A").abs() + value("diffusion_A").abs() + 1e-30;
            assert!((value("i_A") - parts).abs() < 1e-12 * size);
        }
    }
    // Both ends carry the same current, whose integral is the charge.
    let (head, rows) = table(&out.join("electrode.csv"));
    let column = |name: &str| head.iter().position(|h| h == name).expect("a column");
    let value = |row: &[Option<f64>], name: &str| row[column(name)].expect("a number");
    let (mut flowed, mut largest, mut worst) = (0.0, 0.0f64, 0.0f64);
    let (mut apart, mut current) = (0.0f64, 0.0f64);
    for pair in rows.windows(2) {
        let step = value(&pair[1], "t_s") - value(&pair[0], "t_s");
        let before = value(&pair[0], "metal_current_A");
        flowed += 0.5 * step * (before + value(&pair[1], "metal_current_A"));
        let charge = value(&pair[1], "metal_charge_C");
        largest = largest.max(charge.abs());
        worst = worst.max((flowed - charge).abs());
        let bath = value(&pair[1], "bath_current_A");
        apart = apart.max((value(&pair[1], "metal_current_A") - bath).abs());
        current = current.max(bath.abs());
    }
    assert!(worst < 1e-3 * largest, "{worst:e} of {largest:e}");
    assert!(apart < 1e-2 * current, "{apart:e} of {current:e}");
    let svg = fs::read_to_string(out.join("fields-1.svg")).expect("a picture");
    assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
    assert!(!svg.contains("NaN") && svg.contains("stroke"));
    assert!(out.join("fields-1.csv").exists() && out.join("run.json").exists());
    assert!(!out.join("checkpoint.bin").exists());
}

#[test]
fn killed_at_random_and_resumed_gives_the_same_numbers() {
    let place = Place::new(SMALL);
    let whole = place.out("whole");
    let started = Instant::now();
    assert!(ncm(&[], &place, &whole).status.success());
    let duration = started.elapsed();
    let broken = place.out("broken");
    // Moments from the clock's last digits: another sequence in every run of this test.
    let mut random = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("a time after 1970")
        .as_nanos() as u64;
    println!("seed {random}");
    let mut kills = 0;
    for attempt in 0..200u32 {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        // Longer and longer, so that a run gets through in the end.
        let part = (random % 1000) as f64 / 1000.0 * (0.3 + 0.1 * f64::from(attempt));
        let mut child = command(&["--resume"], &place, &broken)
            .spawn()
            .expect("ncm starts");
        std::thread::sleep(duration.mul_f64(part));
        // SIGKILL on Unix.
        let _ = child.kill();
        let status = child.wait().expect("an end");
        if status.success() {
            break;
        }
        kills += 1;
    }
    if kills == 0 {
        // The first moment was late enough for the whole run: nothing to compare.
        println!("never killed");
    }
    let read = |from: &Path, file: &str| fs::read(from.join(file)).expect("a file");
    for file in ["slits.csv", "electrode.csv", "fields-1.csv", "fields-1.svg"] {
        assert!(
            read(&whole, file) == read(&broken, file),
            "{file} differs after {kills} kills"
        );
    }
    println!("the same after {kills} kills");
}

#[test]
fn several_configurations_run_side_by_side() {
    let place = Place::new(SMALL);
    let other = place.out("other.toml");
    fs::write(&other, SMALL.replace("sheets = 4", "sheets = 3")).expect("written");
    let out = place.out("runs");
    let other = other.display().to_string();
    let done = ncm(&[&other, "--jobs", "2", "--json"], &place, &out);
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{said}");
    let json: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
    assert_eq!(json["config"]["slits"].as_array().map(Vec::len), Some(3));
    assert_eq!(json["other"]["slits"].as_array().map(Vec::len), Some(2));
    // The same numbers as of a run alone.
    let alone = place.out("alone");
    assert!(ncm(&[], &place, &alone).status.success());
    let read = |folder: &Path| fs::read(folder.join("slits.csv")).expect("a table");
    assert!(read(&alone) == read(&out.join("config")));
    // Two files of one name cannot share a folder.
    let twin = place.out("twin");
    fs::create_dir(&twin).expect("a folder");
    fs::write(twin.join("config.toml"), SMALL).expect("written");
    let twin = twin.join("config.toml").display().to_string();
    let refused = ncm(&[&twin], &place, &out);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("remedy: rename"));
}

#[test]
fn a_checkpoint_of_another_configuration_is_refused() {
    let place = Place::new(SMALL);
    let out = place.out("run");
    let mut child = command(&[], &place, &out).spawn().expect("ncm starts");
    for _ in 0..2000 {
        if out.join("checkpoint.bin").exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let _ = child.kill();
    let _ = child.wait();
    if !out.join("checkpoint.bin").exists() {
        return;
    }
    fs::write(place.config(), SMALL.replace("sheets = 4", "sheets = 3")).expect("written");
    let refused = ncm(&["--resume"], &place, &out);
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        said.contains("another configuration") && said.contains("remedy"),
        "{said}"
    );
    fs::write(out.join("checkpoint.bin"), b"something else").expect("written");
    let refused = ncm(&["--resume"], &place, &out);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("damaged"));
}

#[test]
fn bad_input_is_named() {
    let place = Place::new("[geometry]\nslit_nm = 0.6\n");
    let refused = ncm(&["--json"], &place, &place.out("run"));
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        said.contains("config.toml:2:") && said.contains("Stern layers"),
        "{said}"
    );
    let json: serde_json::Value = serde_json::from_slice(&refused.stdout).expect("JSON");
    assert_eq!(json["error"]["details"][0]["line"], 2);
}

#[test]
fn a_full_disk_is_reported_and_loses_nothing() {
    let place = Place::new(SMALL);
    let out = place.out("run");
    // A limit on file sizes stands for the full disk: a write fails part of the way. The limit's
    // signal is ignored, as shells do on `trap ''`, so that the write returns an error.
    let limited = Command::new("bash")
        .arg("-c")
        .arg("trap '' XFSZ; ulimit -f 110; exec \"$0\" mpnp \"$1\" -o \"$2\"")
        .arg(env!("CARGO_BIN_EXE_ncm"))
        .arg(place.config())
        .arg(&out)
        .output()
        .expect("bash starts");
    assert_eq!(limited.status.code(), Some(1));
    let said = String::from_utf8_lossy(&limited.stderr).into_owned();
    assert!(
        said.contains("checkpoint.bin") && said.contains("free space"),
        "{said}"
    );
    // No half-written file is left, and the run goes on from what was saved before.
    let left: Vec<_> = fs::read_dir(&out)
        .expect("a folder")
        .flatten()
        .map(|e| e.file_name())
        .collect();
    assert!(
        left.iter().all(|n| !n.to_string_lossy().ends_with(".part")),
        "{left:?}"
    );
    let resumed = ncm(&["--resume"], &place, &out);
    assert!(resumed.status.success());
    let whole = place.out("whole");
    assert!(ncm(&[], &place, &whole).status.success());
    assert!(fs::read(out.join("slits.csv")).ok() == fs::read(whole.join("slits.csv")).ok());
}

#[test]
fn impedance_of_a_stack() {
    let drive = "[drive]\nkind = \"eis\"\nlow_Hz = 1e4\nhigh_Hz = 1e9\npoints_per_decade = 2\n";
    let base = SMALL.split("[drive]").next().expect("the beginning");
    let place = Place::new(&format!("{base}{drive}"));
    let out = place.out("eis");
    let done = ncm(&[], &place, &out);
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let (_, rows) = table(&out.join("impedance.csv"));
    assert_eq!(rows.len(), 11);
    // Dissipation is positive, and the real part falls with frequency.
    for pair in rows.windows(2) {
        assert!(pair[1][1] <= pair[0][1] && pair[1][1] > Some(0.0));
    }
    // At low frequency a capacitor.
    assert!((rows[0][2].unwrap_or(0.0) / rows[1][2].unwrap_or(1.0) - 10f64.sqrt()).abs() < 0.05);
}
