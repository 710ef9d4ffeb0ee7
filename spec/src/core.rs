//! Core configurations: the sizes of a core, what a network image needs of it, and why one does not fit the other.

use std::fmt;

/// The sizes that a core is built with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CoreConfiguration {
    /// Lanes that work in parallel; a power of two, 1 to [`MAX_LANES`].
    pub lanes: u8,
    /// Neurons per lane, 1 to [`MAX_NEURONS_PER_LANE`].
    pub neurons_per_lane: u16,
    /// Input channels.
    pub channels: u16,
    /// Synapse words per lane, 1 to [`MAX_SYNAPSES_PER_LANE`].
    pub synapse_words_per_lane: u16,
    /// Readout scores, which is classes, 1 to [`MAX_READOUTS`].
    pub readouts: u8,
    /// Answers kept for retries, so also the most frames that a host may have in flight; a power of two.
    pub replay_frames: u8,
}

/// The most lanes of any core.
pub const MAX_LANES: u8 = 8;
/// The most neurons per lane: a synapse word has 8 bits for its postsynaptic neuron.
pub const MAX_NEURONS_PER_LANE: u16 = 256;
/// The most synapses per lane: a row pointer has 16 bits.
pub const MAX_SYNAPSES_PER_LANE: u16 = u16::MAX;
/// The most readouts, which is classes, of any core.
pub const MAX_READOUTS: u8 = 16;

/// Clock cycles of a tick beyond its synaptic events, neurons and readouts: what fills and drains the pipelines.
pub const TICK_OVERHEAD_CYCLES: u32 = stage_cycles::QUEUE
    + stage_cycles::ROW_FETCH
    + stage_cycles::SYNAPSE_READ
    + stage_cycles::ADDITION
    + stage_cycles::SWAP
    + stage_cycles::UPDATE
    + stage_cycles::DECISION
    + stage_cycles::MARGIN;

/// Clock cycles from the address of a memory word to the word.
pub const MEMORY_READ_CYCLES: u32 = stage_cycles::OPTION_INDEX + stage_cycles::RECORD_READ + stage_cycles::WORD;

/// The stages that a tick or a read passes, in clock cycles. The hardware asserts the latencies of its blocks.
pub mod stage_cycles {
    /// From the start of a tick until its last event leaves the queue.
    pub const QUEUE: u32 = 1;
    /// From a row to the address of its first synapse.
    pub const ROW_FETCH: u32 = 3;
    /// From the address of a synapse to its weight.
    pub const SYNAPSE_READ: u32 = 2;
    /// From the last weight to its sum.
    pub const ADDITION: u32 = 2;
    /// From the last sum to the first neuron of the sweep.
    pub const SWAP: u32 = 2;
    /// From the last neuron of the sweep to its score.
    pub const UPDATE: u32 = 6;
    /// From the request of the last score to the decision.
    pub const DECISION: u32 = 2;
    /// Reserve, which no tick is known to need.
    pub const MARGIN: u32 = 3;
    /// From an address to the index of the options, which come last in the update pipeline.
    pub const OPTION_INDEX: u32 = 3;
    /// From an index to the word in a register.
    pub const RECORD_READ: u32 = 2;
    /// The registers of lane and core.
    pub const WORD: u32 = 2;
}

/// A core configuration and the name that users call it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedCore {
    /// Its name on the command line and in manifests.
    pub name: &'static str,
    /// Its sizes.
    pub configuration: CoreConfiguration,
}

/// One lane for the iCE40UP5K: its four single-port RAMs hold the synapses.
pub const UP5K: NamedCore = NamedCore {
    name: "up5k",
    configuration: CoreConfiguration {
        lanes: 1,
        neurons_per_lane: 256,
        channels: 1024,
        synapse_words_per_lane: MAX_SYNAPSES_PER_LANE,
        readouts: 16,
        replay_frames: 4,
    },
};

/// Four lanes for the ECP5-25F.
pub const ECP5_25F: NamedCore = NamedCore {
    name: "ecp5-25f",
    configuration: CoreConfiguration {
        lanes: 4,
        neurons_per_lane: 128,
        channels: 512,
        synapse_words_per_lane: 4 * 1024,
        readouts: 16,
        replay_frames: 8,
    },
};

/// Eight lanes for the ECP5-85F.
pub const ECP5_85F: NamedCore = NamedCore {
    name: "ecp5-85f",
    configuration: CoreConfiguration {
        lanes: 8,
        neurons_per_lane: 256,
        channels: 1024,
        synapse_words_per_lane: 16 * 1024,
        readouts: 16,
        replay_frames: 8,
    },
};

/// One lane for Gowin chips, down to the 26 block RAMs of a GW1NR-9, of which 13 hold everything but synapses. It runs any
/// network for [`UP5K`] that is small enough.
pub const GOWIN: NamedCore = NamedCore {
    name: "gowin",
    configuration: CoreConfiguration { channels: 512, synapse_words_per_lane: 12 * 1024, ..UP5K.configuration },
};

/// Every named core, in the order in which they are suggested: smallest first; last the one for whose chips no open tool
/// certifies timing.
pub const CORES: [NamedCore; 4] = [UP5K, ECP5_25F, ECP5_85F, GOWIN];

/// The core of that name.
#[must_use]
pub fn core_named(name: &str) -> Option<NamedCore> {
    CORES.into_iter().find(|core| core.name == name)
}

/// What a network image needs of a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CoreRequirement {
    /// Lanes that the image is laid out for; a core must have exactly as many.
    pub lanes: u8,
    /// Neurons on the fullest lane.
    pub neurons_per_lane: u16,
    /// Input channels.
    pub channels: u16,
    /// Synapses on the fullest lane.
    pub synapse_words_per_lane: u32,
    /// Readout scores.
    pub readouts: u8,
}

/// A size that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// What the core has too little of.
    pub what: &'static str,
    /// How much the image needs.
    pub needed: u32,
    /// How much the core has.
    pub available: u32,
}

/// Every size in which an image does not fit a core; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit(pub Vec<Shortage>);

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Shortage { what, needed, available }) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{what}: the network needs {needed}, the core has {available}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Misfit {}

impl CoreConfiguration {
    /// Checks that an image with these needs runs on this core.
    ///
    /// # Errors
    /// Every size that does not fit, with the numbers.
    pub fn accommodates(&self, need: &CoreRequirement) -> Result<(), Misfit> {
        let sizes = [
            ("neurons a lane", u32::from(need.neurons_per_lane), u32::from(self.neurons_per_lane)),
            ("input channels", u32::from(need.channels), u32::from(self.channels)),
            ("synapses a lane", need.synapse_words_per_lane, u32::from(self.synapse_words_per_lane)),
            ("classes", u32::from(need.readouts), u32::from(self.readouts)),
        ];
        let lanes = (need.lanes != self.lanes).then_some(Shortage {
            what: "lanes (must be equal)",
            needed: u32::from(need.lanes),
            available: u32::from(self.lanes),
        });
        let too_small = sizes
            .into_iter()
            .filter(|(_, needed, available)| needed > available)
            .map(|(what, needed, available)| Shortage { what, needed, available });
        let shortages: Vec<Shortage> = lanes.into_iter().chain(too_small).collect();
        if shortages.is_empty() { Ok(()) } else { Err(Misfit(shortages)) }
    }

    /// The most clock cycles of a tick, from its start to its decision, when everything that it delivers was handed to the
    /// core before: one cycle for every synaptic event of the busiest lane, one for every neuron of the fullest lane, one for
    /// every readout that the core can have, and [`TICK_OVERHEAD_CYCLES`].
    #[must_use]
    pub fn tick_cycles_bound(&self, busiest_lane_events: u32, neurons_on_fullest_lane: u32) -> u32 {
        busiest_lane_events + neurons_on_fullest_lane + u32::from(self.readouts) + TICK_OVERHEAD_CYCLES
    }

    /// Neurons of all lanes together.
    #[must_use]
    pub fn neurons(&self) -> u32 {
        u32::from(self.lanes) * u32::from(self.neurons_per_lane)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEED: CoreRequirement =
        CoreRequirement { lanes: 4, neurons_per_lane: 60, channels: 61, synapse_words_per_lane: 4_000, readouts: 7 };

    #[test]
    fn a_network_that_fits_is_accepted() {
        assert_eq!(ECP5_25F.configuration.accommodates(&NEED), Ok(()));
    }

    #[test]
    fn every_size_that_does_not_fit_is_named_with_its_numbers() {
        let need = CoreRequirement { synapse_words_per_lane: 70_000, channels: 2_000, ..NEED };
        let misfit = UP5K.configuration.accommodates(&need).unwrap_err().to_string();
        assert_eq!(
            misfit,
            "lanes (must be equal): the network needs 4, the core has 1; \
             input channels: the network needs 2000, the core has 1024; \
             synapses a lane: the network needs 70000, the core has 65535"
        );
    }

    #[test]
    fn named_cores_are_within_the_limits() {
        for NamedCore { name, configuration } in CORES {
            assert!(configuration.lanes.is_power_of_two() && configuration.lanes <= MAX_LANES, "{name}");
            assert!(configuration.neurons_per_lane <= MAX_NEURONS_PER_LANE, "{name}");
            assert!(configuration.readouts <= MAX_READOUTS, "{name}");
            assert!(configuration.replay_frames.is_power_of_two(), "{name}");
            assert_eq!(core_named(name).map(|core| core.configuration), Some(configuration));
        }
    }
}
