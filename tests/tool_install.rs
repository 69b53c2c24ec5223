//! What `make install` leaves of the command line and its parts, that it works from there, and that
//! `make uninstall` leaves nothing.
#![cfg(all(feature = "cli", target_os = "linux"))]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ncm::simulator::Job;
use support::{code_model, ngspice};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `dist/` with the tool and the code models.
fn dist(place: &Path) -> PathBuf {
    let dist = place.join("dist");
    std::fs::create_dir(&dist).expect("a folder");
    std::fs::copy(env!("CARGO_BIN_EXE_ncm"), dist.join("ncm")).expect("a copy");
    std::fs::copy(code_model(), dist.join("ncm.cm")).expect("a copy");
    dist
}

fn script(arguments: &[&str], dist: &Path) -> Output {
    Command::new(root().join("scripts/install-tool.sh"))
        .args(arguments)
        .env("DIST", dist)
        .output()
        .expect("bash runs")
}

/// Everything below a folder that is no folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[test]
fn what_is_installed_works_and_can_be_removed() {
    let place = tempfile::tempdir().expect("a folder");
    let dist = dist(place.path());
    let prefix = place.path().join("usr");
    let shown = prefix.display().to_string();
    let done = script(&[&shown], &dist);
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );

    let cards = [
        "edlc-10f-2v7",
        "bcap0010-p270",
        "sccy71b407slble",
        "membrane-2nm-linear",
        "membrane-5nm-rising",
    ];
    for card in cards {
        for door in [
            "xspice",
            "osdi",
            "plain/ngspice",
            "plain/ltspice",
            "plain/pspice",
            "plain/xyce",
        ] {
            let library = prefix.join(format!("share/ncm/models/{door}/{card}.lib"));
            let text = std::fs::read_to_string(&library)
                .unwrap_or_else(|e| panic!("{}: {e}", library.display()));
            assert!(text.contains(".subckt "), "{text}");
        }
    }
    for file in [
        "lib/ncm/ncm.cm",
        "share/ncm/models/edlc-10f-2v7.toml",
        "share/ncm/models/commercial/bcap3000-p270.toml",
        "share/ncm/models/commercial/sheets/bcap3000-p270.toml",
        "share/ncm/models/membranes/membrane-2nm-rising.toml",
        "share/man/man1/ncm-netlist.1",
        "share/bash-completion/completions/ncm",
    ] {
        assert!(prefix.join(file).is_file(), "{file}");
    }
    // The symbols name files that are there.
    let symbols =
        std::fs::read_to_string(prefix.join("share/ncm/kicad/ncm.kicad_sym")).expect("symbols");
    let named: Vec<&str> = symbols
        .split("\"Sim.Library\" \"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!(named.len() >= 16, "{named:?}");
    assert!(
        named.iter().all(|file| Path::new(file).is_file()),
        "{named:?}"
    );

    // The tool finds the code models and the cards from where it lies.
    let home = place.path().join("home");
    std::fs::create_dir(&home).expect("a folder");
    let tool = Command::new(prefix.join("bin/ncm"))
        .arg("install")
        .env("HOME", &home)
        .env_remove("XDG_DATA_HOME")
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("NCM_CODE_MODEL")
        .output()
        .expect("ncm starts");
    assert!(
        tool.status.success(),
        "{}",
        String::from_utf8_lossy(&tool.stderr)
    );
    let own = home.join(".local/share/ncm/models");
    let by_hand = std::fs::read(prefix.join("share/ncm/models/xspice/bcap0010-p270.lib"));
    assert_eq!(
        std::fs::read(own.join("bcap0010-p270.lib")).expect("a library"),
        by_hand.expect("a library")
    );

    // A deck of someone who has read no more than the folder.
    let deck = format!(
        "installed\n.include {shown}/share/ncm/models/xspice/bcap0010-p270.lib\nI1 0 p 1\nX1 p 0 bcap0010_p270 ic=1\n\
         .tran 1m 1\n.end\n"
    );
    let model = prefix.join("lib/ncm/ncm.cm");
    let risen = ngspice()
        .run(&Job::new(deck).code_model(model))
        .and_then(|run| Ok(run.check()?.raw()?.plot("Transient")?.last("v(p)")?))
        .unwrap_or_else(|e| panic!("{e}"));
    // 1 C in 10 F and the drop of its resistance, below 75 mohm.
    assert!((1.1..1.18).contains(&risen), "{risen}");

    std::fs::write(prefix.join("share/others"), "stays").expect("a file");
    let done = script(&["--remove", &shown], &dist);
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    assert_eq!(files(&prefix), [prefix.join("share/others")]);
}

#[test]
fn bad_words_and_a_missing_build_are_refused() {
    let place = tempfile::tempdir().expect("a folder");
    for arguments in [&[][..], &["here"], &["--remove"], &["/a", "/b"]] {
        assert_eq!(
            script(arguments, place.path()).status.code(),
            Some(2),
            "{arguments:?}"
        );
    }
    let prefix = place.path().join("usr").display().to_string();
    let refused = script(&[&prefix], place.path());
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("make build"));
    assert!(files(&place.path().join("usr")).is_empty());
}
