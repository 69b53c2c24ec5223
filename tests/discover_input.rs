//! Equation discovery on data that are wrong, odd or large.
#![cfg(feature = "workshop")]

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use ncm::discover::{DiscoverError, Function, Problem, Request, Settings, Table, search};
use proptest::prelude::*;

/// A file with this text; the folder goes when the guard does.
fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("data.csv");
    let mut file = std::fs::File::create(&path).expect("a file");
    file.write_all(text.as_bytes()).expect("written");
    (folder, path)
}

fn request() -> Request {
    Request {
        target: "y".into(),
        inputs: vec!["a".into(), "b".into()],
        ..Request::default()
    }
}

/// y = a + 2 b, 20 rows, as lines.
fn lines() -> Vec<String> {
    let mut lines = vec!["a,b,y".to_string()];
    for k in 0..20 {
        let (a, b) = (f64::from(k), f64::from((k * 7) % 11));
        lines.push(format!("{a},{b},{}", a + 2.0 * b));
    }
    lines
}

fn problem(text: &str, request: &Request) -> Result<Problem, DiscoverError> {
    let (_folder, path) = file(text);
    Problem::new(&Table::read_csv(&[path])?, request)
}

/// The message for this text, which must be refused.
fn refused(text: &str, request: &Request) -> String {
    match problem(text, request) {
        Ok(_) => panic!("accepted:\n{text}"),
        Err(e) => e.to_string(),
    }
}

#[test]
fn a_cell_that_is_no_number_is_named_with_its_line() {
    for cell in ["", "NaN", "inf", "oops"] {
        let mut lines = lines();
        lines[5] = format!("1,{cell},3");
        let message = refused(&lines.join("\n"), &request());
        assert!(message.contains("data.csv line 6"), "{cell}: {message}");
        assert!(message.contains("\"b\""), "{cell}: {message}");
    }
    // Left out on request.
    let mut lines = lines();
    lines[5] = "1,,3".into();
    let skipping = Request {
        skip_incomplete: true,
        ..request()
    };
    let problem = problem(&lines.join("\n"), &skipping).expect("sound data");
    assert_eq!(problem.rows.len(), 19);
    assert!(problem.warnings[0].contains("1 incomplete rows"));
}

#[test]
fn columns_that_are_missing_doubled_or_constant() {
    let text = lines().join("\n");
    let wrong = Request {
        inputs: vec!["a".into(), "c".into()],
        ..request()
    };
    let message = refused(&text, &wrong);
    assert!(
        message.contains("no column \"c\"") && message.contains("a, b, y"),
        "{message}"
    );
    let message = refused(&text.replacen("a,b,y", "a,a,y", 1), &request());
    assert!(message.contains("\"a\" occurs twice"), "{message}");
    let message = refused(&text.replacen("a,b,y", "1,2,3", 1), &request());
    assert!(message.contains("must name the columns"), "{message}");
    let own = Request {
        inputs: vec!["a".into(), "y".into()],
        ..request()
    };
    assert!(refused(&text, &own).contains("\"y\" is the target"));

    let constant: Vec<String> = (0..20).map(|k| format!("{k},4,{}", 2 * k)).collect();
    let text = format!("a,b,y\n{}", constant.join("\n"));
    let problem = problem(&text, &request()).expect("b is left out");
    assert_eq!(problem.inputs, ["a"]);
    assert!(problem.warnings[0].contains("b is 4 in every row"));
    let only_b = Request {
        inputs: vec!["b".into()],
        ..request()
    };
    assert!(refused(&text, &only_b).contains("no input column is left"));
    let constant: Vec<String> = (0..20).map(|k| format!("{k},{},7", k * k)).collect();
    let message = refused(&format!("a,b,y\n{}", constant.join("\n")), &request());
    assert!(
        message.contains("target \"y\" is 7 in every row"),
        "{message}"
    );
}

#[test]
fn too_little_data_and_torn_files() {
    assert!(refused("a,b,y\n1,2,3", &request()).contains("have 1 rows"));
    assert!(refused("a,b,y", &request()).contains("have 0 rows"));
    assert!(refused("", &request()).contains("empty"));
    let mut lines = lines();
    lines[3] = "1,2".into();
    let message = refused(&lines.join("\n"), &request());
    assert!(
        message.contains("line 4: 2 cells, the header names 3"),
        "{message}"
    );
    let by_category = Request {
        inputs: vec!["b".into()],
        category: Some("a".into()),
        ..request()
    };
    let message = refused(&self::lines().join("\n"), &by_category);
    assert!(message.contains("category \"0\" has 1 rows"), "{message}");
    assert!(Table::read_csv(&["/no/such/file.csv"]).is_err());
}

#[test]
fn separators_comments_units_and_pooling() {
    let text =
        lines()
            .join("\n")
            .replace(',', ";")
            .replacen("a;b;y", "# made by hand\na [A];b;y [V]", 1);
    let (_one, first) = file(&text);
    let (_two, second) = file(
        &lines()
            .join("\n")
            .replace("a,b,y", "y,extra,b")
            .replace("extra", "a"),
    );
    let table = Table::read_csv(&[first, second]).expect("two tables");
    assert_eq!(table.rows(), 40);
    assert_eq!(
        table.column("a").and_then(|c| c.unit.clone()).as_deref(),
        Some("A")
    );
    // The second file's columns are in another order; they are matched by name.
    let first_of_second = table.column("y").map(|c| c.cells.label(20));
    assert_eq!(first_of_second.as_deref(), Some("0"));
}

#[test]
fn a_million_rows() {
    let n = 1_000_000;
    let a: Vec<f64> = (0..n).map(|k| (f64::from(k) * 0.37).sin()).collect();
    let b: Vec<f64> = (0..n).map(|k| (f64::from(k) * 0.11).cos() + 1.5).collect();
    let y = a.iter().zip(&b).map(|(a, b)| a * (3.0 + 2.0 * b)).collect();
    let mut table = Table::new();
    table.add("a", a).expect("new");
    table.add("b", b).expect("new");
    table.add("y", y).expect("new");
    let problem = Problem::new(&table, &request()).expect("sound data");
    let settings = Settings {
        functions: Function::parse_list("+,-,*,/").expect("operators"),
        ..Settings::default()
    };
    let outcome = search(&problem, &settings, &AtomicBool::new(false), &mut |_| {}).expect("a law");
    assert_eq!(outcome.rows, 1_000_000);
    assert_eq!(outcome.text(), "a*(3 + 2*b)");
}

#[test]
fn extreme_scales() {
    for scale in [1e-280, 1e-30, 1e30, 1e280] {
        let a: Vec<f64> = (0..50).map(|k| scale * (1.0 + f64::from(k))).collect();
        let b: Vec<f64> = (0..50).map(|k| 1.0 + f64::from((k * 7) % 13)).collect();
        let y = a.iter().zip(&b).map(|(a, b)| a * (3.0 + 2.0 * b)).collect();
        let mut table = Table::new();
        table.add("a", a).expect("new");
        table.add("b", b).expect("new");
        table.add("y", y).expect("new");
        let problem = Problem::new(&table, &request()).expect("sound data");
        let outcome = search(
            &problem,
            &Settings::default(),
            &AtomicBool::new(false),
            &mut |_| {},
        )
        .expect("a law");
        assert!(
            outcome.law().relative_error < 1.1e-6,
            "{scale}: {}",
            outcome.text()
        );
    }
}

#[test]
fn settings_out_of_range_are_named() {
    for (settings, name) in [
        (
            Settings {
                head: 0,
                ..Settings::default()
            },
            "head",
        ),
        (
            Settings {
                population: 1,
                ..Settings::default()
            },
            "population",
        ),
        (
            Settings {
                resolution: 0.0,
                ..Settings::default()
            },
            "resolution",
        ),
        (
            Settings {
                threads: 5000,
                ..Settings::default()
            },
            "threads",
        ),
    ] {
        let message = settings.validate().expect_err(name).to_string();
        assert!(message.starts_with(name), "{message}");
    }
    assert!(Function::parse_list("+,frob").is_err());
    assert!(Function::parse_list("sin,cos").is_err());
}

proptest! {
    #[test]
    fn no_text_makes_reading_panic(text in "[ -~\n\t;,\"#]{0,300}") {
        let _ = problem(&text, &request());
    }

    #[test]
    fn no_cells_make_a_short_search_panic(cells in prop::collection::vec(
        (any::<f64>(), any::<f64>(), any::<f64>()), 8..30)) {
        let mut table = Table::new();
        let column = |f: fn(&(f64, f64, f64)) -> f64| cells.iter().map(f).collect::<Vec<f64>>();
        table.add("a", column(|c| c.0)).expect("new");
        table.add("b", column(|c| c.1)).expect("new");
        table.add("y", column(|c| c.2)).expect("new");
        if let Ok(problem) = Problem::new(&table, &Request { skip_incomplete: true, ..request() }) {
            let settings = Settings {
                population: 12, generations: 2, starts: 1, ..Settings::default()
            };
            if let Ok(outcome) = search(&problem, &settings, &AtomicBool::new(false), &mut |_| {}) {
                prop_assert!(outcome.front.iter().all(|l| l.rmse.is_finite()));
            }
        }
    }
}
