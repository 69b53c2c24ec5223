//! What the tests share that compile C and C++ against an installed library.
#![allow(dead_code, reason = "each test file uses its own part of this")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Warnings that the headers and examples must not raise.
pub const STRICT: [&str; 4] = ["-Wall", "-Wextra", "-pedantic", "-Werror"];

/// What the static library needs besides, as in packaging/ncm.pc.in.
pub const SYSTEM_LIBRARIES: [&str; 3] = ["-lm", "-lpthread", "-ldl"];

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A directory of this test file, `name` below the target directory.
pub fn scratch(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    path
}

/// The target directory that this test was built in.
pub fn target_dir() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .unwrap_or_else(|| root())
}

/// Runs a command to success; the answer is what it printed.
pub fn run(command: &mut Command) -> String {
    let shown = format!("{command:?}");
    let output = command.output().unwrap_or_else(|e| {
        panic!("{shown}: {e}\nis it installed? `make test` installs what the tests need")
    });
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        output.status.success(),
        "{shown}: {}\n{text}",
        output.status
    );
    text
}

/// Installs the library below `prefix` with scripts/install.sh; one process at a time, where each test is
/// a process of its own.
pub fn install(prefix: &Path) {
    run(Command::new("flock")
        .arg(prefix.with_extension("lock"))
        .arg(root().join("scripts/install.sh"))
        .arg(prefix)
        .env("CARGO_TARGET_DIR", target_dir())
        .env_remove("DESTDIR")
        .env_remove("LIBDIR"));
}

/// A prefix with the library installed, once for each test file.
pub fn installed(name: &str) -> &'static Path {
    static PREFIX: OnceLock<PathBuf> = OnceLock::new();
    PREFIX.get_or_init(|| {
        let prefix = scratch(name).join("prefix");
        install(&prefix);
        prefix
    })
}

/// The compiler of a source file, by its ending: `CC` or `CXX`, or the system's.
pub fn compiler(source: &Path) -> Command {
    let cpp = source.extension().is_some_and(|e| e == "cpp");
    let (variable, usual, standard) = if cpp {
        ("CXX", "c++", "-std=c++17")
    } else {
        ("CC", "cc", "-std=c99")
    };
    let name = std::env::var_os(variable).unwrap_or_else(|| usual.into());
    let mut command = Command::new(name);
    command.arg(standard).args(STRICT);
    command
}

/// All C and C++ examples.
pub fn examples() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for (folder, ending) in [("examples/c", "c"), ("examples/cpp", "cpp")] {
        let listing = std::fs::read_dir(root().join(folder));
        let listing = listing.unwrap_or_else(|e| panic!("{folder}: {e}"));
        found.extend(
            listing
                .map(|entry| entry.unwrap_or_else(|e| panic!("{folder}: {e}")).path())
                .filter(|path| path.extension().is_some_and(|e| e == ending)),
        );
    }
    found.sort();
    assert!(found.len() >= 3, "{found:?}");
    found
}

/// A name for what is built from `source`: folder and stem, so that c/x and cpp/x differ.
pub fn program_name(source: &Path) -> String {
    let stem = source.file_stem().unwrap_or_default().to_string_lossy();
    let ending = source.extension().unwrap_or_default().to_string_lossy();
    format!("{stem}-{ending}")
}
