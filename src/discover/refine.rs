//! Neighbours of a good expression: one part dropped, unwrapped, opened to a constant, or a constant
//! made a plain number.

use super::expression::{Expr, apply, power, product, raise, sum};
use super::problem::Problem;

/// Relative distance to a plain number within which a constant is tried as that number.
const SNAP: f64 = 1e-3;

/// Most inputs for which every other input is tried in a variable's place.
const SWAP_LIMIT: usize = 6;

/// The neighbours of `expr` that are still of the problem's template. With `snap`, constants may
/// become plain numbers.
pub fn neighbours(expr: &Expr, problem: &Problem, snap: bool) -> Vec<Expr> {
    let mut list = Vec::new();
    if snap {
        snapped(expr, &mut list);
    }
    let outside = problem.template.variables();
    let mut nodes = 0;
    expr.walk(&mut |_| nodes += 1);
    for at in 0..nodes {
        let Some(part) = part_number(expr, at) else {
            continue;
        };
        // A part made of one hole's inputs alone came out of that hole, unless the template itself
        // uses these inputs too.
        let variables = part.variables();
        let hole = problem.holes.iter().find(|inputs| {
            variables.iter().all(|v| inputs.contains(v))
                && !inputs.iter().any(|v| outside.contains(v))
        });
        let Some(inputs) = hole else { continue };
        for new in replacements(&part, inputs, at == 0) {
            list.push(replaced(expr, &mut { at }, &new));
        }
    }
    list
}

/// All constants near plain numbers at once, and each alone.
fn snapped(expr: &Expr, list: &mut Vec<Expr>) {
    let constants = expr.constants();
    let plain: Vec<Option<f64>> = constants.iter().map(|c| plain_number(*c)).collect();
    let near = plain.iter().flatten().count();
    let with = |chosen: &dyn Fn(usize) -> bool| {
        let mut at = 0;
        expr.map_leaves(&mut |leaf| match leaf {
            Expr::Constant(_) => {
                at += 1;
                match plain[at - 1] {
                    Some(v) if chosen(at - 1) => Expr::Number(v),
                    _ => leaf.clone(),
                }
            }
            other => other.clone(),
        })
    };
    if near > 0 {
        list.push(with(&|_| true));
    }
    if near > 1 {
        for (k, _) in plain.iter().enumerate().filter(|(_, p)| p.is_some()) {
            list.push(with(&|j| j == k));
        }
    }
}

/// The whole number, or half of one, that `c` is close to.
fn plain_number(c: f64) -> Option<f64> {
    let halves = (2.0 * c).round();
    let plain = 0.5 * halves;
    let near = (c - plain).abs() <= SNAP * plain.abs().max(1e-3);
    (near && halves.abs() <= 40.0).then_some(plain)
}

/// What may stand in a part's place.
fn replacements(part: &Expr, inputs: &[usize], root: bool) -> Vec<Expr> {
    let mut list = Vec::new();
    match part {
        Expr::Variable(v) => {
            list.push(sum(vec![Expr::Constant(0.1), part.clone()]));
            list.push(product(vec![Expr::Constant(1.0), part.clone()]));
            if inputs.len() <= SWAP_LIMIT {
                list.extend(
                    inputs
                        .iter()
                        .filter(|w| *w != v)
                        .map(|w| Expr::Variable(*w)),
                );
            }
        }
        Expr::Sum(parts) | Expr::Product(parts) => {
            let whole: fn(Vec<Expr>) -> Expr = match part {
                Expr::Sum(_) => sum,
                _ => product,
            };
            for k in 0..parts.len() {
                let mut rest = parts.clone();
                rest.remove(k);
                list.push(whole(rest));
            }
        }
        Expr::Power(u, n) => {
            list.push((**u).clone());
            list.push(power((**u).clone(), n + n.signum()));
            list.push(power((**u).clone(), -n));
        }
        Expr::Apply(_, u) => list.push((**u).clone()),
        Expr::Raise(u, v) => {
            list.push((**u).clone());
            list.push((**v).clone());
        }
        Expr::Number(_) | Expr::Constant(_) | Expr::Hole(_) => {}
    }
    if root {
        list.push(sum(vec![Expr::Constant(0.1), part.clone()]));
        list.push(product(vec![Expr::Constant(1.0), part.clone()]));
    } else if !matches!(part, Expr::Number(_) | Expr::Constant(_)) {
        list.push(Expr::Constant(1.0));
    }
    list
}

/// Part number `at`, parents first.
fn part_number(e: &Expr, at: usize) -> Option<Expr> {
    let mut out = None;
    let mut k = 0;
    e.walk(&mut |part| {
        if k == at {
            out = Some(part.clone());
        }
        k += 1;
    });
    out
}

/// `e` with part number `at` replaced.
fn replaced(e: &Expr, at: &mut usize, new: &Expr) -> Expr {
    if *at == 0 {
        *at = usize::MAX;
        return new.clone();
    }
    if *at != usize::MAX {
        *at -= 1;
    }
    match e {
        Expr::Number(_) | Expr::Constant(_) | Expr::Variable(_) | Expr::Hole(_) => e.clone(),
        Expr::Sum(parts) => sum(parts.iter().map(|p| replaced(p, at, new)).collect()),
        Expr::Product(parts) => product(parts.iter().map(|p| replaced(p, at, new)).collect()),
        Expr::Power(u, n) => power(replaced(u, at, new), *n),
        Expr::Raise(u, v) => {
            let base = replaced(u, at, new);
            raise(base, replaced(v, at, new))
        }
        Expr::Apply(f, u) => apply(*f, replaced(u, at, new)),
    }
}
