//! Membranes of any slit width between those that were simulated: the parameters interpolated in the width.
//!
//! Interpolated are conductances, not resistances: that of the empty slit and that at `q_max` grow almost evenly with the
//! width that the ions have, so that the curve through five points is smooth. In between they, and all else that
//! rises with the width, rise (monotone cubic); what does not is taken along straight lines.

use super::curve::RisingCurve;
use super::membrane::MembraneLaw;
use crate::card::Card;
use crate::cell::CellParams;
use crate::ladder::ElectrodeParams;
use crate::law::DEFAULT_R_MIN;
use crate::parameter::{ParameterError, check_range};

macro_rules! cards {
    ($($width:literal $name:literal),*) => {
        /// Width in nanometre, card with the linear and with the sqrt law.
        const SIMULATED: &[(f64, &str, &str)] = &[$((
            $width,
            include_str!(concat!("../../../models/membranes/", $name, "-linear.toml")),
            include_str!(concat!("../../../models/membranes/", $name, "-sqrt.toml")),
        )),*];
    };
}
cards!(1.5 "membrane-1p5nm", 2.0 "membrane-2nm", 3.0 "membrane-3nm", 4.0 "membrane-4nm", 5.0 "membrane-5nm");

/// Widths that were simulated, nanometre.
pub fn simulated_widths() -> impl Iterator<Item = f64> {
    SIMULATED.iter().map(|s| s.0)
}

/// The card of a width that was simulated.
pub fn simulated(law: MembraneLaw, place: usize) -> Option<Card> {
    let (width, linear, sqrt) = SIMULATED.get(place)?;
    let text = match law {
        MembraneLaw::Sqrt => sqrt,
        _ => linear,
    };
    Card::parse(text, &format!("membrane of {width} nm")).ok()
}

/// A card for slits of `width` nanometre, `without` one of the simulated widths (to measure what that costs).
///
/// # Errors
/// [`ParameterError`] for a width outside those simulated, for fewer than two sheets, and for the constant law.
pub fn interpolated(
    law: MembraneLaw,
    width: f64,
    sheets: u64,
    cell: bool,
    name: &str,
    without: Option<usize>,
) -> Result<Card, ParameterError> {
    let (narrowest, widest) = (SIMULATED[0].0, SIMULATED[SIMULATED.len() - 1].0);
    check_range("slit_nm", width, narrowest, widest, "nm")?;
    if !(2..=10_000_001).contains(&sheets) {
        return Err(ParameterError::new("sheets", sheets, "2 to 10000001"));
    }
    if law == MembraneLaw::Constant {
        return Err(ParameterError::new("law", "constant", "linear or sqrt"));
    }
    let known: Vec<(f64, Card)> = (0..SIMULATED.len())
        .filter(|k| Some(*k) != without)
        .filter_map(|k| Some((SIMULATED[k].0, simulated(law, k)?)))
        .collect();
    let along = |of: &dyn Fn(&ElectrodeParams) -> f64| {
        let x: Vec<f64> = known.iter().map(|k| k.0).collect();
        let y: Vec<f64> = known.iter().map(|k| of(&k.1.cell.positive)).collect();
        let straight = || {
            let k = x.partition_point(|&a| a <= width).clamp(1, x.len() - 1);
            let s = (width - x[k - 1]) / (x[k] - x[k - 1]);
            y[k - 1] + s * (y[k] - y[k - 1])
        };
        RisingCurve::new(x.clone(), y.clone()).map_or_else(straight, |curve| curve.at(width))
    };
    let g_empty = along(&|e| 1.0 / e.r_c);
    let g_full = along(&|e| 1.0 / (e.r_c * (1.0 - e.gamma)));
    let c_slit = along(&|e| e.c_slit);
    let first = &known[0].1.cell.positive;
    let r_c = 1.0 / g_empty;
    let electrode = ElectrodeParams {
        law: first.law,
        gamma: 1.0 - g_empty / g_full,
        q_max: c_slit * first.q_max / first.c_slit,
        r_min: DEFAULT_R_MIN * r_c,
        entry: along(&|e| e.entry),
        c_open: along(&|e| e.c_open),
        r_open: along(&|e| e.r_open),
        ..ElectrodeParams::new(r_c, c_slit, sheets - 1)
    };
    electrode.validate()?;
    let mut card = Card::new(
        name,
        if cell {
            CellParams::symmetric(electrode)
        } else {
            CellParams::half(electrode)
        },
    );
    card.description = format!(
        "{} {} slits of {width} nm between sheets of 60 nm, 1 mol/l; per metre of depth",
        if cell {
            "two electrodes of"
        } else {
            "one electrode of"
        },
        sheets - 1
    );
    card.validity = known[0].1.validity;
    if cell {
        for bound in [
            &mut card.validity.v_min,
            &mut card.validity.v_max,
            &mut card.validity.rate_max,
        ] {
            *bound = bound.map(|v| 2.0 * v);
        }
    }
    card.provenance.source = known
        .iter()
        .map(|(_, card)| card.provenance.source.as_str())
        .collect::<Vec<_>>()
        .join("; ");
    card.provenance.method = format!(
        "interpolation in the slit's width by ncm {} (docs/pipeline.md has its error)",
        env!("CARGO_PKG_VERSION")
    );
    Ok(card)
}
