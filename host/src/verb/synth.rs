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
    /// Length of a session of reaches, in minutes
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=600))]
    pub minutes: u32,
    /// Number of units [default: 64, of reaches 96]
    #[arg(long, value_name = "UNITS", value_parser = clap::value_parser!(u16).range(1..))]
    pub channels: Option<u16>,
    /// Number of reach directions: 4 or 8
    #[arg(long, default_value_t = 8)]
    pub directions: u8,
    /// Trials per direction
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(2..))]
    pub trials: u32,
    /// Length of a trial, in ms
    #[arg(long, value_name = "MS", default_value_t = 600, value_parser = clap::value_parser!(u32).range(1..))]
    pub trial_ms: u32,
    /// How the units fire
    #[arg(long, value_enum, default_value_t = Firing::Poisson)]
    pub firing: Firing,
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
/// An option is out of range, or the file cannot be written.
pub fn run(args: &SynthArgs) -> Result<(), Failure> {
    let refuse = |error| Failure::recording(&args.output, &error);
    if args.task == Task::Reach {
        let standard = ReachOptions::default();
        let n_channels = args.channels.map_or(standard.n_channels, usize::from);
        let options = ReachOptions { n_channels, minutes: args.minutes, seed: args.seed };
        let (recording, series) = generate_reach(&options).map_err(refuse)?;
        write_nwb_series(&recording, &series, &args.output).map_err(refuse)?;
        return print(args, &recording);
    }
    let standard = SyntheticOptions::default();
    let units = match args.firing {
        Firing::Poisson => SyntheticOptions::default(),
        Firing::Regular => SyntheticOptions::regular_units(),
        Firing::SharedNoise => SyntheticOptions::shared_noise(),
    };
    let options = SyntheticOptions {
        n_channels: args.channels.map_or(standard.n_channels, usize::from),
        n_directions: usize::from(args.directions),
        trials_per_direction: args.trials as usize,
        trial_ms: args.trial_ms,
        tuned_fraction: args.tuned.unwrap_or(units.tuned_fraction),
        seed: args.seed,
        ..units
    };
    let recording = generate(&options).map_err(refuse)?;
    write_nwb(&recording, &args.output).map_err(refuse)?;
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
