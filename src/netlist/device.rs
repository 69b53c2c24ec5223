//! Temperature, ageing and limits in netlists: their parameters, and for doors without the kernel the
//! factors that follow from them, as formulas.

use super::values::number;
use crate::card::Card;
use crate::cell::{Ageing, Drift, GAS_CONSTANT, Limits, Thermal};

/// Value that stands for infinity.
const INFINITE: f64 = 1e30;

/// Name in netlists of a card's key.
fn name(key: &str) -> String {
    key.replace('_', "")
}

fn written(x: f64) -> f64 {
    if x.is_infinite() { INFINITE } else { x }
}

/// Values that differ from `defaults`.
fn changed<const N: usize>(
    values: [(&'static str, &mut f64); N],
    defaults: [(&'static str, &mut f64); N],
) -> Vec<(String, f64)> {
    values
        .into_iter()
        .zip(defaults)
        .filter(|((_, value), (_, default))| *value != *default)
        .map(|((key, value), _)| (name(key), written(*value)))
        .collect()
}

/// What a card says of temperature, without the temperature itself: that is the circuit's.
fn thermal(card: &Card) -> Vec<(String, f64)> {
    let mut thermal = card.cell.thermal;
    if !(thermal.has_drift() || thermal.heats_itself()) {
        return Vec::new();
    }
    let mut defaults = Thermal {
        temperature: thermal.temperature,
        ..Thermal::default()
    };
    let mut list = changed(thermal.fields_mut(), defaults.fields_mut());
    list.push(("dtemp".into(), 0.0));
    list
}

fn ageing(card: &Card) -> Vec<(String, f64)> {
    let mut ageing = card.cell.ageing;
    if ageing.life == f64::INFINITY {
        return Vec::new();
    }
    // All of them, so that an instance can be of any age under any conditions.
    let fields = ageing.fields_mut().into_iter();
    fields.map(|(key, value)| (name(key), *value)).collect()
}

/// Parameters for the doors that have the kernel.
pub(super) fn parameters(card: &Card) -> Vec<(String, f64)> {
    let mut list = thermal(card);
    list.extend(ageing(card));
    let mut limits = card.cell.limits;
    let bounds = changed(limits.fields_mut(), Limits::default().fields_mut());
    if !bounds.is_empty() {
        list.extend(bounds);
        list.push(("warn".into(), 0.0));
    }
    list
}

/// Parameters for the doors without the kernel: those of the factors.
pub(super) fn factor_parameters(card: &Card) -> Vec<(String, f64)> {
    let mut list = Vec::new();
    if card.cell.thermal.has_drift() {
        list.push(("temperature".into(), card.cell.thermal.temperature));
        list.extend(thermal(card));
        list.retain(|(name, _)| !["rth", "cth"].contains(&name.as_str()));
    }
    list.extend(ageing(card));
    list
}

/// How a door writes what simulators spell differently.
pub(super) struct Spelling {
    /// The part's temperature before `dtemp`, K.
    pub temperature: &'static str,
    /// The function of base and exponent.
    pub power: &'static str,
}

/// Factors on resistance, ESR, capacitance and leakage resistance, by name and formula, in order of their
/// dependence; none where a card says nothing of temperature and life.
pub(super) fn factors(card: &Card, spelling: &Spelling) -> Vec<(&'static str, String)> {
    let cell = &card.cell;
    if !has_factors(card) {
        return Vec::new();
    }
    let mut list = Vec::new();
    let given = factor_parameters(card);
    if cell.thermal.has_drift() {
        list.push(("tcell", format!("{}+dtemp", spelling.temperature)));
    }
    let (mut rise, mut fade) = ("1".to_owned(), "1".to_owned());
    if cell.ageing.life != f64::INFINITY {
        let used = "age/life*exp(0.6931471805599453*((agetemperature-lifetemperature)/tdouble\
                    +(agevoltage-lifevoltage)/vdouble))";
        list.push(("used", format!("{}({used},exponent)", spelling.power)));
        rise = "(1+(rend-1)*used)".into();
        fade = "(1/(1+(1/cend-1)*used))".into();
    }
    let t = &cell.thermal;
    for (factor, stem, drift, age) in [
        ("kr", "r", t.resistance, &rise),
        ("kesr", "esr", t.esr, &rise),
        ("kc", "c", t.capacitance, &fade),
        ("kleak", "leak", t.leakage, &"1".to_owned()),
    ] {
        list.push((factor, format!("{age}{}", drifted(stem, &drift, &given))));
    }
    list
}

/// Whether [`factors`] gives any.
pub(super) fn has_factors(card: &Card) -> bool {
    card.cell.thermal.has_drift() || card.cell.ageing.life != Ageing::default().life
}

fn drifted(stem: &str, drift: &Drift, given: &[(String, f64)]) -> String {
    if *drift == Drift::default() {
        return String::new();
    }
    let value = |key: String| {
        let named = given.iter().any(|(name, _)| *name == key);
        if named { key } else { "0".into() }
    };
    let t_ref = given
        .iter()
        .find(|(name, _)| name == "tref")
        .map_or_else(|| number(crate::cell::REFERENCE_K), |_| "tref".into());
    let [ea, tc1, tc2] = ["ea", "tc1", "tc2"].map(|end| value(format!("{stem}{end}")));
    format!(
        "*max(1+(tcell-{t_ref})*({tc1}+(tcell-{t_ref})*{tc2}),0.01)\
         *exp({ea}/{}*(1/tcell-1/{t_ref}))",
        number(GAS_CONSTANT)
    )
}
