//! From bytes to lines, and from cells to numbers.

use std::path::Path;

use super::MeasurementError;

/// The text of a file: UTF-8, UTF-16 with a byte order mark, or Latin-1, as instruments write them.
pub(super) fn decode(path: &Path, bytes: &[u8]) -> Result<String, MeasurementError> {
    let utf16 = |big: bool| {
        let words: Vec<u16> = bytes[2..]
            .chunks_exact(2)
            .map(|b| match big {
                true => u16::from_be_bytes([b[0], b[1]]),
                false => u16::from_le_bytes([b[0], b[1]]),
            })
            .collect();
        String::from_utf16_lossy(&words)
    };
    let text = match bytes {
        [0xff, 0xfe, ..] => utf16(false),
        [0xfe, 0xff, ..] => utf16(true),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_string(),
            Err(_) => bytes.iter().map(|b| char::from(*b)).collect(),
        },
    };
    if text.trim().is_empty() {
        return Err(MeasurementError::new(
            path,
            None,
            "the file is empty",
            "export the measurement again",
        ));
    }
    if text.contains('\0') {
        return Err(MeasurementError::new(
            path,
            None,
            "is a binary file, not a text",
            "export it as text from the instrument's program (BioLogic: .mpt, Gamry: .DTA, NOVA: ASCII, others: CSV)",
        ));
    }
    Ok(text)
}

/// How the cells of a line are set apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delimiter {
    Char(char),
    Whitespace,
}

impl Delimiter {
    /// In a sentence.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Char('\t') => "tab",
            Self::Char(';') => "semicolon",
            Self::Char(_) => "comma",
            Self::Whitespace => "space",
        }
    }

    /// The cells of a line, without the empty ones that a delimiter at its end makes.
    pub fn cells(self, line: &str) -> Vec<&str> {
        let unquoted = |cell: &'_ str| -> bool {
            cell.len() >= 2 && cell.starts_with('"') && cell.ends_with('"')
        };
        let mut cells: Vec<&str> = match self {
            Self::Whitespace => line.split_whitespace().collect(),
            Self::Char(c) => line.split(c).map(str::trim).collect(),
        };
        for cell in &mut cells {
            if unquoted(cell) {
                *cell = &cell[1..cell.len() - 1];
            }
        }
        while cells.last().is_some_and(|c| c.is_empty()) {
            cells.pop();
        }
        cells
    }

    /// The delimiter of a line of numbers.
    pub fn of(line: &str) -> Self {
        if line.contains('\t') && line.trim().contains('\t') {
            return Self::Char('\t');
        }
        if line.contains(';') {
            return Self::Char(';');
        }
        let decimals = |cell: &str| is_number(cell) || has_decimal_comma(cell);
        let words: Vec<&str> = line.split_whitespace().collect();
        if line.contains(',') && !(words.len() > 1 && words.iter().all(|w| decimals(w))) {
            return Self::Char(',');
        }
        Self::Whitespace
    }
}

/// Whether a cell is written like `-1,5e-3`.
pub(super) fn has_decimal_comma(cell: &str) -> bool {
    cell.matches(',').count() == 1
        && !cell.contains('.')
        && cell.replace(',', ".").parse::<f64>().is_ok()
}

/// Whether a cell is a number (NaN and infinities, which instruments write for "nothing", included).
pub(super) fn is_number(cell: &str) -> bool {
    cell.parse::<f64>().is_ok()
}

/// The value of a cell; NaN if it is none.
pub(super) fn number(cell: &str, decimal_comma: bool) -> f64 {
    let value = if decimal_comma {
        cell.replace(',', ".").parse::<f64>()
    } else {
        cell.parse::<f64>()
    };
    value.ok().filter(|x| x.is_finite()).unwrap_or(f64::NAN)
}
