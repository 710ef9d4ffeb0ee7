//! The identity of a recording by its content: a session that was repacked, renamed or exported again is known.
//!
//! Only times count: those of spikes and of trials, in the order of the file. Labels and other columns do not, because they are
//! corrected, renamed and added to without new data, and a trial that training has seen stays seen whatever it is called.

use std::collections::{BTreeSet, HashSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::sha256::hex;
use crate::{Recording, TrialTable};

/// Which recording something was made from. Whoever brings spike trains from arrays chooses name and hash, and has no content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingIdentity {
    /// Its name, as [`Recording::name`].
    pub name: String,
    /// Its SHA-256, as [`Recording::sha256`].
    pub sha256: String,
    /// What is in it; none for arrays, and in companions of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
}

/// What the recording is called that nobody knows: there were only arrays.
const ARRAYS: &str = "arrays";

impl RecordingIdentity {
    /// Of arrays with this SHA-256, of which it is unknown from which recording they are.
    #[must_use]
    pub fn of_arrays(sha256: String) -> Self {
        Self { name: ARRAYS.to_owned(), sha256, content: None }
    }

    /// Whether it is that of arrays, which may be from any recording.
    #[must_use]
    pub fn is_of_arrays(&self) -> bool {
        self.name == ARRAYS && self.content.is_none()
    }
}

/// What is remembered of a recording to know it again, all of it or a part. Times are rounded to microseconds, so that what units
/// and number types of an export do to the last digits does not matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// SHA-256 over all spike times and trial times.
    pub sha256: String,
    /// The first spike, microseconds; none without spikes.
    pub first_spike_us: Option<i64>,
    /// The trials, in the order of the file.
    pub trials: Vec<TrialTimes>,
    /// The units, in the order of the file.
    pub units: Vec<UnitMarks>,
}

/// The times of a trial, microseconds. Its text is `start+length`, or `-` without usable times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TrialTimes(Option<(i64, i64)>);

/// What is remembered of a unit: how many spikes it has, and a sample of the patterns in its intervals. Its text is `spikes:marks`
/// with eight hexadecimal digits a mark.
///
/// A pattern is [`PATTERN_INTERVALS`] successive intervals in steps of [`STEP_US`]; its mark is a hash. The smallest marks are kept
/// (the bottom sketch of A. Broder, "On the resemblance and containment of documents", 1997), so that two units with the same
/// spikes have the same marks, and one with a part of the spikes has a part of them, whatever the clock starts from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UnitMarks {
    n_spikes: usize,
    marks: Vec<u32>,
}

/// How far the contents of two recordings agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// The same spikes and trials, in the same order.
    Same,
    /// A part.
    Part(Shared),
    /// No spikes, but times of trials, at such regular intervals that they do not tell one session from another.
    RegularTimes(Shared),
    /// Nothing.
    Nothing,
}

/// What a recording shares with another. As text: both counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Shared {
    /// Trials at the times of trials of the other, if these mean something: they are irregular, or spikes are shared too.
    pub trials: usize,
    /// Its trials.
    pub n_trials: usize,
    /// Units with spikes of a unit of the other.
    pub units: usize,
    /// Its units.
    pub n_units: usize,
}

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shared { trials, n_trials, units, n_units } = self;
        write!(f, "spikes of {units} of its {n_units} units, times of {trials} of its {n_trials} trials")
    }
}

/// Intervals in a pattern: with fewer, fast units in bins of a millisecond have patterns in common by chance.
const PATTERN_INTERVALS: usize = 15;
/// Step of an interval, microseconds: far more than what single precision changes.
const STEP_US: i64 = 500;
/// Marks kept of a unit.
const MARKS: usize = 16;
/// Marks that two units must share to have spikes in common: half as many as a half of the spikes does.
const MARKS_SHARED: usize = 4;
/// One of so many units must have spikes in common with the other recording; fewer can by chance.
const UNITS_PER_SHARED: usize = 20;
/// What exports to milliseconds do to the times of trials, microseconds.
const TRIAL_TOLERANCE_US: i64 = 1_000;
/// The fewest trials whose times mean something.
const FEWEST_TRIALS: usize = 3;
/// What rounding does to the times of trials, microseconds.
const ROUNDING_US: i64 = 1;
/// The share of its trials whose labels are not corrected between two exports of a session.
const SAME_LABELS: f64 = 0.8;
/// Units with so many spikes, and so many of them, are the same if all numbers of spikes are.
const TELLING_SPIKES: usize = 32;
const TELLING_UNITS: usize = 4;

impl Recording {
    /// Its name, its SHA-256 and its content.
    pub fn identity(&self) -> RecordingIdentity {
        RecordingIdentity { name: self.name.clone(), sha256: self.sha256.clone(), content: Some(Content::of(self)) }
    }
}

impl Content {
    /// The content of a recording.
    pub fn of(recording: &Recording) -> Content {
        let mut hasher = Sha256::new();
        let mut add = |number: i64| hasher.update(number.to_le_bytes());
        let mut units = Vec::with_capacity(recording.units.len());
        for unit in &recording.units {
            add(count(unit.len()));
            let times_us = unit.iter().map(|&time_s| to_us(time_s));
            times_us.clone().for_each(&mut add);
            units.push(UnitMarks::of(times_us));
        }
        let table = &recording.trials;
        let trials = TrialTimes::all(table);
        add(count(trials.len()));
        for trial in &trials {
            let (start_us, length_us) = trial.0.unwrap_or((i64::MIN, i64::MIN));
            [start_us, length_us].into_iter().for_each(&mut add);
        }
        let first_spike_us = recording.spike_range().map(|range| to_us(range.first_s));
        Content { sha256: hex(&hasher.finalize()), first_spike_us, trials, units }
    }

    /// How far this recording agrees with `other`.
    pub fn agreement(&self, other: &Content) -> Agreement {
        if self.sha256 == other.sha256 || (self.has_trials_of(other) && self.has_units_of(other)) {
            return Agreement::Same;
        }
        let marks: HashSet<u32> = other.units.iter().flat_map(|unit| unit.marks.iter().copied()).collect();
        let shares = |unit: &&UnitMarks| {
            unit.marks.iter().any(|mark| marks.contains(mark)) && {
                other.units.iter().any(|other| unit.n_shared(other) >= MARKS_SHARED)
            }
        };
        let units = self.units.iter().filter(shares).count();
        let is_evidence = units * UNITS_PER_SHARED >= self.units.len().min(other.units.len());
        let units = if is_evidence { units } else { 0 };
        let (n_trials, n_units) = (self.trials.len(), self.units.len());
        let shared = Shared { trials: self.n_shared_trials(other, units > 0), n_trials, units, n_units };
        if shared.trials > 0 || shared.units > 0 {
            return Agreement::Part(shared);
        }
        let trials = self.trials_at_times_of(other).len();
        match trials >= FEWEST_TRIALS && 2 * trials >= n_trials.min(other.trials.len()) {
            true => Agreement::RegularTimes(Shared { trials, ..shared }),
            false => Agreement::Nothing,
        }
    }

    /// The trials at the times of trials of `other`: rows here and there. On another clock only if all are, one by one.
    pub fn trials_at_times_of(&self, other: &Content) -> Vec<(usize, usize)> {
        at_times_of(&self.trials, &other.trials)
    }

    /// Whether each trial shares no time with any of these trials (rows).
    pub fn apart_from(&self, rows: impl Iterator<Item = usize>) -> Vec<bool> {
        let span =
            |trial: &TrialTimes| trial.0.map(|(start_us, length_us)| (start_us, start_us.saturating_add(length_us)));
        let mut spans: Vec<(i64, i64)> = rows.filter_map(|row| span(self.trials.get(row)?)).collect();
        spans.sort_unstable();
        // The latest stop of each span and those before it.
        let latest_us: Vec<i64> = spans
            .iter()
            .scan(i64::MIN, |latest_us, &(_, stop_us)| {
                *latest_us = stop_us.max(*latest_us);
                Some(*latest_us)
            })
            .collect();
        let is_apart = |(start_us, stop_us): (i64, i64)| {
            let n_before = spans.partition_point(|span| span.0 < stop_us.saturating_sub(ROUNDING_US));
            n_before == 0 || latest_us[n_before - 1] <= start_us.saturating_add(ROUNDING_US)
        };
        self.trials.iter().map(|trial| span(trial).is_some_and(is_apart)).collect()
    }

    /// Whether the trials are those of `other`, one by one, on the same clock or together with the spikes on another.
    fn has_trials_of(&self, other: &Content) -> bool {
        let with = |shift_us: i64| self.trials.iter().zip(&other.trials).all(|(one, two)| one.is(*two, shift_us));
        self.trials.len() == other.trials.len() && (with(0) || self.shift_of_spikes(other).is_some_and(with))
    }

    /// Whether the units are those of `other`, one by one, by their marks or, where rounding has changed these, by the numbers of
    /// spikes.
    fn has_units_of(&self, other: &Content) -> bool {
        let mut pairs = self.units.iter().zip(&other.units);
        let has_marks = self.units.iter().any(|unit| unit.marks.len() >= MARKS_SHARED);
        let is_marked = |(one, two): (&UnitMarks, &UnitMarks)| {
            one.n_spikes == two.n_spikes
                && (one.marks.len() < MARKS_SHARED || 2 * one.n_shared(two) >= one.marks.len().min(two.marks.len()))
        };
        let n_telling = self.units.iter().filter(|unit| unit.n_spikes >= TELLING_SPIKES).count();
        self.units.len() == other.units.len()
            && ((has_marks && pairs.clone().all(is_marked))
                || (n_telling >= TELLING_UNITS && pairs.all(|(one, two)| one.n_spikes == two.n_spikes)))
    }

    /// How much later the spikes are than those of `other`, if they are the same.
    fn shift_of_spikes(&self, other: &Content) -> Option<i64> {
        Some(self.first_spike_us?.saturating_sub(other.first_spike_us?))
    }

    /// Trials at the times of trials of `other`: on the same clock, on one that the first spikes have in common, or on one that the
    /// first trials have in common. Trials at regular intervals agree by design, and a few by chance: they do not count, unless
    /// they `may_be_regular`.
    fn n_shared_trials(&self, other: &Content, may_be_regular: bool) -> usize {
        let n_others = other.trials.iter().filter(|trial| trial.0.is_some()).count();
        let shared = |shift_us: i64| {
            let pairs = pairs(&self.trials, &other.trials, shift_us);
            let mut starts: Vec<i64> = pairs.iter().filter_map(|(row, _)| Some(self.trials[*row].0?.0)).collect();
            starts.sort_unstable();
            let gaps: BTreeSet<i64> =
                starts.windows(2).map(|pair| pair[1].saturating_sub(pair[0]) / TRIAL_TOLERANCE_US).collect();
            let is_evidence = starts.len() >= FEWEST_TRIALS
                && starts.len() * 20 >= self.trials.len().min(n_others)
                && (may_be_regular || gaps.len() * 4 >= starts.len());
            if is_evidence { starts.len() } else { 0 }
        };
        let shifts = [Some(0), self.shift_of_spikes(other), shift_of_first(&self.trials, &other.trials)];
        shifts.into_iter().flatten().map(shared).max().unwrap_or(0)
    }
}

/// Whether two recordings with trials at the same times can be one session, by the classes of these trials in both: most are the
/// same. None without such trials.
pub fn can_be_one_session(classes: impl Iterator<Item = (usize, usize)>) -> Option<bool> {
    let (mut n_trials, mut n_same) = (0_u32, 0_u32);
    for (one, other) in classes {
        n_trials += 1;
        n_same += u32::from(one == other);
    }
    (n_trials > 0).then(|| f64::from(n_same) >= SAME_LABELS * f64::from(n_trials))
}

impl TrialTable {
    /// The trials at the times of trials of `other`: rows here and there.
    pub(crate) fn at_times_of(&self, other: &TrialTable) -> Vec<(usize, usize)> {
        at_times_of(&TrialTimes::all(self), &TrialTimes::all(other))
    }
}

/// The trials at the times of `others`: on a clock that starts elsewhere if all are, one by one, else on the same clock.
fn at_times_of(trials: &[TrialTimes], others: &[TrialTimes]) -> Vec<(usize, usize)> {
    let is_same = |shift_us: i64| trials.iter().zip(others).all(|(one, two)| one.is(*two, shift_us));
    let are_all = trials.len() == others.len() && shift_of_first(trials, others).is_some_and(is_same);
    if are_all { (0..trials.len()).map(|row| (row, row)).collect() } else { pairs(trials, others, 0) }
}

/// How much later the first trial is than that of `others`.
fn shift_of_first(trials: &[TrialTimes], others: &[TrialTimes]) -> Option<i64> {
    let first = |trials: &[TrialTimes]| trials.iter().find_map(|trial| Some(trial.0?.0));
    Some(first(trials)?.saturating_sub(first(others)?))
}

/// The trials at the times of `others`, on a clock that is `shift_us` later: the place of each, and that of the other.
fn pairs(trials: &[TrialTimes], others: &[TrialTimes], shift_us: i64) -> Vec<(usize, usize)> {
    let mut sorted: Vec<(i64, i64, usize)> = others
        .iter()
        .enumerate()
        .filter_map(|(place, other)| other.0.map(|(start, length)| (start, length, place)))
        .collect();
    sorted.sort_unstable();
    let other_of = |trial: &TrialTimes| {
        let start_us = trial.0?.0.saturating_sub(shift_us);
        let from = sorted.partition_point(|other| other.0 < start_us.saturating_sub(TRIAL_TOLERANCE_US));
        let mut near = sorted[from..].iter().take_while(|other| other.0 <= start_us.saturating_add(TRIAL_TOLERANCE_US));
        near.find(|other| trial.is(TrialTimes(Some((other.0, other.1))), shift_us)).map(|other| other.2)
    };
    trials.iter().enumerate().filter_map(|(place, trial)| Some((place, other_of(trial)?))).collect()
}

impl TrialTimes {
    /// Those of all trials of a table.
    fn all(table: &TrialTable) -> Vec<TrialTimes> {
        (0..table.len()).map(|trial| TrialTimes::of(table, trial)).collect()
    }

    fn of(table: &TrialTable, trial: usize) -> TrialTimes {
        let times = || (to_us(table.start_s[trial]), to_us(table.stop_s[trial]));
        TrialTimes(table.has_usable_times(trial).then(times).map(|(start_us, stop_us)| (start_us, stop_us - start_us)))
    }

    /// Whether it is the trial `other`, seen on a clock that is `shift_us` later.
    fn is(self, other: TrialTimes, shift_us: i64) -> bool {
        let is_near = |one: i64, two: i64| one.abs_diff(two) <= TRIAL_TOLERANCE_US.unsigned_abs();
        match (self.0, other.0) {
            (Some(one), Some(two)) => is_near(one.0.saturating_sub(shift_us), two.0) && is_near(one.1, two.1),
            (None, None) => true,
            _ => false,
        }
    }
}

impl UnitMarks {
    /// Of spike times in microseconds, ascending.
    fn of(times_us: impl Iterator<Item = i64>) -> UnitMarks {
        let mut kept: BTreeSet<u32> = BTreeSet::new();
        let mut pattern = [0_i64; PATTERN_INTERVALS];
        let (mut last_us, mut n_spikes) = (0, 0);
        for time_us in times_us {
            pattern.rotate_left(1);
            pattern[PATTERN_INTERVALS - 1] = (time_us - last_us + STEP_US / 2) / STEP_US;
            (last_us, n_spikes) = (time_us, n_spikes + 1);
            if n_spikes > PATTERN_INTERVALS {
                kept.insert(mark(&pattern));
                if kept.len() > MARKS {
                    kept.pop_last();
                }
            }
        }
        UnitMarks { n_spikes, marks: kept.into_iter().collect() }
    }

    fn n_shared(&self, other: &UnitMarks) -> usize {
        self.marks.iter().filter(|mark| other.marks.binary_search(mark).is_ok()).count()
    }
}

/// A hash of a pattern: FNV-1a over its intervals, folded to 32 bits.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a hash")]
fn mark(pattern: &[i64]) -> u32 {
    let hash = pattern.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, interval| {
        let mixed = (hash ^ *interval as u64).wrapping_mul(0x0000_0100_0000_01b3);
        mixed ^ (mixed >> 29)
    });
    (hash ^ (hash >> 32)) as u32
}

#[expect(clippy::cast_possible_truncation, reason = "the times of a recording fit; `as` saturates others")]
fn to_us(time_s: f64) -> i64 {
    (time_s * 1e6).round() as i64
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

impl From<TrialTimes> for String {
    fn from(trial: TrialTimes) -> String {
        trial.0.map_or_else(|| "-".into(), |(start_us, length_us)| format!("{start_us}+{length_us}"))
    }
}

impl TryFrom<String> for TrialTimes {
    type Error = String;

    fn try_from(text: String) -> Result<TrialTimes, String> {
        if text == "-" {
            return Ok(TrialTimes(None));
        }
        let times = text.split_once('+').and_then(|(start, length)| Some((start.parse().ok()?, length.parse().ok()?)));
        times.map(|times| TrialTimes(Some(times))).ok_or_else(|| format!("`{text}` is not `start+length` of a trial"))
    }
}

impl From<UnitMarks> for String {
    fn from(unit: UnitMarks) -> String {
        let marks: String = unit.marks.iter().map(|mark| format!("{mark:08x}")).collect();
        format!("{}:{marks}", unit.n_spikes)
    }
}

impl TryFrom<String> for UnitMarks {
    type Error = String;

    fn try_from(text: String) -> Result<UnitMarks, String> {
        let read = || {
            let (n_spikes, marks) = text.split_once(':')?;
            let digits = marks.as_bytes().chunks(8).map(|digits| std::str::from_utf8(digits).ok());
            let mut marks = digits.map(|digits| u32::from_str_radix(digits?, 16).ok()).collect::<Option<Vec<u32>>>()?;
            marks.sort_unstable();
            Some(UnitMarks { n_spikes: n_spikes.parse().ok()?, marks })
        };
        read().ok_or_else(|| format!("`{text}` is not `spikes:marks` of a unit"))
    }
}
