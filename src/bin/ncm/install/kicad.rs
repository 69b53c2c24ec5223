//! KiCad's own settings: every release has a folder of its own with a table of symbol libraries.

use std::path::{Path, PathBuf};

/// The tables that are there. KiCad makes one at its first start; without it there is nothing to add to,
/// for a table of ours alone would hide the libraries that KiCad brings.
pub fn symbol_tables() -> Vec<PathBuf> {
    let Some(settings) = settings_folder() else {
        return Vec::new();
    };
    let entries = std::fs::read_dir(settings).into_iter().flatten().flatten();
    let mut tables: Vec<PathBuf> = entries
        .map(|entry| entry.path().join("sym-lib-table"))
        .filter(|path| path.is_file())
        // Where a link leads to, so that the link stays.
        .filter_map(|path| path.canonicalize().ok())
        .collect();
    tables.sort();
    tables
}

fn settings_folder() -> Option<PathBuf> {
    let named = |name: &str| {
        std::env::var_os(name)
            .filter(|v| !v.is_empty())
            .map(PathBuf::from)
    };
    let config = named("XDG_CONFIG_HOME").filter(|p| p.is_absolute());
    let config = config.or_else(|| Some(named("HOME")?.join(".config")))?;
    Some(config.join("kicad"))
}

/// A path as it goes into schematics and tables: below the user's folder by `${HOME}`, which KiCad
/// resolves, so that a schematic opens for another user too.
pub fn shown(path: &Path) -> String {
    let home = std::env::var_os("HOME").filter(|h| !h.is_empty());
    match home.and_then(|home| path.strip_prefix(home).ok().map(Path::to_owned)) {
        Some(below) => format!("${{HOME}}/{}", below.display()),
        None => path.display().to_string(),
    }
}
