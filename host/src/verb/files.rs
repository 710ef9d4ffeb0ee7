//! The files that a run writes: none takes the place of an input, or of another one.

use std::path::{Path, PathBuf};

use recording::{companion_path, kinematics_path};
use train::DecoderCard;

use crate::failure::Failure;

/// A file to write, and the option that names it.
pub(super) type Written = (PathBuf, &'static str);

/// The files of a recording: an event list has others beside it.
pub(super) fn of_recording(path: &Path) -> Vec<PathBuf> {
    let is_event_list = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    let beside = is_event_list.then(|| [companion_path(path), kinematics_path(path)]);
    std::iter::once(path.to_owned()).chain(beside.into_iter().flatten()).collect()
}

/// An image and its companion.
pub(super) fn of_image(path: &Path) -> Vec<PathBuf> {
    vec![path.to_owned(), DecoderCard::path_beside(path)]
}

/// A waveform, with the VCD that an FST is converted from.
pub(super) fn of_waveform(path: &Path) -> Vec<PathBuf> {
    let is_converted = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("fst"));
    let mut beside = path.as_os_str().to_owned();
    beside.push(".vcd");
    std::iter::once(path.to_owned()).chain(is_converted.then(|| beside.into())).collect()
}

/// Refuses files that would overwrite an input or each other, and those that cannot be written. A folder, or a place without a name,
/// is refused too.
///
/// # Errors
/// The first such file.
pub(super) fn check(inputs: &[PathBuf], outputs: &[Written]) -> Result<(), Failure> {
    for (number, (output, option)) in outputs.iter().enumerate() {
        if let Some(input) = inputs.iter().find(|input| place(input) == place(output)) {
            return Err(Failure::overwrites(output, input, option));
        }
        let same = outputs[..number].iter().find(|(other, _)| place(other) == place(output));
        if let Some((_, other)) = same {
            let cause = format_args!("{other} and {option} would both write {}", output.display());
            return Err(Failure::input(cause).advise("give each a file of its own"));
        }
        recording::check_place(output).map_err(|error| Failure::unwritable(output, &error))?;
    }
    Ok(())
}

/// A path by which a file is known, whether it exists or not.
fn place(path: &Path) -> PathBuf {
    let of_new = || {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Some(folder.canonicalize().ok()?.join(path.file_name()?))
    };
    path.canonicalize().ok().or_else(of_new).unwrap_or_else(|| path.to_owned())
}
