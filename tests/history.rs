//! Rest history as initial state: what the kernel prepares is what an explicit simulation arrives at, in
//! the kernel, in both compiled doors, with and without an operating point; state of charge and energy there.
#![cfg(feature = "cli")]

mod support;

use ncm::card::Card;
use ncm::cell::{Cell, CellParams, ChargeForm, Electrode};
use ncm::experiment::{Drive, History, Integrator};
use ncm::ladder::ElectrodeParams;
use ncm::netlist::{Dialect, Door, subcircuit};
use ncm::simulator::{Job, RawFile};
use ncm::stamp::Stepper;
use support::{code_model, osdi_library, osdi_releases};

fn params() -> CellParams {
    let electrode = ElectrodeParams {
        gamma: 0.5,
        q_max: 60e-9,
        c_rise: 0.5,
        u_rise: 0.1,
        ..ElectrodeParams::new(5.0, 80e-9, 8)
    };
    CellParams {
        negative: Some(ElectrodeParams {
            c_slit: 60e-9,
            c_open: 10e-9,
            r_open: 2.0,
            ..electrode.clone()
        }),
        esr: 1.0,
        r_leak: 2e4,
        ..CellParams::half(electrode)
    }
}

const HISTORY: History = History {
    from: 0.05,
    rate: 2e5,
    rest: 0.3e-6,
};
const IC: f64 = 0.35;

fn sections(cell: &Stepper) -> Vec<f64> {
    let mut all = Vec::new();
    for electrode in [Electrode::Positive, Electrode::Negative] {
        let mut u = vec![0.0; cell.section_count(electrode)];
        cell.section_voltages(electrode, &mut u);
        all.extend(u);
    }
    all
}

#[test]
fn the_kernel_arrives_where_its_own_steps_do() {
    for params in [
        params(),
        CellParams::symmetric(params().positive),
        CellParams::half(params().positive),
    ] {
        let mut prepared = Stepper::new(&params).expect("valid");
        HISTORY.prepare(&mut prepared, IC).expect("runs");
        let walked = |steps: usize| {
            let mut cell = Stepper::new(&params).expect("valid");
            cell.set_voltage(HISTORY.from).expect("finite");
            let span = (IC - HISTORY.from) / HISTORY.rate;
            for (time, drive) in [(span, true), (HISTORY.rest, false)] {
                cell.restart();
                for k in 0..steps {
                    // Short steps first, where the drive has just changed.
                    let edge = |k: usize| (k as f64 / steps as f64).powi(2);
                    let h = time * (edge(k + 1) - edge(k));
                    let trial = match drive {
                        true => {
                            cell.try_voltage(h, HISTORY.from + HISTORY.rate * time * edge(k + 1))
                        }
                        false => cell.try_current(h, 0.0),
                    };
                    trial.expect("converges");
                    cell.accept();
                }
            }
            cell
        };
        let (coarse, fine) = (walked(2000), walked(4000));
        let ours = sections(&prepared);
        let spread = ours.iter().map(|u| (u.abs() - ours[0]).abs());
        let spread = spread.fold(0.0, f64::max);
        assert!(spread > 0.01 * ours[0], "{ours:?}");
        for ((a, b), u) in sections(&coarse).iter().zip(sections(&fine)).zip(&ours) {
            let limit = b + (b - a) / 3.0;
            assert!((limit - u).abs() < 1e-7 * IC, "{limit} {u}");
        }
        let v = fine.voltage();
        assert!(
            (prepared.voltage() - v).abs() < 1e-5,
            "{} {v}",
            prepared.voltage()
        );
        assert!(prepared.current().abs() < 1e-12);
    }
}

#[test]
fn redistribution_goes_on_from_there() {
    let mut state = Integrator::new(Cell::new(&params()).expect("valid"), HISTORY.from, 1e-10);
    let span = (IC - HISTORY.from) / HISTORY.rate;
    let ramp = Drive::Voltage {
        v: HISTORY.from,
        rate: HISTORY.rate,
        t_0: 0.0,
    };
    state.advance(span, ramp).expect("runs");
    let open = Drive::Current(0.0);
    state.advance(span + HISTORY.rest, open).expect("runs");
    let later = 2e-6;
    let v = state
        .advance(span + HISTORY.rest + later, open)
        .expect("runs")
        .v;
    let mut cell = Stepper::new(&params()).expect("valid");
    HISTORY.prepare(&mut cell, IC).expect("runs");
    let before = cell.voltage();
    for _ in 0..4000 {
        cell.try_current(later / 4000.0, 0.0).expect("converges");
        cell.accept();
    }
    assert!(
        (cell.voltage() - v).abs() < 1e-6 * IC,
        "{} {v}",
        cell.voltage()
    );
    assert!(before - v > 0.01, "the voltage falls: {before} {v}");
}

const MODEL: &str = "rc=5 gamma=0.5 qmax=60n cslit=80n slits=8 crise=0.5 urise=0.1 cslitneg=60n copenneg=10n \
                     ropenneg=2 esr=1 rleak=20k vmax=0.5 ic=0.35 icfrom=0.05 icrate=200k icrest=0.3u";

fn run(deck: &str) -> RawFile {
    let (release, versions) = osdi_releases().into_iter().next_back().expect("a release");
    let version = versions.last().expect("a version");
    let job = Job::new(deck)
        .code_model(code_model())
        .start_up(format!("osdi {}", osdi_library(version).display()));
    let run = release.ngspice.run(&job).and_then(|run| run.check());
    run.unwrap_or_else(|e| panic!("{e}\n{deck}"))
        .raw()
        .unwrap_or_else(|e| panic!("{e}"))
        .clone()
}

/// The value at a time, between samples on a straight line.
fn at(raw: &RawFile, name: &str, t: f64) -> f64 {
    let plot = raw.plot("tran").unwrap_or_else(|e| panic!("{e}"));
    let time = plot.real("time").unwrap_or_else(|e| panic!("{e}"));
    let values = plot.real(name).unwrap_or_else(|e| panic!("{e}"));
    let k = time.partition_point(|x| *x < t).clamp(1, time.len() - 1);
    let share = (t - time[k - 1]) / (time[k] - time[k - 1]);
    values[k - 1] + share * (values[k] - values[k - 1])
}

#[test]
fn in_ngspice_it_is_as_if_the_history_had_been_simulated() {
    let none = " ic=0.35 icfrom=0.05 icrate=200k icrest=0.3u";
    let plain = MODEL.replace(none, " ic=0.05");
    assert_ne!(plain, MODEL);
    // The ramp takes 1.5 us: a switch lets go of the part when it ends.
    let explicit = format!(
        "history\n.options reltol=1e-5 method=gear\nv1 a 0 pwl(0 0.05 1.5u 0.35)\n\
         s1 a x c 0 sw\nvc c 0 pwl(0 1 1.5u 1 1.5001u 0)\n.model sw sw(vt=0.5 ron=1n roff=1e12)\n\
         a1 %gd(x 0) null part\n.model part ncm_cell({plain})\n.tran 5n 7u 0 5n\n.end\n"
    );
    let explicit = run(&explicit);
    let mut worst = 0.0_f64;
    for uic in ["", " uic"] {
        let deck = format!(
            "history\n.options reltol=1e-5 method=gear\nr1 x 0 1e12\nr2 y 0 1e12\n\
             a1 %gd(x 0) null part\n.model part ncm_cell({MODEL})\n\
             n2 y 0 twin\n.model twin ncm_cell20 {MODEL}\n\
             .save v(x) v(y) @a1[soc] @a1[energy] @n2[soc] @n2[energy]\n.tran 5n 5u 0 5n{uic}\n.end\n"
        );
        let raw = run(&deck);
        for t in [0.1e-6, 1e-6, 5e-6] {
            let want = at(&explicit, "v(x)", 1.8e-6 + t);
            for name in ["v(x)", "v(y)"] {
                let off = (at(&raw, name, t) - want).abs();
                worst = worst.max(off);
                assert!(off < 2e-4 * IC, "{uic} {name} {t:e}: {off:e} of {want}");
            }
        }
        let mut cell = Stepper::new(&params()).expect("valid");
        HISTORY.prepare(&mut cell, IC).expect("runs");
        for door in ["a1", "n2"] {
            for (name, want) in [
                ("soc", cell.state_of_charge(0.5)),
                ("energy", cell.stored_energy()),
            ] {
                let seen = at(&raw, &format!("@{door}[{name}]"), 0.05e-6);
                assert!(
                    (seen / want - 1.0).abs() < 0.02,
                    "{uic} {door} {name}: {seen} {want}"
                );
            }
        }
    }
    eprintln!(
        "history in ngspice: within {:.1e} of the voltage",
        worst / IC
    );
}

#[test]
fn state_of_charge_counts_from_the_rated_voltage() {
    let mut cell = Stepper::new(&params()).expect("valid");
    let form = ChargeForm::new(&params()).expect("valid");
    for v in [0.0, 0.2, 0.5] {
        cell.set_voltage(v).expect("finite");
        assert!((form.rest_charge(v) - cell.charge()).abs() < 1e-14 * 0.5e-6);
    }
    assert!((cell.state_of_charge(0.5) - 1.0).abs() < 1e-14);
    cell.set_voltage(0.25).expect("finite");
    // The rise makes the lower half of the voltage hold less than half of the charge.
    assert!(cell.state_of_charge(0.5) < 0.48);
}

#[test]
fn cards_keep_it_and_doors_without_it_say_so() {
    let mut card = Card::new("kept", params());
    card.ic = Some(IC);
    card.history = Some(HISTORY);
    let text = card.to_toml();
    let again = Card::parse(&text, "again").expect("valid");
    assert_eq!((again.ic, again.history), (card.ic, card.history));
    let netlist = subcircuit(&card, Door::Xspice).expect("has a form");
    for word in ["icrate=2e5", "icrest={icrest}"] {
        assert!(netlist.contains(word), "{netlist}");
    }
    for door in [Door::Plain(Dialect::Ngspice), Door::VerilogA] {
        let error = subcircuit(&card, door).expect_err("has no form");
        assert_eq!(error.parameter, "ic_rate");
    }
    let without = text.replace("ic = ", "# ");
    assert!(
        Card::parse(&without, "without").is_err(),
        "a ramp to nowhere"
    );
}
