//! Where a network runs: the reference model, or a serial device.

use std::io::{self, Read, Write};
use std::time::Duration;

use model::ModelBoard;
use spec::core::CoreConfiguration;

use crate::failure::Failure;

/// What stands for the reference model on the command line.
pub const MODEL: &str = "model";

/// Longest wait of one read on a serial device; a link adds reads up to its own patience.
const READ_WAIT: Duration = Duration::from_millis(5);

/// Anything that carries bytes to a board and back.
pub trait Port: Read + Write + Send {}

impl<P: Read + Write + Send> Port for P {}

/// Opens `board`: `model`, with this core, or the path of a serial device at `baud`.
///
/// # Errors
/// A device that is not there or cannot be opened.
pub fn open(board: &str, baud: u32, model_core: CoreConfiguration) -> Result<Box<dyn Port>, Failure> {
    if board == MODEL {
        return Ok(Box::new(ModelBoard::new(model_core)));
    }
    let device =
        serialport::new(board, baud).timeout(READ_WAIT).open_native().map_err(|error| refuse(board, &error))?;
    Ok(Box::new(Serial(device)))
}

fn refuse(board: &str, error: &serialport::Error) -> Failure {
    let next_step = match error.kind() {
        serialport::ErrorKind::Io(io::ErrorKind::PermissionDenied) => {
            "; add yourself to the group that owns the device (often dialout) and log in again"
        }
        _ if !std::path::Path::new(board).exists() => {
            "; `motorsrnn ports` lists the serial ports, and `--board model` needs none"
        }
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
