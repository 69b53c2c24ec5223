//! Potential and current inside the slits, and where the current flows against the field.

use std::fs;

use super::{HALF, slits, slits_m, width_axis};
use crate::mpnp::flux::Parts;
use crate::mpnp::mesh::{Direction, Mesh};
use crate::mpnp::observe::ion_flux_parts;
use crate::mpnp::read::read_fields;
use crate::mpnp::system::System;
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

/// What stands over the position along a slit.
struct Profile {
    y: Vec<f64>,
    /// Potential in the middle, volt.
    phi: Vec<f64>,
    /// Part of the current, in size, that flows against the local field.
    against: Vec<f64>,
}

/// Slit `i` at the time of field `number`, from the end of its path to the other.
fn profile(run: &Finished, i: usize, number: usize) -> Result<Profile, PaperError> {
    let geometry = &run.config.geometry;
    let permittivity = run.config.electrolyte.permittivity;
    let mesh = Mesh::of_stack(geometry, permittivity, &run.config.grid);
    let system = System::new(mesh, run.config.electrolyte);
    let state = read_fields(&run.folder.join(format!("fields-{number}.csv")), &system)?;
    let excess = system.excess(&state);
    let mesh = &system.mesh;
    let middle = geometry.slit_middle(i);
    let vt = system.electrolyte.thermal_voltage();
    let planes = mesh.y.edges.len();
    let mut sums = vec![(0.0, 0.0, f64::INFINITY, f64::NAN); planes];
    for (f, face) in mesh.faces.iter().enumerate() {
        let off = (mesh.x.centre(face.along as usize) - middle).abs();
        let here =
            face.direction == Direction::Y && face.ions > 0.0 && off < 0.5 * geometry.pitch();
        if !here {
            continue;
        }
        let mut parts = Parts::default();
        for k in 0..2 {
            parts.add(ion_flux_parts(&system, &state, &excess, f, k), system.z[k]);
        }
        let current = parts.total();
        let (low, high) = (
            system.offset[face.low as usize] as usize,
            system.offset[face.high as usize] as usize,
        );
        let (against, all, nearest, phi) = &mut sums[face.plane as usize];
        *all += current.abs();
        if current * (state[high] - state[low]) > 0.0 {
            *against += current.abs();
        }
        if off < *nearest {
            (*nearest, *phi) = (off, 0.5 * vt * (state[low] + state[high]));
        }
    }
    let mut profile = Profile {
        y: Vec::new(),
        phi: Vec::new(),
        against: Vec::new(),
    };
    for (plane, (against, all, _, phi)) in sums.into_iter().enumerate() {
        if all > 0.0 {
            profile.y.push(mesh.y.edges[plane]);
            profile.phi.push(phi);
            profile.against.push(against / all);
        }
    }
    Ok(profile)
}

fn draw(bench: &Bench) -> Result<Drawn, PaperError> {
    let run = bench.run(&base())?;
    let i = run.slit(2);
    let mut phi = Panel::new(Axis::new("phi, middle", "V"));
    let mut against = Panel::new(Axis::new("against the field", ""));
    for (number, when) in [(1, "half way up"), (2, "at the peak"), (3, "half way down")] {
        let p = profile(&run, i, number)?;
        phi = phi.curve(Curve::new(when, p.y.clone(), p.phi));
        against = against.curve(Curve::new(when, p.y, p.against));
    }
    let along = Figure::new(Axis::new("position along the slit", "m"))
        .title(format!("along slit {i}, d = 1.5 nm"))
        .panel(phi)
        .panel(against)
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
    let plate = Plate::new(2).figure(along).figure(
        Figure::new(width_axis())
            .title("part of the current along all slits, over d")
            .panel(panel)
            .width(HALF)
            .panel_height(316),
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
