//! The donor: a code model that this simulator has loaded before, whose tables show the layout.

use super::builtin;
use super::image::Image;
use std::ffi::{CStr, c_void};

/// Offsets in the device table (SPICEdev) that are the same in every release, and those of the
/// fields behind the place where a build with OSDI has one word more.
pub mod device {
    pub const NAME: usize = 0;
    pub const DESCRIPTION: usize = 8;
    pub const TERMS: usize = 16;
    pub const NUM_NAMES: usize = 24;
    pub const TERM_NAMES: usize = 32;
    pub const NUM_INSTANCE_PARMS: usize = 40;
    pub const INSTANCE_PARMS: usize = 48;
    pub const NUM_MODEL_PARMS: usize = 56;
    pub const MODEL_PARMS: usize = 64;
    pub const FUNCTION: usize = 72;
    pub const NUM_CONN: usize = 80;
    pub const CONN: usize = 88;
    pub const NUM_PARAM: usize = 96;
    pub const PARAM: usize = 104;
    pub const NUM_INST_VAR: usize = 112;
    pub const INST_VAR: usize = 120;
    /// modParam in a build without OSDI; always in the donor's code.
    pub const MOD_PARAM: usize = 144;
    pub const LOAD: usize = 152;
    /// Empty in code models; called when the whole circuit is set up.
    pub const TEMPERATURE: usize = 184;
    pub const AC_LOAD: usize = 208;
    pub const ASK: usize = 256;
    /// What a build with OSDI adds to the offsets from here on.
    pub const OSDI_SHIFT: usize = 8;
    /// At least the size of the largest variant (OSDI, CIDER and KLU: 432).
    pub const SIZE: usize = 448;
}

/// How one parameter is described (Mif_Param_Info).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamInfo {
    /// ngspice 42 and older: one default value in place, 192 bytes.
    DefaultInPlace,
    /// ngspice 43 and newer: pointer to default values, 112 bytes.
    DefaultByPointer,
}

impl ParamInfo {
    /// Size of one record, bytes.
    pub fn size(self) -> usize {
        match self {
            ParamInfo::DefaultInPlace => 192,
            ParamInfo::DefaultByPointer => 112,
        }
    }
}

/// What a donor told.
#[derive(Debug, Clone)]
pub struct Donor {
    pub file_name: String,
    /// Bytes of one of its device tables.
    pub device: Vec<u8>,
    /// The simulator's functions behind the table: stamping, and reading saved quantities.
    pub load: usize,
    pub ask: usize,
    /// Extra offset of the function pointers, 0 or `device::OSDI_SHIFT`.
    pub shift: usize,
    pub param_info: ParamInfo,
}

/// Why there is none.
#[derive(Debug, PartialEq, Eq)]
pub enum NoDonor {
    /// No other code model is loaded.
    NoneLoaded,
    /// Code models are loaded, but their tables have an unknown layout.
    NotRecognised(Vec<String>),
    /// Code models are loaded, but they were built for another release than this simulator.
    Foreign(Vec<String>),
}

impl Donor {
    /// Looks through the libraries of this process.
    pub fn find() -> Result<Donor, NoDonor> {
        let mut rejected = Vec::new();
        let mut foreign = Vec::new();
        let images = Image::all();
        for image in &images {
            if !image.path.to_bytes().ends_with(b".cm") {
                continue;
            }
            match devices_of(image) {
                Devices::Ours => {}
                Devices::None => rejected.push(image.file_name()),
                Devices::At { tables, core } => {
                    let Some(donor) = tables.into_iter().find_map(|a| probe(image, a)) else {
                        rejected.push(image.file_name());
                        continue;
                    };
                    match builtin::function_shift(&images, core) {
                        Some(shift) if shift != donor.shift => foreign.push(image.file_name()),
                        _ => return Ok(donor),
                    }
                }
            }
        }
        Err(if !foreign.is_empty() {
            NoDonor::Foreign(foreign)
        } else if rejected.is_empty() {
            NoDonor::NoneLoaded
        } else {
            NoDonor::NotRecognised(rejected)
        })
    }
}

/// Addresses of a library's device tables.
enum Devices {
    /// A copy of this very file under whatever name.
    Ours,
    /// Not a code model that the simulator finished loading.
    None,
    At {
        tables: Vec<usize>,
        /// The simulator's table of functions.
        core: usize,
    },
}

fn devices_of(image: &Image) -> Devices {
    // SAFETY: RTLD_NOLOAD only looks up a library that is already there; it runs no code of it.
    let handle = unsafe { libc::dlopen(image.path.as_ptr(), libc::RTLD_NOW | libc::RTLD_NOLOAD) };
    if handle.is_null() {
        return Devices::None;
    }
    let devices = (|| {
        if symbol(handle, crate::MARK).is_some() {
            return Devices::Ours;
        }
        let functions = (|| {
            Some((
                symbol(handle, c"CMdevNum")?,
                symbol(handle, c"CMdevs")?,
                symbol(handle, c"CMgetCoreItfPtr")?,
            ))
        })();
        let Some((dev_num, devs, core)) = functions else {
            return Devices::None;
        };
        if !(image.is_code(dev_num) && image.is_code(devs) && image.is_code(core)) {
            return Devices::None;
        }
        // SAFETY: these exports have had this one signature in every release; the simulator called
        // the same functions when it loaded the library, and they only return addresses.
        let (count, table, core) = unsafe {
            type Getter = unsafe extern "C" fn() -> usize;
            (
                std::mem::transmute::<usize, Getter>(dev_num)(),
                std::mem::transmute::<usize, Getter>(devs)(),
                std::mem::transmute::<usize, Getter>(core)(),
            )
        };
        // The simulator writes its own address there as the last act of loading: a library where
        // it is missing was opened by somebody else.
        let core = image.read::<usize>(core).unwrap_or(0);
        if core == 0 {
            return Devices::None;
        }
        let count = image.read::<i32>(count).unwrap_or(0).clamp(0, 1000);
        let count = usize::try_from(count).unwrap_or(0);
        Devices::At {
            tables: (0..count)
                .filter_map(|i| image.read::<usize>(table + 8 * i))
                .collect(),
            core,
        }
    })();
    // SAFETY: gives back the reference counted by dlopen above; the library stays loaded.
    unsafe { libc::dlclose(handle) };
    devices
}

fn symbol(handle: *mut c_void, name: &CStr) -> Option<usize> {
    // SAFETY: a valid handle and a zero-terminated name.
    let address = unsafe { libc::dlsym(handle, name.as_ptr()) };
    (!address.is_null()).then_some(address as usize)
}

/// Reads the layout off one device table, or `None` if anything does not fit.
fn probe(image: &Image, at: usize) -> Option<Donor> {
    let word = |offset: usize| image.read::<usize>(at + offset);
    image.string(word(device::NAME)?)?;
    if !image.is_code(word(device::FUNCTION)?) {
        return None;
    }
    let shift = [0, device::OSDI_SHIFT].into_iter().find(|shift| {
        // modParam, load, setup and unsetup follow each other, behind one or two empty words.
        let before = word(device::MOD_PARAM + shift - 8);
        before == Some(0)
            && (0..4)
                .all(|i| word(device::MOD_PARAM + shift + 8 * i).is_some_and(|f| image.is_code(f)))
    })?;
    for function in [device::AC_LOAD, device::ASK] {
        if !image.is_code(word(function + shift)?) {
            return None;
        }
    }
    let parameters = image.read::<i32>(at + device::NUM_PARAM)?;
    if parameters < 2 || parameters != image.read::<i32>(word(device::NUM_MODEL_PARMS)?)? {
        return None;
    }
    // The second parameter is named twice: in the parser's table, whose layout is known, and in
    // the table whose stride is sought.
    let keyword = image.string(image.read::<usize>(word(device::MODEL_PARMS)? + 24)?)?;
    let table = word(device::PARAM)?;
    let param_info = [ParamInfo::DefaultInPlace, ParamInfo::DefaultByPointer]
        .into_iter()
        .find(|layout| {
            image
                .read::<usize>(table + layout.size())
                .and_then(|name| image.string(name))
                == Some(keyword)
        })?;
    Some(Donor {
        file_name: image.file_name(),
        device: image.bytes(at, device::SIZE)?,
        load: word(device::LOAD + shift)?,
        ask: word(device::ASK + shift)?,
        shift,
        param_info,
    })
}
