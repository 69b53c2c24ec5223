//! Pictures and tables of the fields at one time.

use std::fmt::Write as _;

use super::constants::FARADAY;
use super::files::FIELDS_HEADER;
use super::geometry::Geometry;
use super::mesh::Direction;
use super::observe::ion_flux_parts;
use super::run::Snapshot;
use super::system::{LENGTH, System};

/// Colours of the potential's scale, from the lowest to the highest: dark blue, teal, yellow.
const SCALE: [[f64; 3]; 5] = [
    [38.0, 33.0, 97.0],
    [43.0, 98.0, 140.0],
    [46.0, 160.0, 138.0],
    [134.0, 208.0, 84.0],
    [250.0, 230.0, 55.0],
];
const LEVELS: usize = 64;

fn colour(level: usize) -> String {
    let at = level as f64 / (LEVELS - 1) as f64 * (SCALE.len() - 1) as f64;
    let low = (at as usize).min(SCALE.len() - 2);
    let w = at - low as f64;
    let mix = |k: usize| (SCALE[low][k] * (1.0 - w) + SCALE[low + 1][k] * w).round() as u8;
    format!("#{:02x}{:02x}{:02x}", mix(0), mix(1), mix(2))
}

/// One line per cell: centre (nm), potential (V), concentrations (mol/m3; empty without ions).
pub fn fields_csv(system: &System, snapshot: &Snapshot) -> String {
    let vt = system.electrolyte.thermal_voltage();
    let c0 = system.electrolyte.concentration;
    let mut out = format!("{FIELDS_HEADER}\n");
    for (c, cell) in system.mesh.cells.iter().enumerate() {
        let at = system.offset[c] as usize;
        let u = &snapshot.state;
        let ions = if system.has_ions(c) {
            format!("{:e},{:e}", c0 * u[at + 1], c0 * u[at + 2])
        } else {
            ",".into()
        };
        // Writing to a string does not fail.
        let _ = writeln!(
            out,
            "{:.6},{:.6},{:e},{ions}",
            system.mesh.x.centre(cell.ix as usize) * 1e9,
            system.mesh.y.centre(cell.iy as usize) * 1e9,
            u[at] * vt
        );
    }
    out
}

/// Potential as colours, ionic current density as arrows, metal grey; SVG. The collector is at the
/// bottom, the reservoir at the top, sheets run from left to right.
pub fn svg(system: &System, geometry: &Geometry, snapshot: &Snapshot) -> String {
    let mesh = &system.mesh;
    let vt = system.electrolyte.thermal_voltage();
    let (width, height) = (mesh.y.length() * 1e9, mesh.x.length() * 1e9);
    let phi: Vec<f64> = (0..mesh.cells.len())
        .map(|c| snapshot.state[system.offset[c] as usize] * vt)
        .collect();
    let low = phi.iter().fold(0.0f64, |m, &p| m.min(p));
    let high = phi.iter().fold(0.0f64, |m, &p| m.max(p));
    let span = if high > low { high - low } else { 1.0 };
    let mut paths = vec![String::new(); LEVELS];
    let level = |c: usize| {
        let level = ((phi[c] - low) / span * (LEVELS - 1) as f64).round() as usize;
        level.min(LEVELS - 1)
    };
    for ix in 0..mesh.x.cells() {
        // Neighbours of one colour in a row are one rectangle.
        let mut iy = 0;
        while iy < mesh.y.cells() {
            let Some(at) = mesh.cell_at(ix, iy).map(level) else {
                iy += 1;
                continue;
            };
            let first = iy;
            while iy < mesh.y.cells() && mesh.cell_at(ix, iy).map(level) == Some(at) {
                iy += 1;
            }
            // Rectangles overlap a little so that no background shows between them.
            let wide = (mesh.y.edges[iy] - mesh.y.edges[first]) * 1e9 + 0.01;
            let _ = write!(
                paths[at],
                "M{:.2} {:.3}h{wide:.2}v{:.3}h-{wide:.2}z",
                mesh.y.edges[first] * 1e9,
                height - mesh.x.edges[ix + 1] * 1e9,
                mesh.x.widths[ix] * 1e9 + 0.01,
            );
        }
    }
    let zoom = (900.0 / width).min(1200.0 / height);
    let margin = 60.0 / zoom;
    let font = 13.0 / zoom;
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.0}\" height=\"{:.0}\" viewBox=\"0 {:.3} {width:.3} {:.3}\" font-family=\"sans-serif\" font-size=\"{font:.3}\">\n\
         <title>Potential and ionic current at t = {:e} s, phi_m = {} V</title>\n\
         <rect x=\"0\" y=\"{:.3}\" width=\"{width:.3}\" height=\"{:.3}\" fill=\"#ffffff\"/>\n\
         <rect x=\"0\" y=\"0\" width=\"{width:.3}\" height=\"{height:.3}\" fill=\"#888888\"/>\n",
        width * zoom,
        (height + margin) * zoom,
        -margin,
        height + margin,
        snapshot.t,
        snapshot.phi_m,
        -margin,
        height + margin,
    );
    for (level, path) in paths.iter().enumerate().filter(|p| !p.1.is_empty()) {
        let _ = writeln!(out, "<path fill=\"{}\" d=\"{path}\"/>", colour(level));
    }
    arrows(&mut out, system, geometry, snapshot, height);
    let bar = 0.3 * width;
    for level in 0..LEVELS {
        let _ = writeln!(
            out,
            "<rect x=\"{:.3}\" y=\"{:.3}\" width=\"{:.3}\" height=\"{:.3}\" fill=\"{}\"/>",
            bar * level as f64 / LEVELS as f64,
            -0.35 * margin,
            bar / LEVELS as f64 * 1.1,
            0.25 * margin,
            colour(level)
        );
    }
    let _ = write!(
        out,
        "<text x=\"0\" y=\"{:.3}\">{:.1} to {:.1} mV; t = {:.4} us, phi_m = {:.1} mV; {width:.1} nm wide; arrows: ionic current</text>\n</svg>\n",
        -0.5 * margin,
        low * 1e3,
        high * 1e3,
        snapshot.t * 1e6,
        snapshot.phi_m * 1e3,
    );
    out
}

/// Current density in the middle of slits, gaps and reservoir; lengths on a root scale, since the
/// first slits carry many times the current of the last.
fn arrows(
    out: &mut String,
    system: &System,
    geometry: &Geometry,
    snapshot: &Snapshot,
    height: f64,
) {
    let mesh = &system.mesh;
    let excess = system.excess(&snapshot.state);
    let scale = FARADAY * system.electrolyte.concentration * LENGTH.powi(2);
    // Density on each cell: half of that on each of its faces.
    let mut density = vec![[0.0f64; 2]; mesh.cells.len()];
    for (f, face) in mesh.faces.iter().enumerate().filter(|f| f.1.ions > 0.0) {
        let mut current = 0.0;
        for k in 0..2 {
            let parts = ion_flux_parts(system, &snapshot.state, &excess, f, k);
            current += scale * system.z[k] * parts.total();
        }
        let (along, area) = match face.direction {
            Direction::X => (0, mesh.y.widths[face.along as usize]),
            Direction::Y => (1, mesh.x.widths[face.along as usize]),
        };
        for c in [face.low, face.high] {
            density[c as usize][along] += 0.5 * current / area;
        }
    }
    let size = |d: &[f64; 2]| d[0].hypot(d[1]);
    let largest = density.iter().map(size).fold(0.0, f64::max);
    if largest == 0.0 {
        return;
    }
    let mut rows: Vec<f64> = (1..geometry.sheets)
        .map(|i| geometry.slit_middle(i))
        .collect();
    rows.extend((1..geometry.sheets).map(|i| geometry.sheet_middle(i)));
    let top = geometry.sheet_middle(1) + 0.5 * geometry.sheet_thickness;
    rows.extend([0.3, 0.7].map(|s| top + s * (mesh.x.length() - top)));
    let longest = 0.8 * geometry.slit_width.min(3e-9) * 1e9;
    let stride = 2.0 * longest;
    let mut path = String::new();
    for x in rows {
        let ix = mesh.x.nearest_edge(x).min(mesh.x.cells() - 1);
        let mut last = f64::NEG_INFINITY;
        for iy in 0..mesh.y.cells() {
            let y = mesh.y.centre(iy) * 1e9;
            let Some(c) = mesh.cell_at(ix, iy).filter(|&c| system.has_ions(c)) else {
                continue;
            };
            let near_gap = y < 2.0 || y > mesh.y.length() * 1e9 - 2.0;
            if y - last < if near_gap { 0.4 * stride } else { stride } {
                continue;
            }
            last = y;
            let d = density[c];
            let relative = size(&d) / largest;
            if relative < 1e-4 {
                continue;
            }
            let length = longest * relative.sqrt();
            let (dx, dy) = (length * d[1] / size(&d), -length * d[0] / size(&d));
            let (cx, cy) = (y, height - mesh.x.centre(ix) * 1e9);
            let (ex, ey) = (cx + 0.5 * dx, cy + 0.5 * dy);
            let _ = write!(
                path,
                "M{:.3} {:.3}L{ex:.3} {ey:.3}M{:.3} {:.3}L{ex:.3} {ey:.3}L{:.3} {:.3}",
                cx - 0.5 * dx,
                cy - 0.5 * dy,
                ex - 0.3 * dx - 0.2 * dy,
                ey - 0.3 * dy + 0.2 * dx,
                ex - 0.3 * dx + 0.2 * dy,
                ey - 0.3 * dy - 0.2 * dx,
            );
        }
    }
    let _ = writeln!(
        out,
        "<path fill=\"none\" stroke=\"#000000\" stroke-width=\"0.08\" d=\"{path}\"/>"
    );
}
