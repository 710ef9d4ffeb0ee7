//! A running simulation, seen as the two pins of a serial line.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use cosim::{SerialPins, SimulatedBoard, TraceError, Traced};

use crate::gates::error::GateError;

/// Cycles without output after which a read times out.
const READ_CYCLES: u64 = 4096;

/// Cycles without output after which a chip counts as dead: far more than the checksum of the largest memory takes.
const SILENCE_CYCLES: u64 = 8_000_000;

/// A simulation in a child process, see `cpp/pins.cpp`.
///
/// If the process ends, the pins keep their levels, and [`GatePins::failure`] gives the reason.
#[derive(Debug)]
pub struct GatePins {
    process: Child,
    requests: Option<ChildStdin>,
    answers: ChildStdout,
    log: PathBuf,
    rx: bool,
    tx: bool,
    failure: Option<String>,
}

impl GatePins {
    /// Starts a simulation whose cycles have `edges_per_cycle` edges of the oscillator; its messages go to `log`.
    ///
    /// # Errors
    /// It does not start.
    pub fn start(program: &Path, edges_per_cycle: u32, log: &Path) -> Result<Self, GateError> {
        let messages = File::create(log).map_err(GateError::file(log))?;
        let mut command = Command::new(program);
        command.arg(edges_per_cycle.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(messages);
        let mut process = command.spawn().map_err(GateError::file(program))?;
        let piped = || GateError::file(program)(io::ErrorKind::BrokenPipe.into());
        let requests = Some(process.stdin.take().ok_or_else(piped)?);
        let answers = process.stdout.take().ok_or_else(piped)?;
        let log = log.to_owned();
        let mut pins = Self { process, requests, answers, log, rx: true, tx: true, failure: None };
        pins.tx = pins.answer().map_err(GateError::file(program))?.1;
        Ok(pins)
    }

    /// Why the simulation has ended, if it has.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    fn request(&mut self, level: bool, n_cycles: u64) -> io::Result<(u64, bool)> {
        let requests = self.requests.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut request = [0; 10];
        request[..8].copy_from_slice(&n_cycles.to_ne_bytes());
        (request[8], request[9]) = (self.rx.into(), level.into());
        requests.write_all(&request)?;
        self.answer()
    }

    fn answer(&mut self) -> io::Result<(u64, bool)> {
        let (mut n_cycles, mut tx) = ([0; 8], [0]);
        self.answers.read_exact(&mut n_cycles)?;
        self.answers.read_exact(&mut tx)?;
        Ok((u64::from_ne_bytes(n_cycles), tx[0] != 0))
    }

    fn fail(&mut self, error: &io::Error) {
        let status = self.process.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        let messages = std::fs::read_to_string(&self.log).unwrap_or_default();
        self.failure = Some(format!("the simulation has ended ({status}, {error}): {}", messages.trim()));
    }
}

impl SerialPins for GatePins {
    fn set_rx(&mut self, level: bool) {
        self.rx = level;
    }

    fn tx(&self) -> bool {
        self.tx
    }

    fn step_while_tx(&mut self, level: bool, n_cycles: u64) -> u64 {
        if self.failure.is_some() || self.tx != level {
            return if self.failure.is_some() { n_cycles } else { 0 };
        }
        match self.request(level, n_cycles) {
            Ok((n_cycles, tx)) => {
                self.tx = tx;
                n_cycles
            }
            Err(error) => {
                self.fail(&error);
                n_cycles
            }
        }
    }
}

/// Gate-level simulations write no waveforms.
impl Traced for GatePins {
    fn open_trace(&mut self, path: &Path, _clock_hz: u32) -> Result<(), TraceError> {
        Err(TraceError::Write { path: path.to_owned(), error: io::ErrorKind::Unsupported.into() })
    }

    fn flush_trace(&mut self) -> Result<(), TraceError> {
        Ok(())
    }

    fn check_trace(&mut self) -> Result<(), TraceError> {
        Ok(())
    }

    fn close_trace(&mut self) -> Result<(), TraceError> {
        Ok(())
    }
}

impl Drop for GatePins {
    fn drop(&mut self) {
        // The process ends when its input does.
        self.requests = None;
        let _ = self.process.wait();
    }
}

/// A simulated chip behind its serial line.
#[derive(Debug)]
pub struct GateBoard {
    board: SimulatedBoard<GatePins>,
    /// Cycle of its last output.
    last_cycle: u64,
}

impl GateBoard {
    /// A chip with this baud rate.
    #[must_use]
    pub fn new(pins: GatePins, cycles_per_bit: f64) -> Self {
        Self { board: SimulatedBoard::new(pins, cycles_per_bit, READ_CYCLES), last_cycle: 0 }
    }

    /// Cycles of the core's clock so far.
    #[must_use]
    pub fn n_cycles(&self) -> u64 {
        self.board.n_cycles()
    }

    fn check(&self) -> io::Result<()> {
        self.board.pins().failure().map_or(Ok(()), |failure| Err(io::Error::other(failure)))
    }
}

impl Read for GateBoard {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let outcome = self.board.read(buffer);
        self.check()?;
        if outcome.is_ok() {
            self.last_cycle = self.n_cycles();
        } else if self.n_cycles() - self.last_cycle > SILENCE_CYCLES {
            return Err(io::Error::other(format!("the chip has sent nothing for {SILENCE_CYCLES} cycles")));
        }
        outcome
    }
}

impl Write for GateBoard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.board.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        let outcome = self.board.flush();
        self.check()?;
        outcome
    }
}
