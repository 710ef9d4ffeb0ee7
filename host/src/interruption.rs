//! Interruptions by the user or the system: what is being written is ended first.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::{EXIT_INTERRUPTED, Failure};

/// Watches for an interruption (Ctrl-C, a request to terminate, a closed terminal) while something is being written.
#[derive(Clone, Debug)]
pub struct Interruption {
    requested: Arc<AtomicBool>,
    watched: Arc<AtomicBool>,
}

impl Interruption {
    /// From here on an interruption sets a flag instead of ending the program. Once in a program.
    ///
    /// # Errors
    /// The system does not let it.
    pub fn watch() -> Result<Self, Failure> {
        let interruption =
            Self { requested: Arc::new(AtomicBool::new(false)), watched: Arc::new(AtomicBool::new(true)) };
        let Self { requested, watched } = interruption.clone();
        let handler = move || {
            requested.store(true, Ordering::SeqCst);
            if !watched.load(Ordering::SeqCst) {
                process::exit(EXIT_INTERRUPTED.into());
            }
        };
        ctrlc::set_handler(handler)
            .map_err(|error| Failure::input(format_args!("cannot watch for interruptions: {error}")))?;
        Ok(interruption)
    }

    /// Set once somebody wants the program to end.
    pub fn requested(&self) -> &AtomicBool {
        &self.requested
    }

    /// From here on an interruption ends the program; says whether there was one before.
    pub fn release(&self) -> bool {
        self.watched.store(false, Ordering::SeqCst);
        self.requested.load(Ordering::SeqCst)
    }
}
