//! The search: generations, promotion, refinement, stopping.
//!
//! Every expression that genes say is brought to canonical form, and each form is fitted once. What is
//! good on the search rows is promoted: fitted thoroughly on the judge's rows and offered to
//! the archive. What the archive takes is refined: its neighbours are tried. Random numbers are
//! drawn on one thread only and results are used in order, so the number of threads does not
//! change a byte.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::DiscoverError;
use super::archive::Archive;
use super::candidate::{Candidate, Judge, Scouting, fitted_and_pruned, thorough};
use super::chromosome::{Alphabet, Chromosome, Link, encoded};
use super::crew::Crew;
use super::expression::Expr;
use super::fit::Budget;
use super::outcome::{Ended, Outcome};
use super::problem::{Problem, Rows};
use super::refine::neighbours;
use super::rng::Rng;
use super::settings::Settings;
use super::variation::{mutate, recombine};

/// Archive members whose neighbours are tried after one generation.
const REFINED_PER_GENERATION: usize = 4;

/// Once the data are matched exactly the search goes on for as many generations as the law is
/// long, to find a shorter form, and for this many at least.
const SETTLE: u32 = 5;

/// Random starts of a promoted candidate's fit beyond the first.
const MORE_STARTS: usize = 2;

/// A fall of the description that counts, nats.
const NOTICEABLE: f64 = 1e-3;

/// The state of a search at the end of a generation.
#[derive(Debug, Clone)]
pub struct Progress {
    pub start: usize,
    pub generation: usize,
    /// Expressions fitted so far.
    pub candidates: u64,
    /// Passes over data so far.
    pub evaluations: u64,
    pub elapsed: Duration,
    /// The best expression so far, in the units of the table.
    pub best: String,
    /// Its root mean square error relative to that of the target.
    pub relative_error: f64,
}

/// Searches for laws. Set `stop` (from another thread or a signal handler) to end at the next
/// generation with what has been found; `progress` is called after each generation.
pub fn search(
    problem: &Problem,
    settings: &Settings,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Outcome, DiscoverError> {
    settings.validate()?;
    let mut search = Search::new(problem, settings);
    let ended = search.run(stop, progress);
    let archive = search.archive;
    let (evaluations, row_evaluations) = search.crew.effort();
    Outcome::new(problem, settings, &archive, &mut search.crew).map(|mut o| {
        o.ended = ended;
        o.candidates = search.candidates;
        o.evaluations = evaluations;
        o.row_evaluations = row_evaluations;
        o.elapsed = search.began.elapsed();
        o
    })
}

struct Search<'a> {
    problem: &'a Problem,
    settings: &'a Settings,
    alphabet: Alphabet,
    crew: Crew,
    scout_rows: Rows,
    scout: Judge,
    judge_rows: Rows,
    judge: Judge,
    /// Description on the search rows of every form seen; infinite for what cannot be used.
    seen: HashMap<Vec<u8>, f64>,
    /// Forms that were promoted.
    promoted: HashSet<Vec<u8>>,
    shortlist: Archive,
    archive: Archive,
    /// Archive members whose neighbours have not been tried, with the holes' contents.
    to_refine: Vec<Candidate>,
    candidates: u64,
    began: Instant,
}

impl<'a> Search<'a> {
    fn new(problem: &'a Problem, settings: &'a Settings) -> Self {
        let symbols = settings.functions.len() + problem.inputs.len() + 1;
        let scout_rows = problem.rows.sample(settings.search_rows);
        let judge_rows = problem.rows.sample(settings.judge_rows);
        let judge = |rows: &Rows| {
            Judge::new(
                rows,
                settings.resolution,
                symbols,
                &settings.costs,
                problem.units,
            )
        };
        Self {
            problem,
            settings,
            alphabet: Alphabet {
                functions: settings.functions.clone(),
                links: Link::allowed(&settings.functions),
                holes: problem.holes.clone(),
                genes_per_hole: settings.genes,
                head: settings.head,
                free_numbers: problem.is_scaled(),
            },
            crew: Crew::new(settings.thread_count()),
            scout: judge(&scout_rows),
            judge: judge(&judge_rows),
            scout_rows,
            judge_rows,
            seen: HashMap::new(),
            promoted: HashSet::new(),
            shortlist: Archive::default(),
            archive: Archive::default(),
            to_refine: Vec::new(),
            candidates: 0,
            began: Instant::now(),
        }
    }

    fn run(&mut self, stop: &AtomicBool, progress: &mut dyn FnMut(&Progress)) -> Ended {
        let settings = self.settings;
        let warm: Vec<Expr> = settings
            .warm_start
            .iter()
            .map(|e| self.problem.scaled(e))
            .collect();
        self.evaluate(&warm);
        let mut settled_for = 0;
        for start in 0..settings.starts {
            let mut rng = Rng::new(settings.seed, start as u64);
            let mut population: Vec<Chromosome> = (0..settings.population)
                .map(|_| Chromosome::random(&self.alphabet, &mut rng))
                .collect();
            if start == 0 {
                self.sow(&warm, &mut population, &mut rng);
            }
            let (mut best, mut own_best) = (f64::INFINITY, f64::INFINITY);
            let mut idle = 0;
            for generation in 0..settings.generations {
                let fitness = self.generation(&population);
                self.refine();
                let now = self.archive.best();
                let description = now.map_or(f64::INFINITY, |c| c.description);
                let own = fitness.iter().copied().fold(f64::INFINITY, f64::min);
                let better = description < best - NOTICEABLE;
                // A fresh population has to catch up with the archive first.
                idle = if better || own < own_best - NOTICEABLE {
                    0
                } else {
                    idle + 1
                };
                if better {
                    settled_for = 0;
                }
                (best, own_best) = (best.min(description), own_best.min(own));
                let exact = now.filter(|c| self.judge.is_exact(c.rss));
                let done = exact.is_some_and(|c| settled_for >= c.complexity.max(SETTLE));
                settled_for += u32::from(exact.is_some());
                progress(&self.progress(start, generation));
                if stop.load(Ordering::Relaxed) {
                    return Ended::Interrupted;
                }
                if done {
                    return Ended::Exact;
                }
                if settings
                    .time_limit
                    .is_some_and(|t| self.began.elapsed() >= t)
                {
                    return Ended::TimeLimit;
                }
                if settings
                    .max_candidates
                    .is_some_and(|n| self.candidates >= n)
                {
                    return Ended::CandidateLimit;
                }
                if idle >= settings.patience {
                    break;
                }
                population = self.breed(&population, &fitness, &mut rng);
            }
        }
        Ended::Settled
    }

    /// Puts the warm start's expressions into genes of the first individuals.
    fn sow(&self, warm: &[Expr], population: &mut [Chromosome], rng: &mut Rng) {
        if self.problem.holes.len() != 1 {
            return;
        }
        for (expr, individual) in warm.iter().zip(population) {
            individual.links[0] = Link::Sum;
            let terms = match expr {
                Expr::Sum(terms) => terms.clone(),
                other => vec![other.clone()],
            };
            for (slot, term) in individual.genes.iter_mut().zip(&terms) {
                if let Some(gene) = encoded(term, 0, &self.alphabet, rng) {
                    *slot = gene;
                }
            }
        }
    }

    /// Descriptions of all individuals; only the first of equal forms counts.
    fn generation(&mut self, population: &[Chromosome]) -> Vec<f64> {
        let template = &self.problem.template;
        let expressions: Vec<Expr> = population
            .iter()
            .map(|c| c.expression(&self.alphabet, template))
            .collect();
        let keys = self.evaluate(&expressions);
        let mut present = HashSet::new();
        keys.into_iter()
            .map(|key| {
                let fitness = self.seen.get(&key).copied().unwrap_or(f64::INFINITY);
                if present.insert(key) {
                    fitness
                } else {
                    f64::INFINITY
                }
            })
            .collect()
    }

    /// Fits what has not been seen, promotes what is good, and returns the keys.
    fn evaluate(&mut self, expressions: &[Expr]) -> Vec<Vec<u8>> {
        let longest = 2 * self.settings.max_complexity;
        let mut fresh: Vec<(Vec<u8>, &Expr)> = Vec::new();
        let keys: Vec<Vec<u8>> = expressions.iter().map(Expr::key).collect();
        for (key, expr) in keys.iter().zip(expressions) {
            if self.seen.contains_key(key) {
                continue;
            }
            self.seen.insert(key.clone(), f64::INFINITY);
            let usable = !expr.variables().is_empty()
                && !expr.is_broken()
                && expr.complexity(&self.settings.costs) <= longest;
            if usable {
                fresh.push((key.clone(), expr));
            }
        }
        self.candidates += fresh.len() as u64;
        let (problem, scout, rows) = (self.problem, &self.scout, &self.scout_rows);
        let found = self.crew.each(&fresh, |fitter, (_, expr)| {
            fitted_and_pruned(fitter, problem, scout, rows, expr, Budget::QUICK)
        });
        let mut promoted: Vec<Candidate> = Vec::new();
        for ((key, _), candidate) in fresh.into_iter().zip(found) {
            let Some(candidate) = candidate else { continue };
            self.seen.insert(key, candidate.description);
            if candidate.complexity <= self.settings.max_complexity
                && self.shortlist.offer(&candidate)
                && self.promoted.insert(candidate.expr.key())
            {
                promoted.push(candidate);
            }
        }
        self.promote(promoted);
        keys
    }

    fn promote(&mut self, candidates: Vec<Candidate>) {
        let (problem, judge, rows) = (self.problem, &self.judge, &self.judge_rows);
        let scouting = Scouting {
            rows: &self.scout_rows,
            starts: MORE_STARTS,
        };
        let fitted = self.crew.each(&candidates, |fitter, candidate| {
            let form = (&candidate.expr, Some(candidate.constants.as_slice()));
            thorough(fitter, problem, judge, rows, form, scouting)
        });
        for candidate in fitted.into_iter().flatten() {
            if self.archive.offer(&candidate) {
                self.to_refine.push(candidate);
            }
        }
    }

    /// Tries the neighbours of the best archive members that have not had this yet.
    fn refine(&mut self) {
        self.to_refine
            .sort_by(|a, b| a.description.total_cmp(&b.description));
        self.to_refine.truncate(8 * REFINED_PER_GENERATION);
        let count = self.to_refine.len().min(REFINED_PER_GENERATION);
        let chosen: Vec<Candidate> = self.to_refine.drain(..count).collect();
        let snap = !self.problem.is_scaled() && self.problem.categories.len() == 1;
        let mut list = Vec::new();
        for candidate in &chosen {
            list.extend(neighbours(&candidate.expr, self.problem, snap));
        }
        self.evaluate(&list);
    }

    fn breed(&self, population: &[Chromosome], fitness: &[f64], rng: &mut Rng) -> Vec<Chromosome> {
        let settings = self.settings;
        let mut order: Vec<usize> = (0..population.len()).collect();
        order.sort_by(|a, b| fitness[*a].total_cmp(&fitness[*b]));
        let mut next: Vec<Chromosome> = order
            .iter()
            .take(settings.elite)
            .map(|k| population[*k].clone())
            .collect();
        // A few newcomers keep the pool from closing.
        for _ in 0..settings.population / 20 {
            next.push(Chromosome::random(&self.alphabet, rng));
        }
        let select = |rng: &mut Rng| {
            let mut winner = rng.below(population.len());
            for _ in 1..settings.tournament {
                let other = rng.below(population.len());
                if fitness[other] < fitness[winner] {
                    winner = other;
                }
            }
            population[winner].clone()
        };
        while next.len() < settings.population {
            let (mut a, mut b) = (select(rng), select(rng));
            recombine(&mut a, &mut b, &self.alphabet, &settings.rates, rng);
            for child in [&mut a, &mut b] {
                mutate(child, &self.alphabet, &settings.rates, rng);
            }
            next.extend([a, b]);
        }
        next.truncate(settings.population);
        next
    }

    fn progress(&self, start: usize, generation: usize) -> Progress {
        let best = self.archive.best();
        let (evaluations, _) = self.crew.effort();
        let mean_square = self.judge_rows.mean_square();
        Progress {
            start,
            generation,
            candidates: self.candidates,
            evaluations,
            elapsed: self.began.elapsed(),
            best: best.map_or_else(String::new, |c| {
                self.problem.unscaled(&c.expr).text(&self.problem.inputs)
            }),
            relative_error: best.map_or(f64::NAN, |c| {
                (c.rss / self.judge_rows.len() as f64 / mean_square).sqrt()
            }),
        }
    }
}
