//! Interruptions by the user or the system: a file that is being written is finished first.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::{Failure, FailureKind};

/// A flag that asks the run to end.
///
/// The default is a plain flag, for callers of the library; only the program listens to signals, by
/// [`Interruption::watch`].
#[derive(Clone, Debug, Default)]
pub struct Interruption {
    requested: Arc<AtomicBool>,
    is_held: Arc<AtomicBool>,
}

impl Interruption {
    /// An interruption that Ctrl-C, a request to terminate or a closed terminal requests. It ends the process, except
    /// between [`Interruption::hold`] and [`Interruption::release`].
    ///
    /// Sets the signal handlers of the process, so it is for the entry of a program, once.
    ///
    /// # Errors
    /// The system refuses, or the process has such a handler.
    pub fn watch() -> Result<Self, Failure> {
        let interruption = Self::default();
        let Self { requested, is_held } = interruption.clone();
        let handler = move || {
            requested.store(true, Ordering::SeqCst);
            if !is_held.load(Ordering::SeqCst) {
                process::exit(FailureKind::Interrupted.exit_code().into());
            }
        };
        ctrlc::set_handler(handler)
            .map_err(|error| Failure::input(format_args!("cannot watch for interruptions: {error}")))?;
        Ok(interruption)
    }

    /// The flag that is set once somebody wants the run to end.
    #[must_use]
    pub fn requested(&self) -> &AtomicBool {
        &self.requested
    }

    /// From here on a signal sets the flag and does not end the process.
    pub fn hold(&self) {
        self.is_held.store(true, Ordering::SeqCst);
    }

    /// From here on a signal ends the process again. Returns whether the run was to end before.
    pub fn release(&self) -> bool {
        self.is_held.store(false, Ordering::SeqCst);
        self.requested.load(Ordering::SeqCst)
    }
}
