//! The door to ngspice through the code models of `ncm.cm`.

use super::compiled::{Form, subcircuit as compiled};
use super::{Door, NetlistError};
use crate::card::Card;

const FORM: Form = Form {
    door: Door::Xspice,
    needs: "Needs the code models of ncm.cm: a line `codemodel /path/to/ncm.cm` in .spiceinit, \
or `pre_codemodel /path/to/ncm.cm` in .control; `ncm doctor` checks.",
    instance: "A1 %gd(p n) null part",
    model: |_, part| Ok(part.to_owned()),
};

pub(super) fn subcircuit(card: &Card) -> Result<String, NetlistError> {
    compiled(card, &FORM)
}
