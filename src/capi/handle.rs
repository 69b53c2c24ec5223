//! Handles: what the caller holds, and who owns what is behind them.
//!
//! A handle looks like a pointer to an incomplete struct, so that C's compiler tells kinds apart, but
//! it is no address: it is a number made of kind, place in a table and generation. The table owns
//! the object. Every call looks the number up, so that a freed handle, a handle of another kind and
//! any other number are refused rather than followed, for ever: a place's generation grows when its
//! object is freed and never comes back (a place that has used up its generations is retired).
//!
//! Each place has a lock that is tried and never waited for: a second thread that uses a handle
//! while a call is running on it is told NCM_RESULT_BUSY. A panic poisons the lock, so what it left
//! half done is never seen; such a handle can only be freed.
//!
//! Cost: two table look-ups, one compare-and-swap and one store, on memory that only users of the same
//! place touch; `docs/abi.md` has the measured time. No allocation. Table memory (not the objects)
//! is kept until the process ends.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};

use super::error::{Failure, ncm_result};
use super::memory::Out;
use super::panic::boundary;

/// A kind of handle: the only way from a caller's pointer to an object and back.
pub(super) trait Handle: Sized + 'static {
    /// What is behind the handle.
    type Object: Send + 'static;
    /// Number of the kind, 1 to 14. Neither 0 nor 15: then a handle of a 64-bit machine is not a
    /// canonical address, and following it by mistake traps at once.
    const KIND: u64;
    /// Name in error texts.
    const NAME: &'static str;

    fn registry() -> &'static Registry<Self::Object>;
}

/// Declares an incomplete C struct as a handle for `$object`.
macro_rules! handle {
    ($handle:ident => $object:ty, kind $kind:literal) => {
        impl $crate::capi::handle::Handle for $handle {
            type Object = $object;
            const KIND: u64 = $kind;
            const NAME: &'static str = stringify!($handle);

            fn registry() -> &'static $crate::capi::handle::Registry<$object> {
                static REGISTRY: $crate::capi::handle::Registry<$object> =
                    $crate::capi::handle::Registry::new();
                &REGISTRY
            }
        }
    };
}
pub(super) use handle;

/// Puts `object` into its table and writes its handle to `out`.
pub(super) fn issue<H: Handle>(object: H::Object, out: Out<*mut H>) -> Result<(), Failure> {
    let id = H::registry().insert(object)?;
    out.write(std::ptr::without_provenance_mut(id.encode(H::KIND)));
    Ok(())
}

/// Calls `body` with what is behind `handle`.
pub(super) fn with<H: Handle, R>(
    handle: *const H,
    body: impl FnOnce(&mut H::Object) -> Result<R, Failure>,
) -> Result<R, Failure> {
    let id = decode(handle)?;
    let mut content = H::registry()
        .enter(id)
        .map_err(|why| why.describe(handle))?;
    match content.as_deref_mut() {
        Some(object) => body(object),
        None => Err(Refusal::Freed.describe(handle)),
    }
}

/// Frees what is behind `handle`; NULL is fine.
pub(super) fn release<H: Handle>(handle: *mut H) -> Result<(), Failure> {
    if handle.is_null() {
        return Ok(());
    }
    let id = decode(handle.cast_const())?;
    H::registry()
        .remove(id)
        .map_err(|why| why.describe(handle.cast_const()))
}

fn decode<H: Handle>(handle: *const H) -> Result<Id, Failure> {
    if handle.is_null() {
        return Err(Failure::new(
            ncm_result::NCM_RESULT_NULL_POINTER,
            format!("the {} handle is NULL", H::NAME),
        ));
    }
    let (kind, id) = Id::decode(handle.addr());
    if kind == H::KIND {
        return Ok(id);
    }
    Err(Failure::new(
        ncm_result::NCM_RESULT_INVALID_HANDLE,
        format!("{handle:p} is no {} handle", H::NAME),
    ))
}

const SLOT_BITS: u32 = usize::BITS * 3 / 8;
const KIND_BITS: u32 = 4;
const GENERATION_BITS: u32 = usize::BITS - SLOT_BITS - KIND_BITS;
const LAST_GENERATION: u64 = (1 << GENERATION_BITS) - 1;

/// Where an object is, and which of those that were there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Id {
    slot: usize,
    generation: u64,
}

impl Id {
    /// Kind in the highest bits, then generation, then slot.
    fn encode(self, kind: u64) -> usize {
        ((kind as usize) << (usize::BITS - KIND_BITS))
            | ((self.generation as usize) << SLOT_BITS)
            | self.slot
    }

    fn decode(number: usize) -> (u64, Self) {
        let id = Self {
            slot: number & ((1 << SLOT_BITS) - 1),
            generation: (number >> SLOT_BITS) as u64 & LAST_GENERATION,
        };
        ((number >> (usize::BITS - KIND_BITS)) as u64, id)
    }
}

/// Why an object cannot be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Freed,
    Busy,
    Poisoned,
}

impl Refusal {
    fn describe<H: Handle>(self, handle: *const H) -> Failure {
        let name = H::NAME;
        match self {
            Refusal::Freed => Failure::new(
                ncm_result::NCM_RESULT_INVALID_HANDLE,
                format!("{handle:p} is no live {name} handle: freed already?"),
            ),
            Refusal::Busy => Failure::new(
                ncm_result::NCM_RESULT_BUSY,
                format!(
                    "{name} handle {handle:p} is in use by another thread: one thread at a time"
                ),
            ),
            Refusal::Poisoned => Failure::new(
                ncm_result::NCM_RESULT_INTERNAL,
                format!(
                    "{name} handle {handle:p} was left half changed by a mistake inside the \
                     library: free it"
                ),
            ),
        }
    }
}

/// Slots of the first bucket; every further bucket has twice as many as the one before.
const FIRST_BUCKET: usize = 64;
const BUCKETS: usize = (SLOT_BITS - FIRST_BUCKET.ilog2()) as usize;
const CAPACITY: usize = FIRST_BUCKET * ((1 << BUCKETS) - 1);

/// The table of one kind of handle. Slots never move and are never given back.
pub(super) struct Registry<T> {
    buckets: [OnceLock<Box<[Slot<T>]>>; BUCKETS],
    vacancy: Mutex<Vacancy>,
    alive: AtomicUsize,
}

/// Aligned so that two slots used by two threads share no cache line.
#[repr(align(64))]
struct Slot<T> {
    /// Of the object that is here or will be here next.
    generation: AtomicU64,
    content: Mutex<Option<Box<T>>>,
}

#[derive(Default)]
struct Vacancy {
    free: Vec<usize>,
    /// First slot that was never used.
    next: usize,
}

type Guard<'a, T> = MutexGuard<'a, Option<Box<T>>>;

impl<T> Registry<T> {
    pub const fn new() -> Self {
        Self {
            buckets: [const { OnceLock::new() }; BUCKETS],
            vacancy: Mutex::new(Vacancy {
                free: Vec::new(),
                next: 0,
            }),
            alive: AtomicUsize::new(0),
        }
    }

    /// Bucket of a slot and its place there.
    fn locate(slot: usize) -> (usize, usize) {
        let shifted = slot + FIRST_BUCKET;
        let bucket = shifted.ilog2() - FIRST_BUCKET.ilog2();
        (bucket as usize, shifted - (FIRST_BUCKET << bucket))
    }

    fn slot(&self, slot: usize) -> Option<&Slot<T>> {
        let (bucket, place) = Self::locate(slot);
        self.buckets.get(bucket)?.get()?.get(place)
    }

    fn insert(&self, object: T) -> Result<Id, Failure> {
        let index = {
            let mut vacancy = self.vacancy.lock().unwrap_or_else(PoisonError::into_inner);
            match vacancy.free.pop() {
                Some(index) => index,
                None if vacancy.next < CAPACITY => {
                    vacancy.next += 1;
                    vacancy.next - 1
                }
                None => {
                    return Err(Failure::new(
                        ncm_result::NCM_RESULT_OUT_OF_HANDLES,
                        format!("{CAPACITY} handles of this kind are in use or used up"),
                    ));
                }
            }
        };
        let (bucket, place) = Self::locate(index);
        let slots = self.buckets[bucket].get_or_init(|| {
            let vacant = |_| Slot {
                generation: AtomicU64::new(1),
                content: Mutex::new(None),
            };
            (0..FIRST_BUCKET << bucket).map(vacant).collect()
        });
        let slot = &slots[place];
        // The slot is ours: only a forged handle could hold this lock, and only for a moment.
        let mut content = slot.content.lock().unwrap_or_else(PoisonError::into_inner);
        *content = Some(Box::new(object));
        self.alive.fetch_add(1, Ordering::Relaxed);
        Ok(Id {
            slot: index,
            generation: slot.generation.load(Ordering::Relaxed),
        })
    }

    fn enter(&self, id: Id) -> Result<Guard<'_, T>, Refusal> {
        let slot = self.slot(id.slot).ok_or(Refusal::Freed)?;
        let current = || slot.generation.load(Ordering::Relaxed) == id.generation;
        // Asked before the lock is tried: a freed handle whose slot is in use again is freed, not
        // busy. And once more behind the lock, where the generation cannot change.
        if !current() {
            return Err(Refusal::Freed);
        }
        match slot.content.try_lock() {
            Ok(content) if current() && content.is_some() => Ok(content),
            Ok(_) => Err(Refusal::Freed),
            Err(TryLockError::WouldBlock) => Err(Refusal::Busy),
            Err(TryLockError::Poisoned(_)) => Err(Refusal::Poisoned),
        }
    }

    fn remove(&self, id: Id) -> Result<(), Refusal> {
        let slot = self.slot(id.slot).ok_or(Refusal::Freed)?;
        let current = || slot.generation.load(Ordering::Relaxed) == id.generation;
        if !current() {
            return Err(Refusal::Freed);
        }
        let mut content = match slot.content.try_lock() {
            Ok(content) => content,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Err(Refusal::Busy),
        };
        if !current() || content.is_none() {
            return Err(Refusal::Freed);
        }
        let object = content.take();
        slot.generation.fetch_add(1, Ordering::Relaxed);
        slot.content.clear_poison();
        drop(content);
        drop(object);
        self.alive.fetch_sub(1, Ordering::Relaxed);
        if id.generation < LAST_GENERATION {
            let mut vacancy = self.vacancy.lock().unwrap_or_else(PoisonError::into_inner);
            vacancy.free.push(id.slot);
        }
        Ok(())
    }

    pub fn alive(&self) -> usize {
        self.alive.load(Ordering::Relaxed)
    }
}

/// Writes how many handles of all kinds are alive: 0 when all that was made has been freed. For leak
/// checks, since the library's tables keep every object reachable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ncm_handles_alive(count: *mut usize) -> ncm_result {
    boundary("ncm_handles_alive", || {
        // SAFETY: the caller passes a place for one number.
        let count = unsafe { Out::new(count, "count")? };
        count.write(
            super::card::ncm_card::registry().alive()
                + super::law::ncm_law::registry().alive()
                + super::charge_form::ncm_charge_form::registry().alive()
                + super::stepper::ncm_stepper::registry().alive(),
        );
        Ok(())
    })
}
