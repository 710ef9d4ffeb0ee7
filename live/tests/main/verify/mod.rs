//! Sources and sinks against the real libraries: liblsl, a Redis server, libzmq.

mod brand;
mod lsl;
mod lsl_rates;
mod open_ephys;
mod peer;
mod rig;

use std::time::Duration;

/// Ticks of a minute.
const MINUTE: u32 = 60_000;
/// Channels of a large array.
const N_CHANNELS: u16 = 1024;

#[test]
fn a_minute_of_intan_rhx_arrives_spike_for_spike() {
    crate::intan::every_spike_arrives_once(MINUTE, Duration::from_micros(4267));
}
