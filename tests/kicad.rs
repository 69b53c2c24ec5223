//! KiCad itself: its command line reads our symbols, exports the schematic of examples/kicad/holdup, and the ngspice that
//! it brings runs the netlist; and docs/kicad.md is walked through as a new user would.
//!
//! KiCad comes from scripts/kicad.sh (`make test-slow` calls it).
#![cfg(all(feature = "cli", target_os = "linux"))]

#[path = "support/pages.rs"]
mod commands;
mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use commands::{EXCUSE, blocks, scratch};
use ncm::simulator::RawFile;
use ncm::simulator::measure::Waveform;
use support::code_model;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder with `kicad-cli` and `run`; `None` where KiCad could not be had.
fn kicad() -> Option<PathBuf> {
    let named = std::env::var_os("NCM_KICAD").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| root().join("target/kicad"));
    if folder.join("version").is_file() {
        return Some(folder);
    }
    println!(
        "no KiCad in {}: passed over (scripts/kicad.sh)",
        folder.display()
    );
    None
}

/// Runs a program that must succeed, in this folder and home.
fn run(program: &Path, arguments: &[&str], place: &Path, home: &Path) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(place)
        .env("HOME", home)
        .env("OMP_NUM_THREADS", "1")
        .output()
        .unwrap_or_else(|e| panic!("{}: {e}", program.display()));
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        output.status.success(),
        "{} {arguments:?}\n{said}",
        program.display()
    );
    said
}

/// Hold-up time, droop of the cell at take-over, charge drawn from it.
fn holdup(raw: &Path, current: &str) -> [f64; 3] {
    let raw = RawFile::read(raw).unwrap_or_else(|e| panic!("{e}"));
    let plot = raw.plot("Transient").unwrap_or_else(|e| panic!("{e}"));
    let wave = |name: &str| Waveform::of(plot, name).unwrap_or_else(|e| panic!("{e}"));
    let reset = wave("v(good)").first_fall(0.5, 0.1);
    let cell = wave("v(cell)");
    let current = wave(current);
    [
        reset.expect("the load is reset") - 0.1,
        cell.at(0.099) - cell.mean(0.101, 0.103),
        current.integral(0.0, current.end()),
    ]
}

#[test]
#[ignore = "slow: KiCad, and two runs of the converter"]
fn the_schematic_is_the_hand_written_converter() {
    let Some(kicad) = kicad() else { return };
    let desk = scratch(env!("CARGO_BIN_EXE_ncm"), code_model());
    let (place, home) = (desk.path(), desk.path().join("home"));
    let cli = kicad.join("kicad-cli");
    let schematic = "examples/kicad/holdup/holdup.kicad_sch";
    let schematic = root().join(schematic).display().to_string();
    run(&place.join("dist/ncm"), &["install"], place, &home);

    let rules = [
        "sch",
        "erc",
        "--exit-code-violations",
        "-o",
        "erc.txt",
        &schematic,
    ];
    run(&cli, &rules, place, &home);
    let export = ["sch", "export", "netlist", "--format", "spice", "-o"];
    run(
        &cli,
        &[&export[..], &["kicad.cir", &schematic]].concat(),
        place,
        &home,
    );
    let netlist = std::fs::read_to_string(place.join("kicad.cir")).expect("a netlist");
    assert!(netlist.contains("0 edlc_10f_2v7 ic=2.48"), "{netlist}");
    // For the window only; `ngspice -b -r` counts its interpolated rows wrongly in the file's header.
    let netlist = netlist.replace(".options interp\n", "");
    std::fs::write(place.join("kicad.cir"), netlist).expect("a netlist");

    // The ngspice inside KiCad, which finds the models by what `ncm install` did.
    let inside = kicad.join("run");
    let ngspice = |deck: &str, raw: &str, folder: &Path| {
        let raw = place.join(raw).display().to_string();
        run(&inside, &["ngspice", "-b", "-r", &raw, deck], folder, &home);
    };
    ngspice("kicad.cir", "kicad.raw", place);
    let by_hand = root().join("examples/ngspice/holdup");
    ngspice("ncm.cir", "by-hand.raw", &by_hand);
    let drawn = holdup(&place.join("kicad.raw"), "i(v2)");
    let written = holdup(&place.join("by-hand.raw"), "i(vcell)");
    let difference: Vec<f64> = std::iter::zip(drawn, written)
        .map(|(a, b)| (a / b - 1.0).abs())
        .collect();
    println!("time, droop, charge: {drawn:?} {written:?}, differences {difference:?}");
    assert!((0.6..0.63).contains(&written[0]), "{written:?}");
    // A hysteretic converter amplifies rounding: never two equal runs.
    for (difference, bar) in std::iter::zip(difference, [1e-4, 1e-3, 1e-4]) {
        assert!(difference < bar, "{drawn:?} {written:?}");
    }
}

#[test]
#[ignore = "slow: KiCad"]
fn kicad_reads_the_symbols_and_finds_what_was_installed() {
    let Some(kicad) = kicad() else { return };
    let desk = scratch(env!("CARGO_BIN_EXE_ncm"), code_model());
    let (place, home) = (desk.path(), desk.path().join("home"));
    let cli = kicad.join("kicad-cli");
    run(&place.join("dist/ncm"), &["install"], place, &home);
    let symbols = home.join(".local/share/ncm/ncm.kicad_sym");
    let library = std::fs::read_to_string(&symbols).expect("the symbols");
    let parts = library.matches("(property \"Sim.Name\"").count();
    let symbols = symbols.display().to_string();
    run(
        &cli,
        &["sym", "export", "svg", "-o", "drawn", &symbols],
        place,
        &home,
    );
    let drawn = std::fs::read_dir(place.join("drawn"))
        .expect("drawings")
        .count();
    assert!(parts >= 16 && drawn == parts, "{drawn} of {parts}");

    // Symbols as `ncm install` leaves them: the library lies below the user's folder.
    let text = std::fs::read_to_string(root().join("examples/kicad/holdup/holdup.kicad_sch"));
    let text = text.expect("the example").replace(
        "../../../models/xspice/",
        "${HOME}/.local/share/ncm/models/",
    );
    std::fs::write(place.join("own.kicad_sch"), text).expect("a schematic");
    let export = [
        "sch",
        "export",
        "netlist",
        "--format",
        "spice",
        "-o",
        "own.cir",
        "own.kicad_sch",
    ];
    run(&cli, &export, place, &home);
    let netlist = std::fs::read_to_string(place.join("own.cir")).expect("a netlist");
    let line = format!(
        ".include \"{}\"",
        home.join(".local/share/ncm/models/edlc-10f-2v7.lib")
            .display()
    );
    assert!(netlist.contains(&line), "{netlist}");
}

/// KiCad simulates by libngspice, which reads the user's start-up file as it begins.
#[test]
#[ignore = "slow: KiCad"]
fn the_library_inside_kicad_loads_what_was_installed() {
    let Some(kicad) = kicad() else { return };
    let desk = scratch(env!("CARGO_BIN_EXE_ncm"), code_model());
    let (place, home) = (desk.path(), desk.path().join("home"));
    run(&place.join("dist/ncm"), &["install"], place, &home);
    let library = home.join(".local/share/ncm/models/bcap0010-p270.lib");
    let netlist = format!(
        ".title KiCad schematic\n.include \"{}\"\nI1 0 a DC 1\nXC1 a 0 bcap0010_p270 ic=1\n.tran 10m 1\n.end\n",
        library.display()
    );
    std::fs::write(place.join("netlist.cir"), netlist).expect("a netlist");
    let host = root()
        .join("tests/support/libngspice_host.py")
        .display()
        .to_string();
    let words = [
        "python3",
        &host,
        "netlist.cir",
        "print v(a)[length(v(a))-1]",
    ];
    let said = run(&kicad.join("run"), &words, place, &home);
    let value = said
        .rsplit('=')
        .next()
        .and_then(|v| v.trim().parse::<f64>().ok());
    // 1 C in 10 F, and the drop of a resistance below 75 mohm.
    assert!(value.is_some_and(|v| (1.1..1.18).contains(&v)), "{said}");
}

/// Every command of the page that a script can run, in the page's order, in a clean home.
#[test]
#[ignore = "slow: KiCad, and a run of the converter"]
fn the_page_leads_a_new_user_to_a_running_simulation() {
    let Some(kicad) = kicad() else { return };
    let text = std::fs::read_to_string(root().join("docs/kicad.md")).expect("the page");
    let desk = scratch(env!("CARGO_BIN_EXE_ncm"), code_model());
    // A user who has started KiCad before.
    let settings = desk.path().join("home/.config/kicad/9.0");
    std::fs::create_dir_all(&settings).expect("a folder");
    let table = "(sym_lib_table\n  (version 7)\n)\n";
    std::fs::write(settings.join("sym-lib-table"), table).expect("a table");
    let own = format!("{EXCUSE}needs KiCad; tests/kicad.rs runs it -->");
    let mut simulated = false;
    for block in blocks(&text) {
        if block.excused() && block.before != own {
            continue;
        }
        let said = commands::run(desk.path(), &block.commands, &[&kicad])
            .unwrap_or_else(|said| panic!("docs/kicad.md:{}: {said}", block.line));
        if let Some((_, value)) = said.split_once("t_dropout") {
            let value = value.split(['=', '\n']).nth(1).expect("a value").trim();
            let value: f64 = value.parse().unwrap_or_else(|e| panic!("{value}: {e}"));
            assert!((value - 0.7132).abs() < 5e-4, "{value}");
            assert!(text.contains("t_dropout = 7.132e-01"));
            simulated = true;
        }
    }
    assert!(simulated, "no simulation on the page");
    let after = std::fs::read_to_string(settings.join("sym-lib-table")).expect("the table");
    assert_eq!(after, table);
}
