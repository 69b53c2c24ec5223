//! `ncm identify` as a user meets it: files in, card and pictures out, mistakes refused with file, line and
//! remedy.

#![cfg(feature = "cli")]

#[path = "support/cli.rs"]
mod cli;

use cli::Desk;

#[test]
fn a_measured_cycle_becomes_a_card_that_runs() {
    let desk = Desk::new();
    desk.done("gcd models/edlc-10f-2v7.toml --current 5 --points 60 -o slow.csv");
    desk.done("gcd models/edlc-10f-2v7.toml --current 20 --points 60 -o fast.csv");
    let found =
        desk.json("identify gcd slow.csv fast.csv -o fitted.toml --plot fit.svg --slits 100");
    assert_eq!(found["chosen"], "ncm-linear");
    assert_eq!(found["files"].as_array().map(Vec::len), Some(2));
    let fits = found["fits"].as_array().expect("fits");
    // Ideal, TLM and two laws, the last three with rising capacitance too, and three branches.
    assert_eq!(fits.len(), 8);
    let best = fits
        .iter()
        .find(|f| f["model"] == "ncm-linear")
        .expect("the fit");
    // The card's own numbers: 10 F, 35 mohm, 2 * 100 * 1.2 mohm, gamma = 0.5 at 2.7 V.
    for (name, value) in [
        ("c", 10.0),
        ("esr", 0.035),
        ("r_pore", 0.24),
        ("gamma", 0.5),
    ] {
        let p = best["parameters"].as_array().expect("parameters");
        let p = p.iter().find(|p| p["name"] == name).expect("the parameter");
        let got = p["value"].as_f64().expect("a number");
        assert!(
            (got / value - 1.0).abs() < 0.03,
            "{name}: {got} for {value}"
        );
    }
    for picture in ["fit-slow.svg", "fit-fast.svg"] {
        assert!(desk.read(picture).contains("</svg>"));
    }
    let text = desk.read("fitted.toml");
    assert!(
        text.contains("name = \"fitted\"") && text.contains("SHA-256"),
        "{text}"
    );
    // The card runs, and gives back what it was fitted to.
    desk.done("netlist fitted.toml -o fitted.lib");
    desk.done("cv fitted.toml --rate 0.1 -o cv.csv");
    desk.done("gcd fitted.toml --current 20 --v-min 0 --v-max 2.7 --points 60 -o again.csv");
    let (one, two) = (desk.table("fast.csv"), desk.table("again.csv"));
    let last = |t: &cli::Table| t.column("t_s").last().copied().unwrap_or(0.0);
    assert!((last(&one) / last(&two) - 1.0).abs() < 2e-3);
}

#[test]
fn mistakes_name_file_line_and_remedy() {
    let desk = Desk::new();
    let rows: String = (0..20)
        .map(|k| format!("{k},{},1\n", 0.1 * f64::from(k)))
        .collect();
    desk.put("bare.csv", &format!("t,v,i\n{rows}"));
    desk.put("good.csv", &format!("t_s,v_V,i_A\n{rows}"));
    for (words, parts) in [
        (
            "identify gcd bare.csv",
            vec!["bare.csv:1", "no unit", "--units"],
        ),
        (
            "identify gcd missing.csv",
            vec!["missing.csv", "cannot be read"],
        ),
        (
            "identify eis good.csv",
            vec!["good.csv:1", "frequency", "--columns"],
        ),
        (
            "identify gcd good.csv --columns x=1",
            vec!["--columns", "no key"],
        ),
        (
            "identify gcd good.csv --current 1,2",
            vec!["--current has 2 values for 1 files"],
        ),
        (
            "identify gcd good.csv --fix q=1",
            vec!["--fix q", "there are c, esr"],
        ),
        ("identify gcd good.csv --fix c=-1", vec!["c is above 0"]),
        ("identify gcd good.csv --fix c", vec!["PARAMETER=VALUE"]),
        (
            "identify gcd good.csv --v-min 5",
            vec!["between 5 and", "--v-min"],
        ),
        (
            "identify gcd good.csv -o no/such/card.toml",
            vec!["folder does not exist"],
        ),
        (
            "identify gcd good.csv -o card.toml --name 7up",
            vec!["name"],
        ),
    ] {
        let said = desk.ncm(words);
        assert_eq!(said.code, 2, "{words}: {}", said.stderr);
        for part in parts {
            assert!(said.stderr.contains(part), "{words}: {}", said.stderr);
        }
    }
    assert!(
        !desk.files().iter().any(|f| f.ends_with(".toml")),
        "{:?}",
        desk.files()
    );
    let said = desk.ncm("identify gcd bare.csv --json");
    let answer: serde_json::Value = serde_json::from_str(&said.stdout).expect("JSON");
    assert_eq!(answer["error"]["details"][0]["line"], 1);
}
