//! What a search found: the front, the chosen law, its rivals, and what the data cannot tell.

use std::time::Duration;

use super::DiscoverError;
use super::archive::Archive;
use super::candidate::{Candidate, Judge, Scouting, thorough};
use super::crew::Crew;
use super::expression::Expr;
use super::fit::{Budget, Fitter};
use super::identifiability;
use super::problem::{Problem, Rows};
use super::settings::Settings;
use super::statistics::student_quantile;

/// Rivals are reported up to this BIC difference: beyond 10 the evidence is called decisive (Kass
/// & Raftery 1995, doi 10.1080/01621459.1995.10476572).
pub const REACH: f64 = 10.0;

/// Archive members that are fitted to all rows at the end.
const FINALISTS: usize = 40;

/// Random starts of a given form's fit beyond the first: nothing is known of its constants.
const COMPARISON_STARTS: usize = 30;

/// Rivals that are reported at most.
const MOST_RIVALS: usize = 12;

/// Rows on which laws are compared by value.
const VALUE_ROWS: usize = 2000;

/// Laws whose values differ by less than this part of the residual are one law in two forms.
const SAME_WITHIN: f64 = 0.03;

/// Why a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// A law matches the data to their resolution and no shorter one turned up.
    Exact,
    /// All starts ran until nothing improved any more.
    Settled,
    TimeLimit,
    CandidateLimit,
    Interrupted,
}

impl Ended {
    pub fn text(self) -> &'static str {
        match self {
            Self::Exact => "a law matches the data to their resolution",
            Self::Settled => "all starts have settled",
            Self::TimeLimit => "time limit",
            Self::CandidateLimit => "candidate limit",
            Self::Interrupted => "interrupted",
        }
    }
}

/// A law in the units of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Law {
    /// With the constants of the first category.
    pub expr: Expr,
    /// Constants of each category, in reading order.
    pub constants: Vec<Vec<f64>>,
    /// Half widths of the constants' 95 % confidence intervals; infinite where the data do not
    /// determine a constant.
    pub half_widths: Vec<Vec<f64>>,
    pub complexity: u32,
    /// Weighted root mean square error, in the target's unit.
    pub rmse: f64,
    /// The same relative to the target's root mean square.
    pub relative_error: f64,
    pub bic: f64,
    pub description: f64,
}

impl Law {
    /// The law with the constants of category `k`.
    pub fn of_category(&self, k: usize) -> Expr {
        let mut expr = self.expr.clone();
        if let Some(c) = self.constants.get(k) {
            expr.set_constants(c);
        }
        expr
    }
}

/// The result of [`super::search`].
#[derive(Debug, Clone)]
pub struct Outcome {
    pub target: String,
    pub inputs: Vec<String>,
    pub categories: Vec<String>,
    pub rows: usize,
    /// From short to exact: no law is matched in error by a shorter one.
    pub front: Vec<Law>,
    /// Place of the chosen law (the shortest description) in the front.
    pub chosen: usize,
    /// Other functions within [`REACH`] of the chosen law's BIC (or better), best first.
    pub rivals: Vec<Law>,
    /// The forms of [`super::Request::compare`], as given, fitted to the same rows.
    pub compared: Vec<(String, Law)>,
    pub warnings: Vec<String>,
    /// Residuals `y - f` of the chosen law, in the order of `fitted`.
    pub residuals: Vec<f64>,
    /// Values of the chosen law.
    pub fitted: Vec<f64>,
    pub ended: Ended,
    pub candidates: u64,
    pub evaluations: u64,
    pub row_evaluations: u64,
    pub elapsed: Duration,
    pub seed: u64,
}

impl Outcome {
    pub(super) fn new(
        problem: &Problem,
        settings: &Settings,
        archive: &Archive,
        crew: &mut Crew,
    ) -> Result<Self, DiscoverError> {
        let all = judge_of_all_rows(problem, settings);
        let archive = finals(problem, settings, &all, archive, crew);
        let best = archive.best().ok_or(DiscoverError::NothingFound)?.clone();
        let mut front = archive.front();
        let key = best.expr.key();
        // The shortest description is on the front unless a shorter form ties with it in error.
        if !front.iter().any(|c| c.expr.key() == key) {
            front.retain(|c| c.complexity != best.complexity);
            front.push(best.clone());
            front.sort_by_key(|c| c.complexity);
        }
        let chosen = front.iter().position(|c| c.expr.key() == key).unwrap_or(0);
        let mut rivals: Vec<Candidate> = archive
            .all()
            .filter(|c| c.bic < best.bic + REACH && c.expr.key() != key)
            // More constants and yet a worse BIC: the law with a term fitted to noise.
            .filter(|c| c.constants[0].len() <= best.constants[0].len() || c.bic < best.bic)
            .cloned()
            .collect();
        rivals.sort_by(|a, b| a.bic.total_cmp(&b.bic));
        let fitter = crew.first();
        let distinct = distinct(fitter, problem, &best, rivals);
        let raw = problem.raw_rows();
        let mut laws = |list: &[Candidate]| -> Vec<Law> {
            let one = |c| law(fitter, problem, &raw, c);
            list.iter().map(one).collect()
        };
        let (front, rivals) = (laws(&front), laws(&distinct));
        let residuals = fitter.residuals(&front[chosen].expr, &raw, &front[chosen].constants);
        let fitted = raw
            .target
            .iter()
            .zip(&residuals)
            .map(|(y, r)| y - r)
            .collect();
        let mut warnings = problem.warnings.clone();
        let mut compared = Vec::new();
        let scouting = Scouting {
            rows: &problem.rows.sample(settings.search_rows),
            starts: COMPARISON_STARTS,
        };
        for (text, form) in &problem.compared {
            let rows = &problem.rows;
            let from = (form, None);
            match thorough(fitter, problem, &all, rows, from, scouting) {
                Some(candidate) => {
                    compared.push((text.clone(), law(fitter, problem, &raw, &candidate)));
                }
                None => warnings.push(format!(
                    "{text} could not be compared: no constants were found with which it has a \
                     finite value in every row"
                )),
            }
        }
        warnings.extend(identifiability::warnings(problem, &raw));
        warnings.extend(identifiability::loose_constants(
            &front[chosen],
            &problem.categories,
        ));
        Ok(Self {
            target: problem.target.clone(),
            inputs: problem.inputs.clone(),
            categories: problem.categories.clone(),
            rows: raw.len(),
            front,
            chosen,
            rivals,
            compared,
            warnings,
            residuals,
            fitted,
            ended: Ended::Settled,
            candidates: 0,
            evaluations: 0,
            row_evaluations: 0,
            elapsed: Duration::ZERO,
            seed: settings.seed,
        })
    }

    pub fn law(&self) -> &Law {
        &self.front[self.chosen]
    }

    /// The chosen law as text.
    pub fn text(&self) -> String {
        self.law().expr.text(&self.inputs)
    }
}

fn judge_of_all_rows(problem: &Problem, settings: &Settings) -> Judge {
    let symbols = settings.functions.len() + problem.inputs.len() + 1;
    Judge::new(
        &problem.rows,
        settings.resolution,
        symbols,
        &settings.costs,
        problem.units,
    )
}

/// The archive on all rows: what may matter is fitted once more where the judge saw a sample.
fn finals(
    problem: &Problem,
    settings: &Settings,
    all: &Judge,
    archive: &Archive,
    crew: &mut Crew,
) -> Archive {
    if problem.rows.len() <= settings.judge_rows {
        return archive.clone();
    }
    let mut finalists: Vec<Candidate> = archive.all().cloned().collect();
    finalists.sort_by(|a, b| a.description.total_cmp(&b.description));
    finalists.truncate(FINALISTS);
    finalists.extend(archive.front());
    let fitted = crew.each(&finalists, |fitter, c| {
        let budget = Budget {
            iterations: 6,
            ..Budget::THOROUGH
        };
        let fit = fitter.fit(&c.expr, &problem.rows, Some(&c.constants), budget)?;
        all.judge(problem, c.expr.clone(), &fit)
    });
    let mut out = Archive::default();
    for candidate in fitted.into_iter().flatten() {
        out.offer(&candidate);
    }
    out
}

/// The rivals whose values differ from those of `best` and of the rivals before them.
fn distinct(
    fitter: &mut Fitter,
    problem: &Problem,
    best: &Candidate,
    rivals: Vec<Candidate>,
) -> Vec<Candidate> {
    let rows = problem.rows.sample(VALUE_ROWS);
    let mut values = |c: &Candidate| fitter.residuals(&c.expr, &rows, &c.constants);
    let own = values(best);
    let noise = own.iter().map(|r| r * r).sum::<f64>() / own.len() as f64;
    let far = |a: &[f64], b: &[f64]| {
        let squares: f64 = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum();
        squares / a.len() as f64 > SAME_WITHIN * SAME_WITHIN * noise
    };
    let mut said = vec![own.clone()];
    let mut out = Vec::new();
    for rival in rivals {
        let residuals = values(&rival);
        if out.len() < MOST_RIVALS && said.iter().all(|s| far(&residuals, s)) {
            said.push(residuals);
            out.push(rival);
        }
    }
    out
}

fn law(fitter: &mut Fitter, problem: &Problem, raw: &Rows, c: &Candidate) -> Law {
    let mut constants = Vec::new();
    let mut expr = problem.unscaled(&c.expr);
    for list in &c.constants {
        let mut scaled = c.expr.clone();
        scaled.set_constants(list);
        constants.push(problem.unscaled(&scaled).constants());
    }
    // In the table's units the fit only has to confirm the constants and give their spread.
    let polish = Budget {
        iterations: 2,
        tolerance: 1e-12,
        enough: 0.0,
    };
    let fit = fitter.fit(&expr, raw, Some(&constants), polish);
    let p = constants[0].len();
    let mut half_widths = vec![vec![f64::INFINITY; p]; constants.len()];
    // Squares of extreme units leave the range of numbers; the scaled fit then has to do, and the
    // constants' spread is not known.
    let scaled_square = problem.rows.mean_square();
    let mut relative_square = c.rss / raw.len() as f64 / scaled_square;
    let raw_square = raw.mean_square();
    if let Some(fit) = fit.filter(|_| (1e-200..1e200).contains(&raw_square)) {
        constants = fit.constants;
        relative_square = fit.rss / raw.len() as f64 / raw_square;
        let freedom = raw.len().saturating_sub(p * constants.len()).max(1) as f64;
        let variance = fit.rss / freedom;
        let t = student_quantile(freedom);
        for (widths, covariance) in half_widths.iter_mut().zip(&fit.covariance) {
            for (k, width) in widths.iter_mut().enumerate() {
                if let Some(spread) = covariance.get(k * p + k) {
                    *width = t * (variance * spread).sqrt();
                }
            }
        }
    }
    expr.set_constants(&constants[0]);
    let relative_error = relative_square.sqrt();
    Law {
        expr,
        constants,
        half_widths,
        complexity: c.complexity,
        rmse: relative_error * scaled_square.sqrt() * problem.target_scale,
        relative_error,
        bic: c.bic,
        description: c.description,
    }
}
