//! Commands that the pages tell the reader to run: every block fenced as `sh`, and a folder that looks like
//! the project after `make build` to run them in.
#![allow(dead_code, reason = "each test file uses its own part of this")]

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

/// A line before a block that is not run with the others, with the reason behind it.
pub const EXCUSE: &str = "<!-- not run by tests/docs_commands.rs: ";

/// A fenced block of commands.
#[derive(Debug)]
pub struct Block {
    /// Line of the fence, from 1.
    pub line: usize,
    pub commands: String,
    /// The line before the fence.
    pub before: String,
}

impl Block {
    pub fn excused(&self) -> bool {
        self.before.starts_with(EXCUSE) && self.before.len() > EXCUSE.len() + 10
    }
}

pub fn blocks(text: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut inside = false;
    let mut before = "";
    for (index, line) in text.lines().enumerate() {
        match (inside, line) {
            (false, "```sh") => {
                inside = true;
                found.push(Block {
                    line: index + 1,
                    commands: String::new(),
                    before: before.into(),
                });
            }
            (true, "```") => inside = false,
            (true, command) => {
                if let Some(block) = found.last_mut() {
                    block.commands.push_str(command);
                    block.commands.push('\n');
                }
            }
            (false, _) => {}
        }
        before = line;
    }
    assert!(!inside, "a block is not closed");
    found
}

/// A folder with the project's files, `dist/` as `make build` leaves it (as far as commands need it) and an empty
/// `home/`, where commands can leave what they like.
pub fn scratch(ncm: &str, code_model: &Path) -> tempfile::TempDir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path();
    for name in ["docs", "examples", "include", "models", "scripts", "target"] {
        symlink(root.join(name), place.join(name)).expect("a link");
    }
    for name in ["home", "dist"] {
        std::fs::create_dir(place.join(name)).expect("a folder");
    }
    // The tool looks for the code models and the cards from where it lies, so it is no link.
    std::fs::copy(ncm, place.join("dist/ncm")).expect("a copy of the tool");
    std::fs::copy(code_model, place.join("dist/ncm.cm")).expect("a copy of the code models");
    folder
}

/// Runs commands as a reader in that folder would, with these folders before PATH; what they said when they fail.
pub fn run(place: &Path, commands: &str, path: &[&Path]) -> Result<String, String> {
    let mut folders: Vec<String> = path.iter().map(|p| p.display().to_string()).collect();
    folders.push(place.join("dist").display().to_string());
    folders.push(std::env::var("PATH").unwrap_or_default());
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", commands])
        .current_dir(place)
        .env("PATH", folders.join(":"))
        .env("HOME", place.join("home"))
        .env("OMP_NUM_THREADS", "1")
        .env_remove("NCM_CODE_MODEL")
        .env_remove("XDG_DATA_HOME")
        .env_remove("XDG_CONFIG_HOME")
        .stdin(Stdio::null())
        .output()
        .map_err(|e| e.to_string())?;
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    if output.status.success() {
        Ok(said)
    } else {
        Err(format!("{}\n{commands}{said}", output.status))
    }
}
