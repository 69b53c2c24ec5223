//! Gives the shared library its soname, which Cargo has no key for.

/// Major number of the ABI, as in `NCM_ABI_VERSION` (`src/capi/version.rs`); a test compares both.
const ABI_MAJOR: u32 = 1;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_CFG_TARGET_OS").is_some_and(|os| os == "linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libncm.so.{ABI_MAJOR}");
    }
}
