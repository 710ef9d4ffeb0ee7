//! `motorsrnn simulate`: the simulated hardware as a serial device.

use std::path::PathBuf;

use clap::Args;
use spec::core::NamedCore;

use super::args;
use crate::failure::Failure;
use crate::interruption::Interruption;

/// Options of `simulate`.
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// Serve a pseudo-terminal until interrupted; its path is printed and works as `--board` of any other verb
    #[arg(long, required = true)]
    pub pty: bool,
    /// Core to simulate, see `boards`
    #[arg(long, default_value = spec::core::ECP5_25F.name, value_parser = args::core())]
    pub core: NamedCore,
    /// Waveform to write: FILE.vcd, or FILE.fst, which is converted from FILE.fst.vcd at the end
    #[arg(long, value_name = "FILE", value_parser = args::waveform())]
    pub trace: Option<PathBuf>,
}

/// Reads without an answer after which the board is idle. Together they take longer than the checksum of the largest memory:
/// 65,535 words at 8 cycles.
#[cfg(feature = "sim")]
const QUIET_READS: u32 = 1024;

/// Serves until `interruption` is requested.
///
/// # Errors
/// There is no pseudo-terminal, or the waveform cannot be written.
#[cfg(feature = "sim")]
pub fn run(args: &SimulateArgs, interruption: &Interruption) -> Result<(), Failure> {
    let mut board = crate::simulation::board(args.core.configuration)?;
    let terminal = cosim::pty::PseudoTerminal::open().map_err(Failure::no_board)?;
    // An interruption ends the service, not the process, so that the waveform is finished.
    interruption.hold();
    if let Some(path) = &args.trace {
        board.open_trace(path).map_err(|error| Failure::waveform(&error))?;
    }
    super::print_text(&format!("{}\n", terminal.path().display()))?;
    eprintln!("motorsrnn: a board with core {} is at this path, for `--board`; Ctrl-C ends it", args.core.name);
    let served = terminal.serve(&mut board, QUIET_READS, interruption.requested());
    served.map_err(|error| Failure::service(terminal.path(), &error))?;
    board.close_trace().map_err(|error| Failure::waveform(&error))
}

/// Refuses, since this build has no simulator.
///
/// # Errors
/// Always.
#[cfg(not(feature = "sim"))]
pub fn run(_: &SimulateArgs, _: &Interruption) -> Result<(), Failure> {
    Err(crate::port::OpenError::NoSimulator.into())
}
