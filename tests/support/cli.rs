//! Running the real `ncm` in a folder of its own.
#![allow(dead_code, reason = "each test file uses its own part of this")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A folder with the shipped cards in `models/`, in which `ncm` runs.
pub struct Desk {
    folder: TempDir,
}

/// What came of a run.
pub struct Said {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Desk {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let desk = Self { folder };
        std::fs::create_dir(desk.path("models")).expect("a folder for the cards");
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
        for entry in std::fs::read_dir(shipped).expect("models/ is there") {
            let from = entry.expect("an entry of models/").path();
            if from.extension().is_some_and(|e| e == "toml") {
                let name = from.file_name().expect("a card has a name");
                std::fs::copy(&from, desk.path("models").join(name)).expect("a copy of a card");
            }
        }
        desk
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn put(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a file on the desk");
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// Names of the files here that are not cards.
    pub fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.folder.path())
            .expect("the desk")
            .map(|e| {
                e.expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .filter(|n| n != "models")
            .collect();
        names.sort();
        names
    }

    /// Runs `ncm` with these words.
    pub fn ncm(&self, words: &str) -> Said {
        self.ncm_with(words, &[])
    }

    /// The same with environment variables; an empty value unsets one.
    pub fn ncm_with(&self, words: &str, variables: &[(&str, &str)]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ncm"));
        command
            .args(words.split_whitespace())
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env_remove("NCM_CODE_MODEL");
        for (name, value) in variables {
            command.env(name, value);
        }
        let output = command.output().expect("ncm starts");
        Said::from(&output)
    }

    /// Runs `ncm`, which must succeed.
    pub fn done(&self, words: &str) -> Said {
        let said = self.ncm(words);
        assert_eq!(said.code, 0, "ncm {words}\n{}", said.stderr);
        said
    }

    /// Runs `ncm --json`, which must succeed, and reads the result.
    pub fn json(&self, words: &str) -> serde_json::Value {
        let said = self.done(&format!("{words} --json"));
        serde_json::from_str(&said.stdout).unwrap_or_else(|e| panic!("{e}: {}", said.stdout))
    }

    /// The columns of a CSV file here.
    pub fn table(&self, name: &str) -> Table {
        Table::read(&self.read(name))
    }
}

impl Said {
    fn from(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// A CSV table of numbers.
pub struct Table {
    pub names: Vec<String>,
    columns: Vec<Vec<f64>>,
}

impl Table {
    pub fn read(text: &str) -> Self {
        let mut lines = text.lines();
        let names: Vec<String> = lines
            .next()
            .unwrap_or("")
            .split(',')
            .map(String::from)
            .collect();
        let mut columns = vec![Vec::new(); names.len()];
        for line in lines {
            let cells: Vec<&str> = line.split(',').collect();
            assert_eq!(cells.len(), names.len(), "{line}");
            for (column, cell) in columns.iter_mut().zip(cells) {
                let x: f64 = cell.parse().unwrap_or_else(|e| panic!("{cell}: {e}"));
                assert!(x.is_finite(), "{line}");
                column.push(x);
            }
        }
        Self { names, columns }
    }

    pub fn column(&self, name: &str) -> &[f64] {
        let at = self.names.iter().position(|n| n == name);
        &self.columns[at.unwrap_or_else(|| panic!("no column {name} in {:?}", self.names))]
    }

    pub fn rows(&self) -> usize {
        self.columns[0].len()
    }
}
