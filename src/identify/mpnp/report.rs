//! The outcome for people and for programs.

use serde_json::{Value, json};

use super::MembraneError;
use super::membrane::{Capacitance, Fit, Membrane, MembraneLaw};
use super::response::{self, Deviation};

/// How far the circuit's current is from each run's under the run's own drive.
///
/// # Errors
/// [`MembraneError`] where a circuit cannot be run.
pub fn deviations(
    membrane: &Membrane,
    law: MembraneLaw,
    capacitance: Capacitance,
) -> Result<Vec<Deviation>, MembraneError> {
    membrane
        .runs
        .iter()
        .map(|run| {
            let cell = membrane.half_cell(law, capacitance, run.slits() as u64);
            let current = response::current(&cell, run)?;
            Ok(response::deviation(&current, run))
        })
        .collect()
}

/// As text.
///
/// # Errors
/// As [`deviations`].
pub fn text(membrane: &Membrane, chosen: MembraneLaw) -> Result<String, MembraneError> {
    let m = membrane;
    let mut out = format!(
        "per metre of depth, {} run{}\n\
         c_slit  {:.4e} F  (C_eff = Q/phi_m at rest, {:.3} V; varies by {:.1} % in the window)\n\
         C_slit  {:.4e} F  (Q/(phi_m - phi); would store {:.1} % too much)\n\
         q_max   {:.4e} C  (all slits; the runs reach {:.2} of it)\n\
         rising  {:.4e} F at 0 V, c_rise {:.4}, u_rise {:.4} V  (within {:.2} % of Q/phi_m)\n\
         c_open  {:.4e} F\n\
         r_open  {:.4e} ohm  (error {:.0} %)\n\n\
         {:<10}{:>12}{:>12}{:>10}{:>10}{:>10}{:>10}{:>16}{:>18}\n",
        m.runs.len(),
        if m.runs.len() == 1 { "" } else { "s" },
        m.c_eff,
        m.v_scale,
        100.0 * m.c_eff_variation,
        m.c_slit,
        100.0 * (m.c_slit / m.c_eff - 1.0),
        m.q_scale,
        m.q_seen,
        m.rise.c,
        m.rise.c_rise,
        m.rise.u_rise,
        100.0 * m.rise.error,
        m.c_open,
        m.r_open,
        100.0 * m.r_open_error,
        "law",
        "r_c, ohm",
        "95 % +-",
        "gamma",
        "95 % +-",
        "error",
        "entry",
        "current off by",
        "with rising C"
    );
    for law in MembraneLaw::ALL {
        let Fit { law: f, entry, .. } = m.fit(law);
        let off = |capacitance| -> Result<String, MembraneError> {
            let off: Vec<String> = deviations(m, law, capacitance)?
                .iter()
                .map(|d| format!("{:.2} %", 100.0 * d.rms))
                .collect();
            Ok(off.join(", "))
        };
        out.push_str(&format!(
            "{:<10}{:>12.5}{:>12.1e}{:>10.4}{:>10.1e}{:>8.2} %{:>10.3}{:>16}{:>18}{}\n",
            law.name(),
            f.r_c,
            f.r_c_within,
            f.gamma,
            f.gamma_within,
            100.0 * f.error,
            entry,
            off(Capacitance::Constant)?,
            off(Capacitance::Rising)?,
            if law == chosen { "  <- card" } else { "" }
        ));
    }
    out.push_str(&format!(
        "with the charge of the inner slit the linear law's error is {:.2} %\n",
        100.0 * m.linear_of_inner.error
    ));
    out.push_str("current off by: root mean square over the largest, of the circuit under the run's own drive\n");
    Ok(out)
}

/// The same for programs.
///
/// # Errors
/// As [`deviations`].
pub fn json(membrane: &Membrane, chosen: MembraneLaw) -> Result<Value, MembraneError> {
    let m = membrane;
    let fits = MembraneLaw::ALL
        .iter()
        .map(|&law| {
            let fit = m.fit(law);
            let off = deviations(m, law, Capacitance::Constant)?;
            let rising = deviations(m, law, Capacitance::Rising)?;
            Ok(json!({
                "law": law.name(),
                "r_c_ohm": fit.law.r_c,
                "r_c_within_ohm": fit.law.r_c_within,
                "gamma": fit.law.gamma,
                "gamma_within": fit.law.gamma_within,
                "error": fit.law.error,
                "entry": fit.entry,
                "entry_error": fit.entry_error,
                "current_rms_deviation": off.iter().map(|d| d.rms).collect::<Vec<_>>(),
                "current_rms_deviation_rising": rising.iter().map(|d| d.rms).collect::<Vec<_>>(),
                "current_largest_deviation": off.iter().map(|d| d.largest).collect::<Vec<_>>(),
            }))
        })
        .collect::<Result<Vec<_>, MembraneError>>()?;
    Ok(json!({
        "per": "metre of depth",
        "runs": m.runs.iter().map(|r| json!({
            "source": r.source,
            "configuration_hash": r.configuration_hash,
            "seconds": r.seconds,
        })).collect::<Vec<_>>(),
        "chosen": chosen.name(),
        "slits": m.slits,
        "c_eff_F": m.c_eff,
        "c_eff_spread": m.c_eff_spread,
        "c_eff_variation": m.c_eff_variation,
        "c_slit_F": m.c_slit,
        "rise": {
            "c_slit_F": m.rise.c,
            "c_rise": m.rise.c_rise,
            "u_rise_V": m.rise.u_rise,
            "error": m.rise.error,
        },
        "error_with_inner_charge": m.linear_of_inner.error,
        "q_max_C": m.q_scale,
        "q_seen": m.q_seen,
        "c_open_F": m.c_open,
        "r_open_ohm": m.r_open,
        "r_open_error": m.r_open_error,
        "fits": fits,
        "dphi": {
            "r_c_ohm": m.linear_of_dphi.r_c,
            "gamma": m.linear_of_dphi.gamma,
            "error": m.linear_of_dphi.error,
        },
    }))
}
