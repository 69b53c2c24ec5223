//! From bytes to lines, and from cells to numbers.

use std::path::Path;

use super::MeasurementError;

/// The text of a file: UTF-8, UTF-16 (with or without a byte order mark), or Latin-1, as instruments write them;
/// line ends and minus signs are made uniform.
pub(super) fn decode(path: &Path, bytes: &[u8]) -> Result<String, MeasurementError> {
    let utf16 = |bytes: &[u8], big: bool| {
        let words: Vec<u16> = bytes
            .chunks_exact(2)
            .map(|b| match big {
                true => u16::from_be_bytes([b[0], b[1]]),
                false => u16::from_le_bytes([b[0], b[1]]),
            })
            .collect();
        String::from_utf16_lossy(&words)
    };
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, false),
        [0xfe, 0xff, rest @ ..] => utf16(rest, true),
        _ if half_zeros(bytes, 1) => utf16(bytes, false),
        _ if half_zeros(bytes, 0) => utf16(bytes, true),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_string(),
            Err(_) => bytes.iter().map(|b| char::from(*b)).collect(),
        },
    };
    let text = if text.contains('\n') {
        text
    } else {
        text.replace('\r', "\n")
    };
    let text = text.replace(MINUS, "-");
    if text
        .trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
        .is_empty()
    {
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

/// The minus sign of typography, which spreadsheets write.
const MINUS: char = '\u{2212}';

/// Whether every second byte, from the `first`, is zero, as in UTF-16 of Western text.
fn half_zeros(bytes: &[u8], first: usize) -> bool {
    let zeros = |from: usize| {
        let half = bytes.iter().skip(from).step_by(2).take(200);
        let (zeros, all) = half.fold((0, 0), |(z, n), b| (z + usize::from(*b == 0), n + 1));
        (zeros, all)
    };
    let ((zeros_here, all), (zeros_there, _)) = (zeros(first), zeros(1 - first));
    all >= 8 && 10 * zeros_here >= 9 * all && zeros_there == 0
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

    /// The cells of a line, without the empty ones that a delimiter at its end makes. What stands in double quotes is
    /// one cell.
    pub fn cells(self, line: &str) -> Vec<&str> {
        let mut cells: Vec<&str> = match self {
            Self::Whitespace => line.split_whitespace().collect(),
            Self::Char(c) => {
                // A quote opens at the beginning of a cell only: headings such as -Z" (Ohms) hold one of their own.
                let (mut beginning, mut quoted) = (true, false);
                line.split(|x: char| {
                    if quoted {
                        quoted = x != '"';
                        return false;
                    }
                    quoted = x == '"' && beginning;
                    let ends = x == c;
                    beginning = ends || (beginning && x.is_whitespace());
                    ends
                })
                .map(str::trim)
                .collect()
            }
        };
        for cell in &mut cells {
            if cell.len() >= 2 && cell.starts_with('"') && cell.ends_with('"') {
                *cell = cell[1..cell.len() - 1].trim();
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

/// Whether a cell is a number with signs between its thousands: 1,234.5 or 1.234,5 or 1'234.5 or 1,234,567.
pub(super) fn has_thousands(cell: &str) -> bool {
    let digits = cell.trim_start_matches(['-', '+']);
    let (separators, rest): (Vec<char>, Vec<char>) = digits
        .chars()
        .partition(|c| matches!(c, ',' | '.' | '\'' | '\u{2019}'));
    let whole = separators.first().and_then(|s| digits.split(*s).next());
    let groups = whole.is_some_and(|w| (1..=3).contains(&w.len()))
        && !rest.is_empty()
        && rest.iter().all(char::is_ascii_digit);
    let Some(first) = separators.first().filter(|_| groups) else {
        return false;
    };
    let repeated = separators.iter().filter(|s| *s == first).count();
    // One comma or point alone is a decimal sign.
    let sure = repeated > 1 || separators.len() > 1 || !matches!(first, ',' | '.');
    let parts: Vec<&str> = digits.split(*first).collect();
    let last = parts.len() - 1;
    sure && parts[1..].iter().enumerate().all(|(k, part)| {
        let group = if k + 1 == last {
            part.split([',', '.']).next().unwrap_or("")
        } else {
            part
        };
        group.len() == 3
    })
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
