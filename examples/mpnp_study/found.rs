//! What the runs' reports say, by name.

pub use ncm::paper::report::{Report, mean};
use serde_json::Value;

pub struct Found(Vec<(String, &'static str, Value)>);

impl Found {
    pub fn new(results: Vec<(String, &'static str, Value)>) -> Self {
        Self(results)
    }

    pub fn of(&self, key: &str) -> Option<Report<'_>> {
        self.0.iter().find(|r| r.0 == key).map(|r| Report(&r.2))
    }

    pub fn says(&self, key: &str) -> &'static str {
        self.0.iter().find(|r| r.0 == key).map_or("", |r| r.1)
    }
}
