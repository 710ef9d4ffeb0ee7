//! The checks of a board while an image arrives.

use spec::arrival::Arrival;
use spec::core::CoreConfiguration;
use spec::image::{IMAGE_VERSION, ImageHeader, LaneSynapses, NetworkImage, Neuron, Synapse, largest_image_bytes};
use spec::vectors::Vectors;
use spec::wire::ErrorCode;

use crate::support::updates::LEAST;

const CORE: CoreConfiguration = CoreConfiguration {
    lanes: 2,
    neurons_per_lane: 3,
    channels: 5,
    synapse_words_per_lane: 7,
    readouts: 1,
    replay_frames: 1,
};

/// An image that fills every memory of the core.
fn fullest() -> NetworkImage {
    let neurons = (0..6).map(|id| Neuron { parameters: LEAST, readout: (id == 0).then_some(0) }).collect();
    let mut row_ptr = vec![7; 12];
    row_ptr[0] = 0;
    let lane = LaneSynapses { row_ptr, synapses: vec![Synapse { post_neuron: 0, weight: 1 }; 7] };
    NetworkImage { n_channels: 5, neurons, lanes: vec![lane.clone(), lane] }
}

/// A core on which an image of the vector file fits exactly.
fn core_for(image: &NetworkImage) -> CoreConfiguration {
    let need = image.requirement();
    CoreConfiguration {
        lanes: need.lanes,
        neurons_per_lane: need.neurons_per_lane,
        channels: need.channels,
        synapse_words_per_lane: need.synapse_words_per_lane.max(1) as u16,
        readouts: need.readouts,
        replay_frames: 1,
    }
}

fn arrive(core: CoreConfiguration, bytes: &[u8]) -> Result<bool, ErrorCode> {
    let mut arrival = Arrival::new(core);
    arrival.push(bytes).map(|()| arrival.is_complete())
}

fn images() -> Vec<(CoreConfiguration, Vec<u8>)> {
    let text = include_str!("../../vectors/contract.txt");
    let mut images: Vec<_> = Vectors::parse(text)
        .unwrap()
        .images
        .into_iter()
        .map(|vector| (core_for(&vector.image), vector.bytes))
        .collect();
    images.push((CORE, fullest().encode().unwrap()));
    images
}

#[test]
fn the_fullest_image_of_a_core_fits_and_has_the_largest_length() {
    let bytes = fullest().encode().unwrap();
    assert_eq!(largest_image_bytes(&CORE), bytes.len() as u64);
    assert_eq!(arrive(CORE, &bytes), Ok(true));
}

#[test]
fn every_image_arrives_but_none_with_a_byte_too_few_or_too_many() {
    for (core, bytes) in images() {
        assert_eq!(arrive(core, &bytes), Ok(true));
        assert_eq!(arrive(core, &bytes[..bytes.len() - 1]), Ok(false));
        assert_eq!(arrive(core, &[&bytes[..], &[0]].concat()), Err(ErrorCode::BadImage));
    }
}

#[test]
fn every_flipped_bit_is_detected() {
    for (core, bytes) in images() {
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(arrive(core, &flipped), Ok(true), "bit {bit}");
        }
    }
}

#[test]
fn every_size_that_does_not_fit_is_a_misfit() {
    let bytes = fullest().encode().unwrap();
    let smaller = [
        CoreConfiguration { lanes: 1, ..CORE },
        CoreConfiguration { lanes: 4, ..CORE },
        CoreConfiguration { neurons_per_lane: 2, ..CORE },
        CoreConfiguration { channels: 4, ..CORE },
        CoreConfiguration { synapse_words_per_lane: 6, ..CORE },
        CoreConfiguration { readouts: 0, ..CORE },
    ];
    for core in smaller {
        assert_eq!(arrive(core, &bytes), Err(ErrorCode::Misfit), "{core:?}");
    }
}

#[test]
fn row_pointers_out_of_order_and_synapses_on_absent_neurons_are_refused() {
    let mut falling = fullest();
    falling.lanes[0].row_ptr[3] = 8;
    let mut beginning = fullest();
    beginning.lanes[1].row_ptr[0] = 1;
    let mut ending = fullest();
    ending.lanes[1].row_ptr[11] = 6;
    let mut nowhere = fullest();
    nowhere.lanes[1].synapses[6].post_neuron = 3;
    for image in [falling, beginning, ending, nowhere] {
        assert_eq!(arrive(CORE, &encode_unchecked(&image)), Err(ErrorCode::BadImage));
    }
}

/// Bytes with right checksums of an image that `encode` would refuse.
fn encode_unchecked(image: &NetworkImage) -> Vec<u8> {
    use spec::checksum::crc32;
    use spec::image::SectionKind;
    let mut sections = Vec::new();
    for lane in 0..image.lanes.len() as u8 {
        for kind in SectionKind::ALL {
            let content: Vec<u8> = image.section_words(kind, lane).iter().flat_map(|word| word.to_le_bytes()).collect();
            sections.extend([kind as u8, lane, 0, 0]);
            sections.extend((content.len() as u32 / 2).to_le_bytes());
            sections.extend(&content);
            sections.extend(crc32(&content).to_le_bytes());
        }
    }
    let header = ImageHeader {
        version: IMAGE_VERSION,
        lanes: image.lanes.len() as u16,
        n_channels: image.n_channels,
        n_neurons: image.neurons.len() as u16,
        n_readouts: image.n_readouts() as u16,
        total_bytes: (20 + sections.len() + 4) as u32,
    };
    let mut bytes = [&header.to_bytes()[..], &sections].concat();
    bytes.extend(crc32(&bytes).to_le_bytes());
    bytes
}
