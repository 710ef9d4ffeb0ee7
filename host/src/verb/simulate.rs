//! `motorsrnn simulate`: the simulated hardware as a serial device.

use cosim::pty::PseudoTerminal;

use super::print_text;
use crate::cli::SimulateArgs;
use crate::failure::Failure;
use crate::interruption::Interruption;
use crate::port::simulated;

/// Reads without an answer after which a board has nothing more to say: together longer than the checksum of the largest
/// memory takes, 65,535 words at 8 cycles.
const QUIET_READS: u32 = 1024;

/// Serves until the process is interrupted.
///
/// # Errors
/// No pseudo-terminal, or a waveform that cannot be written.
pub fn run(args: &SimulateArgs) -> Result<(), Failure> {
    let mut board = simulated(args.core.configuration)?;
    let terminal = PseudoTerminal::open().map_err(Failure::no_board)?;
    // An interruption ends the serving, so that the waveform is finished.
    let interruption = Interruption::watch()?;
    if let Some(path) = &args.trace {
        board.open_trace(path).map_err(|error| Failure::waveform(&error))?;
    }
    print_text(&format!("{}\n", terminal.path().display()))?;
    let served = terminal.serve(&mut board, QUIET_READS, interruption.requested());
    served.map_err(|error| Failure::service(terminal.path(), &error))?;
    board.close_trace().map_err(|error| Failure::waveform(&error))
}
