//! Drift: accuracy day by day, of every way to deal with it.

use train::adapt::Trusted;
use train::drift::Night;

use super::{above_zero, percent, points, share};
use crate::drift::{DayOutcome, DriftEntry, DriftMethod, DriftOptions, TestedTrial};
use crate::report::plot::{Axes, Line, lines};
use crate::report::{Claim, Panel, Section, Source, Table, Value, Verdict};
use crate::results::Estimate;
use crate::trials::Trials;

/// What the switch may lose against the frozen network on a day.
const MOST_LOST: f64 = 0.02;

/// What the section is about.
pub(crate) struct Facts<'a> {
    pub(crate) entries: &'a [DriftEntry],
    pub(crate) options: &'a DriftOptions,
    /// Whether the drift is made by rule.
    pub(crate) is_by_rule: bool,
    /// Days after the first.
    pub(crate) n_days: usize,
    pub(crate) chance: f64,
}

/// A line of the plots.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Of(DriftMethod),
    /// The frozen network or the readouts that are adapted by labels, as the switch says.
    Switch,
}

impl Way {
    fn all() -> impl Iterator<Item = Self> {
        let switch = |method| (method == DriftMethod::Labels).then_some(Self::Switch);
        DriftMethod::ALL.into_iter().flat_map(move |method| [Self::Of(method)].into_iter().chain(switch(method)))
    }

    fn name(self) -> String {
        match self {
            Self::Of(method) => method.to_string(),
            Self::Switch => "the switch".to_owned(),
        }
    }
}

/// The tested trials of each day, with a seed.
struct Repetition<'a> {
    seed: u64,
    days: Vec<&'a [TestedTrial]>,
}

impl Repetition<'_> {
    fn accuracy(&self, day: usize) -> f64 {
        let tested = self.days.get(day).copied().unwrap_or_default();
        tested.iter().filter(|trial| trial.decision == trial.class).count() as f64 / tested.len().max(1) as f64
    }

    /// Mean accuracy after the first day.
    fn mean(&self) -> f64 {
        let n_days = self.days.len().saturating_sub(1);
        (1..=n_days).map(|day| self.accuracy(day)).sum::<f64>() / n_days.max(1) as f64
    }
}

impl<'a> Facts<'a> {
    /// The repetitions of a way with so many labels a day; none if they are missing.
    fn repetitions(&self, way: Way, labels: usize) -> Vec<Repetition<'a>> {
        let entries = |method: DriftMethod| {
            let labels = if method == DriftMethod::Frozen { 0 } else { labels };
            self.entries.iter().filter(move |entry| entry.run.method == method && entry.run.labels == labels)
        };
        let tested = |entry: &'a DriftEntry| Repetition {
            seed: entry.run.seed,
            days: entry.outcome.days.iter().map(|day| day.tested.as_slice()).collect(),
        };
        match way {
            Way::Of(method) => entries(method).map(tested).collect(),
            Way::Switch => {
                let switched = |entry: &'a DriftEntry| {
                    let frozen = entries(DriftMethod::Frozen).find(|frozen| frozen.run.seed == entry.run.seed)?;
                    let chosen = |(adapted, frozen): (&'a DayOutcome, &'a DayOutcome)| match adapted.trusted {
                        Some(Trusted::Adapted) => adapted.tested.as_slice(),
                        _ => frozen.tested.as_slice(),
                    };
                    let days = entry.outcome.days.iter().zip(&frozen.outcome.days).map(chosen).collect();
                    Some(Repetition { seed: entry.run.seed, days })
                };
                entries(DriftMethod::Labels).filter_map(switched).collect()
            }
        }
    }

    /// The most that a way loses against the frozen network on a day of a seed; below 0, what it gains at least.
    fn most_lost(&self, way: Way, labels: usize) -> Option<f64> {
        let frozen = self.repetitions(Way::Of(DriftMethod::Frozen), 0);
        let lost = |repetition: Repetition<'a>| {
            let frozen = frozen.iter().find(|frozen| frozen.seed == repetition.seed)?;
            (1..=self.n_days).map(|day| frozen.accuracy(day) - repetition.accuracy(day)).max_by(f64::total_cmp)
        };
        self.repetitions(way, labels).into_iter().filter_map(lost).max_by(f64::total_cmp)
    }
}

/// Whether each trial is decided correctly on these days.
fn trials(repetitions: &[Repetition<'_>], days: impl Fn(usize) -> bool) -> Trials {
    let tested = repetitions.iter().flat_map(|repetition| repetition.days.iter().enumerate());
    let of_days = tested.filter(|(day, _)| days(*day)).flat_map(|(_, tested)| tested.iter());
    Trials::of_decisions(of_days.map(|trial| (trial.trial, trial.decision == trial.class)))
}

/// The section.
pub(crate) fn section(facts: &Facts<'_>) -> Section {
    let mut panels: Vec<Panel> = facts.options.labels.iter().map(|&labels| over_days(facts, labels)).collect();
    panels.push(over_labels(facts));
    Section { id: "drift", title: "Drift".to_owned(), words: words(facts), panels }
}

fn words(facts: &Facts<'_>) -> Vec<String> {
    let options = facts.options;
    let days = if facts.is_by_rule {
        let Night { replaced, gain_sd, turn_sd_deg } = options.night;
        format!(
            "The drift is made up: no recording over days is behind it. Half of the trials of one session are day 0, and its units change \
             by rule over {} nights: each night {} of them become other ones, and the others change their gain by a factor of a \
             log-normal deviation of {gain_sd} and turn by {turn_sd_deg} degrees (standard deviations). The labelled trials of a day \
             are made from the half that the network was trained on, which flatters what learns from them again and again; the \
             tested trials are those of the other half, on every day.",
            facts.n_days,
            percent(replaced),
        )
    } else {
        "Each session is a day, in the order of the files. Day 0 is tested on a fifth of its trials, and the others are trained on. On \
         each later day the labelled trials are the first ones, at most half of them, and those after them are tested."
            .to_owned()
    };
    vec![
        days,
        "What adapts are readouts beside the network, which see the recorded channels: a running mean of spike counts for each class, \
         whose logarithm is the weight. The recurrent part does not adapt by this rule: it follows only where a network is \
         recalibrated, that is trained on from the day before, or retrained. Both, and LDA, learn from the labels of the last four \
         days, and from no fewer than five windows of each class. `Labels, then own decisions` goes on without labels up to the most \
         labels of a day. Nothing learns from a tested trial."
            .to_owned(),
        "The switch decides on each day whether the frozen network or the adapted readouts count: those that got more of the labelled \
         trials of two days right, before they were taught them. Intervals: 95 % by resampling trials, with all their days and seeds."
            .to_owned(),
    ]
}

fn over_labels(facts: &Facts<'_>) -> Panel {
    let mut table = Table::new(&[
        "what follows the drift",
        "labels a day",
        "accuracy after day 0 (%)",
        "95 % low",
        "95 % high",
        "lowest seed",
        "less that of the frozen network (points)",
        "95 % low",
        "95 % high",
        "most lost on a day",
    ]);
    let frozen = trials(&facts.repetitions(Way::Of(DriftMethod::Frozen), 0), |day| day > 0);
    let mut curves = Vec::new();
    for way in Way::all() {
        let is_frozen = way == Way::Of(DriftMethod::Frozen);
        let mut line = Line { name: way.name(), ..Line::default() };
        for &labels in &facts.options.labels {
            let repetitions = facts.repetitions(way, labels);
            let of_way = trials(&repetitions, |day| day > 0);
            let Some(Estimate { mean, interval, .. }) = of_way.estimate() else { continue };
            line.points.push((labels as f64, 100.0 * mean));
            line.band.push((100.0 * interval.low, 100.0 * interval.high));
            if is_frozen && line.points.len() > 1 {
                continue;
            }
            let lowest = repetitions.iter().map(Repetition::mean).min_by(f64::total_cmp).unwrap_or(f64::NAN);
            let gain = of_way.minus(&frozen).estimate().filter(|_| !is_frozen);
            let of_gain = |of: fn(&Estimate) -> f64| gain.as_ref().map_or(Value::Missing, |gain| share(of(gain)));
            let lost = facts.most_lost(way, labels).filter(|_| !is_frozen);
            table.push([
                way.name().into(),
                if is_frozen { Value::Missing } else { labels.into() },
                share(mean),
                share(interval.low),
                share(interval.high),
                share(lowest),
                of_gain(|gain| gain.mean),
                of_gain(|gain| gain.interval.low),
                of_gain(|gain| gain.interval.high),
                lost.map_or(Value::Missing, share),
            ]);
        }
        if !line.points.is_empty() {
            curves.push(line);
        }
    }
    let axes = accuracy_over("labels a day", facts);
    Panel {
        name: "drift_labels".to_owned(),
        caption: format!("Accuracy over labels a day, mean of days 1 to {}.", facts.n_days),
        figure: Some(lines(&curves, &axes)),
        table,
        shows_table: true,
    }
}

/// Axes of an accuracy, with the level of chance.
fn accuracy_over(x: &str, facts: &Facts<'_>) -> Axes {
    Axes {
        x: x.to_owned(),
        y: "accuracy (%)".to_owned(),
        y_range: Some(0.0..100.0),
        level: Some((100.0 * facts.chance, "chance".to_owned())),
    }
}

fn over_days(facts: &Facts<'_>, labels: usize) -> Panel {
    let mut table = Table::new(&["what follows the drift", "day", "accuracy (%)", "95 % low", "95 % high"]);
    let mut curves = Vec::new();
    for way in Way::all() {
        let repetitions = facts.repetitions(way, labels);
        let mut line = Line { name: way.name(), ..Line::default() };
        for day in 0..=facts.n_days {
            let Some(Estimate { mean, interval, .. }) = trials(&repetitions, |of| of == day).estimate() else {
                continue;
            };
            table.push([way.name().into(), day.into(), share(mean), share(interval.low), share(interval.high)]);
            line.points.push((day as f64, 100.0 * mean));
        }
        if !line.points.is_empty() {
            curves.push(line);
        }
    }
    let axes = accuracy_over("day", facts);
    Panel {
        name: format!("drift_days_{labels}"),
        caption: format!("Accuracy day by day, {labels} labels a day."),
        figure: Some(lines(&curves, &axes)),
        table,
        shows_table: false,
    }
}

/// What adaptation is for: that it gains, and that the switch never loses much.
pub(crate) fn claims(facts: &Facts<'_>) -> Vec<Claim> {
    let Some(&fewest) = facts.options.labels.first() else { return Vec::new() };
    let claim = format!("Adapted by {fewest} labels a day, the decoder is above the frozen network");
    let of = |way, labels| trials(&facts.repetitions(way, labels), |day| day > 0);
    let gain = of(Way::Of(DriftMethod::Labels), fewest).minus(&of(Way::Of(DriftMethod::Frozen), 0)).estimate();
    let gains = match gain {
        Some(gain) => Claim { claim, source: Source::Choice, verdict: above_zero(&gain), evidence: points(&gain) },
        None => Claim::not_tested(claim, Source::Choice),
    };
    let claim =
        format!("The switch is on no day more than {} points below the frozen network", (100.0 * MOST_LOST).round());
    let lost = facts.options.labels.iter().filter_map(|&labels| facts.most_lost(Way::Switch, labels));
    let never_loses = match lost.max_by(f64::total_cmp) {
        Some(lost) => Claim {
            claim,
            source: Source::Choice,
            verdict: if lost <= MOST_LOST { Verdict::Holds } else { Verdict::Fails },
            evidence: format!("at most {:.1} points below, of all days, seeds and labels a day", 100.0 * lost.max(0.0)),
        },
        None => Claim::not_tested(claim, Source::Choice),
    };
    vec![gains, never_loses]
}
