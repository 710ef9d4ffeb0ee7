//! `motorsrnn simulate`: the simulated hardware as a serial device.

use std::sync::atomic::AtomicBool;

use cosim::pty::PseudoTerminal;
use spec::core::{CORES, core_named};

use super::print_text;
use crate::cli::SimulateArgs;
use crate::failure::Failure;
use crate::port::{begin_trace, simulated};

/// Reads without an answer after which a board has nothing more to say: together longer than the checksum of the largest
/// memory takes, 65,535 words at 8 cycles.
const QUIET_READS: u32 = 1024;

/// Serves until the process is ended.
///
/// # Errors
/// No such core, no pseudo-terminal, or a waveform that cannot be written.
pub fn run(args: &SimulateArgs) -> Result<(), Failure> {
    let Some(core) = core_named(&args.core) else {
        let names: Vec<&str> = CORES.iter().map(|core| core.name).collect();
        return Err(Failure::input(format_args!("no core is called {}; there are {}", args.core, names.join(", "))));
    };
    let mut board = simulated(core.configuration)?;
    if let Some(path) = &args.trace {
        begin_trace(&mut board, path)?;
    }
    let terminal = PseudoTerminal::open().map_err(Failure::no_board)?;
    print_text(&format!("{}\n", terminal.path().display()))?;
    terminal.serve(&mut board, QUIET_READS, &AtomicBool::new(false)).map_err(Failure::no_board)
}
