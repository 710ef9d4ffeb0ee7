//! Writing an image.

use crate::checksum::{CHECKSUM_BYTES, crc32};

use super::layout::{HEADER_BYTES, ImageHeader, SECTION_HEADER_BYTES, SectionKind, neuron_to_words, synapse_to_word};
use super::{NEURON_WORDS, NetworkImage};

/// The bytes of an image that is known to be valid, of a version with a further section in every lane or without.
#[expect(clippy::cast_possible_truncation, reason = "the sizes of a valid image fit its fields")]
pub(super) fn encode(image: &NetworkImage, version: u16, further: Option<(u8, &[Vec<u16>])>) -> Vec<u8> {
    let sections: Vec<(u8, u8, Vec<u16>)> = (0..image.lanes.len() as u8)
        .flat_map(|lane| {
            let further = further.map(|(kind, words)| (kind, lane, words[usize::from(lane)].clone()));
            let memories = SectionKind::ALL.map(|kind| (kind as u8, lane, image.section_words(kind, lane)));
            memories.into_iter().chain(further)
        })
        .collect();
    let section_bytes: usize =
        sections.iter().map(|(_, _, words)| SECTION_HEADER_BYTES + 2 * words.len() + CHECKSUM_BYTES).sum();
    let header = ImageHeader {
        version,
        lanes: image.lanes.len() as u16,
        n_channels: image.n_channels,
        n_neurons: image.neurons.len() as u16,
        n_readouts: image.n_readouts() as u16,
        total_bytes: (HEADER_BYTES + section_bytes + CHECKSUM_BYTES) as u32,
    };

    let mut bytes = Vec::with_capacity(header.total_bytes as usize);
    bytes.extend(header.to_bytes());
    for (kind, lane, words) in sections {
        bytes.extend([kind, lane, 0, 0]);
        bytes.extend((words.len() as u32).to_le_bytes());
        let content = words_to_bytes(&words);
        bytes.extend(&content);
        bytes.extend(crc32(&content).to_le_bytes());
    }
    bytes.extend(crc32(&bytes).to_le_bytes());
    bytes
}

impl NetworkImage {
    /// The words of one memory of one lane, as they are in the image and as a board returns them.
    ///
    /// # Panics
    /// If there is no such lane.
    #[must_use]
    pub fn section_words(&self, kind: SectionKind, lane: u8) -> Vec<u16> {
        let synapses = &self.lanes[usize::from(lane)];
        match kind {
            SectionKind::Neurons => {
                let mut words = Vec::with_capacity(NEURON_WORDS * self.neurons.len().div_ceil(self.lanes.len()));
                let on_lane = self.neurons.iter().skip(usize::from(lane)).step_by(self.lanes.len());
                words.extend(on_lane.flat_map(neuron_to_words));
                words
            }
            SectionKind::Rows => synapses.row_ptr.clone(),
            SectionKind::Synapses => synapses.synapses.iter().copied().map(synapse_to_word).collect(),
        }
    }
}

/// Words as little-endian bytes, as checksums take them.
pub(crate) fn words_to_bytes(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}
