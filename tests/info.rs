//! What `info` shows of a recording, and its page.

use std::fs;

use recording::Column;
use serde_json::{Value, json};

use crate::choosing::{column, rewrite};
use crate::support::{Folder, json_lines, motorsrnn, refuses, shared_data, succeed, trained};

/// The line of JSON about a recording, and the text.
fn info(path: &str) -> (Value, String) {
    (json_lines(&succeed(&["info", path, "--json"])).remove(0), succeed(&["info", path]))
}

/// The line of JSON and the text about a file of the shared data.
fn of_shared(name: &str) -> Option<(Value, String)> {
    shared_data(&format!("users/{name}")).map(|path| info(path.to_str().unwrap()))
}

fn named<'a>(list: &'a Value, field: &str, name: &str) -> &'a Value {
    let found = list.as_array().unwrap().iter().find(|item| item[field] == name);
    found.unwrap_or_else(|| panic!("no {name} in {list}"))
}

/// Whatever its alignment, the text contains these parts.
fn contains(text: &str, parts: &[&str]) {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in parts {
        assert!(words.contains(part), "no `{part}` in {text}");
    }
}

#[test]
fn the_columns_of_units_and_trials_are_shown_with_their_values() {
    let Some((json, text)) = of_shared("b01.nwb") else { return };
    let quality = named(&json["unit_columns"], "name", "quality");
    assert_eq!((&quality["labels"], &quality["counts"]), (&json!(["good", "mua", "noise"]), &json!([24, 8, 8])));
    let direction = named(&json["columns"], "name", "target_dir");
    assert_eq!((&direction["counts"], &direction["n_missing"]), (&json!([18, 15, 16, 18]), &json!(13)));
    contains(&text, &["good (24), mua (8), noise (8)", "M1 (20), PMd (20)", "A (13), F (13), R (54)", "; 13 missing"]);
    contains(&text, &["target_dir (default of --label-column), result, is_catch"]);
    let moved = named(&json["events"], "column", "move_onset_time");
    assert_eq!(
        (&moved["n_missing"], &moved["n_outside"], &moved["looks_relative"]),
        (&json!(13), &json!(0), &json!(false))
    );
    contains(&text, &["move_onset_time 0.550 s after the start; 13 missing"]);
}

#[test]
fn ranges_show_spikes_and_trials_that_do_not_share_a_unit_of_time() {
    let Some((json, text)) = of_shared("a01_milliseconds.nwb") else { return };
    assert!(json["spike_range"]["last_s"].as_f64().unwrap() > 1e5, "{json}");
    assert_eq!(json["trial_range"], json!({"first_s": 5.0, "last_s": 124.5}));
    assert!(json["share_within_trials"].as_f64().unwrap() < 0.01, "{json}");
    contains(
        &text,
        &["2.0 to 125465.6 s", "5.0 to 124.5 s", "0.0 % of them within trials", "probably in milliseconds"],
    );
}

#[test]
fn conditions_restrict_what_is_shown() {
    let Some(path) = shared_data("users/b01.nwb") else { return };
    let conditions = ["--units", "location=M1,quality=good", "--where", "result=R"];
    let arguments = [&["info", path.to_str().unwrap()][..], &conditions].concat();
    let text = succeed(&arguments);
    contains(&text, &["12 of 40 units, 54 of 80 trials", "quality good (12)", "location M1 (12)", "result R (54)"]);
    let json = json_lines(&succeed(&[&arguments[..], &["--json"]].concat())).remove(0);
    assert_eq!(
        (&json["n_units"], &json["n_units_chosen"], &json["n_trials_chosen"]),
        (&json!(40), &json!(12), &json!(54))
    );
    assert_eq!(json["rates"]["by_unit_hz"].as_array().unwrap().len(), 12);
    refuses(1, &[&arguments[..3], &["location=V1"]].concat(), &["location=V1", "M1 (20), PMd (20)"]);
}

#[test]
fn angles_are_shown_in_bins() {
    let Some(path) = shared_data("users/b01_continuous_angle.nwb") else { return };
    let text = succeed(&["info", path.to_str().unwrap(), "--bin-angles", "4"]);
    contains(&text, &["target_dir in bins: 0 (", "270 ("]);
}

#[test]
fn events_relative_to_their_trial_are_recognised() {
    let Some((json, text)) = of_shared("a04_go_relative.nwb") else { return };
    assert_eq!(named(&json["events"], "column", "go_cue_time")["looks_relative"], true);
    contains(&text, &["go_cue_time not within the trials", "--align-relative"]);
    let path = shared_data("users/a04_go_relative.nwb").unwrap();
    let text = succeed(&["info", path.to_str().unwrap(), "--align-relative"]);
    contains(&text, &["go_cue_time 0.300 s after the start, with --align-relative"]);
}

#[test]
fn a_label_with_more_values_than_a_core_holds_is_offered_with_what_helps() {
    let Some((json, text)) = of_shared("b01_continuous_angle.nwb") else { return };
    assert_eq!(named(&json["columns"], "name", "target_dir")["labels"], Value::Null);
    contains(&text, &["80 different numbers, 0 to 355.5", "80 values, and a core holds 16 classes", "--bin-angles"]);
}

#[test]
fn a_recording_without_labels_says_so() {
    let folder = Folder::new();
    let session = folder.synthetic();
    rewrite(&session, |recording| recording.trials.columns.retain(|column| column.name == "go_cue_time"));
    let (json, text) = info(&session);
    assert_eq!(json["label_columns"], json!([]));
    contains(&text, &["labels none: no column of the trials"]);
}

#[test]
fn units_without_a_spike_are_named() {
    let Some(path) = shared_data("empty_units.nwb") else { return };
    let (json, text) = info(path.to_str().unwrap());
    let rows: Vec<&Value> = json["rates"]["empty"].as_array().unwrap().iter().map(|unit| &unit["row"]).collect();
    assert_eq!(rows, [0, 2]);
    contains(&text, &["without a spike: 2 units: 0, 2"]);
}

#[test]
fn the_page_has_the_facts_of_the_text_and_loads_nothing() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let page = folder.path("page.html");
    let text = succeed(&["info", &recording, "--html", &page]);
    assert_eq!(text, succeed(&["info", &recording]));
    let html = fs::read_to_string(&page).unwrap();
    contains(&html, &["<td>0 (6), 90 (6), 180 (6), 270 (6)</td>", "Around go_cue_time", "<svg"]);
    for outside in ["<script", "src=", "http://", "https://"] {
        let plain = html.replace("http://www.w3.org/2000/svg", "");
        assert!(!plain.contains(outside), "{outside}");
    }
}

#[test]
fn a_page_never_takes_the_place_of_its_recording() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let before = fs::read(&recording).unwrap();
    refuses(1, &["info", &recording, "--html", &recording], &["would overwrite the input", "--html"]);
    assert_eq!(fs::read(&recording).unwrap(), before);
    refuses(
        1,
        &["info", &recording, "--html", &folder.path("absent/page.html")],
        &["cannot write", "absent/page.html"],
    );
    let other = folder.path("other.NWB");
    fs::copy(&recording, &other).unwrap();
    refuses(1, &["info", &recording, "--html", &other], &["other.NWB", "the name of a recording", "--html"]);
    assert_eq!(fs::read(&other).unwrap(), before);
    fs::remove_file(&other).unwrap();
    for options in [&["--html", &*folder.path("page.html")], &["--units", "id=1"]] {
        refuses(1, &[&["info", &*trained().image], &options[..]].concat(), &["has no page", "give a recording"]);
    }
    assert_eq!(folder.names(), ["synthetic.nwb"]);
}

#[test]
fn training_says_what_it_trains_on_before_it_starts() {
    let folder = Folder::new();
    let image = folder.path("net.img");
    let output = motorsrnn(&["train", &trained().recording, "-o", &image, "--epochs", "1", "--folds", "2"]);
    let before = String::from_utf8(output.stderr).unwrap();
    contains(&before, &["motorsrnn: ", "24 units", "24 trials", "0 (6), 90 (6), 180 (6), 270 (6)"]);
    assert_eq!(before.lines().count(), 1, "{before}");
    let sanity = &trained().report["sanity"][0];
    assert_eq!((&sanity["n_units"], &sanity["trials_by_class"]), (&json!(24), &json!([6, 6, 6, 6])));
}

#[test]
fn a_class_with_fewer_trials_than_folds_stops_the_training() {
    let folder = Folder::new();
    let options = ["train", &trained().recording, "-o", &folder.path("net.img"), "--folds", "7"];
    refuses(1, &options, &["class `0` has 6 trial(s), fewer than the 7 folds", "--folds", "--classes"]);
    assert_eq!(folder.names(), [""; 0]);
}

#[cfg(unix)]
#[test]
fn trials_on_neither_side_of_a_split_column_are_counted() {
    let folder = Folder::new();
    let (session, image) = (folder.synthetic(), folder.path("net.img"));
    rewrite(&session, |recording| {
        let sides = ["train", "test", "val", "train", ""].into_iter().cycle().map(str::to_owned);
        recording.trials.columns.push(column("part", Column::Text(sides.take(24).collect())));
    });
    let train = ["train", &*session, "-o", &*image, "--epochs", "1", "--split-column", "part"];
    let text = succeed(&train);
    contains(&text, &["left out 9 neither train nor test: 5 of val, 4 without a value"]);
    let report = json_lines(&succeed(&[&train[..], &["--json"]].concat())).remove(0);
    assert_eq!((&report["ignored"][0]["value"], &report["ignored"][0]["trials"][1]), (&json!("val"), &json!(7)));
    assert_eq!(report["left_out"]["not_chosen"], 0);
    let both = motorsrnn(&[&train[..], &["--folds", "2"]].concat());
    assert_eq!(both.status.code(), Some(2), "{both:?}");
    let axes = [&train[..], &["--align", "go_cue_time", "--axes", "0"]].concat();
    refuses(1, &axes, &["--axes", "--target"]);
}

#[test]
fn control_characters_of_a_file_are_shown_escaped() {
    let folder = Folder::new();
    let session = folder.path("s\u{1b}[31m\n.csv");
    let spikes: String = (0..400).map(|spike| format!("{},0\n", 5 * spike)).collect();
    fs::write(&session, format!("t_ms,channel\n{spikes}")).unwrap();
    let rows: String =
        (0..8).map(|trial| format!("{},{},a\u{1b}{}\n", 200 * trial, 200 * trial + 100, trial % 2)).collect();
    fs::write(folder.path("s\u{1b}[31m\n.trials.csv"), format!("start_ms,stop_ms,label\n{rows}")).unwrap();
    let page = folder.path("page.html");
    let text = succeed(&["info", &session, "--html", &page]);
    contains(&text, &["s\\u{1b}[31m\\n", "a\\u{1b}0 (4), a\\u{1b}1 (4)"]);
    assert!(!text.contains('\u{1b}') && !fs::read_to_string(&page).unwrap().contains('\u{1b}'));
    let error = motorsrnn(&["train", &session, "-o", &folder.path("x.img"), "--label-column", "\u{1b}"]).stderr;
    let error = String::from_utf8(error).unwrap();
    assert!(!error.contains('\u{1b}') && error.contains("column `\\u{1b}`"), "{error}");
}

#[test]
fn columns_and_events_are_shown_as_what_they_are() {
    let folder = Folder::new();
    let session = folder.synthetic();
    rewrite(&session, |recording| {
        let areas = ["M1", "m1", "PMd"].into_iter().cycle().map(str::to_owned);
        recording.unit_columns.push(column("obs_intervals", Column::Vector(vec![[0.0, 27.0]; 24])));
        recording.unit_columns.push(column("location", Column::Text(areas.take(24).collect())));
        let starts_s = recording.trials.start_s.clone();
        let of_trial = |trial: usize, start_s: f64| if trial.is_multiple_of(4) { 0.3 } else { start_s + 0.1 };
        let mixed = starts_s.iter().enumerate().map(|(trial, &start_s)| of_trial(trial, start_s));
        let columns = &mut recording.trials.columns;
        columns.push(column("cue_time", Column::Real(mixed.collect())));
        columns.push(column("hold_time", Column::Real(vec![0.25; starts_s.len()])));
        columns.push(column("session_time", Column::Real(vec![-7.5; starts_s.len()])));
        let interval = |&start_s: &f64| [start_s + 0.2, start_s + 0.3];
        columns.push(column("reach", Column::Vector(starts_s.iter().map(interval).collect())));
    });
    let (json, text) = info(&session);
    contains(
        &text,
        &[
            "obs_intervals one pair of numbers, 0 to 27",
            "reach 24 different pairs of numbers,",
            "6 outside their trial; 6 of them as if counted from the start of their trial",
            "hold_time 0.25 in every trial, not within the trials; if these times count from the start",
            "session_time -7.5 in every trial; 24 outside their trial",
            "column `location` may have one value in several spellings: M1, m1",
        ],
    );
    assert_eq!(named(&json["unit_columns"], "name", "obs_intervals")["holds"], "pairs");
    assert_eq!(named(&json["events"], "column", "cue_time")["n_as_if_relative"], 6);
    assert!(!json["label_columns"].to_string().contains("reach"), "{json}");
    assert!(!text.contains("start of their trial; 24 outside"), "{text}");
    // Wherever windows are cut, the trials that are left out for that are named.
    let warning = "in 6 of 24 trials the time is before the trial but within its length";
    let report = crate::support::brief(&session, &folder.path("net.img"), &["--align", "cue_time"]);
    assert!(report["warnings"].to_string().contains(warning), "{report}");
    assert_eq!(report["left_out"]["before_trial"], 6);
}
