//! Which trials have windows, and where these start.

use std::collections::HashMap;

use crate::classes::{Classes, Labels};
use crate::session::is_countable_time;
use crate::windows::{Grid, align_column, to_ms, to_ns};
use crate::{Error, LeftOut, Recording, TrialTable, WindowOptions};

/// What an export of times in milliseconds does to them.
pub(crate) const ROUNDING_S: f64 = 5e-4;
const ROUNDING_NS: i64 = 500_000;

/// A trial with the times of its first window.
pub(crate) struct Span {
    pub(crate) trial: usize,
    pub(crate) class: usize,
    pub(crate) align_ns: i64,
    pub(crate) start_ns: i64,
    pub(crate) stop_ns: i64,
}

/// The trials of a recording.
pub(crate) struct Spans {
    /// Those with windows, by row.
    pub(crate) trials: Vec<Span>,
    /// The others.
    pub(crate) left_out: LeftOut,
    /// The longest time from the start of the first window to the stop of the trial, of each class; none without a trial that
    /// reaches that far.
    longest_ns: Vec<Option<i64>>,
    /// The causes why trials of each class were left out, with the first row.
    of_class: Vec<ClassLeftOut>,
}

#[derive(Clone, Default)]
struct ClassLeftOut {
    left_out: LeftOut,
    first: Option<usize>,
}

impl Spans {
    /// The trials of a recording; `is_chosen` by row.
    pub(crate) fn read(
        recording: &Recording,
        is_chosen: &[bool],
        labels: &Labels,
        classes: &Classes,
        options: &WindowOptions,
        grid: &Grid,
    ) -> Result<Spans, Error> {
        let table = &recording.trials;
        let events_s = events_s(table, options)?;
        let recorded = recording.recorded_range();
        let mut spans = Spans {
            trials: Vec::new(),
            left_out: LeftOut::default(),
            longest_ns: vec![None; classes.names.len()],
            of_class: vec![ClassLeftOut::default(); classes.names.len()],
        };
        let mut seen: HashMap<(i64, i64, i64, usize), usize> = HashMap::new();
        for trial in 0..table.len() {
            let label = labels.of_trial[trial].as_deref();
            let class = label.and_then(|label| classes.index(label));
            let mut leave_out = |count: fn(&mut LeftOut) -> &mut usize| {
                *count(&mut spans.left_out) += 1;
                if let Some(of_class) = class.map(|class| &mut spans.of_class[class]) {
                    *count(&mut of_class.left_out) += 1;
                    of_class.first.get_or_insert(trial);
                }
            };
            if !is_chosen[trial] {
                leave_out(|left_out| &mut left_out.not_chosen);
                continue;
            }
            if !table.has_usable_times(trial) {
                leave_out(|left_out| &mut left_out.unusable_times);
                continue;
            }
            if recorded.is_some_and(|recorded| table.is_outside(trial, recorded)) {
                leave_out(|left_out| &mut left_out.outside_spikes);
                continue;
            }
            let Some(class) = class else {
                match label {
                    Some(_) => leave_out(|left_out| &mut left_out.other_class),
                    None => leave_out(|left_out| &mut left_out.no_label),
                }
                continue;
            };
            if !is_countable_time(events_s[trial]) {
                leave_out(|left_out| &mut left_out.no_event);
                continue;
            }
            let (trial_start_ns, stop_ns) = (to_ns(table.start_s[trial]), to_ns(table.stop_s[trial]));
            let mut align_ns = to_ns(events_s[trial]);
            // An event at the start of its trial, in fewer digits, is there.
            let early_ns = trial_start_ns.saturating_sub(align_ns.saturating_add(grid.offset_ns));
            if (1..=ROUNDING_NS).contains(&early_ns) {
                align_ns += early_ns;
            }
            let start_ns = align_ns.saturating_add(grid.offset_ns);
            let span_ns = stop_ns.saturating_sub(start_ns);
            if start_ns < trial_start_ns {
                leave_out(|left_out| &mut left_out.before_trial);
                continue;
            }
            if span_ns < grid.window_ns {
                leave_out(|left_out| &mut left_out.too_short);
                spans.longest_ns[class] = spans.longest_ns[class].max(Some(span_ns));
                continue;
            }
            if seen.insert((trial_start_ns, align_ns, stop_ns, class), trial).is_some() {
                leave_out(|left_out| &mut left_out.duplicated);
                continue;
            }
            spans.longest_ns[class] = spans.longest_ns[class].max(Some(span_ns));
            spans.trials.push(Span { trial, class, align_ns, start_ns, stop_ns });
        }
        check_clock_of_events(table, is_chosen, options)?;
        Ok(spans)
    }

    /// Refuses trials that share spikes, so that no split could separate them.
    pub(crate) fn check_overlap(&self, grid: &Grid) -> Result<(), Error> {
        let mut used: Vec<(i64, i64, usize)> = self
            .trials
            .iter()
            .map(|span| (span.start_ns, grid.start_ns(span, grid.last_window(span)) + grid.window_ns, span.trial))
            .collect();
        used.sort_unstable();
        match used.windows(2).find(|pair| pair[1].0 < pair[0].1) {
            Some(pair) => Err(Error::OverlappingTrials { first: pair[0].2, second: pair[1].2 }),
            None => Ok(()),
        }
    }

    /// The shortest time from the start of the first window to the stop of the trial.
    pub(crate) fn shortest_ns(&self) -> i64 {
        self.trials.iter().map(|span| span.stop_ns.saturating_sub(span.start_ns)).min().unwrap_or(i64::MAX)
    }
}

/// Refuses classes of which no recording has a trial left, and says what most of their trials lack.
pub(crate) fn check_classes(all: &[Spans], classes: &Classes, options: &WindowOptions) -> Result<(), Error> {
    let has_trial = |class: usize| all.iter().any(|spans| spans.trials.iter().any(|span| span.class == class));
    let Some(class) = (0..classes.names.len()).find(|class| !has_trial(*class)) else { return Ok(()) };
    let (mut left_out, mut first, mut in_all) = (LeftOut::default(), None, LeftOut::default());
    for spans in all {
        left_out += spans.of_class[class].left_out;
        first = first.or(spans.of_class[class].first);
        in_all += spans.left_out;
    }
    let (name, trial) = (classes.names[class].clone(), first.unwrap_or(0));
    let align_column: String = align_column(options).into();
    let most = left_out.too_short.max(left_out.before_trial).max(left_out.no_event).max(left_out.outside_spikes);
    if most > 0 && left_out.outside_spikes == most {
        return Err(Error::OutsideSpikes { class: name, n_trials: in_all.outside_spikes, trial });
    }
    if most > 0 && left_out.too_short == most {
        // The longest that fits a trial of every class.
        let longest = |class: usize| all.iter().filter_map(|spans| spans.longest_ns[class]).max().unwrap_or(0);
        if !TrialTable::is_start_or_stop(&align_column) && longest(class) <= -to_ns(options.offset_ms / 1e3) {
            let cause = format!(
                "in every trial of class `{name}` its time is at or after the stop, first trial {trial}; if its times are not in \
                 the unit of the trial times, convert them"
            );
            return Err(Error::UnsuitableColumn { column: align_column, cause });
        }
        let fits_ns = (0..classes.names.len()).map(longest).min().unwrap_or(0);
        return Err(Error::WindowTooLong {
            window_ms: options.window_ms,
            offset_ms: options.offset_ms,
            align_column,
            class: name,
            n_trials: in_all.too_short,
            trial,
            fits_ms: u64::try_from(fits_ns / to_ns(1e-3)).unwrap_or(0),
        });
    }
    if most > 0 && left_out.before_trial == most {
        let (offset_ms, n_trials) = (options.offset_ms, in_all.before_trial);
        return Err(Error::WindowBeforeTrial { offset_ms, align_column, class: name, n_trials, trial });
    }
    Err(Error::UnsuitableColumn { column: align_column, cause: format!("no trial of class `{name}` has a time in it") })
}

/// The event of each trial, seconds on the clock of the recording.
fn events_s(table: &TrialTable, options: &WindowOptions) -> Result<Vec<f64>, Error> {
    let column = align_column(options);
    let times_s = table.times_s(column)?;
    if !options.align_relative {
        return Ok(times_s);
    }
    if TrialTable::is_start_or_stop(column) {
        let cause = format!("`{column}` is never relative to its trial; choose another column to align to");
        return Err(Error::BadOption { option: "align_relative", cause });
    }
    Ok(times_s.iter().zip(&table.start_s).map(|(time_s, start_s)| start_s + time_s).collect())
}

/// Refuses events that count from the start of their trial, unless they are taken so, and those that do not if they are.
fn check_clock_of_events(table: &TrialTable, is_chosen: &[bool], options: &WindowOptions) -> Result<(), Error> {
    let column = align_column(options);
    if TrialTable::is_start_or_stop(column) {
        return Ok(());
    }
    let events_s = table.times_s(column)?;
    let of_chosen = events_s.iter().zip(is_chosen);
    let chosen: Vec<f64> = of_chosen.map(|(&time_s, &is_chosen)| if is_chosen { time_s } else { f64::NAN }).collect();
    let (column, range) = (column.to_owned(), table.relative_range(&chosen));
    match range {
        Some((first_s, last_s)) if !options.align_relative => {
            let first_start_s = table.time_range().map_or(0.0, |range| range.first_s);
            Err(Error::RelativeTimes { column, range_ms: (to_ms(to_ns(first_s)), to_ms(to_ns(last_s))), first_start_s })
        }
        _ => {
            let Clocks { n_times, of_recording, of_trial, .. } = Clocks::of(table, &chosen);
            let are_absolute = options.align_relative && of_trial == 0 && 2 * of_recording > n_times;
            if are_absolute { Err(Error::AbsoluteTimes { column }) } else { Ok(()) }
        }
    }
}

impl TrialTable {
    /// The range of these times, one a trial, if they count from the start of their trial: most are before it but within the length
    /// of the trial, and none is within a trial on the clock of the recording.
    pub fn relative_range(&self, times_s: &[f64]) -> Option<(f64, f64)> {
        let clocks = Clocks::of(self, times_s);
        (2 * clocks.of_trial > clocks.n_times && clocks.of_recording == 0).then_some(clocks.range_of_trial)
    }
}

/// From where the times of an event count, one time a trial: how many can be of one clock only.
pub(crate) struct Clocks {
    /// Trials with usable times that have the event.
    pub(crate) n_times: usize,
    /// Events within their trial.
    pub(crate) of_recording: usize,
    /// Events before their trial but within its length, as if they counted from its start.
    pub(crate) of_trial: usize,
    /// First and last of these, and of those that can be either.
    range_of_trial: (f64, f64),
}

impl Clocks {
    pub(crate) fn of(table: &TrialTable, times_s: &[f64]) -> Clocks {
        let (mut clocks, mut range) =
            (Clocks { n_times: 0, of_recording: 0, of_trial: 0, range_of_trial: (0.0, 0.0) }, None);
        for trial in (0..table.len().min(times_s.len())).filter(|&trial| table.has_usable_times(trial)) {
            let (time_s, start_s, stop_s) = (times_s[trial], table.start_s[trial], table.stop_s[trial]);
            if !is_countable_time(time_s) {
                continue;
            }
            clocks.n_times += 1;
            let is_of_recording = (start_s..=stop_s).contains(&time_s);
            if (0.0..=stop_s - start_s).contains(&time_s) {
                clocks.of_trial += usize::from(time_s < start_s);
                let (first_s, last_s) = range.unwrap_or((time_s, time_s));
                range = Some((f64::min(first_s, time_s), f64::max(last_s, time_s)));
            } else if is_of_recording {
                clocks.of_recording += 1;
            }
        }
        clocks.range_of_trial = range.unwrap_or_default();
        clocks
    }
}

impl Recording {
    /// What is odd about the events that windows count from: in some trials they count from the start of the trial, in others not.
    pub fn doubt_of_events(&self, options: &WindowOptions) -> Option<String> {
        let column = align_column(options);
        let events_s = self.trials.times_s(column).ok().filter(|_| !TrialTable::is_start_or_stop(column))?;
        let chosen = options.selection.choose(self).ok()?.trials;
        let mut of_chosen_s = vec![f64::NAN; events_s.len()];
        chosen.into_iter().for_each(|trial| of_chosen_s[trial] = events_s[trial]);
        let Clocks { n_times, of_recording, of_trial, .. } = Clocks::of(&self.trials, &of_chosen_s);
        let (n_odd, what) = match options.align_relative {
            true => {
                (of_recording, "within the trial on the clock of the recording, as if it did not count from the start")
            }
            false => (of_trial, "before the trial but within its length, as if it counted from the start"),
        };
        (of_recording > 0 && of_trial > 0).then(|| {
            format!("column `{column}`: in {n_odd} of {n_times} trials the time is {what} of the trial; these trials are left out")
        })
    }
}
