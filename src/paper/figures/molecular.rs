//! What can and cannot be said of the molecular dynamics without an engine for it.

use super::{one, slits};
use crate::mpnp::analysis::summarise;
use crate::mpnp::config::Config;
use crate::mpnp::constants::{ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY};
use crate::paper::bench::Bench;
use crate::paper::cases::{IONS_NM, base, set_ions};
use crate::paper::registry::Entry;
use crate::paper::report::mean;
use crate::paper::series::{interpolate, largest, list, percent};
use crate::paper::{Drawn, PaperError, Verdict};
use crate::plot::{Axis, Curve, Plate};

pub const DYNAMICS: Entry = Entry {
    name: "molecular-dynamics",
    title: "The molecular dynamics, seen from the continuum",
    paper: "ED4, ED table 1",
    claim: "molecular dynamics of a 0.59 nm slit shows the same sign of the differences",
    criterion: "not judged: no molecular dynamics was run, and a slit of 0.59 nm is narrower than its two Stern layers (0.66 nm), so the continuum has nothing to compare with. Shown is how far the two are apart",
    runs: slits,
    draw,
};

/// Charge per carbon of the molecular dynamics, in elementary charges, and carbons per square metre of
/// graphene (two in a cell of 0.246 nm).
const PER_CARBON: f64 = 0.041;
const LATTICE: f64 = 0.246e-9;

/// Charge per area (C/m2) over the potential (V) of a single wall: Stern layer and diffuse layer of ions of
/// finite size in series (Kilic, Bazant & Ajdari 2007).
fn wall(config: &Config, highest: f64) -> (Vec<f64>, Vec<f64>) {
    let e = &config.electrolyte;
    let stern = &config.geometry.stern;
    let nu = e.bulk_volume_fraction();
    let lambda = e.debye_length();
    let vt = e.thermal_voltage();
    let faraday = crate::mpnp::constants::FARADAY;
    let c_stern = stern.permittivity * VACUUM_PERMITTIVITY / stern.thickness;
    let (mut v, mut q) = (Vec::new(), Vec::new());
    for k in 0..=20_000 {
        let u = 0.01 * f64::from(k);
        let g = 1.0 + 2.0 * nu * (0.5 * u).sinh().powi(2);
        let charge = 2.0 * faraday * e.concentration * lambda * (2.0 / nu * g.ln()).sqrt();
        let potential = vt * u + charge / c_stern;
        if potential > highest {
            break;
        }
        v.push(potential);
        q.push(charge);
    }
    (v, q)
}

fn draw(bench: &Bench) -> Result<Drawn, PaperError> {
    let carbons = 2.0 / (0.5 * 3f64.sqrt() * LATTICE * LATTICE);
    let sheet = PER_CARBON * ELEMENTARY_CHARGE * carbons;
    let face = 0.5 * sheet;
    let highest = 0.6;
    let mut curves = Vec::new();
    let mut needed = Vec::new();
    for &a in &IONS_NM {
        let mut config = base();
        set_ions(&mut config, a);
        let (v, q) = wall(&config, highest);
        needed.push(if q[q.len() - 1] > face {
            interpolate(&q, &v, face)
        } else {
            f64::INFINITY
        });
        curves.push(Curve::new(format!("one wall, a = {a} nm"), v, q));
    }
    curves.push(
        Curve::new(
            "molecular dynamics, per face",
            vec![0.0, highest],
            vec![face; 2],
        )
        .dashed(),
    );
    let (mut potential, mut charge, mut with) = (Vec::new(), Vec::new(), Vec::new());
    let mut widths = Vec::new();
    for config in slits() {
        let run = bench.run(&config)?;
        let phi: Vec<f64> = run.samples.iter().map(|s| s.phi_m).collect();
        // Both faces of a slit: the sheets' inner surfaces.
        let q = run.report().slits("q_max_C");
        let length = run.config.geometry.sheet_length;
        potential.push(largest(&phi));
        charge.push(mean(&q) / (2.0 * length));
        let slits = summarise(&run.samples);
        with.push(mean(
            &slits
                .iter()
                .map(|s| s.shares_along.diffusion_with)
                .collect::<Vec<_>>(),
        ));
        widths.push(config.geometry.slit_width * 1e9);
    }
    curves.push(Curve::new("these runs, d = 1 to 5 nm", potential, charge.clone()).dots());
    let figure = one(
        "charge per area of a sheet's face",
        Axis::new("potential of the metal", "V"),
        Axis::new("charge density (C/m2)", ""),
        curves,
    )
    .panel_height(300)
    .width(720);
    let volts = |v: f64| {
        if v.is_finite() {
            format!("{v:.2} V")
        } else {
            format!("more than {highest} V")
        }
    };
    let found = format!(
        "what cannot be said: the signs of the paper's table, which need a molecular dynamics engine (about 5 processor hours per nanosecond for its 6,700 atoms). What can be said: +-{PER_CARBON} e per carbon is {:.1} uC/cm2 per sheet, \
         {:.1} on each face if both are wetted alike. A wall's closed form has that charge at {} (a = 0.36 nm) or {} (0.66 nm); these runs reach {} uC/cm2 at 0.2 V for d = {} nm. So the imposed charge is about that of the paper's window, but it is \
         switched on as a step, and the slit is narrower than the continuum can go: only signs could be compared. In the continuum diffusion goes with migration along the slits {} of the time at d = {} nm, the narrowest here.",
        sheet * 100.0,
        face * 100.0,
        volts(needed[0]),
        volts(needed[1]),
        list(charge.iter().map(|q| 100.0 * q), 1),
        list(widths.iter().copied(), 1),
        percent(with[0]),
        widths[0]
    );
    Ok(Drawn::new(Plate::from(figure), found, Verdict::NotJudged))
}
