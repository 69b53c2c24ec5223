//! `ncm eis`.

use std::f64::consts::TAU;

use ncm::experiment::{EisProgram, Spectrum, eis};
use ncm::plot::{Axis, Curve, Figure, Panel};

use super::table::Table;
use super::{Bench, summary};
use crate::args::EisArgs;
use crate::failure::Failure;
use crate::report::Report;

pub fn run(a: &EisArgs) -> Result<Report, Failure> {
    let mut bench = Bench::set_up(&a.part, &a.out)?;
    let bias = bench.v_initial(a.bias);
    bench.warn_of_voltages(&[bias]);
    let program = EisProgram {
        f_min: a.f_min,
        f_max: a.f_max,
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
    bench.report(&a.out, &table, || figure(title, &spectrum), numbers)
}

fn figure(title: String, spectrum: &Spectrum) -> Figure {
    let over_frequency = |value: fn(&num_complex::Complex64) -> f64| {
        Curve::new(
            "",
            spectrum.f_hz.clone(),
            spectrum.z.iter().map(value).collect(),
        )
    };
    let phase = Axis::new("phase (\u{b0})", "");
    Figure::new(Axis::new("frequency", "Hz").log())
        .title(title)
        .panel(Panel::new(Axis::new("|Z|", "\u{3a9}").log()).curve(over_frequency(|z| z.norm())))
        .panel(Panel::new(phase).curve(over_frequency(|z| z.arg().to_degrees())))
}
