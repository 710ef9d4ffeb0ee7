//! A session is known by its content, whatever an export does to its file.

use recording::{Agreement, Content, Recording, Shared, SyntheticOptions, can_be_one_session, generate};

fn session(seed: u64) -> Recording {
    let options = SyntheticOptions { n_channels: 12, trials_per_direction: 5, seed, ..SyntheticOptions::default() };
    let mut recording = generate(&options).unwrap();
    // Trials of people and monkeys do not come at regular intervals.
    for (trial, stop_s) in recording.trials.stop_s.iter_mut().enumerate() {
        *stop_s -= 0.001 * ((trial * trial) as f64 * 7.0 + seed as f64 * 3.0).rem_euclid(90.0);
    }
    for (trial, start_s) in recording.trials.start_s.iter_mut().enumerate() {
        *start_s += 0.001 * ((trial * trial) as f64 * 13.0 + seed as f64 * 5.0).rem_euclid(80.0);
    }
    recording
}

fn map_times(recording: &Recording, spike: impl Fn(f64) -> f64, trial: impl Fn(f64) -> f64) -> Recording {
    let mut changed = recording.clone();
    changed.units.iter_mut().flatten().for_each(|time_s| *time_s = spike(*time_s));
    let trials = &mut changed.trials;
    trials.start_s.iter_mut().chain(&mut trials.stop_s).for_each(|time_s| *time_s = trial(*time_s));
    changed
}

fn agreement(changed: &Recording) -> Agreement {
    Content::of(changed).agreement(&Content::of(&session(1)))
}

fn shared(changed: &Recording) -> Shared {
    match agreement(changed) {
        Agreement::Part(shared) => shared,
        other => panic!("{other:?}"),
    }
}

/// Keeps these units.
fn keep_units(recording: &mut Recording, keep: impl Fn(usize) -> bool) {
    let units = recording.units.iter().enumerate().filter(|(row, _)| keep(*row)).map(|(_, unit)| unit.clone());
    recording.units = units.collect();
}

/// Keeps these trials.
fn keep_trials(recording: &mut Recording, keep: impl Fn(usize) -> bool) {
    let kept = |times: &[f64]| times.iter().enumerate().filter(|(row, _)| keep(*row)).map(|(_, time)| *time).collect();
    recording.trials.start_s = kept(&recording.trials.start_s);
    recording.trials.stop_s = kept(&recording.trials.stop_s);
}

#[test]
fn what_an_export_does_to_times_does_not_matter() {
    let session = session(1);
    let same = |time: f64| time;
    let through_ms = |time: f64| time * 1e3 / 1e3;
    let single = |time: f64| f64::from(time as f32);
    let to_us = |time: f64| (time * 1e6).round() / 1e6;
    let to_ms = |time: f64| (time * 1e3).round() / 1e3;
    let later = |time: f64| time + 1.7e9;
    let exports = [
        map_times(&session, same, same),
        map_times(&session, through_ms, through_ms),
        map_times(&session, single, single),
        map_times(&session, to_us, to_us),
        map_times(&session, to_ms, to_ms),
        map_times(&session, later, later),
    ];
    for (index, export) in exports.iter().enumerate() {
        assert_eq!(agreement(export), Agreement::Same, "export {index}");
    }
    assert_eq!(Content::of(&exports[1]).sha256, Content::of(&session).sha256);
}

#[test]
fn labels_names_and_files_do_not_count() {
    let mut renamed = session(1);
    renamed.name = "other".into();
    renamed.sha256 = "0".into();
    renamed.description.clear();
    renamed.trials.columns.clear();
    renamed.unit_columns.clear();
    assert_eq!(renamed.identity().content, session(1).identity().content);
}

#[test]
fn a_part_of_a_session_is_a_part() {
    let whole = Shared { trials: 40, n_trials: 40, units: 12, n_units: 12 };

    let mut fewer_units = session(1);
    keep_units(&mut fewer_units, |row| row % 2 == 0);
    assert_eq!(shared(&fewer_units), Shared { units: 6, n_units: 6, ..whole });

    let mut reordered = session(1);
    reordered.units.reverse();
    assert_eq!(shared(&reordered), whole);

    let mut fewer_trials = session(1);
    keep_trials(&mut fewer_trials, |row| row >= 10);
    assert_eq!(shared(&fewer_trials), Shared { trials: 30, n_trials: 30, ..whole });

    let mut shifted_trials = session(1);
    let times_s = shifted_trials.trials.start_s.iter_mut().chain(&mut shifted_trials.trials.stop_s);
    times_s.for_each(|time_s| *time_s += 0.05);
    assert_eq!(shared(&shifted_trials).units, 12);

    let mut second_half = session(1);
    let middle_s = second_half.trials.start_s[20];
    second_half.units.iter_mut().for_each(|unit| unit.retain(|&time_s| time_s >= middle_s));
    keep_trials(&mut second_half, |row| row >= 20);
    let found = shared(&second_half);
    assert!(found.units >= 10 && found.trials == 20, "{found:?}");
    let on_its_own_clock = map_times(&second_half, |time| time - middle_s, |time| time - middle_s);
    assert!(shared(&on_its_own_clock).units >= 10);

    let mut other_units = session(1);
    other_units.units = session(2).units;
    assert_eq!(shared(&other_units), Shared { units: 0, ..whole });
}

#[test]
fn another_session_agrees_in_nothing() {
    assert_eq!(agreement(&session(2)), Agreement::Nothing);
    // Units that fire regularly, or not at all, are not the same for that.
    let clock = |n_channels: usize| {
        let mut session = session(3);
        session.units = vec![(0..500).map(|spike| f64::from(spike) * 0.01).collect(); n_channels];
        session.units.push(Vec::new());
        keep_trials(&mut session, |row| row < 2);
        session
    };
    let other = Recording { trials: session(2).trials, ..clock(5) };
    assert_eq!(Content::of(&clock(4)).agreement(&Content::of(&other)), Agreement::Nothing);
}

#[test]
fn trials_at_the_same_regular_times_do_not_tell_one_session_from_another() {
    let regular = |seed| generate(&SyntheticOptions { n_channels: 12, seed, ..SyntheticOptions::default() }).unwrap();
    let base = Content::of(&regular(1));
    let n_trials = regular(1).trials.len();
    let all = Shared { trials: n_trials, n_trials, units: 0, n_units: 12 };
    assert_eq!(Content::of(&regular(2)).agreement(&base), Agreement::RegularTimes(all));
    let mut fewer = regular(2);
    keep_trials(&mut fewer, |row| row >= 20);
    let some = Shared { trials: n_trials - 20, n_trials: n_trials - 20, ..all };
    assert_eq!(Content::of(&fewer).agreement(&base), Agreement::RegularTimes(some));
    // On another clock too if all are, even one that is later by the interval of the trials.
    let interval_s = regular(1).trials.start_s[1] - regular(1).trials.start_s[0];
    for later_s in [5.03, interval_s] {
        let later = map_times(&regular(2), |time| time + later_s, |time| time + later_s);
        assert_eq!(Content::of(&later).agreement(&base), Agreement::RegularTimes(all));
        let rows: Vec<(usize, usize)> = (0..n_trials).map(|row| (row, row)).collect();
        assert_eq!(Content::of(&later).trials_at_times_of(&base), rows);
    }
    let fewer_later = map_times(&fewer, |time| time + 5.03, |time| time + 5.03);
    assert_eq!(Content::of(&fewer_later).agreement(&base), Agreement::Nothing);
    // With spikes in common, they count.
    let mut half = regular(1);
    keep_units(&mut half, |row| row < 6);
    let part = Shared { units: 6, n_units: 6, ..all };
    assert_eq!(Content::of(&half).agreement(&base), Agreement::Part(part));
}

#[test]
fn trials_at_the_same_times_are_of_one_session_if_most_have_the_same_class() {
    let same = |n_same: usize, n: usize| can_be_one_session((0..n).map(|trial| (1, usize::from(trial < n_same))));
    assert_eq!([same(10, 10), same(8, 10), same(7, 10)], [Some(true), Some(true), Some(false)]);
    assert_eq!(same(0, 0), None);
}

#[test]
fn trials_that_share_time_with_others_are_not_apart_from_them() {
    let mut recording = session(1);
    let trials = &mut recording.trials;
    trials.start_s = vec![0.0, 1.0, 2.0, 1.5, 9.0, f64::NAN];
    trials.stop_s = vec![1.0, 2.0, 3.0, 2.5, 9.5, 1.0];
    let apart = |rows: &[usize]| Content::of(&recording).apart_from(rows.iter().copied());
    assert_eq!(apart(&[1]), [true, false, true, false, true, false]);
    assert_eq!(apart(&[3, 7]), [true, false, false, false, true, false]);
    assert_eq!(apart(&[5]), [true, true, true, true, true, false]);
}

#[test]
fn trials_without_times_are_part_of_the_identity_too() {
    let mut aborted = session(1);
    aborted.trials.stop_s[3] = f64::NAN;
    assert_eq!(Content::of(&aborted).agreement(&Content::of(&aborted.clone())), Agreement::Same);
    assert_eq!(shared(&aborted).trials, 39);
}
