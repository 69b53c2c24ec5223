//! Writes the example measurements anew into a folder (docs/from-cv-to-part.md, docs/from-eis-to-part.md).
//!
//! ```text
//! cargo run --release --example measurements -- examples/measurements
//! ```

#[allow(dead_code)]
mod files;

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("name a folder")?;
    for (name, text) in files::all() {
        std::fs::write(Path::new(&folder).join(name), text)?;
    }
    Ok(())
}
