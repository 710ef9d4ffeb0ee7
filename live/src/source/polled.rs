//! Sources whose sockets are read without blocking.

#[cfg(any(feature = "intan", feature = "open-ephys"))]
use std::net::TcpStream;
#[cfg(any(feature = "intan", feature = "open-ephys"))]
use std::os::fd::AsFd;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use crate::arrival::{Arrival, Nanoseconds};
use crate::clock;
use crate::net;
use crate::source::SourceError;

/// A source that can be read without waiting.
pub(super) trait Polled {
    /// Takes what has come.
    fn read(&mut self, now: Nanoseconds, arrivals: &mut Vec<Arrival>) -> Result<(), SourceError>;

    /// What it reads, and when else it has something to do.
    fn waits_for(&self) -> (Vec<BorrowedFd<'_>>, Option<Nanoseconds>);

    /// What errors call it.
    fn name(&self) -> &str;
}

/// Reads until something has arrived or the patience has passed.
pub(super) fn poll(
    source: &mut dyn Polled,
    patience: Duration,
    arrivals: &mut Vec<Arrival>,
) -> Result<(), SourceError> {
    let n_before = arrivals.len();
    let end = clock::now() + Nanoseconds::try_from(patience.as_nanos()).unwrap_or(Nanoseconds::MAX / 2);
    loop {
        let now = clock::now();
        source.read(now, arrivals)?;
        if arrivals.len() > n_before || now >= end {
            return Ok(());
        }
        wait(source, end)?;
    }
}

/// Waits until something has come or is due, at most until the end.
pub(super) fn wait(source: &dyn Polled, end: Nanoseconds) -> Result<(), SourceError> {
    let (sockets, next) = source.waits_for();
    let next = next.map_or(end, |next| end.min(next));
    let patience = u64::try_from(next - clock::now()).unwrap_or_default();
    net::wait_readable(&sockets, Duration::from_nanos(patience))
        .map_err(|error| SourceError(format!("{}: cannot wait for data: {error}", source.name())))
}

/// What a source with one connection waits for, which is not there until this time.
#[cfg(any(feature = "intan", feature = "open-ephys"))]
pub(super) fn one(connection: Result<&TcpStream, Nanoseconds>) -> (Vec<BorrowedFd<'_>>, Option<Nanoseconds>) {
    match connection {
        Ok(socket) => (vec![socket.as_fd()], None),
        Err(next) => (Vec::new(), Some(next)),
    }
}
