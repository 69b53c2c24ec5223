//! The decks on docs/ngspice.md and README.md run as they stand there.
#![cfg(feature = "cli")]

mod support;

use ncm::simulator::Job;
use std::path::Path;
use support::{code_model, ngspice};

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The blocks of a page that are written for ngspice.
fn blocks(page: &str) -> Vec<&str> {
    page.split("```spice\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect()
}

#[test]
fn the_deck_of_the_reference_runs() {
    let page = page("docs/ngspice.md");
    let deck = blocks(&page)
        .into_iter()
        .find(|deck| deck.contains(".end\n"));
    let deck = deck.expect("docs/ngspice.md has a whole deck");
    let run = ngspice()
        .run(&Job::new(deck).code_model(code_model()))
        .and_then(|run| run.check())
        .unwrap_or_else(|error| panic!("{error}"));
    let plot = run.raw().unwrap().plot("transient").unwrap();
    // 10 F through 85 mohm, 50 of them in the cable, for a second from 0 V to a source of 2.5 V.
    let v = plot.last("v(p)").unwrap();
    assert!((1.4..2.2).contains(&v), "{v}");
    // The mouth leads, and each electrode takes half of what the contacts leave.
    let o = |i: usize| plot.last(&format!("v(o{i})")).unwrap();
    assert!(
        o(1) > o(2) && o(2) > o(3) && o(1) < 0.5 * v,
        "{} {} {}",
        o(1),
        o(2),
        o(3)
    );
    // The charge came through the cable.
    let (t, i) = (plot.real("time").unwrap(), plot.real("i(v1)").unwrap());
    let flowed: f64 = (1..t.len())
        .map(|k| -0.5 * (t[k] - t[k - 1]) * (i[k] + i[k - 1]))
        .sum();
    let charge = plot.last("@a1[charge]").unwrap();
    assert!(
        (charge - flowed).abs() < 0.01 * flowed,
        "{charge} C not {flowed} C"
    );
    let reff = plot.last("@a1[reff]").unwrap();
    assert!((0.035..0.115).contains(&reff), "{reff}");
}

#[test]
fn the_lines_of_the_readme_make_a_part() {
    let page = page("README.md");
    let part = blocks(&page)
        .into_iter()
        .find(|block| block.contains("ncm_cell"))
        .expect("README.md shows ncm_cell");
    let deck = format!("readme\n{part}r1 p 0 1\nv1 n 0 0\n.tran 1m 1\n.end\n");
    let run = ngspice()
        .run(&Job::new(deck).code_model(code_model()))
        .and_then(|run| run.check())
        .unwrap_or_else(|error| panic!("{error}"));
    let plot = run.raw().unwrap().plot("transient").unwrap();
    let v = plot.real("v(p)").unwrap();
    assert!(
        v[0] > 2.2 && v[0] < 2.5,
        "charged to 2.5 V behind its resistance: {}",
        v[0]
    );
    assert!(v[v.len() - 1] < v[0] - 0.1, "discharges");
}

#[test]
#[ignore = "slow: valgrind"]
fn a_session_is_clean_under_valgrind() {
    let folder = tempfile::tempdir().unwrap();
    let deck = folder.path().join("session.cir");
    let cm = code_model().display();
    let text = format!(
        "session\nv1 in 0 dc 0.3 ac 1 pwl(0 0 1u 1 5u 1 6u -1 10u -1)\nr1 in a 1\n\
         a1 %gd(a 0) [o1 o2] c1\na2 %gd(a 0) null e1\na3 %gd(a b) %gd(0 a) s1\na4 %gd(b 0) null r1\n\
         .model c1 ncm_cell(rc=5 gamma=0.9 qmax=1e-7 cslit=80n slits=5 gammaneg=0.3)\n\
         .model e1 ncm_electrode(rc=5 gamma=0.9 qmax=1e-7 cslit=80n slits=5 law=\"sqrt\" obs=\"charge\" ic=0.1)\n\
         .model s1 ncm_slit(rc=5 gamma=0.9 qmax=1e-7 cslit=80n)\n\
         .model r1 ncm_resistor(rc=5 gamma=0.9 qmax=1e-7)\n\
         .save all @a1[charge] @a1[reff] @a2[energy] @a2[power]\n.control\n\
         pre_codemodel {cm}\nop\nac dec 2 1k 1meg\nstop when time > 5u\ntran 0.1u 10u\n\
         altermod c1 rc = 7\naltermod e1 slits = 9\ndelete all\nresume\ntran 0.1u 2u uic\nshow a1\n\
         reset\naltermod c1 rc = -7\ntran 0.1u 2u\nremcirc\nquit\n.endc\n.end\n"
    );
    std::fs::write(&deck, text).unwrap();
    let output = std::process::Command::new("valgrind")
        .args(["--leak-check=full", "--show-leak-kinds=definite,possible"])
        .args([
            "--errors-for-leak-kinds=definite,possible",
            "--error-exitcode=99",
        ])
        .arg(ngspice().program())
        .arg("-b")
        .arg(&deck)
        .env("HOME", folder.path())
        .env("OMP_NUM_THREADS", "1")
        .output()
        .unwrap_or_else(|error| panic!("valgrind: {error}; install it (Debian: valgrind)"));
    let said = String::from_utf8_lossy(&output.stderr);
    // Errors of the simulator's own are not ours to mend: only what passes through our file counts.
    let ours: Vec<&str> = said
        .split("\n\n")
        .filter(|block| block.contains("ncm"))
        .filter(|block| {
            block.contains("Invalid") || block.contains("lost") || block.contains("uninitialised")
        })
        .filter(|block| !block.contains("LEAK SUMMARY"))
        .collect();
    assert!(ours.is_empty(), "{}", ours.join("\n\n"));
    assert!(said.contains("ERROR SUMMARY"), "{said}");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        printed.contains("stay in force"),
        "the session did not get far:\n{printed}\n{said}"
    );
}
