//! Spikes and trials that cannot be in seconds of one clock are refused with the likely cause.

use recording::{Column, Dataset, Error, Recording, SyntheticOptions, WindowOptions, generate};

use crate::shared_data::shared_data;
use crate::support;

fn session() -> Recording {
    let options = SyntheticOptions { n_channels: 12, trials_per_direction: 10, ..SyntheticOptions::default() };
    generate(&options).unwrap()
}

fn with(spike: impl Fn(f64) -> f64, trial: impl Fn(f64) -> f64) -> Recording {
    let mut session = session();
    session.units.iter_mut().flatten().for_each(|time_s| *time_s = spike(*time_s));
    session.units.iter_mut().for_each(|unit| unit.sort_by(f64::total_cmp));
    let trials = &mut session.trials;
    trials.start_s.iter_mut().chain(&mut trials.stop_s).for_each(|time_s| *time_s = trial(*time_s));
    session
}

#[test]
fn the_likely_cause_is_named_with_both_ranges() {
    let same = |time: f64| time;
    let ms = |time: f64| 1e3 * time;
    let samples = |time: f64| 30_000.0 * time;
    let us = |time: f64| 1e6 * time;
    let unix = |time: f64| time + 1.6e9;
    for (recording, part) in [
        (with(ms, same), "spike times are probably in milliseconds"),
        (with(same, ms), "trial times are probably in milliseconds"),
        (with(samples, same), "spike times are probably in samples"),
        (with(us, same), "spike times are probably in microseconds"),
        (with(unix, same), "spike times are probably UNIX time"),
        (with(same, unix), "trial times are probably UNIX time"),
        (with(samples, samples), "both are probably in milliseconds or samples"),
        (with(ms, ms), "both are probably in milliseconds or samples"),
        (with(|time| time / 1e3, |time| time / 1e3), "unit longer than seconds"),
        (with(|time| time % 0.6, |time| time + 10.0), "relative to their trials"),
        (with(|time| time + 1e4, same), "two clocks"),
        (with(same, |time| 60.0 * time), "two units"),
        (with(same, |time| 250.0 * time), "two units"),
        (with(|time| 250.0 * (time - 0.5), same), "another unit"),
        (with(same, |time| time / 60.0), "in a longer unit than seconds"),
    ] {
        assert!(recording.doubts().is_empty());
        let message = Dataset::cut(&recording, &WindowOptions::default()).unwrap_err().to_string();
        assert!(message.contains(part) && message.contains("spikes are from"), "{part}: {message}");
    }
}

#[test]
fn times_that_are_probably_not_meant_are_doubted() {
    let same = |time: f64| time;
    assert_eq!(session().doubts(), [""; 0]);
    for (recording, part) in [
        (with(|time| 10.0 * time, same), "may not be in seconds"),
        (with(|time| 100.0 * time, same), "may not be in seconds"),
        (with(|time| 0.1 * time, same), "start after the last"),
        (with(same, |time| 2.0 * time), "start after the last"),
        (with(same, |time| 0.1 * time), "may not be in seconds"),
        (with(|time| time + 20.0, same), "before the first spike"),
    ] {
        recording.check_clock().unwrap();
        let doubts = recording.doubts().join("; ");
        assert!(doubts.contains(part), "{part}: {doubts}");
    }
    // Spikes and trials in minutes.
    let minutes = with(|time| time / 60.0, |time| time / 60.0);
    assert!(minutes.doubts().join("; ").contains("such as minutes"), "{:?}", minutes.doubts());
    // Spikes only between the trials.
    let trials: Vec<(f64, f64)> = (0..40).map(|trial| (f64::from(trial), f64::from(trial) + 0.5)).collect();
    let between = (0..2000).map(|spike| f64::from(spike / 50) + 0.45 + 0.01 * f64::from(spike % 50)).collect();
    let doubts = support::recording(vec![between], &trials, Vec::new()).doubts();
    assert!(doubts[0].contains("two clocks") && doubts.len() == 1, "{doubts:?}");
    let silent = support::recording(vec![Vec::new(), Vec::new()], &trials, Vec::new());
    assert_eq!(silent.doubts(), ["none of the 2 units has a spike"]);
    let ids = support::column("id", Column::Integer(vec![4, 7, 4, 9, 7, 8]));
    let repeated = Recording { unit_columns: vec![ids], units: session().units[..6].to_vec(), ..session() };
    assert_eq!(repeated.doubts(), ["4 of 6 units have the id of another, first `4`: ids do not tell them apart"]);
}

#[test]
fn units_twice_or_in_a_half_and_trials_that_overlap_are_doubted() {
    let of = |change: fn(&mut Recording)| {
        let mut recording = session();
        change(&mut recording);
        recording.doubts().join("; ")
    };
    let twice = of(|recording| recording.units[3] = recording.units[1].clone());
    assert!(
        twice.starts_with("1 of 12 units have exactly the spike times") && twice.contains("rows 1 and 3"),
        "{twice}"
    );
    let half = of(|recording| {
        let middle_s = recording.trials.start_s[recording.trials.len() / 2];
        recording.units[2].retain(|&time_s| time_s < middle_s - 1.0);
        recording.units[5].retain(|&time_s| time_s > middle_s + 1.0);
    });
    assert!(half.starts_with("2 of 12 units have no spike in the first or in the last half"), "{half}");
    let overlap = of(|recording| {
        let spacing_s = recording.trials.start_s[1] - recording.trials.start_s[0];
        recording.trials.stop_s.iter_mut().for_each(|stop_s| *stop_s += spacing_s);
    });
    assert!(overlap.contains("trials overlap"), "{overlap}");
}

#[test]
fn a_unit_of_another_clock_is_named_and_does_not_refuse_the_others() {
    for (factor, shift_s) in [(1000.0, 0.0), (1.0, 1e4), (1.0, -1e4)] {
        let mut recording = session();
        let usual = recording.spike_range().unwrap();
        recording.units[11].iter_mut().for_each(|time_s| *time_s = *time_s * factor + shift_s);
        recording.check_clock().unwrap();
        assert_eq!(recording.stray_units(), [11]);
        assert!(recording.spike_range().unwrap().span_s() <= usual.span_s());
        let doubts = recording.doubts().join("; ");
        assert!(doubts.starts_with("1 of 12 units, first that of row 11 (from 0), have spikes from"), "{doubts}");
    }
    let mut recording = session();
    recording.units[3..].iter_mut().flatten().for_each(|time_s| *time_s *= 1000.0);
    assert_eq!(recording.stray_units(), [0; 0], "most units are none");
}

#[test]
fn long_sparse_fast_and_negative_sessions_are_fine() {
    let trials: Vec<(f64, f64)> = (0..40).map(|trial| (1e4 + f64::from(trial), 1e4 + f64::from(trial) + 0.5)).collect();
    let every = |seconds: f64, n: u32| (0..n).map(|spike| f64::from(spike) * seconds).collect::<Vec<f64>>();
    for (name, unit) in [
        // Ten hours of which the task takes forty seconds.
        ("long", every(0.1, 360_000)),
        ("sparse", every(10.0, 1_800)),
        ("fast", (0..20_000).map(|spike| 1e4 + f64::from(spike) * 0.002).collect()),
        ("negative", every(0.1, 200_000).iter().map(|time_s| time_s - 5e3).collect()),
    ] {
        let recording = support::recording(vec![unit, Vec::new()], &trials, Vec::new());
        assert!(recording.check_clock().is_ok(), "{name}: {:?}", recording.check_clock());
    }
    assert!(session().check_clock().is_ok());
    let (spikes, trials) = (session().spike_range().unwrap(), session().trials.time_range().unwrap());
    assert!(spikes.first_s >= trials.first_s && spikes.last_s <= trials.last_s);
    assert!(support::recording(vec![Vec::new()], &[(0.0, 1.0)], Vec::new()).check_clock().is_ok());
}

#[test]
fn every_good_session_at_hand_passes_and_one_in_milliseconds_does_not() {
    for name in [
        "pmd_delay_7targets.nwb",
        "pmd_reach_2targets.nwb",
        "centre_out_small.nwb",
        "empty_units.nwb",
        "velocity/chewie_20131003.nwb",
        "velocity/chewie_20131219.nwb",
        "velocity/kinematics_layouts.nwb",
        "velocity/synthetic_reach_3min.nwb",
        "velocity/synthetic_reach_16min.nwb",
        "users/a01_base.nwb",
        "users/b01.nwb",
        "users/b01_continuous_angle.nwb",
    ] {
        let Some(path) = shared_data(name) else { return };
        let recording = Recording::open(path).unwrap();
        recording.check_clock().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(recording.doubts(), [""; 0], "{name}");
    }
    let Some(path) = shared_data("users/a01_milliseconds.nwb") else { return };
    let Ok(recording) = Recording::open(path) else { return };
    let error = recording.check_clock().unwrap_err();
    assert!(matches!(error, Error::Clock { .. }) && error.to_string().contains("milliseconds"), "{error}");
}

#[test]
fn seconds_in_an_event_list_are_named() {
    let list = |spike_unit: f64, trial_unit: f64| {
        let events: String =
            (0..2000).map(|spike| format!("{},{}\n", 50.0 * f64::from(spike) / spike_unit, spike % 4)).collect();
        let trials: String = (0..40)
            .map(|trial| (20_000.0 + 2000.0 * f64::from(trial)) / trial_unit)
            .map(|start| format!("{start},{}\n", start + 1000.0 / trial_unit))
            .collect();
        let (events, trials) = (format!("t_ms,channel\n{events}"), format!("start_ms,stop_ms\n{trials}"));
        Recording::from_event_list("day.csv", events.as_bytes(), Some(trials.as_bytes())).unwrap()
    };
    assert!(list(1.0, 1.0).check_clock().is_ok());
    for (spike_unit, trial_unit, part) in [
        (1000.0, 1.0, "the spike times are probably in seconds, the trial times in milliseconds"),
        (1.0, 1000.0, "the trial times are probably in a longer unit than milliseconds, such as seconds"),
    ] {
        let error = list(spike_unit, trial_unit).check_clock().unwrap_err().to_string();
        assert!(error.contains(part) && error.contains("convert all times to milliseconds"), "{error}");
    }
}
