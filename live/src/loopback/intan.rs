//! The spike port of Intan RHX.

use std::io::{self, Write};
use std::net::TcpStream;

use super::{Pair, SAMPLES_PER_MS, Sender, accept, listen, time_of};
use crate::arrival::Nanoseconds;
use crate::source::SourceError;
use crate::source::intan::{BLOCK_SAMPLES, IntanSource, Record};
use crate::source::names::native;

/// The first unit of a channel.
const UNIT: u8 = 1;

/// Records of spikes, written after each data block channel by channel. The port has no markers: those are not sent.
///
/// # Errors
/// No connection can be made on this computer.
pub fn intan(n_channels: usize, tick: Nanoseconds) -> Result<Pair, SourceError> {
    let (listener, address) = listen()?;
    let source = IntanSource::listening_to(&address, n_channels, (1000 * SAMPLES_PER_MS) as f64)?;
    let connection = accept(&listener)?;
    Ok((Box::new(SpikePort { connection, tick, spikes: Vec::new() }), Box::new(source)))
}

struct SpikePort {
    connection: TcpStream,
    tick: Nanoseconds,
    /// Channels and samples of spikes whose block is not over.
    spikes: Vec<(u16, i64)>,
}

impl SpikePort {
    /// Writes the spikes before a sample.
    fn write_before(&mut self, end: i64) -> io::Result<()> {
        let mut bytes = Vec::new();
        self.spikes.sort_unstable();
        self.spikes.retain(|&(channel, sample)| {
            let is_over = sample < end;
            if is_over {
                // The count goes on at 0 after 2^32.
                let record = Record { name: native(channel), sample: sample as u32, id: UNIT };
                bytes.extend(record.encode());
            }
            !is_over
        });
        self.connection.write_all(&bytes)
    }
}

impl Sender for SpikePort {
    fn is_heard(&mut self) -> io::Result<bool> {
        Ok(true)
    }

    fn begin(&mut self, _: Nanoseconds) {}

    fn marker(&mut self, _: Nanoseconds, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn tick(&mut self, number: u64, channels: &[u16]) -> io::Result<()> {
        let end = time_of(number + 1, self.tick) / 1_000_000 * SAMPLES_PER_MS;
        self.spikes.extend(channels.iter().map(|channel| (*channel, end - 1)));
        self.write_before(end - end % BLOCK_SAMPLES)
    }

    fn end(&mut self) -> io::Result<()> {
        self.write_before(i64::MAX)
    }
}
