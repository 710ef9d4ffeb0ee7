//! A simulated board behind its serial line: bytes in, bytes out, timeouts as on a serial port.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use spec::board::BOARDS;
use spec::core::CoreConfiguration;

use crate::faulty_wire::FaultyWire;
use crate::line::CLOCKS_PER_BIT;
use crate::model::board_pins;
use crate::simulator::SerialPins;
use crate::uart::{Received, Receiver, Sender, Symbol};
use crate::waveform::TraceError;

/// A design with the two pins of a serial line.
///
/// Simulated time passes only while the board is read or flushed. A read returns the first bytes, or
/// [`ErrorKind::TimedOut`] when neither pin has changed for a number of cycles.
#[derive(Debug)]
pub struct SimulatedBoard<P> {
    pins: P,
    clock_hz: u32,
    cycles_per_bit: f64,
    timeout_cycles: u64,
    sender: Sender,
    receiver: Receiver,
    received: VecDeque<u8>,
    to_board: Option<FaultyWire>,
    from_board: Option<FaultyWire>,
    n_cycles: u64,
    n_framing_errors: u64,
}

/// Idle cycles before a read of [`SimulatedBoard::of`] times out: few, so that callers can poll.
const READ_CYCLES: u64 = 1024;

/// Clock frequency in waveforms of a board that is not in `spec::board`.
const ANY_CLOCK_HZ: u32 = 1_000_000;

impl SimulatedBoard<Box<dyn SerialPins>> {
    /// The first board with this core, at its own clock, with [`CLOCKS_PER_BIT`] on the line; `None` if no model of one was
    /// built.
    #[must_use]
    pub fn of(core: CoreConfiguration) -> Option<Self> {
        let boards = BOARDS.iter().filter(|board| board.core.configuration == core);
        let (board, pins) = boards.filter_map(|board| Some((board, board_pins(board.name)?))).next()?;
        let clock_hz = board.clock_hz;
        Some(Self { clock_hz, ..Self::new(pins, f64::from(CLOCKS_PER_BIT), READ_CYCLES) })
    }
}

impl<P: SerialPins> SimulatedBoard<P> {
    /// A board just configured, with an idle line; a read times out after `timeout_cycles` idle cycles.
    ///
    /// # Panics
    /// If a bit is shorter than a clock cycle.
    #[must_use]
    pub fn new(mut pins: P, cycles_per_bit: f64, timeout_cycles: u64) -> Self {
        pins.set_rx(true);
        Self {
            pins,
            clock_hz: ANY_CLOCK_HZ,
            cycles_per_bit,
            timeout_cycles,
            sender: Sender::new(cycles_per_bit),
            receiver: Receiver::new(cycles_per_bit),
            received: VecDeque::new(),
            to_board: None,
            from_board: None,
            n_cycles: 0,
            n_framing_errors: 0,
        }
    }

    /// The design.
    pub fn pins(&self) -> &P {
        &self.pins
    }

    /// Cycles simulated by reads and flushes.
    #[must_use]
    pub fn n_cycles(&self) -> u64 {
        self.n_cycles
    }

    /// Bytes from the board with a framing error; they are lost.
    #[must_use]
    pub fn n_framing_errors(&self) -> u64 {
        self.n_framing_errors
    }

    /// Writes a waveform of the whole design from now on, see [`Traced::open_trace`](crate::Traced::open_trace).
    /// If writing it fails later, the next read or flush fails once, with a [`TraceError`].
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn open_trace(&mut self, path: &Path) -> Result<(), TraceError> {
        self.pins.open_trace(path, self.clock_hz)
    }

    /// Closes the waveform, if there is one.
    ///
    /// # Errors
    /// The waveform is incomplete.
    pub fn close_trace(&mut self) -> Result<(), TraceError> {
        self.pins.close_trace()
    }

    /// Configures the board again: its state and the bytes on the line are lost.
    pub fn reset(&mut self)
    where
        P: Default,
    {
        let wires = (self.to_board.take(), self.from_board.take());
        let n_cycles = self.n_cycles;
        let clock_hz = self.clock_hz;
        *self = Self::new(P::default(), self.cycles_per_bit, self.timeout_cycles);
        (self.clock_hz, self.n_cycles) = (clock_hz, n_cycles);
        (self.to_board, self.from_board) = wires;
    }

    /// Passes bytes written from now on through a faulty wire.
    pub fn set_wire_to_board(&mut self, wire: Option<FaultyWire>) {
        let speed = wire.as_ref().map_or(1.0, FaultyWire::speed);
        self.sender = Sender::new(self.cycles_per_bit / speed);
        self.to_board = wire;
    }

    /// Passes bytes received from now on through a faulty wire.
    pub fn set_wire_from_board(&mut self, wire: Option<FaultyWire>) {
        self.from_board = wire;
    }

    /// The wires, to the board and from it.
    #[must_use]
    pub fn wires(&self) -> (Option<&FaultyWire>, Option<&FaultyWire>) {
        (self.to_board.as_ref(), self.from_board.as_ref())
    }

    /// Runs up to the next change or sample of a pin, for at most `limit` cycles; returns how many ran.
    fn advance(&mut self, limit: u64) -> u64 {
        let (level, rx_left) = self.sender.level().unwrap_or((true, limit));
        self.pins.set_rx(level);
        let tx = self.pins.tx();
        let n_cycles = limit.min(rx_left).min(self.receiver.cycles_to_sample().unwrap_or(limit));
        let n_cycles = self.pins.step_while_tx(tx, n_cycles);
        self.sender.pass(n_cycles);
        self.n_cycles += n_cycles;
        match self.receiver.pass(n_cycles, self.pins.tx()) {
            Some(Received::Byte(byte)) => self.receive(byte),
            Some(Received::FramingError) => self.n_framing_errors += 1,
            None => {}
        }
        n_cycles
    }

    fn receive(&mut self, byte: u8) {
        let (received, n_framing_errors) = (&mut self.received, &mut self.n_framing_errors);
        let deliver = |symbol: Symbol| {
            if symbol.stop {
                received.push_back(symbol.data);
            } else {
                *n_framing_errors += 1;
            }
        };
        match &mut self.from_board {
            Some(wire) => wire.pass(byte, deliver),
            None => received.push_back(byte),
        }
    }
}

impl<P: SerialPins> Read for SimulatedBoard<P> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let mut idle_left = self.timeout_cycles;
        while self.received.is_empty() {
            if idle_left == 0 {
                self.pins.flush_trace().map_err(io::Error::other)?;
                return Err(ErrorKind::TimedOut.into());
            }
            let n_cycles = self.advance(idle_left);
            let is_idle = self.sender.level().is_none() && self.receiver.is_idle();
            idle_left = if is_idle { idle_left - n_cycles.min(idle_left) } else { self.timeout_cycles };
        }
        self.pins.check_trace().map_err(io::Error::other)?;
        self.received.read(buffer)
    }
}

impl<P: SerialPins> Write for SimulatedBoard<P> {
    /// Queues bytes; they are sent while the board is read or flushed.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for &byte in bytes {
            let sender = &mut self.sender;
            match &mut self.to_board {
                Some(wire) => wire.pass(byte, |symbol| sender.push(symbol)),
                None => sender.push(byte.into()),
            }
        }
        Ok(bytes.len())
    }

    /// Runs until every queued byte has been sent.
    fn flush(&mut self) -> io::Result<()> {
        while self.sender.level().is_some() {
            self.advance(u64::MAX);
        }
        self.pins.check_trace().map_err(io::Error::other)
    }
}
