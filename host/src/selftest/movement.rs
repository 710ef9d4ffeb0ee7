//! The shipped network that runs free: it is never restarted, and its scores are known.

use std::io::{Read, Write};

use serde_json::json;
use spec::digest::{ScoresDigest, sha256_hex};
use spec::wire::ROOM_FRAMES;

use super::report::{Figures, Finding};
use super::{BoardUnderTest, StepError, divergence, expected};
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
    let known = &shipped.card.report.scores_hash;
    let fault = divergence(&found, &expected).or_else(|| {
        (n_left_out == 0 && scores_hash != *known)
            .then(|| format!("board and model agree, but the hash of the training is {known}"))
    });
    let mut figures = Figures::new();
    for (name, value) in [
        ("network_hash", json!(sha256_hex(&bytes))),
        ("synapses_left_out", json!(n_left_out)),
        ("ticks_run", json!(found.len())),
        ("scores_hash", json!(scores_hash)),
    ] {
        figures.insert(name.to_owned(), value);
    }
    Ok(Finding::unless(fault, figures))
}
