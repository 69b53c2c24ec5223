//! Constructors that keep expressions canonical.
//!
//! Besides the usual rules (flatten, fold, collect equal terms and factors) they use that a fitted
//! constant is free to take any value: a function of fitted constants alone is one constant, a
//! constant that another one already provides is dropped, and `c (d + x)`, `e + f x` become the
//! same form. None of the rules changes the set of functions that an expression can reach by
//! fitting; values are carried along so that a fitted expression stays fitted.

use std::cmp::Ordering;

use super::Expr;
use crate::discover::operators::Unary;

/// Largest integer exponent of an expression.
const MAX_POWER: i32 = 6;

/// The coefficient of a term.
#[derive(Clone, Copy, PartialEq)]
enum Coefficient {
    Number(f64),
    Constant(f64),
}

impl Coefficient {
    fn value(self) -> f64 {
        match self {
            Self::Number(v) | Self::Constant(v) => v,
        }
    }

    fn fitted(self) -> bool {
        matches!(self, Self::Constant(_))
    }

    fn with(self, value: f64, fitted: bool) -> Self {
        if self.fitted() || fitted {
            Self::Constant(value)
        } else {
            Self::Number(value)
        }
    }

    fn times(self, other: Self) -> Self {
        let nothing = Self::Number(0.0);
        if self == nothing || other == nothing {
            return nothing;
        }
        self.with(self.value() * other.value(), other.fitted())
    }

    fn plus(self, other: Self) -> Self {
        self.with(self.value() + other.value(), other.fitted())
    }

    fn leaf(self) -> Expr {
        match self {
            Self::Number(v) => Expr::Number(v),
            Self::Constant(v) => Expr::Constant(v),
        }
    }
}

const ONE: Coefficient = Coefficient::Number(1.0);

/// Coefficient and remaining factors of a term.
fn split(term: Expr) -> (Coefficient, Vec<Expr>) {
    match term {
        Expr::Number(v) => (Coefficient::Number(v), Vec::new()),
        Expr::Constant(v) => (Coefficient::Constant(v), Vec::new()),
        Expr::Product(mut parts) => match parts[0] {
            Expr::Number(v) => (Coefficient::Number(v), parts.split_off(1)),
            Expr::Constant(v) => (Coefficient::Constant(v), parts.split_off(1)),
            _ => (ONE, parts),
        },
        other => (ONE, vec![other]),
    }
}

fn joined(coefficient: Coefficient, mut factors: Vec<Expr>) -> Expr {
    if factors.is_empty() {
        return coefficient.leaf();
    }
    if coefficient != ONE {
        factors.insert(0, coefficient.leaf());
    }
    if factors.len() == 1 {
        factors.remove(0)
    } else {
        Expr::Product(factors)
    }
}

/// Base and exponent of a factor.
fn base_and_exponent(factor: &Expr) -> (&Expr, i32) {
    match factor {
        Expr::Power(u, n) => (u, *n),
        other => (other, 1),
    }
}

/// The sum of `terms`.
pub fn sum(terms: Vec<Expr>) -> Expr {
    let mut collected: Vec<(Coefficient, Vec<Expr>)> = Vec::with_capacity(terms.len());
    let mut stack: Vec<Expr> = terms.into_iter().rev().collect();
    while let Some(term) = stack.pop() {
        let several = !stack.is_empty() || !collected.is_empty();
        let term = match term {
            Expr::Sum(inner) => {
                stack.extend(inner.into_iter().rev());
                continue;
            }
            // `a - (a + b)` is `-b`.
            Expr::Product(parts) if several && is_negated_sum(&parts) => {
                if let Some(Expr::Sum(inner)) = parts.into_iter().nth(1) {
                    let negated = |e| product(vec![Expr::Number(-1.0), e]);
                    stack.extend(inner.into_iter().rev().map(negated));
                }
                continue;
            }
            other => other,
        };
        let (c, rest) = split(term);
        // Terms whose rest holds fitted constants of its own are not equal, whatever they look like.
        let twin = collected
            .iter_mut()
            .find(|(_, r)| *r == rest && !rest.iter().any(Expr::has_constants));
        match twin {
            Some((d, _)) => *d = d.plus(c),
            None => collected.push((c, rest)),
        }
    }
    collected.retain(|(c, _)| *c != Coefficient::Number(0.0));
    if collected.len() > 1 {
        if let Some(product) = factored(&collected) {
            return product;
        }
    }
    let mut parts: Vec<Expr> = collected.into_iter().map(|(c, r)| joined(c, r)).collect();
    match parts.len() {
        0 => Expr::Number(0.0),
        1 => parts.remove(0),
        _ => {
            parts.sort_by(Expr::order);
            Expr::Sum(parts)
        }
    }
}

fn is_negated_sum(parts: &[Expr]) -> bool {
    matches!(parts, [Expr::Number(-1.0), Expr::Sum(_)])
}

/// `a u v + b u w` as `u (a v + b w)`, if all terms share a factor without fitted constants.
fn factored(terms: &[(Coefficient, Vec<Expr>)]) -> Option<Expr> {
    let (_, first) = terms.first()?;
    let mut common: Vec<(Expr, i32)> = Vec::new();
    for factor in first.iter().filter(|f| !f.has_constants()) {
        let (base, n) = base_and_exponent(factor);
        let mut shared = n;
        for (_, other) in &terms[1..] {
            let m = other
                .iter()
                .map(base_and_exponent)
                .find(|(b, _)| *b == base)
                .map_or(0, |(_, m)| m);
            shared = match (shared > 0, m > 0) {
                (true, true) => shared.min(m),
                (false, false) => shared.max(m),
                _ => 0,
            };
        }
        if shared != 0 {
            common.push((base.clone(), shared));
        }
    }
    if common.is_empty() {
        return None;
    }
    let reduced = terms
        .iter()
        .map(|(c, factors)| {
            let kept = factors
                .iter()
                .map(|f| {
                    let (base, n) = base_and_exponent(f);
                    let out = common.iter().find(|(b, _)| b == base);
                    match out {
                        Some((b, m)) if !f.has_constants() => power(b.clone(), n - m),
                        _ => f.clone(),
                    }
                })
                .collect::<Vec<_>>();
            let mut parts = vec![c.leaf()];
            parts.extend(kept);
            product(parts)
        })
        .collect();
    let mut factors: Vec<Expr> = common.into_iter().map(|(b, n)| power(b, n)).collect();
    factors.push(sum(reduced));
    Some(product(factors))
}

/// The product of `factors`.
pub fn product(factors: Vec<Expr>) -> Expr {
    let mut coefficient = ONE;
    let mut bases: Vec<(Expr, i32)> = Vec::with_capacity(factors.len());
    let mut exponents: Vec<Expr> = Vec::new();
    let mut stack: Vec<Expr> = factors.into_iter().rev().collect();
    while let Some(factor) = stack.pop() {
        match factor {
            Expr::Product(inner) => stack.extend(inner.into_iter().rev()),
            Expr::Number(v) => coefficient = coefficient.times(Coefficient::Number(v)),
            Expr::Constant(v) => coefficient = coefficient.times(Coefficient::Constant(v)),
            Expr::Apply(Unary::Exp, u) => exponents.push(*u),
            other => {
                let (base, n) = match other {
                    Expr::Power(u, n) => (*u, n),
                    other => (other, 1),
                };
                let twin = bases
                    .iter_mut()
                    .find(|(b, _)| *b == base && !base.has_constants());
                match twin {
                    Some((_, m)) => *m += n,
                    None => bases.push((base, n)),
                }
            }
        }
    }
    if coefficient == Coefficient::Number(0.0) {
        return Expr::Number(0.0);
    }
    if !exponents.is_empty() {
        match apply(Unary::Exp, sum(exponents)) {
            Expr::Product(parts) => {
                for part in parts {
                    match part {
                        Expr::Number(v) => coefficient = coefficient.times(Coefficient::Number(v)),
                        Expr::Constant(v) => {
                            coefficient = coefficient.times(Coefficient::Constant(v));
                        }
                        other => bases.push((other, 1)),
                    }
                }
            }
            Expr::Number(v) => coefficient = coefficient.times(Coefficient::Number(v)),
            Expr::Constant(v) => coefficient = coefficient.times(Coefficient::Constant(v)),
            other => bases.push((other, 1)),
        }
    }
    bases.retain(|(_, n)| *n != 0);
    coefficient = pushed_into_sum(coefficient, &mut bases);
    // Powers of sums may have become sums of another form; they stay as they are.
    let mut parts: Vec<Expr> = bases
        .into_iter()
        .map(|(b, n)| if n == 1 { b } else { bounded_power(b, n) })
        .collect();
    parts.sort_by(Expr::order);
    joined(coefficient, parts)
}

/// Moves a coefficient into a sum that can take it without gaining or losing freedom: a fitted one
/// where at most one term has no fitted coefficient of its own, a number where every term has a
/// coefficient to merge it with.
fn pushed_into_sum(coefficient: Coefficient, bases: &mut [(Expr, i32)]) -> Coefficient {
    if coefficient == ONE {
        return ONE;
    }
    for (base, n) in bases.iter_mut() {
        let Expr::Sum(terms) = base else { continue };
        let without = terms.iter().filter(|t| !led_by_constant(t)).count();
        let numbered = terms.iter().all(|t| led_by_constant(t) || led_by_number(t));
        let takes = match coefficient {
            Coefficient::Constant(_) => *n % 2 != 0 && without <= 1,
            Coefficient::Number(_) => (*n % 2 != 0 && without == 0) || (n.abs() == 1 && numbered),
        };
        if !takes {
            continue;
        }
        let value = coefficient.value();
        let scale = match *n {
            1 => value,
            -1 => 1.0 / value,
            n => value.abs().powf(1.0 / f64::from(n)) * value.signum(),
        };
        if !scale.is_finite() || scale == 0.0 {
            continue;
        }
        let scale = ONE.with(scale, coefficient.fitted());
        let mut scaled: Vec<Expr> = std::mem::take(terms)
            .into_iter()
            .map(|t| {
                let (c, rest) = split(t);
                joined(c.times(scale), rest)
            })
            .collect();
        scaled.sort_by(Expr::order);
        *terms = scaled;
        return ONE;
    }
    coefficient
}

fn led_by_number(term: &Expr) -> bool {
    match term {
        Expr::Number(_) => true,
        Expr::Product(parts) => matches!(parts[0], Expr::Number(_)),
        _ => false,
    }
}

fn led_by_constant(term: &Expr) -> bool {
    match term {
        Expr::Constant(_) => true,
        Expr::Product(parts) => matches!(parts[0], Expr::Constant(_)),
        _ => false,
    }
}

/// `base` to an integer power.
pub fn power(base: Expr, n: i32) -> Expr {
    if n == 0 {
        return Expr::Number(1.0);
    }
    if n == 1 {
        return base;
    }
    match base {
        Expr::Number(v) => Expr::Number(v.powi(n)),
        Expr::Constant(v) => Expr::Constant(finite_or_one(v.powi(n))),
        Expr::Power(u, m) => power(*u, m.saturating_mul(n)),
        Expr::Product(parts) => product(parts.into_iter().map(|p| power(p, n)).collect()),
        Expr::Apply(Unary::Exp, u) => {
            apply(Unary::Exp, product(vec![Expr::Number(f64::from(n)), *u]))
        }
        Expr::Apply(Unary::Sqrt, u) if n % 2 == 0 => power(*u, n / 2),
        Expr::Apply(Unary::Abs, u) if n % 2 == 0 => power(*u, n),
        other => bounded_power(other, n),
    }
}

/// No law needs powers beyond [`MAX_POWER`]; such an expression is marked as broken.
fn bounded_power(base: Expr, n: i32) -> Expr {
    if n.abs() > MAX_POWER {
        return Expr::Number(f64::NAN);
    }
    Expr::Power(Box::new(base), n)
}

/// `base` to a power that is itself an expression.
pub fn raise(base: Expr, exponent: Expr) -> Expr {
    match (&base, &exponent) {
        (_, Expr::Number(v)) if v.fract() == 0.0 && v.abs() <= 16.0 => power(base, *v as i32),
        (_, Expr::Number(0.5)) => apply(Unary::Sqrt, base),
        (Expr::Number(b), Expr::Number(v)) => Expr::Number(b.powf(*v)),
        (Expr::Constant(b) | Expr::Number(b), Expr::Constant(v)) => {
            Expr::Constant(finite_or_one(b.powf(*v)))
        }
        (Expr::Constant(b), Expr::Number(v)) => Expr::Constant(finite_or_one(b.powf(*v))),
        // A constant to a power is an exponential.
        (Expr::Constant(b), _) if *b > 0.0 => {
            apply(Unary::Exp, product(vec![Expr::Constant(b.ln()), exponent]))
        }
        _ => Expr::Raise(Box::new(base), Box::new(exponent)),
    }
}

/// `function` of `u`.
pub fn apply(function: Unary, u: Expr) -> Expr {
    match u {
        Expr::Number(v) => return Expr::Number(function.value(v)),
        Expr::Constant(v) => return Expr::Constant(finite_or_one(function.value(v))),
        _ => {}
    }
    match function {
        Unary::Exp => exp(u),
        Unary::Log => log(u),
        Unary::Sqrt => sqrt(u),
        Unary::Abs => abs(u),
        Unary::Sin | Unary::Tanh => match negated(u) {
            Ok(positive) => product(vec![Expr::Number(-1.0), wrap(function, positive)]),
            Err(u) => wrap(function, u),
        },
        Unary::Cos => match negated(u) {
            Ok(positive) => wrap(function, positive),
            // With a phase to fit, a cosine is a sine.
            Err(Expr::Sum(terms)) if matches!(terms[0], Expr::Constant(_)) => {
                let mut terms = terms;
                if let Expr::Constant(c) = &mut terms[0] {
                    *c += std::f64::consts::FRAC_PI_2;
                }
                wrap(Unary::Sin, Expr::Sum(terms))
            }
            Err(u) => wrap(function, u),
        },
    }
}

fn wrap(function: Unary, u: Expr) -> Expr {
    Expr::Apply(function, Box::new(u))
}

fn finite_or_one(v: f64) -> f64 {
    if v.is_finite() { v } else { 1.0 }
}

/// `-u` if `u` starts with a negative number.
fn negated(u: Expr) -> Result<Expr, Expr> {
    let (c, _) = u.split_number();
    if c < 0.0 {
        Ok(product(vec![Expr::Number(-1.0), u]))
    } else {
        Err(u)
    }
}

fn exp(u: Expr) -> Expr {
    match u {
        Expr::Apply(Unary::Log, v) => *v,
        Expr::Sum(terms) => {
            // A constant addend is a factor, the exponential of a logarithm its argument.
            let mut factors = Vec::new();
            let mut rest = Vec::new();
            for term in terms {
                match term {
                    Expr::Constant(c) => factors.push(Expr::Constant(finite_or_one(c.exp()))),
                    Expr::Apply(Unary::Log, v) => factors.push(*v),
                    other => rest.push(other),
                }
            }
            if factors.is_empty() {
                return wrap(Unary::Exp, Expr::Sum(rest));
            }
            if !rest.is_empty() {
                factors.push(apply(Unary::Exp, sum(rest)));
            }
            product(factors)
        }
        other => wrap(Unary::Exp, other),
    }
}

fn log(u: Expr) -> Expr {
    match u {
        Expr::Apply(Unary::Exp, v) => *v,
        Expr::Apply(Unary::Sqrt, v) => product(vec![Expr::Number(0.5), apply(Unary::Log, *v)]),
        Expr::Power(v, n) if n % 2 != 0 => {
            product(vec![Expr::Number(f64::from(n)), wrap(Unary::Log, *v)])
        }
        Expr::Product(parts) if matches!(parts[0], Expr::Constant(_)) => {
            let (value, rest) = signed_rest(parts);
            sum(vec![
                Expr::Constant(finite_or_one(value.ln())),
                apply(Unary::Log, rest),
            ])
        }
        other => wrap(Unary::Log, other),
    }
}

fn sqrt(u: Expr) -> Expr {
    match u {
        Expr::Power(v, n) if n % 2 == 0 => power(abs(*v), n / 2),
        Expr::Apply(Unary::Exp, v) => apply(Unary::Exp, product(vec![Expr::Number(0.5), *v])),
        Expr::Product(parts) if matches!(parts[0], Expr::Constant(_)) => {
            let (value, rest) = signed_rest(parts);
            product(vec![
                Expr::Constant(finite_or_one(value.sqrt())),
                apply(Unary::Sqrt, rest),
            ])
        }
        other => wrap(Unary::Sqrt, other),
    }
}

fn abs(u: Expr) -> Expr {
    match u {
        Expr::Power(_, n) if n % 2 == 0 => u,
        Expr::Apply(Unary::Sqrt | Unary::Exp | Unary::Abs, _) => u,
        Expr::Product(parts) => match parts[0] {
            Expr::Constant(c) => {
                let rest = product(parts.into_iter().skip(1).collect());
                product(vec![Expr::Constant(c.abs()), abs(rest)])
            }
            Expr::Number(c) => {
                let rest = product(parts.into_iter().skip(1).collect());
                product(vec![Expr::Number(c.abs()), abs(rest)])
            }
            _ => wrap(Unary::Abs, Expr::Product(parts)),
        },
        other => wrap(Unary::Abs, other),
    }
}

/// The magnitude of a product's leading constant, and the other factors with its sign.
fn signed_rest(mut parts: Vec<Expr>) -> (f64, Expr) {
    let c = parts.remove(0).constants()[0];
    if c.partial_cmp(&0.0) == Some(Ordering::Less) {
        parts.push(Expr::Number(-1.0));
    }
    (c.abs(), product(parts))
}
