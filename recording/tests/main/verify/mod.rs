//! Recordings that pynwb and h5py write, in every layout, with every filter and kind of link.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use recording::{Column, Error, Recording, SyntheticOptions, Unreadable, generate, write_nwb};
use tools::RecordingLibraries;
use tools::workspace::build_directory;

const WRITE: &str = include_str!("recordings.py");

fn libraries() -> Option<RecordingLibraries> {
    let found = RecordingLibraries::find(&build_directory());
    tools::found_or_skipped("recordings of other libraries", found)
}

fn column<'a>(recording: &'a Recording, name: &str) -> &'a Column {
    recording.trials.column(name).unwrap_or_else(|error| panic!("{}: {error}", recording.path.display()))
}

/// The unreadable columns of trials and units, by file.
fn check_all(folder: &Path) -> HashMap<String, Vec<String>> {
    let numbers = |values: &Column| match values {
        Column::Real(values) => values.clone(),
        Column::Integer(values) => values.iter().map(|&value| value as f64).collect(),
        other => panic!("{other:?}"),
    };
    let plain = Recording::open(folder.join("libver_earliest.nwb")).unwrap();
    assert_eq!(plain.units.iter().map(Vec::len).collect::<Vec<_>>(), [40_000, 0, 20_000]);
    let mut unreadable = HashMap::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.extension().is_none_or(|extension| extension != "nwb") {
            continue;
        }
        let recording = Recording::open(&path).unwrap_or_else(|error| panic!("{error}"));
        let name = recording.name.clone();
        assert!(recording.units == plain.units, "{name}: other spike times");
        assert_eq!(recording.trials.start_s, [0.0, 1.0, 2.0, 3.0], "{name}");
        assert_eq!(recording.trials.stop_s, [0.75, 1.75, 2.75, 3.75], "{name}");
        assert_eq!(numbers(column(&recording, "target_dir")), [0.0, 90.0, 0.0, 90.0], "{name}");
        let sides = ["left", "right", "left", "right"].map(String::from).to_vec();
        assert_eq!(column(&recording, "side"), &Column::Text(sides), "{name}");
        let columns = recording.trials.unreadable.iter().chain(&recording.unreadable_units);
        unreadable.insert(name, columns.map(Unreadable::to_string).collect());
    }
    unreadable
}

#[test]
fn every_layout_filter_and_link_is_read() {
    let Some(libraries) = libraries() else { return };
    let folder = tempfile::tempdir().unwrap();
    libraries.run(WRITE, folder.path()).unwrap();
    let unreadable = check_all(folder.path());
    assert!(unreadable.len() > 100, "{} files", unreadable.len());
    for (name, columns) in unreadable {
        let is_dangling = name.starts_with("dangling") && !name.ends_with("_loop_absent") || name.contains("absent");
        assert!(columns.is_empty() || is_dangling, "{name}: {columns:?}");
        assert!(columns.iter().all(|column| column.contains("a link to")), "{name}: {columns:?}");
    }
    let pynwb = Recording::open(folder.path().join("pynwb.nwb")).unwrap();
    let labels = |name: &str| pynwb.unit_columns.iter().find(|column| column.name == name).unwrap().values.labels();
    assert_eq!(labels("location"), ["M1", "M1+PMd", "PMd"]);
    assert_eq!(labels("electrode_group"), ["M1", "PMd"]);
    assert!(matches!(column(&pynwb, "target_pos"), Column::Vector(values) if values[3] == [3.0, -3.0]));
}

const VALIDATE: &str = "
import pynwb
with pynwb.NWBHDF5IO('session.nwb', 'r', load_namespaces=False) as io:
    session = io.read()
    assert len(session.units) == 64, session.units
    assert list(session.units.id[:3]) == [0, 1, 2]
    assert len(session.trials.to_dataframe()) == 160
    assert session.units['spike_times'][5][0] > 0
    assert not pynwb.validate(io=io), pynwb.validate(io=io)
";

#[test]
fn a_session_that_is_written_here_is_valid_for_pynwb() {
    let Some(libraries) = libraries() else { return };
    let folder = tempfile::tempdir().unwrap();
    write_nwb(&generate(&SyntheticOptions::default()).unwrap(), folder.path().join("session.nwb")).unwrap();
    libraries.run(VALIDATE, folder.path()).unwrap();
}

const COARSE: &str = "
import h5py, numpy as np
starts = np.arange(40) * 2.0
with h5py.File('coarse.nwb', 'w') as root:
    root.attrs['nwb_version'] = '2.7.0'
    root['units/spike_times'] = np.arange(8000).astype('f2') / 100
    root['units/spike_times_index'] = [8000]
    root['intervals/trials/start_time'] = starts
    root['intervals/trials/stop_time'] = starts + 1
    root['intervals/trials/go_cue_time'] = (starts + 0.5).astype('f2')
    root['intervals/trials/target_dir'] = (np.arange(40) % 4 * 90).astype('f2')
";

#[test]
fn times_in_few_bits_are_warned_of_and_labels_are_not() {
    let Some(libraries) = libraries() else { return };
    let folder = tempfile::tempdir().unwrap();
    libraries.run(COARSE, folder.path()).unwrap();
    let warnings = Recording::open(folder.path().join("coarse.nwb")).unwrap().warnings;
    let of = |column: &str| warnings.iter().filter(|warning| warning.starts_with(column)).count();
    assert_eq!(
        (of("/units/spike_times is stored"), of("/intervals/trials/go_cue_time is stored")),
        (1, 1),
        "{warnings:?}"
    );
    assert_eq!(warnings.len(), 2, "{warnings:?}");
}

const SPARSE: &str = "
import h5py
with h5py.File('raw.nwb', 'w') as root:
    root.attrs['nwb_version'] = '2.7.0'
    root.create_dataset('acquisition/raw', (5_000_000_000,), 'i2', chunks=None)
    root['acquisition/raw'][-1] = 1
    root['units/spike_times'] = [0.5, 1.5]
    root['units/spike_times_index'] = [1, 2]
    root.create_dataset('units/noise', (1_000_000_000,), 'f8')
with h5py.File('spikes.nwb', 'w') as root:
    root.attrs['nwb_version'] = '2.7.0'
    times = root.create_dataset('units/spike_times', (1_250_000_000,), 'f8', chunks=None)
    times[-1] = 1.0
    root['units/spike_times_index'] = [1_250_000_000]
";

/// The most memory that this process has had, bytes.
fn peak_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    1024 * line.trim().trim_end_matches(" kB").parse::<u64>().unwrap()
}

#[test]
fn recordings_of_10_gb_stay_within_memory() {
    let Some(libraries) = libraries() else { return };
    let folder = tempfile::tempdir().unwrap();
    libraries.run(SPARSE, folder.path()).unwrap();
    let [raw, spikes] = ["raw.nwb", "spikes.nwb"].map(|name| folder.path().join(name));
    assert!(fs::metadata(&raw).unwrap().len() >= 10_000_000_000);
    assert_eq!(Recording::open(raw).unwrap().units, [vec![0.5], vec![1.5]]);
    let error = Recording::open(spikes).unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    assert!(peak_bytes() < recording::READ_MAX_BYTES, "{} bytes", peak_bytes());
}
