//! Opening files: real sessions, event lists, and files that are neither.

use std::fs;
use std::path::PathBuf;

use recording::{Column, Dataset, Error, Format, Recording, WindowOptions, companion_path, write_nwb};
use tempfile::TempDir;

use crate::shared_data::shared_data;

fn write(files: &[(&str, &str)]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let path = folder.path().join(files[0].0);
    (folder, path)
}

#[test]
fn opens_a_premotor_session() {
    let Some(path) = shared_data("pmd_delay_7targets.nwb") else { return };
    let recording = Recording::open(path).unwrap();
    assert_eq!((recording.n_channels(), recording.n_spikes(), recording.trials.len()), (61, 50_353, 210));
    assert_eq!(recording.format, Format::Nwb);
    assert_eq!(recording.sha256, "2c81e0519fa0fd325e5eefdeea28bf56cc71204c533af5a0f0608df8f964f87a");
    assert!(recording.units.iter().all(|unit| unit.is_sorted()));
    assert!(recording.description.starts_with("Macaque premotor cortex"));
    let dataset = Dataset::cut(&recording, &WindowOptions::default()).unwrap();
    assert_eq!((dataset.label_column.as_str(), dataset.n_trials), ("target_label", 210));
    assert_eq!(dataset.classes, ["0", "1", "2", "3", "4", "5", "6"]);
    assert_eq!(dataset.shortest_span_ms, 400.0);
    // The windows of 400 ms are the whole file: every spike is in one, and none twice in a tick of the source.
    let whole = Dataset::cut(&recording, &WindowOptions { window_ms: 400, ..WindowOptions::default() }).unwrap();
    assert_eq!(whole.spikes_per_window() * 210.0, 50_353.0);
}

#[test]
fn a_real_session_survives_writing() {
    let Some(path) = shared_data("pmd_delay_7targets.nwb") else { return };
    let recording = Recording::open(path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("pmd_delay_7targets.nwb");
    write_nwb(&recording, &copy).unwrap();
    let again = Recording::open(&copy).unwrap();
    assert_eq!(again, Recording { path: copy, sha256: again.sha256.clone(), ..recording });
}

#[test]
fn opens_a_session_with_text_columns() {
    let Some(path) = shared_data("centre_out_small.nwb") else { return };
    let recording = Recording::open(path).unwrap();
    let names: Vec<&str> = recording.trials.column_names().collect();
    assert_eq!(names, ["target_direction", "go_cue_time", "split"]);
    let Column::Text(split) = recording.trials.column("split").unwrap() else { panic!("split is not text") };
    assert_eq!((split[0].as_str(), split[15].as_str()), ("train", "test"));
    let options = WindowOptions { align_column: Some("go_cue_time".into()), ..WindowOptions::default() };
    let dataset = Dataset::cut(&recording, &options).unwrap();
    assert_eq!(dataset.classes, ["0", "90", "180", "270"]);
    assert!((dataset.shortest_span_ms - 800.0).abs() < 1e-6);
}

#[test]
fn opens_units_without_spikes_behind_a_narrow_index() {
    let Some(path) = shared_data("empty_units.nwb") else { return };
    let recording = Recording::open(path).unwrap();
    assert_eq!(recording.units, [vec![], vec![0.1, 0.2], vec![], vec![0.05]]);
    let error = Dataset::cut(&recording, &WindowOptions::default()).unwrap_err();
    assert!(matches!(error, Error::NoLabelColumn { .. }), "{error}");
}

#[test]
fn opens_an_event_list_with_its_companion() {
    let events = "# made by hand\n\nt_ms,channel\n2.5, 1\n0.5,0 \n1.5,0\n";
    let trials = "start_ms,stop_ms,label,side,go_ms,weight\n0,10,1,\"up, left\",2,\n10,20.5,2,down,12,0.5\n";
    let (_folder, path) = write(&[("day.csv", events), ("day.trials.csv", trials)]);
    let recording = Recording::open(&path).unwrap();
    assert_eq!((recording.format, recording.name.as_str()), (Format::EventList, "day"));
    assert_eq!(recording.units, [vec![0.0005, 0.0015], vec![0.0025]]);
    assert_eq!((&recording.trials.start_s[..], &recording.trials.stop_s[..]), (&[0.0, 0.01][..], &[0.01, 0.0205][..]));
    assert_eq!(recording.trials.column("label").unwrap(), &Column::Integer(vec![1, 2]));
    assert_eq!(recording.trials.column("side").unwrap(), &Column::Text(vec!["up, left".into(), "down".into()]));
    let Column::Real(weight) = recording.trials.column("weight").unwrap() else { panic!("weight is not real") };
    assert!(weight[0].is_nan() && weight[1] == 0.5);
    assert_eq!(recording.trials.times_s("go_ms").unwrap(), [0.002, 0.012]);
    let before = recording.sha256;
    fs::write(companion_path(&path), trials.replace("down", "up")).unwrap();
    assert_ne!(Recording::open(&path).unwrap().sha256, before);
}

#[test]
fn an_event_list_without_companion_opens_and_windows_name_the_file_to_write() {
    let (_folder, path) = write(&[("day.csv", "t_ms,channel\r\n1,0\r\n")]);
    let recording = Recording::open(&path).unwrap();
    assert!(recording.trials.is_empty());
    let message = Dataset::cut(&recording, &WindowOptions::default()).unwrap_err().to_string();
    assert!(message.contains("no trials") && message.contains("day.trials.csv"), "{message}");
}

#[test]
fn a_path_that_does_not_exist_is_named() {
    let error = Recording::open("no/such/session.nwb").unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }));
    assert!(error.to_string().contains("no/such/session.nwb: no such file"), "{error}");
}

#[test]
fn a_folder_is_no_recording() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Recording::open(folder.path()), Err(Error::OtherFormat { .. })));
}

#[test]
fn a_file_that_is_neither_hdf5_nor_an_event_list_is_refused() {
    for text in ["# only a comment\n", "time,unit\n1,2\n", "1.0,2\n"] {
        let (_folder, path) = write(&[("session.nwb", text)]);
        let error = Recording::open(&path).unwrap_err();
        assert!(matches!(error, Error::UnknownFormat { .. }), "{text:?}: {error}");
        assert!(error.to_string().contains("t_ms,channel"), "{error}");
    }
    for text in ["", "PK\u{3}\u{4}", "<!DOCTYPE html>"] {
        let (_folder, path) = write(&[("session.nwb", text)]);
        let error = Recording::open(&path).unwrap_err();
        assert!(matches!(error, Error::OtherFormat { .. }), "{text:?}: {error}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.png");
    fs::write(&path, [0x89, b'P', 0xff, 0xfe, 0]).unwrap();
    assert!(Recording::open(&path).unwrap_err().to_string().contains("not text in UTF-8"));
}

#[test]
fn an_event_list_without_events_has_no_units() {
    let (_folder, path) = write(&[("day.csv", "t_ms,channel\n")]);
    assert!(matches!(Recording::open(&path), Err(Error::NoUnits { .. })));
}

#[test]
fn a_bad_line_is_named_by_its_number() {
    for (line, part) in [
        ("x,1", "`x`"),
        ("1e300,1", "`1e300` is too large for a time"),
        ("1.7e18,1", "too large for milliseconds; it is probably in nanoseconds"),
        ("1,-1", "`-1`"),
        ("1,1.5", "`1.5`"),
        ("1,70000", "65535"),
        ("1", "1 fields"),
        ("1,2,3", "3 fields"),
        ("1, \"2\"", "a quote"),
        ("\"1,2\n3,4", "a quote"),
    ] {
        let (_folder, path) = write(&[("day.csv", &format!("t_ms,channel\n# a comment\n1,0\n{line}\n"))]);
        let message = Recording::open(&path).unwrap_err().to_string();
        assert!(message.contains("line 4") && message.contains(part), "{line}: {message}");
    }
}

#[test]
fn a_quoted_field_has_commas_and_doubled_quotes() {
    let trials = "start_ms,stop_ms,label\n0,1,\"up, left\"\n  # a comment\n1,2,\"a \"\"b\"\" c\" \n";
    let (_folder, path) = write(&[("day.csv", "t_ms,channel\n1,0\n"), ("day.trials.csv", trials)]);
    let labels = Column::Text(vec!["up, left".into(), "a \"b\" c".into()]);
    assert_eq!(Recording::open(&path).unwrap().trials.column("label").unwrap(), &labels);
}

#[test]
fn cells_that_say_missing_are_missing() {
    let trials =
        "start_ms,stop_ms,dir,side,n\n0,1,270,left,1\n1,NA,NA,NA,2\n2,1,nan,null,3\nNaN,3,90,,\n3,4,,right,5\n";
    let (_folder, path) = write(&[("day.csv", "t_ms,channel\n1,0\n"), ("day.trials.csv", trials)]);
    let trials = Recording::open(&path).unwrap().trials;
    assert_eq!(trials.column("dir").unwrap().labels(), ["90", "270"]);
    let side = ["left", "", "", "", "right"].map(str::to_owned).to_vec();
    assert_eq!(trials.column("side").unwrap(), &Column::Text(side));
    let Column::Real(n) = trials.column("n").unwrap() else { panic!("n is not real") };
    assert!(n[3].is_nan() && n[4] == 5.0);
    let usable: Vec<bool> = (0..5).map(|trial| trials.has_usable_times(trial)).collect();
    assert_eq!(usable, [true, false, false, false, true]);
}

#[test]
fn empty_channels_and_a_clock_that_falls_back_are_warned_of() {
    let warnings = |events: &str| {
        let text = format!("t_ms,channel\n{events}");
        Recording::from_event_list("day.csv", text.as_bytes(), None).unwrap().warnings
    };
    assert_eq!(warnings("1,0\n2,1\n"), [""; 0]);
    let one_based = &warnings("1,1\n2,2\n")[0];
    assert!(one_based.contains("1 of 3 channels") && one_based.contains("counted from 1"), "{one_based}");
    let sparse = &warnings("1,0\n2,40\n")[0];
    assert!(sparse.contains("39 of 41 channels") && sparse.contains("1, 2, 3") && sparse.contains("..."), "{sparse}");
    let fallen = &warnings("5,0\n1,1\n3,0\n2,1\n")[0];
    assert!(fallen.contains("1 unit(s)") && fallen.contains("unit 0 from 0.005 s to 0.003 s"), "{fallen}");
}

#[test]
fn missing_spike_times_are_left_out_and_counted() {
    let events = "t_ms,channel\n1,0\nnan,0\n,1\ninf,1\n2,2\n";
    let recording = Recording::from_event_list("day.csv", events.as_bytes(), None).unwrap();
    assert_eq!(recording.units, [vec![0.001], vec![], vec![0.002]]);
    let warnings = recording.warnings.join("; ");
    assert!(warnings.contains("3 spike time(s) of 2 unit(s)") && warnings.contains("left out"), "{warnings}");
}

#[test]
fn a_list_in_no_order_does_not_blame_the_clock() {
    let mixed: String = (0..100).map(|spike| format!("{},{}\n", spike * 37 % 101, spike % 2)).collect();
    let text = format!("t_ms,channel\n{mixed}");
    let recording = Recording::from_event_list("day.csv", text.as_bytes(), None).unwrap();
    assert!(recording.units.iter().all(|unit| unit.is_sorted()));
    assert_eq!(recording.warnings, [""; 0]);
}

#[test]
fn a_companion_in_latin_1_is_told_to_be_utf_8() {
    let trials = b"start_ms,stop_ms,side\n0,1,left\n1,2,derri\xe8re\n";
    let error = Recording::from_event_list("day.csv", b"t_ms,channel\n1,0\n", Some(trials)).unwrap_err().to_string();
    assert!(error.contains("line 3") && error.contains("UTF-8"), "{error}");
}

#[test]
fn bytes_in_memory_give_the_same_as_files() {
    let (events, trials) = ("t_ms,channel\n1,0\n", "start_ms,stop_ms,label\n0,1,2\n");
    let (_folder, path) = write(&[("day.csv", events), ("day.trials.csv", trials)]);
    let opened = Recording::open(&path).unwrap();
    assert_eq!(Recording::from_event_list(&path, events.as_bytes(), Some(trials.as_bytes())).unwrap(), opened);
}

#[test]
fn a_text_beyond_the_memory_limit_is_refused() {
    let sparse = tempfile::NamedTempFile::new().unwrap();
    sparse.as_file().set_len(recording::READ_MAX_BYTES + 1).unwrap();
    let error = Recording::open(sparse.path()).unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }) && error.to_string().contains("2048 MiB"), "{error}");
}

#[test]
fn a_bad_companion_is_named() {
    for (trials, part) in [
        ("", "no header"),
        ("stop_ms,label\n1,2\n", "`start_ms`"),
        ("start_ms,label\n1,2\n", "`stop_ms`"),
        ("start_ms,stop_ms\n1,x\n", "line 2"),
        ("start_ms,stop_ms\n1,2\n\n#\n4,1:30\n", "line 5"),
        ("start_ms,stop_ms,label\n1,2\n", "2 fields"),
        ("start_ms,stop_ms,a,a\n1,2,3,4\n", "`a`"),
        ("start_ms,start_ms,stop_ms\n1,2,3\n", "`start_ms`"),
        ("start_time,stop_ms\n1,2\n", "no column `start_ms`, but start_time, stop_ms"),
    ] {
        let (_folder, path) = write(&[("day.csv", "t_ms,channel\n1,0\n"), ("day.trials.csv", trials)]);
        let message = Recording::open(&path).unwrap_err().to_string();
        assert!(message.contains("day.trials.csv") && message.contains(part), "{trials:?}: {message}");
    }
}

#[test]
fn semicolons_and_tabs_separate_if_the_header_has_them() {
    let (events, trials) = ("t_ms,channel\n1,0\n2.5,1\n", "start_ms,stop_ms,label,side\n0,1,2,\n1,2,,up\n");
    let expected = Recording::from_event_list("day.csv", events.as_bytes(), Some(trials.as_bytes())).unwrap();
    for separator in [";", "\t"] {
        let [events, trials] = [events, trials].map(|text| text.replace(',', separator).replace('\n', "\r\n"));
        let recording = Recording::from_event_list("day.csv", events.as_bytes(), Some(trials.as_bytes())).unwrap();
        assert_eq!((&recording.units, &recording.trials.start_s), (&expected.units, &expected.trials.start_s));
        assert_eq!(format!("{:?}", recording.trials.columns), format!("{:?}", expected.trials.columns));
        // Each file has its own.
        let mixed = Recording::from_event_list("day.csv", b"# a; b\nt_ms,channel\n1,0\n", Some(trials.as_bytes()));
        assert_eq!(mixed.unwrap().trials.len(), 2);
    }
    let error = Recording::from_event_list("day.csv", b"t_ms;channel\n1,5;0\n", None).unwrap_err().to_string();
    assert!(error.contains("line 2") && error.contains("decimals have a point"), "{error}");
}

#[test]
fn columns_without_a_name_are_passed_over() {
    let expected = Recording::from_event_list("day.csv", b"t_ms,channel\n1,0\n2,3\n", None).unwrap();
    for events in [
        ",t_ms,channel\n0,1,0\n1,2,3\n",
        "t_ms,channel,\n1,0,\n2,3,\n",
        "channel,t_ms\n0,1\n3,2\n",
        "t_ms,channel\n1,0.0\n2,3.000e+00\n",
    ] {
        let recording = Recording::from_event_list("day.csv", events.as_bytes(), None).unwrap();
        assert_eq!(recording.units, expected.units, "{events:?}");
    }
    // Units of one channel are no one unit.
    for header in ["t_ms,channel,unit", "t_ms,t_ms,channel", "t_ms,,"] {
        let events = format!("{header}\n1,0,1\n");
        assert!(matches!(
            Recording::from_event_list("day.csv", events.as_bytes(), None),
            Err(Error::UnknownFormat { .. })
        ));
    }
    let trials = b",start_ms,stop_ms,label,\n0,0,1,2,\n1,1,2,3,\n";
    let trials = Recording::from_event_list("day.csv", b"t_ms,channel\n1,0\n", Some(trials)).unwrap().trials;
    assert_eq!(trials.column_names().collect::<Vec<_>>(), ["label"]);
    assert_eq!(trials.unreadable.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["column 1"]);
}

#[test]
fn text_in_utf_16_is_named() {
    let utf_16 =
        |text: &str| [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let events = utf_16("t_ms,channel\n1,0\n");
    let error = Recording::from_event_list("day.csv", &events, None).unwrap_err().to_string();
    assert!(error.contains("UTF-16"), "{error}");
    let trials = utf_16("start_ms,stop_ms\n1,2\n");
    let error = Recording::from_event_list("day.csv", b"t_ms,channel\n1,0\n", Some(&trials)).unwrap_err().to_string();
    assert!(error.contains("day.trials.csv") && error.contains("UTF-16"), "{error}");
}
