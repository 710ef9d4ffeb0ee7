//! The counts of an assembler.

use serde::Serialize;

use crate::arrival::Nanoseconds;

/// Counts since the start of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Counters {
    /// Ticks closed.
    pub ticks: u64,
    /// Rows received, repeated ones included.
    pub rows: u64,
    /// Spikes received, each for itself; spikes in rows are not counted here.
    pub spikes: u64,
    /// Markers received.
    pub markers: u64,
    /// Spikes that came after their tick was closed, and were put into the next one.
    pub late: u64,
    /// Spikes that came so late that they were dropped; rows that came after an empty one had taken their place.
    pub too_late: u64,
    /// By how much spikes have come late, at most.
    #[serde(skip)]
    pub latest: Nanoseconds,
    /// Spikes that are not in a tick because their channel has one in it already.
    pub merged: u64,
    /// Spikes of the same channel with the same stamp, and rows of the same number, after the first: dropped.
    pub duplicate: u64,
    /// Rows that did not come, with an empty one in their place.
    pub missing: u64,
    /// Messages of which the source says that they were lost.
    pub lost: u64,
    /// Spikes of channels that the network does not have: dropped.
    pub unknown_channel: u64,
    /// Spikes among rows, and rows among spikes: dropped.
    pub stray: u64,
    /// Breaks because numbers or stamps went back or ran ahead, or because of a step of the clock.
    pub jumps: u64,
    /// Times that rows have stopped coming.
    pub stalls: u64,
    /// Times that the connection was lost.
    pub disconnections: u64,
    /// By how much the clock of the host runs faster than that of the source, in millionths; none before ten seconds.
    pub drift_ppm: Option<f64>,
}
