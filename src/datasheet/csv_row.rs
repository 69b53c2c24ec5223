//! A data sheet as a row of a table, the units in its headings.

use std::path::Path;

use super::sheet::Sheet;
use crate::measurement::MeasurementError;

/// Headings, and what their numbers are multiplied with.
const NUMBERS: [(&str, f64); 10] = [
    ("C_F", 1.0),
    ("V_rated", 1.0),
    ("ESR_AC_1kHz_mohm", 1e-3),
    ("ESR_DC_mohm", 1e-3),
    ("ESR_mohm", 1e-3),
    ("leak_72h_mA", 1e-3),
    ("I_peak_A", 1.0),
    ("mass_g", 1e-3),
    ("Rth_KpW", 1.0),
    ("Cth_JpK", 1.0),
];

impl Sheet {
    /// The one row of a table whose `part` contains `wanted`.
    ///
    /// # Errors
    /// [`MeasurementError`] with file, line and remedy.
    pub fn from_csv(text: &str, path: &Path, wanted: &str) -> Result<Self, MeasurementError> {
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .from_reader(text.as_bytes());
        let broken = |e: csv::Error| {
            let line = e.position().map(csv::Position::line);
            MeasurementError::new(
                path,
                line,
                e.to_string(),
                "write a comma-separated table with headings, texts with commas in double quotes",
            )
        };
        let headings = reader.headers().map_err(broken)?.clone();
        let column = |name: &str| {
            headings
                .iter()
                .position(|h| h.trim().eq_ignore_ascii_case(name))
        };
        let (Some(part), Some(_), Some(_)) = (column("part"), column("C_F"), column("V_rated"))
        else {
            return Err(MeasurementError::new(
                path,
                Some(1),
                "the headings part, C_F and V_rated are needed",
                format!(
                    "others are {}, T_range_C, url",
                    NUMBERS.map(|n| n.0).join(", ")
                ),
            ));
        };
        let rows: Vec<csv::StringRecord> =
            reader.records().collect::<Result<_, _>>().map_err(broken)?;
        let hits: Vec<&csv::StringRecord> = rows
            .iter()
            .filter(|r| {
                r.get(part)
                    .is_some_and(|p| p.to_lowercase().contains(&wanted.to_lowercase()))
            })
            .collect();
        let row = match hits[..] {
            [row] => row,
            [] => {
                return Err(MeasurementError::new(
                    path,
                    None,
                    format!("no row's part contains `{wanted}`"),
                    "name a part with --part",
                ));
            }
            _ => {
                let names: Vec<&str> = hits.iter().filter_map(|r| r.get(part)).collect();
                return Err(MeasurementError::new(
                    path,
                    None,
                    format!("several rows match: {}", names.join("; ")),
                    "say more of the name with --part",
                ));
            }
        };
        let line = row.position().map(csv::Position::line);
        let cell = |name: &str| column(name).and_then(|k| row.get(k)).map_or("", str::trim);
        let value = |name: &str| -> Result<Option<f64>, MeasurementError> {
            let text = cell(name);
            if text.is_empty() {
                return Ok(None);
            }
            let (number, rest) = leading_number(text);
            let factor = NUMBERS.iter().find(|n| n.0 == name).map_or(1.0, |n| n.1);
            // "2.7 (2.3 at 85C)" says one number and a remark; "50/100/150" is three parts in one row.
            match number {
                Some(x) if x > 0.0 && (rest.is_empty() || rest.starts_with(' ')) => {
                    Ok(Some(x * factor))
                }
                _ => Err(MeasurementError::new(
                    path,
                    line,
                    format!("{name}: `{text}` is not one number above 0"),
                    "give each part a row of its own, one number per cell (a remark may follow after a space)",
                )),
            }
        };
        let range = cell("T_range_C")
            .split_once("..")
            .and_then(|(low, high)| Some((leading_number(low).0?, leading_number(high).0?)));
        let sheet = Self {
            name: cell("part")
                .chars()
                .map(|c| {
                    if c.is_ascii_alphanumeric() {
                        c.to_ascii_lowercase()
                    } else {
                        '-'
                    }
                })
                .collect(),
            part: cell("part").into(),
            capacitance: value("C_F")?.unwrap_or(0.0),
            voltage: value("V_rated")?.unwrap_or(0.0),
            tolerance: None,
            esr_1khz: value("ESR_AC_1kHz_mohm")?,
            esr_dc: value("ESR_DC_mohm")?,
            esr: value("ESR_mohm")?,
            leakage: value("leak_72h_mA")?,
            peak_current: value("I_peak_A")?,
            temperature_c: range,
            mass: value("mass_g")?,
            r_th: value("Rth_KpW")?,
            c_th: value("Cth_JpK")?,
            url: cell("url").into(),
            source: String::new(),
        };
        sheet.checked(path)
    }
}

/// The number a text begins with, and what follows.
fn leading_number(text: &str) -> (Option<f64>, &str) {
    let text = text.trim_start();
    let end = text.char_indices().find(|(k, c)| {
        !(c.is_ascii_digit()
            || (*c == '.' && !text[*k..].starts_with(".."))
            || (*k == 0 && *c == '-'))
    });
    let (number, rest) = text.split_at(end.map_or(text.len(), |e| e.0));
    (number.parse().ok(), rest)
}
