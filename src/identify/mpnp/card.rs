//! The card of an identified membrane.

use super::membrane::{Capacitance, Membrane, MembraneLaw};
use crate::card::{Card, Validity};
use crate::cell::CellParams;

/// A card of `membrane` with `slits` slits: one electrode against the bulk electrolyte, or two facing each other.
pub fn to_card(
    membrane: &Membrane,
    law: MembraneLaw,
    capacitance: Capacitance,
    slits: u64,
    cell: bool,
    name: &str,
) -> Card {
    let electrode = membrane.electrode(law, capacitance, slits);
    let fit = membrane.fit(law);
    let mut card = Card::new(
        name,
        if cell {
            CellParams::symmetric(electrode)
        } else {
            CellParams::half(electrode)
        },
    );
    let run = &membrane.runs[0];
    let (g, e) = (&run.config.geometry, &run.config.electrolyte);
    card.description = format!(
        "{} {} slits of {:.4} nm between sheets of {:.4} nm, {:.4} mol/l; per metre of depth",
        if cell {
            "two electrodes of"
        } else {
            "one electrode of"
        },
        slits,
        g.slit_width * 1e9,
        g.sheet_length * 1e9,
        e.concentration / 1000.0
    );
    card.validity = validity(membrane, cell);
    let p = &mut card.provenance;
    p.source = membrane
        .runs
        .iter()
        .map(|r| {
            format!(
                "mPNP simulation \"{}\" ({} sheets, configuration {})",
                r.config.name, r.config.geometry.sheets, r.configuration_hash
            )
        })
        .collect::<Vec<_>>()
        .join("; ");
    p.method = format!(
        "ncm identify mpnp of ncm {}: law {}, fit error {:.2} % of the drops between slits",
        env!("CARGO_PKG_VERSION"),
        law.name(),
        100.0 * fit.law.error
    );
    p.notes = format!(
        "Multiply area by the depth in metres. The law is supported by the runs up to |Q| = {:.2} q_max. C_slit = Q/(phi_m - phi) = {:.4e} F; \
         the circuit's c_slit is Q/phi_m at rest at {:.3} V, which within the window varies by {:.1} %. Between the \
         potentials in the middle of the slits, as in the paper, R_c = {:.4} ohm, gamma = {:.4}.",
        membrane.q_seen,
        membrane.c_slit,
        membrane.v_scale,
        100.0 * membrane.c_eff_variation,
        membrane.linear_of_dphi.r_c,
        membrane.linear_of_dphi.gamma,
    );
    let mut say = |key: &str, text: String| p.parameters.insert(key.into(), text);
    say(
        "r_c",
        format!(
            "fitted: {:.5e} ohm, 95 % within {:.1e}",
            fit.law.r_c, fit.law.r_c_within
        ),
    );
    say(
        "gamma",
        match law {
            MembraneLaw::Constant => "none: a constant resistance was asked for".into(),
            _ => format!(
                "fitted: {:.5}, 95 % within {:.1e}",
                fit.law.gamma, fit.law.gamma_within
            ),
        },
    );
    say(
        "q_max",
        format!(
            "charge of a slit at rest at {:.3} V, one scale for all slits",
            membrane.v_scale
        ),
    );
    say(
        "c_slit",
        format!(
            "equilibrium solutions: charge over potential at {:.3} V, mean of the slits (spread {:.2} %)",
            membrane.v_scale,
            100.0 * membrane.c_eff_spread
        ),
    );
    say(
        "c_open",
        format!(
            "equilibrium solution: charge of sheet 1's outer face over potential at {:.3} V{}",
            membrane.v_scale,
            match capacitance {
                Capacitance::Constant => "",
                Capacitance::Rising => ", rising like c_slit",
            }
        ),
    );
    if capacitance == Capacitance::Rising {
        let rise = &membrane.rise;
        say(
            "c_slit",
            format!(
                "equilibrium solutions: charge over potential, mean of the slits (spread {:.2} %), carried to 0 V with c_rise and u_rise, which hold it within {:.2} %",
                100.0 * membrane.c_eff_spread,
                100.0 * rise.error
            ),
        );
        say(
            "c_rise",
            "with c_slit; far above u_rise, beyond the potentials of the runs".into(),
        );
    }
    say(
        "r_open",
        format!(
            "fitted to the outer face's lag behind the metal, error {:.0} %",
            100.0 * membrane.r_open_error
        ),
    );
    say(
        "entry",
        format!(
            "fitted to the first slit's lag behind the outer face, error {:.1} %",
            100.0 * fit.entry_error
        ),
    );
    card
}

fn validity(membrane: &Membrane, cell: bool) -> Validity {
    let (mut low, mut high, mut rate) = (0.0f64, 0.0f64, 0.0f64);
    for run in &membrane.runs {
        let window = run.window();
        low = low.min(window.0);
        high = high.max(window.1);
        rate = rate.max(run.fastest());
    }
    // A symmetric cell shares its voltage between two electrodes.
    let share = if cell { 2.0 } else { 1.0 };
    let temperature = membrane.runs[0].config.electrolyte.temperature;
    Validity {
        v_min: Some(share * low),
        v_max: Some(share * high),
        rate_min: None,
        rate_max: (rate > 0.0).then_some(share * rate),
        temperature_min: Some(temperature),
        temperature_max: Some(temperature),
    }
}
