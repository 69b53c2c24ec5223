//! Finding ngspice, and one run of it in a folder of its own.
//!
//! A run sees neither the user's start-up files nor the folder of the deck: its home is a temporary
//! folder with a `.spiceinit` that holds what the [`Job`] asks for. Relative `.include` lines of a
//! deck that is a file are still found, through ngspice's variable `sourcepath`.

use super::log;
use super::rawfile::{RawFile, RawFileError};
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The environment variable that names the ngspice to use instead of the one on `PATH`.
pub const PROGRAM_VARIABLE: &str = "NCM_NGSPICE";

/// What to do when there is no ngspice.
const REMEDY: &str =
    "install it (Debian: apt-get install ngspice) or name the program in NCM_NGSPICE";

/// Long enough for any deck of this project; a run that takes longer hangs.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);

/// An ngspice that answers.
#[derive(Debug, Clone)]
pub struct Ngspice {
    program: PathBuf,
    version: String,
}

impl Ngspice {
    /// The ngspice named by `NCM_NGSPICE`, or else the one on `PATH`.
    ///
    /// # Errors
    /// There is none, or it does not answer as ngspice; the message says what to do.
    pub fn find() -> Result<Self, NgspiceError> {
        match std::env::var_os(PROGRAM_VARIABLE).filter(|name| !name.is_empty()) {
            Some(name) => Self::at(name),
            None => Self::at("ngspice"),
        }
    }

    /// The ngspice at `program`: a path, or a name to look for on `PATH`.
    ///
    /// # Errors
    /// As [`Ngspice::find`].
    pub fn at(program: impl AsRef<Path>) -> Result<Self, NgspiceError> {
        let program = resolve(program.as_ref())?;
        let room = tempfile::tempdir().map_err(NgspiceError::room)?;
        let output = Command::new(&program)
            .arg("--version")
            .current_dir(room.path())
            .env("HOME", room.path())
            .stdin(Stdio::null())
            .output()
            .map_err(|error| NgspiceError::NotRunnable {
                program: program.clone(),
                reason: error.to_string(),
            })?;
        let said = String::from_utf8_lossy(&output.stdout);
        let version = said
            .split_once("ngspice-")
            .map(|(_, after)| {
                after
                    .chars()
                    .take_while(|c| c.is_ascii_digit() || *c == '.')
                    .collect::<String>()
            })
            .filter(|version| !version.is_empty());
        match version {
            Some(version) => Ok(Self { program, version }),
            None => Err(NgspiceError::NotNgspice {
                program,
                said: log::tail(
                    &format!("{said}{}", String::from_utf8_lossy(&output.stderr)),
                    5,
                ),
            }),
        }
    }

    /// Where the program is.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// What the program calls itself, e.g. `44.2`; Debian's 39.3 calls itself `39`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The first number of the version.
    pub fn major(&self) -> u32 {
        let digits = self.version.split('.').next().unwrap_or_default();
        digits.parse().unwrap_or(0)
    }

    /// Runs `job` in batch mode and waits for its end.
    ///
    /// A deck that fails is not an error here: see [`Run::check`].
    ///
    /// # Errors
    /// The job cannot be started (a file is missing), does not end in time, or leaves a raw file
    /// that cannot be read.
    pub fn run(&self, job: &Job) -> Result<Run, NgspiceError> {
        let folder = tempfile::Builder::new()
            .prefix("ncm-ngspice-")
            .tempdir()
            .map_err(NgspiceError::room)?;
        let room = folder.path();
        job.furnish(room)?;

        // One file for both streams keeps the order in which things were said.
        let log_path = room.join("ngspice.log");
        let out = File::create(&log_path).map_err(NgspiceError::room)?;
        let err = out.try_clone().map_err(NgspiceError::room)?;

        let mut command = Command::new(&self.program);
        command.arg("-b");
        if job.raw {
            command.args(["-r", RAW_NAME]);
        }
        command
            .arg(DECK_NAME)
            .current_dir(room)
            .env("HOME", room)
            .env("LC_ALL", "C")
            // More threads than processors to spare make small circuits up to a hundred times slower.
            .env("OMP_NUM_THREADS", "1")
            .env_remove("SPICE_USERINIT_DIR")
            .env_remove("SPICE_ASCIIRAWFILE")
            .env_remove("NGSPICE_INPUT_DIR")
            .env_remove("DISPLAY")
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err);
        if !job.own_code_models {
            command.env("SPICE_SCRIPTS", room.join(EMPTY_SCRIPTS));
        }
        let mut child = command.spawn().map_err(|error| NgspiceError::NotRunnable {
            program: self.program.clone(),
            reason: error.to_string(),
        })?;

        let start = Instant::now();
        let mut pause = Duration::from_millis(1);
        let status = loop {
            if let Some(status) = child.try_wait().map_err(NgspiceError::room)? {
                break status;
            }
            if start.elapsed() > job.timeout {
                // Both fail only if it has ended by itself just now.
                let _ = child.kill();
                let _ = child.wait();
                return Err(NgspiceError::TooLong {
                    timeout: job.timeout,
                    log: read_log(&log_path),
                });
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(20));
        };

        let raw_path = room.join(RAW_NAME);
        // ngspice writes none when the deck asks for no analysis or does not parse.
        let raw = raw_path.exists().then(|| RawFile::read(&raw_path));
        Ok(Run {
            log: read_log(&log_path),
            status,
            // A run that broke down leaves an incomplete file; what broke is in the log.
            raw: match raw {
                Some(Err(error)) if status.success() => return Err(NgspiceError::Raw(error)),
                Some(raw) => raw.ok(),
                None => None,
            },
            raw_wanted: job.raw,
            folder,
        })
    }
}

const DECK_NAME: &str = "deck.cir";
const RAW_NAME: &str = "out.raw";
const EMPTY_SCRIPTS: &str = "no-scripts";
/// Stands for the folder of the deck, whose own name may hold capitals: ngspice turns the `set`
/// lines of a start-up file to lower case.
const SOURCE_LINK: &str = "beside-deck";

/// A deck and the surroundings it runs in.
#[derive(Debug, Clone)]
pub struct Job {
    deck: String,
    /// Folder of the deck's own relative includes.
    source_folder: Option<PathBuf>,
    code_models: Vec<PathBuf>,
    start_up: Vec<String>,
    files: Vec<(String, String)>,
    own_code_models: bool,
    raw: bool,
    timeout: Duration,
}

impl Job {
    /// A deck given as text; its first line is the title.
    pub fn new(deck: impl Into<String>) -> Self {
        Self {
            deck: deck.into(),
            source_folder: None,
            code_models: Vec::new(),
            start_up: Vec::new(),
            files: Vec::new(),
            own_code_models: true,
            raw: true,
            timeout: DEFAULT_TIMEOUT,
        }
    }

    /// A deck that is a file. Its relative `.include` lines are looked for beside it; files that its
    /// `.control` section writes go to the run's folder.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, NgspiceError> {
        let path = path.as_ref();
        let unreadable = |reason: std::io::Error| NgspiceError::DeckUnreadable {
            path: path.to_owned(),
            reason: reason.to_string(),
        };
        let deck = std::fs::read(path).map_err(unreadable)?;
        let whole = path.canonicalize().map_err(unreadable)?;
        let mut job = Self::new(String::from_utf8_lossy(&deck));
        job.source_folder = whole.parent().map(Path::to_owned);
        Ok(job)
    }

    /// Loads the code models of this file, after those that ngspice loads by itself.
    #[must_use]
    pub fn code_model(mut self, path: impl Into<PathBuf>) -> Self {
        self.code_models.push(path.into());
        self
    }

    /// Adds a line to the start-up file, after the code models: `set ngbehavior=...`, say.
    #[must_use]
    pub fn start_up(mut self, line: impl Into<String>) -> Self {
        self.start_up.push(line.into());
        self
    }

    /// Puts a file into the run's folder, for the deck to include or read.
    #[must_use]
    pub fn file(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.files.push((name.into(), text.into()));
        self
    }

    /// Keeps ngspice from loading its own code models: only those of [`Job::code_model`] are there.
    #[must_use]
    pub fn without_own_code_models(mut self) -> Self {
        self.own_code_models = false;
        self
    }

    /// Runs without `-r`: for decks whose `.control` section runs the analyses and writes files,
    /// which [`Run::file`] finds. (With `-r`, ngspice would run the deck's analyses once more.)
    #[must_use]
    pub fn without_raw_file(mut self) -> Self {
        self.raw = false;
        self
    }

    /// The time after which the run is taken to hang and is ended; 10 minutes unless told.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Writes deck, start-up file and other files into the run's folder.
    fn furnish(&self, room: &Path) -> Result<(), NgspiceError> {
        let write = |name: &str, text: &str| {
            std::fs::write(room.join(name), text).map_err(NgspiceError::room)
        };
        write(DECK_NAME, &self.deck)?;
        write(".spiceinit", &self.spiceinit()?)?;
        for (name, text) in &self.files {
            write(name, text)?;
        }
        if let Some(folder) = &self.source_folder {
            link(folder, &room.join(SOURCE_LINK)).map_err(NgspiceError::room)?;
        }
        if !self.own_code_models {
            std::fs::create_dir(room.join(EMPTY_SCRIPTS)).map_err(NgspiceError::room)?;
            write(&format!("{EMPTY_SCRIPTS}/spinit"), "* no code models\n")?;
        }
        Ok(())
    }

    fn spiceinit(&self) -> Result<String, NgspiceError> {
        let mut text = String::from("* start-up file of this run\nset num_threads=1\n");
        if self.source_folder.is_some() {
            text.push_str(&format!("set sourcepath = ( . {SOURCE_LINK} )\n"));
        }
        for path in &self.code_models {
            let whole = path
                .canonicalize()
                .map_err(|error| NgspiceError::NoCodeModel {
                    path: path.clone(),
                    reason: error.to_string(),
                })?;
            text.push_str(&format!("codemodel {}\n", quoted(&whole)?));
        }
        for line in &self.start_up {
            text.push_str(line);
            text.push('\n');
        }
        Ok(text)
    }
}

/// A path as ngspice's command line takes it. Of its quotes, only single ones bear blanks in every
/// release from 34 to 47.
fn quoted(path: &Path) -> Result<String, NgspiceError> {
    match path.to_str() {
        Some(text) if !text.contains(['\'', '\n']) => Ok(format!("'{text}'")),
        _ => Err(NgspiceError::UnusablePath {
            path: path.to_owned(),
        }),
    }
}

/// What ngspice says when there is no analysis to run but those of the `.control` section.
const NOTHING_LEFT: &str = "no simulations run";

#[cfg(unix)]
fn link(target: &Path, place: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, place)
}

#[cfg(windows)]
fn link(target: &Path, place: &Path) -> std::io::Result<()> {
    std::os::windows::fs::symlink_dir(target, place)
}

/// What came of a job. Its folder exists as long as this value does.
#[derive(Debug)]
pub struct Run {
    folder: TempDir,
    log: String,
    status: ExitStatus,
    raw: Option<RawFile>,
    raw_wanted: bool,
}

impl Run {
    /// All that ngspice printed, on both streams, in its order.
    pub fn log(&self) -> &str {
        &self.log
    }

    /// The exit code; none when a signal ended the program.
    pub fn exit_code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Whether ngspice was ended by a signal (a crash) instead of ending by itself.
    pub fn crashed(&self) -> bool {
        self.status.code().is_none()
    }

    /// The lines of the log that report a failure.
    pub fn errors(&self) -> Vec<&str> {
        log::errors(&self.log)
    }

    /// The lines of the log that report something doubtful.
    pub fn warnings(&self) -> Vec<&str> {
        log::warnings(&self.log)
    }

    /// The path of a file that the deck wrote in the run's folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The run itself, if it went well: exit code 0 and no error in the log.
    ///
    /// # Errors
    /// [`NgspiceError::Failed`], with the lines that report the failure.
    pub fn check(self) -> Result<Self, NgspiceError> {
        // Releases up to 39 exit with 1 after a deck whose analyses are all in its `.control` section.
        let all_in_control =
            !self.raw_wanted && self.exit_code() == Some(1) && self.log.contains(NOTHING_LEFT);
        if (self.status.success() || all_in_control) && self.errors().is_empty() {
            return Ok(self);
        }
        Err(NgspiceError::Failed {
            ending: self.status.to_string(),
            report: log::report(&self.log),
            log: self.log.clone(),
        })
    }

    /// The results.
    ///
    /// # Errors
    /// There are none: the run failed, or the deck asks for no analysis.
    pub fn raw(&self) -> Result<&RawFile, NgspiceError> {
        self.raw.as_ref().ok_or_else(|| NgspiceError::NoResults {
            ending: self.status.to_string(),
            log: self.log.clone(),
        })
    }
}

/// The file that `program` names, by itself or through `PATH`.
fn resolve(program: &Path) -> Result<PathBuf, NgspiceError> {
    let not_found = || NgspiceError::NotFound {
        program: program.to_owned(),
    };
    if program.components().count() > 1 {
        // Absolute, for it is started in another folder.
        return std::path::absolute(program)
            .ok()
            .filter(|path| path.is_file())
            .ok_or_else(not_found);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .filter_map(|folder| std::path::absolute(folder.join(program)).ok())
        .find(|candidate| candidate.is_file())
        .ok_or_else(not_found)
}

/// What was printed so far; never an error, for it goes into messages about others.
fn read_log(path: &Path) -> String {
    match std::fs::read(path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => format!("(the log cannot be read: {error})"),
    }
}

/// Why ngspice could not be run, or what came of it could not be used.
#[derive(Debug)]
pub enum NgspiceError {
    NotFound {
        program: PathBuf,
    },
    NotRunnable {
        program: PathBuf,
        reason: String,
    },
    NotNgspice {
        program: PathBuf,
        said: String,
    },
    DeckUnreadable {
        path: PathBuf,
        reason: String,
    },
    NoCodeModel {
        path: PathBuf,
        reason: String,
    },
    UnusablePath {
        path: PathBuf,
    },
    /// The temporary folder of the run.
    Room {
        reason: String,
    },
    TooLong {
        timeout: Duration,
        log: String,
    },
    Failed {
        ending: String,
        /// The lines of the log that tell what failed.
        report: String,
        log: String,
    },
    NoResults {
        ending: String,
        log: String,
    },
    Raw(RawFileError),
}

impl NgspiceError {
    fn room(error: std::io::Error) -> Self {
        Self::Room {
            reason: error.to_string(),
        }
    }
}

impl From<RawFileError> for NgspiceError {
    fn from(error: RawFileError) -> Self {
        Self::Raw(error)
    }
}

/// Lines of the log that a message shows.
const SHOWN: usize = 12;

impl fmt::Display for NgspiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { program } => {
                write!(f, "ngspice not found as {}: {REMEDY}", program.display())
            }
            Self::NotRunnable { program, reason } => {
                write!(
                    f,
                    "{} does not start ({reason}): {REMEDY}",
                    program.display()
                )
            }
            Self::NotNgspice { program, said } => write!(
                f,
                "{} is not ngspice: {REMEDY}; asked for its version it said:\n{said}",
                program.display()
            ),
            Self::DeckUnreadable { path, reason } => {
                write!(f, "{}: the deck cannot be read: {reason}", path.display())
            }
            Self::NoCodeModel { path, reason } => write!(
                f,
                "{}: the code model cannot be read: {reason}",
                path.display()
            ),
            Self::UnusablePath { path } => write!(
                f,
                "{}: ngspice takes no path with a quote, a line end or bytes that are not UTF-8; move or rename it",
                path.display()
            ),
            Self::Room { reason } => write!(
                f,
                "no temporary folder for ngspice: {reason}; TMPDIR can name another place"
            ),
            Self::TooLong { timeout, log } => write!(
                f,
                "ngspice did not end within {} s and was stopped; its last words:\n{}",
                timeout.as_secs_f64(),
                log::tail(log, SHOWN)
            ),
            Self::Failed {
                ending,
                report,
                log,
            } => {
                let told = if report.is_empty() {
                    &log::tail(log, SHOWN)
                } else {
                    report
                };
                write!(f, "ngspice failed ({ending}):\n{told}")
            }
            Self::NoResults { ending, log } => write!(
                f,
                "ngspice left no results ({ending}); its last words:\n{}",
                log::tail(log, SHOWN)
            ),
            Self::Raw(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for NgspiceError {}
