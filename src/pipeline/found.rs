//! The law that equation discovery finds in a run, as a formula for a card.
//!
//! The search sees what the simulation wrote for every slit but the last: dphi, the current through the next
//! sheet and |Q|. (A run of one polarity cannot tell Q from |Q|; runs of both show that the law is even.)

use std::path::Path;
use std::sync::atomic::AtomicBool;

use serde_json::{Value, json};

use super::PipelineError;
use crate::discover::expression::{Dialect, Naming};
use crate::discover::{
    DiscoverError, Law, Problem, Request, Settings, Table, report, search as search_for,
};
use crate::identify::mpnp::RunData;
use crate::law::{Expression, Law as SlitLaw, LawKind, LawParams, Quantity};
use crate::mpnp::analysis::charge_scale;

/// A law dphi = I R(|Q|).
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// R as a formula in Q, ohm.
    pub formula: String,
    pub constants: Vec<(String, f64)>,
    /// Misfit of dphi, relative.
    pub error: f64,
    /// The law as the search words it.
    pub text: String,
    /// What the search has to say.
    pub report: String,
}

/// Longest formula for a card: laws that go on into the residuals of a simulation have no meaning.
const LONGEST: u32 = 16;

/// A law must be sound up to this multiple of the largest charge seen: slow sweeps fill slits further.
const MARGIN: f64 = 1.2;

const INPUTS: [&str; 2] = ["i_A", "q_C"];

/// What the search sees.
fn table(run: &RunData) -> Result<Table, DiscoverError> {
    let (mut drop, mut current, mut charge) = (Vec::new(), Vec::new(), Vec::new());
    for (k, sample) in run.samples.iter().enumerate() {
        for i in 0..run.slits().saturating_sub(1) {
            if let Some(dphi) = sample.drop(i + 1) {
                drop.push(dphi);
                current.push(sample.slits[i].current.total());
                charge.push(run.charge(k, i).abs());
            }
        }
    }
    let mut table = Table::new();
    table.add("dphi_V", drop)?;
    table.add(INPUTS[0], current)?;
    table.add(INPUTS[1], charge)?;
    Ok(table)
}

/// Searches the law of a run.
///
/// # Errors
/// [`PipelineError::Discover`] if nothing is found that a card can hold.
pub fn search(run: &RunData, threads: usize) -> Result<Found, PipelineError> {
    let problem = Problem::new(
        &table(run)?,
        &Request {
            target: "dphi_V".into(),
            inputs: INPUTS.map(String::from).to_vec(),
            template: Some("i_A*f(q_C)".into()),
            compare: vec!["i_A*(a + b*q_C)".into(), "i_A/sqrt(a + b*q_C^2)".into()],
            ..Request::default()
        },
    )?;
    let settings = Settings {
        threads,
        max_complexity: LONGEST,
        ..Settings::default()
    };
    let outcome = search_for(&problem, &settings, &AtomicBool::new(false), &mut |_| {})?;
    let scale = charge_scale(&run.samples);
    // The chosen law if a card can hold it, else the longest shorter one that it can.
    let candidates = std::iter::once(outcome.law()).chain(
        outcome.front[..outcome.chosen.min(outcome.front.len())]
            .iter()
            .rev(),
    );
    for law in candidates {
        if let Some(found) = of_law(law, scale, &outcome.inputs) {
            return Ok(Found {
                report: report(&outcome),
                ..found
            });
        }
    }
    Err(DiscoverError::NothingFound.into())
}

/// The law as a resistance that is finite and positive up to a little above the charges seen.
fn of_law(law: &Law, scale: f64, inputs: &[String]) -> Option<Found> {
    let expr = law.of_category(0);
    let resistance = expr.over(0)?;
    if resistance.variables().iter().any(|&v| v != 1) {
        return None;
    }
    let columns = [INPUTS[0].to_string(), "abs(Q)".to_string()];
    let formula = resistance.render(Dialect::Text, &columns, &Naming::Symbols);
    let constants: Vec<(String, f64)> = resistance
        .constants()
        .iter()
        .enumerate()
        .map(|(k, c)| (format!("c{k}"), *c))
        .collect();
    let expression = Expression::new(Quantity::Resistance, &formula, &constants).ok()?;
    let r_c = expression.r_c();
    let of_slit = SlitLaw::new(&LawParams {
        kind: LawKind::Linear,
        r_c,
        gamma: 0.0,
        q_max: MARGIN * scale,
        r_min: 1e-6 * r_c,
        expression: Some(expression),
    })
    .ok()?;
    // Where the formula itself falls to nothing, the floor is all that is left of it.
    let sound = (0..=100).all(|k| {
        let q = MARGIN * scale * f64::from(k) / 100.0;
        of_slit.resistance(q) > 1e-3 * r_c
    });
    sound.then(|| Found {
        formula,
        constants,
        error: law.relative_error,
        text: law.expr.text(inputs),
        report: String::new(),
    })
}

impl Found {
    pub fn json(&self) -> Value {
        json!({
            "resistance": self.formula,
            "constants": self.constants.iter().map(|(n, c)| json!([n, c])).collect::<Vec<_>>(),
            "error": self.error,
            "text": self.text,
        })
    }

    /// From the file of the stage.
    ///
    /// # Errors
    /// [`PipelineError::Unsuitable`] if it is not such a file.
    pub fn read(path: &Path) -> Result<Self, PipelineError> {
        let read = || -> Option<Self> {
            let json: Value = serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()?;
            Some(Self {
                formula: json["resistance"].as_str()?.into(),
                constants: json["constants"]
                    .as_array()?
                    .iter()
                    .map(|c| Some((c[0].as_str()?.to_string(), c[1].as_f64()?)))
                    .collect::<Option<_>>()?,
                error: json["error"].as_f64()?,
                text: json["text"].as_str()?.into(),
                report: String::new(),
            })
        };
        read().ok_or_else(|| PipelineError::Unsuitable {
            wrong: format!("{}: holds no law", path.display()),
            remedy: "run the pipeline without --resume".into(),
        })
    }

    /// The law with all resistances larger by `factor`.
    pub fn scaled(&self, factor: f64) -> Result<Expression, crate::parameter::ParameterError> {
        let mut constants = self.constants.clone();
        constants.push(("scale".into(), factor));
        Expression::new(
            Quantity::Resistance,
            &format!("scale*({})", self.formula),
            &constants,
        )
    }
}
