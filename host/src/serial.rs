//! A serial device.

use std::io::{self, Read, Write};
use std::time::Duration;

use serialport::{ClearBuffer, SerialPort};

use crate::baud::SetBaudRate;

/// Timeout of one read or write; a link tries again until its own patience ends.
const WAIT: Duration = Duration::from_millis(5);

/// A serial device whose reads and writes return within [`WAIT`], whatever other programs do with it, and whose flush does not
/// wait: the driver sends at its own pace, and the board's answer is the proof.
pub(crate) struct Serial {
    /// Sets the line, and keeps other programs from opening it.
    line: Line,
    #[cfg(unix)]
    data: std::fs::File,
}

#[cfg(unix)]
type Line = serialport::TTYPort;
#[cfg(windows)]
type Line = serialport::COMPort;

impl Serial {
    /// Opens a device.
    ///
    /// # Errors
    /// It is absent, no serial device, in use, or does not support the rate.
    pub(crate) fn open(path: &str, baud: u32) -> serialport::Result<Self> {
        let builder = serialport::new(path, baud).timeout(WAIT);
        // Before the line, which no program can open again.
        #[cfg(unix)]
        let data = unix::open(path);
        Ok(Self {
            line: builder.open_native()?,
            #[cfg(unix)]
            data: data?,
        })
    }
}

impl SetBaudRate for Serial {
    fn set_baud_rate(&mut self, baud: u32) -> bool {
        self.line.set_baud_rate(baud).is_ok() && self.line.clear(ClearBuffer::Input).is_ok()
    }
}

impl Read for Serial {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        return unix::wait(&self.data, rustix::event::PollFlags::IN).and_then(|()| self.data.read(buffer));
        #[cfg(windows)]
        self.line.read(buffer)
    }
}

impl Write for Serial {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        #[cfg(unix)]
        return unix::wait(&self.data, rustix::event::PollFlags::OUT).and_then(|()| self.data.write(bytes));
        #[cfg(windows)]
        self.line.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads and writes of a file that is opened without blocking.
///
/// Those of `serialport` wait for the device, then read from it as long as there is nothing: without end if another program has
/// taken what came.
#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io::{self, ErrorKind};
    use std::os::unix::fs::OpenOptionsExt;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::OFlags;

    pub(super) fn open(path: &str) -> io::Result<File> {
        let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
        File::options().read(true).write(true).custom_flags(flags).open(path)
    }

    pub(super) fn wait(device: &File, events: PollFlags) -> io::Result<()> {
        let wait = Timespec::try_from(super::WAIT).map_err(io::Error::other)?;
        let mut devices = [PollFd::new(device, events)];
        if poll(&mut devices, Some(&wait))? == 0 {
            return Err(ErrorKind::TimedOut.into());
        }
        let found = devices[0].revents();
        let is_gone = found.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL);
        if is_gone { Err(ErrorKind::BrokenPipe.into()) } else { Ok(()) }
    }
}
