//! The serial line: how fast it is, whether frames arrive intact, and whether the board refuses damaged ones.

use std::io::{Read, Write};
use std::time::Instant;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use spec::wire::{Command, DELIMITER, FRAME_OVERHEAD_BYTES, Frame, PAYLOAD_MAX_BYTES, WIRE_MAX_BYTES, opcode};

use super::report::{Finding, figures};
use super::{BoardUnderTest, StepError};
use crate::evaluation::percentiles;

/// Frames sent one at a time, for their latencies.
const N_SINGLE: usize = 100;
/// Random frames sent back to back, besides those with extreme payloads.
const N_RANDOM: usize = 200;

/// Measures the line, then sends damaged frames.
pub(super) fn check<P: Read + Write>(test: &mut BoardUnderTest<P>) -> Result<Finding, StepError> {
    let payloads = payloads(test.expected.seed);
    let n_pings = N_SINGLE + payloads.len();
    let meter = test.meter;
    meter.begin("line", n_pings);
    let replay_frames = test.board.core.replay_frames;
    test.talk(|link| {
        let begin = BoardUnderTest::counters(link)?;

        link.set_window(1);
        let mut latencies = Vec::with_capacity(N_SINGLE);
        for _ in 0..N_SINGLE {
            latencies.push(link.call(Command::Status)?.latency);
            meter.advance(1);
        }

        link.set_window(replay_frames.into());
        let n_bytes: usize = payloads.iter().map(|payload| payload.len() + FRAME_OVERHEAD_BYTES).sum();
        let started = Instant::now();
        link.ping(payloads, |_| meter.advance(1))?;
        let bytes_per_s = n_bytes as f64 / started.elapsed().as_secs_f64();

        let refusals_before = link.statistics().refusals;
        let damaged = damaged_frames();
        let n_damaged = damaged.len();
        let mut unrefused = None;
        for (what, wire) in damaged {
            let before = link.statistics();
            link.write_raw(&wire)?;
            // The refusal arrives before this answer, unless the line has damaged it.
            link.call(Command::Status)?;
            let after = link.statistics();
            if after.refusals == before.refusals && after.crc_errors == before.crc_errors {
                unrefused = unrefused.or(Some(what));
            }
        }
        let end = BoardUnderTest::counters(link)?;
        let n_refused = link.statistics().refusals - refusals_before;
        let n_counted = end.bad_frames.wrapping_sub(begin.bad_frames);

        let figures = figures([
            ("n_pings", json!(n_pings)),
            ("round_trip_us", json!(percentiles(latencies))),
            ("frames_in_flight", json!(replay_frames)),
            ("bytes_per_s_to_board", json!(bytes_per_s)),
            ("damaged_frames_sent", json!(n_damaged)),
            ("damaged_frames_refused", json!(n_refused)),
            ("damaged_frames_counted", json!(n_counted)),
        ]);
        let crc_errors = link.statistics().crc_errors;
        let fault = if let Some(what) = unrefused {
            Some(format!("{what} was not refused"))
        } else if (n_counted as usize) < n_damaged {
            Some(format!("the board counted {n_counted} of {n_damaged} damaged frames"))
        } else if n_counted as usize > n_damaged {
            let n_lost = n_counted as usize - n_damaged;
            Some(format!("the line damaged {n_lost} frames to the board; {CHECK_LINE}"))
        } else if crc_errors > 0 {
            Some(format!("the line damaged {crc_errors} answers of the board; {CHECK_LINE}"))
        } else {
            None
        };
        Ok(match fault {
            Some(fault) if unrefused.is_none() && n_counted as usize >= n_damaged => {
                Finding::failed_link(fault).with(figures)
            }
            fault => Finding::unless(fault, figures),
        })
    })
}

/// What to do about a line that damages frames.
const CHECK_LINE: &str = "try a shorter cable, another USB port or adapter, and no hub";

/// Payloads with every byte value and extreme lengths, and random ones.
fn payloads(seed: u64) -> Vec<Vec<u8>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut payloads = vec![
        (0..=u8::MAX).take(PAYLOAD_MAX_BYTES).collect(),
        (0..=u8::MAX).skip(u8::MAX as usize + 1 - PAYLOAD_MAX_BYTES).collect(),
        vec![0; PAYLOAD_MAX_BYTES],
        vec![u8::MAX; PAYLOAD_MAX_BYTES],
        vec![0x55; PAYLOAD_MAX_BYTES],
        vec![0],
        vec![u8::MAX],
    ];
    payloads.extend((0..N_RANDOM).map(|_| {
        let n_bytes = random.random_range(1..=PAYLOAD_MAX_BYTES);
        (0..n_bytes).map(|_| random.random()).collect()
    }));
    payloads
}

/// Damaged frames, with what is wrong with each.
fn damaged_frames() -> [(&'static str, Vec<u8>); 5] {
    let whole = || Frame { sequence: 1, opcode: opcode::RESTART, payload: vec![7; 16] }.to_wire();
    let mut flipped = whole();
    flipped[8] ^= 4;
    let mut checksum = whole();
    let at = checksum.len() - 2;
    checksum[at] = if checksum[at] == 1 { 2 } else { 1 };
    let mut truncated = whole();
    truncated.drain(10..15);
    let mut stuffing = whole();
    stuffing[0] = u8::MAX;
    let mut too_long = vec![1; WIRE_MAX_BYTES + 40];
    too_long.push(DELIMITER);
    [
        ("a frame with a wrong bit", flipped),
        ("a frame with a wrong checksum", checksum),
        ("a frame with bytes missing", truncated),
        ("a frame with broken stuffing", stuffing),
        ("a frame longer than any", too_long),
    ]
}

#[cfg(test)]
mod tests {
    use spec::wire::FrameReader;

    use super::*;

    #[test]
    fn payloads_have_every_byte_value_and_reach_the_largest_length() {
        let payloads = payloads(1);
        assert!(payloads.iter().all(|payload| (1..=PAYLOAD_MAX_BYTES).contains(&payload.len())));
        let seen: std::collections::BTreeSet<u8> = payloads.iter().take(2).flatten().copied().collect();
        assert_eq!(seen.len(), 256);
        assert!(payloads.iter().filter(|payload| payload.len() == PAYLOAD_MAX_BYTES).count() >= 5);
    }

    #[test]
    fn damaged_frames_are_not_frames() {
        for (what, wire) in damaged_frames() {
            let mut reader = FrameReader::default();
            let found: Vec<_> = wire.iter().filter_map(|byte| reader.push(*byte)).collect();
            assert!(matches!(found[..], [Err(_)]), "{what}: {found:?}");
        }
    }
}
