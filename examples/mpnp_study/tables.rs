//! The tables, as Markdown.

use std::fmt::Write as _;

use crate::cases::{CHANGES, IONS_NM, SLITS_NM, size_key};
use crate::found::{Found, Report};

pub fn percent(x: f64) -> String {
    format!("{:.1} %", 100.0 * x)
}

fn line(out: &mut String, cells: &[String]) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "| {} |", cells.join(" | "));
}

fn head(out: &mut String, cells: &[&str]) {
    let _ = writeln!(out, "| {} |", cells.join(" | "));
    let _ = writeln!(out, "|{}", "---|".repeat(cells.len()));
}

/// Titles and texts.
pub fn all(found: &Found) -> Vec<(String, String)> {
    let staggered: Vec<(f64, f64)> = IONS_NM
        .iter()
        .flat_map(|&a| SLITS_NM.map(|d| (a, d)))
        .collect();
    let aligned: Vec<(f64, f64)> = SLITS_NM.iter().map(|&d| (0.36, d)).collect();
    vec![
        (
            "Staggered sheets: resistances and capacitances".into(),
            resistances(found, "staggered", &staggered),
        ),
        (
            "Staggered sheets: fluxes".into(),
            fluxes(found, "staggered", &staggered),
        ),
        (
            "Aligned sheets: resistances and capacitances".into(),
            resistances(found, "aligned", &aligned),
        ),
        (
            "Aligned sheets: fluxes".into(),
            fluxes(found, "aligned", &aligned),
        ),
        (
            "Sensitivity, d = 1.5 nm, a = 0.36 nm".into(),
            sensitivity(found),
        ),
        ("Slit by slit".into(), slit_by_slit(found)),
        ("Rival laws".into(), laws(found)),
    ]
}

const RESISTANCE: [&str; 12] = [
    "R_max = R_c, ohm",
    "R_min, ohm",
    "gamma",
    "misfit",
    "misfit of a constant R",
    "R_c, gamma while charging",
    "while discharging",
    "spread of R_c",
    "of gamma, absolute",
    "C_slit, uF",
    "its variation",
    "C_eff/C_slit",
];

fn resistance_cells(r: Report) -> Vec<String> {
    // Slits with a sheet behind them have a fit, those that hardly charge or discharge do not.
    let most = r.slits("q_max_C").len().saturating_sub(1);
    let branch = |name: &str| {
        let (r_c, gamma) = (format!("{name}/r_c_ohm"), format!("{name}/gamma"));
        let fitted = r.slits(&gamma).len();
        if fitted == 0 {
            return "not determined".to_string();
        }
        let means = format!("{:.3}, {:.3}", r.mean(&r_c), r.mean(&gamma));
        if fitted < most {
            format!("{means} (in {fitted} of {most} slits; not determined in the others)")
        } else {
            means
        }
    };
    vec![
        format!("{:.3}", r.mean("r_c_ohm")),
        format!("{:.3}", r.mean("r_min_ohm")),
        format!("{:.3}", r.mean("gamma")),
        percent(r.mean("law_error")),
        percent(r.mean("constant_resistance_error")),
        branch("charging"),
        branch("discharging"),
        percent(r.spread("r_c_ohm")),
        format!("{:.3}", r.deviation("gamma")),
        format!("{:.4}", r.mean("c_slit_F") * 1e6),
        percent(r.largest("c_slit_variation")),
        format!("{:.3}", r.mean("c_eff_F") / r.mean("c_slit_F")),
    ]
}

fn resistances(found: &Found, arrangement: &str, sizes: &[(f64, f64)]) -> String {
    let mut out = String::new();
    let mut columns = vec!["a, nm", "d, nm"];
    columns.extend(RESISTANCE);
    head(&mut out, &columns);
    for &(a, d) in sizes {
        if let Some(r) = found.of(&size_key(arrangement, a, d)) {
            let mut cells = vec![a.to_string(), d.to_string()];
            cells.extend(resistance_cells(r));
            line(&mut out, &cells);
        }
    }
    out
}

fn fluxes(found: &Found, arrangement: &str, sizes: &[(f64, f64)]) -> String {
    let mut out = String::new();
    head(
        &mut out,
        &[
            "a, nm",
            "d, nm",
            "along slits: diffusion",
            "time with",
            "steric",
            "time with",
            "through gaps: diffusion",
            "time with",
            "steric",
            "time with",
            "at the mouth: diffusion",
            "time with",
            "steric",
            "time with",
            "open electrolyte: diffusion",
            "time with",
            "steric",
            "time with",
        ],
    );
    for &(a, d) in sizes {
        let Some(r) = found.of(&size_key(arrangement, a, d)) else {
            continue;
        };
        let share = |x: f64| format!("{x:+.3}");
        let mut cells = vec![a.to_string(), d.to_string()];
        for place in ["along", "through_next_sheet"] {
            for flux in ["diffusion", "steric"] {
                // By symmetry nothing flows through the middle of slits open at both ends.
                if place == "along" && arrangement == "aligned" {
                    cells.extend(["none".into(), "".into()]);
                    continue;
                }
                cells.push(share(r.mean(&format!("{place}/{flux}_over_migration"))));
                cells.push(percent(
                    r.mean(&format!("{place}/time_{flux}_with_migration")),
                ));
            }
        }
        for place in ["mouth", "open_electrolyte"] {
            for flux in ["diffusion", "steric"] {
                cells.push(share(r.number(&format!("{place}/{flux}_over_migration"))));
                cells.push(percent(
                    r.number(&format!("{place}/time_{flux}_with_migration")),
                ));
            }
        }
        line(&mut out, &cells);
    }
    out
}

fn sensitivity(found: &Found) -> String {
    let mut out = String::new();
    let mut columns = vec!["change"];
    columns.extend(RESISTANCE);
    columns.extend(["diffusion along slits", "steric", "steps"]);
    head(&mut out, &columns);
    for (key, ..) in CHANGES {
        if let Some(r) = found.of(key) {
            let mut cells = vec![found.says(key).to_owned()];
            cells.extend(resistance_cells(r));
            cells.push(format!("{:+.3}", r.mean("along/diffusion_over_migration")));
            cells.push(format!("{:+.3}", r.mean("along/steric_over_migration")));
            cells.push(format!("{}", r.number("effort/steps")));
            line(&mut out, &cells);
        }
    }
    out
}

fn slit_by_slit(found: &Found) -> String {
    let mut out = String::from(
        "Largest current through the sheet behind each slit and largest charge of the slit, over those of the first; R_c and gamma; \
         slit 1 is next to the reservoir.\n\n",
    );
    head(
        &mut out,
        &[
            "case",
            "slit",
            "I_max",
            "Q_max",
            "R_c, ohm",
            "gamma",
            "C_slit, uF",
        ],
    );
    for key in ["base", "rate-2", "20-sheets", "20-sheets-rate-2"] {
        let Some(r) = found.of(key) else { continue };
        let says = if key == "base" {
            "six sheets"
        } else {
            found.says(key)
        };
        let (i, q) = (r.slits("i_max_A"), r.slits("q_max_C"));
        let (r_c, gamma, c) = (r.slits("r_c_ohm"), r.slits("gamma"), r.slits("c_slit_F"));
        for slit in 0..q.len() {
            // Of many slits every third and the last.
            if q.len() > 6 && slit % 3 != 0 && slit + 1 != q.len() {
                continue;
            }
            let last = slit >= r_c.len();
            let or_none = |values: &[f64], relative: f64| {
                if last {
                    String::new()
                } else {
                    format!("{:.3}", values[slit] / relative)
                }
            };
            line(
                &mut out,
                &[
                    says.to_owned(),
                    (slit + 1).to_string(),
                    or_none(&i, i[0]),
                    format!("{:.3}", q[slit] / q[0]),
                    or_none(&r_c, 1.0),
                    or_none(&gamma, 1.0),
                    format!("{:.4}", c[slit] * 1e6),
                ],
            );
        }
    }
    out
}

fn laws(found: &Found) -> String {
    let mut out = String::from(
        "Misfit of dphi over all slits of a run with one set of constants: constant R; linear in |Q| with one Q_max for all slits; with each \
         slit's own Q_max; linear in Q with its sign; R_c/sqrt(1 + (Q/Q_0)^2).\n\n",
    );
    head(
        &mut out,
        &[
            "case",
            "constant",
            "linear",
            "own Q_max",
            "signed",
            "sqrt",
            "Q_0/Q_max",
        ],
    );
    for key in [
        "base",
        "both",
        "window-0.4",
        "rate-2",
        "20-sheets",
        "20-sheets-rate-2",
    ] {
        let Some(r) = found.of(key) else { continue };
        let says = if key == "base" {
            "0 to 0.2 V"
        } else {
            found.says(key)
        };
        let mut cells = vec![says.to_owned()];
        for law in ["constant", "linear", "linear_own_scale", "signed", "sqrt"] {
            cells.push(percent(r.number(&format!("laws/{law}_error"))));
        }
        cells.push(format!(
            "{:.2}",
            r.number("laws/sqrt_q_0_C") / r.number("charge_scale_C")
        ));
        line(&mut out, &cells);
    }
    out
}
