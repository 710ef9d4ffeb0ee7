//! Choosing units and trials, trials that are left out, and recordings that training has seen in another file.

use std::fs;

use recording::{Column, NamedColumn, Recording, write_nwb};
use serde_json::{Value, json};

use crate::support::{Folder, json_lines, motorsrnn, refuses, shared_data, succeed, trained};

const INPUT: i32 = 1;

/// The path of a recording as users have them.
fn users(name: &str) -> Option<String> {
    Some(shared_data(&format!("users/{name}"))?.to_str()?.to_owned())
}

/// The last line of a decode, and what was printed on standard error.
pub fn decode(recording: &str, image: &str, options: &[&str]) -> (Value, String) {
    let output = motorsrnn(&[&["decode", recording, "--network", image, "--json"], options].concat());
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{errors}");
    (json_lines(&String::from_utf8(output.stdout).unwrap()).pop().unwrap(), errors)
}

/// Changes the recording in a file, and writes it again.
pub fn rewrite(path: &str, change: impl FnOnce(&mut Recording)) {
    let mut recording = Recording::open(path).unwrap();
    change(&mut recording);
    write_nwb(&recording, path).unwrap();
}

pub fn column(name: &str, values: Column) -> NamedColumn {
    NamedColumn { name: name.into(), description: "for a test".into(), values }
}

fn texts(values: impl IntoIterator<Item = &'static str>) -> Column {
    Column::Text(values.into_iter().map(str::to_owned).collect())
}

#[test]
fn a_session_that_was_exported_again_has_the_same_held_out_trials() {
    let folder = Folder::new();
    let recording = folder.path("exported_again.nwb");
    let mut again = Recording::open(&trained().recording).unwrap();
    again.description = "exported again".into();
    write_nwb(&again, &recording).unwrap();
    assert_ne!(fs::read(&recording).unwrap(), fs::read(&trained().recording).unwrap());
    let (summary, errors) = decode(&recording, &trained().image, &[]);
    assert_eq!(
        (&summary["trials"], &summary["training"]["has_seen"]),
        (&json!("held out"), &json!("all_but_held_out"))
    );
    assert_eq!(summary["scores_hash"], trained().report["scores_hash"]);
    assert_eq!(errors, "");
}

#[test]
fn an_event_and_a_label_of_other_names_are_given_to_decode() {
    let folder = Folder::new();
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");
    let (image, recording) = (format!("{examples}/decoder.img"), folder.path("renamed.nwb"));
    let (expected, _) = decode(&format!("{examples}/centre_out.nwb"), &image, &[]);
    fs::copy(format!("{examples}/centre_out.nwb"), &recording).unwrap();
    let rename = |from: &str, to: &str| {
        rewrite(&recording, |session| {
            session.trials.columns.iter_mut().filter(|column| column.name == from).for_each(|column| {
                column.name = to.into();
            });
        });
    };
    rename("go_cue_time", "cue_time");
    let brief = ["decode", &recording, "--network", &image];
    refuses(INPUT, &brief, &["`go_cue_time`", "cue_time", "--align"]);
    assert_eq!(decode(&recording, &image, &["--align", "cue_time"]).0["scores_hash"], expected["scores_hash"]);
    rename("target_direction", "where_to");
    let (unlabelled, warning) = decode(&recording, &image, &["--align", "cue_time"]);
    assert_eq!(unlabelled["accuracy"], Value::Null);
    assert!(warning.contains("`target_direction`") && warning.contains("--label-column"), "{warning}");
    let (named, _) = decode(&recording, &image, &["--align", "cue_time", "--label-column", "where_to"]);
    assert_eq!(named["scores_hash"], expected["scores_hash"]);
}

#[test]
fn a_session_as_users_export_it_again_has_the_same_held_out_trials() {
    let (Some(base), Some(exported_again)) = (users("a01_base.nwb"), users("b06_written_anew.nwb")) else { return };
    let folder = Folder::new();
    let (image, report) = folder.train(&base, "base.img", &["--align", "go_cue_time"]);
    let (summary, _) = decode(&exported_again, &image, &[]);
    assert_eq!((&summary["trials"], &summary["n_windows"]), (&json!("held out"), &json!(40)));
    assert_eq!((&summary["scores_hash"], &summary["accuracy"]), (&report["scores_hash"], &report["image_accuracy"]));
}

#[test]
fn a_session_that_shares_spikes_is_not_called_unseen() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    rewrite(&recording, |recording| {
        recording.trials.start_s.iter_mut().for_each(|start_s| *start_s += 0.05);
    });
    refuses(
        INPUT,
        &["decode", &recording, "--network", &trained().image],
        &[&recording, "in part that of the training", "spikes of 24 of its 24 units", "--trials all"],
    );
    let (summary, _) = decode(&recording, &trained().image, &["--trials", "all"]);
    assert_eq!((&summary["training"]["has_seen"], &summary["training"]["units"]), (&json!("part"), &json!(24)));
    assert!(summary["trials"].as_str().unwrap().contains("perhaps included"), "{summary}");
}

#[test]
fn units_of_another_session_are_matched_with_a_word() {
    let folder = Folder::new();
    let other = folder.path("other.nwb");
    succeed(&["synth", "-o", &other, "--channels", "24", "--directions", "4", "--trials", "6", "--seed", "6"]);
    let (summary, errors) = decode(&other, &trained().image, &[]);
    assert_eq!((&summary["units"]["by"], &summary["training"]["has_seen"]), (&json!("row"), &json!("nothing")));
    assert!(errors.contains("warning") && errors.contains("matched by row only"), "{errors}");
    let output = motorsrnn(&["decode", &other, "--network", &trained().image]);
    let [text, errors] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(text.contains("\nunits        matched by row only"), "{text}");
    assert!(!errors.contains("matched"), "{errors}");
}

#[test]
fn units_of_another_day_are_said_to_be_others() {
    let (Some(base), Some(day4)) = (users("a01_base.nwb"), users("b01_day4_same_count_more_trials.nwb")) else {
        return;
    };
    let folder = Folder::new();
    let (image, _) = folder.train(&base, "base.img", &["--align", "go_cue_time"]);
    let (summary, errors) = decode(&day4, &image, &[]);
    assert_eq!(summary["training"]["has_seen"], "nothing");
    assert!(errors.contains("matched by row only"), "{errors}");
}

/// A session in which half of the units and a fifth of the trials are of another kind.
fn mixed(folder: &Folder) -> String {
    let path = folder.path("mixed.nwb");
    succeed(&["synth", "-o", &path, "--channels", "24", "--directions", "4", "--trials", "10"]);
    rewrite(&path, |recording| {
        let area = |row: usize| if row.is_multiple_of(2) { "M1" } else { "PMd" };
        recording.unit_columns.push(column("location", texts((0..24).map(area))));
        recording.trials.columns.push(column("result", texts((0..40).map(|row| if row % 5 == 2 { "F" } else { "R" }))));
    });
    path
}

#[test]
fn a_selection_is_remembered_and_applied_by_decode() {
    let folder = Folder::new();
    let recording = mixed(&folder);
    let chosen = ["--units", "location=M1", "--where", "result=R"];
    let (image, report) = folder.train(&recording, "chosen.img", &chosen);
    assert_eq!((&report["n_trials"], &report["n_channels"], &report["n_units"]), (&json!(32), &json!(12), &json!(24)));
    assert_eq!((&report["left_out"]["not_chosen"], &report["left_out"]["too_short"]), (&json!(8), &json!(0)));
    let (summary, _) = decode(&recording, &image, &[]);
    assert_eq!(summary["scores_hash"], report["scores_hash"]);
    assert_eq!(summary["left_out"], report["left_out"]);
    let text = succeed(&["decode", &recording, "--network", &image]);
    assert!(text.contains("\nleft out     8 trials not chosen\n"), "{text}");
    // What is given to `decode` takes the place of the same option of the training, and nothing else does.
    let (all, _) = decode(&recording, &image, &["--trials", "all", "--where", "result=R|F"]);
    assert_eq!((&all["n_windows"], &all["left_out"]["not_chosen"]), (&json!(40), &json!(0)));
    // Training has not seen the trials that it did not choose.
    let (failed, _) = decode(&recording, &image, &["--where", "result=F"]);
    assert_eq!(
        (&failed["n_windows"], &failed["trials"]),
        (&json!(8), &json!("held out: trials that training did not choose"))
    );
    // No failed trial is of the first class; the others keep their places.
    let n_of_class: Vec<u64> = failed["confusion"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row.as_array().unwrap().iter().map(|count| count.as_u64().unwrap()).sum())
        .collect();
    assert_eq!(n_of_class, [0, 1, 3, 4]);
    let (both, _) = decode(&recording, &image, &["--where", "result=R|F"]);
    assert_eq!(both["trials"], "held out: 16 by the training, 8 that it did not choose");
    refuses(
        INPUT,
        &["decode", &recording, "--network", &image, "--units", "location!="],
        &["24 units", "12 input channels"],
    );
}

#[test]
fn a_selection_that_leaves_nothing_is_refused_with_what_there_is() {
    let folder = Folder::new();
    let recording = mixed(&folder);
    let image = folder.path("net.img");
    for (options, parts) in [
        (["--units", "location=S1"], ["`location=S1`", "M1 (12), PMd (12)", "correct `--units`"]),
        (["--where", "result=X"], ["`result=X`", "F (8), R (32)", "correct `--where`"]),
        (["--units", "area=M1"], ["no column `area`", "location", "units"]),
        (["--where", "result"], ["no operator", "go_cue_time", "correct `--where`"]),
    ] {
        let arguments = [&["train", &recording, "-o", &image], &options[..]].concat();
        refuses(INPUT, &arguments, &[&[recording.as_str()], &parts[..]].concat());
        refuses(INPUT, &[&["study", &recording, "-o", &folder.path("report")], &options[..]].concat(), &parts);
    }
    assert_eq!(folder.names(), ["mixed.nwb"]);
}

#[test]
fn a_condition_of_the_training_that_does_not_hold_elsewhere_is_named() {
    let folder = Folder::new();
    let recording = mixed(&folder);
    let (image, _) = folder.train(&recording, "net.img", &["--where", "result=R", "--units", "location=M1"]);
    let other = folder.path("other.nwb");
    succeed(&["synth", "-o", &other, "--channels", "24", "--directions", "4", "--trials", "6", "--seed", "6"]);
    let decode = ["decode", &other, "--network", &image];
    let of_training = "is that of the training; give another with";
    refuses(INPUT, &decode, &["no column `location`", of_training, "`--units`"]);
    let units = [&decode[..], &["--units", "id<12"]].concat();
    refuses(INPUT, &units, &["no column `result`", of_training, "`--where`"]);
    let output = motorsrnn(&[&units[..], &["--where", "speed=1"]].concat());
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("no column `speed`") && !errors.contains(of_training), "{errors}");
}

#[test]
fn a_session_as_labs_have_it_is_decoded_from_its_sorted_units_and_rewarded_trials() {
    let Some(recording) = users("b01.nwb") else { return };
    let folder = Folder::new();
    let options = ["--units", "location=M1,quality=good", "--where", "result=R", "--align", "go_cue_time"];
    let output = folder.path("m1.img");
    let report =
        json_lines(&succeed(&[&["train", &recording, "-o", &output, "--json"], &options[..]].concat())).remove(0);
    assert!(report["accuracy_mean"].as_f64().unwrap() >= 0.9, "{report}");
    assert!(report["left_out"]["not_chosen"].as_u64().unwrap() > 0, "{report}");
}

#[test]
fn several_recordings_are_one_set_and_each_knows_its_held_out_trials() {
    let folder = Folder::new();
    let [morning, noon] = ["morning.nwb", "noon.nwb"].map(|name| folder.path(name));
    for (path, seed) in [(&morning, "5"), (&noon, "6")] {
        succeed(&["synth", "-o", path, "--channels", "24", "--directions", "4", "--trials", "6", "--seed", seed]);
    }
    let output = folder.path("day.img");
    let trained = ["train", &morning, &noon, "-o", &output, "--json", "--epochs", "3", "--folds", "2"];
    let report = json_lines(&succeed(&trained)).remove(0);
    assert_eq!((&report["n_trials"], &report["recordings"]), (&json!(48), &json!(["morning", "noon"])));
    assert!(report["warnings"][0].as_str().unwrap().contains("matched by row"), "{report}");
    let counts = [&morning, &noon].map(|recording| {
        let (summary, errors) = decode(recording, &output, &[]);
        assert_eq!((&summary["trials"], errors.as_str()), (&json!("held out"), ""));
        summary["n_windows"].as_u64().unwrap()
    });
    assert_eq!(counts[0] + counts[1], 24);
    assert!(counts[0] < 24 && counts[1] < 24, "{counts:?}");
    let fewer = folder.path("fewer.nwb");
    succeed(&["synth", "-o", &fewer, "--channels", "23", "--directions", "4", "--trials", "6"]);
    let image = folder.path("refused.img");
    refuses(INPUT, &["train", &morning, &fewer, "-o", &image], &[&morning, &fewer, "24 and 23 units"]);
    refuses(INPUT, &["train", &morning, &morning, "-o", &image], &[&morning, "spikes in common"]);
}

#[test]
fn times_in_another_unit_are_refused_with_both_ranges() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    rewrite(&recording, |recording| recording.units.iter_mut().flatten().for_each(|time_s| *time_s *= 1e3));
    let image = folder.path("net.img");
    let parts = [&recording, "spikes are from", "trials from", "probably in milliseconds", "export again"];
    refuses(INPUT, &["train", &recording, "-o", &image], &parts);
    refuses(INPUT, &["decode", &recording, "-n", &trained().image], &parts);
    refuses(INPUT, &["study", &recording, "-o", &folder.path("report")], &parts);
}

#[test]
fn events_relative_to_their_trials_are_offered_an_option() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    rewrite(&recording, |recording| {
        let start_s = recording.trials.start_s.clone();
        let go = recording.trials.columns.iter_mut().find(|column| column.name == "go_cue_time").unwrap();
        let Column::Real(times_s) = &mut go.values else { panic!("they are times") };
        times_s.iter_mut().zip(start_s).for_each(|(time_s, start_s)| *time_s -= start_s);
    });
    let go = ["--align", "go_cue_time"];
    let image = folder.path("net.img");
    let arguments = [&["train", &recording, "-o", &image], &go[..]].concat();
    refuses(INPUT, &arguments, &["`go_cue_time`", "count from the start of their trial", "--align-relative"]);
    let (image, report) = folder.train(&recording, "relative.img", &[&go[..], &["--align-relative"]].concat());
    let (_, absolute) = folder.train(&trained().recording, "absolute.img", &go);
    assert_eq!(report["scores_hash"], absolute["scores_hash"]);
    assert_eq!(decode(&recording, &image, &[]).0["scores_hash"], report["scores_hash"]);
    // The same session with times of the recording.
    refuses(INPUT, &["decode", &trained().recording, "-n", &image], &["go_cue_time", "--align-relative=false"]);
    let decoded = decode(&trained().recording, &image, &["--align-relative=false"]);
    assert_eq!(decoded.0["scores_hash"], report["scores_hash"]);
}

#[test]
fn a_condition_of_the_training_can_be_left_out() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    rewrite(&recording, |recording| {
        let (n_units, n_trials) = (recording.units.len(), recording.trials.len());
        recording.unit_columns.push(column("depth", Column::Integer(vec![3; n_units])));
        recording.trials.columns.push(column("result", Column::Text(vec!["R".to_owned(); n_trials])));
    });
    let (image, report) = folder.train(&recording, "chosen.img", &["--units", "depth>=0", "--where", "result=R"]);
    assert_eq!(report["left_out"]["not_chosen"], 0);
    rewrite(&recording, |recording| {
        recording.unit_columns.retain(|column| column.name != "depth");
        recording.trials.columns.retain(|column| column.name != "result");
    });
    refuses(INPUT, &["decode", &recording, "-n", &image], &["depth", "--units all"]);
    refuses(INPUT, &["decode", &recording, "-n", &image, "--units", "all"], &["result", "--where all"]);
    let decoded = decode(&recording, &image, &["--units", "all", "--where", "all"]);
    assert_eq!(decoded.0["scores_hash"], report["scores_hash"]);
}

#[test]
fn many_angles_are_classes_too_many_unless_they_are_binned() {
    let Some(recording) = users("b01_continuous_angle.nwb") else { return };
    let folder = Folder::new();
    let image = folder.path("net.img");
    for verb in [["train", &image], ["study", &folder.path("report")]] {
        refuses(
            INPUT,
            &[verb[0], &recording, "-o", verb[1]],
            &["target_dir", "classes", "16", "--classes", "--bin-angles"],
        );
    }
    let (image, report) = folder.train(&recording, "bins.img", &["--bin-angles", "8", "--align", "go_cue_time"]);
    assert_eq!(report["classes"], json!(["0", "45", "90", "135", "180", "225", "270", "315"]));
    assert_eq!(decode(&recording, &image, &[]).0["scores_hash"], report["scores_hash"]);
}

#[test]
fn labels_that_say_missing_are_missing_and_odd_channels_are_warned_of() {
    let (Some(missing), Some(one_based)) = (users("b03_na_label.csv"), users("b03_one_based.csv")) else { return };
    let folder = Folder::new();
    let (_, report) = folder.train(&missing, "missing.img", &[]);
    assert_eq!(report["classes"], json!(["0", "90", "180", "270"]));
    assert!(report["left_out"]["no_label"].as_u64().unwrap() > 0, "{report}");
    let (_, report) = folder.train(&one_based, "one.img", &[]);
    assert!(report["warnings"][0].as_str().unwrap().contains("channels counted from 1"), "{report}");
}

#[test]
fn a_study_of_words_needs_their_angles_for_tuning() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    rewrite(&recording, |recording| {
        let labels = recording.trials.columns.iter_mut().find(|column| column.name == "target_direction").unwrap();
        let Column::Real(degrees) = &labels.values else { panic!("they are degrees") };
        let word = |degrees: &f64| ["right", "up", "left", "down"][(*degrees / 90.0) as usize];
        labels.values = texts(degrees.iter().map(word).collect::<Vec<_>>());
    });
    let report = folder.path("report");
    let refuse = |options: &[&str], parts: &[&str]| {
        let study = ["study", &recording, "-o", &report, "--quick", "--topologies", "T3", "--only", "tuning"];
        refuses(INPUT, &[&study[..], options].concat(), parts);
    };
    refuse(&[], &["target_direction", "down, left, right, up", "--angles left=180,right=0"]);
    refuse(&["--angles", "up=90"], &["`down`", "--angles"]);
    refuse(&["--angles", "up=90,down=270,left=180,rigth=0"], &["`rigth`", "down, left, right, up"]);
    refuse(&["--angles", "0,90"], &["2 angles for 4 classes", "--angles"]);
    assert_eq!(folder.names(), ["synthetic.nwb"]);
}

#[test]
fn a_column_of_vectors_is_labelled_by_their_directions() {
    let Some(recording) = users("a05_vector_n2.nwb") else { return };
    let folder = Folder::new();
    let options = ["--label-column", "target_dir", "--align", "go_cue_time"];
    let (image, report) = folder.train(&recording, "vectors.img", &options);
    assert_eq!(report["classes"], json!(["0", "90", "180", "270"]));
    assert_eq!(report["angles"], json!({"degrees": [0.0, 90.0, 180.0, 270.0], "source": "vectors"}));
    assert_eq!(decode(&recording, &image, &[]).0["scores_hash"], report["scores_hash"]);
}

#[test]
fn tables_elsewhere_are_remembered_and_opened_by_decode() {
    let Some(recording) = users("a06_epochs.nwb") else { return };
    let folder = Folder::new();
    let (image, report) =
        folder.train(&recording, "epochs.img", &["--trials-table", "epochs", "--align", "go_cue_time"]);
    let (summary, _) = decode(&recording, &image, &[]);
    assert_eq!((&summary["trials"], &summary["scores_hash"]), (&json!("held out"), &report["scores_hash"]));
    let other = folder.path("other.img");
    refuses(INPUT, &["train", &recording, "-o", &other], &["no trials", "intervals/epochs", "`--trials-table`"]);
    refuses(INPUT, &["decode", &recording, "-n", &image, "--trials-table", "trials"], &["no table `trials`", "epochs"]);
    let units = ["--units-table", "units"];
    let (_, again) = folder.train(
        &recording,
        "units.img",
        &[&["--trials-table", "epochs", "--align", "go_cue_time"], &units[..]].concat(),
    );
    assert_eq!(again["scores_hash"], report["scores_hash"]);
    refuses(INPUT, &["info", &recording, "--units-table", "sorted"], &["no table `sorted`", "units"]);
}
