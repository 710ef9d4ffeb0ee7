//! Files and arrays that NWB allows or that contradict it.

use std::path::PathBuf;

use super::read::{RawTrials, cut_units, trial_table};
use crate::hdf5::{Attribute, Data, Dataset, Group, file_bytes};
use crate::{Column, Error, Recording, Unreadable};

fn dataset(name: &str, data: Data) -> Dataset {
    Dataset { name: name.into(), attributes: Vec::new(), data }
}

fn group(name: &str, datasets: Vec<Dataset>) -> Group {
    Group { name: name.into(), datasets, ..Group::default() }
}

fn reals(name: &str, values: &[f64]) -> Dataset {
    dataset(name, Data::Column(Column::Real(values.to_vec())))
}

/// Opens a file with these root groups.
fn open_groups(groups: Vec<Group>) -> Result<Recording, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("session.nwb");
    let bytes = file_bytes(&Group { groups, ..Group::default() }).unwrap();
    std::fs::write(&path, &bytes).unwrap();
    let opened = Recording::open(&path);
    // Its bytes in memory give the same.
    assert_eq!(Recording::from_nwb(&path, &bytes).ok(), opened.as_ref().ok().cloned());
    opened
}

fn units(index: Data) -> Group {
    group("units", vec![reals("spike_times", &[0.2, 0.1, 0.05]), dataset("spike_times_index", index)])
}

fn trials(datasets: Vec<Dataset>) -> Group {
    let trials = Group {
        attributes: vec![("colnames", Attribute::Texts(vec!["b".into(), "a".into()]))],
        ..group("trials", datasets)
    };
    Group { groups: vec![trials], ..group("intervals", Vec::new()) }
}

fn message(groups: Vec<Group>) -> String {
    open_groups(groups).unwrap_err().to_string()
}

#[test]
fn an_index_of_any_width_cuts_the_same_units() {
    let indices = [
        Data::Index8(vec![0, 2, 2, 3]),
        Data::Index16(vec![0, 2, 2, 3]),
        Data::Index32(vec![0, 2, 2, 3]),
        Data::Index64(vec![0, 2, 2, 3]),
        Data::Column(Column::Integer(vec![0, 2, 2, 3])),
    ];
    for index in indices {
        let recording = open_groups(vec![units(index)]).unwrap();
        assert_eq!(recording.units, [vec![], vec![0.1, 0.2], vec![], vec![0.05]]);
    }
}

#[test]
fn a_file_without_units_says_what_is_absent() {
    assert!(message(vec![group("acquisition", Vec::new())]).contains("no /units/spike_times;"));
    let no_index = message(vec![group("units", vec![reals("spike_times", &[0.1])])]);
    assert!(no_index.contains("no /units/spike_times_index"), "{no_index}");
    let no_row = message(vec![group(
        "units",
        vec![reals("spike_times", &[]), dataset("spike_times_index", Data::Index8(Vec::new()))],
    )]);
    assert!(no_row.contains("no row"), "{no_row}");
}

#[test]
fn an_index_beyond_the_spikes_names_its_unit() {
    let message = message(vec![units(Data::Index8(vec![1, 200]))]);
    assert!(message.contains("unit 1") && message.contains("200"), "{message}");
}

#[test]
fn columns_follow_colnames_and_ragged_ones_are_only_named() {
    let recording = open_groups(vec![
        units(Data::Index8(vec![3])),
        trials(vec![
            reals("start_time", &[0.0, 1.0]),
            reals("stop_time", &[0.5, 1.5]),
            reals("a", &[1.0, 2.0]),
            dataset("b", Data::Column(Column::Text(vec!["left".into(), "right".into()]))),
            reals("ragged", &[1.0, 2.0, 3.0]),
            dataset("ragged_index", Data::Index8(vec![1, 3])),
            reals("short", &[1.0]),
        ]),
    ])
    .unwrap();
    assert_eq!(recording.trials.column_names().collect::<Vec<_>>(), ["b", "a"]);
    let unreadable: Vec<String> = recording.trials.unreadable.iter().map(Unreadable::to_string).collect();
    assert_eq!(unreadable, ["ragged (ragged)", "short (1 values for 2 rows)"]);
    assert!(recording.trials.column("ragged").unwrap_err().to_string().contains("ragged (ragged), short"));
}

#[test]
fn trials_without_stop_times_are_refused() {
    let message = message(vec![units(Data::Index8(vec![3])), trials(vec![reals("start_time", &[0.0])])]);
    assert!(message.contains("no /intervals/trials/stop_time"), "{message}");
}

#[test]
fn a_file_without_trials_opens_with_an_empty_table() {
    assert!(open_groups(vec![units(Data::Index8(vec![3]))]).unwrap().trials.is_empty());
}

#[test]
fn equal_ends_give_an_empty_unit() {
    assert_eq!(cut_units(&[0.1, 0.2, 0.05], &[0, 2, 2, 3]).unwrap(), [vec![], vec![0.1, 0.2], vec![], vec![0.05]]);
}

#[test]
fn ends_must_rise_and_stay_within_the_spikes() {
    for (ends, unit) in [([2, 1, 3], "unit 1"), ([1, 2, 4], "unit 2"), ([-1, 2, 3], "unit 0")] {
        let cause = cut_units(&[0.1, 0.2, 0.3], &ends).unwrap_err();
        assert!(cause.contains(unit), "{cause}");
    }
    assert!(cut_units(&[0.1, 0.2, 0.3], &[1, 2]).unwrap_err().contains("3 spikes"));
}

#[test]
fn a_spike_time_that_is_not_finite_names_its_unit() {
    for time in [f64::NAN, f64::INFINITY, 1e300] {
        assert!(cut_units(&[0.1, time], &[1, 2]).unwrap_err().contains("unit 1"));
    }
}

#[test]
fn trial_times_are_kept_as_the_file_has_them() {
    let raw = RawTrials {
        start_s: Some(vec![0.0, f64::NEG_INFINITY, 3.0]),
        stop_s: Some(vec![1.0, f64::INFINITY, 2.0]),
        columns: (Vec::new(), Vec::new()),
    };
    let table = trial_table(raw).unwrap();
    assert_eq!((table.start_s[1], table.stop_s[1], table.stop_s[2]), (f64::NEG_INFINITY, f64::INFINITY, 2.0));
}
