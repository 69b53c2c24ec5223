//! Runs the commands that README.md and docs/*.md tell the reader to run: every block fenced as `sh`,
//! page by page, in a scratch folder that looks like the project after `make build`.
//!
//! `NCM_PAGE=sizing` runs that page alone, for its writer.
//!
//! A block that is not run has a line before it that says why:
//! `<!-- not run by tests/docs_commands.rs: REASON -->`.

#![cfg(feature = "cli")]

#[path = "support/pages.rs"]
mod commands;
mod support;

use std::path::{Path, PathBuf};

use commands::{blocks, scratch};

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
    if let Some(one) = std::env::var_os("NCM_PAGE") {
        pages.retain(|path| path.file_stem() == Some(&one));
        assert!(!pages.is_empty(), "NCM_PAGE names no page");
    }
    pages
}

#[test]
fn documented_commands_work() {
    let mut failures = Vec::new();
    let mut ran = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        let name = page.file_name().unwrap().to_string_lossy().into_owned();
        let folder = scratch(env!("CARGO_BIN_EXE_ncm"), support::code_model());
        for block in blocks(&text).iter().filter(|block| !block.excused()) {
            ran += 1;
            if let Err(said) = commands::run(folder.path(), &block.commands, &[]) {
                failures.push(format!("{name}:{}: {said}", block.line));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    assert!(
        ran >= 10 || std::env::var_os("NCM_PAGE").is_some(),
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
    let excused: Vec<bool> = found.iter().map(commands::Block::excused).collect();
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
