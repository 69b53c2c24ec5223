//! Equation discovery: constitutive laws read out of data.
//!
//! ```text
//! CSV files / columns -> Table -> Problem -> search -> Outcome -> report, exports, saved front
//!                                   genes -> expressions -> fit -> archive -> refine
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | `table`, `selection` | columns, CSV files, which rows count |
//! | `problem`, `scaling` | a checked request: target, inputs, categories, weights, template, units |
//! | `operators`, `expression` | the functions, expressions in canonical form, evaluation, printing |
//! | `chromosome`, `variation` | gene expression programming |
//! | `fit`, `candidate` | Levenberg-Marquardt, pruning, BIC and description length |
//! | `archive`, `refine`, `search` | the front, its neighbourhood, the generations |
//! | `outcome`, `identifiability` | the chosen law, its rivals, what the data cannot tell |
//! | `report`, `export`, `front_file` | text, program code, JSON |
//!
//! The search is gene expression programming (Ferreira 2001; for turbulence closures Weatheritt &
//! Sandberg, J. Comput. Phys. 325, 22, 2016, doi 10.1016/j.jcp.2016.08.015), with every constant
//! of every candidate fitted and every form fitted once.
//!
//! ```
//! use std::sync::atomic::AtomicBool;
//! use ncm::discover::{Problem, Request, Settings, Table, search};
//!
//! let q: Vec<f64> = (0..200).map(|k| 0.005 * f64::from(k)).collect();
//! let i: Vec<f64> = (0..200).map(|k| (0.1 * f64::from(k)).cos()).collect();
//! let v = i.iter().zip(&q).map(|(i, q)| i * (5.0 - 2.5 * q)).collect();
//! let mut table = Table::new();
//! table.add("I", i)?;
//! table.add("Q", q)?;
//! table.add("dphi", v)?;
//! let problem = Problem::new(&table, &Request {
//!     target: "dphi".into(),
//!     inputs: vec!["I".into(), "Q".into()],
//!     ..Request::default()
//! })?;
//! let outcome = search(&problem, &Settings::default(), &AtomicBool::new(false), &mut |_| {})?;
//! assert_eq!(outcome.text(), "I*(5 - 2.5*Q)");
//! # Ok::<(), ncm::discover::DiscoverError>(())
//! ```

mod archive;
mod candidate;
mod chromosome;
mod crew;
mod error;
mod export;
pub mod expression;
mod fit;
mod front_file;
mod identifiability;
mod operators;
mod outcome;
mod problem;
mod refine;
mod report;
#[cfg(feature = "plot")]
mod residual_plot;
mod rng;
mod scaling;
mod search;
mod selection;
mod settings;
mod statistics;
mod table;
pub mod units;
mod variation;

pub use error::DiscoverError;
pub use export::{Names, export, export_card};
pub use fit::{Budget, Fit, Fitter};
pub use front_file::{read_front, to_json};
pub use operators::{Costs, Function, Unary};
pub use outcome::{Ended, Law, Outcome, REACH};
pub use problem::{Problem, Request, Rows, UnitsRule};
pub use report::report;
#[cfg(feature = "plot")]
pub use residual_plot::residual_plots;
pub use rng::Rng;
pub use search::{Progress, search};
pub use settings::Settings;
pub use table::{Cells, Column, Table};
pub use variation::Rates;
