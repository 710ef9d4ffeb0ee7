//! Where a network runs: the reference model, the simulated hardware, or a serial device.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use cosim::{SerialPins, SimulatedBoard};
use model::ModelBoard;
use spec::core::CoreConfiguration;

use crate::failure::Failure;
use crate::link::Patience;

/// What stands for the reference model on the command line.
pub const MODEL: &str = "model";

/// What stands for the simulated hardware on the command line.
pub const SIMULATION: &str = "sim";

/// Patience with a board that computes far more slowly than it would in hardware, but loses nothing.
const SIMULATION_PATIENCE: Patience = Patience { answer: Duration::from_secs(60), attempts: 2, follows_latency: false };

/// Longest wait of one read on a serial device; a link adds reads up to its own patience.
const READ_WAIT: Duration = Duration::from_millis(5);

/// Anything that carries bytes to a board and back.
pub trait Port: Read + Write {
    /// Begins the waveform that was asked for.
    ///
    /// # Errors
    /// It cannot be written.
    fn begin_trace(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

impl Port for ModelBoard {}

impl<D: Read + Write> Port for Serial<D> {}

/// Opens `board`: `model` or `sim`, with this core, or the path of a serial device at `baud`; and says what patience it
/// needs. `trace` names a file for the waveform of simulated hardware, which begins with [`Port::begin_trace`].
///
/// # Errors
/// A device that is not there or cannot be opened, a waveform of something else or that cannot be written.
pub fn open(
    board: &str,
    baud: u32,
    core: CoreConfiguration,
    trace: Option<&Path>,
) -> Result<(Box<dyn Port>, Patience), Failure> {
    if board == SIMULATION {
        if let Some(path) = trace {
            File::create(path).map_err(|error| Failure::unwritable(path, &error))?;
        }
        let port = Simulated { board: simulated(core)?, trace: trace.map(Path::to_owned) };
        return Ok((Box::new(port), SIMULATION_PATIENCE));
    }
    if trace.is_some() {
        return Err(Failure::input(format_args!(
            "--trace writes what simulated hardware does, and board {board} is none; use `--board {SIMULATION}`"
        )));
    }
    if board == MODEL {
        return Ok((Box::new(ModelBoard::new(core)), Patience::default()));
    }
    let device =
        serialport::new(board, baud).timeout(READ_WAIT).open_native().map_err(|error| refuse(board, &error))?;
    Ok((Box::new(Serial(device)), Patience::default()))
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

/// Begins a waveform of simulated hardware.
///
/// # Errors
/// It cannot be written.
pub fn begin_trace(board: &mut AnySimulatedBoard, path: &Path) -> Result<(), Failure> {
    board.open_trace(path).map_err(|error| {
        Failure::input(format_args!("{error}; name a file in a folder that exists, is writable and has space"))
    })
}

/// Simulated hardware, and where its waveform goes.
struct Simulated {
    board: AnySimulatedBoard,
    trace: Option<PathBuf>,
}

impl Port for Simulated {
    fn begin_trace(&mut self) -> Result<(), Failure> {
        self.trace.as_ref().map_or(Ok(()), |path| begin_trace(&mut self.board, path))
    }
}

impl Read for Simulated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
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

fn refuse(board: &str, error: &serialport::Error) -> Failure {
    let next_step = match error.kind() {
        serialport::ErrorKind::Io(io::ErrorKind::PermissionDenied) => {
            "; add yourself to the group that owns the device (often dialout) and log in again"
        }
        _ if !Path::new(board).exists() => "; `motorsrnn ports` lists the serial ports, and `--board model` needs none",
        _ => "; check that it is a serial device and that no other program has it open",
    };
    Failure::no_board(format_args!("cannot open board {board}: {error}{next_step}"))
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
