//! The circuit that stands for a run.

use super::PaperError;
use super::bench::Finished;
use crate::ladder::ElectrodeParams;
use crate::mpnp::analysis::charge_scale;

/// The half cell of a run.
pub fn electrode(run: &Finished) -> Result<ElectrodeParams, PaperError> {
    let r = run.report();
    let (c_slit, c_eff) = (r.mean("c_slit_F"), r.mean("c_eff_F"));
    Ok(ElectrodeParams {
        gamma: r.mean("gamma"),
        q_max: charge_scale(&run.samples),
        ..ElectrodeParams::new(
            r.mean("r_c_ohm") * c_slit / c_eff,
            c_eff,
            run.slits() as u64,
        )
    })
}

/// The transmission line: the same with a constant resistance.
pub fn line(electrode: &ElectrodeParams) -> ElectrodeParams {
    ElectrodeParams {
        gamma: 0.0,
        expression: None,
        ..electrode.clone()
    }
}
