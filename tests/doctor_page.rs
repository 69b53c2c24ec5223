//! Every machine of docs/doctor.md is made, and `ncm doctor` must say there what the page shows.
#![cfg(all(feature = "cli", target_os = "linux", target_arch = "x86_64"))]

#[path = "support/cli.rs"]
mod cli;
mod support;

use std::collections::BTreeMap;

use cli::Desk;
use support::{Release, code_model, osdi_library, releases};

const PAGE: &str = include_str!("../docs/doctor.md");

/// The blocks of the page by their headings.
fn shown() -> BTreeMap<&'static str, &'static str> {
    PAGE.split("\n## ")
        .skip(1)
        .map(|part| {
            let (heading, rest) = part.split_once('\n').expect("a heading");
            let block = rest.split("```text\n").nth(1).expect("what is said");
            (heading, block.split("```").next().expect("an end"))
        })
        .collect()
}

/// A home with the code models in `dist/`.
fn desk() -> Desk {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("dist")).expect("a folder");
    put_model(
        &desk,
        &std::fs::read(code_model()).expect("our code models"),
    );
    desk
}

fn put_model(desk: &Desk, bytes: &[u8]) {
    std::fs::write(desk.path("dist/ncm.cm"), bytes).expect("a file");
}

/// What the doctor says there with these variables (beside the code models in `dist/`).
fn said(desk: &Desk, variables: &[(&str, &str)]) -> String {
    let model = desk.path("dist/ncm.cm").display().to_string();
    let mut all = vec![
        ("NCM_CODE_MODEL", model.as_str()),
        ("XDG_CONFIG_HOME", ""),
        ("XDG_DATA_HOME", ""),
    ];
    all.extend(variables);
    let home = desk.path("").display().to_string();
    let said = desk.ncm_with("doctor", &all).stdout;
    said.replace(home.trim_end_matches('/'), "/home/you")
}

fn release(name: &str) -> Option<&'static Release> {
    let found = releases().iter().find(|release| release.name == name);
    if found.is_none() {
        println!("ngspice {name} could not be had: passed over");
    }
    found
}

#[test]
fn the_page_shows_what_the_doctor_says() {
    let mut shown = shown();
    let mut check = |heading: &str, said: String| {
        let expected = shown
            .remove(heading)
            .unwrap_or_else(|| panic!("docs/doctor.md has no `{heading}`"));
        assert!(
            said.contains(expected),
            "## {heading}\n{expected}\nis not in\n{said}"
        );
    };

    check(
        "No ngspice",
        said(&desk(), &[("PATH", "/no"), ("NCM_NGSPICE", "")]),
    );
    check(
        "A program that is not ngspice",
        said(&desk(), &[("NCM_NGSPICE", "/bin/true")]),
    );
    check(
        "No ncm.cm",
        said(&desk(), &[("NCM_CODE_MODEL", "/no/such/ncm.cm")]),
    );

    // Wrong files.
    let whole = std::fs::read(code_model()).expect("our code models");
    let mut foreign = whole.clone();
    foreign[18] = 183;
    let osdi = std::fs::read(osdi_library("0.3")).expect("our OSDI library");
    for (heading, bytes) in [
        ("Built for another processor", foreign),
        ("Not a library at all", b"hello".to_vec()),
        ("The OSDI library in place of the code models", osdi),
    ] {
        let desk = desk();
        put_model(&desk, &bytes);
        check(heading, said(&desk, &[]));
    }
    let cut = desk();
    put_model(&cut, &whole[..1000]);
    let text = said(&cut, &[]);
    // How long the whole file is differs from build to build.
    let wanted = text
        .split_once("of ")
        .and_then(|(_, rest)| rest.split_once(" at least"))
        .map(|(bytes, _)| bytes.to_owned())
        .unwrap_or_else(|| panic!("{text}"));
    assert!(wanted.parse::<usize>().is_ok_and(|n| n > 1000), "{wanted}");
    check(
        "Half a file",
        text.replace(&format!("of {wanted} at"), "of BYTES at"),
    );

    // Start-up files.
    check("No .spiceinit", said(&desk(), &[]));
    for (heading, text) in [
        (
            "A .spiceinit that loads something else",
            "set num_threads=1\n",
        ),
        (
            "A .spiceinit that loads what is gone",
            "codemodel /old/ncm.cm\n",
        ),
    ] {
        let desk = desk();
        desk.put(".spiceinit", text);
        check(heading, said(&desk, &[]));
    }
    let kicad = desk();
    std::fs::create_dir_all(kicad.path(".config/kicad/9.0")).expect("a folder");
    kicad.put(
        ".config/kicad/9.0/sym-lib-table",
        "(sym_lib_table\n  (version 7)\n)\n",
    );
    check("KiCad does not know the symbols", said(&kicad, &[]));

    // Releases.
    let headings = [
        "An ngspice without OSDI",
        "ngspice loads no code models of its own",
        "Code models of another release",
        "Other code models",
    ];
    let (Some(new), Some(old)) = (release("44.2"), release("39.3")) else {
        // Only these headings need them.
        assert_eq!(shown.len(), headings.len(), "{shown:?}");
        return;
    };
    let debian_12 = old.ngspice.program().display().to_string();
    check(headings[0], said(&desk(), &[("NCM_NGSPICE", &debian_12)]));
    let program = new.ngspice.program().display().to_string();
    let analog = |release: &Release| {
        let folder = release.ngspice.program().with_file_name("cm");
        folder.join("analog.cm").display().to_string()
    };
    for (heading, spinit) in [
        (headings[1], "* nothing\n".to_owned()),
        (headings[2], format!("codemodel {}\n", analog(old))),
    ] {
        let desk = desk();
        std::fs::create_dir(desk.path("scripts")).expect("a folder");
        desk.put("scripts/spinit", &spinit);
        let scripts = desk.path("scripts").display().to_string();
        let variables = [
            ("NCM_NGSPICE", program.as_str()),
            ("SPICE_SCRIPTS", scripts.as_str()),
        ];
        check(heading, said(&desk, &variables));
    }
    let other = desk();
    put_model(&other, &std::fs::read(analog(new)).expect("ngspice's own"));
    check(headings[3], said(&other, &[("NCM_NGSPICE", &program)]));
    assert!(shown.is_empty(), "on the page and not made here: {shown:?}");
}
