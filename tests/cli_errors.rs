//! Bad input and failing work: exit codes, messages with place and remedy, JSON, and no half files.
#![cfg(feature = "cli")]

#[path = "support/cli.rs"]
mod cli;

use cli::Desk;

const CARD: &str = "format = 1\nname = \"part\"\n[electrode]\nr_c = 5.0\ngamma = 0.5\nq_max = 1.6e-8\nc_slit = 8e-8\nslits = 5\n";

/// Runs `ncm`, which must exit with `code`, say `words` on stderr, and leave no file behind.
fn refused(desk: &Desk, command: &str, code: i32, words: &[&str]) {
    let before = desk.files();
    let said = desk.ncm(command);
    assert_eq!(said.code, code, "ncm {command}\n{}", said.stderr);
    assert!(said.stdout.is_empty(), "ncm {command}\n{}", said.stdout);
    assert!(said.stderr.starts_with("error: "), "{}", said.stderr);
    for word in words {
        assert!(
            said.stderr.contains(word),
            "ncm {command}: no \"{word}\" in\n{}",
            said.stderr
        );
    }
    assert_eq!(desk.files(), before, "ncm {command} left something behind");

    // The same as JSON: the text stays on stderr, the object is on stdout.
    let said = desk.ncm(&format!("{command} --json"));
    assert_eq!(said.code, code);
    let json: serde_json::Value = serde_json::from_str(&said.stdout)
        .unwrap_or_else(|e| panic!("ncm {command} --json: {e}\n{}", said.stdout));
    let kind = if code == 2 { "bad_input" } else { "failed" };
    assert_eq!(json["error"]["kind"], kind);
    assert!(
        json["error"]["message"]
            .as_str()
            .is_some_and(|m| !m.is_empty())
    );
    assert!(!said.stderr.is_empty());
    assert_eq!(desk.files(), before);
}

#[test]
fn cards_that_are_wrong_are_located() {
    let desk = Desk::new();
    for (slip, words) in [
        (
            CARD.replace("gamma = 0.5", "gamma = 1.5"),
            &[
                "bad.toml:5:9: electrode.gamma = 1.5: is out of range",
                "allowed: -1e2 to 1e0",
                "remedy: ",
            ][..],
        ),
        (
            CARD.replace("gamma = 0.5", "gamma = nan"),
            &["bad.toml:5:9", "nan"],
        ),
        (
            CARD.replace("r_c = 5.0", "r_c = -5.0"),
            &["bad.toml:4:7", "-5.0", "1e-18 to 1e18 ohm"],
        ),
        (
            CARD.replace("c_slit = 8e-8", "c_slit = 8e80"),
            &["bad.toml:7:10", "8e80"],
        ),
        (
            CARD.replace("gamma", "gama"),
            &[
                "bad.toml:5:1: electrode.gama: no such parameter",
                "did you mean `gamma`?",
                "electrode.gamma: is missing",
            ],
        ),
        (
            CARD.replace("slits = 5", "slits = five"),
            &["bad.toml:8:9: TOML syntax"],
        ),
        (
            CARD.replace("r_c = 5.0", "r_c = \"5\""),
            &["is a text, not a number"],
        ),
        (String::new(), &["format: is missing"]),
        ("\u{0}\u{1}".into(), &["bad.toml:1:1: TOML syntax"]),
    ] {
        desk.put("bad.toml", &slip);
        for verb in [
            "cv bad.toml --v-min 0 --v-max 1 --rate 1 -o out.csv --plot out.svg",
            "netlist bad.toml -o out.lib",
        ] {
            refused(&desk, verb, 2, words);
        }
    }
}

#[test]
fn cards_that_cannot_be_read_are_named() {
    let desk = Desk::new();
    std::fs::write(desk.path("latin1.toml"), b"name = \"\xe9\"").expect("a file");
    for (card, words) in [
        ("nothing.toml", "No such file"),
        ("models", "models: cannot read the card"),
        ("latin1.toml", "latin1.toml: cannot read the card"),
    ] {
        refused(
            &desk,
            &format!("eis {card} --f-min 1 --f-max 10 -o out.csv"),
            2,
            &[words, "remedy: "],
        );
    }
}

#[test]
fn overrides_that_are_wrong_are_quoted() {
    let desk = Desk::new();
    for (set, words) in [
        (
            "gamma=1.5",
            &["--set gamma=1.5: electrode.gamma = 1.5", "allowed: "][..],
        ),
        ("gama=0.5", &["did you mean `gamma`?"]),
        ("gamma", &["--set gamma", "has no value"]),
        ("cell.volume=3", &["no such parameter", "[cell] knows esr"]),
        ("r_c=nan", &["nan", "1e-18 to 1e18 ohm"]),
        ("slits=1e300", &["1e300"]),
        ("law=cubic", &["\"linear\", \"sqrt\", \"signed\""]),
    ] {
        refused(
            &desk,
            &format!("cv models/paper-cell.toml --rate 1e4 --set {set} -o out.csv"),
            2,
            words,
        );
    }
}

#[test]
fn options_out_of_range_are_named_as_options() {
    let desk = Desk::new();
    let edlc = "models/edlc-10f-2v7.toml";
    for (command, words) in [
        (format!("cv {edlc}"), &["--rate"][..]),
        (
            format!("cv {edlc} --rate nan"),
            &["nan", "a finite number is needed"],
        ),
        (
            format!("cv {edlc} --rate fast"),
            &["fast", "a plain number is needed"],
        ),
        (
            format!("cv {edlc} --rate -1"),
            &["--rate = -1", "allowed: "],
        ),
        (
            format!("cv {edlc} --rate 1e300"),
            &["--rate = 1", "allowed: "],
        ),
        (format!("cv {edlc} --rate 0"), &["--rate = 0", "allowed: "]),
        (
            format!("cv {edlc} --rate 1 --v-min 3"),
            &["--v-max = 2.7", "above --v-min = 3"],
        ),
        (
            format!("cv {edlc} --rate 1 --v-max 1e9"),
            &["--v-max", "1e6"],
        ),
        (
            format!("cv {edlc} --rate 1 --rates 1,2"),
            &["cannot be used with"],
        ),
        (format!("cv {edlc} --rate 1 --cycles 0"), &["--cycles"]),
        (format!("cv {edlc} --rate 1 --points 1"), &["--points"]),
        (
            format!("cv {edlc} --rate 1 --cycles 1000000 --points 10000000"),
            &["allowed: 100000000 numbers", "fewer --points"],
        ),
        (
            format!("cv {edlc} --rate 1 --tolerance 1"),
            &["--tolerance = 1"],
        ),
        (format!("gcd {edlc} --current 0"), &["--current = 0"]),
        (format!("gcd {edlc} --current -1"), &["--current = -1"]),
        (
            format!("gcd {edlc} --current 1 --v-start 9"),
            &["--v-start = 9"],
        ),
        (
            format!("gcd {edlc} --current 1e-9"),
            &["does not bring the cell to 2.7 V", "leakage"],
        ),
        (format!("step {edlc}"), &["--duration"]),
        (format!("step {edlc} --duration -1"), &["--duration = -1"]),
        (
            format!("step {edlc} --duration 1 --decades 99"),
            &["--decades = 99"],
        ),
        (
            format!("step {edlc} --duration 1 --v1 inf"),
            &["a finite number is needed"],
        ),
        (
            format!("rest {edlc} --duration 1 --hold -1"),
            &["--hold = -1"],
        ),
        (format!("eis {edlc} --f-min 0 --f-max 1"), &["--f-min = 0"]),
        (format!("eis {edlc} --f-min 10 --f-max 1"), &["--f-max = 1"]),
        (
            format!("eis {edlc} --f-min 1 --f-max 10 --points-per-decade 0"),
            &["--points-per-decade"],
        ),
        (
            format!("netlist {edlc} --door window"),
            &["window", "xspice"],
        ),
        ("completions tcl".into(), &["tcl", "bash"]),
        ("polish".into(), &["polish"]),
    ] {
        refused(&desk, &command, 2, words);
    }
    desk.put("plain.toml", CARD);
    refused(
        &desk,
        "cv plain.toml --rate 1",
        2,
        &["--v-min is missing", "v_min_V", "remedy: "],
    );
    refused(
        &desk,
        "step plain.toml --duration 1",
        2,
        &["--v1 is missing", "v_max_V"],
    );
}

#[test]
fn a_netlist_without_a_form_is_refused() {
    let desk = Desk::new();
    refused(
        &desk,
        "netlist models/paper-half-cell.toml --set series=2 -o out.lib",
        2,
        &["paper-half-cell", "half cell", "remedy: "],
    );
}

#[test]
fn outputs_that_cannot_be_written_leave_everything_as_it_was() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("folder")).expect("a folder");
    let run = "step models/paper-cell.toml --duration 1e-5";
    refused(
        &desk,
        &format!("{run} -o folder"),
        2,
        &["folder: is a folder", "remedy: "],
    );
    refused(
        &desk,
        &format!("{run} --plot folder"),
        2,
        &["folder: is a folder"],
    );
    refused(
        &desk,
        &format!("{run} -o no/such/out.csv"),
        2,
        &["its folder does not exist"],
    );
    refused(
        &desk,
        &format!("{run} -o same --plot same"),
        2,
        &["name the same file"],
    );

    desk.put("kept.csv", "precious");
    let mut permissions = std::fs::metadata(desk.path("kept.csv"))
        .expect("the file")
        .permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(desk.path("kept.csv"), permissions).expect("read-only");
    refused(
        &desk,
        &format!("{run} -o kept.csv"),
        1,
        &["kept.csv: is read-only", "remedy: "],
    );
    refused(
        &desk,
        "netlist models/paper-cell.toml -o kept.csv",
        1,
        &["kept.csv: is read-only"],
    );
    assert_eq!(desk.read("kept.csv"), "precious");

    // A file in the way of the folder of the man pages.
    refused(
        &desk,
        "man kept.csv",
        1,
        &["kept.csv: cannot make the folder"],
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_reported() {
    let desk = Desk::new();
    refused(
        &desk,
        "step models/paper-cell.toml --duration 1e-5 -o /dev/full",
        1,
        &["/dev/full: cannot be written", "remedy: "],
    );
}

/// An existing result is replaced as a whole, and keeps being an ordinary file.
#[test]
fn results_are_replaced_and_readable() {
    let desk = Desk::new();
    desk.put("out.csv", &"old\n".repeat(100_000));
    desk.done("step models/paper-cell.toml --duration 1e-5 --points 2 -o out.csv");
    assert_eq!(desk.table("out.csv").rows(), 3);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(desk.path("out.csv"))
            .expect("the file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o644);
    }
    assert_eq!(desk.files(), ["out.csv"]);
}
