//! Long work: another thread does it, while this one, without the interpreter, waits, passes on what it reports and looks for
//! Ctrl-C.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;

/// How often to look for Ctrl-C.
pub const LOOK: Duration = Duration::from_millis(50);

/// Takes reports of the work, and says whether it should go on.
pub struct Reporter<'a, M> {
    sender: Sender<M>,
    is_stopped: &'a AtomicBool,
}

impl<M> Reporter<'_, M> {
    /// Reports; breaks if the work should end.
    pub fn report(&self, message: M) -> ControlFlow<()> {
        let is_heard = self.sender.send(message).is_ok();
        if is_heard && !self.is_stopped.load(Ordering::SeqCst) {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }
}

/// Does the work, and calls `on_report` with each report.
///
/// # Errors
/// What `on_report` raises, or Ctrl-C; the work has ended by then.
pub fn run<R: Send, M: Send>(
    py: Python<'_>,
    work: impl FnOnce(&Reporter<'_, M>) -> R + Send,
    mut on_report: impl FnMut(Python<'_>, M) -> PyResult<()>,
) -> PyResult<R> {
    let is_stopped = AtomicBool::new(false);
    let (sender, receiver) = mpsc::channel();
    let receiver = Mutex::new(receiver);
    let reporter = Reporter { sender, is_stopped: &is_stopped };
    thread::scope(|scope| {
        let worker = scope.spawn(move || work(&reporter));
        let mut raised = None;
        loop {
            let report = py.detach(|| receiver.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(LOOK));
            let outcome = match report {
                Ok(report) if raised.is_none() => on_report(py, report).and_then(|()| py.check_signals()),
                Ok(_) => Ok(()),
                Err(RecvTimeoutError::Timeout) => py.check_signals(),
                // The work has ended, and its reporter with it.
                Err(RecvTimeoutError::Disconnected) => break,
            };
            if let Err(error) = outcome {
                is_stopped.store(true, Ordering::SeqCst);
                raised = raised.or(Some(error));
            }
        }
        let result = py.detach(|| worker.join()).unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        raised.map_or(Ok(result), Err)
    })
}
