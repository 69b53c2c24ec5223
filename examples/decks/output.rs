//! Files that the demo and the gallery leave behind.

use super::decks::Result;
use ncm::plot::Figure;
use std::path::Path;

/// Writes a figure, whole or not at all.
pub fn write_figure(path: &Path, figure: &Figure) -> Result<()> {
    let svg = figure.to_svg()?;
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let beside = path.with_extension("svg.part");
    std::fs::write(&beside, svg).map_err(failed)?;
    std::fs::rename(&beside, path).map_err(failed)?;
    Ok(())
}
