//! The program with acquisition systems in Python.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use rustix::process::Signal;
use serde_json::json;

use super::peer::{Peer, libraries};
use super::rig::Rig;
use crate::live::feed::{Live, decode};
use crate::live::loopback::{brief_session, loopback};
use crate::pattern::firing;
use crate::support::{Folder, interruptible, program, short};

const N_CHANNELS: u16 = 24;
const GUI: &str = include_str!("../../live/tests/main/verify/open_ephys.py");

/// Lines as the recording has them, of the pattern in these ticks.
fn expected(first_tick: u32, n_ticks: u32) -> BTreeSet<String> {
    let spikes =
        |tick| firing(tick, N_CHANNELS).into_iter().map(move |channel| format!("{},{channel}", tick - first_tick));
    (first_tick..n_ticks).flat_map(spikes).collect()
}

fn recorded(name: &str) -> BTreeSet<String> {
    fs::read_to_string(format!("{name}.csv")).unwrap().lines().skip(2).map(str::to_owned).collect()
}

#[test]
fn a_node_of_brand_decides_with_the_labels_of_its_rows_until_a_signal_ends_it() {
    // The last one ends the last window, so that all have come when it decides.
    const N_ROWS: u32 = 2010;
    const N_WINDOWS: usize = 21;
    let Some(libraries) = libraries() else { return };
    for signal in [Signal::INT, Signal::TERM] {
        let (mut rig, folder) = (Rig::start(&libraries), Folder::new());
        let name = folder.path("day");
        let parameters = json!({
            "input_stream": "rows", "n_features": N_CHANNELS, "model_path": short().image, "window": "every:100",
            "record": name
        });
        rig.publish(&parameters.to_string());
        let mut command = interruptible();
        command.args(["live", "--stall-ms", "60000", "--max-age-ms", "60000", "--brand"]).args(rig.flags());
        let mut live = Live::spawn(command);
        rig.supervisor.tell(&format!("run {N_ROWS} {N_CHANNELS}"));
        live.windows(N_WINDOWS);
        let printed = live.signal(signal);
        println!("{}", printed.message);
        assert_eq!(
            (&printed.summary["n_valid"], &printed.summary["counters"]["rows"]),
            (&N_WINDOWS.into(), &N_ROWS.into())
        );
        assert_eq!(rig.states(), "0/NODE_STARTED/Initialized 0/NODE_READY/Ready 0/NODE_SHUTDOWN/Shutdown");
        // Each decision has the label of the row that decided.
        rig.supervisor.tell("labels decoder");
        let labels: Vec<String> = (0..N_WINDOWS).map(|window| (100 * window + 9).to_string()).collect();
        rig.supervisor.expect(&labels.join(" "));
        assert_eq!(recorded(&name), expected(0, N_ROWS));
        assert_eq!(decode(&format!("{name}.csv"), &short().image, &[])["scores_hash"], printed.summary["scores_hash"]);
        rig.supervisor.end();
    }
}

#[test]
fn a_node_of_brand_that_cannot_start_says_so_in_its_states() {
    let Some(libraries) = libraries() else { return };
    let mut rig = Rig::start(&libraries);
    for (parameters, part) in [
        (json!({ "model_path": "none.img" }), "none.img"),
        (json!({ "model_path": short().image }), "parameter `input_stream` is missing"),
        (json!({ "model_path": short().image, "input_stream": "rows", "window": "now" }), "parameter `window`"),
    ] {
        rig.publish(&parameters.to_string());
        let output = interruptible().args(["live", "--brand"]).args(rig.flags()).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{message}");
        let states = rig.states();
        let last = states.rsplit(" 1/").next().unwrap();
        assert!(
            message.contains(part) && last.starts_with("NODE_FATAL_ERROR") && last.contains(part),
            "{message} {states}"
        );
    }
    rig.supervisor.end();
}

#[test]
fn spikes_of_both_formats_of_the_open_ephys_gui_are_decided_on_and_recorded() {
    const N_TICKS: u32 = 3000;
    let Some(libraries) = libraries() else { return };
    let first_tick = (0..N_TICKS).find(|tick| !firing(*tick, N_CHANNELS).is_empty()).unwrap();
    for format in ["broadcaster", "interface"] {
        let folder = Folder::new();
        let name = folder.path("day");
        let arguments = [format, &N_TICKS.to_string(), &N_CHANNELS.to_string()];
        let mut peer = Peer::start(&libraries, GUI, &arguments, folder.path("").as_ref());
        let source = format!("open-ephys:127.0.0.1:{},rate=30000", peer.line());
        // So long that a busy machine sends every buffer in time.
        let options = ["--source", &source, "--window", "every:100", "--record", &name, "--hold-ms", "500"];
        let mut live = Live::begin_command(interruptible(), &short().image, &options);
        peer.expect("subscribed");
        peer.tell("go");
        // The last window begins after the last spike.
        let n_windows = N_TICKS as usize / 100 + 1;
        live.windows(n_windows);
        let printed = live.signal(Signal::INT);
        println!("{format}: {}", printed.message);
        let counters = &printed.summary["counters"];
        for (counter, count) in [("markers", 2), ("late", 0), ("too_late", 0), ("lost", 0), ("jumps", 0)] {
            assert_eq!(counters[counter], count, "{format}: {counter}");
        }
        assert!(printed.summary["n_valid"].as_u64().unwrap() >= n_windows as u64);
        assert_eq!(recorded(&name), expected(first_tick, N_TICKS), "{format}");
        assert_eq!(decode(&format!("{name}.csv"), &short().image, &[])["scores_hash"], printed.summary["scores_hash"]);
        peer.end();
    }
}

/// The program, as urgent as the system allows.
fn urgent() -> Command {
    const URGENT: [&str; 2] = ["-f", "50"];
    let may_be = Command::new("chrt").args(URGENT).arg("true").status().is_ok_and(|status| status.success());
    if !may_be {
        return program();
    }
    let mut command = Command::new("chrt");
    command.args(URGENT).arg(env!("CARGO_BIN_EXE_motorsrnn"));
    command
}

#[test]
fn decisions_from_every_source_are_in_time() {
    let Some(libraries) = libraries() else { return };
    let (rig, folder) = (Rig::start(&libraries), Folder::new());
    let recording = brief_session(&folder);
    let brand = format!("brand:{}", rig.socket());
    for (source, hold_ms) in [("tcp", 0.0), ("lsl", 0.0), (&brand, 0.0), ("open-ephys", 25.0), ("intan", 6.5)] {
        let (summary, message) = loopback(urgent(), &folder, &recording, &["--source", source, "--window", "every:50"]);
        println!("{source}: {message}");
        let age_us = &summary["latency_us"]["age"]["p50"];
        assert!(age_us.as_f64().is_some_and(|age_us| age_us < 1e3 * (hold_ms + 2.0)), "{source}: {age_us}");
        // How many windows a late spike spoils is the tail, as the machine is busy.
        assert!(summary["n_valid"].as_u64().is_some_and(|n_valid| n_valid > 50), "{source}: {message}");
    }
}
