//! Whatever is wrong with an input is said in one message with input, cause and next step, and leaves nothing behind.

mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::Duration;

use recording::{Column, Recording, TrialTable, write_nwb};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use support::{Device, Folder, Simulation, cramped, interruptible, motorsrnn, shared};

const INPUT: i32 = 1;
const USAGE: i32 = 2;
const NO_BOARD: i32 = 3;
const LINK: i32 = 4;

/// Runs the program, which must end with this exit code, say nothing on standard output and all these parts on the other.
fn refuses(exit_code: i32, arguments: &[&str], parts: &[&str]) {
    let output = motorsrnn(arguments);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(exit_code), "{arguments:?}: {message}");
    assert!(output.stdout.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
    assert!(message.starts_with("motorsrnn: ") && message.ends_with('\n'), "{message}");
    for part in parts {
        assert!(message.contains(part), "{arguments:?}: no `{part}` in: {message}");
    }
}

/// `train` refuses, and leaves no file.
fn train_refuses(recording: &str, options: &[&str], parts: &[&str]) {
    let output = Folder::new();
    refuses(INPUT, &[&["train", recording, "-o", &output.path("net.img"), "--json"], options].concat(), parts);
    assert_eq!(output.names(), [""; 0]);
}

fn decode_refuses(exit_code: i32, recording: &str, image: &str, board: &str, parts: &[&str]) {
    refuses(exit_code, &["decode", recording, "--network", image, "--board", board, "--json"], parts);
}

#[test]
fn a_recording_that_is_none_is_refused() {
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
    train_refuses(&recording, &["--topology", "T9"], &["T9", "one of T1 to T6"]);
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
        refuses(INPUT, arguments, &[&pipe, "a device or a pipe", "name a file"]);
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
fn a_damaged_image_is_refused_wherever_the_damage_is() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let (image, _) = folder.train(&recording, "net.img", &[]);
    let whole = fs::read(&image).unwrap();
    let damaged = folder.path("damaged.img");
    fs::copy(format!("{image}.json"), format!("{damaged}.json")).unwrap();
    let next_step = "train it again or copy it again";
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
    let (image, _) = folder.train(&recording, "net.img", &[]);
    let (other, _) = folder.train(&recording, "other.img", &["--seed", "2"]);
    let companion = format!("{image}.json");
    fs::copy(format!("{other}.json"), &companion).unwrap();
    decode_refuses(INPUT, &recording, &image, "model", &[&companion, "another image", "side by side"]);
    fs::write(&companion, "{}").unwrap();
    decode_refuses(INPUT, &recording, &image, "model", &[&companion, "not the companion", "train again"]);
    fs::remove_file(&companion).unwrap();
    decode_refuses(INPUT, &recording, &image, "model", &[&companion, "must stay with it"]);
    let absent = folder.path("absent.img");
    decode_refuses(INPUT, &recording, &absent, "model", &[&absent, "cannot read network image", "check the path"]);
    refuses(INPUT, &["info", &absent], &[&absent, "cannot read", "check the path"]);
}

/// Changes the companion of an image.
fn edit(image: &str, change: impl FnOnce(&mut Value)) {
    let companion = format!("{image}.json");
    let mut card = serde_json::from_slice(&fs::read(&companion).unwrap()).unwrap();
    change(&mut card);
    fs::write(&companion, card.to_string()).unwrap();
}

#[test]
fn a_companion_whose_classes_are_not_those_of_the_network_is_refused() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let (image, _) = folder.train(&recording, "net.img", &[]);
    edit(&image, |card| card["windows"]["classes"] = json!(["0", "90"]));
    decode_refuses(INPUT, &recording, &image, "model", &[&recording, "0 90,", "0 90 180 270", "train on this one"]);
    edit(&image, |card| card["classes"] = json!(["0", "90"]));
    decode_refuses(INPUT, &recording, &image, "model", &[&image, "names 2 classes", "between 4", "train again"]);
}

#[test]
fn a_recording_whose_labels_sort_otherwise_is_refused() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let (image, _) = folder.train(&recording, "net.img", &[]);
    let mut relabelled = Recording::open(&recording).unwrap();
    let directions = relabelled.trials.columns.iter_mut().find(|column| column.name == "target_direction").unwrap();
    let Column::Real(degrees) = &directions.values else { panic!("{directions:?}") };
    directions.values = Column::Text(degrees.iter().map(f64::to_string).collect());
    let other = folder.path("text.nwb");
    write_nwb(&relabelled, &other).unwrap();
    decode_refuses(INPUT, &other, &image, "model", &[&other, "0 180 270 90", "0 90 180 270", "labelled alike"]);
}

#[test]
fn a_recording_that_changed_since_training_has_no_held_out_trials() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let (image, _) = folder.train(&recording, "net.img", &[]);
    let mut bytes = fs::read(&recording).unwrap();
    bytes.push(0);
    fs::write(&recording, bytes).unwrap();
    decode_refuses(INPUT, &recording, &image, "model", &[&recording, "not its content", "--trials all"]);
    support::succeed(&["decode", &recording, "--network", &image, "--trials", "all"]);
}

#[test]
fn held_out_trials_serve_in_any_order() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let (image, report) = folder.train(&recording, "net.img", &[]);
    edit(&image, |card| card["held_out_trials"].as_array_mut().unwrap().reverse());
    let lines = support::json_lines(&support::succeed(&["decode", &recording, "--network", &image, "--json"]));
    assert_eq!(lines.last().unwrap()["scores_hash"], report["scores_hash"]);
}

#[test]
fn a_recording_of_other_units_is_refused() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let (image, _) = folder.train(&recording, "net.img", &[]);
    let other = folder.path("other.nwb");
    support::succeed(&["synth", "-o", &other, "--channels", "12", "--directions", "4", "--trials", "4"]);
    decode_refuses(INPUT, &other, &image, "model", &["12 units", "24 input channels"]);
}

#[test]
fn an_image_for_another_core_is_refused_with_the_numbers() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let (image, _) = folder.train(&recording, "net.img", &["--core", "up5k"]);
    let device = Device::with_board(spec::core::ECP5_25F.configuration);
    let parts = [device.name(), "lanes", "needs 1, the core has 4", "--core", "simulate --pty --core up5k"];
    decode_refuses(INPUT, &recording, &image, device.name(), &parts);
}

#[test]
fn a_serial_device_that_is_absent_silent_or_none_is_no_board() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let (image, _) = folder.train(&recording, "net.img", &[]);
    let absent = folder.path("tty");
    decode_refuses(NO_BOARD, &recording, &image, &absent, &[&absent, "motorsrnn ports"]);
    decode_refuses(NO_BOARD, &recording, &image, "icebreaker", &["icebreaker", "kind of board", "motorsrnn ports"]);
    decode_refuses(NO_BOARD, &recording, &image, &recording, &[&recording, "check that it is a serial device"]);
    let silent = Device::silent();
    let is_it_there = ["simulate --pty --core ecp5-25f", "still running"];
    let tried = ["no board answered at", "3000000", "2000000", "1000000", "give --baud"];
    let parts = [&[silent.name(), "did not answer"], &tried[..], &is_it_there[..]].concat();
    decode_refuses(NO_BOARD, &recording, &image, silent.name(), &parts);
    let decode = ["decode", &recording, "--network", &image, "--board", silent.name(), "--baud", "9600"];
    let parts = [&[silent.name(), "did not answer", "sent 8 times"], &is_it_there[..]].concat();
    refuses(NO_BOARD, &decode, &parts);
    // The number of no pseudo-terminal.
    let ended = "/dev/pts/4294967295";
    decode_refuses(NO_BOARD, &recording, &image, ended, &[&[ended], &is_it_there[..]].concat());
}

#[test]
fn a_board_that_dies_in_the_middle_is_a_failed_link() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let (image, _) = folder.train(&recording, "net.img", &[]);
    let dying = Device::with_dying_board(spec::core::ECP5_25F.configuration, 5);
    decode_refuses(LINK, &recording, &image, dying.name(), &[dying.name(), "did not answer", "simulate --pty"]);
}

#[test]
fn a_self_test_that_cannot_begin_writes_no_report() {
    let folder = Folder::new();
    let report = folder.path("report.txt");
    let silent = Device::silent();
    for (board, part) in [(folder.path("tty").as_str(), "motorsrnn ports"), (silent.name(), "did not answer")] {
        let arguments = ["selftest", "--board", board, "--baud", "1000000", "--output", &report];
        let output = motorsrnn(&arguments);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(NO_BOARD), "{message}");
        assert!(message.contains(board) && message.contains(part), "{message}");
    }
    let absent = folder.path("absent/report.txt");
    refuses(INPUT, &["selftest", "--board", "model", "-o", &absent], &["cannot write", &absent]);
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn a_self_test_replaces_no_file_but_its_own_report() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let whole = fs::read(&recording).unwrap();
    refuses(
        INPUT,
        &["selftest", "--board", "model", "-o", &recording],
        &[&recording, "no report", "name another file"],
    );
    assert_eq!(fs::read(&recording).unwrap(), whole);
}

#[test]
fn a_study_that_cannot_be_is_refused_and_leaves_the_files_of_others() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let report = folder.path("report");
    for (options, parts) in [
        (["--angles", "0,90,NaN,270"], ["--angles: NaN", "give degrees"]),
        (["--angles", "0,90,180,360"], ["--angles: 360 degrees", "its own direction"]),
        (["--ticks-ms", "1,2,1"], ["--ticks-ms: 1 appears twice", "once"]),
        (["--folds", "1000"], ["1000 folds need as many trials", "use fewer"]),
    ] {
        refuses(INPUT, &[&["study", &recording, "-o", &report], &options[..]].concat(), &parts);
    }
    assert!(!fs::exists(&report).unwrap());
    refuses(INPUT, &["study", &recording, "-o", &recording], &[&recording, "is a file", "name a folder"]);
    fs::create_dir(&report).unwrap();
    let page = folder.path("report/report.html");
    fs::write(&page, "mine").unwrap();
    refuses(INPUT, &["study", &recording, "-o", &report], &[&page, "of no study", "name another folder"]);
    assert_eq!(fs::read_to_string(&page).unwrap(), "mine");
}

#[test]
fn a_board_that_dies_in_a_self_test_is_told_in_the_report() {
    let folder = Folder::new();
    let path = folder.path("report.txt");
    let dying = Device::with_dying_board(spec::core::UP5K.configuration, 600);
    let output = motorsrnn(&["selftest", "--board", dying.name(), "-o", &path]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(LINK), "{message}");
    assert!(message.contains(dying.name()) && message.contains("failed the self-test"), "{message}");
    let report = fs::read_to_string(&path).unwrap();
    assert_eq!(report, String::from_utf8(output.stdout).unwrap());
    for part in ["FAIL", "did not answer", "SKIPPED", "verdict      FAIL", dying.name(), "baud", "seed 1"] {
        assert!(report.contains(part), "no `{part}` in {report}");
    }
}

#[test]
fn an_interrupted_self_test_leaves_no_report() {
    let folder = Folder::new();
    let path = folder.path("report.txt");
    fs::write(&path, "self-test    an older report").unwrap();
    let mut command = interruptible();
    command.args(["selftest", "--board", "sim", "--output", &path, "--json"]);
    // The first step has ended long before the last.
    let mut testing = Simulation::of(command);
    assert!(testing.path.starts_with('{'), "{}", testing.end().1);
    testing.interrupt();
    assert_eq!(testing.end().0.signal(), Some(Signal::INT.as_raw()));
    assert_eq!(
        (folder.names(), fs::read_to_string(&path).unwrap()),
        (vec!["report.txt".to_owned()], "self-test    an older report".to_owned())
    );
}

#[test]
fn wrong_usage_has_its_own_exit_code() {
    for arguments in [
        &["decode"][..],
        &["train", "a.nwb", "-o", "b.img", "--weight-bits", "9"],
        &["fly"],
        &["decode", "a.nwb", "--network", "b.img", "--baud", "0"],
        &["decode", "a.nwb", "--network", "b.img", "--baud", "fast"],
        &["decode", "a.nwb", "--network", "b.img", "--in-flight", "0"],
        &["decode", "a.nwb", "--network", "b.img", "--in-flight", "65"],
        &["decode", "a.nwb", "--network", "b.img", "--limit", "0"],
        &["decode", "a.nwb", "--network", "b.img", "--board", ""],
        &["train", "a.nwb", "-o", "b.img", "--core", "ecp6"],
        &["simulate", "--pty", "--core", "z80"],
        &["selftest", "--board", "model", "--core", "z80"],
        &["selftest"],
    ] {
        let output = motorsrnn(arguments);
        assert_eq!(output.status.code(), Some(USAGE));
        assert!(output.stdout.is_empty() && !output.stderr.is_empty());
    }
}

#[test]
fn a_board_called_in_capitals_is_told_its_name() {
    for (board, name) in [("SIM", "`sim`"), ("Model", "`model`")] {
        let output = motorsrnn(&["decode", "a.nwb", "--network", "b.img", "--board", board]);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(board) && message.contains(name), "{message}");
    }
}

#[test]
fn a_waveform_that_is_neither_vcd_nor_fst_by_its_name_is_refused() {
    let folder = Folder::new();
    for name in ["a.txt", "a", ".vcd", "vcd", "a.vcd.gz"] {
        let path = folder.path(name);
        for arguments in [&["decode", "a.nwb", "--network", "b.img", "--board", "sim"][..], &["simulate", "--pty"]] {
            let output = motorsrnn(&[arguments, &["--trace", &path]].concat());
            let message = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{message}");
            assert!(output.stdout.is_empty());
            for part in [&path, "--trace", "ends in .vcd or .fst"] {
                assert!(message.contains(part), "no `{part}` in: {message}");
            }
        }
    }
    assert_eq!(folder.names(), [""; 0]);
}

/// Ends a child that a failed assertion would leave running.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn an_interrupted_training_leaves_the_folder_as_it_was() {
    let Some(recording) = shared("pmd_delay_7targets.nwb") else { return };
    let folder = Folder::new();
    let image = folder.path("net.img");
    fs::write(&image, "an older image").unwrap();
    let mut command = interruptible();
    command.args(["train", &recording, "-o", &image, "--epochs", "100000"]);
    let mut training = Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    sleep(Duration::from_secs(2));
    assert!(training.0.try_wait().unwrap().is_none(), "training ended by itself");
    kill_process(Pid::from_child(&training.0), Signal::INT).unwrap();
    assert_eq!(training.0.wait().unwrap().signal(), Some(Signal::INT.as_raw()));
    assert_eq!(folder.names(), ["net.img"]);
    assert_eq!(fs::read_to_string(&image).unwrap(), "an older image");
}

#[test]
fn a_waveform_of_what_has_none_is_refused() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let (image, _) = folder.train(&recording, "net.img", &[]);
    let decode = ["decode", &recording, "--network", &image, "--trace"];
    refuses(INPUT, &[&decode[..], &[&folder.path("a.vcd")]].concat(), &["--trace", "board model", "--board sim"]);
    let absent = folder.path("absent/a.vcd");
    refuses(INPUT, &[&decode[..], &[&absent, "--board", "sim"]].concat(), &[&absent, "a folder that exists"]);
    refuses(INPUT, &["simulate", "--pty", "--trace", &absent], &[&absent, "a folder that exists"]);
    assert!(!folder.names().contains(&"a.vcd".to_owned()));
    let (image, _) = folder.train(&recording, "net.vcd", &[]);
    let before = std::fs::read(&image).unwrap();
    let decode = ["decode", &recording, "--network", &image, "--board", "sim", "--trace", &image];
    refuses(INPUT, &decode, &[&image, "overwrite", "another name"]);
    assert_eq!(std::fs::read(&image).unwrap(), before);
}

#[test]
fn a_waveform_takes_the_place_of_no_device() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let (image, _) = folder.train(&recording, "net.img", &[]);
    let [pipe, device, inner] = ["pipe.vcd", "device.vcd", "folder.vcd"].map(|name| folder.path(name));
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    symlink("/dev/null", &device).unwrap();
    fs::create_dir(&inner).unwrap();
    let names = folder.names();
    for place in [&pipe, &device, &inner] {
        let decode = ["decode", &recording, "--network", &image, "--board", "sim", "--trace", place];
        refuses(INPUT, &decode, &[place, "name a file"]);
        refuses(INPUT, &["simulate", "--pty", "--trace", place], &[place, "name a file"]);
        assert_eq!(folder.names(), names);
    }
}

#[test]
fn a_waveform_that_does_not_fit_on_the_disk_leaves_nothing_there() {
    // Room for the names of the signals, but not for what follows.
    const N_BLOCKS: u32 = 4000;
    let folder = Folder::new();
    let recording = folder.synthetic();
    let (image, _) = folder.train(&recording, "net.img", &["--window-ms", "20"]);
    for name in ["a.vcd", "a.fst"] {
        let path = folder.path(name);
        let next_step = "has space";
        let decode = ["decode", &recording, "--network", &image, "--board", "sim", "--json", "--trace", &path];
        let output = cramped(N_BLOCKS).args(decode).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(INPUT), "{message}");
        assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
        assert!(message.contains(&path) && message.contains("too large") && message.contains(next_step), "{message}");

        let mut command = cramped(N_BLOCKS);
        command.args(["simulate", "--pty", "--trace", &path]);
        let mut simulation = Simulation::of(command);
        assert!(simulation.path.starts_with("/dev/"), "{}", simulation.end().1);
        // Whether the answer comes before the end does not matter.
        let _ = simulation.hello();
        let (status, message) = simulation.end();
        assert_eq!(status.code(), Some(INPUT), "{message}");
        assert!(message.contains(&path) && message.contains("too large") && message.contains(next_step), "{message}");
        assert_eq!(folder.names(), ["net.img", "net.img.json", "synthetic.nwb"]);
    }
}
