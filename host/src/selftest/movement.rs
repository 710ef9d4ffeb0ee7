//! The shipped network that runs free: it is never restarted, and its scores are known.

use std::io::{Read, Write};

use serde_json::json;
use spec::digest::{ScoresDigest, sha256_hex};
use spec::wire::ROOM_FRAMES;

use super::report::{Finding, figures};
use super::{BoardUnderTest, StepError, divergence, expected, unlike_training};
use crate::shipped::{Fitted, ShippedMovement};

/// Streams the held-out ticks without a pause, and compares every score with the model and with the training.
pub(super) fn check<P: Read + Write>(test: &mut BoardUnderTest<P>) -> Result<Finding, StepError> {
    let shipped = ShippedMovement::read().map_err(|failure| StepError::Defect(failure.to_string()))?;
    let Some(Fitted { image, n_left_out }) = shipped.on(&test.board.core) else {
        return Ok(Finding::skipped("the shipped network has more neurons, channels or readouts than the core"));
    };
    let bytes = image.encode()?;
    let (expected, _) = expected(&mut model::Core::from_image(&bytes)?, &shipped.ticks)?;
    test.meter.begin("movement", 1);
    let found: Vec<_> = test.stream(&bytes, ROOM_FRAMES, |session| {
        Ok(session.run_window(&shipped.ticks)?.into_iter().map(|tick| tick.answer).collect())
    })?;
    test.meter.advance(1);
    let mut digest = ScoresDigest::default();
    found.iter().for_each(|answer| digest.add_tick(&answer.scores));
    let scores_hash = digest.hex();
    let fault = divergence(&found, &expected)
        .or_else(|| unlike_training(n_left_out, &scores_hash, &shipped.card.report.scores_hash));
    let figures = figures([
        ("network_hash", json!(sha256_hex(&bytes))),
        ("synapses_left_out", json!(n_left_out)),
        ("ticks_run", json!(found.len())),
        ("scores_hash", json!(scores_hash)),
    ]);
    Ok(Finding::unless(fault, figures))
}
