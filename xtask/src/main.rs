//! The project's own chores: `cargo xtask …`.

mod command;
mod coverage;
mod demo;
mod equivalence;
mod mutate;
mod setup;
mod tidy;

use std::process::ExitCode;
use std::thread;

use clap::{Parser, Subcommand};

use command::{Chore, cargo, cargo_with};

/// Factor on the length of the random lockstep, as `cosim/tests/core_lockstep.rs` reads it.
const SOAK_VARIABLE: &str = "MOTORSRNN_SOAK";
const SOAK_FACTOR: &str = "100";

/// Part of the names of the longest tests, each of which keeps one core busy for minutes.
const LONGEST: &str = "netlist_decodes";

/// Chores of the motorsrnn workspace
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    chore: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Fetches the programs that Rust does not bring into the build directory; `test` does it by itself
    Setup {
        /// Those that only bitstreams need, too
        #[arg(long)]
        bitstreams: bool,
    },
    /// Everything that must hold before a change lands: format, lints, tidiness, tests
    Test,
    /// Speed of the reference model, of training and of the simulated hardware, against their bounds
    Bench,
    /// The random lockstep of hardware and model, a hundred times as long as in the tests; all windows through all gates
    Soak,
    /// Proofs about the Verilog of the control blocks, of all or of those that are named; `test` runs all
    Prove {
        /// Names of blocks
        blocks: Vec<String>,
    },
    /// Lines of the hardware that its tests run, and signals that they change
    Coverage,
    /// Faults in the Verilog of the core and its board, and those that the tests do not notice; takes an hour
    Mutate(mutate::Options),
    /// Accuracy next to the classical decoders, on a recording and several windows
    Accuracy {
        /// Recording with the trials column `target_label`
        recording: std::path::PathBuf,
    },
    /// Facts about the tree that no compiler checks
    Tidy,
    /// Writes the shipped session and decoder anew
    Demo,
    /// Makes the pictures of the documents
    #[command(disable_help_flag = true)]
    Pictures(Forwarded),
    /// Makes the bitstream of a board, or of `all`
    #[command(disable_help_flag = true)]
    Bitstream(Forwarded),
    /// The shipped session, decoded by the gates of a board
    #[command(disable_help_flag = true)]
    Gate(Forwarded),
    /// Writes the Verilog and the constraints of a board into a folder
    #[command(disable_help_flag = true)]
    Verilog(Forwarded),
    /// Writes the constraint files of all boards anew
    Constraints,
    /// Writes the page about boards and the description for FuseSoC anew
    Boards,
}

/// What another room is told.
#[derive(clap::Args)]
struct Forwarded {
    /// See `--help`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().chore {
        Verb::Setup { bitstreams } => setup::run(bitstreams),
        Verb::Test => test(),
        Verb::Bench => bench(),
        Verb::Soak => soak(),
        Verb::Prove { blocks } => prove(&blocks),
        Verb::Coverage => coverage::run(),
        Verb::Mutate(options) => mutate::run(&options),
        Verb::Accuracy { recording } => accuracy(&recording),
        Verb::Tidy => tidy::run(),
        Verb::Demo => demo::run(),
        Verb::Pictures(Forwarded { arguments }) => return pictures(&arguments),
        Verb::Bitstream(Forwarded { arguments }) => return flow("bitstream", &arguments),
        Verb::Gate(Forwarded { arguments }) => return gate(&arguments),
        Verb::Verilog(Forwarded { arguments }) => return flow("verilog", &arguments),
        Verb::Constraints => return flow("constraints", &[]),
        Verb::Boards => return flow("boards", &[]),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

fn test() -> Chore {
    tidy::run()?;
    setup::run(false)?;
    cargo(&["fmt", "--all", "--check"])?;
    cargo(&["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"])?;
    cargo(&["test", "--workspace", "--no-run"])?;
    let longest = thread::spawn(|| command::cargo_unseen(&["test", "--workspace", "--test", "decode", LONGEST]));
    let others = cargo(&["test", "--workspace", "--", "--skip", LONGEST]);
    let longest = longest.join().unwrap_or_else(|_| Err("the longest tests were not run".to_owned()));
    match (others, longest) {
        (Ok(()), Ok(printed)) => {
            println!("{printed}");
            Ok(())
        }
        (others, longest) => {
            let told: Vec<String> = [others.err(), longest.err()].into_iter().flatten().collect();
            Err(told.join("\n"))
        }
    }
}

fn bench() -> Chore {
    cargo(&["bench", "--package", "motorsrnn-model", "--bench", "reference_model"])?;
    cargo(&["bench", "--package", "motorsrnn-train", "--bench", "training_step"])?;
    cargo(&["bench", "--package", "motorsrnn-cosim", "--bench", "cycles"])?;
    cargo(&["bench", "--package", "motorsrnn-cosim", "--bench", "core"])
}

fn soak() -> Chore {
    let lockstep =
        ["test", "--release", "--package", "motorsrnn-cosim", "--test", "core_lockstep", "--", "--nocapture"];
    cargo_with(&lockstep, &[(SOAK_VARIABLE, SOAK_FACTOR)])?;
    let gates = ["test", "--release", "--package", "motorsrnn-gates", "--test", "decode", "--", "--nocapture"];
    cargo_with(&gates, &[(SOAK_VARIABLE, SOAK_FACTOR)])
}

fn prove(blocks: &[String]) -> Chore {
    setup::run(false)?;
    let mut arguments = vec!["test", "--package", "motorsrnn-hdl", "--test", "proofs", "--", "--exact"];
    arguments.extend(blocks.iter().map(String::as_str));
    cargo(&arguments)
}

fn gate(arguments: &[String]) -> ExitCode {
    let mut all = vec!["run", "--release", "--package", "motorsrnn-gates", "--"];
    all.extend(arguments.iter().map(String::as_str));
    command::forward(&all)
}

/// The room that makes bitstreams, which takes the hardware with it; other chores need not wait for that to be compiled.
fn flow(verb: &str, arguments: &[String]) -> ExitCode {
    let mut all = vec!["run", "--package", "motorsrnn-flow", "--", verb];
    all.extend(arguments.iter().map(String::as_str));
    command::forward(&all)
}

fn pictures(arguments: &[String]) -> ExitCode {
    let mut all = vec!["run", "--package", "motorsrnn-pictures", "--"];
    all.extend(arguments.iter().map(String::as_str));
    command::forward(&all)
}

fn accuracy(recording: &std::path::Path) -> Chore {
    let image = command::target_directory().join("accuracy.img");
    let (recording, image) = (recording.to_string_lossy(), image.to_string_lossy());
    for classes in [None, Some("1,3,5,6")] {
        for window_ms in ["50", "100", "200"] {
            println!("\n{} classes, {window_ms} ms", classes.unwrap_or("all"));
            let mut arguments = vec!["run", "--quiet", "--release", "--", "train", &recording, "-o", &image];
            arguments.extend(["--window-ms", window_ms]);
            if let Some(classes) = classes {
                arguments.extend(["--classes", classes]);
            }
            cargo(&arguments)?;
        }
    }
    Ok(())
}
