//! Files that are either complete or not there: written beside, then renamed.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// Refuses a path that can never be written to, before any work is done.
pub fn check_target(path: &Path) -> Result<(), Failure> {
    let refuse = |why: &str, remedy: &str| {
        Err(Failure::bad_input(format!(
            "{}: {why}\n  remedy: {remedy}",
            path.display()
        )))
    };
    if path.is_dir() {
        return refuse("is a folder, not a file", "name a file in it");
    }
    if path.file_name().is_none() {
        return refuse("does not name a file", "name a file");
    }
    if !folder(path).is_dir() {
        return refuse(
            "its folder does not exist",
            "make the folder first, or correct the path",
        );
    }
    // Renaming would replace it all the same: the wish to protect it counts.
    if path.metadata().is_ok_and(|m| m.permissions().readonly()) {
        return Err(Failure::work(format!(
            "{}: is read-only\n  remedy: choose another file, or make it writable",
            path.display()
        )));
    }
    Ok(())
}

/// Writes a whole file.
pub fn write(path: &Path, text: &str) -> Result<(), Failure> {
    write_as(path, text.as_bytes(), None)
}

/// Writes a whole file with these permissions, or those of an ordinary file.
pub fn write_as(
    path: &Path,
    bytes: &[u8],
    permissions: Option<std::fs::Permissions>,
) -> Result<(), Failure> {
    check_target(path)?;
    let failed = |cause: std::io::Error| {
        Failure::work(format!(
            "{}: cannot be written: {cause}\n  remedy: check the folder's permissions and free space",
            path.display()
        ))
    };
    // What is not a plain file (/dev/null, a pipe) cannot be replaced and is written to directly.
    if path.exists() && !path.is_file() {
        return std::fs::write(path, bytes).map_err(failed);
    }
    let mut beside = tempfile::Builder::new()
        .prefix(".ncm-")
        .tempfile_in(folder(path))
        .map_err(failed)?;
    beside.write_all(bytes).map_err(failed)?;
    match permissions {
        Some(permissions) => beside.as_file().set_permissions(permissions),
        None => share(beside.as_file()),
    }
    .map_err(failed)?;
    beside.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
}

fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(p) if !p.as_os_str().is_empty() => p.into(),
        _ => ".".into(),
    }
}

/// Temporary files are private; results are as readable as other files of the user.
#[cfg(unix)]
fn share(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn share(_: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}
