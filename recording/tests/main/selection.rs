//! Units and trials chosen by their columns.

use proptest::prelude::*;
use recording::{Column, Dataset, Error, LeftOut, Recording, Selection, WindowOptions};

use crate::support::{self, column, texts};

/// Four units in two areas, six trials of two classes.
fn recording() -> Recording {
    let trials: Vec<(f64, f64)> = (0..6).map(|trial| (f64::from(trial), f64::from(trial) + 0.5)).collect();
    let columns = vec![
        column("label", Column::Integer(vec![0, 1, 0, 1, 0, 1])),
        column("result", texts(&["R", "F", "R", "R", "A", ""])),
    ];
    let unit = |at_s: f64| (0..6).map(|trial| f64::from(trial) + at_s).collect();
    let units = vec![unit(0.001), unit(0.002), unit(0.003), unit(0.004)];
    let unit_columns = vec![
        column("location", texts(&["M1", "PMd", "M1", "PMd"])),
        column("snr", Column::Real(vec![5.0, 6.0, 2.0, f64::NAN])),
    ];
    Recording { unit_columns, ..support::recording(units, &trials, columns) }
}

fn select(units: Option<&str>, trials: Option<&str>) -> Selection {
    Selection { units: units.map(str::to_owned), trials: trials.map(str::to_owned) }
}

fn cut(units: Option<&str>, trials: Option<&str>) -> Result<Dataset, Error> {
    let options = WindowOptions { window_ms: 10, selection: select(units, trials), ..WindowOptions::default() };
    Dataset::cut(&recording(), &options)
}

#[test]
fn chosen_units_are_the_channels_in_the_order_of_the_file() {
    let dataset = cut(Some("location=PMd"), None).unwrap();
    assert_eq!((dataset.n_channels, &dataset.units[..]), (2, &[vec![1, 3]][..]));
    assert_eq!(dataset.samples[0].ticks[2], [0]);
    assert_eq!(dataset.samples[0].ticks[4], [1]);
    assert_eq!(cut(Some("location=M1,snr>=4"), None).unwrap().units, [[0]]);
}

#[test]
fn trials_that_are_not_chosen_are_counted_and_keep_their_rows() {
    let dataset = cut(None, Some("result=R")).unwrap();
    assert_eq!(dataset.samples.iter().map(|sample| sample.trial).collect::<Vec<_>>(), [0, 2, 3]);
    assert_eq!(dataset.left_out, LeftOut { not_chosen: 3, ..LeftOut::default() });
    assert_eq!(dataset.left_out.to_string(), "3 not chosen");
    assert_eq!(cut(None, Some("start_time>=2,result!=A")).unwrap().n_trials, 3);
}

#[test]
fn a_selection_that_leaves_nothing_says_what_there_is() {
    for (units, trials, parts) in [
        (Some("location=M2"), None, &["`location=M2`", "units", "M1 (2), PMd (2)"][..]),
        (Some("snr>9"), None, &["2 (1), 5 (1), 6 (1), missing (1)"]),
        (Some("area=M1"), None, &["units have no column `area`", "location, snr"]),
        (Some("location"), None, &["`location`", "no operator", "location, snr"]),
        (Some("location>1"), None, &["holds text", "location, snr"]),
        (None, Some("result=X,label=0"), &["A (1), F (1), R (3), missing (1)", "0 (3), 1 (3)"]),
        (None, Some("outcome=R"), &["trials have no column `outcome`", "start_time", "result"]),
        (None, Some("label>x"), &["one number"]),
    ] {
        let message = cut(units, trials).unwrap_err().to_string();
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    }
}

#[test]
fn a_choice_of_one_class_is_refused_as_one_class() {
    assert!(matches!(cut(None, Some("label=1")), Err(Error::TooFewClasses { n_classes: 1, .. })));
}

#[test]
fn trials_are_chosen_by_their_ids_or_else_by_their_rows() {
    let trials = |recording: &Recording, trials| select(None, Some(trials)).choose(recording).unwrap().trials;
    assert_eq!(trials(&recording(), "id=3|5"), [3, 5]);
    let mut with_ids = recording();
    with_ids.trials.columns.push(column("id", Column::Integer(vec![10, 11, 12, 13, 14, 15])));
    assert_eq!(trials(&with_ids, "id>=14"), [4, 5]);
}

#[test]
fn a_selection_chooses_rows_without_cutting() {
    let chosen = select(Some("location=M1"), Some("result!=")).choose(&recording()).unwrap();
    assert_eq!((&chosen.units[..], &chosen.trials[..]), (&[0, 2][..], &[0, 1, 2, 3, 4][..]));
}

#[test]
fn what_a_condition_does_unexpectedly_is_said() {
    let warnings = |units, trials| select(units, trials).choose(&recording()).unwrap().warnings;
    assert_eq!(
        warnings(Some("location!=V1|M1"), Some("result!=R")),
        [
            "`location!=V1|M1`: none of the units has `V1`; they have M1 (2), PMd (2)",
            "`result!=R` keeps trials without a value (1); `result!=` leaves them out"
        ]
    );
    assert_eq!(warnings(Some("location=M1|pmd"), None).len(), 1);
    let mut both = recording();
    both.unit_columns[0].values = texts(&["M1", "M1+PMd", "PMd", "PMd+M1"]);
    let of_both = |units| select(Some(units), None).choose(&both).unwrap().warnings;
    assert_eq!(
        of_both("location=M1"),
        [
            "`location=M1` leaves out units with several values of which it names one: M1+PMd (1), PMd+M1 (1); to take them, name \
          these values too"
        ]
    );
    assert!(
        of_both("location!=M1|PMd+M1")[0]
            .contains("keeps units with several values of which it names one: M1+PMd (1);")
    );
    assert_eq!(of_both("location=M1|M1+PMd|PMd+M1"), [""; 0]);
    for units in ["location!=M1", "snr>=4", "snr!=5,snr!=", "location=M1|PMd"] {
        assert_eq!(warnings(Some(units), None), [""; 0], "{units}");
    }
}

#[test]
fn other_spellings_of_a_value_are_warned_of() {
    let mut recording = recording();
    recording.unit_columns[0].values = texts(&["M1", "m1", "M1 ", "PMd"]);
    let of = |units| select(Some(units), None).choose(&recording).unwrap();
    let chosen = of("location=M1");
    assert_eq!(chosen.units, [0, 2]);
    assert_eq!(
        chosen.warnings,
        ["`location=M1` leaves out what may be the same in another spelling: m1 (1); if it is, name these values too"]
    );
    assert!(of("location!=M1").warnings[0].contains("keeps what may be the same in another spelling: m1 (1)"));
    assert_eq!(of("location=M1|m1").warnings, [""; 0]);
}

#[test]
fn conditions_that_only_together_leave_nothing_say_how_many_meet_each() {
    let message = cut(None, Some("result=R,label=1,id<2")).unwrap_err().to_string();
    for part in ["`result=R` is met by 3", "`label=1` is met by 3", "`id<2` is met by 2"] {
        assert!(message.contains(part), "{message}");
    }
}

proptest! {
    #[test]
    fn any_text_is_conditions_or_one_error(text in "[a-z=!<>|,\" 0-9.é]{0,24}") {
        match select(Some(&text), Some(&text)).choose(&recording()) {
            Ok(chosen) => prop_assert!(!chosen.units.is_empty() && !chosen.trials.is_empty()),
            Err(error) => prop_assert!(error.to_string().contains("units have no column") || error.to_string().contains('`')),
        }
    }
}
