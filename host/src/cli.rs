//! The command line: verbs and exit codes. Each verb's file defines its options.

use std::ffi::OsString;

use clap::{CommandFactory, Parser, Subcommand};

use crate::failure::{Failure, FailureKind};
use crate::interruption::Interruption;
#[cfg(unix)]
use crate::verb::simulate;
use crate::verb::{
    adapt, args, boards, completions, convert, decode, export, import, info, live, ports, selftest, study, synth, train,
};

const AFTER_HELP: &str = "\
First steps:
  motorsrnn synth -o session.nwb                     write a synthetic recording
  motorsrnn train session.nwb -o decoder.img         train a network on it
  motorsrnn decode session.nwb -n decoder.img        decode its held-out trials
  motorsrnn ports                                    find your board, then decode with --board PORT

Exit codes:
  0    success
  1    an input, an option or a result cannot be used
  2    wrong usage
  3    no board
  4    the link to the board failed
  5    board and reference model disagree, or the board failed its self-test
  130  interrupted";

/// Decode the direction of a reach from recorded spike trains with a spiking recurrent network, on an FPGA board, on simulated
/// hardware or on the reference model: all three give the same scores, bit for bit.
#[derive(Debug, Parser)]
#[command(name = "motorsrnn", version, after_help = AFTER_HELP, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Train a network on a recording and write it as a network image
    Train(train::TrainArgs),
    /// Decode a recording tick by tick on a board, on simulated hardware or on the reference model
    Decode(decode::DecodeArgs),
    /// Decode spikes as an acquisition system sends them
    Live(live::LiveArgs),
    /// Make an adapted network image from the log of its adaptation
    Adapt(adapt::AdaptVerbArgs),
    /// Serve simulated hardware as a serial device
    #[cfg(unix)]
    Simulate(simulate::SimulateArgs),
    /// Test a board: identity, serial line, memories, arithmetic, and a decode whose result is known
    Selftest(selftest::SelftestArgs),
    /// Write a synthetic recording of direction-tuned units as NWB
    Synth(synth::SynthArgs),
    /// Run the papers' experiments on recordings and write a report
    Study(study::StudyArgs),
    /// Turn a network that was trained elsewhere, a NIR file, into a network image
    Import(import::ImportArgs),
    /// Write every integer of a network image for other programs
    Export(export::ExportArgs),
    /// Show the contents of a recording or a network image
    Info(info::InfoArgs),
    /// Write a recording as NWB
    Convert(convert::ConvertArgs),
    /// List the supported boards, their bitstreams and their tick rates
    Boards(args::ListArgs),
    /// List the serial ports of this machine
    Ports(ports::PortsArgs),
    /// Print a completion script for a shell
    Completions(completions::CompletionsArgs),
}

/// Runs the program: parses the arguments, of which the first is the program's name, runs the verb, prints its result or its
/// failure, and returns the exit code of the process.
///
/// A verb that must finish a file when it is interrupted sets the signal handlers of the process, so such a verb runs once in a
/// process.
pub fn run_from(args: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> u8 {
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    let outcome = match Cli::try_parse_from(&args) {
        Ok(cli) => cli.verb.run(),
        Err(usage) => {
            // What it repeats of the arguments is shown without control characters.
            let shown = args.iter().map(|argument| recording::on_one_line(&argument.to_string_lossy()));
            let usage = Cli::try_parse_from(shown).err().unwrap_or(usage);
            // Help and version are such an error too, with code 0. A closed pipe is no failure.
            let _ = usage.print();
            return usage.exit_code().try_into().unwrap_or(u8::MAX);
        }
    };
    match outcome {
        Ok(()) => 0,
        Err(failure) => {
            if failure.kind() != FailureKind::ClosedPipe {
                eprintln!("motorsrnn: {}", recording::on_one_line(&failure.to_string()));
            }
            failure.kind().exit_code()
        }
    }
}

impl Verb {
    fn run(self) -> Result<(), Failure> {
        let interruption = if self.finishes_files() { Interruption::watch()? } else { Interruption::default() };
        match self {
            Self::Train(args) => train::run(&args),
            Self::Decode(args) => decode::run(&args, &interruption),
            Self::Live(args) => live::run(args, &interruption),
            Self::Adapt(args) => adapt::run(&args),
            #[cfg(unix)]
            Self::Simulate(args) => simulate::run(&args, &interruption),
            Self::Selftest(args) => selftest::run(&args),
            Self::Synth(args) => synth::run(&args),
            Self::Study(args) => study::run(&args, &interruption),
            Self::Import(args) => import::run(&args),
            Self::Export(args) => export::run(&args),
            Self::Info(args) => info::run(&args),
            Self::Convert(args) => convert::run(&args),
            Self::Boards(args) => boards::run(&args),
            Self::Ports(args) => ports::run(&args),
            Self::Completions(args) => completions::run(&args, Cli::command()),
        }
    }

    /// Whether the verb writes a file that an interruption must not leave unfinished.
    fn finishes_files(&self) -> bool {
        match self {
            Self::Decode(args) => args.trace.is_some(),
            #[cfg(unix)]
            Self::Simulate(_) => true,
            Self::Live(_) | Self::Study(_) => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_of_every_verb_is_consistent() {
        Cli::command().debug_assert();
    }
}
