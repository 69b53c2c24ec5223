//! A law as a tree, kept simple while it is built: what is known is worked out at once, and
//! constant factors and terms are gathered, so that `5*(1 - 0.5*abs(Q)/8e-9)` needs two operations.

/// A function of one argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    Abs,
    Sqrt,
    Exp,
    Log,
    Sin,
    Cos,
    Tanh,
}

impl Function {
    /// Every function.
    pub const ALL: [Function; 7] = [
        Function::Abs,
        Function::Sqrt,
        Function::Exp,
        Function::Log,
        Function::Sin,
        Function::Cos,
        Function::Tanh,
    ];

    /// Name in the text of a law. `log` is the natural logarithm.
    pub fn name(self) -> &'static str {
        match self {
            Function::Abs => "abs",
            Function::Sqrt => "sqrt",
            Function::Exp => "exp",
            Function::Log => "log",
            Function::Sin => "sin",
            Function::Cos => "cos",
            Function::Tanh => "tanh",
        }
    }

    /// The function with this name; `ln` is `log`.
    pub fn from_name(name: &str) -> Option<Function> {
        if name.eq_ignore_ascii_case("ln") {
            return Some(Function::Log);
        }
        Self::ALL
            .into_iter()
            .find(|f| f.name().eq_ignore_ascii_case(name))
    }

    /// Value and derivative at `u`.
    #[inline]
    pub(super) fn at(self, u: f64) -> (f64, f64) {
        match self {
            Function::Abs => (u.abs(), if u < 0.0 { -1.0 } else { 1.0 }),
            Function::Sqrt => {
                let v = u.sqrt();
                (v, 0.5 / v)
            }
            Function::Exp => {
                let v = u.exp();
                (v, v)
            }
            Function::Log => (u.ln(), 1.0 / u),
            Function::Sin => (u.sin(), u.cos()),
            Function::Cos => (u.cos(), -u.sin()),
            Function::Tanh => {
                let v = u.tanh();
                (v, 1.0 - v * v)
            }
        }
    }
}

/// A law of the charge of one slit.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    Number(f64),
    /// Net ionic charge of one slit, coulomb.
    Charge,
    /// `term + factor * of`.
    Affine {
        term: f64,
        factor: f64,
        of: Box<Tree>,
    },
    Add(Box<Tree>, Box<Tree>),
    Multiply(Box<Tree>, Box<Tree>),
    Divide(Box<Tree>, Box<Tree>),
    /// A whole power from 2 on.
    Whole(Box<Tree>, u32),
    Power(Box<Tree>, Box<Tree>),
    Apply(Function, Box<Tree>),
}

/// Powers up to this are products.
const MAX_WHOLE: f64 = 64.0;

impl Tree {
    pub(super) fn affine(term: f64, factor: f64, of: Tree) -> Tree {
        match of {
            Tree::Number(x) => Tree::Number(term + factor * x),
            _ if factor == 0.0 => Tree::Number(term),
            Tree::Affine {
                term: a,
                factor: b,
                of,
            } => Tree::affine(term + factor * a, factor * b, *of),
            of if term == 0.0 && factor == 1.0 => of,
            of => Tree::Affine {
                term,
                factor,
                of: Box::new(of),
            },
        }
    }

    pub(super) fn scaled(factor: f64, of: Tree) -> Tree {
        Tree::affine(0.0, factor, of)
    }

    pub(super) fn add(a: Tree, b: Tree) -> Tree {
        match (a, b) {
            (Tree::Number(a), b) => Tree::affine(a, 1.0, b),
            (a, Tree::Number(b)) => Tree::affine(b, 1.0, a),
            // Terms that do not depend on the charge are drawn out of both.
            (Tree::Affine { term, factor, of }, b) if term != 0.0 => {
                Tree::affine(term, 1.0, Tree::add(Tree::affine(0.0, factor, *of), b))
            }
            (a, Tree::Affine { term, factor, of }) if term != 0.0 => {
                Tree::affine(term, 1.0, Tree::add(a, Tree::affine(0.0, factor, *of)))
            }
            (a, b) => Tree::Add(Box::new(a), Box::new(b)),
        }
    }

    pub(super) fn multiply(a: Tree, b: Tree) -> Tree {
        match (a, b) {
            (Tree::Number(a), b) | (b, Tree::Number(a)) => Tree::scaled(a, b),
            (a, b) if a == b => Tree::whole(a, 2),
            (a, b) => {
                let ((f, a), (g, b)) = (a.factored(), b.factored());
                Tree::scaled(f * g, Tree::Multiply(Box::new(a), Box::new(b)))
            }
        }
    }

    pub(super) fn divide(a: Tree, b: Tree) -> Tree {
        match (a, b) {
            (a, Tree::Number(b)) => Tree::scaled(1.0 / b, a),
            (a, b) => Tree::Divide(Box::new(a), Box::new(b)),
        }
    }

    /// A constant factor and the rest.
    fn factored(self) -> (f64, Tree) {
        match self {
            Tree::Affine {
                term: 0.0,
                factor,
                of,
            } => (factor, *of),
            other => (1.0, other),
        }
    }

    fn whole(base: Tree, n: u32) -> Tree {
        let (factor, base) = base.factored();
        let factor = factor.powi(n as i32);
        match (base, n) {
            (Tree::Number(x), n) => Tree::Number(factor * x.powi(n as i32)),
            (base, 1) => Tree::scaled(factor, base),
            // Even powers need no absolute value, and have no kink.
            (Tree::Apply(Function::Abs, inner), n) if n % 2 == 0 => {
                Tree::scaled(factor, Tree::whole(*inner, n))
            }
            (base, n) => Tree::scaled(factor, Tree::Whole(Box::new(base), n)),
        }
    }

    pub(super) fn power(base: Tree, exponent: Tree) -> Tree {
        match (base, exponent) {
            (Tree::Number(x), Tree::Number(n)) => Tree::Number(x.powf(n)),
            (_, Tree::Number(0.0)) => Tree::Number(1.0),
            (base, Tree::Number(0.5)) => Tree::apply(Function::Sqrt, base),
            (base, Tree::Number(n)) if n.fract() == 0.0 && n.abs() <= MAX_WHOLE => {
                let power = Tree::whole(base, n.abs() as u32);
                if n > 0.0 {
                    power
                } else {
                    Tree::divide(Tree::Number(1.0), power)
                }
            }
            (base, exponent) => Tree::Power(Box::new(base), Box::new(exponent)),
        }
    }

    pub(super) fn apply(function: Function, of: Tree) -> Tree {
        match (function, of) {
            (_, Tree::Number(x)) => Tree::Number(function.at(x).0),
            (
                Function::Abs,
                Tree::Affine {
                    term: 0.0,
                    factor,
                    of,
                },
            ) => Tree::scaled(factor.abs(), Tree::apply(Function::Abs, *of)),
            (Function::Abs, whole @ Tree::Whole(_, n)) if n % 2 == 0 => whole,
            (_, of) => Tree::Apply(function, Box::new(of)),
        }
    }

    /// What `f(-Q)` is to `f(Q)`, as far as the form shows it.
    pub(super) fn parity(&self) -> Parity {
        use Parity::{Even, Neither, Odd};
        let product = |a: &Tree, b: &Tree| match (a.parity(), b.parity()) {
            (Neither, _) | (_, Neither) => Neither,
            (a, b) if a == b => Even,
            _ => Odd,
        };
        match self {
            Tree::Number(_) => Even,
            Tree::Charge => Odd,
            Tree::Affine { term, of, .. } => match of.parity() {
                Odd if *term != 0.0 => Neither,
                parity => parity,
            },
            Tree::Add(a, b) => match (a.parity(), b.parity()) {
                (a, b) if a == b => a,
                _ => Neither,
            },
            Tree::Multiply(a, b) | Tree::Divide(a, b) => product(a, b),
            Tree::Whole(base, n) => match base.parity() {
                Odd if n % 2 == 0 => Even,
                parity => parity,
            },
            Tree::Power(a, b) => match (a.parity(), b.parity()) {
                (Even, Even) => Even,
                _ => Neither,
            },
            Tree::Apply(function, of) => match (function, of.parity()) {
                (_, Even) | (Function::Abs | Function::Cos, Odd) => Even,
                (Function::Sin | Function::Tanh, Odd) => Odd,
                _ => Neither,
            },
        }
    }

    /// The tree with `Q = scale * x`, of `x`.
    pub(super) fn in_units_of(self, scale: f64) -> Tree {
        let boxed = |tree: Box<Tree>| tree.in_units_of(scale);
        match self {
            Tree::Number(x) => Tree::Number(x),
            Tree::Charge => Tree::scaled(scale, Tree::Charge),
            Tree::Affine { term, factor, of } => Tree::affine(term, factor, boxed(of)),
            Tree::Add(a, b) => Tree::add(boxed(a), boxed(b)),
            Tree::Multiply(a, b) => Tree::multiply(boxed(a), boxed(b)),
            Tree::Divide(a, b) => Tree::divide(boxed(a), boxed(b)),
            Tree::Whole(base, n) => Tree::whole(boxed(base), n),
            Tree::Power(a, b) => Tree::power(boxed(a), boxed(b)),
            Tree::Apply(function, of) => Tree::apply(function, boxed(of)),
        }
    }

    /// The value where the charge (or whatever [`Tree::Charge`] stands for) is `x`, without any
    /// rounding of kinks.
    pub(crate) fn value(&self, x: f64) -> f64 {
        match self {
            Tree::Number(number) => *number,
            Tree::Charge => x,
            Tree::Affine { term, factor, of } => term + factor * of.value(x),
            Tree::Add(a, b) => a.value(x) + b.value(x),
            Tree::Multiply(a, b) => a.value(x) * b.value(x),
            Tree::Divide(a, b) => a.value(x) / b.value(x),
            Tree::Whole(base, n) => base.value(x).powi(*n as i32),
            Tree::Power(a, b) => a.value(x).powf(b.value(x)),
            Tree::Apply(function, of) => function.at(of.value(x)).0,
        }
    }
}

/// What a function does when its argument changes sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parity {
    Even,
    Odd,
    Neither,
}
