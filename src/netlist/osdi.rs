//! The door to ngspice from 42 on through the OSDI library.

use super::compiled::{Form, subcircuit as compiled};
use super::{Door, NetlistError};
use crate::card::Card;
use crate::ladder::sections::section_count;

/// Numbers of sections that the library has models for.
const CAPACITIES: [u64; 11] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000];

const FORM: Form = Form {
    door: Door::Osdi,
    needs: "Needs the OSDI library, ngspice 42 or later: a line `osdi /path/to/ncm-0.3.osdi` in .spiceinit, \
or `pre_osdi /path/to/ncm-0.3.osdi` in .control.",
    instance: "N1 p n part",
    model,
};

pub(super) fn subcircuit(card: &Card) -> Result<String, NetlistError> {
    compiled(card, &FORM)
}

/// The smallest model that holds the sections of both electrodes.
fn model(card: &Card, part: &str) -> Result<String, NetlistError> {
    let electrodes = [Some(&card.cell.positive), card.cell.negative.as_ref()];
    let needed = electrodes
        .into_iter()
        .flatten()
        .map(section_count)
        .max()
        .unwrap_or(1);
    let Some(capacity) = CAPACITIES.into_iter().find(|k| *k >= needed) else {
        return Err(NetlistError {
            card: card.name.clone(),
            door: Door::Osdi,
            parameter: "sections".into(),
            wrong: format!("{needed} sections have no model"),
            remedy: "give sections = 2000 or fewer (0 chooses)".into(),
        });
    };
    Ok(format!("{part}{capacity}"))
}
