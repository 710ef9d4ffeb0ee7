//! A pseudo-terminal with a board at its other end: a serial port that any program can open.

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

/// How often a sleeping server looks up.
const NAP: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };

/// Bytes taken from the terminal at a time.
const CHUNK_BYTES: usize = 256;

/// Why there is no pseudo-terminal.
#[derive(Debug, Error)]
#[error("cannot make a pseudo-terminal: {0}")]
pub struct PtyError(#[from] io::Error);

/// A pseudo-terminal in raw mode.
#[derive(Debug)]
pub struct PseudoTerminal {
    path: PathBuf,
    master: OwnedFd,
    /// The device itself, which keeps it alive and raw while no program has it open.
    device: File,
}

impl PseudoTerminal {
    /// A new one.
    ///
    /// # Errors
    /// The system gives none.
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

    /// What a program opens.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Carries bytes between the terminal and a board until `stop` is set. When the board had nothing to say for
    /// `quiet_reads` reads in a row and nobody writes, the server sleeps, and a simulated board's time stands still.
    ///
    /// # Errors
    /// The terminal or the board fails; a board that times out does not.
    pub fn serve(&self, board: &mut (impl Read + Write), quiet_reads: u32, stop: &AtomicBool) -> io::Result<()> {
        let mut buffer = [0; CHUNK_BYTES];
        let mut reads_left = 0;
        while !stop.load(Ordering::Relaxed) {
            if reads_left == 0 {
                // A program that was killed leaves the device exclusive, and nobody could open it any more.
                ioctl_tiocnxcl(self.device.as_fd())?;
                self.wait(PollFlags::IN)?;
            }
            match rustix::io::read(&self.master, &mut buffer) {
                Ok(n_bytes) => {
                    board.write_all(&buffer[..n_bytes])?;
                    // The line is as slow as a real one: whoever writes faster waits for it.
                    board.flush()?;
                    if n_bytes > 0 {
                        reads_left = quiet_reads;
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
                    reads_left = quiet_reads;
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

    fn wait(&self, for_what: PollFlags) -> io::Result<()> {
        match poll(&mut [PollFd::new(&self.master, for_what)], Some(&NAP)) {
            Ok(_) => Ok(()),
            Err(error) if is_transient(error.kind()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn is_transient(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
