//! Network images: round trips, and every reason to refuse one.

use proptest::collection::vec;
use proptest::prelude::*;
use spec::checksum::crc32;
use spec::core::{CoreRequirement, MAX_LANES, MAX_NEURONS_PER_LANE, MAX_READOUTS, MAX_SYNAPSES_PER_LANE};
use spec::fixed::DECAY_ONE_RAW;
use spec::image::{
    HEADER_BYTES, IMAGE_VERSION, ImageError, ImageHeader, LaneSynapses, MAX_FAN_IN_WEIGHT, MAX_IMAGE_BYTES,
    NEURON_WORDS, NetworkImage, Neuron, SectionKind, Synapse,
};
use spec::lif::{InvalidParameters, MAX_REFRACTORY_TICKS, NeuronParameters, ResetMode};

use crate::support::updates::PLAIN;

/// One channel, neurons without synapses, the first of them the readout.
fn silent(n_neurons: usize, n_lanes: usize) -> NetworkImage {
    let neurons = (0..n_neurons).map(|id| Neuron { parameters: PLAIN, readout: (id == 0).then_some(0) }).collect();
    let lane = LaneSynapses { row_ptr: vec![0; n_neurons + 2], synapses: vec![] };
    NetworkImage { n_channels: 1, neurons, lanes: vec![lane; n_lanes] }
}

/// Two lanes, three neurons, a few synapses.
fn small() -> NetworkImage {
    let mut image = silent(3, 2);
    let synapse = |post_neuron, weight| Synapse { post_neuron, weight };
    image.lanes[0] =
        LaneSynapses { row_ptr: vec![0, 2, 2, 3, 3], synapses: vec![synapse(0, 1), synapse(1, -128), synapse(1, 127)] };
    image.lanes[1] = LaneSynapses { row_ptr: vec![0, 0, 1, 1, 1], synapses: vec![synapse(0, -1)] };
    image
}

/// The parts of an image, to be put together wrong but with right checksums.
struct Parts {
    header: ImageHeader,
    sections: Vec<(u8, u8, Vec<u16>)>,
}

impl Parts {
    fn of(image: &NetworkImage) -> Self {
        let header = ImageHeader::from_bytes(image.encode().unwrap().first_chunk().unwrap()).unwrap();
        let lanes = 0..image.lanes.len() as u8;
        let sections =
            lanes.flat_map(|lane| SectionKind::ALL.map(|kind| (kind as u8, lane, image.section_words(kind, lane))));
        Self { header, sections: sections.collect() }
    }

    fn words(&mut self, section: SectionKind, lane: u8) -> &mut Vec<u16> {
        let position = self.sections.iter().position(|(kind, of, _)| (*kind, *of) == (section as u8, lane));
        &mut self.sections[position.unwrap()].2
    }

    fn bytes(&self) -> Vec<u8> {
        let mut content = Vec::new();
        for (kind, lane, words) in &self.sections {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            content.extend([*kind, *lane, 0, 0]);
            content.extend((words.len() as u32).to_le_bytes());
            content.extend(&bytes);
            content.extend(crc32(&bytes).to_le_bytes());
        }
        let total_bytes = (HEADER_BYTES + content.len() + 4) as u32;
        with_checksum([&ImageHeader { total_bytes, ..self.header }.to_bytes()[..], &content].concat())
    }

    fn refusal(&self) -> ImageError {
        NetworkImage::decode(&self.bytes()).unwrap_err()
    }
}

fn with_checksum(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.extend(crc32(&bytes).to_le_bytes());
    bytes
}

/// The small image with one byte changed and the trailing checksum corrected.
fn patched(at: usize, byte: u8) -> ImageError {
    let mut bytes = small().encode().unwrap();
    bytes.truncate(bytes.len() - 4);
    bytes[at] = byte;
    NetworkImage::decode(&with_checksum(bytes)).unwrap_err()
}

fn parameters() -> impl Strategy<Value = NeuronParameters> {
    let decays = prop::array::uniform3(0..=DECAY_ONE_RAW);
    let levels = (1..=i16::MAX, 0..=i16::MAX, any::<i16>());
    (decays, levels, (0..=MAX_REFRACTORY_TICKS, any::<bool>(), any::<bool>())).prop_map(|(decays, levels, options)| {
        NeuronParameters {
            synaptic_decay: decays[0],
            membrane_decay: decays[1],
            adaptation_decay: decays[2],
            threshold: levels.0,
            adaptation_increment: levels.1,
            bias: levels.2,
            refractory_ticks: options.0,
            reset_mode: if options.1 { ResetMode::Subtract } else { ResetMode::ToZero },
            never_fires: options.2,
        }
    })
}

pub fn images() -> impl Strategy<Value = NetworkImage> {
    let lanes = (0..=3_u32).prop_map(|exponent| 2_usize.pow(exponent));
    (lanes, 1..8_u16, vec(parameters(), 8..30), 1..=8_usize).prop_flat_map(
        |(n_lanes, n_channels, parameters, classes)| {
            let n_rows = usize::from(n_channels) + parameters.len();
            let synapses = vec((0..n_rows, any::<prop::sample::Index>(), any::<i8>()), 0..60);
            let ids = Just((0..parameters.len()).collect::<Vec<_>>()).prop_shuffle();
            (vec(synapses, n_lanes), ids).prop_map(move |(mut synapses, ids)| {
                let readout = |id| ids[..classes].iter().position(|readout| *readout == id).map(|class| class as u8);
                let neurons = parameters.iter().enumerate();
                let neurons = neurons.map(|(id, parameters)| Neuron { parameters: *parameters, readout: readout(id) });
                let lanes = synapses.iter_mut().enumerate().map(|(lane, synapses)| {
                    let on_lane = (parameters.len() - lane).div_ceil(n_lanes);
                    synapses.sort_by_key(|(row, post, _)| (*row, post.index(on_lane)));
                    let end = |row| synapses.iter().filter(|(of, ..)| *of < row).count() as u16;
                    let row_ptr = (0..=n_rows).map(end).collect();
                    let synapses = synapses
                        .iter()
                        .map(|(_, post, weight)| Synapse { post_neuron: post.index(on_lane) as u8, weight: *weight });
                    LaneSynapses { row_ptr, synapses: synapses.collect() }
                });
                NetworkImage { n_channels, neurons: neurons.collect(), lanes: lanes.collect() }
            })
        },
    )
}

proptest! {
    #[test]
    fn valid_images_round_trip(image in images()) {
        let bytes = image.encode().unwrap();
        prop_assert_eq!(NetworkImage::decode(&bytes), Ok(image.clone()));
        prop_assert_eq!(Parts::of(&image).bytes(), bytes);
    }

    #[test]
    fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..400)) {
        prop_assert!(NetworkImage::decode(&bytes).is_err());
    }

    #[test]
    fn random_words_under_right_checksums_never_panic(
        image in images(),
        changes in vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u16>()), 1..6),
        cut in any::<Option<(prop::sample::Index, prop::sample::Index)>>(),
    ) {
        let mut parts = Parts::of(&image);
        for (section, at, word) in changes {
            let words = &mut section.get_mut(&mut parts.sections).2;
            if !words.is_empty() {
                *at.get_mut(words) = word;
            }
        }
        if let Some((section, n_words)) = cut {
            let words = &mut section.get_mut(&mut parts.sections).2;
            words.truncate(n_words.index(words.len() + 1));
        }
        // Accepted bytes are those that the image is written as.
        if let Ok(image) = NetworkImage::decode(&parts.bytes()) {
            prop_assert_eq!(image.encode(), Ok(parts.bytes()));
        }
    }
}

#[test]
fn every_change_of_a_single_byte_is_refused() {
    let good = small().encode().unwrap();
    for at in 0..good.len() {
        for change in 1..=u8::MAX {
            let mut bad = good.clone();
            bad[at] ^= change;
            assert!(NetworkImage::decode(&bad).is_err(), "byte {at} changed by {change:#x}");
        }
    }
}

#[test]
fn every_truncation_is_refused() {
    let good = small().encode().unwrap();
    for n_bytes in 0..good.len() {
        assert!(NetworkImage::decode(&good[..n_bytes]).is_err(), "{n_bytes} bytes");
    }
}

#[test]
fn a_header_round_trips() {
    let header =
        ImageHeader { version: 1, lanes: 2, n_channels: 3, n_neurons: 4, n_readouts: 5, total_bytes: 0x0102_0304 };
    assert_eq!(ImageHeader::from_bytes(&header.to_bytes()), Some(header));
}

#[test]
fn the_requirement_names_the_fullest_lane() {
    let need = CoreRequirement { lanes: 2, neurons_per_lane: 2, channels: 1, synapse_words_per_lane: 3, readouts: 1 };
    assert_eq!(small().requirement(), need);
}

#[test]
fn bytes_without_a_header_are_not_an_image() {
    let good = small().encode().unwrap();
    assert_eq!(NetworkImage::decode(b""), Err(ImageError::NotAnImage));
    assert_eq!(NetworkImage::decode(&good[..HEADER_BYTES - 1]), Err(ImageError::NotAnImage));
    assert_eq!(patched(0, b'm'), ImageError::NotAnImage);
    assert_eq!(patched(14, 1), ImageError::NotAnImage);
}

#[test]
fn another_layout_version_is_refused_with_its_number() {
    assert_eq!(patched(4, 2), ImageError::Version { found: 2 });
}

#[test]
fn a_length_other_than_the_headers_is_refused_with_both() {
    let good = small().encode().unwrap();
    let expected = good.len();
    let longer = [&good[..], &[0]].concat();
    let refused = |found| Err(ImageError::Length { expected, found });
    assert_eq!(NetworkImage::decode(&longer), refused(good.len() + 1));
    assert_eq!(NetworkImage::decode(&good[..good.len() - 1]), refused(good.len() - 1));
}

#[test]
fn a_section_too_many_is_refused() {
    let mut parts = Parts::of(&small());
    let expected = parts.bytes().len();
    parts.sections.push((1, 0, vec![]));
    let found = parts.bytes().len();
    assert_eq!(parts.refusal(), ImageError::Length { expected, found });
}

#[test]
fn a_wrong_trailing_checksum_is_refused() {
    let mut bytes = small().encode().unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    assert_eq!(NetworkImage::decode(&bytes), Err(ImageError::Checksum));
}

#[test]
fn a_section_of_another_kind_lane_length_or_checksum_is_refused_by_its_index() {
    let neurons = ImageError::Section { index: 0, expected: "neurons" };
    let at = HEADER_BYTES;
    let n_words = small().section_words(SectionKind::Neurons, 0).len();
    for (offset, byte) in [(0, 2), (1, 1), (2, 1), (3, 1), (4, 0), (7, 0xff), (8 + 2 * n_words, 0)] {
        assert_eq!(patched(at + offset, byte), neurons, "byte {offset} of the section");
    }
    let rows_at = at + 8 + 2 * n_words + 4;
    assert_eq!(patched(rows_at, 3), ImageError::Section { index: 1, expected: "rows" });
}

#[test]
fn a_missing_section_is_refused() {
    let mut parts = Parts::of(&small());
    parts.sections.pop();
    assert_eq!(parts.refusal(), ImageError::Section { index: 5, expected: "synapses" });
}

#[test]
fn a_number_of_lanes_that_is_not_a_power_of_two_or_too_high_is_refused() {
    for lanes in [0, 3, u16::from(2 * MAX_LANES), 256, 0x8000] {
        let mut parts = Parts::of(&small());
        parts.header.lanes = lanes;
        assert_eq!(parts.refusal(), ImageError::Lanes { lanes: usize::from(lanes) });
    }
    assert_eq!(silent(3, 3).encode(), Err(ImageError::Lanes { lanes: 3 }));
    assert_eq!(silent(3, 0).encode(), Err(ImageError::Lanes { lanes: 0 }));
}

#[test]
fn an_image_without_channels_is_refused() {
    let mut parts = Parts::of(&small());
    parts.header.n_channels = 0;
    assert_eq!(parts.refusal(), ImageError::NoChannels);
}

#[test]
fn too_few_and_too_many_neurons_are_refused() {
    let most = usize::from(MAX_NEURONS_PER_LANE);
    assert_eq!(silent(1, 2).encode(), Err(ImageError::Neurons { n_neurons: 1, lanes: 2 }));
    assert_eq!(silent(most + 1, 1).encode(), Err(ImageError::Neurons { n_neurons: most + 1, lanes: 1 }));
    assert!(silent(most, 1).encode().is_ok() && silent(2, 2).encode().is_ok());
}

#[test]
fn neuron_records_that_are_not_those_of_the_header_are_refused() {
    let refused = |n_neurons| ImageError::Neurons { n_neurons, lanes: 2 };
    let mut parts = Parts::of(&small());
    parts.header.n_neurons = 4;
    assert_eq!(parts.refusal(), refused(4));
    let mut parts = Parts::of(&small());
    parts.words(SectionKind::Neurons, 0).pop();
    assert_eq!(parts.refusal(), refused(3));
    // As many records as there should be, but on the wrong lane.
    let mut parts = Parts::of(&small());
    let moved = parts.words(SectionKind::Neurons, 0).split_off(NEURON_WORDS);
    parts.words(SectionKind::Neurons, 1).extend(moved);
    assert_eq!(parts.refusal(), refused(3));
}

#[test]
fn more_rows_than_presynaptic_ids_are_refused() {
    let image = NetworkImage { n_channels: u16::MAX, ..silent(1, 1) };
    assert_eq!(image.encode(), Err(ImageError::Rows { rows: 65_536 }));
}

#[test]
fn more_synapses_than_row_pointers_reach_are_refused() {
    let mut parts = Parts::of(&silent(1, 1));
    *parts.words(SectionKind::Synapses, 0) = vec![0; 65_536];
    assert_eq!(parts.refusal(), ImageError::Synapses { lane: 0, synapses: 65_536 });
    let mut image = silent(1, 1);
    image.lanes[0] = LaneSynapses {
        row_ptr: vec![0, u16::MAX, u16::MAX],
        synapses: vec![Synapse { post_neuron: 0, weight: 0 }; 65_535],
    };
    assert_eq!(NetworkImage::decode(&image.encode().unwrap()), Ok(image));
}

#[test]
fn the_largest_image_is_read_and_nothing_longer() {
    let (n_lanes, most) = (usize::from(MAX_LANES), usize::from(MAX_SYNAPSES_PER_LANE));
    let n_neurons = n_lanes * usize::from(MAX_NEURONS_PER_LANE);
    let n_channels = u16::MAX - n_neurons as u16;
    let mut row_ptr = vec![MAX_SYNAPSES_PER_LANE; usize::from(u16::MAX) + 1];
    row_ptr[0] = 0;
    let lane = LaneSynapses { row_ptr, synapses: vec![Synapse { post_neuron: 0, weight: 0 }; most] };
    let image = NetworkImage { n_channels, lanes: vec![lane; n_lanes], ..silent(n_neurons, n_lanes) };
    let mut bytes = image.encode().unwrap();
    assert_eq!(bytes.len() as u64, MAX_IMAGE_BYTES);
    assert_eq!(NetworkImage::decode(&bytes), Ok(image));
    bytes.push(0);
    assert_eq!(NetworkImage::decode(&bytes), Err(ImageError::TooLong));
}

#[test]
fn reserved_bits_of_a_neuron_are_refused() {
    let options = 6;
    for (word, bits) in [(options, 1 << 7), (options, 1 << 8), (options, 0xff00), (7, 1), (7, 0x8000)] {
        let mut parts = Parts::of(&small());
        parts.words(SectionKind::Neurons, 1)[word] |= bits;
        assert_eq!(parts.refusal(), ImageError::ReservedBits { neuron: 1 });
    }
}

#[test]
fn parameters_out_of_their_range_are_refused_by_neuron() {
    let mut parts = Parts::of(&small());
    parts.words(SectionKind::Neurons, 0)[NEURON_WORDS + 3] = 0;
    assert_eq!(parts.refusal(), ImageError::Parameters { neuron: 2, cause: InvalidParameters::Threshold(0) });
    let mut image = small();
    image.neurons[0].parameters.membrane_decay = DECAY_ONE_RAW + 1;
    let cause = InvalidParameters::Decay { name: "membrane", raw: DECAY_ONE_RAW + 1 };
    assert_eq!(image.encode(), Err(ImageError::Parameters { neuron: 0, cause }));
}

#[test]
fn readouts_must_be_numbered_from_0_each_once() {
    let most = usize::from(MAX_READOUTS);
    let with = |readouts: &[Option<u8>]| {
        let mut image = silent(readouts.len(), 1);
        for (neuron, readout) in image.neurons.iter_mut().zip(readouts) {
            neuron.readout = *readout;
        }
        image.encode()
    };
    let numbered = |n_readouts: usize| (0..n_readouts).map(|class| Some(class as u8)).collect::<Vec<_>>();
    assert!(with(&[Some(1), None, Some(0)]).is_ok() && with(&numbered(most)).is_ok());
    assert_eq!(with(&numbered(most + 1)), Err(ImageError::Classes { n_classes: most + 1 }));
    for wrong in [&[None][..], &[Some(1)], &[Some(0), Some(0)], &[Some(0), Some(2)]] {
        assert!(matches!(with(wrong), Err(ImageError::Readouts { .. })), "{wrong:?}");
    }
    let mut parts = Parts::of(&small());
    parts.header.n_readouts = 2;
    assert!(matches!(parts.refusal(), ImageError::Readouts { .. }));
}

#[test]
fn row_pointers_that_do_not_partition_the_synapses_are_refused() {
    let wrong = [
        &[][..],
        &[0, 2, 2, 3],
        &[0, 2, 2, 3, 3, 3],
        &[1, 2, 2, 3, 3],
        &[0, 2, 1, 3, 3],
        &[0, 2, 2, 3, 4],
        &[0, 2, 2, 2, 2],
    ];
    for row_ptr in wrong {
        let mut parts = Parts::of(&small());
        *parts.words(SectionKind::Rows, 0) = row_ptr.to_vec();
        assert_eq!(parts.refusal(), ImageError::RowPointers { lane: 0 }, "{row_ptr:?}");
    }
}

#[test]
fn a_row_that_does_not_ascend_or_names_an_absent_neuron_is_refused() {
    let mut parts = Parts::of(&small());
    parts.words(SectionKind::Synapses, 0).swap(0, 1);
    assert_eq!(parts.refusal(), ImageError::Row { lane: 0, row: 0 });
    let mut parts = Parts::of(&small());
    parts.words(SectionKind::Synapses, 1)[0] = 0x0101;
    assert_eq!(parts.refusal(), ImageError::Row { lane: 1, row: 1 });
}

#[test]
fn a_fan_in_that_could_overflow_is_refused_and_one_less_is_not() {
    let with_last_weight = |weight| {
        let mut image = silent(1, 1);
        let mut synapses = vec![Synapse { post_neuron: 0, weight: -128 }; 256];
        synapses[255].weight = weight;
        image.lanes[0] = LaneSynapses { row_ptr: vec![0, 200, 256], synapses };
        image.encode()
    };
    assert_eq!(with_last_weight(-128), Err(ImageError::FanIn { neuron: 0, sum: MAX_FAN_IN_WEIGHT + 1 }));
    assert!(with_last_weight(127).is_ok() && with_last_weight(-127).is_ok());
}

#[test]
fn the_current_layout_version_is_written() {
    assert_eq!(Parts::of(&small()).header.version, IMAGE_VERSION);
}
