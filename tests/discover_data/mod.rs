//! Data for equation discovery, made by the kernel: a ladder of nanoslits under cyclic voltammetry.
//! Shared by tests, benchmarks and the generator of the benchmark's CSV files.

use std::fmt::Write as _;

use ncm::cell::{CellParams, Electrode};
use ncm::discover::{Rng, Table};
use ncm::ladder::ElectrodeParams;
use ncm::stamp::Stepper;

/// The ladder of the examples: 6 slits, 5 ohm, gamma 0.5.
pub fn ladder() -> ElectrodeParams {
    ElectrodeParams {
        gamma: 0.5,
        q_max: 16e-9,
        ..ElectrodeParams::new(5.0, 0.08e-6, 6)
    }
}

/// One row of one slit.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub t: f64,
    pub phi_m: f64,
    /// Trans-slit current, charge, charge of the next slit, trans-slit voltage.
    pub i: f64,
    pub q: f64,
    pub q_next: f64,
    pub dphi: f64,
}

/// One voltammetric cycle 0 -> 0.2 V -> 0 at `rate` (V/s) with `rows` rows, for slit `slit` (1 is next
/// to the reservoir). The current through the resistor between two slits is what flows into all
/// slits behind it: the sum of their dQ/dt, by the stepper's own rule.
pub fn cycle(params: &ElectrodeParams, rate: f64, slit: usize, rows: usize) -> Vec<Row> {
    const SUBSTEPS: usize = 10;
    let mut cell = Stepper::new(&CellParams::half(params.clone())).expect("valid parameters");
    let n = cell.section_count(Electrode::Positive);
    let top = 0.2;
    let h = 2.0 * top / rate / (rows * SUBSTEPS) as f64;
    let (mut before, mut now, mut u) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
    let mut last_change = vec![0.0; n];
    let mut out = Vec::with_capacity(rows);
    for step in 1..=rows * SUBSTEPS {
        let t = h * step as f64;
        let phi_m = if rate * t <= top {
            rate * t
        } else {
            2.0 * top - rate * t
        };
        cell.try_voltage(h, phi_m).expect("converges");
        cell.accept();
        cell.section_charges(Electrode::Positive, &mut now);
        cell.section_voltages(Electrode::Positive, &mut u);
        let mut i = 0.0;
        for j in slit..n {
            let change = now[j] - before[j];
            i += if step == 1 {
                change / h
            } else {
                (1.5 * change - 0.5 * last_change[j]) / h
            };
        }
        for j in 0..n {
            last_change[j] = now[j] - before[j];
        }
        before.copy_from_slice(&now);
        if step % SUBSTEPS == 0 {
            out.push(Row {
                t,
                phi_m,
                i,
                q: now[slit - 1],
                q_next: now[slit],
                // psi = phi_m - u, so psi_i - psi_(i+1) = u_(i+1) - u_i; current into the
                // electrode lowers psi along its way.
                dphi: u[slit - 1] - u[slit],
            });
        }
    }
    out
}

/// The same rows with normal noise on the trans-slit voltage, relative to its root mean square.
pub fn noisy(rows: &[Row], relative: f64, seed: u64) -> Vec<Row> {
    let square: f64 = rows.iter().map(|r| r.dphi * r.dphi).sum();
    let size = relative * (square / rows.len() as f64).sqrt();
    let mut rng = Rng::new(seed, 77);
    rows.iter()
        .map(|r| Row {
            dphi: r.dphi + size * rng.normal(),
            ..*r
        })
        .collect()
}

/// Slit 2 at 10 mV/us.
pub fn one_cycle() -> Vec<Row> {
    cycle(&ladder(), 1e4, 2, 400)
}

/// Slits 1, 2, 3 at 2, 5, 10, 20 mV/us, `rows` rows of each.
pub fn rates_and_slits(params: &ElectrodeParams, rows: usize) -> Vec<Row> {
    let mut all = Vec::new();
    for rate in [2e3, 5e3, 1e4, 2e4] {
        for slit in 1..=3 {
            all.extend(cycle(params, rate, slit, rows));
        }
    }
    all
}

pub fn pooled() -> Vec<Row> {
    rates_and_slits(&ladder(), 200)
}

/// Slit sizes in nm with their (R_c, gamma): the smaller the slit, the larger both.
pub const SIZES: [(f64, f64, f64); 4] = [
    (1.5, 5.0, 0.5),
    (2.0, 4.2, 0.38),
    (3.0, 3.1, 0.27),
    (5.0, 2.0, 0.15),
];

/// Four slit sizes, each at four rates in three slits, with the size in nm.
pub fn sizes(rows: usize) -> Vec<(f64, Row)> {
    let mut all = Vec::new();
    for (d, r_c, gamma) in SIZES {
        let params = ElectrodeParams {
            r_c,
            gamma,
            ..ladder()
        };
        let of_size = rates_and_slits(&params, rows);
        all.extend(of_size.into_iter().map(|row| (d, row)));
    }
    all
}

/// [`sizes`] as a table with the size as a column, with noise on the trans-slit voltage relative to
/// its root mean square at each size.
pub fn sizes_table(rows: usize, noise: f64, seed: u64) -> Table {
    let all = sizes(rows);
    let mut made = Vec::with_capacity(all.len());
    for (k, (d, ..)) in SIZES.iter().enumerate() {
        let own: Vec<Row> = all
            .iter()
            .filter(|(of, _)| of == d)
            .map(|(_, r)| *r)
            .collect();
        made.extend(noisy(&own, noise, 10 * seed + k as u64));
    }
    let mut table = table(&made, false);
    let column = all.iter().map(|(d, _)| *d).collect();
    table.add("d [nm]", column).expect("a new column");
    table
}

/// I, Q and dphi as a table, with `distractors` columns that have nothing to do with the law.
pub fn table(rows: &[Row], distractors: bool) -> Table {
    let mut table = Table::new();
    let column = |f: &dyn Fn(&Row) -> f64| rows.iter().map(f).collect::<Vec<f64>>();
    let mut add = |name: &str, values| table.add(name, values).expect("a new column");
    add("I [A]", column(&|r| r.i));
    add("Q [C]", column(&|r| r.q));
    if distractors {
        let mut rng = Rng::new(5, 5);
        add("t [s]", column(&|r| r.t));
        add(
            "T [K]",
            rows.iter().map(|_| 298.0 + 0.5 * rng.normal()).collect(),
        );
        add("x1", rows.iter().map(|_| rng.normal()).collect());
        add("x2", rows.iter().map(|_| rng.unit()).collect());
    }
    add("dphi [V]", column(&|r| r.dphi));
    table
}

/// A table as CSV.
#[allow(dead_code)]
pub fn csv(table: &Table) -> String {
    let mut text = String::new();
    let header: Vec<String> = table
        .columns()
        .iter()
        .map(|c| match &c.unit {
            Some(u) => format!("{} [{u}]", c.name),
            None => c.name.clone(),
        })
        .collect();
    let _ = writeln!(text, "{}", header.join(","));
    for row in 0..table.rows() {
        let cells: Vec<String> = table.columns().iter().map(|c| c.cells.label(row)).collect();
        let _ = writeln!(text, "{}", cells.join(","));
    }
    text
}
