//! Streams of small recordings, tick by tick.

use std::path::PathBuf;

use super::*;
use crate::{Column, Format, NamedColumn, Series, Times, TrialTable};

fn recording(units: Vec<Vec<f64>>, trials: &[(f64, f64)]) -> Recording {
    let (start_s, stop_s): (Vec<f64>, Vec<f64>) = trials.iter().copied().unzip();
    let sides = ["train", "test"].iter().cycle().take(trials.len()).map(|&side| side.to_owned()).collect();
    let column = NamedColumn { name: "side".into(), description: String::new(), values: Column::Text(sides) };
    Recording {
        name: "test".into(),
        path: PathBuf::from("test"),
        format: Format::Generated,
        description: String::new(),
        sha256: String::new(),
        units,
        unit_columns: Vec::new(),
        unreadable_units: Vec::new(),
        trials: TrialTable { start_s, stop_s, columns: vec![column], unreadable: Vec::new() },
        units_table: String::new(),
        trials_table: String::new(),
        units_tables: Vec::new(),
        interval_tables: Vec::new(),
        warnings: Vec::new(),
    }
}

fn series(times: Times, values: Vec<f64>) -> Series {
    Series {
        name: "v".into(),
        path: "processing/v".into(),
        unit: "cm/s".into(),
        description: String::new(),
        axes: vec!["x".into()],
        times,
        values,
    }
}

/// Samples at `rate_hz` from 0 on whose value is `value` of their time.
fn sampled(rate_hz: f64, n: usize, value: impl Fn(f64) -> f64) -> Series {
    series(Times::Regular { start_s: 0.0, rate_hz }, (0..n).map(|sample| value(sample as f64 / rate_hz)).collect())
}

/// A unit that spikes at the ends of a session of so many seconds.
fn ends(length_s: f64) -> Recording {
    recording(vec![vec![0.0, length_s - 0.0005]], &[])
}

fn ticks(tick_ms: u32) -> StreamOptions {
    StreamOptions { tick_ms, ..StreamOptions::default() }
}

/// The only range of a side.
fn one(side: &[Range<usize>]) -> &Range<usize> {
    let [range] = side else { panic!("{side:?}") };
    range
}

fn labels(stream: &Stream) -> Vec<f32> {
    (0..stream.n_ticks()).map(|tick| stream.label(tick)[0]).collect()
}

#[test]
fn a_spike_belongs_to_the_tick_that_it_starts_and_a_second_one_is_lost() {
    let recording = recording(vec![vec![1.004, 1.0041, 1.008], vec![1.0041, 1.0159]], &[]);
    let stream = Stream::of(&recording, &sampled(250.0, 1000, f64::sin), None, &ticks(4)).unwrap();
    assert_eq!(stream.time_s(0), 1.004);
    let channels: Vec<&[u16]> = (0..stream.n_ticks()).map(|tick| stream.tick(tick)).collect();
    assert_eq!(channels, [&[0, 1][..], &[0], &[1]]);
    assert_eq!((stream.n_events(), &stream.lost[..]), (4, &[(0, 0)][..]));
    assert_eq!(stream.lost_share(), 0.2);
    let mut counted: Vec<_> = stream.counted(0..1).collect();
    counted.sort_unstable();
    assert_eq!(counted, [(0, 0), (0, 0), (0, 1)]);
}

#[test]
fn labels_of_finer_samples_are_their_mean_and_of_coarser_ones_the_line_between_them() {
    // Samples at 0, 1, 2, ... ms: those at 1 to 4 ms are in the first tick of 4 ms.
    let fine = Stream::of(&ends(0.02), &sampled(1000.0, 21, |time_s| 1000.0 * time_s), None, &ticks(4)).unwrap();
    assert_eq!(labels(&fine), [2.5, 6.5, 10.5, 14.5, 18.5]);
    let coarse = Stream::of(&ends(0.02), &sampled(100.0, 3, |time_s| 1000.0 * time_s), None, &ticks(4)).unwrap();
    assert_eq!(labels(&coarse), [2.0, 6.0, 10.0, 14.0, 18.0]);
}

#[test]
fn values_that_single_precision_does_not_tell_apart_are_refused() {
    let wave = |offset: f64, size: f64| sampled(1000.0, 21, move |time_s| offset + size * (100.0 * time_s).sin());
    for (offset, size) in [(0.0, 1.0), (1e3, 3.0), (-1e6, 1e4), (5.0, 0.0)] {
        let stream = Stream::of(&ends(0.02), &wave(offset, size), None, &ticks(4));
        assert!(stream.is_ok(), "{offset} {size}");
    }
    for (offset, size) in [(1e7, 3.0), (1e12, 1e-3), (0.0, 1e-300), (0.0, 1e300), (0.0, 1e308)] {
        let error = Stream::of(&ends(0.02), &wave(offset, size), None, &ticks(4)).unwrap_err().to_string();
        assert!(error.contains("single precision") && error.contains("take off the offset"), "{error}");
    }
}

#[test]
fn a_lag_decodes_what_holds_later() {
    let options = StreamOptions { lag_ms: 8, ..ticks(4) };
    let stream = Stream::of(&ends(0.02), &sampled(100.0, 3, |time_s| 1000.0 * time_s), None, &options).unwrap();
    assert_eq!(labels(&stream)[..3], [10.0, 14.0, 18.0]);
    assert!(labels(&stream)[3].is_nan());
}

#[test]
fn the_velocity_of_a_position_is_its_change_over_the_tick() {
    let options = StreamOptions { derivative: true, ..ticks(10) };
    let stream = Stream::of(&ends(0.04), &sampled(100.0, 5, |time_s| time_s * time_s), None, &options).unwrap();
    for (label, expected) in labels(&stream).iter().zip([0.01, 0.03, 0.05, 0.07]) {
        assert!((label - expected).abs() < 1e-6, "{label} {expected}");
    }
    assert_eq!(stream.unit, "cm/s/s");
}

#[test]
fn holes_and_missing_values_leave_ticks_without_label() {
    let mut stamps: Vec<f64> = (0..100).map(|sample| f64::from(sample) * 0.01).collect();
    stamps.drain(30..60);
    let mut values: Vec<f64> = stamps.clone();
    values[50] = f64::NAN;
    let stream = Stream::of(&ends(1.0), &series(Times::Stamps(stamps), values), None, &ticks(10)).unwrap();
    // Samples are at the ends of ticks: tick 29 ends in the hole, tick 60 begins with the first sample after it.
    assert_eq!(stream.pieces(), [0..29, 60..99]);
    assert!(labels(&stream)[79].is_finite(), "one missing sample is no hole");
    assert!(!stream.is_in_trials());
}

#[test]
fn only_ticks_in_trials_or_under_the_mask_are_scored() {
    let recording = recording(vec![vec![0.0, 0.099]], &[(0.02, 0.05), (0.071, 0.079)]);
    let velocity = sampled(1000.0, 101, f64::sin);
    let scored = |options: &StreamOptions, mask: Option<&Series>| {
        let stream = Stream::of(&recording, &velocity, mask, options).unwrap();
        (0..stream.n_ticks()).filter(|&tick| stream.is_scored(tick)).collect::<Vec<_>>()
    };
    assert_eq!(scored(&StreamOptions { score_in: ScoreIn::Trials, ..ticks(10) }, None), [2, 3, 4]);
    let mask = sampled(100.0, 10, |time_s| f64::from(u8::from(time_s > 0.045)));
    let options = StreamOptions { score_in: ScoreIn::Series("mask".into()), ..ticks(10) };
    assert_eq!(scored(&options, Some(&mask)), [5, 6, 7, 8, 9]);
}

#[test]
fn silent_gaps_are_filled_at_the_mean_rate() {
    // A spike every 10 ms for a second, then nothing for a second without labels, and again.
    let spikes =
        (0..100).map(|spike| 0.01 * f64::from(spike)).chain((0..100).map(|spike| 2.0 + 0.01 * f64::from(spike)));
    let recording = recording(vec![spikes.collect()], &[]);
    let stamps: Vec<f64> = (0..100).chain(200..300).map(|sample| 0.01 * f64::from(sample)).collect();
    let velocity = series(Times::Stamps(stamps.clone()), stamps);
    let options = StreamOptions { fill_gaps: true, ..ticks(1) };
    let stream = Stream::of(&recording, &velocity, None, &options).unwrap();
    let in_gap = (1000..2000).filter(|&tick| !stream.tick(tick).is_empty()).count();
    assert!((60..140).contains(&in_gap), "{in_gap}");
    let again = Stream::of(&recording, &velocity, None, &options).unwrap();
    assert_eq!((&stream.channels, &stream.row_ptr), (&again.channels, &again.row_ptr));
    let kept = (0..990).filter(|&tick| !stream.tick(tick).is_empty()).count();
    assert_eq!(kept, 99, "ticks with labels stay as they are");
}

#[test]
fn a_series_that_cannot_be_decoded_says_why() {
    let message = |velocity: &Series, options: &StreamOptions| {
        Stream::of(&ends(1.0), velocity, None, options).unwrap_err().to_string()
    };
    assert!(message(&sampled(100.0, 50, |_| f64::NAN), &ticks(4)).contains("all of its values are missing"));
    let elsewhere = series(Times::Regular { start_s: 5.0, rate_hz: 100.0 }, vec![1.0; 100]);
    assert!(message(&elsewhere, &ticks(4)).contains("from 5.000 to 5.990 s, the spikes from 0.000 to 1.000 s"));
    assert!(message(&sampled(100.0, 100, f64::sin), &ticks(51)).contains("1 to 50"));
    let options = StreamOptions { axes: Some(vec!["z".into()]), ..ticks(4) };
    assert!(message(&sampled(100.0, 100, f64::sin), &options).contains("no axis `z`"));
    let constant = Stream::of(&ends(1.0), &sampled(100.0, 100, |_| 3.0), None, &ticks(4)).unwrap();
    assert_eq!(constant.constant_axis(), Some("x"));
}

#[test]
fn blocks_test_every_tick_once_and_keep_their_distance() {
    let stream = Stream::of(&ends(10.0), &sampled(250.0, 2501, f64::sin), None, &ticks(4)).unwrap();
    let options = BlockOptions { gap_ms: 400, validation_share: 0.2 };
    let split = StreamSplit::blocks(&stream, 5, None, &options).unwrap();
    let mut tested = vec![0; stream.n_ticks()];
    for fold in &split.folds {
        fold.test.iter().cloned().flatten().for_each(|tick| tested[tick] += 1);
        let distance = |one: &Range<usize>, other: &Range<usize>| {
            if one.end <= other.start { other.start - one.end } else { one.start.saturating_sub(other.end) }
        };
        for test in &fold.test {
            assert!(fold.train.iter().chain(&fold.validation).all(|other| distance(test, other) >= 100));
        }
        for validation in &fold.validation {
            assert!(fold.train.iter().all(|other| distance(validation, other) >= 100));
        }
    }
    assert!(tested.iter().all(|&times| times == 1));
    assert_eq!(one(&split.folds[0].test), &(2000..2500), "the first fold tests the last block");
    let last = StreamSplit::last(&stream, 0.25, None, &options).unwrap();
    assert_eq!((last.folds.len(), one(&last.folds[0].test)), (1, &(1875..2500)));
    let challenge = StreamSplit::neurobench(&stream, None).unwrap();
    assert_eq!(one(&challenge.folds[0].train), &(0..1250));
    assert_eq!(one(&challenge.folds[0].validation), &(1250..1875));
}

#[test]
fn blocks_of_trials_begin_where_a_trial_does() {
    let trials: Vec<(f64, f64)> = (0..10).map(|trial| (0.1 + f64::from(trial), 0.9 + f64::from(trial))).collect();
    let recording = recording(vec![vec![0.0, 9.9995]], &trials);
    let stream = Stream::of(&recording, &sampled(250.0, 2501, f64::sin), None, &ticks(4)).unwrap();
    let ranges = stream.trials(&[&recording], &Selection::default()).unwrap();
    assert_eq!((ranges.len(), ranges[1].clone()), (10, 275..475));
    let split = StreamSplit::blocks(&stream, 2, Some(&ranges), &BlockOptions::default()).unwrap();
    assert_eq!(one(&split.folds[0].test), &(1275..2500));
    let column = StreamSplit::by_column(&stream, &[&recording], "side", &BlockOptions::default()).unwrap();
    assert_eq!(column.folds[0].test.len(), 5);
    assert_eq!(column.folds[0].train.len() + column.folds[0].validation.len(), 5);
}

#[test]
fn a_split_without_a_side_is_refused() {
    let stream = Stream::of(&ends(1.0), &sampled(250.0, 251, f64::sin), None, &ticks(4)).unwrap();
    for split in [
        StreamSplit::blocks(&stream, 1, None, &BlockOptions::default()),
        StreamSplit::blocks(&stream, 2, None, &BlockOptions { gap_ms: 10_000, validation_share: 0.2 }),
    ] {
        assert!(matches!(split, Err(Error::BadSplit { .. })), "{split:?}");
    }
}

/// A session of 2 s that starts at `start_s`; a unit for each id, which spikes every 100 ms, each a little later than the one before.
fn day(start_s: f64, ids: &[&str]) -> Recording {
    let unit = |unit: usize| {
        // No two sessions have the same intervals.
        let jitter_s = |spike: i32| 1e-3 * (f64::from(spike * spike) * (start_s + 1.3)).sin().abs();
        (0..20).map(move |spike| start_s + 0.1 * f64::from(spike) + 0.001 * unit as f64 + jitter_s(spike)).collect()
    };
    let mut recording = recording((0..ids.len()).map(unit).collect(), &[(start_s + 0.5, start_s + 1.0)]);
    let ids = Column::Text(ids.iter().map(|&id| id.to_owned()).collect());
    recording.unit_columns = vec![NamedColumn { name: "id".into(), description: String::new(), values: ids }];
    recording
}

/// The clock of a day.
fn clock(start_s: f64) -> Movement {
    let times = Times::Regular { start_s, rate_hz: 100.0 };
    Movement { series: series(times, (0..201).map(|sample| start_s + 0.01 * f64::from(sample)).collect()), mask: None }
}

#[test]
fn several_recordings_are_one_stream_with_borders_that_nothing_crosses() {
    let recordings = [day(100.0, &["a", "b", "c"]), day(0.0, &["c", "a", "b"])];
    let recordings: Vec<&Recording> = recordings.iter().collect();
    let movements = [clock(100.0), clock(0.0)];
    let stream = Stream::of_all(&recordings, &movements, &ticks(10)).unwrap();
    let alone = Stream::of(recordings[0], &movements[0].series, None, &ticks(10)).unwrap();
    let border = alone.n_ticks();
    assert_eq!(stream.parts.iter().map(|part| part.ticks.clone()).collect::<Vec<_>>(), [0..border, border..2 * border]);
    assert_eq!(stream.parts[1].units, [1, 2, 0], "units are matched by id");
    assert_eq!((stream.time_s(border - 1), stream.time_s(border)), (alone.time_s(border - 1), 0.0));
    assert!((stream.end_s(border - 1) - alone.end_s(border - 1)).abs() < 1e-9);
    for tick in 0..border {
        assert_eq!((stream.tick(tick), stream.label(tick)), (alone.tick(tick), alone.label(tick)));
        assert!((stream.label(tick)[0] - stream.label(border + tick)[0] - 100.0).abs() < 1e-3);
    }
    assert_eq!(stream.pieces(), [0..border, border..2 * border]);
    assert_eq!(stream.ticks_between(1, 0.5, 1.0), border + 50..border + 100);
    assert_eq!(stream.trials(&recordings, &Selection::default()).unwrap(), [50..100, border + 50..border + 100]);
    let all: Vec<_> = stream.counted(stream.ticks()).collect();
    assert_eq!(all.len(), 2 * 60);
    // The middle block has ticks of both.
    let split = StreamSplit::blocks(&stream, 3, None, &BlockOptions { gap_ms: 50, validation_share: 0.2 }).unwrap();
    assert_eq!(split.folds[1].test.len(), 2);
    for fold in &split.folds {
        for range in fold.train.iter().chain(&fold.validation).chain(&fold.test) {
            assert!(range.end <= border || range.start >= border, "{range:?}");
        }
    }
    assert_eq!(stream.doubt_of_units(), None);
}

#[test]
fn recordings_that_are_no_set_are_refused() {
    let first = day(100.0, &["a", "b"]);
    let message = |second: &Recording, movement: Movement| {
        Stream::of_all(&[&first, second], &[clock(100.0), movement], &ticks(10)).unwrap_err().to_string()
    };
    let found = message(&day(0.0, &["a", "x"]), clock(0.0));
    assert!(found.contains("units with other ids"), "{found}");
    let found = message(&day(0.0, &["a", "b", "c"]), clock(0.0));
    assert!(found.contains("2 and 3 units"), "{found}");
    let found = message(&first, clock(100.0));
    assert!(found.contains("spikes in common"), "{found}");
    let mut metres = clock(0.0);
    metres.series.unit = "m/s".into();
    let found = message(&day(0.0, &["a", "b"]), metres);
    assert!(found.contains("its unit is `m/s`, that of test `cm/s`"), "{found}");
    let mut other = clock(0.0);
    other.series.axes = vec!["angle".into()];
    let found = message(&day(0.0, &["a", "b"]), other);
    assert!(found.contains("its axes are angle, those of test x"), "{found}");
    let mut scaled = clock(0.0);
    scaled.series.values.iter_mut().for_each(|value| *value *= 100.0);
    let second = day(0.0, &["a", "b"]);
    let stream = Stream::of_all(&[&first, &second], &[clock(100.0), scaled], &ticks(10)).unwrap();
    assert!(stream.doubt_of_units().unwrap().contains("two units"));
}

#[test]
fn a_network_from_elsewhere_takes_counts_and_empty_ticks_first() {
    let recording = recording(vec![vec![1.004, 1.0041, 1.0042, 1.009], vec![1.0061]], &[]);
    let stream = Stream::of(&recording, &sampled(250.0, 1000, |time_s| time_s), None, &ticks(4)).unwrap();
    let label = stream.label(0)[0];
    let wide = stream.widened(2, 3);
    let channels: Vec<&[u16]> = wide.ticks().map(|tick| wide.tick(tick)).collect();
    assert_eq!(channels, [&[][..], &[], &[], &[0, 1, 2], &[0]]);
    assert_eq!((wide.n_channels, &wide.lost[..]), (4, &[(3, 0)][..]));
    assert!(wide.label(2)[0].is_nan() && !wide.is_scored(2));
    assert_eq!((wide.label(3)[0], wide.is_scored(3)), (label, true));
    assert!((wide.time_s(3) - 1.004).abs() < 1e-9 && wide.time_s(0) < 1.0);
}
