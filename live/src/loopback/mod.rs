//! The sending side of each source: markers and ticks in the protocol of an acquisition system, with the source that is connected
//! to it.

#[cfg(all(unix, feature = "brand"))]
mod brand;
#[cfg(all(unix, feature = "intan"))]
mod intan;
mod json_lines;
#[cfg(all(unix, feature = "lsl"))]
mod lsl;
#[cfg(all(unix, feature = "open-ephys"))]
mod open_ephys;

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

use crate::arrival::Nanoseconds;
use crate::source::{Source, SourceError};

#[cfg(all(unix, feature = "brand"))]
pub use brand::brand;
#[cfg(all(unix, feature = "intan"))]
pub use intan::intan;
pub use json_lines::json_lines;
#[cfg(all(unix, feature = "lsl"))]
pub use lsl::lsl;
#[cfg(all(unix, feature = "open-ephys"))]
pub use open_ephys::open_ephys;

/// How long a source may take nothing.
const WRITE_PATIENCE: Duration = Duration::from_secs(1);
/// Samples of a millisecond of the amplifiers that the senders stand for.
#[cfg(all(unix, any(feature = "brand", feature = "intan", feature = "open-ephys")))]
const SAMPLES_PER_MS: i64 = 30;

/// A sender, and the source that listens to it.
pub type Pair = (Box<dyn Sender>, Box<dyn Source>);

/// Sends markers and ticks as an acquisition system does.
pub trait Sender: Send {
    /// Whether the source listens, which it does once it is polled. Before that nothing is sent.
    ///
    /// # Errors
    /// The connection failed.
    fn is_heard(&mut self) -> io::Result<bool>;

    /// Says when the first tick begins, in the clock of the host; once, before anything is sent.
    fn begin(&mut self, start: Nanoseconds);

    /// Sends a marker, so long after the start of the first tick.
    ///
    /// # Errors
    /// The connection failed.
    fn marker(&mut self, time: Nanoseconds, text: &str) -> io::Result<()>;

    /// Sends a tick that has just ended: its number, from 0 and one after the other, and the channels with a spike, ascending.
    ///
    /// # Errors
    /// The connection failed.
    fn tick(&mut self, number: u64, channels: &[u16]) -> io::Result<()>;

    /// Sends what still waits, and that nothing follows, if the protocol can say so.
    ///
    /// # Errors
    /// The connection failed.
    fn end(&mut self) -> io::Result<()>;
}

/// A port of this computer, and its address.
fn listen() -> Result<(TcpListener, String), SourceError> {
    let listen = || {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?.to_string();
        Ok((listener, address))
    };
    listen().map_err(|error| unservable(&error))
}

/// The connection that the source has made.
fn accept(listener: &TcpListener) -> Result<TcpStream, SourceError> {
    let accept = || {
        let (connection, _) = listener.accept()?;
        connection.set_nodelay(true)?;
        connection.set_write_timeout(Some(WRITE_PATIENCE))?;
        Ok(connection)
    };
    accept().map_err(|error| unservable(&error))
}

fn unservable(error: &io::Error) -> SourceError {
    SourceError(format!("cannot serve a loopback: {error}; use another `--source`"))
}

/// The time of a tick, from the start of the first.
#[cfg(all(unix, any(feature = "brand", feature = "intan", feature = "lsl", feature = "open-ephys")))]
fn time_of(number: u64, tick: Nanoseconds) -> Nanoseconds {
    i64::try_from(number).unwrap_or(i64::MAX).saturating_mul(tick)
}

/// The count of each channel in a tick, in which those channels, ascending, have a spike.
#[cfg(all(unix, any(feature = "brand", feature = "lsl")))]
fn row(channels: &[u16], n_channels: usize) -> Vec<i16> {
    (0..=u16::MAX).take(n_channels).map(|channel| channels.binary_search(&channel).is_ok().into()).collect()
}
