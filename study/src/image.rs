//! Whether a trained network becomes an image of the smallest core.

use serde::{Deserialize, Serialize};
use spec::core::{NamedCore, UP5K};
use train::compile::{SparseNetwork, compile};

/// The core that networks have to fit: that of the iCE40UP5K.
pub const SMALLEST_CORE: NamedCore = UP5K;

/// What a network takes of a core, and whether an image of it was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageFit {
    /// Name of the core.
    pub core: String,
    /// Synapse words that the network needs, one for each synapse.
    pub words_used: usize,
    /// Synapse words that the core has, on all lanes.
    pub words_available: usize,
    /// Why there is no image; none where there is one.
    pub misfit: Option<String>,
}

impl ImageFit {
    /// Compiles a network for [`SMALLEST_CORE`].
    #[must_use]
    pub fn of(network: &SparseNetwork) -> Self {
        let NamedCore { name, configuration } = SMALLEST_CORE;
        Self {
            core: name.to_owned(),
            words_used: network.synapses.iter().filter(|synapse| synapse.weight != 0).count(),
            words_available: usize::from(configuration.lanes) * usize::from(configuration.synapse_words_per_lane),
            misfit: compile(network, &configuration, None).err().map(|error| error.to_string()),
        }
    }
}
