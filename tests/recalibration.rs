//! `train --from`: a network trained on from its image on another day's trials.

use serde_json::{Value, json};

use crate::support::{BRIEF, Folder, brief, json_lines, motorsrnn, refuses, succeed, trained};

const INPUT: i32 = 1;
const USAGE: i32 = 2;

/// A session of another day with as many units as [`trained`], and so many trials of each direction.
fn other_day(folder: &Folder, n_trials: &str) -> String {
    let path = folder.path(&format!("day_of_{n_trials}.nwb"));
    let sizes = ["--channels", "24", "--directions", "4", "--trials", n_trials, "--seed", "6"];
    succeed(&[&["synth", "-o", &path], &sizes[..]].concat());
    path
}

#[test]
fn a_network_is_trained_on_from_its_image() {
    let folder = Folder::new();
    let (session, image) = (other_day(&folder, "6"), folder.path("again.img"));
    let old = trained();
    assert_eq!(old.report.get("from"), None);
    let report = brief(&session, &image, &["--from", &old.image]);
    let from = &report["from"];
    assert_eq!((&from["network"], &from["network_hash"]), (&json!(old.image), &old.report["network_hash"]));
    assert_eq!(
        (&from["n_matched"], &from["n_new"], &from["n_gone"], &from["by"]),
        (&json!(24), &json!(0), &json!(0), &json!("row"))
    );
    assert_eq!((&report["topology"], &report["core"]), (&old.report["topology"], &old.report["core"]));
    assert!(report["lda"].is_number() && report["held_out"].as_array().unwrap().len() == 24);
    let companion: Value = serde_json::from_slice(&std::fs::read(format!("{image}.json")).unwrap()).unwrap();
    assert_eq!(companion["started_from"]["network_hash"], old.report["network_hash"]);
    assert_eq!(companion["training"]["calibrated_rate"], Value::Null);

    let decoded = json_lines(&succeed(&["decode", &session, "--network", &image, "--json"])).pop().unwrap();
    assert_eq!(decoded["scores_hash"], report["scores_hash"]);
    let of_old = json_lines(&succeed(&["decode", &old.recording, "--network", &image, "--json"])).pop().unwrap();
    assert_eq!(of_old["training"]["has_seen"], "all_but_held_out", "what the old network has seen, the new one has");

    let again = brief(&session, &folder.path("third.img"), &["--from", &old.image]);
    assert_eq!(again["network_hash"], report["network_hash"]);
    let said = succeed(&[&["train", &session, "-o", &image, "--from", &old.image], &BRIEF[..]].concat());
    assert!(said.contains(&format!(" on the {} trials held out from it", decoded["n_windows"])), "{said}");
    let line = said.lines().find(|line| line.starts_with("from ")).unwrap();
    assert!(
        line.contains("reach.img") && line.contains("24 units matched by row only") && line.contains("0 new, 0 gone"),
        "{line}"
    );
}

#[test]
fn few_trials_are_enough_and_too_few_are_refused() {
    let folder = Folder::new();
    let output = folder.path("again.img");
    let four = other_day(&folder, "4");
    let arguments =
        |session| vec!["train", session, "-o", &output, "--from", &trained().image, "--epochs", "1", "--json"];
    let report = json_lines(&succeed(&arguments(&four))).remove(0);
    assert_eq!((&report["folds"], &report["n_trials"]), (&json!(4), &json!(16)));
    let three = other_day(&folder, "3");
    refuses(INPUT, &arguments(&three), &["class `0` has 3 trials", "needs 4 of each class", "record more"]);
}

#[test]
fn what_the_network_cannot_become_is_refused() {
    let folder = Folder::new();
    let (session, output, old) = (other_day(&folder, "6"), folder.path("again.img"), &trained().image);
    let refused = |options: &[&str], parts: &[&str]| {
        refuses(INPUT, &[&["train", &session, "-o", &output, "--from", old], options].concat(), parts);
    };
    refused(&["--topology", "T1"], &["T6", "T1", "--topology"]);
    refused(&["--tick-ms", "2"], &["2 ms", "1 ms", "--tick-ms"]);
    refused(&["--weight-bits", "6"], &["6", "8 bits", "--weight-bits"]);
    refused(&["--classes", "0,90"], &["0 90", "0 90 180 270", "classes"]);
    refuses(
        INPUT,
        &["train", &trained().recording, "-o", &output, "--from", old],
        &[&trained().recording, "another day"],
    );
    refuses(INPUT, &["train", &session, "-o", &output, "--from", &session], &[&session]);
    refuses(INPUT, &["train", &session, "-o", old, "--from", old], &["overwrite"]);
    let target = motorsrnn(&["train", &session, "-o", &output, "--from", old, "--target", "x"]);
    assert_eq!(target.status.code(), Some(USAGE));
}
