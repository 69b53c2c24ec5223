//! Plain structs of parameters.
//!
//! Each carries its size, so that it can grow: a caller compiled with an older header passes a
//! shorter struct, and the fields it does not know keep their defaults.

use std::mem::offset_of;
use std::ptr;

use super::error::{Failure, ncm_result};
use super::memory::{Out, read, read_array};
use super::panic::boundary;
use crate::cell::{CellParams, Electrode};
use crate::ladder::{DEFAULT_U_RISE, ElectrodeParams, Section};
use crate::law::{DEFAULT_R_MIN, LawKind, LawParams};
use crate::parameter::ParameterError;

/// Form of the resistance law R(Q). For the `law` field of parameter structs.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ncm_law_kind {
    /// r_c (1 - gamma |Q|/q_max): the law of Zhan et al., even in Q.
    NCM_LAW_LINEAR = 0,
    /// r_c / sqrt(1 + k (Q/q_max)^2): the Donnan form, positive for every Q.
    NCM_LAW_SQRT = 1,
    /// r_c (1 - gamma Q/q_max): the literal formula, odd in Q.
    NCM_LAW_SIGNED = 2,
}

/// Which electrode of a cell.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ncm_electrode {
    /// The electrode at the positive terminal; the only one of a half cell.
    NCM_ELECTRODE_POSITIVE = 0,
    /// The electrode at the negative terminal.
    NCM_ELECTRODE_NEGATIVE = 1,
}

/// The law of one slit. Fill with `ncm_law_params_init`, then set `r_c`, `gamma` and `q_max`.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ncm_law_params {
    /// sizeof this struct; set by `ncm_law_params_init`.
    pub size: usize,
    /// An `ncm_law_kind`; default NCM_LAW_LINEAR.
    pub law: u32,
    /// Resistance of the empty slit, ohm, 1e-18 to 1e18. Must be set.
    pub r_c: f64,
    /// Relative fall of that resistance at `q_max`, 1, from -100 to 1. Must be set.
    pub gamma: f64,
    /// Charge scale of one slit, coulomb, 1e-30 to 1e12; not a limit. Must be set.
    pub q_max: f64,
    /// Lowest resistance, ohm, above 0 and at most r_c/2. Default 0, which stands for r_c/1000.
    pub r_min: f64,
}

/// A run of equal slits lumped into one section of an explicit ladder. Values of one slit.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ncm_section {
    /// Number of slits lumped, 1 to 1e12; need not be whole.
    pub slits: f64,
    /// Resistance of one empty slit, ohm.
    pub r_c: f64,
    /// Charge scale of one slit, coulomb.
    pub q_max: f64,
    /// Capacitance of one slit, farad.
    pub c_slit: f64,
}

/// One electrode. Fill with `ncm_electrode_params_init`, then set `r_c`, `gamma`, `q_max`,
/// `c_slit` and `slits`.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ncm_electrode_params {
    /// sizeof this struct; set by `ncm_electrode_params_init`.
    pub size: usize,
    /// An `ncm_law_kind`; default NCM_LAW_LINEAR.
    pub law: u32,
    /// Resistance of the path from one empty slit to the next, ohm, 1e-18 to 1e18. Must be set.
    pub r_c: f64,
    /// Relative fall of that resistance at `q_max`, 1, from -100 to 1. Must be set.
    pub gamma: f64,
    /// Charge scale of one slit, coulomb, 1e-30 to 1e12; not a limit. Must be set.
    pub q_max: f64,
    /// Lowest resistance of one slit, ohm, above 0 and at most r_c/2. Default 0, which stands for
    /// r_c/1000.
    pub r_min: f64,
    /// Capacitance of one slit, farad, 1e-30 to 1e12. Must be set.
    pub c_slit: f64,
    /// Number of slits, 1 to 10000000. Must be set.
    pub slits: u64,
    /// Number of sections that the slits are lumped into, up to `slits`; default 0, which chooses.
    pub sections: u64,
    /// Resistance of the open electrolyte, ohm, 0 to 1e18; default 0.
    pub r_open: f64,
    /// Capacitance of the electrode's outer face, farad, 0 to 1e12; default 0.
    pub c_open: f64,
    /// Path from the open electrolyte to the middle of the first slit, in units of its resistance,
    /// 1e-3 to 1e3; default 0.5.
    pub entry: f64,
    /// An explicit ladder, mouth first, or NULL (default). With it `slits`, `sections` and
    /// `c_slit` are not used, and `r_c`, `r_min` and `q_max` only for the floor r_min/r_c. The
    /// array is copied.
    pub section_list: *const ncm_section,
    /// Number of entries of `section_list`; default 0.
    pub section_list_length: usize,
    /// Relative rise of all of the electrode's capacitances far above `u_rise`, 1, -0.5 to 10: with
    /// p = sqrt(1 + (u/u_rise)^2) the capacitance is c_slit (1 + c_rise (1 - 1/p^3)), u the voltage of the
    /// slit. Default 0, a constant capacitance.
    pub c_rise: f64,
    /// Voltage of a slit on whose scale the capacitance rises, volt, 1e-6 to 1e6; default 1.
    pub u_rise: f64,
}

/// What belongs to the whole cell. Fill with `ncm_cell_params_init`; every field has a default.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ncm_cell_params {
    /// sizeof this struct; set by `ncm_cell_params_init`.
    pub size: usize,
    /// Series resistance of contacts, collectors and separator, ohm, 0 to 1e18; default 0.
    pub esr: f64,
    /// Leakage resistance across the terminals, ohm, from 1e-18; default infinite.
    pub r_leak: f64,
    /// Scale of the whole part: C with it, R with its inverse; default 1.
    pub area: f64,
    /// Cells in series, a whole number from 1 to 1e6; default 1.
    pub series: f64,
    /// Strings in parallel, a whole number from 1 to 1e6; default 1.
    pub parallel: f64,
    /// Voltage between the terminals at the start, volt; default 0.
    pub ic: f64,
}

/// A struct that begins with its size and may have grown since its first version.
///
/// # Safety
/// `repr(C)`, `size: usize` first, and every bit pattern of the fields behind it valid.
unsafe trait Growing: Copy {
    const NAME: &'static str;
    /// Sizes that versions of the ABI have had, oldest first; the last is today's.
    const SIZES: &'static [usize];
    /// All defaults, NaN or 0 where there is none.
    const DEFAULT: Self;
}

// SAFETY: a repr(C) struct of numbers, size first.
unsafe impl Growing for ncm_law_params {
    const NAME: &'static str = "ncm_law_params";
    const SIZES: &'static [usize] = &[size_of::<Self>()];
    const DEFAULT: Self = Self {
        size: size_of::<Self>(),
        law: 0,
        r_c: f64::NAN,
        gamma: f64::NAN,
        q_max: f64::NAN,
        r_min: 0.0,
    };
}

// SAFETY: a repr(C) struct of numbers and a raw pointer, size first.
unsafe impl Growing for ncm_electrode_params {
    const NAME: &'static str = "ncm_electrode_params";
    const SIZES: &'static [usize] = &[offset_of!(Self, c_rise), size_of::<Self>()];
    const DEFAULT: Self = Self {
        size: size_of::<Self>(),
        law: 0,
        r_c: f64::NAN,
        gamma: f64::NAN,
        q_max: f64::NAN,
        r_min: 0.0,
        c_slit: f64::NAN,
        slits: 0,
        sections: 0,
        r_open: 0.0,
        c_open: 0.0,
        entry: 0.5,
        section_list: ptr::null(),
        section_list_length: 0,
        c_rise: 0.0,
        u_rise: DEFAULT_U_RISE,
    };
}

// SAFETY: a repr(C) struct of numbers, size first.
unsafe impl Growing for ncm_cell_params {
    const NAME: &'static str = "ncm_cell_params";
    const SIZES: &'static [usize] = &[size_of::<Self>()];
    const DEFAULT: Self = Self {
        size: size_of::<Self>(),
        esr: 0.0,
        r_leak: f64::INFINITY,
        area: 1.0,
        series: 1.0,
        parallel: 1.0,
        ic: 0.0,
    };
}

fn check_size<T: Growing>(size: usize) -> Result<(), Failure> {
    if T::SIZES.contains(&size) {
        return Ok(());
    }
    Err(Failure::new(
        ncm_result::NCM_RESULT_STRUCT_SIZE,
        format!(
            "{}.size = {size}: this library knows {:?} bytes; fill the struct with {}_init first",
            T::NAME,
            T::SIZES,
            T::NAME
        ),
    ))
}

/// Writes the first `size` bytes of `value`, with `size` in its size field.
///
/// # Safety
/// If neither NULL nor misaligned, `out` must be valid for writing `size` bytes.
unsafe fn write_sized<T: Growing>(value: &T, out: *mut T, size: usize) -> Result<(), Failure> {
    check_size::<T>(size)?;
    // SAFETY: only the pointer's value is looked at here; what is written below fits into `size`.
    let _checked = unsafe { Out::new(out, "params")? };
    // SAFETY: as promised to this function, and `size` is at most that of T.
    unsafe {
        out.cast::<u8>()
            .copy_from(ptr::from_ref(value).cast::<u8>(), size);
        out.cast::<usize>().write(size);
    }
    Ok(())
}

/// Reads a struct of any version, on top of today's defaults.
///
/// # Safety
/// If neither NULL nor misaligned, `from` must be valid for reading the number of bytes that its
/// first field says.
unsafe fn read_sized<T: Growing>(from: *const T, name: &str) -> Result<T, Failure> {
    // SAFETY: as promised to this function; T begins with its size.
    let size = unsafe { read(from.cast::<usize>(), name)? };
    check_size::<T>(size)?;
    let mut value = T::DEFAULT;
    // SAFETY: as promised to this function; `size` is at most that of T, of which every bit
    // pattern is valid.
    unsafe {
        ptr::from_mut(&mut value)
            .cast::<u8>()
            .copy_from(from.cast::<u8>(), size);
    }
    Ok(value)
}

/// Fills `params` with defaults; what has none is NaN or 0 and must be set. `size` is
/// `sizeof(ncm_law_params)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_law_params_init(
    params: *mut ncm_law_params,
    size: usize,
) -> ncm_result {
    boundary("ncm_law_params_init", || {
        // SAFETY: the caller passes a struct of `size` bytes.
        unsafe { write_sized(&ncm_law_params::DEFAULT, params, size) }
    })
}

/// Fills `params` with defaults; what has none is NaN or 0 and must be set. `size` is
/// `sizeof(ncm_electrode_params)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_electrode_params_init(
    params: *mut ncm_electrode_params,
    size: usize,
) -> ncm_result {
    boundary("ncm_electrode_params_init", || {
        // SAFETY: the caller passes a struct of `size` bytes.
        unsafe { write_sized(&ncm_electrode_params::DEFAULT, params, size) }
    })
}

/// Fills `params` with defaults. `size` is `sizeof(ncm_cell_params)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_cell_params_init(
    params: *mut ncm_cell_params,
    size: usize,
) -> ncm_result {
    boundary("ncm_cell_params_init", || {
        // SAFETY: the caller passes a struct of `size` bytes.
        unsafe { write_sized(&ncm_cell_params::DEFAULT, params, size) }
    })
}

/// The electrode of this number.
pub(super) fn electrode(number: u32) -> Result<Electrode, Failure> {
    match number {
        n if n == ncm_electrode::NCM_ELECTRODE_POSITIVE as u32 => Ok(Electrode::Positive),
        n if n == ncm_electrode::NCM_ELECTRODE_NEGATIVE as u32 => Ok(Electrode::Negative),
        n => Err(Failure::new(
            ncm_result::NCM_RESULT_UNKNOWN_CHOICE,
            format!(
                "electrode = {n}: allowed is NCM_ELECTRODE_POSITIVE (0) or \
                 NCM_ELECTRODE_NEGATIVE (1)"
            ),
        )),
    }
}

fn law_kind(number: u32) -> Result<LawKind, ParameterError> {
    LawKind::ALL
        .get(number as usize)
        .copied()
        .ok_or_else(|| ParameterError::new("law", number, "0 (linear), 1 (sqrt) or 2 (signed)"))
}

fn r_min(given: f64, r_c: f64) -> f64 {
    if given == 0.0 {
        DEFAULT_R_MIN * r_c
    } else {
        given
    }
}

/// Reads the law that a caller's struct describes; its ranges are checked by the kernel.
///
/// # Safety
/// If not NULL, `params` must point to a struct whose first field says its size.
pub(super) unsafe fn law_params(params: *const ncm_law_params) -> Result<LawParams, Failure> {
    // SAFETY: as promised to this function.
    let p = unsafe { read_sized(params, "params")? };
    Ok(LawParams {
        kind: law_kind(p.law)?,
        expression: None,
        r_c: p.r_c,
        gamma: p.gamma,
        q_max: p.q_max,
        r_min: r_min(p.r_min, p.r_c),
    })
}

/// Reads an electrode; ranges are checked by the kernel.
///
/// # Safety
/// If not NULL, `params` must point to a struct whose first field says its size and whose
/// `section_list` has the length that stands beside it.
pub(super) unsafe fn electrode_params(
    params: *const ncm_electrode_params,
    name: &str,
) -> Result<ElectrodeParams, Failure> {
    // SAFETY: as promised to this function.
    let p = unsafe { read_sized(params, name)? };
    let explicit = if p.section_list.is_null() && p.section_list_length == 0 {
        None
    } else {
        // SAFETY: as promised to this function.
        let list = unsafe { read_array(p.section_list, p.section_list_length, "section_list")? };
        Some(list.iter().map(|s| Section::from(*s)).collect())
    };
    let listed = explicit.is_some();
    // What an explicit ladder does not use need not be set.
    let or = |value: f64, stand_in: f64| {
        if listed && value.is_nan() {
            stand_in
        } else {
            value
        }
    };
    let r_c = or(p.r_c, 1.0);
    Ok(ElectrodeParams {
        law: law_kind(p.law).map_err(|error| match name {
            "negative" => error.within(name),
            _ => error,
        })?,
        expression: None,
        r_c,
        gamma: p.gamma,
        q_max: or(p.q_max, 1.0),
        r_min: r_min(p.r_min, r_c),
        c_slit: or(p.c_slit, 1.0),
        c_rise: p.c_rise,
        u_rise: p.u_rise,
        slits: if listed && p.slits == 0 { 1 } else { p.slits },
        sections: p.sections,
        r_open: p.r_open,
        c_open: p.c_open,
        entry: p.entry,
        explicit,
    })
}

/// Reads what belongs to the whole cell; the answer is the cell and its initial voltage.
///
/// # Safety
/// If not NULL, `params` must point to a struct whose first field says its size.
pub(super) unsafe fn cell_params(
    params: *const ncm_cell_params,
    positive: ElectrodeParams,
    negative: Option<ElectrodeParams>,
) -> Result<(CellParams, f64), Failure> {
    // SAFETY: as promised to this function.
    let p = unsafe { read_sized(params, "cell")? };
    let params = CellParams {
        negative,
        esr: p.esr,
        r_leak: p.r_leak,
        area: p.area,
        series: p.series,
        parallel: p.parallel,
        ..CellParams::half(positive)
    };
    if !p.ic.is_finite() {
        return Err(ParameterError::new("ic", p.ic, "any finite voltage, V").into());
    }
    Ok((params, p.ic))
}

/// Writes an electrode to a caller's struct, `section_list` NULL.
///
/// # Safety
/// If not NULL, `out` must point to a struct whose first field says its size.
pub(super) unsafe fn write_electrode(
    electrode: &ElectrodeParams,
    out: *mut ncm_electrode_params,
) -> Result<(), Failure> {
    let value = ncm_electrode_params {
        law: electrode.law as u32,
        r_c: electrode.r_c,
        gamma: electrode.gamma,
        q_max: electrode.q_max,
        r_min: electrode.r_min,
        c_slit: electrode.c_slit,
        slits: electrode.slits,
        sections: electrode.sections,
        r_open: electrode.r_open,
        c_open: electrode.c_open,
        entry: electrode.entry,
        c_rise: electrode.c_rise,
        u_rise: electrode.u_rise,
        ..ncm_electrode_params::DEFAULT
    };
    // SAFETY: as promised to this function; the struct begins with its size.
    unsafe {
        let size = read(out.cast_const().cast::<usize>(), "params")?;
        write_sized(&value, out, size)
    }
}

/// Writes what belongs to the whole cell to a caller's struct.
///
/// # Safety
/// If not NULL, `out` must point to a struct whose first field says its size.
pub(super) unsafe fn write_cell(
    cell: &CellParams,
    ic: f64,
    out: *mut ncm_cell_params,
) -> Result<(), Failure> {
    let value = ncm_cell_params {
        esr: cell.esr,
        r_leak: cell.r_leak,
        area: cell.area,
        series: cell.series,
        parallel: cell.parallel,
        ic,
        ..ncm_cell_params::DEFAULT
    };
    // SAFETY: as promised to this function; the struct begins with its size.
    unsafe {
        let size = read(out.cast_const().cast::<usize>(), "params")?;
        write_sized(&value, out, size)
    }
}

impl From<ncm_section> for Section {
    fn from(s: ncm_section) -> Self {
        Self {
            slits: s.slits,
            r_c: s.r_c,
            q_max: s.q_max,
            c_slit: s.c_slit,
        }
    }
}

impl From<Section> for ncm_section {
    fn from(s: Section) -> Self {
        Self {
            slits: s.slits,
            r_c: s.r_c,
            q_max: s.q_max,
            c_slit: s.c_slit,
        }
    }
}
