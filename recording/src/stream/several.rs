//! Several recordings of the same units as one stream, one after the other: each on its own clock, with borders that nothing crosses.

use std::ops::Range;
use std::path::Path;

use super::{ScoreIn, Stream, StreamOptions, StreamPart, TICKS_MAX};
use crate::windows::{check_distinct, same_units};
use crate::{Error, Recording, Series};

/// Standard deviations of a label that are so many times as large in one recording as in another are in another unit.
const OTHER_UNIT: f64 = 10.0;

/// What is decoded in a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Movement {
    /// A series of its file.
    pub series: Series,
    /// Another that says where it counts, for [`ScoreIn::Series`].
    pub mask: Option<Series>,
}

impl Movement {
    /// Reads the series that `target` names in a file, and that of the mask.
    ///
    /// # Errors
    /// As [`Series::open`].
    pub fn open(file: impl AsRef<Path>, target: &str, score_in: &ScoreIn) -> Result<Movement, Error> {
        let mask = match score_in {
            ScoreIn::Series(name) => Some(Series::open(&file, name)?),
            ScoreIn::All | ScoreIn::Trials => None,
        };
        Ok(Movement { series: Series::open(file, target)?, mask })
    }
}

impl Stream {
    /// As [`Stream::of`], of one or more recordings with the same units: matched by id where both have ids that mean something, else
    /// by row. Axes have the same names, and the same unit if the files tell it.
    ///
    /// # Errors
    /// As [`Stream::of`], with the recording that it is about; other units, axes or unit than in the first; recordings with spikes
    /// or trials in common; no recording.
    pub fn of_all(recordings: &[&Recording], movements: &[Movement], options: &StreamOptions) -> Result<Stream, Error> {
        options.check()?;
        let mut streams: Vec<Stream> = Vec::with_capacity(recordings.len());
        for (part, (recording, Movement { series, mask })) in recordings.iter().zip(movements).enumerate() {
            let stream = || {
                let mut units = options.selection.choose(recording)?.units;
                if let Some(first) = streams.first() {
                    units = same_units((recordings[0], &first.parts[0].units), (recording, units))?;
                }
                let stream = Stream::of_units(recording, &units, series, mask.as_ref(), options)?;
                streams.first().map_or(Ok(()), |first| stream.check_labels(recording, recordings[0], first))?;
                Ok(stream)
            };
            streams.push(stream().map_err(|error: Error| error.of(recordings, part))?);
        }
        check_distinct(recordings)?;
        Stream::join(streams)
    }

    /// Refuses labels of another kind than those of `first`.
    fn check_labels(&self, recording: &Recording, first_recording: &Recording, first: &Stream) -> Result<(), Error> {
        let name = &first_recording.name;
        let cause = if self.axes != first.axes {
            let [own, other] = [self, first].map(|stream| stream.axes.join(", "));
            format!("its axes are {own}, those of {name} {other}; choose axes that both have")
        } else if self.unit != first.unit && !self.unit.is_empty() && !first.unit.is_empty() {
            format!("its unit is `{}`, that of {name} `{}`; convert one of them", self.unit, first.unit)
        } else {
            return Ok(());
        };
        Err(Error::BadSeries { path: recording.path.clone(), series: self.target.clone(), cause })
    }

    fn join(streams: Vec<Stream>) -> Result<Stream, Error> {
        let mut streams = streams.into_iter();
        let Some(mut all) = streams.next() else {
            return Err(Error::BadSplit { cause: "there is no recording; give one or more".into() });
        };
        for stream in streams {
            let (n_ticks, n_events) = (all.n_ticks(), all.n_events());
            let (Ok(first_tick), Ok(first_event), Ok(_)) =
                (u32::try_from(n_ticks), u32::try_from(n_events), u32::try_from(n_events + stream.n_events()))
            else {
                return Err(too_long(n_ticks));
            };
            if (n_ticks + stream.n_ticks()) as u64 > TICKS_MAX.unsigned_abs() {
                return Err(too_long(n_ticks + stream.n_ticks()));
            }
            let shifted = |range: Range<usize>| range.start + n_ticks..range.end + n_ticks;
            let parts = stream.parts.into_iter();
            all.parts.extend(parts.map(|part| StreamPart { ticks: shifted(part.ticks), ..part }));
            all.lost.extend(stream.lost.into_iter().map(|(tick, channel)| (first_tick + tick, channel)));
            all.row_ptr.extend(stream.row_ptr[1..].iter().map(|end| first_event + end));
            all.channels.extend(stream.channels);
            all.labels.extend(stream.labels);
            all.is_scored.extend(stream.is_scored);
            all.n_filled += stream.n_filled;
            if all.unit.is_empty() {
                all.unit = stream.unit;
            }
        }
        Ok(all)
    }

    /// The parts of ranges that lie within a recording each.
    pub(super) fn within_parts(&self, ranges: &[Range<usize>]) -> Vec<Range<usize>> {
        let within = |range: &Range<usize>| {
            let parts = self.parts.iter().map(|part| range.start.max(part.ticks.start)..range.end.min(part.ticks.end));
            parts.filter(|range| !range.is_empty()).collect::<Vec<_>>()
        };
        ranges.iter().flat_map(within).collect()
    }

    /// What a person should look at: an axis that moves far more in one recording than in another.
    pub fn doubt_of_units(&self) -> Option<String> {
        let deviation = |part: &StreamPart, axis: usize| {
            let values =
                || part.ticks.clone().map(|tick| f64::from(self.label(tick)[axis])).filter(|value| !value.is_nan());
            let n = values().count().max(1) as f64;
            let mean = values().sum::<f64>() / n;
            (values().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt()
        };
        (0..self.axes.len()).find_map(|axis| {
            let of_parts = self.parts.iter().map(|part| deviation(part, axis)).filter(|deviation| *deviation > 0.0);
            let (least, most) = of_parts.fold((f64::INFINITY, 0.0_f64), |(least, most), deviation| {
                (least.min(deviation), most.max(deviation))
            });
            (most > OTHER_UNIT * least).then(|| {
                format!(
                    "axis {} of {} varies {:.0} times as much in one recording as in another: they are probably in two units",
                    self.axes[axis],
                    self.target,
                    most / least
                )
            })
        })
    }
}

fn too_long(n_ticks: usize) -> Error {
    let cause =
        format!("all recordings together have more than {n_ticks} ticks, of {TICKS_MAX} at most; use longer ticks");
    Error::BadOption { option: "tick_ms", cause }
}
