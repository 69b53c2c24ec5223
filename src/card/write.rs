//! From parameters to the text of a card.

use super::fields::{AGEING, CELL, ELECTRODE, Field, LIMITS, THERMAL, VALIDITY, find};
use super::{Card, FORMAT, Provenance};
use crate::cell::{Ageing, Limits, Thermal};
use crate::ladder::{DEFAULT_U_RISE, ElectrodeParams};

/// Writes a whole card.
pub(super) fn card(card: &Card) -> String {
    let mut out = String::from(
        "# Parameter card of ncm. Numbers are SI; docs/card.md explains every key.\n\n",
    );
    line(&mut out, "format", &FORMAT.to_string(), "");
    line(&mut out, "name", &quoted(&card.name), "");
    if !card.description.is_empty() {
        line(&mut out, "description", &quoted(&card.description), "");
    }
    let cell = &card.cell;
    match &cell.negative {
        None => {
            line(&mut out, "kind", "\"half-cell\"", "");
            electrode(&mut out, "electrode", &cell.positive);
        }
        Some(negative) => {
            line(&mut out, "kind", "\"cell\"", "");
            if *negative == cell.positive {
                electrode(&mut out, "electrode", &cell.positive);
            } else {
                electrode(&mut out, "positive", &cell.positive);
                electrode(&mut out, "negative", negative);
            }
        }
    }

    out.push_str("\n[cell]\n");
    for (key, value) in [
        ("esr", Some(cell.esr)),
        ("r_leak", Some(cell.r_leak)),
        ("area", Some(cell.area)),
        ("series", Some(cell.series)),
        ("parallel", Some(cell.parallel)),
        ("ic", card.ic),
        ("ic_from", card.history.map(|h| h.from)),
        ("ic_rate", card.history.map(|h| h.rate)),
        ("ic_rest", card.history.map(|h| h.rest)),
    ] {
        if let Some(value) = value {
            line(&mut out, key, &number(value), &comment(CELL, key));
        }
    }

    let (mut thermal, mut ageing, mut limits) = (cell.thermal, cell.ageing, cell.limits);
    // Where a card is silent its temperature is t_ref.
    let mut plain = Thermal {
        temperature: thermal.t_ref,
        ..Thermal::default()
    };
    changed(
        &mut out,
        "thermal",
        THERMAL,
        thermal.fields_mut(),
        plain.fields_mut(),
    );
    let mut plain = Ageing::default();
    changed(
        &mut out,
        "ageing",
        AGEING,
        ageing.fields_mut(),
        plain.fields_mut(),
    );
    let mut plain = Limits::default();
    changed(
        &mut out,
        "limits",
        LIMITS,
        limits.fields_mut(),
        plain.fields_mut(),
    );

    let v = &card.validity;
    let bounds = [
        ("v_min_V", v.v_min),
        ("v_max_V", v.v_max),
        ("rate_min_V_per_s", v.rate_min),
        ("rate_max_V_per_s", v.rate_max),
        ("temperature_min_K", v.temperature_min),
        ("temperature_max_K", v.temperature_max),
    ];
    if bounds.iter().any(|b| b.1.is_some()) {
        out.push_str("\n[validity]\n");
        for (key, value) in bounds {
            if let Some(value) = value {
                line(&mut out, key, &number(value), &comment(VALIDITY, key));
            }
        }
    }
    provenance(&mut out, &card.provenance);
    out
}

/// A table of those values that differ from their defaults; nothing if none does.
fn changed<const N: usize>(
    out: &mut String,
    table: &str,
    fields: &[Field],
    values: [(&'static str, &mut f64); N],
    defaults: [(&'static str, &mut f64); N],
) {
    let mut begun = false;
    for ((key, value), (_, default)) in values.into_iter().zip(defaults) {
        if *value != *default {
            if !begun {
                out.push_str(&format!("\n[{table}]\n"));
                begun = true;
            }
            line(out, key, &number(*value), &comment(fields, key));
        }
    }
}

fn electrode(out: &mut String, table: &str, e: &ElectrodeParams) {
    out.push_str(&format!("\n[{table}]\n"));
    let mut put = |key: &str, value: String| line(out, key, &value, &comment(ELECTRODE, key));
    match &e.expression {
        Some(expression) => {
            put(expression.quantity().name(), quoted(expression.text()));
            let constants: Vec<String> = expression
                .constants()
                .iter()
                .map(|(name, value)| format!("{name} = {}", number(*value)))
                .collect();
            if !constants.is_empty() {
                put("constants", format!("{{ {} }}", constants.join(", ")));
            }
        }
        None => {
            put("law", quoted(e.law.name()));
            put("r_c", number(e.r_c));
            put("gamma", number(e.gamma));
        }
    }
    put("q_max", number(e.q_max));
    put("c_slit", number(e.c_slit));
    if (e.c_rise, e.u_rise) != (0.0, DEFAULT_U_RISE) {
        put("c_rise", number(e.c_rise));
        put("u_rise", number(e.u_rise));
    }
    put("slits", e.slits.to_string());
    put("entry", number(e.entry));
    put("r_min", number(e.r_min));
    put("r_open", number(e.r_open));
    put("c_open", number(e.c_open));
    match &e.explicit {
        None => put("sections", e.sections.to_string()),
        Some(sections) => {
            out.push_str(
                "# Mouth first; per slit: r_c in ohm, q_max in C, c_slit in F.\nsections = [\n",
            );
            for s in sections {
                out.push_str(&format!(
                    "    {{ slits = {}, r_c = {}, q_max = {}, c_slit = {} }},\n",
                    number(s.slits),
                    number(s.r_c),
                    number(s.q_max),
                    number(s.c_slit)
                ));
            }
            out.push_str("]\n");
        }
    }
}

fn provenance(out: &mut String, p: &Provenance) {
    if *p == Provenance::default() {
        return;
    }
    out.push_str("\n[provenance]\n");
    for (key, text) in [
        ("source", &p.source),
        ("doi", &p.doi),
        ("url", &p.url),
        ("date", &p.date),
        ("method", &p.method),
        ("notes", &p.notes),
    ] {
        if !text.is_empty() {
            line(out, key, &quoted(text), "");
        }
    }
    if !p.parameters.is_empty() {
        out.push_str("\n[provenance.parameters]\n");
        for (key, text) in &p.parameters {
            let plain = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            let key = if plain { key.clone() } else { quoted(key) };
            line(out, &key, &quoted(text), "");
        }
    }
}

fn line(out: &mut String, key: &str, value: &str, comment: &str) {
    let text = format!("{key} = {value}");
    if comment.is_empty() {
        out.push_str(&format!("{text}\n"));
    } else {
        out.push_str(&format!("{text:<32} # {comment}\n"));
    }
}

/// `unit: meaning` of a key.
fn comment(fields: &[Field], key: &str) -> String {
    match find(fields, key) {
        None => String::new(),
        Some(field) if field.unit.is_empty() => field.meaning.into(),
        Some(field) => format!("{}: {}", field.unit, field.meaning),
    }
}

/// The shortest decimal that reads back to the same double (at most 17 digits), as TOML wants it:
/// `inf` and `nan` in lower case, a dot or an exponent in every other.
fn number(x: f64) -> String {
    if x.is_nan() {
        "nan".into()
    } else {
        format!("{x:?}")
    }
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
