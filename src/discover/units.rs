//! Units of columns, and whether an expression agrees with them.
//!
//! A fitted constant may carry any unit, so `I*(a + b*Q)` is always sound, while `I + Q` and
//! `exp(Q)` are not: nothing in them can make the units meet.

use super::expression::Expr;
use super::operators::Unary;

/// Exponents of m, kg, s, A, K, mol, in twelfths (so that roots stay whole numbers).
pub type Dimension = [i16; 6];

const WHOLE: i16 = 12;

const fn si(m: i16, kg: i16, s: i16, a: i16, k: i16, mol: i16) -> Dimension {
    [
        m * WHOLE,
        kg * WHOLE,
        s * WHOLE,
        a * WHOLE,
        k * WHOLE,
        mol * WHOLE,
    ]
}

const DIMENSIONLESS: Dimension = [0; 6];

const UNITS: [(&str, Dimension); 18] = [
    ("mol", si(0, 0, 0, 0, 0, 1)),
    ("ohm", si(2, 1, -3, -2, 0, 0)),
    ("Ohm", si(2, 1, -3, -2, 0, 0)),
    ("Hz", si(0, 0, -1, 0, 0, 0)),
    ("Pa", si(-1, 1, -2, 0, 0, 0)),
    ("kg", si(0, 1, 0, 0, 0, 0)),
    ("m", si(1, 0, 0, 0, 0, 0)),
    ("g", si(0, 1, 0, 0, 0, 0)),
    ("s", si(0, 0, 1, 0, 0, 0)),
    ("A", si(0, 0, 0, 1, 0, 0)),
    ("K", si(0, 0, 0, 0, 1, 0)),
    ("V", si(2, 1, -3, -1, 0, 0)),
    ("C", si(0, 0, 1, 1, 0, 0)),
    ("F", si(-2, -1, 4, 2, 0, 0)),
    ("S", si(-2, -1, 3, 2, 0, 0)),
    ("W", si(2, 1, -3, 0, 0, 0)),
    ("J", si(2, 1, -2, 0, 0, 0)),
    ("N", si(1, 1, -2, 0, 0, 0)),
];

/// Reads a unit such as `uF/cm^2`. Prefixes scale but do not change the dimension.
pub fn parse_unit(text: &str) -> Option<Dimension> {
    let mut total = DIMENSIONLESS;
    let mut sign = 1;
    let mut rest = text.trim();
    loop {
        let end = rest.find(['*', '/']).unwrap_or(rest.len());
        let (name, exponent) = match rest[..end].split_once('^') {
            Some((name, n)) => (name.trim(), n.trim().parse::<i16>().ok()?),
            None => (rest[..end].trim(), 1),
        };
        if exponent.abs() > 12 {
            return None;
        }
        let dimension = named_unit(name)?;
        for (t, d) in total.iter_mut().zip(dimension) {
            *t += sign * exponent * d;
        }
        match rest[end..].chars().next() {
            None => return Some(total),
            Some('/') => sign = -1,
            Some(_) => sign = 1,
        }
        rest = &rest[end + 1..];
    }
}

fn named_unit(name: &str) -> Option<Dimension> {
    if matches!(name, "1" | "-" | "%" | "rad") {
        return Some(DIMENSIONLESS);
    }
    let plain = |name: &str| UNITS.iter().find(|(n, _)| *n == name).map(|(_, d)| *d);
    plain(name).or_else(|| {
        let mut letters = name.chars();
        let prefix = letters.next()?;
        "fpnumkMGcdµ"
            .contains(prefix)
            .then(|| plain(letters.as_str()))
            .flatten()
    })
}

/// The dimension of an expression.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Found {
    /// A fitted constant makes it whatever is needed.
    Any,
    Known(Dimension),
}

/// How often `expr` combines units that do not meet, its result against `target` included.
pub fn violations(expr: &Expr, columns: &[Dimension], target: Dimension) -> u32 {
    let mut count = 0;
    let found = dimension(expr, columns, &mut count);
    if matches!(found, Found::Known(d) if d != target) {
        count += 1;
    }
    count
}

fn dimension(expr: &Expr, columns: &[Dimension], count: &mut u32) -> Found {
    match expr {
        Expr::Number(_) => Found::Known(DIMENSIONLESS),
        Expr::Constant(_) | Expr::Hole(_) => Found::Any,
        Expr::Variable(v) => columns.get(*v).map_or(Found::Any, |d| Found::Known(*d)),
        Expr::Sum(terms) => {
            let mut total = Found::Any;
            for term in terms {
                let found = dimension(term, columns, count);
                match (total, found) {
                    (Found::Known(a), Found::Known(b)) if a != b => *count += 1,
                    (Found::Any, known) => total = known,
                    _ => {}
                }
            }
            total
        }
        Expr::Product(factors) => {
            let mut total = Some(DIMENSIONLESS);
            for factor in factors {
                total = match (total, dimension(factor, columns, count)) {
                    (Some(t), Found::Known(d)) => Some(std::array::from_fn(|k| t[k] + d[k])),
                    _ => None,
                };
            }
            total.map_or(Found::Any, Found::Known)
        }
        Expr::Power(u, n) => match dimension(u, columns, count) {
            Found::Known(d) => Found::Known(d.map(|e| e.saturating_mul(*n as i16))),
            Found::Any => Found::Any,
        },
        Expr::Raise(u, v) => {
            let base = dimension(u, columns, count);
            for part in [base, dimension(v, columns, count)] {
                *count += u32::from(matches!(part, Found::Known(d) if d != DIMENSIONLESS));
            }
            base
        }
        Expr::Apply(f, u) => {
            let inner = dimension(u, columns, count);
            match (f, inner) {
                (Unary::Abs, _) => inner,
                (Unary::Sqrt, Found::Known(d)) => Found::Known(d.map(|e| e / 2)),
                (Unary::Sqrt, Found::Any) => Found::Any,
                (_, Found::Known(d)) => {
                    *count += u32::from(d != DIMENSIONLESS);
                    Found::Known(DIMENSIONLESS)
                }
                (_, Found::Any) => Found::Known(DIMENSIONLESS),
            }
        }
    }
}
