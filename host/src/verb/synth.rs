//! `motorsrnn synth`: a synthetic recording of direction-tuned units.

use recording::{SyntheticOptions, generate, write_nwb};

use super::print_text;
use crate::cli::SynthArgs;
use crate::failure::Failure;

/// Writes the recording.
///
/// # Errors
/// Options out of range, or a file that cannot be written.
pub fn run(args: &SynthArgs) -> Result<(), Failure> {
    let options = SyntheticOptions {
        n_channels: usize::from(args.channels),
        n_directions: usize::from(args.directions),
        trials_per_direction: args.trials as usize,
        trial_ms: args.trial_ms,
        tuned_fraction: args.tuned,
        seed: args.seed,
        ..SyntheticOptions::default()
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
