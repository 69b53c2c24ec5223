//! The result of a search as JSON: for programs, and to start the next search from.

use std::path::Path;

use serde_json::{Value, json};

use super::DiscoverError;
use super::expression::{Dialect, Expr, Naming, parse};
use super::outcome::{Law, Outcome};

/// Name of the format, in every file.
const FORMAT: &str = "ncm front 1";

/// The outcome as JSON. With the same seed the bytes are the same for any number of threads;
/// therefore no times are in it.
pub fn to_json(outcome: &Outcome) -> Value {
    let laws = |laws: &[Law]| laws.iter().map(|l| law(outcome, l)).collect::<Vec<Value>>();
    json!({
        "format": FORMAT,
        "target": outcome.target,
        "inputs": outcome.inputs,
        "categories": outcome.categories,
        "rows": outcome.rows,
        "seed": outcome.seed,
        "ended": outcome.ended.text(),
        "candidates": outcome.candidates,
        "evaluations": outcome.evaluations,
        "chosen": outcome.chosen,
        "front": laws(&outcome.front),
        "rivals": laws(&outcome.rivals),
        "compared": outcome.compared.iter().map(|(given, l)| {
            let mut entry = law(outcome, l);
            entry["given"] = json!(given);
            entry
        }).collect::<Vec<Value>>(),
        "warnings": outcome.warnings,
    })
}

/// An expression as programs read it: its form, and with its constants for every category.
fn readable(outcome: &Outcome, form: &Expr, each: &[Expr]) -> Value {
    let text = |e: &Expr, naming| e.render(Dialect::Text, &outcome.inputs, &naming);
    json!({
        "form": text(form, Naming::Symbols),
        "exact": each.iter().map(|e| text(e, Naming::Exact)).collect::<Vec<String>>(),
    })
}

/// The quotient by every input that the law is proportional to: dphi/I is the resistance.
fn quotients(outcome: &Outcome, law: &Law) -> Value {
    let mut list = serde_json::Map::new();
    for (v, name) in outcome.inputs.iter().enumerate() {
        let each: Option<Vec<Expr>> = (0..law.constants.len())
            .map(|k| law.of_category(k).over(v))
            .collect();
        if let Some(each) = each.filter(|e| !e.is_empty()) {
            list.insert(name.clone(), readable(outcome, &each[0], &each));
        }
    }
    Value::Object(list)
}

fn law(outcome: &Outcome, law: &Law) -> Value {
    let render = |dialect, naming| law.expr.render(dialect, &outcome.inputs, &naming);
    let each: Vec<Expr> = (0..law.constants.len())
        .map(|k| law.of_category(k))
        .collect();
    json!({
        "text": law.expr.text(&outcome.inputs),
        "form": render(Dialect::Text, Naming::Symbols),
        "exact": readable(outcome, &law.expr, &each)["exact"],
        "over": quotients(outcome, law),
        "latex": render(Dialect::Latex, Naming::Rounded(6)),
        "constants": law.constants,
        // JSON has no infinity: null stands for "not determined".
        "half_widths_95": law.half_widths,
        "complexity": law.complexity,
        "rmse": law.rmse,
        "relative_error": law.relative_error,
        "bic": law.bic,
        "bic_difference": law.bic - outcome.law().bic,
        "description_nats": law.description,
    })
}

/// The expressions of a saved front, front and rivals, for [`super::Settings::warm_start`].
/// Expressions in columns that are not among `inputs` are left out.
pub fn read_front(path: &Path, inputs: &[String]) -> Result<Vec<Expr>, DiscoverError> {
    let failed = |reason: String| DiscoverError::FrontFile {
        path: path.to_path_buf(),
        reason,
    };
    let text = std::fs::read_to_string(path).map_err(|e| DiscoverError::Read {
        path: path.to_path_buf(),
        reason: e.to_string(),
    })?;
    let value: Value = serde_json::from_str(&text).map_err(|e| failed(e.to_string()))?;
    if value["format"] != FORMAT {
        return Err(failed(format!("\"format\" is not \"{FORMAT}\"")));
    }
    let saved_inputs: Vec<String> = strings(&value["inputs"]);
    let mut expressions = Vec::new();
    for list in ["front", "rivals"] {
        for law in value[list].as_array().into_iter().flatten() {
            let Some(form) = law["form"].as_str() else {
                return Err(failed(format!("a law in \"{list}\" has no \"form\"")));
            };
            let mut expr = parse(form, &saved_inputs)?.expr;
            let constants: Vec<f64> = law["constants"][0]
                .as_array()
                .map(|c| c.iter().filter_map(Value::as_f64).collect())
                .unwrap_or_default();
            if constants.len() == expr.constants().len() {
                expr.set_constants(&constants);
            }
            if let Some(expr) = renumbered(&expr, &saved_inputs, inputs) {
                expressions.push(expr);
            }
        }
    }
    Ok(expressions)
}

fn strings(value: &Value) -> Vec<String> {
    let list = value.as_array().into_iter().flatten();
    list.filter_map(|v| v.as_str().map(String::from)).collect()
}

/// The expression with its variables counted in `to` instead of `from`.
fn renumbered(expr: &Expr, from: &[String], to: &[String]) -> Option<Expr> {
    let mut complete = true;
    let out = expr.map_leaves(&mut |leaf| match leaf {
        Expr::Variable(v) => {
            let place = from
                .get(*v)
                .and_then(|name| to.iter().position(|t| t == name));
            complete &= place.is_some();
            Expr::Variable(place.unwrap_or(0))
        }
        other => other.clone(),
    });
    complete.then_some(out)
}
