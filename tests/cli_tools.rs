//! `ncm doctor`, `netlist`, `completions`, `man`, help; and every command of docs/cli.md.
#![cfg(feature = "cli")]

#[path = "support/cli.rs"]
mod cli;
mod support;

use std::process::Command;

use cli::Desk;
use support::{code_model, ngspice};

/// Every verb, as the help lists them.
fn verbs(desk: &Desk) -> Vec<String> {
    let help = desk.done("--help").stdout;
    let list = help.split("Commands:\n").nth(1).unwrap_or("");
    let verbs: Vec<String> = list
        .lines()
        .take_while(|l| !l.is_empty())
        // Descriptions that need another line are indented further.
        .filter_map(|l| l.strip_prefix("  ").filter(|l| !l.starts_with(' ')))
        .filter_map(|l| l.split_whitespace().next())
        .filter(|v| *v != "help")
        .map(String::from)
        .collect();
    assert!(
        verbs.iter().any(|v| v == "cv") && verbs.iter().any(|v| v == "man"),
        "{help}"
    );
    verbs
}

#[test]
fn every_command_of_the_page_works() {
    let desk = Desk::new();
    let page = include_str!("../docs/cli.md");
    let model = code_model().display().to_string();
    let mut commands = 0;
    for block in page
        .split("```sh\n")
        .skip(1)
        .filter_map(|b| b.split("```").next())
    {
        for line in block.lines() {
            let words = line
                .strip_prefix("ncm ")
                .unwrap_or_else(|| panic!("not a command: {line}"));
            commands += 1;
            let said = desk.ncm_with(words, &[("NCM_CODE_MODEL", &model)]);
            assert_eq!(said.code, 0, "{line}\n{}{}", said.stdout, said.stderr);
            // What is promised is there.
            let mut words = words.split_whitespace();
            while let Some(word) = words.next() {
                if matches!(word, "-o" | "--plot") {
                    let name = words.next().unwrap_or("");
                    let left = match std::fs::read_dir(desk.path(name)) {
                        Ok(folder) => folder.count() > 0,
                        Err(_) => desk.read(name).len() > 100,
                    };
                    assert!(left, "{line}: {name}");
                }
            }
        }
    }
    assert!(commands >= 12, "{commands} commands on the page");
    for verb in verbs(&desk) {
        assert!(
            page.contains(&format!("ncm {verb}")),
            "docs/cli.md lacks {verb}"
        );
    }
}

#[test]
fn every_verb_explains_itself() {
    let desk = Desk::new();
    for verb in verbs(&desk) {
        let own = desk.done(&format!("{verb} --help")).stdout;
        assert!(
            own.contains("Usage: ncm") && own.contains("--json"),
            "{own}"
        );
    }
    assert!(desk.done("--version").stdout.starts_with("ncm "));
    assert_eq!(desk.ncm("").code, 2);
}

#[test]
fn the_doctor_finds_a_working_machine_well() {
    let desk = Desk::new();
    let model = code_model();
    desk.put(
        ".spiceinit",
        "* mine\nset ngbehavior=ps\ncodemodel 'ncm.cm'\n",
    );
    std::fs::copy(model, desk.path("ncm.cm")).expect("a copy of the code models");
    let said = desk.ncm("doctor --json --code-model ncm.cm");
    let json: serde_json::Value = serde_json::from_str(&said.stdout).expect("JSON");
    assert_eq!((said.code, &json["well"]), (0, &true.into()), "{json}");
    let states: Vec<&str> = json["checks"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|c| c["state"].as_str())
        .collect();
    // ngspice may have been built without OSDI, which is no fault.
    assert!(states.len() == 7 && !states.contains(&"problem"), "{json}");
    assert!(states.iter().filter(|s| **s == "ok").count() >= 6, "{json}");
    let text = desk.ncm("doctor --code-model ncm.cm").stdout;
    assert!(text.contains(ngspice().version()), "{text}");
    assert!(text.contains(".spiceinit:3 loads ncm.cm"), "{text}");
}

#[test]
fn the_doctor_names_what_is_missing_and_what_to_do() {
    let desk = Desk::new();
    let model = code_model().display().to_string();
    let ill = |variables: &[(&str, &str)], words: &[&str]| {
        let said = desk.ncm_with("doctor", variables);
        assert_eq!(said.code, 1, "{}", said.stdout);
        for word in words {
            assert!(
                said.stdout.contains(word),
                "no \"{word}\" in\n{}",
                said.stdout
            );
        }
    };
    ill(
        &[
            ("NCM_NGSPICE", "/no/such/ngspice"),
            ("NCM_CODE_MODEL", &model),
        ],
        &[
            "problem  ngspice",
            "/no/such/ngspice",
            "apt-get install ngspice",
        ],
    );
    ill(
        &[("NCM_NGSPICE", "/bin/true"), ("NCM_CODE_MODEL", &model)],
        &["problem  ngspice", "NCM_NGSPICE"],
    );
    ill(
        &[("NCM_CODE_MODEL", "/no/such/ncm.cm")],
        &["problem  code models", "/no/such/ncm.cm", "make build"],
    );
    desk.put("ncm.cm", "not a library");
    ill(
        &[("NCM_CODE_MODEL", "ncm.cm")],
        &[
            "problem  code models",
            "ncm.cm is not a library of this system",
            "remedy: ",
        ],
    );
    desk.put(".spiceinit", "codemodel /no/such/ncm.cm\n");
    ill(
        &[("NCM_CODE_MODEL", &model)],
        &[
            "problem  start-up file",
            ".spiceinit:1 loads /no/such/ncm.cm, which is not there",
        ],
    );
    // A machine that works but whose decks must load the models by themselves: advice only.
    desk.put(".spiceinit", "set num_threads=1\n");
    let said = desk.ncm_with("doctor", &[("NCM_CODE_MODEL", &model)]);
    assert_eq!(said.code, 0);
    assert!(
        said.stdout.contains("advice   start-up file") && said.stdout.contains("`ncm install`")
    );
}

#[test]
fn netlists_go_to_stdout_or_to_a_file() {
    let desk = Desk::new();
    let text = desk.done("netlist models/edlc-10f-2v7.toml").stdout;
    assert!(text.contains(".subckt edlc_10f_2v7 p n "));
    let json = desk.json("netlist models/edlc-10f-2v7.toml -o part.lib");
    assert_eq!(json["subcircuit"], "edlc_10f_2v7");
    assert_eq!(json["file"], "part.lib");
    assert_eq!(desk.read("part.lib"), text);
    let json = desk.json("netlist models/edlc-10f-2v7.toml");
    assert_eq!(json["netlist"], text);
}

#[test]
fn completions_know_the_verbs_and_are_valid_bash() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = desk.done(&format!("completions {shell}")).stdout;
        for verb in verbs(&desk) {
            assert!(script.contains(&verb), "{shell}: {verb}");
        }
    }
    desk.put("ncm.bash", &desk.done("completions bash").stdout);
    let checked = Command::new("bash")
        .arg("-n")
        .arg(desk.path("ncm.bash"))
        .status();
    assert!(checked.is_ok_and(|s| s.success()));
}

#[test]
fn man_pages_cover_every_verb() {
    let desk = Desk::new();
    let json = desk.json("man pages/man1");
    assert_eq!(
        json["files"].as_array().map(Vec::len),
        Some(verbs(&desk).len() + 1)
    );
    for verb in verbs(&desk) {
        let page = desk.read(&format!("pages/man1/ncm-{verb}.1"));
        assert!(
            page.contains(".TH") && page.contains(&format!("ncm\\-{verb}")),
            "{page}"
        );
    }
    assert!(desk.read("pages/man1/ncm.1").contains("ncm\\-doctor"));
}
