//! Where a network runs: the reference model, the simulated hardware, or a serial device.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

use cosim::{SerialPins, SimulatedBoard};
use model::ModelBoard;
use recording::check_place;
use serialport::{ClearBuffer, SerialPort};
use spec::core::{CoreConfiguration, NamedCore};

use crate::baud::{self, Baud, Tunable};
use crate::board::Board;
use crate::failure::{self, Failure};
use crate::interruption::Interruption;
use crate::link::Patience;

/// Patience with a board that computes far more slowly than it would in hardware, but loses nothing.
pub const SIMULATION_PATIENCE: Patience =
    Patience { answer: Duration::from_secs(60), attempts: 2, follows_latency: false };

/// Longest wait of one read on a serial device; a link adds reads up to its own patience.
const READ_WAIT: Duration = Duration::from_millis(5);

/// Anything that carries bytes to a board and back.
pub trait Port: Read + Write {
    /// Begins the waveform that was asked for. Until it ends, an interruption makes reads fail instead of ending the program.
    ///
    /// # Errors
    /// It cannot be written.
    fn begin_trace(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    /// Ends the waveform that was begun.
    ///
    /// # Errors
    /// It could not be written to its end, or an interruption has cut it short.
    fn end_trace(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

impl Port for ModelBoard {}

impl<D: Read + Write> Port for Serial<D> {}

/// A board that was opened.
pub struct Opened {
    /// What carries bytes to it and back.
    pub port: Box<dyn Port>,
    /// The patience that it needs.
    pub patience: Patience,
    /// Speed of its line; none where there is no serial device.
    pub baud: Option<u32>,
}

/// Opens a board, which has this core if it is made here, and this speed if it is a serial device. `trace` names a file for
/// the waveform of simulated hardware, which begins with [`Port::begin_trace`].
///
/// # Errors
/// A device that is not there, cannot be opened or does not answer at any speed that was to be found out; a waveform of
/// something else or that cannot be written.
pub fn open(board: &Board, baud: Baud, core: &NamedCore, trace: Option<&Path>) -> Result<Opened, Failure> {
    if trace.is_some() && *board != Board::Simulation {
        return Err(Failure::input(format_args!(
            "--trace writes what simulated hardware does, and board {board} is none; use `--board {}`",
            Board::Simulation
        )));
    }
    let here = |port, patience| Opened { port, patience, baud: None };
    Ok(match board {
        Board::Model => here(Box::new(ModelBoard::new(core.configuration)), Patience::default()),
        Board::Simulation => {
            // The waveform begins later; what is wrong with its place is said now.
            trace.map_or(Ok(()), |path| check_place(path).map_err(|error| Failure::unwritable(path, &error)))?;
            let board = simulated(core.configuration)?;
            let port = Simulated { board, trace: trace.map(Path::to_owned), interruption: None };
            here(Box::new(port), SIMULATION_PATIENCE)
        }
        Board::Device(path) => {
            let first = if let Baud::Fixed(baud) = baud { baud } else { COMMON_BAUD };
            let device = serialport::new(path, first).timeout(READ_WAIT).open_native();
            let mut port = Serial(device.map_err(|error| refuse(board, core, &error))?);
            let baud = match baud {
                Baud::Fixed(baud) => baud,
                Baud::Auto => baud::find(&mut port)
                    .map_err(|error| Failure::broken(board, core, error))?
                    .map_err(|silence| Failure::silent(board, core, &silence))?,
            };
            Opened { port: Box::new(port), patience: Patience::default(), baud: Some(baud) }
        }
    })
}

/// A speed that every serial port has, to open one with.
const COMMON_BAUD: u32 = 115_200;

/// A board of whatever core is simulated.
pub type AnySimulatedBoard = SimulatedBoard<Box<dyn SerialPins>>;

/// The simulated board of a core.
///
/// # Errors
/// There is no model of it.
pub fn simulated(core: CoreConfiguration) -> Result<AnySimulatedBoard, Failure> {
    SimulatedBoard::of(core).ok_or_else(|| {
        Failure::no_board(
            "there is no simulation of this core; use one that `motorsrnn boards` lists, or `--board model`",
        )
    })
}

/// Simulated hardware, where its waveform goes, and what may cut that short.
struct Simulated {
    board: AnySimulatedBoard,
    trace: Option<PathBuf>,
    interruption: Option<Interruption>,
}

impl Simulated {
    fn is_interrupted(&self) -> bool {
        self.interruption.as_ref().is_some_and(|interruption| interruption.requested().load(Ordering::SeqCst))
    }
}

impl Port for Simulated {
    fn begin_trace(&mut self) -> Result<(), Failure> {
        let Some(path) = &self.trace else { return Ok(()) };
        self.interruption = Some(Interruption::watch()?);
        self.board.open_trace(path).map_err(|error| Failure::waveform(&error))
    }

    fn end_trace(&mut self) -> Result<(), Failure> {
        let Some(path) = &self.trace else { return Ok(()) };
        if self.is_interrupted() {
            eprintln!("motorsrnn: interrupted; ending the waveform, which may take a while");
        }
        self.board.close_trace().map_err(|error| Failure::waveform(&error))?;
        let was_interrupted = self.interruption.take().is_some_and(|interruption| interruption.release());
        if was_interrupted { Err(Failure::interrupted(path)) } else { Ok(()) }
    }
}

impl Read for Simulated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_interrupted() {
            return Err(io::Error::other("interrupted"));
        }
        self.board.read(buffer)
    }
}

impl Write for Simulated {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.board.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.board.flush()
    }
}

fn refuse(board: &Board, core: &NamedCore, error: &serialport::Error) -> Failure {
    let is_absent = !Path::new(&board.to_string()).exists();
    let next_step = match error.kind() {
        _ if is_absent && board.is_pseudo_terminal() => &failure::is_still_simulated(core),
        _ if spec::board::board_named(&board.to_string()).is_some() => {
            "that is the name of a kind of board, and `--board` wants the path of its serial device: `motorsrnn ports` lists them"
        }
        _ if is_absent => "`motorsrnn ports` lists the serial ports, and `--board model` needs none",
        serialport::ErrorKind::Io(io::ErrorKind::PermissionDenied) if board.is_pseudo_terminal() => {
            "it belongs to another user; run `motorsrnn simulate --pty` yourself"
        }
        serialport::ErrorKind::Io(io::ErrorKind::PermissionDenied) => {
            "add yourself to the group that owns the device (often dialout) and log in again"
        }
        _ => "check that it is a serial device and that no other program has it open",
    };
    Failure::no_board(format_args!("cannot open board {board}: {error}; {next_step}"))
}

/// A serial device whose flush waits for nothing: the driver sends at its own pace, and an answer is the proof.
struct Serial<D>(D);

impl<D: SerialPort> Tunable for Serial<D> {
    fn tune(&mut self, baud: u32) -> bool {
        self.0.set_baud_rate(baud).is_ok() && self.0.clear(ClearBuffer::Input).is_ok()
    }
}

impl<D: Read> Read for Serial<D> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<D: Write> Write for Serial<D> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
