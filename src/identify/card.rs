//! The card of a fit.

use super::fit::{ModelFit, Outcome, Verdict};
use super::parameters::Part;
use super::record::{Kind, Record, Samples};
use crate::card::{Card, Validity};
use crate::cell::CellParams;
use crate::experiment::Drive;

/// A card of a fitted model with where it comes from; `None` for a model that cards cannot hold.
pub fn to_card(outcome: &Outcome, fit: &ModelFit, name: &str) -> Option<Card> {
    let Part::Cell(cell) = &fit.part else {
        return None;
    };
    let mut card = Card::new(name, CellParams::clone(cell));
    let kinds: Vec<&str> = [Kind::Cv, Kind::Gcd, Kind::Rest, Kind::Eis]
        .into_iter()
        .filter(|k| outcome.records.iter().any(|r| r.kind == *k))
        .map(Kind::name)
        .collect();
    card.description = format!(
        "fitted to {} measurement{} ({})",
        outcome.records.len(),
        if outcome.records.len() == 1 { "" } else { "s" },
        kinds.join(", ")
    );
    card.validity = validity(&outcome.records, fit);
    let files: Vec<String> = outcome
        .records
        .iter()
        .zip(&fit.rms)
        .map(|(r, rms)| {
            format!(
                "{} (SHA-256 {}, rms error {:.2} %)",
                base_name(r),
                r.sha256,
                100.0 * rms
            )
        })
        .collect();
    card.provenance.source = files.join("; ");
    card.provenance.method = format!(
        "ncm identify {} of ncm {}: {}, least squares over {} values",
        kinds.join("+"),
        env!("CARGO_PKG_VERSION"),
        fit.model.title(),
        outcome.values
    );
    let mut notes = vec![format!(
        "Two equal electrodes are assumed, each divided into {} slits: a division of the depth, not a count of pores.",
        cell.positive.slits
    )];
    notes.extend(fit.remarks.iter().map(|r| {
        let mut letters = r.chars();
        let first = letters.next().map(|c| c.to_uppercase().to_string());
        format!("{}{}.", first.unwrap_or_default(), letters.as_str())
    }));
    card.provenance.notes = notes.join(" ");
    for (parameter, key) in [
        ("c", "c_slit"),
        ("r_pore", "r_c"),
        ("gamma", "gamma"),
        ("c_rise", "c_rise"),
        ("u_rise", "u_rise"),
        ("esr", "cell.esr"),
        ("r_leak", "r_leak"),
        ("r_arc", "entry"),
        ("c_arc", "c_open"),
        ("esr_ea", "thermal.esr_ea"),
        ("r_ea", "thermal.r_ea"),
        ("c_tc1", "thermal.c_tc1"),
        ("leak_ea", "thermal.leak_ea"),
    ] {
        let Some(e) = fit.estimate(parameter) else {
            continue;
        };
        let text = match e.verdict {
            Verdict::Fixed => format!("given: {parameter} = {:.5e} {}", e.value, e.unit),
            Verdict::AtBound | Verdict::NotIdentifiable => format!(
                "{parameter} = {:.5e} {}: not identifiable from these data",
                e.value, e.unit
            ),
            _ => format!(
                "fitted: {parameter} = {:.5e} {u} (95 % interval {:.4e} to {:.4e} {u})",
                e.value,
                e.low,
                e.high,
                u = e.unit
            ),
        };
        card.provenance.parameters.insert(key.into(), text);
    }
    if fit.model.has_gamma() {
        let text = format!(
            "convention: charge of one slit at {} V between the terminals",
            outcome.scale.v_ref
        );
        card.provenance.parameters.insert("q_max".into(), text);
    } else {
        let text = "not fitted: the resistance is constant in this model";
        card.provenance
            .parameters
            .insert("gamma".into(), text.into());
    }
    Some(card)
}

fn base_name(record: &Record) -> String {
    let name = record.file.file_name().unwrap_or(record.file.as_os_str());
    name.to_string_lossy().into_owned()
}

/// Voltages and rates that the data cover.
fn validity(records: &[Record], fit: &ModelFit) -> Validity {
    let mut v = Validity::default();
    let capacitance = fit.estimate("c").map(|e| e.value);
    for record in records {
        let (low, high) = record.window();
        v.v_min = Some(v.v_min.map_or(low, |x| x.min(low)));
        v.v_max = Some(v.v_max.map_or(high, |x| x.max(high)));
        if let Some(t) = record.temperature {
            v.temperature_min = Some(v.temperature_min.map_or(t, |x| x.min(t)));
            v.temperature_max = Some(v.temperature_max.map_or(t, |x| x.max(t)));
        }
        if let Samples::Time { pieces, .. } = &record.samples {
            for piece in pieces {
                let rate = match piece.drive {
                    Drive::Voltage { rate, .. } => rate.abs(),
                    Drive::Current(i) => capacitance.map_or(0.0, |c| i.abs() / c),
                };
                if rate > 0.0 {
                    v.rate_max = Some(v.rate_max.map_or(rate, |x| x.max(rate)));
                }
            }
        }
    }
    v
}
