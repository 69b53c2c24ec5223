//! The law of a slit in a card: a built-in form by name, or a formula.

use super::reader::{Reader, View};
use super::tree::{Item, Table};
use crate::law::{Expression, LawKind, Quantity};
use crate::parameter::ParameterError;

impl Reader<'_> {
    /// The built-in form named, the default one where none is.
    pub(super) fn law(&mut self, view: View) -> Option<LawKind> {
        let Some(entry) = view.get("law") else {
            return Some(LawKind::default());
        };
        let found = match &entry.item {
            Item::Text(name) => LawKind::from_name(name),
            _ => None,
        };
        if found.is_none() {
            let names: Vec<String> = LawKind::ALL
                .iter()
                .map(|l| format!("\"{}\"", l.name()))
                .collect();
            self.wrong(
                view,
                "law",
                "is not a law",
                &names.join(", "),
                "\"linear\" is the law of the paper, \"sqrt\" the Donnan form; any other goes into \
                 `resistance` (ohm) or `conductance` (S) as a formula in Q",
            );
        }
        found
    }

    /// The formula, if there is one. The outer `None` is a mistake, the inner one its absence.
    pub(super) fn expression(&mut self, view: View) -> Option<Option<Expression>> {
        // A formula of the electrode's own goes before what both share, a named law before a shared formula.
        let Some((table, quantity)) = [view.own, view.shared].into_iter().flatten().find_map(|t| {
            if t.contains_key("resistance") {
                Some((t, Some(Quantity::Resistance)))
            } else if t.contains_key("conductance") {
                Some((t, Some(Quantity::Conductance)))
            } else {
                let named = t.contains_key("law") || t.contains_key("gamma");
                named.then_some((t, None))
            }
        }) else {
            return Some(None);
        };
        let Some(quantity) = quantity else {
            return Some(None);
        };
        let key = quantity.name();
        for other in ["conductance", "law", "gamma", "r_c"] {
            if other != key && table.contains_key(other) {
                let remedy = if other == "r_c" {
                    "remove r_c: it is the formula's resistance at Q = 0".into()
                } else {
                    format!("remove {other}, or remove {key}")
                };
                self.wrong(
                    view,
                    other,
                    &format!("has no meaning beside {key}"),
                    "",
                    &remedy,
                );
                return None;
            }
        }
        let Some(Item::Text(text)) = view.get(key).map(|entry| &entry.item) else {
            self.wrong(
                view,
                key,
                "is not a formula",
                "a text, e.g. \"a + b*abs(Q)\"",
                "put it in double quotes; Q is the charge of one slit in coulomb",
            );
            return None;
        };
        let constants = self.constants(view, table)?;
        match Expression::new(quantity, text, &constants) {
            Ok(expression) => Some(Some(expression)),
            Err(error) => {
                self.refused_formula(view, &error);
                None
            }
        }
    }

    /// A formula that the kernel cannot use.
    pub(super) fn refused_formula(&mut self, view: View, error: &ParameterError) {
        self.wrong(
            view,
            &error.parameter,
            "is no law",
            &error.allowed,
            "operators are + - * / ^, functions abs sqrt exp log sin cos tanh; constants stand in \
             `constants = { a = 5.0 }`",
        );
    }

    fn constants(&mut self, view: View, table: &Table) -> Option<Vec<(String, f64)>> {
        let Some(entry) = table.get("constants") else {
            return Some(Vec::new());
        };
        let Item::Table(values) = &entry.item else {
            self.wrong(
                view,
                "constants",
                &format!("is {}, not a table", entry.item.kind()),
                "a table of numbers",
                "write constants = { a = 5.0, b = -3e8 }",
            );
            return None;
        };
        let mut constants = Vec::with_capacity(values.len());
        for (name, value) in values {
            let Item::Number(number) = value.item else {
                let mut problem = self.sources.problem(
                    Some(&value.at),
                    &view.name(&format!("constants.{name}")),
                    &format!("is {}, not a number", value.item.kind()),
                );
                problem.remedy = "write a plain number; units are SI".into();
                self.problems.push(problem);
                return None;
            };
            constants.push((name.clone(), number));
        }
        Some(constants)
    }
}
