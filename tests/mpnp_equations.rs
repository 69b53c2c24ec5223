//! The discrete equations themselves: Jacobian, symmetries, equilibrium, conservation, free energy.
#![cfg(feature = "workshop")]
// An index that names an ion or a cell reads several arrays at once.
#![allow(clippy::needless_range_loop)]

use ncm::mpnp::constants::FARADAY;
use ncm::mpnp::electrolyte::Electrolyte;
use ncm::mpnp::elimination::{BlockMatrix, Factors, Symbolic};
use ncm::mpnp::energy::free_energy;
use ncm::mpnp::geometry::{Arrangement, Geometry, SternModel};
use ncm::mpnp::grid::{Axis, Resolution, graded, graded_both_ends};
use ncm::mpnp::mesh::{Material, Mesh, Side};
use ncm::mpnp::newton::Newton;
use ncm::mpnp::observe::Probe;
use ncm::mpnp::rosenbrock::{Integrator, Metal};
use ncm::mpnp::steady::equilibrium;
use ncm::mpnp::stepper::{Accuracy, History};
use ncm::mpnp::system::{Instant, System};

/// A stack small enough for tests.
fn small_stack(arrangement: Arrangement, model: SternModel) -> System {
    let mut geometry = Geometry {
        sheets: 4,
        sheet_length: 8e-9,
        reservoir: 4e-9,
        arrangement,
        ..Geometry::default()
    };
    geometry.stern.model = model;
    let coarse = Resolution {
        wall_cell: 0.1e-9,
        growth: 1.5,
        ..Resolution::default()
    };
    let mut electrolyte = Electrolyte::default();
    electrolyte.ions[0].size = 0.5e-9;
    let mesh = Mesh::of_stack(&geometry, electrolyte.permittivity, &coarse);
    System::new(mesh, electrolyte)
}

/// Metal at a potential that does not change.
fn held(value: f64) -> Metal {
    Metal { value, rate: 0.0 }
}

/// A ramp through 0 at t = 0.
fn ramp(rate: f64) -> impl Fn(f64) -> Metal {
    move |t| Metal {
        value: rate * t,
        rate,
    }
}

/// Reproducible numbers in (-1, 1).
fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// A state far from equilibrium, and a direction.
fn anywhere(system: &System, seed: u64) -> (Vec<f64>, Vec<f64>) {
    let mut random = noise(seed);
    let mut u = system.rest();
    for cell in 0..system.mesh.cells.len() {
        let at = system.offset[cell] as usize;
        u[at] = 3.0 * random();
        if system.has_ions(cell) {
            u[at + 1] *= 1.0 + 0.8 * random();
            u[at + 2] *= 1.0 + 0.8 * random();
        }
    }
    let direction = u.iter().map(|_| random()).collect();
    (u, direction)
}

#[test]
fn jacobian_has_taylor_slope_two() {
    for model in [SternModel::Explicit, SternModel::Boundary] {
        let system = small_stack(Arrangement::Staggered, model);
        let (u, direction) = anywhere(&system, 7);
        let base = system.rest();
        let instant = Instant {
            metal: 2.0,
            mass: 1.0,
            theta: 1e-10,
            base: &base,
            sources: None,
        };
        let n = system.unknowns();
        let mut matrix = BlockMatrix::zeros(&system.graph);
        let (mut r0, mut r1, mut jd) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
        system.assemble(&u, &instant, &mut r0, Some(&mut matrix));
        matrix.multiply(&system.graph, &direction, &mut jd);
        let remainder = |h: f64, r1: &mut Vec<f64>| {
            let moved: Vec<f64> = u.iter().zip(&direction).map(|(u, d)| u + h * d).collect();
            system.assemble(&moved, &instant, r1, None);
            let rows = r0.iter().zip(&jd).zip(r1.iter());
            rows.map(|((a, j), b)| (b - a - h * j).powi(2))
                .sum::<f64>()
                .sqrt()
        };
        let steps = [1e-2, 1e-3, 1e-4];
        let errors = steps.map(|h| remainder(h, &mut r1));
        for pair in errors.windows(2) {
            let slope = (pair[0] / pair[1]).log10();
            assert!(
                (slope - 2.0).abs() < 0.05,
                "{model:?}: slope {slope}, errors {errors:?}"
            );
        }
    }
}

#[test]
fn elimination_solves_to_rounding() {
    for arrangement in [Arrangement::Staggered, Arrangement::Aligned] {
        let system = small_stack(arrangement, SternModel::Explicit);
        let (u, wanted) = anywhere(&system, 11);
        let base = system.rest();
        let n = system.unknowns();
        let symbolic = Symbolic::new(&system.graph);
        let mut factors = Factors::new(&symbolic);
        let mut matrix = BlockMatrix::zeros(&system.graph);
        for theta in [1e-13, 1e-10, 1e-6] {
            let instant = Instant {
                metal: 2.0,
                mass: 1.0,
                theta,
                base: &base,
                sources: None,
            };
            let (mut r, mut b) = (vec![0.0; n], vec![0.0; n]);
            system.assemble(&u, &instant, &mut r, Some(&mut matrix));
            matrix.multiply(&system.graph, &wanted, &mut b);
            let mut x = b.clone();
            factors.factorise(&symbolic, &matrix).expect("regular");
            factors.solve(&symbolic, &mut x);
            let mut again = vec![0.0; n];
            matrix.multiply(&system.graph, &x, &mut again);
            let largest = b.iter().fold(0.0f64, |m, v| m.max(v.abs()));
            let residual = again
                .iter()
                .zip(&b)
                .fold(0.0f64, |m, (a, b)| m.max((a - b).abs()));
            assert!(
                residual < 1e-10 * largest,
                "theta {theta}: {residual:e} of {largest:e}"
            );
        }
    }
}

#[test]
fn equilibrium_is_kept_exactly() {
    let system = small_stack(Arrangement::Staggered, SternModel::Explicit);
    let mut newton = Newton::new(&system);
    newton.tolerance = 1e-12;
    let u = equilibrium(&system, &mut newton, 6.0).expect("an equilibrium");
    // c_k e^(z psi + S) is the bulk's everywhere.
    let excess = system.excess(&u);
    let mut worst = 0.0f64;
    for cell in (0..system.mesh.cells.len()).filter(|&c| system.has_ions(c)) {
        let at = system.offset[cell] as usize;
        for k in 0..2 {
            let potential = (u[at + 1 + k] / system.bulk[k]).ln()
                + system.z[k] * u[at]
                + system.size_ratio[k] * (excess[cell] - system.bulk_excess());
            worst = worst.max(potential.abs());
        }
    }
    assert!(
        worst < 1e-10,
        "electrochemical potentials differ by {worst:e} kT"
    );
    let accuracy = Accuracy {
        tolerance: 1e-3,
        largest_step: 1e-8,
        fixed_step: Some(1e-9),
    };
    let mut integrator = Integrator::new(&system);
    let mut history = History::new(u.clone());
    for _ in 0..20 {
        history
            .advance(&system, &mut integrator, &accuracy, 1e-6, |_| held(6.0))
            .expect("a step");
    }
    let moved = history
        .state
        .iter()
        .zip(&u)
        .fold(0.0f64, |m, (a, b)| m.max((a - b).abs()));
    assert!(moved < 1e-10, "moved by {moved:e}");
}

/// A slit closed at both ends: nothing leaves.
fn closed_slit() -> System {
    let res = Resolution::default();
    let x = Axis::from_widths(graded(2e-9, &res));
    let y = Axis::from_widths(graded_both_ends(6e-9, &res));
    let sides = [
        Side::Metal { layer: 0.3e-9 },
        Side::Mirror,
        Side::Mirror,
        Side::Mirror,
    ];
    let ny = y.cells();
    // A metal block in one corner makes the field two-dimensional.
    let mesh = Mesh::build(x, y, sides, move |ix, iy| {
        if ix < 6 && iy < ny / 3 {
            Material::Metal { layer: 0.0 }
        } else {
            Material::Electrolyte
        }
    });
    System::new(mesh, Electrolyte::default())
}

fn amounts(system: &System, u: &[f64]) -> [f64; 2] {
    let mut sum = [0.0; 2];
    for (c, cell) in system.mesh.cells.iter().enumerate() {
        let at = system.offset[c] as usize;
        for k in 0..2 {
            sum[k] += cell.volume * u[at + 1 + k];
        }
    }
    sum
}

#[test]
fn each_ion_is_conserved() {
    let system = closed_slit();
    let mut integrator = Integrator::new(&system);
    let accuracy = Accuracy {
        tolerance: 1e-4,
        largest_step: 1e-9,
        fixed_step: None,
    };
    let mut history = History::new(system.rest());
    history.restart(1e-13);
    let start = amounts(&system, &history.state);
    while history.t < 2e-8 {
        history
            .advance(&system, &mut integrator, &accuracy, 2e-8, |t| {
                if t < 1e-9 { ramp(5e9)(t) } else { held(5.0) }
            })
            .expect("a step");
    }
    assert!(history.accepted > 20);
    let end = amounts(&system, &history.state);
    for k in 0..2 {
        let error = (end[k] / start[k] - 1.0).abs();
        assert!(error < 1e-12, "ion {k}: {error:e}");
    }
}

#[test]
fn charge_leaving_one_end_enters_the_other() {
    let system = small_stack(Arrangement::Staggered, SternModel::Explicit);
    let geometry = Geometry {
        sheets: 4,
        sheet_length: 8e-9,
        reservoir: 4e-9,
        ..Geometry::default()
    };
    let probe = Probe::new(&system, &geometry);
    let mut integrator = Integrator::new(&system);
    let accuracy = Accuracy {
        tolerance: 1e-4,
        largest_step: 1e-6,
        fixed_step: None,
    };
    let vt = system.electrolyte.thermal_voltage();
    let end = 5e-8;
    let slope = 8.0 / end;
    let mut history = History::new(system.rest());
    history.restart(1e-11);
    while history.t < end {
        let before = history.t;
        history
            .advance(&system, &mut integrator, &accuracy, end, ramp(slope))
            .expect("a step");
        let inside = before + 0.3 * (history.t - before);
        for (t, u) in [
            (inside, integrator.between(0.3)),
            (history.t, history.state.clone()),
        ] {
            let s = probe.sample(&system, &u, t, slope * t * vt);
            // Rounding of the amounts of both ions, which nearly cancel in the charge.
            let salt: f64 = s.slits.iter().map(|s| s.salt).sum();
            let sum = s.metal_charge + s.ion_charge + s.bath_charge;
            assert!(sum.abs() < 1e-12 * s.metal_charge.abs() + 1e-16 * FARADAY * salt);
            // Charges are linear in state and potential: those of du/dt are their rates of change.
            let unit = 1e-14;
            let rates = rate_of_change(&system, &u, slope);
            let rates: Vec<f64> = rates.iter().map(|r| unit * r).collect();
            let r = probe.sample(&system, &rates, 0.0, unit * slope * vt);
            let metal = r.metal_charge / unit;
            let bath = s.bath_ions - r.bath_charge / unit;
            let largest = metal.abs().max(s.mouth.total().abs());
            assert!((metal - bath).abs() < 1e-11 * largest, "{metal:e} {bath:e}");
            // Every slit's charge changes by what flows through its two sheets.
            for i in 0..s.slits.len() {
                let enters = s.slits[i].current.total();
                let leaves = if i == 0 {
                    s.mouth.total()
                } else {
                    s.slits[i - 1].current.total()
                };
                let change = r.slits[i].charge / unit;
                assert!(
                    (enters - leaves - change).abs() < 1e-11 * largest,
                    "slit {}: {enters:e} - {leaves:e} against {change:e}",
                    i + 1
                );
            }
        }
    }
}

/// du/dt by the equations: of the concentrations from the fluxes, of the potentials from these and
/// the metal's.
fn rate_of_change(system: &System, u: &[f64], metal: f64) -> Vec<f64> {
    let instant = |mass, theta| Instant {
        metal: 0.0,
        mass,
        theta,
        base: u,
        sources: None,
    };
    let mut rates = vec![0.0; system.unknowns()];
    system.assemble(u, &instant(0.0, 1.0), &mut rates, None);
    for c in 0..system.mesh.cells.len() {
        let at = system.offset[c] as usize;
        rates[at] = 0.0;
        if system.has_ions(c) {
            rates[at + 1] = -rates[at + 1];
            rates[at + 2] = -rates[at + 2];
        }
    }
    for (at, weight) in system.metal_rows() {
        rates[at] += weight * metal;
    }
    let mut matrix = BlockMatrix::zeros(&system.graph);
    let mut unused = vec![0.0; system.unknowns()];
    system.assemble(u, &instant(1.0, 0.0), &mut unused, Some(&mut matrix));
    let symbolic = Symbolic::new(&system.graph);
    let mut factors = Factors::new(&symbolic);
    factors.factorise(&symbolic, &matrix).expect("regular");
    factors.solve(&symbolic, &mut rates);
    rates
}

#[test]
fn opposite_voltages_exchange_the_ions() {
    let mut system = small_stack(Arrangement::Staggered, SternModel::Explicit);
    let mut electrolyte = system.electrolyte;
    electrolyte.ions[0].size = 0.5e-9;
    electrolyte.ions[1].size = 0.5e-9;
    electrolyte.ions[1].diffusivity = electrolyte.ions[0].diffusivity;
    system = System::new(system.mesh.clone(), electrolyte);
    let run = |sign: f64| {
        let mut integrator = Integrator::new(&system);
        let accuracy = Accuracy {
            tolerance: 1e-3,
            largest_step: 1e-6,
            fixed_step: Some(1e-9),
        };
        let mut history = History::new(system.rest());
        for _ in 0..30 {
            history
                .advance(
                    &system,
                    &mut integrator,
                    &accuracy,
                    1e-6,
                    ramp(sign * 7.0 / 3e-8),
                )
                .expect("a step");
        }
        history.state
    };
    let (plus, minus) = (run(1.0), run(-1.0));
    let mut worst = 0.0f64;
    for cell in 0..system.mesh.cells.len() {
        let at = system.offset[cell] as usize;
        worst = worst.max((plus[at] + minus[at]).abs());
        if system.has_ions(cell) {
            worst = worst.max((plus[at + 1] - minus[at + 2]).abs());
            worst = worst.max((plus[at + 2] - minus[at + 1]).abs());
        }
    }
    assert!(worst < 1e-10, "{worst:e}");
}

#[test]
fn aligned_sheets_charge_symmetrically() {
    let system = small_stack(Arrangement::Aligned, SternModel::Explicit);
    let mut integrator = Integrator::new(&system);
    let accuracy = Accuracy {
        tolerance: 1e-3,
        largest_step: 1e-6,
        fixed_step: Some(1e-9),
    };
    let mut history = History::new(system.rest());
    for _ in 0..30 {
        history
            .advance(&system, &mut integrator, &accuracy, 1e-6, ramp(7.0 / 3e-8))
            .expect("a step");
    }
    let u = &history.state;
    let ny = system.mesh.y.cells();
    let mut worst = 0.0f64;
    for cell in &system.mesh.cells {
        let at = |iy: usize| {
            let c = system
                .mesh
                .cell_at(cell.ix as usize, iy)
                .expect("a mirror image");
            system.offset[c] as usize
        };
        let (a, b) = (at(cell.iy as usize), at(ny - 1 - cell.iy as usize));
        worst = worst.max((u[a] - u[b]).abs());
    }
    assert!(worst < 1e-9, "{worst:e}");
}

#[test]
fn free_energy_never_rises_at_fixed_potential() {
    let system = small_stack(Arrangement::Staggered, SternModel::Boundary);
    let mut integrator = Integrator::new(&system);
    let accuracy = Accuracy {
        tolerance: 1e-4,
        largest_step: 1e-6,
        fixed_step: None,
    };
    let metal = 6.0;
    let mut history = History::new(system.rest());
    history.restart(1e-13);
    history
        .advance(&system, &mut integrator, &accuracy, 3e-7, |_| held(metal))
        .expect("a step");
    let mut before = free_energy(&system, &history.state, metal);
    let first = before;
    while history.t < 3e-7 {
        history
            .advance(&system, &mut integrator, &accuracy, 3e-7, |_| held(metal))
            .expect("a step");
        let now = free_energy(&system, &history.state, metal);
        assert!(
            now <= before + 1e-9 * (first - now).abs(),
            "t = {:e}: {now} after {before}",
            history.t
        );
        before = now;
    }
    assert!(before < first - 1.0, "{first} to {before}");
}
