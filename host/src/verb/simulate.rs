//! `motorsrnn simulate`: the simulated hardware as a serial device.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cosim::pty::PseudoTerminal;
use spec::core::{CORES, core_named};

use super::print_text;
use crate::cli::SimulateArgs;
use crate::failure::Failure;
use crate::port::{begin_trace, simulated};

/// Reads without an answer after which a board has nothing more to say: together longer than the checksum of the largest
/// memory takes, 65,535 words at 8 cycles.
const QUIET_READS: u32 = 1024;

/// Serves until the process is interrupted.
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
    // An interruption ends the serving, so that the waveform is finished.
    let stop = Arc::new(AtomicBool::new(false));
    let interrupted = Arc::clone(&stop);
    ctrlc::set_handler(move || interrupted.store(true, Ordering::Relaxed)).map_err(Failure::no_board)?;
    terminal.serve(&mut board, QUIET_READS, &stop).map_err(Failure::no_board)
}
