//! `ncm step`.

use ncm::experiment::{StepProgram, Trace, step};
use ncm::plot::{Axis, Curve, Figure, Panel};

use super::{Bench, check_size, record, summary};
use crate::args::StepArgs;
use crate::failure::Failure;
use crate::report::Report;

pub fn run(a: &StepArgs) -> Result<Report, Failure> {
    let mut bench = Bench::set_up(&a.part, &a.out)?;
    let v_0 = bench.v_initial(a.v0);
    let v_1 = bench.v_max(a.v1, "--v1")?;
    let names = bench.section_names(&a.record)?;
    check_size(u64::from(a.spread.points), names.len())?;
    bench.warn_of_voltages(&[v_0, v_1]);
    let program = StepProgram {
        v_0,
        v_1,
        duration: a.duration,
        points: a.spread.points as usize,
        decades: a.spread.decades,
        tolerance: a.record.tolerance,
        record: record(&a.record),
        history: bench.card.history,
    };
    let trace = step(&bench.card.cell, &program)?;
    let moved = match trace.q[..] {
        [first, .., last] => last - first,
        _ => 0.0,
    };
    let numbers = summary([
        ("i_first_A", trace.i.first().copied().unwrap_or(0.0)),
        ("i_last_A", trace.i.last().copied().unwrap_or(0.0)),
        ("charge_C", moved),
    ]);
    let title = bench.card.name.clone();
    bench.warn_of_limits(&trace);
    let table = bench.time_columns(&trace, &names)?;
    let log = a.spread.decades > 0.0;
    bench.report(&a.out, &table, || figure(title, &trace, log), numbers)
}

fn figure(title: String, trace: &Trace, log: bool) -> Figure {
    let over_time = |y: &[f64]| Curve::new("", trace.t_s.clone(), y.to_vec());
    let time = Axis::new("time", "s");
    Figure::new(if log { time.log() } else { time })
        .title(format!("{title}: voltage step"))
        .panel(Panel::new(Axis::new("current", "A")).curve(over_time(&trace.i)))
        .panel(Panel::new(Axis::new("charge", "C")).curve(over_time(&trace.q)))
}
