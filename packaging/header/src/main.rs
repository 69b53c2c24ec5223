//! Writes `include/ncm.h` from `src/capi`: `cargo run -p ncm-header`. Its test proves the header that
//! is checked in to be current.

use std::error::Error;
use std::path::{Path, PathBuf};

use cbindgen::{Builder, Config, DocumentationStyle, EnumConfig, Language, Style};

/// The families, in the order in which a reader of the header meets them.
const FAMILIES: [&str; 11] = [
    "version",
    "error",
    "params",
    "card",
    "law",
    "charge_form",
    "stepper",
    "thermal",
    "ac",
    "state",
    "handle",
];

const BEFORE: &str = "\
/*
 * ncm: a supercapacitor whose ionic resistance depends on its charge, as a circuit element.
 *
 * Conventions (docs/abi.md has them in full):
 * - A function that can fail returns an ncm_result; ncm_last_error() says what went wrong, with
 *   parameter, value and allowed range. Results come through the last parameters, which are written
 *   only on success.
 * - What a ..._new, ..._from_... or ..._clone function makes is freed by the caller with the matching
 *   ..._free. Handles are opaque; NULL, freed and foreign handles are refused, not followed.
 * - A handle may be used from any thread, by one thread at a time; a second one is told
 *   NCM_RESULT_BUSY. The last error belongs to the calling thread.
 * - Arrays come with their length, which must be the one wanted. NaN and infinities are refused.
 * - Units are SI and stand in the names (v_V, i_A, h_s) or in the comments.
 *
 * Made from src/capi by `cargo run -p ncm-header`; not to be edited by hand.
 */";

const AFTER: &str = "\
/* Proof that the library that is running serves this header; see ncm_abi_check. */
#define NCM_ABI_CHECK() ncm_abi_check(NCM_ABI_VERSION)";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn header_path() -> PathBuf {
    root().join("include/ncm.h")
}

/// The header as it should be.
fn generate() -> Result<String, Box<dyn Error>> {
    let config = Config {
        language: Language::C,
        header: Some(BEFORE.into()),
        trailer: Some(AFTER.into()),
        include_guard: Some("NCM_H".into()),
        sys_includes: vec!["stddef.h".into(), "stdint.h".into()],
        no_includes: true,
        cpp_compat: true,
        style: Style::Both,
        line_length: 100,
        documentation_style: DocumentationStyle::Doxy,
        usize_is_size_t: true,
        enumeration: EnumConfig {
            prefix_with_name: false,
            ..EnumConfig::default()
        },
        ..Config::default()
    };
    let mut builder = Builder::new().with_config(config);
    for item in ["ncm_law_kind", "ncm_electrode", "ncm_quantity", "ncm_limit"] {
        builder = builder.include_item(item);
    }
    for family in FAMILIES {
        builder = builder.with_src(root().join(format!("src/capi/{family}.rs")));
    }
    let mut text = Vec::new();
    builder.generate()?.write(&mut text);
    Ok(String::from_utf8(text)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(root().join("include"))?;
    // Written beside and renamed, so that a compiler never reads half a header.
    let beside = header_path().with_extension("h.new");
    std::fs::write(&beside, generate()?)?;
    std::fs::rename(&beside, header_path())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_that_is_checked_in_is_current() -> Result<(), Box<dyn Error>> {
        let checked_in = std::fs::read_to_string(header_path())?;
        assert!(
            checked_in == generate()?,
            "include/ncm.h is not what src/capi says: run `cargo run -p ncm-header` and commit it"
        );
        Ok(())
    }

    #[test]
    fn every_family_is_in_the_header() -> Result<(), Box<dyn Error>> {
        let without_functions = ["memory", "mod", "panic"];
        for entry in std::fs::read_dir(root().join("src/capi"))? {
            let path = entry?.path();
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let known = FAMILIES.contains(&&*name) || without_functions.contains(&&*name);
            assert!(known, "src/capi/{name}.rs is in neither list");
            let exports = std::fs::read_to_string(&path)?.contains("unsafe(no_mangle)");
            assert_eq!(exports, FAMILIES.contains(&&*name), "{name}");
        }
        Ok(())
    }
}
