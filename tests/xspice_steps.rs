//! The models integrate their own charges, so they must follow ngspice through everything it does
//! with time: steps that it takes back, corners, runs that start again, runs that pause.
#![cfg(feature = "cli")]

mod support;

use ncm::simulator::{Job, Plot, Run};
use support::{code_model, ngspice};

fn run(job: Job) -> Run {
    ngspice()
        .run(&job.code_model(code_model()))
        .and_then(|run| run.check())
        .unwrap_or_else(|error| panic!("{error}"))
}

fn transient(deck: &str) -> Plot {
    let run = run(Job::new(deck));
    run.raw()
        .and_then(|raw| Ok(raw.plot("transient").cloned()?))
        .unwrap_or_else(|error| panic!("{error}"))
}

fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0, |m, (a, b)| m.max((a - b).abs()))
}

/// A number the deck prints with `echo NAME VALUE`.
fn printed(run: &Run, name: &str) -> f64 {
    run.log()
        .lines()
        .find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
        .unwrap_or_else(|| panic!("no {name} in\n{}", run.log()))
}

/// A relaxation oscillator: a switch with hysteresis charges and discharges the part through a diode.
/// Nothing tells ngspice when the switch will turn, so it runs past that moment, finds the next
/// step impossible and takes it back. Beside our part stands the same ladder of ngspice's own parts.
fn oscillator(part: &str, probe: &str) -> String {
    format!(
        "oscillator\nv1 in 0 5\ns1 in x n 0 sw\nr1 x y 10\nd1 y a d\nr2 a 0 47\n\
         e1 n 0 0 a 1\nvm a top 0\n{part}\n\
         .model sw sw(vt=-2 vh=1 ron=0.1 roff=1meg)\n.model d d(is=1e-12 rs=0.1 cjo=10p)\n\
         .options reltol=1e-5 trtol=1 method=gear\n.save all {probe}\n.control\ntran 1u 400u uic\nrusage rejected accept\n\
         wrdata out.txt v(a) i(vm) {probe}\n.endc\n.end\n"
    )
}

const LADDER: &str = "\
rp1 0 p1 r={2.5*(1-0.5*abs(v(top,p1))/4)}\ncp1 top p1 400n\n\
rp2 p1 p2 r={5*(1-0.5*abs(v(top,p1))/4)}\ncp2 top p2 400n\n\
rp3 p2 p3 r={5*(1-0.5*abs(v(top,p2))/4)}\ncp3 top p3 400n";

const ELECTRODE: &str = "a1 %gd(top 0) null m\n\
.model m ncm_electrode(rc=5 cslit=400n gamma=0.5 qmax=1.6u slits=3)";

const SLITS: &str = "a0 %gd(0 p1) %vd(top p1) m0\na1 %gd(p1 p2) %gd(top p1) m\n\
a2 %gd(p2 p3) %gd(top p2) m\na3 %gd(p3 p4) %gd(top p3) m\n\
.model m0 ncm_resistor(rc=2.5 cslit=400n gamma=0.5 qmax=1.6u)\n\
.model m ncm_slit(rc=5 cslit=400n gamma=0.5 qmax=1.6u)";

/// Times at which `v` rises through the level, by linear interpolation.
fn rises(t: &[f64], v: &[f64], level: f64) -> Vec<f64> {
    (1..t.len())
        .filter(|&k| v[k - 1] < level && v[k] >= level)
        .map(|k| t[k - 1] + (t[k] - t[k - 1]) * (level - v[k - 1]) / (v[k] - v[k - 1]))
        .collect()
}

/// Columns written by `wrdata`: the scale and then every second one.
fn columns(run: &Run) -> Vec<Vec<f64>> {
    let text = std::fs::read_to_string(run.file("out.txt")).unwrap();
    let rows: Vec<Vec<f64>> = text
        .lines()
        .map(|line| {
            line.split_whitespace()
                .map(|x| x.parse().unwrap())
                .collect()
        })
        .collect();
    let mut columns = vec![
        rows.iter()
            .map(|row: &Vec<f64>| row[0])
            .collect::<Vec<f64>>(),
    ];
    for k in (1..rows[0].len()).step_by(2) {
        columns.push(rows.iter().map(|row| row[k]).collect());
    }
    columns
}

fn rejected(run: &Run) -> u32 {
    run.log()
        .lines()
        .find_map(|line| {
            line.strip_prefix("Rejected timepoints = ")?
                .trim()
                .parse()
                .ok()
        })
        .unwrap_or_else(|| panic!("no count of rejected steps in\n{}", run.log()))
}

#[test]
fn steps_taken_back_leave_no_trace() {
    let oscillate = |part, probe| run(Job::new(oscillator(part, probe)).without_raw_file());
    let plain = oscillate(LADDER, "");
    let reference = columns(&plain);
    let beats = rises(&reference[0], &reference[1], 2.0);
    assert!(beats.len() >= 4, "the circuit must oscillate: {beats:?}");
    let period = (beats[beats.len() - 1] - beats[0]) / (beats.len() - 1) as f64;
    for (name, part) in [("electrode", ELECTRODE), ("slits", SLITS)] {
        let run = oscillate(part, "");
        assert!(
            rejected(&run) > 50,
            "{name}: only {} steps taken back",
            rejected(&run)
        );
        let ours = columns(&run);
        let here = rises(&ours[0], &ours[1], 2.0);
        assert_eq!(here.len(), beats.len(), "{name}");
        let drift = largest_difference(&here, &beats) / period;
        eprintln!(
            "{name}: {} steps taken back, beats off by {drift:.1e} of a period",
            rejected(&run)
        );
        assert!(drift < 2e-3, "{name}: off by {drift:e} of a period");
    }
}

#[test]
fn the_charge_is_what_flowed_in() {
    let run = run(
        Job::new(oscillator(ELECTRODE, "@a1[charge] @a1[energy] @a1[power]")).without_raw_file(),
    );
    assert!(rejected(&run) > 50);
    let c = columns(&run);
    let (t, v, i, charge, energy, power) = (&c[0], &c[1], &c[2], &c[3], &c[4], &c[5]);
    let largest = charge.iter().fold(0.0_f64, |m, q| m.max(q.abs()));
    let most_energy = energy.iter().fold(0.0_f64, |m, e| m.max(*e));
    // The very first current jumps from nothing.
    let start = t.partition_point(|t| *t < 1e-6);
    let (mut q, mut e) = (charge[start], energy[start]);
    for k in start + 1..t.len() {
        let h = t[k] - t[k - 1];
        q += 0.5 * h * (i[k] + i[k - 1]);
        e += 0.5 * h * (v[k] * i[k] - power[k] + v[k - 1] * i[k - 1] - power[k - 1]);
        // The trapezoidal sums themselves are good to the square of the steps.
        assert!(
            (q - charge[k]).abs() < 2e-3 * largest,
            "{}: {q} not {}",
            t[k],
            charge[k]
        );
        assert!(
            (e - energy[k]).abs() < 5e-3 * most_energy,
            "{}: {e} not {}",
            t[k],
            energy[k]
        );
    }
}

/// 1 uF behind 105 ohm, from 1 V.
const DISCHARGE: &str = "a1 %gd(a 0) [o] m\nr1 a 0 100\n\
    .model m ncm_electrode(rc=10 cslit=1u ic=1)\n.save all @a1[charge]\n.options reltol=1e-5\n";

#[test]
fn what_is_saved_belongs_to_the_time_point_it_is_saved_with() {
    let plot = transient(&format!("saved\n{DISCHARGE}.tran 1u 200u\n.end\n"));
    let (t, o, q) = (
        plot.real("time").unwrap(),
        plot.real("v(o)").unwrap(),
        plot.real("@a1[charge]").unwrap(),
    );
    for ((t, o), q) in t.iter().zip(o).zip(q) {
        let exact = (-t / 105e-6).exp();
        assert!((o - exact).abs() < 1e-4, "{t}: slit at {o} V, not {exact}");
        // One step late would be 1e-2 off.
        assert!(
            (q / 1e-6 - exact).abs() < 1e-4,
            "{t}: charge {q}, not {exact} uC"
        );
    }
}

#[test]
fn runs_in_one_session_do_not_know_of_each_other() {
    let last = "v(a)[length(v(a))-1]";
    let run = run(Job::new(format!(
        "session\n{DISCHARGE}.control\n\
         tran 1u 100u\nlet x = {last}\necho first $&x\n\
         tran 1u 100u\nlet x = {last}\necho again $&x\n\
         op\nprint v(a)\ntran 1u 100u\nlet x = {last}\necho afterop $&x\n\
         ac dec 1 1k 1k\ntran 1u 100u uic\nlet x = {last}\necho uic $&x\n\
         reset\ntran 1u 100u\nlet x = {last}\necho afterreset $&x\n\
         stop when time > 30u\ntran 1u 100u\ndelete all\nresume\nlet x = {last}\necho paused $&x\n\
         .endc\n.end\n"
    ))
    .without_raw_file());
    let exact = 100.0 / 105.0 * (-100.0_f64 / 105.0).exp();
    let first = printed(&run, "first");
    assert!((first - exact).abs() < 1e-4, "{first} not {exact}");
    for name in ["again", "afterop", "afterreset"] {
        assert_eq!(printed(&run, name), first, "{name}");
    }
    // Other points in time, so not the last digit.
    for name in ["uic", "paused"] {
        assert!((printed(&run, name) - exact).abs() < 1e-4, "{name}");
    }
}

#[test]
fn an_operating_point_in_the_same_deck_changes_nothing() {
    let alone = transient(&format!("alone\n{DISCHARGE}.tran 1u 100u\n.end\n"));
    let after = transient(&format!(
        "after\n{DISCHARGE}.op\n.dc r1 50 200 50\n.ac dec 1 1k 10k\n.tran 1u 100u\n.end\n"
    ));
    assert_eq!(alone.real("v(a)").unwrap(), after.real("v(a)").unwrap());
}

#[test]
fn a_node_set_by_ic_is_where_the_transient_starts() {
    // Without `ic`: the part follows the operating point, which .ic holds.
    let plot = transient(
        "held\na1 %gd(a 0) [o] m\nr1 a 0 100\n.model m ncm_electrode(rc=10 cslit=1u)\n.options reltol=1e-5\n\
         .ic v(a)=1\n.tran 1u 100u\n.end\n",
    );
    assert!((plot.real("v(o)").unwrap()[0] - 1.0).abs() < 1e-9);
    let exact = (-100.0_f64 / 105.0).exp();
    assert!((plot.last("v(o)").unwrap() - exact).abs() < 1e-4);
}

#[test]
fn edges_of_a_nanosecond_and_both_polarities() {
    // Beyond qmax/gamma, where the bare law would be negative: the floor holds.
    for rmin in ["", "rmin=5u"] {
        let plot = transient(&format!(
            "edges\nv1 in 0 pulse(-2 2 1u 1n 1n 5u 10u)\nr1 in a 1\na1 %gd(a 0) [o1 o2 o3] m\n\
             .model m ncm_electrode(rc=5 cslit=80n gamma=0.9 qmax=80n slits=3 {rmin})\n\
             .save all @a1[reff]\n.tran 0.1u 40u\n.end\n"
        ));
        for name in ["v(a)", "v(o1)", "v(o3)", "i(v1)", "@a1[reff]"] {
            assert!(
                plot.real(name).unwrap().iter().all(|x| x.is_finite()),
                "{name}"
            );
        }
        assert!(plot.real("@a1[reff]").unwrap().iter().all(|r| *r > 0.0));
        let o = plot.real("v(o3)").unwrap();
        let (low, high) = o
            .iter()
            .fold((0.0_f64, 0.0_f64), |(l, h), x| (l.min(*x), h.max(*x)));
        assert!(
            low < -1.99 && high > 1.9 && low > -2.01 && high < 2.01,
            "{low} to {high}"
        );
    }
}

#[test]
fn many_instances_are_as_many_times_one() {
    let mut deck = "many\nv1 in 0 pwl(0 0 1u 1)\nvone in one 0\na0 %gd(one 0) null m\n\
        .model m ncm_cell(rc=5 cslit=80n gamma=0.5 qmax=40n slits=4)\nvall in all 0\n"
        .to_owned();
    for k in 1..=300 {
        deck += &format!("a{k} %gd(all 0) null m\n");
    }
    deck += ".tran 50n 5u\n.end\n";
    let plot = transient(&deck);
    let (one, all) = (plot.real("i(vone)").unwrap(), plot.real("i(vall)").unwrap());
    let largest = all.iter().fold(0.0_f64, |m, i| m.max(i.abs()));
    for (one, all) in one.iter().zip(all) {
        assert!((300.0 * one - all).abs() < 1e-9 * largest);
    }
}
