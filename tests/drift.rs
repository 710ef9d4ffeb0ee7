//! `study --only drift`: several days, and what follows the drift.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Folder, json_lines, refuses, succeed, trained};

const INPUT: i32 = 1;

/// Options of a study that takes a moment.
const BRIEF: [&str; 9] = ["--only", "drift", "--quick", "--epochs", "1", "--topologies", "direct", "--window-ms", "10"];

fn study<'a>(recordings: &[&'a str], output: &'a str, options: &[&'a str]) -> Vec<&'a str> {
    [&["study"], recordings, &["-o", output], &BRIEF[..], options].concat()
}

#[test]
fn one_session_drifts_by_rule_and_parts_come_to_the_same_report() {
    let folder = Folder::new();
    let recording = &trained().recording;
    let (whole, parts) = (folder.path("whole"), folder.path("parts"));
    let said = succeed(&study(&[recording], &whole, &[]));
    assert!(said.contains("The switch is on no day more than 2 points below"), "{said}");
    let page = fs::read_to_string(format!("{whole}/report.html")).unwrap();
    assert!(page.contains("The drift is made up") && page.contains("recurrent part does not adapt"));
    for table in ["drift_labels", "drift_days_20", "drift_days_80"] {
        assert!(fs::metadata(format!("{whole}/csv/{table}.csv")).is_ok(), "{table}");
    }

    let plan = json_lines(&succeed(&study(&[recording], &parts, &["--plan"])));
    assert_eq!(plan.len(), 13);
    assert!(plan.iter().all(|cell| cell["kind"] == "cell" && cell["cost"].as_f64().unwrap() > 0.0), "{plan:?}");
    for part in ["1/2", "2/2"] {
        succeed(&study(&[recording], &parts, &["--part", part]));
    }
    succeed(&study(&[recording], &parts, &["--gather"]));
    let outcomes = |folder: &str| -> Vec<Value> {
        let json: Value = serde_json::from_slice(&fs::read(format!("{folder}/report.json")).unwrap()).unwrap();
        json["cells"].as_array().unwrap().iter().map(|cell| json!([cell["cell"], cell["outcome"]])).collect()
    };
    assert_eq!(outcomes(&whole), outcomes(&parts));
}

#[test]
fn sessions_are_days_in_the_order_of_the_files() {
    let folder = Folder::new();
    let later: Vec<String> = ["7", "8"]
        .map(|seed| {
            let path = folder.path(&format!("day_{seed}.nwb"));
            let sizes = ["--channels", "24", "--directions", "4", "--trials", "6", "--seed", seed];
            succeed(&[&["synth", "-o", &path], &sizes[..]].concat());
            path
        })
        .to_vec();
    let days = [&trained().recording, &later[0], &later[1]].map(String::as_str);
    let output = folder.path("days");
    let said = succeed(&study(&days, &output, &[]));
    assert!(said.contains("24, in their order, since no ids tell"), "{said}");
    let page = fs::read_to_string(format!("{output}/report.html")).unwrap();
    assert!(page.contains("Each session is a day") && !page.contains("The drift is made up"));
    let json: Value = serde_json::from_slice(&fs::read(format!("{output}/report.json")).unwrap()).unwrap();
    let days = json["cells"][0]["outcome"]["days"].as_array().unwrap();
    assert_eq!(days.iter().map(|day| day["tested"].as_array().unwrap().len()).collect::<Vec<_>>(), [5, 12, 12]);
}

#[test]
fn drift_is_studied_by_itself_and_has_days_in_place_of_folds() {
    let folder = Folder::new();
    let (recording, output) = (&trained().recording, folder.path("report"));
    let refused = |options: &[&str], parts: &[&str]| {
        refuses(INPUT, &[&["study", recording, "-o", &output], options].concat(), parts);
    };
    refused(&["--only", "drift,accuracy"], &["drift is studied by itself"]);
    refused(&["--only", "drift", "--folds", "2"], &["--folds", "days"]);
    refused(&["--only", "drift", "--split-column", "split"], &["--split-column", "days"]);
    refused(&["--only", "drift", "--topologies", "T1,T6"], &["--topologies", "one"]);
    refused(&["--only", "drift", "--ticks-ms", "1,2"], &["--ticks-ms", "one"]);
}
