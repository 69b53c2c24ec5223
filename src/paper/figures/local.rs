//! Potential and current inside the slits, and where the current flows against the field.

use std::fs;

use super::{HALF, slits, slits_m, width_axis};
use crate::mpnp::constants::FARADAY;
use crate::mpnp::flux::Parts;
use crate::mpnp::mesh::{Direction, Mesh};
use crate::mpnp::observe::ion_flux_parts;
use crate::mpnp::read::read_fields;
use crate::mpnp::system::{LENGTH, System};
use crate::paper::bench::{Bench, Finished};
use crate::paper::cases::{SLITS_NM, base};
use crate::paper::registry::Entry;
use crate::paper::series::{list, percent};
use crate::paper::{Drawn, PaperError, Verdict};
use crate::plot::{Axis, Curve, Figure, Panel, Plate};

pub const LOCAL: Entry = Entry {
    name: "local-resistance",
    title: "Potential and current in the slits; local resistance of both signs",
    paper: "ED10",
    claim: "local potential and current in the slits show places of positive and of negative local resistance",
    criterion: "holds if for every d more than 1 % of the current along the slits flows against the local field, and more than half with it, in the mean over half way up, the peak and half \
                way down",
    runs: slits,
    draw,
};

/// Current density along a slit and potential gradient, over the position across it.
struct Profile {
    x: Vec<f64>,
    density: Vec<f64>,
    /// -d phi/dy, volt per metre.
    field: Vec<f64>,
}

/// Through the middle of slit `i` at the time of field `number`.
fn profile(run: &Finished, i: usize, number: usize) -> Result<Profile, PaperError> {
    let geometry = &run.config.geometry;
    let mesh = Mesh::of_stack(
        geometry,
        run.config.electrolyte.permittivity,
        &run.config.grid,
    );
    let system = System::new(mesh, run.config.electrolyte);
    let state = read_fields(&run.folder.join(format!("fields-{number}.csv")), &system)?;
    let excess = system.excess(&state);
    let mesh = &system.mesh;
    let plane = mesh.y.nearest_edge(0.5 * mesh.y.length());
    let middle = geometry.slit_middle(i);
    let scale = FARADAY * system.electrolyte.concentration * LENGTH.powi(2);
    let vt = system.electrolyte.thermal_voltage();
    let mut points: Vec<(f64, f64, f64)> = Vec::new();
    for (f, face) in mesh.faces.iter().enumerate() {
        let x = mesh.x.centre(face.along as usize);
        let here = face.direction == Direction::Y
            && face.plane as usize == plane
            && face.ions > 0.0
            && (x - middle).abs() < 0.5 * geometry.pitch();
        if !here {
            continue;
        }
        let mut sum = Parts::default();
        for k in 0..2 {
            sum.add(
                ion_flux_parts(&system, &state, &excess, f, k),
                scale * system.z[k],
            );
        }
        let width = mesh.x.widths[face.along as usize];
        let (low, high) = (
            system.offset[face.low as usize] as usize,
            system.offset[face.high as usize] as usize,
        );
        let length = mesh.y.centre(plane) - mesh.y.centre(plane - 1);
        points.push((
            x - middle,
            sum.total() / width,
            -vt * (state[high] - state[low]) / length,
        ));
    }
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(Profile {
        x: points.iter().map(|p| p.0).collect(),
        density: points.iter().map(|p| p.1).collect(),
        field: points.iter().map(|p| p.2).collect(),
    })
}

fn draw(bench: &Bench) -> Result<Drawn, PaperError> {
    let run = bench.run(&base())?;
    let i = run.slit(2);
    let mut density = Panel::new(Axis::new("current density (A/m2)", ""));
    let mut field = Panel::new(Axis::new("field along the slit (V/m)", ""));
    for (number, when) in [(1, "half way up"), (3, "half way down")] {
        let p = profile(&run, i, number)?;
        density = density.curve(Curve::new(when, p.x.clone(), p.density));
        field = field.curve(Curve::new(when, p.x, p.field));
    }
    let across = Figure::new(Axis::new("position across the slit", "m"))
        .title(format!("through the middle of slit {i}, d = 1.5 nm"))
        .panel(density)
        .panel(field)
        .width(HALF)
        .panel_height(150);
    let times = ["half way up", "at the peak", "half way down"];
    let mut shares: Vec<Vec<f64>> = vec![Vec::new(); times.len()];
    let (mut least, mut most) = (f64::INFINITY, 0.0f64);
    for config in slits() {
        let run = bench.run(&config)?;
        let uphill = run.report().uphill();
        if uphill.len() != times.len() {
            return Err(PaperError::Missing {
                what: "shares of the current against the field".into(),
                folder: run.folder.clone(),
            });
        }
        for (all, x) in shares.iter_mut().zip(&uphill) {
            all.push(*x);
        }
        let mean = uphill.iter().sum::<f64>() / uphill.len() as f64;
        (least, most) = (least.min(mean), most.max(mean));
    }
    let mut panel = Panel::new(Axis::new("share against the field", ""));
    for (when, y) in times.iter().zip(&shares) {
        panel = panel.curve(Curve::new(*when, slits_m(), y.clone()).dots());
    }
    let plate = Plate::new(2).figure(across).figure(
        Figure::new(width_axis())
            .title("part of the current along the slits")
            .panel(panel)
            .width(HALF)
            .panel_height(300),
    );
    let map = run.folder.join("fields-1.svg");
    let map = fs::read_to_string(&map).map_err(|_| PaperError::Missing {
        what: "fields-1.svg".into(),
        folder: run.folder.clone(),
    })?;
    let found = format!(
        "part of the current along the slits that flows towards higher potential, at d = {} nm: half way up {} %, at the peak {} %, half way down {} %. The mean over the three times is {} to {}. \
         Above the curves: potential and ionic current half way up (collector below, reservoir above).",
        list(SLITS_NM, 1),
        list(shares[0].iter().map(|x| 100.0 * x), 1),
        list(shares[1].iter().map(|x| 100.0 * x), 1),
        list(shares[2].iter().map(|x| 100.0 * x), 1),
        percent(least),
        percent(most)
    );
    let mut drawn = Drawn::new(
        plate,
        found,
        Verdict::of(least > 0.01 && most < 0.5, most > 0.01),
    );
    drawn.map = Some(map);
    Ok(drawn)
}
