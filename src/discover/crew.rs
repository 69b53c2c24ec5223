//! Fitting many expressions at once on several threads, with results in the order of the input.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::fit::Fitter;

/// Worker threads' tools and what they have done.
pub struct Crew {
    fitters: Vec<Fitter>,
}

impl Crew {
    pub fn new(threads: usize) -> Self {
        Self {
            fitters: (0..threads.max(1)).map(|_| Fitter::default()).collect(),
        }
    }

    /// Passes over data so far, and rows in them.
    pub fn effort(&self) -> (u64, u64) {
        self.fitters.iter().fold((0, 0), |(e, r), f| {
            (e + f.evaluations, r + f.row_evaluations)
        })
    }

    /// One tool set, for work in a row.
    pub fn first(&mut self) -> &mut Fitter {
        &mut self.fitters[0]
    }

    /// `work` on every item. Each result depends on its item alone, so the number of threads
    /// does not matter.
    pub fn each<T: Sync, R: Send>(
        &mut self,
        items: &[T],
        work: impl Fn(&mut Fitter, &T) -> R + Sync,
    ) -> Vec<R> {
        if self.fitters.len() == 1 || items.len() < 2 {
            let fitter = &mut self.fitters[0];
            return items.iter().map(|item| work(fitter, item)).collect();
        }
        let next = AtomicUsize::new(0);
        let mut numbered: Vec<(usize, R)> = Vec::with_capacity(items.len());
        std::thread::scope(|scope| {
            let handles: Vec<_> = self
                .fitters
                .iter_mut()
                .map(|fitter| {
                    let (next, work) = (&next, &work);
                    scope.spawn(move || {
                        let mut done = Vec::new();
                        loop {
                            let k = next.fetch_add(1, Ordering::Relaxed);
                            let Some(item) = items.get(k) else {
                                return done;
                            };
                            done.push((k, work(fitter, item)));
                        }
                    })
                })
                .collect();
            for handle in handles {
                match handle.join() {
                    Ok(done) => numbered.extend(done),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
        numbered.sort_by_key(|(k, _)| *k);
        numbered.into_iter().map(|(_, r)| r).collect()
    }
}
