//! `ncm gcd`.

use ncm::experiment::{GcdProgram, Trace, gcd};
use ncm::plot::{Axis, Curve, Figure, Panel};

use super::{Bench, check_size, extremes, record, summary};
use crate::args::GcdArgs;
use crate::failure::Failure;
use crate::report::Report;

pub fn run(a: &GcdArgs) -> Result<Report, Failure> {
    let mut bench = Bench::set_up(&a.part, &a.out)?;
    let v_low = bench.v_min(a.v_min)?;
    let v_high = bench.v_max(a.v_max, "--v-max")?;
    let names = bench.section_names(&a.record)?;
    check_size(2 * u64::from(a.cycles) * u64::from(a.points), names.len())?;
    bench.warn_of_voltages(&[v_low, v_high]);
    let program = GcdProgram {
        v_start: a.v_start.unwrap_or(v_low),
        v_low,
        v_high,
        current: a.current,
        cycles: a.cycles as usize,
        points: a.points as usize,
        tolerance: a.record.tolerance,
        record: record(&a.record),
        history: bench.card.history,
    };
    let trace = gcd(&bench.card.cell, &program)?;
    let (q_low, q_high) = extremes(&trace.q);
    let numbers = summary([
        ("duration_s", trace.t_s.last().copied().unwrap_or(0.0)),
        ("charge_C", q_high - q_low),
        ("capacitance_F", (q_high - q_low) / (v_high - v_low)),
    ]);
    let title = bench.card.name.clone();
    bench.warn_of_limits(&trace);
    let table = bench.time_columns(&trace, &names)?;
    bench.report(&a.out, &table, || figure(title, &trace), numbers)
}

fn figure(title: String, trace: &Trace) -> Figure {
    let over_time = |y: &[f64]| Curve::new("", trace.t_s.clone(), y.to_vec());
    Figure::new(Axis::new("time", "s"))
        .title(format!("{title}: galvanostatic charge and discharge"))
        .panel(Panel::new(Axis::new("voltage", "V")).curve(over_time(&trace.v)))
        .panel(Panel::new(Axis::new("current", "A")).curve(over_time(&trace.i)))
}
