//! Pictures of a fit: measured and fitted above, residuals below.

use super::fit::Outcome;
use super::forward::Prediction;
use super::model::Model;
use super::record::{Kind, Record, Samples};
use crate::plot::{Axis, Curve, Figure, Panel, PlotError};

/// One picture of record `k` as an SVG text, with the chosen model and those in `rivals`.
///
/// # Errors
/// [`PlotError`] if it cannot be drawn.
pub fn picture(outcome: &Outcome, k: usize, models: &[Model]) -> Result<String, PlotError> {
    let record = &outcome.records[k];
    let fits = outcome.fits.iter().filter(|f| models.contains(&f.model));
    let predictions: Vec<(String, &Prediction)> =
        fits.map(|f| (f.model.title(), &f.predictions[k])).collect();
    match &record.samples {
        Samples::Time { .. } => in_time(record, &predictions),
        Samples::Frequency { .. } => in_frequency(record, &predictions),
    }
}

fn title(record: &Record) -> String {
    let name = record.file.file_name().unwrap_or(record.file.as_os_str());
    name.to_string_lossy().into_owned()
}

fn in_time(record: &Record, predictions: &[(String, &Prediction)]) -> Result<String, PlotError> {
    let Samples::Time {
        t_s,
        measured,
        v,
        used,
        ..
    } = &record.samples
    else {
        return Figure::new(Axis::new("", "")).to_svg();
    };
    let sweep = record.kind == Kind::Cv;
    let x = if sweep { v } else { t_s };
    let (axis, unit) = if sweep {
        ("voltage", "V")
    } else {
        ("time", "s")
    };
    let (what, what_unit) = if sweep {
        ("current", "A")
    } else {
        ("voltage", "V")
    };
    let only_used = |y: Vec<f64>| -> Vec<f64> {
        y.into_iter()
            .zip(used)
            .map(|(y, u)| if *u { y } else { f64::NAN })
            .collect()
    };
    let mut above = Panel::new(Axis::new(what, what_unit)).curve(Curve::new(
        "measured",
        x.clone(),
        measured.clone(),
    ));
    let mut below = Panel::new(Axis::new("measured - model", what_unit)).curve(Curve::new(
        "measured",
        vec![],
        vec![],
    ));
    for (name, prediction) in predictions {
        let Prediction::Time(y) = prediction else {
            continue;
        };
        above = above.curve(Curve::new(name.as_str(), x.clone(), y.clone()).dashed());
        let rest = measured.iter().zip(y).map(|(m, y)| m - y).collect();
        below = below.curve(Curve::new(name.as_str(), x.clone(), only_used(rest)).dashed());
    }
    Figure::new(Axis::new(axis, unit))
        .title(title(record))
        .panel(above)
        .panel(below)
        .to_svg()
}

fn in_frequency(
    record: &Record,
    predictions: &[(String, &Prediction)],
) -> Result<String, PlotError> {
    let Samples::Frequency { f_hz, z, .. } = &record.samples else {
        return Figure::new(Axis::new("", "")).to_svg();
    };
    let mut real = Panel::new(Axis::new("Re Z", "ohm").log()).curve(Curve::new(
        "measured",
        f_hz.clone(),
        z.iter().map(|z| z.re).collect(),
    ));
    let mut imaginary = Panel::new(Axis::new("-Im Z", "ohm").log()).curve(Curve::new(
        "measured",
        f_hz.clone(),
        z.iter().map(|z| -z.im).collect(),
    ));
    let mut rest = Panel::new(Axis::new("|measured - model|/|Z|", "")).curve(Curve::new(
        "measured",
        vec![],
        vec![],
    ));
    for (name, prediction) in predictions {
        let Prediction::Frequency(m) = prediction else {
            continue;
        };
        real = real.curve(
            Curve::new(
                name.as_str(),
                f_hz.clone(),
                m.iter().map(|z| z.re).collect(),
            )
            .dashed(),
        );
        imaginary = imaginary.curve(
            Curve::new(
                name.as_str(),
                f_hz.clone(),
                m.iter().map(|z| -z.im).collect(),
            )
            .dashed(),
        );
        let difference = z
            .iter()
            .zip(m)
            .map(|(z, m)| (z - m).norm() / z.norm())
            .collect();
        rest = rest.curve(Curve::new(name.as_str(), f_hz.clone(), difference).dashed());
    }
    Figure::new(Axis::new("frequency", "Hz").log())
        .title(title(record))
        .panel(real)
        .panel(imaginary)
        .panel(rest)
        .to_svg()
}
