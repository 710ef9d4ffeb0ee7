//! A recording that is streamed into the program itself, in the protocol of each acquisition system.

use std::fs;
use std::process::{Command, Output};
use std::thread;

use serde_json::{Value, json};

use super::feed::decode;
use super::lsl::settings;
use crate::support::{Folder, json_lines, program, refuses, short, succeed};

/// A session of two trials in each direction.
pub fn brief_session(folder: &Folder) -> String {
    let recording = folder.path("brief.nwb");
    succeed(&["synth", "-o", &recording, "--channels", "24", "--directions", "4", "--trials", "2", "--seed", "5"]);
    recording
}

/// The summary of a loopback by this command, and its messages.
pub fn loopback(mut command: Command, folder: &Folder, recording: &str, options: &[&str]) -> (Value, String) {
    let file = folder.path("lsl_api.cfg");
    fs::write(&file, settings()).unwrap();
    command.env("LSLAPICFG", file).args(["live", "--network", &short().image, "--loopback", recording]);
    // No tick is late, and no window too old, while the machine is busy.
    command.args(["--stall-ms", "60000", "--max-age-ms", "60000"]).args(options);
    let Output { status, stdout, stderr } = command.output().unwrap();
    let message = String::from_utf8(stderr).unwrap();
    assert!(status.success(), "{options:?}: {message}");
    (json_lines(&String::from_utf8(stdout).unwrap()).pop().unwrap(), message)
}

#[test]
fn a_recording_gives_the_same_scores_through_every_protocol() {
    let folder = Folder::new();
    let recording = brief_session(&folder);
    let expected = decode(&recording, &short().image, &["--trials", "all"])["scores_hash"].clone();
    thread::scope(|scope| {
        for source in ["tcp", "lsl", "open-ephys"] {
            let (folder, recording, expected) = (Folder::new(), &recording, &expected);
            scope.spawn(move || {
                let page = folder.path("page.html");
                let options = ["--source", source, "--report", &page, "--hold-ms", "200"];
                let (summary, message) = loopback(program(), &folder, recording, &options);
                assert_eq!((&summary["n_valid"], &summary["n_windows"]), (&json!(8), &json!(8)), "{source}: {message}");
                assert_eq!(summary["scores_hash"], *expected, "{source}: {message}");
                for part in ["source to host", "host to tick", "tick to answer", "answer to output", "age", "up to"] {
                    assert!(message.contains(part), "{message}");
                }
                assert_eq!(fs::read_to_string(page).unwrap().matches("<figcaption>").count(), 5);
                println!("{source}: {message}");
            });
        }
    });
}

#[test]
fn a_protocol_without_markers_streams_a_recording_into_windows_at_a_distance() {
    let folder = Folder::new();
    let recording = brief_session(&folder);
    let record = folder.path("day");
    let options = ["--source", "intan", "--window", "every:100", "--hold-ms", "200", "--record", &record];
    let (summary, message) = loopback(program(), &folder, &recording, &options);
    let [n_valid, n_windows] = ["n_valid", "n_windows"].map(|name| summary[name].as_u64().unwrap());
    // The end may be within the last window.
    assert!(n_valid > 10 && n_windows - n_valid <= 1, "{message}");
    assert_eq!(decode(&format!("{record}.csv"), &short().image, &[])["scores_hash"], summary["scores_hash"]);
}

#[test]
fn what_cannot_be_a_loopback_is_refused() {
    let (image, recording) = (&short().image, &short().recording);
    let refused = |options: &[&str], parts: &[&str]| {
        refuses(1, &[&["live", "--network", image], options].concat(), parts);
    };
    for source in ["stdin", "tcp:127.0.0.1:1", "lsl:Spikes", "brand"] {
        refused(&["--loopback", recording, "--source", source], &[source, "--source tcp", "brand:HOST:PORT"]);
    }
    refused(&["--loopback", recording, "--source", "intan"], &["no markers", "`intan`", "--window every:100"]);
    refused(&["--loopback", recording, "--source", "brand:127.0.0.1:1"], &["Redis", "127.0.0.1:1"]);
    refused(&["--source", "brand:127.0.0.1:1"], &["--brand", "--loopback"]);
    refused(&["--source", "tcp"], &["tcp:HOST:PORT"]);
    refused(&["--source", "intan"], &["rate=30000"]);
}
