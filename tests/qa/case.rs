//! A case: a part, what is done to it, and what must come of it.

use ncm::card::Card;
use std::path::{Path, PathBuf};

/// One folder of `cases/`.
pub struct Case {
    pub name: String,
    pub card: Card,
    /// Between the source and the part, ohm.
    pub series_ohm: f64,
    /// Offset of `.ac` and `.noise`, and end of the `.dc` sweep, volt.
    pub bias: f64,
    pub amplitude: f64,
    pub frequency: f64,
    /// Length of the transient, second.
    pub stop: f64,
    /// Initial voltage of the variants that have one.
    pub ic: f64,
    pub f_min: f64,
    pub f_max: f64,
    /// Temperature of the circuit, Celsius.
    pub ambient: f64,
    folder: PathBuf,
}

impl Case {
    pub fn all() -> Vec<Case> {
        let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/qa/cases");
        let mut folders: Vec<PathBuf> = std::fs::read_dir(&cases)
            .unwrap_or_else(|error| panic!("{}: {error}", cases.display()))
            .map(|entry| entry.unwrap().path())
            .collect();
        folders.sort();
        folders.into_iter().map(Case::read).collect()
    }

    fn read(folder: PathBuf) -> Case {
        let text = |name: &str| {
            let path = folder.join(name);
            std::fs::read_to_string(&path)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        let card =
            Card::read(&folder.join("card.toml"), &[]).unwrap_or_else(|error| panic!("{error}"));
        let numbers = text("case.toml");
        let given = |key: &str| -> Option<f64> {
            numbers
                .lines()
                .filter_map(|line| line.split_once('='))
                .find(|(name, _)| name.trim() == key)
                .and_then(|(_, value)| value.trim().parse().ok())
        };
        let number = |key: &str| -> f64 {
            given(key).unwrap_or_else(|| panic!("{}: no number {key}", folder.display()))
        };
        Case {
            name: folder.file_name().unwrap().to_string_lossy().into_owned(),
            card,
            series_ohm: number("series_ohm"),
            bias: number("bias_V"),
            amplitude: number("amplitude_V"),
            frequency: number("frequency_Hz"),
            stop: number("stop_s"),
            ic: number("ic_V"),
            f_min: number("f_min_Hz"),
            f_max: number("f_max_Hz"),
            ambient: given("ambient_C").unwrap_or(27.0),
            folder,
        }
    }

    /// Whether the electrodes share a voltage in other proportions the higher it is.
    pub fn shares_by_charge(&self) -> bool {
        let positive = &self.card.cell.positive;
        let other = self.card.cell.negative.as_ref();
        other.is_some_and(|n| (n.c_rise, n.u_rise) != (positive.c_rise, positive.u_rise))
    }

    /// Columns of `NAME.csv`, the first one (time, frequency, voltage) included.
    pub fn expected(&self, name: &str) -> Vec<Vec<f64>> {
        let path = self.folder.join(format!("{name}.csv"));
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let rows: Vec<Vec<f64>> = text
            .lines()
            .skip(1)
            .map(|line| line.split(',').map(|x| x.parse().unwrap()).collect())
            .collect();
        (0..rows[0].len())
            .map(|column| rows.iter().map(|row| row[column]).collect())
            .collect()
    }
}
