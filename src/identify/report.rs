//! The outcome for people and for programs.

use serde_json::{Value, json};

use super::fit::{ModelFit, Outcome, Verdict};
use super::model::Model;

/// As text: the table of rivals, the chosen model's parameters, the files.
pub fn text(outcome: &Outcome, chosen: &ModelFit) -> String {
    let mut out = format!(
        "{} file{}, {} values (worth {:.0} independent ones)\n\n{:<30}{:>8}{:>12}{:>14}\n",
        outcome.records.len(),
        if outcome.records.len() == 1 { "" } else { "s" },
        outcome.values,
        outcome.effective,
        "model",
        "fitted",
        "rms error",
        "BIC - best"
    );
    let best = outcome.fits.first().map_or(0.0, |f| f.bic);
    for fit in &outcome.fits {
        out.push_str(&format!(
            "{:<30}{:>8}{:>10.3} %{:>14.1}\n",
            fit.model.title(),
            fit.fitted,
            100.0 * overall(outcome, fit),
            fit.bic - best
        ));
    }
    out.push_str(&format!("\n{}\n", chosen.model.title()));
    for e in &chosen.estimates {
        let known = match e.verdict {
            Verdict::Fixed => "given".to_string(),
            Verdict::AtBound | Verdict::NotIdentifiable => "not identifiable from this".into(),
            _ => format!("95 %: {:.5e} to {:.5e}", e.low, e.high),
        };
        out.push_str(&format!(
            "  {:<12}{:>14.6e} {:<5}{known}\n",
            e.name, e.value, e.unit
        ));
    }
    for remark in &chosen.remarks {
        out.push_str(&format!("  note: {remark}\n"));
    }
    if let Some(best) = outcome.fits.first().filter(|f| !f.model.fits_card()) {
        out.push_str(&format!(
            "  note: \"{}\" describes these data better (rms error {:.3} %, BIC lower by {:.1}); cards cannot hold it\n",
            best.model.title(),
            100.0 * overall(outcome, best),
            chosen.bic - best.bic
        ));
        if best.model == Model::ConstantPhase {
            out.push_str(&exponents(best));
        }
    }
    if chosen.neighbours > 0.3 {
        out.push_str(&format!(
            "  note: neighbouring residuals agree (correlation {:.2}): the model misses something larger than the noise; intervals are widened for it\n",
            chosen.neighbours
        ));
    }
    out.push('\n');
    for ((record, rms), largest) in outcome.records.iter().zip(&chosen.rms).zip(&chosen.largest) {
        out.push_str(&format!(
            "{}: rms error {:.3} %, largest {:.3} %\n",
            record.file.display(),
            100.0 * rms,
            100.0 * largest
        ));
        for note in &record.notes {
            out.push_str(&format!("  {note}\n"));
        }
    }
    out
}

/// What exponents below 1 say.
fn exponents(fit: &ModelFit) -> String {
    let known = |name: &str| {
        let e = fit.estimate(name);
        e.map_or(String::new(), |e| {
            format!("{:.3} ({:.3} to {:.3})", e.value, e.low, e.high)
        })
    };
    format!(
        "  note: its exponents, of the capacitance {} and of the arc {}, stand for a spread of time constants that a ladder of equal slits has not\n",
        known("a"),
        known("b")
    )
}

/// Root mean square over all records.
fn overall(outcome: &Outcome, fit: &ModelFit) -> f64 {
    let squares: f64 = outcome
        .records
        .iter()
        .zip(&fit.rms)
        .map(|(r, rms)| r.count() as f64 * rms * rms)
        .sum();
    (squares / outcome.values.max(1) as f64).sqrt()
}

/// As JSON: every rival with its parameters.
pub fn json(outcome: &Outcome, chosen: &ModelFit) -> Value {
    let best = outcome.fits.first().map_or(0.0, |f| f.bic);
    let fits: Vec<Value> = outcome
        .fits
        .iter()
        .map(|fit| {
            let parameters: Vec<Value> = fit
                .estimates
                .iter()
                .map(|e| {
                    json!({
                        "name": e.name,
                        "unit": e.unit,
                        "value": e.value,
                        "low": e.low,
                        "high": e.high,
                        "verdict": verdict(e.verdict),
                    })
                })
                .collect();
            json!({
                "model": fit.model.name(),
                "fitted": fit.fitted,
                "rms": overall(outcome, fit),
                "rms_of_files": fit.rms,
                "largest_of_files": fit.largest,
                "bic": fit.bic,
                "bic_above_best": fit.bic - best,
                "neighbour_correlation": fit.neighbours,
                "parameters": parameters,
                "remarks": fit.remarks,
            })
        })
        .collect();
    let files: Vec<Value> = outcome
        .records
        .iter()
        .map(|r| json!({"file": r.file, "sha256": r.sha256, "kind": r.kind.name(), "values": r.count(), "notes": r.notes}))
        .collect();
    json!({
        "chosen": chosen.model.name(),
        "values": outcome.values,
        "independent_values": outcome.effective,
        "evaluations": outcome.evaluations,
        "files": files,
        "fits": fits,
    })
}

fn verdict(v: Verdict) -> &'static str {
    match v {
        Verdict::Fixed => "given",
        Verdict::Determined => "determined",
        Verdict::Loose => "loose",
        Verdict::AtBound => "at bound",
        Verdict::NotIdentifiable => "not identifiable",
    }
}
