//! What is done and need not be done again.
//!
//! A stage is current if it was done with the same key by the same version, and if its files are still what it
//! wrote. The key of a stage holds the digest of the files it reads.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::PipelineError;
use crate::mpnp::files::write_whole;

const FILE: &str = "stages.json";

#[derive(Debug, Clone, PartialEq)]
struct Done {
    key: String,
    seconds: f64,
    /// Digests of its files, by name within the folder.
    files: BTreeMap<String, String>,
}

/// The record of a folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Stages {
    folder: PathBuf,
    done: BTreeMap<String, Done>,
}

impl Stages {
    /// With `resume`, what the folder's record says; a record that cannot be read counts as none.
    pub fn open(folder: &Path, resume: bool) -> Self {
        let mut stages = Self {
            folder: folder.into(),
            done: BTreeMap::new(),
        };
        if resume {
            if let Some(done) = std::fs::read_to_string(folder.join(FILE))
                .ok()
                .and_then(|text| parse(&text))
            {
                stages.done = done;
            }
        }
        stages
    }

    /// Whether a stage need not be done again for `key`.
    pub fn is_current(&self, stage: &str, key: &str) -> bool {
        self.done.get(stage).is_some_and(|done| {
            done.key == full(key)
                && done
                    .files
                    .iter()
                    .all(|(file, sum)| digest_of(&self.folder.join(file)).as_ref() == Some(sum))
        })
    }

    /// Records a stage that has written `files`.
    ///
    /// # Errors
    /// [`PipelineError::File`] if the record cannot be written.
    pub fn done(
        &mut self,
        stage: &str,
        key: &str,
        took: Duration,
        files: &[String],
    ) -> Result<(), PipelineError> {
        let files = files
            .iter()
            .filter_map(|f| Some((f.clone(), digest_of(&self.folder.join(f))?)))
            .collect();
        self.done.insert(
            stage.into(),
            Done {
                key: full(key),
                seconds: took.as_secs_f64(),
                files,
            },
        );
        let record: BTreeMap<&String, Value> = self
            .done
            .iter()
            .map(|(stage, d)| {
                let value = json!({"key": d.key, "seconds": d.seconds, "files": d.files});
                (stage, value)
            })
            .collect();
        let text = format!("{:#}\n", json!(record));
        Ok(write_whole(&self.folder.join(FILE), text.as_bytes())?)
    }

    /// The digest of a stage's files: the key of what reads them.
    pub fn after(&self, stage: &str) -> String {
        let mut sum = Sha256::new();
        if let Some(done) = self.done.get(stage) {
            for (file, digest) in &done.files {
                // The time a simulation took stands in run.json and changes nothing.
                if !file.ends_with("run.json") {
                    sum.update(format!("{file} {digest}\n"));
                }
            }
            sum.update(&done.key);
        }
        hex(&sum.finalize())
    }

    /// How long a stage took when it was done, second.
    pub fn seconds(&self, stage: &str) -> Option<f64> {
        self.done.get(stage).map(|d| d.seconds)
    }
}

/// A version of ncm redoes what another has done.
fn full(key: &str) -> String {
    format!("{} {key}", env!("CARGO_PKG_VERSION"))
}

fn parse(text: &str) -> Option<BTreeMap<String, Done>> {
    let json: Value = serde_json::from_str(text).ok()?;
    json.as_object()?
        .iter()
        .map(|(stage, d)| {
            let files = d["files"]
                .as_object()?
                .iter()
                .map(|(file, sum)| Some((file.clone(), sum.as_str()?.to_string())))
                .collect::<Option<_>>()?;
            Some((
                stage.clone(),
                Done {
                    key: d["key"].as_str()?.into(),
                    seconds: d["seconds"].as_f64()?,
                    files,
                },
            ))
        })
        .collect()
}

fn digest_of(path: &Path) -> Option<String> {
    Some(hex(&Sha256::digest(std::fs::read(path).ok()?)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
