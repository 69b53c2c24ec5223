//! A search's result as a text for people.

use std::fmt::Write as _;

use super::expression::{Dialect, Expr, Naming, rounded};
use super::outcome::{Law, Outcome};

/// The whole report: law, constants, front, rivals, warnings, effort.
pub fn report(outcome: &Outcome) -> String {
    let mut out = String::new();
    let law = outcome.law();
    let symbolic = law
        .expr
        .render(Dialect::Text, &outcome.inputs, &Naming::Symbols);
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    // One law for several categories has no one set of numbers.
    let naming = match outcome.categories.len() {
        1 => Naming::Rounded(6),
        _ => Naming::Symbols,
    };
    let text = |e: &Expr| e.render(Dialect::Text, &outcome.inputs, &naming);
    line(format!("{} = {}", outcome.target, text(&law.expr)));
    line(format!(
        "  form {symbolic}, relative error {}, {} rows",
        rounded(law.relative_error, 3),
        outcome.rows
    ));
    for (v, name) in outcome.inputs.iter().enumerate() {
        if let Some(quotient) = law.expr.over(v) {
            line(format!("  {}/{name} = {}", outcome.target, text(&quotient)));
        }
    }
    line(String::new());
    line("constants (95 % confidence)".into());
    constants(outcome, law, &mut line);
    line(String::new());
    line("front: length, relative error, BIC - BIC of the chosen law, expression".into());
    for (k, member) in outcome.front.iter().enumerate() {
        line(format!(
            "{} {:>4}  {:>9}  {:>10}  {}",
            if k == outcome.chosen { ">" } else { " " },
            member.complexity,
            rounded(member.relative_error, 3),
            rounded(member.bic - law.bic, 4),
            member.expr.text(&outcome.inputs)
        ));
    }
    line(String::new());
    if outcome.rivals.is_empty() {
        line(format!(
            "rivals: none within {} of the chosen law's BIC",
            super::REACH
        ));
    } else {
        line(format!(
            "rivals that these data do not rule out (BIC difference below {}):",
            super::REACH
        ));
        for rival in &outcome.rivals {
            line(format!(
                "  {:>4}  {:>9}  {:>+10.2}  {}",
                rival.complexity,
                rounded(rival.relative_error, 3),
                rival.bic - law.bic,
                rival.expr.text(&outcome.inputs)
            ));
        }
    }
    if !outcome.compared.is_empty() {
        line("given forms, fitted to the same rows: length, relative error, BIC difference".into());
    }
    for (given, law_given) in &outcome.compared {
        line(format!(
            "  {:>4}  {:>9}  {:>+10.2}  {given}: {}",
            law_given.complexity,
            rounded(law_given.relative_error, 3),
            law_given.bic - law.bic,
            law_given.expr.text(&outcome.inputs)
        ));
    }
    for warning in &outcome.warnings {
        line(format!("warning: {warning}"));
    }
    let _ = writeln!(
        out,
        "\n{} expressions fitted, ended because: {}",
        outcome.candidates,
        outcome.ended.text()
    );
    out
}

fn constants(outcome: &Outcome, law: &Law, line: &mut impl FnMut(String)) {
    let lists = law.constants.iter().zip(&law.half_widths);
    for (label, (values, widths)) in outcome.categories.iter().zip(lists) {
        let cells: Vec<String> = values
            .iter()
            .zip(widths)
            .enumerate()
            .map(|(k, (c, w))| format!("c{k} = {} +- {}", rounded(*c, 6), rounded(*w, 2)))
            .collect();
        let cells = match cells.is_empty() {
            true => "none".to_string(),
            false => cells.join("   "),
        };
        line(match label.is_empty() {
            true => format!("  {cells}"),
            false => format!("  {label}: {cells}"),
        });
    }
}
