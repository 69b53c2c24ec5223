//! Running the decks of `examples/ngspice` from Rust: shared by the demo, the gallery and the tests.

use ncm::simulator::measure::Waveform;
use ncm::simulator::{Job, Ngspice};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Longer than any of the decks takes on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(1800);

/// An ngspice and the code models that the decks need.
pub struct Bench {
    pub ngspice: Ngspice,
    code_model: PathBuf,
}

impl Bench {
    /// The machine's ngspice with the code models in this file.
    pub fn new(code_model: impl Into<PathBuf>) -> Result<Self> {
        let code_model = code_model.into();
        if !code_model.is_file() {
            return Err(format!(
                "{} is not there: run `make build` first",
                code_model.display()
            )
            .into());
        }
        Ok(Self {
            ngspice: Ngspice::find()?,
            code_model,
        })
    }

    /// Runs a deck of `examples/ngspice`, e.g. `holdup/ncm.cir`, after a change to its text.
    pub fn run_edited(&self, deck: &str, edit: impl Fn(String) -> String) -> Result<Transient> {
        let path = root().join("examples/ngspice").join(deck);
        let text = std::fs::read_to_string(&path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        let folder = path.parent().unwrap_or(Path::new(".")).canonicalize()?;
        // The text runs in a folder of its own: its includes must be whole paths.
        let text = edit(text).replace(".include ", &format!(".include {}/", folder.display()));
        let job = Job::new(text).code_model(&self.code_model).timeout(TIMEOUT);
        let start = Instant::now();
        let run = self.ngspice.run(&job)?;
        let wall = start.elapsed();
        let run = run.check().map_err(|error| format!("{deck}: {error}"))?;
        let plot = run.raw()?.plot("transient")?;
        Ok(Transient {
            waveforms: plot
                .variables
                .iter()
                .filter(|variable| variable.name != "time")
                .map(|variable| Ok((variable.name.clone(), Waveform::of(plot, &variable.name)?)))
                .collect::<Result<_>>()?,
            wall,
        })
    }

    /// Runs a deck as it is.
    pub fn run(&self, deck: &str) -> Result<Transient> {
        self.run_edited(deck, |text| text)
    }

    /// Runs two decks side by side.
    pub fn run_both(&self, one: &str, other: &str) -> Result<(Transient, Transient)> {
        std::thread::scope(|scope| {
            let one_run = scope.spawn(|| self.run(one));
            let other_run = self.run(other);
            let one_run = one_run
                .join()
                .map_err(|_| format!("the run of {one} broke down"))?;
            Ok((one_run?, other_run?))
        })
    }
}

/// The waveforms that a deck saves.
pub struct Transient {
    waveforms: Vec<(String, Waveform)>,
    /// What the run of ngspice took.
    pub wall: Duration,
}

impl Transient {
    /// The waveform `name`, written as in the deck's `.save` line.
    pub fn get(&self, name: &str) -> Result<&Waveform> {
        self.waveforms
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, waveform)| waveform)
            .ok_or_else(|| {
                let there: Vec<&str> = self.waveforms.iter().map(|(n, _)| n.as_str()).collect();
                format!("no waveform {name}; the deck saves {}", there.join(", ")).into()
            })
    }
}

/// The project's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
