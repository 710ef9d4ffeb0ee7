//! The end of a session: files whole, the last line, and a summary for a person on standard error.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use live::histogram::{Histogram, Spread};
use live::ticks::Counters;

use super::super::adapt::AdaptationSummary;
use super::lines::{CauseCount, Checks, Latencies, Summary};
use super::network::LiveNetwork;
use super::number::{doubling, to_ms};
use super::page::{self, Course};
use super::report::Report;
use crate::board::Board;
use crate::failure::Failure;
use crate::link::LinkStatistics;

/// What is known at the end beside what the report has counted.
pub(super) struct Facts<'a> {
    pub(super) board: &'a Board,
    pub(super) network: &'a LiveNetwork,
    pub(super) source: &'a str,
    pub(super) scheduling: &'a str,
    pub(super) counters: Counters,
    /// Whether windows begin at markers, and the first one that began none.
    pub(super) markers: Option<Option<&'a str>>,
    pub(super) checks: Checks,
    pub(super) link: LinkStatistics,
    pub(super) duration: Duration,
    pub(super) real_time_factor: Option<f64>,
    /// By how much a loopback was late to send. With it, the summary has a histogram of each part of the way.
    pub(super) sent_late: Option<&'a Histogram>,
    pub(super) adaptation: Option<&'a AdaptationSummary>,
}

/// Prints the summary, writes the page, and ends recording and outputs.
pub(super) fn end(mut report: Report, facts: &Facts<'_>, page: Option<&Path>, course: &Course) -> Result<(), Failure> {
    let scores_hash = std::mem::take(&mut report.digest).hex();
    let latency_us = Latencies {
        source_to_host: report.latencies.source_to_host.spread(),
        host_to_tick: report.latencies.host_to_tick.spread(),
        tick_to_answer: report.latencies.tick_to_answer.spread(),
        answer_to_output: report.outputs.latency().spread(),
        age: report.latencies.age.spread(),
    };
    let summary = Summary {
        board: facts.board.to_string(),
        source: facts.source,
        network_hash: &facts.network.hash,
        duration_s: facts.duration.as_secs_f64(),
        n_valid: report.n_valid,
        n_windows: report.n_windows,
        causes: report.causes.iter().map(|(&cause, &count)| CauseCount { cause, count }).collect(),
        n_ticks_run: report.n_ticks_run,
        counters: facts.counters,
        lines_dropped: report.outputs.n_dropped(),
        scores_hash: &scores_hash,
        latency_us,
        sent_late_us: facts.sent_late.map(Histogram::spread),
        latency_of: facts.board.responder(),
        real_time_factor: facts.real_time_factor,
        checks: &facts.checks,
        link: facts.link,
        scheduling: facts.scheduling,
        adaptation: facts.adaptation,
    };
    report.say(&summary, None);
    let text = text(&summary, facts);
    eprint!("{}", recording::visible(&text));
    if let Some(sent_late) = facts.sent_late {
        let latencies = &report.latencies;
        for (name, histogram) in [
            ("source to host", &latencies.source_to_host),
            ("host to tick", &latencies.host_to_tick),
            ("tick to answer", &latencies.tick_to_answer),
            ("answer to output", &report.outputs.latency()),
            ("age", &latencies.age),
            ("sent late, by the loopback itself", sent_late),
        ] {
            eprint!("{}", drawn(name, histogram));
        }
    }
    let recorded = report.recorder.take().map_or(Ok(()), |recorder| recorder.end());
    let written = page.map_or(Ok(()), |path| page::write(path, &report, facts, &text, course));
    report.outputs.end()?;
    recorded.and(written)
}

/// What a user would change, from what came.
fn remedies(summary: &Summary<'_>, facts: &Facts<'_>) -> String {
    /// Share of late spikes that is worth a word, in thousandths.
    const MANY: u64 = 10;
    let mut text = String::new();
    let Counters { spikes, markers, late, too_late, latest, .. } = facts.counters;
    if 1000 * (late + too_late) > MANY * spikes && latest > 0 {
        let share = 100.0 * (late + too_late) as f64 / spikes as f64;
        let _ = writeln!(
            text,
            "late         {share:.0} % of the spikes came after their tick had closed, by up to {:.1} ms: give a `--hold-ms` that is \
             {:.0} longer",
            to_ms(latest),
            to_ms(latest).ceil()
        );
    }
    match facts.markers {
        Some(_) if summary.n_windows == 0 && markers == 0 => {
            text += "markers      none came, and windows begin at markers: see how the source names them, or use `--window every:MS`\n";
        }
        Some(Some(first)) if summary.n_windows == 0 => {
            let _ = writeln!(
                text,
                "markers      {markers} came, and none is one that `--window` names; the first was `{first}`"
            );
        }
        _ => {}
    }
    text
}

fn text(summary: &Summary<'_>, facts: &Facts<'_>) -> String {
    let mut text = String::new();
    let Counters { ticks, rows, spikes, markers, late, too_late, merged, duplicate, missing, lost, .. } =
        summary.counters;
    let Counters { unknown_channel, stray, jumps, stalls, disconnections, drift_ppm, .. } = summary.counters;
    let came = if rows > 0 { format!("{rows} rows") } else { format!("{spikes} spikes") };
    let _ = writeln!(text, "source       {}: {came}, {markers} markers", summary.source);
    let _ = writeln!(text, "board        {}, network {}", summary.board, summary.network_hash);
    let _ = writeln!(text, "ticks        {ticks} in {:.1} s, {} run", summary.duration_s, summary.n_ticks_run);
    let causes: Vec<String> =
        summary.causes.iter().map(|CauseCount { cause, count }| format!("{count} {cause}")).collect();
    let causes = if causes.is_empty() { String::new() } else { format!(" ({})", causes.join(", ")) };
    let _ = writeln!(text, "windows      {} of {} valid{causes}", summary.n_valid, summary.n_windows);
    let _ = writeln!(
        text,
        "counters     late {late}, too late {too_late}, missing {missing}, lost {lost}, duplicate {duplicate}, merged {merged}, \
         unknown channel {unknown_channel}, stray {stray}"
    );
    let drift = drift_ppm.map_or(String::new(), |drift| format!(", drift {drift:.1} ppm"));
    let _ = writeln!(
        text,
        "             jumps {jumps}, stalls {stalls}, disconnections {disconnections}, lines dropped {}{drift}",
        summary.lines_dropped
    );
    text += &remedies(summary, facts);
    let Latencies { source_to_host, host_to_tick, tick_to_answer, answer_to_output, age } = summary.latency_us;
    for (name, Spread { n, p50, p99, max }) in [
        ("to host", source_to_host),
        ("to tick", host_to_tick),
        ("to answer", tick_to_answer),
        ("to output", answer_to_output),
        ("age", age),
    ] {
        if n > 0 {
            let _ = writeln!(text, "{name:<12} p50 {p50:.0} us, p99 {p99:.0} us, max {max:.0} us");
        }
    }
    let _ = writeln!(text, "             latencies {}; {}", summary.latency_of.meaning(), summary.scheduling);
    if let Some(factor) = summary.real_time_factor {
        let _ = writeln!(text, "real time    {factor:.2} times as fast, while there were ticks to run");
    }
    let Checks { n_checks, n_damaged, doubtful_windows, duration_us } = summary.checks;
    let _ = writeln!(
        text,
        "memories     {n_checks} checks of p50 {:.0} us, {n_damaged} found damage, {} windows in doubt",
        duration_us.p50,
        doubtful_windows.len()
    );
    let LinkStatistics { frames, crc_errors, resends, restarts, .. } = summary.link;
    let _ =
        writeln!(text, "link         {frames} frames, {crc_errors} CRC errors, {resends} resends, {restarts} restarts");
    text += &summary.adaptation.map(AdaptationSummary::text).unwrap_or_default();
    let _ = writeln!(text, "scores       {}", summary.scores_hash);
    text
}

/// A histogram as text: a bar for each doubling.
fn drawn(name: &str, histogram: &Histogram) -> String {
    const WIDTH: u64 = 50;
    let mut doublings: BTreeMap<i32, u64> = BTreeMap::new();
    for (end_us, count) in histogram.buckets() {
        *doublings.entry(doubling(end_us)).or_default() += count;
    }
    let most = doublings.values().copied().max().unwrap_or(0).max(1);
    let mut text = format!("{name}\n");
    for (power, count) in doublings {
        let bar = "#".repeat(usize::try_from((count * WIDTH).div_ceil(most)).unwrap_or(0));
        let _ = writeln!(text, "  up to {:>10.1} us {count:>8} {bar}", f64::from(power).exp2());
    }
    text
}
