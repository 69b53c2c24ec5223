//! Running the decks of `examples/ngspice` from Rust.

pub mod holdup;

use ncm::simulator::measure::Waveform;
use ncm::simulator::{Job, Ngspice};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// An ngspice and the code models that the decks need.
pub struct Bench {
    pub ngspice: Ngspice,
    code_model: PathBuf,
}

impl Bench {
    /// The machine's ngspice and the code models of `make build`, or those that `NCM_CODE_MODEL`
    /// names.
    pub fn new() -> Result<Self> {
        let code_model = match std::env::var_os("NCM_CODE_MODEL") {
            Some(path) => PathBuf::from(path),
            None => root().join("dist/ncm.cm"),
        };
        if !code_model.is_file() {
            return Err(format!(
                "{} is not there: run `make build` first, or name the file in NCM_CODE_MODEL",
                code_model.display()
            )
            .into());
        }
        Ok(Self {
            ngspice: Ngspice::find()?,
            code_model,
        })
    }

    /// Runs a deck of `examples/ngspice`, e.g. `holdup/ncm.cir`.
    pub fn run(&self, deck: &str) -> Result<Transient> {
        self.run_edited(deck, |text| text)
    }

    /// Runs a deck after a change to its text.
    pub fn run_edited(&self, deck: &str, edit: impl Fn(String) -> String) -> Result<Transient> {
        let path = root().join("examples/ngspice").join(deck);
        let text = std::fs::read_to_string(&path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        let folder = path.parent().unwrap_or(Path::new(".")).canonicalize()?;
        // The edited text runs elsewhere: its includes must be whole paths.
        let text = edit(text).replace(".include ", &format!(".include {}/", folder.display()));
        let job = Job::new(text)
            .code_model(&self.code_model)
            .timeout(Duration::from_secs(1800));
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

/// Writes a file whole or not at all.
pub fn write_file(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension("part");
    std::fs::write(&beside, text)?;
    std::fs::rename(&beside, path)?;
    Ok(())
}
