//! `ncm install`: the code models where ngspice and KiCad (which starts the same ngspice) find
//! them, the parts that come with ncm as library files and KiCad symbols, and back.
//!
//! Touched are: a folder of our own, with a list of what was put there; a marked block in `~/.spiceinit`;
//! and a row in each of KiCad's tables of symbol libraries. Everything else in those files stays as
//! it is, to the byte.

mod kicad;
mod parts;

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use ncm::kicad::library_table::{has_row, with_row, without_row};
use ncm::simulator::library_file::{Kind, inspect};
use ncm::simulator::start_up::{BrokenBlock, has_block, made_file, with_block, without_block};
use serde_json::json;

use crate::args::InstallArgs;
use crate::doctor::find_code_model;
use crate::failure::Failure;
use crate::files;
use crate::report::Report;

pub use kicad::symbol_tables;

const CODE_MODELS: &str = "ncm.cm";
const OSDI: [&str; 2] = ["ncm-0.3.osdi", "ncm-0.4.osdi"];
/// What we put into our folder, a name in each line.
const LIST: &str = "installed.txt";

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

    /// Our symbol library, as KiCad's table names it.
    fn symbols(&self) -> String {
        kicad::shown(&self.folder.join(parts::SYMBOLS))
    }

    /// Names of what an earlier installation put into our folder.
    fn listed(&self) -> Vec<String> {
        let list = std::fs::read_to_string(self.folder.join(LIST)).unwrap_or_default();
        list.lines()
            .map(String::from)
            .filter(|n| inside(n))
            .collect()
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

    let symbols = places.symbols();
    let tables = tables(|text| with_row(text, &symbols).map_err(|e| e.to_string()))?;

    let beside = source.parent().map(Path::to_owned).unwrap_or_default();
    let read = |from: &Path| std::fs::read(from).map_err(|e| cannot(from, "read", &e));
    let mut files = vec![(PathBuf::from(CODE_MODELS), read(&source)?)];
    for name in OSDI {
        let osdi = beside.join(name);
        if inspect(&osdi, Kind::Osdi).is_ok() {
            files.push((name.into(), read(&osdi)?));
        }
    }
    let parts = parts::parts(&kicad::shown(&places.folder))?;
    files.extend(
        parts
            .into_iter()
            .map(|(name, text)| (name, text.into_bytes())),
    );

    // The list first: what it names may be missing, but nothing of ours is ever without an owner.
    let names: BTreeSet<String> = files
        .iter()
        .map(|(name, _)| name.display().to_string())
        .collect();
    let former: BTreeSet<String> = places.listed().into_iter().collect();
    let list: String = names.union(&former).map(|n| format!("{n}\n")).collect();
    files.insert(0, (LIST.into(), list.into_bytes()));
    for (name, bytes) in files {
        let to = places.folder.join(name);
        if std::fs::read(&to).is_ok_and(|there| there == bytes) {
            continue;
        }
        steps.take(format!("write {}", to.display()), || {
            let folder = to.parent().unwrap_or(&places.folder);
            std::fs::create_dir_all(folder).map_err(|e| cannot(folder, "made", &e))?;
            files::write_as(&to, &bytes, None)
        })?;
    }
    if before.as_ref() != Some(&after) {
        let what = format!("put `{line}` into {}", places.start_up.display());
        steps.take(what, || write_start_up(places, &after))?;
    }
    for (path, text) in tables {
        let what = format!("put the symbol library ncm into {}", path.display());
        steps.take(what, || write_like(&path, text.as_bytes()))?;
    }
    Ok(())
}

/// KiCad's tables that the change makes different, as they will be.
fn tables(
    change: impl Fn(&str) -> Result<String, String>,
) -> Result<Vec<(PathBuf, String)>, Failure> {
    let mut changed = Vec::new();
    for path in symbol_tables() {
        let text = std::fs::read_to_string(&path).map_err(|e| cannot(&path, "read", &e))?;
        let after = change(&text).map_err(|wrong| {
            Failure::bad_input(format!(
                "{} {wrong}; nothing was changed\n  remedy: correct it in KiCad, Preferences, Manage Symbol Libraries",
                path.display()
            ))
        })?;
        if after != text {
            changed.push((path, after));
        }
    }
    Ok(changed)
}

fn undo(places: &Places, steps: &mut Steps) -> Result<(), Failure> {
    let before = places.text()?.unwrap_or_default();
    let after = without_block(&before).map_err(|e| places.broken(e))?;
    let symbols = places.symbols();
    let tables = tables(|text| Ok(without_row(text, &symbols)))?;
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
    for (path, text) in tables {
        let what = format!("take the symbol library ncm out of {}", path.display());
        steps.take(what, || write_like(&path, text.as_bytes()))?;
    }
    // The list last: until then an interrupted undoing can be taken up again.
    let listed = places.listed();
    let ours: BTreeSet<PathBuf> = listed
        .iter()
        .map(String::as_str)
        .chain([LIST])
        .map(|name| places.folder.join(name))
        .collect();
    let ordered = ours
        .iter()
        .filter(|f| !f.ends_with(LIST))
        .chain(ours.iter().filter(|f| f.ends_with(LIST)));
    for file in ordered.filter(|f| f.is_file()) {
        steps.take(format!("remove {}", file.display()), || {
            std::fs::remove_file(file).map_err(|e| cannot(file, "removed", &e))
        })?;
    }
    // Only if nobody has put anything else there.
    let libraries = places.folder.join(parts::LIBRARIES);
    for folder in [&libraries, &places.folder] {
        let gone = |path: &Path| ours.contains(path) || path == libraries;
        let empty = std::fs::read_dir(folder)
            .is_ok_and(|mut entries| entries.all(|e| e.is_ok_and(|e| gone(&e.path()))));
        // What lies in the folder of libraries keeps the one around it.
        let kept = folder != &libraries && libraries.is_dir() && !steps.dry;
        if empty && !kept {
            steps.take(format!("remove the folder {}", folder.display()), || {
                std::fs::remove_dir(folder).map_err(|e| cannot(folder, "removed", &e))
            })?;
        }
    }
    Ok(())
}

/// Whether a name from the list stays in our folder.
fn inside(name: &str) -> bool {
    !name.is_empty()
        && Path::new(name)
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
}

fn write_start_up(places: &Places, bytes: &[u8]) -> Result<(), Failure> {
    write_like(&places.start_up, bytes)
}

/// Writes a file with the permissions that it has.
fn write_like(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let permissions = std::fs::metadata(path).ok().map(|m| m.permissions());
    files::write_as(path, bytes, permissions)
}

/// Whether this table of KiCad has our symbol library.
pub fn knows_symbols(table: &Path) -> bool {
    let Ok(places) = Places::find() else {
        return false;
    };
    std::fs::read_to_string(table).is_ok_and(|text| has_row(&text, &places.symbols()))
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
