//! `motorsrnn adapt`: an adapted image from the log of its adaptation. Beside it, adaptation as `decode` and `live` do it.

mod adaptation;
mod keeper;
mod label;
mod log;
mod options;
mod replay;
mod summary;

use std::fmt::Write;
use std::io::{Read as ReadBytes, Write as WriteBytes};
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use clap::Args;
use serde::Serialize;
use train::Decoder;
use train::adapt::Trusted;

pub use options::{Adapt, AdaptArgs};

pub(super) use adaptation::{Adaptation, Ran, expected_hash};
pub(super) use label::class_of_marker;
pub(super) use summary::{AdaptationSummary, Verdict, decoder_name};

use self::replay::{Missing, Replayed};
use super::{files, print_json, print_text};
use crate::failure::Failure;
use crate::interruption::Interruption;
use crate::session::{Session, SessionError, TickResult};

/// Options of `adapt`.
#[derive(Debug, Args)]
pub struct AdaptVerbArgs {
    /// Log that `decode --adapt` or `live --adapt` has written
    #[arg(long, value_name = "LOG")]
    pub replay: PathBuf,
    /// Network image that the log begins with, its companion beside it
    #[arg(short, long, value_name = "IMAGE")]
    pub network: PathBuf,
    /// Network image to write, with its companion beside it
    #[arg(short, long, value_name = "IMAGE")]
    pub output: PathBuf,
    /// Stop after this many windows that taught something [default: all]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    pub until: Option<u64>,
    /// Print JSON Lines
    #[arg(long)]
    pub json: bool,
}

/// The line of JSON.
#[derive(Serialize)]
#[serde(tag = "kind", rename = "adapt")]
struct Summary<'a> {
    log: String,
    recording: &'a str,
    network_hash: &'a str,
    output: String,
    output_hash: &'a str,
    n_windows: u64,
    n_teaches: u64,
    trusted: Trusted,
    /// None if the log is whole, or was left before its end by `--until`.
    missing: Option<&'a Missing>,
}

/// Repeats a log on the image that it begins with, and writes the image that it ends with.
///
/// # Errors
/// An input that cannot be used, a log of another image, a line that does not give what it says, a file that cannot be written.
pub fn run(args: &AdaptVerbArgs) -> Result<(), Failure> {
    let inputs = [vec![args.replay.clone()], files::of_image(&args.network)].concat();
    let written: Vec<_> = files::of_image(&args.output).into_iter().map(|path| (path, "--output")).collect();
    files::check(&inputs, &written)?;
    let base = Decoder::load(&args.network).map_err(Failure::input)?;
    let Replayed { adaptive, header, n_windows, n_teaches, missing } =
        replay::replay(&args.replay, &args.network, &base, args.until)?;
    let so_far = adaptive.so_far(&header.network_hash);
    let trusted = so_far.trusted;
    let output_hash = keeper::save(&base, (adaptive.image().clone(), so_far), &args.output)?;
    let summary = Summary {
        log: args.replay.display().to_string(),
        recording: &header.recording,
        network_hash: &header.network_hash,
        output: args.output.display().to_string(),
        output_hash: &output_hash,
        n_windows,
        n_teaches,
        trusted,
        missing: missing.as_ref(),
    };
    if args.json { print_json(&summary) } else { print_text(&summary.text()) }
}

impl Summary<'_> {
    fn text(&self) -> String {
        let Self { log, recording, n_windows, n_teaches, output, output_hash, .. } = self;
        let mut text = String::new();
        let _ = writeln!(
            text,
            "replayed     {log}: {n_teaches} teaches in {n_windows} windows of {recording}, each checked"
        );
        if let Some(missing) = self.missing {
            let _ = writeln!(text, "interrupted  {missing}");
        }
        let _ = writeln!(text, "image        {output}: {output_hash}");
        let _ = writeln!(text, "trusted      {}", decoder_name(self.trusted));
        text
    }
}

/// Runs a window on a board, and adapts to it if there is something that does.
///
/// # Errors
/// As [`Session::run_window`].
pub(super) fn run_window<P: ReadBytes + WriteBytes>(
    session: &mut Session<P>,
    adaptation: Option<&mut Adaptation>,
    window: Ran<'_>,
) -> Result<(Vec<TickResult>, Option<Verdict>), SessionError> {
    match adaptation {
        None => Ok((session.run_window(window.ticks)?, None)),
        Some(adaptation) => adaptation.run_window(session, window).map(|(results, verdict)| (results, Some(verdict))),
    }
}

/// From here on a signal ends the run after the window, so that log and image are whole; without files it ends at once.
pub(super) fn hold_while_writing(adaptation: &Adaptation, interruption: &Interruption) {
    if adaptation.has_files() {
        interruption.hold();
    }
}

/// Ends the run after a window if files cannot be written any more, or if it is interrupted.
///
/// # Errors
/// Either of them.
pub(super) fn check(adaptation: Option<&mut Adaptation>, interruption: &Interruption) -> Result<(), Failure> {
    let Some(adaptation) = adaptation.filter(|adaptation| adaptation.has_files()) else { return Ok(()) };
    if interruption.requested().load(Ordering::SeqCst) {
        return Err(Failure::interrupted("what was taught so far is kept"));
    }
    adaptation.check_files()
}

/// Ends an adaptation, whose windows have run or not.
///
/// # Errors
/// Why they have not; files that cannot be written.
pub(super) fn end(
    adaptation: Option<Adaptation>,
    streamed: Result<(), Failure>,
) -> Result<Option<AdaptationSummary>, Failure> {
    match (streamed, adaptation) {
        (Ok(()), adaptation) => adaptation.map(Adaptation::end).transpose(),
        (Err(failure), adaptation) => {
            adaptation.into_iter().for_each(Adaptation::leave);
            Err(failure)
        }
    }
}
