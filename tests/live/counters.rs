//! Loss, lateness, repetition, jumps and stalls that are made on purpose: each is counted exactly.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::feed::{Live, Printed, live, marker, row, rows};
use crate::support::short;

/// Validity and cause of each window.
fn ends(printed: &Printed) -> Vec<(bool, Value)> {
    let windows = printed.of_kind("live_window").into_iter();
    windows.map(|line| (line["valid"].as_bool().unwrap(), line["cause"].clone())).collect()
}

/// Counters that are not 0.
fn counters(printed: &Printed) -> Value {
    let Value::Object(mut counters) = printed.summary["counters"].clone() else { panic!("{}", printed.summary) };
    counters.retain(|_, count| *count != json!(0) && !count.is_null());
    counters.into()
}

#[test]
fn lost_and_repeated_rows_are_counted_and_too_many_lost_make_a_window_invalid() {
    // Windows of 10 ticks: with 5 rows missing, with 6, with one that comes twice, and one that comes too late.
    let text = [
        rows(0..10),
        marker(10, "five"),
        rows((10..20).filter(|tick| !(12..17).contains(tick))),
        marker(20, "six"),
        rows((20..30).filter(|tick| !(22..28).contains(tick))),
        marker(30, "twice"),
        rows((30..40).chain([39])),
        marker(40, "late"),
        rows([40, 41, 43, 42].into_iter().chain(44..50)),
        row(50, &[200]),
    ];
    let printed = live(&short().image, &[], &text.concat());
    assert_eq!(
        ends(&printed),
        [(true, Value::Null), (false, json!("missing")), (true, Value::Null), (true, Value::Null)]
    );
    let expected = json!({
        "ticks": 51, "rows": 51 - 5 - 6 + 1, "markers": 4, "missing": 12, "duplicate": 1, "too_late": 1, "unknown_channel": 1
    });
    assert_eq!(counters(&printed), expected);
    let missing: Vec<&Value> = printed.of_kind("live_window").into_iter().map(|line| &line["missing"]).collect();
    assert_eq!(missing, [&json!(5), &json!(6), &json!(0), &json!(1)]);
    // Only valid windows count.
    let valid = live(&short().image, &["--window", "marker:five|twice|late"], &text.concat());
    assert_eq!(valid.summary["scores_hash"], printed.summary["scores_hash"]);
}

#[test]
fn a_jump_ends_the_window_and_those_that_wait() {
    let text =
        [rows(0..15), marker(12, "now"), marker(30, "waits"), rows(100..120), marker(105, "after"), rows(20..30)];
    let printed = live(&short().image, &[], &text.concat());
    assert_eq!(ends(&printed), [(false, json!("jump")), (false, json!("missed")), (true, Value::Null)]);
    assert_eq!(counters(&printed), json!({ "ticks": 45, "rows": 45, "markers": 3, "jumps": 2 }));
    let decisions = printed.of_kind("live_decision");
    assert_eq!((&decisions[0]["decision"], &decisions[0]["valid"]), (&Value::Null, &json!(false)));
    assert_eq!(printed.of_kind("live_notice").len(), 2);
}

#[test]
fn late_spikes_are_counted_and_put_into_the_next_tick() {
    let spike = |t_ms: f64, channel: u16| format!("{{\"t_ms\":{t_ms},\"channel\":{channel}}}\n");
    let mut text: String = (0..20).map(|tick| spike(f64::from(tick) + 0.5, 1)).collect();
    // Tick 19 is open: late by one and by five ticks, too late by six, twice the same, and twice in a tick.
    for (t_ms, channel) in [(18.5, 2), (14.5, 3), (13.5, 4), (19.5, 1), (19.75, 1), (19.25, 999)] {
        text += &spike(t_ms, channel);
    }
    text += "{\"t_ms\":0,\"marker\":\"go\"}\n{\"lost\":2}\n{\"t_ms\":30}\n";
    let printed = live(&short().image, &["--hold-ms", "0"], &text);
    let expected = json!({
        "ticks": 30, "spikes": 26, "markers": 1, "late": 2, "too_late": 1, "duplicate": 1, "merged": 1, "unknown_channel": 1,
        "lost": 2
    });
    assert_eq!(counters(&printed), expected);
    assert_eq!(ends(&printed), [(true, Value::Null)]);
}

#[test]
fn rows_that_stall_are_said_at_once_and_end_the_window() {
    let mut live = Live::begin(&short().image, &["--stall-ms", "300"]);
    live.send(&(rows(0..15) + &marker(12, "go")));
    let notice = live.line();
    assert_eq!((&notice["kind"], &notice["notice"]), (&json!("live_notice"), &json!("stalled")));
    thread::sleep(Duration::from_millis(50));
    live.send(&(marker(15, "go on") + &rows(15..30)));
    let printed = live.end();
    assert_eq!(ends(&printed), [(false, json!("stall")), (false, json!("missed"))]);
    assert_eq!(
        (&printed.summary["counters"]["stalls"], &printed.summary["counters"]["ticks"]),
        (&json!(1), &json!(30))
    );
}
