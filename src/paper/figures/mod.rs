//! The figures, one file per family.

pub mod agreement;
pub mod beyond;
pub mod charge;
pub mod circuit;
pub mod discovery;
pub mod filling;
pub mod fluxes;
pub mod local;
pub mod molecular;
pub mod resistance;
pub mod size;
pub mod sweeps;

use crate::mpnp::config::Config;
use crate::paper::cases::{IONS_NM, SLITS_NM, staggered};
use crate::plot::{Axis, Curve, Figure, Panel};

/// Half of a page's width, in CSS pixels.
const HALF: u32 = 480;

/// A figure with one panel.
fn one(title: &str, x: Axis, y: Axis, curves: Vec<Curve>) -> Figure {
    let panel = Panel { y, curves };
    Figure::new(x).title(title).panel(panel).width(HALF)
}

fn time() -> Axis {
    Axis::new("time", "s")
}

/// All slit widths, both sizes of ions, staggered.
fn sizes() -> Vec<Config> {
    IONS_NM
        .iter()
        .flat_map(|&a| SLITS_NM.map(|d| staggered(a, d)))
        .collect()
}

/// All slit widths, bare ions, staggered.
fn slits() -> Vec<Config> {
    SLITS_NM.map(|d| staggered(0.36, d)).to_vec()
}

/// Slit widths in metres, for axes.
fn slits_m() -> Vec<f64> {
    SLITS_NM.map(|d| d * 1e-9).to_vec()
}

fn width_axis() -> Axis {
    Axis::new("slit width d", "m")
}
