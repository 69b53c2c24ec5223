//! Resistance and resistivity over the slit width.

use super::{HALF, slits, slits_m, width_axis};
use crate::paper::bench::Bench;
use crate::paper::cases::SLITS_NM;
use crate::paper::registry::Entry;
use crate::paper::series::list;
use crate::paper::{Drawn, PaperError, Verdict};
use crate::plot::{Axis, Curve, Figure, Panel, Plate};

pub const SIZE: Entry = Entry {
    name: "resistance-size",
    title: "Largest and smallest resistance over the slit width",
    paper: "3c, 3d, ED9",
    claim: "R_max is nearly independent of d, R_min falls as d falls; both resistivities fall with d, their difference stays",
    criterion: "four parts: R_max varies by less than 20 % over d = 1.5 to 5 nm; R_min falls at every step to a smaller d; both resistivities R d/L_s fall at every step to a \
                smaller d; the difference of the resistivities varies by less than 20 %. Holds with all four, with limits with two or three",
    runs: slits,
    draw,
};

fn draw(bench: &Bench) -> Result<Drawn, PaperError> {
    let (mut r_max, mut r_min, mut length) = (Vec::new(), Vec::new(), 0.0);
    for config in slits() {
        let run = bench.run(&config)?;
        r_max.push(run.report().mean("r_c_ohm"));
        r_min.push(run.report().mean("r_min_ohm"));
        length = run.config.geometry.sheet_length;
    }
    let d = slits_m();
    let resistivity =
        |r: &[f64]| -> Vec<f64> { r.iter().zip(&d).map(|(r, d)| r * d / length).collect() };
    let (rho_max, rho_min) = (resistivity(&r_max), resistivity(&r_min));
    let difference: Vec<f64> = rho_max.iter().zip(&rho_min).map(|(a, b)| a - b).collect();
    let ratio: Vec<f64> = r_min.iter().zip(&r_max).map(|(a, b)| a / b).collect();
    let curve = |name: &str, y: &[f64]| Curve::new(name, d.clone(), y.to_vec()).dots();
    let plate = Plate::new(2)
        .figure(
            Figure::new(width_axis())
                .title("resistance from slit to slit")
                .panel(
                    Panel::new(Axis::new("R", "ohm"))
                        .curve(curve("R_max", &r_max))
                        .curve(curve("R_min", &r_min)),
                )
                .panel(Panel::new(Axis::new("R_min/R_max", "")).curve(curve("ratio", &ratio)))
                .width(HALF)
                .panel_height(150),
        )
        .figure(
            Figure::new(width_axis())
                .title("resistivity R d/L_s")
                .panel(
                    Panel::new(Axis::new("resistivity (ohm m)", ""))
                        .curve(curve("of R_max", &rho_max))
                        .curve(curve("of R_min", &rho_min)),
                )
                .panel(
                    Panel::new(Axis::new("difference (ohm m)", ""))
                        .curve(curve("difference", &difference)),
                )
                .width(HALF)
                .panel_height(150),
        );
    // As d falls, that is against the order of the widths.
    let falls = |v: &[f64]| v.windows(2).all(|w| w[0] < w[1]);
    let varies = |v: &[f64]| {
        let high = v.iter().fold(0.0f64, |m, &x| m.max(x));
        high / v.iter().fold(f64::INFINITY, |m, &x| m.min(x)) - 1.0
    };
    let paper_sizes = 1..;
    let r_max_varies = varies(&r_max[paper_sizes.clone()]);
    let difference_varies = varies(&difference[paper_sizes]);
    let answers = [
        r_max_varies < 0.2,
        falls(&r_min),
        falls(&rho_max) && falls(&rho_min),
        difference_varies < 0.2,
    ];
    let yeses = answers.iter().filter(|&&a| a).count();
    let yes = |b: bool| if b { "yes" } else { "no" };
    let found = format!(
        "at d = {} nm: R_max {} ohm, R_min {} ohm, R_min/R_max {}; resistivities {} and {} ohm m, difference {} ohm m. R_max nearly independent of d: {} (it varies by \
         {:.0} % over 1.5 to 5 nm); R_min falls as d falls: {}, though its ratio to R_max does: {}; both resistivities fall: {} (that of R_min does: {}; that of R_max: {}); difference \
         stays: {} (it varies by {:.0} %). With these sheets ions go along the slits, so a slit's resistance grows as its cross-section shrinks; with aligned \
         sheets R_c falls with d, but the law fails (see mpnp-study.md).",
        list(SLITS_NM, 1),
        list(r_max.iter().copied(), 2),
        list(r_min.iter().copied(), 2),
        list(ratio.iter().copied(), 2),
        list(rho_max.iter().copied(), 3),
        list(rho_min.iter().copied(), 3),
        list(difference.iter().copied(), 3),
        yes(answers[0]),
        100.0 * r_max_varies,
        yes(answers[1]),
        yes(falls(&ratio)),
        yes(answers[2]),
        yes(falls(&rho_min)),
        yes(falls(&rho_max)),
        yes(answers[3]),
        100.0 * difference_varies
    );
    Ok(Drawn::new(
        plate,
        found,
        Verdict::of(yeses == answers.len(), yeses >= 2),
    ))
}
