//! The command line: verbs, options, exit codes.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::{PathBufValueParser, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use spec::core::{CORES, NamedCore, core_named};
use study::plan::Experiment;

use crate::baud::Baud;
use crate::board::Board;
use crate::verb;

const EXIT_CODES: &str = "Exit codes: 0 done; 1 an input or a result cannot be used; 2 wrong usage; 3 no board; \
4 the link to the board failed; 5 board and reference model disagree, or a board fails its self-test; 130 interrupted.";

/// Turns recorded spike trains into movement decisions with a spiking recurrent network, on a board or its reference model.
#[derive(Debug, Parser)]
#[command(name = "motorsrnn", version, after_help = EXIT_CODES, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

/// The core of a name.
fn core() -> impl TypedValueParser<Value = NamedCore> {
    PossibleValuesParser::new(CORES.map(|core| core.name))
        .try_map(|name| core_named(&name).ok_or("there is no such core"))
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Train a network on a recording and write it as a network image
    Train(TrainArgs),
    /// Stream a recording through a board, tick by tick, and print its decisions
    Decode(DecodeArgs),
    /// Run the simulated hardware as a serial device that any program can open
    #[cfg(unix)]
    Simulate(SimulateArgs),
    /// Test whether a board works, from its line to a decode whose result is known
    Selftest(SelftestArgs),
    /// Write a synthetic recording of direction-tuned units as NWB
    Synth(SynthArgs),
    /// Run the papers' experiments on recordings and write a report
    Study(StudyArgs),
    /// Say what a recording or a network image holds
    Info(InfoArgs),
    /// List the boards that the core is built for
    Boards(ListArgs),
    /// List the serial ports of this machine
    Ports(ListArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
}

/// Options of `train`.
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// Recording: NWB 2.x, or an event list `t_ms,channel` with its trials beside it
    pub recording: PathBuf,
    /// Network image to write; how it was made is written beside it as <IMAGE>.json
    #[arg(short, long, value_name = "IMAGE")]
    pub output: PathBuf,
    /// Topology: a file, or one of the shipped T1 to T6
    #[arg(long, default_value = "T1")]
    pub topology: String,
    /// Core that the network is for (see `boards`)
    #[arg(long, default_value = spec::core::ECP5_25F.name, value_parser = core())]
    pub core: NamedCore,
    /// Windows cut from the trials
    #[command(flatten)]
    pub windows: WindowArgs,
    /// Length of a tick
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub tick_ms: u32,
    /// Trials column that says `train` or `test`; without it trials are split in folds
    #[arg(long, value_name = "COLUMN")]
    pub split_column: Option<String>,
    /// Folds of the cross-validation
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(2..))]
    pub folds: u32,
    /// Seed of the split, the topology and the training
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    pub seed: u64,
    /// Bits of a weight
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(4..=8))]
    pub weight_bits: u32,
    /// Synapses that are left in the end: the weakest go while the others learn on [default: all]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub synapses: Option<u32>,
    /// Passes over the training windows; the default follows the number of windows
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub epochs: Option<u32>,
    /// Threads; the result does not depend on them
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// JSON Lines on standard output
    #[arg(long)]
    pub json: bool,
}

/// How windows are cut from trials.
#[derive(Debug, Args)]
pub struct WindowArgs {
    /// Trials column that names the class [default: the first of the usual names that the recording has]
    #[arg(long, value_name = "COLUMN")]
    pub label_column: Option<String>,
    /// Classes to keep, by label
    #[arg(long, value_delimiter = ',', value_name = "LABEL,...")]
    pub classes: Option<Vec<String>>,
    /// Trials column whose time starts the window
    #[arg(long, value_name = "COLUMN", default_value = recording::DEFAULT_ALIGN_COLUMN)]
    pub align: String,
    /// Start of the window after that time
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    pub offset_ms: i32,
    /// Length of a window
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub window_ms: u32,
    /// Further training windows of each trial, this far apart; testing uses the first
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub stride_ms: Option<u32>,
}

/// Options of `study`.
#[derive(Debug, Args)]
pub struct StudyArgs {
    /// Recordings, a file a session
    #[arg(required = true)]
    pub recordings: Vec<PathBuf>,
    /// Folder for the report; what it holds of an interrupted study is gone on with
    #[arg(short, long, value_name = "FOLDER")]
    pub output: PathBuf,
    /// Only these experiments
    #[arg(long, value_enum, value_delimiter = ',', value_name = "EXPERIMENT,...")]
    pub only: Option<Vec<Experiment>>,
    /// Repetitions, each with a seed of its own [default: 5, or 1 with --quick]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub seeds: Option<u64>,
    /// A first look in minutes: two folds, one length of a tick, fewer epochs
    #[arg(long)]
    pub quick: bool,
    /// Folds of the cross-validation [default: 5, or 2 with --quick]
    #[arg(long, value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub folds: Option<u32>,
    /// Windows cut from the trials
    #[command(flatten)]
    pub windows: WindowArgs,
    /// Lengths of a tick to compare; the first is that of all experiments but accuracy [default: 1,2, or 1 with --quick]
    #[arg(long, value_delimiter = ',', value_name = "MS,...", value_parser = clap::value_parser!(u32).range(1..))]
    pub ticks_ms: Option<Vec<u32>>,
    /// Angle of each class in degrees, in the order of the classes [default: evenly spaced from 0]
    #[arg(long, value_delimiter = ',', value_name = "DEGREES,...", allow_negative_numbers = true)]
    pub angles: Option<Vec<f64>>,
    /// Topologies to compare: files, or shipped ones; the first is studied in full
    #[arg(long, value_delimiter = ',', value_name = "TOPOLOGY,...", default_value = "T1,T2,T3,T4,T5,T6")]
    pub topologies: Vec<String>,
    /// Core on which networks are also run, in simulation, to count what they take
    #[arg(long, default_value = spec::core::ECP5_25F.name, value_parser = core())]
    pub core: NamedCore,
    /// Cells to work on at a time; the result does not depend on it [default: one a processor]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
}

/// Options of `decode`.
#[derive(Debug, Args)]
pub struct DecodeArgs {
    /// Recording to stream
    pub recording: PathBuf,
    /// Network image, with its companion <IMAGE>.json beside it
    #[arg(short, long, value_name = "IMAGE")]
    pub network: PathBuf,
    /// Where it runs: `model` (the reference model), `sim` (the simulated hardware) or the path of a serial device
    #[arg(short, long, default_value_t = Board::Model)]
    pub board: Board,
    /// Waveform to write of the simulated hardware, from the first tick on: FILE.vcd, some hundred bytes a clock cycle, or
    /// FILE.fst, far smaller, which is made of FILE.fst.vcd at the end
    #[arg(long, value_name = "FILE", value_parser = PathBufValueParser::new().try_map(waveform))]
    pub trace: Option<PathBuf>,
    /// Which trials
    #[arg(long, value_enum, default_value_t = TrialChoice::HeldOut)]
    pub trials: TrialChoice,
    /// Only the first so many of them
    #[arg(long, value_name = "TRIALS", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
    /// Speed of the serial line: a number, or `auto` for that of the boards' speeds at which the board answers
    #[arg(long, default_value_t = Baud::Auto)]
    pub baud: Baud,
    /// Frames that may be unanswered at a time; 1 gives the lowest latency
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub in_flight: u8,
    /// JSON Lines on standard output
    #[arg(long)]
    pub json: bool,
}

/// Trials to decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TrialChoice {
    /// Those that training has not seen
    HeldOut,
    /// All of them, training trials included
    All,
}

/// Options of `simulate`.
#[cfg(unix)]
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// Serve a pseudo-terminal, whose path is printed, until interrupted
    #[arg(long, required = true)]
    pub pty: bool,
    /// Core to simulate (see `boards`)
    #[arg(long, default_value = spec::core::ECP5_25F.name, value_parser = core())]
    pub core: NamedCore,
    /// Waveform to write: FILE.vcd, or FILE.fst, which is made of FILE.fst.vcd at the end
    #[arg(long, value_name = "FILE", value_parser = PathBufValueParser::new().try_map(waveform))]
    pub trace: Option<PathBuf>,
}

/// Options of `selftest`.
#[derive(Debug, Args)]
pub struct SelftestArgs {
    /// Board to test: `model` (the reference model), `sim` (the simulated hardware) or the path of a serial device; the
    /// network in it is lost
    #[arg(short, long)]
    pub board: Board,
    /// Speed of the serial line: a number, or `auto` for that of the boards' speeds at which the board answers
    #[arg(long, default_value_t = Baud::Auto)]
    pub baud: Baud,
    /// Core that the board must have, and that a simulated one is given (see `boards`) [default: any; ecp5-25f]
    #[arg(long, value_parser = core())]
    pub core: Option<NamedCore>,
    /// Seed of what is random; the same gives the same test
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    pub seed: u64,
    /// Report to write, as it is printed
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// JSON Lines on standard output, and in the report
    #[arg(long)]
    pub json: bool,
}

/// Options of `synth`.
#[derive(Debug, Args)]
pub struct SynthArgs {
    /// NWB file to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Units
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..))]
    pub channels: u16,
    /// Directions of reach: 4 or 8
    #[arg(long, default_value_t = 8)]
    pub directions: u8,
    /// Trials of each direction
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(2..))]
    pub trials: u32,
    /// Length of a trial
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u32).range(1..))]
    pub trial_ms: u32,
    /// Share of units that are tuned, 0 to 1
    #[arg(long, default_value_t = 0.8)]
    pub tuned: f64,
    /// Seed
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    pub seed: u64,
}

/// Options of `info`.
#[derive(Debug, Args)]
pub struct InfoArgs {
    /// Recording or network image
    pub file: PathBuf,
    /// JSON on standard output
    #[arg(long)]
    pub json: bool,
}

/// Options of the lists.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// JSON Lines on standard output
    #[arg(long)]
    pub json: bool,
}

/// Options of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// The name of a waveform, whose ending says what it becomes.
fn waveform(path: PathBuf) -> Result<PathBuf, String> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    if ["vcd", "fst"].iter().any(|known| known.eq_ignore_ascii_case(ending)) {
        return Ok(path);
    }
    Err("a waveform is a VCD or an FST; name a file that ends in .vcd or .fst".to_owned())
}

/// Parses the command line, does what it says, and tells how it went.
pub fn run() -> ExitCode {
    let outcome = match Cli::parse().verb {
        Verb::Train(args) => verb::train::run(&args),
        Verb::Decode(args) => verb::decode::run(&args),
        #[cfg(unix)]
        Verb::Simulate(args) => verb::simulate::run(&args),
        Verb::Selftest(args) => verb::selftest::run(&args),
        Verb::Synth(args) => verb::synth::run(&args),
        Verb::Study(args) => verb::study::run(&args),
        Verb::Info(args) => verb::info::run(&args),
        Verb::Boards(args) => verb::boards::run(&args),
        Verb::Ports(args) => verb::ports::run(&args),
        Verb::Completions(args) => verb::completions::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("motorsrnn: {failure}");
            failure.exit_code()
        }
    }
}
