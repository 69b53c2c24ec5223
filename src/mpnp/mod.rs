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
//! | [`batch`] | several simulations at a time |

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
pub mod local;
pub mod mesh;
pub mod newton;
pub mod observe;
pub mod picture;
pub mod report;
pub mod run;
pub mod steady;
pub mod stepper;
pub mod system;
