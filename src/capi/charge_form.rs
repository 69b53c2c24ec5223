//! The cell in charge form, for simulators that integrate themselves.

use super::card::ncm_card;
use super::error::ncm_result;
use super::handle::{handle, issue, release, with};
use super::memory::{Out, OutArray, check_finite, check_length, read_into};
use super::panic::boundary;
use super::params::electrode;
use crate::cell::{ChargeForm, Electrode};

/// A cell as f(x), q(x), G = df/dx and C = dq/dx over its nodes: node 0 is the positive terminal,
/// node 1 the negative one, the others are inside. Kirchhoff's current law at every node reads
/// f(x) + dq(x)/dt = current injected from outside (0 at the inner nodes).
///
/// Made by `ncm_charge_form_new`, freed by `ncm_charge_form_free`.
pub struct ncm_charge_form {
    _opaque: [u8; 0],
}

/// The form and arrays of its own, so that nothing is allocated in a call.
pub(super) struct Form {
    form: ChargeForm,
    x: Vec<f64>,
    f: Vec<f64>,
    q: Vec<f64>,
    g: Vec<f64>,
    c: Vec<f64>,
}

handle!(ncm_charge_form => Form, kind 3);

/// Makes the charge form of a card's cell. On success the new handle is written to `form`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_charge_form_new(
    card: *const ncm_card,
    form: *mut *mut ncm_charge_form,
) -> ncm_result {
    boundary("ncm_charge_form_new", || {
        // SAFETY: the caller passes a place for one handle.
        let out = unsafe { Out::new(form, "form")? };
        let params = with(card, |card| Ok(card.cell.clone()))?;
        let form = ChargeForm::new(&params)?;
        let (nodes, entries) = (form.nodes(), form.pattern().len());
        let form = Form {
            form,
            x: vec![0.0; nodes],
            f: vec![0.0; nodes],
            q: vec![0.0; nodes],
            g: vec![0.0; entries],
            c: vec![0.0; entries],
        };
        issue(form, out)
    })
}

/// Frees a charge form; NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn ncm_charge_form_free(form: *mut ncm_charge_form) -> ncm_result {
    boundary("ncm_charge_form_free", || release(form))
}

/// Writes the number of nodes, the two terminals included, to `nodes`, and the number of entries of
/// the sparse matrices G and C to `entries`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_charge_form_size(
    form: *const ncm_charge_form,
    nodes: *mut usize,
    entries: *mut usize,
) -> ncm_result {
    boundary("ncm_charge_form_size", || {
        // SAFETY: the caller passes places for one number each.
        let (out_nodes, out_entries) =
            unsafe { (Out::new(nodes, "nodes")?, Out::new(entries, "entries")?) };
        let (nodes, entries) = with(form, |f| Ok((f.x.len(), f.g.len())))?;
        out_nodes.write(nodes);
        out_entries.write(entries);
        Ok(())
    })
}

/// Writes the sparse pattern that G and C share, in compressed columns: the entries of column j are
/// those from `column_start[j]` up to, not including, `column_start[j + 1]`, and entry k stands in row
/// `row[k]`. Rows ascend within a column and none is there twice. `column_start` has room for
/// `starts` = nodes + 1 numbers, `row` for `entries`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_charge_form_pattern(
    form: *const ncm_charge_form,
    column_start: *mut usize,
    starts: usize,
    row: *mut usize,
    entries: usize,
) -> ncm_result {
    boundary("ncm_charge_form_pattern", || {
        with(form, |f| {
            check_length("column_start", starts, f.x.len() + 1)?;
            check_length("row", entries, f.g.len())?;
            // SAFETY: the caller passes room for as many numbers as it says.
            let (out_start, out_row) = unsafe {
                (
                    OutArray::new(column_start, starts, "column_start")?,
                    OutArray::new(row, entries, "row")?,
                )
            };
            let pattern = f.form.pattern();
            let start: Vec<usize> = (0..starts)
                .map(|column| pattern.partition_point(|&(_, c)| c < column))
                .collect();
            let rows: Vec<usize> = pattern.iter().map(|&(r, _)| r).collect();
            out_start.write(&start);
            out_row.write(&rows);
            Ok(())
        })
    })
}

/// Writes the number of electrolyte nodes of an electrode (an `ncm_electrode`) to `count`; 0 for the
/// negative electrode of a half cell.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_charge_form_electrolyte_count(
    form: *const ncm_charge_form,
    which: u32,
    count: *mut usize,
) -> ncm_result {
    boundary("ncm_charge_form_electrolyte_count", || {
        // SAFETY: the caller passes a place for one number.
        let out = unsafe { Out::new(count, "count")? };
        let which = place(electrode(which)?);
        let count = with(form, |f| Ok(f.form.electrolyte_nodes(which).len()))?;
        out.write(count);
        Ok(())
    })
}

/// Writes the numbers of the electrolyte nodes of an electrode, mouth first, to `nodes`, which must
/// have room for `length` = `ncm_charge_form_electrolyte_count` numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_charge_form_electrolyte_nodes(
    form: *const ncm_charge_form,
    which: u32,
    nodes: *mut usize,
    length: usize,
) -> ncm_result {
    boundary("ncm_charge_form_electrolyte_nodes", || {
        let which = place(electrode(which)?);
        with(form, |f| {
            let list = f.form.electrolyte_nodes(which);
            check_length("nodes", length, list.len())?;
            // SAFETY: the caller passes room for `length` numbers.
            unsafe { OutArray::new(nodes, length, "nodes")? }.write(list);
            Ok(())
        })
    })
}

/// The kernel's number of an electrode.
fn place(electrode: Electrode) -> usize {
    match electrode {
        Electrode::Positive => 0,
        Electrode::Negative => 1,
    }
}

/// Evaluates the cell at the node potentials `x_V` (`nodes` values, volt): static currents leaving
/// the nodes `f_A` (ampere) and charges `q_C` (coulomb), `nodes` values each, and the entries of
/// G = df/dx `g_S` (siemens) and C = dq/dx `c_F` (farad), `entries` values each, in the order of the
/// pattern. Any of the four may be NULL if not wanted.
///
/// Returns NCM_RESULT_WRONG_LENGTH if `nodes` or `entries` are not what `ncm_charge_form_size` says,
/// NCM_RESULT_NOT_FINITE if a potential is NaN or infinite or a result would be.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_charge_form_eval(
    form: *const ncm_charge_form,
    x_V: *const f64,
    nodes: usize,
    entries: usize,
    f_A: *mut f64,
    q_C: *mut f64,
    g_S: *mut f64,
    c_F: *mut f64,
) -> ncm_result {
    boundary("ncm_charge_form_eval", || {
        with(
            form,
            |Form {
                 form,
                 x,
                 f,
                 q,
                 g,
                 c,
             }| {
                check_length("x_V", nodes, x.len())?;
                check_length("g_S and c_F", entries, g.len())?;
                // SAFETY: the caller passes arrays as long as it says.
                let (out_f, out_q, out_g, out_c) = unsafe {
                    read_into(x_V, x, "x_V")?;
                    (
                        OutArray::optional(f_A, nodes, "f_A")?,
                        OutArray::optional(q_C, nodes, "q_C")?,
                        OutArray::optional(g_S, entries, "g_S")?,
                        OutArray::optional(c_F, entries, "c_F")?,
                    )
                };
                check_finite("x_V", x)?;
                form.eval(x, f, q, g, c)?;
                for (name, values) in [("f_A", &f), ("q_C", &q), ("g_S", &g), ("c_F", &c)] {
                    check_finite(name, values)?;
                }
                for (out, values) in [(out_f, f), (out_q, q), (out_g, g), (out_c, c)] {
                    if let Some(out) = out {
                        out.write(values);
                    }
                }
                Ok(())
            },
        )
    })
}
