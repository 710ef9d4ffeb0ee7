//! Repeats a log line by line, and checks each.

use std::fmt;
use std::path::Path;

use serde::Serialize;
use spec::digest::sha256_hex;
use spec::learn::{MAX_COUNT, SHIFTS};
use train::Decoder;
use train::adapt::{Adaptive, Decided};

use super::log::{Checksums, End, Header, LOG_VERSION, Line, Teach, WindowLine};
use crate::failure::Failure;

/// What a log gives.
pub(super) struct Replayed {
    pub(super) adaptive: Adaptive,
    pub(super) header: Header,
    pub(super) n_windows: u64,
    pub(super) n_teaches: u64,
    /// What an interrupted log lacks.
    pub(super) missing: Option<Missing>,
}

/// What is missing in a log that was interrupted.
#[derive(Debug, Serialize)]
pub(super) struct Missing {
    /// The last window that is whole.
    after_window: u64,
    /// Windows of the session, if that is known.
    of: Option<usize>,
    /// Whether the last line is cut off.
    has_part_of_a_line: bool,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { after_window, of, has_part_of_a_line } = self;
        match of {
            Some(of) if usize::try_from(*after_window).is_ok_and(|window| window >= *of) => {
                write!(f, "all {of} windows are in the log, its last line is not")?;
            }
            Some(of) => write!(f, "the log ends after window {after_window} of {of}; what came later is missing")?,
            None => write!(f, "the log ends after window {after_window}; what came later, if anything, is missing")?,
        }
        if *has_part_of_a_line {
            f.write_str(", and its last line is cut off")?;
        }
        Ok(())
    }
}

/// Repeats a log on `base`, the decoder of the image `network`, as far as `until` windows that taught something.
pub(super) fn replay(log: &Path, network: &Path, base: &Decoder, until: Option<u64>) -> Result<Replayed, Failure> {
    let bytes = std::fs::read(log).map_err(|error| Failure::unreadable("the log", log, &error))?;
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    // What follows the last end of a line is none, or a line that is cut off.
    let has_part_of_a_line = lines.pop().is_some_and(|rest| !rest.is_empty());
    let mut lines = lines.into_iter().enumerate().map(|(index, line)| Numbered { log, number: index + 1, line });
    let header = header(lines.next(), log, network, base)?;
    let (Some(image), Some(card)) = (base.plastic(), &base.card().plastic) else {
        let cause = format_args!("{}: it has no plastic readouts", network.display());
        return Err(Failure::input(cause).advise("give the image that the log begins with"));
    };
    let mut adaptive = Adaptive::new(image.clone(), card.neighbours, card.adapted.as_ref());
    header.identity.clone().into_iter().for_each(|identity| adaptive.begin(identity));
    let mut replay = Replay { adaptive, n_classes: header.classes.len(), n_windows: 0, n_teaches: 0 };
    let mut is_whole = false;
    while until.is_none_or(|until| replay.n_teaches < until)
        && let Some(line) = lines.next()
    {
        match line.parse()? {
            _ if is_whole => return Err(line.wrong("it comes after the end of the session")),
            Line::Adaptation(_) => return Err(line.wrong("another session begins in it")),
            Line::Window(window) => replay.window(&window).map_err(|cause| line.wrong(cause))?,
            Line::End(end) => {
                replay.check_end(&end).map_err(|cause| line.wrong(cause))?;
                is_whole = true;
            }
        }
    }
    let Replay { adaptive, n_windows, n_teaches, .. } = replay;
    if let Some(until) = until.filter(|until| n_teaches < *until) {
        let cause = format_args!("{}: it has {n_teaches} teaches, not {until}", log.display());
        return Err(Failure::input(cause).advise("give `--until` a smaller number, or leave it out"));
    }
    let is_interrupted = until.is_none() && !is_whole;
    let missing =
        is_interrupted.then_some(Missing { after_window: n_windows, of: header.n_windows, has_part_of_a_line });
    Ok(Replayed { adaptive, header, n_windows, n_teaches, missing })
}

/// The first line, which must be about the image.
fn header(first: Option<Numbered<'_>>, log: &Path, network: &Path, base: &Decoder) -> Result<Header, Failure> {
    let Some(first) = first else {
        let cause = format_args!("{}: it has no whole line, so nothing was taught", log.display());
        return Err(Failure::input(cause).advise("use the image that it would begin with"));
    };
    let Line::Adaptation(header) = first.parse()? else { return Err(first.wrong("it is not the first line of a log")) };
    if header.log_version != LOG_VERSION {
        let cause = format!("it has version {}, this program reads version {LOG_VERSION}", header.log_version);
        return Err(first.wrong(cause).advise("use the program that wrote it"));
    }
    let found = &base.card().network_hash;
    if header.network_hash != *found {
        let (log, network) = (log.display(), network.display());
        let cause = format_args!("{log} begins with another image ({}) than {network} ({found})", header.network_hash);
        return Err(Failure::input(cause).advise("give that image to `--network`"));
    }
    if header.classes != base.card().classes {
        return Err(first.wrong("its classes are not those of the image"));
    }
    Ok(header)
}

/// A line of the log, and its number from 1.
struct Numbered<'a> {
    log: &'a Path,
    number: usize,
    line: &'a [u8],
}

impl Numbered<'_> {
    fn parse(&self) -> Result<Line, Failure> {
        serde_json::from_slice(self.line).map_err(|error| self.wrong(format_args!("it is no line of a log: {error}")))
    }

    fn wrong(&self, cause: impl fmt::Display) -> Failure {
        Failure::input(format_args!("{}: line {} is wrong: {cause}", self.log.display(), self.number))
            .advise("copy the log again; `--until` stops before that line")
    }
}

/// A session that is repeated.
struct Replay {
    adaptive: Adaptive,
    n_classes: usize,
    n_windows: u64,
    n_teaches: u64,
}

impl Replay {
    fn window(&mut self, line: &WindowLine) -> Result<(), String> {
        let WindowLine { window, trial, label, trained, adapted, teach } = line;
        expect("the number of the window", *window, self.n_windows + 1)?;
        self.n_windows += 1;
        self.check_classes(label.iter().chain([trained, adapted]))?;
        if let Some(label) = label {
            let trusted = self.adaptive.so_far("").trusted;
            self.adaptive.note(*label, &Decided { trained: *trained, adapted: *adapted, lead: 0, trusted });
        }
        teach.as_ref().map_or(Ok(()), |teach| self.teach(*trial, teach))
    }

    fn teach(&mut self, trial: usize, teach: &Teach) -> Result<(), String> {
        let Teach { number, class, source: _, lessons, counts, n_weights_changed, checksums } = teach;
        expect("the number of the teach", *number, self.n_teaches + 1)?;
        self.n_teaches += 1;
        self.check_classes(std::iter::once(class).chain(lessons.iter().map(|lesson| &lesson.class)))?;
        if let Some(lesson) = lessons.iter().find(|lesson| !SHIFTS.contains(&lesson.shift)) {
            return Err(format!("there is no shift {}", lesson.shift));
        }
        let n_rows = self.adaptive.means().n_rows();
        if let Some((row, count)) = counts.iter().find(|(row, count)| *row >= n_rows || *count > MAX_COUNT) {
            return Err(format!("there is no count of {count} on channel {row}"));
        }
        self.adaptive.see_counts(counts);
        let found = self.adaptive.teach_again(trial, lessons);
        let found_sums = Checksums::of(self.adaptive.image(), self.adaptive.means());
        expect("the CRC of the counts", checksums.counts_crc32, found_sums.counts_crc32)?;
        expect("the CRC of the means", checksums.means_crc32, found_sums.means_crc32)?;
        expect("the SHA-256 of the image", &checksums.image_sha256, &found_sums.image_sha256)?;
        expect("the number of weights changed", *n_weights_changed, found)
    }

    fn check_end(&self, end: &End) -> Result<(), String> {
        expect("the number of windows", end.n_windows, self.n_windows)?;
        expect("the number of teaches", end.n_teaches, self.n_teaches)?;
        expect("the SHA-256 of the image", &end.image_sha256, &sha256_hex(&self.adaptive.image().encode()))
    }

    fn check_classes<'a>(&self, mut classes: impl Iterator<Item = &'a usize>) -> Result<(), String> {
        match classes.find(|class| **class >= self.n_classes) {
            Some(class) => Err(format!("there is no class {class}")),
            None => Ok(()),
        }
    }
}

/// Compares a value in a line with that of the replay.
fn expect<T: PartialEq + fmt::Display>(what: &str, logged: T, replayed: T) -> Result<(), String> {
    if logged == replayed { Ok(()) } else { Err(format!("{what} is {logged}, but the replay gives {replayed}")) }
}
