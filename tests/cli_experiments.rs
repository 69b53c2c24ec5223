//! `ncm cv`, `gcd`, `step`, `eis`, `rest`: signs, units, columns and summaries, against closed forms.
//!
//! The part is a half cell of one slit with constant resistance: R = r_c/2 + esr in series with
//! C = c_slit, beside the leak.
#![cfg(feature = "cli")]

#[path = "support/cli.rs"]
mod cli;

use std::f64::consts::TAU;

use cli::{Desk, Table};

const R: f64 = 0.5;
const C: f64 = 2.0;

fn desk() -> Desk {
    let desk = Desk::new();
    desk.put(
        "rc.toml",
        "format = 1\nname = \"rc\"\nkind = \"half-cell\"\n[electrode]\nr_c = 0.8\ngamma = 0.0\nq_max = 1.0\nc_slit = 2.0\nslits = 1\n[cell]\nesr = 0.1\n[validity]\nv_min_V = 0.0\nv_max_V = 1.0\n",
    );
    desk
}

fn assert_close(got: f64, expected: f64, within: f64, what: &str) {
    assert!(
        (got - expected).abs() <= within,
        "{what}: {got} instead of {expected}"
    );
}

#[test]
fn cv_of_an_rc_is_an_exponential_towards_c_times_rate() {
    let desk = desk();
    let json = desk.json("cv rc.toml --rate 0.1 --cycles 1 --points 200 -o cv.csv");
    let table = desk.table("cv.csv");
    assert_eq!(table.names, ["t_s", "v_V", "i_A", "q_C", "energy_J", "soc"]);
    assert_eq!(table.rows(), 201);
    let up = 10.0;
    for ((t, v), i) in table
        .column("t_s")
        .iter()
        .zip(table.column("v_V"))
        .zip(table.column("i_A"))
    {
        let level = C * 0.1;
        let (expected_v, expected_i) = if *t <= up {
            (0.1 * t, level * (1.0 - (-t / (R * C)).exp()))
        } else {
            let turn = level * (1.0 - (-up / (R * C)).exp());
            (
                1.0 - 0.1 * (t - up),
                -level + (turn + level) * (-(t - up) / (R * C)).exp(),
            )
        };
        assert_close(*v, expected_v, 1e-12, "v");
        assert_close(*i, expected_i, 1e-6 * level, "i");
    }
    assert_eq!(json["card"], "rc");
    assert_eq!(json["samples"], 201);
    assert_eq!(json["columns"][3], "q_C");
    assert_close(
        json["summary"]["i_max_A"].as_f64().unwrap_or(0.0),
        0.2,
        1e-4,
        "i_max",
    );
}

#[test]
fn cv_at_several_rates_is_told_apart_by_a_column() {
    let desk = desk();
    let json =
        desk.json("cv rc.toml --rates 0.1,0.2 --cycles 1 --points 10 -o cv.csv --plot cv.svg");
    let table = desk.table("cv.csv");
    assert_eq!(table.names[..2], ["rate_V_per_s", "t_s"]);
    assert_eq!(
        table
            .column("rate_V_per_s")
            .iter()
            .filter(|r| **r == 0.2)
            .count(),
        11
    );
    assert_eq!(json["summary"]["sweeps"][1]["rate_V_per_s"], 0.2);
    let svg = desk.read("cv.svg");
    assert!(svg.contains("0.1 V/s") && svg.contains("0.2 V/s"));
}

#[test]
fn cv_through_both_polarities_starts_between_the_limits() {
    let desk = desk();
    desk.done("cv rc.toml --rate 0.1 --v-min -0.5 --v-max 1 --v-start 0 --cycles 1 --points 300 -o cv.csv");
    let table = desk.table("cv.csv");
    let v = table.column("v_V");
    assert_eq!((v[0], v[100], v[250]), (0.0, 1.0, -0.5));
    assert_close(v[300], 0.0, 1e-12, "the end");
}

#[test]
fn gcd_of_an_rc_steps_by_twice_ir_and_lasts_as_long_as_the_charge() {
    let desk = desk();
    let json = desk.json("gcd rc.toml --current 0.25 --cycles 2 -o gcd.csv");
    let table = desk.table("gcd.csv");
    // From 0 to 1 V - I R up, from there back to I R, and up again from I R.
    let drop = 0.25 * R;
    let times = [(1.0 - drop) * C / 0.25, (1.0 - 2.0 * drop) * C / 0.25];
    let expected = times[0] + 3.0 * times[1];
    let last = table.column("t_s")[table.rows() - 1];
    assert_close(last, expected, 1e-6 * expected, "duration");
    assert_close(
        json["summary"]["duration_s"].as_f64().unwrap_or(0.0),
        last,
        0.0,
        "summary",
    );
    assert_close(table.column("v_V")[0], drop, 1e-9, "first voltage");
    assert!(table.column("i_A").iter().all(|i| i.abs() == 0.25));
}

#[test]
fn step_of_an_rc_decays_with_its_time_constant() {
    let desk = desk();
    desk.done("step rc.toml --v0 0.2 --v1 1 --duration 5 -o step.csv --points 50");
    let table = desk.table("step.csv");
    assert_eq!(table.rows(), 51);
    for (t, i) in table.column("t_s").iter().zip(table.column("i_A")) {
        assert_close(*i, 0.8 / R * (-t / (R * C)).exp(), 2e-6, "i");
    }
    // Evenly in log t by default, evenly in t with --decades 0.
    let t = table.column("t_s");
    assert_close(t[2] / t[1], t[50] / t[49], 1e-9, "spread");
    desk.done("step rc.toml --v1 1 --duration 5 --points 50 --decades 0 -o even.csv");
    let even = desk.table("even.csv");
    assert_close(even.column("t_s")[25], 2.5, 1e-12, "even spread");
}

#[test]
fn rest_discharges_through_the_leak() {
    let desk = desk();
    desk.done("rest rc.toml --set r_leak=100 --v1 0.9 --duration 500 -o rest.csv");
    let table = desk.table("rest.csv");
    // The leak lies across the terminals: the slit discharges through it and R, and the terminal
    // sees the divided voltage.
    let tau = (100.0 + R) * C;
    for (t, v) in table.column("t_s").iter().zip(table.column("v_V")) {
        assert_close(*v, 0.9 * 100.0 / (100.0 + R) * (-t / tau).exp(), 1e-6, "v");
    }
    // After a short charge the part is not full, and without a leak keeps what it has.
    desk.done("rest rc.toml --v0 0 --v1 1 --hold 1 --duration 50 -o short.csv");
    let short = desk.table("short.csv");
    let held = 1.0 - (-1.0 / (R * C)).exp();
    for v in short.column("v_V") {
        assert_close(*v, held, 1e-6, "v");
    }
}

#[test]
fn eis_of_an_rc_is_r_plus_one_over_j_omega_c() {
    let desk = desk();
    let json = desk.json(
        "eis rc.toml --f-min 0.01 --f-max 100 --points-per-decade 5 -o eis.csv --plot eis.svg",
    );
    let table = desk.table("eis.csv");
    assert_eq!(table.names, ["f_Hz", "re_ohm", "im_ohm"]);
    assert_eq!(table.rows(), 21);
    for ((f, re), im) in table
        .column("f_Hz")
        .iter()
        .zip(table.column("re_ohm"))
        .zip(table.column("im_ohm"))
    {
        assert_close(*re, R, 1e-12, "re");
        let expected = -1.0 / (TAU * f * C);
        assert_close(*im, expected, 1e-9 * expected.abs(), "im");
    }
    let capacitance = json["summary"]["capacitance_at_f_min_F"].as_f64();
    assert_close(capacitance.unwrap_or(0.0), C, 1e-9, "capacitance");
}

/// What the card's own time constants give: from a capacitor to the series resistance.
#[test]
fn eis_without_frequencies_shows_the_whole_part() {
    let desk = desk();
    for card in [
        "rc.toml",
        "models/edlc-10f-2v7.toml",
        "models/paper-cell.toml",
        "models/thick-electrode-60000-slits.toml",
    ] {
        desk.done(&format!("eis {card} --bias 0.1 -o eis.csv --plot eis.svg"));
        let table = desk.table("eis.csv");
        let (f, re, im) = (
            table.column("f_Hz"),
            table.column("re_ohm"),
            table.column("im_ohm"),
        );
        let last = table.rows() - 1;
        let decades = |f: f64| (f.log10() - f.log10().round()).abs();
        assert!(decades(f[0]) < 1e-9 && decades(f[last]) < 1e-9, "{card}");
        // A capacitor within a degree and a half at the one end; at the other a resistor: 2 % for the point
        // before the power of ten, and the imaginary part falls with at least the root of the frequency.
        assert!((-im[last] / re[last]).atan().to_degrees() > 88.5, "{card}");
        assert!(-im[0] / re[0] < 0.03, "{card}: {} {}", re[0], im[0]);
        assert!(f[0] / f[last] < 1e9, "{card}");
        let picture = desk.read("eis.svg");
        assert!(
            picture.contains("Re Z") && picture.contains("phase"),
            "{card}"
        );
    }
    let said = desk.ncm("eis rc.toml --f-max 1e-9");
    assert_eq!(said.code, 2, "{}", said.stdout);
}

#[test]
fn slits_adds_a_column_for_every_section_of_both_electrodes() {
    let desk = desk();
    desk.done("step models/paper-cell.toml --duration 1e-4 --slits -o step.csv");
    let table = desk.table("step.csv");
    assert_eq!(table.names.len(), 6 + 10);
    assert_eq!(table.names[6], "u_pos_1_V");
    assert_eq!(table.names[15], "u_neg_5_V");
    // Long after the step every slit of both electrodes holds half of the voltage.
    let last = table.rows() - 1;
    for name in &table.names[6..] {
        assert_close(table.column(name)[last], 0.2, 1e-5, name);
    }
    desk.done("step models/paper-half-cell.toml --duration 1e-4 --slits -o half.csv");
    assert_eq!(desk.table("half.csv").names.len(), 6 + 5);
}

#[test]
fn without_an_output_file_the_table_is_the_output() {
    let desk = desk();
    let said = desk.done("cv rc.toml --rate 0.1 --points 4 --cycles 1");
    assert_eq!(Table::read(&said.stdout).rows(), 5);
    assert_eq!(desk.files(), ["rc.toml"]);
}

#[test]
fn the_cards_initial_voltage_is_the_start_and_options_overrule_it() {
    let desk = desk();
    desk.done("step rc.toml --set ic=0.5 --duration 1 -o ic.csv");
    assert_close(
        desk.table("ic.csv").column("i_A")[0],
        0.5 / R,
        1e-9,
        "from ic",
    );
    desk.done("step rc.toml --set ic=0.5 --v0 0 --duration 1 -o v0.csv");
    assert_close(
        desk.table("v0.csv").column("i_A")[0],
        1.0 / R,
        1e-9,
        "from v0",
    );
}

#[test]
fn leaving_the_validity_is_said_and_done() {
    let desk = desk();
    let said = desk.ncm("cv rc.toml --rate 0.1 --v-max 2 --points 10 -o cv.csv --json");
    assert_eq!(said.code, 0);
    assert!(
        said.stderr
            .contains("warning: 2 V is outside the voltages that the card rc was made for")
    );
    let json: serde_json::Value = serde_json::from_str(&said.stdout).expect("JSON");
    assert_eq!(json["warnings"].as_array().map(Vec::len), Some(1));
}
