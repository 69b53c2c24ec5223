//! Residuals of the chosen law, drawn against each input it uses.

use super::outcome::Outcome;
use super::problem::Problem;
use crate::plot::{Axis, Curve, Figure, Panel, PlotError};

/// Points drawn at most.
const MOST: usize = 2000;

/// One picture per input of the chosen law: measured and fitted target above, residual below, as an
/// SVG. Returns the input's name with each.
pub fn residual_plots(
    problem: &Problem,
    outcome: &Outcome,
) -> Result<Vec<(String, String)>, PlotError> {
    let raw = problem.raw_rows();
    let mut pictures = Vec::new();
    for v in outcome.law().expr.variables() {
        let stride = raw.len().div_ceil(MOST);
        let mut order: Vec<usize> = (0..raw.len()).step_by(stride).collect();
        let column = &raw.columns[v];
        order.sort_by(|a, b| column[*a].total_cmp(&column[*b]));
        let pick = |values: &[f64]| order.iter().map(|r| values[*r]).collect::<Vec<f64>>();
        let x = pick(column);
        let svg = Figure::new(Axis::new(&outcome.inputs[v], ""))
            .title(format!("{} = {}", outcome.target, outcome.text()))
            .panel(
                Panel::new(Axis::new(&outcome.target, ""))
                    .curve(Curve::new("data", x.clone(), pick(&raw.target)))
                    .curve(Curve::new("law", x.clone(), pick(&outcome.fitted)).dashed()),
            )
            .panel(Panel::new(Axis::new("data - law", "")).curve(Curve::new(
                "",
                x,
                pick(&outcome.residuals),
            )))
            .to_svg()?;
        pictures.push((outcome.inputs[v].clone(), svg));
    }
    Ok(pictures)
}
