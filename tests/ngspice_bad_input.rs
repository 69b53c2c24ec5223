//! Bad input to the code models in every release of ngspice: a message that names instance, model,
//! parameter, value and what is allowed, and a run that stops, or the former values kept; never a
//! crash.
#![cfg(feature = "cli")]

mod support;

use ncm::simulator::{Job, RawFile, Run};
use std::fmt::Write;
use support::{Release, code_model, releases};

const GOOD_SLIT: &str = "rc=5 cslit=80n qmax=8n gamma=0.5";

/// Model, its instance between `t` and 0 (`#` stands for a name of its own), its parameters.
const MODELS: [(&str, &str, &[&str]); 5] = [
    (
        "ncm_resistor",
        "a# %gd(t s#) %vd(s# 0) #\nc# s# 0 80n\n",
        &["rc", "gamma", "qmax", "cslit", "law", "rmin", "area", "ic"],
    ),
    (
        "ncm_slit",
        "a# %gd(t s#) %gd(s# 0) #\n",
        &["rc", "gamma", "qmax", "cslit", "law", "rmin", "area", "ic"],
    ),
    (
        "ncm_electrode",
        "a# %gd(t 0) null #\n",
        &[
            "rc", "gamma", "qmax", "cslit", "slits", "sections", "ropen", "copen", "entry", "law",
            "rmin", "esr", "rleak", "area", "ic", "obs",
        ],
    ),
    (
        "ncm_warm_cell",
        "a# %gd(t 0) null %gd(tj 0) #\nr# tj 0 5\n",
        &[
            "rc",
            "qmax",
            "cslit",
            "rth",
            "cth",
            "tref",
            "temperature",
            "rea",
            "esrtc1",
            "ctc2",
            "leakea",
            "age",
            "life",
            "cend",
            "rend",
            "tdouble",
            "vdouble",
            "exponent",
            "imax",
            "tmax",
        ],
    ),
    (
        "ncm_cell",
        "a# %gd(t 0) null #\n",
        &[
            "rc",
            "gamma",
            "qmax",
            "cslit",
            "slits",
            "sections",
            "ropen",
            "copen",
            "entry",
            "law",
            "rmin",
            "esr",
            "rleak",
            "area",
            "series",
            "parallel",
            "ic",
            "obs",
            "rcneg",
            "gammaneg",
            "qmaxneg",
            "cslitneg",
            "slitsneg",
            "sectionsneg",
            "ropenneg",
            "copenneg",
            "entryneg",
            "lawneg",
            "rminneg",
        ],
    ),
];

/// Values that a parameter must not have: beyond both ends, huge, infinite (which is what ngspice
/// makes of 1e400), not whole, no such word.
fn bad_values(parameter: &str) -> &'static [&'static str] {
    match parameter.strip_suffix("neg").unwrap_or(parameter) {
        "rc" | "qmax" | "cslit" => &["0", "-5", "1e300", "1e400", "-1e400"],
        "gamma" => &["1.01", "-101", "1e300", "-1e400"],
        "slits" => &["0", "-1", "2.5", "1e8", "1e300", "1e400"],
        "sections" => &["-1", "2.5", "7", "1e300"],
        "ropen" | "copen" | "esr" => &["-1", "1e300", "1e400"],
        "entry" => &["0", "-1", "1e9", "1e400"],
        "rmin" => &["0", "-1", "2.6", "1e400"],
        "rleak" => &["0", "-1", "1e-300"],
        "area" => &["0", "-1", "1e300", "1e400"],
        "series" | "parallel" => &["0", "-1", "1.5", "1e9", "1e400"],
        "ic" => &["1e12", "-1e12", "1e300", "-1e400"],
        "law" => &["\"cubic\"", "\"line\""],
        "obs" => &["\"current\""],
        "rth" | "cth" | "age" | "imax" | "tmax" => &["-1", "-1e400"],
        "temperature" | "tref" => &["0", "-1", "49", "2001", "1e6"],
        "rea" | "leakea" => &["1e7", "-1e7", "1e400"],
        "esrtc1" | "ctc2" => &["2", "-2"],
        "life" => &["0", "-1"],
        "cend" => &["0", "1.1", "-1e400"],
        "rend" => &["0.9", "1e4"],
        "tdouble" => &["0", "0.5"],
        "vdouble" => &["0", "-1"],
        "exponent" => &["0", "11"],
        other => panic!("no bad values for {other}"),
    }
}

fn good(model: &str) -> String {
    match model {
        "ncm_cell" | "ncm_warm_cell" | "ncm_electrode" => format!("{GOOD_SLIT} slits=6"),
        _ => GOOD_SLIT.into(),
    }
}

/// The parameters with one of them set anew.
fn with(model: &str, parameter: &str, value: &str) -> String {
    let mut words: Vec<String> = good(model)
        .split(' ')
        .filter(|word| !word.starts_with(&format!("{parameter}=")))
        .map(str::to_owned)
        .collect();
    words.push(format!("{parameter}={value}"));
    words.join(" ")
}

fn run(release: &Release, deck: &str) -> Run {
    let run = release
        .ngspice
        .run(&Job::new(deck).code_model(code_model()))
        .unwrap_or_else(|error| panic!("ngspice {}: {error}", release.name));
    assert!(
        !run.crashed(),
        "ngspice {} crashed:\n{deck}{}",
        release.name,
        run.log()
    );
    run
}

/// Asserts that nothing was simulated.
fn assert_stopped(release: &Release, run: &Run, what: &str) {
    assert!(
        run.exit_code() != Some(0),
        "ngspice {} went on, {what}:\n{}",
        release.name,
        run.log()
    );
    assert!(
        run.raw()
            .map_or(true, |raw| raw.plots.iter().all(|p| p.points() == 0)),
        "ngspice {} has results, {what}",
        release.name
    );
}

fn deck(body: &str) -> String {
    format!("bad input\nv1 t 0 sin(0 0.1 100k)\n{body}.tran 100n 2u\n.end\n")
}

#[test]
fn every_bad_value_of_every_parameter_is_named() {
    for (model, instance, parameters) in MODELS {
        // All bad parts of a model in one deck: each must be complained of.
        let mut body = String::new();
        let mut expected = Vec::new();
        for parameter in parameters {
            for value in bad_values(parameter) {
                let name = format!("m{}", expected.len());
                body += &instance.replace('#', &name);
                let _ = writeln!(
                    body,
                    ".model {name} {model}({})",
                    with(model, parameter, value)
                );
                expected.push((
                    format!("instance a{name}, model {name}: {model}: parameter {parameter} = "),
                    *value,
                ));
            }
        }
        for release in releases() {
            let run = run(release, &deck(&body));
            assert_stopped(release, &run, model);
            for (start, value) in &expected {
                let line = run
                    .log()
                    .lines()
                    .find(|line| line.contains(start.as_str()))
                    .unwrap_or_else(|| {
                        panic!(
                            "ngspice {}: no \"{start}\" for {value} in\n{}",
                            release.name,
                            run.log()
                        )
                    });
                let said = line.split(start.as_str()).nth(1).unwrap_or_default();
                let (shown, allowed) = said
                    .split_once("; allowed is ")
                    .unwrap_or_else(|| panic!("no range in {line}"));
                assert!(!allowed.is_empty(), "{line}");
                let same = match (shown.parse::<f64>(), value.parse::<f64>()) {
                    (Ok(shown), Ok(value)) => {
                        shown == value || (shown - value).abs() < 1e-9 * value.abs()
                    }
                    _ => shown == *value,
                };
                assert!(same, "{line} shows {shown} for {value}");
            }
        }
        eprintln!("{model}: {} bad values", expected.len());
    }
}

#[test]
fn what_is_missing_is_named() {
    for (model, instance, parameters) in MODELS {
        let required: &[(&str, &str)] = &[("rc", ""), ("qmax", ""), ("cslit", "")];
        for (parameter, _) in required {
            assert!(parameters.contains(parameter));
            let rest: Vec<String> = good(model)
                .split(' ')
                .filter(|word| !word.starts_with(&format!("{parameter}=")))
                .map(str::to_owned)
                .collect();
            let body = format!(
                "{}.model b {model}({})\n",
                instance.replace('#', "b"),
                rest.join(" ")
            );
            for release in releases() {
                let run = run(release, &deck(&body));
                assert_stopped(release, &run, &format!("{model} without {parameter}"));
                let words = format!("parameter {parameter} = (not given); allowed is ");
                assert!(
                    run.log().contains(&words),
                    "ngspice {}: no \"{words}\" in\n{}",
                    release.name,
                    run.log()
                );
            }
        }
    }
}

#[test]
fn what_is_no_number_stops_the_run() {
    // ngspice itself reads the line and complains; whatever it makes of it must not reach us as NaN.
    for value in [
        "nan",
        "-nan",
        "{0/0}",
        "{sqrt(-1)}",
        "{ln(-1)}",
        "inf",
        "",
        "abc",
        "[1 2]",
        "\"\"",
        "1e400-1e400",
    ] {
        let body = format!(
            "ab %gd(t 0) null b\n.model b ncm_cell({})\n",
            with("ncm_cell", "rc", value)
        );
        for release in releases() {
            let run = run(release, &deck(&body));
            assert_stopped(release, &run, &format!("rc={value}"));
        }
    }
}

#[test]
fn wrong_connections_stop_the_run() {
    let two = format!("{GOOD_SLIT} slits=2");
    let cases: [(&str, &str, &[&str]); 5] = [
        (
            "ncm_warm_cell",
            &two,
            &[
                "ab b",
                "ab %gd(t 0) b",
                "ab %gd(t 0) null b",
                "ab %gd(t 0) null null b",
                "ab %gd(t 0) null o b",
                "ab %gd(t 0) null %gd(o) b",
                "ab null null %gd(o 0) b",
                "ab %gd(t 0) %gd(o 0) null b",
            ],
        ),
        (
            "ncm_cell",
            &two,
            &[
                "ab b",
                "ab null null b",
                "ab %gd(t) null b",
                "ab %gd(t 0 0) null b",
                "ab [%gd(t 0)] null b",
                "ab %vd(t 0) null b",
                "ab %v t null b",
                "ab %gd(t 0) o b",
                "ab %gd(t 0) [] b",
                "ab %gd(t 0) %gd(o 0) b",
                "ab %gd(t 0) null null b",
                "ab %gd(t 0) [o1 o2] null b",
                "ab %gd(t 0) null",
            ],
        ),
        (
            "ncm_electrode",
            &two,
            &[
                "ab b",
                "ab null null b",
                "ab %gd(t) null b",
                "ab %gd(t 0) o b",
                "ab %gd(t 0) null null b",
            ],
        ),
        (
            "ncm_slit",
            GOOD_SLIT,
            &[
                "ab b",
                "ab %gd(t 0) b",
                "ab %gd(t 0) null b",
                "ab null %gd(t 0) b",
                "ab %gd(t s) %vd(s 0) b",
                "ab %gd(t s) %gd(s 0) %gd(s 0) b",
            ],
        ),
        (
            "ncm_resistor",
            GOOD_SLIT,
            &[
                "ab b",
                "ab null null b",
                "ab %gd(t 0) %gd(t 0) b",
                "ab %gd(t 0) %vd(t) b",
                "ab %gd(t 0) [%vd(t 0)] b",
                "ab %gd(t 0) %vd(t 0) null b",
            ],
        ),
    ];
    for (model, parameters, lines) in cases {
        for line in lines {
            let body = format!("{line}\n.model b {model}({parameters})\n");
            for release in releases() {
                let run = run(release, &deck(&body));
                assert_stopped(release, &run, line);
                // The line of the deck is shown, and so the instance.
                assert!(
                    run.log().contains(line),
                    "ngspice {}: \"{line}\" is not shown in\n{}",
                    release.name,
                    run.log()
                );
            }
        }
    }
}

#[test]
fn odd_connections_that_mean_something_run() {
    // More observers than slits show 0; both terminals on one node carry no current.
    let body = format!(
        "a1 %gd(t 0) [o1 o2 o3 o4 o5 o6] m\na2 %gd(t t) null m\na3 %gd(0 0) null m\n\
         .model m ncm_cell({GOOD_SLIT} slits=2)\n"
    );
    for release in releases() {
        let run = run(release, &deck(&body))
            .check()
            .unwrap_or_else(|error| panic!("ngspice {}: {error}", release.name));
        let raw = run.raw().unwrap_or_else(|error| panic!("{error}"));
        let plot = &raw.plots[0];
        let last = |name: &str| plot.last(name).unwrap_or_else(|error| panic!("{error}"));
        assert!(last("v(o4)") != 0.0 && last("v(o5)") == 0.0 && last("v(o6)") == 0.0);
    }
}

/// Changes between analyses, each of which sets the circuit up anew, and in the middle of one.
const ALTERED: &str = "\
altered
v1 t 0 sin(0 0.1 100k)
a1 %gd(t 0) null m
.model m ncm_cell(rc=5 cslit=80n qmax=8n gamma=0.5 slits=6)
a2 %gd(t u) null r
c2 u 0 80n
.model r ncm_resistor(rc=5 cslit=80n qmax=8n gamma=0.5)
.control
save i(v1) @a1[reff]
tran 100n 4u 0 50n
write first.raw
altermod m slits = 9
tran 100n 4u 0 50n
write nine.raw
altermod m slits = 6
altermod m rc = -5
tran 100n 4u 0 50n
altermod m rc = 5
altermod r gamma = 7
tran 100n 4u 0 50n
altermod r gamma = 0.5
stop when time > 1u
tran 100n 4u 0 50n
altermod m slits = 3
delete 3
stop when time > 2u
resume
altermod m slits = 6
altermod m esr = -1
delete 4
stop when time > 3u
resume
altermod m esr = 0
altermod r rc = -2
delete 5
resume
write paused.raw
.endc
.end
";

#[test]
fn bad_changes_stop_the_next_analysis_or_are_refused_in_a_running_one() {
    for release in releases() {
        let job = Job::new(ALTERED)
            .without_raw_file()
            .code_model(code_model());
        let run = release
            .ngspice
            .run(&job)
            .unwrap_or_else(|error| panic!("ngspice {}: {error}", release.name));
        assert!(!run.crashed(), "ngspice {}:\n{}", release.name, run.log());
        let kept = "; the former values stay in force";
        for (words, more) in [
            (
                "instance a1, model m: ncm_cell: parameter rc = -5; allowed is 1e-18 to 1e18 ohm",
                "",
            ),
            (
                "instance a2, model r: ncm_resistor: parameter gamma = 7; allowed is -1e2 to 1e0",
                "",
            ),
            (
                "ncm_cell: parameter slits = 3; allowed is 6, as the analysis was started with",
                kept,
            ),
            (
                "ncm_cell: parameter esr = -1; allowed is 0e0 to 1e18 ohm",
                kept,
            ),
            (
                "ncm_resistor: parameter rc = -2; allowed is 1e-18 to 1e18 ohm",
                kept,
            ),
        ] {
            let there = run
                .log()
                .lines()
                .any(|line| line.contains(words) && line.contains(more));
            assert!(
                there,
                "ngspice {}: no \"{words}\" in\n{}",
                release.name,
                run.log()
            );
        }
        let read = |name: &str, variable: &str| {
            let raw = RawFile::read(run.file(name)).unwrap_or_else(|error| panic!("{error}"));
            raw.plots[0]
                .real(variable)
                .unwrap_or_else(|error| panic!("{name}: {error}"))
                .to_vec()
        };
        // Resistance in slow charging of n empty slits: R (1/2 + sum of ((n-k)/n)^2).
        let slow = |n: i32| {
            0.5 + (1..n)
                .map(|k| (f64::from(n - k) / f64::from(n)).powi(2))
                .sum::<f64>()
        };
        let ratio = read("nine.raw", "@a1[reff]")[0] / read("first.raw", "@a1[reff]")[0];
        assert!(
            (ratio / (slow(9) / slow(6)) - 1.0).abs() < 1e-6,
            "ngspice {}: {ratio}",
            release.name
        );
        // A pause divides a step, so the points differ, and the curve does not.
        let end =
            |name: &str, variable: &str| read(name, variable).last().copied().unwrap_or(f64::NAN);
        assert!((end("paused.raw", "time") - 4e-6).abs() < 1e-12);
        let (got, want) = (end("paused.raw", "i(v1)"), end("first.raw", "i(v1)"));
        assert!(
            (got - want).abs() < 1e-3 * want.abs(),
            "ngspice {}: {got} and {want} at the end",
            release.name
        );
    }
}
