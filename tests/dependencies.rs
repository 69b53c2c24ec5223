//! Every direct dependency of every member of the workspace has its reason in docs/dependencies.md.
#![cfg(feature = "cli")]

use std::process::Command;

#[test]
fn every_dependency_has_a_reason() {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--offline",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let page = include_str!("../docs/dependencies.md");
    let mut seen = 0;
    for package in metadata["packages"].as_array().into_iter().flatten() {
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            // Members of the workspace depend on each other by path.
            if dependency["path"].is_string() {
                continue;
            }
            let name = dependency["name"].as_str().unwrap_or("");
            seen += 1;
            assert!(
                page.contains(&format!("| `{name}` |")),
                "docs/dependencies.md has no reason for {name}"
            );
        }
    }
    assert!(seen > 5, "{seen} dependencies");
}
