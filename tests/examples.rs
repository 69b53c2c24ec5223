//! Every deck of `examples/ngspice`, run in the machine's ngspice and held against closed forms,
//! balances of charge and energy, and the claims that the deck's own header makes.

#![cfg(feature = "cli")]

#[path = "../examples/decks/mod.rs"]
mod decks;
#[path = "../examples/decks/holdup.rs"]
mod holdup;
#[path = "../examples/decks/regen.rs"]
mod regen;
mod support;

use decks::{Bench, Transient};
use holdup::Holdup;
use regen::Recovery;
use std::collections::BTreeSet;
use std::f64::consts::PI;
use std::sync::OnceLock;

fn bench() -> Bench {
    Bench::new(support::code_model()).unwrap_or_else(|error| panic!("{error}"))
}

/// The runs of the hold-up supply with the three kinds of cell, each made once.
fn holdups() -> &'static [Transient; 3] {
    static RUNS: OnceLock<[Transient; 3]> = OnceLock::new();
    RUNS.get_or_init(|| {
        let bench = bench();
        std::thread::scope(|scope| {
            ["holdup/ideal.cir", "holdup/ncm.cir", "holdup/thick.cir"]
                .map(|deck| {
                    let bench = &bench;
                    scope.spawn(move || bench.run(deck).unwrap())
                })
                .map(|run| run.join().unwrap())
        })
    })
}

/// Relative difference.
fn off(got: f64, wanted: f64) -> f64 {
    (got - wanted).abs() / wanted.abs()
}

#[test]
fn holdup_of_the_ideal_capacitor_follows_its_energy() {
    let [run, _, _] = holdups();
    let h = Holdup::of(run).unwrap();
    let cell = run.get("v(cell)").unwrap();
    let current = run.get("i(vcell)").unwrap();

    // All that C + ESR can lose is ESR i^2.
    let heat = 75e-3
        * current
            .with(current, |a, b| a * b)
            .integral(holdup::FAILURE, cell.end());
    assert!(
        off(h.lost, heat) < 2e-3,
        "{} J lost, {heat} J of heat",
        h.lost
    );

    // At rest the terminal shows the charge.
    let charge = holdup::CAPACITANCE * holdup::START_VOLTAGE + current.integral(0.0, cell.end());
    assert!((cell.at(cell.end()) - charge / holdup::CAPACITANCE).abs() < 5e-4);

    // The load gets its 10 W for the hold-up time; the converter costs 5 to 15 %.
    let efficiency = 10.0 * h.time / h.delivered;
    assert!(
        (0.85..0.95).contains(&efficiency),
        "efficiency {efficiency}"
    );

    // A capacitor behind a resistance at constant power: C dV/dt = -(V - sqrt(V^2 - 4 R P))/(2 R),
    // until the terminal is at the 1.5 V of the converter's lock-out. The power is in truth 4 % higher
    // at the end than at the beginning, which is worth 2 % of the time.
    let power = h.delivered / h.time;
    let mut v =
        holdup::START_VOLTAGE + current.integral(0.0, holdup::FAILURE) / holdup::CAPACITANCE;
    let (mut t, step) = (0.0, 1e-5);
    loop {
        let i = (v - (v * v - 4.0 * 75e-3 * power).sqrt()) / (2.0 * 75e-3);
        if v - 75e-3 * i < 1.5 {
            break;
        }
        v -= i / holdup::CAPACITANCE * step;
        t += step;
    }
    assert!(off(h.time, t) < 0.03, "{} s, closed form {t} s", h.time);
}

#[test]
fn holdup_with_charge_dependent_pores_starts_better_and_ends_sooner() {
    let [ideal, ncm, _] = holdups();
    let (a, b) = (Holdup::of(ideal).unwrap(), Holdup::of(ncm).unwrap());

    // After milliseconds the current is no deeper than a few of the 100 levels: the pores are a
    // half-infinite transmission line behind the 35 mohm, v = i (esr + 2 * 2 sqrt(r t/(pi c))) with
    // r and c of one level and two electrodes.
    let current = ncm.get("i(vcell)").unwrap();
    let (from, to) = (holdup::FAILURE + 1e-3, holdup::FAILURE + 3e-3);
    let (r, c) = (1.2e-3 * (1.0 - 0.5 * 2.5 / 2.7), 0.2);
    let line = 4.0 * (r * 2e-3 / (PI * c)).sqrt();
    let expected = -current.mean(from, to) * (35e-3 + line)
        // the charger's last ampere is gone too
        + current.at(holdup::FAILURE - 1e-3) * 75e-3;
    assert!(
        off(b.cell_droop, expected) < 0.1,
        "{} V, {expected} V",
        b.cell_droop
    );
    assert!(b.cell_droop < 0.6 * a.cell_droop);

    // The bus follows its load line, 5.1 V less 50 mV for every ampere in the inductor.
    for (run, h) in [(ideal, &a), (ncm, &b)] {
        let before = run.get("v(bus)").unwrap().at(holdup::FAILURE - 1e-3);
        let i = -run.get("i(vcell)").unwrap().mean(from, to);
        let bus = before - h.bus_droop;
        assert!(
            (bus - (5.1 - i / 20.0)).abs() < 0.02,
            "bus at {bus} V with {i} A"
        );
    }

    // Near the end the pores carry more than the data sheet says.
    assert!(
        (0.85..0.95).contains(&(b.time / a.time)),
        "{} {}",
        a.time,
        b.time
    );
    // Same bus, same load, same converter: energy goes with time.
    assert!(off(b.delivered / b.time, a.delivered / a.time) < 0.01);
    // Energy is lost, never made.
    assert!(b.lost > 35e-3 * current.with(current, |x, y| x * y).integral(0.1, 1.2));
    assert!(b.left > a.left);

    // Charge moves on into the depth after drop-out: the terminal creeps up.
    let cell = ncm.get("v(cell)").unwrap();
    assert!(cell.at(1.2) - cell.at(holdup::FAILURE + b.time + 0.02) > 0.1);
    let charge = holdup::CAPACITANCE * holdup::START_VOLTAGE + current.integral(0.0, 1.2);
    let rest = charge / holdup::CAPACITANCE;
    assert!(cell.at(1.2) < rest && rest - cell.at(1.2) < 0.04);

    let svg = holdup::figure(&[("ideal", ideal), ("ncm", ncm)])
        .unwrap()
        .to_svg()
        .unwrap();
    assert!(svg.contains("ideal") && svg.contains("ncm"));
}

#[test]
fn both_parts_pass_the_same_data_sheet_test() {
    // Constant-current discharge from rest at rated voltage: capacitance between 80 and 40 % of it,
    // resistance from the straight line through those two points, carried back to the start.
    for (part, library) in [("bcap0010_ideal", "ideal"), ("bcap0010_ncm", "ncm")] {
        let deck = |text: String| {
            let analysis = text.find(".save").unwrap();
            let head = format!("{part}\n.include ../parts/{library}.lib\n");
            assert!(text[..analysis].contains("Xcell"));
            format!("{head}X1 p 0 {part} ic=2.7\nI1 p 0 1\n.save v(p)\n.tran 10m 18 uic\n.end\n")
        };
        let run = bench().run_edited("holdup/ideal.cir", deck).unwrap();
        let v = run.get("v(p)").unwrap();
        let (t_80, t_40) = (
            v.first_fall(0.8 * 2.7, 0.0).unwrap(),
            v.first_fall(0.4 * 2.7, 0.0).unwrap(),
        );
        let capacitance = (t_40 - t_80) / (0.4 * 2.7);
        let resistance = 2.7 - (0.8 * 2.7 + t_80 / (t_40 - t_80) * 0.4 * 2.7);
        println!("{part}: {capacitance} F, {resistance} ohm");
        assert!(off(capacitance, 10.0) < 0.02, "{part}: {capacitance} F");
        assert!(
            (resistance - 75e-3).abs() < 4e-3,
            "{part}: {resistance} ohm"
        );
    }
}

#[test]
fn sixty_thousand_slits_hold_up_as_long_as_their_totals_say() {
    let [_, ncm, thick] = holdups();
    let (a, b) = (Holdup::of(ncm).unwrap(), Holdup::of(thick).unwrap());
    // 100 levels of depth or 60,000: the same line but for half a level.
    assert!(off(b.time, a.time) < 5e-3, "{} {}", a.time, b.time);
    assert!(off(b.lost, a.lost) < 0.02, "{} {}", a.lost, b.lost);
}

#[test]
#[ignore = "slow: every one of 60,000 slits in every iteration"]
fn lumped_slits_carry_the_converter_as_resolved_ones_do() {
    // The take-over and 8 ms after it, where the lumping is put to the hardest test: a step.
    let window = |sections: &'static str| {
        move |text: String| {
            text.replace("sections=0", sections)
                .replace("ic=2.48", "ic=2.5")
                .replace("0.1 5.55 0.10001 0", "0.002 5.55 0.00201 0")
                .replace(".tran 20u 1.2", ".tran 20u 10m")
                .replace(".meas", "*")
        }
    };
    let bench = bench();
    let lumped = bench
        .run_edited("holdup/thick.cir", window("sections=0"))
        .unwrap();
    let resolved = bench
        .run_edited("holdup/thick.cir", window("sections=60000"))
        .unwrap();
    let droop = |run: &Transient| {
        let cell = run.get("v(cell)").unwrap();
        cell.at(1.5e-3) - cell.mean(6e-3, 10e-3)
    };
    let (a, b) = (droop(&lumped), droop(&resolved));
    println!(
        "droop: lumped {a} V in {:?}, resolved {b} V in {:?}",
        lumped.wall, resolved.wall
    );
    assert!((a - b).abs() < 1e-3 * b, "{a} V, {b} V");
}

#[test]
fn braking_energy_comes_back_with_less_loss_than_the_data_sheet_says() {
    let (ideal, ncm) = bench()
        .run_both("regen/ideal.cir", "regen/ncm.cir")
        .unwrap();
    let (a, b) = (Recovery::of(&ideal).unwrap(), Recovery::of(&ncm).unwrap());
    let square = |run: &Transient| {
        let i = run.get("i(vbank)").unwrap();
        i.with(i, |x, y| x * y).integral(0.0, i.end())
    };

    // Six cells in series, two strings: 225 mohm, of which 105 mohm lie outside the pores.
    assert!(off(a.lost, 225e-3 * square(&ideal)) < 5e-3);
    assert!(b.lost > 105e-3 * square(&ncm) && b.lost < 0.75 * 225e-3 * square(&ncm));
    // Same motor, same bridge: what reaches the bank and what the bus gets back is the same.
    assert!(off(b.stored, a.stored) < 0.01 && off(b.returned, a.returned) < 0.01);
    assert!(b.lost < 0.8 * a.lost);
    assert!(b.bank_peak < a.bank_peak);

    for (name, run, r) in [("ideal", &ideal, &a), ("ncm", &ncm, &b)] {
        // Braking is 3.5 A at the bus for 80 ms; bus, bridge and inductor cost 10 to 20 %.
        let bus = run.get("v(bus)").unwrap();
        let motor = run.get("v(im)").unwrap();
        let braking = -bus
            .with(motor, |v, i| v * i.min(0.0))
            .integral(0.0, regen::PAUSE);
        let share = r.stored / braking;
        assert!((0.8..0.98).contains(&share), "{name}: {share}");
        assert!(r.bus_peak < 27.0, "{name}: bus at {} V", r.bus_peak);
    }
    let svg = regen::figure(&[("ideal", &ideal), ("ncm", &ncm)])
        .unwrap()
        .to_svg()
        .unwrap();
    assert!(svg.contains("bank current"));
}

#[test]
fn gsm_bursts_see_the_mouths_of_the_pores() {
    let run = bench().run("battery/gsm.cir").unwrap();
    // The 434th burst starts at 0.1 s + 433 * 4.615 ms; its edge takes 10 us.
    let edge = 0.1 + 433.0 * 4.615e-3;
    let step = |name: &str| {
        let v = run.get(name).unwrap();
        v.at(edge - 2e-6) - v.at(edge + 12e-6)
    };
    let beside_battery = |r: f64| 2.0 * 0.35 * r / (0.35 + r);
    assert!(off(step("v(alone)"), 2.0 * 0.35) < 0.01);
    assert!(off(step("v(ideal)"), beside_battery(150e-3)) < 0.01);
    // 35 mohm a cell, and the entry: half of one level's path in each of four electrodes.
    let entry = 0.5 * 1.2e-3 * (1.0 - 0.5 * 1.8 / 2.7);
    assert!(off(step("v(ncm)"), beside_battery(70e-3 + 4.0 * entry)) < 0.03);

    // The lowest supply voltage of the whole transmission.
    let lowest = |name: &str| run.get(name).unwrap().min(0.0, 2.5);
    assert!(lowest("v(alone)") < 2.95);
    assert!(lowest("v(ideal)") > 3.3 && lowest("v(ncm)") > lowest("v(ideal)") + 0.03);

    // What the capacitor gives, it takes back: the battery carries the mean current of 0.25 A.
    for (name, source) in [("v(ideal)", "i(v2)"), ("v(ncm)", "i(v3)")] {
        let charge = run
            .get(source)
            .unwrap()
            .integral(1.2, 1.2 + 100.0 * 4.615e-3);
        let fall = run.get(name).unwrap();
        let fall = fall.at(1.2 - 1e-4) - fall.at(1.2 + 100.0 * 4.615e-3 - 1e-4);
        assert!(
            (charge + 5.0 * fall).abs() < 0.02,
            "{name}: {charge} C, {fall} V"
        );
    }
}

#[test]
fn active_balancing_keeps_the_small_cell_below_its_rating() {
    let run = bench().run("balancing/active.cir").unwrap();
    let cells = |string: &str| {
        let node = |n: &str| run.get(&format!("v({string}{n})")).unwrap();
        let minus = |a: f64, b: f64| a - b;
        [
            node("").with(node("1"), minus),
            node("1").with(node("2"), minus),
            node("2").clone(),
        ]
    };
    // One charge in all three: v_i = (7.5 V / C_i) / sum(1/C).
    let inverse = [1.0 / 9.0, 1.0 / 10.0, 1.0 / 12.0];
    let sum: f64 = inverse.iter().sum();
    for (cell, inverse) in cells("a").iter().zip(inverse) {
        assert!((cell.at(40.0) - 7.5 * inverse / sum).abs() < 2e-3);
    }
    assert!(cells("a")[0].at(40.0) > 2.8);
    // A bypass lets go below 2.42 V and takes hold above 2.58 V: at rest no cell is above that, and as
    // the sum is 7.5 V, none is below 2.34 V.
    for cell in cells("b") {
        assert!(cell.max(0.0, 40.0) < 2.7);
        let rest = cell.at(40.0);
        assert!((2.34..2.58).contains(&rest), "{rest} V");
    }
}

#[test]
fn passive_balancing_follows_the_leakage_equations() {
    let run = bench().run("balancing/passive.cir").unwrap();
    // Equal capacitances C on a fixed sum of voltages: C dv_i/dt = mean_k(v_k/R_k) - v_i/R_i.
    let settle = |resistance: [f64; 3], end: f64| {
        let mut v = [2.5; 3];
        let step = 10.0;
        for _ in 0..(end / step) as usize {
            let leak: Vec<f64> = v.iter().zip(resistance).map(|(v, r)| v / r).collect();
            let mean = leak.iter().sum::<f64>() / 3.0;
            for (v, leak) in v.iter_mut().zip(leak) {
                *v += step * (mean - leak) / 10.0;
            }
        }
        v
    };
    let beside = |r: f64| 1.0 / (1.0 / r + 1.0 / 4.7e3);
    let leaks = [45e3, 90e3, 180e3];
    for (string, resistance) in [("a", leaks), ("b", leaks.map(beside))] {
        for end in [86_400.0, 259_200.0] {
            let v = settle(resistance, end);
            for (node, wanted) in [("", 7.5), ("1", 7.5 - v[0]), ("2", v[2])] {
                let got = run.get(&format!("v({string}{node})")).unwrap().at(end);
                assert!(
                    (got - wanted).abs() < 3e-3,
                    "{string}{node}: {got} V, {wanted} V"
                );
            }
        }
    }
}

/// Current into the half cell of the paper with constant resistance, in its periodic state: the Fourier
/// series of the triangle through the admittance of the ladder.
fn periodic_current(t: f64) -> f64 {
    use num_complex::Complex64;
    let (period, amplitude) = (40e-6, 0.1);
    let admittance = |omega: f64| {
        let capacitor = Complex64::new(0.0, omega * 80e-9);
        let mut y = capacitor;
        for _ in 0..4 {
            y = capacitor + 1.0 / (5.0 + 1.0 / y);
        }
        1.0 / (2.5 + 1.0 / y)
    };
    (0..4000)
        .map(|m| {
            let n = f64::from(2 * m + 1);
            let omega = 2.0 * PI * n / period;
            // v = V/2 - (8 (V/2)/pi^2) sum cos(n w t)/n^2
            let coefficient = -8.0 * amplitude / (PI * PI * n * n);
            (coefficient * admittance(omega) * Complex64::from_polar(1.0, omega * t)).re
        })
        .sum()
}

#[test]
fn voltammograms_of_the_half_cell_widen_with_gamma() {
    let run = bench().run("paper/half_cell_gamma.cir").unwrap();
    let voltage = run.get("v(vm)").unwrap();
    let linear = run.get("i(v_0)").unwrap();
    for i in 1..40 {
        let t = 80e-6 + f64::from(i) * 1e-6;
        let (got, wanted) = (linear.at(t), periodic_current(t));
        // The corner of the triangle excepted, where ngspice's own edge lies between two points.
        if i != 20 {
            assert!(
                (got - wanted).abs() < 1e-2 * 4e-3,
                "{t}: {got} A, {wanted} A"
            );
        }
        // gamma = 0 is symmetric: half a period later the current is the opposite.
        if i < 20 {
            assert!((got + linear.at(t + 20e-6)).abs() < 1e-2 * 4e-3);
        }
    }

    let names = ["m09", "m06", "m03", "0", "p03", "p06", "p09"];
    let mut last = 0.0;
    for name in names {
        let current = run.get(&format!("i(v_{name})")).unwrap();
        // In the periodic state what goes in comes out again.
        let charge = current.integral(80e-6, 120e-6);
        assert!(charge.abs() < 1e-2 * 80e-9, "gamma {name}: {charge} C");
        // The energy turned into heat is the area in the plane of charge and voltage; the area of
        // the voltammogram is int |i| dv, which the paper says grows with gamma.
        let heat = current.with(voltage, |i, v| i * v).integral(80e-6, 120e-6);
        assert!(heat > 0.0);
        let area = 1e4 * (current.integral(80e-6, 100e-6) - current.integral(100e-6, 120e-6));
        assert!(area > last, "gamma {name}: {area}");
        last = area;
    }
}

#[test]
fn voltammograms_of_the_full_cell_grow_a_peak_with_resistance() {
    let run = bench().run("paper/full_cell_resistance.cir").unwrap();
    // The current of the cell's capacitance alone: 5 slits of 80 nF, two electrodes, 20 mV/us.
    let plateau = 5.0 * 80e-9 / 2.0 * 2e4;
    let mut last = plateau;
    for name in ["1", "2", "5", "10"] {
        let current = run.get(&format!("i(v_{name})")).unwrap();
        let peak = current.max(80e-6, 100e-6);
        assert!(peak > last, "R_c = {name}: {peak} A");
        last = peak;
        assert!(current.integral(80e-6, 120e-6).abs() < 1e-2 * 80e-9);
    }
    assert!(last > 1.4 * plateau, "peak {last} A");
}

#[test]
fn every_deck_is_run_here_and_shown_in_the_docs() {
    let root = decks::root();
    let mut there = BTreeSet::new();
    for folder in std::fs::read_dir(root.join("examples/ngspice")).unwrap() {
        let folder = folder.unwrap().path();
        for deck in std::fs::read_dir(&folder).unwrap() {
            let deck = deck.unwrap().path();
            if deck.extension().is_some_and(|e| e == "cir") {
                let name = deck.strip_prefix(root.join("examples/ngspice")).unwrap();
                there.insert(name.display().to_string());
                let text = std::fs::read_to_string(&deck).unwrap();
                assert!(
                    text.contains("\n* Run:"),
                    "{}: says how to run it",
                    deck.display()
                );
            }
        }
    }
    let here = include_str!("examples.rs");
    let docs = std::fs::read_to_string(root.join("docs/examples.md")).unwrap();
    for deck in there {
        assert!(
            here.contains(&format!("\"{deck}\"")),
            "{deck} is not tested"
        );
        assert!(docs.contains(&deck), "{deck} is not in docs/examples.md");
    }
}
