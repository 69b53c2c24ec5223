//! One `ncm.cm` in every release of ngspice from 34 to 47: the same results, and no crash however
//! it is loaded.
#![cfg(feature = "cli")]

mod support;

use ncm::simulator::{Job, Plot, RawFile, Run};
use num_complex::Complex64;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{Release, c_host, code_model, releases};

/// Between releases, relative to the largest value of the variable.
const TOLERANCE: f64 = 1e-9;

/// Currents that would be 0 but for rounding differ between solvers, A (and V): `abstol` of the decks.
const ROUNDING: f64 = 1e-15;

/// The last points of a transient may differ: from 46 on ngspice divides the way to a breakpoint,
/// the end among them, in another manner. Everywhere else the steps are the same.
const LAST_POINTS: usize = 3;

/// A half cell as in Zhan et al. (arXiv 2010.08151, figure 4): 5 ohm, 80 nF; 8 nC is reached at 0.1 V.
const SLIT: &str = "rc=5 gamma=0.5 qmax=8n cslit=80n";

struct Case {
    model: &'static str,
    /// Between the nodes `in` and 0.
    part: String,
    /// What must be the same everywhere, beside the current.
    probes: &'static [&'static str],
}

fn cases() -> Vec<Case> {
    vec![
        Case {
            model: "ncm_resistor",
            part: format!(
                "a1 %gd(n1 in) %vd(n1 0) nr\nc1 n1 0 80n\na2 %gd(n2 n1) %vd(n2 0) nr\nc2 n2 0 80n\n\
                 a3 %gd(n3 in) null nr\nc3 n3 0 80n\n.model nr ncm_resistor({SLIT})\n"
            ),
            probes: &["v(n1)", "v(n2)", "v(n3)"],
        },
        Case {
            model: "ncm_slit",
            part: format!(
                "a1 %gd(n1 in) %gd(0 n1) ns\na2 %gd(n2 n1) %gd(0 n2) ns\na3 %gd(n3 n2) %gd(0 n3) ns\n\
                 .model ns ncm_slit({SLIT})\n"
            ),
            probes: &["v(n1)", "v(n2)", "v(n3)"],
        },
        Case {
            model: "ncm_electrode",
            part: format!(
                "a1 %gd(in 0) [o1 o2] ne\n.model ne ncm_electrode({SLIT} slits=6 ropen=2 copen=10n)\n"
            ),
            probes: &["v(o1)", "v(o2)"],
        },
        Case {
            model: "ncm_cell",
            part: format!(
                "a1 %gd(in 0) null nc\n\
                 .model nc ncm_cell({SLIT} law=\"sqrt\" slits=20 ropen=2 copen=10n esr=1 rleak=1meg gammaneg=-0.5)\n"
            ),
            probes: &[],
        },
    ]
}

/// All four analyses. Newton iterations go to the end, for 47 waits for currents to settle and so
/// makes more of them. Nothing but the largest step limits the steps of the transient: the source has
/// no corners, and `chgtol` keeps the truncation error out of it.
fn deck(case: &Case, solver: &str) -> String {
    format!(
        "{} in four analyses\n\
         v1 in 0 dc 0.08 ac 1 sin(0 0.1 100k)\n{}\
         .op\n.dc v1 -0.1 0.1 0.02\n.ac dec 3 1k 10meg\n.tran 50n 20u 0 50n\n\
         .options {solver} reltol=1e-11 abstol=1e-15 vntol=1e-13 chgtol=1\n.end\n",
        case.model, case.part
    )
}

/// A deck that needs our models and answers with one number: a slit of 5 ohm behind 5 ohm.
const DIVIDER: &str = "divider\nv1 in 0 0.2\nr1 in out 5\na1 %gd(out 0) null nr\n\
    .model nr ncm_resistor(rc=5)\n.op\n.end\n";
const DIVIDED_V: f64 = 0.1;

fn run(release: &Release, job: &Job) -> Run {
    release
        .ngspice
        .run(job)
        .unwrap_or_else(|error| panic!("ngspice {}: {error}", release.name))
}

/// The results of a run that must go well.
fn results(release: &Release, job: &Job) -> RawFile {
    run(release, job)
        .check()
        .and_then(|run| run.raw().cloned())
        .unwrap_or_else(|error| panic!("ngspice {}: {error}", release.name))
}

/// The output of the divider in a run that must go well.
fn divided(release: &Release, job: &Job) -> f64 {
    results(release, job)
        .plot("operating")
        .and_then(|plot| plot.last("v(out)"))
        .unwrap_or_else(|error| panic!("ngspice {}: {error}", release.name))
}

/// A variable as complex numbers, whatever the plot.
fn samples(plot: &Plot, name: &str) -> Vec<Complex64> {
    if plot.is_complex() {
        plot.complex(name).map(<[Complex64]>::to_vec)
    } else {
        plot.real(name)
            .map(|values| values.iter().map(|&x| Complex64::new(x, 0.0)).collect())
    }
    .unwrap_or_else(|error| panic!("{error}"))
}

/// Largest difference of the first `points`, relative to the largest value.
fn difference(a: &[Complex64], b: &[Complex64], points: usize) -> f64 {
    let scale = a.iter().map(|x| x.norm()).fold(0.0, f64::max);
    let (a, b) = (&a[..points], &b[..points]);
    let off = a
        .iter()
        .zip(b)
        .map(|(a, b)| (a - b).norm())
        .fold(0.0, f64::max);
    assert!(off.is_finite() && scale.is_finite(), "not a number");
    if off <= ROUNDING { 0.0 } else { off / scale }
}

/// Asserts that a variable is the same in two plots and gives the difference.
fn compare(here: &str, first: &Plot, this: &Plot, name: &str, points: usize, moves: bool) -> f64 {
    assert_eq!(first.points(), this.points(), "{here}: points");
    let (first, this) = (samples(first, name), samples(this, name));
    assert!(
        !moves || first.iter().any(|x| x.norm() > 0.0),
        "{here} is 0 everywhere"
    );
    let off = difference(&first, &this, points);
    assert!(
        off <= TOLERANCE,
        "{here} differs from the first release by {off:e}"
    );
    off
}

/// Whether a variable that is 0 throughout would mean that nothing has been tested: the capacitors
/// carry no current at rest, and observation ports have no small signal.
fn must_move(analysis: &str, name: &str) -> bool {
    match analysis {
        "ac" => !name.starts_with("v(o"),
        "transient" => true,
        _ => name.starts_with("v("),
    }
}

/// The solvers of a release: from 44 on Debian's ngspice has KLU beside Sparse.
fn solvers(release: &Release) -> &'static [&'static str] {
    if release.ngspice.major() >= 44 {
        &["", "klu"]
    } else {
        &[""]
    }
}

#[test]
fn every_model_gives_the_same_results_in_every_release() {
    for case in cases() {
        let mut reference: Option<RawFile> = None;
        for release in releases() {
            for solver in solvers(release) {
                let here = format!("{} in ngspice {} {solver}", case.model, release.name);
                let job = Job::new(deck(&case, solver)).code_model(code_model());
                let run = run(release, &job)
                    .check()
                    .unwrap_or_else(|e| panic!("{here}: {e}"));
                let klu = run.log().contains("Using KLU");
                assert_eq!(klu, *solver == "klu", "{here}:\n{}", run.log());
                let raw = run.raw().unwrap_or_else(|e| panic!("{here}: {e}"));
                let reference = reference.get_or_insert_with(|| raw.clone());
                compare_all(&here, &case, reference, raw);
            }
        }
    }
}

/// All four analyses of a case.
fn compare_all(here: &str, case: &Case, reference: &RawFile, raw: &RawFile) {
    for analysis in ["operating", "dc", "ac", "transient"] {
        let first = reference
            .plot(analysis)
            .unwrap_or_else(|e| panic!("{here}: {e}"));
        let plot = raw.plot(analysis).unwrap_or_else(|e| panic!("{here}: {e}"));
        let points = match analysis {
            "transient" => plot.points() - LAST_POINTS,
            _ => plot.points(),
        };
        let scale = (analysis != "operating").then(|| plot.variables[0].name.as_str());
        let mut worst: f64 = 0.0;
        for name in scale
            .into_iter()
            .chain(["i(v1)"])
            .chain(case.probes.iter().copied())
        {
            let here = format!("{here}, {analysis}: {name}");
            let moves = must_move(analysis, name);
            worst = worst.max(compare(&here, first, plot, name, points, moves));
        }
        eprintln!("{here:33} {analysis:10} {points:4} points {worst:.1e}");
    }
}

#[test]
fn analyses_that_the_models_have_nothing_to_say_to_do_no_harm() {
    for case in cases() {
        for analysis in [
            ".noise v(in2) v1 dec 3 1k 1meg",
            ".tf v(in2) v1",
            ".pz in 0 in2 0 vol pz",
            ".sens v(in2)",
            ".disto dec 3 1k 1meg",
        ] {
            let deck = format!(
                "{}\nv1 in2 0 dc 0.08 ac 1\nrs in2 in 5\n{}{analysis}\n.end\n",
                case.model, case.part
            );
            let job = Job::new(deck).code_model(code_model());
            for release in releases() {
                let run = run(release, &job);
                assert!(
                    !run.crashed(),
                    "{} in ngspice {}, {analysis}:\n{}",
                    case.model,
                    release.name,
                    run.log()
                );
            }
        }
    }
}

/// A cell in a subcircuit with parameters, another below it, and an electrode whose resistance is
/// changed between two runs; initial voltages with and without UIC; saved quantities.
const IN_USE: &str = "\
in use
.subckt part p n rr=5 nn=6 vi=0
a1 %gd(p n) null m
.model m ncm_cell(rc={rr} gamma=0.5 qmax=8n cslit=80n slits={nn} ropen=2 ic={vi})
.ends
i1 0 top sin(0 10m 50k)
x1 top mid part rr=5 nn=6 vi=0.1
x2 mid 0 part rr=10 nn=12
rb mid 0 100
a2 %gd(top 0) null half
.model half ncm_electrode(rc=5 gamma=0.5 qmax=8n cslit=80n slits=6 ic=0.05)
.options reltol=1e-11 abstol=1e-15 vntol=1e-13 chgtol=1
.control
save all @a2[charge] @a2[energy] @a2[reff] @a2[fill] @a2[power]
tran 50n 20u 0 50n uic
tran 50n 20u 0 50n
altermod half rc=20
tran 50n 20u 0 50n
setplot tran1
write uic.raw
setplot tran2
write rest.raw
setplot tran3
write altered.raw
.endc
.end
";

#[test]
fn a_part_in_use_gives_the_same_results_in_every_release() {
    let job = Job::new(IN_USE).without_raw_file().code_model(code_model());
    let names = ["time", "v(top)", "v(mid)"].into_iter().chain([
        "@a2[charge]",
        "@a2[energy]",
        "@a2[reff]",
        "@a2[fill]",
        "@a2[power]",
    ]);
    let mut references: Vec<RawFile> = Vec::new();
    for release in releases() {
        let run = run(release, &job)
            .check()
            .unwrap_or_else(|error| panic!("ngspice {}: {error}", release.name));
        let files: Vec<RawFile> = ["uic.raw", "rest.raw", "altered.raw"]
            .iter()
            .map(|name| RawFile::read(run.file(name)).unwrap_or_else(|error| panic!("{error}")))
            .collect();
        if references.is_empty() {
            references.clone_from(&files);
        }
        for ((first, this), what) in references
            .iter()
            .zip(&files)
            .zip(["uic", "rest", "altered"])
        {
            let (first, this) = (&first.plots[0], &this.plots[0]);
            let points = first.points() - LAST_POINTS;
            for name in names.clone() {
                let here = format!("in use in ngspice {}, {what}: {name}", release.name);
                compare(&here, first, this, name, points, true);
            }
        }
        // 0.05 V on 6 slits of 80 nF, whether or not an operating point comes first.
        for file in &files {
            let charge = samples(&file.plots[0], "@a2[charge]")[0].re;
            assert!((charge / 2.4e-8 - 1.0).abs() < 1e-3, "{charge}");
        }
        // The alteration has been taken up: the empty electrode's resistance is four times as large.
        let reff = |file: &RawFile| samples(&file.plots[0], "@a2[reff]")[0].re;
        let ratio = reff(&files[2]) / reff(&files[1]);
        assert!(
            (ratio - 4.0).abs() < 1e-2,
            "ngspice {}: {ratio}",
            release.name
        );
    }
}

#[test]
fn an_electrode_answers_with_the_closed_form_in_every_release() {
    // A continued fraction, from the innermost slit outwards.
    let (r, c_slit, r_open, c_open) = (5.0, 80e-9, 2.0, 10e-9);
    let impedance = |f_hz: f64| {
        let capacitor = |c: f64| 1.0 / Complex64::new(0.0, std::f64::consts::TAU * f_hz * c);
        let mut inward = capacitor(c_slit);
        for _ in 1..6 {
            inward = 1.0 / (1.0 / capacitor(c_slit) + 1.0 / (r + inward));
        }
        r_open + 1.0 / (1.0 / capacitor(c_open) + 1.0 / (0.5 * r + inward))
    };
    let deck = "closed form\nv1 in 0 ac 1\na1 %gd(in 0) null ne\n\
        .model ne ncm_electrode(rc=5 cslit=80n slits=6 ropen=2 copen=10n)\n.ac dec 5 1k 100meg\n.end\n";
    let job = Job::new(deck).code_model(code_model());
    for release in releases() {
        let raw = results(release, &job);
        let plot = raw.plot("ac").unwrap_or_else(|error| panic!("{error}"));
        let currents = samples(plot, "i(v1)");
        assert_eq!(currents.len(), 26);
        for (f, i) in samples(plot, "frequency").iter().zip(currents) {
            let exact = impedance(f.re);
            let off = (-1.0 / i - exact).norm() / exact.norm();
            assert!(
                off < 1e-9,
                "ngspice {}, {} Hz: off by {off:e}",
                release.name,
                f.re
            );
        }
    }
}

#[test]
fn without_a_code_model_of_ngspice_there_is_a_message_and_no_crash() {
    let job = Job::new(DIVIDER)
        .without_own_code_models()
        .code_model(code_model());
    for release in releases() {
        let run = run(release, &job);
        assert!(!run.crashed(), "ngspice {}:\n{}", release.name, run.log());
        assert!(
            run.log()
                .contains("load one of ngspice's own code models first"),
            "ngspice {}:\n{}",
            release.name,
            run.log()
        );
        // The deck needs the model, so it must not seem to have worked.
        assert!(run.check().is_err(), "ngspice {}", release.name);
    }
}

#[test]
fn code_models_of_another_release_do_no_harm() {
    for release in releases() {
        for other in releases() {
            if other.name == release.name {
                continue;
            }
            let here = format!("analog.cm of {} in ngspice {}", other.name, release.name);
            let foreign = other.folder.join("cm/analog.cm");

            // Beside the release's own ones, whichever comes first, it changes nothing.
            let beside = Job::new(DIVIDER)
                .code_model(&foreign)
                .code_model(code_model());
            assert!(
                (divided(release, &beside) - DIVIDED_V).abs() < 1e-12,
                "{here}, beside its own"
            );
            let before = Job::new(DIVIDER)
                .without_own_code_models()
                .code_model(&foreign)
                .code_model(release.folder.join("cm/analog.cm"))
                .code_model(code_model());
            assert!(
                (divided(release, &before) - DIVIDED_V).abs() < 1e-12,
                "{here}, before its own"
            );

            // Alone it may fit, and then the result is right; or there is a message.
            let alone = Job::new(DIVIDER)
                .without_own_code_models()
                .code_model(&foreign)
                .code_model(code_model());
            let run = run(release, &alone);
            assert!(!run.crashed(), "{here}, alone:\n{}", run.log());
            let log = run.log().to_owned();
            match run.check() {
                Ok(run) => {
                    let out = run
                        .raw()
                        .and_then(|raw| Ok(raw.plot("operating")?.last("v(out)")?));
                    assert!(
                        (out.unwrap_or(f64::NAN) - DIVIDED_V).abs() < 1e-12,
                        "{here}, alone"
                    );
                }
                Err(_) => assert!(log.contains("ncm.cm: "), "{here}, alone:\n{log}"),
            }
        }
    }
}

#[test]
fn loading_twice_changes_nothing() {
    // The same file again, and the same file under another name.
    let place = tempfile::tempdir().unwrap();
    let copy = place.path().join("copy.cm");
    std::fs::copy(code_model(), &copy).unwrap();
    for release in releases() {
        for second in [code_model(), copy.as_path()] {
            let job = Job::new(DIVIDER)
                .code_model(code_model())
                .code_model(second);
            let out = divided(release, &job);
            assert!(
                (out - DIVIDED_V).abs() < 1e-12,
                "ngspice {}: {out}",
                release.name
            );
        }
    }
}

/// What the host of libngspice printed as values; panics with its complaints if it failed.
fn host_values(
    release: &Release,
    host: &Path,
    deck: &str,
    vector: &str,
    models: &[&Path],
) -> Vec<f64> {
    let room = tempfile::tempdir().unwrap();
    std::fs::write(room.path().join("deck.cir"), deck).unwrap();
    let output = Command::new(release.folder.join("run"))
        .arg(host)
        .arg(release.folder.join("lib/libngspice.so.0"))
        .args(["deck.cir", vector, "3"])
        .args(models)
        .current_dir(room.path())
        .env("HOME", room.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "libngspice {}, {}:\n{said}{}",
        release.name,
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    said.lines()
        .filter_map(|line| line.strip_prefix("value ")?.parse().ok())
        .collect()
}

#[test]
fn a_host_may_unload_and_reload_libngspice() {
    let host: PathBuf = c_host("libngspice_reload");
    let deck = "charging\nv1 in 0 pwl(0 0 1n 0.1)\na1 %gd(in 0) null ne\n\
        .model ne ncm_electrode(rc=5 gamma=0.5 qmax=8n cslit=80n slits=6 ropen=2)\n\
        .tran 50n 5u 0 50n\n.end\n";
    for release in releases() {
        let currents = host_values(release, &host, deck, "i(v1)", &[code_model()]);
        assert_eq!(currents.len(), 6, "ngspice {}", release.name);
        // Not charged to the end, and the same each time.
        assert!(
            currents[0] < -1e-6,
            "ngspice {}: {currents:?}",
            release.name
        );
        assert!(
            currents.iter().all(|i| *i == currents[0]),
            "ngspice {}: {currents:?}",
            release.name
        );
    }
}
