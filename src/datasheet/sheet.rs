//! A data sheet's numbers, and the TOML text they are kept in.

use std::path::Path;

use toml::de::{DeTable, DeValue};

use crate::measurement::MeasurementError;

/// What a sheet says; SI units. `None` where it says nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sheet {
    /// Name of the card.
    pub name: String,
    /// Maker and type.
    pub part: String,
    /// Rated capacitance (F) and voltage (V).
    pub capacitance: f64,
    pub voltage: f64,
    /// Tolerance of the capacitance, as shares below and above (-0.1, 0.3).
    pub tolerance: Option<(f64, f64)>,
    /// Resistance at 1 kHz, from the step of a discharge, and by a method that is not told, ohm.
    pub esr_1khz: Option<f64>,
    pub esr_dc: Option<f64>,
    pub esr: Option<f64>,
    /// Leakage (A) after 72 h at the rated voltage.
    pub leakage: Option<f64>,
    pub peak_current: Option<f64>,
    /// Operating temperature, degree Celsius.
    pub temperature_c: Option<(f64, f64)>,
    pub mass: Option<f64>,
    /// Thermal resistance (K/W) and capacity (J/K).
    pub r_th: Option<f64>,
    pub c_th: Option<f64>,
    pub url: String,
    /// What kind of document it is and what else has to be known about its numbers.
    pub source: String,
}

/// Keys, with what they mean; the first three are needed.
const KEYS: [(&str, &str); 16] = [
    ("part", "maker and type"),
    ("capacitance_F", "rated capacitance"),
    ("voltage_V", "rated voltage"),
    ("name", "name of the card, from the file's if not given"),
    (
        "tolerance_percent",
        "tolerance of the capacitance: 20, or [-10, 30]",
    ),
    ("esr_1kHz_ohm", "resistance at 1 kHz"),
    (
        "esr_dc_ohm",
        "resistance from the voltage step of a discharge",
    ),
    (
        "esr_ohm",
        "resistance, where the sheet does not say how it was measured",
    ),
    ("leakage_72h_A", "leakage after 72 h at the rated voltage"),
    ("peak_current_A", "largest current, usually for 1 s"),
    ("temperature_C", "operating temperature: [-40, 65]"),
    ("mass_kg", "mass"),
    ("r_th_K_per_W", "thermal resistance to the surroundings"),
    ("c_th_J_per_K", "thermal capacity"),
    ("url", "where the sheet can be found"),
    (
        "source",
        "kind of document; what has to be known about its numbers",
    ),
];

impl Sheet {
    /// Reads a sheet; the file's name stands in for a missing `name`.
    ///
    /// # Errors
    /// [`MeasurementError`] with file, line and remedy.
    pub fn read(path: &Path) -> Result<Self, MeasurementError> {
        let text = std::fs::read_to_string(path).map_err(|e| {
            MeasurementError::new(
                path,
                None,
                format!("cannot be read: {e}"),
                "name a file of data-sheet numbers, such as those in models/commercial/sheets/",
            )
        })?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        Self::parse(&text, path, &stem)
    }

    /// Reads a sheet from a text.
    ///
    /// # Errors
    /// As [`Sheet::read`].
    pub fn parse(text: &str, path: &Path, stem: &str) -> Result<Self, MeasurementError> {
        let line = |at: usize| Some(1 + text[..at.min(text.len())].matches('\n').count() as u64);
        let table = DeTable::parse(text).map_err(|e| {
            MeasurementError::new(
                path,
                e.span().and_then(|s| line(s.start)),
                e.message(),
                "write lines of the form capacitance_F = 25.0, texts in double quotes",
            )
        })?;
        let mut sheet = Self {
            name: stem.into(),
            ..Self::default()
        };
        for (key, value) in table.get_ref() {
            let wrong = |wrong: String, remedy: String| {
                MeasurementError::new(path, line(value.span().start), wrong, remedy)
            };
            let key: &str = key.get_ref();
            let Some((_, meaning)) = KEYS.iter().find(|k| k.0 == key) else {
                let known: Vec<&str> = KEYS.iter().map(|k| k.0).collect();
                return Err(wrong(
                    format!("{key}: no such key"),
                    format!("keys are {}", known.join(", ")),
                ));
            };
            let expected = |what: &str| {
                wrong(
                    format!("{key}: {what} is needed"),
                    format!("{key} is the {meaning}; units are SI, as the key's ending says"),
                )
            };
            let text_of = || match value.get_ref() {
                DeValue::String(text) => Ok(text.to_string()),
                _ => Err(expected("a text in double quotes")),
            };
            let positive = || {
                number(value.get_ref())
                    .filter(|x| *x > 0.0 && *x < 1e12)
                    .ok_or_else(|| expected("a number above 0"))
            };
            let pair = || match value.get_ref() {
                DeValue::Array(list) => match &list[..] {
                    [a, b] => number(a.get_ref()).zip(number(b.get_ref())),
                    _ => None,
                },
                _ => None,
            };
            match key {
                "part" => sheet.part = text_of()?,
                "name" => sheet.name = text_of()?,
                "url" => sheet.url = text_of()?,
                "source" => sheet.source = text_of()?,
                "capacitance_F" => sheet.capacitance = positive()?,
                "voltage_V" => sheet.voltage = positive()?,
                "esr_1kHz_ohm" => sheet.esr_1khz = Some(positive()?),
                "esr_dc_ohm" => sheet.esr_dc = Some(positive()?),
                "esr_ohm" => sheet.esr = Some(positive()?),
                "leakage_72h_A" => sheet.leakage = Some(positive()?),
                "peak_current_A" => sheet.peak_current = Some(positive()?),
                "mass_kg" => sheet.mass = Some(positive()?),
                "r_th_K_per_W" => sheet.r_th = Some(positive()?),
                "c_th_J_per_K" => sheet.c_th = Some(positive()?),
                "tolerance_percent" => {
                    let both = number(value.get_ref()).map(|x| (-x, x)).or_else(pair);
                    let both = both.filter(|(a, b)| -100.0 < *a && *a <= 0.0 && *b >= 0.0 && b > a);
                    let (low, high) = both.ok_or_else(|| {
                        expected("one number, or [below, above] such as [-10, 30],")
                    })?;
                    sheet.tolerance = Some((low / 100.0, high / 100.0));
                }
                _ => {
                    let range = pair().filter(|(a, b)| a < b && *a > -273.15);
                    sheet.temperature_c =
                        Some(range.ok_or_else(|| expected("[lowest, highest] such as [-40, 65]"))?);
                }
            }
        }
        sheet.checked(path)
    }

    /// What no sheet may lack or contradict.
    pub(super) fn checked(self, path: &Path) -> Result<Self, MeasurementError> {
        let wrong =
            |wrong: &str, remedy: &str| Err(MeasurementError::new(path, None, wrong, remedy));
        if self.part.is_empty() {
            return wrong("part is missing", "add part = \"maker and type\"");
        }
        if self.capacitance <= 0.0 {
            return wrong(
                "capacitance_F is missing",
                "add the rated capacitance in farad",
            );
        }
        if self.voltage <= 0.0 {
            return wrong("voltage_V is missing", "add the rated voltage in volt");
        }
        if self.esr_1khz.or(self.dc()).is_none() {
            return wrong(
                "no resistance is given",
                "add esr_1kHz_ohm, esr_dc_ohm, or esr_ohm where the sheet does not say how it was measured",
            );
        }
        if let (Some(ac), Some(dc)) = (self.esr_1khz, self.dc()) {
            if ac >= dc {
                return wrong(
                    "the resistance at 1 kHz is not below that of the DC step",
                    "check the two numbers and their units; leave out the one that is only a bound",
                );
            }
        }
        Ok(self)
    }

    /// The resistance that is taken as that of a DC step.
    pub fn dc(&self) -> Option<f64> {
        self.esr_dc.or(self.esr)
    }

    /// The sheet as TOML.
    pub fn to_toml(&self) -> String {
        let mut out =
            String::from("# Data-sheet numbers; docs/datasheet.md explains every key.\n\n");
        let mut put = |key: &str, value: String| out.push_str(&format!("{key} = {value}\n"));
        let quoted = |t: &str| format!("\"{}\"", t.replace('\\', "\\\\").replace('"', "\\\""));
        put("name", quoted(&self.name));
        put("part", quoted(&self.part));
        put("capacitance_F", format!("{:?}", self.capacitance));
        if let Some((low, high)) = self.tolerance {
            put(
                "tolerance_percent",
                format!("[{:?}, {:?}]", 100.0 * low, 100.0 * high),
            );
        }
        put("voltage_V", format!("{:?}", self.voltage));
        for (key, value) in [
            ("esr_1kHz_ohm", self.esr_1khz),
            ("esr_dc_ohm", self.esr_dc),
            ("esr_ohm", self.esr),
            ("leakage_72h_A", self.leakage),
            ("peak_current_A", self.peak_current),
            ("mass_kg", self.mass),
            ("r_th_K_per_W", self.r_th),
            ("c_th_J_per_K", self.c_th),
        ] {
            if let Some(value) = value {
                put(key, format!("{value:?}"));
            }
        }
        if let Some((low, high)) = self.temperature_c {
            put("temperature_C", format!("[{low:?}, {high:?}]"));
        }
        for (key, text) in [("url", &self.url), ("source", &self.source)] {
            if !text.is_empty() {
                put(key, quoted(text));
            }
        }
        out
    }
}

fn number(value: &DeValue) -> Option<f64> {
    let text = match value {
        DeValue::Integer(x) => x.as_str().to_string(),
        DeValue::Float(x) => x.as_str().to_string(),
        _ => return None,
    };
    text.replace('_', "")
        .parse::<f64>()
        .ok()
        .filter(|x| x.is_finite())
}
