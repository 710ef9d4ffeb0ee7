//! `motorsrnn synth`: a synthetic recording of direction-tuned units, in trials or continuous.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use recording::{ReachOptions, Recording, SyntheticOptions, generate, generate_reach, write_nwb, write_nwb_series};

use super::{args, print_text};
use crate::failure::Failure;

/// What the hand does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Task {
    /// Reaches from the centre in a few directions, in trials
    CentreOut,
    /// Reaches to one random target after the other, with the velocity of the hand
    Reach,
}

/// How units fire.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Firing {
    /// Poisson, with a gain that changes from trial to trial
    Poisson,
    /// Weakly tuned, and more regular than Poisson, each in its own measure
    Regular,
    /// Poisson, with noise over trials that they share
    SharedNoise,
}

/// Options of `synth`.
#[derive(Debug, Args)]
pub struct SynthArgs {
    /// NWB file to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// What the hand does
    #[arg(long, value_enum, default_value_t = Task::CentreOut)]
    pub task: Task,
    /// Length of a session of reaches, in minutes [default: 3]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=600))]
    pub minutes: Option<u32>,
    /// Number of units [default: 64, of reaches 96]
    #[arg(long, value_name = "UNITS", value_parser = clap::value_parser!(u16).range(1..))]
    pub channels: Option<u16>,
    /// Number of reach directions: 4 or 8 [default: 8]
    #[arg(long)]
    pub directions: Option<u8>,
    /// Trials per direction [default: 20]
    #[arg(long, value_parser = clap::value_parser!(u32).range(2..))]
    pub trials: Option<u32>,
    /// Length of a trial, in ms [default: 600]
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u32).range(1..))]
    pub trial_ms: Option<u32>,
    /// How the units fire [default: poisson]
    #[arg(long, value_enum)]
    pub firing: Option<Firing>,
    /// Share of units that are tuned to direction, 0 to 1 [default: 0.8, of regular units and of shared noise 1]
    #[arg(long, value_name = "SHARE")]
    pub tuned: Option<f64>,
    /// Random seed
    #[arg(long, default_value_t = 1, value_parser = args::seed())]
    pub seed: u64,
}

/// Writes the recording.
///
/// # Errors
/// An option is out of range or of the other task, or the file cannot be written.
pub fn run(args: &SynthArgs) -> Result<(), Failure> {
    check_task(args)?;
    match args.task {
        Task::CentreOut => centre_out(args),
        Task::Reach => reach(args),
    }
}

/// Refuses options of the other task.
fn check_task(args: &SynthArgs) -> Result<(), Failure> {
    let of_centre_out = [
        ("--directions", args.directions.is_some()),
        ("--trials", args.trials.is_some()),
        ("--trial-ms", args.trial_ms.is_some()),
        ("--firing", args.firing.is_some()),
        ("--tuned", args.tuned.is_some()),
    ];
    let of_reach = [("--minutes", args.minutes.is_some())];
    let (of_others, task, other) = match args.task {
        Task::CentreOut => (&of_reach[..], "centre-out", "reach"),
        Task::Reach => (&of_centre_out[..], "reach", "centre-out"),
    };
    let given: Vec<&str> = of_others.iter().filter(|(_, is_given)| *is_given).map(|(option, _)| *option).collect();
    if given.is_empty() {
        return Ok(());
    }
    let given = given.join(", ");
    Err(Failure::input(format_args!("{given}: of `--task {other}`, and the task is {task}"))
        .advise(format_args!("leave it out, or give `--task {other}`")))
}

fn centre_out(args: &SynthArgs) -> Result<(), Failure> {
    let refuse = |error| Failure::recording(&args.output, &error);
    let units = match args.firing {
        None | Some(Firing::Poisson) => SyntheticOptions::default(),
        Some(Firing::Regular) => SyntheticOptions::regular_units(),
        Some(Firing::SharedNoise) => SyntheticOptions::shared_noise(),
    };
    let options = SyntheticOptions {
        n_channels: args.channels.map_or(units.n_channels, usize::from),
        n_directions: args.directions.map_or(units.n_directions, usize::from),
        trials_per_direction: args.trials.map_or(units.trials_per_direction, |trials| trials as usize),
        trial_ms: args.trial_ms.unwrap_or(units.trial_ms),
        tuned_fraction: args.tuned.unwrap_or(units.tuned_fraction),
        seed: args.seed,
        ..units
    };
    let recording = generate(&options).map_err(refuse)?;
    write_nwb(&recording, &args.output).map_err(refuse)?;
    print(args, &recording)
}

fn reach(args: &SynthArgs) -> Result<(), Failure> {
    let refuse = |error| Failure::recording(&args.output, &error);
    let standard = ReachOptions::default();
    let options = ReachOptions {
        n_channels: args.channels.map_or(standard.n_channels, usize::from),
        minutes: args.minutes.unwrap_or(standard.minutes),
        seed: args.seed,
    };
    let (recording, series) = generate_reach(&options).map_err(refuse)?;
    write_nwb_series(&recording, &series, &args.output).map_err(refuse)?;
    print(args, &recording)
}

/// Prints what was written.
fn print(args: &SynthArgs, recording: &Recording) -> Result<(), Failure> {
    let n_spikes: usize = recording.units.iter().map(Vec::len).sum();
    print_text(&format!(
        "{}: {} units, {n_spikes} spikes, {} trials, seed {}\n",
        args.output.display(),
        recording.units.len(),
        recording.trials.len(),
        args.seed
    ))
}
