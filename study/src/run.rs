//! Cells worked off on the cores that there are.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use crate::cell::Cell;
use crate::error::StudyError;
use crate::outcome::Outcome;
use crate::store::{Entry, Store};

/// Where a study is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// Cells that have a result.
    pub done: usize,
    /// Cells in all.
    pub total: usize,
    /// The cell that has just got one.
    pub entry: &'a Entry,
}

/// Results of `cells`, in their order: from the store where it has them, worked out and stored where it has not.
///
/// # Errors
/// The first cell that fails, a store that cannot be used, or [`StudyError::Interrupted`] once `interrupted` is set; what is
/// in the store then stays there.
pub fn run_cells(
    cells: &[Cell],
    store: &Store,
    n_threads: usize,
    interrupted: &AtomicBool,
    work: &(dyn Fn(&Cell) -> Result<Outcome, StudyError> + Sync),
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Vec<Entry>, StudyError> {
    let known: Vec<Option<Entry>> = cells.iter().map(|cell| store.get(cell)).collect::<Result<_, _>>()?;
    let open: Vec<usize> = (0..cells.len()).filter(|&index| known[index].is_none()).collect();
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(cells.len() - open.len()));
    let results = Mutex::new(known);
    let failure = Mutex::new(None);
    let stop = AtomicBool::new(false);
    let worker = || {
        while !stop.load(Ordering::SeqCst) {
            let Some(&index) = open.get(next.fetch_add(1, Ordering::SeqCst)) else { return };
            let started = Instant::now();
            let entry = work(&cells[index]).and_then(|outcome| {
                let entry = Entry { cell: cells[index].clone(), outcome, seconds: started.elapsed().as_secs_f64() };
                store.put(&entry)?;
                Ok(entry)
            });
            if interrupted.load(Ordering::SeqCst) {
                stop.store(true, Ordering::SeqCst);
            }
            match entry {
                Ok(entry) => {
                    let done = done.fetch_add(1, Ordering::SeqCst) + 1;
                    progress(Progress { done, total: cells.len(), entry: &entry });
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
    if let Some(error) = failure.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        return Err(error);
    }
    let results = results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    results.into_iter().collect::<Option<Vec<Entry>>>().ok_or(StudyError::Interrupted)
}

/// What a mutex holds; a worker that panicked ends the scope anyway.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
