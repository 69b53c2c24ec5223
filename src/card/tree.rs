//! TOML as a tree in which everything knows where it stands.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::Problem;

/// A text that entries come from: the card's file, or one override.
pub(super) struct Source {
    pub name: String,
    pub text: String,
    /// Lines are worth naming in a file, not in an override.
    pub is_file: bool,
}

/// Where something stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    pub source: usize,
    pub span: Range<usize>,
}

/// A value with its place.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub key: Place,
    pub at: Place,
    pub item: Item,
}

#[derive(Debug, Clone)]
pub(super) enum Item {
    Number(f64),
    Text(String),
    /// A date, kept as it was written.
    Date(String),
    Boolean,
    List(Vec<Entry>),
    Table(Table),
}

pub(super) type Table = BTreeMap<String, Entry>;

impl Item {
    /// What it is, for "expected a number, found ...".
    pub fn kind(&self) -> &'static str {
        match self {
            Item::Number(_) => "a number",
            Item::Text(_) => "a text",
            Item::Date(_) => "a date",
            Item::Boolean => "true or false",
            Item::List(_) => "a list",
            Item::Table(_) => "a table",
        }
    }
}

/// All texts of one reading; turns places into lines and columns.
pub(super) struct Sources(pub Vec<Source>);

impl Sources {
    /// What was written at a place, shortened if long.
    pub fn written(&self, at: &Place) -> String {
        let text = self.0[at.source].text.get(at.span.clone()).unwrap_or("");
        let line = text.lines().next().unwrap_or("");
        if line.chars().count() > 60 || line.len() < text.len() {
            line.chars().take(57).chain("...".chars()).collect()
        } else {
            line.into()
        }
    }

    /// A problem at a place.
    pub fn problem(&self, at: Option<&Place>, parameter: &str, wrong: &str) -> Problem {
        let source = &self.0[at.map_or(0, |p| p.source)];
        let mut problem = Problem {
            source: source.name.clone(),
            line: None,
            column: None,
            parameter: parameter.into(),
            value: String::new(),
            wrong: wrong.into(),
            allowed: String::new(),
            remedy: String::new(),
            excerpt: String::new(),
        };
        if let Some(place) = at.filter(|_| source.is_file) {
            let start = floor_boundary(&source.text, place.span.start);
            let before = &source.text[..start];
            let line_start = before.rfind('\n').map_or(0, |i| i + 1);
            let excerpt = source.text[line_start..].lines().next().unwrap_or("");
            problem.line = Some(before.matches('\n').count() + 1);
            problem.column = Some(before[line_start..].chars().count() + 1);
            // A tab or a control character would put the marker elsewhere than the mistake.
            problem.excerpt = excerpt
                .chars()
                .take(160)
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect();
        }
        problem
    }
}

/// The nearest character boundary at or below `at`.
fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Parses source `index` as a TOML document.
pub(super) fn parse_document(sources: &Sources, index: usize) -> Result<Table, Vec<Problem>> {
    let text = &sources.0[index].text;
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return Err(errors
            .iter()
            .take(5)
            .map(|error| {
                let at = Place {
                    source: index,
                    span: error.span().unwrap_or(0..0),
                };
                let mut problem = sources.problem(Some(&at), "TOML syntax", error.message());
                problem.remedy =
                    "write `key = value` lines under [tables]; docs/card.md has a full example"
                        .into();
                problem
            })
            .collect());
    }
    Ok(table(document.into_inner(), index))
}

/// Parses `text`, which stands in source `index` from byte `offset` on, as one TOML value; a bare
/// word counts as text, so that `law=sqrt` needs no quotes in a shell.
pub(super) fn parse_value(text: &str, index: usize, offset: usize) -> Item {
    match DeValue::parse(text) {
        Ok(value) => shifted(item(value.into_inner(), index), offset),
        Err(_) => Item::Text(text.into()),
    }
}

fn table(table: DeTable<'_>, source: usize) -> Table {
    table
        .into_iter()
        .map(|(key, value)| {
            let key_place = Place {
                source,
                span: key.span(),
            };
            let at = Place {
                source,
                span: value.span(),
            };
            let entry = Entry {
                key: key_place,
                at,
                item: item(value.into_inner(), source),
            };
            (key.into_inner().into_owned(), entry)
        })
        .collect()
}

fn item(value: DeValue<'_>, source: usize) -> Item {
    match value {
        DeValue::String(s) => Item::Text(s.into_owned()),
        // Integers beyond f64's exact range are far outside every allowed range.
        DeValue::Integer(i) => Item::Number(
            i128::from_str_radix(i.as_str(), i.radix()).map_or(f64::INFINITY, |n| n as f64),
        ),
        DeValue::Float(x) => Item::Number(x.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(_) => Item::Boolean,
        DeValue::Datetime(d) => Item::Date(d.to_string()),
        DeValue::Array(entries) => Item::List(
            entries
                .into_iter()
                .map(|value| {
                    let at = Place {
                        source,
                        span: value.span(),
                    };
                    Entry {
                        key: at.clone(),
                        at,
                        item: item(value.into_inner(), source),
                    }
                })
                .collect(),
        ),
        DeValue::Table(t) => Item::Table(table(t, source)),
    }
}

/// Moves the places inside an item by `offset` bytes.
fn shifted(mut item: Item, offset: usize) -> Item {
    fn shift(entry: &mut Entry, offset: usize) {
        for place in [&mut entry.key, &mut entry.at] {
            place.span = place.span.start + offset..place.span.end + offset;
        }
        walk(&mut entry.item, offset);
    }
    fn walk(item: &mut Item, offset: usize) {
        match item {
            Item::List(entries) => entries.iter_mut().for_each(|e| shift(e, offset)),
            Item::Table(table) => table.values_mut().for_each(|e| shift(e, offset)),
            _ => {}
        }
    }
    walk(&mut item, offset);
    item
}
