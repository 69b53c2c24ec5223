//! Result codes and the calling thread's last error.

use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char};

use super::memory::{Out, copy_text};
use super::panic::boundary;
use crate::card::CardError;
use crate::cell::SizeError;
use crate::parameter::ParameterError;
use crate::stamp::{SnapshotError, StateError, TrialError};

/// What every function that can fail returns. Codes are grouped by hundreds and never change their
/// number; new ones may be added, so treat an unknown code as a failure.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ncm_result {
    /// Done.
    NCM_RESULT_OK = 0,

    /// 1xx, the call itself: a pointer that must not be NULL is.
    NCM_RESULT_NULL_POINTER = 100,
    /// A pointer is not aligned for its type.
    NCM_RESULT_MISALIGNED_POINTER = 101,
    /// Not a handle of this kind, or one that has been freed.
    NCM_RESULT_INVALID_HANDLE = 102,
    /// Another thread is using the handle at this moment.
    NCM_RESULT_BUSY = 103,
    /// An array has not the length that is wanted.
    NCM_RESULT_WRONG_LENGTH = 104,
    /// A value is NaN or infinite, or the result would not be a finite number.
    NCM_RESULT_NOT_FINITE = 105,
    /// A step length that is not positive and finite.
    NCM_RESULT_BAD_STEP = 106,
    /// A number that is none of an enumeration's.
    NCM_RESULT_UNKNOWN_CHOICE = 107,
    /// A text that is not UTF-8.
    NCM_RESULT_NOT_UTF8 = 108,
    /// A struct whose `size` field is none that this library knows.
    NCM_RESULT_STRUCT_SIZE = 109,

    /// 2xx, parameters and cards: a parameter is missing or outside its range.
    NCM_RESULT_PARAMETER = 200,
    /// The card's file cannot be read.
    NCM_RESULT_CARD_UNREADABLE = 201,
    /// The card has mistakes; the error text lists them all.
    NCM_RESULT_CARD_UNUSABLE = 202,

    /// 3xx, running: the trial step has no answer; a shorter one will. The state is untouched.
    /// The one failure that a simulator should expect and handle by itself.
    NCM_RESULT_NOT_CONVERGED = 300,
    /// Accept without a trial step in hand.
    NCM_RESULT_NO_TRIAL = 301,
    /// A half cell has no negative electrode.
    NCM_RESULT_NO_SUCH_ELECTRODE = 302,
    /// A saved state that belongs to another cell, or is damaged.
    NCM_RESULT_STATE_MISMATCH = 303,

    /// 9xx, the library: it does not fit the caller's header.
    NCM_RESULT_ABI_MISMATCH = 900,
    /// No more handles can be given out.
    NCM_RESULT_OUT_OF_HANDLES = 901,
    /// A mistake inside the library, caught at the boundary. The handles in use are refused from
    /// then on; free them.
    NCM_RESULT_INTERNAL = 999,
}

impl ncm_result {
    /// Every code, in the order of their numbers.
    pub const ALL: [ncm_result; 21] = [
        Self::NCM_RESULT_OK,
        Self::NCM_RESULT_NULL_POINTER,
        Self::NCM_RESULT_MISALIGNED_POINTER,
        Self::NCM_RESULT_INVALID_HANDLE,
        Self::NCM_RESULT_BUSY,
        Self::NCM_RESULT_WRONG_LENGTH,
        Self::NCM_RESULT_NOT_FINITE,
        Self::NCM_RESULT_BAD_STEP,
        Self::NCM_RESULT_UNKNOWN_CHOICE,
        Self::NCM_RESULT_NOT_UTF8,
        Self::NCM_RESULT_STRUCT_SIZE,
        Self::NCM_RESULT_PARAMETER,
        Self::NCM_RESULT_CARD_UNREADABLE,
        Self::NCM_RESULT_CARD_UNUSABLE,
        Self::NCM_RESULT_NOT_CONVERGED,
        Self::NCM_RESULT_NO_TRIAL,
        Self::NCM_RESULT_NO_SUCH_ELECTRODE,
        Self::NCM_RESULT_STATE_MISMATCH,
        Self::NCM_RESULT_ABI_MISMATCH,
        Self::NCM_RESULT_OUT_OF_HANDLES,
        Self::NCM_RESULT_INTERNAL,
    ];

    /// The code's name in the header.
    pub fn name(self) -> &'static CStr {
        match self {
            Self::NCM_RESULT_OK => c"NCM_RESULT_OK",
            Self::NCM_RESULT_NULL_POINTER => c"NCM_RESULT_NULL_POINTER",
            Self::NCM_RESULT_MISALIGNED_POINTER => c"NCM_RESULT_MISALIGNED_POINTER",
            Self::NCM_RESULT_INVALID_HANDLE => c"NCM_RESULT_INVALID_HANDLE",
            Self::NCM_RESULT_BUSY => c"NCM_RESULT_BUSY",
            Self::NCM_RESULT_WRONG_LENGTH => c"NCM_RESULT_WRONG_LENGTH",
            Self::NCM_RESULT_NOT_FINITE => c"NCM_RESULT_NOT_FINITE",
            Self::NCM_RESULT_BAD_STEP => c"NCM_RESULT_BAD_STEP",
            Self::NCM_RESULT_UNKNOWN_CHOICE => c"NCM_RESULT_UNKNOWN_CHOICE",
            Self::NCM_RESULT_NOT_UTF8 => c"NCM_RESULT_NOT_UTF8",
            Self::NCM_RESULT_STRUCT_SIZE => c"NCM_RESULT_STRUCT_SIZE",
            Self::NCM_RESULT_PARAMETER => c"NCM_RESULT_PARAMETER",
            Self::NCM_RESULT_CARD_UNREADABLE => c"NCM_RESULT_CARD_UNREADABLE",
            Self::NCM_RESULT_CARD_UNUSABLE => c"NCM_RESULT_CARD_UNUSABLE",
            Self::NCM_RESULT_NOT_CONVERGED => c"NCM_RESULT_NOT_CONVERGED",
            Self::NCM_RESULT_NO_TRIAL => c"NCM_RESULT_NO_TRIAL",
            Self::NCM_RESULT_NO_SUCH_ELECTRODE => c"NCM_RESULT_NO_SUCH_ELECTRODE",
            Self::NCM_RESULT_STATE_MISMATCH => c"NCM_RESULT_STATE_MISMATCH",
            Self::NCM_RESULT_ABI_MISMATCH => c"NCM_RESULT_ABI_MISMATCH",
            Self::NCM_RESULT_OUT_OF_HANDLES => c"NCM_RESULT_OUT_OF_HANDLES",
            Self::NCM_RESULT_INTERNAL => c"NCM_RESULT_INTERNAL",
        }
    }
}

/// A failure on its way to the caller.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    pub code: ncm_result,
    pub text: String,
}

impl Failure {
    pub fn new(code: ncm_result, text: impl Into<String>) -> Self {
        Self {
            code,
            text: text.into(),
        }
    }
}

impl From<ParameterError> for Failure {
    fn from(error: ParameterError) -> Self {
        let mut text = error.to_string();
        if error.value == "NaN" {
            text.push_str(" (missing? a parameter without a default is NaN until it is set)");
        }
        Self::new(ncm_result::NCM_RESULT_PARAMETER, text)
    }
}

impl From<CardError> for Failure {
    fn from(error: CardError) -> Self {
        let code = match error {
            CardError::Unreadable { .. } => ncm_result::NCM_RESULT_CARD_UNREADABLE,
            CardError::Unusable(_) => ncm_result::NCM_RESULT_CARD_UNUSABLE,
        };
        Self::new(code, error.to_string())
    }
}

impl From<TrialError> for Failure {
    fn from(error: TrialError) -> Self {
        let code = match error {
            TrialError::NotConverged { .. } => ncm_result::NCM_RESULT_NOT_CONVERGED,
            TrialError::BadStep(_) => ncm_result::NCM_RESULT_BAD_STEP,
            TrialError::BadTerminal(_) => ncm_result::NCM_RESULT_NOT_FINITE,
        };
        Self::new(code, error.to_string())
    }
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        let code = match error {
            StateError::NotFinite(_) => ncm_result::NCM_RESULT_NOT_FINITE,
            StateError::Temperature(_) => ncm_result::NCM_RESULT_PARAMETER,
            StateError::WrongLength { .. } => ncm_result::NCM_RESULT_WRONG_LENGTH,
            StateError::NoSuchElectrode => ncm_result::NCM_RESULT_NO_SUCH_ELECTRODE,
        };
        Self::new(code, error.to_string())
    }
}

impl From<SnapshotError> for Failure {
    fn from(error: SnapshotError) -> Self {
        let code = match error {
            SnapshotError::WrongLength { .. } => ncm_result::NCM_RESULT_WRONG_LENGTH,
            SnapshotError::Damaged => ncm_result::NCM_RESULT_STATE_MISMATCH,
        };
        Self::new(code, error.to_string())
    }
}

impl From<SizeError> for Failure {
    fn from(error: SizeError) -> Self {
        Self::new(ncm_result::NCM_RESULT_WRONG_LENGTH, error.to_string())
    }
}

/// What the calling thread was told last.
struct LastError {
    code: ncm_result,
    text: CString,
}

thread_local! {
    static LAST_ERROR: RefCell<Option<LastError>> = const { RefCell::new(None) };
}

/// Keeps a failure of `function` for the calling thread to ask for.
pub(super) fn remember(function: &str, failure: &Failure) {
    let text = format!("{function}: {}", failure.text).replace('\0', "\\0");
    let text = CString::new(text).unwrap_or_default();
    // A thread that is being taken down has no last error any more: nobody is left to ask.
    let _ = LAST_ERROR.try_with(|last| {
        if let Ok(mut last) = last.try_borrow_mut() {
            *last = Some(LastError {
                code: failure.code,
                text,
            });
        }
    });
}

/// Text of the calling thread's last failure: function, what is wrong, with parameter, value and
/// allowed range where there are such. UTF-8, never NULL, empty before the first failure.
///
/// The text belongs to the library and stays until the thread's next failing call or its end; a
/// call that succeeds leaves it alone. `ncm_last_error_copy` gives a copy.
#[unsafe(no_mangle)]
pub extern "C" fn ncm_last_error() -> *const c_char {
    LAST_ERROR
        .try_with(|last| match last.try_borrow() {
            Ok(last) => last.as_ref().map(|e| e.text.as_ptr()),
            Err(_) => None,
        })
        .ok()
        .flatten()
        .unwrap_or(c"".as_ptr())
}

/// Code of the calling thread's last failure; NCM_RESULT_OK before the first.
#[unsafe(no_mangle)]
pub extern "C" fn ncm_last_error_code() -> ncm_result {
    LAST_ERROR
        .try_with(|last| match last.try_borrow() {
            Ok(last) => last.as_ref().map(|e| e.code),
            Err(_) => None,
        })
        .ok()
        .flatten()
        .unwrap_or(ncm_result::NCM_RESULT_OK)
}

/// Copies the text of `ncm_last_error` into `buffer` (`capacity` bytes), cut to fit and always
/// ended by NUL, and writes the whole text's length without NUL to `length`. `buffer` may be NULL
/// if `capacity` is 0, to ask for the length.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_last_error_copy(
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> ncm_result {
    boundary("ncm_last_error_copy", || {
        // SAFETY: the caller passes a place for one number.
        let length = unsafe { Out::new(length, "length")? };
        // SAFETY: the text stays until this thread's next failure, which is not in this function
        // after this line but for `copy_text`, which then has done with it.
        let text = unsafe { CStr::from_ptr(ncm_last_error()) };
        // SAFETY: the caller passes `capacity` writable bytes.
        unsafe { copy_text(text.to_bytes(), buffer, capacity)? };
        length.write(text.count_bytes());
        Ok(())
    })
}

/// Name of a result code, such as "NCM_RESULT_BUSY"; "unknown" for a number that is none.
/// Static, never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn ncm_result_name(code: u32) -> *const c_char {
    ncm_result::ALL
        .into_iter()
        .find(|known| *known as u32 == code)
        .map_or(c"unknown", ncm_result::name)
        .as_ptr()
}
