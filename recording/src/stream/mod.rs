//! A whole session on one grid of ticks: the channels that spike in each tick, and the movement that holds in it.

mod fill;
mod labels;
mod several;
mod split;
mod widened;

use std::ops::Range;

use serde::{Deserialize, Serialize};

pub use several::Movement;
pub use split::{BlockOptions, StreamFold, StreamSplit};

use crate::dataset::CHANNELS_MAX;
use crate::windows::to_ns;
use crate::{Error, Recording, Selection, Series};
use labels::Samples;

const NS_PER_MS: i64 = 1_000_000;
/// The most ticks: 18 hours of 1 ms.
const TICKS_MAX: i64 = 1 << 26;
/// The longest tick: beyond it, one bit a tick loses most of what units say.
const TICK_MAX_MS: u32 = 50;

/// How a session becomes a stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StreamOptions {
    /// Axes of the series, by name or by number from 0; by default all.
    pub axes: Option<Vec<String>>,
    /// Whether the series is a position whose velocity is decoded: its change over the tick, in units a second.
    pub derivative: bool,
    /// Length of a tick, milliseconds, 1 to 50.
    pub tick_ms: u32,
    /// What is decoded in a tick holds so many milliseconds after it.
    pub lag_ms: i32,
    /// Which ticks count.
    pub score_in: ScoreIn,
    /// Whether ticks between pieces that have no spike at all get spikes at random, with the mean rate of each unit.
    pub fill_gaps: bool,
    /// The units to use, and the trials of [`ScoreIn::Trials`]; by default all.
    pub selection: Selection,
}

/// Which ticks are trained on and scored, of those with a label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreIn {
    /// All.
    #[default]
    All,
    /// Those within a trial.
    Trials,
    /// Those where this series, a mask, is not 0.
    Series(String),
}

impl Default for StreamOptions {
    /// All axes as they are, in ticks of 4 ms, without lag.
    fn default() -> Self {
        StreamOptions {
            axes: None,
            derivative: false,
            tick_ms: 4,
            lag_ms: 0,
            score_in: ScoreIn::All,
            fill_gaps: false,
            selection: Selection::default(),
        }
    }
}

/// A session in ticks, or several one after the other. A spike at the start of a tick belongs to it, one at its end to the next.
#[derive(Clone, Debug)]
pub struct Stream {
    /// Number of channels.
    pub n_channels: usize,
    /// Length of a tick, milliseconds.
    pub tick_ms: u32,
    /// The recordings, in the order of their ticks; never empty.
    pub parts: Vec<StreamPart>,
    /// The path of the series.
    pub target: String,
    /// Names of its axes.
    pub axes: Vec<String>,
    /// The unit of the labels; may be empty.
    pub unit: String,
    /// Spikes that are not in a tick because their channel has one in it already, as tick and channel.
    pub lost: Vec<(u32, u16)>,
    /// Ticks that got spikes at random.
    pub n_filled: usize,
    /// The channels of all ticks, one after the other.
    channels: Vec<u16>,
    /// Where the channels of each tick start; one entry more for the end.
    row_ptr: Vec<u32>,
    /// `[n_ticks][n_axes]`, NaN where there is no label.
    labels: Vec<f32>,
    is_scored: Vec<bool>,
}

/// The ticks of a recording in a stream. Nothing that runs over ticks may cross its borders.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamPart {
    /// Its ticks.
    pub ticks: Range<usize>,
    /// Start of the first of them, seconds on the clock of the recording.
    pub start_s: f64,
    /// The units (rows of the recording) that are the channels.
    pub units: Vec<usize>,
}

impl Stream {
    /// The session of a recording, with the labels of a series of the same file and, for [`ScoreIn::Series`], a mask.
    ///
    /// The label of a tick is the mean of the samples in it, its start excluded and its end included; with fewer than two samples a
    /// tick it is the straight line between them, at the middle of the tick. Nothing is filtered. A hole in the samples
    /// (longer than two ticks and 2.5 median intervals) leaves its ticks without label; samples with a missing value do not count.
    ///
    /// # Errors
    /// Options out of range, units that the selection does not find, no spikes, a series without values or apart from the spikes in
    /// time.
    pub fn of(
        recording: &Recording,
        series: &Series,
        mask: Option<&Series>,
        options: &StreamOptions,
    ) -> Result<Stream, Error> {
        let units = options.selection.choose(recording)?.units;
        Stream::of_units(recording, &units, series, mask, options)
    }

    /// As [`Stream::of`], with these units (rows) as the channels, in this order.
    ///
    /// # Errors
    /// As [`Stream::of`].
    pub fn of_units(
        recording: &Recording,
        units: &[usize],
        series: &Series,
        mask: Option<&Series>,
        options: &StreamOptions,
    ) -> Result<Stream, Error> {
        let mut stream = Stream::of_spikes(recording, units, options)?;
        stream.add_labels(recording, series, options)?;
        stream.choose_scored(recording, mask, options)?;
        if options.fill_gaps {
            stream.fill_gaps();
        }
        Ok(stream)
    }

    /// The spikes alone, of these units: no tick has a label, and none is scored.
    ///
    /// # Errors
    /// Options out of range, units that are not there, no spikes.
    pub fn of_spikes(recording: &Recording, units: &[usize], options: &StreamOptions) -> Result<Stream, Error> {
        options.check()?;
        let bad_units = |cause: String| Error::BadUnits { path: recording.path.clone(), cause };
        if units.len() > CHANNELS_MAX {
            return Err(bad_units(format!("{} units are more than {CHANNELS_MAX} channels", units.len())));
        }
        if let Some(row) = units.iter().find(|&&row| row >= recording.n_channels()) {
            return Err(bad_units(format!("unit {row} was asked for, and there are {}", recording.n_channels())));
        }
        let times = || units.iter().map(|&row| &recording.units[row]);
        let first_s = times().filter_map(|unit| unit.first()).copied().fold(f64::INFINITY, f64::min);
        let last_s = times().filter_map(|unit| unit.last()).copied().fold(f64::NEG_INFINITY, f64::max);
        if first_s > last_s {
            return Err(bad_units(format!("none of the {} units has a spike", units.len())));
        }
        let tick_ns = options.tick_ns();
        // Ticks begin at whole multiples of their length, so that labels sampled at the same rate fall into the same places.
        let start_ns = to_ns(first_s).div_euclid(tick_ns) * tick_ns;
        let n_ticks = (to_ns(last_s) - start_ns) / tick_ns + 1;
        if n_ticks > TICKS_MAX {
            let cause = format!("the session has {n_ticks} ticks, of {TICKS_MAX} at most; use longer ticks");
            return Err(Error::BadOption { option: "tick_ms", cause });
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to TICKS_MAX")]
        let (n_ticks, tick_of) = (n_ticks as usize, |&time_s: &f64| ((to_ns(time_s) - start_ns) / tick_ns) as usize);
        let mut row_ptr = vec![0_u32; n_ticks + 1];
        for unit in times() {
            for tick in distinct(unit.iter().map(tick_of)) {
                row_ptr[tick + 1] += 1;
            }
        }
        for tick in 0..n_ticks {
            row_ptr[tick + 1] += row_ptr[tick];
        }
        let mut place = row_ptr.clone();
        let mut channels = vec![0_u16; row_ptr[n_ticks] as usize];
        let mut lost = Vec::new();
        for (channel, unit) in (0..=u16::MAX).zip(times()) {
            let mut last = usize::MAX;
            for tick in unit.iter().map(tick_of) {
                if tick == last {
                    #[expect(clippy::cast_possible_truncation, reason = "below TICKS_MAX")]
                    lost.push((tick as u32, channel));
                } else {
                    channels[place[tick] as usize] = channel;
                    place[tick] += 1;
                    last = tick;
                }
            }
        }
        lost.sort_unstable();
        Ok(Stream {
            n_channels: units.len(),
            tick_ms: options.tick_ms,
            parts: vec![StreamPart { ticks: 0..n_ticks, start_s: start_ns as f64 / 1e9, units: units.to_vec() }],
            target: String::new(),
            axes: Vec::new(),
            unit: String::new(),
            lost,
            n_filled: 0,
            channels,
            row_ptr,
            labels: Vec::new(),
            is_scored: vec![false; n_ticks],
        })
    }

    fn add_labels(&mut self, recording: &Recording, series: &Series, options: &StreamOptions) -> Result<(), Error> {
        let bad = |cause: String| Error::BadSeries { path: recording.path.clone(), series: series.path.clone(), cause };
        let axes = series.axes_of(options.axes.as_deref())?;
        axes.iter().try_for_each(|&axis| labels::check_precision(series, axis)).map_err(bad)?;
        let samples = Samples::of(series, &axes, 2 * options.tick_ns());
        if samples.is_empty() {
            return Err(bad("all of its values are missing; choose another series".into()));
        }
        self.target = series.path.clone();
        self.axes = axes.iter().map(|&axis| series.axes[axis].clone()).collect();
        self.unit = series.unit.clone();
        if options.derivative {
            self.unit = if self.unit.is_empty() { "1/s".into() } else { format!("{}/s", self.unit) };
        }
        let (tick_ns, lag_ns) = (options.tick_ns(), i64::from(options.lag_ms) * NS_PER_MS);
        let start_ns = to_ns(self.time_s(0)) + lag_ns;
        self.labels = vec![f32::NAN; self.n_ticks() * axes.len()];
        let mut label = vec![0.0; axes.len()];
        let mut n_labels = 0_usize;
        for (place, from_ns) in (0..self.n_ticks()).zip((0_i64..).map(|tick| start_ns + tick * tick_ns)) {
            let is_known = match options.derivative {
                true => samples.change(from_ns, from_ns + tick_ns, &mut label),
                false => samples.mean(from_ns, from_ns + tick_ns, &mut label),
            };
            if is_known {
                n_labels += 1;
                for (to, &value) in self.labels[place * axes.len()..].iter_mut().zip(&label) {
                    #[expect(clippy::cast_possible_truncation, reason = "labels have single precision")]
                    let value = value as f32;
                    *to = value;
                }
            }
        }
        if n_labels == 0 {
            let (first_s, last_s) = (series.time_s(0), series.time_s(series.len() - 1));
            return Err(bad(format!(
                "its samples are from {first_s:.3} to {last_s:.3} s, the spikes from {:.3} to {:.3} s, and no tick has both; convert \
                 all times to seconds of one clock",
                self.time_s(0),
                self.end_s(self.n_ticks() - 1)
            )));
        }
        Ok(())
    }

    /// Decides which ticks count.
    fn choose_scored(
        &mut self,
        recording: &Recording,
        mask: Option<&Series>,
        options: &StreamOptions,
    ) -> Result<(), Error> {
        let n_ticks = self.n_ticks();
        let mut is_chosen = vec![options.score_in == ScoreIn::All; n_ticks];
        match (&options.score_in, mask) {
            (ScoreIn::All, _) => {}
            (ScoreIn::Trials, _) => {
                for range in self.trial_ranges(&[recording], &options.selection)? {
                    is_chosen[range].fill(true);
                }
            }
            (ScoreIn::Series(name), None) => {
                let cause = format!("the mask `{name}` was not read");
                return Err(Error::BadOption { option: "score_in", cause });
            }
            (ScoreIn::Series(_), Some(mask)) => {
                let samples = Samples::of(mask, &[0], 2 * options.tick_ns());
                for (tick, is_chosen) in is_chosen.iter_mut().enumerate() {
                    let middle_s = self.time_s(tick) + f64::from(self.tick_ms) / 2e3;
                    *is_chosen = samples.held(to_ns(middle_s)).is_some_and(|value| value != 0.0);
                }
            }
        }
        let n_axes = self.axes.len();
        for (tick, is_chosen) in is_chosen.into_iter().enumerate() {
            self.is_scored[tick] = is_chosen && !self.labels[tick * n_axes].is_nan();
        }
        if !self.is_scored.contains(&true) {
            let cause = format!("no tick with a label of `{}` is among those to score", self.target);
            return Err(Error::BadOption { option: "score_in", cause });
        }
        Ok(())
    }

    /// The ticks within each chosen trial that has usable times, in order; trials outside of the stream are left out. `recordings` are
    /// those of the parts.
    ///
    /// # Errors
    /// No trials in one of the recordings, or a selection that leaves none.
    pub fn trial_ranges(&self, recordings: &[&Recording], selection: &Selection) -> Result<Vec<Range<usize>>, Error> {
        let mut ranges = Vec::new();
        for (part, recording) in recordings.iter().enumerate() {
            ranges.extend(self.trials_of_part(part, recording, selection).map_err(|error| error.of(recordings, part))?);
        }
        Ok(ranges)
    }

    fn trials_of_part(
        &self,
        part: usize,
        recording: &Recording,
        selection: &Selection,
    ) -> Result<Vec<Range<usize>>, Error> {
        let trials = &recording.trials;
        if trials.is_empty() {
            return Err(Error::NoTrials {
                path: recording.path.clone(),
                next_step: "the whole session can be used without them".into(),
                tables: recording.interval_tables.clone(),
            });
        }
        let chosen = selection.choose(recording)?.trials;
        let usable = chosen.into_iter().filter(|&trial| trials.has_usable_times(trial));
        let ranges = usable.map(|trial| self.ticks_between(part, trials.start_s[trial], trials.stop_s[trial]));
        let mut ranges: Vec<Range<usize>> = ranges.filter(|range| !range.is_empty()).collect();
        ranges.sort_by_key(|range| range.start);
        Ok(ranges)
    }

    /// The ticks of a part that lie between two times, on the clock of its recording, as a whole.
    ///
    /// # Panics
    /// `part` is not below the number of parts.
    pub fn ticks_between(&self, part: usize, start_s: f64, stop_s: f64) -> Range<usize> {
        let StreamPart { ticks, start_s: zero_s, .. } = &self.parts[part];
        let tick_ns = i64::from(self.tick_ms) * NS_PER_MS;
        let after_ns = |time_s: f64| to_ns(time_s).saturating_sub(to_ns(*zero_s));
        let within = |tick: i64| ticks.start + usize::try_from(tick).unwrap_or(0).min(ticks.len());
        let first = within(after_ns(start_s).saturating_add(tick_ns - 1).div_euclid(tick_ns));
        first..within(after_ns(stop_s).div_euclid(tick_ns)).max(first)
    }

    /// The part of a tick; the last one of a tick beyond the end.
    pub fn part_of(&self, tick: usize) -> &StreamPart {
        &self.parts[self.parts.partition_point(|part| part.ticks.end <= tick).min(self.parts.len() - 1)]
    }

    /// Number of ticks.
    pub fn n_ticks(&self) -> usize {
        self.row_ptr.len() - 1
    }

    /// All ticks.
    pub fn ticks(&self) -> Range<usize> {
        0..self.n_ticks()
    }

    /// Number of spikes in all ticks.
    pub fn n_events(&self) -> usize {
        self.channels.len()
    }

    /// Share of the spikes that are lost because a channel has one bit a tick.
    pub fn lost_share(&self) -> f64 {
        self.lost.len() as f64 / (self.lost.len() + self.n_events()).max(1) as f64
    }

    /// Start of a tick, seconds on the clock of its recording.
    pub fn time_s(&self, tick: usize) -> f64 {
        let part = self.part_of(tick);
        let n_before = i64::try_from(tick - part.ticks.start).unwrap_or(i64::MAX);
        (to_ns(part.start_s) + n_before * i64::from(self.tick_ms) * NS_PER_MS) as f64 / 1e9
    }

    /// End of a tick, seconds on the clock of its recording.
    pub fn end_s(&self, tick: usize) -> f64 {
        (to_ns(self.time_s(tick)) + i64::from(self.tick_ms) * NS_PER_MS) as f64 / 1e9
    }

    /// The channels that spike in a tick, strictly ascending.
    ///
    /// # Panics
    /// `tick` is not below [`Stream::n_ticks`].
    pub fn tick(&self, tick: usize) -> &[u16] {
        &self.channels[self.row_ptr[tick] as usize..self.row_ptr[tick + 1] as usize]
    }

    /// What holds in a tick, by axis; NaN where there is no label.
    ///
    /// # Panics
    /// `tick` is not below [`Stream::n_ticks`].
    pub fn label(&self, tick: usize) -> &[f32] {
        &self.labels[tick * self.axes.len()..(tick + 1) * self.axes.len()]
    }

    /// Whether a tick counts: it has a label, and is one of those to score.
    ///
    /// # Panics
    /// `tick` is not below [`Stream::n_ticks`].
    pub fn is_scored(&self, tick: usize) -> bool {
        self.is_scored[tick]
    }

    /// The runs of ticks that have labels, each within a recording.
    pub fn pieces(&self) -> Vec<Range<usize>> {
        let n_axes = self.axes.len();
        let has_label = |tick: usize| !self.labels[tick * n_axes].is_nan();
        let mut pieces: Vec<Range<usize>> = Vec::new();
        for tick in (0..self.n_ticks()).filter(|&tick| has_label(tick)) {
            match pieces.last_mut() {
                Some(piece) if piece.end == tick && self.part_of(tick).ticks.start < tick => piece.end += 1,
                _ => pieces.push(tick..tick + 1),
            }
        }
        pieces
    }

    /// Whether the labels come in many short pieces with time between them, as of trials: then silence before a piece tells a
    /// network with memory when a movement starts.
    pub fn is_in_trials(&self) -> bool {
        /// Pieces that make trials, and the share of the time that lies between them.
        const PIECES: usize = 10;
        const GAP_SHARE: f64 = 0.05;
        let pieces = self.pieces();
        let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return false };
        let n_labelled: usize = pieces.iter().map(Range::len).sum();
        let n_between = last.end - first.start - n_labelled;
        pieces.len() >= PIECES && n_between as f64 > GAP_SHARE * (last.end - first.start) as f64
    }

    /// The first axis whose label is the same in all scored ticks, by name.
    pub fn constant_axis(&self) -> Option<&str> {
        let is_constant = |axis: &usize| {
            let mut values =
                (0..self.n_ticks()).filter(|&tick| self.is_scored[tick]).map(|tick| self.label(tick)[*axis]);
            let first = values.next();
            values.all(|value| Some(value) == first)
        };
        (0..self.axes.len()).find(is_constant).map(|axis| self.axes[axis].as_str())
    }

    /// The unit spikes of a stretch of ticks, each counted, as tick and channel: those of [`Stream::tick`] and the lost ones.
    pub fn counted(&self, ticks: Range<usize>) -> impl Iterator<Item = (usize, u16)> {
        let lost = self.lost.partition_point(|&(tick, _)| (tick as usize) < ticks.start)
            ..self.lost.partition_point(|&(tick, _)| (tick as usize) < ticks.end);
        let once = ticks.flat_map(move |tick| self.tick(tick).iter().map(move |&channel| (tick, channel)));
        once.chain(self.lost[lost].iter().map(|&(tick, channel)| (tick as usize, channel)))
    }
}

impl StreamOptions {
    fn check(&self) -> Result<(), Error> {
        let bad = |option, cause| Err(Error::BadOption { option, cause });
        if !(1..=TICK_MAX_MS).contains(&self.tick_ms) {
            return bad("tick_ms", format!("{} ms must be from 1 to {TICK_MAX_MS} for a stream", self.tick_ms));
        }
        /// The longest lag, a minute.
        const LAG_MAX_MS: u32 = 60_000;
        if self.lag_ms.unsigned_abs() > LAG_MAX_MS {
            return bad("lag_ms", format!("{} ms must be within {LAG_MAX_MS} ms either way", self.lag_ms));
        }
        Ok(())
    }

    fn tick_ns(&self) -> i64 {
        i64::from(self.tick_ms) * NS_PER_MS
    }
}

/// Ascending values, each once.
fn distinct(values: impl Iterator<Item = usize>) -> impl Iterator<Item = usize> {
    let mut last = None;
    values.filter(move |&value| last.replace(value) != Some(value))
}

#[cfg(test)]
mod tests;
