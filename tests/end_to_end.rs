//! From a recording to decisions: decoding finds what training reported, on the model, in simulation and over a serial device.

use std::fs;

use serde_json::{Value, json};

use crate::support::{
    BRIEF, Device, Folder, Running, Trained, json_lines, motorsrnn, shared_data, short, succeed, trained,
};

const TRAIN_FIELDS: [&str; 11] = [
    "accuracy_mean",
    "accuracy_sd",
    "lda",
    "poisson_naive_bayes",
    "chance",
    "folds",
    "n_trials",
    "n_neurons",
    "n_synapses",
    "spikes_per_window",
    "seed",
];
const DECODE_FIELDS: [&str; 8] =
    ["accuracy", "n_windows", "n_ticks", "board", "network_hash", "scores_hash", "latency_us", "link"];

fn require(line: &Value, fields: &[&str]) {
    for field in fields {
        assert!(line.get(field).is_some_and(|value| !value.is_null()), "no {field} in {line}");
    }
}

/// The lines of a decode, and its last.
fn decode(recording: &str, image: &str, options: &[&str]) -> (Vec<Value>, Value) {
    let mut lines = json_lines(&succeed(&[&["decode", recording, "--network", image, "--json"], options].concat()));
    let summary = lines.pop().unwrap();
    (lines, summary)
}

#[test]
fn decoding_a_real_session_finds_what_training_reported() {
    let Some(recording) = shared_data("pmd_delay_7targets.nwb") else { return };
    let recording = recording.to_str().unwrap();
    let folder = Folder::new();
    let (image, report) = folder.train(recording, "reach.img", &[]);
    require(&report, &TRAIN_FIELDS);
    assert_eq!((&report["folds"], &report["n_trials"]), (&Value::from(2), &Value::from(210)));
    assert_eq!(folder.names(), ["reach.img", "reach.img.json"]);

    let (windows, summary) = decode(recording, &image, &["--board", "model"]);
    require(&summary, &DECODE_FIELDS);
    require(&summary["latency_us"], &["p50", "p99", "max"]);
    require(&summary["link"], &["frames", "crc_errors", "resends"]);
    assert_eq!(summary["accuracy"], report["image_accuracy"]);
    assert_eq!(summary["scores_hash"], report["scores_hash"]);
    assert_eq!(summary["network_hash"], report["network_hash"]);
    assert_eq!(summary["trials"], "held out");
    assert_eq!(summary["latency_of"], "model");
    assert_eq!(summary["n_windows"], windows.len());
    assert_eq!(summary["n_ticks"], windows.len() * 50);
    let n_right = windows.iter().filter(|line| line["class"] == line["decision"]).count();
    assert!((summary["accuracy"].as_f64().unwrap() - n_right as f64 / windows.len() as f64).abs() < 1e-12);

    let (all, summary) = decode(recording, &image, &["--trials", "all"]);
    assert_eq!(all.len(), 210);
    assert_eq!(summary["trials"], "all, training trials included");
    assert_ne!(summary["scores_hash"], report["scores_hash"]);
}

#[test]
fn a_serial_device_gives_the_scores_of_the_model() {
    let Trained { recording, image, report } = trained();
    let device = Device::with_board(spec::core::ECP5_25F.configuration);
    // The second run finds a board that still holds the network, after an older conversation.
    for in_flight in ["1", "8"] {
        let (_, summary) = decode(recording, image, &["--board", device.name(), "--in-flight", in_flight]);
        assert_eq!((&summary["board"], &summary["latency_of"]), (&device.name().into(), &"program".into()));
        assert_eq!(summary["scores_hash"], report["scores_hash"]);
        assert_eq!(summary["agrees_with_model"], true);
    }
}

#[test]
fn the_baud_rate_is_detected_unless_it_is_given() {
    let Trained { recording, image, report } = trained();
    for baud in spec::board::line_speeds() {
        let device = Device::with_board_at(baud, spec::core::ECP5_25F.configuration);
        let options = ["--board", device.name(), "--limit", "1"];
        let (_, summary) = decode(recording, image, &options);
        assert_eq!(summary["agrees_with_model"], true, "{baud}");
    }
    // A rate that no board of the list has.
    let device = Device::with_board_at(115_200, spec::core::ECP5_25F.configuration);
    let (_, summary) = decode(recording, image, &["--board", device.name(), "--baud", "115200"]);
    assert_eq!(summary["scores_hash"], report["scores_hash"]);
    let output = motorsrnn(&["decode", recording, "--network", image, "--board", device.name()]);
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_simulated_hardware_gives_the_scores_of_the_model() {
    let folder = Folder::new();
    let recording = &short().recording;
    for core in spec::core::CORES.map(|core| core.name) {
        let (image, _) = folder.train(recording, "reach.img", &["--core", core, "--window-ms", "10"]);
        let (_, summary) = decode(recording, &image, &["--board", "sim", "--in-flight", "2", "--limit", "2"]);
        assert_eq!((&summary["board"], &summary["latency_of"]), (&"sim".into(), &"simulation".into()));
        assert_eq!(summary["agrees_with_model"], true, "{core}");
    }
}

#[test]
fn simulated_hardware_serves_as_a_serial_device() {
    let Trained { recording, image, report } = short();
    let simulation = Running::simulation("gowin");
    // The second run finds a board that still holds the network.
    for in_flight in ["1", "4"] {
        let (_, summary) = decode(recording, image, &["--board", &simulation.first_line, "--in-flight", in_flight]);
        assert_eq!(summary["scores_hash"], report["scores_hash"]);
    }
}

#[test]
fn a_self_test_of_a_board_behind_a_serial_device_passes_and_its_report_is_what_was_printed() {
    let folder = Folder::new();
    for (core, options) in [(spec::core::UP5K, &["--core", "up5k"][..]), (spec::core::GOWIN, &["--json"])] {
        let path = folder.path(core.name);
        let device = Device::with_board_at(spec::board::line_speeds()[1], core.configuration);
        let printed = succeed(&[&["selftest", "--board", device.name(), "-o", &path], options].concat());
        assert_eq!(fs::read_to_string(&path).unwrap(), printed);
        if options == ["--json"] {
            let lines = json_lines(&printed);
            let last = lines.last().unwrap();
            assert_eq!((&last["verdict"], &last["passed"]), (&"pass".into(), &6.into()), "{printed}");
            assert_eq!((&last["baud"], &last["responder"]), (&1_000_000.into(), &"program".into()));
        } else {
            let parts =
                [device.name(), "1000000 baud", "core: up5k", "verdict      PASS: 6 passed, 0 failed, 0 skipped"];
            assert!(parts.iter().all(|part| printed.contains(part)), "{printed}");
        }
    }
}

#[test]
fn boards_lists_bitstreams_and_tick_rates() {
    let lines = json_lines(&succeed(&["boards", "--json"]));
    assert_eq!(lines.len(), spec::board::BOARDS.len());
    let text = succeed(&["boards"]);
    for line in &lines {
        let rate = |field: &str| line["tick_rate"][field].as_f64().unwrap();
        assert_eq!(rate("ticks_per_s"), rate("ticks_per_s_of_core").min(rate("ticks_per_s_of_line")), "{line}");
        match line["bitstream"]["sha256"].as_str() {
            Some(sha256) => assert!(text.contains(sha256), "{text}"),
            None => assert!(text.contains("not built") || text.contains("vendor's tools"), "{text}"),
        }
    }
    assert!(lines.iter().any(|line| line["bitstream"]["sha256"].is_string()));
}

#[test]
fn more_frames_in_flight_than_the_board_keeps_answers_give_a_warning() {
    let Trained { recording, image, report } = trained();
    for (in_flight, warning) in
        [("8", ""), ("9", "motorsrnn: warning: board model keeps 8 answers, so `--in-flight 9` works as 8\n")]
    {
        let output = motorsrnn(&["decode", recording, "--network", image, "--json", "--in-flight", in_flight]);
        assert_eq!(String::from_utf8(output.stderr).unwrap(), warning);
        let lines = json_lines(&String::from_utf8(output.stdout).unwrap());
        assert_eq!(lines.last().unwrap()["scores_hash"], report["scores_hash"]);
        assert!(output.status.success());
    }
}

#[test]
fn a_limit_decodes_the_first_trials_of_those_chosen() {
    let Trained { recording, image, .. } = trained();
    let (all, whole) = decode(recording, image, &[]);
    let (some, summary) = decode(recording, image, &["--limit", "3"]);
    assert_eq!(some, all[..3]);
    assert_eq!((&summary["n_windows"], &summary["trials"]), (&3.into(), &"held out; the first 3 of 12".into()));
    assert_ne!(summary["scores_hash"], whole["scores_hash"]);
    let (more, summary) = decode(recording, image, &["--limit", "12"]);
    assert_eq!((more, &summary["trials"]), (all, &"held out".into()));
    assert_eq!(summary["scores_hash"], whole["scores_hash"]);
}

#[test]
fn agreement_is_reported_only_if_something_was_compared() {
    let Trained { recording, image, .. } = short();
    for (board, is_compared, latency) in [
        ("model", false, "of the reference model, not of hardware"),
        ("sim", true, "of the simulation, not of hardware"),
    ] {
        let options = ["--board", board, "--limit", "1"];
        let (_, summary) = decode(recording, image, &options);
        let text = succeed(&[&["decode", recording, "--network", image], &options[..]].concat());
        assert_eq!(summary.get("agrees_with_model"), is_compared.then_some(&Value::from(true)));
        assert_eq!(text.contains("agrees, bit for bit"), is_compared, "{text}");
        assert!(text.contains(latency), "{text}");
    }
}

#[test]
fn info_lists_what_options_can_name() {
    let recording = &trained().recording;
    let info = &json_lines(&succeed(&["info", recording, "--json"]))[0];
    assert_eq!(
        (&info["default_align"], &info["default_label_column"]),
        (&"start_time".into(), &"target_direction".into())
    );
    let column = |name| info["columns"].as_array().unwrap().iter().find(|column| column["name"] == name).unwrap();
    assert_eq!(column("target_direction")["labels"], json!(["0", "90", "180", "270"]));
    // Every trial has its own time, so no two would share a class.
    let go_cue = column("go_cue_time");
    assert_eq!(
        (&go_cue["holds"], &go_cue["n_labels"], &go_cue["labels"]),
        (&"numbers".into(), &24.into(), &Value::Null)
    );
    let text = succeed(&["info", recording]);
    for part in
        ["default of --align", "0 (6), 90 (6), 180 (6), 270 (6)", "target_direction (default of --label-column)"]
    {
        assert!(text.contains(part), "no `{part}` in {text}");
    }
    let chosen = [
        "--align",
        "start_time",
        "--label-column",
        "target_direction",
        "--classes",
        "0,90,180,270",
        "--core",
        "ecp5-25f",
    ];
    let folder = Folder::new();
    let (image, _) = folder.train(recording, "chosen.img", &chosen);
    assert_eq!(fs::read(image).unwrap(), fs::read(&trained().image).unwrap());
}

#[test]
fn info_shows_the_accuracy_of_the_image_and_the_mean_over_folds() {
    let Trained { image, report, .. } = trained();
    let percent = |field: &str| format!("{:.1} %", 100.0 * report[field].as_f64().unwrap());
    assert_ne!(percent("image_accuracy"), percent("accuracy_mean"));
    let text = succeed(&["info", image]);
    let of_image = format!("accuracy     {} on the 12 trials held out from it", percent("image_accuracy"));
    let of_folds = format!("training     {} on held-out trials, mean of 2 folds", percent("accuracy_mean"));
    let spread = format!("deviation over folds {:.1} points", 100.0 * report["accuracy_sd"].as_f64().unwrap());
    for part in [of_image, of_folds, spread] {
        assert!(text.contains(&part), "no `{part}` in {text}");
    }
}

#[test]
fn the_image_does_not_depend_on_the_number_of_threads() {
    let folder = Folder::new();
    for threads in ["1", "3"] {
        let (image, _) = folder.train(&trained().recording, "reach.img", &["--core", "ecp5-25f", "--threads", threads]);
        assert_eq!(fs::read(image).unwrap(), fs::read(&trained().image).unwrap(), "{threads} threads");
    }
}

#[test]
fn pruning_to_a_number_of_synapses_fits_a_core_that_is_too_small_otherwise() {
    let folder = Folder::new();
    let recording = format!("{}/../examples/centre_out.nwb", env!("CARGO_MANIFEST_DIR"));
    let small = ["--core", "gowin"];
    let image = folder.path("small.img");
    let refused = motorsrnn(&[&["train", &recording, "-o", &image], &small[..], &BRIEF[..]].concat());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("synapses a lane: the network needs"), "{refused:?}");
    succeed(&[&["train", &recording, "-o", &image, "--synapses", "5000"], &small[..], &BRIEF[..]].concat());
    let network = json_lines(&succeed(&["info", &image, "--json"])).remove(0);
    assert_eq!(network["n_synapses"], 5000, "{network}");
    let more = motorsrnn(&["train", &recording, "-o", &image, "--synapses", "900000"]);
    let message = String::from_utf8_lossy(&more.stderr).into_owned();
    assert_eq!(more.status.code(), Some(1), "{message}");
    assert!(message.contains("900000"), "{message}");
}

#[test]
fn another_seed_gives_another_image() {
    let folder = Folder::new();
    let (image, _) = folder.train(&trained().recording, "reach.img", &["--seed", "2"]);
    assert_ne!(fs::read(image).unwrap(), fs::read(&trained().image).unwrap());
}

#[test]
fn a_synthetic_session_trains_from_its_own_split_and_go_cue() {
    let folder = Folder::new();
    let recording = &trained().recording;
    let image = folder.path("reach.img");
    let options = ["--align", "go_cue_time", "--split-column", "split", "--epochs", "3", "--json"];
    let report = json_lines(&succeed(&[&["train", recording, "-o", &image][..], &options].concat())).remove(0);
    require(&report, &TRAIN_FIELDS);
    assert_eq!(report["folds"], 1);
    let (_, summary) = decode(recording, &image, &[]);
    assert_eq!(summary["scores_hash"], report["scores_hash"]);
    assert_eq!(summary["accuracy"], report["image_accuracy"]);
}
