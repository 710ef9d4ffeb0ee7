//! The project's own commands: `cargo xtask …`.

mod demo;
mod setup;
mod test;
mod tidy;
#[path = "../../cosim/src/variables.rs"]
#[allow(dead_code, reason = "a soak needs one of them")]
mod variables;
mod wheel;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tools::workspace::{build_directory, cargo, run};

/// The outcome of a command.
type Outcome = Result<(), Box<dyn Error>>;

/// How many times as long a soak is.
const SOAK_FACTOR: &str = "100";

/// Commands of the motorsrnn workspace
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Runs what takes minutes: tidy, format, lints, and all tests except those of `verify`
    Test,
    /// Runs what takes longer: synthesis, place and route, gate-level simulation, proofs, long random tests
    Verify,
    /// Checks facts about the repository that no compiler checks; part of `test`
    Tidy,
    /// Proves properties of the Verilog of all blocks, or of the named ones; part of `verify`
    Prove {
        /// Names of blocks
        blocks: Vec<String>,
    },
    /// Measures the speed of the reference model, of training and of the simulated hardware, and checks the bounds
    Bench,
    /// Runs the random lockstep a hundred times as long, and decodes all windows in every gate-level simulation
    Soak,
    /// Prints the accuracy on a recording, next to the classical decoders, for several windows
    Accuracy {
        /// A recording whose trials have the column `target_label`
        recording: PathBuf,
    },
    /// Installs the programs that Rust does not bring into the build directory; the other commands do so if they need them
    Setup {
        /// Also those that only bitstreams need
        #[arg(long)]
        bitstreams: bool,
    },
    /// Builds the Python package as a wheel, and tests it
    Wheel,
    /// Writes the shipped sessions and networks
    Demo,
    /// Draws the pictures of the documents
    #[command(disable_help_flag = true)]
    Pictures(Forwarded),
    /// Builds the bitstream of a board, or of `all`
    #[command(disable_help_flag = true)]
    Bitstream(Forwarded),
    /// Writes the Verilog and the constraints of a board to a folder
    #[command(disable_help_flag = true)]
    Verilog(Forwarded),
    /// Writes the constraint files of all boards
    Constraints,
    /// Writes docs/boards.md and motorsrnn.core
    Boards,
    /// Decodes the shipped session in a gate-level simulation of a board
    #[command(disable_help_flag = true)]
    Gate(Forwarded),
    /// Puts faults into the Verilog and reports those that no test detects; takes about an hour
    #[command(disable_help_flag = true)]
    Mutate(Forwarded),
    /// Measures the lines, branches and toggles of the Verilog that the tests cover
    Coverage,
}

/// Arguments for the program of another room.
#[derive(clap::Args)]
struct Forwarded {
    /// See `--help`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().verb {
        Verb::Test => test::test(),
        Verb::Verify => test::verify(),
        Verb::Tidy => tidy::check(),
        Verb::Prove { blocks } => prove(&blocks),
        Verb::Bench => bench(),
        Verb::Soak => soak(),
        Verb::Accuracy { recording } => accuracy(&recording),
        Verb::Setup { bitstreams } => setup::install(bitstreams),
        Verb::Wheel => wheel::build_and_test(),
        Verb::Demo => demo::write(),
        Verb::Pictures(Forwarded { arguments }) => return forward("motorsrnn-pictures", &[], &arguments),
        Verb::Bitstream(Forwarded { arguments }) => return forward("motorsrnn-flow", &["bitstream"], &arguments),
        Verb::Verilog(Forwarded { arguments }) => return forward("motorsrnn-flow", &["verilog"], &arguments),
        Verb::Constraints => return forward("motorsrnn-flow", &["constraints"], &[]),
        Verb::Boards => return forward("motorsrnn-flow", &["boards"], &[]),
        Verb::Gate(Forwarded { arguments }) => return forward("motorsrnn-verification", &["gate"], &arguments),
        Verb::Mutate(Forwarded { arguments }) => return forward("motorsrnn-verification", &["mutate"], &arguments),
        Verb::Coverage => return forward("motorsrnn-verification", &["coverage"], &[]),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs another room's program, so that these commands need not be compiled with that room.
fn forward(package: &str, verb: &[&str], arguments: &[String]) -> ExitCode {
    match cargo(["run", "--package", package, "--"]).args(verb).args(arguments).status() {
        // The program has reported its errors.
        Ok(status) => status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from),
        Err(error) => {
            eprintln!("xtask: cannot start cargo: {error}");
            ExitCode::FAILURE
        }
    }
}

fn prove(blocks: &[String]) -> Outcome {
    let fixed = ["test", "--package", "motorsrnn-hdl", "--test", "proofs", "--", "--exact"];
    Ok(run(cargo(fixed).args(blocks))?)
}

fn bench() -> Outcome {
    for (package, bench) in [
        ("motorsrnn-model", "reference_model"),
        ("motorsrnn-train", "training_step"),
        ("motorsrnn-cosim", "cycles"),
        ("motorsrnn-cosim", "core"),
    ] {
        run(&mut cargo(["bench", "--package", package, "--bench", bench]))?;
    }
    Ok(())
}

fn soak() -> Outcome {
    for (package, tests) in [("motorsrnn-cosim", "core_lockstep::"), ("motorsrnn-verification", "decoding::")] {
        let mut tests = cargo(["test", "--package", package, "--test", "main", tests, "--", "--nocapture"]);
        run(tests.env(variables::SOAK, SOAK_FACTOR))?;
    }
    Ok(())
}

fn accuracy(recording: &Path) -> Outcome {
    let image = build_directory().join("accuracy.img");
    for classes in [None, Some("1,3,5,6")] {
        for window_ms in ["50", "100", "200"] {
            println!("\n{} classes, {window_ms} ms", classes.unwrap_or("all"));
            let mut train = cargo(["run", "--quiet", "--release", "--", "train", "--window-ms", window_ms]);
            train.arg(recording).arg("-o").arg(&image);
            if let Some(classes) = classes {
                train.args(["--classes", classes]);
            }
            run(&mut train)?;
        }
    }
    Ok(())
}
