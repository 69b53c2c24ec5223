//! A law as something to paste: text, LaTeX, a Rust or C function, an ngspice `.func`, a Verilog-A
//! analog function.

use std::fmt::Write as _;

use super::expression::{Dialect, Naming};
use super::outcome::Law;

/// Names that go with a law.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    pub target: &'a str,
    pub inputs: &'a [String],
    /// One empty label without categories.
    pub categories: &'a [String],
}

/// The law in `dialect`, one definition per category, each ended by a line break.
pub fn export(law: &Law, dialect: Dialect, names: Names) -> String {
    let mut out = String::new();
    for (k, category) in names.categories.iter().enumerate() {
        let expr = law.of_category(k);
        // LaTeX is for people to read, all else for programs.
        let naming = match dialect {
            Dialect::Latex => Naming::Rounded(6),
            _ => Naming::Exact,
        };
        let body = expr.render(dialect, names.inputs, &naming);
        let used: Vec<String> = expr
            .variables()
            .iter()
            .map(|v| distinct(names.inputs, *v, dialect))
            .collect();
        let function = match category.is_empty() {
            true => format!("law_{}", lower(names.target)),
            false => format!("law_{}_{}", lower(names.target), lower(category)),
        };
        let title = match category.is_empty() {
            true => format!("{} as a function of {}", names.target, used.join(", ")),
            false => format!(
                "{} as a function of {}, category {category}",
                names.target,
                used.join(", ")
            ),
        };
        // Writing into a String cannot fail.
        let _ = match dialect {
            Dialect::Text if category.is_empty() => writeln!(out, "{} = {body}", names.target),
            Dialect::Text => writeln!(out, "{category}: {} = {body}", names.target),
            Dialect::Latex => {
                let target = super::expression::latex_name(names.target);
                let remark = match category.is_empty() {
                    true => String::new(),
                    false => format!(" % {category}"),
                };
                writeln!(out, "\\[ {target} = {body} \\]{remark}")
            }
            Dialect::Rust => {
                let parameters: Vec<String> = used.iter().map(|u| format!("{u}: f64")).collect();
                writeln!(
                    out,
                    "/// {title}.\n#[allow(non_snake_case)]\npub fn {function}({}) -> f64 {{\n    \
                     {body}\n}}",
                    parameters.join(", ")
                )
            }
            Dialect::C => {
                let parameters: Vec<String> = used.iter().map(|u| format!("double {u}")).collect();
                writeln!(
                    out,
                    "/* {title}. Needs <math.h>. */\nstatic double {function}({})\n{{\n    \
                     return {body};\n}}",
                    parameters.join(", ")
                )
            }
            Dialect::Spice => writeln!(
                out,
                "* {title}. In a behavioural source: B1 a b V = {function}({})\n.func \
                 {function}({}) {{{body}}}",
                used.join(", "),
                used.join(", ")
            ),
            Dialect::VerilogA => writeln!(
                out,
                "// {title}.\nanalog function real {function};\n    input {};\n    real {};\n    \
                 {function} = {body};\nendfunction",
                used.join(", "),
                used.join(", ")
            ),
        };
    }
    out
}

/// The law as lines of a parameter card: the resistance as a formula in the charge `Q`, one per
/// category. `None` if the law is not one input (the current) times a function of one other.
pub fn export_card(law: &Law, names: Names) -> Option<String> {
    let mut out = String::new();
    for (k, category) in names.categories.iter().enumerate() {
        let expr = law.of_category(k);
        let (current, resistance) = (0..names.inputs.len())
            .filter_map(|v| Some((v, expr.over(v)?)))
            .find(|(_, r)| r.variables().len() <= 1)?;
        let charge = resistance.variables().first().copied();
        let mut columns = names.inputs.to_vec();
        if let Some(q) = charge {
            columns[q] = "Q".into();
        }
        let text = resistance.render(Dialect::Text, &columns, &Naming::Symbols);
        let constants: Vec<String> = resistance
            .constants()
            .iter()
            .enumerate()
            .map(|(k, c)| format!("c{k} = {c:?}"))
            .collect();
        let of = charge
            .and_then(|q| names.inputs.get(q))
            .map_or_else(String::new, |q| format!("; Q is {q}"));
        let place = match category.is_empty() {
            true => String::new(),
            false => format!(", {category}"),
        };
        // Writing into a String cannot fail.
        let _ = writeln!(
            out,
            "# {}/{}{of}{place}: lines for [electrode]\nresistance = \"{text}\"\nconstants = {{ {} }}",
            names.target,
            names.inputs[current],
            constants.join(", ")
        );
    }
    Some(out)
}

/// The name of an input as the printer writes it.
fn distinct(inputs: &[String], v: usize, dialect: Dialect) -> String {
    let name = inputs.get(v).map_or("?", String::as_str);
    match dialect {
        Dialect::Text | Dialect::Latex => name.to_string(),
        _ => super::expression::code_name(inputs, v, dialect),
    }
}

fn lower(name: &str) -> String {
    super::expression::identifier(name).to_lowercase()
}
