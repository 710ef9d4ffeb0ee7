//! A simulated board behind its serial line, for programs: bytes in, bytes out, time-outs as of a serial port.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use spec::board::BOARDS;
use spec::core::CoreConfiguration;

use crate::faulty_wire::FaultyWire;
use crate::line::CLOCKS_PER_BIT;
use crate::model::board_pins;
use crate::simulator::SerialPins;
use crate::uart::{Heard, Receiver, Sender, Symbol};
use crate::waveform::TraceError;

/// A design with the two pins of a serial line.
///
/// Simulated time passes while it is read or flushed, and stands still else. Reading ends with the first byte, or with
/// [`ErrorKind::TimedOut`] when neither pin has moved for a number of cycles.
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

/// Quiet cycles of one read of [`SimulatedBoard::of`]: short, so that whoever reads can look elsewhere in between.
const READ_CYCLES: u64 = 1024;

/// Clock of a board that is none of `spec::board`, in waveforms.
const ANY_CLOCK_HZ: u32 = 1_000_000;

impl SimulatedBoard<Box<dyn SerialPins>> {
    /// The first board that holds this core, at its own clock, with a line of [`CLOCKS_PER_BIT`]; none if there is no model of
    /// it.
    #[must_use]
    pub fn of(core: CoreConfiguration) -> Option<Self> {
        let boards = BOARDS.iter().filter(|board| board.core.configuration == core);
        let (board, pins) = boards.filter_map(|board| Some((board, board_pins(board.name)?))).next()?;
        let clock_hz = board.clock_hz;
        Some(Self { clock_hz, ..Self::new(pins, f64::from(CLOCKS_PER_BIT), READ_CYCLES) })
    }
}

impl<P: SerialPins> SimulatedBoard<P> {
    /// A board just configured, with a quiet line of this speed; a read waits for `timeout_cycles` of quiet.
    ///
    /// # Panics
    /// If a bit is shorter than a cycle.
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

    /// The design; whoever runs it runs it without the line.
    pub fn pins_mut(&mut self) -> &mut P {
        &mut self.pins
    }

    /// Cycles that reading and flushing took.
    #[must_use]
    pub fn n_cycles(&self) -> u64 {
        self.n_cycles
    }

    /// Bytes from the board whose stop bit was low; they are lost.
    #[must_use]
    pub fn n_framing_errors(&self) -> u64 {
        self.n_framing_errors
    }

    /// Writes a waveform of everything in the design from here on, see [`Traced::open_trace`](crate::Traced::open_trace).
    /// When it cannot be written any more, reads and flushes fail with a [`TraceError`] once.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn open_trace(&mut self, path: &Path) -> Result<(), TraceError> {
        self.pins.open_trace(path, self.clock_hz)
    }

    /// Ends the waveform, if there is one.
    ///
    /// # Errors
    /// It could not be written to its end.
    pub fn close_trace(&mut self) -> Result<(), TraceError> {
        self.pins.close_trace()
    }

    /// Configures the board anew: everything that it held is gone, and what was on the line.
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

    /// Damages what is written from here on.
    pub fn set_wire_to_board(&mut self, wire: Option<FaultyWire>) {
        let speed = wire.as_ref().map_or(1.0, FaultyWire::speed);
        self.sender = Sender::new(self.cycles_per_bit / speed);
        self.to_board = wire;
    }

    /// Damages what is read from here on.
    pub fn set_wire_from_board(&mut self, wire: Option<FaultyWire>) {
        self.from_board = wire;
    }

    /// The wires, to the board and from it.
    #[must_use]
    pub fn wires(&self) -> (Option<&FaultyWire>, Option<&FaultyWire>) {
        (self.to_board.as_ref(), self.from_board.as_ref())
    }

    /// Runs to the next change of a pin or sample of one, but not longer than `limit`; says how many cycles.
    fn advance(&mut self, limit: u64) -> u64 {
        let (level, rx_left) = self.sender.level().unwrap_or((true, limit));
        self.pins.set_rx(level);
        let tx = self.pins.tx();
        let n_cycles = limit.min(rx_left).min(self.receiver.cycles_to_sample().unwrap_or(limit));
        let n_cycles = self.pins.step_while_tx(tx, n_cycles);
        self.sender.pass(n_cycles);
        self.n_cycles += n_cycles;
        match self.receiver.pass(n_cycles, self.pins.tx()) {
            Some(Heard::Byte(byte)) => self.hear(byte),
            Some(Heard::FramingError) => self.n_framing_errors += 1,
            None => {}
        }
        n_cycles
    }

    fn hear(&mut self, byte: u8) {
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
        let mut quiet_left = self.timeout_cycles;
        while self.received.is_empty() {
            if quiet_left == 0 {
                self.pins.flush_trace().map_err(io::Error::other)?;
                return Err(ErrorKind::TimedOut.into());
            }
            let n_cycles = self.advance(quiet_left);
            let is_quiet = self.sender.level().is_none() && self.receiver.is_quiet();
            quiet_left = if is_quiet { quiet_left - n_cycles.min(quiet_left) } else { self.timeout_cycles };
        }
        self.pins.check_trace().map_err(io::Error::other)?;
        self.received.read(buffer)
    }
}

impl<P: SerialPins> Write for SimulatedBoard<P> {
    /// Queues bytes; they go over the line when the board is read or flushed.
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

    /// Runs until everything has gone over the line.
    fn flush(&mut self) -> io::Result<()> {
        while self.sender.level().is_some() {
            self.advance(u64::MAX);
        }
        self.pins.check_trace().map_err(io::Error::other)
    }
}
