//! Whole sessions: the scores of a live session are those of a decode, of its recording and of what was streamed.

use std::io::Write;
use std::net::{TcpListener, UdpSocket};
use std::process::Command;

use recording::{Recording, Stream};
use serde_json::{Value, json};
use spec::digest::ScoresDigest;
use train::movement::MovementDecoder;

use super::feed::{Live, Printed, decode, live, rows_of_trials};
use crate::support::{Folder, json_lines, program, refuses, short, succeed, trained};

/// The decisions in the order of the windows.
fn decisions(printed: &Printed) -> Vec<&Value> {
    printed.of_kind("live_decision").into_iter().map(|line| &line["decision"]).collect()
}

#[test]
fn a_live_session_its_recording_and_the_session_that_was_streamed_give_the_same_scores() {
    let recording = &trained().recording;
    let folder = Folder::new();
    for (name, options) in [("start", &[][..]), ("cue", &["--align", "go_cue_time", "--offset-ms", "20"])] {
        let (image, _) = folder.train(recording, &format!("{name}.img"), options);
        let record = folder.path(name);
        let printed =
            live(&image, &["--record", &record, "--window", "marker:^go"], &rows_of_trials(recording, &image, 24));
        let streamed = decode(recording, &image, &["--trials", "all"]);
        assert_eq!((&printed.summary["n_valid"], &streamed["n_windows"]), (&24.into(), &24.into()));
        assert_eq!(printed.summary["scores_hash"], streamed["scores_hash"], "{name}");
        let recorded = decode(&format!("{record}.csv"), &image, &[]);
        assert_eq!((&recorded["scores_hash"], &recorded["accuracy"]), (&streamed["scores_hash"], &Value::Null));
        let lines = json_lines(&succeed(&["decode", &format!("{record}.csv"), "--network", &image, "--json"]));
        let of_decode: Vec<&Value> = lines[..24].iter().map(|line| &line["decision"]).collect();
        assert_eq!(decisions(&printed), of_decode);
    }
}

#[test]
fn the_simulated_board_gives_the_scores_of_the_model() {
    let folder = Folder::new();
    let (recording, image) = (&short().recording, &short().image);
    let text = rows_of_trials(recording, image, 3);
    let by_model = live(image, &[], &text);
    let record = folder.path("sim");
    let by_simulation = live(image, &["--board", "sim", "--record", &record], &text);
    assert_eq!(by_simulation.summary["scores_hash"], by_model.summary["scores_hash"]);
    assert_eq!(
        (&by_simulation.summary["n_valid"], &by_simulation.summary["latency_of"]),
        (&3.into(), &"simulation".into())
    );
    let recorded = decode(&format!("{record}.csv"), image, &["--board", "sim"]);
    assert_eq!(recorded["scores_hash"], by_model.summary["scores_hash"]);
    assert_eq!(recorded["agrees_with_model"], true);
    println!("{}", by_simulation.message);
}

#[test]
fn spikes_of_a_tcp_server_are_decided_on_and_sent_as_datagrams() {
    let (recording, image) = (&trained().recording, &trained().image);
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let listener = UdpSocket::bind("127.0.0.1:0").unwrap();
    let [source, out] = [server.local_addr(), listener.local_addr()].map(|address| address.unwrap().to_string());
    let text = rows_of_trials(recording, image, 2);
    let [source, out] = [format!("tcp:{source}"), format!("udp:{out}")];
    let mut live = Live::begin(image, &["--source", &source, "--out", &out]);
    let (mut connection, _) = server.accept().unwrap();
    // In pieces of any length.
    text.as_bytes().chunks(777).for_each(|piece| connection.write_all(piece).unwrap());
    let decisions: Vec<Value> =
        std::iter::repeat_with(|| live.line()).filter(|line| line["kind"] == "live_decision").take(2).collect();
    // The connection is lost, and comes again: what comes then does not continue what was.
    drop(connection);
    let (mut connection, _) = server.accept().unwrap();
    connection.write_all(text.as_bytes()).unwrap();
    let again: Vec<Value> =
        std::iter::repeat_with(|| live.line()).filter(|line| line["kind"] == "live_decision").take(2).collect();
    let scores = |decisions: &[Value]| decisions.iter().map(|line| line["scores"].clone()).collect::<Vec<_>>();
    assert_eq!(scores(&decisions), scores(&again));
    let mut buffer = [0; 65536];
    let mut datagrams = std::iter::repeat_with(|| {
        let n_bytes = listener.recv(&mut buffer).unwrap();
        serde_json::from_slice::<Value>(&buffer[..n_bytes]).unwrap()
    });
    assert_eq!(datagrams.find(|line| line["kind"] == "live_decision").unwrap(), decisions[0]);
}

#[test]
fn windows_at_a_distance_need_no_marker() {
    let image = &short().image;
    let text = super::feed::rows(0..100);
    let printed = live(image, &["--window", "every:25"], &text);
    let starts: Vec<&Value> = printed.of_kind("live_window").into_iter().map(|line| &line["start_ms"]).collect();
    assert_eq!(starts, [0.0, 25.0, 50.0, 75.0].map(Value::from).iter().collect::<Vec<_>>());
    // Windows that overlap are run from the ticks that are kept.
    let overlapping = live(image, &["--window", "every:5"], &text);
    let scores = |printed: &Printed, start: f64| {
        let window =
            printed.of_kind("live_window").into_iter().find(|line| line["start_ms"] == start).unwrap()["window"]
                .clone();
        printed.of_kind("live_decision").into_iter().find(|line| line["window"] == window).unwrap()["scores"].clone()
    };
    assert_eq!(overlapping.summary["n_valid"], 19);
    for start in [0.0, 25.0, 50.0, 75.0] {
        assert_eq!(scores(&overlapping, start), scores(&printed, start));
    }
}

#[test]
fn rules_that_no_window_meets_are_refused() {
    let refuse = |options: [&str; 2], parts: &[&str]| {
        refuses(1, &[&["live", "-n", &short().image][..], &options].concat(), parts);
    };
    refuse(["--decide", "at:99"], &["names tick 99", "a window has 10 ticks"]);
    refuse(["--decide", "margin:5,from:60"], &["names tick 60", "--decide end"]);
    refuse(["--window", "trigger-5000"], &["5000 ms before their marker", "are kept", "--window"]);
}

#[test]
fn a_window_decides_when_it_is_told_to() {
    let (recording, image) = (&short().recording, &short().image);
    let text = rows_of_trials(recording, image, 4);
    let at_end = live(image, &["--scores"], &text);
    for (rule, ticks_run) in [("end", 10), ("at:4", 4), ("margin:0,from:3", 3), ("margin:65535,from:2", 10)] {
        let printed = live(image, &["--decide", rule], &text);
        // The window runs on after its decision.
        assert_eq!(printed.summary["scores_hash"], at_end.summary["scores_hash"], "{rule}");
        let decisions = printed.of_kind("live_decision");
        assert_eq!(decisions.len(), 4);
        for decision in decisions {
            assert_eq!(decision["ticks_run"], ticks_run, "{rule}");
            let scores =
                at_end.of_kind("live_scores").into_iter().find(|line| line["tick"] == decision["tick"]).unwrap();
            assert_eq!(scores["scores"], decision["scores"]);
        }
    }
}

#[test]
fn a_marker_that_comes_late_begins_a_window_in_the_past() {
    let image = &short().image;
    let text = super::feed::rows(0..900);
    let printed = live(image, &[], &(text.clone() + &super::feed::marker(20, "go")));
    let window = printed.of_kind("live_window")[0];
    assert_eq!((&window["start_ms"], &window["valid"]), (&json!(20.0), &json!(true)));
    let printed = live(image, &[], &(super::feed::rows(0..1100) + &super::feed::marker(20, "go")));
    let window = printed.of_kind("live_window")[0];
    assert_eq!((&window["cause"], &window["valid"]), (&json!("missed"), &json!(false)));
}

#[test]
fn what_cannot_be_decoded_live_is_refused() {
    let image = &short().image;
    let refused = |options: &[&str], parts: &[&str]| {
        refuses(1, &[&["live", "--network", image], options].concat(), parts);
    };
    refused(&["--source", "tcp:127.0.0.1:1"], &["tcp:127.0.0.1:1", "start the program"]);
    refused(&["--out", "udp:no.such.host.invalid:1"], &["udp:no.such.host.invalid:1"]);
    refuses(1, &["live", "--network", "none.img"], &["none.img"]);
    for wrong in
        [["--window", "now"], ["--window", "marker:("], ["--decide", "never"], ["--source", "ftp:x"], ["--out", "x"]]
    {
        let mut command: Command = program();
        let output = command.args(["live", "--network", image]).args(wrong).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
    }
    let mut live = Live::begin(image, &[]);
    live.send("{\"t_ms\":1}\nhello\n");
    let message = live.fail();
    assert!(message.contains("line 2") && message.contains("hello") && message.contains("standard input"), "{message}");
}

/// The shipped network of movement, and rows of its session.
fn reach_rows(ticks: std::ops::Range<u64>) -> (String, String, Vec<Vec<u16>>) {
    let example = |name: &str| format!("{}/../examples/{name}", env!("CARGO_MANIFEST_DIR"));
    let decoder = MovementDecoder::load(example("reach.img").as_ref()).unwrap();
    let recording = Recording::open(example("reach.nwb")).unwrap();
    let units = decoder.card().selection().choose(&recording).unwrap().units;
    let stream = Stream::of_spikes(&recording, &units, &decoder.card().stream).unwrap();
    let ticks: Vec<Vec<u16>> = ticks.map(|tick| stream.tick(tick as usize).to_vec()).collect();
    let rows = ticks.iter().zip(500..).map(|(channels, tick)| super::feed::row(tick, channels)).collect();
    (example("reach.img"), rows, ticks)
}

#[test]
fn a_network_of_movement_gives_values_at_every_tick_and_its_recording_gives_the_same_scores() {
    let (image, rows, ticks) = reach_rows(0..1500);
    let folder = Folder::new();
    let record = folder.path("run");
    // After a jump it starts anew.
    let text = rows.clone() + &super::feed::row(9_000, &[1, 5]) + &super::feed::row(9_001, &[2]);
    let printed = live(&image, &["--record", &record], &text);
    let values = printed.of_kind("live_values");
    assert_eq!(values.len() as u64 + printed.summary["lines_dropped"].as_u64().unwrap(), 1502);
    assert_eq!(values[0]["values"].as_array().unwrap().len(), 2);
    assert_eq!((&printed.summary["n_windows"], &printed.summary["n_valid"]), (&json!(2), &json!(2)));

    let mut core = model::Core::from_image(&std::fs::read(&image).unwrap()).unwrap();
    let mut digest = ScoresDigest::default();
    for (number, channels) in ticks.iter().cloned().chain([vec![1, 5], vec![2]]).enumerate() {
        if number == 1500 {
            core.restart();
        }
        digest.add_tick(core.tick(&channels).unwrap().scores);
    }
    let expected = json!(digest.hex());
    assert_eq!(printed.summary["scores_hash"], expected);
    let lines = json_lines(&succeed(&["decode", &format!("{record}.csv"), "--network", &image, "--values", "--json"]));
    let summary = lines.last().unwrap();
    assert_eq!((&summary["kind"], &summary["scores_hash"]), (&json!("runs_decoding"), &expected));
    assert_eq!((&summary["n_runs"], &summary["n_ticks"]), (&json!(2), &json!(1502)));
    assert_eq!(lines[10]["values"], values[10]["values"]);
    refuses(1, &["live", "--network", &image, "--window", "trigger"], &["--window", "every tick"]);
}

#[test]
fn a_recording_becomes_nwb_with_its_trials() {
    let folder = Folder::new();
    let (record, image) = (folder.path("day"), &short().image);
    let printed = live(image, &["--record", &record], &rows_of_trials(&short().recording, image, 5));
    let [csv, nwb] = [format!("{record}.csv"), format!("{record}.nwb")];
    assert!(succeed(&["convert", &csv, "-o", &nwb]).contains("24 units"));
    assert_eq!(decode(&nwb, image, &[])["scores_hash"], printed.summary["scores_hash"]);
    let info = json_lines(&succeed(&["info", &nwb, "--json"])).remove(0);
    let names: Vec<&str> =
        info["columns"].as_array().unwrap().iter().map(|column| column["name"].as_str().unwrap()).collect();
    assert!(["marker", "decision", "decided_ms"].iter().all(|name| names.contains(name)), "{names:?}");
    refuses(1, &["convert", &csv, "-o", &csv], &["overwrite", "--output"]);
}
