//! Values by table and key, and a problem with its line for whatever is not usable.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::card::Problem;
use crate::parameter::ParameterError;

pub struct Reader<'t> {
    text: &'t str,
    source: &'t str,
    root: DeTable<'t>,
    problems: Vec<Problem>,
    /// Keys that were asked for, as `table.key`.
    known: BTreeSet<String>,
}

const TABLES: [&str; 6] = ["geometry", "electrolyte", "drive", "grid", "time", "output"];

impl<'t> Reader<'t> {
    pub fn new(text: &'t str, source: &'t str) -> Result<Self, Vec<Problem>> {
        let (root, errors) = DeTable::parse_recoverable(text);
        let mut reader = Self {
            text,
            source,
            root: root.into_inner(),
            problems: Vec::new(),
            known: BTreeSet::new(),
        };
        if errors.is_empty() {
            return Ok(reader);
        }
        for error in errors.iter().take(5) {
            reader.report(
                error.span(),
                "TOML syntax",
                error.message(),
                "",
                "write `key = value` lines under [tables]; docs/mpnp.md has a full example",
            );
        }
        Err(reader.problems)
    }

    fn find(&self, table: &str, key: &str) -> Option<&Spanned<DeValue<'t>>> {
        if table.is_empty() {
            return self.root.get(key);
        }
        match self.root.get(table)?.get_ref() {
            DeValue::Table(t) => t.get(key),
            _ => None,
        }
    }

    fn name(table: &str, key: &str) -> String {
        if table.is_empty() {
            key.into()
        } else {
            format!("{table}.{key}")
        }
    }

    fn report(
        &mut self,
        span: Option<Range<usize>>,
        parameter: &str,
        wrong: &str,
        allowed: &str,
        remedy: &str,
    ) {
        let mut problem = Problem {
            source: self.source.into(),
            line: None,
            column: None,
            parameter: parameter.into(),
            value: String::new(),
            wrong: wrong.into(),
            allowed: allowed.into(),
            remedy: remedy.into(),
            excerpt: String::new(),
        };
        if let Some(span) = span {
            let mut start = span.start.min(self.text.len());
            while !self.text.is_char_boundary(start) {
                start -= 1;
            }
            let before = &self.text[..start];
            let line_start = before.rfind('\n').map_or(0, |i| i + 1);
            problem.line = Some(before.matches('\n').count() + 1);
            problem.column = Some(before[line_start..].chars().count() + 1);
            problem.excerpt = self.text[line_start..]
                .lines()
                .next()
                .unwrap_or("")
                .chars()
                .take(160)
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect();
            let value = self.text.get(start..span.end).unwrap_or("");
            if !value.is_empty() && value.lines().count() == 1 && parameter != "TOML syntax" {
                problem.value = value.chars().take(60).collect();
            }
        }
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn wrong(&mut self, table: &str, key: &str, wrong: &str, allowed: &str, remedy: &str) {
        let span = self.find(table, key).map(Spanned::span);
        self.report(span, &Self::name(table, key), wrong, allowed, remedy);
    }

    fn value(&mut self, table: &str, key: &str) -> Option<DeValue<'t>> {
        self.known.insert(Self::name(table, key));
        self.find(table, key).map(|v| v.get_ref().clone())
    }

    pub fn number(&mut self, table: &str, key: &str, default: f64) -> f64 {
        let Some(value) = self.value(table, key) else {
            return default;
        };
        if let Some(x) = number(&value).filter(|x| x.is_finite()) {
            return x;
        }
        self.wrong(
            table,
            key,
            "is not a finite number",
            "a number, e.g. 1.5",
            "write a plain number; the unit is in the key's name",
        );
        default
    }

    /// A length in metre from a key in nanometre.
    pub fn nanometres(&mut self, table: &str, key: &str, default: f64) -> f64 {
        let given = self.number(table, key, f64::NAN);
        if given.is_nan() { default } else { given / 1e9 }
    }

    pub fn within(&mut self, table: &str, key: &str, default: f64, low: f64, high: f64) -> f64 {
        let x = self.number(table, key, default);
        if x >= low && x <= high {
            return x;
        }
        self.wrong(
            table,
            key,
            "is out of range",
            &format!("{low:e} to {high:e}"),
            "choose a value in this range",
        );
        default
    }

    pub fn integer(&mut self, table: &str, key: &str, default: i32) -> i32 {
        let x = self.number(table, key, f64::from(default));
        if x.fract() == 0.0 && x.abs() < 1e9 {
            return x as i32;
        }
        self.wrong(
            table,
            key,
            "is not a whole number",
            "a whole number",
            "leave out the fraction",
        );
        default
    }

    pub fn count(
        &mut self,
        table: &str,
        key: &str,
        default: usize,
        low: usize,
        high: usize,
    ) -> usize {
        let x = self.number(table, key, default as f64);
        if x.fract() == 0.0 && x >= low as f64 && x <= high as f64 {
            return x as usize;
        }
        self.wrong(
            table,
            key,
            "is out of range",
            &format!("a whole number, {low} to {high}"),
            "choose a value in this range",
        );
        default
    }

    pub fn text(&mut self, table: &str, key: &str, default: &str) -> String {
        match self.value(table, key) {
            None => default.into(),
            Some(DeValue::String(text)) => text.into_owned(),
            Some(_) => {
                self.wrong(
                    table,
                    key,
                    "is not a text",
                    "a text",
                    "put it in double quotes",
                );
                default.into()
            }
        }
    }

    /// One of some words; the first is the default.
    pub fn choice<T: Copy>(&mut self, table: &str, key: &str, choices: &[(&str, T)]) -> T {
        let default = choices[0];
        let text = self.text(table, key, default.0);
        if let Some(found) = choices.iter().find(|c| c.0 == text) {
            return found.1;
        }
        let allowed: Vec<String> = choices.iter().map(|c| format!("\"{}\"", c.0)).collect();
        self.wrong(
            table,
            key,
            "is not known",
            &allowed.join(", "),
            "choose one of these",
        );
        default.1
    }

    pub fn numbers(&mut self, table: &str, key: &str) -> Vec<f64> {
        let list = match self.value(table, key) {
            None => return Vec::new(),
            Some(DeValue::Array(list)) => list
                .iter()
                .map(|v| number(v.get_ref()).filter(|x| x.is_finite()))
                .collect::<Option<Vec<f64>>>(),
            Some(_) => None,
        };
        list.unwrap_or_else(|| {
            self.wrong(
                table,
                key,
                "is not a list of numbers",
                "e.g. [1e-6, 2e-6]",
                "write numbers in brackets",
            );
            Vec::new()
        })
    }

    pub fn points(&mut self, table: &str, key: &str) -> Vec<(f64, f64)> {
        let pair = |v: &Spanned<DeValue>| match v.get_ref() {
            DeValue::Array(p) if p.len() == 2 => {
                Some((number(p[0].get_ref())?, number(p[1].get_ref())?))
            }
            _ => None,
        };
        let list = match self.value(table, key) {
            Some(DeValue::Array(list)) => list.iter().map(pair).collect::<Option<Vec<_>>>(),
            _ => None,
        };
        list.unwrap_or_else(|| {
            self.wrong(
                table,
                key,
                "is not a list of pairs",
                "[[t_s, phi_m_V], ...], e.g. [[0, 0], [2e-5, 0.2]]",
                "give time and potential of every corner of the drive",
            );
            Vec::new()
        })
    }

    /// Reports `key`, which belongs to another kind.
    pub fn only_for(&mut self, table: &str, key: &str, owner: &str, kind: &str) {
        self.known.insert(Self::name(table, key));
        if self.find(table, key).is_some() {
            self.wrong(
                table,
                key,
                &format!("has no meaning with kind = \"{kind}\""),
                "",
                &format!("remove it, or set kind = \"{owner}\""),
            );
        }
    }

    /// A value that the solver refuses. Points at the key the error names, or at its table.
    pub fn refuse(&mut self, table: &str, error: &ParameterError) {
        let mut key = error.parameter.as_str();
        // Both ions may have their size from one key.
        if self.find(table, key).is_none() && key.ends_with("ion_size_nm") {
            key = "ion_size_nm";
        }
        let span = self
            .find(table, key)
            .or_else(|| self.root.get(table))
            .map(Spanned::span);
        let wrong = format!("is out of range ({} in effect)", error.value);
        let name = Self::name(table, key);
        self.report(
            span,
            &name,
            &wrong,
            &error.allowed,
            "choose a value in this range",
        );
    }

    /// The result, unless something was wrong; unknown keys are.
    pub fn finish<T>(mut self, result: T) -> Result<T, Vec<Problem>> {
        let mut unknown = Vec::new();
        for (key, value) in &self.root {
            let key = key.get_ref().as_ref();
            match value.get_ref() {
                DeValue::Table(table) if TABLES.contains(&key) => {
                    for (inner, at) in table {
                        let name = format!("{key}.{}", inner.get_ref());
                        if !self.known.contains(&name) {
                            unknown.push((inner.span(), name, at.span()));
                        }
                    }
                }
                _ if self.known.contains(key) => {}
                _ => unknown.push((value.span(), key.to_string(), value.span())),
            }
        }
        for (span, name, _) in unknown {
            let table = name.split('.').next().unwrap_or("");
            let keys: Vec<&str> = self
                .known
                .iter()
                .filter(|k| name.contains('.') && k.starts_with(&format!("{table}.")))
                .map(|k| &k[table.len() + 1..])
                .collect();
            let remedy = if keys.is_empty() {
                format!("the tables are [{}]", TABLES.join("], ["))
            } else {
                format!("the keys of [{table}] are {}", keys.join(", "))
            };
            self.report(Some(span), &name, "no such parameter", "", &remedy);
        }
        if self.problems.is_empty() {
            Ok(result)
        } else {
            self.problems.sort_by_key(|p| (p.line, p.column));
            Err(self.problems)
        }
    }
}

fn number(value: &DeValue) -> Option<f64> {
    match value {
        DeValue::Float(f) => f.as_str().replace('_', "").parse().ok(),
        DeValue::Integer(i) => {
            let digits = i.as_str().replace('_', "");
            i64::from_str_radix(&digits, i.radix())
                .ok()
                .map(|x| x as f64)
        }
        _ => None,
    }
}
