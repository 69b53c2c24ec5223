//! `ncm pipeline` as a user meets it: one command from a configuration to parts, currents and pages; going on after a
//! kill; what is missing is said.

#![cfg(all(feature = "cli", unix))]

#[path = "support/cli.rs"]
mod cli;
mod support;

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cli::Desk;
use ncm::simulator::Ngspice;

const SMALL: &str = "[geometry]\nsheets = 4\nsheet_length_nm = 30\nreservoir_nm = 5\n\
     [grid]\nwall_cell_nm = 0.1\ngrowth = 1.5\n[drive]\nrate_V_s = 3e4\n\
     [time]\ncheckpoint_steps = 5\n";

fn rms(outcome: &serde_json::Value, case: &str, part: &str) -> Option<f64> {
    let rows = outcome["currents"].as_array().expect("currents");
    let row = rows
        .iter()
        .find(|r| r["case"] == case && r["part"] == part)?;
    row["rms"].as_f64()
}

#[test]
fn one_command_leads_from_a_configuration_to_parts_and_pages() {
    let desk = Desk::new();
    desk.put("small.toml", SMALL);
    desk.put("thicker.toml", &SMALL.replace("sheets = 4", "sheets = 7"));
    let outcome = desk.json("pipeline small.toml --check thicker.toml -o out --jobs 1");
    for case in ["4-sheets", "thicker"] {
        let off = |part: &str| rms(&outcome, case, part).expect("a part");
        for law in ["linear", "sqrt", "found"] {
            assert!(off(law) < 0.035, "{case} {law}: {}", off(law));
            assert!(off("tlm") > 1.3 * off(law), "{case} {law}");
        }
    }
    if Ngspice::find().is_ok() {
        for law in ["linear", "sqrt", "tlm"] {
            let (here, there) = (
                rms(&outcome, "4-sheets", law).expect("a part"),
                rms(&outcome, "4-sheets", &format!("plain-{law}")).expect("a part in ngspice"),
            );
            assert!((here - there).abs() < 0.005, "{law}: {here} {there}");
        }
    }
    // The law went from the search into the card and the netlist by itself.
    let law: serde_json::Value =
        serde_json::from_str(&desk.read("out/discover/law.json")).expect("JSON");
    let formula = law["resistance"].as_str().expect("a formula");
    assert!(desk.read("out/cards/found.toml").contains(formula));
    let netlist = desk.read("out/netlists/xspice/found.lib");
    assert!(netlist.contains("law=\"r:"), "{netlist}");
    let page = desk.read("out/report.md");
    assert!(page.contains("| 4-sheets | linear |") && page.contains("current-4-sheets.svg"));
    assert!(desk.read("out/report.html").contains("<svg"));

    // Nothing is done twice, and what is damaged is done again, with what depends on it.
    let again = desk.ncm("pipeline small.toml --check thicker.toml -o out --jobs 1 --resume");
    assert_eq!(again.code, 0, "{}", again.stderr);
    for stage in ["mpnp", "discover", "identify", "netlists", "cv", "ngspice"] {
        assert!(
            again.stderr.contains(&format!("{stage}: already done")),
            "{}",
            again.stderr
        );
    }
    fs::write(desk.path("out/cards/linear.toml"), "spoiled").expect("written");
    let mended = desk.ncm("pipeline small.toml --check thicker.toml -o out --jobs 1 --resume");
    assert_eq!(mended.code, 0, "{}", mended.stderr);
    assert!(mended.stderr.contains("discover: already done"));
    assert!(mended.stderr.contains("identify: circuit and cards"));
    assert!(desk.read("out/cards/linear.toml").contains("[electrode]"));
}

#[test]
#[ignore = "slow: builds the OSDI library"]
fn the_law_found_runs_by_osdi_where_ngspice_has_it() {
    let Some((release, _)) = support::osdi_releases().into_iter().last() else {
        eprintln!("no release of ngspice with OSDI here: passed over");
        return;
    };
    let desk = Desk::new();
    desk.put("small.toml", SMALL);
    for (from, name) in [
        (support::code_model().to_path_buf(), "ncm.cm"),
        (support::osdi_library("0.3"), "ncm-0.3.osdi"),
    ] {
        fs::copy(from, desk.path(name)).expect("a copy");
    }
    let ngspice = release.ngspice.program().display().to_string();
    let said = desk.ncm_with(
        "pipeline small.toml -o out --jobs 1 --code-model ncm.cm --json",
        &[("NCM_NGSPICE", &ngspice)],
    );
    assert_eq!(said.code, 0, "{}", said.stderr);
    let outcome: serde_json::Value = serde_json::from_str(&said.stdout).expect("JSON");
    for law in ["linear", "sqrt", "found", "rising", "tlm"] {
        let (here, there) = (
            rms(&outcome, "4-sheets", law).expect("a part"),
            rms(&outcome, "4-sheets", &format!("osdi-{law}")).expect("a part by OSDI"),
        );
        assert!((here - there).abs() < 0.005, "{law}: {here} {there}");
    }
}

#[test]
fn a_killed_pipeline_goes_on() {
    let desk = Desk::new();
    desk.put("small.toml", SMALL);
    let folder = desk.path("out");
    let mut child = Command::new(env!("CARGO_BIN_EXE_ncm"))
        .args(["pipeline", "small.toml", "-o", "out", "--jobs", "1"])
        .current_dir(desk.path("."))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("ncm starts");
    let started = Instant::now();
    while !folder.join("mpnp/4-sheets/checkpoint.bin").exists()
        && !folder.join("stages.json").exists()
        && started.elapsed() < Duration::from_secs(60)
    {
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    let resumed = desk.json("pipeline small.toml -o out --jobs 1 --resume");
    let whole = desk.json("pipeline small.toml -o whole --jobs 1");
    for law in ["linear", "sqrt", "found", "tlm"] {
        let off = rms(&resumed, "4-sheets", law).expect("a part");
        assert_eq!(Some(off), rms(&whole, "4-sheets", law), "{law}");
    }
}

#[test]
fn without_ngspice_it_says_so_and_goes_on() {
    let desk = Desk::new();
    desk.put("small.toml", SMALL);
    let said = desk.ncm_with(
        "pipeline small.toml -o out --jobs 1",
        &[("NCM_NGSPICE", "/nowhere/ngspice")],
    );
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(
        said.stderr.contains("there is no ngspice"),
        "{}",
        said.stderr
    );
    assert!(desk.read("out/report.md").contains("there is no ngspice"));
}

#[test]
fn what_gives_no_part_is_refused_before_any_work() {
    let desk = Desk::new();
    desk.put("flat.toml", &SMALL.replace("sheets = 4", "sheets = 2"));
    desk.put("eis.toml", "[drive]\nkind = \"eis\"\n");
    desk.put("step.toml", "[drive]\nkind = \"step\"\n");
    for (file, what) in [
        ("flat.toml", "three sheets"),
        ("eis.toml", "impedance"),
        ("step.toml", "jump"),
        ("nowhere.toml", "nowhere.toml"),
    ] {
        let said = desk.ncm(&format!("pipeline {file} -o out"));
        assert_eq!(said.code, 2, "{}", said.stderr);
        assert!(said.stderr.contains(what), "{}", said.stderr);
        assert!(!desk.path("out").exists());
    }
}
