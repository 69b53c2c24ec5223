//! What figures draw from: finished runs, each read once.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::PaperError;
use super::cases::prepared;
use super::part::Part;
use super::report::Report;
use super::store::Store;
use crate::mpnp::checkpoint::configuration_hash;
use crate::mpnp::config::Config;
use crate::mpnp::observe::Sample;
use crate::mpnp::read::read_samples;

/// A finished run.
#[derive(Debug)]
pub struct Finished {
    pub config: Config,
    pub samples: Vec<Sample>,
    pub folder: PathBuf,
    json: Value,
}

impl Finished {
    pub fn report(&self) -> Report<'_> {
        Report(&self.json)
    }

    pub fn slits(&self) -> usize {
        self.config.geometry.slits()
    }

    /// A slit to show: this one, or the last that has a sheet behind it.
    pub fn slit(&self, wanted: usize) -> usize {
        wanted.min(self.slits().saturating_sub(1)).max(1)
    }
}

/// The runs at hand.
pub struct Bench<'a> {
    store: &'a Store,
    /// Runs of a size that only tries the machinery.
    pub coarse: bool,
    pub threads: usize,
    read: Mutex<HashMap<String, Arc<Finished>>>,
    parts: Mutex<HashMap<String, Arc<Part>>>,
}

impl<'a> Bench<'a> {
    pub fn new(store: &'a Store, coarse: bool, threads: usize) -> Self {
        Self {
            store,
            coarse,
            threads,
            read: Mutex::new(HashMap::new()),
            parts: Mutex::new(HashMap::new()),
        }
    }

    /// A run that has been made.
    pub fn run(&self, config: &Config) -> Result<Arc<Finished>, PaperError> {
        let config = prepared(config, self.coarse);
        let key = configuration_hash(&config);
        // A lock is poisoned only by a panic of its holder, which does nothing but this.
        let mut read = self.read.lock().unwrap_or_else(|p| p.into_inner());
        if let Some(run) = read.get(&key) {
            return Ok(run.clone());
        }
        let folder = self.store.folder_of(&config);
        let json = self
            .store
            .finished(&config)
            .ok_or_else(|| PaperError::Missing {
                what: "run.json".into(),
                folder: folder.clone(),
            })?;
        let run = Arc::new(Finished {
            samples: read_samples(&folder)?,
            config,
            folder,
            json,
        });
        read.insert(key, run.clone());
        Ok(run)
    }

    /// The circuit identified from a run that has been made.
    pub fn part(&self, config: &Config) -> Result<Arc<Part>, PaperError> {
        let run = self.run(config)?;
        let key = configuration_hash(&run.config);
        let mut parts = self.parts.lock().unwrap_or_else(|p| p.into_inner());
        if let Some(part) = parts.get(&key) {
            return Ok(part.clone());
        }
        let part = Part::of(&run)?;
        parts.insert(key, part.clone());
        Ok(part)
    }
}
