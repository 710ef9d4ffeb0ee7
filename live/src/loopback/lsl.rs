//! Two outlets of the lab streaming layer: rows of counts, and markers.

use std::io;

use super::{Pair, Sender, row, time_of, unservable};
use crate::arrival::Nanoseconds;
use crate::lsl::{Config, Format, Values, seconds};
use crate::sink::lsl::{Outlet, OutletOptions};
use crate::source::SourceError;
use crate::source::lsl::LslSource;

/// A regular stream of int16 with a column for each channel and a row for each tick of this length, and a stream of texts.
///
/// # Errors
/// No outlet can be opened or found.
pub fn lsl(n_channels: usize, tick: Nanoseconds) -> Result<Pair, SourceError> {
    let config = Config::load();
    let open = |name: String, kind: &str, format, n_channels, rate_hz| {
        let (kind, source_id, labels) = (kind.to_owned(), name.clone(), Vec::new());
        let options = OutletOptions { name, kind, format, n_channels, rate_hz, source_id, labels };
        Outlet::open(&config, options).map_err(|error| unservable(&error))
    };
    let spikes = open("motorsrnn loopback".to_owned(), "Spikes", Format::Int16, n_channels, 1e9 / tick as f64)?;
    // No other stream has this name.
    let uid = spikes.info().uid.clone();
    let name = format!("markers of {uid}");
    let markers = open(name.clone(), "Markers", Format::Text, 1, 0.0)?;
    let source = LslSource::open_with(&config, &format!("uid={uid},markers={name}"), n_channels, tick)?;
    Ok((Box::new(LslSender { spikes, markers, n_channels, tick, start: 0 }), Box::new(source)))
}

struct LslSender {
    spikes: Outlet,
    markers: Outlet,
    n_channels: usize,
    tick: Nanoseconds,
    /// The stamp of the first row.
    start: Nanoseconds,
}

impl Sender for LslSender {
    fn is_heard(&mut self) -> io::Result<bool> {
        Ok(self.spikes.n_inlets() > 0 && self.markers.n_inlets() > 0)
    }

    fn begin(&mut self, start: Nanoseconds) {
        // A row is stamped when it is whole, and markers count from there.
        self.start = start + self.tick;
    }

    fn marker(&mut self, time: Nanoseconds, text: &str) -> io::Result<()> {
        self.markers.push(Some(seconds(self.start + time)), Values::Text(vec![text.as_bytes().to_vec()]))
    }

    fn tick(&mut self, number: u64, channels: &[u16]) -> io::Result<()> {
        let row = row(channels, self.n_channels);
        self.spikes.push(Some(seconds(self.start + time_of(number, self.tick))), Values::Int16(row))
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}
