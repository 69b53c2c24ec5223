//! The study behind docs/mpnp-study.md, on grids that only try its machinery: every table is complete, and
//! nothing is run twice.
#![cfg(all(feature = "workshop", feature = "plot"))]

#[path = "../examples/mpnp_study/cases.rs"]
mod cases;
#[path = "../examples/mpnp_study/claims.rs"]
mod claims;
#[path = "../examples/mpnp_study/found.rs"]
mod found;
#[path = "../examples/mpnp_study/runner.rs"]
mod runner;
#[path = "../examples/mpnp_study/tables.rs"]
mod tables;

use ncm::paper::store::Store;

#[test]
fn tables_are_complete_and_nothing_is_run_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let cases = cases::all(true);
    let page = || {
        let found = runner::run_all(&cases, folder.path(), 2).expect("all runs");
        tables::all(&found)
            .into_iter()
            .chain([claims::table(&found)])
            .map(|(title, text)| format!("## {title}\n\n{text}\n"))
            .collect::<String>()
    };
    let first = page();
    assert!(!first.contains("NaN") && !first.contains("inf"), "{first}");
    // A row for every size, every change, every claim.
    let rows = |start: &str| first.lines().filter(|l| l.starts_with(start)).count();
    assert_eq!(rows("| 0.36 | "), 2 * 6 + 2 * 6);
    assert_eq!(rows("| 0.66 | "), 2 * 6);
    for case in &cases {
        assert!(
            case.says.is_empty() || rows(&format!("| {} |", case.says)) >= 1,
            "no row: {}",
            case.says
        );
    }
    // Again: from the files, but for what is missing or of another configuration.
    let store = Store::new(folder.path());
    let report = |key: &str| {
        let case = cases.iter().find(|c| c.key == key).expect("a case");
        store.folder_of(&case.config).join("run.json")
    };
    let time = || {
        std::fs::metadata(report("c-2"))
            .and_then(|m| m.modified())
            .expect("a file")
    };
    let kept = time();
    std::fs::remove_file(report("base")).expect("removed");
    std::fs::copy(report("c-2"), report("c-0.5")).expect("copied");
    assert_eq!(page(), first);
    assert_eq!(time(), kept);
}

/// The page in the documentation is of these cases: their rows stand in it.
#[test]
fn the_page_has_every_case() {
    let page = include_str!("../docs/mpnp-study.md");
    for case in cases::all(false) {
        assert!(
            case.says.is_empty() || page.contains(&format!("| {} |", case.says)),
            "docs/mpnp-study.md has no row \"{}\": make mpnp-study",
            case.says
        );
    }
    assert!(!page.contains("NaN"));
}

/// A branch on which a slit carries no charge to speak of says nothing of gamma.
#[test]
fn a_fit_without_charge_is_refused() {
    let fit = |scale: f64| {
        let charge: Vec<f64> = (0..20).map(|k| f64::from(k) * 1e-3).collect();
        let current = vec![1.0; 20];
        let dphi: Vec<f64> = charge
            .iter()
            .map(|q| 4.0 * (1.0 - 0.5 * q / 0.019))
            .collect();
        ncm::mpnp::analysis::fit_resistance(&dphi, &current, &charge, &[1.0; 20], scale)
    };
    let found = fit(0.019).expect("charge of the scale's size");
    assert!((found.r_c - 4.0).abs() < 1e-9 && (found.gamma - 0.5).abs() < 1e-9);
    assert!(fit(19.0).is_none());
}
