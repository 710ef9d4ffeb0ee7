//! A minute of a thousand channels in real time, as rows and as single spikes: every spike is delivered once, and decisions are in
//! time.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::live::feed::Live;
use crate::support::{Folder, json_lines, succeed};

const N_CHANNELS: u16 = 1024;
const RATE_HZ: f64 = 20.0;
const N_TICKS: u64 = 60_000;

/// The time in ms and the channel of every spike, by time.
fn spikes() -> Vec<(f64, u16)> {
    let mut random = ChaCha8Rng::seed_from_u64(6);
    let n_spikes = (f64::from(N_CHANNELS) * RATE_HZ * N_TICKS as f64 / 1e3) as usize;
    let mut spike =
        || ((random.random_range(0.0..N_TICKS as f64) * 1e3_f64).floor() / 1e3, random.random_range(0..N_CHANNELS));
    let mut spikes: Vec<(f64, u16)> = (0..n_spikes).map(|_| spike()).collect();
    spikes.sort_by(|one, other| one.0.total_cmp(&other.0));
    spikes
}

/// Streams the lines of each tick when it is over, and checks what was recorded, decided and counted.
fn stream(name: &str, hold_ms: u32, line: impl Fn(u64, &[(f64, u16)]) -> String + Send + 'static) {
    let folder = Folder::new();
    let [session, image, record] = ["session.nwb", "decoder.img", name].map(|name| folder.path(name));
    let n_channels = N_CHANNELS.to_string();
    succeed(&["synth", "-o", &session, "--channels", &n_channels, "--directions", "4", "--trials", "12"]);
    let brief = ["--topology", "direct", "--epochs", "1", "--folds", "2", "--window-ms", "50"];
    succeed(&[&["train", &session, "-o", &image], &brief[..]].concat());

    let spikes = spikes();
    let expected: BTreeSet<(u64, u16)> = spikes.iter().map(|&(t_ms, channel)| (t_ms as u64, channel)).collect();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let source = format!("tcp:{}", server.local_addr().unwrap());
    let hold = hold_ms.to_string();
    let options = [
        "--source",
        &source,
        "--window",
        "every:100",
        "--record",
        &record,
        "--hold-ms",
        &hold,
        "--max-age-ms",
        "10000",
    ];
    let mut live = Live::begin(&image, &options);
    let (mut connection, _) = server.accept().unwrap();
    let n_spikes = spikes.len();
    let sender = thread::spawn(move || {
        let begin = Instant::now();
        let mut rest = &spikes[..];
        for tick in 0..N_TICKS {
            let n_in_tick = rest.partition_point(|(t_ms, _)| *t_ms < (tick + 1) as f64);
            let (in_tick, after) = rest.split_at(n_in_tick);
            rest = after;
            thread::sleep((begin + Duration::from_millis(tick + 1)).saturating_duration_since(Instant::now()));
            connection.write_all(line(tick, in_tick).as_bytes()).unwrap();
        }
        connection.write_all(format!("{{\"t_ms\":{N_TICKS}}}\n{{\"end\":true}}\n").as_bytes()).unwrap();
    });
    let printed = live.wait();
    sender.join().unwrap();
    println!("{}", printed.message);

    let counters = &printed.summary["counters"];
    for counter in ["late", "too_late", "missing", "duplicate", "unknown_channel", "stray", "jumps", "stalls"] {
        assert_eq!(counters[counter], 0, "{counter}");
    }
    assert_eq!(counters["ticks"], N_TICKS);
    let recorded = std::fs::read_to_string(format!("{record}.csv")).unwrap();
    let recorded: Vec<(u64, u16)> = recorded
        .lines()
        .skip(2)
        .map(|line| line.split_once(',').unwrap())
        .map(|(tick, channel)| (tick.parse().unwrap(), channel.parse().unwrap()))
        .collect();
    assert!(recorded.iter().copied().eq(expected.iter().copied()));
    if counters["spikes"] != 0 {
        assert_eq!(counters["spikes"], n_spikes);
        assert_eq!(counters["merged"].as_u64().unwrap() as usize, n_spikes - expected.len());
    }
    assert_eq!((&printed.summary["n_valid"], &printed.summary["n_windows"]), (&600.into(), &600.into()));
    let decoded =
        json_lines(&succeed(&["decode", &format!("{record}.csv"), "--network", &image, "--json"])).pop().unwrap();
    assert_eq!(decoded["scores_hash"], printed.summary["scores_hash"]);
    let p50_us = printed.summary["latency_us"]["age"]["p50"].as_f64().unwrap();
    assert!(p50_us < 2_000.0 + 1e3 * f64::from(hold_ms), "{p50_us}");
}

#[test]
fn a_minute_of_rows_is_decoded_in_time() {
    stream("rows", 0, |tick, spikes| {
        let channels: BTreeSet<u16> = spikes.iter().map(|(_, channel)| *channel).collect();
        let channels: Vec<u16> = channels.into_iter().collect();
        format!("{{\"tick\":{tick},\"channels\":{channels:?}}}\n")
    });
}

#[test]
fn a_minute_of_spikes_is_decoded_in_time() {
    // So long that a busy machine delivers every spike before its tick is closed.
    stream("spikes", 300, |tick, spikes| {
        let mut lines = if tick == 0 { "{\"t_ms\":0}\n".to_owned() } else { String::new() };
        // Channels come in an order of their own.
        for (t_ms, channel) in spikes.iter().rev() {
            let _ = writeln!(lines, "{{\"t_ms\":{t_ms},\"channel\":{channel}}}");
        }
        lines
    });
}
