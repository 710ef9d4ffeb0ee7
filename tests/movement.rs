//! Movement at every tick: from a synthetic session to values on the simulated board.

use std::fs;
use std::sync::OnceLock;

use recording::{Recording, Series, Times, TrialTable};
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
fn spikes_change_no_value_before_them() {
    const FROM_S: f64 = 50.0;
    let folder = Folder::new();
    let Reach { recording, image, .. } = reach();
    let changed = folder.path("changed.nwb");
    let mut session = Recording::open(recording).unwrap();
    // From then on, every unit fires as the next one did.
    let tails: Vec<Vec<f64>> =
        session.units.iter().map(|unit| unit[unit.partition_point(|time_s| *time_s < FROM_S)..].to_vec()).collect();
    let n_units = session.units.len();
    for (index, unit) in session.units.iter_mut().enumerate() {
        unit.retain(|time_s| *time_s < FROM_S);
        unit.extend(&tails[(index + 1) % n_units]);
    }
    recording::write_nwb_series(&session, &[Series::open(recording, "hand_vel").unwrap()], &changed).unwrap();
    let values = |recording: &str| {
        let options = ["decode", recording, "--network", image, "--json", "--values", "--trials", "all"];
        let lines = json_lines(&succeed(&options));
        let of_ticks = lines.into_iter().filter(|line| line["kind"] == "value");
        of_ticks.partition::<Vec<Value>, _>(|line| line["t_s"].as_f64().unwrap() < FROM_S)
    };
    let (before, after) = values(recording);
    let (changed_before, changed_after) = values(&changed);
    assert!(before.len() > 1000 && before == changed_before);
    assert_ne!(after, changed_after);
}

/// A stretch of the session as a recording of its own, whose clock starts `shift_s` earlier; its velocity is changed, too.
fn stretch(
    folder: &Folder,
    name: &str,
    (from_s, to_s, shift_s): (f64, f64, f64),
    change: impl Fn(&mut Series),
) -> String {
    let (path, source) = (folder.path(name), &reach().recording);
    let (session, mut velocity) = (Recording::open(source).unwrap(), Series::open(source, "hand_vel").unwrap());
    let units = session.units.iter().map(|unit| {
        let kept = unit.iter().filter(|time_s| (from_s..to_s).contains(*time_s));
        kept.map(|time_s| time_s - shift_s).collect()
    });
    let samples = (from_s * 250.0) as usize..(to_s * 250.0) as usize;
    velocity.values = velocity.values[2 * samples.start..2 * samples.end].to_vec();
    velocity.times = Times::Regular { start_s: from_s - shift_s, rate_hz: 250.0 };
    change(&mut velocity);
    let columns = session.unit_columns.clone();
    let day =
        Recording::generated(name.into(), String::new(), units.collect(), columns, TrialTable::default()).unwrap();
    recording::write_nwb_series(&day, &[velocity], &path).unwrap();
    path
}

#[test]
fn recordings_of_one_day_are_one_set_and_each_is_decoded_on_what_was_held_out() {
    let folder = Folder::new();
    let morning = stretch(&folder, "morning.nwb", (0.0, 30.0, 0.0), |_| {});
    let noon = stretch(&folder, "noon.nwb", (30.0, 60.0, 30.0), |_| {});
    let (image, out) = (folder.path("day.img"), folder.path("out.img"));
    let brief = ["--target", "hand_vel", "-o", &image, "--split", "last", "--epochs", "4", "--hidden", "16", "--json"];
    let report = json_lines(&succeed(&[&["train", &morning, &noon][..], &brief].concat())).remove(0);
    assert_eq!((&report["recording"], &report["n_pieces"]), (&json!("morning, noon"), &json!(2)));
    assert_eq!(report["recordings"], json!(["morning", "noon"]));
    assert!(report["r2"].as_f64().unwrap() > 0.2, "{report}");
    let decode = |recording: &str, options: &[&str]| {
        let arguments = [&["decode", recording, "-n", &image, "--json"], options].concat();
        json_lines(&succeed(&arguments)).pop().unwrap()
    };
    let at_noon = decode(&noon, &[]);
    for field in ["r2", "n_ticks_scored", "scores_hash"] {
        assert_eq!(at_noon[field], report[field], "{field}");
    }
    assert_eq!(at_noon["training"], json!({"has_seen": "all_but_held_out"}));
    refuses(INPUT, &["decode", &morning, "-n", &image], &["no tick to score that was held out", "--trials all"]);
    assert!(
        decode(&morning, &["--trials", "all"])["ticks"].as_str().unwrap().contains("those of the training included")
    );
    assert!(succeed(&["info", &image]).contains("trained on   morning, noon by"));
    // The same session on another clock is held out at the same times.
    let later = stretch(&folder, "later.nwb", (30.0, 60.0, 20.0), |_| {});
    assert_eq!(decode(&later, &[])["scores_hash"], report["scores_hash"]);
    // A part of it may be what training has seen.
    let part = stretch(&folder, "part.nwb", (10.0, 30.0, 0.0), |_| {});
    refuses(INPUT, &["decode", &part, "-n", &image], &["in part that of the training", "--trials all"]);
    assert_eq!(decode(&part, &["--trials", "all"])["training"]["has_seen"], "part");

    let metres = stretch(&folder, "metres.nwb", (30.0, 60.0, 30.0), |velocity| velocity.unit = "m/s".into());
    let train = |files: &[&str], parts: &[&str]| {
        refuses(INPUT, &[&["train"], files, &["--target", "hand_vel", "-o", &out]].concat(), parts);
    };
    train(&[&morning, &metres], &["metres.nwb", "its unit is `m/s`"]);
    train(&[&morning, &morning], &["spikes in common"]);
    refuses(
        INPUT,
        &["train", &morning, &noon, "--target", "hand_vel", "--axes", "z", "-o", &out],
        &["--axes: ", "axis `z`"],
    );
    let other = folder.path("other.nwb");
    succeed(&["synth", "--task", "reach", "--minutes", "1", "--channels", "39", "-o", &other]);
    train(&[&morning, &other], &["40 and 39 units"]);
}

#[test]
fn an_imported_network_decodes_movement_as_the_trained_one_does() {
    let folder = Folder::new();
    let Reach { recording, image, .. } = reach();
    let (graph, net) = (folder.path("net.nir"), folder.path("net.img"));
    let how = succeed(&["export", image, "--to", "nir", "-o", &graph]);
    let how = how.lines().find_map(|line| line.strip_prefix("read it with ")).unwrap();
    let import = |image: &str, options: &[&str]| {
        let arguments = [&["import", &graph, "-o", image, "--tick-ms", "4"], options].concat();
        succeed(&[arguments, how.split_whitespace().collect()].concat());
    };
    import(&net, &[]);
    // Its values are the scores of the trained network; the companion makes them velocities.
    let card: Value = serde_json::from_str(&fs::read_to_string(format!("{image}.json")).unwrap()).unwrap();
    let companion = format!("{net}.json");
    let mut imported: Value = serde_json::from_str(&fs::read_to_string(&companion).unwrap()).unwrap();
    let readout = &card["task"]["readout"];
    for axis in [0, 1] {
        let output = &mut imported["outputs"][axis];
        let number = |value: &Value| value.as_f64().unwrap();
        let scale = number(&readout["scale"][axis][axis]);
        output["offset"] = json!(scale * number(&output["offset"]) + number(&readout["offset"][axis]));
        output["scale"] = json!(scale * number(&output["scale"]));
    }
    fs::write(&companion, imported.to_string()).unwrap();

    let csv = folder.path("values.csv");
    let target = ["--target", "hand_vel"];
    let run = |options: &[&str]| {
        json_lines(&succeed(&[&["decode", recording, "-n", &net, "--json"], &target[..], options].concat()))
            .pop()
            .unwrap()
    };
    let found = run(&["--csv", &csv]);
    let trained = decode(&["--trials", "all"]).pop().unwrap();
    for field in ["n_ticks_scored", "n_ticks", "target", "unit", "tick_ms"] {
        assert_eq!(found[field], trained[field], "{field}");
    }
    // Spikes are rounded anew, and each axis has one readout only.
    for axis in [0, 1] {
        let [one, other] = [&found, &trained].map(|summary| summary["correlation_by_axis"][axis].as_f64().unwrap());
        assert!((one - other).abs() < 0.05, "{found} {trained}");
    }
    assert!((found["r2"].as_f64().unwrap() - trained["r2"].as_f64().unwrap()).abs() < 0.1, "{found} {trained}");
    assert!(found["synaptic_operations_per_tick"]["mean"].as_f64().unwrap() > 1.0, "{found}");
    assert_eq!((&found["delay_ticks"], &found["training"]["has_seen"]), (&json!(0), &json!("unknown")));
    assert_eq!(fs::read_to_string(csv).unwrap().lines().count() - 1, found["n_ticks"].as_u64().unwrap() as usize);
    let swapped = run(&["--axes", "y,x"]);
    assert!(swapped["r2"].as_f64().unwrap() < 0.0, "{swapped}");
    let scored = |options: &[&str]| run(options)["n_ticks_scored"].as_u64().unwrap();
    assert!(scored(&["--where", "id<20"]) < scored(&["--where", "id<40"]));

    let refused = |options: &[&str], parts: &[&str]| {
        refuses(INPUT, &[&["decode", recording, "-n", &net], options].concat(), parts);
    };
    refused(&["--target", "hand_vel", "--axes", "x"], &["its outputs are", "--axes"]);
    refused(&["--target", "hand_vel", "--units", "id<30"], &["30 units", "40 channels", "--units"]);
    refused(&["--target", "hand_vel", "--limit", "3"], &["--limit"]);
    refused(&["--target", "elbow"], &["no time series `elbow`"]);
    refused(&["--plot", &folder.path("x.svg")], &["--target"]);
    let class = folder.path("class.img");
    import(&class, &["--outputs", "class"]);
    refuses(INPUT, &["decode", recording, "-n", &class, "--target", "hand_vel"], &["for a class", "--outputs value"]);
}

#[test]
fn a_trained_network_is_compared_with_a_series_of_another_name() {
    let Reach { recording, image, .. } = reach();
    let folder = Folder::new();
    let scaled = changed(&folder, |series| series.unit = "m/s".into());
    let text = succeed(&["decode", &scaled, "-n", image, "--trials", "all"]);
    assert!(text.contains("in m/s"), "{text}");
    let found = decode(&["--target", "processing/behavior/hand_pos", "--derivative"]).pop().unwrap();
    let expected = decode(&[]).pop().unwrap();
    assert_eq!(found["scores_hash"], expected["scores_hash"]);
    // The change of the position over a tick is the mean velocity of the tick.
    assert!((found["r2"].as_f64().unwrap() - expected["r2"].as_f64().unwrap()).abs() < 0.01, "{found} {expected}");
    let later = decode(&["--target", "hand_vel", "--lag-ms", "200"]).pop().unwrap();
    assert!(later["r2"].as_f64() < expected["r2"].as_f64(), "{later}");
    refuses(
        INPUT,
        &["decode", recording, "-n", image, "--target", "hand_vel", "--axes", "x"],
        &["1 axes", "decodes 2"],
    );
    let slow = changed(&folder, |series| series.times = Times::Regular { start_s: 0.0, rate_hz: 25.0 });
    let text = crate::support::motorsrnn(&[
        "train",
        &slow,
        "--target",
        "hand_vel",
        "-o",
        &folder.path("s.img"),
        "--epochs",
        "1",
    ]);
    assert!(String::from_utf8(text.stderr).unwrap().contains("look whether its rate"));
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
    refuses(INPUT, &["decode", recording, "-n", image, "--bin-angles", "3"], &["--bin-angles"]);
    refuses(INPUT, &["decode", recording, "-n", image, "--where", "id<3"], &["no tick to score", "--trials all"]);
    let both = folder.path("both");
    refuses(INPUT, &["decode", recording, "-n", image, "--csv", &both, "--plot", &both], &["--csv", "--plot", "each"]);
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
    let cases: [(Change, &[&str]); 8] = [
        (
            &|series| series.times = Times::Stamps((0..15_000).map(|sample| 4.0 * f64::from(sample)).collect()),
            &["seconds"],
        ),
        (
            &|series| {
                let rows: Vec<f64> = series.values.chunks_exact(2).flat_map(|row| [row[0]; 17]).collect();
                (series.axes, series.values) = ((0..17).map(|axis| axis.to_string()).collect(), rows);
            },
            &["17 axes", "16"],
        ),
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
    let further = ["--axes", "x", "--derivative", "--lag-ms", "100", "--score-in", "trials"];
    let text = succeed(&[&["study", &twice], &brief[2..], &further].concat());
    // Of the two lags that are compared, 100 ms is that of all.
    assert!(text.contains("18 runs, 0 of them done before"), "{text}");
    let page = fs::read_to_string(format!("{output}/report.html")).unwrap();
    for part in ["(x) is decoded", "change of that series", "100 ms after the tick", "Only ticks in trials"] {
        assert!(page.contains(part), "{part}");
    }
}
