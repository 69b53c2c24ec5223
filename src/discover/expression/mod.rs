//! Expressions in a canonical form.
//!
//! An expression is kept as sums and products of any number of terms, integer powers and functions.
//! Its fitted constants are leaves of their own kind, so two expressions that differ only in the
//! values of their constants have the same [`Expr::key`]: the search fits each such skeleton
//! once. Constants are counted in reading order, left to right.

mod parse;
mod print;
mod simplify;
mod tape;

use std::cmp::Ordering;

pub use parse::{Parsed, parse};
pub use print::{Dialect, Naming};
pub(super) use print::{code_name, identifier, latex_name, rounded};
pub use simplify::{apply, power, product, raise, sum};
pub use tape::{Tape, Workspace};

use super::operators::{Costs, Unary};

/// An expression. Build it with [`sum`], [`product`], [`power`], [`raise`] and [`apply`], which
/// keep it canonical.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// A number that is part of the form, never fitted: the -1 of a difference, an exact 2.
    Number(f64),
    /// A fitted constant with its present value.
    Constant(f64),
    /// A column, by index.
    Variable(usize),
    /// A place that genes fill; only in templates.
    Hole(usize),
    Sum(Vec<Expr>),
    Product(Vec<Expr>),
    Power(Box<Expr>, i32),
    Raise(Box<Expr>, Box<Expr>),
    Apply(Unary, Box<Expr>),
}

impl Expr {
    /// Direct parts.
    pub fn children(&self) -> &[Expr] {
        match self {
            Self::Number(_) | Self::Constant(_) | Self::Variable(_) | Self::Hole(_) => &[],
            Self::Sum(parts) | Self::Product(parts) => parts,
            Self::Power(u, _) | Self::Apply(_, u) => std::slice::from_ref(u),
            // Two boxes are no slice; the callers below treat this case themselves.
            Self::Raise(..) => &[],
        }
    }

    /// Calls `visit` on this and every part below it, left to right, parents first.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Expr)) {
        visit(self);
        if let Self::Raise(u, v) = self {
            u.walk(visit);
            v.walk(visit);
        }
        for child in self.children() {
            child.walk(visit);
        }
    }

    /// The same expression with every leaf replaced by `leaf(leaf)`, simplified anew.
    pub fn map_leaves(&self, leaf: &mut impl FnMut(&Expr) -> Expr) -> Expr {
        match self {
            Self::Number(_) | Self::Constant(_) | Self::Variable(_) | Self::Hole(_) => leaf(self),
            Self::Sum(parts) => sum(parts.iter().map(|p| p.map_leaves(leaf)).collect()),
            Self::Product(parts) => product(parts.iter().map(|p| p.map_leaves(leaf)).collect()),
            Self::Power(u, n) => power(u.map_leaves(leaf), *n),
            Self::Raise(u, v) => {
                let base = u.map_leaves(leaf);
                raise(base, v.map_leaves(leaf))
            }
            Self::Apply(f, u) => apply(*f, u.map_leaves(leaf)),
        }
    }

    /// The values of the fitted constants in reading order.
    pub fn constants(&self) -> Vec<f64> {
        let mut values = Vec::new();
        self.walk(&mut |e| {
            if let Self::Constant(c) = e {
                values.push(*c);
            }
        });
        values
    }

    /// Overwrites the fitted constants, in reading order.
    pub fn set_constants(&mut self, values: &[f64]) {
        fn set<'v>(e: &mut Expr, mut values: &'v [f64]) -> &'v [f64] {
            match e {
                Expr::Constant(c) => {
                    if let Some((first, rest)) = values.split_first() {
                        *c = *first;
                        values = rest;
                    }
                }
                Expr::Sum(parts) | Expr::Product(parts) => {
                    for part in parts {
                        values = set(part, values);
                    }
                }
                Expr::Power(u, _) | Expr::Apply(_, u) => values = set(u, values),
                Expr::Raise(u, v) => {
                    values = set(u, values);
                    values = set(v, values);
                }
                Expr::Number(_) | Expr::Variable(_) | Expr::Hole(_) => {}
            }
            values
        }
        set(self, values);
    }

    pub fn has_constants(&self) -> bool {
        let mut found = false;
        self.walk(&mut |e| found |= matches!(e, Self::Constant(_)));
        found
    }

    /// Whether the columns `wanted` says yes to occur.
    pub fn variables(&self) -> Vec<usize> {
        let mut list = Vec::new();
        self.walk(&mut |e| {
            if let Self::Variable(v) = e {
                list.push(*v);
            }
        });
        list.sort_unstable();
        list.dedup();
        list
    }

    /// Whether a number in it is infinite or not a number.
    pub fn is_broken(&self) -> bool {
        let mut broken = false;
        self.walk(&mut |e| match e {
            Self::Number(c) | Self::Constant(c) => broken |= !c.is_finite(),
            _ => {}
        });
        broken
    }

    /// Length of the expression: each part's cost, summed.
    pub fn complexity(&self, costs: &Costs) -> u32 {
        match self {
            Self::Number(_) | Self::Constant(_) => costs.constant,
            Self::Variable(_) | Self::Hole(_) => costs.variable,
            Self::Sum(parts) => {
                let inner: u32 = parts
                    .iter()
                    .map(|p| match p.split_number() {
                        // `a - b` is as short as `a + b`.
                        (-1.0, rest) => product(rest.to_vec()).complexity(costs),
                        _ => p.complexity(costs),
                    })
                    .sum();
                inner + costs.add * (parts.len() as u32 - 1)
            }
            Self::Product(parts) => {
                let mut total = 0;
                let mut joins = 0;
                for (k, part) in parts.iter().enumerate() {
                    match part {
                        Self::Power(u, n) if *n < 0 => {
                            total += u.complexity(costs) + costs.div;
                            total += if *n < -1 { costs.power } else { 0 };
                        }
                        _ => {
                            total += part.complexity(costs);
                            joins += u32::from(k > 0);
                        }
                    }
                }
                // A product that starts with 1/u spends a 1 on it.
                let leading = matches!(parts[0], Self::Power(_, n) if n < 0);
                total + joins * costs.mul + u32::from(leading)
            }
            Self::Power(u, n) => {
                let one_over = if *n < 0 {
                    costs.div + costs.constant
                } else {
                    0
                };
                let exponent = if n.abs() > 1 { costs.power } else { 0 };
                u.complexity(costs) + one_over + exponent
            }
            Self::Raise(u, v) => u.complexity(costs) + v.complexity(costs) + costs.power,
            Self::Apply(f, u) => u.complexity(costs) + costs.of(*f),
        }
    }

    /// What is left of an expression that is proportional to variable `v` once `v` is divided out:
    /// the resistance behind `I*(a + b*Q)`. `None` if it is not `v` times something without `v`.
    pub fn over(&self, v: usize) -> Option<Self> {
        match self {
            Self::Variable(w) if *w == v => Some(Self::Number(1.0)),
            Self::Product(factors) => {
                let at = factors.iter().position(|f| f.variables().contains(&v))?;
                let mut parts = factors.clone();
                parts[at] = factors[at].over(v)?;
                let rest = product(parts);
                (!rest.variables().contains(&v)).then_some(rest)
            }
            Self::Sum(terms) => {
                let parts: Option<Vec<Self>> = terms.iter().map(|t| t.over(v)).collect();
                parts.map(sum)
            }
            _ => None,
        }
    }

    /// Number factor and the other factors.
    pub(crate) fn split_number(&self) -> (f64, &[Expr]) {
        match self {
            Self::Product(parts) => match &parts[0] {
                Self::Number(c) => (*c, &parts[1..]),
                _ => (1.0, parts),
            },
            _ => (1.0, std::slice::from_ref(self)),
        }
    }

    /// Bytes that are the same for two expressions of the same form, whatever the values of their
    /// constants.
    pub fn key(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(32);
        self.write_key(&mut bytes);
        bytes
    }

    fn write_key(&self, out: &mut Vec<u8>) {
        match self {
            Self::Number(c) => {
                out.push(0);
                // 0.0 and -0.0 are one number.
                out.extend((c + 0.0).to_bits().to_le_bytes());
            }
            Self::Constant(_) => out.push(1),
            Self::Variable(v) => {
                out.push(2);
                out.extend((*v as u16).to_le_bytes());
            }
            Self::Hole(h) => out.extend([3, *h as u8]),
            Self::Sum(parts) | Self::Product(parts) => {
                out.push(if matches!(self, Self::Sum(_)) { 4 } else { 5 });
                out.push(parts.len() as u8);
                parts.iter().for_each(|p| p.write_key(out));
            }
            Self::Power(u, n) => {
                out.push(6);
                out.extend(n.to_le_bytes());
                u.write_key(out);
            }
            Self::Raise(u, v) => {
                out.push(7);
                u.write_key(out);
                v.write_key(out);
            }
            Self::Apply(f, u) => {
                out.extend([8, *f as u8]);
                u.write_key(out);
            }
        }
    }

    /// Order of forms: constants first, then variables, then what is built from them. Values of
    /// fitted constants do not count.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let rank = |e: &Self| match e {
            Self::Number(_) => 0,
            Self::Constant(_) => 1,
            Self::Variable(_) => 2,
            Self::Hole(_) => 3,
            Self::Power(..) => 4,
            Self::Apply(..) => 5,
            Self::Raise(..) => 6,
            Self::Product(_) => 7,
            Self::Sum(_) => 8,
        };
        let lists = |a: &[Self], b: &[Self]| {
            for (x, y) in a.iter().zip(b) {
                let o = x.order(y);
                if o != Ordering::Equal {
                    return o;
                }
            }
            a.len().cmp(&b.len())
        };
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Variable(a), Self::Variable(b)) | (Self::Hole(a), Self::Hole(b)) => a.cmp(b),
            (Self::Power(u, m), Self::Power(v, n)) => n.cmp(m).then_with(|| u.order(v)),
            (Self::Apply(f, u), Self::Apply(g, v)) => f.cmp(g).then_with(|| u.order(v)),
            (Self::Raise(a, b), Self::Raise(c, d)) => a.order(c).then_with(|| b.order(d)),
            (Self::Sum(a), Self::Sum(b)) => lists(a, b),
            (Self::Product(a), Self::Product(b)) => {
                // Coefficients must not decide where a term stands.
                let bare =
                    |p: &[Self]| usize::from(matches!(p[0], Self::Number(_) | Self::Constant(_)));
                lists(&a[bare(a)..], &b[bare(b)..]).then_with(|| lists(a, b))
            }
            _ => rank(self).cmp(&rank(other)),
        }
    }
}
