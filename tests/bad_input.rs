//! Whatever is wrong with an input is reported in one message with input, cause and next step, and leaves no file behind.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::thread::sleep;
use std::time::Duration;

use recording::{Column, Recording, TrialTable, write_nwb};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::{Folder, Running, decode_refuses, interruptible, json_lines, refuses, succeed, trained};

const INPUT: i32 = 1;

/// `train` refuses, and writes no file.
fn train_refuses(recording: &str, options: &[&str], parts: &[&str]) {
    let output = Folder::new();
    refuses(INPUT, &[&["train", recording, "-o", &output.path("net.img"), "--json"], options].concat(), parts);
    assert_eq!(output.names(), [""; 0]);
}

#[test]
fn a_file_that_is_not_a_recording_is_refused() {
    let folder = Folder::new();
    let absent = folder.path("absent.nwb");
    train_refuses(&absent, &[], &[&absent, "no such file", "check the path"]);
    let text = folder.path("text.nwb");
    fs::write(&text, "not a recording\n").unwrap();
    train_refuses(&text, &[], &[&text, "neither HDF5", "not a recording", "give an .nwb file"]);
    let truncated = folder.path("truncated.nwb");
    let whole = fs::read(folder.synthetic()).unwrap();
    fs::write(&truncated, &whole[..whole.len() / 2]).unwrap();
    train_refuses(&truncated, &[], &[&truncated, "copy it again"]);
}

#[test]
fn what_is_no_file_is_named_by_info_as_by_train() {
    let folder = Folder::new();
    let zarr = folder.path("session.nwb");
    fs::create_dir(&zarr).unwrap();
    fs::write(format!("{zarr}/.zgroup"), "{}").unwrap();
    let link = folder.path("link.nwb");
    std::os::unix::fs::symlink(".git/annex/objects/a/session.nwb", &link).unwrap();
    let pipe = folder.path("pipe.nwb");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    for (path, part) in [(&zarr, "a folder in Zarr"), (&link, "datalad get"), (&pipe, "not a regular file")] {
        refuses(INPUT, &["info", path], &[path, part]);
        train_refuses(path, &[], &[path, part]);
    }
}

#[test]
fn a_recording_without_units_or_trials_is_refused() {
    let folder = Folder::new();
    let whole = Recording::open(folder.synthetic()).unwrap();
    let no_units = folder.path("no_units.nwb");
    write_nwb(&Recording { units: Vec::new(), unit_columns: Vec::new(), ..whole.clone() }, &no_units).unwrap();
    train_refuses(&no_units, &[], &[&no_units, "no units", "export the sorted spike times"]);
    let no_trials = folder.path("no_trials.nwb");
    write_nwb(&Recording { trials: TrialTable::default(), ..whole }, &no_trials).unwrap();
    train_refuses(&no_trials, &[], &[&no_trials, "no trials"]);
    let event_list = folder.path("events.csv");
    fs::write(&event_list, "t_ms,channel\n1,0\n").unwrap();
    train_refuses(&event_list, &[], &[&event_list, "no trials", "events.trials.csv"]);
}

#[test]
fn windows_that_a_recording_does_not_have_are_refused() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let refuse =
        |options: &[&str], parts: &[&str]| train_refuses(&recording, options, &[parts, &[&recording]].concat());
    refuse(&["--label-column", "colour"], &["`colour`", "choose one of", "go_cue_time"]);
    refuse(&["--align", "cue"], &["`cue`", "choose one of"]);
    refuse(&["--split-column", "half"], &["`half`", "choose one of"]);
    refuse(&["--classes", "0,nowhere"], &["`nowhere`", "no trial", "choose from"]);
    refuse(&["--window-ms", "100000"], &["100000 ms", "longest window that fits", "shorten"]);
    refuse(&["--offset-ms", "-100000"], &["-100000 ms", "later offset"]);
    refuse(&["--folds", "25"], &["25 folds", "there are 24", "use fewer"]);
    train_refuses(&recording, &["--tick-ms", "100"], &["--window-ms", "multiple of the tick of 100 ms"]);
}

#[test]
fn a_topology_that_does_not_exist_is_refused() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    train_refuses(&recording, &["--topology", "T9"], &["T9", "one of T1 to T7"]);
}

#[test]
fn an_output_that_cannot_be_written_is_refused_before_the_training() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let file = folder.path("file");
    fs::write(&file, "").unwrap();
    for output in [folder.path("absent/net.img"), folder.path(""), format!("{file}/net.img")] {
        refuses(INPUT, &["train", &recording, "-o", &output], &["cannot write", &output]);
    }
    refuses(INPUT, &["synth", "-o", &folder.path("absent/synth.nwb")], &["absent/synth.nwb", "folder that exists"]);
    fs::create_dir(folder.path("net.img.json")).unwrap();
    let companion = folder.path("net.img.json");
    refuses(INPUT, &["train", &recording, "-o", &folder.path("net.img")], &["cannot write", &companion, "directory"]);
}

#[test]
fn an_output_never_takes_the_place_of_an_input_or_a_device() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let whole = fs::read(&recording).unwrap();
    let named_like_a_companion = folder.path("day.json");
    fs::copy(&recording, &named_like_a_companion).unwrap();
    for (input, output) in [(&recording, &recording), (&named_like_a_companion, &folder.path("day"))] {
        refuses(INPUT, &["train", input, "-o", output], &["cannot write", "overwrite the input", input, "--output"]);
        assert_eq!(fs::read(input).unwrap(), whole);
    }
    let pipe = folder.path("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    for arguments in [&["synth", "-o", &pipe][..], &["train", &recording, "-o", &pipe]] {
        refuses(INPUT, arguments, &[&pipe, "a device or a pipe", "file in a folder"]);
    }
    assert_eq!(folder.names(), ["day.json", "pipe", "synthetic.nwb"]);
}

#[test]
fn a_synthetic_session_of_impossible_size_is_refused() {
    let folder = Folder::new();
    let output = folder.path("synth.nwb");
    refuses(INPUT, &["synth", "-o", &output, "--directions", "5"], &["--directions: 5", "4 or 8"]);
    refuses(INPUT, &["synth", "-o", &output, "--tuned", "nan"], &["--tuned", "from 0 to 1"]);
    for size in ["--trials", "--trial-ms"] {
        refuses(INPUT, &["synth", "-o", &output, size, "4294967295"], &["--trials", "too many", "use fewer"]);
    }
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn a_file_in_the_place_of_another_is_named_for_what_it_is() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let image = folder.image("net.img");
    let companion = format!("{image}.json");
    let graph = folder.path("net.nir");
    let exported = succeed(&["export", &image, "--to", "nir", "-o", &graph]);
    assert!(exported.contains("approximate  the network was trained here"), "{exported}");
    let other = folder.path("other.img");
    refuses(INPUT, &["train", &image, "-o", &other], &[&image, "a network image", "give a recording here"]);
    refuses(INPUT, &["info", &graph], &[&graph, "a network as a NIR file", "motorsrnn import"]);
    for (given, parts) in [(&recording, ["an HDF5 file", "`import`"]), (&companion, ["JSON", "without `.json`"])] {
        decode_refuses(INPUT, &recording, given, "model", &[given, parts[0], parts[1]]);
        refuses(INPUT, &["export", given, "--to", "json", "-o", &other], &[given, parts[0], parts[1]]);
    }
}

#[test]
fn a_damaged_image_is_refused_wherever_the_damage_is() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let image = folder.image("net.img");
    let whole = fs::read(&image).unwrap();
    let damaged = folder.path("damaged.img");
    fs::copy(format!("{image}.json"), format!("{damaged}.json")).unwrap();
    let next_step = "train it or copy it again";
    for length in [0, 1, 7, whole.len() / 2, whole.len() - 1] {
        fs::write(&damaged, &whole[..length]).unwrap();
        decode_refuses(INPUT, &recording, &damaged, "model", &[&damaged, next_step]);
    }
    refuses(INPUT, &["info", &damaged], &[&damaged, next_step]);
    let step = whole.len() / 40;
    for position in (0..whole.len()).step_by(step).chain([whole.len() - 1]) {
        let mut bytes = whole.clone();
        bytes[position] ^= 1 << (position % 8);
        fs::write(&damaged, &bytes).unwrap();
        decode_refuses(INPUT, &recording, &damaged, "model", &[&damaged, next_step]);
    }
}

#[test]
fn an_image_without_its_companion_is_refused() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let image = folder.image("net.img");
    let companion = format!("{image}.json");
    edit(&image, |card| card["network_hash"] = "0".repeat(64).into());
    decode_refuses(INPUT, &recording, &image, "model", &[&companion, "another image", "side by side"]);
    fs::write(&companion, "{}").unwrap();
    decode_refuses(INPUT, &recording, &image, "model", &[&companion, "not the companion", "train again"]);
    fs::remove_file(&companion).unwrap();
    decode_refuses(INPUT, &recording, &image, "model", &[&companion, "must stay with it"]);
    let absent = folder.path("absent.img");
    decode_refuses(INPUT, &recording, &absent, "model", &[&absent, "cannot read network image", "check the path"]);
    refuses(INPUT, &["info", &absent], &[&absent, "no such file", "check the path"]);
}

/// Changes the companion of an image.
fn edit(image: &str, change: impl FnOnce(&mut Value)) {
    let companion = format!("{image}.json");
    let mut card = serde_json::from_slice(&fs::read(&companion).unwrap()).unwrap();
    change(&mut card);
    fs::write(&companion, card.to_string()).unwrap();
}

#[test]
fn a_companion_with_classes_other_than_those_of_the_network_is_refused() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let image = folder.image("net.img");
    edit(&image, |card| card["windows"]["classes"] = json!(["0", "90"]));
    decode_refuses(INPUT, &recording, &image, "model", &[&recording, "0 90,", "0 90 180 270", "train on this one"]);
    edit(&image, |card| card["classes"] = json!(["0", "90"]));
    decode_refuses(INPUT, &recording, &image, "model", &[&image, "names 2 classes", "between 4", "train again"]);
}

#[test]
fn labels_that_sort_differently_are_those_of_the_network() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let image = folder.image("net.img");
    let mut relabelled = Recording::open(&recording).unwrap();
    let directions = relabelled.trials.columns.iter_mut().find(|column| column.name == "target_direction").unwrap();
    let Column::Real(degrees) = &directions.values else { panic!("{directions:?}") };
    directions.values = Column::Text(degrees.iter().map(f64::to_string).collect());
    let other = folder.path("text.nwb");
    write_nwb(&relabelled, &other).unwrap();
    let figures = |recording: &str| {
        let text = succeed(&["decode", recording, "--network", &image, "--json"]);
        let summary: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        ["accuracy", "confusion", "scores_hash"].map(|field| summary[field].clone())
    };
    assert_eq!(figures(&other), figures(&recording));
}

#[test]
fn a_recording_that_changed_since_training_has_no_held_out_trials() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let image = folder.image("net.img");
    let mut bytes = fs::read(&recording).unwrap();
    bytes.push(0);
    fs::write(&recording, bytes).unwrap();
    // Without its content the recording is known by its hash and its name only.
    edit(&image, |card| _ = card["recording"].as_object_mut().unwrap().remove("content"));
    decode_refuses(INPUT, &recording, &image, "model", &[&recording, "does not have the content", "--trials all"]);
    succeed(&["decode", &recording, "--network", &image, "--trials", "all"]);
}

#[test]
fn held_out_trials_may_be_listed_in_any_order() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let image = folder.image("net.img");
    edit(&image, |card| card["held_out_trials"].as_array_mut().unwrap().reverse());
    let lines = json_lines(&succeed(&["decode", &recording, "--network", &image, "--json"]));
    assert_eq!(lines.last().unwrap()["scores_hash"], trained().report["scores_hash"]);
}

#[test]
fn a_recording_with_another_number_of_units_is_refused() {
    let folder = Folder::new();
    let image = folder.image("net.img");
    let other = folder.path("other.nwb");
    succeed(&["synth", "-o", &other, "--channels", "12", "--directions", "4", "--trials", "4"]);
    decode_refuses(INPUT, &other, &image, "model", &["12 units", "24 input channels"]);
}

#[test]
fn a_study_with_bad_options_is_refused_and_leaves_other_files_alone() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let report = folder.path("report");
    for (options, parts) in [
        (["--angles", "0,90,NaN,270"], ["--angles: NaN", "give degrees"]),
        (["--angles", "0,90,180,360"], ["--angles: 360 degrees", "its own direction"]),
        (["--angles", "0,90,left=180"], ["--angles: left=180", "all classes or none"]),
        (["--ticks-ms", "1,2,1"], ["--ticks-ms: 1 appears twice", "once"]),
        (["--folds", "1000"], ["1000 folds need as many trials", "use fewer"]),
        (["--split-column", "sides"], ["`sides`", "choose one of"]),
    ] {
        refuses(INPUT, &[&["study", &recording, "-o", &report], &options[..]].concat(), &parts);
    }
    assert!(!fs::exists(&report).unwrap());
    refuses(INPUT, &["study", &recording, "-o", &recording], &[&recording, "is a file", "name a folder"]);
    fs::create_dir(&report).unwrap();
    let page = folder.path("report/report.html");
    fs::write(&page, "mine").unwrap();
    refuses(INPUT, &["study", &recording, "-o", &report], &[&page, "is not from a study", "name another folder"]);
    assert_eq!(fs::read_to_string(&page).unwrap(), "mine");
}

#[test]
fn an_interrupted_training_leaves_the_folder_as_it_was() {
    let folder = Folder::new();
    let image = folder.path("net.img");
    fs::write(&image, "an older image").unwrap();
    let mut command = interruptible();
    command.args(["train", &trained().recording, "-o", &image, "--epochs", "1000000"]);
    let mut training = Running::silent(command);
    sleep(Duration::from_secs(1));
    assert!(training.is_running(), "training ended by itself: {}", training.end().1);
    training.interrupt();
    assert_eq!(training.end().0.signal(), Some(Signal::INT.as_raw()));
    assert_eq!(folder.names(), ["net.img"]);
    assert_eq!(fs::read_to_string(&image).unwrap(), "an older image");
}
