//! Expressions between the units of the table and columns measured in powers of ten.

use super::DiscoverError;
use super::expression::{Expr, parse, power, product, sum};
use super::operators::Unary;
use super::problem::Problem;

impl Problem {
    /// An expression in scaled columns, in the units of the table.
    pub fn unscaled(&self, expr: &Expr) -> Expr {
        let plain = expr.map_leaves(&mut |leaf| match leaf {
            Expr::Variable(v) if self.input_scales[*v] != 1.0 => product(vec![
                Expr::Number(inverse(self.input_scales[*v])),
                Expr::Variable(*v),
            ]),
            other => other.clone(),
        });
        if self.target_scale == 1.0 {
            return plain;
        }
        let scale = self.target_scale;
        times_in_constants(&plain, scale)
            .unwrap_or_else(|| product(vec![Expr::Number(scale), plain]))
    }

    /// The reverse of [`Problem::unscaled`].
    pub fn scaled(&self, expr: &Expr) -> Expr {
        let plain = expr.map_leaves(&mut |leaf| match leaf {
            Expr::Variable(v) if self.input_scales[*v] != 1.0 => product(vec![
                Expr::Number(self.input_scales[*v]),
                Expr::Variable(*v),
            ]),
            other => other.clone(),
        });
        if self.target_scale == 1.0 {
            plain
        } else {
            product(vec![Expr::Number(inverse(self.target_scale)), plain])
        }
    }

    /// A complete form in scaled columns, with constants of a size to start from.
    pub(super) fn read_form(&self, text: &str) -> Result<Expr, DiscoverError> {
        let parsed = parse(text, &self.inputs)?;
        let reason = if !parsed.holes.is_empty() {
            "a form to compare has nothing left to find"
        } else if parsed.expr.variables().is_empty() {
            "a form to compare needs one of the inputs"
        } else {
            let mut form = self.scaled(&parsed.expr);
            give_sizes(&mut form, 1.0);
            return Ok(form);
        };
        Err(DiscoverError::Template {
            text: text.to_string(),
            reason: reason.into(),
        })
    }
}

/// One over a power of ten, to the last bit what the power of ten would be written as.
pub(super) fn inverse(scale: f64) -> f64 {
    10_f64.powi(-(scale.log10().round() as i32))
}

/// Sets constants such that terms of a sum are of one size and the whole is of the size `wanted`,
/// where columns are of the order of 1. Returns the size that comes out.
fn give_sizes(expr: &mut Expr, wanted: f64) -> f64 {
    match expr {
        Expr::Number(v) => v.abs(),
        Expr::Variable(_) | Expr::Hole(_) => 1.0,
        Expr::Constant(c) => {
            *c = wanted;
            wanted
        }
        Expr::Sum(terms) => {
            let bound = terms.iter_mut().filter(|t| !is_free(t));
            let size = bound.map(|t| give_sizes(t, 1.0)).reduce(f64::max);
            let size = size.unwrap_or(wanted);
            for term in terms.iter_mut().filter(|t| is_free(t)) {
                give_sizes(term, size);
            }
            size
        }
        Expr::Product(factors) => {
            let free = factors.iter().position(is_free);
            let mut size = 1.0;
            for (k, factor) in factors.iter_mut().enumerate() {
                if Some(k) != free {
                    size *= give_sizes(factor, 1.0);
                }
            }
            match free {
                Some(k) => size * give_sizes(&mut factors[k], wanted / size),
                None => size,
            }
        }
        Expr::Power(u, n) => match is_free(u) {
            true => give_sizes(u, wanted.powf(1.0 / f64::from(*n))).powi(*n),
            false => give_sizes(u, 1.0).powi(*n),
        },
        Expr::Raise(u, v) => {
            give_sizes(u, 1.0);
            give_sizes(v, 1.0);
            1.0
        }
        Expr::Apply(f, u) => {
            let size = give_sizes(u, 1.0);
            match f {
                Unary::Sqrt => size.sqrt(),
                Unary::Abs => size,
                _ => 1.0,
            }
        }
    }
}

/// Whether constants can bring it to any size.
fn is_free(expr: &Expr) -> bool {
    match expr {
        Expr::Constant(_) => true,
        Expr::Sum(terms) => terms.iter().all(is_free),
        Expr::Product(factors) => factors.iter().any(is_free),
        Expr::Power(u, n) => n.abs() == 1 && is_free(u),
        _ => false,
    }
}

/// `factor` times the expression, with the factor in fitted constants; `None` where that needs a
/// constant which is not there.
fn times_in_constants(expr: &Expr, factor: f64) -> Option<Expr> {
    match expr {
        Expr::Constant(c) => Some(Expr::Constant(c * factor)),
        Expr::Sum(terms) => {
            let terms = terms.iter().map(|t| times_in_constants(t, factor));
            Some(sum(terms.collect::<Option<Vec<Expr>>>()?))
        }
        Expr::Product(factors) => {
            let taking = factors.iter().enumerate();
            let (at, new) = taking
                .filter_map(|(k, f)| Some((k, times_in_constants(f, factor)?)))
                .next()?;
            let mut factors = factors.clone();
            factors[at] = new;
            Some(product(factors))
        }
        Expr::Power(u, -1) => Some(power(times_in_constants(u, 1.0 / factor)?, -1)),
        _ => None,
    }
}
