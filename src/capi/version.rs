//! Version of the library and of its binary interface.

use std::ffi::c_char;

use super::error::{Failure, ncm_result};
use super::panic::boundary;

/// Version of the binary interface that this header describes: the major number in the upper, the
/// minor number in the lower 16 bits. The minor number grows with every addition; the major number
/// (and with it the soname, libncm.so.MAJOR) would change only if something were taken away.
pub const NCM_ABI_VERSION: u32 = 0x0001_0000;

/// Version of the library as text, such as "0.1.0". Static, never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn ncm_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The ABI version of the library that is running, to compare with NCM_ABI_VERSION of the header.
#[unsafe(no_mangle)]
pub extern "C" fn ncm_abi_version() -> u32 {
    NCM_ABI_VERSION
}

/// Checks that the library that is running serves a caller compiled with `header_version`:
/// the same major number, and a minor number no older than the header's. Call it once at start as
/// `ncm_abi_check(NCM_ABI_VERSION)`.
///
/// Returns NCM_RESULT_ABI_MISMATCH, with both versions in the error text, where it does not.
#[unsafe(no_mangle)]
pub extern "C" fn ncm_abi_check(header_version: u32) -> ncm_result {
    boundary("ncm_abi_check", || {
        let (major, minor) = split(NCM_ABI_VERSION);
        let (wanted_major, wanted_minor) = split(header_version);
        if major == wanted_major && minor >= wanted_minor {
            return Ok(());
        }
        Err(Failure::new(
            ncm_result::NCM_RESULT_ABI_MISMATCH,
            format!(
                "the caller was compiled for ABI {wanted_major}.{wanted_minor}, this library ({}) \
                 has ABI {major}.{minor}: compile with the header of this library, or install one \
                 with ABI {wanted_major}.{wanted_minor} or a later minor version",
                env!("CARGO_PKG_VERSION")
            ),
        ))
    })
}

fn split(version: u32) -> (u32, u32) {
    (version >> 16, version & 0xffff)
}
