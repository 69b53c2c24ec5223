//! A law given as a formula, for doors that write it out: `R(Q)/r_c` before its floor, the same
//! expression as `crate::law` compiles.
//!
//! Where a formula is no number (a root of something negative, say) the kernel falls back on the
//! empty slit's resistance; written out it cannot. Cards are checked for |Q| up to q_max.

use std::collections::BTreeSet;

use crate::card::Card;
use crate::ladder::ElectrodeParams;
use crate::law::{Expression, Function, LawKind, Quantity, Tree};

use super::values::number;
use super::{Door, NetlistError};

/// Largest R/r_c, as in the kernel.
const LARGEST: &str = "1e12";

/// Least conductance, of the empty slit's, as in the kernel.
const LEAST_CONDUCTANCE: &str = "1e-9";

/// A language's names of what formulas are made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    /// Natural logarithm.
    pub log: &'static str,
    /// `|x|` with its kink rounded.
    pub abs: &'static str,
    /// Bends its first argument towards the second, which it stays above.
    pub floor: &'static str,
    /// Begins the names of functions `x^n`.
    pub power: &'static str,
}

/// `R/r_c` of the charge that the language calls `q`, in coulomb.
pub(super) fn bare(expression: &Expression, q_max: f64, q: &str, words: &Words) -> String {
    let writer = Writer { q_max, q, words };
    let tree = writer.infix(expression.tree());
    let r_c = constant(expression.r_c());
    match expression.quantity() {
        Quantity::Resistance => format!("min({tree}/{r_c},{LARGEST})"),
        Quantity::Conductance => {
            format!("1/{}({tree}*{r_c},{LEAST_CONDUCTANCE})", words.floor)
        }
    }
}

/// What a function of this formula is, in words.
pub(super) fn statement(expression: &Expression) -> String {
    format!(
        "R over that of the empty slit, from {} = {} with Q in coulomb",
        expression.quantity().name(),
        expression.text()
    )
}

/// The whole powers that a formula needs.
pub(super) fn powers(expression: &Expression) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    each(expression.tree(), &mut |tree| {
        if let Tree::Whole(_, n) = tree {
            found.insert(*n);
        }
    });
    found
}

/// Whether a formula needs `|x|`.
pub(super) fn has_abs(expression: &Expression) -> bool {
    let mut found = false;
    each(expression.tree(), &mut |tree| {
        found |= matches!(tree, Tree::Apply(Function::Abs, _));
    });
    found
}

/// `x*x*...`, n times.
pub(super) fn product(n: u32) -> String {
    vec!["x"; n as usize].join("*")
}

/// Whether charges of both signs meet the same resistance: two equal electrodes are then one ladder.
pub(super) fn is_even(e: &ElectrodeParams) -> bool {
    match &e.expression {
        Some(expression) => expression.is_even(),
        None => e.law != LawKind::Signed,
    }
}

/// Resistance of the empty slit: the netlist's parameter, or a number where a formula brings it along.
pub(super) fn r_c(e: &ElectrodeParams, suffix: &str) -> String {
    match &e.expression {
        Some(expression) => number(expression.r_c()),
        None => format!("rc{suffix}"),
    }
}

/// Refuses what has no form written out: sections of different slits with one formula.
pub(super) fn check(card: &Card, door: Door) -> Result<(), NetlistError> {
    let cell = &card.cell;
    let both = [Some(&cell.positive), cell.negative.as_ref()];
    let listed = |e: &&ElectrodeParams| e.expression.is_some() && e.explicit.is_some();
    if !both.iter().flatten().any(listed) {
        return Ok(());
    }
    Err(NetlistError {
        card: card.name.clone(),
        door,
        parameter: "sections".into(),
        wrong: "an explicit list of sections has no form beside a law given as a formula".into(),
        remedy: "give slits and sections as numbers, or a built-in law".into(),
    })
}

fn each(tree: &Tree, see: &mut impl FnMut(&Tree)) {
    see(tree);
    match tree {
        Tree::Number(_) | Tree::Charge => {}
        Tree::Affine { of, .. } | Tree::Whole(of, _) | Tree::Apply(_, of) => each(of, see),
        Tree::Add(a, b) | Tree::Multiply(a, b) | Tree::Divide(a, b) | Tree::Power(a, b) => {
            each(a, see);
            each(b, see);
        }
    }
}

struct Writer<'a> {
    q_max: f64,
    q: &'a str,
    words: &'a Words,
}

impl Writer<'_> {
    /// In parentheses wherever something may stand before or behind.
    fn infix(&self, tree: &Tree) -> String {
        let both = |a: &Tree, operator: &str, b: &Tree| {
            format!("({}{operator}{})", self.infix(a), self.infix(b))
        };
        match tree {
            Tree::Number(x) => constant(*x),
            Tree::Charge => self.q.to_owned(),
            Tree::Affine { term, factor, of } => {
                // No term of 0: OpenVAF 23.5 makes of `(0 + a*sqrt(...))*b` a part that does not conduct.
                let mut text = self.infix(of);
                if *factor != 1.0 {
                    text = format!("{}*{text}", constant(*factor));
                }
                if *term != 0.0 {
                    text = format!("{}+{text}", constant(*term));
                }
                format!("({text})")
            }
            Tree::Add(a, b) => both(a, "+", b),
            Tree::Multiply(a, b) => both(a, "*", b),
            Tree::Divide(a, b) => both(a, "/", b),
            Tree::Whole(base, n) => format!("{}{n}({})", self.words.power, self.infix(base)),
            // Netlist languages do not agree on a sign for powers.
            Tree::Power(a, b) => {
                format!(
                    "exp({}*{}({}))",
                    self.infix(b),
                    self.words.log,
                    self.infix(a)
                )
            }
            Tree::Apply(Function::Abs, of) => {
                // The size of the argument where the charge is about q_max: the kink's own scale.
                let at = |x: f64| of.value(x).abs();
                let scale = at(self.q_max).max(at(-self.q_max));
                let scale = if scale > 0.0 && scale.is_finite() {
                    scale
                } else {
                    1.0
                };
                let scale = constant(scale);
                format!("({scale}*{}({}/{scale}))", self.words.abs, self.infix(of))
            }
            Tree::Apply(Function::Log, of) => format!("{}({})", self.words.log, self.infix(of)),
            Tree::Apply(function, of) => format!("{}({})", function.name(), self.infix(of)),
        }
    }
}

/// A number that may stand anywhere, and is no integer in Verilog-A.
fn constant(x: f64) -> String {
    let mut text = number(x);
    if !text.contains(['.', 'e']) {
        text.push_str(".0");
    }
    if x < 0.0 { format!("({text})") } else { text }
}
