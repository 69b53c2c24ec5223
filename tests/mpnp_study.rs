//! The study behind docs/mpnp-study.md, on grids that only try its machinery: every table is complete, and
//! nothing is run twice.
#![cfg(feature = "workshop")]

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
    let time = |key: &str| {
        std::fs::metadata(folder.path().join(key).join("run.json"))
            .and_then(|m| m.modified())
            .expect("a file")
    };
    let kept = time("c-2");
    std::fs::remove_file(folder.path().join("base/run.json")).expect("removed");
    std::fs::copy(
        folder.path().join("c-2/run.json"),
        folder.path().join("c-0.5/run.json"),
    )
    .expect("copied");
    assert_eq!(page(), first);
    assert_eq!(time("c-2"), kept);
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
