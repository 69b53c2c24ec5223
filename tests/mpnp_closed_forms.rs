//! The solver against closed forms. Every bound is a few times the error measured (docs/mpnp.md).
#![cfg(feature = "workshop")]

use num_complex::Complex64;

use ncm::mpnp::constants::{FARADAY, VACUUM_PERMITTIVITY};
use ncm::mpnp::electrolyte::Electrolyte;
use ncm::mpnp::geometry::Geometry;
use ncm::mpnp::grid::{Axis, Resolution, graded, graded_both_ends, uniform};
use ncm::mpnp::impedance::Linearised;
use ncm::mpnp::mesh::{Material, Mesh, Side};
use ncm::mpnp::newton::Newton;
use ncm::mpnp::observe::Probe;
use ncm::mpnp::rosenbrock::{Integrator, Metal};
use ncm::mpnp::steady::equilibrium;
use ncm::mpnp::stepper::{Accuracy, History};
use ncm::mpnp::system::System;

/// Both ions alike, with this volume fraction in the open electrolyte.
fn alike(nu: f64) -> Electrolyte {
    let mut e = Electrolyte::default();
    e.ions[1].diffusivity = e.ions[0].diffusivity;
    let size = (nu / (2.0 * 0.602_214_076)).cbrt() * 1e-9;
    for ion in &mut e.ions {
        ion.size = size;
    }
    e
}

fn fine(refinement: usize) -> Resolution {
    Resolution {
        growth: 1.15,
        refinement,
        ..Resolution::default()
    }
}

/// Height of the flat cells, metre.
const HEIGHT: f64 = 1e-9;

/// A wall opposite the mid-plane.
fn flat(e: &Electrolyte, length: f64, layer: f64, res: &Resolution) -> System {
    let x = Axis::from_widths(graded(length, res));
    let y = Axis::from_widths(vec![HEIGHT]);
    let sides = [
        Side::Metal { layer },
        Side::Bath,
        Side::Mirror,
        Side::Mirror,
    ];
    System::new(Mesh::build(x, y, sides, |_, _| Material::Electrolyte), *e)
}

/// Charge on the metal and salt in excess of the open electrolyte's at equilibrium, per area.
fn wall_at(system: &System, u: f64) -> (f64, f64) {
    let mut newton = Newton::new(system);
    newton.tolerance = 1e-12;
    let state = equilibrium(system, &mut newton, u).expect("an equilibrium");
    let geometry = Geometry {
        sheets: 1,
        ..Geometry::default()
    };
    let sample = Probe::new(system, &geometry).sample(
        system,
        &state,
        0.0,
        u * system.electrolyte.thermal_voltage(),
    );
    let mut salt = 0.0;
    for (c, cell) in system.mesh.cells.iter().enumerate() {
        let at = system.offset[c] as usize;
        salt +=
            cell.volume * system.electrolyte.concentration * (state[at + 1] + state[at + 2] - 2.0);
    }
    (sample.metal_charge / HEIGHT, salt / HEIGHT)
}

fn order(errors: &[f64]) -> f64 {
    let n = errors.len();
    (errors[n - 2] / errors[n - 1]).log2()
}

#[test]
fn charge_of_a_wall() {
    // q = 2 z e c_0 lambda sqrt((2/nu) ln g), g = 1 + 2 nu sinh^2(u/2).
    let (nu, u) = (0.1, 4.0f64);
    let e = alike(nu);
    let lambda = e.debye_length();
    let g = 1.0 + 2.0 * nu * (u / 2.0).sinh().powi(2);
    let exact = 2.0 * FARADAY * e.concentration * lambda * (2.0 / nu * g.ln()).sqrt();
    let errors: Vec<f64> = [1, 2, 4]
        .iter()
        .map(|&r| {
            let system = flat(&e, 15.0 * lambda, 0.0, &fine(r));
            (wall_at(&system, u).0 / exact - 1.0).abs()
        })
        .collect();
    println!("charge of a wall: {errors:?}, order {}", order(&errors));
    assert!(errors[2] < 2e-3, "{errors:?}");
    assert!((order(&errors) - 2.0).abs() < 0.15, "{errors:?}");
}

#[test]
fn differential_capacitance_of_a_wall() {
    // C/C_0 = |sinh u|/(g sqrt((2/nu) ln g)): 1.480056 at nu = 0.1, u = 4.
    let (nu, u) = (0.1, 4.0f64);
    let e = alike(nu);
    let lambda = e.debye_length();
    let errors: Vec<f64> = [1, 2, 4]
        .iter()
        .map(|&r| {
            let system = flat(&e, 15.0 * lambda, 0.0, &fine(r));
            let mut newton = Newton::new(&system);
            newton.tolerance = 1e-12;
            let state = equilibrium(&system, &mut newton, u).expect("an equilibrium");
            let omega = 1.0;
            let y = Linearised::new(&system, &state, u)
                .admittance(omega)
                .expect("regular");
            let ratio = y.im / HEIGHT / omega / (e.absolute_permittivity() / lambda);
            (ratio / 1.480056 - 1.0).abs()
        })
        .collect();
    println!(
        "differential capacitance: {errors:?}, order {}",
        order(&errors)
    );
    assert!(errors[2] < 2e-3, "{errors:?}");
    assert!((order(&errors) - 2.0).abs() < 0.15, "{errors:?}");
}

/// Charge and differential capacitance of a wall in closed form, over 2 z e c_0 lambda and C_0.
fn wall_in_closed_form(nu: f64, u: f64) -> (f64, f64) {
    if nu == 0.0 {
        return (2.0 * (u / 2.0).sinh(), (u / 2.0).cosh());
    }
    let g = 1.0 + 2.0 * nu * (u / 2.0f64).sinh().powi(2);
    let q = (2.0 / nu * g.ln()).sqrt();
    (q, u.sinh() / (g * q))
}

#[test]
fn walls_from_dilute_to_crowded_and_their_limits() {
    let mut worst = (0.0f64, 0.0f64);
    for (nu, u) in [
        (0.0, 0.5),
        (0.0, 4.0),
        (0.02, 8.0),
        (0.1, 0.3),
        (0.1, 20.0),
        (0.1, 40.0),
        (0.3, 6.0),
        (0.5, 0.3),
        (0.5, 2.0),
    ] {
        let e = alike(nu);
        let lambda = e.debye_length();
        let system = flat(&e, 20.0 * lambda, 0.0, &fine(4));
        let (q, c) = wall_in_closed_form(nu, u);
        let scale = 2.0 * FARADAY * e.concentration * lambda;
        let charge = wall_at(&system, u).0 / scale / q - 1.0;
        let mut newton = Newton::new(&system);
        newton.tolerance = 1e-12;
        let state = equilibrium(&system, &mut newton, u).expect("an equilibrium");
        let y = Linearised::new(&system, &state, u)
            .admittance(1.0)
            .expect("regular");
        let found = y.im / HEIGHT / (e.absolute_permittivity() / lambda);
        let capacitance = found / c - 1.0;
        worst = (worst.0.max(charge.abs()), worst.1.max(capacitance.abs()));
        println!("wall, nu = {nu}, u = {u}: charge {charge:e}, capacitance {capacitance:e}");
        // The limits, as far as they are ones: small u, and u large against ln nu.
        if u < 0.5 {
            let limit = 1.0 + (1.0 - 3.0 * nu) * u * u / 8.0;
            assert!((found / limit - 1.0).abs() < 2e-3, "{found} {limit}");
        }
        if u == 40.0 {
            let limit = 1.0 / (2.0 * nu * u).sqrt();
            assert!((found / limit - 1.0).abs() < 0.05, "{found} {limit}");
        }
    }
    // Largest for point ions at u = 4, whose layer is the steepest.
    assert!(worst.0 < 5e-3 && worst.1 < 1e-2, "{worst:?}");
}

/// Composite Simpson rule.
fn integral(f: impl Fn(f64) -> f64, a: f64, b: f64) -> f64 {
    let n = 2000;
    let h = (b - a) / n as f64;
    (0..=n)
        .map(|i| {
            let w = if i == 0 || i == n {
                1.0
            } else if i % 2 == 1 {
                4.0
            } else {
                2.0
            };
            w * f(a + i as f64 * h)
        })
        .sum::<f64>()
        * h
        / 3.0
}

#[test]
fn salt_taken_up_by_a_wall() {
    // w = 2 c_0 lambda (1 - nu) int_0^u (cosh s - 1)/(g sqrt((2/nu) ln g)) ds;
    // 8 c_0 lambda sinh^2(u/4) for point ions.
    let u = 4.0;
    for nu in [0.1, 0.0] {
        let e = alike(nu);
        let lambda = e.debye_length();
        let exact = if nu > 0.0 {
            let density = |s: f64| {
                if s == 0.0 {
                    return 0.0;
                }
                let g = 1.0 + 2.0 * nu * (s / 2.0f64).sinh().powi(2);
                (s.cosh() - 1.0) / (g * (2.0 / nu * g.ln()).sqrt())
            };
            2.0 * e.concentration * lambda * (1.0 - nu) * integral(density, 0.0, u)
        } else {
            8.0 * e.concentration * lambda * (u / 4.0f64).sinh().powi(2)
        };
        let errors: Vec<f64> = [1, 2, 4]
            .iter()
            .map(|&r| {
                let system = flat(&e, 15.0 * lambda, 0.0, &fine(r));
                (wall_at(&system, u).1 / exact - 1.0).abs()
            })
            .collect();
        println!("salt at nu = {nu}: {errors:?}, order {}", order(&errors));
        assert!(errors[2] < 5e-3, "{errors:?}");
        assert!((order(&errors) - 2.0).abs() < 0.15, "{errors:?}");
    }
}

#[test]
fn impedance_of_a_flat_cell() {
    // Half of Z = 2/(s eps (1 + s lambda^2/D)) [tanh(kL)/k + s lambda^2 L/D] + 2 lambda_S/(s eps).
    let e = alike(0.0);
    let lambda = e.debye_length();
    let (length, layer) = (10.0 * lambda, 0.33e-9);
    let d = e.ions[0].diffusivity;
    let eps = e.absolute_permittivity();
    let exact = |omega: f64| {
        let s = Complex64::new(0.0, omega);
        let k = (1.0 + s * lambda * lambda / d).sqrt() / lambda;
        let inner = (k * length).tanh() / k + s * lambda * lambda * length / d;
        inner / (s * eps * (1.0 + s * lambda * lambda / d)) + layer / (s * eps)
    };
    let omegas = [1e6, 1e7, 1e8, 1e9, 1e10, 1e11];
    let errors: Vec<f64> = [1, 2, 4]
        .iter()
        .map(|&r| {
            let system = flat(&e, length, layer, &fine(r));
            let state = system.rest();
            let mut linear = Linearised::new(&system, &state, 0.0);
            omegas.iter().fold(0.0f64, |worst, &omega| {
                let z = HEIGHT / linear.admittance(omega).expect("regular");
                worst.max((z / exact(omega) - 1.0).norm())
            })
        })
        .collect();
    println!(
        "impedance of a flat cell: {errors:?}, order {}",
        order(&errors)
    );
    assert!(errors[2] < 1e-3, "{errors:?}");
    assert!((order(&errors) - 2.0).abs() < 0.15, "{errors:?}");
}

/// Charge on the metal over time after a small step, at equal steps of `step`.
fn decay(system: &System, step: f64, steps: usize) -> Vec<f64> {
    let metal = 1e-3;
    let mut integrator = Integrator::new(system);
    let held = Metal {
        value: metal,
        rate: 0.0,
    };
    let geometry = Geometry {
        sheets: 1,
        ..Geometry::default()
    };
    let probe = Probe::new(system, &geometry);
    let accuracy = Accuracy {
        tolerance: 1.0,
        largest_step: step,
        fixed_step: Some(step),
    };
    let mut history = History::new(system.rest());
    let end = step * steps as f64 * (1.0 + 1e-9);
    (0..steps)
        .map(|_| {
            history
                .advance(system, &mut integrator, &accuracy, end, |_| held)
                .expect("a step");
            let phi = metal * system.electrolyte.thermal_voltage();
            let s = probe.sample(system, &history.state, history.t, phi);
            // What has flowed is the charge of the ions: permeable metal has no contacts.
            -s.ion_charge
        })
        .collect()
}

/// Time constant from three late, equally spaced values.
fn time_constant(q: &[f64], step: f64) -> f64 {
    let n = q.len() - 1;
    let m = n / 8;
    let (a, b, c) = (q[n - 2 * m], q[n - m], q[n]);
    m as f64 * step / ((b - a) / (c - b)).ln()
}

#[test]
fn slowest_relaxation_of_a_flat_cell() {
    // tanh(kL)/k + (k^2 lambda^2 - 1) L = 0, tau = lambda^2/(D (1 - k^2 lambda^2)):
    // tau/(lambda L/D) = 0.945649 at L/lambda = 10.
    let e = alike(0.0);
    let lambda = e.debye_length();
    let scale = lambda * 10.0 * lambda / e.ions[0].diffusivity;
    let system = flat(&e, 10.0 * lambda, 0.0, &fine(4));
    let step = scale / 200.0;
    let tau = time_constant(&decay(&system, step, 800), step);
    let error = (tau / scale / 0.945649 - 1.0).abs();
    println!("slowest relaxation of a flat cell: {error:e}");
    assert!(error < 1e-3, "{}", tau / scale);
}

/// A straight slit of half-width `half` and length `length`, open at one end.
fn pore(e: &Electrolyte, half: f64, length: f64, res: &Resolution) -> System {
    let x = Axis::from_widths(graded(half, res));
    let y = Axis::from_widths(graded(length, res));
    let sides = [
        Side::Metal { layer: 0.0 },
        Side::Mirror,
        Side::Bath,
        Side::Mirror,
    ];
    System::new(Mesh::build(x, y, sides, |_, _| Material::Electrolyte), *e)
}

#[test]
fn impedance_of_a_wide_slit_is_a_transmission_line() {
    // Z = sqrt(R/(sC)) coth sqrt(sRC) with R = l/(sigma h), C = l eps tanh(h/lambda)/lambda: the
    // double layers are thin, and the line's frequencies are below the diffusion across.
    let e = alike(0.0);
    let lambda = e.debye_length();
    let (half, length) = (10.0 * lambda, 400.0 * lambda);
    let d = e.ions[0].diffusivity;
    let eps = e.absolute_permittivity();
    let sigma = eps * d / lambda.powi(2);
    let r = length / (sigma * half);
    let c = length * eps * (half / lambda).tanh() / lambda;
    let system = pore(&e, half, length, &fine(1));
    let state = system.rest();
    let mut linear = Linearised::new(&system, &state, 0.0);
    let mut worst = 0.0f64;
    for x in [0.03, 0.3, 3.0, 30.0] {
        let s = Complex64::new(0.0, x / (r * c));
        let root = (s * r * c).sqrt();
        let exact = (r / (s * c)).sqrt() / root.tanh();
        let z = 1.0 / linear.admittance(s.im).expect("regular");
        worst = worst.max((z / exact - 1.0).norm());
    }
    println!("transmission line: {worst:e}");
    assert!(worst < 0.03, "{worst:e}");
}

/// Resistance and capacitance of the line that a slit with thin double layers is.
fn line_of(e: &Electrolyte, half: f64, length: f64) -> (f64, f64) {
    let lambda = e.debye_length();
    let eps = e.absolute_permittivity();
    let sigma = eps * e.ions[0].diffusivity / lambda.powi(2);
    let c = length * eps * (half / lambda).tanh() / lambda;
    (length / (sigma * half), c)
}

#[test]
fn step_into_a_wide_slit_follows_the_transmission_line() {
    // Q/Q_inf = 1 - sum 8/((2n+1)^2 pi^2) exp(-(2n+1)^2 pi^2 t/(4RC)).
    let e = alike(0.0);
    let lambda = e.debye_length();
    let (half, length) = (10.0 * lambda, 400.0 * lambda);
    let (r, c) = line_of(&e, half, length);
    let system = pore(&e, half, length, &fine(1));
    let step = r * c / 400.0;
    let q = decay(&system, step, 600);
    let q_inf = c * 1e-3 * e.thermal_voltage();
    let mut worst = 0.0f64;
    for (k, q) in q.iter().enumerate().filter(|(k, _)| k % 40 == 39) {
        let t = (k + 1) as f64 / 400.0;
        let exact = 1.0
            - (0..50)
                .map(|n| {
                    let odd = (std::f64::consts::PI * f64::from(2 * n + 1)).powi(2);
                    8.0 / odd * (-odd * t / 4.0).exp()
                })
                .sum::<f64>();
        worst = worst.max((q / q_inf - exact).abs());
    }
    println!("step into a transmission line, t = 0.1 to 1.5 RC: {worst:e}");
    assert!(worst < 0.02, "{worst:e}");
}

#[test]
fn series_resistance_slows_a_slit() {
    // beta tan beta = R/R_b, tau = RC/beta^2: electrolyte of the slit's width before its mouth.
    let e = alike(0.0);
    let lambda = e.debye_length();
    let (half, length, before) = (10.0 * lambda, 400.0 * lambda, 200.0 * lambda);
    let (r, c) = line_of(&e, half, length);
    // The metal is one thin cell, so that its end has next to no area; behind it a mirror.
    let thin = 0.02 * lambda;
    let mut widths = vec![thin];
    widths.extend(graded(half, &fine(1)));
    let x = Axis::from_widths(widths);
    let mut widths = graded(length, &fine(1));
    widths.reverse();
    let inside = widths.len();
    widths.extend(graded(before, &fine(1)));
    let y = Axis::from_widths(widths);
    let sides = [Side::Mirror, Side::Mirror, Side::Mirror, Side::Bath];
    let mesh = Mesh::build(x, y, sides, |ix, iy| {
        if ix == 0 && iy < inside {
            Material::Metal { layer: 0.0 }
        } else {
            Material::Electrolyte
        }
    });
    let system = System::new(mesh, e);
    let ratio = r / (before / length * r * half / (half + thin));
    let (mut low, mut high) = (0.0f64, std::f64::consts::FRAC_PI_2);
    for _ in 0..100 {
        let beta = 0.5 * (low + high);
        if beta * beta.tan() < ratio {
            low = beta;
        } else {
            high = beta;
        }
    }
    let exact = r * c / low.powi(2);
    let step = exact / 100.0;
    let tau = time_constant(&decay(&system, step, 400), step);
    println!("slit behind a series resistance: {:e}", tau / exact - 1.0);
    assert!((tau / exact - 1.0).abs() < 0.02, "{tau:e} {exact:e}");
}

#[test]
fn overlapping_double_layers_speed_up_a_slit() {
    // D_eff = D (h/lambda) coth(h/lambda), tau = 4 l^2/(pi^2 D_eff).
    let e = alike(0.0);
    let lambda = e.debye_length();
    for ratio in [0.5, 1.0, 2.0] {
        let half = ratio * lambda;
        let length = 100.0 * lambda;
        let d_eff = e.ions[0].diffusivity * ratio / ratio.tanh();
        let exact = 4.0 * length.powi(2) / (std::f64::consts::PI.powi(2) * d_eff);
        let system = pore(&e, half, length, &fine(1));
        let step = exact / 100.0;
        let tau = time_constant(&decay(&system, step, 400), step);
        let error = tau / exact - 1.0;
        println!("overlapping double layers, h/lambda = {ratio}: {error:e}");
        assert!(error.abs() < 0.01, "{error:e}");
    }
}

#[test]
fn stack_of_permeable_sheets() {
    // tau = (2 + 0.75 H/L) n lambda L/D within 5 % (Lian et al. 2020).
    let e = alike(0.0);
    let lambda = e.debye_length();
    let sheets = 20;
    let spacing = 10.0 * lambda;
    let depth = spacing * (sheets - 1) as f64;
    let length = depth;
    let res = Resolution {
        wall_cell: 0.05e-9,
        growth: 1.2,
        ..Resolution::default()
    };
    let thin = uniform(0.002e-9, 1);
    let mut widths = Vec::new();
    let mut metal = Vec::new();
    // Both sides of the last sheet hold a double layer.
    let mut behind = graded(spacing / 2.0, &res);
    behind.reverse();
    widths.extend(behind);
    for i in 0..sheets {
        metal.push(widths.len());
        widths.extend(&thin);
        if i + 1 < sheets {
            widths.extend(graded_both_ends(spacing, &res));
        }
    }
    widths.extend(graded(length, &res));
    let x = Axis::from_widths(widths);
    let y = Axis::from_widths(vec![HEIGHT]);
    let sides = [Side::Mirror, Side::Bath, Side::Mirror, Side::Mirror];
    let mesh = Mesh::build(x, y, sides, |ix, _| {
        if metal.contains(&ix) {
            Material::PermeableMetal
        } else {
            Material::Electrolyte
        }
    });
    let system = System::new(mesh, e);
    let expected =
        (2.0 + 0.75 * depth / length) * sheets as f64 * lambda * length / e.ions[0].diffusivity;
    let step = expected / 60.0;
    let tau = time_constant(&decay(&system, step, 300), step);
    println!("stack of permeable sheets: {:e}", tau / expected - 1.0);
    assert!((tau / expected - 1.0).abs() < 0.05, "{}", tau / expected);
}

#[test]
fn stern_layer_in_series() {
    // At small voltage 1/C = lambda/eps + lambda_S/eps_S: cells of the layer, or a boundary condition.
    let mut e = alike(0.0);
    e.permittivity = 78.5;
    let lambda = e.debye_length();
    let eps = e.absolute_permittivity();
    let mut found = Vec::new();
    for model in [
        ncm::mpnp::geometry::SternModel::Explicit,
        ncm::mpnp::geometry::SternModel::Boundary,
    ] {
        let mut geometry = Geometry {
            sheets: 1,
            reservoir: 15.0 * lambda,
            ..Geometry::default()
        };
        geometry.stern.model = model;
        let mesh = Mesh::of_stack(&geometry, e.permittivity, &fine(4));
        let height = mesh.y.length();
        let system = System::new(mesh, e);
        let state = system.rest();
        let c = Linearised::new(&system, &state, 0.0)
            .admittance(1.0)
            .expect("regular")
            .im
            / height;
        let stern = geometry.stern;
        let exact =
            1.0 / (lambda / eps + stern.thickness / (stern.permittivity * VACUUM_PERMITTIVITY));
        println!("Stern layer {model:?}: {:e}", c / exact - 1.0);
        assert!((c / exact - 1.0).abs() < 1e-3, "{model:?}: {c} {exact}");
        found.push(c);
    }
    assert!((found[0] / found[1] - 1.0).abs() < 1e-9);
}
