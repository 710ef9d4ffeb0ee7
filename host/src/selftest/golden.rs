//! Random networks with extreme parameters, and one that is given, compared with the reference model tick by tick.

use std::io::{Read, Write};

use serde_json::json;
use spec::digest::ScoresDigest;
use spec::wire::ROOM_FRAMES;

use super::network::{Coverage, N_NETWORKS, Trial};
use super::report::{Finding, figures};
use super::{BoardUnderTest, StepError, divergence, expected};

/// Runs every network, and stops at the first difference.
pub(super) fn check<P: Read + Write>(test: &mut BoardUnderTest<P>) -> Result<Finding, StepError> {
    let core = test.board.core;
    let meter = test.meter;
    let given = test.expected.network.as_ref();
    let n_networks = N_NETWORKS + usize::from(given.is_some());
    meter.begin("golden", n_networks);
    let mut digest = ScoresDigest::default();
    let mut coverage = Coverage::default();
    for index in 0..n_networks {
        let seed = test.expected.seed;
        let trial = match given.filter(|_| index == N_NETWORKS) {
            Some(image) => Trial::of(image, seed),
            None => Trial::new(&core, seed, index),
        };
        let image = trial.image.encode()?;
        let mut model = model::Core::from_image(&image)?;
        let difference = test.stream(&image, ROOM_FRAMES, |session| {
            for (window, ticks) in trial.windows.iter().enumerate() {
                let (expected, _) = expected(&mut model, ticks)?;
                let found: Vec<_> = session.run_window(ticks)?.into_iter().map(|tick| tick.answer).collect();
                found.iter().for_each(|answer| digest.add_tick(&answer.scores));
                if let Some(difference) = divergence(&found, &expected) {
                    return Ok(Some(format!("network {index}, window {window}, {difference}")));
                }
            }
            Ok(None)
        })?;
        if let Some(difference) = difference {
            return Ok(Finding::failed(difference));
        }
        coverage.add(&trial)?;
        meter.advance(1);
    }
    let figures = figures([
        ("networks", json!(n_networks)),
        ("ticks_run", json!(coverage.ticks)),
        ("scores_hash", json!(digest.hex())),
        ("coverage", json!(coverage)),
    ]);
    Ok(Finding::passed(figures))
}
