//! The table: variants and analyses down, doors and releases across.

use super::doors::Analysis;
use super::variant::Variant;
use std::collections::BTreeMap;

/// What came of one comparison, or of several.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Largest difference, relative to the largest expected value.
    Error(f64),
    /// Why the host cannot.
    Cannot(&'static str),
    /// What went wrong.
    Failed(String),
}

/// Of all cases: what those came to that were run, and why others were not.
#[derive(Default)]
struct Summary {
    worst: Option<f64>,
    failure: Option<String>,
    reasons: Vec<&'static str>,
}

pub struct Table {
    columns: Vec<String>,
    cells: BTreeMap<(Variant, Analysis, usize), Summary>,
}

impl Table {
    pub fn new(columns: Vec<String>) -> Self {
        Self {
            columns,
            cells: BTreeMap::new(),
        }
    }

    /// Adds one case's outcome to a cell: the worst stays.
    pub fn note(
        &mut self,
        variant: Variant,
        analysis: Analysis,
        column: usize,
        cell: Cell,
        case: &str,
    ) {
        let summary = self.cells.entry((variant, analysis, column)).or_default();
        match cell {
            Cell::Error(e) if e.is_nan() || e > analysis.tolerance() => {
                summary.failure = Some(format!("{case}: off by {e:.1e}"));
            }
            Cell::Error(e) => summary.worst = Some(summary.worst.unwrap_or(0.0).max(e)),
            Cell::Failed(reason) => summary.failure = Some(format!("{case}: {reason}")),
            Cell::Cannot(reason) if !summary.reasons.contains(&reason) => {
                summary.reasons.push(reason);
            }
            Cell::Cannot(_) => {}
        }
    }

    /// Cells in which something was compared.
    pub fn compared(&self) -> usize {
        self.cells.values().filter(|s| s.worst.is_some()).count()
    }

    pub fn failures(&self) -> Vec<String> {
        self.cells
            .iter()
            .filter_map(|((variant, analysis, column), summary)| {
                Some(format!(
                    "{}, {}, {}: {}",
                    self.columns[*column],
                    variant.name(),
                    analysis.name(),
                    summary.failure.as_ref()?
                ))
            })
            .collect()
    }

    pub fn to_markdown(&self) -> String {
        let mut reasons: Vec<&'static str> = Vec::new();
        let mut text = format!("| variant | analysis | {} |\n", self.columns.join(" | "));
        text += &format!("|---|---|{}\n", "---|".repeat(self.columns.len()));
        for variant in Variant::ALL {
            for analysis in Analysis::ALL {
                if !self.cells.keys().any(|k| (k.0, k.1) == (variant, analysis)) {
                    continue;
                }
                text += &format!("| {} | {} |", variant.name(), analysis.name());
                for column in 0..self.columns.len() {
                    let shown = match self.cells.get(&(variant, analysis, column)) {
                        None => String::from("not run"),
                        Some(summary) => summary.shown(&mut reasons),
                    };
                    text += &format!(" {shown} |");
                }
                text.push('\n');
            }
        }
        text.push('\n');
        for (k, reason) in reasons.iter().enumerate() {
            text += &format!("({}) {reason}\n\n", k + 1);
        }
        text
    }
}

impl Summary {
    /// A number, and in parentheses those of the reasons below the table.
    fn shown(&self, reasons: &mut Vec<&'static str>) -> String {
        if self.failure.is_some() {
            return "**wrong**".into();
        }
        let mut parts: Vec<String> = Vec::new();
        match self.worst {
            Some(0.0) => parts.push("0".into()),
            Some(e) => parts.push(format!("{e:.0e}")),
            None => {}
        }
        for reason in &self.reasons {
            let known = reasons.iter().position(|r| r == reason);
            let number = known.unwrap_or_else(|| {
                reasons.push(reason);
                reasons.len() - 1
            });
            parts.push(format!("({})", number + 1));
        }
        parts.join(" ")
    }
}
