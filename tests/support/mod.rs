//! What the tests share that run real ngspice.
#![allow(dead_code, reason = "each test file uses its own part of this")]

pub mod engines;
pub mod half_cell;

use ncm::simulator::Ngspice;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The ngspice of this machine. A test that needs it fails without it: `make test` installs it.
pub fn ngspice() -> Ngspice {
    Ngspice::find().unwrap_or_else(|error| panic!("{error}"))
}

/// Our code models: the file named by `NCM_CODE_MODEL`, or else built here, once.
pub fn code_model() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        if let Some(named) = std::env::var_os("NCM_CODE_MODEL").filter(|name| !name.is_empty()) {
            let named = PathBuf::from(named);
            assert!(
                named.is_file(),
                "NCM_CODE_MODEL names {}, which is no file",
                named.display()
            );
            return named;
        }
        let status = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--release", "--package", "ncm-xspice"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "cargo could not build the code models (package ncm-xspice)"
        );
        target_folder().join("release/libncm_xspice.so")
    })
}

/// Our OSDI libraries: in the folder named by `NCM_OSDI`, or else built here, once. `version` is
/// `0.3` or `0.4`.
pub fn osdi_library(version: &str) -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let folder = BUILT.get_or_init(|| {
        if let Some(named) = std::env::var_os("NCM_OSDI").filter(|name| !name.is_empty()) {
            return PathBuf::from(named);
        }
        let folder = target_folder().join("osdi-libraries");
        std::fs::create_dir_all(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        for (version, features) in [("0.3", ""), ("0.4", "v04")] {
            // Each set of features in a folder of its own, or they would be built in turns.
            let target = target_folder().join(format!("osdi-{version}"));
            let status = Command::new(env!("CARGO"))
                .args(["build", "--quiet", "--release", "--package", "ncm-osdi"])
                .args(["--features", features, "--target-dir"])
                .arg(&target)
                .current_dir(env!("CARGO_MANIFEST_DIR"))
                .status();
            let built = target.join("release/libncm_osdi.so");
            let copied = std::fs::copy(&built, folder.join(format!("ncm-{version}.osdi")));
            assert!(
                status.is_ok_and(|status| status.success()) && copied.is_ok(),
                "cargo could not build the OSDI library (package ncm-osdi)"
            );
        }
        folder
    });
    let library = folder.join(format!("ncm-{version}.osdi"));
    assert!(library.is_file(), "{} is no file", library.display());
    library
}

/// The releases that can load an OSDI library, each with the versions of the interface it takes.
pub fn osdi_releases() -> Vec<(&'static Release, &'static [&'static str])> {
    releases()
        .iter()
        .filter_map(|release| match release.ngspice.major() {
            ..42 => None,
            42..44 => Some((release, ["0.3"].as_slice())),
            44.. => Some((release, ["0.3", "0.4"].as_slice())),
        })
        .collect()
}

/// One of the releases that scripts/ngspice-versions.sh has fetched.
pub struct Release {
    /// As in the script, e.g. `39.3`.
    pub name: String,
    /// Its folder, laid out as the script says.
    pub folder: PathBuf,
    pub ngspice: Ngspice,
}

/// Every release of the script, in its order, oldest first. One that is missing fails the test,
/// unless the script has noted that it could not be had.
pub fn releases() -> &'static [Release] {
    static FOUND: OnceLock<Vec<Release>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/ngspice-versions.sh");
        let listed = Command::new("bash").arg(&script).arg("--list").output();
        let listed = listed.unwrap_or_else(|error| panic!("{}: {error}", script.display()));
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();

        let cache = match std::env::var_os("NCM_NGSPICE_VERSIONS").filter(|name| !name.is_empty()) {
            Some(named) => PathBuf::from(named),
            None => Path::new(env!("CARGO_MANIFEST_DIR")).join("target/ngspice-versions"),
        };
        let unavailable = std::fs::read_to_string(cache.join("unavailable")).unwrap_or_default();

        let mut releases = Vec::new();
        for name in listed.lines().filter_map(|line| line.split_whitespace().next()) {
            let folder = cache.join(name);
            if folder.join("ngspice").is_file() {
                let ngspice =
                    Ngspice::at(folder.join("ngspice")).unwrap_or_else(|error| panic!("{error}"));
                releases.push(Release {
                    name: name.to_owned(),
                    folder,
                    ngspice,
                });
            } else if unavailable.lines().any(|line| line == name) {
                eprintln!("ngspice {name} is passed over: it could not be had");
            } else {
                panic!(
                    "no ngspice {name} in {}: run scripts/ngspice-versions.sh first, as `make test` does",
                    cache.display()
                );
            }
        }
        assert!(releases.len() >= 2, "a matrix needs two releases of ngspice at least");
        releases
    })
}

/// Compiles a C program of tests/hosts and gives its path.
pub fn c_host(name: &str) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/hosts/{name}.c"));
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".into());
    let output = Command::new(&compiler)
        .args([
            "-std=c11",
            "-D_GNU_SOURCE",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-O1",
            "-o",
        ])
        .args([&program, &source])
        .arg("-ldl")
        .output()
        .unwrap_or_else(|error| panic!("{compiler}: {error}; install a C compiler (Debian: gcc)"));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    program
}

/// The folder that cargo builds in.
pub fn target_folder() -> PathBuf {
    // CARGO_TARGET_TMPDIR is <target>/tmp, wherever <target> was put.
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .map(Path::to_owned)
        .unwrap_or_default()
}
