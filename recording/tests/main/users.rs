//! Files as users have them: each situation is read, or named for what it is.

use std::fs;
use std::path::PathBuf;

use recording::{Column, Dataset, Error, Recording, Tables, Unreadable, WindowOptions};

use crate::shared_data::shared_data;

fn file(name: &str) -> Option<PathBuf> {
    shared_data(&format!("users/{name}"))
}

/// The plain session that the others vary.
fn base() -> Option<Recording> {
    Some(Recording::open(file("a01_base.nwb")?).unwrap())
}

fn refusal(name: &str) -> Option<String> {
    Some(Recording::open(file(name)?).unwrap_err().to_string())
}

fn unreadable(columns: &[Unreadable]) -> Vec<String> {
    columns.iter().map(Unreadable::to_string).collect()
}

#[test]
fn files_of_other_layouts_have_the_same_units() {
    let Some(base) = base() else { return };
    assert_eq!((base.units.len(), base.trials.len()), (24, 80));
    let same = [
        "a02_index_float64.nwb",
        "a04_nan_stop.nwb",
        "a05_vector_n2.nwb",
        "a06_epochs.nwb",
        "a07_newstyle_soft_label.nwb",
        "a07_soft_at_root.nwb",
        "a08_zstd.nwb",
        "a08_zstd_unneeded_unit_column.nwb",
        "b06_written_anew.nwb",
    ];
    for name in same {
        let Some(path) = file(name) else { return };
        let recording = Recording::open(path).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(recording.units, base.units, "{name}");
    }
}

#[test]
fn shapes_of_matlab_are_columns() {
    for name in ["a01_matlab_column.nwb", "b04_matnwb_2d.nwb"] {
        let Some(path) = file(name) else { return };
        let recording = Recording::open(path).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(recording.trials.len(), recording.trials.column("target_dir").unwrap().len(), "{name}");
        assert!(recording.units.len() > 1 && recording.n_spikes() > 1000, "{name}");
        assert_eq!(unreadable(&recording.trials.unreadable), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn a_missing_stop_is_kept_as_missing() {
    let Some(path) = file("a04_nan_stop.nwb") else { return };
    let recording = Recording::open(path).unwrap();
    assert_eq!(recording.trials.stop_s.iter().filter(|stop| stop.is_nan()).count(), 2);
}

#[test]
fn a_target_as_x_and_y_is_a_column_of_vectors() {
    let Some(path) = file("a05_vector_n2.nwb") else { return };
    let recording = Recording::open(path).unwrap();
    let vectors = recording.trials.columns.iter().filter(|column| matches!(column.values, Column::Vector(_)));
    assert_eq!(vectors.count(), 1);
}

#[test]
fn tables_elsewhere_are_listed_and_opened() {
    let (Some(epochs), Some(processing)) = (file("a06_epochs.nwb"), file("a06_processing.nwb")) else { return };
    let with_trials = |path: &PathBuf, table: &str| {
        Recording::open_with(path, &Tables { trials: Some(table.to_owned()), ..Tables::default() })
    };
    let recording = Recording::open(&epochs).unwrap();
    assert!(recording.trials.is_empty());
    assert_eq!(recording.interval_tables, ["intervals/epochs"]);
    let message = Dataset::cut(&recording, &WindowOptions::default()).unwrap_err().to_string();
    assert!(message.contains("no trials") && message.contains("intervals/epochs"), "{message}");
    assert_eq!(with_trials(&epochs, "epochs").unwrap().trials.len(), 80);
    let recording = Recording::open(&processing).unwrap();
    assert!(recording.trials.is_empty());
    assert_eq!(recording.interval_tables, ["processing/behavior/trials"]);
    assert_eq!(with_trials(&processing, "/processing/behavior/trials").unwrap().trials.len(), 80);
    assert_eq!(with_trials(&processing, "trials").unwrap().trials_table, "processing/behavior/trials");
    let message = with_trials(&processing, "reaches").unwrap_err().to_string();
    assert!(message.contains("no table `reaches`") && message.contains("processing/behavior/trials"), "{message}");
}

#[test]
fn links_are_followed_or_named() {
    let (Some(soft), Some(root)) = (file("a07_newstyle_soft_label.nwb"), file("a07_soft_at_root.nwb")) else { return };
    assert_eq!(Recording::open(soft).unwrap().trials.column("target_dir").unwrap().labels().len(), 4);
    Recording::open(root).unwrap();
    let Some(message) = refusal("a07_external_units.nwb") else { return };
    assert!(message.contains("/units is a link to") && message.contains("which is not there"), "{message}");
}

#[test]
fn an_external_link_is_followed_to_a_file_that_is_there() {
    let (Some(path), Some(base_path)) = (file("a07_external_units.nwb"), file("a01_base.nwb")) else { return };
    let message = Recording::open(&path).unwrap_err().to_string();
    let target = message.split(" in ").nth(1).unwrap().split(", which").next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let session = folder.path().join("session.nwb");
    fs::copy(path, &session).unwrap();
    fs::copy(&base_path, folder.path().join(PathBuf::from(target).file_name().unwrap())).unwrap();
    assert_eq!(Recording::open(session).unwrap().units, Recording::open(base_path).unwrap().units);
}

#[test]
fn a_file_that_its_writer_left_open_is_named_with_the_command() {
    let Some(path) = file("a09_swmr_killed.nwb") else { return };
    let error = Recording::open(path).unwrap_err();
    assert!(matches!(error, Error::NotClosed { .. }));
    assert!(
        error.to_string().contains("h5clear -s ") && error.to_string().contains("no program has it open"),
        "{error}"
    );
}

#[test]
fn units_have_the_columns_to_choose_them_by() {
    let Some(path) = file("b01.nwb") else { return };
    let recording = Recording::open(path).unwrap();
    let labels = |name: &str| {
        let column = recording.unit_columns.iter().find(|column| column.name == name);
        column.unwrap_or_else(|| panic!("no {name}")).values.labels()
    };
    assert_eq!(labels("quality"), ["good", "mua", "noise"]);
    assert_eq!(labels("location"), ["M1", "PMd"]);
    assert_eq!(labels("electrodes.location"), ["M1", "PMd"]);
    assert_eq!(labels("id").len(), 40);
    let unreadable = unreadable(&recording.unreadable_units);
    assert!(
        unreadable.iter().any(|column| column.starts_with("waveform_mean (its shape is [40, 48]")),
        "{unreadable:?}"
    );
}
