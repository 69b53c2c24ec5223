//! What the paper says it found, beside what these runs say: every number and every verdict comes from
//! the runs.

use std::fmt::Write as _;

use crate::cases::{IONS_NM, SLITS_NM, size_key};
use crate::found::{Found, Report, mean};
use crate::tables::percent;

#[derive(Clone)]
struct Claim {
    says: &'static str,
    figures: &'static str,
    verdict: String,
    found: String,
}

pub fn table(found: &Found) -> (String, String) {
    let mut out = String::from(
        "Claims about the circuit (figures 4, ED12 to ED14), equation discovery (ED15) and molecular dynamics (ED4) are not \
         for this solver to judge.\n\n| claim | figure | holds | found |\n|---|---|---|---|\n",
    );
    for claim in [
        fluxes(found),
        resistance(found),
        size(found),
        charge(found),
        beyond(found),
    ]
    .concat()
    {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} |",
            claim.says, claim.figures, claim.verdict, claim.found
        );
    }
    ("What holds of what the paper says".into(), out)
}

fn verdict(holds: bool) -> String {
    if holds { "yes" } else { "no" }.into()
}

/// Smallest and largest of a number over the staggered runs with these ions and slits.
fn range(found: &Found, ions: &[f64], slits: &[f64], number: impl Fn(Report) -> f64) -> (f64, f64) {
    let mut limits = (f64::INFINITY, f64::NEG_INFINITY);
    for &a in ions {
        for &d in slits {
            if let Some(r) = found.of(&size_key("staggered", a, d)) {
                let x = number(r);
                limits = (limits.0.min(x), limits.1.max(x));
            }
        }
    }
    limits
}

fn at(found: &Found, a: f64, d: f64, number: impl Fn(Report) -> f64) -> f64 {
    found
        .of(&size_key("staggered", a, d))
        .map_or(f64::NAN, number)
}

fn over_slits(found: &Found, a: f64, scale: f64, number: impl Fn(Report) -> f64 + Copy) -> String {
    SLITS_NM
        .map(|d| format!("{:.2}", scale * at(found, a, d, number)))
        .join(", ")
}

fn fluxes(found: &Found) -> Vec<Claim> {
    let share = |x: (f64, f64)| format!("{:+.1} to {:+.1} %", 100.0 * x.0, 100.0 * x.1);
    let times = |x: (f64, f64)| format!("{:.0} to {:.0} %", 100.0 * x.0, 100.0 * x.1);
    let along = |key: &'static str| move |r: Report| r.mean(&format!("along/{key}"));
    let of = |f: &dyn Fn(Report) -> f64| range(found, &IONS_NM, &SLITS_NM, f);

    let opposing = |flux: &str, place: &str, where_: &str| {
        let number = |key: String| range(found, &IONS_NM, &SLITS_NM, |r| r.number(&key));
        let time = number(format!("{place}/time_{flux}_with_migration"));
        let size = number(format!("{place}/{flux}_over_migration"));
        Claim {
            says: if flux == "diffusion" {
                "outside the slits diffusion opposes migration during the whole cycle"
            } else {
                "outside the slits steric flux opposes migration during the whole cycle"
            },
            figures: "2c, ED2, ED3",
            verdict: if time.1 < 0.1 {
                "yes"
            } else if size.1 < 0.0 {
                "on the whole"
            } else {
                "no"
            }
            .into(),
            found: format!(
                "{where_}: {} of migration; with it {} of the time",
                share(size),
                times(time)
            ),
        }
    };
    let in_time = of(&along("time_diffusion_with_migration"));
    let in_share = of(&along("diffusion_over_migration"));
    let steric = along("steric_over_migration");
    let wide = range(found, &IONS_NM, &[2.0, 3.0, 4.0, 5.0], steric);
    let narrow = range(found, &IONS_NM, &[1.0, 1.5], steric);
    vec![
        opposing("diffusion", "mouth", "at the mouth (the gap of sheet 1)"),
        opposing("steric", "mouth", "at the mouth (the gap of sheet 1)"),
        opposing(
            "diffusion",
            "open_electrolyte",
            "half way from sheet 1 to the mid-plane",
        ),
        opposing(
            "steric",
            "open_electrolyte",
            "half way from sheet 1 to the mid-plane",
        ),
        Claim {
            says: "in slits diffusion goes with migration",
            figures: "2f, ED2, ED3",
            verdict: verdict(in_time.0 > 0.95 && in_share.0 > 0.0),
            found: format!(
                "{} of migration; with it {} of the time",
                share(in_share),
                times(in_time)
            ),
        },
        Claim {
            says: "steric flux joins for d < 2 nm",
            figures: "2f, ED3",
            verdict: if narrow.0 > wide.1 { "yes" } else { "in part" }.into(),
            found: format!(
                "over migration at d = 1, 1.5, 2, 3, 4, 5 nm, in per cent: {} (a = 0.36 nm); {} (0.66 nm): grows without a threshold",
                over_slits(found, 0.36, 100.0, steric),
                over_slits(found, 0.66, 100.0, steric)
            ),
        },
    ]
}

fn resistance(found: &Found) -> Vec<Claim> {
    let mut claims = Vec::new();
    let law = |r: Report| r.mean("law_error");
    let constant = |r: Report| r.mean("constant_resistance_error");
    let narrow = (at(found, 0.36, 1.5, law), at(found, 0.36, 1.5, constant));
    claims.push(Claim {
        says: "dphi and I do not overlap: no constant resistance",
        figures: "3a, ED6",
        verdict: verdict(narrow.1 > 3.0 * narrow.0),
        found: format!(
            "at d = 1.5 nm a constant misses dphi by {}, the law by {}; the law's misfit over d: {} % (a = 0.36 nm), {} % (0.66 nm)",
            percent(narrow.1),
            percent(narrow.0),
            over_slits(found, 0.36, 100.0, law),
            over_slits(found, 0.66, 100.0, law)
        ),
    });
    if let Some(r) = found.of("base") {
        let (up, down) = (r.mean("charging/gamma"), r.mean("discharging/gamma"));
        let (r_up, r_down) = (r.mean("charging/r_c_ohm"), r.mean("discharging/r_c_ohm"));
        let close = (r_up / r_down - 1.0).abs() < 0.1 && (up - down).abs() < 0.1;
        claims.push(Claim {
            says: "R falls from R_c to (1 - gamma) R_c while charging and climbs back while discharging",
            figures: "3b",
            verdict: verdict(up > 0.05 && down > 0.05 && close),
            found: format!(
                "d = 1.5 nm: R_c = {r_up:.2} ohm, gamma = {up:.2} from the charging branch alone, {r_down:.2} ohm, {down:.2} from the other"
            ),
        });
    }
    let spread = range(found, &IONS_NM, &SLITS_NM, |r| r.spread("r_c_ohm"));
    let case = |key: &str| found.of(key).map_or(f64::NAN, |r| r.spread("r_c_ohm"));
    claims.push(Claim {
        says: "the same resistivity in every slit of a membrane",
        figures: "ED6",
        verdict: verdict(spread.1 < 0.05),
        found: format!(
            "R_c spreads by {} to {} over d and a; by {} at 50 mV/us, {} with 20 sheets, {} with 20 sheets at 2 mV/us",
            percent(spread.0),
            percent(spread.1),
            percent(case("rate-50")),
            percent(case("20-sheets")),
            percent(case("20-sheets-rate-2"))
        ),
    });
    let gamma = |key: &str| found.of(key).map_or(f64::NAN, |r| r.mean("gamma"));
    claims.push(Claim {
        says: "gamma near 0.5 at d = 1.5 nm, N = 6",
        figures: "4c",
        verdict: verdict((gamma("base") - 0.5).abs() < 0.1),
        found: format!(
            "{:.2} (a = 0.36 nm), {:.2} (0.66 nm); R_c = {:.2} ohm",
            gamma("base"),
            gamma("a-0.66"),
            found.of("base").map_or(f64::NAN, |r| r.mean("r_c_ohm"))
        ),
    });
    claims.push(Claim {
        says: "gamma rises with concentration",
        figures: "text",
        verdict: verdict(gamma("c-2") > gamma("base") && gamma("base") > gamma("c-0.1")),
        found: format!(
            "{:.2} at 0.1, {:.2} at 0.5, {:.2} at 1, {:.2} at 2 mol/l",
            gamma("c-0.1"),
            gamma("c-0.5"),
            gamma("base"),
            gamma("c-2")
        ),
    });
    claims.push(Claim {
        says: "gamma rises with the window",
        figures: "text",
        verdict: verdict(
            gamma("window-0.4") > gamma("base") && gamma("base") > gamma("window-0.1"),
        ),
        found: format!(
            "{:.2} to 0.1 V, {:.2} to 0.2 V, {:.2} to 0.4 V",
            gamma("window-0.1"),
            gamma("base"),
            gamma("window-0.4")
        ),
    });
    claims
}

fn size(found: &Found) -> Vec<Claim> {
    let r_max = |r: Report| r.mean("r_c_ohm");
    let r_min = |r: Report| r.mean("r_min_ohm");
    let difference = |r: Report| r.mean("r_c_ohm") - r.mean("r_min_ohm");
    let ratio = |x: (f64, f64)| x.1 / x.0;
    let small = [0.36];
    let r_max_range = range(found, &small, &SLITS_NM, r_max);
    let difference_range = range(found, &small, &SLITS_NM, difference);
    // Resistivity: resistance times the slit's width over the path along it, per metre of depth.
    let rho = |number: fn(Report) -> f64| {
        move |r: Report| {
            number(r) * r.number("configuration/slit_width_m")
                / r.number("configuration/sheet_length_m")
        }
    };
    let rho_max = |d: f64| at(found, 0.36, d, rho(|r| r.mean("r_c_ohm")));
    let rho_min = |d: f64| at(found, 0.36, d, rho(|r| r.mean("r_min_ohm")));
    let falls = |of: &dyn Fn(f64) -> f64| SLITS_NM.windows(2).all(|d| of(d[1]) < of(d[0]));
    let list = |of: &dyn Fn(f64) -> f64| SLITS_NM.map(|d| format!("{:.4}", of(d))).join(", ");
    let rho_difference = |d: f64| rho_max(d) - rho_min(d);
    vec![
        Claim {
            says: "R_max nearly independent of d",
            figures: "3c, ED9",
            verdict: verdict(ratio(r_max_range) < 1.2),
            found: format!(
                "{} ohm over d = 1, 1.5, 2, 3, 4, 5 nm",
                over_slits(found, 0.36, 1.0, r_max)
            ),
        },
        Claim {
            says: "R_min falls as d falls",
            figures: "3c, ED9",
            verdict: verdict(
                SLITS_NM
                    .windows(2)
                    .all(|d| at(found, 0.36, d[0], r_min) < at(found, 0.36, d[1], r_min)),
            ),
            found: format!(
                "{} ohm; over R_max: {}",
                over_slits(found, 0.36, 1.0, r_min),
                over_slits(found, 0.36, 1.0, |r| r.mean("r_min_ohm")
                    / r.mean("r_c_ohm"))
            ),
        },
        Claim {
            says: "both resistivities fall with d",
            figures: "3d, ED9",
            verdict: verdict(falls(&rho_max) && falls(&rho_min)),
            found: format!(
                "R d/L_s, ohm m: largest {}; smallest {}",
                list(&rho_max),
                list(&rho_min)
            ),
        },
        Claim {
            says: "their difference stays",
            figures: "3d",
            verdict: verdict(ratio(difference_range) < 1.2),
            found: format!(
                "of R: {} ohm; of R d/L_s: {} ohm m",
                over_slits(found, 0.36, 1.0, difference),
                list(&rho_difference)
            ),
        },
    ]
}

fn charge(found: &Found) -> Vec<Claim> {
    let mut claims = Vec::new();
    let law = |r: Report| r.largest("law_error");
    claims.push(Claim {
        says: "net charge per slit and the resistance from it agree with dphi/I",
        figures: "ED7",
        verdict: verdict(at(found, 0.36, 1.5, law) < 0.05 && at(found, 0.36, 2.0, law) < 0.05),
        found: format!(
            "I R(\\|Q\\|) misses dphi by {} at most in any slit at d = 1.5 nm, {} at 2 nm",
            percent(at(found, 0.36, 1.5, law)),
            percent(at(found, 0.36, 2.0, law))
        ),
    });
    if let Some(r) = found.of("base") {
        let shares = |key: &str| {
            let values = r.slits(key);
            let sum: f64 = values.iter().sum();
            values
                .iter()
                .map(|v| format!("{:.0} %", 100.0 * v / sum))
                .collect::<Vec<_>>()
                .join(", ")
        };
        claims.push(Claim {
            says: "fractions of I_m and Q_m per slit",
            figures: "ED8",
            verdict: "shown".into(),
            found: format!(
                "of the sum of I_max: {}; of Q_max: {}; 20 sheets: see slit by slit",
                shares("i_max_A").replace(", 0 %", ""),
                shares("q_max_C")
            ),
        });
    }
    let error = |r: Report| r.mean("c_difference_error");
    let against = |r: Report| r.mean("c_difference_F") / r.mean("c_slit_F");
    claims.push(Claim {
        says: "dphi and the difference of net charge are proportional during the cycle",
        figures: "ED5",
        verdict: verdict(range(found, &IONS_NM, &SLITS_NM, error).1 < 0.1),
        found: format!(
            "misfit over d: {} % (a = 0.36 nm), {} % (0.66 nm); the factor over C_slit: {}",
            over_slits(found, 0.36, 100.0, error),
            over_slits(found, 0.66, 100.0, error),
            over_slits(found, 0.36, 1.0, against)
        ),
    });
    let uphill = |key: &str| -> (Vec<String>, f64) {
        let shares = found.of(key).map(|r| r.uphill()).unwrap_or_default();
        let text = shares.iter().map(|&s| percent(s)).collect();
        (text, mean(&shares))
    };
    let (narrow, narrow_mean) = uphill(&size_key("staggered", 0.36, 1.5));
    let (wide, wide_mean) = uphill(&size_key("staggered", 0.36, 5.0));
    claims.push(Claim {
        says: "places of negative local resistance in the slits",
        figures: "ED10",
        verdict: verdict(narrow_mean > 0.01 || wide_mean > 0.01),
        found: format!(
            "current along slits against the local field, half way up, at the peak, half way down: {} (d = 1.5 nm), {} (5 nm)",
            narrow.join(", "),
            wide.join(", ")
        ),
    });
    let variation = |r: Report| r.largest("c_slit_variation");
    let spread = |r: Report| r.spread("c_slit_F");
    let wide = [1.5, 2.0, 3.0, 4.0, 5.0];
    let over = range(found, &IONS_NM, &wide, variation);
    claims.push(Claim {
        says: "C_slit constant in space and time for d > 1 nm",
        figures: "ED11",
        verdict: verdict(over.1 < 0.05 && range(found, &IONS_NM, &wide, spread).1 < 0.05),
        found: format!(
            "varies by {} at most over time, {} from slit to slit; {} at d = 1 nm",
            percent(over.1),
            percent(range(found, &IONS_NM, &wide, spread).1),
            percent(range(found, &IONS_NM, &[1.0], variation).1)
        ),
    });
    claims
}

/// What the paper does not say, or says of the other arrangement.
fn beyond(found: &Found) -> Vec<Claim> {
    let mut claims = Vec::new();
    let error = |key: &str, law: &str| {
        found
            .of(key)
            .map_or(f64::NAN, |r| r.number(&format!("laws/{law}_error")))
    };
    claims.push(Claim {
        says: "(ours) the law is even in Q",
        figures: "",
        verdict: verdict(error("both", "linear") < 0.5 * error("both", "signed")),
        found: format!(
            "0 to 0.2 to -0.2 to 0 V: \\|Q\\| misses dphi by {}, Q with its sign by {}, a constant by {}",
            percent(error("both", "linear")),
            percent(error("both", "signed")),
            percent(error("both", "constant"))
        ),
    });
    claims.push(Claim {
        says: "(ours) the charge scale is absolute",
        figures: "",
        verdict: verdict(error("20-sheets", "linear") < error("20-sheets", "linear_own_scale")),
        found: format!(
            "20 sheets: one Q_max for all slits {}, each slit's own {}; at 2 mV/us, where they fill alike, {} and {}",
            percent(error("20-sheets", "linear")),
            percent(error("20-sheets", "linear_own_scale")),
            percent(error("20-sheets-rate-2", "linear")),
            percent(error("20-sheets-rate-2", "linear_own_scale"))
        ),
    });
    claims.push(Claim {
        says: "(ours) R_c/sqrt(1 + (Q/Q_0)^2) fits as well",
        figures: "",
        verdict: verdict(error("base", "sqrt") < 1.5 * error("base", "linear")),
        found: format!(
            "{} against {}; 0 to 0.4 V: {} against {}",
            percent(error("base", "sqrt")),
            percent(error("base", "linear")),
            percent(error("window-0.4", "sqrt")),
            percent(error("window-0.4", "linear"))
        ),
    });
    let aligned = |d: f64, number: fn(Report) -> f64| {
        found
            .of(&size_key("aligned", 0.36, d))
            .map_or(f64::NAN, number)
    };
    let staggered = |d: f64| at(found, 0.36, d, |r| r.mean("r_c_ohm"));
    let list = |of: &dyn Fn(f64) -> String| SLITS_NM.map(of).join(", ");
    claims.push(Claim {
        says: "aligned sheets: resistance falls while charging, as with staggered ones",
        figures: "3b",
        verdict: verdict(
            SLITS_NM
                .iter()
                .all(|&d| aligned(d, |r| r.mean("gamma")) > 0.05),
        ),
        found: format!(
            "gamma over d: {}; R_c {} ohm, that is {} of the staggered sheets'",
            list(&|d| format!("{:.2}", aligned(d, |r| r.mean("gamma")))),
            list(&|d| format!("{:.3}", aligned(d, |r| r.mean("r_c_ohm")))),
            list(&|d| percent(aligned(d, |r| r.mean("r_c_ohm")) / staggered(d)))
        ),
    });
    claims.push(Claim {
        says: "aligned sheets: in gaps diffusion goes with migration",
        figures: "2f",
        verdict: verdict(SLITS_NM.iter().all(|&d| {
            aligned(d, |r| {
                r.mean("through_next_sheet/time_diffusion_with_migration")
            }) > 0.95
        })),
        found: format!(
            "over migration: {}; with it {} of the time",
            list(&|d| {
                format!(
                    "{:+.2}",
                    aligned(d, |r| r.mean("through_next_sheet/diffusion_over_migration"))
                )
            }),
            list(&|d| {
                percent(aligned(d, |r| {
                    r.mean("through_next_sheet/time_diffusion_with_migration")
                }))
            })
        ),
    });
    claims
}
