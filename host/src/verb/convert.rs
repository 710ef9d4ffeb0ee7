//! `motorsrnn convert`: a recording of any format as NWB.

use std::path::PathBuf;

use clap::Args;
use recording::{Error, companion_path, write_nwb};

use super::args::SelectionArgs;
use super::{is_same_file, print_text};
use crate::failure::Failure;

/// Options of `convert`.
#[derive(Debug, Args)]
pub struct ConvertArgs {
    /// Recording: an event list, as `live --record` writes it, or another that `info` reads
    pub recording: PathBuf,
    /// NWB file to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

/// Writes the units and the trials, with their columns.
///
/// # Errors
/// The recording cannot be read, or the file not be written.
pub fn run(args: &ConvertArgs) -> Result<(), Failure> {
    let inputs = [args.recording.clone(), companion_path(&args.recording)];
    if let Some(input) = inputs.iter().find(|input| is_same_file(input, &args.output)) {
        return Err(Failure::overwrites(&args.output, input, "--output"));
    }
    if args.output.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv")) {
        let cause = format_args!("{}: what is written is NWB, not an event list", args.output.display());
        return Err(Failure::input(cause).advise("give a name that ends in .nwb"));
    }
    let recording = SelectionArgs::default().open(&args.recording)?;
    write_nwb(&recording, &args.output).map_err(|error| match error {
        Error::Write { source, .. } => Failure::unwritable(&args.output, &source),
        error => Failure::recording(&args.recording, &error),
    })?;
    let (n_units, n_trials) = (recording.n_channels(), recording.trials.len());
    print_text(&format!(
        "{}: {n_units} units, {} spikes, {n_trials} trials\n",
        args.output.display(),
        recording.n_spikes()
    ))
}
