//! What the data themselves make undecidable, said before anyone believes a law.

use super::expression::{Expr, product, sum};
use super::fit::{Budget, Fitter};
use super::outcome::Law;
use super::problem::{Problem, Rows};
use super::statistics::correlation;

/// Correlation above which two inputs can stand in for each other.
const CORRELATED: f64 = 0.98;

/// Relative error below which a linear relation counts as an identity.
const IDENTITY: f64 = 1e-6;

/// Rows that the checks look at.
const SAMPLE: usize = 4000;

/// Most inputs for which all pairs are tried.
const MOST_INPUTS: usize = 40;

/// Correlated inputs, inputs that are linear combinations of others, and exact linear identities
/// of the target such as dphi = (Q_1 - Q_2)/C.
pub fn warnings(problem: &Problem, raw: &Rows) -> Vec<String> {
    let rows = raw.sample(SAMPLE);
    let names = &problem.inputs;
    let inputs = names.len().min(MOST_INPUTS);
    let mut list = Vec::new();
    let mut fitter = Fitter::default();
    for a in 0..inputs {
        for b in a + 1..inputs {
            let r = correlation(&rows.columns[a], &rows.columns[b]);
            if r.abs() > CORRELATED {
                list.push(format!(
                    "inputs {} and {} are correlated ({r:.4}): a law in one can be written in the \
                     other",
                    names[a], names[b]
                ));
            }
        }
    }
    // The target in one or two inputs.
    'identity: for a in 0..inputs {
        for b in a..inputs {
            let members: Vec<usize> = if a == b { vec![a] } else { vec![a, b] };
            if let Some(text) = identity(&mut fitter, &rows, &members, names) {
                list.push(format!(
                    "{} = {text} holds exactly: this identity will be found in place of a law; \
                     leave one of these inputs out to find what else the data say",
                    problem.target
                ));
                break 'identity;
            }
        }
    }
    // An input in one or two others.
    for a in 0..inputs {
        let mut turned = rows.clone();
        std::mem::swap(&mut turned.target, &mut turned.columns[a]);
        'input: for b in 0..inputs {
            for c in b..inputs {
                if a == b || a == c || a > b {
                    continue;
                }
                let members: Vec<usize> = if b == c { vec![b] } else { vec![b, c] };
                if let Some(text) = identity(&mut fitter, &turned, &members, names) {
                    list.push(format!(
                        "{} = {text} holds exactly among the inputs: laws in these inputs are not \
                         unique",
                        names[a]
                    ));
                    break 'input;
                }
            }
        }
    }
    list
}

/// The target as a linear combination of inputs, if that is exact.
fn identity(
    fitter: &mut Fitter,
    rows: &Rows,
    members: &[usize],
    names: &[String],
) -> Option<String> {
    let terms = members
        .iter()
        .map(|m| product(vec![Expr::Constant(1.0), Expr::Variable(*m)]))
        .collect();
    let mut expr = sum(terms);
    // One set of constants: an identity does not care for categories.
    let whole = Rows {
        spans: std::iter::once(0..rows.len()).collect(),
        weights: Vec::new(),
        columns: rows.columns.clone(),
        target: rows.target.clone(),
    };
    let fit = fitter.fit(&expr, &whole, None, Budget::QUICK)?;
    let relative = (fit.rss / whole.len() as f64 / whole.mean_square()).sqrt();
    if relative.is_nan() || relative > IDENTITY {
        return None;
    }
    expr.set_constants(&fit.constants[0]);
    Some(expr.text(names))
}

/// Constants of a law whose interval holds zero or is endless.
pub fn loose_constants(law: &Law, categories: &[String]) -> Vec<String> {
    let mut list = Vec::new();
    let lists = law.constants.iter().zip(&law.half_widths);
    for (label, (constants, widths)) in categories.iter().zip(lists) {
        let place = match label.is_empty() {
            true => String::new(),
            false => format!(" in category {label}"),
        };
        for (j, (c, w)) in constants.iter().zip(widths).enumerate() {
            if w.is_nan() || *w >= c.abs() {
                list.push(format!(
                    "constant c{j} of the chosen law{place} is not determined by the data"
                ));
            }
        }
    }
    list
}
