//! Problems of the literature: Nguyen (Uy et al. 2011, doi 10.1007/s10710-010-9121-2) and Feynman
//! (Udrescu & Tegmark 2020, doi 10.1126/sciadv.aay2631).

use ncm::discover::{Rng, Table};

/// A formula to recover from values in a box.
pub struct Classic {
    pub name: &'static str,
    pub inputs: &'static [&'static str],
    /// Lower and upper bound of every input.
    pub range: (f64, f64),
    pub rows: usize,
    pub formula: fn(&[f64]) -> f64,
}

/// The operators of Nguyen's problems and of these of Feynman's, and the longest expression.
pub const OPERATORS: &str = "+,-,*,/,square,sqrt,sin,cos,exp,log";

pub const CLASSICS: [Classic; 8] = [
    Classic {
        name: "Nguyen-1",
        inputs: &["x"],
        range: (-1.0, 1.0),
        rows: 20,
        formula: |v| v[0].powi(3) + v[0] * v[0] + v[0],
    },
    Classic {
        name: "Nguyen-5",
        inputs: &["x"],
        range: (-1.0, 1.0),
        rows: 20,
        formula: |v| (v[0] * v[0]).sin() * v[0].cos() - 1.0,
    },
    Classic {
        name: "Nguyen-7",
        inputs: &["x"],
        range: (0.0, 2.0),
        rows: 20,
        formula: |v| (v[0] + 1.0).ln() + (v[0] * v[0] + 1.0).ln(),
    },
    Classic {
        name: "Nguyen-10",
        inputs: &["x", "y"],
        range: (0.0, 1.0),
        rows: 100,
        formula: |v| 2.0 * v[0].sin() * v[1].cos(),
    },
    Classic {
        name: "I.12.2",
        inputs: &["q1", "q2", "epsilon", "r"],
        range: (1.0, 5.0),
        rows: 200,
        formula: |v| v[0] * v[1] / (4.0 * std::f64::consts::PI * v[2] * v[3] * v[3]),
    },
    Classic {
        name: "I.27.6",
        inputs: &["d1", "d2", "n"],
        range: (1.0, 5.0),
        rows: 200,
        formula: |v| 1.0 / (1.0 / v[0] + v[2] / v[1]),
    },
    Classic {
        name: "I.6.20a",
        inputs: &["theta"],
        range: (1.0, 3.0),
        rows: 200,
        formula: |v| (-0.5 * v[0] * v[0]).exp() / (2.0 * std::f64::consts::PI).sqrt(),
    },
    Classic {
        name: "I.8.14",
        inputs: &["x1", "x2", "y1", "y2"],
        range: (1.0, 5.0),
        rows: 200,
        formula: |v| ((v[1] - v[0]).powi(2) + (v[3] - v[2]).powi(2)).sqrt(),
    },
];

impl Classic {
    /// Rows drawn uniformly from the box; the target is `y_`.
    pub fn table(&self, seed: u64) -> Table {
        let mut rng = Rng::new(seed, 1010);
        let (low, high) = self.range;
        let rows: Vec<Vec<f64>> = (0..self.rows)
            .map(|_| {
                self.inputs
                    .iter()
                    .map(|_| low + (high - low) * rng.unit())
                    .collect()
            })
            .collect();
        let mut table = Table::new();
        for (k, name) in self.inputs.iter().enumerate() {
            let column = rows.iter().map(|r| r[k]).collect();
            table.add(name, column).expect("a new column");
        }
        let target = rows.iter().map(|r| (self.formula)(r)).collect();
        table.add("f", target).expect("a new column");
        table
    }
}
