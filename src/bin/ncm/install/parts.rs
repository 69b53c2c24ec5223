//! The parts that come with ncm, as `ncm install` leaves them: a library file for each card, and a
//! symbol library for KiCad that names them.

use std::path::{Path, PathBuf};

use ncm::card::Card;
use ncm::kicad::symbol::{library_file, symbol_library};
use ncm::netlist::{Door, subcircuit};

use crate::failure::Failure;

/// Name of the symbol library.
pub const SYMBOLS: &str = "ncm.kicad_sym";
/// Folder of the library files.
pub const LIBRARIES: &str = "models";

/// A file to be: where in the folder of `ncm install`, and its text.
pub type Part = (PathBuf, String);

/// Where the cards are: in a clone, or where `make install` puts them.
fn card_folder() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let folder = program.parent()?;
    ["../models", "../share/ncm/models", "../../models"]
        .iter()
        .map(|relative| folder.join(relative))
        .find(|path| path.is_dir())
}

fn cards() -> Result<Vec<Card>, Failure> {
    let Some(folder) = card_folder() else {
        return Ok(Vec::new());
    };
    let entries = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|e| e.path()).collect::<Vec<PathBuf>>()
    };
    let mut files = entries(&folder);
    let kinds: Vec<PathBuf> = files.iter().filter(|p| p.is_dir()).cloned().collect();
    files.extend(kinds.iter().flat_map(|kind| entries(kind)));
    files.retain(|path| path.extension().is_some_and(|e| e == "toml") && is_card(path));
    files.sort();
    files
        .iter()
        .map(|path| Card::read(path, &[]).map_err(Failure::from))
        .collect()
}

/// Cards say which format they are in; other files beside them, such as configurations of `ncm mpnp`, do not.
fn is_card(path: &Path) -> bool {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().any(|line| {
        line.strip_prefix("format")
            .is_some_and(|rest| rest.trim_start().starts_with('='))
    })
}

/// The files for a folder that KiCad finds under the name `shown`.
pub fn parts(shown: &str) -> Result<Vec<Part>, Failure> {
    let mut kept = Vec::new();
    let mut files = Vec::new();
    for card in cards()? {
        // A card that the code models have no form for is no part of a deck of theirs.
        if let Ok(text) = subcircuit(&card, Door::Xspice) {
            files.push((Path::new(LIBRARIES).join(library_file(&card)), text));
            kept.push(card);
        }
    }
    if !kept.is_empty() {
        let symbols = symbol_library(&kept, |card| {
            format!("{shown}/{LIBRARIES}/{}", library_file(card))
        });
        files.push((SYMBOLS.into(), symbols));
    }
    Ok(files)
}
