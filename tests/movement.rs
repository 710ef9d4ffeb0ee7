//! Movement at every tick: from a synthetic session to values on the simulated board.

use std::fs;
use std::sync::OnceLock;

use recording::{Recording, Series};
use serde_json::{Value, json};

use crate::support::{Folder, json_lines, refuses, succeed};

const INPUT: i32 = 1;

/// A session of a minute, a network trained on it for a moment, and the report.
struct Reach {
    _folder: Folder,
    recording: String,
    image: String,
    report: Value,
}

fn reach() -> &'static Reach {
    static REACH: OnceLock<Reach> = OnceLock::new();
    REACH.get_or_init(|| {
        let folder = Folder::new();
        let (recording, image) = (folder.path("reach.nwb"), folder.path("reach.img"));
        succeed(&["synth", "--task", "reach", "--minutes", "1", "--channels", "40", "-o", &recording]);
        let report = train(&recording, &image, &[]);
        Reach { _folder: folder, recording, image, report }
    })
}

fn train(recording: &str, image: &str, options: &[&str]) -> Value {
    let brief = ["train", recording, "--target", "hand_vel", "-o", image, "--split", "last", "--json"];
    json_lines(&succeed(&[&brief[..], &["--epochs", "4", "--hidden", "16"], options].concat())).remove(0)
}

fn decode(options: &[&str]) -> Vec<Value> {
    let Reach { recording, image, .. } = reach();
    json_lines(&succeed(&[&["decode", recording, "--network", image, "--json"], options].concat()))
}

#[test]
fn a_network_follows_the_hand_and_gives_the_same_scores_wherever_it_runs() {
    let report = &reach().report;
    assert_eq!(
        (&report["kind"], &report["task"], &report["axes"]),
        (&json!("training"), &json!("movement"), &json!(["x", "y"]))
    );
    assert!(report["r2"].as_f64().unwrap() > 0.2, "{report}");
    assert!(report["wiener"]["r2"].as_f64().unwrap() > 0.3, "{report}");
    let by_model = decode(&[]).pop().unwrap();
    for field in ["r2", "r2_by_axis", "n_ticks_scored", "scores_hash"] {
        assert_eq!(by_model[field], report[field], "{field}");
    }
    let by_hardware = decode(&["--board", "sim", "--in-flight", "8"]).pop().unwrap();
    assert_eq!(
        (&by_hardware["scores_hash"], &by_hardware["agrees_with_model"]),
        (&report["scores_hash"], &json!(true))
    );
}

#[test]
fn every_tick_has_its_values_as_csv_picture_and_json() {
    let folder = Folder::new();
    let (csv, plot) = (folder.path("reach.csv"), folder.path("reach.svg"));
    let mut lines = decode(&["--values", "--csv", &csv, "--plot", &plot]);
    let summary = lines.pop().unwrap();
    let rows = fs::read_to_string(csv).unwrap();
    assert_eq!(rows.lines().next().unwrap(), "t_s,x_decoded,y_decoded,x_true,y_true,scored");
    assert_eq!(rows.lines().count() - 1, lines.len());
    assert_eq!(json!(lines.len()), summary["n_ticks"]);
    let scored = |line: &&Value| line["scored"] == json!(true);
    assert_eq!(json!(lines.iter().filter(scored).count()), summary["n_ticks_scored"]);
    assert!(lines.iter().all(|line| line["kind"] == "value" && line["values"].as_array().unwrap().len() == 2));
    let picture = fs::read_to_string(plot).unwrap();
    assert_eq!(picture.matches("<path").count(), 6);
}

#[test]
fn the_series_of_a_session_are_listed_and_a_network_is_described() {
    let Reach { recording, image, .. } = reach();
    let info = json_lines(&succeed(&["info", recording, "--json"])).remove(0);
    let series = info["series"].as_array().unwrap();
    assert_eq!(series.len(), 2);
    assert_eq!((&series[1]["path"], &series[1]["rate_hz"]), (&json!("processing/behavior/hand_vel"), &json!(250.0)));
    assert!(succeed(&["info", recording]).contains("x, y in cm/s; 15000 samples"));
    assert!(succeed(&["info", image]).contains("processing/behavior/hand_vel: x, y in cm/s, ticks of 4 ms"));
}

#[test]
fn labels_of_the_test_do_not_change_the_network() {
    let folder = Folder::new();
    let Reach { recording, report, .. } = reach();
    let (changed, image) = (folder.path("changed.nwb"), folder.path("changed.img"));
    let session = Recording::open(recording).unwrap();
    let mut velocity = Series::open(recording, "hand_vel").unwrap();
    let first = 2 * (velocity.len() * 4 / 5);
    velocity.values[first..].iter_mut().for_each(|value| *value *= -3.0);
    recording::write_nwb_series(&session, &[velocity], &changed).unwrap();
    let other = train(&changed, &image, &[]);
    assert_eq!(other["network_hash"], report["network_hash"]);
    assert_ne!(other["r2"], report["r2"]);
}

#[test]
fn a_synthetic_task_refuses_the_options_of_the_other() {
    let folder = Folder::new();
    let output = folder.path("session.nwb");
    for option in ["--directions=4", "--trials=3", "--trial-ms=500", "--firing=regular", "--tuned=0.5"] {
        let name = option.split('=').next().unwrap();
        refuses(INPUT, &["synth", "-o", &output, "--task", "reach", option], &[name, "`--task centre-out`"]);
    }
    refuses(INPUT, &["synth", "-o", &output, "--minutes", "2"], &["--minutes", "`--task reach`"]);
    assert_eq!(folder.names(), Vec::<String>::new());
}

#[test]
fn what_cannot_be_decoded_is_refused() {
    let folder = Folder::new();
    let Reach { recording, image, .. } = reach();
    let other = folder.path("other.img");
    let refused = |options: &[&str], parts: &[&str]| {
        refuses(INPUT, &[&["train", recording, "-o", &other], options].concat(), parts);
    };
    refused(&["--target", "elbow"], &["no time series `elbow`", "processing/behavior/hand_vel"]);
    refused(&["--target", "hand_vel", "--topology", "T6"], &["T6", "cannot run free", "T7"]);
    refused(&["--target", "hand_vel", "--axes", "z"], &["--axes", "no axis `z`"]);
    refused(&["--target", "hand_vel", "--tick-ms", "60"], &["--tick-ms", "1 to 50"]);
    refuses(INPUT, &["decode", recording, "-n", image, "--limit", "3"], &["--limit"]);
    refuses(INPUT, &["decode", recording, "-n", image, "--csv", recording], &["overwrite", "--csv"]);
    assert_eq!(folder.names(), Vec::<String>::new());
}
