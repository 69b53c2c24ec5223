//! Which rows of a table count, how much, and where they came from.

use super::DiscoverError;
use super::table::{Cells, Table};

impl Table {
    /// Keeps the rows whose cell in `column` is one of `values`; numbers match by value, so that
    /// `2` is `2.0`.
    pub fn keep_where(&mut self, column: &str, values: &[String]) -> Result<(), DiscoverError> {
        let cells = &self.require(column)?.cells;
        let numbers: Vec<f64> = values.iter().filter_map(|v| v.parse().ok()).collect();
        let kept: Vec<usize> = (0..cells.len())
            .filter(|row| match cells {
                Cells::Numbers(cells) => numbers.contains(&cells[*row]),
                Cells::Labels(labels) => values.contains(&labels[*row]),
            })
            .collect();
        if kept.is_empty() {
            return Err(DiscoverError::NoSuchRows {
                column: column.to_string(),
                values: values.to_vec(),
            });
        }
        self.keep_rows(&kept);
        Ok(())
    }

    /// The time (or whatever `column` counts) that each row stands for: half the way to the row before
    /// plus half the way to the row after, in its own file and among different values, relative
    /// to the mean. With these weights a sum of squares over uneven steps is an integral.
    pub fn step_weights(&self, column: &str) -> Result<Vec<f64>, DiscoverError> {
        let Cells::Numbers(values) = &self.require(column)?.cells else {
            return Err(DiscoverError::NoSteps {
                column: column.to_string(),
            });
        };
        let mut weights = vec![0.0; values.len()];
        for rows in self.file_spans() {
            let own = &values[rows.clone()];
            let mut points: Vec<f64> = own.iter().copied().filter(|v| v.is_finite()).collect();
            points.sort_by(f64::total_cmp);
            points.dedup();
            if points.len() < 2 {
                return Err(DiscoverError::NoSteps {
                    column: column.to_string(),
                });
            }
            for (weight, value) in weights[rows].iter_mut().zip(own) {
                if let Ok(k) = points.binary_search_by(|p| p.total_cmp(value)) {
                    let before = points[k.saturating_sub(1)];
                    let after = points[(k + 1).min(points.len() - 1)];
                    *weight = 0.5 * (after - before);
                }
            }
        }
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        weights.iter_mut().for_each(|w| *w /= mean);
        Ok(weights)
    }

    /// Adds a column of labels that says which file each row came from: the file's name without
    /// its ending; where two files share it, the name of their folder; else the whole path.
    pub fn add_file_labels(&mut self, header: &str) -> Result<(), DiscoverError> {
        let paths = self.paths();
        let text = |part: Option<&std::ffi::OsStr>| {
            part.map_or_else(String::new, |s| s.to_string_lossy().into_owned())
        };
        let ways: [&dyn Fn(&std::path::PathBuf) -> String; 3] = [
            &|p| text(p.file_stem()),
            &|p| text(p.parent().and_then(std::path::Path::file_name)),
            &|p| p.display().to_string(),
        ];
        let mut names: Vec<String> = Vec::new();
        for way in ways {
            names = paths.iter().map(way).collect();
            let mut different = names.clone();
            different.sort();
            different.dedup();
            if different.len() == names.len() && !names.iter().any(String::is_empty) {
                break;
            }
        }
        let spans = self.file_spans();
        let labels = names
            .into_iter()
            .zip(spans)
            .flat_map(|(name, rows)| std::iter::repeat_n(name, rows.len()))
            .collect();
        self.add_labels(header, labels)
    }
}
