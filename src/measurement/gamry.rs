//! Gamry Framework data (`.DTA`).
//!
//! ```text
//! EXPLAIN
//! TAG<TAB>CV
//! ...
//! CURVE1<TAB>TABLE<TAB>450
//! <TAB>Pt<TAB>T<TAB>Vf<TAB>Im<TAB>...
//! <TAB>#<TAB>s<TAB>V vs. Ref.<TAB>A<TAB>...
//! <TAB>0<TAB>...
//! ```
//!
//! Tables are named `CURVE`, `CURVE1`, ... (one per cycle) or `ZCURVE`; the units have a line of their own.

use std::path::Path;

use super::text::Delimiter;
use super::{Format, Heading, MeasurementError, Table};

/// Whether the first line of a file is that of such data.
pub(super) fn is_header(first: &str) -> bool {
    first.trim_start_matches('\u{feff}').trim() == "EXPLAIN"
}

/// Name of the column that is added to tell the tables of a file apart.
const CURVE: &str = "curve";

pub(super) fn parse(path: &Path, text: &str) -> Result<Table, MeasurementError> {
    let mut table = Table::new(path, Format::Gamry);
    let lines: Vec<&str> = text.lines().collect();
    let tab = Delimiter::Char('\t');
    let mut curves = Vec::new();
    let mut k = 0;
    while k < lines.len() {
        let words: Vec<&str> = lines[k].split('\t').map(str::trim).collect();
        // OCVCURVE and the like are measured before the experiment itself.
        let is_curve = words.len() > 1
            && words[1] == "TABLE"
            && (words[0].starts_with("CURVE") || words[0].starts_with("ZCURVE"));
        k += 1;
        if !is_curve {
            continue;
        }
        let (Some(names), Some(units)) = (lines.get(k), lines.get(k + 1)) else {
            break;
        };
        // Rows begin with a tab: the first cell is empty.
        let names: Vec<&str> = tab.cells(names).into_iter().skip(1).collect();
        let units: Vec<&str> = tab.cells(units).into_iter().skip(1).collect();
        let headings: Vec<Heading> = names
            .iter()
            .enumerate()
            .map(|(j, n)| Heading::with_unit(n, units.get(j).copied().unwrap_or("")))
            .collect();
        let heading_line = k as u64 + 1;
        k += 2;
        let first = k;
        while k < lines.len() && lines[k].starts_with('\t') {
            k += 1;
        }
        if table.headings.is_empty() {
            table.headings = headings;
            table.heading_line = Some(heading_line);
        } else if table.headings != headings {
            return Err(table.error(
                Some(heading_line),
                "this table has other columns than the one before",
                "keep one experiment in the file",
            ));
        }
        let rows: Vec<(u64, &str)> = (first..k)
            .map(|r| {
                (
                    r as u64 + 1,
                    lines[r].strip_prefix('\t').unwrap_or(lines[r]),
                )
            })
            .collect();
        if rows.is_empty() {
            continue;
        }
        let width = table.headings.len();
        // Texts such as the last column's status bits become NaN and are never asked for.
        table.fill(&rows, tab, width)?;
        curves.push(table.rows());
    }
    if table.rows() == 0 {
        return Err(table.error(
            Some(lines.len() as u64),
            "no table CURVE or ZCURVE with rows was found",
            "the measurement may have been stopped before its first point; export it again",
        ));
    }
    if curves.len() > 1 {
        table.headings.push(Heading::with_unit(CURVE, ""));
        let number = |row: usize| curves.iter().position(|end| row < *end).unwrap_or(0) + 1;
        let column = (0..table.rows()).map(|r| number(r) as f64).collect();
        table.columns.push(column);
    }
    Ok(table)
}
