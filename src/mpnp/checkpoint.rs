//! Checkpoints: a run's record as bytes, tied to its configuration and checked on reading.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::config::Config;
use super::files::{FileError, write_whole};
use super::flux::Parts;
use super::newton::Effort;
use super::observe::{Sample, SlitSample};
use super::run::{Record, Snapshot};
use super::stepper::History;

const MAGIC: &[u8; 24] = b"ncm mpnp checkpoint 2\n\0\0";

/// Changes when the method does, and with it the numbers of every configuration.
const SCHEME: &str = "RODAS4P2";

/// Why a checkpoint cannot be taken up.
#[derive(Debug)]
pub enum CheckpointError {
    Unreadable(FileError),
    /// Not a checkpoint, or damaged.
    Damaged,
    /// Of another configuration.
    OtherConfiguration,
}

impl std::fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreadable(error) => error.fmt(f),
            Self::Damaged => write!(
                f,
                "the checkpoint is damaged or of another version\n  remedy: run without --resume, which starts from the beginning"
            ),
            Self::OtherConfiguration => write!(
                f,
                "the checkpoint belongs to a run of another configuration\n  remedy: restore that configuration, choose another directory, or run without --resume, which starts from the beginning"
            ),
        }
    }
}

impl std::error::Error for CheckpointError {}

/// 64-bit FNV-1a.
fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, &b| {
        (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Everything that changes numbers; the name does not.
fn fingerprint(config: &Config) -> u64 {
    let mut same = config.clone();
    same.name.clear();
    digest(format!("{SCHEME} {same:?}").as_bytes())
}

/// Names a configuration: 16 hexadecimal digits, the same for all configurations that give the same
/// numbers (their names do not count). Stands in `run.json`.
pub fn configuration_hash(config: &Config) -> String {
    format!("{:016x}", fingerprint(config))
}

/// Writes the record of a run.
pub fn save(path: &Path, config: &Config, record: &Record) -> Result<(), FileError> {
    let mut w = Writer(MAGIC.to_vec());
    w.count(fingerprint(config));
    let h = &record.history;
    w.number(h.t);
    w.number(h.next_step);
    w.count(h.accepted);
    w.count(h.rejected);
    w.count(u64::from(h.fresh));
    w.numbers(&h.state);
    w.count(record.segment as u64);
    w.count(record.effort.solutions);
    w.count(record.effort.factorisations);
    w.number(record.elapsed.as_secs_f64());
    w.count(record.samples.len() as u64);
    for sample in &record.samples {
        w.sample(sample);
    }
    w.count(record.snapshots.len() as u64);
    for s in &record.snapshots {
        w.number(s.t);
        w.number(s.phi_m);
        w.numbers(&s.state);
    }
    let sum = digest(&w.0);
    w.count(sum);
    write_whole(path, &w.0)
}

/// Reads the record of a run of this configuration.
pub fn load(path: &Path, config: &Config) -> Result<Record, CheckpointError> {
    let bytes = fs::read(path).map_err(|cause| {
        CheckpointError::Unreadable(FileError {
            path: path.into(),
            doing: "read",
            cause,
        })
    })?;
    let body = bytes
        .len()
        .checked_sub(8)
        .filter(|&n| n > MAGIC.len() && bytes.starts_with(MAGIC))
        .ok_or(CheckpointError::Damaged)?;
    let mut end = Reader(&bytes[body..]);
    if end.count() != Some(digest(&bytes[..body])) {
        return Err(CheckpointError::Damaged);
    }
    let mut r = Reader(&bytes[MAGIC.len()..body]);
    if r.count() != Some(fingerprint(config)) {
        return Err(CheckpointError::OtherConfiguration);
    }
    r.record().ok_or(CheckpointError::Damaged)
}

struct Writer(Vec<u8>);

impl Writer {
    fn count(&mut self, n: u64) {
        self.0.extend(n.to_le_bytes());
    }

    fn number(&mut self, x: f64) {
        self.0.extend(x.to_le_bytes());
    }

    fn numbers(&mut self, values: &[f64]) {
        self.count(values.len() as u64);
        for &x in values {
            self.number(x);
        }
    }

    fn parts(&mut self, p: &Parts) {
        for x in [p.migration, p.diffusion, p.steric] {
            self.number(x);
        }
    }

    fn sample(&mut self, s: &Sample) {
        for x in [
            s.t,
            s.phi_m,
            s.metal_charge,
            s.ion_charge,
            s.bath_charge,
            s.bath_ions,
            s.metal_current,
            s.bath_current,
        ] {
            self.number(x);
        }
        self.parts(&s.mouth);
        self.parts(&s.open);
        self.count(s.slits.len() as u64);
        for slit in &s.slits {
            for x in [slit.phi, slit.charge, slit.salt] {
                self.number(x);
            }
            self.parts(&slit.current);
            self.parts(&slit.along);
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn eight(&mut self) -> Option<[u8; 8]> {
        let (head, tail) = self.0.split_first_chunk::<8>()?;
        self.0 = tail;
        Some(*head)
    }

    fn count(&mut self) -> Option<u64> {
        self.eight().map(u64::from_le_bytes)
    }

    fn number(&mut self) -> Option<f64> {
        self.eight().map(f64::from_le_bytes)
    }

    fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let n = self.count()?;
        // An entry takes at least eight bytes: a wrong count is found before memory is asked for.
        if n > self.0.len() as u64 / 8 {
            return None;
        }
        (0..n).map(|_| one(self)).collect()
    }

    fn numbers(&mut self) -> Option<Vec<f64>> {
        self.list(Self::number)
    }

    fn parts(&mut self) -> Option<Parts> {
        Some(Parts {
            migration: self.number()?,
            diffusion: self.number()?,
            steric: self.number()?,
        })
    }

    fn sample(&mut self) -> Option<Sample> {
        Some(Sample {
            t: self.number()?,
            phi_m: self.number()?,
            metal_charge: self.number()?,
            ion_charge: self.number()?,
            bath_charge: self.number()?,
            bath_ions: self.number()?,
            metal_current: self.number()?,
            bath_current: self.number()?,
            mouth: self.parts()?,
            open: self.parts()?,
            slits: self.list(|r| {
                Some(SlitSample {
                    phi: r.number()?,
                    charge: r.number()?,
                    salt: r.number()?,
                    current: r.parts()?,
                    along: r.parts()?,
                })
            })?,
        })
    }

    fn record(&mut self) -> Option<Record> {
        let (t, next_step) = (self.number()?, self.number()?);
        let (accepted, rejected) = (self.count()?, self.count()?);
        let fresh = self.count()? != 0;
        let state = self.numbers()?;
        let record = Record {
            history: History {
                t,
                state,
                fresh,
                next_step,
                accepted,
                rejected,
            },
            segment: self.count()? as usize,
            effort: Effort {
                solutions: self.count()?,
                factorisations: self.count()?,
            },
            elapsed: Duration::try_from_secs_f64(self.number()?).ok()?,
            samples: self.list(Self::sample)?,
            snapshots: self.list(|r| {
                Some(Snapshot {
                    t: r.number()?,
                    phi_m: r.number()?,
                    state: r.numbers()?,
                })
            })?,
        };
        self.0.is_empty().then_some(record)
    }
}
