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

pub struct Table {
    columns: Vec<String>,
    cells: BTreeMap<(Variant, Analysis, usize), Cell>,
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
        let cell = match cell {
            Cell::Error(e) if e.is_nan() || e > analysis.tolerance() => {
                Cell::Failed(format!("{case}: off by {e:.1e}"))
            }
            Cell::Failed(reason) => Cell::Failed(format!("{case}: {reason}")),
            other => other,
        };
        let worst = match (self.cells.remove(&(variant, analysis, column)), cell) {
            (None, cell) => cell,
            (Some(Cell::Error(a)), Cell::Error(b)) => Cell::Error(a.max(b)),
            (Some(Cell::Failed(reason)), _) | (_, Cell::Failed(reason)) => Cell::Failed(reason),
            (Some(Cell::Cannot(reason)), _) | (_, Cell::Cannot(reason)) => Cell::Cannot(reason),
        };
        self.cells.insert((variant, analysis, column), worst);
    }

    pub fn cells(&self) -> impl Iterator<Item = &Cell> {
        self.cells.values()
    }

    pub fn failures(&self) -> Vec<String> {
        self.cells
            .iter()
            .filter_map(|((variant, analysis, column), cell)| match cell {
                Cell::Failed(reason) => Some(format!(
                    "{}, {}, {}: {reason}",
                    self.columns[*column],
                    variant.name(),
                    analysis.name()
                )),
                _ => None,
            })
            .collect()
    }

    pub fn to_markdown(&self) -> String {
        let mut reasons: Vec<&str> = Vec::new();
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
                        Some(Cell::Error(0.0)) => String::from("0"),
                        Some(Cell::Error(e)) => format!("{e:.0e}"),
                        Some(Cell::Failed(_)) => String::from("**wrong**"),
                        Some(Cell::Cannot(reason)) => {
                            let number =
                                reasons.iter().position(|r| r == reason).unwrap_or_else(|| {
                                    reasons.push(reason);
                                    reasons.len() - 1
                                });
                            format!("({})", number + 1)
                        }
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
