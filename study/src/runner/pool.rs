//! Runs carried out in parallel, each result stored as it is finished.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::StudyError;
use crate::outcome::Outcome;
use crate::run::Run;
use crate::store::{Cell, Entry, Store};

/// How far a study is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a, R = Run, O = Outcome> {
    /// Runs with a result.
    pub done: usize,
    /// Runs in all.
    pub total: usize,
    /// The run that has just finished.
    pub entry: &'a Entry<R, O>,
}

/// Results of `runs`, in their order: read from the store, or carried out on `n_threads` threads and stored.
///
/// # Errors
/// The first run that fails, a store that cannot be used, or [`StudyError::Interrupted`] once `interrupted` is set; finished
/// runs stay in the store.
pub fn run_all<R: Cell + Clone + Send + Sync, O: Serialize + DeserializeOwned + Send + Sync>(
    runs: &[R],
    store: &Store,
    n_threads: usize,
    interrupted: &AtomicBool,
    carry_out: &(dyn Fn(&R) -> Result<O, StudyError> + Sync),
    progress: &(dyn Fn(Progress<'_, R, O>) + Sync),
) -> Result<Vec<Entry<R, O>>, StudyError> {
    let known: Vec<Option<Entry<R, O>>> = runs.iter().map(|run| store.get(run)).collect::<Result<_, _>>()?;
    let open: Vec<usize> = (0..runs.len()).filter(|&index| known[index].is_none()).collect();
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(runs.len() - open.len()));
    let results = Mutex::new(known);
    let failure = Mutex::new(None);
    let stop = AtomicBool::new(false);
    let worker = || {
        while !stop.load(Ordering::SeqCst) {
            let Some(&index) = open.get(next.fetch_add(1, Ordering::SeqCst)) else { return };
            let started = Instant::now();
            let entry = carry_out(&runs[index]).and_then(|outcome| {
                let entry = Entry { run: runs[index].clone(), outcome, seconds: started.elapsed().as_secs_f64() };
                store.put(&entry)?;
                Ok(entry)
            });
            if interrupted.load(Ordering::SeqCst) {
                stop.store(true, Ordering::SeqCst);
            }
            match entry {
                Ok(entry) => {
                    let done = done.fetch_add(1, Ordering::SeqCst) + 1;
                    progress(Progress { done, total: runs.len(), entry: &entry });
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
    results.into_iter().collect::<Option<Vec<Entry<R, O>>>>().ok_or(StudyError::Interrupted)
}

/// The guarded value, poisoned or not: a worker's panic ends the scope in any case.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
