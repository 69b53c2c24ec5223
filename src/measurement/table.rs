//! Columns of numbers as they stand in a file.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::text::{Delimiter, decode, has_decimal_comma, has_thousands, number};
use super::{Choice, Heading, MeasurementError, Quantity, biologic, delimited, gamry, headings};

/// What wrote a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Delimited,
    BioLogic,
    Gamry,
}

impl Format {
    pub fn name(self) -> &'static str {
        match self {
            Self::Delimited => "text with columns",
            Self::BioLogic => "BioLogic EC-Lab text",
            Self::Gamry => "Gamry DTA",
        }
    }
}

/// A file's numbers, column by column, in the file's units.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    pub file: PathBuf,
    /// SHA-256 of the file, in hexadecimal digits.
    pub sha256: String,
    pub format: Format,
    /// Empty where the file names no columns.
    pub headings: Vec<Heading>,
    /// Line of the headings, from 1.
    pub heading_line: Option<u64>,
    /// Cells that hold no number are NaN.
    pub columns: Vec<Vec<f64>>,
    /// Line of each row.
    pub lines: Vec<u64>,
    /// What was mended or left out, for people.
    pub notes: Vec<String>,
}

impl Table {
    /// Reads a file of any known format.
    ///
    /// # Errors
    /// With file, line and remedy: a file that cannot be read, is no text, has no rows of numbers, or
    /// rows that do not fit its headings.
    pub fn read(path: &Path) -> Result<Self, MeasurementError> {
        let bytes = std::fs::read(path).map_err(|e| {
            MeasurementError::new(
                path,
                None,
                format!("cannot be read: {e}"),
                "check the file's name and permissions",
            )
        })?;
        Self::parse(path, &bytes)
    }

    /// Reads a file's content; `path` is its name in messages.
    ///
    /// # Errors
    /// As [`Table::read`].
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, MeasurementError> {
        let text = decode(path, bytes)?;
        let first = text.lines().find(|l| !l.trim().is_empty()).unwrap_or("");
        let mut table = if biologic::is_header(first) {
            biologic::parse(path, &text)?
        } else if gamry::is_header(first) {
            gamry::parse(path, &text)?
        } else {
            delimited::parse(path, &text)?
        };
        table.sha256 = hex(&Sha256::digest(bytes));
        Ok(table)
    }

    pub(super) fn new(path: &Path, format: Format) -> Self {
        Self {
            file: path.into(),
            sha256: String::new(),
            format,
            headings: Vec::new(),
            heading_line: None,
            columns: Vec::new(),
            lines: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub fn rows(&self) -> usize {
        self.lines.len()
    }

    /// The error at a line of this file.
    pub(super) fn error(
        &self,
        line: Option<u64>,
        wrong: impl Into<String>,
        remedy: impl Into<String>,
    ) -> MeasurementError {
        MeasurementError::new(&self.file, line, wrong, remedy)
    }

    /// Adds rows of cells. Rows that do not fit are an error, except for the last one, which a file cut short
    /// leaves behind.
    pub(super) fn fill(
        &mut self,
        rows: &[(u64, &str)],
        delimiter: Delimiter,
        width: usize,
    ) -> Result<(), MeasurementError> {
        let decimal_comma = comma_is_decimal(rows, delimiter);
        if let Some(line) = doubtful_comma(rows, delimiter).filter(|_| decimal_comma) {
            return Err(self.error(
                Some(line),
                "a comma before three digits here, none in smaller numbers of this column: between thousands, or a decimal sign?",
                "export numbers without thousands separators, or all with decimal points",
            ));
        }
        if self.columns.is_empty() {
            self.columns = vec![Vec::new(); width];
        }
        for (k, (line, text)) in rows.iter().enumerate() {
            let cells = delimiter.cells(text);
            if cells.len() > width || (cells.len() < width && k + 1 < rows.len() && cells.len() < 2)
            {
                return Err(self.uneven(*line, cells.len(), width, delimiter));
            }
            if cells.len() < width && k + 1 == rows.len() {
                self.notes
                    .push(format!("line {line} breaks off and is left out"));
                continue;
            }
            if let Some(cell) = cells.iter().find(|c| has_thousands(c)) {
                return Err(self.error(
                    Some(*line),
                    format!("\"{cell}\" has signs between its thousands"),
                    "export numbers without thousands separators",
                ));
            }
            self.lines.push(*line);
            for (j, column) in self.columns.iter_mut().enumerate() {
                column.push(cells.get(j).map_or(f64::NAN, |c| number(c, decimal_comma)));
            }
        }
        if self.rows() == 0 {
            return Err(self.error(
                self.heading_line,
                "has headings but no complete row of numbers",
                "export the measurement again; the file may have been cut short",
            ));
        }
        Ok(())
    }

    fn uneven(
        &self,
        line: u64,
        found: usize,
        wanted: usize,
        delimiter: Delimiter,
    ) -> MeasurementError {
        let noun = delimiter.noun();
        let wrong = format!("{found} cells between {noun}s, where the headings name {wanted}");
        let remedy = if delimiter == Delimiter::Char(',') && found == 2 * wanted {
            "these look like decimal commas in a file that also puts commas between its columns, which cannot be told apart: export with points, or with ; or tabs between columns"
        } else {
            "mend the line, or export again with one delimiter (comma, semicolon, tab or spaces) throughout"
        };
        self.error(Some(line), wrong, remedy)
    }

    /// The column that holds a quantity: the chosen one, or the best by its heading.
    pub(super) fn find(
        &self,
        quantity: Quantity,
        choice: &Choice,
    ) -> Result<Option<usize>, MeasurementError> {
        if let Some((_, wanted)) = choice.columns.iter().find(|(q, _)| *q == quantity) {
            return self.named(quantity, wanted).map(Some);
        }
        let taken = |k: usize| {
            choice
                .columns
                .iter()
                .any(|(_, wanted)| self.named(quantity, wanted).is_ok_and(|found| found == k))
        };
        let ranked = self.headings.iter().enumerate().filter(|(k, _)| !taken(*k));
        let best = ranked
            .filter_map(|(k, h)| quantity.rank(&h.name).map(|rank| (rank, k)))
            .min()
            .map(|(_, k)| k);
        match best {
            Some(k) => self.sole(quantity, k).map(Some),
            None => Ok(None),
        }
    }

    /// The column, if no other has the same heading and other numbers.
    fn sole(&self, quantity: Quantity, column: usize) -> Result<usize, MeasurementError> {
        let heading = &self.headings[column];
        let differs = |k: &usize| {
            let pairs = self.columns[*k].iter().zip(&self.columns[column]);
            self.headings[*k] == *heading
                && pairs
                    .into_iter()
                    .any(|(a, b)| a != b && !(a.is_nan() && b.is_nan()))
        };
        match (column + 1..self.columns.len().min(self.headings.len())).find(differs) {
            None => Ok(column),
            Some(twin) => {
                let key = quantity.key();
                Err(self.error(
                    self.heading_line,
                    format!(
                        "columns #{} and #{} are both called \"{}\" and differ",
                        column + 1,
                        twin + 1,
                        heading.text
                    ),
                    format!("choose one, such as --columns {key}=#{}", column + 1),
                ))
            }
        }
    }

    /// The column that `--columns` names, by its heading, its heading without unit, or `#number`.
    fn named(&self, quantity: Quantity, wanted: &str) -> Result<usize, MeasurementError> {
        let by_number = wanted
            .strip_prefix('#')
            .and_then(|n| n.parse::<usize>().ok())
            .filter(|n| (1..=self.columns.len()).contains(n))
            .map(|n| n - 1);
        let by = |f: fn(&Heading) -> &str| self.headings.iter().position(|h| f(h) == wanted);
        by_number
            .or_else(|| by(|h| &h.text))
            .or_else(|| by(|h| &h.name))
            .ok_or_else(|| {
                self.error(
                    self.heading_line,
                    format!(
                        "there is no column \"{wanted}\" for the {}",
                        quantity.noun()
                    ),
                    format!("choose from {}", self.list()),
                )
            })
    }

    /// The columns in a sentence.
    fn list(&self) -> String {
        if self.headings.is_empty() {
            return format!("#1 to #{}", self.columns.len());
        }
        let names: Vec<String> = self
            .headings
            .iter()
            .map(|h| format!("\"{}\"", h.text))
            .collect();
        names.join(", ")
    }

    /// The column that holds a quantity, or an error that says how to name it.
    pub(super) fn require(
        &self,
        quantity: Quantity,
        choice: &Choice,
    ) -> Result<usize, MeasurementError> {
        self.find(quantity, choice)?.ok_or_else(|| {
            let key = quantity.key();
            let wrong = if self.headings.is_empty() {
                format!(
                    "the columns have no headings, so none is known as {}",
                    quantity.noun()
                )
            } else {
                format!("no column is known as {}", quantity.noun())
            };
            let example = match self.headings.first() {
                Some(h) => h.name.clone(),
                None => "#1".into(),
            };
            self.error(
                self.heading_line.or(self.lines.first().copied()),
                wrong,
                format!(
                    "name it, such as --columns {key}={example}; there are {}",
                    self.list()
                ),
            )
        })
    }

    /// A column in SI units.
    pub(super) fn si(
        &self,
        quantity: Quantity,
        column: usize,
        choice: &Choice,
    ) -> Result<Vec<f64>, MeasurementError> {
        let same = |q: Quantity| q.si_unit() == quantity.si_unit();
        let chosen = choice.units.iter().find(|(q, _)| same(*q)).map(|(_, u)| u);
        let heading = self.headings.get(column);
        let unit = chosen.or(heading.and_then(|h| h.unit.as_ref()));
        let key = quantity.key();
        let si = quantity.si_unit();
        let name = heading.map_or(format!("#{}", column + 1), |h| h.text.clone());
        let factor = match unit {
            Some(unit) => headings::to_si(quantity, unit).ok_or_else(|| {
                let remedy = if unit.contains("cm") || unit.contains("/g") {
                    format!("values per area or mass need the size of the part: export plain {si}")
                } else {
                    format!("name its unit, such as --units {key}={si} or {key}=m{si}")
                };
                self.error(
                    self.heading_line,
                    format!(
                        "column \"{name}\": \"{unit}\" is no unit of {}",
                        quantity.noun()
                    ),
                    remedy,
                )
            })?,
            None if choice.all_si || quantity == Quantity::Cycle => 1.0,
            None => {
                return Err(self.error(
                    self.heading_line.or(self.lines.first().copied()),
                    format!("column \"{name}\" ({}) has no unit", quantity.noun()),
                    format!("name it, such as --units {key}={si} or {key}=m{si}; --units si says that all columns without one are in SI units"),
                ));
            }
        };
        Ok(self.columns[column].iter().map(|x| x * factor).collect())
    }

    /// The rows in which all these columns hold numbers; a note says how many were left out.
    pub(super) fn complete_rows(
        &self,
        columns: &[&Vec<f64>],
        notes: &mut Vec<String>,
    ) -> Result<Vec<usize>, MeasurementError> {
        let complete = |r: &usize| columns.iter().all(|c| c[*r].is_finite());
        let (good, bad): (Vec<usize>, Vec<usize>) = (0..self.rows()).partition(complete);
        if let Some(first) = bad.first() {
            let line = self.lines[*first];
            if 5 * bad.len() > self.rows() {
                return Err(self.error(
                    Some(line),
                    format!(
                        "{} of {} rows hold no number where one is needed",
                        bad.len(),
                        self.rows()
                    ),
                    "mend the file, or choose other columns with --columns",
                ));
            }
            notes.push(format!(
                "{} row{} without numbers left out (the first is line {line})",
                bad.len(),
                if bad.len() == 1 { "" } else { "s" }
            ));
        }
        Ok(good)
    }
}

/// Whether commas inside cells stand for the decimal point.
fn comma_is_decimal(rows: &[(u64, &str)], delimiter: Delimiter) -> bool {
    let mut seen = false;
    for (_, text) in rows {
        for cell in delimiter.cells(text) {
            if cell.contains(',') {
                if !has_decimal_comma(cell) {
                    return false;
                }
                seen = true;
            }
        }
    }
    seen
}

/// The line of a comma that may stand between thousands: in its column it always has three digits behind it and
/// up to three before, and only numbers below 1000 have none.
fn doubtful_comma(rows: &[(u64, &str)], delimiter: Delimiter) -> Option<u64> {
    struct Column {
        first: Option<u64>,
        grouped: bool,
        small: bool,
    }
    let mut columns: Vec<Column> = Vec::new();
    for (line, text) in rows {
        for (k, cell) in delimiter.cells(text).into_iter().enumerate() {
            while columns.len() <= k {
                columns.push(Column {
                    first: None,
                    grouped: true,
                    small: false,
                });
            }
            let column = &mut columns[k];
            let digits = cell.trim_start_matches(['-', '+']);
            if let Some((before, behind)) = digits.split_once(',') {
                let three = behind.len() == 3 && behind.bytes().all(|b| b.is_ascii_digit());
                column.grouped &=
                    three && (1..=3).contains(&before.len()) && !before.starts_with('0');
                column.first.get_or_insert(*line);
            } else if digits.parse::<u16>().is_ok() {
                column.small |= digits.len() == 3;
                column.grouped &= digits.len() <= 3;
            }
        }
    }
    columns
        .iter()
        .find(|c| c.grouped && c.small && c.first.is_some())
        .and_then(|c| c.first)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
