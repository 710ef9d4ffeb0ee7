//! Whatever a table holds, a cut is over exactly the usable trials, or one error.

use proptest::prelude::*;
use recording::{Column, Dataset, Error, Recording, Selection, WindowOptions};

use crate::support::{self, column};

const WINDOW_S: f64 = 0.05;

/// Times as tables have them: regular, missing, infinite, far away.
fn time() -> impl Strategy<Value = f64> {
    prop_oneof![
        12 => (0_i32..40).prop_map(|step| f64::from(step) * 0.1),
        2 => -1e3..1e3_f64,
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -1e300, 0.0, -0.0, 2.4e9, 1e18]),
    ]
}

/// Length of a trial: usual, none, reversed, missing.
fn length() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => Just(0.1),
        2 => Just(0.04),
        2 => 0.0..0.5_f64,
        1 => prop::sample::select(vec![0.0, -0.3, f64::NAN, f64::INFINITY]),
    ]
}

#[derive(Clone, Debug)]
struct Row {
    start_s: f64,
    length_s: f64,
    label: f64,
    event_s: f64,
    result: &'static str,
}

fn row() -> impl Strategy<Value = Row> {
    let label = prop_oneof![8 => (0_i32..3).prop_map(f64::from), 1 => Just(f64::NAN)];
    let event_s = prop_oneof![6 => Just(0.0), 2 => -0.05..0.1_f64, 1 => Just(f64::NAN)];
    let result = prop::sample::select(vec!["R", "R", "R", "F", "", "NA"]);
    (time(), length(), label, event_s, result).prop_map(|(start_s, length_s, label, event_s, result)| Row {
        start_s,
        length_s,
        label,
        event_s,
        result,
    })
}

fn recording(rows: &[Row], units: Vec<Vec<f64>>) -> Recording {
    let trials: Vec<(f64, f64)> = rows.iter().map(|row| (row.start_s, row.start_s + row.length_s)).collect();
    let columns = vec![
        column("label", Column::Real(rows.iter().map(|row| row.label).collect())),
        column("event", Column::Real(rows.iter().map(|row| row.start_s + row.event_s).collect())),
        column("result", Column::Text(rows.iter().map(|row| row.result.to_owned()).collect())),
    ];
    support::recording(units, &trials, columns)
}

/// Whether a trial has a window, by the plainest reading of its row: none if that hangs on the last digit.
fn is_usable(row: &Row, is_chosen: bool) -> Option<bool> {
    let (start_s, stop_s, event_s) = (row.start_s, row.start_s + row.length_s, row.start_s + row.event_s);
    let is_time = |time: f64| time.abs() < 2e9;
    let has_times = is_time(start_s) && is_time(stop_s) && is_time(event_s);
    if !is_chosen || !has_times || row.label.is_nan() {
        return Some(false);
    }
    let (before_s, room_s) = (event_s - start_s, stop_s - event_s - WINDOW_S);
    (before_s == 0.0 || !(-6e-4..=1e-6).contains(&before_s)).then_some(())?;
    (room_s.abs() > 1e-6).then_some(before_s >= 0.0 && room_s > 0.0 && start_s <= stop_s)
}

fn check(rows: &[Row], units: Vec<Vec<f64>>, chooses: bool, stride_ms: Option<u32>) -> Result<(), TestCaseError> {
    let recording = recording(rows, units.clone());
    let trials = chooses.then(|| "result=R".to_owned());
    let options = WindowOptions {
        align_column: Some("event".into()),
        stride_ms,
        selection: Selection { units: None, trials },
        ..WindowOptions::default()
    };
    let _ = recording.doubt_of_events(&options);
    let dataset = match Dataset::cut(&recording, &options) {
        Ok(dataset) => dataset,
        Err(error) => {
            prop_assert!(!error.to_string().is_empty());
            prop_assert!(!matches!(error, Error::UnknownColumn { .. } | Error::BadSample { .. }), "{}", error);
            return Ok(());
        }
    };
    prop_assert_eq!(dataset.n_trials + dataset.left_out.total(), rows.len());
    let used = dataset.primary_samples().iter().map(|&index| dataset.samples[index].trial).collect::<Vec<_>>();
    prop_assert_eq!(used.len(), dataset.n_trials);
    let mut n_usable_unused = 0;
    for (trial, row) in rows.iter().enumerate() {
        let is_used = used.contains(&trial);
        match is_usable(row, !chooses || row.result == "R") {
            // Only a duplicate of an earlier row, or a trial outside the spikes, is usable and left out.
            Some(true) => n_usable_unused += usize::from(!is_used),
            Some(false) => prop_assert!(!is_used, "trial {} {:?}", trial, row),
            None => {}
        }
    }
    prop_assert!(n_usable_unused <= dataset.left_out.duplicated + dataset.left_out.outside_spikes);
    for sample in &dataset.samples {
        let row = &rows[sample.trial];
        prop_assert_eq!(&dataset.classes[sample.class], &row.label.to_string());
        // What rounding may have taken from the start of the trial is given back.
        let start_s = row.start_s + row.event_s.max(0.0) + sample.offset_ms / 1e3;
        let within = |time: &&f64| **time >= start_s + 1e-6 && **time < start_s + WINDOW_S - 1e-6;
        let n_ticks = sample.ticks.iter().filter(|channels| channels.contains(&0)).count();
        let expected = units[0].iter().filter(within).count();
        prop_assert!(n_ticks <= units[0].len());
        prop_assert!(expected == 0 || n_ticks > 0, "{} spikes in a window without any", expected);
    }
    Ok(())
}

fn units() -> impl Strategy<Value = Vec<Vec<f64>>> {
    let unit = prop::collection::vec((0_i32..4000).prop_map(|ms| f64::from(ms) / 1e3), 0..30).prop_map(|mut unit| {
        unit.sort_by(f64::total_cmp);
        unit
    });
    prop::collection::vec(unit, 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]
    #[test]
    fn a_cut_is_over_exactly_the_usable_trials_or_one_error(
        rows in prop::collection::vec(row(), 0..12),
        units in units(),
        chooses: bool,
        stride_ms in prop::option::of(1_u32..80),
    ) {
        check(&rows, units, chooses, stride_ms)?;
    }
}

mod verify {
    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000_000))]
        #[test]
        fn a_cut_is_over_exactly_the_usable_trials_or_one_error_in_a_million_tables(
            rows in prop::collection::vec(row(), 0..12),
            units in units(),
            chooses: bool,
            stride_ms in prop::option::of(1_u32..80),
        ) {
            check(&rows, units, chooses, stride_ms)?;
        }
    }
}
