//! `ncm install`: the code models where ngspice and KiCad (which starts the same ngspice) find
//! them, and back.
//!
//! Two things are touched: a folder of our own with copies of the files, and a marked block in
//! `~/.spiceinit`. Everything else in that file stays as it is, to the byte.

use std::path::{Path, PathBuf};

use ncm::simulator::library_file::{Kind, inspect};
use ncm::simulator::start_up::{BrokenBlock, has_block, made_file, with_block, without_block};
use serde_json::json;

use crate::args::InstallArgs;
use crate::doctor::find_code_model;
use crate::failure::Failure;
use crate::files;
use crate::report::Report;

/// The files that may be in our folder.
const CODE_MODELS: &str = "ncm.cm";
const OSDI: [&str; 2] = ["ncm-0.3.osdi", "ncm-0.4.osdi"];

/// Where things go.
struct Places {
    /// The user's start-up file; that which a link leads to, so that the link stays.
    start_up: PathBuf,
    folder: PathBuf,
}

impl Places {
    fn find() -> Result<Self, Failure> {
        let named = |name: &str| {
            std::env::var_os(name)
                .filter(|v| !v.is_empty())
                .map(PathBuf::from)
        };
        let home = named("HOME").ok_or_else(|| {
            Failure::bad_input("HOME is not set\n  remedy: set it to the folder of .spiceinit")
        })?;
        let link = home.join(".spiceinit");
        let data = named("XDG_DATA_HOME").filter(|p| p.is_absolute());
        Ok(Self {
            start_up: link.canonicalize().unwrap_or(link),
            folder: data
                .unwrap_or_else(|| home.join(".local/share"))
                .join("ncm"),
        })
    }

    /// What is in the start-up file, if there is one.
    fn text(&self) -> Result<Option<Vec<u8>>, Failure> {
        match std::fs::read(&self.start_up) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Failure::work(format!(
                "{}: cannot be read: {e}\n  remedy: make it readable; ngspice cannot read it either",
                self.start_up.display()
            ))),
        }
    }

    fn broken(&self, error: BrokenBlock) -> Failure {
        Failure::bad_input(format!(
            "{}:{}: {}; nothing was changed\n  remedy: take the lines of ncm out by hand",
            self.start_up.display(),
            error.line,
            error.wrong
        ))
    }
}

/// A step that is done, or only told.
struct Steps {
    dry: bool,
    told: Vec<String>,
}

impl Steps {
    fn take(
        &mut self,
        what: String,
        step: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        if !self.dry {
            step()?;
        }
        self.told.push(what);
        Ok(())
    }
}

pub fn run(a: &InstallArgs) -> Result<Report, Failure> {
    let places = Places::find()?;
    let mut steps = Steps {
        dry: a.dry_run,
        told: Vec::new(),
    };
    if a.undo {
        undo(&places, &mut steps)?;
    } else {
        install(a, &places, &mut steps)?;
    }
    let mut report = Report::default();
    let begin = if a.dry_run { "would " } else { "" };
    for step in &steps.told {
        report.text.push_str(&format!("{begin}{step}\n"));
    }
    if steps.told.is_empty() {
        report.text.push_str("nothing to do\n");
    }
    report.json.insert("undo".into(), json!(a.undo));
    report.json.insert("dry_run".into(), json!(a.dry_run));
    report.json.insert("steps".into(), json!(steps.told));
    Ok(report)
}

fn install(a: &InstallArgs, places: &Places, steps: &mut Steps) -> Result<(), Failure> {
    let source = find_code_model(a.code_model.as_ref()).map_err(|looked| {
        Failure::bad_input(format!(
            "no ncm.cm: looked at {looked}\n  remedy: run `make build`, which leaves dist/ncm.cm, or name it by --code-model"
        ))
    })?;
    inspect(&source, Kind::CodeModel).map_err(|wrong| {
        Failure::bad_input(format!(
            "{} {wrong}\n  remedy: build it on this machine: `make build`",
            source.display()
        ))
    })?;
    // Everything that can be wrong is found before anything is changed.
    let target = places.folder.join(CODE_MODELS);
    let shown = quoted(&target)?;
    let before = places.text()?;
    let line = format!("codemodel {shown}");
    let after =
        with_block(before.as_deref(), std::slice::from_ref(&line)).map_err(|e| places.broken(e))?;

    if !places.folder.is_dir() {
        steps.take(
            format!("make the folder {}", places.folder.display()),
            || {
                std::fs::create_dir_all(&places.folder)
                    .map_err(|e| cannot(&places.folder, "made", &e))
            },
        )?;
    }
    let beside = source.parent().map(Path::to_owned).unwrap_or_default();
    let mut copies = vec![(source.clone(), target)];
    for name in OSDI {
        let osdi = beside.join(name);
        if inspect(&osdi, Kind::Osdi).is_ok() {
            copies.push((osdi, places.folder.join(name)));
        }
    }
    for (from, to) in copies {
        if from == to {
            continue;
        }
        let bytes = std::fs::read(&from).map_err(|e| cannot(&from, "read", &e))?;
        if std::fs::read(&to).is_ok_and(|there| there == bytes) {
            continue;
        }
        steps.take(
            format!("copy {} to {}", from.display(), to.display()),
            || files::write_as(&to, &bytes, None),
        )?;
    }
    if before.as_ref() != Some(&after) {
        let what = format!("put `{line}` into {}", places.start_up.display());
        steps.take(what, || write_start_up(places, &after))?;
    }
    Ok(())
}

fn undo(places: &Places, steps: &mut Steps) -> Result<(), Failure> {
    let before = places.text()?.unwrap_or_default();
    let after = without_block(&before).map_err(|e| places.broken(e))?;
    if has_block(&before) {
        if after.is_empty() && made_file(&before) {
            let what = format!(
                "remove {}, which `ncm install` made",
                places.start_up.display()
            );
            steps.take(what, || {
                std::fs::remove_file(&places.start_up)
                    .map_err(|e| cannot(&places.start_up, "removed", &e))
            })?;
        } else {
            let what = format!("take the lines of ncm out of {}", places.start_up.display());
            steps.take(what, || write_start_up(places, &after))?;
        }
    }
    for name in [CODE_MODELS].iter().chain(&OSDI) {
        let file = places.folder.join(name);
        if file.is_file() {
            steps.take(format!("remove {}", file.display()), || {
                std::fs::remove_file(&file).map_err(|e| cannot(&file, "removed", &e))
            })?;
        }
    }
    // Only if nobody has put anything else there.
    let ours =
        |name: &std::ffi::OsStr| name == CODE_MODELS || OSDI.iter().any(|osdi| name == *osdi);
    let empty = std::fs::read_dir(&places.folder)
        .is_ok_and(|mut entries| entries.all(|e| e.is_ok_and(|e| ours(&e.file_name()))));
    if empty {
        steps.take(
            format!("remove the folder {}", places.folder.display()),
            || {
                std::fs::remove_dir(&places.folder)
                    .map_err(|e| cannot(&places.folder, "removed", &e))
            },
        )?;
    }
    Ok(())
}

fn write_start_up(places: &Places, bytes: &[u8]) -> Result<(), Failure> {
    let permissions = std::fs::metadata(&places.start_up)
        .ok()
        .map(|m| m.permissions());
    files::write_as(&places.start_up, bytes, permissions)
}

/// A path as ngspice takes it: single quotes bear blanks in every release.
fn quoted(path: &Path) -> Result<String, Failure> {
    match path.to_str() {
        Some(text) if !text.contains(['\'', '\n']) => Ok(format!("'{text}'")),
        _ => Err(Failure::bad_input(format!(
            "{}: ngspice takes no path with a quote, a line end or bytes that are not UTF-8\n  remedy: set XDG_DATA_HOME to another folder",
            path.display()
        ))),
    }
}

fn cannot(path: &Path, what: &str, cause: &std::io::Error) -> Failure {
    Failure::work(format!(
        "{}: cannot be {what}: {cause}\n  remedy: check permissions and free space",
        path.display()
    ))
}
