//! `--set key=value`: single values of a card replaced from outside.

use std::collections::BTreeMap;

use super::Problem;
use super::fields::{
    AGEING, CELL, ELECTRODE, Field, LIMITS, PROVENANCE, THERMAL, TOP, VALIDITY, find, nearest,
};
use super::tree::{Entry, Item, Place, Source, Sources, Table, parse_value};

/// Tables that an override may reach into, with their keys.
const TABLES: &[(&str, &[Field])] = &[
    ("electrode", ELECTRODE),
    ("positive", ELECTRODE),
    ("negative", ELECTRODE),
    ("cell", CELL),
    ("thermal", THERMAL),
    ("ageing", AGEING),
    ("limits", LIMITS),
    ("validity", VALIDITY),
    ("provenance", PROVENANCE),
];

/// Puts every override into the tree; later ones win.
pub(super) fn apply(
    root: &mut Table,
    sources: &mut Sources,
    overrides: &[String],
) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    for text in overrides {
        let index = sources.0.len();
        sources.0.push(Source {
            name: format!("--set {text}"),
            text: text.clone(),
            is_file: false,
        });
        if let Err(problem) = apply_one(root, sources, index, text) {
            problems.push(*problem);
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

fn apply_one(
    root: &mut Table,
    sources: &Sources,
    index: usize,
    text: &str,
) -> Result<(), Box<Problem>> {
    let whole = Place {
        source: index,
        span: 0..text.len(),
    };
    let problem = |parameter: &str, wrong: &str, remedy: String| {
        let mut problem = sources.problem(Some(&whole), parameter, wrong);
        problem.remedy = remedy;
        Box::new(problem)
    };
    let Some((key, value)) = text.split_once('=') else {
        return Err(problem(
            text,
            "has no value",
            "write key=value, e.g. --set gamma=0.5".into(),
        ));
    };
    let (key, value) = (key.trim(), value.trim());
    if value.is_empty() {
        return Err(problem(
            key,
            "has no value",
            format!("write --set {key}=VALUE"),
        ));
    }
    let offset = text.len() - text[text.find('=').unwrap_or(0) + 1..].trim_start().len();
    let entry = Entry {
        key: whole.clone(),
        at: Place {
            source: index,
            span: offset..offset + value.len(),
        },
        item: parse_value(value, index, offset),
    };

    let (table, leaf) = match key.split_once('.') {
        Some((table, leaf)) => match TABLES.iter().find(|(name, _)| *name == table) {
            Some((table, fields)) if find(fields, leaf).is_some() => (Some(*table), leaf),
            Some((table, fields)) => {
                return Err(problem(key, "no such parameter", hint(fields, leaf, table)));
            }
            None => {
                let tables: Vec<&str> = TABLES.iter().map(|t| t.0).collect();
                return Err(problem(
                    key,
                    "no such table",
                    format!("write one of {}", tables.join(", ")),
                ));
            }
        },
        None if find(ELECTRODE, key).is_some() => (Some("electrode"), key),
        None if find(CELL, key).is_some() => (Some("cell"), key),
        None if find(THERMAL, key).is_some() => (Some("thermal"), key),
        None if find(AGEING, key).is_some() => (Some("ageing"), key),
        None if find(LIMITS, key).is_some() => (Some("limits"), key),
        None if matches!(key, "name" | "description" | "kind") => (None, key),
        None => {
            let remedy = nearest(ELECTRODE, key)
                .or_else(|| nearest(CELL, key))
                .or_else(|| nearest(&TOP[1..4], key))
                .map_or_else(|| all_keys("", &[ELECTRODE, CELL]), did_you_mean);
            return Err(problem(key, "no such parameter", remedy));
        }
    };

    match table {
        None => {
            root.insert(leaf.into(), entry);
        }
        Some(table) => {
            // What both electrodes share is overruled by what one of them says for itself: an
            // override of both must not lose against that.
            if table == "electrode" {
                for side in ["positive", "negative"] {
                    if let Some(Item::Table(own)) = root.get_mut(side).map(|e| &mut e.item) {
                        own.remove(leaf);
                    }
                }
            }
            let slot = root.entry(table.into()).or_insert_with(|| Entry {
                key: whole.clone(),
                at: whole.clone(),
                item: Item::Table(BTreeMap::new()),
            });
            if let Item::Table(entries) = &mut slot.item {
                entries.insert(leaf.into(), entry);
            }
        }
    }
    Ok(())
}

/// What to write instead of an unknown `key` in `table`.
pub(super) fn hint(fields: &[Field], key: &str, table: &str) -> String {
    nearest(fields, key).map_or_else(|| all_keys(table, &[fields]), did_you_mean)
}

fn did_you_mean(known: &str) -> String {
    format!("did you mean `{known}`?")
}

fn all_keys(table: &str, lists: &[&[Field]]) -> String {
    let known: Vec<&str> = lists.iter().flat_map(|l| l.iter()).map(|f| f.key).collect();
    if table.is_empty() {
        format!("known are {}", known.join(", "))
    } else {
        format!("[{table}] knows {}", known.join(", "))
    }
}
