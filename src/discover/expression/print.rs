//! Writing expressions: text, LaTeX and the languages that circuits and programs are written in.

use super::Expr;
use crate::discover::operators::Unary;

/// The language of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// As `parse` reads it.
    Text,
    Latex,
    Rust,
    C,
    /// A behavioural source or `.func` of ngspice.
    Spice,
    VerilogA,
}

impl Dialect {
    pub const ALL: [Self; 6] = [
        Self::Text,
        Self::Latex,
        Self::Rust,
        Self::C,
        Self::Spice,
        Self::VerilogA,
    ];

    /// Name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Latex => "latex",
            Self::Rust => "rust",
            Self::C => "c",
            Self::Spice => "spice",
            Self::VerilogA => "verilog-a",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|d| d.name() == name)
    }
}

/// How fitted constants are written.
#[derive(Debug, Clone, PartialEq)]
pub enum Naming {
    /// Their values, exactly.
    Exact,
    /// Their values to this many significant digits.
    Rounded(usize),
    /// `c0`, `c1`, ... in reading order, or as the language would write it.
    Symbols,
}

impl Expr {
    /// The expression in `dialect`, with `columns` as the names of variables.
    pub fn render(&self, dialect: Dialect, columns: &[String], naming: &Naming) -> String {
        let printer = Printer {
            dialect,
            columns,
            naming,
        };
        printer.write(self, 0).text
    }

    /// Text with six digits, as in reports.
    pub fn text(&self, columns: &[String]) -> String {
        self.render(Dialect::Text, columns, &Naming::Rounded(6))
    }

    fn constant_count(&self) -> usize {
        self.constants().len()
    }
}

const SUM: u8 = 1;
const PRODUCT: u8 = 2;
const POWER: u8 = 3;
const ATOM: u8 = 4;

/// A piece of text and how tightly its outermost operator binds.
struct Piece {
    text: String,
    binding: u8,
    /// It starts with a minus sign, which is not in `text`.
    minus: bool,
}

impl Piece {
    fn new(text: String, binding: u8) -> Self {
        Self {
            text,
            binding,
            minus: false,
        }
    }
}

struct Printer<'a> {
    dialect: Dialect,
    columns: &'a [String],
    naming: &'a Naming,
}

impl Printer<'_> {
    /// As a whole, sign included. `first` is the number of the first constant in it.
    fn write(&self, e: &Expr, first: usize) -> Piece {
        let piece = self.piece(e, first);
        if piece.minus {
            Piece::new(format!("-{}", piece.text), SUM)
        } else {
            piece
        }
    }

    /// With parentheses where it binds less tightly than `least`.
    fn within(&self, e: &Expr, first: usize, least: u8) -> String {
        let piece = self.write(e, first);
        if piece.binding < least {
            self.parenthesised(&piece.text)
        } else {
            piece.text
        }
    }

    fn parenthesised(&self, text: &str) -> String {
        match self.dialect {
            Dialect::Latex => format!("\\left({text}\\right)"),
            _ => format!("({text})"),
        }
    }

    fn number(&self, v: f64) -> Piece {
        let text = match (self.dialect, self.naming) {
            (Dialect::Text, Naming::Rounded(digits)) => rounded(v.abs(), *digits),
            (Dialect::Latex, naming) => {
                let digits = match naming {
                    Naming::Rounded(digits) => *digits,
                    _ => 17,
                };
                latex_number(&rounded(v.abs(), digits))
            }
            (Dialect::Text, _) if v.fract() == 0.0 && v.abs() < 1e6 => format!("{}", v.abs()),
            // Always a decimal point or an exponent: no language may take it for an integer.
            _ => format!("{:?}", v.abs()),
        };
        Piece {
            text,
            binding: ATOM,
            minus: v < 0.0,
        }
    }

    fn constant(&self, v: f64, index: usize) -> Piece {
        match self.naming {
            Naming::Symbols => Piece::new(
                match self.dialect {
                    Dialect::Latex => format!("c_{{{index}}}"),
                    _ => format!("c{index}"),
                },
                ATOM,
            ),
            _ => self.number(v),
        }
    }

    fn variable(&self, v: usize) -> String {
        let name = self.columns.get(v).map_or("?", String::as_str);
        match self.dialect {
            Dialect::Text => name.to_string(),
            Dialect::Latex => latex_name(name),
            dialect => code_name(self.columns, v, dialect),
        }
    }

    fn piece(&self, e: &Expr, first: usize) -> Piece {
        match e {
            Expr::Number(v) => self.number(*v),
            Expr::Constant(v) => self.constant(*v, first),
            Expr::Variable(v) => Piece::new(self.variable(*v), ATOM),
            Expr::Hole(h) => Piece::new(format!("f{h}()"), ATOM),
            Expr::Sum(terms) => {
                let mut text = String::new();
                let mut at = first;
                for (k, term) in terms.iter().enumerate() {
                    let piece = self.piece(term, at);
                    at += term.constant_count();
                    text.push_str(match (k, piece.minus) {
                        (0, true) => "-",
                        (0, false) => "",
                        (_, true) => " - ",
                        (_, false) => " + ",
                    });
                    text.push_str(&piece.text);
                }
                Piece::new(text, SUM)
            }
            Expr::Product(factors) => self.product(factors, first),
            Expr::Power(u, n) if *n < 0 => {
                let inverse = super::power((**u).clone(), -n);
                let below = self.denominator(&[(inverse, first)]);
                Piece::new(self.fraction("1", &below), PRODUCT)
            }
            Expr::Power(u, n) => self.power(u, *n, first),
            Expr::Raise(u, v) => self.raise(u, v, first),
            Expr::Apply(f, u) => {
                let inner = self.write(u, first).text;
                Piece::new(self.call(*f, &inner), ATOM)
            }
        }
    }

    fn product(&self, factors: &[Expr], first: usize) -> Piece {
        let mut minus = false;
        let mut above: Vec<String> = Vec::new();
        let mut below: Vec<(Expr, usize)> = Vec::new();
        let mut at = first;
        for factor in factors {
            match factor {
                Expr::Power(u, n) if *n < 0 => {
                    below.push((super::power((**u).clone(), -n), at));
                }
                Expr::Number(v) if *v == -1.0 => minus = !minus,
                Expr::Number(_) | Expr::Constant(_) => {
                    let piece = self.piece(factor, at);
                    minus ^= piece.minus;
                    above.push(piece.text);
                }
                _ => above.push(self.within(factor, at, PRODUCT)),
            }
            at += factor.constant_count();
        }
        let times = match self.dialect {
            Dialect::Latex => " \\, ",
            _ => "*",
        };
        let numerator = if above.is_empty() {
            match self.dialect {
                Dialect::Text | Dialect::Latex => "1".to_string(),
                _ => "1.0".to_string(),
            }
        } else {
            above.join(times)
        };
        let text = if below.is_empty() {
            numerator
        } else {
            self.fraction(&numerator, &self.denominator(&below))
        };
        Piece {
            text,
            binding: PRODUCT,
            minus,
        }
    }

    fn denominator(&self, below: &[(Expr, usize)]) -> String {
        let latex = self.dialect == Dialect::Latex;
        if let [(only, first)] = below {
            return if latex {
                self.write(only, *first).text
            } else {
                self.within(only, *first, POWER)
            };
        }
        let parts: Vec<String> = below
            .iter()
            .map(|(e, first)| self.within(e, *first, PRODUCT))
            .collect();
        if latex {
            parts.join(" \\, ")
        } else {
            format!("({})", parts.join("*"))
        }
    }

    fn fraction(&self, above: &str, below: &str) -> String {
        match self.dialect {
            Dialect::Latex => format!("\\frac{{{above}}}{{{below}}}"),
            Dialect::Text => format!("{above}/{below}"),
            _ if above == "1" => format!("1.0/{below}"),
            _ => format!("{above}/{below}"),
        }
    }

    fn power(&self, u: &Expr, n: i32, first: usize) -> Piece {
        match self.dialect {
            Dialect::Text => Piece::new(format!("{}^{n}", self.within(u, first, ATOM)), POWER),
            Dialect::Latex => Piece::new(format!("{}^{{{n}}}", self.within(u, first, ATOM)), POWER),
            Dialect::Rust => {
                let inner = self.write(u, first).text;
                Piece::new(format!("f64::powi({inner}, {n})"), ATOM)
            }
            // pow() of a negative base is no safe ground in simulators.
            Dialect::Spice | Dialect::VerilogA | Dialect::C if n <= 6 => {
                let inner = self.within(u, first, ATOM);
                let text = vec![inner; n as usize].join("*");
                Piece::new(format!("({text})"), ATOM)
            }
            Dialect::Spice | Dialect::VerilogA | Dialect::C => {
                let inner = self.write(u, first).text;
                Piece::new(format!("pow({inner}, {n}.0)"), ATOM)
            }
        }
    }

    fn raise(&self, u: &Expr, v: &Expr, first: usize) -> Piece {
        let second = first + u.constant_count();
        match self.dialect {
            Dialect::Text => {
                let base = self.within(u, first, ATOM);
                Piece::new(format!("{base}^{}", self.within(v, second, ATOM)), POWER)
            }
            Dialect::Latex => {
                let base = self.within(u, first, ATOM);
                Piece::new(format!("{base}^{{{}}}", self.write(v, second).text), POWER)
            }
            _ => {
                let (base, exponent) = (self.write(u, first).text, self.write(v, second).text);
                let name = match self.dialect {
                    Dialect::Rust => "f64::powf",
                    _ => "pow",
                };
                Piece::new(format!("{name}({base}, {exponent})"), ATOM)
            }
        }
    }

    fn call(&self, f: Unary, inner: &str) -> String {
        let name = match (self.dialect, f) {
            (Dialect::Latex, Unary::Sqrt) => return format!("\\sqrt{{{inner}}}"),
            (Dialect::Latex, Unary::Abs) => return format!("\\left|{inner}\\right|"),
            (Dialect::Latex, Unary::Log) => "\\ln".to_string(),
            (Dialect::Latex, f) => format!("\\{}", f.name()),
            (Dialect::Rust, Unary::Log) => "f64::ln".to_string(),
            (Dialect::Rust, f) => format!("f64::{}", f.name()),
            (Dialect::C, Unary::Abs) => "fabs".to_string(),
            (Dialect::Spice | Dialect::VerilogA, Unary::Log) => "ln".to_string(),
            (_, f) => f.name().to_string(),
        };
        format!("{name}{}", self.parenthesised(inner))
    }
}

/// `digits` significant digits, without trailing zeros.
pub(in crate::discover) fn rounded(v: f64, digits: usize) -> String {
    if v == 0.0 || !v.is_finite() {
        return format!("{v}");
    }
    let scientific = format!("{:.*e}", digits.saturating_sub(1), v);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let plain = |s: &str| {
        if s.contains('.') {
            s.trim_end_matches('0').trim_end_matches('.').to_string()
        } else {
            s.to_string()
        }
    };
    if (-3..6).contains(&exponent) {
        let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
        plain(&format!("{v:.decimals$}"))
    } else {
        format!("{}e{exponent}", plain(mantissa))
    }
}

fn latex_number(text: &str) -> String {
    match text.split_once('e') {
        Some((mantissa, exponent)) => format!("{mantissa} \\times 10^{{{exponent}}}"),
        None => text.to_string(),
    }
}

/// `Q_max` becomes a letter with an index, everything else upright text.
pub(in crate::discover) fn latex_name(name: &str) -> String {
    let escaped = |s: &str| {
        s.replace('_', "\\_")
            .replace('%', "\\%")
            .replace('#', "\\#")
    };
    match name.split_once('_') {
        Some((head, tail)) if head.chars().count() == 1 => {
            format!("{head}_{{\\mathrm{{{}}}}}", escaped(tail))
        }
        _ if name.chars().count() == 1 => name.to_string(),
        _ => format!("\\mathrm{{{}}}", escaped(name)),
    }
}

/// The name of column `v` in code, with a number behind it where another column's name would be
/// written alike (SPICE does not tell capitals from small letters).
pub(in crate::discover) fn code_name(columns: &[String], v: usize, dialect: Dialect) -> String {
    let written = |name: &String| match dialect {
        Dialect::Spice => identifier(name).to_lowercase(),
        _ => identifier(name),
    };
    let Some(name) = columns.get(v) else {
        return "x".into();
    };
    let own = written(name);
    let alike = columns.iter().filter(|c| written(c) == own).count();
    if alike > 1 { format!("{own}_{v}") } else { own }
}

/// The name as an identifier of the C family and of SPICE.
pub(in crate::discover) fn identifier(name: &str) -> String {
    let mut text: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        text.insert_str(0, "x_");
    }
    text
}
