//! Where a network runs: the reference model, the simulated hardware, or a serial device.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

use cosim::{SerialPins, SimulatedBoard};
use model::ModelBoard;
use recording::check_place;
use spec::core::{CoreConfiguration, NamedCore};

use crate::board::Board;
use crate::failure::{self, Failure};
use crate::interruption::Interruption;
use crate::link::Patience;

/// Patience with a board that computes far more slowly than it would in hardware, but loses nothing.
const SIMULATION_PATIENCE: Patience = Patience { answer: Duration::from_secs(60), attempts: 2, follows_latency: false };

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

/// Opens a board, which has this core if it is made here, and this speed if it is a serial device; and says what patience
/// it needs. `trace` names a file for the waveform of simulated hardware, which begins with [`Port::begin_trace`].
///
/// # Errors
/// A device that is not there or cannot be opened, a waveform of something else or that cannot be written.
pub fn open(
    board: &Board,
    baud: u32,
    core: &NamedCore,
    trace: Option<&Path>,
) -> Result<(Box<dyn Port>, Patience), Failure> {
    if trace.is_some() && *board != Board::Simulation {
        return Err(Failure::input(format_args!(
            "--trace writes what simulated hardware does, and board {board} is none; use `--board {}`",
            Board::Simulation
        )));
    }
    Ok(match board {
        Board::Model => (Box::new(ModelBoard::new(core.configuration)), Patience::default()),
        Board::Simulation => {
            // The waveform begins later; what is wrong with its place is said now.
            trace.map_or(Ok(()), |path| check_place(path).map_err(|error| Failure::unwritable(path, &error)))?;
            let board = simulated(core.configuration)?;
            let port = Simulated { board, trace: trace.map(Path::to_owned), interruption: None };
            (Box::new(port), SIMULATION_PATIENCE)
        }
        Board::Device(path) => {
            let device = serialport::new(path, baud).timeout(READ_WAIT).open_native();
            (Box::new(Serial(device.map_err(|error| refuse(board, core, &error))?)), Patience::default())
        }
    })
}

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
