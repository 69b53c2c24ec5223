//! Cards: the parameters of a part, from a TOML text, a file or structs.

use std::ffi::c_char;
use std::path::Path;

use super::error::{Failure, ncm_result};
use super::handle::{handle, issue, release, with};
use super::memory::{Out, OutArray, check_length, copy_text, read_array, read_c_text, read_text};
use super::panic::boundary;
use super::params::{
    cell_params, electrode, electrode_params, ncm_cell_params, ncm_electrode_params, ncm_section,
    write_cell, write_electrode,
};
use crate::card::Card;
use crate::cell::{CellParams, Electrode};
use crate::ladder::ElectrodeParams;

/// The parameters of a part, checked. Made by `ncm_card_from_toml`, `ncm_card_from_file` or
/// `ncm_card_from_params`, freed by `ncm_card_free`. Nothing changes it; what is made from it
/// keeps no tie to it.
pub struct ncm_card {
    _opaque: [u8; 0],
}

handle!(ncm_card => Card, kind 1);

/// The electrode's parameters, or that there is no such electrode.
pub(super) fn electrode_of(
    cell: &CellParams,
    which: Electrode,
) -> Result<&ElectrodeParams, Failure> {
    match which {
        Electrode::Positive => Some(&cell.positive),
        Electrode::Negative => cell.negative.as_ref(),
    }
    .ok_or_else(|| crate::stamp::StateError::NoSuchElectrode.into())
}

/// Copies an array of texts.
///
/// # Safety
/// If not NULL, `texts` must have `count` entries, each NULL or ended by NUL.
unsafe fn read_texts(
    texts: *const *const c_char,
    count: usize,
    name: &str,
) -> Result<Vec<String>, Failure> {
    // SAFETY: as promised to this function.
    let pointers = unsafe { read_array(texts, count, name)? };
    pointers
        .iter()
        .enumerate()
        // SAFETY: as promised to this function.
        .map(|(k, text)| unsafe { read_c_text(*text, &format!("{name}[{k}]")) })
        .collect()
}

/// Makes a card from a TOML text of `length` bytes (UTF-8, no NUL needed); docs/card.md explains
/// its keys. `source` names the text in error messages; NULL stands for "card".
/// `overrides` are `override_count` texts such as "gamma=0.7" or "negative.r_c=2" that replace what
/// the text says; NULL and 0 for none. On success the new handle is written to `card`.
///
/// Returns NCM_RESULT_CARD_UNUSABLE with every mistake found: line, column, parameter, value,
/// allowed range and remedy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_card_from_toml(
    text: *const c_char,
    length: usize,
    source: *const c_char,
    overrides: *const *const c_char,
    override_count: usize,
    card: *mut *mut ncm_card,
) -> ncm_result {
    boundary("ncm_card_from_toml", || {
        // SAFETY: the caller passes a place for one handle.
        let out = unsafe { Out::new(card, "card")? };
        // SAFETY: the caller passes a text of `length` bytes.
        let text = unsafe { read_text(text, length, "text")? };
        let source = if source.is_null() {
            "card".to_owned()
        } else {
            // SAFETY: the caller passes a text ended by NUL.
            unsafe { read_c_text(source, "source")? }
        };
        // SAFETY: the caller passes `override_count` texts.
        let overrides = unsafe { read_texts(overrides, override_count, "overrides")? };
        issue(Card::parse_with(&text, &source, &overrides)?, out)
    })
}

/// Makes a card from the TOML file at `path` (UTF-8). `overrides` as for `ncm_card_from_toml`.
///
/// Returns NCM_RESULT_CARD_UNREADABLE where there is no such text, NCM_RESULT_CARD_UNUSABLE where it
/// has mistakes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_card_from_file(
    path: *const c_char,
    overrides: *const *const c_char,
    override_count: usize,
    card: *mut *mut ncm_card,
) -> ncm_result {
    boundary("ncm_card_from_file", || {
        // SAFETY: the caller passes a place for one handle.
        let out = unsafe { Out::new(card, "card")? };
        // SAFETY: the caller passes a text ended by NUL.
        let path = unsafe { read_c_text(path, "path")? };
        // SAFETY: the caller passes `override_count` texts.
        let overrides = unsafe { read_texts(overrides, override_count, "overrides")? };
        issue(Card::read(Path::new(&path), &overrides)?, out)
    })
}

/// Makes a card from structs. `negative` NULL makes a half cell, whose negative terminal is the
/// bulk electrolyte; pass the same struct twice for two equal electrodes. The structs are copied.
///
/// Returns NCM_RESULT_PARAMETER naming the first parameter that is missing or out of range, its
/// value and what is allowed; those of the negative electrode are named "negative.r_c" and so on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_card_from_params(
    cell: *const ncm_cell_params,
    positive: *const ncm_electrode_params,
    negative: *const ncm_electrode_params,
    card: *mut *mut ncm_card,
) -> ncm_result {
    boundary("ncm_card_from_params", || {
        // SAFETY: the caller passes a place for one handle.
        let out = unsafe { Out::new(card, "card")? };
        // SAFETY: the caller passes structs that begin with their size.
        let positive = unsafe { electrode_params(positive, "positive")? };
        let negative = if negative.is_null() {
            None
        } else {
            // SAFETY: as above.
            Some(unsafe { electrode_params(negative, "negative")? })
        };
        // SAFETY: as above.
        let (params, ic) = unsafe { cell_params(cell, positive, negative)? };
        params.validate()?;
        let mut card = Card::new("unnamed", params);
        card.ic = Some(ic);
        issue(card, out)
    })
}

/// Frees a card; NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn ncm_card_free(card: *mut ncm_card) -> ncm_result {
    boundary("ncm_card_free", || release(card))
}

/// Writes the parameters of the whole cell to `params`, whose `size` must be set
/// (`ncm_cell_params_init`).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_card_cell_params(
    card: *const ncm_card,
    params: *mut ncm_cell_params,
) -> ncm_result {
    boundary("ncm_card_cell_params", || {
        with(card, |card| {
            // SAFETY: the caller passes a struct that begins with its size.
            unsafe { write_cell(&card.cell, card.ic.unwrap_or(0.0), params) }
        })
    })
}

/// Writes the parameters of one electrode (an `ncm_electrode`) to `params`, whose `size` must be set
/// (`ncm_electrode_params_init`). An explicit ladder is not part of it: see `ncm_card_sections`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_card_electrode_params(
    card: *const ncm_card,
    which: u32,
    params: *mut ncm_electrode_params,
) -> ncm_result {
    boundary("ncm_card_electrode_params", || {
        let which = electrode(which)?;
        with(card, |card| {
            // SAFETY: the caller passes a struct that begins with its size.
            unsafe { write_electrode(electrode_of(&card.cell, which)?, params) }
        })
    })
}

/// Writes the number of sections of an electrode's explicit ladder to `count`; 0 if it has none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_card_section_count(
    card: *const ncm_card,
    which: u32,
    count: *mut usize,
) -> ncm_result {
    boundary("ncm_card_section_count", || {
        // SAFETY: the caller passes a place for one number.
        let out = unsafe { Out::new(count, "count")? };
        let which = electrode(which)?;
        let count = with(card, |card| {
            let list = &electrode_of(&card.cell, which)?.explicit;
            Ok(list.as_ref().map_or(0, Vec::len))
        })?;
        out.write(count);
        Ok(())
    })
}

/// Writes an electrode's explicit ladder, mouth first, to `sections`, which must have room for
/// `length` = `ncm_card_section_count` entries.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_card_sections(
    card: *const ncm_card,
    which: u32,
    sections: *mut ncm_section,
    length: usize,
) -> ncm_result {
    boundary("ncm_card_sections", || {
        let which = electrode(which)?;
        with(card, |card| {
            let list = electrode_of(&card.cell, which)?.explicit.as_deref();
            let list: Vec<ncm_section> = list
                .unwrap_or_default()
                .iter()
                .map(|s| ncm_section::from(*s))
                .collect();
            check_length("sections", length, list.len())?;
            // SAFETY: the caller passes room for `length` entries.
            unsafe { OutArray::new(sections, length, "sections")? }.write(&list);
            Ok(())
        })
    })
}

/// Writes the card as TOML into `buffer` (`capacity` bytes), cut to fit and always ended by NUL, and
/// the whole text's length without NUL to `length`. `buffer` may be NULL if `capacity` is 0, to ask
/// for the length. The text reads back to the same numbers, bit for bit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_card_to_toml(
    card: *const ncm_card,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> ncm_result {
    boundary("ncm_card_to_toml", || {
        // SAFETY: the caller passes a place for one number.
        let out = unsafe { Out::new(length, "length")? };
        let text = with(card, |card| Ok(card.to_toml()))?;
        // SAFETY: the caller passes `capacity` writable bytes.
        unsafe { copy_text(text.as_bytes(), buffer, capacity)? };
        out.write(text.len());
        Ok(())
    })
}
