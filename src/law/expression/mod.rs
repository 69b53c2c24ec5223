//! A law given as text: `R(Q)` in ohm or `G(Q)` in siemens, as equation discovery writes it.
//!
//! The text is compiled, when a part is set up, into a few operations with exact derivatives. What
//! holds for the built-in laws holds here too: the resistance stays above `r_min`, and the kink of
//! `abs` is rounded as theirs is, so that `5*(1 - 0.5*abs(Q)/8e-9)` and the linear law with
//! `r_c = 5`, `gamma = 0.5`, `q_max = 8e-9` are one and the same.

mod parse;
mod postfix;
mod program;
mod tree;

use std::sync::Arc;

pub use parse::SyntaxError;
pub(super) use program::Program;
pub use tree::{Function, Tree};

use crate::parameter::ParameterError;
use tree::Parity;

/// What the text of a law gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// R(Q), ohm.
    Resistance,
    /// G(Q), siemens.
    Conductance,
}

impl Quantity {
    /// Name in cards and netlists.
    pub fn name(self) -> &'static str {
        match self {
            Quantity::Resistance => "resistance",
            Quantity::Conductance => "conductance",
        }
    }
}

/// A law of one slit as text with the values of its constants. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Expression(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    quantity: Quantity,
    text: String,
    constants: Vec<(String, f64)>,
    tree: Tree,
    r_c: f64,
}

/// One law is another if their texts and constants are the same.
impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.quantity == other.0.quantity
                && self.0.text == other.0.text
                && self.0.constants == other.0.constants)
    }
}

/// Values of `x = Q/q_max` at which a law must be a number.
const SAMPLES: i32 = 200;

impl Expression {
    /// Reads a law; the charge in `text` is `Q`, in coulomb, and every other name one of `constants`.
    pub fn new(
        quantity: Quantity,
        text: &str,
        constants: &[(String, f64)],
    ) -> Result<Self, ParameterError> {
        let value_of = |name: &str| {
            constants
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name))
                .map(|(_, value)| *value)
        };
        let tree = parse::parse(text, &value_of);
        Self::of_tree(quantity, text, constants, tree)
    }

    fn of_tree(
        quantity: Quantity,
        text: &str,
        constants: &[(String, f64)],
        tree: Result<Tree, SyntaxError>,
    ) -> Result<Self, ParameterError> {
        let refused = |allowed: String| ParameterError::new(quantity.name(), text, allowed);
        let tree = tree.map_err(|error| {
            refused(format!(
                "a formula in Q: at character {}, {}",
                error.at, error.wanted
            ))
        })?;
        let empty = tree.value(0.0);
        let r_c = match quantity {
            Quantity::Resistance => empty,
            Quantity::Conductance => 1.0 / empty,
        };
        if !(1e-18..=1e18).contains(&r_c) {
            return Err(refused(format!(
                "a formula whose resistance at Q = 0 is from 1e-18 to 1e18 ohm; it is {r_c:e}"
            )));
        }
        Ok(Self(Arc::new(Parts {
            quantity,
            text: text.into(),
            constants: constants.to_vec(),
            tree,
            r_c,
        })))
    }

    /// Reads a law as netlists carry it: `r:` (ohm) or `g:` (siemens) and a formula with numbers for its
    /// constants, in the usual or in postfix notation (`r:5-2e8*abs(q)`, `r:5:2e8:q:abs:*:-`);
    /// `None` if `text` does not begin like one.
    pub fn from_netlist(text: &str) -> Option<Result<Self, ParameterError>> {
        let (quantity, formula) = text.split_once(postfix::SEPARATOR)?;
        let quantity = match quantity.trim() {
            "r" | "R" => Quantity::Resistance,
            "g" | "G" => Quantity::Conductance,
            _ => return None,
        };
        let formula = formula.trim();
        let tree = if formula.contains(postfix::SEPARATOR) {
            postfix::read(formula)
        } else {
            parse::parse(formula, &|_| None)
        };
        Some(Self::of_tree(quantity, formula, &[], tree))
    }

    /// The law as [`Expression::from_netlist`] reads it, in postfix notation, which every simulator
    /// lets pass.
    pub fn to_netlist(&self) -> String {
        let quantity = match self.quantity() {
            Quantity::Resistance => 'r',
            Quantity::Conductance => 'g',
        };
        format!(
            "{quantity}{}{}",
            postfix::SEPARATOR,
            postfix::write(self.tree())
        )
    }

    pub fn quantity(&self) -> Quantity {
        self.0.quantity
    }

    /// The formula as it was given.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Names and values of its constants.
    pub fn constants(&self) -> &[(String, f64)] {
        &self.0.constants
    }

    /// The formula with its constants' values, in a canonical form.
    pub fn tree(&self) -> &Tree {
        &self.0.tree
    }

    /// Resistance of the empty slit, ohm.
    pub fn r_c(&self) -> f64 {
        self.0.r_c
    }

    /// Whether the form shows that charges of both signs meet the same resistance.
    pub fn is_even(&self) -> bool {
        self.0.tree.parity() == Parity::Even
    }

    /// Whether the resistance does not depend on charge.
    pub fn is_constant(&self) -> bool {
        matches!(self.0.tree, Tree::Number(_))
    }

    /// Compiles `rho(x) = R(x q_max)/r_c`.
    pub(super) fn program(&self, q_max: f64) -> Result<Program, ParameterError> {
        let Parts {
            quantity,
            text,
            tree,
            r_c,
            ..
        } = &*self.0;
        let refused = |allowed: String| ParameterError::new(quantity.name(), text, allowed);
        let scale = match quantity {
            Quantity::Resistance => 1.0 / r_c,
            Quantity::Conductance => *r_c,
        };
        let scaled = Tree::scaled(scale, tree.clone().in_units_of(q_max));
        for k in -SAMPLES..=SAMPLES {
            let x = f64::from(k) / f64::from(SAMPLES);
            if !scaled.value(x).is_finite() {
                return Err(refused(format!(
                    "a formula with a finite value wherever |Q| <= q_max; it has none at Q = {:e} C",
                    x * q_max
                )));
            }
        }
        Program::new(&scaled, *quantity == Quantity::Conductance)
            .ok_or_else(|| refused("a formula with fewer operations inside operations".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::{Law, LawKind, LawParams};

    fn law_of(quantity: Quantity, text: &str, q_max: f64, floor: f64) -> Law {
        let expression = Expression::new(quantity, text, &[]).unwrap_or_else(|e| panic!("{e}"));
        let r_c = expression.r_c();
        Law::new(&LawParams {
            kind: LawKind::Linear,
            expression: Some(expression),
            r_c,
            gamma: 0.0,
            q_max,
            r_min: floor * r_c,
        })
        .unwrap_or_else(|e| panic!("{e}"))
    }

    fn built_in(kind: LawKind, gamma: f64) -> Law {
        Law::new(&LawParams {
            kind,
            expression: None,
            r_c: 5.0,
            gamma,
            q_max: 8e-9,
            r_min: 5e-3,
        })
        .unwrap_or_else(|e| panic!("{e}"))
    }

    #[test]
    fn the_built_in_laws_as_text_are_the_built_in_laws() {
        use Quantity::{Conductance, Resistance};
        for (kind, gamma, quantity, text) in [
            (LawKind::Linear, 0.5, Resistance, "5*(1 - 0.5*abs(Q)/8e-9)"),
            (LawKind::Linear, 0.9, Resistance, "5 - abs(5.625e8*q)"),
            (
                LawKind::Linear,
                -0.9,
                Resistance,
                "-(-5 - 0.9*5*abs(Q/8e-9))",
            ),
            (LawKind::Signed, 0.9, Resistance, "5 - 5.625e8*Q"),
            (LawKind::Sqrt, 0.5, Resistance, "5/sqrt(1+3*(Q/8e-9)^2)"),
            (
                LawKind::Sqrt,
                0.5,
                Conductance,
                "0.2*(1+3*(abs(Q)/8e-9)**2)^0.5",
            ),
            (LawKind::Sqrt, -1.0, Resistance, "5*sqrt(1+3*Q*Q/6.4e-17)"),
        ] {
            let (text, own) = (law_of(quantity, text, 8e-9, 1e-3), built_in(kind, gamma));
            assert_eq!(text.shape.is_even(), own.shape.is_even(), "{kind:?}");
            for k in -500..=500 {
                let q = 8e-9 * (f64::from(k) / 100.0) * (f64::from(k) / 250.0).abs();
                let (a, b) = (text.eval(q), own.eval(q));
                assert!(
                    (a.r - b.r).abs() < 1e-12 * b.r,
                    "{kind:?} {q:e}: {} {}",
                    a.r,
                    b.r
                );
                let scale = 5.0 / 8e-9;
                assert!((a.dr_dq - b.dr_dq).abs() < 1e-12 * scale, "{kind:?} {q:e}");
            }
        }
    }

    #[test]
    fn derivatives_agree_with_differences() {
        for text in [
            "2 + sin(Q) + cos(2*Q)*tanh(Q)",
            "exp(-0.3*Q^2) + log(3 + Q^2)/(2 + Q^4)",
            "(2 + abs(sin(Q)))^(1.5 + 0.1*Q)",
            "1 + 2^Q",
            "(1+Q^2)*(2+Q)*(3-Q)*(4+Q)/((1+Q^2)*(5+Q)*(6-Q) + (7+Q)*(8-Q)*((1+Q)*(2-Q)+(30+Q)*(4-Q)))",
            "3 + Q^3*(1+Q^2)^-2",
        ] {
            let law = law_of(Quantity::Resistance, text, 1.0, 1e-6);
            for k in -97..=97 {
                let q = 0.0103 * f64::from(k) + 1e-5;
                let h = 1e-6;
                let difference = (law.resistance(q + h) - law.resistance(q - h)) / (2.0 * h);
                let slope = law.eval(q).dr_dq;
                assert!(
                    (slope - difference).abs() < 1e-6 * (1.0 + slope.abs()),
                    "{text} at {q}: {slope} {difference}"
                );
            }
        }
    }

    #[test]
    fn arrays_and_single_values_are_the_same() {
        for text in [
            "5 - 2*abs(Q)",
            "(1+Q^2)/(2+exp(Q))+1",
            "2+tanh(Q)*(1+Q)/((2+Q^2)*(3+Q^4))",
        ] {
            let law = law_of(Quantity::Resistance, text, 1.0, 1e-3);
            for n in [1, 5, 31, 32, 33, 100] {
                let u: Vec<f64> = (0..n).map(|k| 0.07 * f64::from(k) - 2.0).collect();
                let scale = vec![0.5; u.len()];
                let (mut rho, mut rho_u) = (vec![0.0; u.len()], vec![0.0; u.len()]);
                law.shape.eval_all(&scale, &u, &mut rho, &mut rho_u);
                for k in 0..u.len() {
                    let (value, slope) = law.shape.eval(0.5 * u[k]);
                    assert_eq!((rho[k], rho_u[k]), (value, 0.5 * slope), "{text}");
                }
            }
        }
    }

    #[test]
    fn no_charge_brings_a_resistance_below_the_floor_or_no_number() {
        for (quantity, text) in [
            (Quantity::Resistance, "1 - Q"),
            (Quantity::Resistance, "1 + log(2 + Q)"),
            (Quantity::Resistance, "exp(100*Q)"),
            (Quantity::Resistance, "1/(1 - Q/2)"),
            (Quantity::Resistance, "sqrt(2 - Q^2)"),
            (Quantity::Conductance, "1 - Q"),
            (Quantity::Conductance, "1 + Q^3"),
        ] {
            let law = law_of(quantity, text, 1.0, 1e-3);
            for k in -400..=400 {
                let q = (f64::from(k) / 40.0).powi(3);
                let r = law.eval(q);
                assert!(r.r.is_finite() && r.dr_dq.is_finite(), "{text} at {q}");
                assert!(r.r >= 1e-3 * law.r_c, "{text} at {q}: {}", r.r);
            }
        }
    }

    #[test]
    fn parity_is_seen_in_the_form() {
        for (text, even) in [
            ("5", true),
            ("2 + Q^2", true),
            ("2 + abs(Q)*Q^2", true),
            ("2 + Q*tanh(Q)", true),
            ("2 + cos(Q)", true),
            ("2 + sin(Q)/(3+Q^2)", false),
            ("2 + Q", false),
            ("2 + Q + Q^2", false),
            ("exp(Q)", false),
        ] {
            let e = Expression::new(Quantity::Resistance, text, &[]).unwrap();
            assert_eq!(e.is_even(), even, "{text}");
        }
    }

    #[test]
    fn mistakes_are_pointed_at() {
        for (text, words) in [
            ("", "at character 1, a number, Q, a constant"),
            ("5*(1 - Q", "at character 9, a closing parenthesis"),
            ("5*foo(Q)", "at character 3, one of the functions abs, sqrt"),
            ("5 - b*Q", "at character 5, Q, or a value of the constant b"),
            ("5 Q", "at character 3, an operator or the end"),
            ("1e999", "at character 1, a finite number"),
            (
                "0*Q",
                "resistance at Q = 0 is from 1e-18 to 1e18 ohm; it is 0e0",
            ),
            ("-5", "it is -5e0"),
            ("1/Q", "it is inf"),
            ("log(0-1)", "it is NaN"),
        ] {
            let error = Expression::new(Quantity::Resistance, text, &[]).unwrap_err();
            assert!(error.to_string().contains(words), "{text}: {error}");
        }
        let deep = "(".repeat(500);
        let error = Expression::new(Quantity::Resistance, &deep, &[]).unwrap_err();
        assert!(error.to_string().contains("less nesting"), "{error}");
        // Known only with the charge scale.
        let e = Expression::new(Quantity::Resistance, "1 + log(1 - Q)", &[]).unwrap();
        assert!(e.program(0.5).is_ok());
        let error = e.program(2.0).map(|_| ()).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("finite value wherever |Q| <= q_max"),
            "{error}"
        );
    }

    #[test]
    fn what_netlists_carry_is_the_same_law() {
        for (quantity, text) in [
            (Quantity::Resistance, "R_c*(1 - b*abs(Q))"),
            (Quantity::Resistance, "-b*Q/(-3 - Q^2) + R_c"),
            (
                Quantity::Conductance,
                "sqrt(1 + (b*Q)^2)/R_c - 0.1*tanh(b*Q)",
            ),
            (
                Quantity::Resistance,
                "R_c*2^(-b*Q)*(1 + Q^3)*(2 - Q) + exp(-Q^-2.5*0)",
            ),
        ] {
            let constants = [("R_c".to_owned(), 5.0 / 3.0), ("b".to_owned(), 0.1)];
            let first = Expression::new(quantity, text, &constants).unwrap();
            let carried = first.to_netlist();
            let again = Expression::from_netlist(&carried).unwrap().unwrap();
            assert_eq!(first.tree(), again.tree(), "{carried}");
            assert_eq!(first.quantity(), again.quantity());
        }
        assert!(Expression::from_netlist("linear").is_none());
        assert!(Expression::from_netlist("x:5").is_none());
        let plain = Expression::from_netlist("r: 5 - 2e8*abs(Q)")
            .unwrap()
            .unwrap();
        let words = Expression::from_netlist("R:5:2e8:q:abs:*:-")
            .unwrap()
            .unwrap();
        assert_eq!(plain.tree(), words.tree());
        for (wrong, words) in [
            ("r:5*", "at character 3"),
            (
                "r:5:*",
                "at character 3, an operator with a value before it for each side",
            ),
            ("r:5:q", "at character 4, operators for the values left"),
            (
                "r:5:x:+",
                "at character 3, a number, q, a function or an operator",
            ),
            ("g:", "at character 1"),
        ] {
            let error = Expression::from_netlist(wrong).unwrap().unwrap_err();
            assert!(error.to_string().contains(words), "{wrong}: {error}");
        }
    }

    #[test]
    fn constants_may_be_named() {
        let constants = [("R_c".to_owned(), 5.0), ("b".to_owned(), 0.25)];
        let e = Expression::new(Quantity::Resistance, "R_c*(1 - b*abs(Q))", &constants).unwrap();
        assert_eq!(e.r_c(), 5.0);
        assert_eq!(e.tree().value(2.0), 2.5);
    }
}
