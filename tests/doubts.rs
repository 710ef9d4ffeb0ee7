//! What is probably not meant, though it can be read, is a warning; what cannot be meant is refused with the likely cause.

use std::fs;

use recording::{Column, Recording};
use serde_json::json;

use crate::choosing::{column, decode, rewrite};
use crate::support::{Folder, brief, json_lines, refuses, succeed, trained};

const INPUT: i32 = 1;

/// An event list of two channels that fire every 5 ms for 4 s, with trials of 100 ms every 200 ms; `columns` and `cells` are those of
/// its trials after start and stop.
fn event_list(folder: &Folder, name: &str, columns: &str, cells: impl Fn(usize) -> String) -> String {
    let path = folder.path(&format!("{name}.csv"));
    let spikes: String = (0..1600).map(|spike| format!("{},{}\n", 5 * (spike / 2), spike % 2)).collect();
    fs::write(&path, format!("t_ms,channel\n{spikes}")).unwrap();
    let row = |trial: usize| format!("{},{},{}\n", 200 * trial, 200 * trial + 100, cells(trial));
    let rows: String = (0..20).map(row).collect();
    fs::write(folder.path(&format!("{name}.trials.csv")), format!("start_ms,stop_ms,{columns}\n{rows}")).unwrap();
    path
}

#[test]
fn trials_outside_the_spikes_are_warned_of_and_left_out() {
    let folder = Folder::new();
    let session = folder.path("early.csv");
    // Every 2 to 6 ms, for 1.9 s.
    let mut time_ms = 0;
    let spikes: String = (0..475)
        .map(|spike| {
            time_ms += 2 + spike * spike % 7;
            format!("{time_ms},0\n")
        })
        .collect();
    fs::write(&session, format!("t_ms,channel\n{spikes}")).unwrap();
    let rows: String = (0..20).map(|trial| format!("{},{},{}\n", 200 * trial, 200 * trial + 100, trial % 2)).collect();
    fs::write(folder.path("early.trials.csv"), format!("start_ms,stop_ms,label\n{rows}")).unwrap();
    let json = json_lines(&succeed(&["info", &session, "--json"])).remove(0);
    assert!(json["warnings"][0].as_str().unwrap().contains("10 of 20 trials end before the first spike"), "{json}");
    let text = succeed(&["info", &session]);
    assert!(text.contains("\nwarnings     10 of 20 trials"), "{text}");
    let report = brief(&session, &folder.path("early.img"), &[]);
    assert_eq!((&report["n_trials"], &report["left_out"]["outside_spikes"]), (&json!(10), &json!(10)));
}

#[test]
fn windows_without_spikes_are_warned_of_wherever_they_are_cut() {
    let folder = Folder::new();
    let gap = folder.synthetic();
    rewrite(&gap, |recording| {
        let trials = &recording.trials;
        let (first_s, last_s) = (trials.start_s[4], trials.stop_s[11]);
        recording.units.iter_mut().for_each(|unit| unit.retain(|time_s| !(first_s..last_s).contains(time_s)));
    });
    let warning = "8 of 24 windows have no spike";
    let image = folder.path("gap.img");
    let report = brief(&gap, &image, &[]);
    assert!(report["warnings"].to_string().contains(warning), "{report}");
    let (summary, errors) = decode(&gap, &image, &[]);
    assert!(summary["warnings"].to_string().contains(warning) && errors.contains(warning), "{errors}");
    let study = ["study", &gap, "-o", &folder.path("report"), "--quick", "--only", "tuning", "--angles", "0,90"];
    refuses(INPUT, &study, &[warning, "2 angles for 4 classes"]);
}

#[test]
fn times_in_nanoseconds_are_named() {
    let folder = Folder::new();
    let session = folder.synthetic();
    rewrite(&session, |recording| {
        recording.units.iter_mut().flatten().for_each(|time_s| *time_s = 1.6e18 + *time_s * 1e9);
    });
    let image = folder.path("net.img");
    let parts = ["spike time 1.6", "too large for seconds; it is probably in nanoseconds"];
    refuses(INPUT, &["train", &session, "-o", &image], &parts);
    refuses(INPUT, &["info", &session], &parts);
    let list = folder.path("day.csv");
    fs::write(&list, "t_ms,channel\n1600000000000000000,0\n").unwrap();
    refuses(INPUT, &["info", &list], &["line 2", "too large for milliseconds; it is probably in nanoseconds"]);
}

#[test]
fn numbers_of_classes_are_not_taken_for_angles_without_a_word() {
    let folder = Folder::new();
    let session = event_list(&folder, "numbered", "target_id,word", |trial| format!("{},w{}", trial % 4, trial % 2));
    let image = folder.path("net.img");
    let bins = ["train", &session, "-o", &image, "--bin-angles", "4"];
    refuses(INPUT, &bins, &["`target_id`", "1 class(es) (0; numbers taken as degrees)"]);
    refuses(INPUT, &[&bins[..], &["--label-column", "word"]].concat(), &["`word`", "choose another column"]);
}

#[test]
fn conditions_on_ids_and_quoted_values_are_understood() {
    let folder = Folder::new();
    let session = event_list(&folder, "quoted", "label,note,same", |trial| {
        format!("{},{},270", trial % 2, if trial < 4 { "\"say \"\"hi\"\"\"" } else { "-0.0" })
    });
    let chosen = |conditions: &str| succeed(&["info", &session, "--where", conditions]);
    for (conditions, part) in [
        ("id=3|4|5", "3 of 20 trials"),
        ("note=\"say \"\"hi\"\"\"", "4 of 20 trials"),
        ("id>=8,label=1", "6 of 20 trials"),
    ] {
        let text = chosen(conditions);
        assert!(text.contains(part), "{conditions}: {text}");
    }
    let text = succeed(&["info", &session]);
    assert!(text.contains("270 (20)") && !text.contains("270 to 270"), "{text}");
    refuses(INPUT, &["info", &session, "--where", "id=>4"], &["`id=>4`", "write `>=`", "correct `--where`"]);
    refuses(INPUT, &["info", &session, "--where", "note=\"a"], &["write it twice"]);
}

#[test]
fn units_in_the_area_and_another_are_not_left_out_without_a_word() {
    let folder = Folder::new();
    let session = folder.synthetic();
    rewrite(&session, |recording| {
        let area = |row: usize| ["M1", "M1+PMd", "PMd"][row % 3].to_owned();
        recording.unit_columns.push(column("location", Column::Text((0..24).map(area).collect())));
    });
    let warning = "`location=M1` leaves out units with several values of which it names one: M1+PMd (8)";
    let report = brief(&session, &folder.path("m1.img"), &["--units", "location=M1"]);
    assert_eq!(report["n_channels"], 8);
    assert!(report["warnings"].to_string().contains(warning), "{report}");
    let text = succeed(&["info", &session, "--units", "location=M1"]);
    assert!(text.contains(warning), "{text}");
}

#[test]
fn a_session_that_was_sorted_again_at_regular_times_is_not_called_unseen() {
    let folder = Folder::new();
    let again = folder.path("again.nwb");
    succeed(&["synth", "-o", &again, "--channels", "24", "--directions", "4", "--trials", "6", "--seed", "6"]);
    let trials = Recording::open(&trained().recording).unwrap().trials;
    rewrite(&again, |recording| recording.trials = trials);
    let (summary, _) = decode(&again, &trained().image, &[]);
    let training = &summary["training"];
    assert_eq!(
        (&training["has_seen"], &training["trials"], &training["units"]),
        (&json!("unknown"), &json!(24), &json!(0))
    );
    assert_eq!(summary["n_windows"], 24);
    for options in [&[][..], &["--trials", "all"]] {
        let text = succeed(&[&["decode", &again, "--network", &trained().image], options].concat());
        assert!(text.contains("training trials perhaps included: 24 of its 24 trials"), "{text}");
        assert!(text.contains("do not tell whether it is the same session") && !text.contains("not seen"), "{text}");
    }
    let image = folder.path("both.img");
    let report = brief(&trained().recording, &image, &[&again]);
    let warnings = report["warnings"].to_string();
    assert!(warnings.contains("24 trials of again are at the times of trials of synthetic"), "{warnings}");
}

#[test]
fn several_recordings_whose_units_are_probably_others_are_warned_of() {
    let folder = Folder::new();
    let [first, second] = ["first.nwb", "second.nwb"].map(|name| folder.path(name));
    for (path, seed) in [(&first, "5"), (&second, "6")] {
        succeed(&["synth", "-o", path, "--channels", "24", "--directions", "4", "--trials", "6", "--seed", seed]);
    }
    let warnings = |ids: &dyn Fn(i64) -> i64, row: &dyn Fn(usize, usize) -> usize| {
        for (path, shift) in [(&first, 0), (&second, 1)] {
            rewrite(path, |recording| {
                recording.unit_columns.retain(|column| column.name != "id");
                recording.unit_columns.push(column("id", Column::Integer((0..24).map(ids).collect())));
                let units = recording.units.clone();
                for (unit, times_s) in recording.units.iter_mut().enumerate() {
                    // Rates rise in one and fall in the other.
                    let keep = 1 + row(unit, shift);
                    *times_s = units[unit].iter().step_by(keep).copied().collect();
                }
            });
        }
        brief(&first, &folder.path("net.img"), &[&second])["warnings"].to_string()
    };
    let found = warnings(&|row| 100 + row, &|row, shift| if shift == 0 { row } else { 23 - row });
    assert!(found.contains("the units of second were matched by id; their mean rates hardly agree"), "{found}");
    let found = warnings(&|_| 5, &|_, _| 0);
    assert!(found.contains("24 of 24 units have the id of another, first `5`"), "{found}");
    assert!(found.contains("matched by row only, since no ids tell whether they are those of first"), "{found}");
}

#[test]
fn units_are_matched_by_id_with_labels_and_without() {
    let folder = Folder::new();
    let [first, other] = ["first.nwb", "other.nwb"].map(|name| folder.path(name));
    for (path, seed, reverse) in [(&first, "5", false), (&other, "6", true)] {
        succeed(&["synth", "-o", path, "--channels", "24", "--directions", "4", "--trials", "6", "--seed", seed]);
        rewrite(path, |recording| {
            recording.unit_columns.retain(|column| column.name != "id");
            let mut ids: Vec<i64> = (100..124).collect();
            if reverse {
                ids.reverse();
                recording.units.reverse();
            }
            recording.unit_columns.push(column("id", Column::Integer(ids)));
        });
    }
    let image = folder.path("net.img");
    brief(&first, &image, &[]);
    let (labelled, _) = decode(&other, &image, &[]);
    assert_eq!(labelled["units"]["by"], "id");
    rewrite(&other, |recording| recording.trials.columns.retain(|column| column.name != "target_direction"));
    let (unlabelled, _) = decode(&other, &image, &[]);
    assert_eq!((&unlabelled["accuracy"], &unlabelled["units"]["by"]), (&json!(null), &json!("id")));
    assert_eq!(unlabelled["scores_hash"], labelled["scores_hash"]);
    let said = succeed(&["decode", &other, "--network", &image]);
    assert!(said.contains("units        matched by id") && said.contains("`--json` prints them"), "{said}");
}

#[test]
fn classes_of_the_network_that_no_trial_has_are_warned_of() {
    let folder = Folder::new();
    let (recording, image) = (&trained().recording, &trained().image);
    let other = folder.path("two.nwb");
    let mut two = Recording::open(recording).unwrap();
    // Other spikes, so that it is another session.
    two.units.iter_mut().flatten().for_each(|time_s| *time_s += 0.0013);
    let directions = two.trials.columns.iter_mut().find(|column| column.name == "target_direction").unwrap();
    let Column::Real(degrees) = &mut directions.values else { panic!("{directions:?}") };
    degrees.iter_mut().for_each(|degrees| *degrees = if *degrees < 100.0 { 0.0 } else { 180.0 });
    recording::write_nwb(&two, &other).unwrap();
    let summary = json_lines(&succeed(&["decode", &other, "-n", image, "--trials", "all", "--json"])).pop().unwrap();
    let warnings = summary["warnings"].to_string();
    assert!(warnings.contains("2 of the 4 classes of the network have no trial here: 90, 270"), "{warnings}");
}
