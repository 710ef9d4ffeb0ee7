//! Which trials have windows, and where these start.

use std::collections::HashMap;

use crate::classes::{Classes, Labels};
use crate::session::is_countable_time;
use crate::windows::{Grid, align_column, to_ms, to_ns};
use crate::{Error, LeftOut, Recording, TrialTable, WindowOptions};

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
            let align_ns = to_ns(events_s[trial]);
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
        check_relative(table, is_chosen, &events_s, options)?;
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
pub(crate) fn events_s(table: &TrialTable, options: &WindowOptions) -> Result<Vec<f64>, Error> {
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

/// Refuses events that look relative to their trials.
fn check_relative(
    table: &TrialTable,
    is_chosen: &[bool],
    events_s: &[f64],
    options: &WindowOptions,
) -> Result<(), Error> {
    let column = align_column(options);
    if options.align_relative || TrialTable::is_start_or_stop(column) {
        return Ok(());
    }
    let chosen: Vec<f64> = events_s
        .iter()
        .zip(is_chosen)
        .map(|(&event_s, &is_chosen)| if is_chosen { event_s } else { f64::NAN })
        .collect();
    let Some((first_s, last_s)) = table.relative_range(&chosen) else { return Ok(()) };
    let first_start_s = table.time_range().map_or(0.0, |range| range.first_s);
    let range_ms = (to_ms(to_ns(first_s)), to_ms(to_ns(last_s)));
    Err(Error::RelativeTimes { column: column.into(), range_ms, first_start_s })
}

impl TrialTable {
    /// The range of these times, one a trial, if they are relative to their trials: each is within the length of its trial, and
    /// most are before the start of theirs. None for times on the clock of the recording.
    pub fn relative_range(&self, times_s: &[f64]) -> Option<(f64, f64)> {
        let (mut n_times, mut n_before, mut range) = (0, 0, (f64::INFINITY, f64::NEG_INFINITY));
        for trial in (0..self.len().min(times_s.len())).filter(|&trial| self.has_usable_times(trial)) {
            let time_s = times_s[trial];
            if !is_countable_time(time_s) {
                continue;
            }
            if time_s < 0.0 || time_s > self.stop_s[trial] - self.start_s[trial] {
                return None;
            }
            n_times += 1;
            n_before += usize::from(time_s < self.start_s[trial]);
            range = (f64::min(range.0, time_s), f64::max(range.1, time_s));
        }
        (2 * n_before > n_times).then_some(range)
    }
}
