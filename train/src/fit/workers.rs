//! Threads that share the chunks of a batch.

use std::sync::Mutex;

/// Runs `jobs`, each on the next free worker; every worker has a thread, a single one uses the caller's.
pub(crate) fn in_parallel<W: Send, J: Send>(
    workers: &mut [W],
    jobs: impl Iterator<Item = J> + Send,
    work: impl Fn(&mut W, J) + Sync,
) {
    let jobs = Mutex::new(jobs);
    let work_off = |worker: &mut W| {
        while let Some(job) = jobs.lock().ok().and_then(|mut jobs| jobs.next()) {
            work(worker, job);
        }
    };
    if let [worker] = workers {
        work_off(worker);
    } else {
        let work_off = &work_off;
        std::thread::scope(|scope| {
            for worker in workers {
                scope.spawn(move || work_off(worker));
            }
        });
    }
}
