//! The first training: the core is chosen, a wrong alignment is noticed, and what is reported can be checked.

use std::fmt::Write;
use std::fs;

use serde_json::{Value, json};

use crate::support::{BRIEF, Folder, json_lines, motorsrnn, refuses, succeed, trained};

/// An event list of three units, of which class `a` or `b` drives one, from 200 ms after the start of the trial.
fn late_session(folder: &Folder) -> String {
    let (mut spikes, mut trials) = ("t_ms,channel\n".to_owned(), "start_ms,stop_ms,target,go_ms\n".to_owned());
    for trial in 0..40 {
        let (start, class) = (1000 * trial, trial * 7 % 5 % 2);
        let _ = writeln!(trials, "{start},{},{},{}", start + 500, ["a", "b"][class], start + 200);
        for tick in 0..5 {
            let _ = writeln!(spikes, "{},2", start + 11 * tick + trial % 7);
        }
        for tick in 0..8 {
            let _ = writeln!(spikes, "{},{class}", start + 202 + 5 * tick + trial % 3);
        }
        for other in 0..trial % 4 {
            let _ = writeln!(spikes, "{},{}", start + 203 + 9 * other, (trial / 4 + other) % 3);
        }
    }
    let path = folder.path("late.csv");
    fs::write(&path, spikes).unwrap();
    fs::write(folder.path("late.trials.csv"), trials).unwrap();
    path
}

/// The report of a training, and what was printed on standard error.
fn train(folder: &Folder, recording: &str, options: &[&str]) -> (Value, String) {
    let image = folder.path("reach.img");
    let output = motorsrnn(&[&["train", recording, "-o", &image, "--json"], &BRIEF[..], options].concat());
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{errors}");
    (json_lines(&String::from_utf8(output.stdout).unwrap()).remove(0), errors)
}

#[test]
fn windows_before_anything_happens_are_noticed_and_the_event_where_it_does_is_named() {
    let folder = Folder::new();
    let recording = late_session(&folder);
    let (report, errors) = train(&folder, &recording, &[]);
    assert!(errors.contains("hardly better than chance") && errors.contains("use `--align go_ms`"), "{errors}");
    assert!(report["warnings"].to_string().contains("--align go_ms"), "{report}");
    let (report, errors) = train(&folder, &recording, &["--align", "go_ms"]);
    assert!(!errors.contains("chance"), "{errors}");
    assert_eq!(report["lda"], json!(1.0));
}

#[test]
fn labels_that_nothing_tells_are_noticed_whatever_the_windows_count_from() {
    let folder = Folder::new();
    let recording = late_session(&folder);
    let trials = folder.path("late.trials.csv");
    let swapped = fs::read_to_string(&trials).unwrap();
    let mut label = 0;
    let swapped: String = swapped
        .split_inclusive('\n')
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            label += 1;
            let name = if label == 1 { "target" } else { ["a", "b"][label / 3 % 2] };
            [cells[0], cells[1], name, cells[3]].join(",")
        })
        .collect();
    fs::write(&trials, swapped).unwrap();
    let (_, errors) = train(&folder, &recording, &[]);
    assert!(errors.contains("nor do those at any other event"), "{errors}");
}

#[test]
fn labels_with_commas_are_quoted_and_a_board_stands_for_its_core() {
    let folder = Folder::new();
    let recording = late_session(&folder);
    let trials = folder.path("late.trials.csv");
    fs::write(&trials, fs::read_to_string(&trials).unwrap().replace(",a,", ",\"a, left\",")).unwrap();
    let words = succeed(&["info", &recording]);
    assert!(words.contains(r#""a, left" ("#), "{words}");
    let unquoted = ["train", &recording, "-o", &folder.path("net.img"), "--classes", "a"];
    refuses(1, &unquoted, &[r#"choose from: "a, left", b (names with commas"#]);
    let options = ["--align", "go_ms", "--classes", r#""a, left",b"#, "--core", "icebreaker"];
    let (report, _) = train(&folder, &recording, &options);
    assert_eq!((&report["classes"], &report["core"]), (&json!(["a, left", "b"]), &json!("up5k")));
}

#[test]
fn without_labels_movement_is_named() {
    let folder = Folder::new();
    let recording = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/reach.nwb");
    let target = "--target processing/behavior/hand_vel";
    refuses(1, &["train", recording, "-o", &folder.path("reach.img")], &["--label-column", target]);
    refuses(1, &["convert", recording, "-o", &folder.path("reach.csv")], &["NWB", ".nwb"]);
    assert_eq!(folder.names(), Vec::<String>::new());
}

#[test]
fn more_units_than_the_usual_core_has_room_for_get_a_core_that_holds_them() {
    let folder = Folder::new();
    let recording = folder.path("array.nwb");
    succeed(&["synth", "-o", &recording, "--channels", "600", "--directions", "8", "--trials", "8"]);
    let (report, _) = train(&folder, &recording, &[]);
    assert_eq!(report["core"], "up5k");
    let image = folder.path("reach.img");
    let text = succeed(&["train", &recording, "-o", &image, "--epochs", "1", "--folds", "2"]);
    assert!(text.contains("core         up5k, the smallest that holds it"), "{text}");
}

#[test]
fn every_held_out_decision_is_reported_and_gives_the_accuracies() {
    let report = &trained().report;
    let held_out = report["held_out"].as_array().unwrap();
    assert_eq!(held_out.len(), 24);
    let share = |of: &str, fold: Option<u64>| {
        let of_fold = held_out.iter().filter(|trial| fold.is_none_or(|fold| trial["fold"] == json!(fold)));
        let right: Vec<bool> = of_fold.map(|trial| trial[of] == trial["class"]).collect();
        right.iter().filter(|right| **right).count() as f64 / right.len() as f64
    };
    for fold in 0..2 {
        assert_eq!(report["accuracy_by_fold"][fold], json!(share("network", Some(fold as u64))));
    }
    let mean = report["to_lda"]["mean"].as_f64().unwrap();
    assert!((mean - (share("network", None) - share("lda", None))).abs() < 1e-12, "{report}");
    let n_trials = held_out.len() as f64;
    let n_of = |network: bool, lda: bool| {
        let is_right = |trial: &Value, of: &str| trial[of] == trial["class"];
        held_out.iter().filter(|trial| is_right(trial, "network") == network && is_right(trial, "lda") == lda).count()
    };
    // Trials on which they differ count 1 or -1, the others 0.
    let n_different = (n_of(true, false) + n_of(false, true)) as f64;
    let variance = (n_different - n_trials * mean * mean) / (n_trials - 1.0);
    let found = report["to_lda"]["standard_error"].as_f64().unwrap();
    assert!(n_different > 0.0 && (found - (variance / n_trials).sqrt()).abs() < 1e-12, "{found}");
}
