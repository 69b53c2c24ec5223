//! `ncm discover`, and its exports in real compilers and in ngspice.
#![cfg(feature = "cli")]

// Other tests and the benchmark need the rest.
#[allow(dead_code)]
mod discover_data;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use discover_data::{csv, noisy, one_cycle, table};

/// A folder with the data of one cycle, clean or noisy.
fn data(noise: f64) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cycle.csv");
    let rows = if noise > 0.0 {
        noisy(&one_cycle(), noise, 1)
    } else {
        one_cycle()
    };
    std::fs::write(&path, csv(&table(&rows, false))).expect("written");
    (folder, path)
}

fn ncm(file: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ncm"))
        .arg("discover")
        .arg(file)
        .args(["--target", "dphi", "--inputs", "I,Q"])
        .args(more)
        .output()
        .expect("runs")
}

fn stdout(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn report_front_plots_and_json() {
    let (folder, file) = data(0.0);
    let front = folder.path().join("front.json");
    let prefix = folder.path().join("residuals");
    let (front_name, prefix_name) = (front.to_string_lossy(), prefix.to_string_lossy());
    let text = stdout(&ncm(&file, &["-o", &front_name, "--plot", &prefix_name]));
    assert!(text.starts_with("dphi = I*(5 - 1.5625e8*Q)"), "{text}");
    assert!(
        text.contains("form I*(c0 + c1*Q)") && text.contains("rivals"),
        "{text}"
    );
    for input in ["I", "Q"] {
        let svg = std::fs::read_to_string(folder.path().join(format!("residuals-{input}.svg")));
        assert!(svg.expect("a picture").starts_with("<svg"));
    }
    let saved: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&front).expect("a front")).expect("JSON");
    let chosen = saved["chosen"].as_u64().expect("a number") as usize;
    assert_eq!(saved["front"][chosen]["form"], "I*(c0 + c1*Q)");
    // The same seed, other threads: the same file.
    let again = folder.path().join("again.json");
    stdout(&ncm(
        &file,
        &["-o", &again.to_string_lossy(), "--threads", "3"],
    ));
    assert!(std::fs::read(&front).expect("read") == std::fs::read(&again).expect("read"));
    let printed = stdout(&ncm(&file, &["--json", "--warm-start", &front_name]));
    let printed: serde_json::Value = serde_json::from_str(&printed).expect("JSON");
    assert!(printed["elapsed_s"].as_f64().expect("a time") > 0.0);
}

#[test]
fn bad_input_is_refused_with_code_2() {
    let (_folder, file) = data(0.0);
    for (more, say) in [
        (&["--category", "d"][..], "no column \"d\""),
        (&["--operators", "+,frob"], "\"frob\" is no operator"),
        (&["--template", "I*(R_c"], "closing parenthesis"),
        (&["--template", "I*R_c"], "nothing to find"),
        (&["--cost", "exp"], "PART=LENGTH"),
        (&["--head", "0"], "head = 0"),
        (&["--time-limit", "-1"], "--time-limit -1: give seconds"),
        (&["--resolution", "-1"], "resolution = -1"),
        (&["--where", "I"], "COLUMN=VALUE"),
        (&["--where", "x=1"], "no column \"x\""),
        (&["--where", "Q=7,8"], "no row has 7 or 8 in column \"Q\""),
        (&["--weight-by-step", "x"], "no column \"x\""),
        (&["--compare", "a*f(I)"], "nothing left to find"),
        (&["--compare", "a + b"], "needs one of the inputs"),
        (&["--warm-start", "/no/such.json"], "/no/such.json"),
    ] {
        let output = ncm(&file, more);
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{more:?}: {message}");
        assert!(message.contains(say), "{more:?}: {message}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_keeps_the_front() {
    let (folder, file) = data(0.05);
    let front = folder.path().join("front.json");
    let child = Command::new(env!("CARGO_BIN_EXE_ncm"))
        .arg("discover")
        .arg(&file)
        .args([
            "--target",
            "dphi",
            "--inputs",
            "I,Q",
            "--patience",
            "100000",
        ])
        .args(["--generations", "1000000", "-o"])
        .arg(&front)
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("runs");
    std::thread::sleep(std::time::Duration::from_secs(3));
    let interrupt = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(interrupt.expect("kill runs").success());
    let output = child.wait_with_output().expect("ends");
    assert!(output.status.success());
    let saved = std::fs::read_to_string(&front).expect("a front");
    assert!(saved.contains("\"ended\": \"interrupted\""));
}

/// The exported law and what it must give at I = 2 mA, Q = 8 nC: 2e-3 * (5 - 1.5625e8 * 8e-9).
const EXPECTED: f64 = 7.5e-3;

fn exported(language: &str) -> String {
    let (_folder, file) = data(0.0);
    stdout(&ncm(&file, &["--export", language]))
}

fn number(text: &str) -> f64 {
    text.trim()
        .parse()
        .unwrap_or_else(|_| panic!("no number: {text}"))
}

fn run(program: &mut Command) -> String {
    let output = program.output().expect("the program runs");
    stdout(&output)
}

#[test]
fn c_export_compiles_and_agrees() {
    let folder = tempfile::tempdir().expect("a folder");
    let (source, program) = (folder.path().join("law.c"), folder.path().join("law"));
    let text = format!(
        "#include <math.h>\n#include <stdio.h>\n{}int main(void) {{ printf(\"%.17g\\n\", \
         law_dphi(2e-3, 8e-9)); return 0; }}\n",
        exported("c")
    );
    std::fs::write(&source, text).expect("written");
    run(Command::new("cc")
        .args(["-Wall", "-Werror", "-o"])
        .arg(&program)
        .arg(&source)
        .arg("-lm"));
    let value = number(&run(&mut Command::new(&program)));
    assert!((value / EXPECTED - 1.0).abs() < 1e-6, "{value}");
}

#[test]
fn rust_export_compiles_and_agrees() {
    let folder = tempfile::tempdir().expect("a folder");
    let (source, program) = (folder.path().join("law.rs"), folder.path().join("law"));
    let text = format!(
        "{}fn main() {{ println!(\"{{:e}}\", law_dphi(2e-3, 8e-9)); }}\n",
        exported("rust")
    );
    std::fs::write(&source, text).expect("written");
    run(Command::new("rustc")
        .args(["-Dwarnings", "-o"])
        .arg(&program)
        .arg(&source));
    let value = number(&run(&mut Command::new(&program)));
    assert!((value / EXPECTED - 1.0).abs() < 1e-6, "{value}");
}

#[test]
fn spice_export_runs_in_ngspice_and_agrees() {
    let folder = tempfile::tempdir().expect("a folder");
    let deck = folder.path().join("deck.cir");
    let text = format!(
        "the law as a behavioural source\n{}VI i 0 2m\nVQ q 0 8n\nB1 out 0 V = \
         law_dphi(V(i), V(q))\nR1 out 0 1k\n.control\nop\nprint v(out)\nquit\n.endc\n.end\n",
        exported("spice")
    );
    std::fs::write(&deck, text).expect("written");
    let out = run(Command::new("ngspice").arg("-b").arg(&deck));
    let line = out
        .lines()
        .find(|l| l.starts_with("v(out)"))
        .expect("a result");
    let value = number(line.split('=').nth(1).expect("a value"));
    assert!((value / EXPECTED - 1.0).abs() < 1e-6, "{value}");
}

#[test]
fn the_other_languages() {
    let text = exported("verilog-a");
    assert!(
        text.contains("analog function real law_dphi;\n    input I, Q;\n    real I, Q;"),
        "{text}"
    );
    assert_eq!(
        exported("latex"),
        "\\[ \\mathrm{dphi} = I \\, \\left(5 - 1.5625 \\times 10^{8} \\, Q\\right) \\]\n"
    );
    assert!(exported("text").starts_with("dphi = I*("));
}

#[test]
fn card_export_is_read_by_the_card() {
    let (folder, file) = data(0.0);
    let lines = stdout(&ncm(&file, &["--export", "card"]));
    assert!(
        lines.starts_with("# dphi/I; Q is Q: lines for [electrode]\nresistance = \"c0 + c1*Q\"\n")
    );
    let card = format!(
        "format = 1\nname = \"found\"\nkind = \"half-cell\"\n[electrode]\n{lines}q_max = 1.6e-8\n\
         c_slit = 8e-8\nslits = 6\n"
    );
    let path = folder.path().join("found.toml");
    std::fs::write(&path, card).expect("written");
    let charge = |card: &Path, more: &[&str]| {
        let out = folder.path().join("cv.csv");
        let output = Command::new(env!("CARGO_BIN_EXE_ncm"))
            .arg("cv")
            .arg(card)
            .args(["--rate", "1e4", "--v-min", "0", "--v-max", "0.2", "-o"])
            .arg(&out)
            .args(more)
            .output();
        stdout(&output.expect("runs"));
        let text = std::fs::read_to_string(&out).expect("a file");
        let last = text.lines().nth(50).expect("rows").to_string();
        number(last.rsplit(',').next().expect("a cell"))
    };
    // The same electrode by the built-in law, of which the formula is the positive branch.
    let built_in = std::fs::read_to_string(&path)
        .expect("written")
        .lines()
        .filter(|l| !l.starts_with('#') && !l.starts_with("constants"))
        .map(|l| match l.starts_with("resistance") {
            true => "r_c = 5.0\ngamma = 0.5\n".to_string(),
            false => format!("{l}\n"),
        })
        .collect::<String>();
    let twin = folder.path().join("built-in.toml");
    std::fs::write(&twin, built_in).expect("written");
    let (found, wanted) = (charge(&path, &[]), charge(&twin, &[]));
    assert!((found / wanted - 1.0).abs() < 1e-6, "{found} and {wanted}");
}

#[test]
fn rows_are_chosen_weighed_and_told_apart_by_file() {
    // Two runs in folders of their own, as `ncm mpnp` leaves them, each with two slits of which one
    // follows another law, and with uneven steps.
    let folder = tempfile::tempdir().expect("a folder");
    let mut files = Vec::new();
    for (run, r_c, gamma) in [("thin", 5.0, 0.5), ("wide", 2.0, 0.2)] {
        let mut text = String::from("t,slit,I,Q,dphi\n");
        for k in 0..120 {
            let t = 0.01 * f64::from(k) + if k % 2 == 0 { 0.0 } else { 0.009 };
            let (i, q) = ((9.0 * t).cos(), (9.0 * t).sin() / 9.0);
            let dphi = i * r_c * (1.0 - gamma * q.abs() / 0.2);
            text += &format!("{t},1,{i},{q},{}\n{t},2,{i},{q},{dphi}\n", i * i);
        }
        let path = folder.path().join(run).join("slits.csv");
        std::fs::create_dir(folder.path().join(run)).expect("a folder");
        std::fs::write(&path, text).expect("written");
        files.push(path);
    }
    let output = Command::new(env!("CARGO_BIN_EXE_ncm"))
        .arg("discover")
        .args(&files)
        .args(["--target", "dphi", "--inputs", "I,Q", "--where", "slit=2"])
        .args(["--category", "file", "--weight-by-step", "t"])
        .args(["--operators", "+,-,*,/,abs"])
        .args([
            "--compare",
            "I*(a + b*abs(Q))",
            "--compare",
            "I/sqrt(a + b*Q^2)",
            "--json",
        ])
        .output()
        .expect("runs");
    let found: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert_eq!(found["rows"], 240);
    assert_eq!(found["categories"], serde_json::json!(["thin", "wide"]));
    let chosen = found["chosen"].as_u64().expect("a number") as usize;
    let law = &found["front"][chosen];
    assert_eq!(law["form"], "I*(c0 + c1*abs(Q))");
    // The quotient is the resistance, with numbers for each file.
    assert_eq!(law["over"]["I"]["form"], "c0 + c1*abs(Q)");
    for (k, (r_c, gamma)) in [(5.0, 0.5), (2.0, 0.2)].into_iter().enumerate() {
        let close = |got: &serde_json::Value, wanted: f64| {
            (got.as_f64().expect("a number") / wanted - 1.0).abs() < 1e-9
        };
        assert!(close(&law["constants"][k][0], r_c));
        assert!(close(&law["constants"][k][1], -r_c * gamma / 0.2));
        let text = law["over"]["I"]["exact"][k].as_str().expect("text");
        let parsed = ncm::discover::expression::parse(text, &["Q".to_string()]);
        assert!(parsed.is_ok(), "{text}");
    }
    // What was asked to be compared: the law itself, and one that these data exclude.
    assert_eq!(found["compared"][0]["given"], "I*(a + b*abs(Q))");
    let difference = |k: usize| found["compared"][k]["bic_difference"].as_f64();
    assert!(difference(0).expect("a number").abs() < 1.0);
    assert!(difference(1).expect("a number") > 100.0);
}
