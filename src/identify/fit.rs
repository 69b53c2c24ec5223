//! Fits every rival to all records at once and says what the data determine.

use super::forward::{Prediction, predict, residuals, rough};
use super::least_squares::{Covariance, Minimum, jacobian, minimise};
use super::model::{Model, Parameter, Part, SLITS, Scale};
use super::record::{Kind, Record};
use super::statistics::{neighbour_correlation, student_quantile};

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub models: Vec<Model>,
    /// Parameters that are known from elsewhere, by name.
    pub fixed: Vec<(String, f64)>,
    /// Slits per electrode of the card.
    pub slits: u64,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            models: Model::ALL.to_vec(),
            fixed: Vec::new(),
            slits: SLITS,
        }
    }
}

/// How well a parameter is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Given, not fitted.
    Fixed,
    Determined,
    /// The 95 % interval spans more than a factor of 2 each way (`gamma`: more than 0.5).
    Loose,
    /// The search ended at its bound.
    AtBound,
    /// Other parameters can undo any change of it.
    NotIdentifiable,
}

/// A parameter's value and what is known about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    pub name: String,
    pub unit: &'static str,
    pub value: f64,
    /// Ends of the 95 % interval.
    pub low: f64,
    pub high: f64,
    pub verdict: Verdict,
}

/// A model fitted to the records.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelFit {
    pub model: Model,
    pub part: Part,
    pub estimates: Vec<Estimate>,
    /// Number of fitted parameters, start voltages included.
    pub fitted: usize,
    /// Root mean square of the residuals of each record, in units of its scale.
    pub rms: Vec<f64>,
    /// Largest residual of each record.
    pub largest: Vec<f64>,
    pub predictions: Vec<Prediction>,
    /// Bayesian information criterion; only differences mean anything.
    pub bic: f64,
    /// Correlation of neighbouring residuals: far from 0 where the model misses something.
    pub neighbours: f64,
    /// What a person should know, in sentences.
    pub remarks: Vec<String>,
    rss: f64,
}

/// What came out.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub records: Vec<Record>,
    pub scale: Scale,
    /// Best first.
    pub fits: Vec<ModelFit>,
    /// Values compared, and how many independent ones they are worth.
    pub values: usize,
    pub effective: f64,
    /// Evaluations of models.
    pub evaluations: usize,
}

/// Iterations from every start, and from the best.
const FIRST: usize = 8;
const LAST: usize = 80;

/// Starts that are tried per model.
const MOST_STARTS: usize = 8;

/// Correlation from which on two parameters are named as hard to tell apart.
const TIED: f64 = 0.98;

/// Fits the models.
///
/// # Errors
/// A text: a fixed parameter that no model has, a model without any answer.
pub fn identify(records: Vec<Record>, request: &Request) -> Result<Outcome, String> {
    let scale = scale(&records, request);
    check_fixed(request, &scale)?;
    let values: usize = records.iter().map(Record::count).sum();
    let mut evaluations = 0;
    let mut fits: Vec<ModelFit> = Vec::new();
    let mut found: Vec<(Model, Vec<f64>)> = Vec::new();
    for &model in &request.models {
        let problem = Problem::new(model, &records, &scale, request);
        if problem.searched.len() >= values {
            return Err(format!(
                "{} has {} parameters for {values} values\n  remedy: give more data, or --fix some of them",
                model.title(),
                problem.searched.len()
            ));
        }
        let best = problem.search(&found, &mut evaluations).ok_or_else(|| {
            format!(
                "{}: no simulation of these data came to an end\n  remedy: check the units of the columns",
                model.title()
            )
        })?;
        found.push((model, problem.all(&best.x)));
        fits.push(problem.judge(&best)?);
    }
    // Neighbouring residuals that agree are not independent: all rivals are weighed with the number of
    // independent values that the best of them leaves.
    let closest = fits
        .iter()
        .min_by(|a, b| a.rss.total_cmp(&b.rss))
        .map_or(0.0, |f| f.neighbours);
    let effective = values as f64 * (1.0 - closest) / (1.0 + closest);
    for fit in &mut fits {
        fit.bic = effective * (fit.rss / values as f64).max(1e-300).ln()
            + fit.fitted as f64 * effective.max(2.0).ln();
    }
    fits.sort_by(|a, b| a.bic.total_cmp(&b.bic));
    Ok(Outcome {
        records,
        scale,
        fits,
        values,
        effective,
        evaluations,
    })
}

fn scale(records: &[Record], request: &Request) -> Scale {
    let mean = |values: Vec<f64>| {
        (values.iter().map(|x: &f64| x.ln()).sum::<f64>() / values.len() as f64).exp()
    };
    let (c, r): (Vec<f64>, Vec<f64>) = records.iter().map(rough).unzip();
    let fixed = |name: &str| request.fixed.iter().find(|f| f.0 == name).map(|f| f.1);
    let c = fixed("c").unwrap_or_else(|| mean(c));
    // Bounds of `r_leak` follow the decay that a rest can show, not the resistance of pores.
    let resting = records.iter().all(|r| r.kind == Kind::Rest);
    let span = records
        .iter()
        .map(|r| r.window().1.abs())
        .fold(0.0, f64::max);
    Scale {
        c,
        r: if resting { 1.0 / c.max(1e-12) } else { mean(r) },
        v_ref: if span > 0.0 { span } else { 1.0 },
        slits: request.slits,
        resting,
        leaks: records
            .iter()
            .any(|r| matches!(r.kind, Kind::Cv | Kind::Rest)),
    }
}

fn check_fixed(request: &Request, scale: &Scale) -> Result<(), String> {
    for (name, value) in &request.fixed {
        let mut known: Vec<String> = Vec::new();
        for model in &request.models {
            for p in model.parameters(scale) {
                if p.name == *name && p.positive && *value <= 0.0 {
                    return Err(format!("--fix {name}={value}: {name} is above 0"));
                }
                if !known.contains(&p.name) {
                    known.push(p.name);
                }
            }
        }
        if !known.contains(name) {
            return Err(format!(
                "--fix {name}: no such parameter; there are {}",
                known.join(", ")
            ));
        }
    }
    Ok(())
}

/// One model against all records.
struct Problem<'a> {
    model: Model,
    records: &'a [Record],
    scale: &'a Scale,
    parameters: Vec<Parameter>,
    /// Values of those that are fixed.
    fixed: Vec<Option<f64>>,
    /// Index of the parameters that are searched.
    searched: Vec<usize>,
    /// How many are the model's own; start voltages follow.
    own: usize,
    low: Vec<f64>,
    high: Vec<f64>,
}

impl<'a> Problem<'a> {
    fn new(model: Model, records: &'a [Record], scale: &'a Scale, request: &Request) -> Self {
        let mut parameters = model.parameters(scale);
        let own = parameters.len();
        for (k, record) in records.iter().enumerate() {
            if let (true, super::record::Samples::Time { v_start, .. }) =
                (record.fits_start(), &record.samples)
            {
                parameters.push(Parameter {
                    name: format!("v_start[{}]", k + 1),
                    unit: "V",
                    // The first sample may have been taken under load, with its whole drop.
                    low: v_start - record.scale,
                    high: v_start + record.scale,
                    positive: false,
                    starts: vec![*v_start],
                });
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
    fn all(&self, x: &[f64]) -> Vec<f64> {
        let mut x = x.iter();
        let pairs = self.parameters.iter().zip(&self.fixed);
        pairs
            .map(|(p, fixed)| fixed.unwrap_or_else(|| p.outward(x.next().copied().unwrap_or(0.0))))
            .collect()
    }

    fn predictions(&self, values: &[f64]) -> Option<Vec<Prediction>> {
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
                predict(&part, r, start)
            })
            .collect()
    }

    fn residuals(&self, x: &[f64]) -> Option<Vec<f64>> {
        let mut out = Vec::new();
        for (p, r) in self.predictions(&self.all(x))?.iter().zip(self.records) {
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
            if matches!(model, Model::CapacitorEsr | Model::Zubieta) || self.model == Model::Zubieta
            {
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

    fn search(&self, found: &[(Model, Vec<f64>)], evaluations: &mut usize) -> Option<Minimum> {
        let residuals = |x: &[f64]| self.residuals(x);
        let bounds = (&self.low[..], &self.high[..]);
        let mut ends: Vec<Minimum> = Vec::new();
        for start in self.starts(found) {
            if let Some(end) = minimise(&residuals, bounds, &start, FIRST) {
                *evaluations += end.evaluations;
                ends.push(end);
            }
        }
        ends.sort_by(|a, b| a.rss.total_cmp(&b.rss));
        ends.truncate(2);
        let mut best: Option<Minimum> = None;
        for end in ends {
            let end = minimise(&residuals, bounds, &end.x, LAST)?;
            *evaluations += end.evaluations;
            if best.as_ref().is_none_or(|b| end.rss < b.rss) {
                best = Some(end);
            }
        }
        best
    }

    /// Intervals, verdicts and remarks at the end of a search.
    fn judge(&self, best: &Minimum) -> Result<ModelFit, String> {
        let lost = || {
            format!(
                "{}: the simulation fails next to the best fit",
                self.model.title()
            )
        };
        let n = best.residuals.len() as f64;
        let values = self.all(&best.x);
        let predictions = self.predictions(&values).ok_or_else(lost)?;
        let edge = |j: usize| {
            let room = 1e-6 * (self.high[j] - self.low[j]);
            best.x[j] - self.low[j] < room || self.high[j] - best.x[j] < room
        };
        let free: Vec<usize> = (0..best.x.len()).filter(|j| !edge(*j)).collect();
        let columns = jacobian(
            &|x| self.residuals(x),
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
                    let wide = if p.positive {
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

impl ModelFit {
    /// The estimate of a parameter.
    pub fn estimate(&self, name: &str) -> Option<&Estimate> {
        self.estimates.iter().find(|e| e.name == name)
    }
}

impl Outcome {
    /// The best fit that a card can hold.
    pub fn best_for_card(&self) -> Option<&ModelFit> {
        self.fits.iter().find(|f| f.model.fits_card())
    }
}
