//! Facts about small recordings.

use super::*;
use crate::{Column, NamedColumn, Selection};

fn column(name: &str, values: Column) -> NamedColumn {
    NamedColumn { name: name.into(), description: String::new(), values }
}

/// Three units over ten seconds; four trials, the last without a stop.
fn recording() -> Recording {
    let trials = TrialTable {
        start_s: vec![1.0, 3.0, 5.0, 7.0],
        stop_s: vec![2.0, 4.0, 6.5, f64::NAN],
        columns: vec![
            column("side", Column::Text(vec!["left".into(), "right".into(), "left".into(), String::new()])),
            column("go_cue_time", Column::Real(vec![1.25, 4.5, f64::NAN, 7.5])),
            column("reach_onset", Column::Real(vec![0.5, 0.25, 1.0, 0.5])),
            column("moved", Column::Real(vec![1.5, 3.5, 5.5, 7.5])),
            column("snr", Column::Real(vec![1.5, 2.5, 3.5, 4.5])),
        ],
        ..TrialTable::default()
    };
    let units = vec![vec![0.0, 1.5, 3.0, 10.0], Vec::new(), (1..2001).map(|i| f64::from(i) / 250.0).collect()];
    let ids = column("id", Column::Integer(vec![4, 7, 9]));
    let location = column("location", Column::Text(vec!["M1".into(), "M1".into(), "PMd".into()]));
    Recording::generated("made".into(), String::new(), units, vec![ids, location], trials).unwrap()
}

fn sanity(recording: &Recording, are_relative: bool) -> Sanity {
    Sanity::of(recording, &Selection::default().choose(recording).unwrap(), 16, are_relative)
}

fn event(name: &str, are_relative: bool) -> Event {
    sanity(&recording(), are_relative).events.into_iter().find(|event| event.column == name).unwrap()
}

fn unit(row: usize, id: &str) -> UnitRow {
    UnitRow { row, id: Some(id.into()) }
}

#[test]
fn spikes_and_trials_are_measured_in_seconds() {
    let sanity = sanity(&recording(), false);
    let range = |range: Option<TimeRange>| range.map(|TimeRange { first_s, last_s }| [first_s, last_s]);
    assert_eq!((range(sanity.spike_range), range(sanity.trial_range)), (Some([0.0, 10.0]), Some([1.0, 6.5])));
    assert_eq!((sanity.trial_lengths_s, sanity.n_trials_without_times), (Some([1.0, 1.0, 1.5]), 1));
    // Units 0 and 2: 2 of 4, and 250 Hz during 3.5 s with both ends.
    assert_eq!(sanity.share_within_trials, Some((2.0 + 878.0) / 2004.0));
}

#[test]
fn spikes_within_overlapping_trials_count_once() {
    let share = |times: &[f64], spans: &[(f64, f64)]| {
        let (start_s, stop_s) = spans.iter().copied().unzip();
        share_within(&[times.to_vec()], &TrialTable { start_s, stop_s, ..TrialTable::default() })
    };
    assert_eq!(share(&[0.5, 1.5, 2.5, 9.0], &[(1.0, 3.0), (0.0, 2.0)]), Some(0.75));
    // More trials than spikes.
    assert_eq!(share(&[1.5, 9.0], &[(0.0, 0.5), (1.0, 2.0), (3.0, 4.0)]), Some(0.5));
    assert_eq!(share(&[], &[(0.0, 1.0)]), None);
}

#[test]
fn units_without_spikes_and_units_that_are_too_fast_are_named() {
    let mut recording = recording();
    let rates = sanity(&recording, false).rates;
    assert_eq!(rates.by_unit_hz, [0.4, 0.0, 200.0]);
    assert_eq!(rates.low_median_high_hz, Some([0.0, 0.4, 200.0]));
    assert_eq!((rates.empty, rates.fast), (vec![unit(1, "7")], vec![]));
    recording.units[2].push(9.0);
    assert_eq!(sanity(&recording, false).rates.fast, [unit(2, "9")]);
}

#[test]
fn columns_list_few_values_and_give_the_range_of_many() {
    let sanity = sanity(&recording(), false);
    let summary = |name: &str| {
        let columns = sanity.columns.iter().chain(&sanity.unit_columns);
        columns.into_iter().find(|column| column.name == name).unwrap().clone()
    };
    let side = summary("side");
    assert_eq!(side.labels, Some(vec!["left".into(), "right".into()]));
    assert_eq!((side.counts.clone(), side.n_missing), (Some(vec![2, 1]), 1));
    assert!(side.can_be_classes());
    assert_eq!(summary("location").counts, Some(vec![2, 1]));
    for (name, range) in [("snr", [1.5, 4.5]), ("id", [4.0, 9.0])] {
        let summary = summary(name);
        assert_eq!((&summary.labels, summary.can_be_classes()), (&None, false), "{name}");
        assert_eq!(summary.range, Some(ValueRange::Numbers(range)), "{name}");
    }
}

#[test]
fn only_chosen_units_and_trials_count() {
    let recording = recording();
    let selection = Selection { units: Some("location=PMd".into()), trials: Some("side=right".into()) };
    let sanity = Sanity::of(&recording, &selection.choose(&recording).unwrap(), 16, false);
    assert_eq!((sanity.n_units_chosen, sanity.n_trials_chosen), (1, 1));
    assert_eq!((sanity.rates.by_unit_hz, sanity.rates.empty), (vec![200.0], vec![]));
    assert_eq!(sanity.unit_columns[1].range, Some(ValueRange::Text(["PMd".into(), "PMd".into()])));
    assert_eq!(sanity.columns[0].n_labels, 1);
    assert_eq!(sanity.events[0].after_start_s, Some([1.5, 1.5, 1.5]));
}

#[test]
fn events_are_found_by_name_or_by_their_times() {
    let columns: Vec<String> = sanity(&recording(), false).events.into_iter().map(|event| event.column).collect();
    assert_eq!(columns, ["go_cue_time", "reach_onset", "moved"]);
    let go = event("go_cue_time", true);
    assert_eq!(go.after_start_s, Some([0.25, 0.875, 1.5]));
    assert_eq!((go.n_missing, go.n_outside, go.looks_relative), (1, 1, false));
}

#[test]
fn times_that_count_from_the_start_of_their_trial_are_recognised() {
    let reach = event("reach_onset", false);
    assert_eq!((reach.n_outside, reach.looks_relative, reach.is_relative), (3, true, false));
    let reach = event("reach_onset", true);
    assert_eq!((reach.after_start_s, reach.n_outside, reach.is_relative), (Some([0.25, 0.5, 1.0]), 0, true));
}

#[test]
fn a_recording_without_spikes_or_trials_has_no_facts_to_give() {
    let empty =
        Recording { units: vec![Vec::new()], unit_columns: vec![], trials: TrialTable::default(), ..recording() };
    let sanity = sanity(&empty, false);
    assert_eq!((sanity.spike_range, sanity.trial_range, sanity.share_within_trials), (None, None, None));
    assert_eq!(sanity.rates.empty, [UnitRow { row: 0, id: None }]);
}

#[test]
fn intervals_of_units_and_of_trials_are_no_directions() {
    let mut recording = recording();
    recording.unit_columns.push(column("obs_intervals", Column::Vector(vec![[0.0, 10.0], [0.0, 10.0], [2.0, 8.0]])));
    recording.trials.columns = vec![
        column("reach", Column::Vector(vec![[1.25, 1.5], [3.25, 3.5], [5.0, 6.5], [7.5, 7.75]])),
        column("target_pos", Column::Vector(vec![[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, f64::NAN]])),
    ];
    let sanity = sanity(&recording, false);
    let of = |columns: &[ColumnSummary], name: &str| {
        let column = columns.iter().find(|column| column.name == name).unwrap();
        (column.holds, column.n_labels, column.n_missing, column.range.clone(), column.can_be_classes())
    };
    let range = |low, high| Some(ValueRange::Numbers([low, high]));
    assert_eq!(of(&sanity.unit_columns, "obs_intervals"), (Holds::Pairs, 2, 0, range(0.0, 10.0), false));
    assert_eq!(of(&sanity.columns, "reach"), (Holds::Pairs, 4, 0, range(1.25, 7.75), false));
    assert_eq!(of(&sanity.columns, "target_pos"), (Holds::Vectors, 3, 1, None, false));
}

#[test]
fn events_that_count_from_the_start_in_some_trials_are_counted() {
    let mut recording = recording();
    recording.trials.columns.push(column("mixed_time", Column::Real(vec![1.5, 0.5, 5.5, 0.5])));
    let event = |recording: &Recording, name: &str| {
        let events = sanity(recording, false).events;
        let event = events.into_iter().find(|event| event.column == name).unwrap();
        (event.n_outside, event.n_as_if_relative, event.looks_relative)
    };
    assert_eq!(event(&recording, "mixed_time"), (1, 1, false));
    assert_eq!(event(&recording, "reach_onset"), (3, 0, true));
}
