//! Windows and ticks at their edges.

use proptest::prelude::*;
use recording::{Column, Dataset, Error, LeftOut, Recording, WindowOptions};

use crate::support::{self, column};

fn recording(units: Vec<Vec<f64>>, trials: &[(f64, f64, i64)]) -> Recording {
    let columns = vec![
        column("label", Column::Integer(trials.iter().map(|trial| trial.2).collect())),
        column("go_cue_time", Column::Real(trials.iter().map(|trial| trial.0 + 0.1).collect())),
        column("cue", Column::Real(trials.iter().map(|trial| trial.0).collect())),
    ];
    let times: Vec<(f64, f64)> = trials.iter().map(|trial| (trial.0, trial.1)).collect();
    support::recording(units, &times, columns)
}

const TRIALS: [(f64, f64, i64); 2] = [(1.0, 1.4, 0), (2.0, 2.3, 1)];

fn options(window_ms: u32, tick_ms: u32) -> WindowOptions {
    WindowOptions { window_ms, tick_ms, ..WindowOptions::default() }
}

#[test]
fn a_spike_on_an_edge_belongs_to_the_later_tick() {
    let recording = recording(vec![vec![1.0, 1.002, 1.0039999999, 1.004], vec![0.9999999, 1.01]], &TRIALS);
    let dataset = Dataset::cut(&recording, &options(10, 2)).unwrap();
    assert_eq!(dataset.samples[0].ticks, [vec![0], vec![0], vec![0], vec![], vec![]]);
    assert_eq!((dataset.n_channels, dataset.n_ticks, dataset.tick_ms), (2, 5, 2));
}

#[test]
fn a_channel_is_once_in_a_tick_and_channels_ascend() {
    let recording = recording(vec![vec![1.0001, 1.0002], vec![], vec![1.0], vec![1.0005]], &TRIALS);
    let dataset = Dataset::cut(&recording, &options(1, 1)).unwrap();
    assert_eq!(dataset.samples[0].ticks, [vec![0, 2, 3]]);
    assert_eq!(dataset.spikes_per_window(), 1.5);
}

#[test]
fn strides_continue_while_the_window_fits() {
    let recording = recording(vec![vec![]], &TRIALS);
    let dataset = Dataset::cut(&recording, &WindowOptions { stride_ms: Some(100), ..options(100, 1) }).unwrap();
    let windows: Vec<_> = dataset.samples.iter().map(|s| (s.trial, s.class, s.window, s.offset_ms)).collect();
    let expected = [
        (0, 0, 0, 0.0),
        (0, 0, 1, 100.0),
        (0, 0, 2, 200.0),
        (0, 0, 3, 300.0),
        (1, 1, 0, 0.0),
        (1, 1, 1, 100.0),
        (1, 1, 2, 200.0),
    ];
    assert_eq!(windows, expected);
    assert_eq!(dataset.primary_samples(), [0, 4]);
    assert_eq!(dataset.shortest_span_ms, 300.0);
    let one = Dataset::cut(&recording, &options(100, 1)).unwrap();
    assert_eq!(one.samples.len(), 2);
}

#[test]
fn windows_without_number_are_refused_before_they_are_cut() {
    let recording = recording(vec![vec![]], &[(0.0, 2e9, 0), (2e9, 2.1e9, 1)]);
    let error = Dataset::cut(&recording, &WindowOptions { stride_ms: Some(1), ..options(100, 1) }).unwrap_err();
    assert!(matches!(error, Error::BadOption { option: "stride_ms", .. }), "{error}");
}

#[test]
fn alignment_and_offset_move_the_window() {
    let recording = recording(vec![vec![1.08]], &TRIALS);
    let align = WindowOptions { align_column: Some("go_cue_time".into()), offset_ms: -20.0, ..options(5, 1) };
    let dataset = Dataset::cut(&recording, &align).unwrap();
    assert_eq!(dataset.samples[0].ticks[0], [0]);
    assert_eq!(dataset.samples[0].offset_ms, -20.0);
}

#[test]
fn a_window_of_exactly_the_trial_fits() {
    let recording = recording(vec![vec![]], &TRIALS);
    assert_eq!(Dataset::cut(&recording, &options(300, 1)).unwrap().n_ticks, 300);
}

#[test]
fn a_window_longer_than_a_trial_is_refused_with_the_longest_that_fits() {
    let recording = recording(vec![vec![]], &TRIALS);
    let error = Dataset::cut(&recording, &WindowOptions { offset_ms: 50.0, ..options(260, 1) }).unwrap_err();
    assert!(matches!(error, Error::WindowTooLong { n_trials: 1, trial: 1, fits_ms: 250, .. }), "{error}");
    assert!(error.to_string().contains("260 ms") && error.to_string().contains("250 ms"), "{error}");
    let beyond = Dataset::cut(&recording, &WindowOptions { offset_ms: 1000.0, ..options(10, 1) }).unwrap_err();
    assert!(matches!(beyond, Error::WindowTooLong { n_trials: 2, fits_ms: 0, .. }), "{beyond}");
}

#[test]
fn a_window_before_its_trial_is_refused() {
    let recording = recording(vec![vec![]], &TRIALS);
    let error = Dataset::cut(&recording, &WindowOptions { offset_ms: -1.0, ..options(10, 1) }).unwrap_err();
    assert!(matches!(error, Error::WindowBeforeTrial { n_trials: 2, trial: 0, .. }), "{error}");
}

#[test]
fn trials_that_share_spikes_are_refused() {
    let overlapping = recording(vec![vec![]], &[(2.0, 2.4, 0), (1.0, 1.4, 1), (1.3, 1.7, 0)]);
    let error = Dataset::cut(&overlapping, &options(301, 1)).unwrap_err();
    assert!(matches!(error, Error::OverlappingTrials { first: 1, second: 2 }), "{error}");
    assert!(Dataset::cut(&overlapping, &options(300, 1)).is_ok());
}

#[test]
fn a_trial_without_alignment_time_is_left_out() {
    let mut recording = recording(vec![vec![]], &[(1.0, 1.4, 0), (2.0, 2.4, 1), (3.0, 3.4, 1)]);
    recording.trials.columns[2].values = Column::Real(vec![1.0, f64::NAN, 3.0]);
    let align = WindowOptions { align_column: Some("cue".into()), ..options(10, 1) };
    let dataset = Dataset::cut(&recording, &align).unwrap();
    assert_eq!((dataset.n_trials, dataset.left_out), (2, LeftOut { no_event: 1, ..LeftOut::default() }));
    recording.trials.columns[2].values = Column::Real(vec![1.0, f64::NAN, f64::NAN]);
    let message = Dataset::cut(&recording, &align).unwrap_err().to_string();
    assert!(message.contains("class `1`"), "{message}");
}

#[test]
fn chosen_classes_keep_their_trials_only() {
    let recording = recording(vec![vec![]], &[(1.0, 1.4, 3), (2.0, 2.4, 10), (3.0, 3.4, 5)]);
    let classes = Some(vec!["10".to_owned(), "3".to_owned()]);
    let dataset = Dataset::cut(&recording, &WindowOptions { classes, ..options(10, 1) }).unwrap();
    assert_eq!(dataset.classes, ["3", "10"]);
    assert_eq!(dataset.samples.iter().map(|s| (s.trial, s.class)).collect::<Vec<_>>(), [(0, 0), (1, 1)]);
    assert_eq!((dataset.n_trials, dataset.left_out), (2, LeftOut { other_class: 1, ..LeftOut::default() }));
}

#[test]
fn requests_that_the_trials_cannot_meet_are_refused() {
    let good = recording(vec![vec![]], &TRIALS);
    let cut = |options: WindowOptions| Dataset::cut(&good, &options).unwrap_err();
    let label_column = Some("direction".to_owned());
    assert!(matches!(cut(WindowOptions { label_column, ..options(10, 1) }), Error::UnknownColumn { .. }));
    let align_column = Some("go".to_owned());
    assert!(matches!(cut(WindowOptions { align_column, ..options(10, 1) }), Error::UnknownColumn { .. }));
    let classes = Some(vec!["0".to_owned(), "7".to_owned()]);
    assert!(matches!(cut(WindowOptions { classes, ..options(10, 1) }), Error::ClassWithoutTrials { .. }));
    let classes = Some(vec!["0".to_owned()]);
    assert!(matches!(cut(WindowOptions { classes, ..options(10, 1) }), Error::TooFewClasses { .. }));
    let none = recording(vec![vec![]], &[]);
    assert!(matches!(Dataset::cut(&none, &options(10, 1)), Err(Error::NoTrials { .. })));
}

#[test]
fn options_outside_their_range_are_named() {
    let recording = recording(vec![vec![]], &TRIALS);
    for (options, name) in [
        (options(10, 0), "tick_ms"),
        (options(0, 1), "window_ms"),
        (options(10, 3), "window_ms"),
        (WindowOptions { stride_ms: Some(0), ..options(10, 1) }, "stride_ms"),
        (WindowOptions { offset_ms: f64::NAN, ..options(10, 1) }, "offset_ms"),
    ] {
        let message = Dataset::cut(&recording, &options).unwrap_err().to_string();
        assert!(message.starts_with(name), "{message}");
    }
}

proptest! {
    /// Times are whole microseconds, which binary fractions do not hold exactly; the expected tick is integer division.
    #[test]
    fn every_spike_falls_into_the_tick_of_integer_division(
        start_ms in 0_u64..4_000_000,
        spikes_us in prop::collection::btree_set(0_u64..60_000, 0..40),
        tick_ms in prop::sample::select(vec![1_u32, 2, 5, 10]),
    ) {
        let start_s = start_ms as f64 / 1e3;
        let unit = spikes_us.iter().map(|us| (start_ms * 1000 + us) as f64 / 1e6).collect();
        let other = (start_s + 1.0, start_s + 1.06, 1);
        let recording = recording(vec![unit], &[(start_s, (start_ms + 60) as f64 / 1e3, 0), other]);
        let dataset = Dataset::cut(&recording, &options(50, tick_ms)).unwrap();
        let mut expected = vec![Vec::new(); dataset.n_ticks];
        for us in spikes_us.iter().filter(|&&us| us < 50_000) {
            expected[(us / (u64::from(tick_ms) * 1000)) as usize] = vec![0];
        }
        prop_assert_eq!(&dataset.samples[0].ticks, &expected);
    }
}
