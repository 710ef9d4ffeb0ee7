//! Recordings of live sessions: whole however the session ends.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use rustix::process::Signal;

use super::feed::{GAP, Live, decode, live, marker, rows, rows_of_trials};
use crate::support::{Folder, interruptible, json_lines, motorsrnn, program, refuses, short, trained, with_full_disk};

#[test]
fn an_interrupted_session_leaves_whole_files() {
    for signal in [Signal::INT, Signal::TERM] {
        let folder = Folder::new();
        let name = folder.path("day");
        let mut live = Live::begin_command(interruptible(), &short().image, &["--record", &name]);
        live.send(&rows(0..20));
        live.send(&marker(5, "go"));
        live.send(&marker(15, "cut off"));
        // The decision shows that everything before has been taken.
        assert_eq!(live.line()["kind"], "live_decision");
        assert_eq!(live.line()["valid"], true);
        let printed = live.signal(signal);
        let windows = printed.of_kind("live_window");
        assert_eq!(windows.last().unwrap()["cause"], "interrupted");
        assert_eq!((&printed.summary["n_valid"], &printed.summary["n_windows"]), (&1.into(), &2.into()));
        assert_eq!(folder.names(), ["day.csv", "day.jsonl", "day.trials.csv"]);
        let ticks = fs::read_to_string(folder.path("day.csv")).unwrap();
        assert_eq!(ticks.lines().count(), 2 + 20, "{ticks}");
        let lines = json_lines(&fs::read_to_string(folder.path("day.jsonl")).unwrap());
        assert_eq!((&lines[0]["kind"], &lines.last().unwrap()["kind"]), (&"live_ready".into(), &"live".into()));
        let decoded = decode(&format!("{name}.csv"), &short().image, &[]);
        assert_eq!(decoded["scores_hash"], printed.summary["scores_hash"]);
    }
}

#[test]
fn a_recording_that_was_cut_off_anywhere_decodes_to_its_last_whole_window() {
    let folder = Folder::new();
    let (name, image) = (folder.path("day"), &short().image);
    let mut live = Live::begin(image, &["--record", &name]);
    live.send(&rows_of_trials(&short().recording, image, 4));
    live.end();
    let [ticks, trials] = ["day.csv", "day.trials.csv"].map(|name| fs::read_to_string(folder.path(name)).unwrap());
    let whole = decode(&format!("{name}.csv"), image, &[]);
    assert_eq!(whole["n_windows"], 4);
    // A spike after the last window, and a row of a window that is not whole, are cut in every place.
    let cut = folder.path("cut.csv");
    for cut_off in ["1", "12", "123", "123,", "123,1"] {
        fs::write(&cut, format!("{ticks}{cut_off}")).unwrap();
        for rest in ["", "2", "200,210", "200,210,go 90"] {
            fs::write(folder.path("cut.trials.csv"), format!("{trials}{rest}")).unwrap();
            assert_eq!(decode(&cut, image, &[])["scores_hash"], whole["scores_hash"], "{cut_off} {rest}");
        }
    }
    let output = motorsrnn(&["decode", &cut, "--network", image]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("last line is cut off"));
}

#[test]
fn an_existing_recording_is_not_overwritten() {
    let folder = Folder::new();
    let name = folder.path("day");
    fs::write(format!("{name}.csv"), "mine").unwrap();
    refuses(1, &["live", "--network", &short().image, "--record", &name], &["day.csv", "it exists", "--record"]);
    refuses(1, &["live", "--network", &short().image, "--record", &folder.path("no/day")], &["cannot write", "no/day"]);
    assert_eq!(fs::read_to_string(format!("{name}.csv")).unwrap(), "mine");
}

#[test]
fn a_reader_that_stalls_or_goes_costs_no_tick() {
    let folder = Folder::new();
    let (name, image) = (folder.path("day"), &trained().image);
    let text = rows_of_trials(&trained().recording, image, 24);
    // Nobody reads what is printed until all is recorded: more than a pipe holds.
    let mut live = Live::begin(image, &["--record", &name, "--scores"]);
    live.send(&text);
    while fs::read_to_string(format!("{name}.trials.csv")).unwrap().lines().count() < 2 + 24 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let printed = live.end();
    assert_eq!(printed.summary["n_valid"], 24);
    assert_eq!(printed.summary["counters"]["ticks"], 24 * (50 + GAP));
    assert_eq!(printed.of_kind("live_decision").len(), 24);
    // A reader that goes ends the session, quietly.
    let mut command = program();
    command.args(["live", "--network", image]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    drop(process.stdout.take());
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_full_disk_ends_the_recording_and_costs_no_tick_and_no_decision() {
    let image = &trained().image;
    let text = rows_of_trials(&trained().recording, image, 24);
    let undisturbed = live(image, &[], &text);
    for n_blocks in [8, 16] {
        let folder = Folder::new();
        let name = folder.path("day");
        let mut live = Live::begin_command(with_full_disk(n_blocks), image, &["--record", &name]);
        // More than the disk takes; then the rest.
        let some = rows_of_trials(&trained().recording, image, 18);
        live.send(&some);
        let mut lines =
            Vec::from_iter(std::iter::repeat_with(|| live.line()).take_while(|line| line["kind"] != "live_notice"));
        live.send(&text[some.len()..]);
        let printed = live.end_with(1);
        lines.extend(printed.lines.iter().cloned());
        let parts = ["the recording ends early", &name, "free space"];
        assert!(parts.iter().all(|part| printed.message.contains(part)), "{}", printed.message);
        assert_eq!(lines.iter().filter(|line| line["kind"] == "live_decision").count(), 24);
        for field in ["scores_hash", "n_valid", "n_ticks_run"] {
            assert_eq!(printed.summary[field], undisturbed.summary[field], "{field}");
        }
        assert_eq!(printed.summary["counters"]["ticks"], 24 * (50 + GAP));
        // What is recorded is whole: the first windows.
        let n_recorded = fs::read_to_string(format!("{name}.trials.csv")).unwrap().lines().count() - 2;
        assert!((1..=18).contains(&n_recorded), "{n_recorded}");
        let decoded = decode(&format!("{name}.csv"), image, &[]);
        let first = rows_of_trials(&trained().recording, image, n_recorded);
        assert_eq!(decoded["scores_hash"], self::live(image, &[], &first).summary["scores_hash"]);
    }
}

#[test]
fn lines_that_cannot_be_written_cost_no_tick_and_no_recording() {
    let (folder, image) = (Folder::new(), &short().image);
    let name = folder.path("day");
    let mut command = program();
    command.args(["live", "--network", image, "--record", &name, "--stall-ms", "60000", "--max-age-ms", "60000"]);
    command.stdin(Stdio::piped()).stdout(fs::File::create("/dev/full").unwrap()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let text = rows_of_trials(&short().recording, image, 24);
    process.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = process.wait_with_output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("standard output: No space left") && message.contains("24 of 24 valid"), "{message}");
    let scores_hash = decode(&format!("{name}.csv"), image, &[])["scores_hash"].clone();
    assert_eq!(scores_hash, live(image, &[], &text).summary["scores_hash"]);
}

#[test]
fn what_came_before_a_line_that_is_not_understood_is_decoded_and_recorded() {
    let (folder, image) = (Folder::new(), &short().image);
    let name = folder.path("day");
    let text = rows_of_trials(&short().recording, image, 6);
    let whole = live(image, &[], &text);
    let mut session = Live::begin(image, &["--record", &name]);
    session.send(&format!("{text}nonsense\n"));
    let printed = session.end_with(1);
    assert!(printed.message.contains("is not understood"), "{}", printed.message);
    assert_eq!(printed.summary["scores_hash"], whole.summary["scores_hash"]);
    assert_eq!(decode(&format!("{name}.csv"), image, &[])["scores_hash"], whole.summary["scores_hash"]);
}
