//! What a run leaves in its directory, never half written.
//!
//! | file | what it holds |
//! |---|---|
//! | `slits.csv` | every slit at every time |
//! | `electrode.csv` | charges and currents of the whole electrode at every time |
//! | `impedance.csv` | instead of these two, for an impedance |
//! | `run.json` | the configuration in effect, what the run says about the circuit, the effort |
//! | `checkpoint.bin` | everything a run needs to go on; gone when the run has ended |

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::flux::Parts;
use super::observe::Sample;

/// A file that could not be written or read; what was there before is still there.
#[derive(Debug)]
pub struct FileError {
    pub path: PathBuf,
    pub doing: &'static str,
    pub cause: std::io::Error,
}

impl std::fmt::Display for FileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}: cannot {} it: {}",
            self.path.display(),
            self.doing,
            self.cause
        )
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

/// Writes a file beside its place and moves it there: a reader sees the old or the new one whole.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".part");
    let beside = path.with_file_name(name);
    let written = File::create(&beside)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&beside, path));
    written.map_err(|cause| {
        // The unfinished file is of no use, and on a full disk its space is.
        let _ = fs::remove_file(&beside);
        FileError {
            path: path.into(),
            doing: "write",
            cause,
        }
    })
}

/// First line of `slits.csv`.
pub const SLITS_HEADER: &str = "t_s,phi_m_V,slit,phi_V,dphi_V,i_A,migration_A,diffusion_A,steric_A,q_C,salt_mol,\
     along_A,along_migration_A,along_diffusion_A,along_steric_A";

/// First line of `electrode.csv`.
pub const ELECTRODE_HEADER: &str = "t_s,phi_m_V,metal_charge_C,metal_current_A,bath_current_A,bath_ions_A,\
     mouth_A,mouth_migration_A,mouth_diffusion_A,mouth_steric_A,\
     open_A,open_migration_A,open_diffusion_A,open_steric_A,ion_charge_C,bath_charge_C";

/// First line of `fields-N.csv`.
pub const FIELDS_HEADER: &str = "x_nm,y_nm,phi_V,cation_mol_m3,anion_mol_m3";

/// `slits.csv`. One line per time and slit; `dphi_V` and the current through the sheet behind the
/// slit are empty for the last slit, which has the collector behind it.
pub fn slits_csv(samples: &[Sample]) -> String {
    let mut out = format!("{SLITS_HEADER}\n");
    for sample in samples {
        for (i, slit) in sample.slits.iter().enumerate() {
            let behind = match sample.drop(i + 1) {
                Some(drop) => format!("{drop:e},{}", parts(&slit.current)),
                None => ",,,,".into(),
            };
            // Writing to a string does not fail.
            let _ = writeln!(
                out,
                "{:e},{:e},{},{:e},{behind},{:e},{:e},{}",
                sample.t,
                sample.phi_m,
                i + 1,
                slit.phi,
                slit.charge,
                slit.salt,
                parts(&slit.along)
            );
        }
    }
    out
}

/// `electrode.csv`. One line per time.
pub fn electrode_csv(samples: &[Sample]) -> String {
    let mut out = format!("{ELECTRODE_HEADER}\n");
    for s in samples {
        let _ = writeln!(
            out,
            "{:e},{:e},{:e},{:e},{:e},{:e},{},{},{:e},{:e}",
            s.t,
            s.phi_m,
            s.metal_charge,
            s.metal_current,
            s.bath_current,
            s.bath_ions,
            parts(&s.mouth),
            parts(&s.open),
            s.ion_charge,
            s.bath_charge
        );
    }
    out
}

fn parts(p: &Parts) -> String {
    format!(
        "{:e},{:e},{:e},{:e}",
        p.total(),
        p.migration,
        p.diffusion,
        p.steric
    )
}
