//! Text with columns: CSV with comma, semicolon or tab, columns set apart by spaces, and what
//! NOVA/Autolab and most other programs export.
//!
//! Lines that begin with `#` are comments. The headings are the last line before the numbers, if it has
//! as many cells; what stands above is passed over. A `#` before the headings themselves
//! (as numpy writes them) is allowed.

use std::path::Path;

use super::text::{Delimiter, has_decimal_comma, is_number};
use super::{Format, Heading, MeasurementError, Table};

pub(super) fn parse(path: &Path, text: &str) -> Result<Table, MeasurementError> {
    let mut table = Table::new(path, Format::Delimited);
    let lines: Vec<(u64, &str)> = text
        .lines()
        .enumerate()
        .map(|(k, l)| (k as u64 + 1, l.trim_start_matches('\u{feff}')))
        .filter(|(_, l)| !l.trim().is_empty())
        .collect();
    let comment = |line: &str| line.trim_start().starts_with('#');
    let Some(start) = lines.iter().position(|(_, l)| !comment(l) && is_data(l)) else {
        return Err(table.error(
            lines.first().map(|l| l.0),
            "no row of at least two numbers was found",
            "the columns must be set apart by comma, semicolon, tab or spaces; export the measurement as CSV",
        ));
    };
    let rows: Vec<(u64, &str)> = lines[start..]
        .iter()
        .filter(|(_, l)| !comment(l))
        .copied()
        .collect();
    let delimiter = Delimiter::of(rows[0].1);
    // Of the first rows the longest: a first row may lack its last cell.
    let data_width = rows
        .iter()
        .take(20)
        .map(|(_, l)| delimiter.cells(l).len())
        .max()
        .unwrap_or(0);

    let above = start.checked_sub(1).map(|k| lines[k]);
    let mut width = data_width;
    if let Some((line, heading)) = above {
        let bare = heading.trim().trim_start_matches('#');
        let names = delimiter.cells(bare.trim_matches(|c| c == ' '));
        let fits = names.len() == data_width || (!comment(heading) && names.len() > 1);
        if fits {
            table.headings = names.iter().map(|n| Heading::new(n)).collect();
            table.heading_line = Some(line);
            width = names.len();
        } else if !comment(heading) {
            return Err(table.error(
                Some(line),
                format!(
                    "the headings are not set apart by {}s as the rows below are",
                    delimiter.noun()
                ),
                "use one delimiter (comma, semicolon, tab or spaces) throughout",
            ));
        }
    }
    table.fill(&rows, delimiter, width)?;
    Ok(table)
}

/// Whether a line holds numbers: at least two, and more than there is text.
fn is_data(line: &str) -> bool {
    let cells = Delimiter::of(line).cells(line);
    let numbers = cells
        .iter()
        .filter(|c| is_number(c) || has_decimal_comma(c))
        .count();
    let texts = cells.iter().filter(|c| !c.is_empty()).count() - numbers;
    numbers >= 2 && numbers > texts
}
