//! Decisions and values as entries of a Redis stream, as decoders of BRAND write them.

use std::io;

use redis::{Connection, RedisResult};

use crate::clock;
use crate::sink::{Message, Sink};
use crate::source::brand::Labels;

/// The output stream of a node.
///
/// Fields: `samples` (float32: the scores of the classes, or the values), `ts` and `i` (uint64: the time of writing in ns, the number of
/// the entry), and, copied from the row at whose end it was decided, `sync` and `i_in`. A decision also has, as text, `class` (empty for
/// none), `window` and `valid` (1 or 0).
pub struct BrandSink {
    connection: Connection,
    stream: String,
    field: String,
    time_key: String,
    sync_key: String,
    labels: Labels,
    n_entries: u64,
}

impl BrandSink {
    pub(crate) fn new(
        connection: Connection,
        stream: String,
        field: String,
        (time_key, sync_key): (String, String),
        labels: Labels,
    ) -> Self {
        Self { connection, stream, field, time_key, sync_key, labels, n_entries: 0 }
    }
}

impl Sink for BrandSink {
    fn send(&mut self, message: &Message) -> io::Result<()> {
        let (stamp, samples, n_targets): (_, Vec<u8>, _) = match message {
            Message::Decision { stamp, scores, .. } => {
                (*stamp, scores.iter().flat_map(|score| f32::from(*score).to_le_bytes()).collect(), scores.len())
            }
            Message::Values { stamp, values, .. } => {
                (*stamp, values.iter().flat_map(|value| (*value as f32).to_le_bytes()).collect(), values.len())
            }
        };
        let label = self.labels.at(stamp).unwrap_or_default();
        let mut command = redis::cmd("XADD");
        command.arg(&self.stream).arg("*").arg(&self.field).arg(samples);
        command.arg(&self.time_key).arg(&clock::now().to_le_bytes()).arg("i").arg(&self.n_entries.to_le_bytes());
        command.arg("i_in").arg(label.count).arg(&self.sync_key).arg(label.sync).arg("n_targets").arg(n_targets);
        if let Message::Decision { window, class, valid, .. } = message {
            let class = class.as_ref().map_or("", |(_, name)| name);
            command.arg("class").arg(class).arg("window").arg(window).arg("valid").arg(u8::from(*valid));
        }
        self.n_entries += 1;
        let written: RedisResult<String> = command.query(&mut self.connection);
        written.map(drop).map_err(io::Error::other)
    }

    fn describe(&self) -> String {
        format!("BRAND stream `{}`", self.stream)
    }
}
