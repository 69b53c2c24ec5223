//! A law in postfix notation: `5-2e8*abs(q)` is `5:2e8:q:abs:*:-`.
//!
//! Some simulators take the quotes off texts inside subcircuits and end a text at the first parenthesis,
//! comma or equals sign. Words between colons pass them all.

use super::parse::SyntaxError;
use super::tree::{Function, Tree};

/// What stands between words.
pub(super) const SEPARATOR: char = ':';

/// Most values waiting for their operator.
const MAX_DEPTH: usize = 64;

/// Reads words; no operator may lack an operand, and one value must remain.
pub(super) fn read(text: &str) -> Result<Tree, SyntaxError> {
    let mut values: Vec<Tree> = Vec::new();
    let mut at = 1;
    for word in text.split(SEPARATOR) {
        let error = |wanted: &str| SyntaxError {
            at,
            wanted: wanted.into(),
        };
        let lacking = || error("an operator with a value before it for each side");
        let two = |values: &mut Vec<Tree>| {
            let right = values.pop();
            values.pop().zip(right).ok_or_else(lacking)
        };
        let value = match word.trim() {
            "+" => two(&mut values).map(|(a, b)| Tree::add(a, b))?,
            "-" => two(&mut values).map(|(a, b)| Tree::add(a, Tree::scaled(-1.0, b)))?,
            "*" => two(&mut values).map(|(a, b)| Tree::multiply(a, b))?,
            "/" => two(&mut values).map(|(a, b)| Tree::divide(a, b))?,
            "^" => two(&mut values).map(|(a, b)| Tree::power(a, b))?,
            "q" | "Q" => Tree::Charge,
            word => match (Function::from_name(word), word.parse::<f64>()) {
                (Some(function), _) => Tree::apply(function, values.pop().ok_or_else(lacking)?),
                (None, Ok(number)) if number.is_finite() => Tree::Number(number),
                _ => return Err(error("a number, q, a function or an operator")),
            },
        };
        values.push(value);
        if values.len() > MAX_DEPTH {
            return Err(error("fewer values before their operators"));
        }
        at += word.chars().count() + 1;
    }
    match (values.pop(), values.is_empty()) {
        (Some(tree), true) => Ok(tree),
        _ => Err(SyntaxError {
            at: text.chars().count() + 1,
            wanted: "operators for the values left".into(),
        }),
    }
}

/// Writes the words of `tree`.
pub(super) fn write(tree: &Tree) -> String {
    let mut words = Vec::new();
    collect(tree, &mut words);
    words.join(&SEPARATOR.to_string())
}

fn collect(tree: &Tree, words: &mut Vec<String>) {
    let mut put = |word: &str| words.push(word.to_owned());
    match tree {
        Tree::Number(x) => put(&format!("{x:e}")),
        Tree::Charge => put("q"),
        Tree::Affine { term, factor, of } => {
            if *term != 0.0 {
                put(&format!("{term:e}"));
            }
            if *factor != 1.0 {
                put(&format!("{factor:e}"));
            }
            collect(of, words);
            if *factor != 1.0 {
                words.push("*".into());
            }
            if *term != 0.0 {
                words.push("+".into());
            }
        }
        Tree::Add(a, b) => both(a, b, "+", words),
        Tree::Multiply(a, b) => both(a, b, "*", words),
        Tree::Divide(a, b) => both(a, b, "/", words),
        Tree::Power(a, b) => both(a, b, "^", words),
        Tree::Whole(base, n) => {
            collect(base, words);
            words.extend([n.to_string(), "^".into()]);
        }
        Tree::Apply(function, of) => {
            collect(of, words);
            words.push(function.name().into());
        }
    }
}

fn both(a: &Tree, b: &Tree, operator: &str, words: &mut Vec<String>) {
    collect(a, words);
    collect(b, words);
    words.push(operator.into());
}
