//! Where a network runs: the reference model, the simulated hardware, or a serial device.

use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;

use model::ModelBoard;
use serialport::{ClearBuffer, SerialPort};
use spec::core::NamedCore;

use crate::baud::{self, Baud, SetBaudRate};
use crate::board::Board;
use crate::failure::{self, Failure};
use crate::interruption::Interruption;
use crate::link::Patience;
#[cfg(feature = "sim")]
use crate::simulation::SimulatedPort;

/// Patience with a board that is far slower than hardware, but loses nothing.
pub const SIMULATION_PATIENCE: Patience =
    Patience { answer: Duration::from_secs(60), attempts: 2, follows_latency: false };

/// Timeout of one read on a serial device; a link reads again until its own patience ends.
const READ_WAIT: Duration = Duration::from_millis(5);

/// Anything that carries bytes to a board and back.
pub trait Port: Read + Write {
    /// Begins the waveform, if one was asked for. Until it ends, an interruption makes reads fail and does not end the
    /// process.
    ///
    /// # Errors
    /// The file cannot be written.
    fn begin_trace(&mut self, _: &Interruption) -> Result<(), Failure> {
        Ok(())
    }

    /// Finishes the waveform.
    ///
    /// # Errors
    /// The file could not be written to its end, or an interruption has cut the waveform short.
    fn end_trace(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

impl Port for ModelBoard {}

impl<D: Read + Write> Port for Serial<D> {}

#[cfg(feature = "sim")]
impl Port for SimulatedPort {
    fn begin_trace(&mut self, interruption: &Interruption) -> Result<(), Failure> {
        self.begin_waveform(interruption)
    }

    fn end_trace(&mut self) -> Result<(), Failure> {
        self.end_waveform()
    }
}

/// An open board.
pub struct Opened {
    /// Carries bytes to the board and back.
    pub port: Box<dyn Port>,
    /// The patience that the board needs.
    pub patience: Patience,
    /// Baud rate of the line; none without a serial device.
    pub baud: Option<u32>,
}

/// Opens a board. `core` is that of a model or a simulation, `baud` the rate of a serial device, and `trace` the file for the
/// waveform of a simulation, which begins with [`Port::begin_trace`].
///
/// # Errors
/// A device that is absent, cannot be opened, or does not answer at any rate that [`Baud::Auto`] tries; a waveform of anything
/// but a simulation, or one that cannot be written; a simulation in a build without the feature `sim`.
pub fn open(board: &Board, baud: Baud, core: &NamedCore, trace: Option<&Path>) -> Result<Opened, Failure> {
    if trace.is_some() && *board != Board::Simulation {
        return Err(Failure::input(format_args!("only simulated hardware has a waveform, and board {board} is not"))
            .advise(format_args!("use --trace with `--board {}`", Board::Simulation)));
    }
    let without_line = |port, patience| Opened { port, patience, baud: None };
    Ok(match board {
        Board::Model => without_line(Box::new(ModelBoard::new(core.configuration)), Patience::default()),
        #[cfg(feature = "sim")]
        Board::Simulation => {
            without_line(Box::new(SimulatedPort::open(core.configuration, trace)?), SIMULATION_PATIENCE)
        }
        #[cfg(not(feature = "sim"))]
        Board::Simulation => return Err(Failure::no_simulator()),
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

/// A baud rate that every serial port has, to open one with.
const COMMON_BAUD: u32 = 115_200;

fn refuse(board: &Board, core: &NamedCore, error: &serialport::Error) -> Failure {
    let is_absent = !Path::new(&board.to_string()).exists();
    let next_step = match error.kind() {
        _ if is_absent && board.is_pseudo_terminal() => &failure::is_still_simulated(core),
        _ if spec::board::board_named(&board.to_string()).is_some() => {
            "this names a kind of board, but `--board` takes the path of its serial device: `motorsrnn ports` lists them"
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
    Failure::no_board(format_args!("cannot open board {board}: {error}")).advise(next_step)
}

/// A serial device whose flush does not wait: the driver sends at its own pace, and the board's answer is the proof.
struct Serial<D>(D);

impl<D: SerialPort> SetBaudRate for Serial<D> {
    fn set_baud_rate(&mut self, baud: u32) -> bool {
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

#[cfg(all(test, not(feature = "sim")))]
mod tests {
    use spec::core::GOWIN;

    use super::*;
    use crate::failure::FailureKind;

    #[test]
    fn a_build_without_the_simulator_says_so() {
        let failure = open(&Board::Simulation, Baud::Auto, &GOWIN, None).err().unwrap();
        assert_eq!(failure.kind(), FailureKind::NoBoard);
        let text = failure.to_string();
        assert!(text.contains("built without the simulator") && text.contains("--board model"), "{text}");
        assert!(!text.contains('\n'), "{text}");
    }
}
