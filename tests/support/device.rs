//! Serial devices of the operating system with a board of the reference model at the other end.

use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::atomic::AtomicBool;
use std::thread;

use cosim::pty::PseudoTerminal;
use model::ModelBoard;
use rustix::termios::tcgetattr;
use spec::core::CoreConfiguration;

use super::text;

/// A serial device of the operating system with a board, or nothing, at its other end.
pub struct Device {
    name: String,
    /// The other end, if nothing serves it.
    _unserved: Option<PseudoTerminal>,
}

impl Device {
    pub fn silent() -> Self {
        let terminal = PseudoTerminal::open().unwrap();
        Self { name: text(terminal.path()), _unserved: Some(terminal) }
    }

    /// A device with a board of this core, which is served until the test process ends.
    pub fn with_board(core: CoreConfiguration) -> Self {
        Self::with_dying_board(core, usize::MAX)
    }

    /// A device with a board that falls silent after so many writes.
    pub fn with_dying_board(core: CoreConfiguration, writes_left: usize) -> Self {
        Self::with(PseudoTerminal::open().unwrap(), DyingBoard { board: ModelBoard::new(core), writes_left })
    }

    /// A device with a board that receives and sends garbage at any other baud rate.
    pub fn with_board_at(baud: u32, core: CoreConfiguration) -> Self {
        let terminal = PseudoTerminal::open().unwrap();
        let device = File::open(terminal.path()).unwrap();
        Self::with(terminal, BoardAtRate { board: ModelBoard::new(core), device, baud })
    }

    /// A device with this at its other end, which sends nothing until somebody has written.
    pub fn with_port(port: impl Read + Write + Send + 'static) -> Self {
        Self::with(PseudoTerminal::open().unwrap(), port)
    }

    fn with(terminal: PseudoTerminal, mut board: impl Read + Write + Send + 'static) -> Self {
        let name = text(terminal.path());
        thread::spawn(move || terminal.serve(&mut board, 1, &AtomicBool::new(false)).unwrap());
        Self { name, _unserved: None }
    }

    pub fn name(&self) -> &str {
        &self.name
    }
}

struct DyingBoard {
    board: ModelBoard,
    writes_left: usize,
}

impl Read for DyingBoard {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.board.read(buffer)
    }
}

impl Write for DyingBoard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.writes_left == 0 {
            return Ok(bytes.len());
        }
        self.writes_left -= 1;
        self.board.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct BoardAtRate {
    board: ModelBoard,
    /// The device itself, which knows the baud rate that its user has set.
    device: File,
    baud: u32,
}

impl BoardAtRate {
    fn is_at_its_rate(&self) -> bool {
        tcgetattr(&self.device).unwrap().output_speed() == self.baud
    }
}

impl Read for BoardAtRate {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n_bytes = self.board.read(buffer)?;
        if !self.is_at_its_rate() {
            buffer[..n_bytes].fill(0x55);
        }
        Ok(n_bytes)
    }
}

impl Write for BoardAtRate {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_at_its_rate() { self.board.write(bytes) } else { self.board.write(&vec![0xa5; bytes.len()]) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
