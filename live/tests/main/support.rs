//! Spikes that are counted, settings that keep parallel tests apart, and a source that is read to the end.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use live::arrival::{Arrival, Event, Nanoseconds};
use live::lsl::Config;
use live::source::Source;

pub use crate::pattern::{fires, firing};

/// A tick of 1 ms.
pub const TICK: Nanoseconds = 1_000_000;

/// Counts the spikes of each tick and channel.
pub struct Grid {
    counts: Vec<u8>,
    n_channels: u16,
    /// Spikes so far.
    pub n_spikes: u64,
}

impl Grid {
    pub fn new(n_ticks: u32, n_channels: u16) -> Self {
        Self { counts: vec![0; n_ticks as usize * usize::from(n_channels)], n_channels, n_spikes: 0 }
    }

    pub fn add(&mut self, tick: i64, channel: u16) {
        assert!(channel < self.n_channels, "channel {channel}");
        let count = usize::try_from(tick)
            .ok()
            .and_then(|tick| self.counts.get_mut(tick * usize::from(self.n_channels) + usize::from(channel)));
        let count = count.unwrap_or_else(|| panic!("a spike in tick {tick}, which was not sent"));
        *count += 1;
        self.n_spikes += 1;
    }

    /// Number of spikes that the pattern has.
    pub fn expected(&self) -> u64 {
        self.pattern().filter(|fires| *fires).count() as u64
    }

    /// Every spike of the pattern was received once, and no other.
    pub fn check(&self) {
        let wrong = self.pattern().zip(&self.counts).position(|(fires, count)| *count != u8::from(fires));
        if let Some(wrong) = wrong {
            let (tick, channel) = (wrong / usize::from(self.n_channels), wrong % usize::from(self.n_channels));
            panic!("{} spikes in tick {tick}, channel {channel}", self.counts[wrong]);
        }
    }

    fn pattern(&self) -> impl Iterator<Item = bool> {
        let n_channels = u32::from(self.n_channels);
        (0..self.counts.len() as u32).map(move |k| fires(k / n_channels, k % n_channels))
    }
}

/// Settings of a session of its own, as a file that liblsl reads, too.
pub fn settings() -> String {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    // Eight ports of which at least the first is free now.
    let free = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port().min(65_000);
    format!(
        "[ports]\nIPv6 = disable\nBasePort = {free}\nPortRange = 8\nMulticastPort = {}\n[multicast]\nResolveScope = machine\n\
         AddressesOverride = {{127.0.0.1}}\nInterfaces = {{127.0.0.1}}\n[lab]\nKnownPeers = {{127.0.0.1}}\n\
         SessionID = test-{}-{number}\n[log]\nlevel = -2\n",
        free + 8,
        process::id()
    )
}

/// As [`settings`], read.
pub fn config() -> Config {
    Config::parse(settings().as_bytes())
}

/// A free port of this computer, that somebody listens at.
pub fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// Polls until enough has arrived.
pub fn poll_until(source: &mut dyn Source, mut is_enough: impl FnMut(&[Arrival]) -> bool) -> Vec<Arrival> {
    let mut arrivals = Vec::new();
    while !is_enough(&arrivals) {
        source.poll(Duration::from_millis(100), &mut arrivals).unwrap();
    }
    arrivals
}

/// The events, without those of the clock.
pub fn events(arrivals: Vec<Arrival>) -> Vec<Event> {
    arrivals.into_iter().map(|arrival| arrival.event).filter(|event| !matches!(event, Event::Clock { .. })).collect()
}

/// Number of events that are not those of the clock.
pub fn n_events(arrivals: &[Arrival]) -> usize {
    arrivals.iter().filter(|arrival| !matches!(arrival.event, Event::Clock { .. })).count()
}

/// The error of polling; what arrives before it is forgotten.
pub fn poll_error(source: &mut dyn Source) -> String {
    let mut arrivals = Vec::new();
    loop {
        if let Err(error) = source.poll(Duration::from_millis(100), &mut arrivals) {
            return error.to_string();
        }
    }
}
