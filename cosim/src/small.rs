//! A core that fills up quickly, for tests at the limits; the build script and the library share it.

use spec::core::CoreConfiguration;

/// Two lanes with few neurons.
pub const SMALL: CoreConfiguration = CoreConfiguration {
    lanes: 2,
    neurons_per_lane: 16,
    channels: 64,
    synapse_words_per_lane: 512,
    readouts: 4,
    replay_frames: 4,
};
