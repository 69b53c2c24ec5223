//! `ncm cv`.

use ncm::experiment::{CvProgram, Trace, cv};
use ncm::plot::{Axis, Curve, Figure, Panel};
use serde_json::{Map, Value, json};

use super::table::Table;
use super::{Bench, check_size, extremes, record, summary};
use crate::args::CvArgs;
use crate::failure::Failure;
use crate::report::Report;

pub fn run(a: &CvArgs) -> Result<Report, Failure> {
    let mut bench = Bench::set_up(&a.part, &a.out)?;
    let v_min = bench.v_min(a.v_min)?;
    let v_max = bench.v_max(a.v_max, "--v-max")?;
    if v_max <= v_min {
        return Err(Failure::bad_input(format!(
            "--v-max = {v_max}: is out of range\n  allowed: above --v-min = {v_min}\n  remedy: widen the sweep"
        )));
    }
    let v_start = a.v_start.unwrap_or(v_min);
    let rates = a.rate.map_or_else(|| a.rates.clone(), |rate| vec![rate]);
    let names = bench.section_names(&a.record)?;
    let samples = u64::from(a.cycles) * u64::from(a.points) * rates.len() as u64;
    check_size(samples, names.len())?;
    bench.warn_of_voltages(&[v_min, v_max, v_start]);

    let mut runs = Vec::new();
    for &rate in &rates {
        bench.warn_of_rate(rate);
        let program = CvProgram {
            v_start,
            v_first: v_max,
            v_second: v_min,
            rate,
            cycles: a.cycles as usize,
            points: a.points as usize,
            tolerance: a.record.tolerance,
            record: record(&a.record),
            history: bench.card.history,
        };
        let trace = cv(&bench.card.cell, &program)?;
        bench.warn_of_limits(&trace);
        runs.push((rate, trace));
    }

    // The common case keeps the four plain columns.
    let mut tables: Vec<(f64, Table)> = runs
        .iter()
        .map(|(rate, trace)| Ok((*rate, bench.time_columns(trace, &names)?)))
        .collect::<Result<_, Failure>>()?;
    let table = match (a.rate, tables.pop()) {
        (Some(_), Some((_, only))) => only,
        (_, last) => {
            tables.extend(last);
            Table::stacked("rate_V_per_s", tables)
        }
    };
    let points = a.points as usize;
    let sweeps: Vec<Map<String, Value>> = runs
        .iter()
        .map(|(rate, trace)| sweep_summary(*rate, trace, points, v_max - v_min))
        .collect();
    let summary = match (a.rate, sweeps.first()) {
        (Some(_), Some(only)) => only.clone(),
        _ => Map::from_iter([("sweeps".to_owned(), json!(sweeps))]),
    };
    let title = bench.card.name.clone();
    bench.report(&a.out, &table, || figure(title, &runs), summary)
}

/// Numbers of the last cycle, which is closest to the periodic state.
fn sweep_summary(rate: f64, trace: &Trace, points: usize, window: f64) -> Map<String, Value> {
    let from = trace.t_s.len().saturating_sub(points + 1);
    let (i_low, i_high) = extremes(&trace.i[from..]);
    let (q_low, q_high) = extremes(&trace.q[from..]);
    summary([
        ("rate_V_per_s", rate),
        ("i_max_A", i_high),
        ("i_min_A", i_low),
        ("charge_C", q_high - q_low),
        ("capacitance_F", (q_high - q_low) / window),
    ])
}

fn figure(title: String, runs: &[(f64, Trace)]) -> Figure {
    let mut current = Panel::new(Axis::new("current", "A"));
    let mut charge = Panel::new(Axis::new("charge", "C"));
    for (rate, trace) in runs {
        let label = format!("{rate} V/s");
        current = current.curve(Curve::new(&label, trace.v.clone(), trace.i.clone()));
        charge = charge.curve(Curve::new(&label, trace.v.clone(), trace.q.clone()));
    }
    Figure::new(Axis::new("voltage", "V"))
        .title(format!("{title}: cyclic voltammetry"))
        .panel(current)
        .panel(charge)
}
