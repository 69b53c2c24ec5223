//! Levenberg-Marquardt on the constants of one expression, category by category.

use std::ops::Range;

use multiversion::multiversion;

use super::expression::{Expr, Tape, Workspace};
use super::operators::Unary;
use super::problem::Rows;

/// Rows per pass; the tape's block.
const BLOCK: usize = 128;

/// How much work a fit may take.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    pub iterations: usize,
    /// Relative fall of the residual below which the fit ends.
    pub tolerance: f64,
    /// Mean square of the residual, relative to the target's, that is good enough.
    pub enough: f64,
}

impl Budget {
    /// For the many candidates of a generation.
    pub const QUICK: Self = Self {
        iterations: 8,
        tolerance: 1e-3,
        enough: 1e-14,
    };
    /// For candidates that may be kept.
    pub const THOROUGH: Self = Self {
        iterations: 60,
        tolerance: 1e-10,
        enough: 1e-20,
    };
}

/// A fitted expression.
#[derive(Debug, Clone)]
pub struct Fit {
    /// Constants of each category.
    pub constants: Vec<Vec<f64>>,
    /// Weighted sum of squared residuals.
    pub rss: f64,
    /// For each constant: by how much `rss` grows if it is set to zero and the others follow, to
    /// first order.
    pub cost_of_zero: Vec<f64>,
    /// Inverse of J'WJ of each category, row by row; empty where it is singular.
    pub covariance: Vec<Vec<f64>>,
}

/// Work arrays of one thread.
#[derive(Debug, Default)]
pub struct Fitter {
    work: Workspace,
    residual: Vec<f64>,
    /// Passes over the data: (rows x passes) of values, with or without derivatives.
    pub row_evaluations: u64,
    pub evaluations: u64,
}

/// Normal equations at one point.
#[derive(Debug, Clone, Default)]
struct Normal {
    /// J'WJ, row by row.
    a: Vec<f64>,
    /// J'W(y - f).
    g: Vec<f64>,
    rss: f64,
}

/// Which constants enter linearly while all others are held: coefficients and addends.
pub fn linear_constants(expr: &Expr) -> Vec<bool> {
    fn mark(e: &Expr, linear: bool, out: &mut Vec<bool>) {
        match e {
            Expr::Constant(_) => out.push(linear),
            Expr::Sum(terms) => terms.iter().for_each(|t| mark(t, linear, out)),
            Expr::Product(factors) => {
                let mut first = linear;
                for f in factors {
                    let fitted = f.has_constants();
                    mark(f, first && fitted, out);
                    // Two factors with constants are not linear together.
                    first &= !fitted;
                }
            }
            Expr::Power(u, _) | Expr::Apply(_, u) => mark(u, false, out),
            Expr::Raise(u, v) => {
                mark(u, false, out);
                mark(v, false, out);
            }
            Expr::Number(_) | Expr::Variable(_) | Expr::Hole(_) => {}
        }
    }
    let mut out = Vec::new();
    mark(expr, true, &mut out);
    out
}

impl Fitter {
    /// Fits the constants of `expr` from the values in it (or from `start`, one list per
    /// category). `None` if the expression has no finite value on some row.
    pub fn fit(
        &mut self,
        expr: &Expr,
        rows: &Rows,
        start: Option<&[Vec<f64>]>,
        budget: Budget,
    ) -> Option<Fit> {
        let tape = Tape::new(expr);
        let p = tape.constants();
        let linear = linear_constants(expr);
        let mut own = expr.constants();
        if start.is_none() && !linear.iter().all(|l| *l) {
            if let Some(better) = self.unlinked_start(expr, rows) {
                own = better;
            }
        }
        let mut fit = Fit {
            constants: Vec::with_capacity(rows.spans.len()),
            rss: 0.0,
            cost_of_zero: vec![0.0; p],
            covariance: Vec::with_capacity(rows.spans.len()),
        };
        for (k, span) in rows.spans.iter().enumerate() {
            let start = match start {
                Some(lists) => lists.get(k).unwrap_or(&own),
                None => &own,
            };
            let (c, normal) = self.fit_span(&tape, rows, span, start, &linear, budget)?;
            fit.rss += normal.rss;
            let inverse = inverse(&normal.a, p);
            for (j, (cost, c)) in fit.cost_of_zero.iter_mut().zip(&c).enumerate() {
                let spread = inverse.get(j * p + j).copied().unwrap_or(f64::INFINITY);
                *cost += c * c / spread;
            }
            fit.covariance.push(inverse);
            fit.constants.push(c);
        }
        fit.rss.is_finite().then_some(fit)
    }

    /// Start values for an expression that is an invertible function of another one: those that fit
    /// the inner one to the target under the inverse function.
    fn unlinked_start(&mut self, expr: &Expr, rows: &Rows) -> Option<Vec<f64>> {
        let (inner, inverse): (&Expr, fn(f64) -> f64) = match expr {
            Expr::Power(u, -1) => (u, |y| 1.0 / y),
            Expr::Apply(Unary::Sqrt, u) => (u, |y| y * y),
            Expr::Apply(Unary::Exp, u) => (u, f64::ln),
            Expr::Apply(Unary::Log, u) => (u, f64::exp),
            _ => return None,
        };
        if !linear_constants(inner).iter().all(|l| *l) {
            return None;
        }
        let whole = rows.unlinked(inverse)?;
        let tape = Tape::new(inner);
        let all = vec![true; tape.constants()];
        let span = 0..whole.len();
        let start = inner.constants();
        let found = self.fit_span(&tape, &whole, &span, &start, &all, Budget::QUICK);
        found.map(|(c, _)| c)
    }

    fn fit_span(
        &mut self,
        tape: &Tape,
        rows: &Rows,
        span: &Range<usize>,
        start: &[f64],
        linear: &[bool],
        budget: Budget,
    ) -> Option<(Vec<f64>, Normal)> {
        let p = tape.constants();
        let mut c = start.to_vec();
        let mut here = self.normal(tape, rows, span, &c);
        if !here.rss.is_finite() {
            return None;
        }
        if p == 0 {
            return Some((c, here));
        }
        let all: Vec<bool> = vec![true; p];
        let purely_linear = linear.iter().all(|l| *l);
        let squares: f64 = rows.target[span.clone()].iter().map(|y| y * y).sum();
        let negligible = budget.enough * squares;
        if linear.iter().any(|l| *l) {
            self.step(tape, rows, span, (&mut c, &mut here), linear, 0.0);
        }
        let mut lambda = if purely_linear { 0.0 } else { 1e-3 };
        let iterations = if purely_linear { 1 } else { budget.iterations };
        let mut small_falls = 0;
        for _ in 0..iterations {
            if here.rss <= negligible {
                break;
            }
            let before = here.rss;
            if self.step(tape, rows, span, (&mut c, &mut here), &all, lambda) {
                lambda = if lambda < 1e-12 { 0.0 } else { lambda * 0.1 };
                small_falls = if before - here.rss <= budget.tolerance * before {
                    small_falls + 1
                } else {
                    0
                };
                if small_falls >= 2 {
                    break;
                }
            } else {
                lambda = (lambda * 10.0).max(1e-6);
                if lambda > 1e7 {
                    break;
                }
            }
        }
        Some((c, here))
    }

    /// One damped Gauss-Newton step on the chosen constants; taken only if the residual falls.
    fn step(
        &mut self,
        tape: &Tape,
        rows: &Rows,
        span: &Range<usize>,
        (c, here): (&mut Vec<f64>, &mut Normal),
        chosen: &[bool],
        lambda: f64,
    ) -> bool {
        let Some(delta) = solve(here, chosen, lambda) else {
            return false;
        };
        let trial: Vec<f64> = c.iter().zip(&delta).map(|(c, d)| c + d).collect();
        let there = self.normal(tape, rows, span, &trial);
        if there.rss < here.rss {
            *c = trial;
            *here = there;
            true
        } else {
            false
        }
    }

    /// Residual and normal equations on the rows of one category.
    fn normal(&mut self, tape: &Tape, rows: &Rows, span: &Range<usize>, c: &[f64]) -> Normal {
        let p = tape.constants();
        let mut normal = Normal {
            a: vec![0.0; p * p],
            g: vec![0.0; p],
            rss: 0.0,
        };
        self.residual.resize(BLOCK, 0.0);
        self.row_evaluations += span.len() as u64;
        self.evaluations += 1;
        let mut start = span.start;
        while start < span.end {
            let n = BLOCK.min(span.end - start);
            let values = tape.values(&mut self.work, &rows.columns, c, start, n);
            let weights = rows.weights.get(start..start + n);
            for ((r, f), y) in self
                .residual
                .iter_mut()
                .zip(values)
                .zip(&rows.target[start..])
            {
                *r = y - f;
            }
            let residual = &mut self.residual[..n];
            let squares = match weights {
                None => dot(residual, residual),
                Some(w) => {
                    let mut total = 0.0;
                    for (r, w) in residual.iter_mut().zip(w) {
                        total += w * *r * *r;
                        *r *= w;
                    }
                    total
                }
            };
            normal.rss += squares;
            if !squares.is_finite() {
                normal.rss = f64::INFINITY;
                return normal;
            }
            if p > 0 {
                tape.derivatives(&mut self.work, &rows.columns, c, start, n);
                add_products(&mut normal, &self.work, residual, weights);
            }
            start += n;
        }
        for j in 0..p {
            for k in 0..j {
                normal.a[k * p + j] = normal.a[j * p + k];
            }
        }
        normal
    }

    /// Residuals `y - f` of every row.
    pub fn residuals(&mut self, expr: &Expr, rows: &Rows, constants: &[Vec<f64>]) -> Vec<f64> {
        let tape = Tape::new(expr);
        let mut out = Vec::with_capacity(rows.len());
        for (span, c) in rows.spans.iter().zip(constants) {
            let mut start = span.start;
            while start < span.end {
                let n = BLOCK.min(span.end - start);
                let values = tape.values(&mut self.work, &rows.columns, c, start, n);
                out.extend(rows.target[start..].iter().zip(values).map(|(y, f)| y - f));
                start += n;
            }
        }
        out
    }
}

/// Adds a block's J'WJ (its lower half) and J'W(y - f); `residual` has the weights in it already.
/// Compiled for AVX2 as well, without fused multiplication, so that every machine computes the same bits.
#[multiversion(targets("x86_64+avx2"))]
fn add_products(normal: &mut Normal, work: &Workspace, residual: &[f64], weights: Option<&[f64]>) {
    let p = normal.g.len();
    let n = residual.len();
    let mut weighted = [0.0; BLOCK];
    for j in 0..p {
        let mut dj = work.derivative(j, n);
        normal.g[j] += dot(dj, residual);
        if let Some(w) = weights {
            for ((out, d), w) in weighted.iter_mut().zip(dj).zip(w) {
                *out = d * w;
            }
            dj = &weighted[..n];
        }
        for k in 0..=j {
            normal.a[j * p + k] += dot(dj, work.derivative(k, n));
        }
    }
}

/// Sixteen running sums, so that additions overlap and fill the registers.
#[inline(always)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    const LANES: usize = 16;
    let mut sums = [0.0; LANES];
    let (a_blocks, b_blocks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let mut rest = 0.0;
    for (x, y) in a_blocks.remainder().iter().zip(b_blocks.remainder()) {
        rest += x * y;
    }
    for (x, y) in a_blocks.zip(b_blocks) {
        for k in 0..LANES {
            sums[k] += x[k] * y[k];
        }
    }
    let mut width = LANES / 2;
    while width > 0 {
        for k in 0..width {
            sums[k] += sums[k + width];
        }
        width /= 2;
    }
    sums[0] + rest
}

/// Cholesky factor of the matrix scaled to a unit diagonal, and the scales.
fn factor(a: &[f64], p: usize, lambda: f64) -> Option<(Vec<f64>, Vec<f64>)> {
    let scales: Vec<f64> = (0..p)
        .map(|j| {
            let d = a[j * p + j].sqrt();
            if d > 0.0 && d.is_finite() { d } else { 1.0 }
        })
        .collect();
    let mut l = vec![0.0; p * p];
    for j in 0..p {
        for k in 0..=j {
            let mut s = a[j * p + k] / (scales[j] * scales[k]);
            if j == k {
                s += lambda;
            }
            for m in 0..k {
                s -= l[j * p + m] * l[k * p + m];
            }
            if j == k {
                // A constant that the others can stand in for has no pivot of its own.
                if s.is_nan() || s <= 1e-14 {
                    return None;
                }
                l[j * p + j] = s.sqrt();
            } else {
                l[j * p + k] = s / l[k * p + k];
            }
        }
    }
    Some((l, scales))
}

fn substitute(l: &[f64], p: usize, b: &mut [f64]) {
    for j in 0..p {
        let mut s = b[j];
        for k in 0..j {
            s -= l[j * p + k] * b[k];
        }
        b[j] = s / l[j * p + j];
    }
    for j in (0..p).rev() {
        let mut s = b[j];
        for k in j + 1..p {
            s -= l[k * p + j] * b[k];
        }
        b[j] = s / l[j * p + j];
    }
}

/// The step of the chosen constants, zero for the others.
fn solve(normal: &Normal, chosen: &[bool], lambda: f64) -> Option<Vec<f64>> {
    let p = chosen.len();
    let index: Vec<usize> = (0..p).filter(|j| chosen[*j]).collect();
    let m = index.len();
    let mut a = vec![0.0; m * m];
    for (r, j) in index.iter().enumerate() {
        for (s, k) in index.iter().enumerate() {
            a[r * m + s] = normal.a[j * p + k];
        }
    }
    let (l, scales) = match factor(&a, m, lambda) {
        Some(f) => f,
        None => factor(&a, m, lambda.max(1e-9))?,
    };
    let mut b: Vec<f64> = index
        .iter()
        .zip(&scales)
        .map(|(j, s)| normal.g[*j] / s)
        .collect();
    substitute(&l, m, &mut b);
    let mut delta = vec![0.0; p];
    for ((j, b), s) in index.iter().zip(&b).zip(&scales) {
        delta[*j] = b / s;
    }
    delta.iter().all(|d| d.is_finite()).then_some(delta)
}

/// The inverse; empty if singular.
fn inverse(a: &[f64], p: usize) -> Vec<f64> {
    let Some((l, scales)) = factor(a, p, 0.0) else {
        return Vec::new();
    };
    let mut out = vec![0.0; p * p];
    let mut column = vec![0.0; p];
    for j in 0..p {
        column.fill(0.0);
        column[j] = 1.0;
        substitute(&l, p, &mut column);
        for k in 0..p {
            out[k * p + j] = column[k] / (scales[k] * scales[j]);
        }
    }
    out
}
