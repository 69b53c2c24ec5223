//! The code models in ngspice against closed forms of the transmission line (gamma = 0), and small
//! signals against the transient response to a small sine.
#![cfg(feature = "cli")]

mod support;

use ncm::simulator::{Job, Plot, RawFile};
use num_complex::Complex64;
use std::f64::consts::{PI, TAU};
use support::{code_model, ngspice};

/// One slit of the paper: 5 ohm, 80 nF.
const R_OHM: f64 = 5.0;
const C_F: f64 = 80e-9;

fn run(deck: &str) -> RawFile {
    let job = Job::new(deck).code_model(code_model());
    let run = ngspice().run(&job).and_then(|run| run.check());
    let run = run.unwrap_or_else(|error| panic!("{error}"));
    run.raw().unwrap_or_else(|error| panic!("{error}")).clone()
}

fn plot<'a>(raw: &'a RawFile, name: &str) -> &'a Plot {
    raw.plot(name).unwrap_or_else(|error| panic!("{error}"))
}

fn real<'a>(plot: &'a Plot, name: &str) -> &'a [f64] {
    plot.real(name).unwrap_or_else(|error| panic!("{error}"))
}

/// Impedance of n equal slits (R/2, then C, R, C, ... C): the discrete form of
/// `sqrt(R/(j omega C)) coth sqrt(j omega R C)`, with `4 sinh^2(theta/2) = j omega R C`.
fn line_impedance(slits: u32, omega: f64) -> Complex64 {
    let half = (0.5 * Complex64::new(0.0, omega * R_OHM * C_F).sqrt()).asinh();
    let decay = (-4.0 * f64::from(slits) * half).exp();
    let tanh = (1.0 - decay) / (1.0 + decay);
    R_OHM * half.cosh() / (2.0 * half.sinh() * tanh)
}

#[test]
fn impedance_is_that_of_the_transmission_line() {
    for slits in [1, 6, 20, 200, 2000_u32] {
        // From far below the slowest time constant of the stack to far above that of a slit.
        let low = 1e-2 / (TAU * R_OHM * C_F * f64::from(slits * slits));
        let high = 1e2 / (TAU * R_OHM * C_F);
        // The electrode also with a series resistance, the cell at twice and thrice the area.
        let model = format!("rc={R_OHM} cslit={C_F:e} slits={slits} ic=0.1");
        let deck = format!(
            "impedance of {slits} slits\nv1 a 0 ac 1\nv2 b 0 ac 1\nv3 c 0 ac 1\nv4 d 0 ac 1\n\
             a1 %gd(a 0) null e\n.model e ncm_electrode({model})\n\
             a2 %gd(b 0) null s\n.model s ncm_electrode({model} esr=7 ropen=4)\n\
             a3 %gd(c 0) null c\n.model c ncm_cell({model})\n\
             a4 %gd(d 0) null t\n.model t ncm_cell({model} series=3 parallel=2 area=1.5)\n\
             .ac dec 3 {low:e} {high:e}\n.end\n"
        );
        let raw = run(&deck);
        let ac = plot(&raw, "ac");
        let frequency = ac.complex("frequency").expect("frequency");
        let mut worst = 0.0_f64;
        for (name, offset, factor) in [
            ("i(v1)", 0.0, 1.0),
            ("i(v2)", 11.0, 1.0),
            ("i(v3)", 0.0, 2.0),
            ("i(v4)", 0.0, 2.0 * 3.0 / (2.0 * 1.5)),
        ] {
            let current = ac.complex(name).expect("current");
            for (f, i) in frequency.iter().zip(current) {
                let want = offset + factor * line_impedance(slits, TAU * f.re);
                let off = (-1.0 / i - want).norm() / want.norm();
                worst = worst.max(off);
                assert!(
                    off < 1e-9,
                    "{slits} slits, {name}, {} Hz: off by {off:e}",
                    f.re
                );
            }
        }
        eprintln!(
            "impedance, {slits:4} slits, {} frequencies: {worst:.1e}",
            frequency.len()
        );
    }
}

/// Root k of `beta tan beta = l`; without series resistance (l infinite) `(k + 1/2) pi`.
fn root(k: u32, l: f64) -> f64 {
    let base = f64::from(k) * PI;
    let (mut low, mut high) = (base, base + 0.5 * PI);
    for _ in 0..200 {
        let mid = 0.5 * (low + high);
        let below = l.is_infinite() || mid * (mid - base).sin() < l * (mid - base).cos();
        if below { low = mid } else { high = mid }
    }
    0.5 * (low + high)
}

/// Share of the charge that a line of resistance r and capacitance c still lacks at time t after a
/// voltage step through r_b.
fn still_missing(r: f64, c: f64, r_b: f64, t: f64) -> f64 {
    let l = r / r_b;
    (0..2000)
        .map(|k| {
            let beta = root(k, l);
            let square = beta * beta;
            let weight = if l.is_infinite() {
                2.0 / square
            } else {
                2.0 * l * l / (square * (square + l * l + l))
            };
            weight * (-square * t / (r * c)).exp()
        })
        .take_while({
            let mut small = false;
            move |term| {
                let go_on = !small;
                small = *term < 1e-16;
                go_on
            }
        })
        .sum()
}

#[test]
fn step_response_is_the_series_of_the_line() {
    // The discrete line differs from the continuous one by the order of 1/slits^2.
    let slits = 800;
    let (r, c) = (10.0, 1.0);
    for r_b in [0.0, 2.0, 30.0] {
        // The cell holds `ic` at time 0, so the source steps the voltage right there. The plain
        // resistance is outside of the first part and inside of the second.
        let model = format!(
            "rc={:e} cslit={:e} slits={slits} ic=0",
            r / f64::from(slits),
            c / f64::from(slits)
        );
        let outside = if r_b > 0.0 {
            format!("rb in a {r_b}")
        } else {
            "vb in a 0".into()
        };
        let deck = format!(
            "step through {r_b} ohm\nv1 in 0 1\n{outside}\na1 %gd(a 0) null m1\n\
             .model m1 ncm_electrode({model})\n\
             a2 %gd(in 0) null m2\n.model m2 ncm_electrode({model} esr={r_b})\n\
             .options reltol=1e-6\n.save @a1[charge] @a2[charge]\n.tran 1u 20 0 0.1\n.end\n"
        );
        let raw = run(&deck);
        let transient = plot(&raw, "transient");
        let times = real(transient, "time");
        let mut worst = 0.0_f64;
        for name in ["@a1[charge]", "@a2[charge]"] {
            for (t, q) in times
                .iter()
                .zip(real(transient, name))
                .filter(|(t, _)| **t > 1e-3)
            {
                let off = (q - c * (1.0 - still_missing(r, c, r_b, *t))).abs() / c;
                worst = worst.max(off);
                assert!(off < 1e-4, "{r_b} ohm, {name} at {t} s: off by {off:e}");
            }
        }
        eprintln!(
            "step through {r_b:2} ohm, {} points: {worst:.1e}",
            times.len()
        );
        // All charge in the end.
        assert!(times.last().is_some_and(|t| (*t - 20.0).abs() < 1e-9));
    }
}

/// Amplitude and phase of the part at `omega` in samples over whole periods, by least squares.
fn fitted(t: &[f64], y: &[f64], omega: f64) -> Complex64 {
    // Normal equations of a + b cos + c sin.
    let mut m = [[0.0_f64; 4]; 3];
    for (t, y) in t.iter().zip(y) {
        let basis = [1.0, (omega * t).cos(), (omega * t).sin()];
        for i in 0..3 {
            for j in 0..3 {
                m[i][j] += basis[i] * basis[j];
            }
            m[i][3] += basis[i] * y;
        }
    }
    for k in 0..3 {
        let pivot = m[k];
        for (i, row) in m.iter_mut().enumerate() {
            if i != k {
                let factor = row[k] / pivot[k];
                for (x, p) in row.iter_mut().zip(pivot) {
                    *x -= factor * p;
                }
            }
        }
    }
    // b cos + c sin is the real part of (b - j c) e^(j omega t).
    Complex64::new(m[1][3] / m[1][1], -m[2][3] / m[2][2])
}

#[test]
fn a_small_sine_in_the_transient_is_the_small_signal() {
    // At 0.3 V and with every law: gamma, both electrodes different, open electrolyte.
    for law in ["linear", "sqrt", "signed"] {
        for f_hz in [2e4, 2e5, 2e6] {
            let period = 1.0 / f_hz;
            // Settled when the slowest mode of six slits (some 10 us) is gone.
            let begin = (200e-6_f64 / period).ceil() * period;
            let end = begin + 2.0 * period;
            let deck = format!(
                "sine\nv1 in 0 dc 0.3 ac 1 sin(0.3 1m {f_hz:e} 0 0)\na1 %gd(in 0) null c\n\
                 .model c ncm_cell(rc=5 cslit=80n slits=6 gamma=0.8 qmax=16n ropen=1 copen=10n \
                 esr=2 gammaneg=-0.6 slitsneg=4 law=\"{law}\")\n\
                 .options reltol=1e-6\n.tran {h:e} {end:e} {begin:e} {h:e}\n.ac lin 1 {f_hz:e} {f_hz:e}\n.end\n",
                h = period / 400.0
            );
            let raw = run(&deck);
            let transient = plot(&raw, "transient");
            let drive = fitted(
                real(transient, "time"),
                real(transient, "v(in)"),
                TAU * f_hz,
            );
            let response = fitted(
                real(transient, "time"),
                real(transient, "i(v1)"),
                TAU * f_hz,
            );
            let small = plot(&raw, "ac").complex("i(v1)").expect("current")[0];
            let off = (response / drive - small).norm() / small.norm();
            eprintln!("sine, {law}, {f_hz:e} Hz: {off:.1e}");
            // The time step leaves (omega h)^2/3, some 1e-4.
            assert!(off < 3e-4, "{law}, {f_hz} Hz: off by {off:e}");
        }
    }
}

#[test]
fn uic_and_ic_start_where_they_say() {
    // A charged cell into a resistor: v(0+) = ic r/(r + r_entry), the same with an operating point,
    // with UIC, and by .ic on the node (which charges a cell without `ic` to the node's voltage).
    let part = "rc=5 cslit=80n slits=6 qmax=16n gamma=0.5 esr=1";
    let (ic, r) = (0.3, 10.0);
    // Two entries of half a slit's path at charge cslit * 0.15 V = 0.75 qmax.
    let entries = 1.0 + 2.0 * 0.5 * R_OHM * (1.0 - 0.5 * 0.75);
    let want = ic * r / (r + entries);
    for (what, cell, extra, uic) in [
        ("ic", format!("{part} ic={ic}"), "", ""),
        ("ic with UIC", format!("{part} ic={ic}"), "", "uic"),
        (
            "ic against .ic",
            format!("{part} ic={ic}"),
            ".ic v(a)=0.1",
            "uic",
        ),
    ] {
        let deck = format!(
            "start by {what}\na1 %gd(a 0) null m\n.model m ncm_cell({cell})\nr1 a 0 {r}\n{extra}\n\
             .save v(a) @a1[charge]\n.tran 0.1n 10n 0 0.1n {uic}\n.end\n"
        );
        let raw = run(&deck);
        let transient = plot(&raw, "transient");
        // The first point after the start: 6 slits of 80 nF hold the charge for a nanosecond.
        let at = real(transient, "time")
            .iter()
            .position(|t| *t > 0.0)
            .expect("points");
        let v = real(transient, "v(a)")[at];
        assert!(
            (v / want - 1.0).abs() < 2e-3,
            "{what}: {v} instead of {want}"
        );
        let charge = real(transient, "@a1[charge]")[at];
        assert!(
            (charge / (6.0 * C_F * 0.5 * ic) - 1.0).abs() < 2e-3,
            "{what}: {charge}"
        );
    }
    // Without `ic`, `.ic` (which needs the operating point) charges the cell through the node.
    let deck = format!(
        "start by .ic\na1 %gd(a 0) null m\n.model m ncm_cell({part})\nr1 a 0 1meg\n.ic v(a)={ic}\n\
         .save v(a) @a1[charge]\n.tran 1n 10n 0 1n\n.end\n"
    );
    let raw = run(&deck);
    let transient = plot(&raw, "transient");
    for v in real(transient, "v(a)") {
        assert!((v / ic - 1.0).abs() < 1e-3, ".ic: {v}");
    }
    let charge = real(transient, "@a1[charge]")[1];
    assert!(
        (charge / (6.0 * C_F * 0.5 * ic) - 1.0).abs() < 1e-3,
        ".ic: {charge}"
    );
}
