//! Trials without windows are left out and counted; what nobody could mean is one error.

use recording::{Column, Dataset, Error, LeftOut, Recording, Selection, WindowOptions};

use crate::support::{self, column};

/// Trials of half a second every second, from 5 s on, with the classes 0 and 1 by turns.
fn recording(n_trials: u32) -> Recording {
    let trials: Vec<(f64, f64)> = (0..n_trials).map(|trial| (5.0 + f64::from(trial), 5.5 + f64::from(trial))).collect();
    let starts = trials.iter().map(|trial| trial.0);
    let columns = vec![
        column("label", Column::Real((0..n_trials).map(|trial| f64::from(trial % 2)).collect())),
        column("go", Column::Real(starts.map(|start_s| start_s + 0.1).collect())),
    ];
    support::recording(vec![Vec::new()], &trials, columns)
}

fn options() -> WindowOptions {
    WindowOptions { align_column: Some("go".into()), window_ms: 100, ..WindowOptions::default() }
}

fn real<'a>(recording: &'a mut Recording, name: &str) -> &'a mut Vec<f64> {
    let found = recording.trials.columns.iter_mut().find(|column| column.name == name).unwrap();
    let Column::Real(values) = &mut found.values else { panic!("{name} holds other values") };
    values
}

#[test]
fn every_cause_is_counted_by_itself() {
    let mut recording = recording(12);
    let (trials, nan) = (&mut recording.trials, f64::NAN);
    trials.start_s[0] = nan;
    trials.stop_s[1] = f64::INFINITY;
    trials.stop_s[2] = trials.start_s[2] - 0.1;
    trials.stop_s[3] = trials.start_s[3] + 0.15;
    real(&mut recording, "go")[4] = nan;
    real(&mut recording, "go")[5] = 9.9;
    real(&mut recording, "label")[6] = nan;
    real(&mut recording, "label")[7] = 2.0;
    // The same trial once more.
    for name in ["label", "go"] {
        let values = real(&mut recording, name);
        values[9] = values[8];
    }
    recording.trials.start_s[9] = recording.trials.start_s[8];
    recording.trials.stop_s[9] = recording.trials.stop_s[8];
    let classes = Some(vec!["0".to_owned(), "1".to_owned()]);
    let dataset = Dataset::cut(&recording, &WindowOptions { classes, ..options() }).unwrap();
    let expected = LeftOut {
        not_chosen: 0,
        unusable_times: 3,
        outside_spikes: 0,
        no_label: 1,
        other_class: 1,
        no_event: 1,
        before_trial: 1,
        too_short: 1,
        duplicated: 1,
    };
    assert_eq!((dataset.left_out, dataset.n_trials), (expected, 3));
    assert_eq!(
        expected.to_string(),
        "3 without usable times, 1 without label, 1 of other classes, 1 without event, 1 with a window before their start, \
         1 too short, 1 duplicated"
    );
}

#[test]
fn a_class_without_any_window_is_an_error_with_the_longest_that_fits() {
    let mut recording = recording(8);
    for trial in [1, 3, 5, 7] {
        recording.trials.stop_s[trial] = recording.trials.start_s[trial] + 0.1 + 0.01 * trial as f64;
    }
    let error = Dataset::cut(&recording, &options()).unwrap_err();
    assert!(
        matches!(&error, Error::WindowTooLong { fits_ms: 70, n_trials: 4, trial: 1, class, .. } if class == "1"),
        "{error}"
    );
    let fits = Dataset::cut(&recording, &WindowOptions { window_ms: 70, ..options() }).unwrap();
    assert_eq!((fits.n_trials, fits.left_out.too_short), (5, 3));
}

#[test]
fn events_relative_to_their_trials_are_recognized_and_read_if_said_so() {
    let mut recording = recording(8);
    real(&mut recording, "go").iter_mut().enumerate().for_each(|(trial, go)| *go = 0.1 + 0.01 * trial as f64);
    let error = Dataset::cut(&recording, &options()).unwrap_err();
    assert!(matches!(error, Error::RelativeTimes { first_start_s: 5.0, .. }), "{error}");
    assert!(error.to_string().contains("from 100 to 170 ms"), "{error}");
    let relative = WindowOptions { align_relative: true, ..options() };
    assert_eq!(Dataset::cut(&recording, &relative).unwrap().n_trials, 8);
    // The first trial may start at 0, and some events may be missing.
    recording.trials.start_s.iter_mut().for_each(|start_s| *start_s -= 5.0);
    recording.trials.stop_s.iter_mut().for_each(|stop_s| *stop_s -= 5.0);
    real(&mut recording, "go")[2] = f64::NAN;
    assert!(matches!(Dataset::cut(&recording, &options()), Err(Error::RelativeTimes { .. })));
    let dataset = Dataset::cut(&recording, &relative).unwrap();
    assert_eq!((dataset.n_trials, dataset.left_out.no_event), (7, 1));
    let start = WindowOptions { align_column: Some("start_time".into()), ..relative };
    assert!(matches!(Dataset::cut(&recording, &start), Err(Error::BadOption { option: "align_relative", .. })));
}

#[test]
fn trials_that_overlap_and_are_not_the_same_are_refused() {
    let mut recording = recording(4);
    for (name, value) in [("label", 1.0), ("go", 5.1)] {
        real(&mut recording, name)[1] = value;
    }
    recording.trials.start_s[1] = 5.0;
    recording.trials.stop_s[1] = 5.5;
    assert!(matches!(Dataset::cut(&recording, &options()), Err(Error::OverlappingTrials { first: 0, second: 1 })));
    real(&mut recording, "label")[1] = 0.0;
    assert!(matches!(
        Dataset::cut(&recording, &options()),
        Ok(Dataset { left_out: LeftOut { duplicated: 1, .. }, .. })
    ));
}

#[test]
fn a_table_in_which_nothing_remains_is_an_error() {
    let mut recording = recording(4);
    recording.trials.stop_s.fill(f64::NAN);
    let message = Dataset::cut(&recording, &options()).unwrap_err().to_string();
    assert!(message.contains("none of the 4 trials has usable times"), "{message}");
}

#[test]
fn vectors_and_angles_become_classes() {
    let mut recording = recording(8);
    let angle = |trial: u32| f64::from(trial % 4) * 90.0 + 3.0 * f64::from(trial) - 10.0;
    let vector = |trial: u32| [8.0 * angle(trial).to_radians().cos(), 8.0 * angle(trial).to_radians().sin()];
    recording.trials.columns.push(column("target_pos", Column::Vector((0..8).map(vector).collect())));
    recording.trials.columns.push(column("angle_rad", Column::Real((0..8).map(|t| angle(t).to_radians()).collect())));
    for name in ["target_pos", "angle_rad"] {
        let options = WindowOptions { label_column: Some(name.into()), bin_angles: Some(4), ..options() };
        let dataset = Dataset::cut(&recording, &options).unwrap();
        assert_eq!(dataset.classes, ["0", "90", "180", "270"], "{name}");
        assert_eq!(dataset.angles.unwrap().degrees, [0.0, 90.0, 180.0, 270.0]);
    }
    let options = WindowOptions { label_column: Some("target_pos".into()), ..options() };
    assert_eq!(Dataset::cut(&recording, &options).unwrap().classes.len(), 8);
}

#[test]
fn trials_outside_the_spikes_are_left_out() {
    let mut recording = recording(12);
    // The first two trials end before the spikes, the last three start after them; two more hold the ends.
    recording.units[0] = (0..=120).map(|spike| 7.2 + 0.05 * f64::from(spike)).collect();
    let dataset = Dataset::cut(&recording, &options()).unwrap();
    assert_eq!((dataset.n_trials, dataset.left_out), (7, LeftOut { outside_spikes: 5, ..LeftOut::default() }));
    assert_eq!(dataset.left_out.to_string(), "5 before the first spike or after the last");
    let labels = real(&mut recording, "label");
    labels.fill(0.0);
    labels[1] = 1.0;
    let error = Dataset::cut(&recording, &options()).unwrap_err();
    assert!(matches!(&error, Error::OutsideSpikes { class, n_trials: 5, trial: 1 } if class == "1"), "{error}");
}

#[test]
fn windows_without_spikes_are_doubted_if_they_are_many() {
    let mut recording = recording(12);
    let every_5_ms = |first_s: f64, last_s: f64| {
        (0..).map(move |spike| first_s + 0.005 * f64::from(spike)).take_while(move |time_s| *time_s < last_s)
    };
    recording.units[0] = every_5_ms(5.0, 17.0).collect();
    assert_eq!(Dataset::cut(&recording, &options()).unwrap().doubt(), None);
    recording.units[0] = every_5_ms(5.0, 8.0).chain(every_5_ms(12.0, 17.0)).collect();
    let doubt = Dataset::cut(&recording, &options()).unwrap().doubt().unwrap();
    assert!(doubt.starts_with("4 of 12 windows have no spike"), "{doubt}");
}

#[test]
fn events_after_every_stop_are_no_matter_of_the_window() {
    let mut recording = recording(8);
    real(&mut recording, "go").iter_mut().for_each(|go| *go *= 1e3);
    let message = Dataset::cut(&recording, &options()).unwrap_err().to_string();
    assert!(message.contains("column `go`") && message.contains("at or after the stop"), "{message}");
}

#[test]
fn positions_far_from_the_origin_are_doubted_as_directions() {
    let mut recording = recording(8);
    let around = |x: f64, y: f64| {
        let target = |trial: u32| (std::f64::consts::FRAC_PI_4 * f64::from(trial)).sin_cos();
        Column::Vector((0..8).map(target).map(|(dy, dx)| [x + 80.0 * dx, y + 80.0 * dy]).collect())
    };
    recording.trials.columns = vec![column("centred", around(0.0, 0.0)), column("screen", around(512.0, 384.0))];
    assert_eq!(recording.trials.doubt_of_labels("centred"), None);
    // All around (0, 0), but not centred on it.
    recording.trials.columns.push(column("near", around(40.0, 16.0)));
    let doubt = recording.trials.doubt_of_labels("near").unwrap();
    assert!(doubt.contains("on a circle around (40.000, 16.000)") && doubt.contains("subtract"), "{doubt}");
    let square = |side: f64| Column::Vector((0..8).map(|trial| [[side, 1.0], [-1.0, -side]][trial % 2]).collect());
    recording.trials.columns.push(column("square", square(1.0)));
    assert_eq!(recording.trials.doubt_of_labels("square"), None);
    let doubt = recording.trials.doubt_of_labels("screen").unwrap();
    assert!(doubt.contains("`screen`") && doubt.contains("subtract"), "{doubt}");
    let polar = |radius: f64| Column::Vector((0..8).map(|trial| [45.0 * f64::from(trial), radius]).collect());
    recording.trials.columns = vec![column("polar", polar(8.0)), column("line", polar(0.0))];
    assert!(recording.trials.doubt_of_labels("polar").unwrap().starts_with("component 2 of the vectors"));
    assert_eq!(recording.trials.doubt_of_labels("line"), None);
    // An arc that 0 lies in.
    recording.trials.columns = vec![column("right", around(512.0, 0.0))];
    assert!(recording.trials.doubt_of_labels("right").unwrap().contains("from 35"));
}

#[test]
fn events_of_two_clocks_are_warned_of() {
    let mut recording = recording(12);
    real(&mut recording, "go")[..4].fill(0.2);
    let doubt = |relative| recording.doubt_of_events(&WindowOptions { align_relative: relative, ..options() }).unwrap();
    assert!(
        doubt(false).starts_with("column `go`: in 4 of 12 trials the time is before the trial"),
        "{}",
        doubt(false)
    );
    assert!(doubt(true).starts_with("column `go`: in 8 of 12 trials the time is within the trial"), "{}", doubt(true));
    assert_eq!(Dataset::cut(&recording, &options()).unwrap().left_out.before_trial, 4);
    // Trials that are not chosen do not count.
    let selection = Selection { trials: Some("id>=4".into()), ..Selection::default() };
    assert_eq!(recording.doubt_of_events(&WindowOptions { selection, ..options() }), None);
    let start = WindowOptions { align_column: None, ..options() };
    assert_eq!(recording.doubt_of_events(&start), None);
}

#[test]
fn events_of_the_recording_are_not_taken_as_relative() {
    let recording = recording(12);
    let relative = WindowOptions { align_relative: true, ..options() };
    let error = Dataset::cut(&recording, &relative).unwrap_err();
    assert!(matches!(&error, Error::AbsoluteTimes { column } if column == "go"), "{error}");
}

#[test]
fn a_time_that_stands_for_a_missing_one_does_not_hide_relative_times() {
    let mut recording = recording(12);
    real(&mut recording, "go").fill(0.2);
    let error = Dataset::cut(&recording, &options()).unwrap_err().to_string();
    assert!(error.contains("holds 200 ms in every trial"), "{error}");
    real(&mut recording, "go")[3] = -1.0;
    assert!(matches!(Dataset::cut(&recording, &options()), Err(Error::RelativeTimes { range_ms: (200.0, 200.0), .. })));
    let relative = WindowOptions { align_relative: true, ..options() };
    let dataset = Dataset::cut(&recording, &relative).unwrap();
    assert_eq!((dataset.n_trials, dataset.left_out.before_trial), (11, 1));
}

#[test]
fn events_at_the_start_in_fewer_digits_are_there() {
    let mut recording = recording(8);
    let starts_s = recording.trials.start_s.clone();
    let early = |early_s: f64| starts_s.iter().map(|start_s| start_s - early_s).collect::<Vec<_>>();
    *real(&mut recording, "go") = early(3e-4);
    recording.units[0] = vec![5.0005];
    let dataset = Dataset::cut(&recording, &options()).unwrap();
    assert_eq!((dataset.n_trials, dataset.left_out.before_trial), (8, 0));
    // The window is that of the start, and so within the trial.
    assert_eq!((dataset.samples[0].offset_ms, &dataset.samples[0].ticks[0][..]), (0.0, &[0][..]));
    *real(&mut recording, "go") = early(2e-3);
    assert!(matches!(Dataset::cut(&recording, &options()), Err(Error::WindowBeforeTrial { .. })));
}
