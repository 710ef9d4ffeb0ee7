//! `motorsrnn synth`: a synthetic recording of direction-tuned units.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use recording::{SyntheticOptions, generate, write_nwb};

use super::{args, print_text};
use crate::failure::Failure;

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
    /// Number of units
    #[arg(long, value_name = "UNITS", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..))]
    pub channels: u16,
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
    let units = match args.firing {
        Firing::Poisson => SyntheticOptions::default(),
        Firing::Regular => SyntheticOptions::regular_units(),
        Firing::SharedNoise => SyntheticOptions::shared_noise(),
    };
    let options = SyntheticOptions {
        n_channels: usize::from(args.channels),
        n_directions: usize::from(args.directions),
        trials_per_direction: args.trials as usize,
        trial_ms: args.trial_ms,
        tuned_fraction: args.tuned.unwrap_or(units.tuned_fraction),
        seed: args.seed,
        ..units
    };
    let refuse = |error| Failure::recording(&args.output, &error);
    let recording = generate(&options).map_err(refuse)?;
    write_nwb(&recording, &args.output).map_err(refuse)?;
    let n_spikes: usize = recording.units.iter().map(Vec::len).sum();
    print_text(&format!(
        "{}: {} units, {n_spikes} spikes, {} trials, seed {}\n",
        args.output.display(),
        recording.units.len(),
        recording.trials.len(),
        args.seed
    ))
}
