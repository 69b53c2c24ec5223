//! What reading a table of a card takes: values by key, and a problem for whatever is not usable.

use super::Problem;
use super::fields::{Field, find};
use super::overrides::hint;
use super::tree::{Entry, Item, Place, Sources, Table};
use crate::parameter::ParameterError;

pub(super) struct Reader<'a> {
    pub sources: &'a Sources,
    pub problems: Vec<Problem>,
}

/// A table being read: its path in messages, its keys and, for an electrode, the table of shared
/// values behind it.
#[derive(Clone, Copy)]
pub(super) struct View<'t> {
    pub path: &'t str,
    pub fields: &'static [Field],
    pub own: Option<&'t Table>,
    pub shared: Option<&'t Table>,
    /// Where the table itself stands, for what is missing in it.
    pub place: Option<&'t Place>,
}

impl<'t> View<'t> {
    pub fn get(&self, key: &str) -> Option<&'t Entry> {
        let of = |table: Option<&'t Table>| table.and_then(|t| t.get(key));
        of(self.own).or_else(|| of(self.shared))
    }

    pub fn name(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.into()
        } else {
            format!("{}.{key}", self.path)
        }
    }
}

impl Reader<'_> {
    /// The table `key`, if there; anything else of that name, and unknown keys in it, are reported.
    pub fn table<'t>(
        &mut self,
        root: &'t Table,
        key: &str,
        fields: &'static [Field],
    ) -> Option<(&'t Table, &'t Place)> {
        let entry = root.get(key)?;
        if let Item::Table(own) = &entry.item {
            self.unknown_keys(own, fields, key);
            return Some((own, &entry.key));
        }
        let mut problem = self.sources.problem(
            Some(&entry.at),
            key,
            &format!("is {}, not a table", entry.item.kind()),
        );
        problem.value = self.sources.written(&entry.at);
        problem.remedy = format!("write a line [{key}] and the values below it");
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
        None
    }

    pub fn section_view<'t>(
        &mut self,
        root: &'t Table,
        path: &'static str,
        fields: &'static [Field],
    ) -> View<'t> {
        self.table(root, path, fields);
        self.plain_view(root, path, fields)
    }

    pub fn plain_view<'t>(
        &self,
        root: &'t Table,
        path: &'static str,
        fields: &'static [Field],
    ) -> View<'t> {
        let entry = root.get(path);
        View {
            path,
            fields,
            own: entry.and_then(|e| match &e.item {
                Item::Table(own) => Some(own),
                _ => None,
            }),
            shared: None,
            place: entry.map(|e| &e.key),
        }
    }

    pub fn unknown_keys(&mut self, table: &Table, fields: &[Field], path: &str) {
        for (key, entry) in table {
            if find(fields, key).is_some() {
                continue;
            }
            let name = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            let mut problem = self
                .sources
                .problem(Some(&entry.key), &name, "no such parameter");
            problem.remedy = hint(fields, key, if path.is_empty() { "the card" } else { path });
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
        }
    }

    pub fn required_number(&mut self, view: View, key: &str) -> Option<f64> {
        if view.get(key).is_none() {
            self.missing(view, key);
            return None;
        }
        self.number_or(view, key, 0.0)
    }

    pub fn number_or(&mut self, view: View, key: &str, default: f64) -> Option<f64> {
        match view.get(key).map(|e| &e.item) {
            None => Some(default),
            Some(&Item::Number(x)) => Some(x),
            Some(other) => {
                let wrong = format!("is {}, not a number", other.kind());
                self.wrong(
                    view,
                    key,
                    &wrong,
                    "a number, e.g. 0.5 or 8e-8",
                    "write a plain number without quotes or unit; units are SI",
                );
                None
            }
        }
    }

    pub fn count(
        &mut self,
        view: View,
        key: &str,
        default: Option<u64>,
        allowed: &str,
    ) -> Option<u64> {
        let value = match default {
            None => self.required_number(view, key)?,
            Some(default) => self.number_or(view, key, default as f64)?,
        };
        // Beyond 2^53 whole numbers are not told apart; the kernel's limits are far below.
        if value >= 0.0 && value.fract() == 0.0 && value <= 9e15 {
            return Some(value as u64);
        }
        self.out_of_range(view, &ParameterError::new(key, value, allowed));
        None
    }

    pub fn text(&mut self, view: View, key: &str) -> String {
        match view.get(key).map(|e| &e.item) {
            None => String::new(),
            Some(Item::Text(text) | Item::Date(text)) => text.clone(),
            Some(other) => {
                let wrong = format!("is {}, not a text", other.kind());
                self.wrong(view, key, &wrong, "a text", "put it in double quotes");
                String::new()
            }
        }
    }

    pub fn missing(&mut self, view: View, key: &str) {
        let mut problem = self
            .sources
            .problem(view.place, &view.name(key), "is missing");
        if let Some(field) = find(view.fields, key) {
            let unit = if field.unit.is_empty() {
                String::new()
            } else {
                format!(" ({})", field.unit)
            };
            problem.remedy = format!("add `{key} = ...`{unit}: {}", field.meaning);
        }
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    pub fn wrong(&mut self, view: View, key: &str, wrong: &str, allowed: &str, remedy: &str) {
        let at = view.get(key).map(|e| &e.at).or(view.place);
        let mut problem = self.sources.problem(at, &view.name(key), wrong);
        if let Some(entry) = view.get(key) {
            problem.value = self.sources.written(&entry.at);
        }
        problem.allowed = allowed.into();
        problem.remedy = remedy.into();
        // Both electrodes may take the same wrong value from [electrode].
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// A value that the kernel refuses, or would.
    pub fn out_of_range(&mut self, view: View, error: &ParameterError) {
        let key = error.parameter.split(['.', '[']).next().unwrap_or("");
        let remedy = find(view.fields, key).map_or_else(
            || "choose a value in this range".into(),
            |field| format!("choose a value in this range; {key} is {}", field.meaning),
        );
        self.wrong(view, key, "is out of range", &error.allowed, &remedy);
    }
}
