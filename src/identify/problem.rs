//! One model against all records: residuals, and the search for the least.

use super::fit::Request;
use super::forward::{Fidelity, Prediction, predict, residuals};
use super::least_squares::{Minimum, minimise, on_all_cores};
use super::model::Model;
use super::parameters::{Parameter, Scale};
use super::record::Record;

/// Iterations from every start, and at most from the best ones.
const FIRST: usize = 8;
const MOST: usize = 80;

/// Starts that are tried per model.
const MOST_STARTS: usize = 8;

/// One model against all records.
pub(super) struct Problem<'a> {
    pub model: Model,
    pub records: &'a [Record],
    pub scale: &'a Scale,
    pub parameters: Vec<Parameter>,
    /// Values of those that are fixed.
    fixed: Vec<Option<f64>>,
    /// Index of the parameters that are searched.
    pub searched: Vec<usize>,
    /// How many are the model's own; start voltages follow.
    pub own: usize,
    pub low: Vec<f64>,
    pub high: Vec<f64>,
}

impl<'a> Problem<'a> {
    pub fn new(model: Model, records: &'a [Record], scale: &'a Scale, request: &Request) -> Self {
        let mut parameters = model.parameters(scale);
        let own = parameters.len();
        for (k, record) in records.iter().enumerate() {
            if let (true, super::record::Samples::Time { v_start, .. }) =
                (record.fits_start(), &record.samples)
            {
                // The first sample may have been taken under load, with its whole drop.
                parameters.push(Parameter::linear(
                    &format!("v_start[{}]", k + 1),
                    "V",
                    1.0,
                    (v_start - record.scale, v_start + record.scale),
                    &[*v_start],
                ));
            }
        }
        let fixed: Vec<Option<f64>> = parameters
            .iter()
            .map(|p| {
                let given = request.fixed.iter().rev().find(|(n, _)| *n == p.name);
                given.map(|(_, v)| *v)
            })
            .collect();
        let searched: Vec<usize> = (0..parameters.len())
            .filter(|k| fixed[*k].is_none())
            .collect();
        let bound = |f: fn(&Parameter) -> f64| -> Vec<f64> {
            searched
                .iter()
                .map(|k| parameters[*k].inward(f(&parameters[*k])))
                .collect()
        };
        let (low, high) = (bound(|p| p.low), bound(|p| p.high));
        Self {
            model,
            records,
            scale,
            fixed,
            searched,
            own,
            low,
            high,
            parameters,
        }
    }

    /// Values of all parameters from those searched.
    pub fn all(&self, x: &[f64]) -> Vec<f64> {
        let mut x = x.iter();
        let pairs = self.parameters.iter().zip(&self.fixed);
        pairs
            .map(|(p, fixed)| fixed.unwrap_or_else(|| p.outward(x.next().copied().unwrap_or(0.0))))
            .collect()
    }

    pub fn predictions(&self, values: &[f64], fidelity: Fidelity) -> Option<Vec<Prediction>> {
        let part = self.model.part(self.scale, &values[..self.own]);
        let mut starts = values[self.own..].iter();
        self.records
            .iter()
            .map(|r| {
                let start = if r.fits_start() {
                    starts.next().copied()
                } else {
                    None
                };
                predict(&part, r, start, fidelity)
            })
            .collect()
    }

    pub fn residuals(&self, x: &[f64], fidelity: Fidelity) -> Option<Vec<f64>> {
        let mut out = Vec::new();
        let predictions = self.predictions(&self.all(x), fidelity)?;
        for (p, r) in predictions.iter().zip(self.records) {
            residuals(p, r, &mut out);
        }
        out.iter().all(|r| r.is_finite()).then_some(out)
    }

    /// Where searches begin: all combinations of the parameters' start values, and what simpler models
    /// have found.
    fn starts(&self, found: &[(Model, Vec<f64>)]) -> Vec<Vec<f64>> {
        let mut starts: Vec<Vec<f64>> = vec![Vec::new()];
        for &k in &self.searched {
            let p = &self.parameters[k];
            let longer = starts.iter().flat_map(|s| {
                p.starts.iter().map(|v| {
                    let mut s = s.clone();
                    s.push(p.inward(*v));
                    s
                })
            });
            starts = longer.collect();
        }
        let stride = starts.len().div_ceil(MOST_STARTS);
        let mut starts: Vec<Vec<f64>> = starts.into_iter().step_by(stride).collect();
        for (model, values) in found {
            // Ladders begin where ladders ended.
            if model.ladder().is_none() || self.model.ladder().is_none() {
                continue;
            }
            let mut names = model.parameters(self.scale);
            names.extend_from_slice(&self.parameters[self.own..]);
            let value = |p: &Parameter| match names.iter().position(|q| q.name == p.name) {
                Some(k) => values[k],
                // Next to nothing of what the simpler model lacks; a rise of nothing would hide its scale.
                None if p.name == "gamma" => 0.02,
                None => p.starts[0],
            };
            starts.push(
                self.searched
                    .iter()
                    .map(|k| self.parameters[*k].inward(value(&self.parameters[*k])))
                    .collect(),
            );
        }
        starts
    }

    /// From every start by coarse simulations, from the best ends (that differ) by finer ones.
    pub fn search(&self, found: &[(Model, Vec<f64>)], evaluations: &mut usize) -> Option<Minimum> {
        let bounds = (&self.low[..], &self.high[..]);
        let starts = self.starts(found);
        let coarse = |x: &[f64]| self.residuals(x, Fidelity::COARSE);
        let ends = on_all_cores(starts.len(), |k| {
            minimise(&coarse, bounds, &starts[k], FIRST)
        });
        let mut ends: Vec<Minimum> = ends.into_iter().flatten().collect();
        *evaluations += ends.iter().map(|e| e.evaluations).sum::<usize>();
        ends.sort_by(|a, b| a.rss.total_cmp(&b.rss));
        let same = |a: &Minimum, b: &Minimum| {
            b.rss < 1.001 * a.rss && a.x.iter().zip(&b.x).all(|(a, b)| (a - b).abs() < 0.02)
        };
        ends.dedup_by(|b, a| same(a, b));
        ends.truncate(2);
        for fidelity in [Fidelity::MEDIUM, Fidelity::FINE] {
            let residuals = |x: &[f64]| self.residuals(x, fidelity);
            let further = on_all_cores(ends.len(), |k| {
                minimise(&residuals, bounds, &ends[k].x, MOST)
            });
            ends = further.into_iter().flatten().collect();
            *evaluations += ends.iter().map(|e| e.evaluations).sum::<usize>();
            ends.sort_by(|a, b| a.rss.total_cmp(&b.rss));
            // One that is clearly worse by now is no rival.
            let best = ends.first().map_or(0.0, |e| e.rss);
            ends.dedup_by(|b, a| same(a, b));
            ends.retain(|e| e.rss <= 1.2 * best);
        }
        ends.into_iter().next()
    }
}
