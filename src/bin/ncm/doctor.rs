//! `ncm doctor`: what a simulator needs to use the parts, checked by using it.

use std::path::{Path, PathBuf};

use ncm::card::Card;
use ncm::netlist::{Dialect, Door, subcircuit};
use ncm::simulator::library_file::{Kind, WrongFile, inspect};
use ncm::simulator::{Job, Ngspice, NgspiceError};
use num_complex::Complex64;
use serde_json::json;

use crate::args::DoctorArgs;
use crate::failure::Failure;
use crate::install::{knows_symbols, symbol_tables};
use crate::report::Report;

/// The environment variable that names the code models.
const CODE_MODEL_VARIABLE: &str = "NCM_CODE_MODEL";

/// One thing looked at.
struct Check {
    name: &'static str,
    state: State,
    found: String,
    remedy: String,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Well,
    /// Works, but not everywhere.
    Advice,
    Ill,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            State::Well => "ok",
            State::Advice => "advice",
            State::Ill => "problem",
        }
    }
}

impl Check {
    fn well(name: &'static str, found: impl Into<String>) -> Self {
        Self {
            name,
            state: State::Well,
            found: found.into(),
            remedy: String::new(),
        }
    }

    fn not(
        name: &'static str,
        state: State,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            name,
            state,
            found: found.into(),
            remedy: remedy.into(),
        }
    }
}

pub fn run(a: &DoctorArgs) -> Result<Report, Failure> {
    let mut checks = vec![Check::well("ncm", env!("CARGO_PKG_VERSION"))];
    let ngspice = match Ngspice::find() {
        Ok(ngspice) => {
            checks.push(Check::well(
                "ngspice",
                format!("{} ({})", ngspice.version(), ngspice.program().display()),
            ));
            Some(ngspice)
        }
        Err(error) => {
            checks.push(Check::not(
                "ngspice",
                State::Ill,
                without_remedy(&error),
                "install ngspice 34 or later (Debian: apt-get install ngspice), or name the program in NCM_NGSPICE",
            ));
            None
        }
    };
    let code_model = find_code_model(a.code_model.as_ref());
    checks.push(match &code_model {
        Ok(path) => match inspect(path, Kind::CodeModel) {
            Ok(()) => Check::well("code models", path.display().to_string()),
            Err(wrong) => Check::not(
                "code models",
                State::Ill,
                format!("{} {wrong}", path.display()),
                match wrong {
                    WrongFile::OtherKind(_) => {
                        "name ncm.cm instead; an OSDI library is loaded by `osdi FILE` in .spiceinit"
                    }
                    WrongFile::OtherModels => "name ncm.cm, which `make build` leaves in dist/",
                    _ => "build it on this machine (`make build` leaves dist/ncm.cm) and copy it whole",
                },
            ),
        },
        Err(looked) => Check::not(
            "code models",
            State::Ill,
            format!("no ncm.cm: looked at {looked}"),
            "run `make build`, which leaves dist/ncm.cm, then name it by --code-model or NCM_CODE_MODEL",
        ),
    });
    let usable = code_model
        .as_ref()
        .ok()
        .filter(|path| inspect(path, Kind::CodeModel).is_ok());
    if let (Some(ngspice), Some(path)) = (&ngspice, usable) {
        checks.push(try_out(ngspice, path));
    }
    if let Some(ngspice) = &ngspice {
        checks.push(plain_door(ngspice));
        checks.push(osdi_door(ngspice, code_model.as_deref().ok()));
    }
    checks.push(start_up_file(code_model.as_deref().ok()));
    checks.extend(symbol_tables().iter().map(|table| kicad(table)));
    Ok(report(&checks))
}

/// The file to check, or where it was looked for.
pub fn find_code_model(named: Option<&PathBuf>) -> Result<PathBuf, String> {
    let named = named.cloned().or_else(|| {
        std::env::var_os(CODE_MODEL_VARIABLE)
            .filter(|v| !v.is_empty())
            .map(PathBuf::from)
    });
    let candidates = match named {
        Some(path) => vec![path],
        None => installed_places(),
    };
    let found = candidates
        .iter()
        .find(|p| p.is_file())
        .and_then(|p| p.canonicalize().ok());
    found.ok_or_else(|| {
        let looked: Vec<String> = candidates.iter().map(|p| p.display().to_string()).collect();
        looked.join(", ")
    })
}

/// Beside the program (dist/), where `make install` puts it, and in the build folder's dist/.
fn installed_places() -> Vec<PathBuf> {
    let Ok(program) = std::env::current_exe() else {
        return Vec::new();
    };
    let Some(folder) = program.parent() else {
        return Vec::new();
    };
    ["ncm.cm", "../lib/ncm/ncm.cm", "../../dist/ncm.cm"]
        .iter()
        .map(|relative| folder.join(relative))
        .collect()
}

// The smallest cell with an answer known in closed form: two electrodes of one slit and constant
// resistance, each 0.5 r_c and c_slit in series, so 2 ohm and 0.5 F in all.
const R: f64 = 2.0;
const C: f64 = 0.5;
const FREQUENCY: f64 = 0.2;
const DECK: &str = "a look at ncm_cell
V1 p 0 dc 0 ac 1
A1 %gd(p 0) null part
.model part ncm_cell(rc=2 gamma=0 qmax=1 cslit=1 slits=1)
.ac lin 1 0.2 0.2
.end
";

/// Runs the plain subcircuit of the same cell.
fn plain_door(ngspice: &Ngspice) -> Check {
    const NAME: &str = "plain subcircuits in ngspice";
    let mut electrode = ncm::ladder::ElectrodeParams::new(2.0, 1.0, 1);
    electrode.q_max = 1.0;
    let card = Card::new("look", ncm::cell::CellParams::symmetric(electrode));
    let Ok(library) = subcircuit(&card, Door::Plain(Dialect::Ngspice)) else {
        return Check::not(NAME, State::Ill, "no subcircuit came out", REPORT_IT);
    };
    let deck = "a look at a plain subcircuit\n.include look.lib\nV1 p 0 dc 0 ac 1\nX1 p 0 look\n\
                .ac lin 1 0.2 0.2\n.end\n";
    match impedance(ngspice, &Job::new(deck).file("look.lib", library)) {
        Ok(found) => compared(NAME, found, REPORT_IT),
        Err(error) => Check::not(NAME, State::Ill, error.to_string(), REPORT_IT),
    }
}

/// What to do about something that ought to work everywhere.
const REPORT_IT: &str = "report it, with this output and the version of ngspice";

/// Whether this ngspice can load OSDI libraries: asks it to load ours, or one that is not there.
fn osdi_door(ngspice: &Ngspice, code_model: Option<&Path>) -> Check {
    const NAME: &str = "OSDI in ngspice";
    let library = code_model
        .and_then(Path::parent)
        .map(|folder| folder.join("ncm-0.3.osdi"))
        .filter(|file| inspect(file, Kind::Osdi).is_ok());
    let shown = library
        .as_ref()
        .map_or("/no/library.osdi".into(), |p| p.display().to_string());
    let deck =
        format!("a look at OSDI\nR1 a 0 1\n.control\npre_osdi '{shown}'\n.endc\n.op\n.end\n");
    let log = match ngspice.run(&Job::new(deck)) {
        Ok(run) if run.crashed() => {
            let found = format!("ngspice crashes when it loads {shown}");
            return Check::not(
                NAME,
                State::Ill,
                found,
                "use the code models (ncm.cm) instead",
            );
        }
        Ok(run) => run.log().to_owned(),
        Err(error) => return Check::not(NAME, State::Ill, error.to_string(), REPORT_IT),
    };
    if log.contains("no such command") {
        return Check::not(
            NAME,
            State::Advice,
            format!("ngspice {} was built without OSDI", ngspice.version()),
            "nothing, if the code models or plain subcircuits do; for OSDI and Verilog-A install ngspice 44 \
             or later (Debian 13, or bookworm-backports)",
        );
    }
    match library {
        Some(_) if log.contains("couldn't be loaded") || log.contains("Error opening") => {
            Check::not(
                NAME,
                State::Ill,
                format!("ngspice does not load {shown}"),
                "build it on this machine: `make build`",
            )
        }
        Some(_) => Check::well(NAME, format!("loads {shown}")),
        None => Check::well(NAME, "can load OSDI libraries; ours is not beside ncm.cm"),
    }
}

/// Loads the code models into this ngspice and compares an impedance with its closed form.
fn try_out(ngspice: &Ngspice, code_model: &Path) -> Check {
    const NAME: &str = "ncm_cell in ngspice";
    /// How ncm.cm begins when it finds nothing to fit itself to.
    const REFUSAL: &str = "ncm.cm: no models registered: ";
    match impedance(ngspice, &Job::new(DECK).code_model(code_model)) {
        Ok(found) => compared(NAME, found, REBUILD),
        Err(NgspiceError::Failed { log, .. }) if log.contains(REFUSAL) => {
            let reason = log.lines().find_map(|line| line.strip_prefix(REFUSAL));
            Check::not(
                NAME,
                State::Ill,
                "ncm.cm is loaded, but registers no models in this ngspice",
                reason.unwrap_or(REBUILD),
            )
        }
        Err(error) => Check::not(NAME, State::Ill, error.to_string(), REBUILD),
    }
}

/// What is wrong with a program, without what [`NgspiceError`] says to do.
fn without_remedy(error: &NgspiceError) -> String {
    match error {
        NgspiceError::NotFound { program } => {
            format!("no program {} is found", program.display())
        }
        NgspiceError::NotRunnable { program, reason } => {
            format!("{} does not start: {reason}", program.display())
        }
        NgspiceError::NotNgspice { program, .. } => {
            format!(
                "{} does not answer as ngspice when asked for its version",
                program.display()
            )
        }
        other => other.to_string(),
    }
}

/// What to do about code models that do not compute.
const REBUILD: &str = "build ncm.cm on this machine (`make build`); it fits ngspice 34 to 47";

/// The impedance that a deck's source V1 sees at its only frequency.
fn impedance(ngspice: &Ngspice, job: &Job) -> Result<Complex64, NgspiceError> {
    let run = ngspice.run(job)?.check()?;
    let current = run.raw()?.plot("AC")?.complex("i(v1)")?;
    // The source's current flows from its positive terminal through it, hence the sign.
    Ok(current
        .first()
        .map_or(Complex64::new(f64::NAN, 0.0), |i| -i.inv()))
}

/// What was found against the closed form.
fn compared(name: &'static str, found: Complex64, remedy: &str) -> Check {
    let expected = Complex64::new(R, -1.0 / (std::f64::consts::TAU * FREQUENCY * C));
    let error = (found - expected).norm() / expected.norm();
    if error < 1e-6 {
        Check::well(
            name,
            format!("loads and computes (impedance within {error:.0e} of the closed form)"),
        )
    } else {
        let found = format!("computes {found} ohm where {expected} ohm is right");
        Check::not(name, State::Ill, found, remedy)
    }
}

/// Whether decks find the code models without further ado.
fn start_up_file(code_model: Option<&Path>) -> Check {
    const NAME: &str = "start-up file";
    let shown = code_model.map_or("/path/to/ncm.cm".into(), |p| p.display().to_string());
    let line = format!("codemodel {shown}");
    let Some(home) = std::env::var_os("HOME").filter(|h| !h.is_empty()) else {
        return Check::not(
            NAME,
            State::Advice,
            "HOME is not set",
            format!("put `{line}` into .spiceinit in the folder of your decks"),
        );
    };
    let path = PathBuf::from(home).join(".spiceinit");
    let text = match std::fs::read(&path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Check::not(
                NAME,
                State::Advice,
                format!("{} does not exist", path.display()),
                "so that every deck finds the models: `ncm install` (`--dry-run` says what it would do)",
            );
        }
        Err(e) => {
            return Check::not(
                NAME,
                State::Ill,
                format!("{} cannot be read: {e}", path.display()),
                "make it readable: ngspice cannot read it either",
            );
        }
    };
    let loaded: Vec<(usize, PathBuf)> = text
        .lines()
        .enumerate()
        .filter_map(|(i, line)| Some((i + 1, loaded_file(line)?)))
        .filter(|(_, file)| file.file_name().is_some_and(|n| n == "ncm.cm"))
        .collect();
    match loaded.last() {
        None => Check::not(
            NAME,
            State::Advice,
            format!("{} does not load ncm.cm", path.display()),
            "so that every deck finds the models: `ncm install` (`--dry-run` says what it would do)",
        ),
        Some((number, file)) if !file.is_file() => Check::not(
            NAME,
            State::Ill,
            format!(
                "{}:{number} loads {}, which is not there",
                path.display(),
                file.display()
            ),
            format!("change the line to `{line}`"),
        ),
        Some((number, file)) => Check::well(
            NAME,
            format!("{}:{number} loads {}", path.display(), file.display()),
        ),
    }
}

/// Whether a KiCad that this user has started knows our symbols.
fn kicad(table: &Path) -> Check {
    const NAME: &str = "symbols in KiCad";
    if knows_symbols(table) {
        Check::well(NAME, format!("{} has the library ncm", table.display()))
    } else {
        Check::not(
            NAME,
            State::Advice,
            format!("{} does not have the library ncm", table.display()),
            "close KiCad and run `ncm install`",
        )
    }
}

/// The file of a `codemodel FILE` line.
fn loaded_file(line: &str) -> Option<PathBuf> {
    let rest = line.trim().strip_prefix("codemodel")?;
    let file = rest.strip_prefix(char::is_whitespace)?.trim();
    Some(file.trim_matches(['"', '\'']).into())
}

fn report(checks: &[Check]) -> Report {
    let mut report = Report {
        unwell: checks.iter().any(|c| c.state == State::Ill),
        ..Report::default()
    };
    for check in checks {
        report.text.push_str(&format!(
            "{:<8} {}: {}\n",
            check.state.word(),
            check.name,
            // What ngspice said may have several lines.
            check.found.trim_end().replace('\n', "\n           ")
        ));
        if !check.remedy.is_empty() {
            report
                .text
                .push_str(&format!("         remedy: {}\n", check.remedy));
        }
    }
    let list: Vec<_> = checks
        .iter()
        .map(|c| {
            json!({
                "check": c.name,
                "state": c.state.word(),
                "found": c.found,
                "remedy": c.remedy,
            })
        })
        .collect();
    report.json.insert("well".into(), json!(!report.unwell));
    report.json.insert("checks".into(), json!(list));
    report
}
