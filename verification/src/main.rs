//! `cargo xtask gate`, `mutate` and `coverage`.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, Subcommand};
use spec::board::{Board, known_board};
use verification::gates::decode::Task;
use verification::gates::error::GateError;
use verification::gates::ice40::readback::read_back;
use verification::gates::netlist::{Netlist, folder};
use verification::{coverage, mutation};

/// Checks of the hardware that take too long for every test run
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Decodes the shipped session in a gate-level simulation of a board and compares it with the reference model
    Gate(GateArgs),
    /// Puts faults into the Verilog and reports those that no test detects; takes about an hour
    Mutate(mutation::Options),
    /// Measures the lines, branches and toggles of the Verilog that the tests cover
    Coverage,
}

#[derive(clap::Args)]
struct GateArgs {
    /// A board with an iCE40 or ECP5, as `motorsrnn boards` lists it
    #[arg(value_parser = known_board)]
    board: &'static Board,
    /// Number of windows to decode [default: all]
    #[arg(long)]
    limit: Option<NonZeroUsize>,
    /// Topology of the network, T1 to T6
    #[arg(long, default_value = "T1")]
    topology: String,
    /// Simulate the netlist read back from this iCE40 bitstream instead of the netlist after synthesis
    #[arg(long, value_name = "FILE")]
    bitstream: Option<PathBuf>,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().verb {
        Verb::Gate(args) => gate(&args).map_err(|error| format!("{}: {error}", args.board.name)),
        Verb::Mutate(options) => mutation::run(&options),
        Verb::Coverage => coverage::run(),
    };
    flow::exit_code(outcome)
}

fn gate(args: &GateArgs) -> Result<(), GateError> {
    let board = args.board;
    let step = |step: &str| eprintln!("{}: {step}", board.name);
    step("training");
    let task = Task::shipped(board.core, &args.topology)?;
    let work = folder().join(format!("{}-work", board.name));
    let netlist = if let Some(bitstream) = &args.bitstream {
        step("reading the bitstream");
        read_back(board, bitstream, &work)?
    } else {
        step("synthesis");
        Netlist::synthesized(board, &work)?
    };
    step("compilation");
    let gates = netlist.simulated()?;
    let start = Instant::now();
    let outcome = task.run(gates, args.limit.map(NonZeroUsize::get), |window, n_windows| {
        step(&format!("window {window} of {n_windows}"))
    })?;
    println!(
        "{}: {} windows of {} ticks in {} cycles and {:.0} s: scores {}, equal to the model's",
        board.name,
        outcome.n_windows,
        outcome.n_ticks,
        outcome.n_cycles,
        start.elapsed().as_secs_f64(),
        outcome.scores_hash
    );
    Ok(())
}
