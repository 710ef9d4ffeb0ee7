//! `study` on several machines: plan, parts, report of what is there.

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{Folder, json_lines, motorsrnn, program, refuses, succeed, trained};

const INPUT: i32 = 1;
const USAGE: i32 = 2;

/// The topology whose studies take a moment.
const SMALL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../study/tests/main/small.toml");

/// A study of six runs, without its output.
const BRIEF: [&str; 11] =
    ["--quick", "--only", "sparsity", "--topologies", SMALL, "--epochs", "1", "--folds", "2", "--window-ms", "10"];

fn study<'a>(recording: &'a str, output: &'a str, options: &[&'a str]) -> Vec<&'a str> {
    [&["study", recording, "-o", output], &BRIEF[..], options].concat()
}

fn plan(arguments: &[&str]) -> Vec<Value> {
    json_lines(&succeed(&[arguments, &["--plan"]].concat()))
}

fn ids(cells: &[Value]) -> Vec<&str> {
    cells.iter().map(|cell| cell["id"].as_str().unwrap()).collect()
}

fn known(cells: &[Value]) -> usize {
    cells.iter().filter(|cell| cell["known"] == json!(true)).count()
}

/// Results and claims of a study, without times.
fn results(folder: &str) -> (Value, Vec<(Value, Value)>) {
    let json: Value = serde_json::from_slice(&fs::read(format!("{folder}/report.json")).unwrap()).unwrap();
    let cells = json["cells"].as_array().unwrap().iter().map(|cell| (cell["cell"].clone(), cell["outcome"].clone()));
    (json["claims"].clone(), cells.collect())
}

#[test]
fn parts_of_a_study_come_to_the_report_of_one_process() {
    let folder = Folder::new();
    let recording = &trained().recording;
    let (whole, parts) = (folder.path("whole"), folder.path("parts"));
    succeed(&study(recording, &whole, &[]));

    let arguments = study(recording, &parts, &[]);
    let cells = plan(&arguments);
    assert_eq!((cells.len(), known(&cells)), (6, 0));
    assert!(cells.iter().all(|cell| cell["kind"] == "cell" && cell["recording"] == "synthetic"), "{cells:?}");
    assert!(cells.iter().all(|cell| cell["cost"].as_f64().unwrap() > 0.0), "{cells:?}");
    assert_eq!(cells[0]["name"], "small, plain, 1 ms, fold 0 of 2, seed 1, tested in noise");
    assert_eq!(folder.names(), ["whole"]);

    let first = ids(&cells)[0];
    let said = succeed(&[&arguments[..], &["--cells", first]].concat());
    assert!(said.starts_with("synthetic: 1 run, 0 of them done before; the others take about"), "{said}");
    assert!(
        succeed(&[&arguments[..], &["--cells", first]].concat())
            .starts_with("synthetic: 1 run, 1 of them done before\n")
    );
    succeed(&[&arguments[..], &["--part", "2/2"]].concat());
    let cells = plan(&arguments);
    assert!((3..6).contains(&known(&cells)), "{cells:?}");

    let output = motorsrnn(&[&arguments[..], &["--gather"]].concat());
    let (said, refused) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(INPUT), "{refused}");
    for cell in cells.iter().filter(|cell| cell["known"] == json!(false)) {
        let line =
            format!("missing             {} ({})\n", cell["name"].as_str().unwrap(), cell["id"].as_str().unwrap());
        assert!(said.contains(&line), "no {line} in {said}");
    }
    assert!(refused.contains("missing; the report is of the others; run the parts again"), "{refused}");
    assert!(fs::read_to_string(format!("{parts}/report.html")).unwrap().contains("cells are missing"));

    succeed(&[&arguments[..], &["--part", "1/2"]].concat());
    let said = succeed(&[&arguments[..], &["--gather"]].concat());
    assert!(said.ends_with(&format!("report     {parts}/report.html\n")) && !said.contains("missing"), "{said}");
    assert_eq!(results(&parts), results(&whole));
}

#[test]
fn sessions_are_dealt_together_and_share_a_store() {
    let folder = Folder::new();
    let other = folder.path("other.nwb");
    succeed(&["synth", "-o", &other, "--channels", "12", "--directions", "4", "--trials", "6", "--seed", "6"]);
    let (output, store) = (folder.path("report"), folder.path("store"));
    let mut arguments = study(&trained().recording, &output, &["--store", &store]);
    arguments.insert(2, &other);
    let cells = plan(&arguments);
    assert_eq!(BTreeSet::from_iter(ids(&cells)).len(), 12);
    for part in ["1/3", "2/3", "3/3"] {
        let before = known(&plan(&arguments));
        succeed(&[&arguments[..], &["--part", part]].concat());
        assert!(known(&plan(&arguments)) > before, "part {part} has no cells");
    }
    let said = succeed(&[&arguments[..], &["--gather"]].concat());
    assert!(said.contains(&format!("sessions   {output}/report.html\n")), "{said}");
    assert!(
        fs::exists(format!("{output}/other/report.html")).unwrap()
            && !fs::exists(format!("{output}/other/cells")).unwrap()
    );
    // A study of one of them finds its results, and its report may be written again.
    let alone = folder.path("alone");
    let again = study(&trained().recording, &alone, &["--store", &store]);
    for _ in 0..2 {
        assert!(succeed(&again).contains("6 runs, 6 of them done before\n"));
    }
}

#[test]
fn a_single_seed_is_a_repetition_of_the_study() {
    let folder = Folder::new();
    let (recording, output) = (&trained().recording, folder.path("report"));
    let all = plan(&study(recording, &output, &["--seeds", "2"]));
    let second = plan(&study(recording, &output, &["--seed", "2"]));
    assert_eq!(ids(&second), ids(&all)[all.len() / 2..]);
    assert!(second.iter().all(|cell| cell["name"].as_str().unwrap().contains("seed 2")));
}

#[test]
fn movement_is_studied_in_parts_too() {
    let folder = Folder::new();
    let recording = folder.path("reach.nwb");
    succeed(&["synth", "--task", "reach", "--minutes", "1", "--channels", "40", "-o", &recording]);
    let study = |output| {
        ["study", &recording, "-o", output, "--target", "hand_vel", "--quick", "--folds", "2", "--epochs", "1"]
    };
    let (whole, parts) = (folder.path("whole"), folder.path("parts"));
    succeed(&study(&whole));
    let arguments = study(&parts);
    let cells = plan(&arguments);
    assert_eq!((cells.len(), &cells[0]["name"]), (22, &json!("spiking network, plain, fold 0, seed 1")));
    succeed(&[&arguments[..], &["--part", "1/2"]].concat());
    let output = motorsrnn(&[&arguments[..], &["--gather"]].concat());
    assert_eq!(output.status.code(), Some(INPUT));
    assert!(String::from_utf8_lossy(&output.stdout).contains("\nmissing             "));
    succeed(&[&arguments[..], &["--part", "2/2"]].concat());
    succeed(&[&arguments[..], &["--gather"]].concat());
    assert_eq!(results(&parts), results(&whole));
}

#[test]
fn two_processes_with_one_store_end_with_the_same_report() {
    let folder = Folder::new();
    let store = folder.path("store");
    let (one, other) = (folder.path("one"), folder.path("other"));
    let arguments = |output| study(&trained().recording, output, &["--store", &store]);
    let process = program().args(arguments(&one)).stdout(Stdio::null()).spawn().unwrap();
    succeed(&arguments(&other));
    assert!(process.wait_with_output().unwrap().status.success());
    assert_eq!(results(&one), results(&other));
    let is_leftover = |name: &String| !name.ends_with(".json");
    let names = fs::read_dir(&store).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(is_leftover).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn parts_that_make_no_sense_are_refused() {
    let folder = Folder::new();
    let (recording, output) = (&trained().recording, folder.path("report"));
    for options in [
        &["--part", "0/3"][..],
        &["--part", "4/3"],
        &["--part", "3"],
        &["--plan", "--gather"],
        &["--part", "1/2", "--cells", "0123"],
        &["--seed", "1", "--seeds", "2"],
        &["--seed", "0"],
        &["--cells"],
    ] {
        let refused = motorsrnn(&study(recording, &output, options));
        assert_eq!(refused.status.code(), Some(USAGE), "{options:?}");
        assert!(refused.stdout.is_empty() && !refused.stderr.is_empty());
    }
    let unknown = study(recording, &output, &["--cells", "0123"]);
    refuses(INPUT, &unknown, &["--cells: no cell of this study has the id `0123`", "`--plan`"]);
    refuses(INPUT, &study(recording, &output, &["--part", "1/2", "--store", recording]), &["--store:", "is a file"]);
    fs::create_dir(&output).unwrap();
    fs::write(format!("{output}/report.json"), "{\"program\":\"another 1\"}").unwrap();
    refuses(INPUT, &study(recording, &output, &["--gather"]), &["report.json", "is not from a study"]);
}
