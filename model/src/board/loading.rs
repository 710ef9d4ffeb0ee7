//! Taking an image in chunks.

use spec::checksum::CHECKSUM_BYTES;
use spec::core::CoreConfiguration;
use spec::image::{
    HEADER_BYTES, IMAGE_VERSION, ImageHeader, NEURON_WORDS, NetworkImage, SECTION_HEADER_BYTES, SectionKind,
};
use spec::wire::ErrorCode;

use super::device::Refusal;

/// The bytes of an image taken so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Loading(Vec<u8>);

/// What a chunk made of it.
pub(super) enum Progress {
    /// More is to come.
    Unfinished(Loading),
    /// The whole image, valid and fit for the core.
    Complete { image: NetworkImage, n_bytes: u32, crc32: u32 },
}

impl Loading {
    /// Offset at which the image goes on.
    pub(super) fn next_offset(&self) -> u32 {
        self.0.len() as u32
    }

    /// Takes the next chunk.
    ///
    /// The header is looked at as soon as it is there, so that a board never takes more bytes than its memories hold; all
    /// else when the last byte is there.
    pub(super) fn push(mut self, chunk: &[u8], core: &CoreConfiguration) -> Result<Progress, Refusal> {
        const BAD_IMAGE: Refusal = (ErrorCode::BadImage, 0);
        const MISFIT: Refusal = (ErrorCode::Misfit, 0);
        self.0.extend(chunk);
        let Some(header) = self.0.first_chunk::<HEADER_BYTES>() else { return Ok(Progress::Unfinished(self)) };
        let header = ImageHeader::from_bytes(header).ok_or(BAD_IMAGE)?;
        if header.version != IMAGE_VERSION {
            return Err(BAD_IMAGE);
        }
        if u64::from(header.total_bytes) > largest_image_bytes(core) {
            return Err(MISFIT);
        }
        if self.next_offset() < header.total_bytes {
            return Ok(Progress::Unfinished(self));
        }
        let image = NetworkImage::decode(&self.0).map_err(|_| BAD_IMAGE)?;
        core.accommodates(&image.requirement()).map_err(|_| MISFIT)?;
        let crc32 = self.0.last_chunk().copied().map(u32::from_le_bytes).ok_or(BAD_IMAGE)?;
        Ok(Progress::Complete { image, n_bytes: header.total_bytes, crc32 })
    }
}

/// Length of the image that fills every memory of a core.
fn largest_image_bytes(core: &CoreConfiguration) -> u64 {
    let neuron_words = NEURON_WORDS as u64 * u64::from(core.neurons_per_lane);
    let row_words = u64::from(core.channels) + u64::from(core.neurons()) + 1;
    let words = neuron_words + row_words + u64::from(core.synapse_words_per_lane);
    let section_overhead_bytes = (SectionKind::ALL.len() * (SECTION_HEADER_BYTES + CHECKSUM_BYTES)) as u64;
    (HEADER_BYTES + CHECKSUM_BYTES) as u64 + u64::from(core.lanes) * (section_overhead_bytes + 2 * words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use spec::image::{LaneSynapses, Neuron, Synapse};
    use spec::lif::NeuronParameters;

    const CORE: CoreConfiguration = CoreConfiguration {
        lanes: 2,
        neurons_per_lane: 3,
        channels: 5,
        synapse_words_per_lane: 7,
        readouts: 1,
        replay_frames: 1,
    };

    #[test]
    fn the_fullest_image_of_a_core_has_the_largest_length() {
        let parameters = NeuronParameters {
            synaptic_decay: 0,
            membrane_decay: 0,
            adaptation_decay: 0,
            threshold: 1,
            adaptation_increment: 0,
            bias: 0,
            refractory_ticks: 0,
            reset_mode: spec::lif::ResetMode::ToZero,
            never_fires: false,
        };
        let neurons = (0..6).map(|id| Neuron { parameters, readout: (id == 0).then_some(0) }).collect();
        let mut row_ptr = vec![7; 12];
        row_ptr[0] = 0;
        let lane = LaneSynapses { row_ptr, synapses: vec![Synapse { post_neuron: 0, weight: 1 }; 7] };
        let image = NetworkImage { n_channels: 5, neurons, lanes: vec![lane.clone(), lane] };
        assert_eq!(CORE.accommodates(&image.requirement()), Ok(()));
        assert_eq!(largest_image_bytes(&CORE), image.encode().unwrap().len() as u64);
    }

    #[test]
    fn a_header_with_one_byte_more_than_the_memories_hold_is_refused_and_one_that_fills_them_is_not() {
        let push = |n_bytes: u64| {
            let header = ImageHeader {
                version: IMAGE_VERSION,
                lanes: 2,
                n_channels: 5,
                n_neurons: 6,
                n_readouts: 1,
                total_bytes: n_bytes as u32,
            };
            Loading::default().push(&header.to_bytes(), &CORE)
        };
        assert!(matches!(push(largest_image_bytes(&CORE)), Ok(Progress::Unfinished(_))));
        assert!(matches!(push(largest_image_bytes(&CORE) + 1), Err((ErrorCode::Misfit, 0))));
    }
}
