//! Real C and C++ programs on the installed library: strictly compiled, under sanitizers, under valgrind.

#![cfg(all(feature = "capi", target_os = "linux"))]

mod capi_support;

use std::path::{Path, PathBuf};
use std::process::Command;

use capi_support::*;

fn prefix() -> &'static Path {
    installed("capi-programs")
}

/// Compiles `source` against the static library; `flags` also name the program.
fn build(source: &Path, flags: &[&str]) -> PathBuf {
    let name = format!("{}{}", program_name(source), flags.concat());
    let program = scratch("capi-programs").join(name.replace(['=', ','], "_"));
    run(compiler(source)
        .args(["-g", "-O1"])
        .args(flags)
        .arg("-I")
        .arg(prefix().join("include"))
        .arg(source)
        .arg(prefix().join("lib/libncm.a"))
        .args(SYSTEM_LIBRARIES)
        .arg("-o")
        .arg(&program));
    program
}

fn valgrind(program: &Path, arguments: &[&str]) -> String {
    let all_but_reachable = "definite,indirect,possible";
    run(Command::new("valgrind")
        .args([
            "-q",
            "--error-exitcode=99",
            "--leak-check=full",
            "--fair-sched=yes",
        ])
        .arg(format!("--show-leak-kinds={all_but_reachable}"))
        .arg(format!("--errors-for-leak-kinds={all_but_reachable}"))
        .arg(program)
        .args(arguments))
}

#[test]
fn headers_are_valid_in_every_standard_they_promise() {
    let folder = scratch("capi-programs");
    let mut cases = Vec::new();
    for standard in ["c99", "c11", "c17", "c2x"] {
        cases.push(("ncm.h", "c", standard));
    }
    for standard in ["c++11", "c++17", "c++20"] {
        cases.push(("ncm.h", "cpp", standard));
    }
    for standard in ["c++17", "c++20"] {
        cases.push(("ncm.hpp", "cpp", standard));
    }
    for (header, ending, standard) in cases {
        let source = folder.join(format!("only-{header}.{ending}"));
        let text =
            format!("#include <{header}>\n#include <{header}>\nint main(void) {{ return 0; }}\n");
        std::fs::write(&source, text).expect("scratch is writable");
        run(compiler(&source)
            .arg(format!("-std={standard}"))
            .args(["-Wconversion", "-Wshadow", "-fsyntax-only", "-I"])
            .arg(prefix().join("include"))
            .arg(&source));
    }
}

#[test]
fn examples_come_out_right_under_sanitizers() {
    for source in examples() {
        let program = build(
            &source,
            &["-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
        );
        let said = run(&mut Command::new(program));
        assert!(said.trim_end().ends_with("ok"), "{said}");
    }
}

#[test]
fn examples_come_out_right_under_valgrind() {
    for source in examples() {
        let said = valgrind(&build(&source, &[]), &["5e-4"]);
        assert!(said.trim_end().ends_with("ok"), "{said}");
    }
}

#[test]
fn the_wrapper_keeps_its_promises() {
    let source = root().join("tests/cpp/wrapper.cpp");
    for flags in [
        &["-fsanitize=address,undefined", "-fno-sanitize-recover=all"][..],
        &[],
    ] {
        let said = run(&mut Command::new(build(&source, flags)));
        assert_eq!(said, "ok\n");
    }
    valgrind(&build(&source, &[]), &[]);
}

#[test]
fn random_call_sequences_are_clean_under_valgrind() {
    let program = build(&root().join("fuzz/call_sequences.c"), &[]);
    for arguments in [["5", "4000", "1"], ["6", "4000", "4"]] {
        valgrind(&program, &arguments);
    }
}

/// With the Rust code instrumented too.
#[test]
fn random_call_sequences_are_clean_under_address_sanitizer() {
    fuzz(&["1:100000:1", "2:100000:4"]);
}

#[test]
#[ignore = "slow: eight million calls"]
fn many_random_call_sequences_are_clean_under_address_sanitizer() {
    let jobs: Vec<String> = (100..108)
        .map(|seed| format!("{seed}:500000:{}", 1 + 7 * (seed % 2)))
        .collect();
    let jobs: Vec<&str> = jobs.iter().map(String::as_str).collect();
    fuzz(&jobs);
}

fn fuzz(jobs: &[&str]) {
    run(Command::new(root().join("scripts/fuzz-capi.sh"))
        .arg(target_dir().join("fuzz-capi"))
        .args(jobs));
}

/// The program on docs/abi.md, taken from there.
#[test]
fn the_program_in_the_documentation_runs() {
    let page = std::fs::read_to_string(root().join("docs/abi.md")).expect("docs/abi.md");
    let code = page
        .split("```c\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("docs/abi.md has a C program");
    let source = scratch("capi-programs").join("documentation.c");
    std::fs::write(&source, code).expect("scratch is writable");
    let said = valgrind(&build(&source, &["-std=c99"]), &[]);
    // Half of each electrode's 5 slits at 0.2 V would be 4e-8 C at rest; after 1 us most of it is there.
    let charge: f64 = said
        .trim_end_matches(" C\n")
        .parse()
        .unwrap_or_else(|e| panic!("{said}: {e}"));
    assert!((1e-8..4e-8).contains(&charge), "{said}");
}
