//! The ports of a core of any size.

use spec::core::{CoreConfiguration, ECP5_25F, ECP5_85F, UP5K};

use crate::model::{CoreEcp525f, CoreEcp585f, CoreSmall, CoreUp5k};
use crate::simulator::Simulator;
use crate::small::SMALL;
use crate::top::Top;

/// A top that is a core. The methods are the ports of `hdl::core::Core`.
#[allow(missing_docs, reason = "`hdl::core::Core` documents its ports")]
pub trait CoreTop: Top + Sized {
    /// The sizes that it was built with.
    const CONFIGURATION: CoreConfiguration;

    fn set_sizes(rtl: &mut Simulator<Self>, n_channels: u16, n_neurons: u16, n_readouts: u8);
    fn set_event(rtl: &mut Simulator<Self>, channel: Option<u16>);
    fn event_ready(rtl: &Simulator<Self>) -> bool;
    fn set_start(rtl: &mut Simulator<Self>, level: bool);
    fn set_restart(rtl: &mut Simulator<Self>, level: bool);
    fn busy(rtl: &Simulator<Self>) -> bool;
    fn done(rtl: &Simulator<Self>) -> bool;
    fn delivering(rtl: &Simulator<Self>) -> bool;
    fn decision(rtl: &Simulator<Self>) -> u8;
    fn n_spikes(rtl: &Simulator<Self>) -> u16;
    fn synaptic_events(rtl: &Simulator<Self>) -> u32;
    fn tick_cycles(rtl: &Simulator<Self>) -> u32;
    fn set_score_class(rtl: &mut Simulator<Self>, class: u8);
    fn score(rtl: &Simulator<Self>) -> u16;
    fn set_forget(rtl: &mut Simulator<Self>, level: bool);
    fn set_write(rtl: &mut Simulator<Self>, word: Option<MemoryWord>);
    fn set_read(rtl: &mut Simulator<Self>, place: Option<MemoryPlace>);
    fn read_data(rtl: &Simulator<Self>) -> u16;
    fn trace(rtl: &Simulator<Self>, lane: usize) -> u64;
}

/// The address of a word in a memory of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryPlace {
    /// The `spec::image::SectionKind` as a number.
    pub kind: u8,
    /// The lane.
    pub lane: u8,
    /// The word in the memory.
    pub address: u16,
}

/// A word of a memory and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryWord {
    /// Its address.
    pub place: MemoryPlace,
    /// Its value.
    pub data: u16,
}

macro_rules! core_top {
    ($top:ident, $configuration:expr) => {
        impl CoreTop for $top {
            const CONFIGURATION: CoreConfiguration = $configuration;

            fn set_sizes(rtl: &mut Simulator<Self>, n_channels: u16, n_neurons: u16, n_readouts: u8) {
                rtl.set_n_channels(n_channels);
                rtl.set_n_neurons(n_neurons);
                rtl.set_n_readouts(n_readouts);
            }

            fn set_event(rtl: &mut Simulator<Self>, channel: Option<u16>) {
                rtl.set_channel(channel.unwrap_or(0));
                rtl.set_event_valid(channel.is_some());
            }

            fn event_ready(rtl: &Simulator<Self>) -> bool {
                rtl.event_ready()
            }

            fn set_start(rtl: &mut Simulator<Self>, level: bool) {
                rtl.set_start(level);
            }

            fn set_restart(rtl: &mut Simulator<Self>, level: bool) {
                rtl.set_restart(level);
            }

            fn busy(rtl: &Simulator<Self>) -> bool {
                rtl.busy()
            }

            fn done(rtl: &Simulator<Self>) -> bool {
                rtl.done()
            }

            fn delivering(rtl: &Simulator<Self>) -> bool {
                rtl.delivering()
            }

            fn decision(rtl: &Simulator<Self>) -> u8 {
                rtl.decision()
            }

            fn n_spikes(rtl: &Simulator<Self>) -> u16 {
                rtl.n_spikes()
            }

            fn synaptic_events(rtl: &Simulator<Self>) -> u32 {
                rtl.synaptic_events()
            }

            fn tick_cycles(rtl: &Simulator<Self>) -> u32 {
                rtl.tick_cycles()
            }

            fn set_score_class(rtl: &mut Simulator<Self>, class: u8) {
                rtl.set_score_class(class);
            }

            fn score(rtl: &Simulator<Self>) -> u16 {
                rtl.read_data()
            }

            fn set_forget(rtl: &mut Simulator<Self>, level: bool) {
                rtl.set_forget(level);
            }

            fn set_write(rtl: &mut Simulator<Self>, word: Option<MemoryWord>) {
                rtl.set_write(word.is_some());
                if let Some(MemoryWord { place, data }) = word {
                    rtl.set_write_kind(place.kind);
                    rtl.set_write_lane(place.lane);
                    rtl.set_write_address(place.address);
                    rtl.set_write_data(data);
                }
            }

            fn set_read(rtl: &mut Simulator<Self>, place: Option<MemoryPlace>) {
                rtl.set_reading(place.is_some());
                if let Some(place) = place {
                    rtl.set_read_kind(place.kind);
                    rtl.set_read_lane(place.lane);
                    rtl.set_read_address(place.address);
                }
            }

            fn read_data(rtl: &Simulator<Self>) -> u16 {
                rtl.read_data()
            }

            fn trace(rtl: &Simulator<Self>, lane: usize) -> u64 {
                rtl.trace(lane)
            }
        }
    };
}

core_top!(CoreSmall, SMALL);
core_top!(CoreUp5k, UP5K.configuration);
core_top!(CoreEcp525f, ECP5_25F.configuration);
core_top!(CoreEcp585f, ECP5_85F.configuration);
