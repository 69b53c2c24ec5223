//! One expression, fitted and judged.

use super::expression::Expr;
use super::fit::{Budget, Fit, Fitter, linear_constants};
use super::operators::Costs;
use super::problem::{Problem, Rows, UnitsRule};
use super::rng::Rng;

/// Symbols that one violation of units is worth under [`UnitsRule::Penalty`].
const UNIT_PENALTY: f64 = 10.0;

/// A fitted expression with its marks. The expression carries the constants of the first category.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub expr: Expr,
    pub constants: Vec<Vec<f64>>,
    pub complexity: u32,
    /// Weighted sum of squared residuals over the judge's rows, not below the resolution.
    pub rss: f64,
    /// Bayesian information criterion, in nats times 2.
    pub bic: f64,
    /// Description length in nats: half the BIC plus the length of the expression.
    pub description: f64,
}

/// How candidates are measured on one set of rows.
#[derive(Debug, Clone)]
pub struct Judge {
    rows: f64,
    /// Residual below which all expressions are equally exact.
    floor: f64,
    /// Nats per unit of complexity.
    nats_per_symbol: f64,
    categories: f64,
    costs: Costs,
    units: UnitsRule,
}

impl Judge {
    /// `resolution` is the relative error that the target is known to at best; `symbols` how many
    /// different symbols expressions are written with.
    pub fn new(
        rows: &Rows,
        resolution: f64,
        symbols: usize,
        costs: &Costs,
        units: UnitsRule,
    ) -> Self {
        let n = rows.len() as f64;
        Self {
            rows: n,
            floor: n * rows.mean_square() * resolution * resolution,
            nats_per_symbol: (symbols as f64).ln(),
            categories: rows.spans.len() as f64,
            costs: costs.clone(),
            units,
        }
    }

    /// Whether the residual is as small as can be told.
    pub fn is_exact(&self, rss: f64) -> bool {
        rss <= self.floor
    }

    fn bic(&self, rss: f64, constants: usize) -> f64 {
        let spent = constants as f64 * self.categories + 1.0;
        self.rows * (rss.max(self.floor) / self.rows).ln() + spent * self.rows.ln()
    }

    /// Marks for a fitted expression; `None` where units forbid it.
    pub fn judge(&self, problem: &Problem, mut expr: Expr, fit: &Fit) -> Option<Candidate> {
        let violations = problem.unit_violations(&expr);
        if violations > 0 && self.units == UnitsRule::Require {
            return None;
        }
        expr.set_constants(&fit.constants[0]);
        let plain = match problem.is_scaled() {
            true => problem.unscaled(&expr),
            false => expr.clone(),
        };
        // Numbers that cancel or leave their range only in the table's units.
        if plain.is_broken() || plain.variables().is_empty() {
            return None;
        }
        let complexity = plain.complexity(&self.costs);
        let bic = self.bic(fit.rss, fit.constants[0].len());
        let length = f64::from(complexity) + UNIT_PENALTY * f64::from(violations);
        Some(Candidate {
            expr,
            constants: fit.constants.clone(),
            complexity,
            rss: fit.rss.max(self.floor),
            bic,
            description: 0.5 * bic + length * self.nats_per_symbol,
        })
    }

    /// Whether dropping terms that raise the residual from `rss` to `rss + cost` and free one
    /// constant and two symbols each shortens the description.
    fn are_idle(&self, rss: f64, cost: f64, terms: usize) -> bool {
        let before = rss.max(self.floor);
        let after = (rss + cost).max(self.floor);
        let gain = 0.5 * self.categories * self.rows.ln() + 2.0 * self.nats_per_symbol;
        0.5 * self.rows * (after / before).ln() < gain * terms as f64
    }
}

/// Fits `expr` and takes away, one after the other, the terms that do not earn their place.
pub fn fitted_and_pruned(
    fitter: &mut Fitter,
    problem: &Problem,
    judge: &Judge,
    rows: &Rows,
    expr: &Expr,
    budget: Budget,
) -> Option<Candidate> {
    let mut expr = expr.clone();
    let mut fit = fitter.fit(&expr, rows, None, budget)?;
    loop {
        let idle = idle_terms(&fit, judge);
        let Some(weakest) = idle.first() else {
            break;
        };
        expr.set_constants(&fit.constants[0]);
        // All idle terms at once; where they stand in for each other, the weakest alone.
        let all = without_constants(&expr, &idle);
        let one = without_constants(&expr, &[*weakest]);
        let before = fit.rss;
        let mut pruned = None;
        for (shorter, dropped) in [(all, idle.len()), (one, 1)] {
            if shorter.variables().is_empty() || pruned.is_some() {
                continue;
            }
            pruned = fitter
                .fit(&shorter, rows, None, budget)
                .filter(|f| judge.are_idle(before, f.rss - before, dropped))
                .map(|f| (shorter, f));
        }
        match pruned {
            Some((shorter, refit)) => (expr, fit) = (shorter, refit),
            None => break,
        }
    }
    judge.judge(problem, expr, &fit)
}

/// Sizes of constants that may as well be some tenths.
const TAME: std::ops::Range<f64> = 1e-3..1e3;

/// Where a thorough fit looks for better places to start from.
#[derive(Debug, Clone, Copy)]
pub struct Scouting<'a> {
    /// A sample of the rows; the start that is best on it is used.
    pub rows: &'a Rows,
    /// Random places around the first.
    pub starts: usize,
}

/// `expr` fitted thoroughly, from `start` (the constants in it, if `None`) or, where its constants
/// are not linear, from the best that scouting finds.
pub fn thorough(
    fitter: &mut Fitter,
    problem: &Problem,
    judge: &Judge,
    rows: &Rows,
    (expr, start): (&Expr, Option<&[Vec<f64>]>),
    scouting: Scouting,
) -> Option<Candidate> {
    let linear = linear_constants(expr).iter().all(|l| *l);
    let scouted = match linear {
        true => None,
        false => scouted(fitter, (expr, start), scouting),
    };
    let fit = match scouted {
        Some(found) => fitter.fit(expr, rows, Some(&found), Budget::THOROUGH),
        None => None,
    };
    // Rows that scouting did not see can lie outside the expression's domain.
    let fit = fit.or_else(|| fitter.fit(expr, rows, start, Budget::THOROUGH))?;
    judge.judge(problem, expr.clone(), &fit)
}

/// The constants with the least error on the scouting rows.
fn scouted(
    fitter: &mut Fitter,
    (expr, start): (&Expr, Option<&[Vec<f64>]>),
    scouting: Scouting,
) -> Option<Vec<Vec<f64>>> {
    let rows = scouting.rows;
    let mut best = fitter.fit(expr, rows, start, Budget::THOROUGH);
    let centre = match start {
        Some(lists) => lists[0].clone(),
        None => expr.constants(),
    };
    // Starts of its own for every form, whatever the order in which forms are found.
    let stream = expr.key().iter().fold(0_u64, |h, b| {
        (h ^ u64::from(*b)).wrapping_mul(0x0000_0100_0000_01B3)
    });
    let mut rng = Rng::new(0xF17, stream);
    let negligible = Budget::THOROUGH.enough * rows.len() as f64 * rows.mean_square();
    for _ in 0..scouting.starts {
        if best.as_ref().is_some_and(|b| b.rss <= negligible) {
            break;
        }
        let near: Vec<f64> = centre
            .iter()
            .map(|c| {
                let unit = if TAME.contains(&c.abs()) || *c == 0.0 {
                    1.0
                } else {
                    c.abs()
                };
                c * (1.0 + 0.5 * rng.normal()) + 0.3 * unit * rng.normal()
            })
            .collect();
        let lists = vec![near; rows.spans.len()];
        let other = fitter.fit(expr, rows, Some(&lists), Budget::THOROUGH);
        if let Some(other) = other {
            if best.as_ref().is_none_or(|b| other.rss < b.rss) {
                best = Some(other);
            }
        }
    }
    best.map(|b| b.constants)
}

/// The constants whose loss would, to first order, shorten the description, weakest first.
fn idle_terms(fit: &Fit, judge: &Judge) -> Vec<usize> {
    let costs = &fit.cost_of_zero;
    let mut idle: Vec<usize> = (0..costs.len())
        .filter(|k| judge.are_idle(fit.rss, costs[*k], 1))
        .collect();
    idle.sort_by(|a, b| costs[*a].total_cmp(&costs[*b]));
    idle
}

/// The expression with some constants, by number, set to zero.
fn without_constants(expr: &Expr, dropped: &[usize]) -> Expr {
    let mut at = 0;
    expr.map_leaves(&mut |leaf| match leaf {
        Expr::Constant(_) => {
            at += 1;
            if dropped.contains(&(at - 1)) {
                Expr::Number(0.0)
            } else {
                leaf.clone()
            }
        }
        other => other.clone(),
    })
}
