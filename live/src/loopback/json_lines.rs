//! JSON Lines over TCP.

use std::io::{self, Write};
use std::net::TcpStream;

use serde_json::json;

use super::{Pair, Sender, accept, listen};
use crate::arrival::Nanoseconds;
use crate::source::SourceError;
use crate::source::json_lines::JsonLines;

/// Rows as lines, for ticks of this length.
///
/// # Errors
/// No connection can be made on this computer.
pub fn json_lines(tick: Nanoseconds) -> Result<Pair, SourceError> {
    let (listener, address) = listen()?;
    let source = JsonLines::connect(&address, tick)?;
    Ok((Box::new(JsonSender(accept(&listener)?)), Box::new(source)))
}

struct JsonSender(TcpStream);

impl JsonSender {
    fn send(&mut self, line: &serde_json::Value) -> io::Result<()> {
        self.0.write_all(format!("{line}\n").as_bytes())
    }
}

impl Sender for JsonSender {
    fn is_heard(&mut self) -> io::Result<bool> {
        Ok(true)
    }

    fn begin(&mut self, _: Nanoseconds) {}

    fn marker(&mut self, time: Nanoseconds, text: &str) -> io::Result<()> {
        self.send(&json!({ "t_ms": time as f64 / 1e6, "marker": text }))
    }

    fn tick(&mut self, number: u64, channels: &[u16]) -> io::Result<()> {
        self.send(&json!({ "tick": number, "channels": channels }))
    }

    fn end(&mut self) -> io::Result<()> {
        self.send(&json!({ "end": true }))
    }
}
