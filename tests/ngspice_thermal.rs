//! Temperature, self-heating and warnings of the code models in every release of ngspice.
#![cfg(feature = "cli")]

mod support;

use ncm::card::Card;
use ncm::netlist::{Door, subcircuit};
use ncm::simulator::{Job, RawFile, Run};
use ncm::stamp::Stepper;
use support::{Release, code_model, releases};

const TIGHT: &str = ".options reltol=1e-7 abstol=1e-12 vntol=1e-10\n";

/// A farad whose resistances fall as it warms.
const PART: &str = "rc=0.03 cslit=0.1 qmax=0.15 gamma=0.6 slits=20 ropen=0.02 copen=0.01 esr=0.05 rleak=200 \
                    tref=300.15 rea=1.5e4 esrtc1=4e-3 leakea=4e4";

fn run(release: &Release, deck: &str, files: &[(&str, String)]) -> Run {
    let mut job = Job::new(deck).code_model(code_model());
    for (name, text) in files {
        job = job.file(*name, text.clone());
    }
    release
        .ngspice
        .run(&job)
        .unwrap_or_else(|e| panic!("ngspice {}: {e}\n{deck}", release.name))
}

fn results(release: &Release, deck: &str, files: &[(&str, String)]) -> RawFile {
    run(release, deck, files)
        .check()
        .and_then(|run| run.raw().cloned())
        .unwrap_or_else(|e| panic!("ngspice {}: {e}\n{deck}", release.name))
}

/// Last value of a quantity of a transient run.
fn last(raw: &RawFile, name: &str) -> f64 {
    let plot = raw.plot("Transient").unwrap_or_else(|e| panic!("{e}"));
    let values = plot.real(name).unwrap_or_else(|e| panic!("{e}"));
    *values.last().expect("values")
}

#[test]
fn a_thermal_network_and_the_cells_own_are_the_same() {
    for release in releases() {
        let drive = "I1 0 p dc 0 sin(0 1.5 0.3)\n.tran 2m 8 0 2m\n";
        let own = format!(
            "own\n{TIGHT}A1 %gd(p 0) null part\n.model part ncm_cell({PART} ic=0.5 rth=8 cth=2)\n{drive}\
             .save v(p) @a1[temp] @a1[power]\n.end\n"
        );
        let network = format!(
            "network\n{TIGHT}A1 %gd(p 0) null %gd(tj 0) part\n.model part ncm_warm_cell({PART} ic=0.5)\n\
             Rth tj 0 8\nCth tj 0 2\n{drive}.save v(p) v(tj) @a1[temp]\n.end\n"
        );
        let split = network
            .replace("Rth tj 0 8\nCth tj 0 2", "Rth tj 0 5")
            .replace("ic=0.5)", "ic=0.5 rth=3 cth=2)");
        let [own, network, split] = [own, network, split].map(|deck| results(release, &deck, &[]));
        let rise = last(&own, "@a1[temp]") - 300.15;
        assert!(rise > 0.3, "{rise}");
        let other = last(&network, "v(tj)");
        println!(
            "ngspice {}: rise {rise} K, by the network {other} K",
            release.name
        );
        assert!(
            (other / rise - 1.0).abs() < 1e-4,
            "ngspice {}",
            release.name
        );
        assert!((last(&network, "@a1[temp]") - 300.15 - other).abs() < 1e-3);
        assert!((last(&split, "@a1[temp]") - 300.15 - rise).abs() < 1e-4 * rise);
        let (v, w) = (last(&own, "v(p)"), last(&network, "v(p)"));
        assert!((v - w).abs() < 1e-5, "ngspice {}: {v} {w}", release.name);
    }
}

#[test]
fn at_rest_the_leakage_warms_and_heat_is_a_current() {
    for release in releases() {
        let deck = "rest\nV1 p 0 2\nA1 %gd(p 0) null %gd(tj 0) part\n\
             .model part ncm_warm_cell(rc=0.03 cslit=0.1 slits=20 rleak=200 rth=3 cth=2)\nRth tj 0 5\n\
             .op\n.save v(tj) @a1[temp]\n.end\n";
        let raw = results(release, deck, &[]);
        let plot = raw.plot("Operating").unwrap_or_else(|e| panic!("{e}"));
        let get = |name: &str| plot.real(name).unwrap_or_else(|e| panic!("{e}"))[0];
        // 20 mW through 5 K/W, and 3 K/W more inside.
        assert!(
            (get("v(tj)") - 0.1).abs() < 1e-9,
            "ngspice {}",
            release.name
        );
        assert!((get("@a1[temp]") - 300.15 - 0.16).abs() < 1e-9);
    }
}

#[test]
fn electrical_energy_in_is_stored_or_leaves_as_heat() {
    for release in releases() {
        let deck = format!(
            "balance\n{TIGHT}I1 0 p dc 0 sin(0 1.5 0.3)\nA1 %gd(p 0) null %gd(tj 0) part\n\
             .model part ncm_warm_cell({PART} ic=0.5 rth=3 cth=2)\nVh tj th 0\nRth th 0 5\n\
             Bin in 0 i=-v(p)*i(vi)\nCin in 0 1\nRin in 0 1e15\nVi x 0 0\nI2 0 x dc 0 sin(0 1.5 0.3)\n\
             Bh h 0 i=-i(vh)\nCh h 0 1\nRh h 0 1e15\n.ic v(in)=0 v(h)=0\n\
             .tran 2m 8 0 2m\n.save v(in) v(h) @a1[energy] @a1[temp] v(p)\n.end\n"
        );
        let raw = results(release, &deck, &[]);
        let plot = raw.plot("Transient").unwrap_or_else(|e| panic!("{e}"));
        let ends = |name: &str| {
            let x = plot.real(name).unwrap_or_else(|e| panic!("{e}"));
            x[x.len() - 1] - x[0]
        };
        // The source's current is the one through Vi.
        let input = ends("v(in)");
        let stored = ends("@a1[energy]");
        let kept = 2.0 * ends("@a1[temp]");
        let left = ends("v(h)");
        let gap = (input - stored - kept - left) / (kept + left);
        println!(
            "ngspice {}: in {input} J, stored {stored} J, heat {} J, gap {gap:e}",
            release.name,
            kept + left
        );
        assert!(gap.abs() < 1e-3, "ngspice {}: {gap:e}", release.name);
    }
}

fn card() -> Card {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models/edlc-10f-2v7.toml");
    let set = [
        "r_ea=1.2e4",
        "esr_tc1=3e-3",
        "esr_tc2=1e-5",
        "c_tc1=8e-4",
        "leak_ea=5e4",
        "life=1500",
        "age=2000",
        "life_voltage=2.7",
        "age_temperature=333.15",
        "age_voltage=2.6",
        "r_leak=1e3",
    ];
    Card::read(&path, &set.map(String::from)).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn a_card_at_another_temperature_and_age_is_the_same_part_behind_each_door() {
    let mut reference = card();
    reference.cell.thermal.temperature = 273.15 + 65.0 + 3.0;
    let mut stepper = Stepper::new(&reference.cell).unwrap_or_else(|e| panic!("{e}"));
    stepper.set_voltage(1.0).unwrap_or_else(|e| panic!("{e}"));
    for release in releases() {
        for (door, instance) in [
            (Door::Xspice, "dtemp=3"),
            (
                Door::Plain(ncm::netlist::Dialect::Ngspice),
                "dtemp=3 temperature=338.15",
            ),
        ] {
            let library = subcircuit(&card(), door).unwrap_or_else(|e| panic!("{e}"));
            let deck = format!(
                "door\n.include part.lib\n.temp 65\nV1 p 0 dc 1 ac 1\nX1 p 0 edlc_10f_2v7 {instance}\n\
                 .ac dec 2 1e-3 10\n.end\n"
            );
            let raw = results(release, &deck, &[("part.lib", library)]);
            let plot = raw.plot("AC").unwrap_or_else(|e| panic!("{e}"));
            let frequency = plot.complex("frequency").unwrap_or_else(|e| panic!("{e}"));
            for (f, i) in frequency
                .iter()
                .zip(plot.complex("i(v1)").unwrap_or_else(|e| panic!("{e}")))
            {
                let expected = stepper.admittance(std::f64::consts::TAU * f.re);
                let error = (-*i - expected).norm() / expected.norm();
                assert!(
                    error < 1e-6,
                    "ngspice {} {door:?} at {} Hz: {error:e}",
                    release.name,
                    f.re
                );
            }
        }
    }
}

#[test]
fn passed_limits_are_told_at_the_first_and_the_tenth_time() {
    for release in releases() {
        let deck = |warn: u32| {
            format!(
                "warnings\nV1 p 0 sin(0 1 100)\nA1 %gd(p 0) null part\n\
                 .model part ncm_cell(rc=0.3 cslit=1m slits=5 esr=1 vmax=0.9 vmin=-0.5 imax=1e-3 warn={warn})\n\
                 .tran 0.1m 150m\n.end\n"
            )
        };
        let warned = run(release, &deck(1), &[]);
        let count = |run: &Run, text: &str| run.log().matches(text).count();
        assert_eq!(
            count(&warned, "beyond v_max = 0.9 V"),
            2,
            "ngspice {}\n{}",
            release.name,
            warned.log()
        );
        assert_eq!(count(&warned, "beyond v_min = -0.5 V"), 2);
        assert!(count(&warned, "beyond i_max") >= 1);
        assert_eq!(count(&run(release, &deck(0), &[]), "beyond v_max"), 0);
    }
}
