//! What the circuit does by itself, with the paper's own parameters.

use super::{HALF, one};
use crate::cell::{Cell, CellParams};
use crate::ladder::ElectrodeParams;
use crate::paper::bench::Bench;
use crate::paper::registry::Entry;
use crate::paper::series::{area, asymmetry, cell_cv, half_cell_cv, largest, last_cycle, list};
use crate::paper::{Drawn, PaperError, Verdict};
use crate::plot::{Axis, Colours, Curve, Figure, Panel, Plate};

pub const GAMMA: Entry = Entry {
    name: "gamma-family",
    title: "Voltammograms of the half cell: gamma from -0.9 to 0.9",
    paper: "4d",
    claim: "gamma from -0.9 to 0.9 turns a symmetric ellipse into a trapezoid, and the area grows with gamma (R_c = 5 ohm)",
    criterion: "holds if at gamma = 0 the current of the periodic cycle is its own negative half a cycle later within 0.1 % of its largest value, off by more than 5 % at \
                gamma = 0.9, and the enclosed area grows at every step of gamma",
    runs: Vec::new,
    draw: gamma,
};

pub const RESISTANCE: Entry = Entry {
    name: "resistance-family",
    title: "Voltammograms of the full cell: R_c from 1 to 10 ohm",
    paper: "4e",
    claim: "R_c from 1 to 10 ohm at gamma = 0.9 grows a current peak with no reaction behind it",
    criterion: "holds if the charging current passes through a maximum before the upper vertex whose height above the current at that vertex grows at every step of R_c and is above 1 % at 10 ohm; with limits if the largest \
                charging current rises above C dV/dt at every step of R_c, by more than 10 % at 10 ohm, but at the vertex",
    runs: Vec::new,
    draw: resistance,
};

pub const TLM: Entry = Entry {
    name: "tlm-symmetry",
    title: "The transmission line stays symmetric with any R_c",
    paper: "ED13",
    claim: "TLM with any R_c (5, 2, 1, 0.5 ohm) stays symmetric",
    criterion: "holds if for every R_c the current of the periodic cycle is its own negative half a cycle later within 0.1 % of its largest value, while with gamma = 0.9 it is \
                off by more than 5 % at R_c = 5 ohm",
    runs: Vec::new,
    draw: tlm,
};

/// Cycles until nothing changes any more, to many digits.
const CYCLES: usize = 8;

/// Five slits of 0.08 uF with the charge at 0.2 V as scale: the paper's six sheets.
pub fn six_sheets(r_c: f64, gamma: f64) -> ElectrodeParams {
    ElectrodeParams {
        gamma,
        q_max: 1.6e-8,
        ..ElectrodeParams::new(r_c, 8e-8, 5)
    }
}

fn gamma(_: &Bench) -> Result<Drawn, PaperError> {
    let gammas = [-0.9, -0.6, -0.3, 0.0, 0.3, 0.6, 0.9];
    let mut panel = Panel::new(Axis::new("current", "A"));
    let (mut areas, mut off) = (Vec::new(), Vec::new());
    for gamma in gammas {
        let trace = half_cell_cv(&six_sheets(5.0, gamma), 0.2, 1e4, CYCLES)?;
        let last = last_cycle(&trace, CYCLES);
        let (v, i) = (&trace.v[last.clone()], &trace.i[last]);
        areas.push(area(v, i));
        off.push(asymmetry(&i[1..]));
        panel = panel.curve(Curve::new(
            format!("gamma = {gamma}"),
            v.to_vec(),
            i.to_vec(),
        ));
    }
    let cv = Figure::new(Axis::new("electrode potential", "V"))
        .title("periodic cycle, 10 mV/us, R_c = 5 ohm")
        .panel(panel)
        .width(HALF)
        .panel_height(300)
        .colours(Colours::Ordered);
    let numbers = Figure::new(Axis::new("gamma", ""))
        .panel(
            Panel::new(Axis::new("enclosed area", "W"))
                .curve(Curve::new("", gammas.to_vec(), areas.clone()).dots()),
        )
        .panel(
            Panel::new(Axis::new("asymmetry", ""))
                .curve(Curve::new("", gammas.to_vec(), off.clone()).dots()),
        )
        .width(HALF)
        .panel_height(160);
    let grows = areas.windows(2).all(|w| w[1] > w[0]);
    let found = format!(
        "enclosed area at gamma = {}: {} mW; the current is off its own negative half a cycle later by {} % of its largest value.",
        list(gammas, 1),
        list(areas.iter().map(|a| 1e3 * a), 3),
        list(off.iter().map(|o| 100.0 * o), 2)
    );
    let symmetric = off[3] < 1e-3;
    Ok(Drawn::new(
        Plate::new(2).figure(cv).figure(numbers),
        found,
        Verdict::of(
            symmetric && off[6] > 0.05 && grows,
            symmetric && off[6] > 0.05,
        ),
    ))
}

fn resistance(_: &Bench) -> Result<Drawn, PaperError> {
    let values = [1.0, 2.0, 5.0, 10.0];
    let (rate, high) = (2e4, 0.4);
    let mut curves = Vec::new();
    let (mut heights, mut places, mut inner) = (Vec::new(), Vec::new(), Vec::new());
    for r_c in values {
        let cell = CellParams::symmetric(six_sheets(r_c, 0.9));
        let capacitive = rate * Cell::new(&cell)?.capacitance();
        let trace = cell_cv(&cell, high, rate, CYCLES)?;
        let last = last_cycle(&trace, CYCLES);
        let (v, i) = (&trace.v[last.clone()], &trace.i[last]);
        let up = v.len() / 2;
        let peak = (0..=up).fold(0, |m, k| if i[k] > i[m] { k } else { m });
        heights.push(i[peak] / capacitive - 1.0);
        places.push(v[peak]);
        // Above the current just before the upper vertex: more than 0 only for a peak on the way.
        inner.push(i[peak] / i[up - 1] - 1.0);
        curves.push(Curve::new(
            format!("R_c = {r_c} ohm"),
            v.to_vec(),
            i.to_vec(),
        ));
    }
    let figure = Figure::new(Axis::new("cell voltage", "V"))
        .title("periodic cycle, 20 mV/us, gamma = 0.9")
        .panel(Panel {
            y: Axis::new("current", "A"),
            curves,
        })
        .colours(Colours::Ordered)
        .panel_height(340);
    let grows = |v: &[f64]| v.windows(2).all(|w| w[1] > w[0]);
    let on_the_way = grows(&inner) && inner[3] > 0.01;
    let found = format!(
        "at R_c = {} ohm the largest charging current is {} % above C dV/dt, the current of the capacitances alone, and stands at {} V; above the current just before the upper vertex (0.4 V) it is by {} %. \
         {}",
        list(values, 0),
        list(heights.iter().map(|h| 100.0 * h), 1),
        list(places.iter().copied(), 3),
        list(inner.iter().map(|h| 100.0 * h), 1),
        if on_the_way {
            "The peak lies on the way up."
        } else {
            "The current piles up towards the vertex and does not fall again before the voltage turns."
        }
    );
    Ok(Drawn::new(
        figure,
        found,
        Verdict::of(on_the_way, grows(&heights) && heights[3] > 0.1),
    ))
}

fn tlm(_: &Bench) -> Result<Drawn, PaperError> {
    let values = [5.0, 2.0, 1.0, 0.5];
    let mut plate = Plate::new(2);
    let (mut line, mut filled) = (Vec::new(), Vec::new());
    for (gamma, title, off) in [
        (0.0, "TLM", &mut line),
        (0.9, "NCM, gamma = 0.9", &mut filled),
    ] {
        let mut curves = Vec::new();
        for r_c in values {
            let trace = half_cell_cv(&six_sheets(r_c, gamma), 0.2, 1e4, CYCLES)?;
            let last = last_cycle(&trace, CYCLES);
            let (v, i) = (&trace.v[last.clone()], &trace.i[last]);
            off.push(asymmetry(&i[1..]));
            curves.push(Curve::new(
                format!("R_c = {r_c} ohm"),
                v.to_vec(),
                i.to_vec(),
            ));
        }
        plate = plate.figure(
            one(
                title,
                Axis::new("electrode potential", "V"),
                Axis::new("current", "A"),
                curves,
            )
            .colours(Colours::Ordered)
            .panel_height(280),
        );
    }
    let found = format!(
        "at R_c = {} ohm the current is off its own negative half a cycle later by {} % of its largest value with TLM, by {} % with NCM (gamma = 0.9).",
        list(values, 1),
        list(line.iter().map(|o| 100.0 * o), 3),
        list(filled.iter().map(|o| 100.0 * o), 2)
    );
    let symmetric = largest(&line) < 1e-3;
    Ok(Drawn::new(
        plate,
        found,
        Verdict::of(symmetric && filled[0] > 0.05, symmetric),
    ))
}
