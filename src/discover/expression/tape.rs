//! Evaluation of an expression and of its derivatives by the fitted constants, block by block.
//!
//! An expression becomes a list of steps, one register each. A block of [`BLOCK`] rows goes through
//! all steps before the next block starts, so registers stay in the first-level cache and
//! the inner loops vectorise. Since an expression is a tree, each register is read once and each
//! fitted constant occurs once: one sweep back over the steps leaves, at each constant, its
//! whole column of the Jacobian. The cost of all derivatives is thus a small multiple of the
//! evaluation, however many constants there are.

use multiversion::multiversion;

use super::Expr;
use crate::discover::operators::Unary;

/// Rows that go through the steps together.
pub const BLOCK: usize = 128;

#[derive(Debug, Clone, Copy)]
enum Source {
    Register(u16),
    Column(u16),
}

#[derive(Debug, Clone, Copy)]
enum Scalar {
    Number(f64),
    Constant(u16),
}

impl Scalar {
    #[inline]
    fn value(self, constants: &[f64]) -> f64 {
        match self {
            Self::Number(v) => v,
            Self::Constant(k) => constants[k as usize],
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Fill(Scalar),
    Copy(Source),
    Scale(Scalar, Source),
    Shift(Scalar, Source),
    Over(Scalar, Source),
    Add(Source, Source),
    Sub(Source, Source),
    Mul(Source, Source),
    Div(Source, Source),
    Power(Source, i32),
    Raise(Source, Source),
    Apply(Unary, Source),
}

/// An expression ready to be evaluated. Step `n` writes register `n`; the last is the result.
#[derive(Debug, Clone)]
pub struct Tape {
    steps: Vec<Step>,
    /// Whether a fitted constant lies at or below the step.
    active: Vec<bool>,
    constants: usize,
}

/// Registers of one thread, reused from expression to expression.
#[derive(Debug, Default)]
pub struct Workspace {
    values: Vec<f64>,
    adjoints: Vec<f64>,
    /// Derivative columns of the block: constant `k` from `k * BLOCK`.
    jacobian: Vec<f64>,
}

impl Workspace {
    /// The block's derivative by constant `k`.
    pub fn derivative(&self, k: usize, rows: usize) -> &[f64] {
        &self.jacobian[k * BLOCK..k * BLOCK + rows]
    }
}

impl Tape {
    /// Compiles an expression. Holes read as zero.
    pub fn new(expr: &Expr) -> Self {
        let mut tape = Self {
            steps: Vec::with_capacity(16),
            active: Vec::with_capacity(16),
            constants: 0,
        };
        match tape.compile(expr) {
            Source::Register(_) => {}
            column => {
                tape.push(Step::Copy(column));
            }
        }
        tape
    }

    /// Number of fitted constants.
    pub fn constants(&self) -> usize {
        self.constants
    }

    fn is_active(&self, source: Source) -> bool {
        match source {
            Source::Register(r) => self.active[r as usize],
            Source::Column(_) => false,
        }
    }

    fn push(&mut self, step: Step) -> Source {
        let fitted = |s: Scalar| matches!(s, Scalar::Constant(_));
        let active = match step {
            Step::Fill(s) => fitted(s),
            Step::Scale(s, u) | Step::Shift(s, u) | Step::Over(s, u) => {
                fitted(s) || self.is_active(u)
            }
            Step::Copy(u) | Step::Power(u, _) | Step::Apply(_, u) => self.is_active(u),
            Step::Add(u, v)
            | Step::Sub(u, v)
            | Step::Mul(u, v)
            | Step::Div(u, v)
            | Step::Raise(u, v) => self.is_active(u) || self.is_active(v),
        };
        self.steps.push(step);
        self.active.push(active);
        Source::Register(self.steps.len() as u16 - 1)
    }

    fn scalar(&mut self, expr: &Expr) -> Option<Scalar> {
        match expr {
            Expr::Number(v) => Some(Scalar::Number(*v)),
            Expr::Constant(_) => {
                self.constants += 1;
                Some(Scalar::Constant(self.constants as u16 - 1))
            }
            _ => None,
        }
    }

    fn compile(&mut self, expr: &Expr) -> Source {
        match expr {
            Expr::Number(_) | Expr::Constant(_) => {
                let scalar = self.scalar(expr).unwrap_or(Scalar::Number(0.0));
                self.push(Step::Fill(scalar))
            }
            Expr::Hole(_) => self.push(Step::Fill(Scalar::Number(0.0))),
            Expr::Variable(v) => Source::Column(*v as u16),
            Expr::Sum(terms) => self.compile_sum(terms),
            Expr::Product(factors) => self.compile_product(factors),
            Expr::Power(u, n) => {
                let u = self.compile(u);
                self.push(Step::Power(u, *n))
            }
            Expr::Raise(u, v) => {
                let u = self.compile(u);
                let v = self.compile(v);
                self.push(Step::Raise(u, v))
            }
            Expr::Apply(f, u) => {
                let u = self.compile(u);
                self.push(Step::Apply(*f, u))
            }
        }
    }

    fn compile_sum(&mut self, terms: &[Expr]) -> Source {
        let mut shift = None;
        let mut total: Option<Source> = None;
        for term in terms {
            if shift.is_none() && total.is_none() {
                shift = self.scalar(term);
                if shift.is_some() {
                    continue;
                }
            }
            // A difference is one step; the -1 is not multiplied out.
            let minus = term.split_number().0 == -1.0 && total.is_some();
            let value = match term {
                Expr::Product(parts) if minus && parts.len() == 2 => self.compile(&parts[1]),
                Expr::Product(parts) if minus => self.compile_product(&parts[1..]),
                _ => self.compile(term),
            };
            total = Some(match total {
                None => value,
                Some(sum) if minus => self.push(Step::Sub(sum, value)),
                Some(sum) => self.push(Step::Add(sum, value)),
            });
        }
        match (shift, total) {
            (Some(s), Some(sum)) => self.push(Step::Shift(s, sum)),
            (Some(s), None) => self.push(Step::Fill(s)),
            (None, Some(sum)) => sum,
            (None, None) => self.push(Step::Fill(Scalar::Number(0.0))),
        }
    }

    fn compile_product(&mut self, factors: &[Expr]) -> Source {
        let scalar = self.scalar(&factors[0]);
        let rest = if scalar.is_some() {
            &factors[1..]
        } else {
            factors
        };
        let mut total: Option<Source> = None;
        let mut scalar_left = scalar;
        for factor in rest {
            let (inverse, value) = match factor {
                Expr::Power(u, -1) => (true, self.compile(u)),
                other => (false, self.compile(other)),
            };
            total = Some(match (total, inverse) {
                (None, false) => value,
                (None, true) => {
                    let numerator = scalar_left.take().unwrap_or(Scalar::Number(1.0));
                    self.push(Step::Over(numerator, value))
                }
                (Some(t), false) => self.push(Step::Mul(t, value)),
                (Some(t), true) => self.push(Step::Div(t, value)),
            });
        }
        match (scalar_left, total) {
            (Some(s), Some(t)) => self.push(Step::Scale(s, t)),
            (Some(s), None) => self.push(Step::Fill(s)),
            (None, Some(t)) => t,
            (None, None) => self.push(Step::Fill(Scalar::Number(1.0))),
        }
    }

    /// Evaluates rows `start .. start + rows` (at most [`BLOCK`]) of `columns`.
    pub fn values<'w>(
        &self,
        work: &'w mut Workspace,
        columns: &[Vec<f64>],
        constants: &[f64],
        start: usize,
        rows: usize,
    ) -> &'w [f64] {
        evaluate(self, work, columns, constants, start, rows);
        let last = (self.steps.len() - 1) * BLOCK;
        &work.values[last..last + rows]
    }

    /// Derivatives by the constants of the rows that [`Tape::values`] went through last, to be
    /// read by [`Workspace::derivative`].
    pub fn derivatives(
        &self,
        work: &mut Workspace,
        columns: &[Vec<f64>],
        constants: &[f64],
        start: usize,
        rows: usize,
    ) {
        sweep_back(self, work, columns, constants, start, rows);
    }
}

/// [`Tape::values`] into the registers. Compiled for AVX2 as well, without fused multiplication, so that
/// every machine computes the same bits.
#[multiversion(targets("x86_64+avx2"))]
fn evaluate(
    tape: &Tape,
    work: &mut Workspace,
    columns: &[Vec<f64>],
    constants: &[f64],
    start: usize,
    rows: usize,
) {
    let needed = tape.steps.len() * BLOCK;
    if work.values.len() < needed {
        work.values.resize(needed, 0.0);
    }
    for (n, step) in tape.steps.iter().enumerate() {
        let (done, rest) = work.values.split_at_mut(n * BLOCK);
        let out = &mut rest[..rows];
        let read = |s: Source| -> &[f64] {
            match s {
                Source::Register(r) => &done[r as usize * BLOCK..r as usize * BLOCK + rows],
                Source::Column(c) => &columns[c as usize][start..start + rows],
            }
        };
        match *step {
            Step::Fill(s) => out.fill(s.value(constants)),
            Step::Copy(u) => out.copy_from_slice(read(u)),
            Step::Scale(s, u) => {
                let s = s.value(constants);
                one(out, read(u), |u| s * u);
            }
            Step::Shift(s, u) => {
                let s = s.value(constants);
                one(out, read(u), |u| s + u);
            }
            Step::Over(s, u) => {
                let s = s.value(constants);
                one(out, read(u), |u| s / u);
            }
            Step::Add(u, v) => two(out, read(u), read(v), |u, v| u + v),
            Step::Sub(u, v) => two(out, read(u), read(v), |u, v| u - v),
            Step::Mul(u, v) => two(out, read(u), read(v), |u, v| u * v),
            Step::Div(u, v) => two(out, read(u), read(v), |u, v| u / v),
            Step::Power(u, k) => whole_power(out, read(u), k),
            Step::Raise(u, v) => two(out, read(u), read(v), f64::powf),
            // Square roots vectorise when the compiler sees them.
            Step::Apply(Unary::Sqrt, u) => one(out, read(u), f64::sqrt),
            Step::Apply(f, u) => one(out, read(u), |u| f.value(u)),
        }
    }
}

/// [`Tape::derivatives`], compiled as [`evaluate`] is.
#[multiversion(targets("x86_64+avx2"))]
fn sweep_back(
    tape: &Tape,
    work: &mut Workspace,
    columns: &[Vec<f64>],
    constants: &[f64],
    start: usize,
    rows: usize,
) {
    let needed = tape.steps.len() * BLOCK;
    if work.adjoints.len() < needed {
        work.adjoints.resize(needed, 0.0);
    }
    if work.jacobian.len() < tape.constants * BLOCK {
        work.jacobian.resize(tape.constants * BLOCK, 0.0);
    }
    let Workspace {
        values,
        adjoints,
        jacobian,
    } = work;
    let last = tape.steps.len() - 1;
    adjoints[last * BLOCK..last * BLOCK + rows].fill(1.0);
    for n in (0..tape.steps.len()).rev() {
        if !tape.active[n] {
            continue;
        }
        let (below, rest) = adjoints.split_at_mut(n * BLOCK);
        let out = &values[n * BLOCK..n * BLOCK + rows];
        let read = |s: Source| -> &[f64] {
            match s {
                Source::Register(r) => &values[r as usize * BLOCK..r as usize * BLOCK + rows],
                Source::Column(c) => &columns[c as usize][start..start + rows],
            }
        };
        let mut sweep = Sweep {
            active: &tape.active,
            seed: &rest[..rows],
            below,
            jacobian,
        };
        match tape.steps[n] {
            Step::Fill(s) => sweep.constant(s, out, |_| 1.0),
            Step::Copy(u) => sweep.source(u, out, out, |_, _| 1.0),
            Step::Scale(s, u) => {
                let value = s.value(constants);
                sweep.constant(s, read(u), |u| u);
                sweep.source(u, out, out, |_, _| value);
            }
            Step::Shift(s, u) => {
                sweep.constant(s, out, |_| 1.0);
                sweep.source(u, out, out, |_, _| 1.0);
            }
            Step::Over(s, u) => {
                sweep.constant(s, read(u), |u| 1.0 / u);
                sweep.source(u, read(u), out, |u, out| -out / u);
            }
            Step::Add(u, v) => {
                sweep.source(u, out, out, |_, _| 1.0);
                sweep.source(v, out, out, |_, _| 1.0);
            }
            Step::Sub(u, v) => {
                sweep.source(u, out, out, |_, _| 1.0);
                sweep.source(v, out, out, |_, _| -1.0);
            }
            Step::Mul(u, v) => {
                sweep.source(u, read(v), out, |v, _| v);
                sweep.source(v, read(u), out, |u, _| u);
            }
            Step::Div(u, v) => {
                sweep.source(u, read(v), out, |v, _| 1.0 / v);
                sweep.source(v, read(v), out, |v, out| -out / v);
            }
            Step::Power(u, 2) => sweep.source(u, read(u), out, |u, _| 2.0 * u),
            Step::Power(u, k) => {
                let factor = f64::from(k);
                let mut slope = [0.0; BLOCK];
                whole_power(&mut slope[..rows], read(u), k - 1);
                sweep.source(u, &slope[..rows], out, |slope, _| factor * slope);
            }
            Step::Raise(u, v) => {
                // d(u^v) = u^v (v du/u + ln u dv); two slices at a time.
                let mut slope = [0.0; BLOCK];
                two(&mut slope[..rows], read(u), read(v), |u, v| v / u);
                sweep.source(u, &slope[..rows], out, |s, out| s * out);
                sweep.source(v, read(u), out, |u, out| out * u.ln());
            }
            Step::Apply(f, u) => {
                sweep.source(u, read(u), out, |u, out| f.derivative(u, out));
            }
        }
    }
}

#[inline(always)]
fn one(out: &mut [f64], u: &[f64], f: impl Fn(f64) -> f64) {
    for (o, u) in out.iter_mut().zip(u) {
        *o = f(*u);
    }
}

#[inline(always)]
fn two(out: &mut [f64], u: &[f64], v: &[f64], f: impl Fn(f64, f64) -> f64) {
    for ((o, u), v) in out.iter_mut().zip(u).zip(v) {
        *o = f(*u, *v);
    }
}

/// Whole powers; the usual ones without the library's loop.
#[inline(always)]
fn whole_power(out: &mut [f64], u: &[f64], k: i32) {
    match k {
        2 => one(out, u, |u| u * u),
        3 => one(out, u, |u| u * u * u),
        4 => one(out, u, |u| (u * u) * (u * u)),
        -1 => one(out, u, |u| 1.0 / u),
        -2 => one(out, u, |u| 1.0 / (u * u)),
        -3 => one(out, u, |u| 1.0 / (u * u * u)),
        _ => one(out, u, |u| u.powi(k)),
    }
}

/// One step of the sweep back.
struct Sweep<'a> {
    active: &'a [bool],
    /// Derivative of the result by this step's register.
    seed: &'a [f64],
    /// Derivatives by the registers before it.
    below: &'a mut [f64],
    jacobian: &'a mut [f64],
}

impl Sweep<'_> {
    /// Passes the seed on to a source whose partial derivative is `f(a, b)`.
    #[inline(always)]
    fn source(&mut self, to: Source, a: &[f64], b: &[f64], f: impl Fn(f64, f64) -> f64) {
        let Source::Register(r) = to else { return };
        if !self.active[r as usize] {
            return;
        }
        let from = r as usize * BLOCK;
        let out = &mut self.below[from..from + self.seed.len()];
        for (((o, seed), a), b) in out.iter_mut().zip(self.seed).zip(a).zip(b) {
            *o = seed * f(*a, *b);
        }
    }

    /// Writes the Jacobian column of a constant whose partial derivative is `f(a)`.
    #[inline(always)]
    fn constant(&mut self, to: Scalar, a: &[f64], f: impl Fn(f64) -> f64) {
        let Scalar::Constant(k) = to else { return };
        let from = k as usize * BLOCK;
        let out = &mut self.jacobian[from..from + self.seed.len()];
        for ((o, seed), a) in out.iter_mut().zip(self.seed).zip(a) {
            *o = seed * f(*a);
        }
    }
}
