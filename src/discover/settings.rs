//! How to search.

use std::time::Duration;

use super::DiscoverError;
use super::expression::Expr;
use super::operators::{Costs, Function};
use super::variation::Rates;

/// Everything that steers a search. The defaults suit data of a few inputs.
#[derive(Debug, Clone)]
pub struct Settings {
    pub functions: Vec<Function>,
    pub costs: Costs,
    /// Head length of a gene.
    pub head: usize,
    /// Genes per hole, linked by addition.
    pub genes: usize,
    pub population: usize,
    pub tournament: usize,
    /// Best individuals that pass unchanged.
    pub elite: usize,
    pub rates: Rates,
    /// Generations of one start at most.
    pub generations: usize,
    /// Generations without a shorter description after which a start ends.
    pub patience: usize,
    /// Starts with a fresh population; the archive is kept.
    pub starts: usize,
    pub seed: u64,
    /// Threads; 0 for as many as the machine has. The result does not depend on it.
    pub threads: usize,
    /// The search ends at the first end of a generation after this. Runs that end this way depend
    /// on the machine's speed.
    pub time_limit: Option<Duration>,
    /// The search ends at the first end of a generation after so many fitted expressions.
    pub max_candidates: Option<u64>,
    /// Longest expression.
    pub max_complexity: u32,
    /// Relative error to which the target is known at best. Smaller residuals count as zero.
    pub resolution: f64,
    /// Rows that candidates are first fitted to; promising ones see `judge_rows`, the best all.
    pub search_rows: usize,
    pub judge_rows: usize,
    /// Expressions to begin with, in the units of the table.
    pub warm_start: Vec<Expr>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            functions: Function::default_set(),
            costs: Costs::default(),
            head: 7,
            genes: 3,
            population: 120,
            tournament: 3,
            elite: 2,
            rates: Rates::default(),
            generations: 400,
            patience: 20,
            starts: 3,
            seed: 1,
            threads: 0,
            time_limit: None,
            max_candidates: None,
            max_complexity: 30,
            resolution: 1e-6,
            search_rows: 256,
            judge_rows: 10_000,
            warm_start: Vec::new(),
        }
    }
}

impl Settings {
    /// The first setting that is out of range, if any.
    pub fn validate(&self) -> Result<(), DiscoverError> {
        let count = |name: &'static str, value: usize, low: usize, high: usize| {
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(DiscoverError::Setting {
                    name,
                    value: value.to_string(),
                    allowed: format!("{low} to {high}"),
                })
            }
        };
        count("head", self.head, 1, 50)?;
        count("genes", self.genes, 1, 20)?;
        count("population", self.population, 4, 100_000)?;
        count("tournament", self.tournament, 1, self.population)?;
        count("elite", self.elite, 0, self.population - 1)?;
        count("generations", self.generations, 1, 10_000_000)?;
        count("patience", self.patience, 1, 10_000_000)?;
        count("starts", self.starts, 1, 1_000_000)?;
        count("threads", self.threads, 0, 1024)?;
        count("max-complexity", self.max_complexity as usize, 1, 200)?;
        count("search-rows", self.search_rows, 16, 100_000_000)?;
        count("judge-rows", self.judge_rows, self.search_rows, 100_000_000)?;
        if !(self.resolution > 0.0 && self.resolution < 1.0) {
            return Err(DiscoverError::Setting {
                name: "resolution",
                value: self.resolution.to_string(),
                allowed: "above 0 and below 1".into(),
            });
        }
        if self.functions.iter().all(|f| f.arity() < 2) {
            return Err(DiscoverError::NoBinaryOperator);
        }
        Ok(())
    }

    /// Threads to use on this machine.
    pub(crate) fn thread_count(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            n => n,
        }
    }
}
