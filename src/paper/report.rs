//! The numbers of a run's `run.json`, by name.

use serde_json::Value;

/// One run's report.
#[derive(Debug, Clone, Copy)]
pub struct Report<'f>(pub &'f Value);

impl Report<'_> {
    /// A number by its path, e.g. `effort/steps`; NaN where there is none.
    pub fn number(&self, path: &str) -> f64 {
        self.0
            .pointer(&format!("/{path}"))
            .and_then(Value::as_f64)
            .unwrap_or(f64::NAN)
    }

    /// The same number of every slit that has it.
    pub fn slits(&self, path: &str) -> Vec<f64> {
        let pointer = format!("/{path}");
        self.0["slits"]
            .as_array()
            .map(|slits| {
                slits
                    .iter()
                    .filter_map(|s| s.pointer(&pointer)?.as_f64())
                    .collect()
            })
            .unwrap_or_default()
    }

    pub fn mean(&self, path: &str) -> f64 {
        mean(&self.slits(path))
    }

    /// Largest deviation from the mean over the slits, relative.
    pub fn spread(&self, path: &str) -> f64 {
        let values = self.slits(path);
        let mean = mean(&values);
        values
            .iter()
            .fold(0.0, |m, v| f64::max(m, (v / mean - 1.0).abs()))
    }

    /// The same in absolute terms.
    pub fn deviation(&self, path: &str) -> f64 {
        let values = self.slits(path);
        let mean = mean(&values);
        values
            .iter()
            .fold(0.0, |m, v| f64::max(m, (v - mean).abs()))
    }

    pub fn largest(&self, path: &str) -> f64 {
        self.slits(path).into_iter().fold(f64::NAN, f64::max)
    }

    /// Part of the current along the slits that flows against the field, at the fields' times: mean
    /// over the slits.
    pub fn uphill(&self) -> Vec<f64> {
        self.0["fields"]
            .as_array()
            .map(|fields| {
                fields
                    .iter()
                    .map(|f| {
                        let shares = f["uphill_current_share"].as_array();
                        let values: Vec<f64> = shares
                            .into_iter()
                            .flatten()
                            .filter_map(Value::as_f64)
                            .collect();
                        mean(&values)
                    })
                    .collect()
            })
            .unwrap_or_default()
    }
}

pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
