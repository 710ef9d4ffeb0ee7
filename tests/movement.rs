//! Movement at every tick: from a synthetic session to values on the simulated board.

use std::fs;
use std::sync::OnceLock;

use recording::{Recording, Series, Times};
use serde_json::{Value, json};

use crate::support::{Device, Folder, Running, json_lines, refuses, succeed};

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
fn the_shipped_network_gives_the_same_scores_on_model_simulation_and_serial_devices() {
    let example = |name: &str| format!("{}/../examples/{name}", env!("CARGO_MANIFEST_DIR"));
    let (recording, image) = (example("reach.nwb"), example("reach.img"));
    let hash = |options: &[&str]| {
        let arguments = [&["decode", &recording, "--network", &image, "--json"], options].concat();
        let summary = json_lines(&succeed(&arguments)).pop().unwrap();
        assert!(summary["r2"].as_f64().unwrap() > 0.75, "{summary}");
        summary["scores_hash"].clone()
    };
    let expected = hash(&[]);
    let device = Device::with_board(spec::core::UP5K.configuration);
    assert_eq!(hash(&["--board", device.name(), "--in-flight", "8"]), expected);
    assert_eq!(hash(&["--board", "sim", "--in-flight", "8"]), expected);
    let simulation = Running::simulation("up5k");
    assert_eq!(hash(&["--board", &simulation.first_line, "--in-flight", "8"]), expected);
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
fn one_axis_is_enough_also_beside_float_networks() {
    let folder = Folder::new();
    let Reach { recording, .. } = reach();
    let report = train(recording, &folder.path("x.img"), &["--axes", "x", "--baselines", "lstm,gru"]);
    assert_eq!(report["axes"], json!(["x"]));
    assert!(report["r2"].as_f64().unwrap() > 0.2, "{report}");
    for decoder in ["gru", "lstm"] {
        // They have not learned much yet.
        assert!(report[decoder]["r2"].as_f64().unwrap() > -0.2 && report[decoder]["hidden_units"] != 0, "{report}");
    }
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

/// A copy of the session whose velocity is changed.
fn changed(folder: &Folder, change: impl Fn(&mut Series)) -> String {
    let path = folder.path("changed.nwb");
    let session = Recording::open(&reach().recording).unwrap();
    let mut velocity = Series::open(&reach().recording, "hand_vel").unwrap();
    change(&mut velocity);
    recording::write_nwb_series(&session, &[velocity], &path).unwrap();
    path
}

#[test]
fn a_series_that_makes_no_sense_is_refused_with_its_cause() {
    type Change<'a> = &'a dyn Fn(&mut Series);
    let cases: [(Change, &[&str]); 6] = [
        (&|series| series.values.truncate(2), &["1 sample"]),
        (&|series| series.values.fill(f64::NAN), &["all of its values are missing"]),
        (&|series| series.times = Times::Regular { start_s: 0.0, rate_hz: 0.004 }, &["period", "250"]),
        (&|series| series.times = Times::Regular { start_s: 1e4, rate_hz: 250.0 }, &["spikes from", "one clock"]),
        (&|series| series.values.fill(3.0), &["axis x is the same in all ticks"]),
        (
            &|series| {
                // Two samples of very many axes.
                series.axes = (0..series.values.len() / 2).map(|axis| axis.to_string()).collect();
            },
            &["swapped", "[samples, axes]"],
        ),
    ];
    for (change, parts) in cases {
        let folder = Folder::new();
        let recording = changed(&folder, change);
        let arguments = ["train", &recording, "--target", "hand_vel", "-o", &folder.path("other.img")];
        refuses(INPUT, &arguments, parts);
        assert_eq!(folder.names(), ["changed.nwb"]);
    }
}

#[test]
fn text_beside_an_event_list_is_no_movement() {
    let folder = Folder::new();
    let events = folder.path("day.csv");
    fs::write(&events, "t_ms,channel\n0,0\n99,1\n").unwrap();
    fs::write(folder.path("day.kinematics.csv"), "t_ms,x\n0,left\n50,right\n").unwrap();
    refuses(INPUT, &["train", &events, "--target", "kinematics", "-o", &folder.path("other.img")], &["left"]);
}

#[test]
fn movement_is_studied_and_the_report_warns_of_other_recordings() {
    let folder = Folder::new();
    let output = folder.path("report");
    let study = ["study", &reach().recording, "-o", &output, "--target", "hand_vel", "--quick"];
    let brief = [&study[..], &["--folds", "2", "--epochs", "1"]].concat();
    let text = succeed(&brief);
    assert!(text.contains("The spiking network is above the Wiener filter"), "{text}");
    let page = fs::read_to_string(format!("{output}/report.html")).unwrap();
    for part in
        ["Continuous decoding", "tinyRSNN", "cannot be compared", "movement_lag.csv", "movement_bits.csv", "LSTM"]
    {
        assert!(page.contains(part), "{part}");
    }
    assert!(succeed(&brief).contains("22 runs, 22 of them done before"));
    let twice = changed(&folder, |series| series.values.iter_mut().for_each(|value| *value *= 2.0));
    let text = succeed(&[&["study", &twice], &brief[2..]].concat());
    assert!(text.contains("22 runs, 0 of them done before"), "{text}");
}
