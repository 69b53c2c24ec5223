//! What ngspice's user is told about a part that cannot be: the instance, the parameter, the value
//! and the allowed range, and a run that stops. Never a crash, never a silent result.
#![cfg(feature = "cli")]

mod support;

use ncm::simulator::{Job, Run};
use support::{code_model, ngspice};

/// Good parameters of one slit, to which a bad one is added. The last of two values counts.
const GOOD: &str = "rc=5 cslit=80n gamma=0.5 qmax=8n";

fn run(deck: &str) -> Run {
    let job = Job::new(deck).code_model(code_model());
    ngspice()
        .run(&job)
        .unwrap_or_else(|error| panic!("{error}"))
}

fn deck(instance: &str, model: &str, analysis: &str) -> String {
    format!(
        "bad input\nv1 in 0 dc 0.1 ac 1 sin(0 0.1 100k)\nr1 in a 1\n{instance}\n.model m {model}\n{analysis}\n.end\n"
    )
}

const ANALYSES: [&str; 4] = [
    ".op",
    ".ac dec 1 1k 10k",
    ".tran 1u 10u",
    ".tran 1u 10u uic",
];

/// The run must stop and say all of `words`.
fn assert_refused(deck: &str, words: &[&str]) {
    let run = run(deck);
    let log = run.log().to_owned();
    assert!(!run.crashed(), "crash of\n{deck}\n{log}");
    for word in words {
        assert!(
            log.contains(word),
            "\"{word}\" is missing after\n{deck}\n{log}"
        );
    }
    assert!(
        run.check().is_err(),
        "no failure reported of\n{deck}\n{log}"
    );
}

/// The text that stands for a value in the message.
struct Bad {
    given: &'static str,
    parameter: &'static str,
    shown: &'static str,
    allowed: &'static str,
}

const fn bad(
    given: &'static str,
    parameter: &'static str,
    shown: &'static str,
    allowed: &'static str,
) -> Bad {
    Bad {
        given,
        parameter,
        shown,
        allowed,
    }
}

/// Parameters of a slit, which every model has.
const OF_A_SLIT: &[Bad] = &[
    bad("rc=0", "rc", "0", "1e-18 to 1e18 ohm"),
    bad("rc=-5", "rc", "-5", "1e-18 to 1e18 ohm"),
    bad("rc=1e30", "rc", "1e30", "1e-18 to 1e18 ohm"),
    bad("gamma=1.5", "gamma", "1.5", "-1e2 to 1e0"),
    bad("gamma=-101", "gamma", "-101", "-1e2 to 1e0"),
    bad("qmax=0", "qmax", "0", "1e-30 to 1e12 C"),
    bad("qmax=-1", "qmax", "-1", "1e-30 to 1e12 C"),
    bad("rmin=0", "rmin", "0", "above 0 and at most r_c/2"),
    bad("rmin=3", "rmin", "3", "above 0 and at most r_c/2"),
    bad(
        "law=\"cubic\"",
        "law",
        "\"cubic\"",
        "linear, sqrt, signed or a formula r:... or g:...",
    ),
    bad("ic=1e12", "ic", "1e12", "-1e9 to 1e9 V"),
    bad("area=0", "area", "0", "1e-18 to 1e18"),
    bad("area=-1", "area", "-1", "1e-18 to 1e18"),
];

/// Parameters of an electrode, which cells have too.
const OF_AN_ELECTRODE: &[Bad] = &[
    bad("cslit=0", "cslit", "0", "1e-30 to 1e12 F"),
    bad("slits=0", "slits", "0", "a whole number from 1 to 10000000"),
    bad(
        "slits=-3",
        "slits",
        "-3",
        "a whole number from 1 to 10000000",
    ),
    bad(
        "slits=2.5",
        "slits",
        "2.5",
        "a whole number from 1 to 10000000",
    ),
    bad(
        "slits=1e9",
        "slits",
        "1e9",
        "a whole number from 1 to 10000000",
    ),
    bad(
        "slits=1e30",
        "slits",
        "1",
        "a whole number from 1 to 10000000",
    ),
    bad("slits=5 sections=6", "sections", "6", "to slits"),
    bad("sections=0.5", "sections", "0.5", "to slits"),
    bad("ropen=-1", "ropen", "-1", "0e0 to 1e18 ohm"),
    bad("copen=-1", "copen", "-1", "0e0 to 1e12 F"),
    bad("entry=0", "entry", "0", "1e-3 to 1e6"),
    bad("esr=-1", "esr", "-1", "0e0 to 1e18 ohm"),
    bad("rleak=0", "rleak", "0", "ohm"),
    bad("obs=\"current\"", "obs", "\"current\"", "voltage or charge"),
];

const OF_A_CELL: &[Bad] = &[
    bad("series=0", "series", "0", "1e0 to 1e6"),
    bad(
        "series=1.5",
        "series",
        "1.5",
        "a whole number from 1 to 1e6",
    ),
    bad("parallel=1e9", "parallel", "1e9", "1e0 to 1e6"),
    bad("rcneg=-5", "rcneg", "-5", "1e-18 to 1e18 ohm"),
    bad("gammaneg=2", "gammaneg", "2", "-1e2 to 1e0"),
    bad(
        "slitsneg=0",
        "slitsneg",
        "0",
        "a whole number from 1 to 10000000",
    ),
    bad(
        "lawneg=\"cubic\"",
        "lawneg",
        "\"cubic\"",
        "linear, sqrt, signed or a formula r:... or g:...",
    ),
];

fn refuses(model: &str, instance: &str, lists: &[&[Bad]]) {
    for (i, bad) in lists.iter().copied().flatten().enumerate() {
        // Every list goes through all analyses, without running each value in each.
        let analysis = ANALYSES[i % ANALYSES.len()];
        let deck = deck(
            instance,
            &format!("{model}({GOOD} {})", bad.given),
            analysis,
        );
        let value = format!("parameter {} = {}", bad.parameter, bad.shown);
        assert_refused(&deck, &["instance a1", model, &value, bad.allowed]);
    }
}

#[test]
fn a_resistor_out_of_range_is_refused() {
    refuses("ncm_resistor", "a1 %gd(a 0) %vd(a 0) m", &[OF_A_SLIT]);
}

#[test]
fn a_slit_out_of_range_is_refused() {
    refuses("ncm_slit", "a1 %gd(a 0) %gd(a 0) m", &[OF_A_SLIT]);
}

#[test]
fn an_electrode_out_of_range_is_refused() {
    refuses(
        "ncm_electrode",
        "a1 %gd(a 0) null m",
        &[OF_A_SLIT, OF_AN_ELECTRODE],
    );
}

#[test]
fn a_cell_out_of_range_is_refused() {
    refuses(
        "ncm_cell",
        "a1 %gd(a 0) null m",
        &[OF_A_SLIT, OF_AN_ELECTRODE, OF_A_CELL],
    );
}

#[test]
fn what_must_be_given_is_asked_for() {
    for (model, missing) in [
        ("ncm_resistor()", "rc"),
        ("ncm_resistor(rc=5 gamma=0.5)", "qmax"),
        ("ncm_slit(rc=5)", "cslit"),
        ("ncm_electrode(cslit=80n)", "rc"),
        ("ncm_electrode(rc=5)", "cslit"),
        ("ncm_cell(rc=5 cslit=80n gamma=0.5)", "qmax"),
    ] {
        let instance = if model.starts_with("ncm_slit") {
            "a1 %gd(a 0) %gd(a 0) m"
        } else {
            "a1 %gd(a 0) null m"
        };
        let words = format!("parameter {missing} = (not given)");
        assert_refused(
            &deck(instance, model, ".op"),
            &["instance a1", &words, "it must be given"],
        );
    }
    // Only with its connections known.
    assert_refused(
        &deck("a1 %gd(a 0) %vd(a 0) m", "ncm_resistor(rc=5)", ".op"),
        &[
            "Instance: a1",
            "parameter cslit = (not given)",
            "charge connection",
        ],
    );
}

#[test]
fn the_instance_is_named_with_its_subcircuit() {
    let deck = "subcircuits\nv1 in 0 1\nx1 in part n=5\nx2 in part n=-5\n\
        .subckt part p n=1\na1 %gd(p 0) null m\n.model m ncm_cell(rc=5 cslit=80n slits={n})\n.ends\n\
        .tran 1u 10u\n.end\n";
    assert_refused(deck, &["instance a.x2.a1", "parameter slits = -5"]);
}

#[test]
fn more_ports_than_slits_show_zero() {
    let deck = "wide\nv1 a 0 0.1\na1 %gd(a 0) [o1 o2 o3 o4] m\n\
        .model m ncm_cell(rc=5 cslit=80n slits=1)\n.op\n.end\n";
    let run = run(deck).check().unwrap_or_else(|error| panic!("{error}"));
    let plot = run.raw().unwrap().plot("operating").unwrap();
    let shown: Vec<f64> = (1..=4)
        .map(|i| plot.last(&format!("v(o{i})")).unwrap())
        .collect();
    // Half of the cell's voltage at each electrode, the negative one below its electrolyte.
    for (shown, expected) in shown.iter().zip([0.05, -0.05, 0.0, 0.0]) {
        assert!((shown - expected).abs() < 1e-12, "{shown} not {expected}");
    }
}

#[test]
fn an_alteration_out_of_range_is_refused_and_the_former_value_stays() {
    // A capacitor of 1 uF behind 105 ohm, altered half way.
    let altered = |alteration: &str| {
        let deck = format!(
            "altered\na1 %gd(a 0) null m\nr1 a 0 100\n\
             .model m ncm_electrode(rc=10 cslit=1u qmax=1u ic=1 slits=1)\n.control\n\
             stop when time > 100u\ntran 1u 200u\n{alteration}\ndelete all\nresume\n\
             let last = v(a)[length(v(a))-1]\necho last $&last\n.endc\n.end\n"
        );
        let job = Job::new(deck).code_model(code_model()).without_raw_file();
        let run = ngspice()
            .run(&job)
            .unwrap_or_else(|error| panic!("{error}"));
        assert!(!run.crashed(), "{}", run.log());
        let log = run.log().to_owned();
        let last = log
            .lines()
            .find_map(|line| line.strip_prefix("last ")?.trim().parse::<f64>().ok())
            .unwrap_or_else(|| panic!("no value in\n{log}"));
        (last, log)
    };
    let (unaltered, _) = altered("");
    for (alteration, words) in [
        (
            "altermod m slits = 5",
            "parameter slits = 5; allowed is 1, as the analysis was started with",
        ),
        (
            "altermod m sections = 2",
            "parameter sections = 2; allowed is (not given), as the analysis",
        ),
        (
            "altermod m rc = -1",
            "parameter rc = -1; allowed is 1e-18 to 1e18 ohm",
        ),
        (
            "altermod m gamma = 7",
            "parameter gamma = 7; allowed is -1e2 to 1e0",
        ),
    ] {
        let (last, log) = altered(alteration);
        assert!(log.contains("Instance: a1") && log.contains(words), "{log}");
        assert!(log.contains("the former values stay in force"), "{log}");
        assert!(
            (last - unaltered).abs() < 1e-6,
            "{alteration}: {last} not {unaltered}"
        );
    }
    // A good one works, and keeps the voltage of the slit: from 100 us on tau is 200 us, not 105 us.
    let (last, log) = altered("altermod m rc = 200");
    assert!(!log.contains("stay in force"), "{log}");
    let exact = |t1: f64, t2: f64| (-t1 / 105e-6_f64).exp() * (-t2 / 200e-6).exp() * 0.5;
    // ngspice stops at its first point beyond 100 us, less than 5 us later.
    assert!(
        last <= 1.002 * exact(100e-6, 100e-6) && last >= 0.998 * exact(105e-6, 95e-6),
        "{last}"
    );
}
