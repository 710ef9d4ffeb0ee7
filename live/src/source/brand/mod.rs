//! A node of BRAND: rows of threshold crossings from Redis streams, states of a task as markers.

mod entry;
mod merge;
mod node;
mod numbers;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use redis::streams::{StreamRangeReply, StreamReadReply};
use redis::{Connection, RedisResult};

use crate::arrival::{Arrival, Event, Nanoseconds};
use crate::clock;
use crate::source::{Source, SourceError};

use merge::Merger;

pub use entry::{Entry, Layout, Row};
pub use node::{Arguments, Node, Parameters};
pub use numbers::NumberType;

/// Entries of each stream that are read at a time.
const ENTRIES: usize = 64;
/// The longest that Redis is asked to wait; it must answer before the connection is believed to be dead.
const WAIT_MAX: Duration = Duration::from_secs(1);
/// Rows whose labels are kept for what is decided at their end.
const LABELS: usize = 8192;

/// Rows of threshold crossings from a node of BRAND.
pub struct BrandSource {
    connection: Connection,
    /// Streams and the last entry of each that was read.
    streams: Vec<(String, String)>,
    n_inputs: usize,
    layout: entry::Layout,
    merger: Merger,
    /// What is known of the clock of the writers, until it is told.
    clock: Option<Event>,
    labels: Labels,
}

/// What a row carries to the decision at its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) stamp: Nanoseconds,
    pub(crate) count: Vec<u8>,
    pub(crate) sync: Vec<u8>,
}

/// Labels of the latest rows, oldest first.
#[derive(Clone, Debug)]
pub(crate) struct Labels {
    rows: Arc<Mutex<VecDeque<Label>>>,
    tick: Nanoseconds,
}

impl Labels {
    /// Of rows of this length.
    pub(crate) fn new(tick: Nanoseconds) -> Self {
        Self { rows: Arc::default(), tick }
    }

    fn keep(&self, label: Label) {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        if rows.len() == LABELS {
            rows.pop_front();
        }
        rows.push_back(label);
    }

    /// The label of the row that ends then, or else of the last that had begun half a row before.
    pub(crate) fn at(&self, end: Nanoseconds) -> Option<Label> {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let ends_then = rows.iter().rev().find(|label| label.stamp + self.tick == end);
        ends_then.or_else(|| rows.iter().rev().find(|label| label.stamp <= end - self.tick / 2)).cloned()
    }
}

impl BrandSource {
    /// Connects, and begins with what is written after now; the parameters are those of [`Node::open`].
    ///
    /// # Errors
    /// As of [`Node::open`].
    pub(crate) fn open(
        arguments: &Arguments,
        parameters: &Parameters,
        n_channels: usize,
        tick: Nanoseconds,
    ) -> Result<Self, SourceError> {
        let streams = || -> Result<_, String> {
            let inputs = parameters.inputs()?;
            let each = parameters.channels_per_array(inputs.len(), n_channels)?;
            let states = parameters.text("state_stream")?.map(str::to_owned);
            if let Some(stream) = states.iter().find(|states| inputs.contains(states)) {
                return Err(format!("parameter `state_stream`: `{stream}` is a stream of rows, too; name another one"));
            }
            Ok((inputs, states, parameters.layout(each)?))
        };
        let (inputs, states, layout) = streams().map_err(SourceError)?;
        let n_inputs = inputs.len();
        let from_start = |stream: String| (stream, "0-0".to_owned());
        let clock = Event::Clock { offset: 0, round_trip: 0 };
        let mut source = Self {
            connection: arguments.connect()?,
            streams: inputs.into_iter().chain(states).map(from_start).collect(),
            n_inputs,
            merger: Merger::new(n_inputs, layout.n_channels),
            layout,
            clock: arguments.has_same_clock().then_some(clock),
            labels: Labels::new(tick),
        };
        source.seek().map_err(|error| unanswered(&error))?;
        Ok(source)
    }

    /// The fields with the time and with the labels.
    fn keys(&self) -> (String, String) {
        (self.layout.time_key.clone(), self.layout.sync_key.clone())
    }

    /// Leaves out what is written already.
    fn seek(&mut self) -> RedisResult<()> {
        for (stream, last) in &mut self.streams {
            let newest: StreamRangeReply = redis::cmd("XREVRANGE")
                .arg(&*stream)
                .arg("+")
                .arg("-")
                .arg("COUNT")
                .arg(1)
                .query(&mut self.connection)?;
            if let Some(entry) = newest.ids.into_iter().next() {
                *last = entry.id;
            }
        }
        Ok(())
    }

    fn read(&mut self, patience: Duration) -> RedisResult<StreamReadReply> {
        let mut command = redis::cmd("XREAD");
        command.arg("COUNT").arg(ENTRIES);
        // 0 would be for ever.
        match patience.min(WAIT_MAX).as_millis() as u64 {
            0 => {}
            milliseconds => {
                command.arg("BLOCK").arg(milliseconds);
            }
        }
        command.arg("STREAMS");
        for (stream, _) in &self.streams {
            command.arg(stream);
        }
        for (_, last) in &self.streams {
            command.arg(last);
        }
        let reply: Option<StreamReadReply> = command.query(&mut self.connection)?;
        Ok(reply.unwrap_or_default())
    }

    fn take(&mut self, reply: StreamReadReply, arrivals: &mut Vec<Arrival>) -> Result<(), String> {
        let received = clock::now();
        for key in reply.keys {
            let Some(index) = self.streams.iter().position(|(stream, _)| *stream == key.key) else { continue };
            for read in key.ids {
                self.streams[index].1.clone_from(&read.id);
                let entry = Entry::new(read.map);
                let failed = |text: String| format!("stream `{}`: {text}", key.key);
                if index < self.n_inputs {
                    let row = entry.row(&self.layout).map_err(failed)?;
                    self.merger.push(index, row);
                } else {
                    let (stamp, text) = entry.state(&self.layout).map_err(failed)?;
                    arrivals.push(Arrival { received, event: Event::Marker { stamp, text } });
                }
            }
        }
        while let Some(row) = self.merger.next() {
            let Row { number, stamp, channels, count, sync } = row;
            self.labels.keep(Label { stamp, count, sync });
            arrivals.push(Arrival { received, event: Event::Row { number, stamp, channels } });
        }
        Ok(())
    }
}

impl Source for BrandSource {
    fn poll(&mut self, patience: Duration, arrivals: &mut Vec<Arrival>) -> Result<(), SourceError> {
        arrivals.extend(self.clock.take().map(|event| Arrival { received: clock::now(), event }));
        let reply = self.read(patience).map_err(|error| unanswered(&error))?;
        self.take(reply, arrivals).map_err(|text| SourceError(format!("Redis of BRAND: {text}")))
    }

    fn describe(&self) -> String {
        let streams: Vec<&str> = self.streams.iter().map(|(stream, _)| stream.as_str()).collect();
        let (inputs, states) = streams.split_at(self.n_inputs);
        let states = states.iter().map(|stream| format!(", states `{stream}`"));
        format!("BRAND rows `{}`{}", inputs.join("`, `"), Vec::from_iter(states).concat())
    }
}

fn unanswered(error: &redis::RedisError) -> SourceError {
    SourceError(format!("Redis of BRAND does not answer: {error}; check that its server runs"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_that_of_the_row_that_ends_then() {
        let labels = Labels::new(1000);
        let label = |stamp: Nanoseconds| Label { stamp, count: Vec::new(), sync: stamp.to_string().into_bytes() };
        // The third row was written early.
        [5000, 6000, 6900, 8000].into_iter().for_each(|stamp| labels.keep(label(stamp)));
        let at = |end| labels.at(end).map(|label| label.stamp);
        assert_eq!([6000, 7000, 7900, 7950, 9000].map(at), [5000, 6000, 6900, 6900, 8000].map(Some));
        assert_eq!(at(5400), None);
        (0..20_000).for_each(|stamp| labels.keep(label(stamp)));
        assert_eq!(labels.rows.lock().unwrap().len(), LABELS);
    }
}
