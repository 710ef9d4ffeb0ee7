//! Movement in files: every container gives the same velocity.

use std::fs;

use recording::{
    Error, Recording, Series, SeriesSummary, Stream, StreamOptions, Times, generate, kinematics_path, write_nwb_series,
};

use super::shared_data::shared_data;
use super::support::recording;

const LAYOUTS: &str = "velocity/kinematics_layouts.nwb";

fn tick_10_ms() -> StreamOptions {
    StreamOptions { tick_ms: 10, ..StreamOptions::default() }
}

/// Coefficient of determination of the labels of one stream by those of another, where both have some, over both axes; and
/// their largest difference in standard deviations.
fn compare(expected: &Stream, found: &Stream, scale: f64) -> (f64, f64, usize) {
    let first = ((found.time_s(0) - expected.time_s(0)) / 0.01).round() as usize;
    let (mut squares, mut variance, mut largest, mut n) = (0.0, 0.0, 0_f64, 0);
    for tick in 0..found.n_ticks() {
        for (expected, found) in expected.label(first + tick).iter().zip(found.label(tick)) {
            let (expected, found) = (f64::from(*expected), scale * f64::from(*found));
            if expected.is_finite() && found.is_finite() {
                squares += (expected - found).powi(2);
                variance += expected.powi(2);
                largest = largest.max((expected - found).abs());
                n += 1;
            }
        }
    }
    (1.0 - squares / variance, largest / (variance / n as f64).sqrt(), n)
}

#[test]
fn ten_containers_give_one_velocity() {
    let Some(path) = shared_data(LAYOUTS) else { return };
    let recording = Recording::open(&path).unwrap();
    let stream = |name: &str, derivative: bool| {
        let series = Series::open(&path, name).unwrap_or_else(|error| panic!("{error}"));
        Stream::of(&recording, &series, None, &StreamOptions { derivative, ..tick_10_ms() }).unwrap()
    };
    let expected = stream("cursor_vel", false);
    assert_eq!((expected.axes.join(" "), expected.unit.as_str()), ("x y".into(), "cm/s"));
    for (name, scale, most) in [
        ("finger_vel", 1.0, 1e-6),
        ("processing/behavior/hand_vel_gaps", 1.0, 1e-6),
        // Steps of 0.01 cm/s.
        ("hand_vel_int16", 100.0, 0.01),
        ("hand_vel_offset", 1.0, 1e-5),
        ("hand_vel_start5", 1.0, 1e-6),
    ] {
        let (_, largest, n) = compare(&expected, &stream(name, false), scale);
        assert!(largest <= most && n > 11_000 - 1000, "{name}: {largest} SD over {n}");
    }
    let (jitter, ..) = compare(&expected, &stream("hand_vel_jitter", false), 1.0);
    assert!(1.0 - jitter < 1e-4, "{jitter}");
    let (change, ..) = compare(&expected, &stream("hand_pos_rate", true), 100.0);
    assert!(change > 0.999, "{change}");
    assert_eq!(stream("heading", false).axes, ["heading"]);
    // One second and 30 ms without samples, half a second of NaN.
    let gaps = stream("hand_vel_gaps", false);
    let holes: Vec<usize> = gaps.pieces().windows(2).map(|pair| pair[1].start - pair[0].end).collect();
    assert_eq!(holes.len(), 3, "{holes:?}");
}

#[test]
fn the_series_of_a_file_are_listed_with_rate_holes_and_missing_values() {
    let Some(path) = shared_data(LAYOUTS) else { return };
    let paths: Vec<String> = Series::list(&path).unwrap().into_iter().map(|series| series.path).collect();
    for path in ["acquisition/eval_mask", "acquisition/finger_vel", "processing/behavior/Position/hand_pos_rate"] {
        assert!(paths.iter().any(|other| other == path), "{paths:?}");
    }
    assert!(!paths.contains(&"processing/behavior".to_owned()));
    let summary = SeriesSummary::of(&Series::open(&path, "hand_vel_gaps").unwrap());
    assert_eq!((summary.n_samples, summary.n_holes, summary.unit.as_str()), (5897, 2, "cm/s"));
    assert!((summary.rate_hz - 100.0).abs() < 1e-6 && summary.missing_share > 0.005);
    let unknown = Series::open(&path, "elbow").unwrap_err().to_string();
    assert!(unknown.contains("no time series `elbow`") && unknown.contains("hand_vel_int16"), "{unknown}");
}

#[test]
fn a_matlab_file_of_self_paced_reaching_is_read_channel_by_channel() {
    let Some(path) = shared_data("velocity/synthetic_reach_v73.mat") else { return };
    let recording = Recording::open(&path).unwrap();
    assert_eq!(recording.n_channels(), 96);
    assert_eq!(recording.warnings, Vec::<String>::new());
    let velocity = Series::open(&path, "cursor_vel").unwrap();
    let cursor = Series::open(&path, "cursor_pos").unwrap();
    assert_eq!((velocity.len(), velocity.axes.len()), (45_000, 2));
    assert_eq!(velocity.values[2 * 500], (cursor.values[2 * 501] - cursor.values[2 * 499]) / 2.0);
    let stream = Stream::of(&recording, &velocity, None, &StreamOptions::default()).unwrap();
    assert_eq!(stream.time_s(0), 1000.0);
    // The same session as NWB, on a clock that starts at 0.
    let Some(nwb) = shared_data("velocity/synthetic_reach_3min.nwb") else { return };
    let nwb = Recording::open(nwb).unwrap();
    assert_eq!(recording.n_spikes(), nwb.n_spikes());
    assert!(recording.trials.len().abs_diff(nwb.trials.len()) <= 1, "{} {}", recording.trials.len(), nwb.trials.len());
}

#[test]
fn a_series_is_written_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let session = generate(&recording::SyntheticOptions { trials_per_direction: 2, ..Default::default() }).unwrap();
    let series = |name: &str, times: Times| Series {
        name: name.into(),
        path: format!("processing/behavior/{name}"),
        unit: "cm/s".into(),
        description: "a test".into(),
        axes: vec!["x".into(), "y".into()],
        times,
        values: vec![0.5, -1.0, 2.0, f64::NAN, 3.0, 4.0],
    };
    let all = [
        series("stamped", Times::Stamps(vec![0.25, 0.5, 1.0])),
        series("steady", Times::Regular { start_s: 0.25, rate_hz: 40.0 }),
    ];
    let path = folder.path().join("session.nwb");
    write_nwb_series(&session, &all, &path).unwrap();
    assert_eq!(Recording::open(&path).unwrap().units, session.units);
    for expected in all {
        assert_eq!(format!("{:?}", Series::open(&path, &expected.name).unwrap()), format!("{expected:?}"));
    }
}

#[test]
fn an_event_list_has_its_kinematics_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("day.csv");
    fs::write(&path, "t_ms,channel\n0,0\n99,1\n").unwrap();
    assert!(matches!(Series::open(&path, "kinematics"), Err(Error::UnknownSeries { .. })));
    fs::write(kinematics_path(&path), "t_ms,x\n0,1\n50,2\n100,3\n").unwrap();
    let (day, series) = (Recording::open(&path).unwrap(), Series::open(&path, "kinematics").unwrap());
    let stream = Stream::of(&day, &series, None, &tick_10_ms()).unwrap();
    assert_eq!(stream.label(4), [1.9]);
    fs::write(kinematics_path(&path), "t_ms,x\n0,1\n").unwrap();
    assert!(Series::open(&path, "kinematics").unwrap_err().to_string().contains("1 sample"));
}

#[test]
fn spikes_of_the_future_change_no_tick_before() {
    let velocity = Series {
        name: "v".into(),
        path: "v".into(),
        unit: String::new(),
        description: String::new(),
        axes: vec!["x".into()],
        times: Times::Regular { start_s: 0.0, rate_hz: 100.0 },
        values: (0..200).map(f64::from).collect(),
    };
    let of =
        |units: Vec<Vec<f64>>| Stream::of(&recording(units, &[], Vec::new()), &velocity, None, &tick_10_ms()).unwrap();
    let one = of(vec![vec![0.0, 0.5, 1.0], vec![0.25]]);
    let other = of(vec![vec![0.0, 0.5, 1.9], vec![0.25, 1.5, 1.6]]);
    for tick in 0..100 {
        assert_eq!(one.tick(tick), other.tick(tick));
    }
}
