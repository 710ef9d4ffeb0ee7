//! The shipped session decoded with the shipped decoder, whose result is known.

use std::io::{Read, Write};

use serde_json::json;
use spec::digest::{ScoresDigest, sha256_hex};
use spec::wire::Counters;

use super::report::{Finding, figures};
use super::{BoardUnderTest, StepError, divergence, expected, unlike_training};
use crate::evaluation::percentiles;
use crate::shipped::{Fitted, Shipped};

/// Decodes every held-out window, one frame at a time for the lowest latency, and compares scores with the model and counters
/// with the work that was asked for.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the shipped session is small, and the board's counters have 32 bits too"
)]
pub(super) fn check<P: Read + Write>(test: &mut BoardUnderTest<P>) -> Result<Finding, StepError> {
    let shipped = Shipped::read().map_err(|failure| StepError::Defect(failure.to_string()))?;
    let Some(Fitted { image, n_left_out }) = shipped.on(&test.board.core) else {
        return Ok(Finding::skipped("the shipped decoder has more neurons, channels or classes than the core"));
    };
    let bytes = image.encode()?;
    let mut model = model::Core::from_image(&bytes)?;
    let meter = test.meter;
    meter.begin("decode", shipped.windows.len());

    let (mut digest, mut n_right, mut latencies) = (ScoresDigest::default(), 0, Vec::new());
    let mut due = Counters::default();
    let (difference, counted) = test.stream(&bytes, 1, |session| {
        let before = BoardUnderTest::counters(session.link_mut())?;
        let mut difference = None;
        for window in &shipped.windows {
            let (expected, synaptic_events) = expected(&mut model, &window.ticks)?;
            due.ticks += window.ticks.len() as u32;
            due.events += window.ticks.iter().map(Vec::len).sum::<usize>() as u32;
            due.synaptic_events += synaptic_events;
            due.spikes += expected.iter().map(|answer| u32::from(answer.n_spikes)).sum::<u32>();
            let results = session.run_window(&window.ticks)?;
            latencies.extend(results.iter().map(|tick| tick.latency));
            let found: Vec<_> = results.into_iter().map(|tick| tick.answer).collect();
            found.iter().for_each(|answer| digest.add_tick(&answer.scores));
            n_right += usize::from(found.last().is_some_and(|answer| usize::from(answer.class) == window.class));
            difference =
                divergence(&found, &expected).map(|difference| format!("trial {}, {difference}", window.trial));
            if difference.is_some() {
                break;
            }
            meter.advance(1);
        }
        Ok((difference, since(&before, &BoardUnderTest::counters(session.link_mut())?)))
    })?;

    let n_windows = shipped.windows.len();
    let scores_hash = digest.hex();
    let fault = difference
        .or_else(|| miscount(&counted, &due))
        .or_else(|| unlike_training(n_left_out, &scores_hash, &shipped.card.report.scores_hash));
    let figures = figures([
        ("network_hash", json!(sha256_hex(&bytes))),
        ("synapses_left_out", json!(n_left_out)),
        ("n_windows", json!(n_windows)),
        ("scores_hash", json!(scores_hash)),
        ("windows_decided_rightly", json!(n_right)),
        ("latency_us", json!(percentiles(latencies))),
        ("counters", fields(&counted)),
    ]);
    Ok(Finding::unless(fault, figures))
}

/// Counts from `before` to `after`.
fn since(before: &Counters, after: &Counters) -> Counters {
    Counters {
        ticks: after.ticks.wrapping_sub(before.ticks),
        events: after.events.wrapping_sub(before.events),
        spikes: after.spikes.wrapping_sub(before.spikes),
        synaptic_events: after.synaptic_events.wrapping_sub(before.synaptic_events),
        tick_cycles: after.tick_cycles.wrapping_sub(before.tick_cycles),
        tick_overruns: after.tick_overruns.wrapping_sub(before.tick_overruns),
        bad_frames: after.bad_frames.wrapping_sub(before.bad_frames),
        out_of_sequence: after.out_of_sequence.wrapping_sub(before.out_of_sequence),
        dropped_frames: after.dropped_frames.wrapping_sub(before.dropped_frames),
    }
}

/// The first counter that differs from the work that was done.
fn miscount(counted: &Counters, due: &Counters) -> Option<String> {
    let counts = [
        ("ticks", counted.ticks, due.ticks),
        ("events", counted.events, due.events),
        ("spikes", counted.spikes, due.spikes),
        ("synaptic events", counted.synaptic_events, due.synaptic_events),
    ];
    let (what, counted, due) = counts.into_iter().find(|(_, counted, due)| counted != due)?;
    Some(format!("the board counted {counted} {what}, but there were {due}"))
}

fn fields(counters: &Counters) -> serde_json::Value {
    let Counters { ticks, events, spikes, synaptic_events, tick_cycles, tick_overruns, .. } = counters;
    let Counters { bad_frames, out_of_sequence, dropped_frames, .. } = counters;
    json!({
        "ticks": ticks,
        "events": events,
        "spikes": spikes,
        "synaptic_events": synaptic_events,
        "tick_cycles": tick_cycles,
        "tick_overruns": tick_overruns,
        "bad_frames": bad_frames,
        "out_of_sequence": out_of_sequence,
        "dropped_frames": dropped_frames,
    })
}
