//! Decisions and values as streams of the lab streaming layer.

mod client;
mod outlet;

use std::io;

use crate::lsl::{Config, Format, Values, seconds};
use crate::sink::{Message, Sink};

pub use outlet::{Outlet, OutletClock, OutletOptions};

/// Columns before the scores of the classes.
const DECISION_COLUMNS: [&str; 4] = ["class", "tick", "latency_ms", "valid"];
/// Columns before the values.
const VALUES_COLUMNS: [&str; 2] = ["tick", "latency_ms"];

/// An outlet of decisions, or of values.
///
/// Stamps are in the clock of the source, and so is the clock of the outlet: who corrects its stamps, as every receiver does, gets
/// the true time of the tick.
#[derive(Debug)]
pub struct LslSink {
    outlet: Outlet,
    is_values: bool,
    n_columns: usize,
}

impl LslSink {
    /// A stream of type `Decision`: float32, irregular, with the columns class, tick (exact up to 2^24),
    /// latency_ms, valid (1 or 0), and the score of each class; without a decision class, latency and scores are NaN.
    ///
    /// # Errors
    /// No socket can be opened.
    pub fn decisions(config: &Config, name: &str, classes: &[String]) -> io::Result<Self> {
        let scores = classes.iter().map(|class| format!("score_{class}"));
        Self::open(config, name, "Decision", &DECISION_COLUMNS, scores.collect())
    }

    /// A stream of type `Values`: float32, irregular, with the columns tick (exact up to 2^24), latency_ms, and each value.
    ///
    /// # Errors
    /// No socket can be opened.
    pub fn values(config: &Config, name: &str, outputs: &[String]) -> io::Result<Self> {
        Self::open(config, name, "Values", &VALUES_COLUMNS, outputs.to_vec())
    }

    /// The outlet's clock, to be set to that of the source.
    #[must_use]
    pub fn clock(&self) -> OutletClock {
        self.outlet.clock()
    }

    fn open(config: &Config, name: &str, kind: &str, first: &[&str], more: Vec<String>) -> io::Result<Self> {
        let labels: Vec<String> = first.iter().map(|label| (*label).to_owned()).chain(more).collect();
        let n_columns = labels.len();
        let options = OutletOptions {
            name: name.to_owned(),
            kind: kind.to_owned(),
            format: Format::Float32,
            n_channels: n_columns,
            rate_hz: 0.0,
            source_id: format!("motorsrnn-{name}"),
            labels,
        };
        Ok(Self { outlet: Outlet::open(config, options)?, is_values: kind == "Values", n_columns })
    }
}

impl Sink for LslSink {
    fn send(&mut self, message: &Message) -> io::Result<()> {
        let (stamp, mut row) = match message {
            Message::Decision { tick, stamp, class, scores, valid, age_ms, .. } if !self.is_values => {
                let (class, latency_ms) =
                    class.as_ref().map_or((f32::NAN, f32::NAN), |(class, _)| (f32::from(*class), *age_ms as f32));
                let first = [class, *tick as f32, latency_ms, f32::from(u8::from(*valid))];
                (*stamp, Vec::from_iter(first.into_iter().chain(scores.iter().map(|score| f32::from(*score)))))
            }
            Message::Values { tick, stamp, values, age_ms } if self.is_values => {
                let first = [*tick as f32, *age_ms as f32];
                (*stamp, Vec::from_iter(first.into_iter().chain(values.iter().map(|value| *value as f32))))
            }
            Message::Decision { .. } | Message::Values { .. } => return Ok(()),
        };
        // Without a class there are no scores.
        row.resize(self.n_columns, f32::NAN);
        self.outlet.push(Some(seconds(stamp)), Values::Float32(row))
    }

    fn describe(&self) -> String {
        format!("LSL outlet `{}`", self.outlet.info().name)
    }
}
