//! Sockets that are read without blocking.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::os::fd::BorrowedFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::arrival::Nanoseconds;

/// Time between two attempts to connect again.
pub(crate) const RETRY: Nanoseconds = 250_000_000;
/// Reads at a time, so that a stream that never pauses does not keep others waiting.
pub(crate) const READS_MAX: usize = 64;
/// Bytes that one read asks for.
const READ_BYTES: usize = 1 << 16;
/// How long a connection may take to be made.
const CONNECT_PATIENCE: Duration = Duration::from_millis(500);

/// A connection, and what it has received that is not yet understood.
#[derive(Debug)]
pub(crate) struct Inbox {
    socket: TcpStream,
    bytes: Vec<u8>,
    /// How many of the bytes are understood already.
    consumed: usize,
}

impl Inbox {
    /// Connects to the first of a name's addresses that answers.
    pub(crate) fn connect(address: impl ToSocketAddrs) -> io::Result<Self> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in address.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, CONNECT_PATIENCE) {
                Ok(socket) => return Self::new(socket),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    pub(crate) fn new(socket: TcpStream) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        socket.set_nonblocking(true)?;
        Ok(Self { socket, bytes: Vec::new(), consumed: 0 })
    }

    pub(crate) fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// Sends a short request, which must fit the socket's buffer.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.socket.write_all(bytes)
    }

    /// Reads once; the number of new bytes, 0 if there are none now.
    ///
    /// # Errors
    /// The connection failed, or the other side has closed it ([`io::ErrorKind::UnexpectedEof`]).
    pub(crate) fn fill(&mut self) -> io::Result<usize> {
        self.bytes.drain(..self.consumed);
        self.consumed = 0;
        let length = self.bytes.len();
        self.bytes.resize(length + READ_BYTES, 0);
        let read = self.socket.read(&mut self.bytes[length..]);
        self.bytes.truncate(length + read.as_ref().map_or(0, |n| *n));
        match read {
            Ok(0) => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the other side closed the connection")),
            Err(error) if is_temporary(&error) => Ok(0),
            read => read,
        }
    }

    /// What was received and is not yet consumed.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[self.consumed..]
    }

    /// Marks the first bytes as understood.
    pub(crate) fn consume(&mut self, n_bytes: usize) {
        self.consumed += n_bytes;
    }
}

/// Reads from a socket that has a patience.
///
/// # Errors
/// The connection failed, or nothing came in time ([`io::ErrorKind::TimedOut`]).
#[cfg(any(feature = "intan", feature = "lsl"))]
pub(crate) fn read(socket: &mut TcpStream, bytes: &mut [u8]) -> io::Result<usize> {
    loop {
        match socket.read(bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "it accepts the connection and does not answer"));
            }
            read => return read,
        }
    }
}

/// Whether an operation may succeed later.
pub(crate) fn is_temporary(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

/// Waits until one of these can be read, the patience has passed, or a signal came.
pub(crate) fn wait_readable(sockets: &[BorrowedFd<'_>], patience: Duration) -> io::Result<()> {
    let mut waiting: Vec<PollFd<'_>> = sockets.iter().map(|it| PollFd::from_borrowed_fd(*it, PollFlags::IN)).collect();
    wait(&mut waiting, patience)
}

/// As [`wait_readable`], for any kind of readiness.
pub(crate) fn wait(waiting: &mut [PollFd<'_>], patience: Duration) -> io::Result<()> {
    let patience = Timespec::try_from(patience).map_err(io::Error::other)?;
    match poll(waiting, Some(&patience)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The first address of a name.
pub(crate) fn resolve(name: &str, port: u16) -> io::Result<SocketAddr> {
    let none = || io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    (name, port).to_socket_addrs()?.next().ok_or_else(none)
}
