//! A pseudo-terminal in front of a board: a serial port that any program can open.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, ioctl_tiocnxcl, tcgetattr, tcsetattr};
use thiserror::Error;

/// How often a sleeping server checks whether to stop.
const NAP: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };

/// The most bytes read from the terminal at a time.
const CHUNK_BYTES: usize = 256;

/// A pseudo-terminal that cannot be opened.
#[derive(Debug, Error)]
#[error("cannot make a pseudo-terminal: {0}")]
pub struct PtyError(#[from] io::Error);

/// A pseudo-terminal in raw mode.
#[derive(Debug)]
pub struct PseudoTerminal {
    path: PathBuf,
    master: OwnedFd,
    /// The device, held open so that it stays in raw mode while no program uses it.
    device: File,
}

impl PseudoTerminal {
    /// Opens a new pseudo-terminal.
    ///
    /// # Errors
    /// The system refuses.
    pub fn open() -> Result<Self, PtyError> {
        Ok(Self::try_open()?)
    }

    fn try_open() -> io::Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?;
        let path = PathBuf::from(name.into_string().map_err(|_| io::Error::from(ErrorKind::InvalidData))?);
        let device = File::options().read(true).write(true).open(&path)?;
        let mut attributes = tcgetattr(&device)?;
        attributes.make_raw();
        tcsetattr(&device, OptionalActions::Now, &attributes)?;
        fcntl_setfl(&master, fcntl_getfl(&master)? | OFlags::NONBLOCK)?;
        Ok(Self { path, master, device })
    }

    /// The path of the device that programs open.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Forwards bytes between the terminal and a board until `stop` is set. After `idle_reads` reads without a byte in a row
    /// the server sleeps until a program writes; the simulation is paused meanwhile.
    ///
    /// # Errors
    /// The terminal or the board fails; a timeout is not a failure.
    pub fn serve(&self, board: &mut (impl Read + Write), idle_reads: u32, stop: &AtomicBool) -> io::Result<()> {
        let mut buffer = [0; CHUNK_BYTES];
        let mut reads_left = 0;
        while !stop.load(Ordering::Relaxed) {
            if reads_left == 0 {
                // A program that was killed leaves the device in exclusive mode, so that no other could open it.
                ioctl_tiocnxcl(self.device.as_fd())?;
                self.wait(PollFlags::IN)?;
            }
            match rustix::io::read(&self.master, &mut buffer) {
                Ok(n_bytes) => {
                    board.write_all(&buffer[..n_bytes])?;
                    // A program that writes faster than the line waits, as on a real port.
                    board.flush()?;
                    if n_bytes > 0 {
                        reads_left = idle_reads;
                    }
                }
                Err(error) if is_transient(error.kind()) => {}
                Err(error) => return Err(error.into()),
            }
            if reads_left == 0 {
                continue;
            }
            match board.read(&mut buffer) {
                Ok(n_bytes) => {
                    self.send(&buffer[..n_bytes], stop)?;
                    reads_left = idle_reads;
                }
                Err(error) if error.kind() == ErrorKind::TimedOut => reads_left -= 1,
                Err(error) if is_transient(error.kind()) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn send(&self, mut bytes: &[u8], stop: &AtomicBool) -> io::Result<()> {
        while !bytes.is_empty() && !stop.load(Ordering::Relaxed) {
            match rustix::io::write(&self.master, bytes) {
                Ok(n_bytes) => bytes = &bytes[n_bytes..],
                Err(error) if is_transient(error.kind()) => self.wait(PollFlags::OUT)?,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn wait(&self, events: PollFlags) -> io::Result<()> {
        match poll(&mut [PollFd::new(&self.master, events)], Some(&NAP)) {
            Ok(_) => Ok(()),
            Err(error) if is_transient(error.kind()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn is_transient(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
