//! Columns of data, from memory or from CSV files.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::DiscoverError;

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub name: String,
    /// Unit as text, e.g. `A`; see [`super::units`].
    pub unit: Option<String>,
    pub cells: Cells,
}

/// The cells of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Cells {
    /// Numbers; cells that were empty or no number are NaN.
    Numbers(Vec<f64>),
    /// Text: at least one cell was neither empty nor a number. Serves as a category only.
    Labels(Vec<String>),
}

impl Cells {
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(v) => v.len(),
            Self::Labels(v) => v.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cell as text, for categories and messages.
    pub fn label(&self, row: usize) -> String {
        match self {
            Self::Numbers(v) => format!("{}", v[row]),
            Self::Labels(v) => v[row].clone(),
        }
    }
}

/// Columns of equal length with different names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    columns: Vec<Column>,
    /// First row of every file and the file, for messages.
    files: Vec<(usize, PathBuf)>,
    /// Line of each row in its file; empty for tables from memory.
    lines: Vec<u64>,
}

impl Table {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a column of numbers. A unit may follow the name in brackets: `Q [C]`.
    ///
    /// ```
    /// use ncm::discover::Table;
    /// let mut table = Table::new();
    /// table.add("I [A]", vec![0.1, 0.2, 0.3])?;
    /// assert_eq!(table.rows(), 3);
    /// assert!(table.add("I", vec![1.0, 2.0, 3.0]).is_err());
    /// # Ok::<(), ncm::discover::DiscoverError>(())
    /// ```
    pub fn add(&mut self, header: &str, values: Vec<f64>) -> Result<(), DiscoverError> {
        self.add_cells(header, Cells::Numbers(values))
    }

    /// Adds a column of labels, to be used as a category.
    pub fn add_labels(&mut self, header: &str, labels: Vec<String>) -> Result<(), DiscoverError> {
        self.add_cells(header, Cells::Labels(labels))
    }

    fn add_cells(&mut self, header: &str, cells: Cells) -> Result<(), DiscoverError> {
        let (name, unit) = split_header(header);
        if self.column(&name).is_some() {
            return Err(DiscoverError::DuplicateColumn { path: None, name });
        }
        if !self.columns.is_empty() && cells.len() != self.rows() {
            return Err(DiscoverError::ColumnLength {
                name,
                rows: cells.len(),
                wanted: self.rows(),
            });
        }
        self.columns.push(Column { name, unit, cells });
        Ok(())
    }

    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |c| c.cells.len())
    }

    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub fn names(&self) -> Vec<String> {
        self.columns.iter().map(|c| c.name.clone()).collect()
    }

    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// The column, or an error that names those there are.
    pub fn require(&self, name: &str) -> Result<&Column, DiscoverError> {
        self.column(name)
            .ok_or_else(|| DiscoverError::MissingColumn {
                name: name.to_string(),
                available: self.names(),
            })
    }

    /// Where a row stands, for messages.
    pub fn place(&self, row: usize) -> String {
        let file = self.files.iter().rev().find(|(first, _)| *first <= row);
        match (file, self.lines.get(row)) {
            (Some((_, path)), Some(line)) => format!("{} line {line}", path.display()),
            _ => format!("row {}", row + 1),
        }
    }

    /// Reads and pools CSV files. Columns are matched by name; a column that is not in every file
    /// is left out. Lines that start with `#` are comments. Separators: comma, semicolon or
    /// tab, whichever the header has.
    pub fn read_csv<P: AsRef<Path>>(paths: &[P]) -> Result<Self, DiscoverError> {
        let mut pooled: Option<RawTable> = None;
        for path in paths {
            let raw = RawTable::read(path.as_ref())?;
            pooled = Some(match pooled {
                None => raw,
                Some(earlier) => earlier.pooled_with(raw),
            });
        }
        let raw = pooled.unwrap_or_default();
        let mut table = Self {
            files: raw.files,
            lines: raw.lines,
            columns: Vec::new(),
        };
        for ((name, unit), cells) in raw.headers.into_iter().zip(raw.cells) {
            table.columns.push(Column {
                name,
                unit,
                cells: cells.finish(),
            });
        }
        Ok(table)
    }

    /// The files that rows came from, in the order of the rows.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        self.files.iter().map(|(_, path)| path.clone()).collect()
    }

    /// Rows of each file; one span for tables from memory.
    pub(super) fn file_spans(&self) -> Vec<Range<usize>> {
        let mut starts: Vec<usize> = self.files.iter().map(|(first, _)| *first).collect();
        if starts.is_empty() {
            starts.push(0);
        }
        let ends = starts[1..].iter().copied().chain([self.rows()]);
        starts.iter().zip(ends).map(|(a, b)| *a..b).collect()
    }

    /// Keeps these rows, which are in rising order.
    pub(super) fn keep_rows(&mut self, kept: &[usize]) {
        for column in &mut self.columns {
            match &mut column.cells {
                Cells::Numbers(v) => *v = kept.iter().map(|r| v[*r]).collect(),
                Cells::Labels(v) => *v = kept.iter().map(|r| v[*r].clone()).collect(),
            }
        }
        if !self.lines.is_empty() {
            self.lines = kept.iter().map(|r| self.lines[*r]).collect();
        }
        for (first, _) in &mut self.files {
            *first = kept.partition_point(|r| r < first);
        }
    }
}

/// `Q [C]` is column `Q` with unit `C`.
fn split_header(header: &str) -> (String, Option<String>) {
    let header = header.trim().trim_start_matches('\u{feff}');
    if let Some((name, rest)) = header.split_once('[') {
        if let Some(unit) = rest.trim_end().strip_suffix(']') {
            return (name.trim().to_string(), Some(unit.trim().to_string()));
        }
    }
    (header.to_string(), None)
}

/// A column while it is read: numbers until a cell is text.
#[derive(Debug)]
struct RawCells {
    numbers: Vec<f64>,
    /// The cells as text, from the first one on that is no number.
    labels: Option<Vec<String>>,
}

impl RawCells {
    fn push(&mut self, cell: &str) {
        let cell = cell.trim();
        let number = cell.parse::<f64>();
        let missing = cell.is_empty() || cell.eq_ignore_ascii_case("na");
        if self.labels.is_none() && number.is_err() && !missing {
            let so_far = self.numbers.iter().map(|v| format!("{v}")).collect();
            self.labels = Some(so_far);
        }
        if let Some(labels) = &mut self.labels {
            labels.push(cell.to_string());
        }
        self.numbers.push(number.unwrap_or(f64::NAN));
    }

    fn append(&mut self, other: Self) {
        if self.labels.is_some() || other.labels.is_some() {
            let as_text = |c: &Self| match &c.labels {
                Some(l) => l.clone(),
                None => c.numbers.iter().map(|v| format!("{v}")).collect(),
            };
            let mut labels = as_text(self);
            labels.extend(as_text(&other));
            self.labels = Some(labels);
        }
        self.numbers.extend(other.numbers);
    }

    fn finish(self) -> Cells {
        match self.labels {
            Some(labels) => Cells::Labels(labels),
            None => Cells::Numbers(self.numbers),
        }
    }
}

#[derive(Debug, Default)]
struct RawTable {
    headers: Vec<(String, Option<String>)>,
    cells: Vec<RawCells>,
    files: Vec<(usize, PathBuf)>,
    lines: Vec<u64>,
}

impl RawTable {
    fn read(path: &Path) -> Result<Self, DiscoverError> {
        let failed = |reason: String| DiscoverError::Read {
            path: path.to_path_buf(),
            reason,
        };
        let text = std::fs::read_to_string(path).map_err(|e| failed(e.to_string()))?;
        let header_line = text
            .lines()
            .find(|l| !l.trim().is_empty() && !l.starts_with('#'))
            .ok_or_else(|| failed("the file is empty; a header line is needed".into()))?;
        let count = |c: char| header_line.matches(c).count();
        let delimiter = [',', ';', '\t']
            .into_iter()
            .rev()
            .max_by_key(|c| count(*c))
            .unwrap_or(',');
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter as u8)
            .comment(Some(b'#'))
            .from_reader(text.as_bytes());
        let headers: Vec<(String, Option<String>)> = reader
            .headers()
            .map_err(|e| failed(e.to_string()))?
            .iter()
            .map(split_header)
            .collect();
        for (k, (name, _)) in headers.iter().enumerate() {
            if name.parse::<f64>().is_ok() {
                return Err(failed(format!(
                    "the first line must name the columns, but holds the number {name}"
                )));
            }
            if headers[..k].iter().any(|(n, _)| n == name) {
                return Err(DiscoverError::DuplicateColumn {
                    path: Some(path.to_path_buf()),
                    name: name.clone(),
                });
            }
        }
        let mut cells: Vec<RawCells> = headers
            .iter()
            .map(|_| RawCells {
                numbers: Vec::new(),
                labels: None,
            })
            .collect();
        let mut lines = Vec::new();
        let mut record = csv::StringRecord::new();
        loop {
            match reader.read_record(&mut record) {
                Ok(false) => break,
                Ok(true) => {
                    lines.push(record.position().map_or(0, csv::Position::line));
                    for (column, cell) in cells.iter_mut().zip(record.iter()) {
                        column.push(cell);
                    }
                }
                Err(e) => {
                    let line = e.position().map_or(0, csv::Position::line);
                    let reason = match e.kind() {
                        csv::ErrorKind::UnequalLengths {
                            expected_len, len, ..
                        } => {
                            format!("{len} cells, the header names {expected_len}")
                        }
                        _ => e.to_string(),
                    };
                    return Err(DiscoverError::Row {
                        path: path.to_path_buf(),
                        line,
                        reason,
                    });
                }
            }
        }
        Ok(Self {
            headers,
            cells,
            files: vec![(0, path.to_path_buf())],
            lines,
        })
    }

    fn pooled_with(mut self, mut other: Self) -> Self {
        let rows = self.lines.len();
        let mut headers = Vec::new();
        let mut cells = Vec::new();
        for (header, mut column) in self.headers.into_iter().zip(self.cells) {
            let twin = other.headers.iter().position(|(name, _)| *name == header.0);
            if let Some(k) = twin {
                other.headers.remove(k);
                column.append(other.cells.remove(k));
                headers.push(header);
                cells.push(column);
            }
        }
        self.files
            .extend(other.files.into_iter().map(|(first, p)| (first + rows, p)));
        self.lines.extend(other.lines);
        Self {
            headers,
            cells,
            files: self.files,
            lines: self.lines,
        }
    }
}
