//! The page about a session, of `--report`.

use std::path::Path;

use live::histogram::{Histogram, Spread};
use live::ticks::Counters;
use recording::write_whole;
use study::live_page::{Count, LiveSession, Span, page};
use study::report::{Table, Value};

use super::report::{Ended, Report};
use super::summary::Facts;
use crate::failure::Failure;

/// Windows in the table.
const MOST_WINDOWS: usize = 500;
/// Delay that a hand does not feel.
const UNFELT_US: f64 = 15_000.0;

/// Takes one of the counts.
type CountOf = fn(&Counters) -> u64;

/// Counters at times, in seconds since the start.
pub(super) type Course = Vec<(f64, Counters)>;

/// Writes the page; `facts_text` is the summary.
pub(super) fn write(
    path: &Path,
    report: &Report,
    facts: &Facts<'_>,
    summary: &str,
    course: &Course,
) -> Result<(), Failure> {
    let rows = summary.lines().map(|line| line.split_at_checked(13).unwrap_or((line, "")));
    let latencies = &report.latencies;
    let session = LiveSession {
        title: format!("Live session on {}", facts.board),
        facts: rows.map(|(name, value)| (name.trim().to_owned(), value.to_owned())).collect(),
        spans: vec![
            span(
                "source to host",
                &latencies.source_to_host,
                "From the stamp to the reception of the newest arrival in a tick.",
            ),
            span(
                "host to tick",
                &latencies.host_to_tick,
                "From there, or from the end of the tick, until it was closed.",
            ),
            span(
                "tick to answer",
                &latencies.tick_to_answer,
                "From there to the answer of the board, the wait for it included.",
            ),
            span("answer to output", &report.outputs.latency(), "From there until the line was on standard output."),
            span("age", &latencies.age, &age_caption(&latencies.age)),
        ],
        counts: counts(course),
        windows: windows(&report.ended),
        n_more_windows: report.ended.len().saturating_sub(MOST_WINDOWS),
    };
    write_whole(path, page(&session).as_bytes()).map_err(|error| Failure::unwritable(path, &error))
}

fn span(name: &str, histogram: &Histogram, caption: &str) -> Span {
    let Spread { n, p50, p99, max } = histogram.spread();
    let caption = format!("{caption} {n} ticks, p50 {p50:.0} us, p99 {p99:.0} us, max {max:.0} us.");
    Span { name: name.to_owned(), buckets: histogram.buckets(), caption }
}

fn age_caption(age: &Histogram) -> String {
    let n_felt: u64 = age.buckets().iter().filter(|(end_us, _)| *end_us > UNFELT_US).map(|(_, count)| count).sum();
    let share = 100.0 * n_felt as f64 / age.spread().n.max(1) as f64;
    format!("From the end of a tick to its answer. {share:.2} % are older than 15 ms.")
}

/// The counts that are not 0 at the end.
fn counts(course: &Course) -> Vec<Count> {
    let of: [(&str, CountOf); 10] = [
        ("late", |counters| counters.late),
        ("too late", |counters| counters.too_late),
        ("merged", |counters| counters.merged),
        ("duplicate", |counters| counters.duplicate),
        ("missing", |counters| counters.missing),
        ("lost", |counters| counters.lost),
        ("unknown channel", |counters| counters.unknown_channel),
        ("jumps", |counters| counters.jumps),
        ("stalls", |counters| counters.stalls),
        ("disconnections", |counters| counters.disconnections),
    ];
    let all = of.into_iter().map(|(name, count)| Count {
        name: name.to_owned(),
        points: course.iter().map(|(time_s, counters)| (*time_s, count(counters) as f64)).collect(),
    });
    all.filter(|count| count.points.last().is_some_and(|(_, count)| *count > 0.0)).collect()
}

fn windows(ended: &[Ended]) -> Table {
    let mut table = Table::new(&["window", "start (s)", "marker", "decision", "age (ms)", "valid"]);
    for window in &ended[ended.len().saturating_sub(MOST_WINDOWS)..] {
        let text = |text: &Option<String>| Value::from(text.clone().unwrap_or_default());
        table.push([
            Value::Number(window.window as f64, 0),
            Value::Number(window.start_ms / 1e3, 3),
            text(&window.marker),
            text(&window.decision),
            window.age_ms.map_or(Value::Missing, |age_ms| Value::Number(age_ms, 2)),
            window.cause.map_or("yes", |cause| cause.name()).into(),
        ]);
    }
    table
}
