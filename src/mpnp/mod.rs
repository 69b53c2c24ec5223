//! Modified Poisson-Nernst-Planck simulation of electrodes made of stacked sheets, in two
//! dimensions: ions of finite size between metal sheets, under a given potential of the metal.
//!
//! `docs/mpnp.md` derives the method and has what was measured. Source of the equations: Kilic,
//! Bazant & Ajdari 2007 (doi 10.1103/PhysRevE.75.021503); of the electrode: Zhan et al.
//! (arXiv 2010.08151).
//!
//! | module | what it holds |
//! |---|---|
//! | [`config`] | configuration files |
//! | [`electrolyte`] | ions and solvent |
//! | [`geometry`] | sheets, slits, gaps, Stern layers |
//! | [`drive`] | the metal's potential over time |
//! | [`grid`], [`mesh`] | graded axes; cells, faces and contacts |
//! | [`flux`] | Scharfetter-Gummel fluxes and their three parts |
//! | [`system`] | residual and Jacobian |
//! | [`elimination`] | direct solution of the linear systems |
//! | [`newton`], [`stepper`] | nonlinear solution, integration in time |
//! | [`steady`], [`impedance`] | equilibrium, linear response about it |
//! | [`energy`] | free energy |
//! | [`observe`] | potentials, charges and currents of a state |
//! | [`analysis`], [`laws`] | resistances, capacitances and shares of the fluxes from samples; rival laws |
//! | [`local`] | negative local resistance, from the fields |
//! | [`run`], [`checkpoint`] | a simulation from its configuration to its samples |
//! | [`job`], [`report`], [`files`], [`picture`] | a simulation from its configuration to files in a directory |
//! | [`read`] | the samples of a finished run from its files |
//! | [`read_back`] | a finished run from its directory |
//! | [`batch`] | several simulations at a time |
//!
//! ```
//! use ncm::mpnp::analysis::summarise;
//! use ncm::mpnp::config::Config;
//! use ncm::mpnp::run::{Run, Stop};
//!
//! // Small and coarse, to be done at once; what is not set is the paper's case.
//! let config = Config::parse(
//!     "[geometry]\nsheets = 3\nsheet_length_nm = 10\nreservoir_nm = 4\n\
//!      [grid]\nwall_cell_nm = 0.1\ngrowth = 1.5\n[drive]\nrate_V_s = 1e5\n",
//!     "example",
//! )
//! .expect("a usable configuration");
//! let mut run = Run::new(config).expect("a drive in time");
//! println!("{} bytes", run.memory());
//! while run.advance(|progress| println!("{:.0} %", 100.0 * progress.part))? != Stop::Finished {}
//! let slit = &summarise(&run.record.samples)[0];
//! let fit = slit.resistance.expect("a sheet behind slit 1");
//! assert!(fit.r_c > 0.1 && fit.gamma > 0.1 && slit.c_slit > 0.0);
//! # Ok::<(), ncm::mpnp::stepper::StepFailure>(())
//! ```

// An index that names an ion or a cell reads several arrays at once.
#![allow(clippy::needless_range_loop)]

pub mod analysis;
pub mod batch;
pub mod checkpoint;
pub mod config;
pub mod constants;
pub mod drive;
pub mod electrolyte;
pub mod elimination;
pub mod energy;
pub mod files;
pub mod flux;
pub mod geometry;
pub mod grid;
pub mod impedance;
pub mod job;
pub mod laws;
pub mod linear;
pub mod local;
pub mod mesh;
pub mod newton;
pub mod observe;
pub mod picture;
pub mod read;
pub mod read_back;
pub mod report;
pub mod rosenbrock;
pub mod run;
pub mod steady;
pub mod stepper;
pub mod system;
