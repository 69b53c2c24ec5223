//! Orders of convergence: manufactured solution in space, fixed steps in time.
#![cfg(feature = "workshop")]

use ncm::mpnp::electrolyte::Electrolyte;
use ncm::mpnp::grid::{Axis, Resolution, graded};
use ncm::mpnp::mesh::{Direction, Material, Mesh, Side};
use ncm::mpnp::newton::Newton;
use ncm::mpnp::rosenbrock::{Integrator, Metal};
use ncm::mpnp::stepper::{Accuracy, History};
use ncm::mpnp::system::{Instant, LENGTH, System};

const WIDTH: f64 = 2e-9;
const HEIGHT: f64 = 3e-9;

/// The solution that is manufactured: value and gradient (per metre) of psi, c_+ and c_- (over
/// c_0). Even at the mirrors x = 0 and y = 0, that of the bath at the other two sides.
fn manufactured(x: f64, y: f64) -> [(f64, f64, f64); 3] {
    let (a, b) = (
        0.5 * std::f64::consts::PI / WIDTH,
        0.5 * std::f64::consts::PI / HEIGHT,
    );
    let (cx, sx) = ((a * x).cos(), (a * x).sin());
    let (cy, sy) = ((b * y).cos(), (b * y).sin());
    let form = |base: f64, size: f64, p: i32| {
        (
            base + size * cx.powi(p) * cy,
            -size * f64::from(p) * cx.powi(p - 1) * a * sx * cy,
            -size * cx.powi(p) * b * sy,
        )
    };
    [form(0.0, 2.0, 1), form(1.0, -0.6, 2), form(1.0, 1.5, 3)]
}

/// Nodes and weights of Gauss on (0, 1).
const GAUSS: [(f64, f64); 3] = [
    (0.112_701_665_379_258_3, 5.0 / 18.0),
    (0.5, 8.0 / 18.0),
    (0.887_298_334_620_741_7, 5.0 / 18.0),
];

/// Normal field and fluxes of the manufactured solution through a piece of a line, integrated,
/// in the units of the equations' rows (theta = 1 s for the ions).
fn through(system: &System, direction: Direction, at: f64, from: f64, to: f64) -> [f64; 3] {
    let mut sum = [0.0; 3];
    for (node, weight) in GAUSS {
        let along = from + node * (to - from);
        let (x, y) = match direction {
            Direction::X => (at, along),
            Direction::Y => (along, at),
        };
        let solution = manufactured(x, y);
        let slope = |k: usize| match direction {
            Direction::X => solution[k].1,
            Direction::Y => solution[k].2,
        };
        let w = weight * (to - from);
        sum[0] -= w * system.kappa * slope(0);
        let free = system.free_volume([solution[1].0, solution[2].0]);
        let crowding = (system.packing[0] * slope(1) + system.packing[1] * slope(2)) / free;
        for k in 0..2 {
            let drift = system.z[k] * slope(0) + system.size_ratio[k] * crowding;
            sum[1 + k] -= w * system.diffusivity[k] * (slope(1 + k) + solution[1 + k].0 * drift);
        }
    }
    sum
}

/// Root mean square errors of psi, c_+ and c_-.
fn errors(refinement: usize) -> [f64; 3] {
    let res = Resolution {
        wall_cell: 0.1e-9,
        growth: 1.3,
        refinement,
        ..Resolution::default()
    };
    let x = Axis::from_widths(graded(WIDTH, &res));
    let y = Axis::from_widths(graded(HEIGHT, &res));
    let sides = [Side::Mirror, Side::Bath, Side::Mirror, Side::Bath];
    let mut electrolyte = Electrolyte::default();
    electrolyte.ions[0].size = 0.66e-9;
    electrolyte.ions[1].size = 0.5e-9;
    let system = System::new(
        Mesh::build(x, y, sides, |_, _| Material::Electrolyte),
        electrolyte,
    );
    let n = system.unknowns();
    let (mut sources, mut exact) = (vec![0.0; n], vec![0.0; n]);
    for (c, cell) in system.mesh.cells.iter().enumerate() {
        let (ix, iy) = (cell.ix as usize, cell.iy as usize);
        let (x0, x1) = (system.mesh.x.edges[ix], system.mesh.x.edges[ix + 1]);
        let (y0, y1) = (system.mesh.y.edges[iy], system.mesh.y.edges[iy + 1]);
        let sides = [
            (through(&system, Direction::X, x1, y0, y1), 1.0),
            (through(&system, Direction::X, x0, y0, y1), -1.0),
            (through(&system, Direction::Y, y1, x0, x1), 1.0),
            (through(&system, Direction::Y, y0, x0, x1), -1.0),
        ];
        let at = system.offset[c] as usize;
        for row in 0..3 {
            sources[at + row] = sides.iter().map(|(flux, sign)| sign * flux[row]).sum();
        }
        for (u, wu) in GAUSS {
            for (v, wv) in GAUSS {
                let s = manufactured(x0 + u * (x1 - x0), y0 + v * (y1 - y0));
                let charge = system.z[0] * s[1].0 + system.z[1] * s[2].0;
                sources[at] -= wu * wv * cell.volume / LENGTH.powi(2) * charge;
            }
        }
        let middle = manufactured(0.5 * (x0 + x1), 0.5 * (y0 + y1));
        for row in 0..3 {
            exact[at + row] = middle[row].0;
        }
    }
    // Fluxes per metre of side: rows carry (A/h) psi, gradients are per metre.
    let mut u = system.rest();
    let base = u.clone();
    let mut newton = Newton::new(&system);
    newton.tolerance = 1e-11;
    let instant = Instant {
        metal: 0.0,
        mass: 0.0,
        theta: 1.0,
        base: &base,
        sources: Some(&sources),
    };
    newton.solve(&system, &instant, &mut u).expect("a solution");
    let mut sum = [0.0; 3];
    for (c, cell) in system.mesh.cells.iter().enumerate() {
        let at = system.offset[c] as usize;
        for row in 0..3 {
            sum[row] += cell.volume * (u[at + row] - exact[at + row]).powi(2);
        }
    }
    sum.map(|s| (s / (WIDTH * HEIGHT)).sqrt())
}

#[test]
fn every_equation_is_of_second_order_in_space() {
    let found: Vec<[f64; 3]> = [1, 2, 4].iter().map(|&r| errors(r)).collect();
    for (row, name) in ["psi", "c+", "c-"].iter().enumerate() {
        let order = (found[1][row] / found[2][row]).log2();
        println!(
            "{name}: {:e} {:e} {:e}, order {order:.3}",
            found[0][row], found[1][row], found[2][row]
        );
        assert!(
            (order - 2.0).abs() < 0.15,
            "{name}: order {order}, {found:?}"
        );
    }
}

/// Charge of the wall of a flat cell during a smooth rise of its potential, which takes `steps`
/// equal steps, at the part `at` of the rise.
fn charge(steps: usize, at: f64) -> f64 {
    let mut e = Electrolyte::default();
    e.ions[0].size = 0.66e-9;
    let lambda = e.debye_length();
    let x = Axis::from_widths(graded(5.0 * lambda, &Resolution::default()));
    let y = Axis::from_widths(vec![1e-9]);
    let sides = [
        Side::Metal { layer: 0.0 },
        Side::Bath,
        Side::Mirror,
        Side::Mirror,
    ];
    let system = System::new(Mesh::build(x, y, sides, |_, _| Material::Electrolyte), e);
    let mut integrator = Integrator::new(&system);
    let end = 2.0 * lambda * 5.0 * lambda / e.ions[0].diffusivity;
    let step = end / steps as f64;
    let accuracy = Accuracy {
        tolerance: 1.0,
        largest_step: step,
        fixed_step: Some(step),
    };
    let drive = |t: f64| Metal {
        value: 4.0 * (t / end).powi(3),
        rate: 12.0 * (t / end).powi(2) / end,
    };
    let mut history = History::new(system.rest());
    let passed = at * steps as f64;
    for _ in 0..passed.ceil() as usize {
        history
            .advance(&system, &mut integrator, &accuracy, end, drive)
            .expect("a step");
    }
    let u = integrator.between(1.0 - (passed.ceil() - passed));
    let cells = system.mesh.cells.iter().zip(&system.offset);
    cells
        .map(|(cell, &at)| cell.volume * (u[at as usize + 1] - u[at as usize + 2]))
        .sum()
}

#[test]
fn time_scheme_is_of_fourth_order_and_of_third_within_steps() {
    const FINE: usize = 1280;
    let at_least = |name: &str, wanted: f64, at: &dyn Fn(f64) -> f64| {
        let errors: Vec<f64> = [40, 80, 160]
            .iter()
            .map(|&n| {
                let at = at(n as f64);
                (charge(n, at) / charge(FINE, at) - 1.0).abs()
            })
            .collect();
        let order = (errors[1] / errors[2]).log2();
        println!("RODAS4P2, {name}: {errors:?}, order {order:.3}");
        assert!(order > wanted - 0.15, "{name}: {errors:?}");
    };
    at_least("after steps", 4.0, &|_| 1.0);
    // Where a fine step ends too.
    at_least("within steps", 3.0, &|n| (0.5 * n + 0.5) / n);
}

#[test]
fn controlled_steps_follow_the_tolerance() {
    use ncm::mpnp::config::Config;
    use ncm::mpnp::run::{Run, Stop};
    let end = |tolerance: &str| {
        let text = format!(
            "[geometry]\nsheets = 3\nsheet_length_nm = 10\nreservoir_nm = 4\n[grid]\nwall_cell_nm = 0.1\ngrowth = 1.5\n[drive]\nrate_V_s = 1e6\n[time]\ntolerance = {tolerance}\n"
        );
        let config = Config::parse(&text, "tolerance").expect("usable");
        let mut run = Run::new(config).expect("a drive");
        while run.advance(|_| ()).expect("a step") != Stop::Finished {}
        run.record.history
    };
    // The state at the end of the cycle, root mean square over the unknowns.
    let exact = end("1e-8").state;
    let (mut errors, mut steps) = (Vec::new(), Vec::new());
    for tolerance in ["1e-3", "1e-4", "1e-5"] {
        let found = end(tolerance);
        let squares = found.state.iter().zip(&exact).map(|(a, b)| (a - b).powi(2));
        errors.push((squares.sum::<f64>() / exact.len() as f64).sqrt());
        steps.push(found.accepted);
    }
    println!("tolerances 1e-3 to 1e-5: errors {errors:?}, steps {steps:?}");
    assert!(
        errors[1] < 0.3 * errors[0] && errors[2] < 0.3 * errors[1],
        "{errors:?}"
    );
    assert!(errors[1] < 1e-4, "{errors:?}");
}
