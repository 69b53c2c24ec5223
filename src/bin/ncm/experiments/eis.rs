//! `ncm eis`.

use std::f64::consts::TAU;

use ncm::experiment::{EisProgram, Spectrum, eis, frequency_range};
use ncm::plot::{Axis, Curve, Figure, Panel, Plate};

use super::table::Table;
use super::{Bench, summary};
use crate::args::EisArgs;
use crate::failure::Failure;
use crate::report::Report;

pub fn run(a: &EisArgs) -> Result<Report, Failure> {
    let mut bench = Bench::set_up(&a.part, &a.out)?;
    let bias = bench.v_initial(a.bias);
    bench.warn_of_voltages(&[bias]);
    let (lowest, highest) = frequency_range(&bench.card.cell, bias)?;
    let program = EisProgram {
        f_min: a.f_min.unwrap_or(lowest),
        f_max: a.f_max.unwrap_or(highest),
        points_per_decade: a.points_per_decade as usize,
        bias,
    };
    let spectrum = eis(&bench.card.cell, &program)?;
    let mut table = Table::default();
    table.column("f_Hz", spectrum.f_hz.clone());
    table.column("re_ohm", spectrum.z.iter().map(|z| z.re).collect());
    table.column("im_ohm", spectrum.z.iter().map(|z| z.im).collect());

    let ends = spectrum.f_hz.iter().zip(&spectrum.z);
    let lowest = ends.clone().min_by(|a, b| a.0.total_cmp(b.0));
    let highest = ends.max_by(|a, b| a.0.total_cmp(b.0));
    let numbers = match (lowest, highest) {
        (Some((f_low, z_low)), Some((_, z_high))) => summary([
            ("re_at_f_min_ohm", z_low.re),
            ("re_at_f_max_ohm", z_high.re),
            ("capacitance_at_f_min_F", -1.0 / (TAU * f_low * z_low.im)),
        ]),
        _ => summary([]),
    };
    let title = format!("{}: impedance at {bias} V", bench.card.name);
    bench.report(&a.out, &table, || picture(title, &spectrum), numbers)
}

/// Nyquist and Bode plot side by side.
fn picture(title: String, spectrum: &Spectrum) -> Plate {
    Plate::new(2)
        .figure(nyquist(title, spectrum))
        .figure(bode(spectrum))
}

// Width of the Nyquist plot and height of its panel, CSS pixels: with axis and labels beside it
// the panel is about square, so that a line of 45 degrees is one.
const NYQUIST_WIDTH: u32 = 480;
const NYQUIST_HEIGHT: u32 = 390;

/// The impedance in the complex plane, capacitive part upwards. The capacitor's own line, which
/// is hundreds of times as high as the rest is wide, is cut off.
fn nyquist(title: String, spectrum: &Spectrum) -> Figure {
    let widest = spectrum.z.iter().map(|z| z.re).fold(0.0, f64::max);
    // A part without resistance still has a line to show.
    let side = if widest > 0.0 {
        1.25 * widest
    } else {
        spectrum
            .z
            .iter()
            .map(|z| z.norm())
            .fold(f64::MIN_POSITIVE, f64::max)
    };
    let shown = spectrum.z.iter().filter(|z| -z.im <= side);
    let (re, im) = shown.map(|z| (z.re, -z.im)).unzip();
    Figure::new(Axis::new("Re Z", "\u{3a9}").range(0.0, side))
        .title(title)
        .width(NYQUIST_WIDTH)
        .panel_height(NYQUIST_HEIGHT)
        .panel(
            Panel::new(Axis::new("\u{2212}Im Z", "\u{3a9}").range(0.0, side))
                .curve(Curve::new("", re, im).dots()),
        )
}

fn bode(spectrum: &Spectrum) -> Figure {
    let over_frequency = |value: fn(&num_complex::Complex64) -> f64| {
        Curve::new(
            "",
            spectrum.f_hz.clone(),
            spectrum.z.iter().map(value).collect(),
        )
    };
    let phase = Axis::new("phase (\u{b0})", "").range(-90.0, 0.0);
    Figure::new(Axis::new("frequency", "Hz").log())
        .title(" ")
        .width(560)
        .panel_height(NYQUIST_HEIGHT / 2 - 8)
        .panel(Panel::new(Axis::new("|Z|", "\u{3a9}").log()).curve(over_frequency(|z| z.norm())))
        .panel(Panel::new(phase).curve(over_frequency(|z| z.arg().to_degrees())))
}
