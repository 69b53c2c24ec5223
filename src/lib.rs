//! `ncm`: ion transport in nanopores as a circuit element.
//!
//! Ions in a nanoslit do not see a constant resistance: as the slit fills, its resistance falls,
//! `R = R_c (1 - gamma |Q|/Q_max)`. The law was read out of modified Poisson-Nernst-Planck
//! simulations by Zhan et al. (arXiv 2010.08151, doi 10.21203/rs.3.rs-285362/v1), who built a
//! nano-circuitry model (NCM) of a supercapacitor from it. This crate is that element:
//!
//! | module | what it holds |
//! |---|---|
//! | [`law`] | `R(Q)` and its derivative |
//! | [`ladder`] | half cell: a chain of slits (or sections of slits), its equations and their elimination |
//! | [`cell`] | one or two electrodes, open electrolyte, ESR, leakage, area, series and parallel counts |
//! | [`stamp`] | the two-terminal companion of a cell for one trial time step, operating point, admittance |
//! | `capi` | the C ABI behind `include/ncm.h` (feature `capi`) |
//! | [`experiment`] | stand-alone CV, GCD, step, rest and EIS |
//! | `mpnp` | ions between stacked sheets: the simulation that parameters come from (feature `workshop`) |
//! | `card` | parameter cards in TOML (feature `card`) |
//! | `netlist` | subcircuits for circuit simulators (feature `card`) |
//! | `kicad` | symbols and library tables for KiCad (feature `card`) |
//! | `identify` | cards from measured files: fits, intervals, rivals (feature `workshop`) |
//! | `measurement` | measured files of instruments, as columns in SI units (feature `workshop`) |
//! | `discover` | equation discovery: laws read out of data (feature `workshop`) |
//! | `paper` | the paper's figures from this project's own runs (features `workshop` and `plot`) |
//! | `pipeline` | from a membrane's geometry to a part in ngspice, with its proof (feature `cli`) |
//! | `bank` | Monte Carlo of banks in ngspice: hold-up, balancing (feature `cli`) |
//! | `plot` | line plots as SVG (feature `plot`) |
//! | `simulator` | running ngspice and reading its results (feature `cli`) |
//!
//! Units are SI throughout: volt, ampere, coulomb, ohm, farad, second, hertz (or rad/s where
//! a name says `omega`).

#[cfg(feature = "cli")]
pub mod bank;
#[cfg(feature = "capi")]
pub mod capi;
#[cfg(feature = "card")]
pub mod card;
pub mod cell;
#[cfg(feature = "workshop")]
mod cpu_clock;
#[cfg(feature = "workshop")]
pub mod datasheet;
#[cfg(feature = "workshop")]
pub mod discover;
pub mod experiment;
#[cfg(feature = "workshop")]
pub mod identify;
#[cfg(feature = "card")]
pub mod kicad;
pub mod ladder;
pub mod law;
#[cfg(feature = "workshop")]
pub mod measurement;
#[cfg(feature = "workshop")]
pub mod mpnp;
#[cfg(feature = "card")]
pub mod netlist;
#[cfg(all(feature = "workshop", feature = "plot"))]
pub mod paper;
pub mod parameter;
#[cfg(feature = "cli")]
pub mod pipeline;
#[cfg(feature = "plot")]
pub mod plot;
#[cfg(feature = "cli")]
pub mod simulator;
pub mod stamp;
