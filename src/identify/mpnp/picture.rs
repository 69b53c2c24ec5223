//! The circuit's current beside the run's, and what is left between them.

use super::MembraneError;
use super::membrane::{Capacitance, Membrane, MembraneLaw};
use super::response;
use crate::plot::{Axis, Curve, Figure, Panel, PlotError};

/// Why there is no picture.
#[derive(Debug)]
pub enum PictureError {
    Membrane(MembraneError),
    Plot(PlotError),
}

/// Current over potential of run `k`: the simulation, NCM with both laws, TLM; below, the differences.
///
/// # Errors
/// [`PictureError`] where a circuit cannot be run or the picture not drawn.
pub fn picture(membrane: &Membrane, k: usize) -> Result<String, PictureError> {
    let run = &membrane.runs[k];
    // The first sample lies before the drive has moved.
    let v: Vec<f64> = run.samples.iter().skip(1).map(|s| s.phi_m).collect();
    let i: Vec<f64> = run
        .samples
        .iter()
        .skip(1)
        .map(|s| s.metal_current)
        .collect();
    let mut above =
        Panel::new(Axis::new("current", "A")).curve(Curve::new("mPNP", v.clone(), i.clone()));
    let mut below =
        Panel::new(Axis::new("circuit - mPNP", "A")).curve(Curve::new("", vec![], vec![]));
    for (law, label) in [
        (MembraneLaw::Linear, "NCM, linear law"),
        (MembraneLaw::Sqrt, "NCM, sqrt law"),
        (MembraneLaw::Constant, "TLM"),
    ] {
        let cell = membrane.half_cell(law, Capacitance::Constant, run.slits() as u64);
        let mut current = response::current(&cell, run).map_err(PictureError::Membrane)?;
        current.remove(0);
        let off = current.iter().zip(&i).map(|(a, b)| a - b).collect();
        above = above.curve(Curve::new(label, v.clone(), current).dashed());
        below = below.curve(Curve::new(label, v.clone(), off).dashed());
    }
    Figure::new(Axis::new("potential of the metal", "V"))
        .title(&run.config.name)
        .panel(above)
        .panel(below)
        .to_svg()
        .map_err(PictureError::Plot)
}
