//! `cargo xtask gate`.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use gates::decode::Task;
use gates::error::GateError;
use gates::ice40::readback::read_back;
use gates::netlist::{Netlist, folder};
use spec::board::{Board, known_board};

/// The shipped session, decoded by the gates of a board
#[derive(Parser)]
#[command(name = "cargo xtask gate", bin_name = "cargo xtask gate")]
struct Cli {
    /// A board of the iCE40 or the ECP5 that `motorsrnn boards` lists
    #[arg(value_parser = known_board)]
    board: &'static Board,
    /// Windows to decode [default: all]
    #[arg(long)]
    limit: Option<NonZeroUsize>,
    /// Topology of the network, T1 to T6
    #[arg(long, default_value = "T1")]
    topology: String,
    /// The gates that are read back from this bitstream of the iCE40, instead of those that synthesis makes
    #[arg(long, value_name = "FILE")]
    bitstream: Option<PathBuf>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli.board, &cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", cli.board.name);
            ExitCode::FAILURE
        }
    }
}

fn run(board: &Board, cli: &Cli) -> Result<(), GateError> {
    let build_directory = target_directory();
    let step = |step: &str| eprintln!("{}: {step}", board.name);
    step("training");
    let task = Task::shipped(board.core, &cli.topology)?;
    let work = folder(&build_directory).join(format!("{}-work", board.name));
    let netlist = if let Some(bitstream) = &cli.bitstream {
        step("reading the bitstream");
        read_back(board, bitstream, &build_directory, &work)?
    } else {
        step("synthesis");
        Netlist::synthesized(board, &build_directory, &work)?
    };
    step("compilation");
    let gates = netlist.simulated(&build_directory)?;
    let start = Instant::now();
    let outcome = task.run(gates, cli.limit.map(NonZeroUsize::get), |window, n_windows| {
        step(&format!("window {window} of {n_windows}"))
    })?;
    println!(
        "{}: {} windows of {} ticks in {} cycles and {:.0} s: scores {}, as the model's",
        board.name,
        outcome.n_windows,
        outcome.n_ticks,
        outcome.n_cycles,
        start.elapsed().as_secs_f64(),
        outcome.scores_hash
    );
    Ok(())
}

/// Where cargo builds.
fn target_directory() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from)
}
