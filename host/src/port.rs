//! Where a network runs: the reference model, the simulated hardware, or a serial device.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use model::ModelBoard;
use spec::core::NamedCore;

use crate::baud::{self, Baud, Silence};
use crate::board::Board;
use crate::interruption::Interruption;
use crate::link::{LinkError, Patience};
use crate::serial::Serial;
#[cfg(feature = "sim")]
use crate::simulation::SimulatedPort;

/// Patience with a board that is far slower than hardware, but loses nothing.
pub const SIMULATION_PATIENCE: Patience =
    Patience { answer: Duration::from_secs(60), attempts: 2, follows_latency: false };

/// Anything that carries bytes to a board and back.
pub trait Port: Read + Write {
    /// Begins the waveform, if one was asked for. Until it ends, an interruption makes reads fail and does not end the
    /// process.
    ///
    /// # Errors
    /// The file cannot be written.
    fn begin_trace(&mut self, _: &Interruption) -> Result<(), WaveformError> {
        Ok(())
    }

    /// Finishes the waveform.
    ///
    /// # Errors
    /// The file could not be written to its end, or an interruption has cut the waveform short.
    fn end_trace(&mut self) -> Result<(), WaveformError> {
        Ok(())
    }
}

impl Port for ModelBoard {}

impl Port for Serial {}

#[cfg(feature = "sim")]
impl Port for SimulatedPort {
    fn begin_trace(&mut self, interruption: &Interruption) -> Result<(), WaveformError> {
        self.begin_waveform(interruption)
    }

    fn end_trace(&mut self) -> Result<(), WaveformError> {
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

/// Why a board cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The waveform of something that has none.
    #[error("only simulated hardware has a waveform, and board {0} is not")]
    NoWaveform(Board),
    /// The file of the waveform cannot be written.
    #[error("cannot write {}: {error}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A core without a simulation.
    #[error("there is no simulation of this core")]
    NoSimulation,
    /// A build without the simulator.
    #[error("this motorsrnn was built without the simulator")]
    NoSimulator,
    /// A device that is absent or cannot be used.
    #[error("cannot open board {board}: {error}")]
    Refused {
        /// The board.
        board: Board,
        /// The core that it should have.
        core: NamedCore,
        /// Why.
        error: serialport::Error,
    },
    /// A device on which no board answers.
    #[error("board {board} did not answer: {silence}")]
    Silent {
        /// The board.
        board: Board,
        /// The core that it should have.
        core: NamedCore,
        /// At which rates.
        silence: Box<Silence>,
    },
    /// A connection that broke before the first answer.
    #[error("board {board}: {error}")]
    Broken {
        /// The board.
        board: Board,
        /// The core that it should have.
        core: NamedCore,
        /// How.
        error: LinkError,
    },
}

/// Why there is no whole waveform.
#[derive(Debug, thiserror::Error)]
pub enum WaveformError {
    /// It cannot be written.
    #[cfg(feature = "sim")]
    #[error(transparent)]
    Trace(#[from] cosim::TraceError),
    /// The run was interrupted, and the waveform is finished.
    #[error("interrupted; {} holds the waveform up to there", path.display())]
    Interrupted {
        /// The file.
        path: PathBuf,
    },
}

/// Opens a board. `core` is that of a model or a simulation, `baud` the rate of a serial device, and `trace` the file for the
/// waveform of a simulation, which begins with [`Port::begin_trace`].
///
/// # Errors
/// A device that is absent, cannot be opened, or does not answer at any rate that [`Baud::Auto`] tries; a waveform of anything
/// but a simulation, or one that cannot be written; a simulation in a build without the feature `sim`.
pub fn open(board: &Board, baud: Baud, core: &NamedCore, trace: Option<&Path>) -> Result<Opened, OpenError> {
    if trace.is_some() && *board != Board::Simulation {
        return Err(OpenError::NoWaveform(board.clone()));
    }
    let without_line = |port, patience| Opened { port, patience, baud: None };
    Ok(match board {
        Board::Model => without_line(Box::new(ModelBoard::new(core.configuration)), Patience::default()),
        #[cfg(feature = "sim")]
        Board::Simulation => {
            without_line(Box::new(SimulatedPort::open(core.configuration, trace)?), SIMULATION_PATIENCE)
        }
        #[cfg(not(feature = "sim"))]
        Board::Simulation => return Err(OpenError::NoSimulator),
        Board::Device(path) => {
            let (board, core) = (board.clone(), *core);
            let first = if let Baud::Fixed(baud) = baud { baud } else { COMMON_BAUD };
            let mut port = match Serial::open(path, first) {
                Ok(port) => port,
                Err(error) => return Err(OpenError::Refused { board, core, error }),
            };
            let baud = match baud {
                Baud::Fixed(baud) => baud,
                Baud::Auto => match baud::find(&mut port) {
                    Ok(Ok(baud)) => baud,
                    Ok(Err(silence)) => {
                        return Err(OpenError::Silent { board, core, silence: Box::new(silence) });
                    }
                    Err(error) => return Err(OpenError::Broken { board, core, error }),
                },
            };
            Opened { port: Box::new(port), patience: Patience::default(), baud: Some(baud) }
        }
    })
}

/// A baud rate that every serial port has, to open one with.
const COMMON_BAUD: u32 = 115_200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unusable_line_is_reported_within_half_a_minute() {
        let longest = baud::longest_search() + Patience::default().longest_loss();
        assert!(longest <= Duration::from_secs(30), "{longest:?}");
        assert!(Patience::default().longest_silence() <= Patience::default().longest_loss());
    }

    #[cfg(not(feature = "sim"))]
    #[test]
    fn a_build_without_the_simulator_says_so() {
        use crate::failure::{Failure, FailureKind};
        let failure = Failure::from(open(&Board::Simulation, Baud::Auto, &spec::core::GOWIN, None).err().unwrap());
        assert_eq!(failure.kind(), FailureKind::NoBoard);
        let text = failure.to_string();
        assert!(text.contains("built without the simulator") && text.contains("--board model"), "{text}");
        assert!(!text.contains('\n'), "{text}");
    }
}
