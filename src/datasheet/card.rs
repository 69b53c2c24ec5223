//! From a sheet's numbers to a card that gives them back.

use super::procedure::stand_alone;
use super::sheet::Sheet;
use crate::card::{Card, Validity};
use crate::cell::CellParams;
use crate::experiment::ExperimentError;
use crate::ladder::ElectrodeParams;

/// Levels of depth of each electrode.
const SLITS: u64 = 100;

/// DC resistance over that at 1 kHz, where a sheet gives only the second: about the middle of sheets that
/// give both (1.21 to 1.35 in models/commercial).
const DC_OVER_AC: f64 = 1.3;

/// Rounds of adjustment; each takes the deviation down by orders of magnitude.
const ROUNDS: usize = 6;

/// What is known at 25 degrees Celsius.
const TEMPERATURE_K: f64 = 298.15;

/// How a card's notes begin that came from a sheet.
pub const NOT_TOLD: &str = "The numbers do not tell";

/// The card: two equal electrodes whose parameters are adjusted until the sheet's own procedures give its
/// numbers back.
///
/// # Errors
/// The numbers contradict each other so far that no cell has them.
pub fn to_card(sheet: &Sheet) -> Result<Card, ExperimentError> {
    let (c, v) = (sheet.capacitance, sheet.voltage);
    let (ac, dc) = match (sheet.esr_1khz, sheet.dc()) {
        (ac, Some(dc)) => (ac, dc),
        (Some(ac), None) => (Some(ac), DC_OVER_AC * ac),
        (None, None) => (None, 0.0),
    };
    // First guess: a ladder shows a third of its resistance to a constant current.
    let mut esr = ac.unwrap_or(0.5 * dc);
    let mut r_pore = 3.0 * (dc - esr);
    let mut c_now = c;
    let mut r_leak = sheet.leakage.map_or(f64::INFINITY, |i| v / i);
    for _ in 0..ROUNDS {
        let found = stand_alone(&cell(c_now, esr, r_pore, r_leak, v), c, v)?;
        c_now *= c / found.capacitance;
        match ac {
            Some(ac) => {
                let step = ac - found.esr_1khz;
                esr += step;
                r_pore += 3.0 * (dc - found.esr_dc - step);
            }
            None => {
                esr *= dc / found.esr_dc;
                r_pore *= dc / found.esr_dc;
            }
        }
        if let Some(leakage) = sheet.leakage {
            r_leak *= found.leakage / leakage;
        }
        // Numbers that no ladder has end here, with the parameter's name and range.
        crate::parameter::check_range("esr", esr, 0.0, 1e12, "ohm")?;
        crate::parameter::check_range("r_pore", r_pore, 1e-15, 1e12, "ohm")?;
    }
    let [c_now, esr, r_pore, r_leak] = [c_now, esr, r_pore, r_leak].map(six_digits);
    let mut card = Card::new(&sheet.name, cell(c_now, esr, r_pore, r_leak, v));
    card.description = format!("{}: {c} F, {v} V", sheet.part);
    card.validity = Validity {
        v_min: Some(0.0),
        v_max: Some(v),
        rate_max: sheet.peak_current.map(|i| six_digits(i / c)),
        temperature_min: Some(TEMPERATURE_K),
        temperature_max: Some(TEMPERATURE_K),
        ..Validity::default()
    };
    say(&mut card, sheet, ac);
    Ok(card)
}

fn cell(c: f64, esr: f64, r_pore: f64, r_leak: f64, v: f64) -> CellParams {
    let n = SLITS as f64;
    let (r_c, c_slit) = (r_pore / (2.0 * n), 2.0 * c / n);
    let mut e = ElectrodeParams::new(six_digits(r_c), six_digits(c_slit), SLITS);
    e.q_max = six_digits(c_slit * 0.5 * v);
    e.r_min = e.r_c * crate::law::DEFAULT_R_MIN;
    let mut cell = CellParams::symmetric(e);
    cell.esr = esr;
    cell.r_leak = r_leak;
    cell
}

/// Gives a card the thermal resistance and capacity of its sheet, so that the part heats itself.
///
/// # Errors
/// A text: the sheet does not tell the thermal resistance.
pub fn with_self_heating(card: &mut Card, sheet: &Sheet) -> Result<(), String> {
    let r_th = sheet.r_th.ok_or(
        "the sheet tells no thermal resistance\n  remedy: add r_th_K_per_W, and c_th_J_per_K if it is known",
    )?;
    let thermal = &mut card.cell.thermal;
    (thermal.r_th, thermal.c_th) = (r_th, sheet.c_th.unwrap_or(0.0));
    let p = &mut card.provenance;
    let told = |told: bool| match told {
        true => "data sheet",
        false => "not told by the data sheet: the temperature follows the heat at once",
    };
    for (key, given) in [
        ("thermal.r_th", true),
        ("thermal.c_th", sheet.c_th.is_some()),
    ] {
        p.parameters.insert(key.into(), told(given).into());
    }
    Ok(())
}

/// A card shows no more digits than its numbers deserve.
fn six_digits(x: f64) -> f64 {
    format!("{x:.5e}").parse().unwrap_or(x)
}

/// Where everything comes from, and what the numbers do not tell.
fn say(card: &mut Card, sheet: &Sheet, ac: Option<f64>) {
    let (c, v) = (sheet.capacitance, sheet.voltage);
    let mut told = vec![format!("{c} F"), format!("{v} V")];
    for (what, value, unit, after) in [
        ("ESR ", sheet.esr_1khz, "ohm", " at 1 kHz"),
        ("ESR ", sheet.esr_dc, "ohm", " (DC)"),
        ("ESR ", sheet.esr, "ohm", ""),
        ("leakage ", sheet.leakage, "A", " after 72 h"),
        ("peak current ", sheet.peak_current, "A", ""),
        ("mass ", sheet.mass.map(|m| 1e3 * m), "g", ""),
        ("thermal resistance ", sheet.r_th, "K/W", ""),
        ("thermal capacity ", sheet.c_th, "J/K", ""),
    ] {
        if let Some(value) = value {
            told.push(format!("{what}{}{after}", scaled(value, unit)));
        }
    }
    if let Some((low, high)) = sheet.tolerance {
        told.push(format!("tolerance {} to +{} %", 100.0 * low, 100.0 * high));
    }
    if let Some((low, high)) = sheet.temperature_c {
        told.push(format!("for {low} to {high} degC"));
    }
    let mut source = sheet.part.clone();
    if !sheet.source.is_empty() {
        source.push_str(&format!(", {}", sheet.source));
    }
    let p = &mut card.provenance;
    p.source = format!("{source}: {}", told.join(", "));
    p.url = sheet.url.clone();
    p.method = format!(
        "ncm identify datasheet of ncm {}: parameters adjusted until the sheet's procedures (ncm datasheet) give its numbers back",
        env!("CARGO_PKG_VERSION")
    );
    let mut missing = vec![
        "how the resistance depends on charge (gamma = 0 until a measurement says more)",
        "how the capacitance depends on voltage",
        "the two electrodes apart",
    ];
    let pores = match (ac, sheet.dc()) {
        (Some(_), Some(_)) => {
            "data sheet: DC less 1 kHz resistance; a ladder shows a third of its resistance to a constant current"
        }
        (Some(_), None) => {
            missing.push(
                "the resistance to a constant current (1.3 times that at 1 kHz, by assumption)",
            );
            "assumption: the DC resistance is 1.3 times that at 1 kHz"
        }
        (None, _) => {
            missing
                .push("how much of the resistance lies in the pores (half of it, by assumption)");
            "assumption: half of the resistance lies in the pores; a ladder shows a third of its resistance to a constant current"
        }
    };
    if sheet.esr_dc.is_none() && sheet.esr.is_some() {
        missing.push("how the resistance was measured (taken as that of a DC step)");
    }
    if sheet.leakage.is_none() {
        missing.push("the leakage (none in this card)");
    }
    missing.push("anything of other temperatures and of ageing");
    p.notes = format!("{NOT_TOLD} {}. They are for 25 degC.", missing.join("; "));
    let esr = match ac {
        Some(_) => "data sheet: resistance at 1 kHz, less what the mouths of the pores add to it",
        None => "assumption: half of the resistance lies outside the pores",
    };
    for (key, text) in [
        (
            "c_slit",
            format!("data sheet: {c} F; two equal electrodes in series, {SLITS} levels each"),
        ),
        ("r_c", pores.into()),
        ("gamma", "not told by the data sheet".into()),
        (
            "q_max",
            "convention: charge of one slit at the rated voltage".into(),
        ),
        (
            "slits",
            "assumption: a numerical division of the depth, not a count of pores".into(),
        ),
        ("cell.esr", esr.into()),
    ] {
        p.parameters.insert(key.into(), text);
    }
    if let Some(leakage) = sheet.leakage {
        let text = format!("data sheet: {v} V at {} after 72 h", scaled(leakage, "A"));
        p.parameters.insert("r_leak".into(), text);
    }
}

/// With a prefix that leaves one to three digits before the point.
fn scaled(x: f64, unit: &str) -> String {
    let (factor, prefix) = match x.abs() {
        x if x >= 1.0 => (1.0, ""),
        x if x >= 1e-3 => (1e3, "m"),
        _ => (1e6, "u"),
    };
    format!("{} {prefix}{unit}", six_digits(x * factor))
}
