//! Telling what a file is that a simulator is to load, before the simulator does: a wrong one may
//! end it without a word.

use std::fmt;
use std::path::Path;

/// What a file for a simulator can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// XSPICE code models, `*.cm`.
    CodeModel,
    /// An OSDI library, `*.osdi`.
    Osdi,
}

impl Kind {
    /// A name that every such file exports.
    fn symbol(self) -> &'static [u8] {
        match self {
            Kind::CodeModel => b"CMdevs\0",
            Kind::Osdi => b"OSDI_DESCRIPTORS\0",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Kind::CodeModel => "code models",
            Kind::Osdi => "an OSDI library",
        }
    }
}

/// Why a file is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WrongFile {
    Unreadable(String),
    Empty,
    /// Not a library of this system at all.
    NoLibrary,
    /// For another kind of processor.
    OtherMachine(String),
    /// Shorter than its own table of contents says.
    CutShort {
        bytes: u64,
        wanted: u64,
    },
    /// A library, but of another kind.
    OtherKind(Kind),
    /// Code models, but not those of ncm.
    OtherModels,
    /// A library that exports nothing of what is looked for.
    Stranger(Kind),
}

impl fmt::Display for WrongFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(why) => write!(f, "cannot be read: {why}"),
            Self::Empty => write!(f, "is empty"),
            Self::NoLibrary => write!(f, "is not a library of this system"),
            Self::OtherMachine(machine) => write!(
                f,
                "is a library for {machine}, and this machine is {}",
                std::env::consts::ARCH
            ),
            Self::CutShort { bytes, wanted } => write!(
                f,
                "is cut short: {bytes} bytes are there of {wanted} at least"
            ),
            Self::OtherKind(kind) => write!(f, "is {}", kind.name()),
            Self::OtherModels => write!(f, "holds other code models, not those of ncm"),
            Self::Stranger(kind) => write!(f, "is a library, but not {}", kind.name()),
        }
    }
}

/// Looks at a file. On systems whose libraries are not ELF files it looks for the names alone.
///
/// # Errors
/// [`WrongFile`] where the file cannot be of this kind.
pub fn inspect(path: &Path, kind: Kind) -> Result<(), WrongFile> {
    let bytes = std::fs::read(path).map_err(|e| WrongFile::Unreadable(e.to_string()))?;
    if bytes.is_empty() {
        return Err(WrongFile::Empty);
    }
    if cfg!(target_os = "linux") {
        elf(&bytes)?;
    }
    let holds = |name: &[u8]| bytes.windows(name.len()).any(|w| w == name);
    let exports = |kind: Kind| holds(kind.symbol());
    if exports(kind) {
        return match kind {
            // ngspice's own files export the same names.
            Kind::CodeModel if !holds(b"ncm_cell") => Err(WrongFile::OtherModels),
            _ => Ok(()),
        };
    }
    let other = match kind {
        Kind::CodeModel => Kind::Osdi,
        Kind::Osdi => Kind::CodeModel,
    };
    Err(if exports(other) {
        WrongFile::OtherKind(other)
    } else {
        WrongFile::Stranger(kind)
    })
}

/// Type of an ELF file that is a shared library.
const ET_DYN: u16 = 3;

/// The header of an ELF file: a library, for this processor, and all there.
fn elf(bytes: &[u8]) -> Result<(), WrongFile> {
    let number = |at: usize, length: usize| -> Option<u64> {
        let part = bytes.get(at..at + length)?;
        Some(part.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b)))
    };
    if !bytes.starts_with(b"\x7fELF") {
        return Err(WrongFile::NoLibrary);
    }
    let (Some(kind), Some(machine)) = (number(16, 2), number(18, 2)) else {
        return Err(WrongFile::CutShort {
            bytes: bytes.len() as u64,
            wanted: 64,
        });
    };
    // Numbers of the ELF specification.
    let own = match std::env::consts::ARCH {
        "x86_64" => 62,
        "aarch64" => 183,
        "riscv64" => 243,
        "x86" => 3,
        _ => machine,
    };
    if machine != own || bytes[5] != 1 {
        let name = match machine {
            62 => "x86_64".into(),
            183 => "aarch64".into(),
            243 => "riscv64".into(),
            3 => "x86".into(),
            other => format!("another machine (number {other})"),
        };
        return Err(WrongFile::OtherMachine(name));
    }
    if kind != u64::from(ET_DYN) {
        return Err(WrongFile::NoLibrary);
    }
    // In files of 64 bits the table of sections stands at the end.
    if bytes[4] == 2 {
        let wanted = number(40, 8)
            .zip(number(58, 2))
            .zip(number(60, 2))
            .map_or(64, |((at, size), count)| {
                at.saturating_add(size.saturating_mul(count))
            });
        if wanted > bytes.len() as u64 {
            return Err(WrongFile::CutShort {
                bytes: bytes.len() as u64,
                wanted,
            });
        }
    }
    Ok(())
}
