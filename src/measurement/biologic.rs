//! BioLogic EC-Lab text export (`.mpt`).
//!
//! ```text
//! EC-Lab ASCII FILE
//! Nb header lines : 58
//! ... settings ...
//! mode<TAB>time/s<TAB>Ewe/V<TAB><I>/mA<TAB>cycle number
//! 2<TAB>0.0<TAB>...
//! ```
//!
//! The second line says how many lines the header has, the headings being the last of them. Where the
//! computer is set so, numbers have decimal commas.

use std::path::Path;

use super::text::Delimiter;
use super::{Format, Heading, MeasurementError, Table};

/// Whether the first line of a file is that of such an export.
pub(super) fn is_header(first: &str) -> bool {
    let first = first.trim_start_matches('\u{feff}').trim();
    first.starts_with("EC-Lab ASCII FILE") || first.starts_with("BT-Lab ASCII FILE")
}

pub(super) fn parse(path: &Path, text: &str) -> Result<Table, MeasurementError> {
    let mut table = Table::new(path, Format::BioLogic);
    let lines: Vec<&str> = text.lines().collect();
    let count = lines
        .iter()
        .take(5)
        .find(|l| l.contains("Nb header lines"))
        .and_then(|l| l.rsplit(':').next())
        .and_then(|n| n.trim().parse::<usize>().ok());
    let Some(count) = count.filter(|n| *n >= 2) else {
        return Err(table.error(
            Some(2),
            "\"Nb header lines : NUMBER\" is missing",
            "export the file again from EC-Lab as text with its header",
        ));
    };
    let Some(heading) = lines.get(count - 1) else {
        return Err(table.error(
            Some(lines.len() as u64),
            format!("the file ends within its header of {count} lines"),
            "export the file again; it has been cut short",
        ));
    };
    let delimiter = Delimiter::Char('\t');
    table.heading_line = Some(count as u64);
    table.headings = delimiter
        .cells(heading)
        .iter()
        .map(|n| Heading::new(n))
        .collect();
    let rows: Vec<(u64, &str)> = lines
        .iter()
        .enumerate()
        .skip(count)
        .map(|(k, l)| (k as u64 + 1, *l))
        .filter(|(_, l)| !l.trim().is_empty())
        .collect();
    let width = table.headings.len();
    table.fill(&rows, delimiter, width)?;
    Ok(table)
}
