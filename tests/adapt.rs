//! Adaptation through the program: what is learned, logged, saved and replayed is the same on every board.

use std::fs;
use std::sync::LazyLock;

use serde_json::{Value, json};
use spec::image::{NetworkImage, PlasticImage};

use crate::live::feed::{Printed, live, rows_of_trials};
use crate::support::{Device, Folder, Trained, json_lines, motorsrnn, refuses, short, succeed};

/// A network with plastic readouts on one lane.
const PLASTIC: [&str; 5] = ["--plastic", "--core", "gowin", "--topology", "direct"];

/// Other units of the same task: another day, on which nothing is left of the first.
fn other_day() -> &'static str {
    static DAY: LazyLock<(Folder, String)> = LazyLock::new(|| {
        let folder = Folder::new();
        let recording = folder.path("day2.nwb");
        let sizes = ["--channels", "24", "--directions", "4", "--trials", "10", "--seed", "6"];
        succeed(&[&["synth", "-o", &recording], &sizes[..]].concat());
        (folder, recording)
    });
    &DAY.1
}

fn plastic(folder: &Folder, options: &[&str]) -> (String, Value) {
    folder.train(&short().recording, "plastic.img", &[&PLASTIC[..], options].concat())
}

const ALL_TAUGHT: &str = "all; training has not seen this recording; 40 of them taught its readouts";

/// The lines of a decode, and its last.
fn decode(recording: &str, image: &str, options: &[&str]) -> (Vec<Value>, Value) {
    let mut lines = json_lines(&succeed(&[&["decode", recording, "--network", image, "--json"], options].concat()));
    let summary = lines.pop().unwrap();
    (lines, summary)
}

/// Decodes the other day and adapts; the files are named by `name`.
fn adapt(folder: &Folder, image: &str, by: &str, name: &str, options: &[&str]) -> (Vec<Value>, Value, [String; 2]) {
    let files = [format!("{name}.img"), format!("{name}.log")].map(|name| folder.path(&name));
    let adapting = ["--adapt", by, "--save", &files[0], "--log", &files[1]];
    let (lines, summary) = decode(other_day(), image, &[&adapting[..], options].concat());
    (lines, summary, files)
}

fn replay(log: &str, network: &str, output: &str, options: &[&str]) -> Value {
    let arguments = ["adapt", "--replay", log, "--network", network, "-o", output, "--json"];
    json_lines(&succeed(&[&arguments[..], options].concat())).remove(0)
}

/// An image and its companion.
fn files(image: &str) -> [Vec<u8>; 2] {
    [image.to_owned(), format!("{image}.json")].map(|path| fs::read(path).unwrap())
}

#[test]
fn a_network_with_plastic_readouts_is_the_same_network_without() {
    let folder = Folder::new();
    let (image, report) = plastic(&folder, &[]);
    let (alone, report_alone) = folder.train(&short().recording, "alone.img", &PLASTIC[1..]);
    for field in ["scores_hash", "image_accuracy", "n_neurons", "n_synapses", "accuracy_mean", "core"] {
        assert_eq!(report[field], report_alone[field], "{field}");
    }
    assert_eq!((&report["plastic"]["neighbours"], report_alone.get("plastic")), (&json!("ring"), None));
    assert!(!fs::read_to_string(format!("{alone}.json")).unwrap().contains("plastic"));
    let bytes = fs::read(&image).unwrap();
    let (network, of_file) = NetworkImage::decode_trained(&bytes).unwrap();
    assert_eq!(network.encode().unwrap(), fs::read(&alone).unwrap());
    assert_eq!(of_file.unwrap().plastic().means.n_rows(), 24);

    let recording = &short().recording;
    let (windows, summary) = decode(recording, &image, &[]);
    let (windows_alone, summary_alone) = decode(recording, &alone, &[]);
    assert_eq!(windows, windows_alone);
    assert_eq!((&summary["scores_hash"], summary.get("adaptation")), (&summary_alone["scores_hash"], None));
    assert_eq!(summary["scores_hash"], report["scores_hash"]);
    assert_eq!(summary["network_hash"], report["network_hash"]);
    assert_ne!(summary["network_hash"], summary_alone["network_hash"]);

    let info = json_lines(&succeed(&["info", &image, "--json"])).remove(0);
    assert_eq!((&info["n_readouts"], &info["companion"]["plastic"]["neighbours"]), (&json!(8), &json!("ring")));
    let text = succeed(&["info", &image]);
    assert!(text.contains("plastic      readouts, ") && text.contains("not taught yet"), "{text}");
    for (name, image) in [("one.json", &image), ("other.json", &alone)] {
        succeed(&["export", image, "--to", "json", "-o", &folder.path(name)]);
    }
    let exported = ["one.json", "other.json"].map(|name| -> Value {
        let mut exported: Value = serde_json::from_slice(&fs::read(folder.path(name)).unwrap()).unwrap();
        exported["network_hash"].take();
        exported
    });
    assert_eq!(exported[0], exported[1]);
    succeed(&["export", &image, "--to", "nir", "-o", &folder.path("a.nir")]);
    succeed(&["selftest", "--board", "model", "--network", &image]);
    let text = rows_of_trials(recording, &image, 4);
    let [by_both, by_one] = [&image, &alone].map(|image| live(image, &[], &text).summary["scores_hash"].clone());
    assert_eq!(by_both, by_one);
}

#[test]
fn readouts_that_are_taught_follow_and_the_log_gives_the_same_image() {
    let folder = Folder::new();
    let (image, _) = plastic(&folder, &[]);
    let before = files(&image);
    let (windows, summary, [saved, log]) = adapt(&folder, &image, "labels", "labels", &[]);
    let adaptation = &summary["adaptation"];
    assert_eq!((&adaptation["n_teaches"], &adaptation["n_labels"]), (&json!(40), &json!(40)));
    let share = |field: &str| adaptation[field].as_f64().unwrap();
    assert_eq!(summary["accuracy"], adaptation["accuracy_trusted"]);
    assert!(share("accuracy_adapted") > share("accuracy_trained"), "{adaptation}");
    assert!(share("accuracy_trusted") > share("accuracy_trained"), "{adaptation}");
    assert_eq!(adaptation["trusted"], "adapted");
    let right = |field: &str| windows.iter().filter(|line| line[field] == line["class"]).count() as f64 / 40.0;
    for (field, share_of) in
        [("trained", "accuracy_trained"), ("adapted", "accuracy_adapted"), ("decision", "accuracy_trusted")]
    {
        assert_eq!(right(field), share(share_of), "{field}");
    }
    for line in &windows {
        let trusted = line["trusted"].as_str().unwrap();
        assert_eq!((&line["decision"], &line["taught"]), (&line[trusted], &line["class"]), "{line}");
    }
    assert!(adaptation["n_reloads"].as_u64().unwrap() <= 39, "no reload after the last window");
    assert_eq!(files(&image), before, "the image that was given has changed");

    // What was saved is what was learned, and what the log gives.
    assert_eq!(adaptation["saved_hash"], json!(spec::digest::sha256_hex(&files(&saved)[0])));
    let replayed = folder.path("replayed.img");
    let summary = replay(&log, &image, &replayed, &[]);
    assert_eq!((&summary["n_teaches"], &summary["missing"]), (&json!(40), &Value::Null));
    assert_eq!(files(&replayed), files(&saved));
    let trained = |bytes: &[u8]| NetworkImage::decode_trained(bytes).unwrap().0;
    assert_eq!(trained(&files(&saved)[0]), trained(&before[0]));

    // A decode of fewer windows is where the log was after them.
    let (_, _, [fewer, _]) = adapt(&folder, &image, "labels", "fewer", &["--limit", "15"]);
    let summary = replay(&log, &image, &replayed, &["--until", "15"]);
    assert_eq!((&summary["n_teaches"], &summary["n_windows"]), (&json!(15), &json!(15)));
    assert_eq!(files(&replayed), files(&fewer));
    let arguments = ["adapt", "--replay", &log, "-n", &image, "-o", &replayed, "--until", "41"];
    refuses(1, &arguments, &["labels.log", "40 teaches, not 41"]);
}

#[test]
fn an_adapted_image_is_frozen_unless_it_is_taught_and_trust_comes_back() {
    let folder = Folder::new();
    let (image, _) = plastic(&folder, &[]);
    let (_, _, [day2, _]) = adapt(&folder, &image, "labels", "day2", &[]);
    let before = files(&day2);
    refuses(1, &["decode", other_day(), "-n", &day2], &["every trial", "has taught the readouts", "--trials all"]);
    let (windows, summary) = decode(other_day(), &day2, &["--trials", "all"]);
    assert_eq!((&summary["trials"], &summary["n_taught_before"]), (&json!(ALL_TAUGHT), &json!(40)));
    let adaptation = &summary["adaptation"];
    assert_eq!((&adaptation["adapt"], &adaptation["n_teaches"]), (&json!("off"), &json!(0)));
    assert!(windows.iter().all(|line| line["decision"] == line["adapted"] && line["taught"].is_null()));
    assert_eq!(summary["accuracy"], adaptation["accuracy_adapted"]);
    let info = succeed(&["info", &day2]);
    assert!(
        info.contains("taught by 40 windows, 40 windows had labels; the decision of the adapted readouts counts"),
        "{info}"
    );
    assert_eq!(files(&day2), before);

    // The units of the training are back, and the readouts are not sure enough to follow.
    let mut image = day2;
    for (day, counted) in [("day3.img", "accuracy_adapted"), ("day4.img", "accuracy_trained")] {
        let saved = folder.path(day);
        let options = ["--trials", "all", "--adapt", "own", "--save", &saved];
        let (_, summary) = decode(&short().recording, &image, &options);
        let warnings = summary["warnings"].as_array().unwrap();
        assert!(warnings.iter().any(|text| text.as_str().unwrap().contains("another day")), "{summary}");
        let share = |field: &str| summary["adaptation"][field].as_f64().unwrap();
        assert!(share("accuracy_trained") > share("accuracy_adapted"), "{summary}");
        assert!((share("accuracy_trusted") - share(counted)).abs() < 0.15, "{summary}");
        assert_eq!(summary["adaptation"]["trusted"], "trained", "{day}");
        image = saved;
    }
    let card: Value = serde_json::from_slice(&files(&image)[1]).unwrap();
    let adapted = &card["plastic"]["adapted"];
    assert_eq!((&adapted["trusted"], &adapted["n_labels"]), (&json!("trained"), &json!(88)));
    assert_eq!(adapted["recent"].as_str().unwrap().len(), 80);
}

#[test]
fn trials_that_taught_are_not_tested_on() {
    let folder = Folder::new();
    let (image, _) = plastic(&folder, &[]);
    let (_, _, [half, _]) = adapt(&folder, &image, "labels", "half", &["--limit", "15"]);
    let (_, summary) = decode(other_day(), &half, &[]);
    assert_eq!(summary["n_windows"], 25);
    let trials = "all; training has not seen this recording, but for 15 that taught its readouts";
    assert_eq!((&summary["trials"], &summary["n_taught_before"]), (&json!(trials), &json!(15)));
    // The rest teaches the same as all of them at once.
    let (_, _, [rest, _]) = adapt(&folder, &half, "labels", "rest", &[]);
    let (_, _, [whole, _]) = adapt(&folder, &image, "labels", "whole", &[]);
    let sessions = |image: &str| {
        let card: Value = serde_json::from_slice(&files(image)[1]).unwrap();
        card["plastic"]["adapted"]["sessions"].clone()
    };
    assert_eq!(sessions(&rest), sessions(&whole));
}

#[test]
fn what_is_off_does_not_change_the_switch() {
    let folder = Folder::new();
    let (image, _) = plastic(&folder, &[]);
    let (_, _, [early, _]) = adapt(&folder, &image, "labels", "early", &["--limit", "3"]);
    let (windows, summary) = decode(other_day(), &early, &["--trials", "all"]);
    let trusted = &windows[0]["trusted"];
    assert!(windows.iter().all(|line| line["trusted"] == *trusted), "{windows:?}");
    assert_eq!(summary["adaptation"]["trusted"], *trusted);
}

#[test]
fn outputs_do_not_take_each_others_place() {
    let folder = Folder::new();
    let (image, _) = plastic(&folder, &[]);
    let file = folder.path("one.img");
    let companion = format!("{file}.json");
    let adapting = ["decode", other_day(), "-n", &image, "--adapt", "labels", "--save", &file];
    for (options, parts) in [
        (["--log", &file], ["--save and --log would both write", "one.img"]),
        (["--log", &companion], ["--save and --log would both write", "one.img.json"]),
        (["--log", other_day()], ["it exists", "--log"]),
    ] {
        refuses(1, &[&adapting[..], &options].concat(), &parts);
    }
    let page = folder.path("page.html");
    let live = ["live", "--network", &image, "--report"];
    for (options, parts) in [
        (vec![&*image], ["would overwrite the input", "--report"]),
        (vec![other_day(), "--loopback", other_day()], ["would overwrite the input", "--report"]),
        (vec![&*page, "--adapt", "labels", "--save", &page], ["--save and --report would both write", "page.html"]),
    ] {
        refuses(1, &[&live[..], &options].concat(), &parts);
    }
    let recorded = folder.path("recorded");
    let log = format!("{recorded}.jsonl");
    let options = ["--record", &recorded, "--adapt", "labels", "--log", &log];
    refuses(1, &[&live[..3], &options].concat(), &["--log and --record would both write"]);
    assert!(!folder.names().iter().any(|name| name.starts_with("recorded")), "{:?}", folder.names());
}

#[test]
fn own_decisions_teach_where_they_are_sure() {
    let folder = Folder::new();
    let (image, _) = plastic(&folder, &[]);
    let (_, _, [day2, _]) = adapt(&folder, &image, "labels", "day2", &[]);
    let (windows, summary, [saved, log]) = adapt(&folder, &day2, "own", "own", &["--trials", "all"]);
    let count = |field: &str| summary["adaptation"][field].as_u64().unwrap();
    assert!(count("n_teaches") > 0 && count("n_unsure") > 0, "{summary}");
    assert_eq!(count("n_teaches") + count("n_unsure"), 40);
    for line in windows.iter().filter(|line| !line["taught"].is_null()) {
        assert_eq!((&line["taught"], &line["source"]), (&line["adapted"], &json!("own")));
    }
    let replayed = folder.path("replayed.img");
    replay(&log, &day2, &replayed, &[]);
    assert_eq!(files(&replayed), files(&saved));
}

#[test]
fn every_board_and_every_number_of_lanes_learns_the_same() {
    let folder = Folder::new();
    let mut means = Vec::new();
    for (core, configuration) in
        [("gowin", spec::core::GOWIN), ("up5k", spec::core::UP5K), ("ecp5-25f", spec::core::ECP5_25F)]
    {
        let recording = &short().recording;
        let options = ["--plastic", "--core", core, "--window-ms", "10", "--topology", "direct"];
        let (image, _) = folder.train(recording, &format!("{core}.img"), &options);
        let device = Device::with_board(configuration.configuration);
        // The second time, the device holds what was learned, in a network of the same sizes.
        let saved = ["model", device.name(), device.name(), "sim"].map(|board| {
            let name = format!("{core}-{}-{}", board.replace('/', "-"), folder.names().len());
            let options = ["--board", board, "--limit", "4", "--in-flight", "2"];
            let (_, summary, [saved, log]) = adapt(&folder, &image, "labels", &name, &options);
            assert!(board == "model" || summary["agrees_with_model"] == true, "{core} {board}: {summary}");
            let replayed = folder.path("replayed.img");
            replay(&log, &image, &replayed, &[]);
            assert_eq!(files(&replayed), files(&saved), "{core} {board}");
            (summary["scores_hash"].clone(), files(&saved))
        });
        assert!(saved.iter().all(|other| *other == saved[0]), "{core}");
        means.push(PlasticImage::decode(&saved[0].1[0]).unwrap().plastic().means.clone());
    }
    assert!(means.windows(2).all(|pair| pair[0] == pair[1]), "cores have learned different means");
}

#[test]
fn a_log_that_was_interrupted_anywhere_gives_what_it_says() {
    let folder = Folder::new();
    let (image, _) = plastic(&folder, &[]);
    let (_, _, [_, log]) = adapt(&folder, &image, "labels", "whole", &["--limit", "12"]);
    let text = fs::read_to_string(&log).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    assert_eq!(lines.len(), 14);
    let (part, output) = (folder.path("part.log"), folder.path("part.img"));
    // Around every end of a line, and here and there.
    let ends = lines.iter().scan(0, |end, line| {
        *end += line.len();
        Some(*end)
    });
    let places = ends.flat_map(|end| [end - 1, end, end + 1]).chain((0..text.len()).step_by(509));
    for end in places.filter(|end| *end <= text.len()) {
        fs::write(&part, &text[..end]).unwrap();
        let n_whole = text[..end].matches('\n').count();
        let arguments = ["adapt", "--replay", &part, "-n", &image, "-o", &output, "--json"];
        if n_whole == 0 {
            refuses(1, &arguments, &["no whole line", "nothing was taught"]);
            continue;
        }
        let summary = json_lines(&succeed(&arguments)).remove(0);
        let n_windows = (n_whole - 1).min(12);
        assert_eq!(summary["n_windows"], n_windows, "{end}");
        if n_whole == 14 {
            assert_eq!(summary["missing"], Value::Null);
        } else {
            let missing = json!({
                "after_window": n_windows, "of": 12, "has_part_of_a_line": !text[..end].ends_with('\n')
            });
            assert_eq!(summary["missing"], missing, "{end}");
        }
        // The network that it gives runs.
        assert!(PlasticImage::decode(&fs::read(&output).unwrap()).is_ok());
    }
    fs::write(&part, &text[..text.len() - 30]).unwrap();
    let said = succeed(&["adapt", "--replay", &part, "-n", &image, "-o", &output]);
    assert!(said.contains("all 12 windows are in the log"), "{said}");
    fs::write(&part, lines[..6].concat()).unwrap();
    let said = succeed(&["adapt", "--replay", &part, "-n", &image, "-o", &output]);
    assert!(said.contains("interrupted  the log ends after window 5 of 12"), "{said}");
}

#[test]
fn a_checkpoint_is_what_the_log_gives_so_far() {
    let folder = Folder::new();
    let (image, _) = plastic(&folder, &[]);
    let [saved, log] = ["saved.img", "saved.log"].map(|name| folder.path(name));
    // The disk is full after some windows: what is on it by then is whole.
    let mut command = crate::support::with_full_disk(36);
    let options = ["--adapt", "labels", "--save", &saved, "--log", &log];
    let output = command.args(["decode", other_day(), "--network", &image]).args(options).output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("cannot write") && message.contains("saved.log"), "{message}");
    let checkpoint: Value = serde_json::from_slice(&files(&saved)[1]).unwrap();
    let n_teaches = checkpoint["plastic"]["adapted"]["n_teaches"].to_string();
    let replayed = folder.path("replayed.img");
    replay(&log, &image, &replayed, &["--until", &n_teaches]);
    assert_eq!(files(&replayed), files(&saved));
    decode(other_day(), &saved, &["--limit", "1"]);
}

#[test]
fn a_log_that_was_changed_is_refused_by_its_line() {
    let folder = Folder::new();
    let (image, _) = plastic(&folder, &[]);
    let (_, _, [saved, log]) = adapt(&folder, &image, "labels", "log", &["--limit", "5"]);
    let text = fs::read_to_string(&log).unwrap();
    let output = folder.path("output.img");
    let changed = folder.path("changed.log");
    let refuse = |line: usize, change: &dyn Fn(&mut Value), parts: &[&str]| {
        let mut lines: Vec<Value> = json_lines(&text);
        change(&mut lines[line - 1]);
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        fs::write(&changed, text).unwrap();
        let number = format!("line {line} is wrong");
        let parts = [&["changed.log", &number], parts].concat();
        refuses(1, &["adapt", "--replay", &changed, "-n", &image, "-o", &output], &parts);
    };
    refuse(3, &|line| line["teach"]["counts"][0][1] = json!(9), &["CRC of the counts"]);
    refuse(3, &|line| line["teach"]["lessons"][0]["shift"] = json!(5), &["CRC of the means"]);
    refuse(3, &|line| line["teach"]["lessons"][0]["shift"] = json!(8), &["no shift 8"]);
    refuse(3, &|line| line["teach"]["lessons"][0]["class"] = json!(4), &["no class 4"]);
    refuse(4, &|line| line["teach"]["image_sha256"] = json!("1"), &["SHA-256 of the image"]);
    refuse(4, &|line| line["teach"]["n_weights_changed"] = json!(100_000), &["number of weights"]);
    refuse(4, &|line| line["teach"]["counts"][0] = json!([300, 1]), &["channel 300"]);
    refuse(5, &|line| line["window"] = json!(7), &["number of the window"]);
    refuse(7, &|line| line["n_teaches"] = json!(4), &["number of teaches"]);
    refuse(2, &|line| *line = json!({"kind": "hello"}), &["no line of a log"]);
    refuse(1, &|line| line["log_version"] = json!(1), &["version 1"]);
    refuse(1, &|line| line["classes"] = json!(["a"]), &["classes"]);
    let arguments = ["adapt", "--replay", &log, "-n", &saved, "-o", &output];
    refuses(
        1,
        &arguments,
        &["log.log begins with another image", "saved", "--network"]
            .map(|part| part.replace("saved", "log.img"))
            .each_ref()
            .map(String::as_str),
    );
    refuses(1, &["adapt", "--replay", &folder.path("none"), "-n", &image, "-o", &output], &["none"]);
    refuses(1, &["adapt", "--replay", &log, "-n", &image, "-o", &image], &["overwrite", "--output"]);
    let alone = &short().image;
    refuses(1, &["adapt", "--replay", &log, "-n", alone, "-o", &output], &["another image"]);
}

#[test]
fn a_live_session_its_recording_and_its_log_give_the_same_image() {
    let folder = Folder::new();
    let (image, _) = plastic(&folder, &[]);
    let text = rows_of_trials(other_day(), &image, 40);
    let mut from = image.clone();
    for by in ["labels", "own"] {
        let [record, saved, log] = ["", ".img", ".log"].map(|ending| folder.path(&format!("{by}{ending}")));
        let options = ["--adapt", by, "--save", &saved, "--log", &log, "--record", &record, "--window", "marker:^go"];
        let printed = live(&from, &[&options[..], &["--max-age-ms", "60000"]].concat(), &text);
        check_lines(&printed, by);
        let replayed = folder.path("replayed.img");
        replay(&log, &from, &replayed, &[]);
        assert_eq!(files(&replayed), files(&saved), "{by}");
        // Decoded again, the recording teaches the same.
        let decoded = folder.path(&format!("{by}-decoded.img"));
        let options = ["--adapt", by, "--save", &decoded];
        let (windows, summary) = decode(&format!("{record}.csv"), &from, &options);
        assert_eq!(summary["scores_hash"], printed.summary["scores_hash"], "{by}");
        assert_eq!(summary["adaptation"]["accuracy_trusted"], printed.summary["adaptation"]["accuracy_trusted"]);
        let decisions = |lines: &[&Value]| lines.iter().map(|line| line["decision"].clone()).collect::<Vec<_>>();
        assert_eq!(decisions(&windows.iter().collect::<Vec<_>>()), decisions(&printed.of_kind("live_decision")));
        assert_eq!(files(&decoded)[0], files(&saved)[0], "{by}");
        // Only a recording can be known again.
        let [mut of_decoded, of_live] =
            [&decoded, &saved].map(|image| serde_json::from_slice::<Value>(&files(image)[1]).unwrap());
        let adapted = of_decoded["plastic"]["adapted"].as_object_mut().unwrap();
        let sessions = adapted.remove("sessions").unwrap();
        assert!(!sessions[0]["trials"].as_array().unwrap().is_empty(), "{by}");
        assert_eq!(of_decoded, of_live, "{by}");
        from = saved;
    }
    // It is frozen, and says so.
    let printed = live(&from, &["--window", "marker:^go", "--max-age-ms", "60000"], &text);
    assert_eq!(printed.summary["adaptation"]["adapt"], "off");
    assert!(printed.of_kind("live_adaptation").iter().all(|line| line["taught"].is_null()));
}

fn check_lines(printed: &Printed, by: &str) {
    assert_eq!((&printed.summary["n_valid"], &printed.summary["n_windows"]), (&json!(40), &json!(40)));
    let taught = printed.of_kind("live_adaptation");
    assert_eq!(taught.len(), 40);
    let n_taught = taught.iter().filter(|line| !line["taught"].is_null()).count();
    assert_eq!(printed.summary["adaptation"]["n_teaches"], n_taught);
    assert!(printed.message.contains("adaptation   "), "{}", printed.message);
    for (line, decision) in taught.into_iter().zip(printed.of_kind("live_decision")) {
        let trusted = line["trusted"].as_str().unwrap();
        assert_eq!(line[trusted], decision["decision"]);
        assert_eq!(decision["scores"].as_array().unwrap().len(), 4);
        let marker = format!("go {}", line["label"].as_str().unwrap());
        assert_eq!(decision["marker"], json!(marker));
        assert!(by != "labels" || line["taught"] == line["label"]);
    }
}

#[test]
fn a_window_that_is_not_valid_teaches_nothing() {
    let folder = Folder::new();
    let (image, _) = plastic(&folder, &[]);
    let text = rows_of_trials(other_day(), &image, 2);
    // The last rows of the second window do not come.
    let cut: String = text.split_inclusive('\n').take(text.lines().count() - 3).collect();
    let printed = live(&image, &["--adapt", "labels", "--window", "marker:^go", "--max-age-ms", "60000"], &cut);
    assert_eq!((&printed.summary["n_valid"], &printed.summary["n_windows"]), (&json!(1), &json!(2)));
    assert_eq!(printed.of_kind("live_adaptation").len(), 1);
}

#[test]
fn what_cannot_adapt_is_refused() {
    let folder = Folder::new();
    let (image, _) = plastic(&folder, &[]);
    let Trained { recording, image: alone, .. } = short();
    let adapting = ["--adapt", "labels"];
    let refused = |arguments: &[&str], parts: &[&str]| refuses(1, arguments, parts);
    refused(
        &[&["decode", recording, "-n", alone], &adapting[..]].concat(),
        &["no plastic readouts", "train --plastic"],
    );
    refused(&[&["live", "-n", alone], &adapting[..]].concat(), &["no plastic readouts", "train --plastic"]);
    let [reach, session] =
        ["reach.img", "reach.nwb"].map(|name| format!("{}/../examples/{name}", env!("CARGO_MANIFEST_DIR")));
    refused(&[&["decode", &session, "-n", &reach], &adapting[..]].concat(), &["no plastic readouts"]);
    let log = folder.path("a.log");
    let off = ["decode", recording, "-n", &image, "--adapt", "off", "--log", &log];
    refused(&off, &["nothing is taught", "a.log"]);
    let usage = motorsrnn(&["decode", recording, "-n", &image, "--log", &log]);
    assert_eq!(usage.status.code(), Some(2), "{usage:?}");
    fs::write(&log, "").unwrap();
    let with = |option: &str, file: &str| {
        [&["decode", recording, "-n", &image], &adapting[..], &[option, file]]
            .concat()
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    for (option, file, parts) in [
        ("--log", &*log, &["a.log", "exists", "--log"][..]),
        ("--save", &image, &["overwrite", "--save"]),
        ("--save", &folder.path("none/a.img"), &["cannot write", "none/a.img"]),
    ] {
        let arguments = with(option, file);
        refused(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), parts);
    }
    assert_eq!(fs::read_to_string(&log).unwrap(), "");

    let train = |session: &[&str], options: &[&str], parts: &[&str]| {
        let (recording, output) = (folder.path("odd.nwb"), folder.path("odd.img"));
        succeed(&[&["synth", "-o", &recording], session].concat());
        refused(&[&["train", &recording, "-o", &output, "--plastic"], options].concat(), parts);
    };
    train(&["--channels", "257", "--directions", "4", "--trials", "6"], &[], &["257 units", "256 at most", "--units"]);
    train(&["--directions", "4", "--trials", "6"], &["--tick-ms", "50"], &["window of 1 ticks", "--window-ms"]);
    let many = folder.path("many.csv");
    let spikes: String = (0..9000).map(|ms| format!("{ms},{}\n", ms % 5)).collect();
    fs::write(&many, format!("t_ms,channel\n{spikes}")).unwrap();
    let trials: String = (0..90).map(|trial| format!("{},{},{}\n", 100 * trial, 100 * trial + 90, trial % 9)).collect();
    fs::write(folder.path("many.trials.csv"), format!("start_ms,stop_ms,target\n{trials}")).unwrap();
    refused(
        &["train", &many, "-o", &folder.path("odd.img"), "--plastic", "--label-column", "target"],
        &["9 classes", "8 at most", "--classes"],
    );
    train(
        &["--channels", "96", "--trials", "6"],
        &["--core", "gowin", "--topology", "T6", "--synapses", "12288"],
        &["does not fit core gowin", "synapses a lane: the network needs 13056, the core has 12288"],
    );
    let usage = motorsrnn(&["train", &session, "-o", "a.img", "--plastic", "--target", "x"]);
    assert_eq!(usage.status.code(), Some(2), "{usage:?}");
}

#[test]
fn an_image_and_the_companion_of_another_are_refused() {
    let folder = Folder::new();
    let (image, _) = plastic(&folder, &[]);
    let (card, text) = (format!("{image}.json"), fs::read_to_string(format!("{image}.json")).unwrap());
    let mut without: Value = serde_json::from_str(&text).unwrap();
    let plastic = without.as_object_mut().unwrap().remove("plastic").unwrap();
    fs::write(&card, without.to_string()).unwrap();
    refuses(1, &["decode", &short().recording, "-n", &image], &["plastic.img.json", "its companion none"]);
    let alone = folder.path("alone.img");
    fs::copy(&short().image, &alone).unwrap();
    let mut with: Value =
        serde_json::from_str(&fs::read_to_string(format!("{}.json", short().image)).unwrap()).unwrap();
    with["plastic"] = plastic;
    fs::write(format!("{alone}.json"), with.to_string()).unwrap();
    refuses(1, &["decode", &short().recording, "-n", &alone], &["alone.img.json", "the image none"]);
}
