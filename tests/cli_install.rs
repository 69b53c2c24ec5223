//! `ncm install` and its undoing, and what `ncm doctor` says on machines where something is amiss.
#![cfg(feature = "cli")]

#[path = "support/cli.rs"]
mod cli;
mod support;

use std::os::unix::fs::{PermissionsExt, symlink};

use cli::Desk;
use ncm::simulator::Job;
use support::{code_model, releases};

/// A desk with a home and our code models in `dist/`.
fn desk() -> Desk {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("dist")).expect("a folder");
    std::fs::copy(code_model(), desk.path("dist/ncm.cm")).expect("a copy");
    desk
}

const INSTALL: &str = "install --code-model dist/ncm.cm";

/// The words with the places as they are on a machine without XDG settings.
fn ncm(desk: &Desk, words: &str) -> cli::Said {
    let said = desk.ncm_with(words, &[("XDG_DATA_HOME", ""), ("XDG_CONFIG_HOME", "")]);
    assert_eq!(said.code, 0, "ncm {words}\n{}{}", said.stdout, said.stderr);
    said
}

#[test]
fn undoing_leaves_the_start_up_file_as_it_was() {
    for text in [
        "",
        "\n",
        "set num_threads=1",
        "* mine\r\nset x\r\n",
        "a\n\n\n",
        "\u{e9}\n",
    ] {
        let desk = desk();
        desk.put(".spiceinit", text);
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(desk.path(".spiceinit"), mode).expect("a mode");
        ncm(&desk, INSTALL);
        let with = desk.read(".spiceinit");
        assert!(
            with.starts_with(text) && with.contains("\ncodemodel '"),
            "{with}"
        );
        // Once more changes nothing.
        assert!(ncm(&desk, INSTALL).stdout.contains("nothing to do"));
        assert_eq!(desk.read(".spiceinit"), with);
        ncm(&desk, "install --undo");
        assert_eq!(desk.read(".spiceinit"), text);
        let mode = std::fs::metadata(desk.path(".spiceinit"))
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!desk.path(".local/share/ncm").exists());
        assert!(
            ncm(&desk, "install --undo")
                .stdout
                .contains("nothing to do")
        );
    }
}

#[test]
fn what_was_not_there_is_gone_again() {
    let desk = desk();
    let told = ncm(&desk, &format!("{INSTALL} --dry-run")).stdout;
    assert!(
        told.contains("would write") && told.contains("would put `codemodel"),
        "{told}"
    );
    assert!(!desk.path(".spiceinit").exists() && !desk.path(".local").exists());
    ncm(&desk, INSTALL);
    assert!(
        ncm(&desk, "install --undo --dry-run")
            .stdout
            .contains("would remove")
    );
    assert!(desk.path(".spiceinit").exists());
    ncm(&desk, "install --undo");
    assert!(!desk.path(".spiceinit").exists() && !desk.path(".local/share/ncm").exists());
}

#[test]
fn what_others_put_there_stays() {
    let desk = desk();
    desk.put("dotfile", "mine\n");
    symlink(desk.path("dotfile"), desk.path(".spiceinit")).expect("a link");
    ncm(&desk, INSTALL);
    assert!(desk.path(".spiceinit").is_symlink());
    let with = desk.read("dotfile");
    desk.put("dotfile", &format!("{with}added\n"));
    desk.put(".local/share/ncm/notes", "mine");
    ncm(&desk, "install --undo");
    assert_eq!(desk.read("dotfile"), "mine\nadded\n");
    assert!(desk.path(".spiceinit").is_symlink());
    assert!(desk.path(".local/share/ncm/notes").exists());
    assert!(!desk.path(".local/share/ncm/ncm.cm").exists());
}

#[test]
fn a_damaged_block_or_a_wrong_file_stops_it_before_anything_changes() {
    let desk = desk();
    ncm(&desk, INSTALL);
    let damaged = desk.read(".spiceinit").replace("* <<<", "*");
    desk.put(".spiceinit", &damaged);
    for words in [INSTALL, "install --undo"] {
        let said = desk.ncm_with(words, &[("XDG_DATA_HOME", "")]);
        assert_eq!(said.code, 2, "{}", said.stdout);
        assert!(
            said.stderr
                .contains(".spiceinit:1: begins a block that does not end"),
            "{}",
            said.stderr
        );
        assert!(desk.path(".local/share/ncm/ncm.cm").exists());
    }
    assert_eq!(desk.read(".spiceinit"), damaged);
    desk.put("text.cm", "not a library");
    let said = desk.ncm("install --code-model text.cm");
    assert_eq!(said.code, 2);
    assert!(
        said.stderr.contains("is not a library of this system"),
        "{}",
        said.stderr
    );
}

/// KiCad's table of a user who has started it once.
const TABLE: &str = "(sym_lib_table\n  (version 7)\n  (lib (name \"Device\")(type \"KiCad\")\
                     (uri \"${KICAD9_SYMBOL_DIR}/Device.kicad_sym\")(options \"\")(descr \"\"))\n)\n";

#[test]
fn kicad_learns_the_symbols_and_forgets_them() {
    let desk = desk();
    let table = ".config/kicad/9.0/sym-lib-table";
    std::fs::create_dir_all(desk.path(".config/kicad/9.0")).expect("a folder");
    std::fs::create_dir_all(desk.path(".config/kicad/8.0")).expect("a folder");
    desk.put(table, TABLE);
    ncm(&desk, INSTALL);
    let with = desk.read(table);
    assert!(
        with.contains("(name \"ncm\")")
            && with.contains("(uri \"${HOME}/.local/share/ncm/ncm.kicad_sym\")"),
        "{with}"
    );
    // A release that was never started has no table to add to.
    assert!(!desk.path(".config/kicad/8.0/sym-lib-table").exists());
    let symbols = desk.read(".local/share/ncm/ncm.kicad_sym");
    for part in ["edlc-10f-2v7", "bcap3000-p270", "paper-cell"] {
        assert!(
            symbols.contains(&format!("\"${{HOME}}/.local/share/ncm/models/{part}.lib\"")),
            "{part}"
        );
        let library = desk.read(&format!(".local/share/ncm/models/{part}.lib"));
        assert!(library.contains(".subckt"), "{library}");
    }
    assert!(ncm(&desk, INSTALL).stdout.contains("nothing to do"));
    // A library of the user's own in our folder is not ours to remove.
    desk.put(".local/share/ncm/models/mine.lib", "* mine");
    ncm(&desk, "install --undo");
    assert_eq!(desk.read(table), TABLE);
    let left: Vec<String> = std::fs::read_dir(desk.path(".local/share/ncm"))
        .expect("the folder")
        .map(|e| {
            e.expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert_eq!(left, ["models"]);
    std::fs::remove_file(desk.path(".local/share/ncm/models/mine.lib")).expect("ours to remove");

    // Another library of that name: nothing at all is changed.
    let taken = TABLE.replace("Device\")(", "ncm\")(");
    desk.put(table, &taken);
    std::fs::remove_dir_all(desk.path(".local")).expect("a clean desk");
    let said = desk.ncm_with(INSTALL, &[("XDG_DATA_HOME", ""), ("XDG_CONFIG_HOME", "")]);
    assert_eq!(said.code, 2, "{}", said.stdout);
    assert!(
        said.stderr.contains("another library of the name ncm")
            && said.stderr.contains("Manage Symbol Libraries"),
        "{}",
        said.stderr
    );
    assert!(!desk.path(".local").exists() && !desk.path(".spiceinit").exists());
    assert_eq!(desk.read(table), taken);
}

/// After it, a deck finds the models in every release, and so does KiCad's ngspice.
#[test]
fn an_installed_machine_runs_a_deck_without_further_ado() {
    let desk = desk();
    ncm(&desk, INSTALL);
    let deck = "installed\nV1 a 0 1\nR1 a b 1\nA1 %gd(b 0) null m\n\
                .model m ncm_cell(rc=2 gamma=0 qmax=1 cslit=1 slits=1 ic=0)\n.tran 1m 10m\n.end\n";
    for release in releases() {
        let mut job = Job::new(deck);
        for line in desk.read(".spiceinit").lines() {
            job = job.start_up(line);
        }
        let v = release
            .ngspice
            .run(&job)
            .and_then(|run| Ok(run.check()?.raw()?.plot("Transient")?.last("v(b)")?))
            .unwrap_or_else(|e| panic!("ngspice {}: {e}", release.name));
        // 2 ohm behind 1 ohm; 0.5 F does not move in 10 ms.
        assert!((v - 2.0 / 3.0).abs() < 0.01, "{v}");
    }
}

/// Runs the doctor with these variables and asserts its exit code and words.
fn doctor(desk: &Desk, variables: &[(&str, &str)], code: i32, words: &[&str]) {
    let said = desk.ncm_with("doctor", variables);
    assert_eq!(said.code, code, "{}{}", said.stdout, said.stderr);
    for word in words {
        assert!(
            said.stdout.contains(word),
            "no \"{word}\" in\n{}",
            said.stdout
        );
    }
}

#[test]
fn the_doctor_on_machines_where_something_is_amiss() {
    let desk = desk();
    let model = desk.path("dist/ncm.cm").display().to_string();
    // No ngspice at all.
    doctor(
        &desk,
        &[
            ("PATH", "/no/such/folder"),
            ("NCM_NGSPICE", ""),
            ("NCM_CODE_MODEL", &model),
        ],
        1,
        &[
            "problem  ngspice: no program ngspice is found",
            "apt-get install ngspice",
            "ok       code models",
        ],
    );
    // Every release; those without OSDI say so and what would help. No .spiceinit: advice.
    for release in releases() {
        let program = release.ngspice.program().display().to_string();
        let osdi = if release.ngspice.major() < 42 {
            "advice   OSDI in ngspice: ngspice 3"
        } else {
            "ok       OSDI in ngspice: can load"
        };
        doctor(
            &desk,
            &[("NCM_NGSPICE", &program), ("NCM_CODE_MODEL", &model)],
            0,
            &[
                osdi,
                "ok       ncm_cell in ngspice",
                "ok       plain subcircuits in ngspice",
                ".spiceinit does not exist",
                "remedy: so that every deck finds the models: `ncm install`",
            ],
        );
    }
    // Wrong files.
    let whole = std::fs::read(&model).expect("our code models");
    let mut other = whole.clone();
    other[18] = if cfg!(target_arch = "x86_64") {
        183
    } else {
        62
    };
    for (name, bytes, words) in [
        (
            "text.cm",
            b"hello".to_vec(),
            "is not a library of this system",
        ),
        ("empty.cm", Vec::new(), "is empty"),
        ("other.cm", other, "is a library for "),
        ("half.cm", whole[..whole.len() / 2].to_vec(), "is cut short"),
        (
            "stranger.cm",
            std::fs::read("/bin/sh").expect("a shell"),
            "but not code models",
        ),
    ] {
        std::fs::write(desk.path(name), bytes).expect("a file");
        doctor(
            &desk,
            &[("NCM_CODE_MODEL", name)],
            1,
            &[
                "problem  code models",
                words,
                "remedy: build it on this machine",
            ],
        );
    }
    // After installation all is well.
    ncm(&desk, INSTALL);
    doctor(
        &desk,
        &[("NCM_CODE_MODEL", &model)],
        0,
        &["ok       start-up file"],
    );
}
