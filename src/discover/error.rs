//! What can be wrong with data or with a request.

use std::fmt;
use std::path::PathBuf;

/// Why a search cannot start, or a file cannot be used. Every message says what would be right.
#[derive(Debug)]
#[non_exhaustive]
pub enum DiscoverError {
    Read {
        path: PathBuf,
        reason: String,
    },
    Write {
        path: PathBuf,
        reason: String,
    },
    /// A line of a CSV file that is no row of the table.
    Row {
        path: PathBuf,
        line: u64,
        reason: String,
    },
    DuplicateColumn {
        path: Option<PathBuf>,
        name: String,
    },
    ColumnLength {
        name: String,
        rows: usize,
        wanted: usize,
    },
    MissingColumn {
        name: String,
        available: Vec<String>,
    },
    /// A value that is not a finite number in a column that the problem uses.
    NotANumber {
        column: String,
        place: String,
        text: String,
    },
    TooFewRows {
        rows: usize,
        wanted: usize,
        group: Option<String>,
    },
    ConstantTarget {
        name: String,
        value: f64,
    },
    /// No row has one of these values in this column.
    NoSuchRows {
        column: String,
        values: Vec<String>,
    },
    /// A column whose steps cannot weigh rows.
    NoSteps {
        column: String,
    },
    NoInputs,
    TargetIsInput(String),
    BadWeight {
        column: String,
        row: usize,
        value: f64,
    },
    UnknownOperator(String),
    NoBinaryOperator,
    UnknownUnit {
        column: String,
        unit: String,
    },
    Expression {
        text: String,
        at: usize,
        wanted: String,
    },
    Template {
        text: String,
        reason: String,
    },
    Setting {
        name: &'static str,
        value: String,
        allowed: String,
    },
    FrontFile {
        path: PathBuf,
        reason: String,
    },
    /// The search ended before any expression could be evaluated on the data.
    NothingFound,
}

impl fmt::Display for DiscoverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { path, reason } => write!(f, "cannot read {}: {reason}", path.display()),
            Self::Write { path, reason } => write!(f, "cannot write {}: {reason}", path.display()),
            Self::Row { path, line, reason } => {
                write!(f, "{}, line {line}: {reason}", path.display())
            }
            Self::DuplicateColumn { path, name } => {
                if let Some(path) = path {
                    write!(f, "{}: ", path.display())?;
                }
                write!(
                    f,
                    "column \"{name}\" occurs twice; give each column its own name"
                )
            }
            Self::ColumnLength { name, rows, wanted } => write!(
                f,
                "column \"{name}\" has {rows} rows, the columns before it have {wanted}"
            ),
            Self::MissingColumn { name, available } => write!(
                f,
                "there is no column \"{name}\"; the columns are: {}",
                available.join(", ")
            ),
            Self::NotANumber {
                column,
                place,
                text,
            } => write!(
                f,
                "column \"{column}\", {place}: \"{text}\" is not a finite number; mend the file, or \
                 leave such rows out with skip-incomplete"
            ),
            Self::TooFewRows {
                rows,
                wanted,
                group,
            } => {
                if let Some(group) = group {
                    write!(f, "category \"{group}\" has {rows} rows")?;
                } else {
                    write!(f, "the data have {rows} rows")?;
                }
                write!(f, "; at least {wanted} are needed to tell laws apart")
            }
            Self::ConstantTarget { name, value } => write!(
                f,
                "the target \"{name}\" is {value} in every row: there is no law to find"
            ),
            Self::NoSuchRows { column, values } => write!(
                f,
                "no row has {} in column \"{column}\"",
                values.join(" or ")
            ),
            Self::NoSteps { column } => write!(
                f,
                "column \"{column}\" cannot weigh rows by its steps: it must hold two different \
                 numbers at least in every file"
            ),
            Self::NoInputs => write!(
                f,
                "no input column is left to build a law from; name columns that vary"
            ),
            Self::TargetIsInput(name) => {
                write!(f, "\"{name}\" is the target and cannot be an input as well")
            }
            Self::BadWeight { column, row, value } => write!(
                f,
                "weight column \"{column}\", row {row}: {value}; weights are 0 or above, with some \
                 above 0"
            ),
            Self::UnknownOperator(name) => write!(
                f,
                "\"{name}\" is no operator; there are + - * / square pow sqrt exp log sin cos tanh abs"
            ),
            Self::NoBinaryOperator => write!(
                f,
                "the operator list needs at least one of + - * / pow to combine terms"
            ),
            Self::UnknownUnit { column, unit } => write!(
                f,
                "column \"{column}\": unit \"{unit}\" is not known; write it with \
                 s m kg A K mol V C F ohm S W J N Pa Hz, prefixes, * / ^ (\"uF/cm^2\"), or 1"
            ),
            Self::Expression { text, at, wanted } => {
                write!(f, "\"{text}\", character {at}: expected {wanted}")
            }
            Self::Template { text, reason } => write!(f, "template \"{text}\": {reason}"),
            Self::Setting {
                name,
                value,
                allowed,
            } => {
                write!(f, "{name} = {value}: allowed is {allowed}")
            }
            Self::FrontFile { path, reason } => {
                write!(f, "{}: not a saved front: {reason}", path.display())
            }
            Self::NothingFound => write!(
                f,
                "no expression had finite values on every row; widen the limits or the operators"
            ),
        }
    }
}

impl std::error::Error for DiscoverError {}
