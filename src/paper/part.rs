//! The circuit that stands for a run: identified from the run itself.

use std::sync::Arc;

use super::PaperError;
use super::bench::Finished;
use crate::identify::mpnp::{Capacitance, Membrane, MembraneLaw, RunData};
use crate::ladder::ElectrodeParams;
use crate::mpnp::checkpoint::configuration_hash;

/// A membrane as three circuits, each with this many slits.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// NCM with the linear law.
    pub ncm: ElectrodeParams,
    /// NCM with the sqrt law.
    pub sqrt: ElectrodeParams,
    /// TLM: with the constant resistance that fits best.
    pub line: ElectrodeParams,
}

impl Part {
    /// Identifies the membrane of a run.
    pub fn of(run: &Finished) -> Result<Arc<Self>, PaperError> {
        let membrane = Membrane::identify(&[RunData {
            source: run.folder.display().to_string(),
            configuration_hash: configuration_hash(&run.config),
            config: run.config.clone(),
            samples: run.samples.clone(),
            seconds: run.report().number("effort/seconds"),
        }])?;
        let slits = run.slits() as u64;
        Ok(Arc::new(Self {
            ncm: membrane.electrode(MembraneLaw::Linear, Capacitance::Constant, slits),
            sqrt: membrane.electrode(MembraneLaw::Sqrt, Capacitance::Constant, slits),
            line: membrane.electrode(MembraneLaw::Constant, Capacitance::Constant, slits),
        }))
    }
}

/// The transmission line of a circuit: the same with the resistance of its empty slits.
pub fn line(electrode: &ElectrodeParams) -> ElectrodeParams {
    ElectrodeParams {
        gamma: 0.0,
        expression: None,
        ..electrode.clone()
    }
}
