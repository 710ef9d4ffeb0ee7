//! Runs carried out in parallel, each result stored as it is finished.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use crate::cells::{Cell, EntryOf, Unit};
use crate::error::StudyError;
use crate::instructions::vector_instructions;
use crate::store::{Entry, Store};

/// How far a study is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// Runs with a result.
    pub done: usize,
    /// Runs in all.
    pub total: usize,
    /// The run that has just finished, in words.
    pub name: &'a str,
}

/// Results of `cells`, in their order: read from the store, or carried out on `n_threads` threads and stored.
///
/// # Errors
/// The first run that fails, a store that cannot be used, or [`StudyError::Interrupted`] once `interrupted` is set; finished
/// runs stay in the store.
pub(crate) fn run_all<R: Unit>(
    cells: &[&Cell<R>],
    store: &Store,
    n_threads: usize,
    interrupted: &AtomicBool,
    carry_out: &(dyn Fn(&R) -> Result<R::Outcome, StudyError> + Sync),
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Vec<EntryOf<R>>, StudyError> {
    let known: Vec<Option<EntryOf<R>>> =
        cells.iter().map(|cell| store.get(&cell.id, &cell.run)).collect::<Result<_, _>>()?;
    let open: Vec<usize> = (0..cells.len()).filter(|&index| known[index].is_none()).collect();
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(cells.len() - open.len()));
    let results = Mutex::new(known);
    let failure = Mutex::new(None);
    let stop = AtomicBool::new(false);
    let work = |Cell { run, id, .. }: &Cell<R>| -> Result<EntryOf<R>, StudyError> {
        // Another process may have been faster.
        if let Some(entry) = store.get(id, run)? {
            return Ok(entry);
        }
        let started = Instant::now();
        let outcome = carry_out(run)?;
        let (seconds, instructions) = (started.elapsed().as_secs_f64(), vector_instructions().to_owned());
        let entry = Entry { run: run.clone(), outcome, seconds, instructions };
        store.put(id, &entry)?;
        Ok(entry)
    };
    let worker = || {
        while !stop.load(Ordering::SeqCst) {
            let Some(&index) = open.get(next.fetch_add(1, Ordering::SeqCst)) else { return };
            let entry = work(cells[index]);
            if interrupted.load(Ordering::SeqCst) {
                stop.store(true, Ordering::SeqCst);
            }
            match entry {
                Ok(entry) => {
                    let done = done.fetch_add(1, Ordering::SeqCst) + 1;
                    progress(Progress { done, total: cells.len(), name: &entry.run.to_string() });
                    lock(&results)[index] = Some(entry);
                }
                Err(error) => {
                    stop.store(true, Ordering::SeqCst);
                    lock(&failure).get_or_insert(error);
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..n_threads.min(open.len()) {
            scope.spawn(worker);
        }
    });
    if let Some(error) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.into_iter().collect::<Option<Vec<EntryOf<R>>>>().ok_or(StudyError::Interrupted)
}

/// The guarded value, poisoned or not: a worker's panic ends the scope in any case.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
