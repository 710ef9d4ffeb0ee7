//! The simulated hardware, and its waveform.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use cosim::{SerialPins, SimulatedBoard};
use recording::check_place;
use spec::core::CoreConfiguration;

use crate::interruption::Interruption;
use crate::port::{OpenError, WaveformError};

/// A simulated board of any core.
pub type AnySimulatedBoard = SimulatedBoard<Box<dyn SerialPins>>;

/// The simulated board of a core.
///
/// # Errors
/// There is no simulation of that core.
pub fn board(core: CoreConfiguration) -> Result<AnySimulatedBoard, OpenError> {
    SimulatedBoard::of(core).ok_or(OpenError::NoSimulation)
}

/// A simulated board whose waveform may be written.
pub(crate) struct SimulatedPort {
    board: AnySimulatedBoard,
    trace: Option<PathBuf>,
    /// While the waveform is written.
    interruption: Option<Interruption>,
}

impl SimulatedPort {
    /// A board of this core; `trace` names the file of its waveform.
    pub(crate) fn open(core: CoreConfiguration, trace: Option<&Path>) -> Result<Self, OpenError> {
        if let Some(path) = trace {
            // The waveform begins later, but a bad path is reported now.
            check_place(path).map_err(|error| OpenError::Unwritable { path: path.to_owned(), error })?;
        }
        Ok(Self { board: board(core)?, trace: trace.map(Path::to_owned), interruption: None })
    }

    pub(crate) fn begin_waveform(&mut self, interruption: &Interruption) -> Result<(), WaveformError> {
        let Some(path) = &self.trace else { return Ok(()) };
        interruption.hold();
        self.interruption = Some(interruption.clone());
        Ok(self.board.open_trace(path)?)
    }

    pub(crate) fn end_waveform(&mut self) -> Result<(), WaveformError> {
        let Some(path) = &self.trace else { return Ok(()) };
        self.board.close_trace()?;
        let was_interrupted = self.interruption.take().is_some_and(|interruption| interruption.release());
        if was_interrupted { Err(WaveformError::Interrupted { path: path.clone() }) } else { Ok(()) }
    }

    fn is_interrupted(&self) -> bool {
        self.interruption.as_ref().is_some_and(|interruption| interruption.requested().load(Ordering::SeqCst))
    }
}

impl Read for SimulatedPort {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_interrupted() {
            return Err(io::Error::other("interrupted"));
        }
        self.board.read(buffer)
    }
}

impl Write for SimulatedPort {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.board.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.board.flush()
    }
}
