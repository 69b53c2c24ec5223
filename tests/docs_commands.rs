//! Runs the commands that README.md and docs/*.md tell the reader to run: every block fenced as `sh`,
//! page by page, in a scratch folder that looks like the project after `make build`.
//!
//! A block that is not run has a line before it that says why:
//! `<!-- not run by tests/docs_commands.rs: REASON -->`.

#![cfg(feature = "cli")]

mod support;

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const EXCUSE: &str = "<!-- not run by tests/docs_commands.rs: ";

/// A fenced block of commands.
#[derive(Debug)]
struct Block {
    /// Line of the fence, from 1.
    line: usize,
    commands: String,
    excused: bool,
}

fn blocks(text: &str) -> Vec<Block> {
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
                    excused: before.starts_with(EXCUSE) && before.len() > EXCUSE.len() + 10,
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

/// README.md and the pages of docs/.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages: Vec<PathBuf> = std::fs::read_dir(root.join("docs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .collect();
    pages.sort();
    pages.insert(0, root.join("README.md"));
    pages
}

/// `dist/` as `make build` leaves it, as far as commands need it. The tool looks for the code models
/// beside itself, so it is a copy and no link.
fn dist() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(env!("CARGO_BIN_EXE_ncm"), folder.path().join("ncm")).unwrap();
    std::fs::copy(support::code_model(), folder.path().join("ncm.cm")).unwrap();
    folder
}

/// A folder with the project's files and this `dist/`, where commands can leave what they like.
fn scratch(dist: &Path) -> tempfile::TempDir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    for name in ["docs", "examples", "include", "models", "scripts"] {
        symlink(root.join(name), folder.path().join(name)).unwrap();
    }
    std::fs::create_dir(folder.path().join("home")).unwrap();
    symlink(dist, folder.path().join("dist")).unwrap();
    folder
}

#[test]
fn documented_commands_work() {
    let mut failures = Vec::new();
    let mut ran = 0;
    let dist = dist();
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        let name = page.file_name().unwrap().to_string_lossy().into_owned();
        let folder = scratch(dist.path());
        let path = format!(
            "{}:{}",
            dist.path().display(),
            std::env::var("PATH").unwrap()
        );
        for block in blocks(&text) {
            if block.excused {
                continue;
            }
            ran += 1;
            let output = Command::new("bash")
                .args(["-euo", "pipefail", "-c", &block.commands])
                .current_dir(folder.path())
                .env("PATH", &path)
                .env("HOME", folder.path().join("home"))
                .env("OMP_NUM_THREADS", "1")
                .env_remove("NCM_CODE_MODEL")
                .stdin(Stdio::null())
                .output()
                .unwrap();
            if !output.status.success() {
                failures.push(format!(
                    "{name}:{}: {}\n{}{}{}",
                    block.line,
                    output.status,
                    block.commands,
                    String::from_utf8_lossy(&output.stdout),
                    String::from_utf8_lossy(&output.stderr)
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    assert!(
        ran >= 10,
        "only {ran} blocks: does the reader of blocks still read?"
    );
}

#[test]
fn blocks_are_found_and_excused_with_a_reason_only() {
    let text = "a\n```sh\none\ntwo\n```\n<!-- not run by tests/docs_commands.rs: it takes a day -->\n```sh\n\
                three\n```\n<!-- not run by tests/docs_commands.rs: -->\n```sh\nfour\n```\n```\nfive\n```\n";
    let found = blocks(text);
    let commands: Vec<&str> = found.iter().map(|b| b.commands.as_str()).collect();
    assert_eq!(commands, ["one\ntwo\n", "three\n", "four\n"]);
    let excused: Vec<bool> = found.iter().map(|b| b.excused).collect();
    assert_eq!(excused, [false, true, false]);
    assert_eq!((found[0].line, found[1].line), (2, 7));
}

#[test]
fn links_between_pages_lead_somewhere() {
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        let folder = page.parent().unwrap();
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let file = target.split('#').next().unwrap_or_default();
            if file.is_empty() || file.contains("://") || file.contains(char::is_whitespace) {
                continue;
            }
            assert!(
                folder.join(file).exists(),
                "{}: {target} leads nowhere",
                page.display()
            );
        }
    }
}
