//! The caller's pointers: checked before use, written only on success.
//!
//! Arrays are read and written through copies (`ptr::copy`), never through Rust references to the
//! caller's memory: whatever overlaps on the caller's side stays defined.

use std::ffi::{CStr, c_char};

use super::error::{Failure, ncm_result};

/// Refuses NULL and misaligned pointers.
fn check<T>(pointer: *const T, name: &str) -> Result<(), Failure> {
    if pointer.is_null() {
        return Err(Failure::new(
            ncm_result::NCM_RESULT_NULL_POINTER,
            format!("{name} is NULL"),
        ));
    }
    if !pointer.is_aligned() {
        return Err(Failure::new(
            ncm_result::NCM_RESULT_MISALIGNED_POINTER,
            format!(
                "{name} = {pointer:p} is not aligned to {} bytes",
                align_of::<T>()
            ),
        ));
    }
    Ok(())
}

/// A place for one result.
#[derive(Debug)]
pub(super) struct Out<T>(*mut T);

impl<T> Out<T> {
    /// # Safety
    /// If neither NULL nor misaligned, `pointer` must be valid for writing one `T` as long as this
    /// lives.
    pub unsafe fn new(pointer: *mut T, name: &str) -> Result<Self, Failure> {
        check(pointer, name)?;
        Ok(Self(pointer))
    }

    pub fn write(self, value: T) {
        // SAFETY: as promised to `new`.
        unsafe { self.0.write(value) }
    }
}

/// A place for an array of results.
#[derive(Debug)]
pub(super) struct OutArray<T> {
    start: *mut T,
    length: usize,
}

impl<T: Copy> OutArray<T> {
    /// # Safety
    /// If neither NULL nor misaligned, `start` must be valid for writing `length` values as long as
    /// this lives.
    pub unsafe fn new(start: *mut T, length: usize, name: &str) -> Result<Self, Failure> {
        check(start, name)?;
        Ok(Self { start, length })
    }

    /// The same, with NULL for results that are not wanted.
    ///
    /// # Safety
    /// As for [`OutArray::new`].
    pub unsafe fn optional(
        start: *mut T,
        length: usize,
        name: &str,
    ) -> Result<Option<Self>, Failure> {
        if start.is_null() {
            return Ok(None);
        }
        // SAFETY: as promised to this function.
        unsafe { Self::new(start, length, name) }.map(Some)
    }

    pub fn write(self, values: &[T]) {
        debug_assert_eq!(self.length, values.len());
        let count = self.length.min(values.len());
        // SAFETY: as promised to `new`; `count` is within both.
        unsafe { self.start.copy_from(values.as_ptr(), count) }
    }
}

/// Reads one value.
///
/// # Safety
/// If neither NULL nor misaligned, `pointer` must be valid for reading one `T`.
pub(super) unsafe fn read<T: Copy>(pointer: *const T, name: &str) -> Result<T, Failure> {
    check(pointer, name)?;
    // SAFETY: as promised to this function.
    Ok(unsafe { pointer.read() })
}

/// Copies an array of `into.len()` values.
///
/// # Safety
/// If neither NULL nor misaligned, `from` must be valid for reading `into.len()` values.
pub(super) unsafe fn read_into<T: Copy>(
    from: *const T,
    into: &mut [T],
    name: &str,
) -> Result<(), Failure> {
    check(from, name)?;
    // SAFETY: as promised to this function.
    unsafe { into.as_mut_ptr().copy_from(from, into.len()) };
    Ok(())
}

/// Copies an array whose length the caller chooses.
///
/// # Safety
/// If neither NULL nor misaligned, `from` must be valid for reading `length` values.
pub(super) unsafe fn read_array<T: Copy>(
    from: *const T,
    length: usize,
    name: &str,
) -> Result<Vec<T>, Failure> {
    if length == 0 {
        return Ok(Vec::new());
    }
    check(from, name)?;
    let mut values: Vec<T> = Vec::new();
    if values.try_reserve_exact(length).is_err() {
        return Err(Failure::new(
            ncm_result::NCM_RESULT_WRONG_LENGTH,
            format!("{name} has {length} entries, more than memory can hold"),
        ));
    }
    // SAFETY: as promised to this function; the capacity was reserved above.
    unsafe {
        values.as_mut_ptr().copy_from(from, length);
        values.set_len(length);
    }
    Ok(values)
}

/// A text of `length` bytes, which need not end in NUL.
///
/// # Safety
/// If not NULL, `text` must be valid for reading `length` bytes.
pub(super) unsafe fn read_text(
    text: *const c_char,
    length: usize,
    name: &str,
) -> Result<String, Failure> {
    if length == 0 {
        check(text, name)?;
    }
    // SAFETY: as promised to this function.
    let bytes = unsafe { read_array(text.cast::<u8>(), length, name)? };
    String::from_utf8(bytes).map_err(|e| not_utf8(name, e.utf8_error()))
}

/// A text that ends in NUL.
///
/// # Safety
/// If not NULL, `text` must end in NUL.
pub(super) unsafe fn read_c_text(text: *const c_char, name: &str) -> Result<String, Failure> {
    check(text, name)?;
    // SAFETY: as promised to this function.
    let text = unsafe { CStr::from_ptr(text) };
    match text.to_str() {
        Ok(text) => Ok(text.to_owned()),
        Err(e) => Err(not_utf8(name, e)),
    }
}

fn not_utf8(name: &str, error: std::str::Utf8Error) -> Failure {
    Failure::new(
        ncm_result::NCM_RESULT_NOT_UTF8,
        format!("{name} is not UTF-8 text: {error}"),
    )
}

/// Copies as much of `text` as fits into `buffer`, ended by NUL.
///
/// # Safety
/// If not NULL, `buffer` must be valid for writing `capacity` bytes.
pub(super) unsafe fn copy_text(
    text: &[u8],
    buffer: *mut c_char,
    capacity: usize,
) -> Result<(), Failure> {
    if capacity == 0 {
        return Ok(());
    }
    check(buffer, "buffer")?;
    let mut count = text.len().min(capacity - 1);
    // A character of several bytes is not cut in two.
    while count < text.len() && count > 0 && text[count] & 0xc0 == 0x80 {
        count -= 1;
    }
    // SAFETY: as promised to this function; `count + 1 <= capacity`.
    unsafe {
        buffer.cast::<u8>().copy_from(text.as_ptr(), count);
        buffer.add(count).write(0);
    }
    Ok(())
}

/// Refuses a length that is not the wanted one.
pub(super) fn check_length(name: &str, given: usize, wanted: usize) -> Result<(), Failure> {
    if given == wanted {
        return Ok(());
    }
    Err(Failure::new(
        ncm_result::NCM_RESULT_WRONG_LENGTH,
        format!("{name} has room for {given} entries, wanted are {wanted}"),
    ))
}

/// Refuses NaN and infinities.
pub(super) fn check_finite(name: &str, values: &[f64]) -> Result<(), Failure> {
    match values.iter().position(|x| !x.is_finite()) {
        None => Ok(()),
        Some(k) => Err(Failure::new(
            ncm_result::NCM_RESULT_NOT_FINITE,
            if values.len() == 1 {
                format!("{name} = {}: must be finite", values[k])
            } else {
                format!("{name}[{k}] = {}: must be finite", values[k])
            },
        )),
    }
}
