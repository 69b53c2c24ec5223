//! Reading a law from text.
//!
//! ```text
//! sum    = term (("+" | "-") term)*
//! term   = signed (("*" | "/") signed)*
//! signed = ("-" | "+") signed | power
//! power  = atom (("^" | "**") signed)?          -Q^2 is -(Q^2)
//! atom   = number | name | function "(" sum ")" | "(" sum ")"
//! ```
//!
//! `Q` is the charge of one slit in coulomb; every other name is a constant. Letters may be of either
//! case, because netlists know no difference.

use super::tree::{Function, Tree};

/// Nesting beyond this is refused, so that no input exhausts the stack.
const MAX_DEPTH: usize = 64;

/// Longest text.
const MAX_LENGTH: usize = 4096;

/// What is wrong with the text of a law, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Position in characters, from 1.
    pub at: usize,
    /// What would have been right there.
    pub wanted: String,
}

/// Reads `text`; `constants` gives the value of every name but `Q`.
pub(super) fn parse(
    text: &str,
    constants: &dyn Fn(&str) -> Option<f64>,
) -> Result<Tree, SyntaxError> {
    let mut reader = Reader {
        text,
        at: 0,
        depth: 0,
        constants,
    };
    if text.len() > MAX_LENGTH {
        return Err(reader.error(&format!("at most {MAX_LENGTH} characters")));
    }
    let tree = reader.sum()?;
    if reader.rest().is_empty() {
        Ok(tree)
    } else {
        Err(reader.error("an operator or the end"))
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    constants: &'a dyn Fn(&str) -> Option<f64>,
}

impl<'a> Reader<'a> {
    fn error(&self, wanted: &str) -> SyntaxError {
        SyntaxError {
            at: self.text[..self.at].chars().count() + 1,
            wanted: wanted.into(),
        }
    }

    /// What is left, white space passed.
    fn rest(&mut self) -> &'a str {
        let rest = self.text[self.at..].trim_start();
        self.at = self.text.len() - rest.len();
        rest
    }

    fn take(&mut self, symbol: &str) -> bool {
        let found = self.rest().starts_with(symbol);
        if found {
            self.at += symbol.len();
        }
        found
    }

    fn deeper<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<T, SyntaxError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("less nesting"));
        }
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn sum(&mut self) -> Result<Tree, SyntaxError> {
        self.deeper(|reader| {
            let mut sum = reader.term()?;
            loop {
                if reader.take("+") {
                    sum = Tree::add(sum, reader.term()?);
                } else if reader.take("-") {
                    sum = Tree::add(sum, Tree::scaled(-1.0, reader.term()?));
                } else {
                    return Ok(sum);
                }
            }
        })
    }

    fn term(&mut self) -> Result<Tree, SyntaxError> {
        let mut product = self.signed()?;
        loop {
            if self.rest().starts_with("**") {
                return Err(self.error("parentheses around the power before another one"));
            } else if self.take("*") {
                product = Tree::multiply(product, self.signed()?);
            } else if self.take("/") {
                product = Tree::divide(product, self.signed()?);
            } else {
                return Ok(product);
            }
        }
    }

    fn signed(&mut self) -> Result<Tree, SyntaxError> {
        self.deeper(|reader| {
            if reader.take("-") {
                Ok(Tree::scaled(-1.0, reader.signed()?))
            } else if reader.take("+") {
                reader.signed()
            } else {
                reader.power()
            }
        })
    }

    fn power(&mut self) -> Result<Tree, SyntaxError> {
        let base = self.atom()?;
        if self.take("^") || self.take("**") {
            let exponent = self.signed()?;
            return Ok(Tree::power(base, exponent));
        }
        Ok(base)
    }

    fn atom(&mut self) -> Result<Tree, SyntaxError> {
        if self.take("(") {
            let inner = self.sum()?;
            return self.closed(inner);
        }
        let rest = self.rest();
        if rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return self.number(rest);
        }
        let length = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        let name = &rest[..length];
        if name.is_empty() {
            return Err(self.error("a number, Q, a constant, a function or a parenthesis"));
        }
        let start = self.at;
        self.at += length;
        if self.take("(") {
            let Some(function) = Function::from_name(name) else {
                self.at = start;
                let known: Vec<&str> = Function::ALL.iter().map(|f| f.name()).collect();
                return Err(self.error(&format!("one of the functions {}", known.join(", "))));
            };
            let inner = self.sum()?;
            let inner = self.closed(inner)?;
            return Ok(Tree::apply(function, inner));
        }
        if name.eq_ignore_ascii_case("q") {
            return Ok(Tree::Charge);
        }
        match (self.constants)(name) {
            Some(value) if value.is_finite() => Ok(Tree::Number(value)),
            Some(_) => {
                self.at = start;
                Err(self.error(&format!("a finite value of the constant {name}")))
            }
            None => {
                self.at = start;
                Err(self.error(&format!("Q, or a value of the constant {name}")))
            }
        }
    }

    fn closed(&mut self, inner: Tree) -> Result<Tree, SyntaxError> {
        if self.take(")") {
            Ok(inner)
        } else {
            Err(self.error("a closing parenthesis"))
        }
    }

    fn number(&mut self, rest: &str) -> Result<Tree, SyntaxError> {
        let bytes = rest.as_bytes();
        let digits = |mut k: usize| {
            while bytes.get(k).is_some_and(u8::is_ascii_digit) {
                k += 1;
            }
            k
        };
        let mut end = digits(0);
        if bytes.get(end) == Some(&b'.') {
            end = digits(end + 1);
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let signed = matches!(bytes.get(end + 1), Some(b'+' | b'-'));
            let first = end + 1 + usize::from(signed);
            let last = digits(first);
            if last > first {
                end = last;
            }
        }
        match rest[..end].parse::<f64>() {
            Ok(value) if value.is_finite() => {
                self.at += end;
                Ok(Tree::Number(value))
            }
            _ => Err(self.error("a finite number")),
        }
    }
}
