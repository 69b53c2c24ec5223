//! Finding and running the machine's ngspice, and reading what it wrote, against closed forms.
#![cfg(feature = "cli")]

mod support;

use ncm::simulator::{Job, Ngspice, NgspiceError};
use num_complex::Complex64;
use std::time::Duration;
use support::ngspice;

/// 1 kilohm and 1 microfarad: a time constant of 1 ms.
const RC: &str = "\
low pass
v1 in 0 dc 2 ac 1 pwl(0 0 1n 1)
r1 in out 1k
c1 out 0 1u
";

#[test]
fn four_analyses_in_one_binary_file_agree_with_closed_forms() {
    let deck = format!(
        "{RC}.op\n.dc v1 -1 1 0.5\n.ac dec 1 1 1e4\n.tran 10u 3m uic\n.options reltol=1e-6\n.end\n"
    );
    let run = ngspice().run(&Job::new(deck)).unwrap().check().unwrap();
    let raw = run.raw().unwrap();

    assert_eq!(
        raw.plot("operating point").unwrap().last("v(out)").unwrap(),
        2.0
    );

    let dc = raw.plot("dc transfer").unwrap();
    assert_eq!(dc.real("v(out)").unwrap(), [-1.0, -0.5, 0.0, 0.5, 1.0]);

    let ac = raw.plot("ac analysis").unwrap();
    assert_eq!(ac.variables[0].unit(), "Hz");
    let frequency_hz = ac.complex("frequency").unwrap();
    assert_eq!(frequency_hz.len(), 5);
    assert!(frequency_hz.iter().all(|f| f.im == 0.0));
    for (f, out) in frequency_hz.iter().zip(ac.complex("v(out)").unwrap()) {
        let exact = 1.0 / Complex64::new(1.0, std::f64::consts::TAU * f.re * 1e-3);
        assert!((out - exact).norm() < 1e-12, "{f}: {out} not {exact}");
    }

    let tran = raw.plot("transient").unwrap();
    assert_eq!(tran.variables[0].unit(), "s");
    let time_s = tran.real("time").unwrap();
    assert_eq!(*time_s.last().unwrap(), 3e-3);
    for (t, out) in time_s.iter().zip(tran.real("v(out)").unwrap()) {
        let exact = if *t < 1e-9 {
            0.0
        } else {
            1.0 - (-t / 1e-3).exp()
        };
        assert!((out - exact).abs() < 1e-5, "{t}: {out} not {exact}");
    }
}

#[test]
fn the_text_form_holds_the_same_numbers() {
    let job = Job::new(format!("{RC}.ac dec 1 1 1e4\n.tran 10u 1m\n.end\n"));
    let binary = ngspice().run(&job).unwrap().check().unwrap();
    let text = job.start_up("set filetype=ascii");
    let text = ngspice().run(&text).unwrap().check().unwrap();
    assert!(
        std::fs::read_to_string(text.file("out.raw"))
            .unwrap()
            .contains("Values:")
    );

    let (binary, text) = (binary.raw().unwrap(), text.raw().unwrap());
    for (b, t) in binary
        .plot("ac")
        .unwrap()
        .complex("v(out)")
        .unwrap()
        .iter()
        .zip(text.plot("ac").unwrap().complex("v(out)").unwrap())
    {
        assert!((b - t).norm() < 1e-14);
    }
    let b = binary.plot("transient").unwrap().real("v(out)").unwrap();
    let t = text.plot("transient").unwrap().real("v(out)").unwrap();
    assert_eq!(b.len(), t.len());
    assert!(b.iter().zip(t).all(|(b, t)| (b - t).abs() < 1e-14));
}

#[test]
fn a_deck_in_a_file_finds_its_includes_and_writes_in_the_folder_of_the_run() {
    // A name with a blank, as users have them; a start-up file beside the deck, which must not count.
    let place = tempfile::Builder::new()
        .prefix("A deck ")
        .tempdir()
        .unwrap();
    let write = |name: &str, text: &str| std::fs::write(place.path().join(name), text).unwrap();
    write("load.inc", "r2 out 0 1k\n");
    write(".spiceinit", "codemodel /no/such/file.cm\n");
    write(
        "deck.cir",
        "divider\nv1 in 0 1\nr1 in out 1k\n.include load.inc\n.control\nop\nwrite here.raw all\n.endc\n.end\n",
    );
    let job = Job::from_file(place.path().join("deck.cir"))
        .unwrap()
        .without_raw_file();
    let run = ngspice().run(&job).unwrap().check().unwrap();
    let raw = ncm::simulator::RawFile::read(run.file("here.raw")).unwrap();
    assert!((raw.plot("operating").unwrap().last("v(out)").unwrap() - 0.5).abs() < 1e-12);
}

#[test]
fn ngspices_own_code_models_are_there_unless_unwanted() {
    let deck = "gain\nv1 1 0 1\na1 1 2 twice\n.model twice gain(gain=2)\nr1 2 0 1k\n.op\n.end\n";
    let run = ngspice().run(&Job::new(deck)).unwrap().check().unwrap();
    let raw = run.raw().unwrap();
    assert_eq!(raw.plots[0].last("v(2)").unwrap(), 2.0);

    let without = ngspice()
        .run(&Job::new(deck).without_own_code_models())
        .unwrap();
    assert!(!without.crashed());
    assert!(without.check().is_err());
}

#[test]
fn a_broken_deck_is_an_error_with_ngspices_words() {
    let run = ngspice()
        .run(&Job::new("t\nr1 1 0 1k\nq1 1 0 0 nosuch\n.op\n.end\n"))
        .unwrap();
    assert!(!run.crashed());
    assert!(run.raw().is_err());
    let message = run.check().unwrap_err().to_string();
    assert!(message.contains("q1 1 0 0 nosuch"), "{message}");
}

#[test]
fn a_run_that_hangs_is_stopped() {
    let endless = Job::new("t\nv1 1 0 1\nr1 1 0 1k\n.tran 1n 1e6\n.end\n")
        .timeout(Duration::from_millis(300));
    match ngspice().run(&endless) {
        Err(error @ NgspiceError::TooLong { .. }) => {
            assert!(
                error.to_string().contains("did not end within 0.3 s"),
                "{error}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_missing_is_named_with_the_remedy() {
    let message = Ngspice::at("no-such-simulator").unwrap_err().to_string();
    assert!(
        message.contains("no-such-simulator") && message.contains("apt-get install ngspice"),
        "{message}"
    );
    let message = Ngspice::at("/no/such/simulator").unwrap_err().to_string();
    assert!(message.contains("NCM_NGSPICE"), "{message}");
    let message = Ngspice::at("true").unwrap_err().to_string();
    assert!(message.contains("is not ngspice"), "{message}");

    let job = Job::new("t\n.end\n").code_model("/no/such.cm");
    let message = ngspice().run(&job).unwrap_err().to_string();
    assert!(
        message.starts_with("/no/such.cm: the code model cannot be read"),
        "{message}"
    );
    let message = Job::from_file("/no/such.cir").unwrap_err().to_string();
    assert!(
        message.starts_with("/no/such.cir: the deck cannot be read"),
        "{message}"
    );
}

#[test]
fn the_version_is_known() {
    let ngspice = ngspice();
    assert!(ngspice.major() >= 30, "{}", ngspice.version());
    assert!(ngspice.program().is_absolute());
}
