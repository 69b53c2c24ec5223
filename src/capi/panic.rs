//! The boundary between Rust and the caller.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::error::{Failure, ncm_result, remember};

/// Runs the body of the function named `function`. A failure is remembered for the calling thread;
/// a panic, which is a mistake in the library, ends here as NCM_RESULT_INTERNAL.
///
/// Nothing that a panic can leave half done is seen again: what is behind a handle is locked while
/// in use, and the lock refuses after a panic (see [`super::handle`]).
pub(super) fn boundary(
    function: &'static str,
    body: impl FnOnce() -> Result<(), Failure>,
) -> ncm_result {
    let failure = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => return ncm_result::NCM_RESULT_OK,
        Ok(Err(failure)) => failure,
        Err(panic) => {
            let what = panic
                .downcast_ref::<&str>()
                .copied()
                .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
                .unwrap_or("no text");
            Failure::new(
                ncm_result::NCM_RESULT_INTERNAL,
                format!("mistake inside the library, please report it: {what}"),
            )
        }
    };
    remember(function, &failure);
    failure.code
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::super::error::{ncm_last_error, ncm_last_error_code};
    use super::*;

    fn last_text() -> String {
        // SAFETY: never NULL, and no other call of this thread comes between.
        unsafe { CStr::from_ptr(ncm_last_error()) }
            .to_string_lossy()
            .into_owned()
    }

    #[test]
    fn a_panic_becomes_a_result_code() {
        let code = boundary("ncm_test", || panic!("seven {}", 7));
        assert_eq!(code, ncm_result::NCM_RESULT_INTERNAL);
        assert_eq!(ncm_last_error_code(), ncm_result::NCM_RESULT_INTERNAL);
        assert_eq!(
            last_text(),
            "ncm_test: mistake inside the library, please report it: seven 7"
        );
    }

    #[test]
    fn the_last_failure_belongs_to_its_thread_and_outlives_success() {
        let failure = || Failure::new(ncm_result::NCM_RESULT_BUSY, "a \0 in between");
        boundary("ncm_test", || Err(failure()));
        boundary("ncm_test", || Ok(()));
        assert_eq!(last_text(), "ncm_test: a \\0 in between");
        let elsewhere = std::thread::spawn(|| (ncm_last_error_code(), last_text()));
        assert_eq!(
            elsewhere.join().ok(),
            Some((ncm_result::NCM_RESULT_OK, String::new()))
        );
    }
}
