//! Columns of numbers as CSV.

use std::fmt::Write;

/// Named columns of equal length.
#[derive(Debug, Default)]
pub struct Table {
    columns: Vec<(String, Vec<f64>)>,
}

impl Table {
    /// Adds a column at the right.
    pub fn column(&mut self, name: &str, values: Vec<f64>) {
        self.columns.push((name.into(), values));
    }

    /// The tables below each other, with a first column that tells them apart.
    pub fn stacked(name: &str, parts: Vec<(f64, Table)>) -> Table {
        let mut whole = Table::default();
        whole.column(name, Vec::new());
        for (mark, part) in parts {
            let rows = part.rows();
            whole.columns[0].1.extend(std::iter::repeat_n(mark, rows));
            for (i, (name, values)) in part.columns.into_iter().enumerate() {
                match whole.columns.get_mut(i + 1) {
                    Some((_, column)) => column.extend(values),
                    None => whole.columns.push((name, values)),
                }
            }
        }
        whole
    }

    pub fn names(&self) -> Vec<&str> {
        self.columns.iter().map(|c| c.0.as_str()).collect()
    }

    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |c| c.1.len())
    }

    /// A header line and one line per row; numbers read back unchanged.
    pub fn csv(&self) -> String {
        let mut out = self.names().join(",");
        out.push('\n');
        for row in 0..self.rows() {
            for (i, (_, values)) in self.columns.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                // Writing to a String cannot fail.
                let _ = write!(out, "{:?}", values[row]);
            }
            out.push('\n');
        }
        out
    }
}
