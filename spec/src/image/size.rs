//! Sizes of images.

use super::layout::{HEADER_BYTES, NEURON_WORDS, SECTION_HEADER_BYTES, SectionKind};
use crate::checksum::CHECKSUM_BYTES;
use crate::core::{CoreConfiguration, MAX_LANES, MAX_NEURONS_PER_LANE, MAX_SYNAPSES_PER_LANE};

/// The most bytes of any image. A file that is longer need not be read.
pub const MAX_IMAGE_BYTES: u64 =
    image_bytes(MAX_LANES as u64, MAX_NEURONS_PER_LANE as u64, u16::MAX as u64, MAX_SYNAPSES_PER_LANE as u64);

/// Length of the image that fills every memory of a core.
#[must_use]
pub fn largest_image_bytes(core: &CoreConfiguration) -> u64 {
    let n_rows = u64::from(core.channels) + u64::from(core.neurons());
    let [lanes, neurons_per_lane] = [u64::from(core.lanes), u64::from(core.neurons_per_lane)];
    image_bytes(lanes, neurons_per_lane, n_rows, u64::from(core.synapse_words_per_lane))
}

const fn image_bytes(lanes: u64, neurons_per_lane: u64, n_rows: u64, synapses_per_lane: u64) -> u64 {
    let words = NEURON_WORDS as u64 * neurons_per_lane + n_rows + 1 + synapses_per_lane;
    let section_overhead_bytes = (SectionKind::ALL.len() * (SECTION_HEADER_BYTES + CHECKSUM_BYTES)) as u64;
    (HEADER_BYTES + CHECKSUM_BYTES) as u64 + lanes * (section_overhead_bytes + 2 * words)
}
