//! The gallery of the paper's figures: every figure is made (on coarse runs), its numbers are those of its data, an
//! interrupted gallery goes on, and the page in docs/ is complete.
#![cfg(feature = "cli")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use ncm::paper::Verdict;
use ncm::paper::registry::ENTRIES;
use serde_json::Value;

fn ncm(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ncm"));
    command
        .current_dir(folder)
        .arg("paper")
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(folder: &Path, arguments: &[&str]) -> String {
    let output = ncm(folder, arguments).output().expect("ncm runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// What was found, as kept beside the data.
fn found(folder: &Path, name: &str) -> String {
    let value: Value =
        serde_json::from_str(&read(folder.join(format!("data/{name}.json")))).expect("JSON");
    value["found"].as_str().expect("a text").to_owned()
}

/// Curves of a figure's CSV by (figure, y axis, curve).
type Curves = BTreeMap<(String, String, String), (Vec<f64>, Vec<f64>)>;

fn curves(folder: &Path, name: &str) -> Curves {
    let mut reader = csv_lines(&read(folder.join(format!("data/{name}.csv"))));
    assert_eq!(
        reader.remove(0),
        ["figure", "x_axis", "y_axis", "curve", "x", "y"]
    );
    let mut curves = Curves::new();
    for line in reader {
        let [figure, _, y_axis, curve, x, y] = &line[..] else {
            panic!("{line:?}");
        };
        let (xs, ys) = curves
            .entry((figure.clone(), y_axis.clone(), curve.clone()))
            .or_default();
        xs.push(x.parse().expect("a number"));
        ys.push(y.parse().expect("a number"));
    }
    curves
}

/// Lines of a CSV text, quotes taken off.
fn csv_lines(text: &str) -> Vec<Vec<String>> {
    text.lines()
        .map(|line| {
            let mut fields = vec![String::new()];
            let mut quoted = false;
            for c in line.chars() {
                match (c, quoted) {
                    ('"', _) => quoted = !quoted,
                    (',', false) => fields.push(String::new()),
                    (c, _) => fields.last_mut().expect("a field").push(c),
                }
            }
            fields
        })
        .collect()
}

fn curve<'c>(curves: &'c Curves, y_axis: &str, name: &str) -> &'c (Vec<f64>, Vec<f64>) {
    curves
        .iter()
        .find(|((_, y, c), _)| y == y_axis && c == name)
        .unwrap_or_else(|| panic!("no curve {name} over {y_axis}: {:?}", curves.keys()))
        .1
}

fn list(values: &[f64], decimals: usize) -> String {
    values
        .iter()
        .map(|v| format!("{v:.decimals$}"))
        .collect::<Vec<_>>()
        .join(", ")
}

#[test]
fn every_figure_is_made_and_its_numbers_are_those_of_its_data() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let table = run(folder.path(), &["--coarse", "-o", "out", "--jobs", "2"]);
    let page = read(out.join("gallery.md"));
    for entry in ENTRIES {
        let svg = read(out.join(format!("img/paper/{}.svg", entry.name)));
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        assert!(!svg.contains("NaN"), "{}", entry.name);
        let text = found(&out, entry.name);
        assert!(
            text.chars().any(|c| c.is_ascii_digit())
                && !text.contains("NaN")
                && !text.contains("inf"),
            "{}: {text}",
            entry.name
        );
        assert!(
            page.contains(&text) && page.contains(&format!("`dist/ncm paper {} -o", entry.name))
        );
        assert!(table.lines().any(|l| {
            l.starts_with(entry.name)
                && Verdict::ALL
                    .iter()
                    .any(|v| l.trim_end().ends_with(v.text()))
        }));
        assert!(!curves(&out, entry.name).is_empty());
    }
    numbers_of_sizes(&out);
    numbers_of_gamma(&out);
    numbers_of_agreement(&out);
}

/// Resistivities from resistances, written down anew.
fn numbers_of_sizes(out: &Path) {
    let c = curves(out, "resistance-size");
    let text = found(out, "resistance-size");
    let (d, r_max) = curve(&c, "R (ohm)", "R_max");
    let r_min = &curve(&c, "R (ohm)", "R_min").1;
    assert!(
        text.contains(&format!("R_max {} ohm", list(r_max, 2))),
        "{text}"
    );
    let ratio: Vec<f64> = r_min.iter().zip(r_max).map(|(a, b)| a / b).collect();
    assert!(
        text.contains(&format!("R_min/R_max {}", list(&ratio, 2))),
        "{text}"
    );
    // Coarse sheets are 12 nm long.
    let difference: Vec<f64> = (0..d.len())
        .map(|k| (r_max[k] - r_min[k]) * d[k] / 12e-9)
        .collect();
    assert!(
        text.contains(&format!("difference {} ohm m", list(&difference, 3))),
        "{text}"
    );
}

/// Areas of the voltammograms by triangles from a corner.
fn numbers_of_gamma(out: &Path) {
    let c = curves(out, "gamma-family");
    let gammas = ["-0.9", "-0.6", "-0.3", "0", "0.3", "0.6", "0.9"];
    let areas: Vec<f64> = gammas
        .iter()
        .map(|gamma| {
            let (v, i) = curve(&c, "current (A)", &format!("gamma = {gamma}"));
            let corner = (v[0], i[0]);
            let sum: f64 = (1..v.len() - 1)
                .map(|k| {
                    let (ax, ay) = (v[k] - corner.0, i[k] - corner.1);
                    let (bx, by) = (v[k + 1] - corner.0, i[k + 1] - corner.1);
                    0.5 * (ax * by - bx * ay)
                })
                .sum();
            1e3 * sum.abs()
        })
        .collect();
    let text = found(out, "gamma-family");
    assert!(
        text.contains(&format!("{} mW", list(&areas, 3))),
        "{text} {areas:?}"
    );
}

/// Deviation of the circuit from the ions, on a fine grid of times.
fn numbers_of_agreement(out: &Path) {
    let c = curves(out, "cv-agreement");
    let over_time = |name: &str| {
        c.iter()
            .find(|((figure, _, curve), _)| figure == "the same over time" && curve == name)
            .expect("a curve")
            .1
    };
    let at = |(t, i): &(Vec<f64>, Vec<f64>), when: f64| {
        let k = t.partition_point(|&x| x < when).clamp(1, t.len() - 1);
        i[k - 1] + (i[k] - i[k - 1]) * (when - t[k - 1]) / (t[k] - t[k - 1])
    };
    let ions = over_time("mPNP");
    let end = ions.0[ions.0.len() - 1];
    let largest = ions.1.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    let text = found(out, "cv-agreement");
    let mut stated = text
        .split(" %")
        .filter_map(|piece| piece.rsplit(' ').next()?.parse::<f64>().ok());
    for name in ["NCM", "TLM"] {
        let n = 20_000;
        let sum: f64 = (0..n)
            .map(|k| {
                let t = end * (f64::from(k) + 0.5) / f64::from(n);
                (at(over_time(name), t) - at(ions, t)).powi(2)
            })
            .sum();
        let error = 100.0 * (sum / f64::from(n)).sqrt() / largest;
        let said = stated.next().expect("a percentage");
        assert!(
            (error - said).abs() < 0.05 + 0.03 * said,
            "{name}: {error} {said}"
        );
    }
}

#[test]
fn an_interrupted_gallery_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let figures = ["resistance-size", "window", "flux-slit"];
    let arguments = |out: &str, resume: bool| -> Vec<String> {
        let mut a: Vec<String> = figures.iter().map(|f| (*f).to_owned()).collect();
        a.extend(["--coarse", "--jobs", "1", "-o", out].map(String::from));
        if resume {
            a.push("--resume".into());
        }
        a
    };
    let strs = |a: &[String]| -> Vec<String> { a.to_vec() };
    let whole = strs(&arguments("whole", false));
    run(
        folder.path(),
        &whole.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    let cut = arguments("cut", false);
    let mut child = ncm(
        folder.path(),
        &cut.iter().map(String::as_str).collect::<Vec<_>>(),
    )
    .spawn()
    .expect("ncm runs");
    // Until some runs are there and others are not.
    let runs = folder.path().join("cut/runs");
    let finished = || {
        std::fs::read_dir(&runs).map_or(0, |entries| {
            entries
                .filter_map(Result::ok)
                .filter(|e| e.path().join("run.json").exists())
                .count()
        })
    };
    while finished() < 3 {
        assert!(
            child.try_wait().expect("a state").is_none(),
            "it ended too early"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().expect("killed");
    child.wait().expect("gone");
    let kept: Vec<_> = std::fs::read_dir(&runs)
        .expect("a folder")
        .filter_map(Result::ok)
        .map(|e| e.path().join("run.json"))
        .filter(|p| p.exists())
        .map(|p| {
            (
                p.clone(),
                p.metadata().and_then(|m| m.modified()).expect("a time"),
            )
        })
        .collect();
    assert!(!folder.path().join("cut/gallery.md").exists());
    let on = arguments("cut", true);
    run(
        folder.path(),
        &on.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    for (path, time) in kept {
        let now = path.metadata().and_then(|m| m.modified()).expect("a time");
        assert_eq!(now, time, "run again: {}", path.display());
    }
    for name in figures {
        for kind in ["csv", "json"] {
            let of = |out: &str| read(folder.path().join(out).join(format!("data/{name}.{kind}")));
            assert_eq!(of("cut"), of("whole"), "{name}");
        }
    }
}

#[test]
fn bad_input_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = ncm(folder.path(), &["flux-opne", "-o", "out"])
        .output()
        .expect("ncm runs");
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        text.contains("flux-opne") && text.contains("remedy"),
        "{text}"
    );
    for entry in ENTRIES {
        assert!(text.contains(entry.name), "{text}");
    }
    assert!(!folder.path().join("out").exists());
    // The output is a file.
    std::fs::write(folder.path().join("file"), "").expect("written");
    let output = ncm(folder.path(), &["gamma-family", "-o", "file"])
        .output()
        .expect("ncm runs");
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("file") && text.contains("remedy"), "{text}");
    // A checkpoint and a run that are no such things are made anew.
    run(folder.path(), &["both-polarities", "--coarse", "-o", "out"]);
    let first = read(folder.path().join("out/data/both-polarities.csv"));
    for run in std::fs::read_dir(folder.path().join("out/runs")).expect("a folder") {
        let run = run.expect("an entry").path();
        std::fs::write(run.join("run.json"), "{").expect("written");
        std::fs::write(run.join("checkpoint.bin"), "nonsense").expect("written");
    }
    run(
        folder.path(),
        &["both-polarities", "--coarse", "--resume", "-o", "out"],
    );
    assert_eq!(
        read(folder.path().join("out/data/both-polarities.csv")),
        first
    );
}

#[test]
fn every_figure_is_listed_and_every_figure_of_the_paper_has_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = run(folder.path(), &["--list"]);
    let mut names = Vec::new();
    for entry in ENTRIES {
        assert!(!names.contains(&entry.name), "twice: {}", entry.name);
        names.push(entry.name);
        assert!(
            text.lines()
                .any(|l| l.starts_with(entry.name) && l.contains(entry.title))
        );
    }
    let of_the_paper: Vec<&str> = ENTRIES.iter().flat_map(|e| e.paper.split(", ")).collect();
    for figure in [
        "2c",
        "2f",
        "3a",
        "3b",
        "3c",
        "3d",
        "4c",
        "4d",
        "4e",
        "ED2",
        "ED3",
        "ED4",
        "ED table 1",
        "ED5",
        "ED6",
        "ED7",
        "ED8",
        "ED9",
        "ED10",
        "ED11a",
        "ED11b",
        "ED11d",
        "ED12",
        "ED13",
        "ED14",
        "ED15",
    ] {
        assert!(of_the_paper.contains(&figure), "no figure for {figure}");
    }
}

/// The page in the documentation is complete, and its pictures are there.
#[test]
fn the_page_has_every_figure() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let page = read(docs.join("gallery.md"));
    for entry in ENTRIES {
        for part in [
            format!("## {}\n", entry.name),
            format!("](img/paper/{}.svg)", entry.name),
            entry.claim.to_owned(),
            entry.criterion.to_owned(),
        ] {
            assert!(page.contains(&part), "{}: {part}: make gallery", entry.name);
        }
        let svg = read(docs.join(format!("img/paper/{}.svg", entry.name)));
        assert!(svg.len() < 200_000, "{} is large", entry.name);
    }
    for picture in std::fs::read_dir(docs.join("img/paper")).expect("pictures") {
        let path = picture.expect("an entry").path();
        let name = path
            .file_stem()
            .and_then(|s| s.to_str())
            .expect("a name")
            .to_owned();
        assert!(
            ENTRIES.iter().any(|e| e.name == name),
            "{name}.svg belongs to no figure"
        );
    }
    assert!(!page.contains("NaN"));
}

/// Numbers of a text, in order.
fn numbers(text: &str) -> Vec<f64> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-'))
        .filter_map(|piece| piece.trim_matches(['.', '-']).parse().ok())
        .collect()
}

#[test]
#[ignore = "slow: every figure at its real size by its own command, some minutes"]
fn the_command_under_each_figure_gives_what_the_page_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let page = read(docs.join("gallery.md"));
    let mut figures = 0;
    let mut failures = Vec::new();
    for section in page.split("\n## ").skip(1) {
        let line = |head: &str| section.lines().find_map(|l| l.strip_prefix(head));
        let Some(command) = line("- Again: `dist/ncm ") else {
            continue;
        };
        figures += 1;
        let name = section.lines().next().expect("a name");
        let words: Vec<&str> = command.trim_end_matches('`').split(' ').collect();
        let table = run(folder.path(), &words[1..]);
        let said = line("- Found: ").expect("what was found");
        let now = found(&folder.path().join("out/paper"), name);
        // Seconds are those of the machine.
        if name != "times" {
            let (said, now) = (numbers(said), numbers(&now));
            let same = said.len() == now.len()
                && said
                    .iter()
                    .zip(&now)
                    .all(|(a, b)| (a - b).abs() <= 0.02 * a.abs().max(5.0));
            if !same {
                failures.push(format!("{name}: {said:?} on the page, {now:?} now"));
            }
        }
        let verdict = table
            .lines()
            .find_map(|l| l.strip_prefix(name))
            .expect("a verdict")
            .trim();
        if !section.contains(&format!("Verdict: **{verdict}**")) {
            failures.push(format!("{name}: {verdict}"));
        }
        println!("{name}: {verdict}");
    }
    assert!(figures > 20, "{figures} figures");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
