//! Reading expressions from text: templates, saved fronts, formulas to test against.
//!
//! Grammar: `+ - * / ^`, parentheses, numbers, names of columns, and calls of the known functions.
//! Any other name is a fitted constant (`R_c`, `a`); a call of any other name is a hole
//! with its arguments: `I * R_c * f(Q)`.

use super::{Expr, apply, power, product, raise, sum};
use crate::discover::DiscoverError;
use crate::discover::operators::Unary;

/// What was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    pub expr: Expr,
    /// Name and arguments (columns) of each hole.
    pub holes: Vec<(String, Vec<usize>)>,
}

/// Reads `text`; `columns` are the names that are variables. Named constants start at 1.
pub fn parse(text: &str, columns: &[String]) -> Result<Parsed, DiscoverError> {
    let mut reader = Reader {
        text,
        at: 0,
        columns,
        holes: Vec::new(),
        depth: 0,
    };
    let expr = reader.sum()?;
    reader.space();
    if reader.at < text.len() {
        return Err(reader.error("an operator or the end"));
    }
    Ok(Parsed {
        expr,
        holes: reader.holes,
    })
}

/// Nesting beyond this is refused, so that no input exhausts the stack.
const MAX_DEPTH: usize = 100;

struct Reader<'a> {
    text: &'a str,
    at: usize,
    columns: &'a [String],
    holes: Vec<(String, Vec<usize>)>,
    depth: usize,
}

impl Reader<'_> {
    fn error(&self, wanted: &str) -> DiscoverError {
        DiscoverError::Expression {
            text: self.text.to_string(),
            at: self.text[..self.at].chars().count() + 1,
            wanted: wanted.to_string(),
        }
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        let trimmed = self.rest().trim_start().len();
        self.at = self.text.len() - trimmed;
    }

    fn take(&mut self, symbol: char) -> bool {
        self.space();
        let found = self.rest().starts_with(symbol);
        if found {
            self.at += symbol.len_utf8();
        }
        found
    }

    fn sum(&mut self) -> Result<Expr, DiscoverError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("fewer nested parentheses"));
        }
        let mut terms = vec![self.term()?];
        loop {
            if self.take('+') {
                terms.push(self.term()?);
            } else if self.take('-') {
                terms.push(product(vec![Expr::Number(-1.0), self.term()?]));
            } else {
                self.depth -= 1;
                return Ok(sum(terms));
            }
        }
    }

    fn term(&mut self) -> Result<Expr, DiscoverError> {
        let mut factors = vec![self.signed()?];
        loop {
            if self.take('*') {
                factors.push(self.signed()?);
            } else if self.take('/') {
                factors.push(power(self.signed()?, -1));
            } else {
                return Ok(product(factors));
            }
        }
    }

    /// A sign binds less tightly than a power: `-x^2` is `-(x^2)`.
    fn signed(&mut self) -> Result<Expr, DiscoverError> {
        let mut minus = false;
        loop {
            if self.take('-') {
                minus = !minus;
            } else if !self.take('+') {
                break;
            }
        }
        let value = self.powered()?;
        Ok(if minus {
            product(vec![Expr::Number(-1.0), value])
        } else {
            value
        })
    }

    fn powered(&mut self) -> Result<Expr, DiscoverError> {
        let base = self.atom()?;
        if self.take('^') {
            let minus = self.take('-');
            let exponent = self.atom()?;
            let exponent = if minus {
                product(vec![Expr::Number(-1.0), exponent])
            } else {
                exponent
            };
            return Ok(raise(base, exponent));
        }
        Ok(base)
    }

    fn atom(&mut self) -> Result<Expr, DiscoverError> {
        self.space();
        if self.take('(') {
            let inner = self.sum()?;
            return self.closed(inner);
        }
        if self
            .rest()
            .starts_with(|c: char| c.is_ascii_digit() || c == '.')
        {
            return self.number();
        }
        let name: String = self
            .rest()
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_' || *c == '.')
            .collect();
        if name.is_empty() {
            return Err(self.error("a number, a name or a parenthesis"));
        }
        if let Some(v) = self.columns.iter().position(|c| *c == name) {
            self.at += name.len();
            return Ok(Expr::Variable(v));
        }
        let start = self.at;
        self.at += name.len();
        if !self.take('(') {
            return Ok(Expr::Constant(1.0));
        }
        if let Some(f) = Unary::ALL.into_iter().find(|f| f.name() == name) {
            let inner = self.sum()?;
            return self.closed(apply(f, inner));
        }
        let mut arguments = Vec::new();
        loop {
            self.space();
            match self.atom()? {
                Expr::Variable(v) => arguments.push(v),
                _ => {
                    self.at = start;
                    return Err(
                        self.error("a known function, or a hole whose arguments are columns")
                    );
                }
            }
            if !self.take(',') {
                break;
            }
        }
        self.holes.push((name, arguments));
        self.closed(Expr::Hole(self.holes.len() - 1))
    }

    fn closed(&mut self, inner: Expr) -> Result<Expr, DiscoverError> {
        if self.take(')') {
            Ok(inner)
        } else {
            Err(self.error("a closing parenthesis"))
        }
    }

    fn number(&mut self) -> Result<Expr, DiscoverError> {
        let bytes = self.rest().as_bytes();
        let mut end = 0;
        while end < bytes.len() {
            let c = bytes[end];
            let after_e = end > 0 && matches!(bytes[end - 1], b'e' | b'E');
            let exponent = matches!(c, b'e' | b'E')
                && bytes
                    .get(end + 1)
                    .is_some_and(|n| n.is_ascii_digit() || matches!(n, b'+' | b'-'));
            if c.is_ascii_digit() || c == b'.' || exponent || (after_e && matches!(c, b'+' | b'-'))
            {
                end += 1;
            } else {
                break;
            }
        }
        let value: Result<f64, _> = self.rest()[..end].parse();
        match value {
            Ok(v) if v.is_finite() => {
                self.at += end;
                Ok(Expr::Number(v))
            }
            _ => Err(self.error("a finite number")),
        }
    }
}
