//! Loaded libraries, and reads that cannot leave them.

use std::ffi::{CStr, CString, c_void};
use std::mem::size_of;

/// Names and keywords of code models are short; a longer run without a zero byte is not one.
const LONGEST_NAME: usize = 256;

/// One loaded segment.
#[derive(Debug, Clone, Copy)]
struct Segment {
    start: usize,
    end: usize,
    executable: bool,
}

/// A library in this process: where its readable segments lie.
///
/// Every read goes through [`Image::read`], which refuses addresses outside the segments. A file
/// that merely looks like a code model therefore yields `None`, not a crash.
#[derive(Debug, Clone)]
pub struct Image {
    pub path: CString,
    segments: Vec<Segment>,
}

impl Image {
    /// Every library of this process, in the order of loading.
    pub fn all() -> Vec<Image> {
        let mut images: Vec<Image> = Vec::new();
        // SAFETY: the callback gets back the pointer to `images`, which outlives the call.
        unsafe {
            libc::dl_iterate_phdr(Some(collect), (&raw mut images).cast());
        }
        images
    }

    /// A plain value at `address`, if it lies wholly inside one segment and is aligned.
    pub fn read<T: Plain>(&self, address: usize) -> Option<T> {
        let end = address.checked_add(size_of::<T>())?;
        let inside = self
            .segments
            .iter()
            .any(|s| address >= s.start && end <= s.end);
        if !inside || address % align_of::<T>() != 0 {
            return None;
        }
        // SAFETY: aligned, inside a readable segment of a library that stays loaded (its handle is
        // held by the simulator), and T is valid for any bits.
        Some(unsafe { *(address as *const T) })
    }

    /// True if `address` is code of this library.
    pub fn is_code(&self, address: usize) -> bool {
        self.segments
            .iter()
            .any(|s| s.executable && address >= s.start && address < s.end)
    }

    /// A short zero-terminated string at `address`.
    pub fn string(&self, address: usize) -> Option<&CStr> {
        let segment = self
            .segments
            .iter()
            .find(|s| address >= s.start && address < s.end)?;
        let length = (segment.end - address).min(LONGEST_NAME);
        // SAFETY: the bytes lie inside a readable segment of a library that stays loaded.
        let bytes = unsafe { std::slice::from_raw_parts(address as *const u8, length) };
        CStr::from_bytes_until_nul(bytes).ok()
    }

    /// Copies up to `length` bytes from `address`, as far as the segment reaches.
    pub fn bytes(&self, address: usize, length: usize) -> Option<Vec<u8>> {
        let segment = self
            .segments
            .iter()
            .find(|s| address >= s.start && address < s.end)?;
        let length = (segment.end - address).min(length);
        // SAFETY: as in `string`.
        Some(unsafe { std::slice::from_raw_parts(address as *const u8, length) }.to_vec())
    }

    /// Address of the first occurrence of `pattern`.
    pub fn find(&self, pattern: &[u8]) -> Option<usize> {
        self.segments.iter().find_map(|s| {
            // SAFETY: a readable segment of a library that stays loaded.
            let found = unsafe {
                libc::memmem(
                    s.start as *const c_void,
                    s.end - s.start,
                    pattern.as_ptr().cast(),
                    pattern.len(),
                )
            };
            (!found.is_null()).then_some(found as usize)
        })
    }

    /// Address of the first aligned word that holds `value`.
    pub fn find_word(&self, value: usize) -> Option<usize> {
        const WORD: usize = size_of::<usize>();
        self.segments.iter().find_map(|s| {
            let start = s.start.next_multiple_of(WORD);
            let count = s.end.saturating_sub(start) / WORD;
            // SAFETY: aligned words inside a readable segment of a library that stays loaded.
            let words = unsafe { std::slice::from_raw_parts(start as *const usize, count) };
            let index = words.iter().position(|word| *word == value)?;
            Some(start + WORD * index)
        })
    }

    /// File name without folders.
    pub fn file_name(&self) -> String {
        let path = self.path.to_string_lossy();
        path.rsplit('/').next().unwrap_or_default().to_owned()
    }
}

/// Types for which every bit pattern is a value.
pub trait Plain: Copy {}
impl Plain for usize {}
impl Plain for i32 {}

unsafe extern "C" fn collect(
    info: *mut libc::dl_phdr_info,
    _size: libc::size_t,
    images: *mut c_void,
) -> libc::c_int {
    // SAFETY: dl_iterate_phdr passes a valid record and our own pointer, one call at a time.
    let (info, images) = unsafe { (&*info, &mut *images.cast::<Vec<Image>>()) };
    if info.dlpi_name.is_null() || info.dlpi_phdr.is_null() {
        return 0;
    }
    // SAFETY: the loader's name and header table of this library.
    let (path, headers) = unsafe {
        (
            CStr::from_ptr(info.dlpi_name).to_owned(),
            std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)),
        )
    };
    let segments = headers
        .iter()
        .filter(|h| h.p_type == libc::PT_LOAD && h.p_flags & libc::PF_R != 0)
        .map(|h| {
            let start = (info.dlpi_addr as usize).wrapping_add(h.p_vaddr as usize);
            Segment {
                start,
                end: start.wrapping_add(h.p_memsz as usize),
                executable: h.p_flags & libc::PF_X != 0,
            }
        })
        .filter(|s| s.start < s.end)
        .collect();
    images.push(Image { path, segments });
    0
}
