//! Stand-alone experiments against closed forms of the transmission line and against the stepper.

use std::f64::consts::{PI, TAU};

use ncm::cell::CellParams;
use ncm::experiment::{
    CvProgram, EisProgram, GcdProgram, RestProgram, StepProgram, cv, eis, gcd, rest, step,
};
use ncm::ladder::ElectrodeParams;
use ncm::law::LawKind;
use ncm::stamp::Stepper;
use num_complex::Complex64;

/// Impedance of n equal slits (entry R/2, then C, R, C, ... C) in closed form: the discrete
/// `sqrt(R/(j omega C)) coth sqrt(j omega R C)`, with `4 sinh^2(theta/2) = j omega R C`.
fn uniform_ladder(r: f64, c: f64, n: u64, omega: f64) -> Complex64 {
    let x = Complex64::new(0.0, omega * r * c);
    // 2 sinh(theta/2) = sqrt(x)
    let half = (0.5 * x.sqrt()).asinh();
    // tanh by hand: num-complex overflows for large arguments.
    let decay = (-4.0 * n as f64 * half).exp();
    let tanh = (1.0 - decay) / (1.0 + decay);
    r * half.cosh() / (2.0 * half.sinh() * tanh)
}

#[test]
fn impedance_of_constant_slits_is_the_discrete_transmission_line() {
    for slits in [1_u64, 6, 20, 200, 2000] {
        let params = CellParams::symmetric(ElectrodeParams::new(5.0, 0.08e-6, slits));
        let program = EisProgram {
            f_min: 1e-2 / (TAU * 4e-7 * (slits * slits) as f64),
            f_max: 1e2 / (TAU * 4e-7),
            points_per_decade: 5,
            bias: 0.3,
        };
        let spectrum = eis(&params, &program).expect("runs");
        for (f, z) in spectrum.f_hz.iter().zip(&spectrum.z) {
            let want = 2.0 * uniform_ladder(5.0, 0.08e-6, slits, TAU * f);
            let error = (z - want).norm() / want.norm();
            assert!(error < 1e-9, "{slits} slits, {f:e} Hz: {error:e}");
        }
    }
}

#[test]
fn impedance_tends_to_de_levies_line() {
    // Total R and C fixed: sqrt(R/(j omega C)) coth sqrt(j omega R C), approached as 1/slits^2.
    let (r, c, omega) = (10.0, 1.0, 0.7);
    let s = Complex64::new(0.0, omega);
    let line = (r / (s * c)).sqrt() / (s * r * c).sqrt().tanh();
    let error = |slits: u64| {
        let n = slits as f64;
        let params = CellParams::half(ElectrodeParams::new(r / n, c / n, slits));
        let stepper = Stepper::new(&params).expect("valid");
        (stepper.admittance(omega).inv() - line).norm() / line.norm()
    };
    let (coarse, fine) = (error(200), error(400));
    assert!(fine < 1e-5, "{fine:e}");
    assert!(((coarse / fine).log2() - 2.0).abs() < 0.05);
}

#[test]
fn step_response_is_the_series_of_the_line() {
    // With a series resistance R_b: beta tan beta = R/R_b; without: beta = (2n+1) pi/2.
    let (r, c, slits) = (10.0, 1.0, 1500_u64);
    for r_b in [0.0, 2.0, 30.0] {
        let n = slits as f64;
        let mut params = CellParams::half(ElectrodeParams::new(r / n, c / n, slits));
        params.esr = r_b;
        let mut program = StepProgram::to(0.0, 1.0, 20.0);
        program.points = 20;
        program.decades = 2.0;
        let trace = step(&params, &program).expect("runs");
        for (t, q) in trace.t_s.iter().zip(&trace.q).skip(1) {
            let mut left = 0.0;
            for k in 0..400 {
                let beta = root(k, r, r_b);
                let weight = if r_b == 0.0 {
                    2.0 / (beta * beta)
                } else {
                    let l = r / r_b;
                    2.0 * l * l / (beta * beta * (beta * beta + l * l + l))
                };
                left += weight * (-beta * beta * t / (r * c)).exp();
            }
            let want = c * (1.0 - left);
            assert!((q - want).abs() < 2e-6 * c, "R_b {r_b} t {t}: {q} {want}");
        }
    }
}

/// Root k of `beta tan beta = r/r_b`.
fn root(k: u32, r: f64, r_b: f64) -> f64 {
    let base = f64::from(k) * PI;
    if r_b == 0.0 {
        return base + 0.5 * PI;
    }
    let (mut low, mut high) = (base, base + 0.5 * PI);
    for _ in 0..200 {
        let mid = 0.5 * (low + high);
        // beta sin(beta) - l cos(beta) changes sign at the root.
        let f = mid * (mid - base).sin() - r / r_b * (mid - base).cos();
        if f < 0.0 { low = mid } else { high = mid }
    }
    0.5 * (low + high)
}

fn paper_cell(law: LawKind, gamma: f64, slits: u64) -> CellParams {
    CellParams::symmetric(ElectrodeParams {
        law,
        gamma,
        q_max: 16e-9,
        r_open: 1.0,
        c_open: 0.01e-6,
        ..ElectrodeParams::new(5.0, 0.08e-6, slits)
    })
}

#[test]
fn tolerance_is_kept() {
    for law in LawKind::ALL {
        for gamma in [-0.9, 0.5, 0.9] {
            let params = paper_cell(law, gamma, 20);
            let run = |tolerance: f64| {
                let mut program = CvProgram::between(-0.2, 0.4, 2e4, 2);
                program.points = 60;
                program.tolerance = tolerance;
                cv(&params, &program).expect("runs")
            };
            let exact = run(1e-11);
            let top = exact.i.iter().fold(0.0_f64, |m, i| m.max(i.abs()));
            // The tolerance holds per step; errors of a sweep add up.
            for tolerance in [1e-4, 1e-6, 1e-8] {
                let trace = run(tolerance);
                let worst = trace
                    .i
                    .iter()
                    .zip(&exact.i)
                    .fold(0.0_f64, |m, (a, b)| m.max((a - b).abs()));
                assert!(
                    worst < 50.0 * tolerance * top,
                    "{law:?} {gamma} {tolerance:e}: {:e}",
                    worst / top
                );
            }
        }
    }
}

#[test]
fn steps_do_not_leap_over_the_kink_of_the_law() {
    // The kink of |Q| is a thousandth of q_max wide: long steps at slow sweeps see both sides only.
    for (slits, rate) in [
        (1, 10.0),
        (1, 1e5),
        (2, 1e3),
        (5, 3e4),
        (50, 100.0),
        (50, 4e3),
    ] {
        for gamma in [-0.9, 0.9] {
            let params = paper_cell(LawKind::Linear, gamma, slits);
            let run = |tolerance: f64| {
                let mut program = CvProgram::between(-0.3, 0.4, rate, 1);
                program.points = 40;
                program.tolerance = tolerance;
                cv(&params, &program).expect("runs").i
            };
            let (exact, quick) = (run(1e-10), run(1e-6));
            let top = exact.iter().fold(0.0_f64, |m, i| m.max(i.abs()));
            for (a, b) in exact.iter().zip(&quick) {
                let error = (a - b).abs() / top;
                assert!(
                    error < 1e-5,
                    "{slits} slits, {rate} V/s, gamma {gamma}: {error:e}"
                );
            }
        }
    }
}

#[test]
fn stepper_converges_to_the_integrator() {
    let params = paper_cell(LawKind::Linear, 0.9, 10);
    let rate = 2e4;
    let mut program = CvProgram::between(0.0, 0.4, rate, 1);
    program.points = 2;
    program.tolerance = 1e-11;
    let want = cv(&params, &program).expect("runs").i[1];
    let error = |steps: usize| {
        let mut cell = Stepper::new(&params).expect("valid");
        let h = 0.4 / rate / steps as f64;
        let mut i = 0.0;
        for k in 1..=steps {
            i = cell
                .try_voltage(h, 0.4 * k as f64 / steps as f64)
                .expect("converges")
                .i;
            cell.accept();
        }
        (i - want).abs() / want
    };
    let (coarse, fine) = (error(2000), error(4000));
    assert!(fine < 1e-6, "{fine:e}");
    assert!(
        ((coarse / fine).log2() - 2.0).abs() < 0.1,
        "{coarse:e} {fine:e}"
    );
}

#[test]
fn slow_sweep_draws_the_capacitive_current() {
    // So slow that every slit follows: i = C dv/dt, and back at the start all charge is back.
    let params = paper_cell(LawKind::Linear, 0.5, 5);
    let c = 0.5 * (5.0 * 0.08e-6 + 0.01e-6);
    let trace = cv(&params, &CvProgram::between(0.0, 0.4, 1.0, 1)).expect("runs");
    let i = trace.i[150];
    assert!((i / c - 1.0).abs() < 1e-4, "{i:e}");
    assert!(trace.q[400].abs() < 1e-4 * trace.q[200]);
}

#[test]
fn galvanostatic_cycle_moves_the_charge_it_should() {
    let mut params = paper_cell(LawKind::Linear, 0.5, 5);
    params.esr = 2.0;
    let trace = gcd(&params, &GcdProgram::between(0.0, 0.4, 1e-3, 2)).expect("runs");
    // Charge is current times time, segment by segment, to the integrator's tolerance.
    let (mut q, mut worst) = (trace.q[0], 0.0_f64);
    for k in 1..trace.t_s.len() {
        q += trace.i[k] * (trace.t_s[k] - trace.t_s[k - 1]);
        worst = worst.max((q - trace.q[k]).abs());
    }
    let top = trace.q.iter().fold(0.0_f64, |m, q| m.max(q.abs()));
    assert!(worst < 1e-6 * top, "{:e}", worst / top);
    // The voltage jumps by 2 i R at each switch of the current, R being what the mouth resists.
    let turn = trace.i.iter().position(|i| *i < 0.0).expect("discharges");
    let jump = trace.v[turn - 1] - trace.v[turn];
    let r = 2.0 + 2.0 * 1.0;
    assert!((jump / (2.0 * 1e-3 * r) - 1.0).abs() < 1e-6, "{jump}");
    assert_eq!(trace.v[turn - 1], 0.4);
}

#[test]
fn open_cell_keeps_its_charge_or_leaks_it_exponentially() {
    let closed = paper_cell(LawKind::Linear, 0.9, 10);
    let trace = rest(&closed, &RestProgram::after(0.4, 5e-6, 1e-3)).expect("runs");
    let first = trace.q[0];
    for q in &trace.q {
        assert!((q / first - 1.0).abs() < 1e-6);
    }
    // Redistribution brings the terminal voltage down to charge over capacitance.
    let c = 0.5 * (10.0 * 0.08e-6 + 0.01e-6);
    let end = trace.v.last().copied().unwrap_or(f64::NAN);
    assert!((end * c / first - 1.0).abs() < 1e-6);
    assert!(trace.v[0] > 1.05 * end);

    let leaking = CellParams {
        r_leak: 1e6,
        ..closed
    };
    let mut program = RestProgram::after(0.4, 0.0, 0.5);
    program.tolerance = 1e-9;
    let trace = rest(&leaking, &program).expect("runs");
    let end = trace.v.last().copied().unwrap_or(f64::NAN);
    let want = 0.4 * (-0.5 / (1e6 * c)).exp();
    assert!((end / want - 1.0).abs() < 1e-4, "{end} {want}");
}

#[test]
fn bad_programs_are_named() {
    let params = paper_cell(LawKind::Linear, 0.5, 5);
    let message = |p: &CvProgram| cv(&params, p).expect_err("bad").to_string();
    let good = CvProgram::between(0.0, 0.4, 1e4, 1);
    for (name, program) in [
        (
            "rate",
            CvProgram {
                rate: f64::NAN,
                ..good
            },
        ),
        ("rate", CvProgram { rate: -1.0, ..good }),
        ("cycles", CvProgram { cycles: 0, ..good }),
        ("points", CvProgram { points: 0, ..good }),
        (
            "v_first",
            CvProgram {
                v_first: f64::INFINITY,
                ..good
            },
        ),
        (
            "sweep",
            CvProgram {
                v_first: 0.0,
                ..good
            },
        ),
        (
            "tolerance",
            CvProgram {
                tolerance: 0.0,
                ..good
            },
        ),
    ] {
        let text = message(&program);
        assert!(text.contains(name), "{name}: {text}");
    }
    let leaky = CellParams {
        r_leak: 100.0,
        ..params
    };
    let text = gcd(&leaky, &GcdProgram::between(0.0, 0.4, 1e-3, 1))
        .expect_err("leaks more than it gets")
        .to_string();
    assert!(text.contains("0.4 V") && text.contains("leakage"), "{text}");
}
