//! One file per verb of the command line: its options and what it does.

pub mod adapt;
mod alignment;
pub mod args;
pub mod boards;
mod brief;
mod cells;
pub mod completions;
pub mod convert;
pub mod decode;
mod decode_imported;
mod decode_unlabelled;
mod drift;
pub mod export;
mod files;
pub mod import;
pub mod info;
pub mod live;
pub mod movement;
pub mod ports;
mod recalibration;
pub mod selftest;
#[cfg(unix)]
pub mod simulate;
mod streaming;
pub mod study;
pub mod synth;
pub mod train;

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use ::recording::{AngleSource, ClassAngles, LeftOut, on_one_line, visible};
use ::train::DecoderCard;
use ::train::adapt::Neighbours;
use serde::{Serialize, Serializer};
use spec::image::{MAX_IMAGE_BYTES, NetworkImage};

use crate::board::Board;
use crate::failure::Failure;

/// Prints one line of JSON on standard output.
fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, value)?;
    writeln!(out)?;
    out.flush()?;
    Ok(())
}

/// Prints a warning on standard error.
fn warn(warning: impl Display) {
    eprintln!("motorsrnn: warning: {}", on_one_line(&warning.to_string()));
}

/// Says on standard error that a file was written beside what is printed.
fn wrote(path: &Path) {
    eprintln!("motorsrnn: wrote {}", path.display());
}

/// Serializes a board by its name on the command line.
fn as_text<S: Serializer>(board: &Board, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(board)
}

/// Prints text on standard output, control characters of files escaped.
fn print_text(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(visible(text).as_bytes())?;
    out.flush()?;
    Ok(())
}

/// A trained network and the bytes of its image.
fn read_image(path: &Path) -> Result<(Vec<u8>, NetworkImage), Failure> {
    let mut bytes = Vec::new();
    // One byte more than the largest image is enough to reject the file.
    File::open(path)
        .and_then(|file| file.take(MAX_IMAGE_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| Failure::unreadable("network image", path, &error))?;
    let (image, _) = NetworkImage::decode_trained(&bytes)
        .map_err(|error| Failure::input(format_args!("{}: {error}", path.display())).advise(error.next_step()))?;
    Ok((bytes, image))
}

/// A share as a percentage with one digit.
fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// What a guess reaches: among the classes at random, and always the most frequent one, if that differs.
fn of_chance(n_classes: usize, largest_class: f64) -> String {
    let random = percent(1.0 / n_classes.max(1) as f64);
    let largest = percent(largest_class);
    if random == largest { format!("chance {random}") } else { format!("chance {random}, largest class {largest}") }
}

/// The accuracy of a training: a mean over the networks of all folds.
fn over_folds(mean: f64, standard_deviation: f64, folds: usize) -> String {
    if folds == 1 {
        return format!("{} on held-out trials", percent(mean));
    }
    format!(
        "{} on held-out trials, mean of {folds} folds with a network each; standard deviation over folds {:.1} points",
        percent(mean),
        100.0 * standard_deviation
    )
}

/// The accuracy of the one network in an image.
fn of_image(card: &DecoderCard) -> String {
    format!("{} on the {} trials held out from it", percent(card.report.image_accuracy), card.n_tested_trials())
}

/// The line about trials that were left out; empty if none was.
fn left_out(left_out: &LeftOut) -> String {
    match left_out.total() {
        0 => String::new(),
        n_trials => {
            let trials = if n_trials == 1 { "trial" } else { "trials" };
            match left_out.causes().into_iter().find(|(count, _)| *count == n_trials) {
                Some((_, only)) => format!("left out     {n_trials} {trials} {only}\n"),
                None => format!("left out     {n_trials} {trials}: {left_out}\n"),
            }
        }
    }
}

/// The line about angles: what was assumed of them where classes are made from them; else empty.
fn angles(angles: Option<&ClassAngles>, n_bins: Option<u32>) -> String {
    match (angles, n_bins) {
        (Some(angles), Some(n_bins)) => {
            format!("angles       {}, in {n_bins} bins, the first around 0 degrees\n", angles.source)
        }
        (Some(ClassAngles { source: AngleSource::Vectors, .. }), None) => {
            format!("angles       {}, in degrees\n", AngleSource::Vectors)
        }
        _ => String::new(),
    }
}

/// How the classes of plastic readouts are arranged.
fn arrangement(neighbours: Neighbours) -> &'static str {
    match neighbours {
        Neighbours::None => "each taught by itself",
        Neighbours::Line => "those of neighbouring directions, on a line, taught together",
        Neighbours::Ring => "those of neighbouring directions, all around, taught together",
    }
}

/// Whether both paths lead to the same existing file.
fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}
