//! Fits every rival to all records at once and says what the data determine.

use super::forward::{Prediction, rough};
use super::model::Model;
use super::parameters::{Part, SLITS, Scale};
use super::problem::Problem;
use super::record::{Kind, Record, Samples};
use crate::cell::REFERENCE_K;

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Rivals; those that have nothing to say to the records ([`Model::suits`]) are passed over.
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
    pub(super) rss: f64,
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

/// Fits the models.
///
/// # Errors
/// A text: a fixed parameter that no model has, a model without any answer.
pub fn identify(records: Vec<Record>, request: &Request) -> Result<Outcome, String> {
    let models: Vec<Model> = request
        .models
        .iter()
        .copied()
        .filter(|m| m.suits(&records))
        .collect();
    let scale = scale(&records, request)?;
    check_fixed(request, &models, &scale)?;
    let values: usize = records.iter().map(Record::count).sum();
    let mut evaluations = 0;
    let mut fits: Vec<ModelFit> = Vec::new();
    let mut found: Vec<(Model, Vec<f64>)> = Vec::new();
    for &model in &models {
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

fn scale(records: &[Record], request: &Request) -> Result<Scale, String> {
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
    let f_max = records.iter().filter_map(|r| match &r.samples {
        Samples::Frequency { f_hz, .. } => f_hz.iter().copied().reduce(f64::max),
        Samples::Time { .. } => None,
    });
    let (thermal, t_ref) = temperatures(records)?;
    Ok(Scale {
        c,
        r: if resting { 1.0 / c.max(1e-12) } else { mean(r) },
        v_ref: if span > 0.0 { span } else { 1.0 },
        f_max: f_max.fold(0.0, f64::max),
        slits: request.slits,
        resting,
        leaks: records
            .iter()
            .any(|r| matches!(r.kind, Kind::Cv | Kind::Rest)),
        thermal,
        t_ref,
    })
}

/// Whether records differ in temperature, and the temperature at which values are to hold: 25 Celsius where the
/// records lie about it, else that of the record nearest to it.
fn temperatures(records: &[Record]) -> Result<(bool, f64), String> {
    let given: Vec<f64> = records.iter().filter_map(|r| r.temperature).collect();
    let Some(nearest) = given.iter().copied().min_by(|a, b| {
        let far = |t: f64| (t - REFERENCE_K).abs();
        far(*a).total_cmp(&far(*b))
    }) else {
        return Ok((false, REFERENCE_K));
    };
    if let Some(without) = records.iter().find(|r| r.temperature.is_none()) {
        return Err(format!(
            "{}: its temperature is not known, that of others is\n  remedy: give --temperature for each file",
            without.file.display()
        ));
    }
    let low = given.iter().copied().fold(f64::INFINITY, f64::min);
    let high = given.iter().copied().fold(0.0, f64::max);
    if high - low < 1.0 {
        return Ok((false, nearest));
    }
    let about = low <= REFERENCE_K && high >= REFERENCE_K;
    Ok((true, if about { REFERENCE_K } else { nearest }))
}

fn check_fixed(request: &Request, models: &[Model], scale: &Scale) -> Result<(), String> {
    for (name, value) in &request.fixed {
        let mut known: Vec<String> = Vec::new();
        for model in models {
            for p in model.parameters(scale) {
                if p.name == *name && p.is_positive() && *value <= 0.0 {
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
