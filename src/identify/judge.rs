//! What the data say at the end of a search: intervals, verdicts, remarks.

use super::fit::{Estimate, ModelFit, Verdict};
use super::forward::Fidelity;
use super::least_squares::{Covariance, Minimum, jacobian};
use super::problem::Problem;
use super::statistics::{neighbour_correlation, student_quantile};

/// Correlation from which on two parameters are named as hard to tell apart.
const TIED: f64 = 0.98;

impl Problem<'_> {
    /// Intervals, verdicts and remarks at the end of a search.
    pub fn judge(&self, best: &Minimum) -> Result<ModelFit, String> {
        let lost = || {
            format!(
                "{}: the simulation fails next to the best fit",
                self.model.title()
            )
        };
        let n = best.residuals.len() as f64;
        let values = self.all(&best.x);
        let predictions = self.predictions(&values, Fidelity::FINE).ok_or_else(lost)?;
        let edge = |j: usize| {
            let room = 1e-6 * (self.high[j] - self.low[j]);
            best.x[j] - self.low[j] < room || self.high[j] - best.x[j] < room
        };
        let free: Vec<usize> = (0..best.x.len()).filter(|j| !edge(*j)).collect();
        let columns = jacobian(
            &|x| self.residuals(x, Fidelity::FINE),
            (&self.low, &self.high),
            &best.x,
            None,
        )
        .ok_or_else(lost)?;
        let columns: Vec<Vec<f64>> = free.iter().map(|j| columns[*j].clone()).collect();
        let mut rms = Vec::new();
        let mut largest = Vec::new();
        let mut begin = 0;
        let mut spans = Vec::new();
        for record in self.records {
            let own = &best.residuals[begin..begin + record.count()];
            rms.push((own.iter().map(|r| r * r).sum::<f64>() / own.len().max(1) as f64).sqrt());
            largest.push(own.iter().fold(0.0, |m: f64, r| m.max(r.abs())));
            spans.push(own);
            begin += record.count();
        }
        let neighbours = neighbour_correlation(&spans);
        let inflation = (1.0 + neighbours) / (1.0 - neighbours);
        let freedom = (n / inflation - free.len() as f64).max(1.0);
        let variance = best.rss / (n - free.len() as f64).max(1.0) * inflation;
        let quantile = student_quantile(freedom);
        // Of a parameter without data it is known that it lies between its bounds: an even distribution there
        // has this much information, counted in residuals.
        let prior: Vec<f64> = free
            .iter()
            .map(|j| 12.0 * variance / (self.high[*j] - self.low[*j]).powi(2))
            .collect();
        let covariance = Covariance::new(&columns, &prior);

        let mut estimates = Vec::new();
        let mut remarks = Vec::new();
        for (k, p) in self.parameters.iter().enumerate() {
            let mut estimate = Estimate {
                name: p.name.clone(),
                unit: p.unit,
                value: values[k],
                low: values[k],
                high: values[k],
                verdict: Verdict::Fixed,
            };
            if let Some(j) = self.searched.iter().position(|s| *s == k) {
                if let Some(f) = free.iter().position(|f| *f == j) {
                    let half = quantile * (variance * covariance.variance(f)).sqrt();
                    estimate.low = p.outward((best.x[j] - half).max(self.low[j]));
                    estimate.high = p.outward((best.x[j] + half).min(self.high[j]));
                    let blind = covariance.blind.iter().any(|v| v[f].abs() > 0.1);
                    let wide = if p.is_positive() {
                        std::f64::consts::LN_2
                    } else {
                        0.5
                    };
                    estimate.verdict = match (half > wide, blind) {
                        (false, _) => Verdict::Determined,
                        (true, true) => Verdict::NotIdentifiable,
                        (true, false) => Verdict::Loose,
                    };
                } else {
                    (estimate.low, estimate.high) = (p.low, p.high);
                    estimate.verdict = Verdict::AtBound;
                }
            }
            estimates.push(estimate);
        }
        self.remark(&estimates, &free, &covariance, &mut remarks);
        Ok(ModelFit {
            model: self.model,
            part: self.model.part(self.scale, &values[..self.own]),
            fitted: self.searched.len(),
            estimates,
            rms,
            largest,
            predictions,
            bic: 0.0,
            neighbours,
            remarks,
            rss: best.rss,
        })
    }

    fn remark(
        &self,
        estimates: &[Estimate],
        free: &[usize],
        covariance: &Covariance,
        remarks: &mut Vec<String>,
    ) {
        let name = |f: usize| self.parameters[self.searched[free[f]]].name.as_str();
        for vector in &covariance.blind {
            let unknown =
                |f: usize| estimates[self.searched[free[f]]].verdict == Verdict::NotIdentifiable;
            let tied: Vec<&str> = (0..free.len())
                .filter(|f| vector[*f].abs() > 0.1 && unknown(*f))
                .map(name)
                .collect();
            match tied[..] {
                [] => {}
                [one] => remarks.push(format!(
                    "not identifiable from this: {one} has no effect that could be told from another's; fix it (--fix), or add data at other voltages or rates"
                )),
                _ => remarks.push(format!(
                    "not identifiable from this: {} can change together without any effect; fix one of them (--fix), or add data at other voltages or rates",
                    tied.join(" and ")
                )),
            }
        }
        for e in estimates {
            match e.verdict {
                Verdict::AtBound => remarks.push(format!(
                    "{} is not identifiable from this: the search ends at its bound, {:.3e} {}",
                    e.name, e.value, e.unit
                )),
                Verdict::Loose => remarks.push(format!(
                    "{} is hardly determined: 95 % interval {:.3e} to {:.3e} {}",
                    e.name, e.low, e.high, e.unit
                )),
                _ => {}
            }
            if e.name == "gamma" && e.verdict == Verdict::Determined && e.low < 0.0 && e.high > 0.0
            {
                remarks.push(
                    "gamma may be 0: these data do not show that the resistance depends on charge"
                        .into(),
                );
            }
        }
        for f in 0..free.len() {
            for g in 0..f {
                let r = covariance.correlation(f, g);
                if r.abs() > TIED && covariance.blind.is_empty() {
                    remarks.push(format!(
                        "{} and {} are hard to tell apart (correlation {r:.3})",
                        name(g),
                        name(f)
                    ));
                }
            }
        }
    }
}
