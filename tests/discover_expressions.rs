//! Expressions: canonical form, reading and writing, values and derivatives.
#![cfg(feature = "workshop")]

use ncm::discover::Unary;
use ncm::discover::expression::{
    Dialect, Expr, Naming, Tape, Workspace, apply, parse, power, product, sum,
};
use proptest::prelude::*;

fn names() -> Vec<String> {
    ["x", "y", "z"].map(String::from).to_vec()
}

fn read(text: &str) -> Expr {
    parse(text, &names()).expect("a sound expression").expr
}

fn text(e: &Expr) -> String {
    e.render(Dialect::Text, &names(), &Naming::Exact)
}

#[test]
fn equal_forms_have_one_key() {
    // Constants are free, so forms that differ in where they stand are one form.
    for (a, b) in [
        ("a*(b + x)", "c + d*x"),
        ("a*x + b*x*y", "x*(c + d*y)"),
        ("a*x*b", "c*x"),
        ("exp(a + b*x)", "c*exp(d*x)"),
        ("log(a*x)", "b + log(x)"),
        ("x*x*x/x", "x^2"),
        ("x - x + y", "y"),
        ("sqrt(x^2)", "abs(x)"),
        ("exp(log(x) + log(y))", "x*y"),
        ("cos(a + b*x)", "sin(c + d*x)"),
        ("(x*y)^2", "y^2*x^2"),
        ("a/(b + c*x)", "1/(d + e*x)"),
        ("x + y + z", "z + (y + x)"),
        ("exp(x)*exp(y)", "exp(y + x)"),
        ("sin(-x)", "-sin(x)"),
        ("x - (y + z)", "x - y - z"),
        ("a*x*(y - (b + y))", "c*x"),
    ] {
        assert_eq!(read(a).key(), read(b).key(), "{a} and {b}");
    }
    for (a, b) in [
        ("a + x", "a*x"),
        ("a*(x + y)", "a*x + b*y"),
        ("x^2", "x^3"),
        ("2*x", "3*x"),
        ("a*sin(b*x) + c*sin(d*x)", "a*sin(b*x)"),
    ] {
        assert_ne!(read(a).key(), read(b).key(), "{a} and {b}");
    }
}

#[test]
fn what_cannot_be_read_is_said_where() {
    for (wrong, at) in [
        ("x +", 4),
        ("(x", 3),
        ("x ? y", 3),
        ("", 1),
        ("1e999", 1),
        ("g(2)", 1),
    ] {
        let error = parse(wrong, &names()).expect_err(wrong).to_string();
        assert!(
            error.contains(&format!("character {at}")),
            "{wrong}: {error}"
        );
    }
    let deep = "(".repeat(100_000);
    assert!(parse(&deep, &names()).is_err());
}

#[test]
fn holes_and_named_constants_of_a_template() {
    let parsed = parse("x*R_c*f(y, z)", &names()).expect("a template");
    assert_eq!(parsed.holes, [("f".to_string(), vec![1, 2])]);
    assert_eq!(parsed.expr.constants(), [1.0]);
}

#[test]
fn languages_write_what_they_mean() {
    let e = read("x*(5.0 - 2.5*y^2)/sqrt(z) - exp(-x)");
    let write = |d| e.render(d, &names(), &Naming::Exact);
    assert_eq!(
        write(Dialect::Rust),
        "x*(5.0 - 2.5*f64::powi(y, 2))/f64::sqrt(z) - f64::exp(-x)"
    );
    assert_eq!(write(Dialect::C), "x*(5.0 - 2.5*(y*y))/sqrt(z) - exp(-x)");
    assert_eq!(
        write(Dialect::Latex),
        "\\frac{x \\, \\left(5 - 2.5 \\, y^{2}\\right)}{\\sqrt{z}} - \\exp\\left(-x\\right)"
    );
    assert_eq!(
        read("a + log(x)").render(Dialect::Spice, &names(), &Naming::Symbols),
        "c0 + ln(x)"
    );
}

/// An expression as written, evaluated without any rule.
#[derive(Debug, Clone)]
enum Raw {
    Number(f64),
    Constant(f64),
    Variable(usize),
    Add(Box<Raw>, Box<Raw>),
    Sub(Box<Raw>, Box<Raw>),
    Mul(Box<Raw>, Box<Raw>),
    Div(Box<Raw>, Box<Raw>),
    Power(Box<Raw>, i32),
    Apply(Unary, Box<Raw>),
}

impl Raw {
    fn value(&self, v: &[f64]) -> f64 {
        match self {
            Self::Number(c) | Self::Constant(c) => *c,
            Self::Variable(k) => v[*k],
            Self::Add(a, b) => a.value(v) + b.value(v),
            Self::Sub(a, b) => a.value(v) - b.value(v),
            Self::Mul(a, b) => a.value(v) * b.value(v),
            Self::Div(a, b) => a.value(v) / b.value(v),
            Self::Power(a, n) => a.value(v).powi(*n),
            Self::Apply(f, a) => f.value(a.value(v)),
        }
    }

    /// Largest magnitude on the way, to tell cancellation from error.
    fn largest(&self, v: &[f64]) -> f64 {
        let inner = match self {
            Self::Number(_) | Self::Constant(_) | Self::Variable(_) => 0.0,
            Self::Add(a, b) | Self::Sub(a, b) | Self::Mul(a, b) | Self::Div(a, b) => {
                a.largest(v).max(b.largest(v))
            }
            Self::Power(a, _) | Self::Apply(_, a) => a.largest(v),
        };
        let own = self.value(v).abs();
        if own.is_finite() {
            inner.max(own).max(1.0 / own.max(1e-12))
        } else {
            f64::INFINITY
        }
    }

    fn expr(&self) -> Expr {
        match self {
            Self::Number(c) => Expr::Number(*c),
            Self::Constant(c) => Expr::Constant(*c),
            Self::Variable(k) => Expr::Variable(*k),
            Self::Add(a, b) => sum(vec![a.expr(), b.expr()]),
            Self::Sub(a, b) => sum(vec![a.expr(), product(vec![Expr::Number(-1.0), b.expr()])]),
            Self::Mul(a, b) => product(vec![a.expr(), b.expr()]),
            Self::Div(a, b) => product(vec![a.expr(), power(b.expr(), -1)]),
            Self::Power(a, n) => power(a.expr(), *n),
            Self::Apply(f, a) => apply(*f, a.expr()),
        }
    }
}

fn raw() -> impl Strategy<Value = Raw> {
    let leaf = prop_oneof![
        (-2_i32..=2).prop_map(|n| Raw::Number(f64::from(n))),
        (0.3_f64..2.0).prop_map(Raw::Constant),
        (-2.0_f64..-0.3).prop_map(Raw::Constant),
        (0_usize..3).prop_map(Raw::Variable),
    ];
    leaf.prop_recursive(5, 24, 2, |inner| {
        let pair = (inner.clone(), inner.clone());
        let two = |f: fn(Box<Raw>, Box<Raw>) -> Raw| {
            pair.clone()
                .prop_map(move |(a, b)| f(Box::new(a), Box::new(b)))
        };
        prop_oneof![
            two(Raw::Add),
            two(Raw::Sub),
            two(Raw::Mul),
            two(Raw::Div),
            (inner.clone(), -2_i32..=3).prop_map(|(a, n)| Raw::Power(Box::new(a), n)),
            (inner, 0_usize..7).prop_map(|(a, f)| Raw::Apply(Unary::ALL[f], Box::new(a))),
        ]
    })
}

/// Value and derivatives by the constants at one point.
fn at(e: &Expr, v: &[f64]) -> (f64, Vec<f64>) {
    let columns: Vec<Vec<f64>> = v.iter().map(|x| vec![*x]).collect();
    let constants = e.constants();
    let tape = Tape::new(e);
    let mut work = Workspace::default();
    let value = tape.values(&mut work, &columns, &constants, 0, 1)[0];
    tape.derivatives(&mut work, &columns, &constants, 0, 1);
    let slopes = (0..constants.len())
        .map(|k| work.derivative(k, 1)[0])
        .collect();
    (value, slopes)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2000,
        max_global_rejects: 100_000,
        ..ProptestConfig::default()
    })]

    #[test]
    fn simplifying_keeps_values(
        raw in raw(),
        x in 0.2_f64..1.5, y in -1.5_f64..-0.2, z in 0.5_f64..3.0,
    ) {
        let v = [x, y, z];
        let (plain, size) = (raw.value(&v), raw.largest(&v));
        let expr = raw.expr();
        prop_assume!(plain.is_finite() && size < 1e4 && !expr.is_broken());
        let (value, _) = at(&expr, &v);
        prop_assert!(
            (value - plain).abs() <= 1e-9 * size * size.max(1.0),
            "{} is {value}, as written {plain}", text(&expr)
        );
    }

    #[test]
    fn writing_and_reading_gives_the_same_expression(raw in raw()) {
        // Rules may open the way for other rules: the form is final after some passes.
        let mut expr = raw.expr();
        for _ in 0..4 {
            expr = expr.map_leaves(&mut Expr::clone);
        }
        // A constant that happens to be 0 (or to have overflowed) is not read as one.
        prop_assume!(!expr.is_broken() && expr.constants().iter().all(|c| c.abs() > 1e-9));
        // Symbols keep constants apart from numbers.
        let symbols = expr.render(Dialect::Text, &names(), &Naming::Symbols);
        let again = read(&symbols);
        prop_assert_eq!(expr.key(), again.key(), "{}", symbols);
        prop_assert_eq!(expr.constants().len(), again.constants().len());
    }

    #[test]
    fn derivatives_are_the_slopes_of_values(
        raw in raw(),
        x in 0.2_f64..1.5, y in -1.5_f64..-0.2, z in 0.5_f64..3.0,
    ) {
        let v = [x, y, z];
        let expr = raw.expr();
        prop_assume!(!expr.is_broken() && raw.largest(&v) < 1e3);
        let (value, slopes) = at(&expr, &v);
        prop_assume!(value.is_finite());
        let constants = expr.constants();
        for (k, slope) in slopes.iter().enumerate() {
            // Five points, so that the differences are good to the fourth power of the step.
            let h = 1e-3 * constants[k].abs().max(1e-2);
            let near = |s: f64| {
                let mut c = constants.clone();
                c[k] += s * h;
                let mut moved = expr.clone();
                moved.set_constants(&c);
                at(&moved, &v).0
            };
            let outer = (near(2.0) - near(-2.0)) / (4.0 * h);
            let inner = (near(1.0) - near(-1.0)) / (2.0 * h);
            let difference = (4.0 * inner - outer) / 3.0;
            // Where the step itself is too coarse (next to a pole, a kink) differences say nothing.
            let rough = (inner - outer).abs();
            prop_assume!(difference.is_finite() && rough < 1e-3 * slope.abs().max(1.0));
            let scale = slope.abs().max(value.abs()).max(1.0);
            prop_assert!(
                (slope - difference).abs() <= 1e-6 * scale + rough,
                "{} by c{k}: {slope}, differences {difference}", text(&expr)
            );
        }
    }
}

#[test]
fn what_an_expression_is_proportional_to() {
    for (expression, by, quotient) in [
        ("x*(a + b*y)", 0, Some("a + b*y")),
        ("a*x*y/sqrt(b + z)", 0, Some("a*y/sqrt(b + z)")),
        ("a*x*y + b*x*exp(z)", 0, Some("a*y + b*exp(z)")),
        ("(a*x*y + b*x)*exp(z)", 0, Some("(a*y + b)*exp(z)")),
        ("x", 0, Some("1")),
        ("x*(a + b*x)", 0, None),
        ("x*y + z", 0, None),
        ("x^2", 0, None),
        ("exp(x)", 0, None),
        ("y", 0, None),
    ] {
        let found = read(expression).over(by);
        assert_eq!(
            found.map(|e| e.key()),
            quotient.map(|q| read(q).key()),
            "{expression}"
        );
    }
}
