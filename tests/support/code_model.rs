//! The code models under test.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// The file to load into ngspice: that named by `NCM_CODE_MODEL`, or one built for the purpose.
pub fn code_model() -> PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        if let Some(path) = std::env::var_os("NCM_CODE_MODEL").filter(|p| !p.is_empty()) {
            return path.into();
        }
        let root = env!("CARGO_MANIFEST_DIR");
        let status = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "ncm-xspice"])
            .current_dir(root)
            .status()
            .unwrap_or_else(|e| panic!("cargo does not start: {e}"));
        assert!(status.success(), "the code models do not build");
        // Tests run in <target>/<profile>/deps; the models are built in the debug profile.
        let target = std::env::current_exe()
            .ok()
            .and_then(|exe| Some(exe.parent()?.parent()?.parent()?.to_owned()))
            .unwrap_or_else(|| PathBuf::from(root).join("target"));
        target.join("debug/libncm_xspice.so")
    })
    .clone()
}
