//! Images that fill every memory of a core to its last word, each a valid network: words that are their own address, the
//! complement of these, random words, and the complement of those.
//!
//! Row pointers ascend, so their complement would not be valid; each pattern draws its own.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spec::core::{CoreConfiguration, MAX_LANES, MAX_NEURONS_PER_LANE, MAX_READOUTS};
use spec::fixed::DECAY_ONE_RAW;
use spec::image::{LaneSynapses, NetworkImage, Neuron, Synapse};
use spec::lif::{MAX_REFRACTORY_TICKS, NeuronParameters, ResetMode};

/// Number of synapses whose addresses differ only in the low byte, where the weight is.
const BLOCK: usize = 256;

/// Whether no image can have these sizes.
pub(super) fn is_impossible(core: &CoreConfiguration) -> bool {
    let CoreConfiguration { lanes, neurons_per_lane, channels, synapse_words_per_lane, readouts, replay_frames } =
        *core;
    !lanes.is_power_of_two()
        || lanes > MAX_LANES
        || !(1..=MAX_NEURONS_PER_LANE).contains(&neurons_per_lane)
        || !(1..=MAX_READOUTS).contains(&readouts)
        || [channels, synapse_words_per_lane, replay_frames.into()].contains(&0)
        || u32::from(channels) + core.neurons() > u32::from(u16::MAX)
}

/// The patterns for a core, with their names.
#[expect(clippy::cast_possible_truncation, reason = "a core has fewer than 65,536 neurons")]
pub(super) fn patterns(core: &CoreConfiguration, seed: u64) -> [(&'static str, NetworkImage); 4] {
    let size = Size::of(core);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let words: Vec<u16> = (0..size.synapses * size.lanes).map(|_| random.random()).collect();
    let fields: Vec<Fields> = (0..size.neurons()).map(|_| Fields::random(&mut random)).collect();
    let own: Vec<Fields> = (0..size.neurons()).map(|id| Fields::of_address(id as u16)).collect();
    let complement = |fields: &[Fields]| fields.iter().map(Fields::complement).collect::<Vec<_>>();
    let of_lane = |lane: usize| &words[lane * size.synapses..][..size.synapses];
    [
        ("address", size.image(0, &own, |_| size.addresses())),
        ("complement of the address", size.image(1, &complement(&own), |_| size.complements())),
        ("random", {
            let rows: Vec<_> = (0..size.lanes).map(|_| size.random_rows(&mut random)).collect();
            size.image(2, &fields, |lane| size.table(&rows[lane], of_lane(lane).iter().copied()))
        }),
        ("complement of the random", {
            let rows: Vec<_> = (0..size.lanes).map(|_| size.random_rows(&mut random)).collect();
            size.image(3, &complement(&fields), |lane| size.table(&rows[lane], of_lane(lane).iter().map(|word| !word)))
        }),
    ]
}

/// Sizes of a core, as indices.
#[derive(Clone, Copy)]
struct Size {
    lanes: usize,
    neurons_per_lane: usize,
    channels: u16,
    synapses: usize,
    readouts: usize,
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the sizes of a core fit the fields of its words, and a weight is the low byte of its address"
)]
impl Size {
    fn of(core: &CoreConfiguration) -> Self {
        Self {
            lanes: core.lanes.into(),
            neurons_per_lane: core.neurons_per_lane.into(),
            channels: core.channels,
            synapses: core.synapse_words_per_lane.into(),
            readouts: usize::from(core.readouts).min(core.neurons() as usize),
        }
    }

    fn neurons(&self) -> usize {
        self.lanes * self.neurons_per_lane
    }

    fn rows(&self) -> usize {
        usize::from(self.channels) + self.neurons()
    }

    /// An image; every pattern has its readouts at other neurons.
    fn image(&self, pattern: usize, fields: &[Fields], table: impl Fn(usize) -> LaneSynapses) -> NetworkImage {
        let stride = self.neurons() / self.readouts;
        let readout = |id: usize| {
            let class = id / stride;
            (id % stride == pattern * stride / 4 && class < self.readouts).then_some(class as u8)
        };
        let neurons = fields
            .iter()
            .enumerate()
            .map(|(id, fields)| Neuron { parameters: fields.parameters(), readout: readout(id) });
        NetworkImage {
            n_channels: self.channels,
            neurons: neurons.collect(),
            lanes: (0..self.lanes).map(table).collect(),
        }
    }

    /// Synapses that hold their own addresses, one per row except for the last row.
    fn addresses(&self) -> LaneSynapses {
        let post_neuron = |address: usize| (address / BLOCK).min(self.neurons_per_lane - 1) as u8;
        LaneSynapses {
            row_ptr: (0..self.rows()).map(|row| row.min(self.synapses)).chain([self.synapses]).map(word).collect(),
            synapses: (0..self.synapses)
                .map(|address| Synapse { post_neuron: post_neuron(address), weight: (address as u8).cast_signed() })
                .collect(),
        }
    }

    /// Synapses that hold the complement of their addresses, one block per row, since neurons ascend within a row.
    fn complements(&self) -> LaneSynapses {
        let synapses = self.addresses().synapses;
        let complement = |Synapse { post_neuron, weight }| Synapse {
            post_neuron: (self.neurons_per_lane - 1) as u8 - post_neuron,
            weight: !weight,
        };
        LaneSynapses {
            row_ptr: (0..=self.rows()).map(|row| (row * BLOCK).min(self.synapses)).map(word).collect(),
            synapses: synapses.into_iter().map(complement).collect(),
        }
    }

    /// Random row pointers.
    fn random_rows(&self, random: &mut impl Rng) -> Vec<u16> {
        let mut row_ptr: Vec<u16> = (1..self.rows()).map(|_| random.random_range(0..=word(self.synapses))).collect();
        row_ptr.extend([0, word(self.synapses)]);
        row_ptr.sort_unstable();
        row_ptr
    }

    /// Synapses that hold these words, adjusted so that neurons exist and ascend within a row.
    fn table(&self, row_ptr: &[u16], words: impl Iterator<Item = u16>) -> LaneSynapses {
        let (mut post_neurons, weights): (Vec<u8>, Vec<i8>) = words
            .map(|word| {
                let [post_neuron, weight] = word.to_be_bytes();
                ((usize::from(post_neuron) % self.neurons_per_lane) as u8, weight.cast_signed())
            })
            .unzip();
        for bounds in row_ptr.windows(2) {
            post_neurons[usize::from(bounds[0])..usize::from(bounds[1])].sort_unstable();
        }
        let synapses = post_neurons.into_iter().zip(weights);
        LaneSynapses {
            row_ptr: row_ptr.to_vec(),
            synapses: synapses.map(|(post_neuron, weight)| Synapse { post_neuron, weight }).collect(),
        }
    }
}

/// A number of synapses, which fits since `synapse_words_per_lane` does.
#[expect(clippy::cast_possible_truncation, reason = "the number of synapses of a lane fits a word")]
fn word(number: usize) -> u16 {
    number as u16
}

/// The fields of a neuron record, with any bits.
#[derive(Clone, Copy)]
struct Fields {
    /// 14 bits each, all below 1.
    decays: [u16; 3],
    may_have_decays_of_one: bool,
    /// 1 to 32,766.
    threshold: i16,
    /// 15 bits.
    adaptation_increment: i16,
    bias: i16,
    refractory_ticks: u8,
    subtracts: bool,
    never_fires: bool,
}

/// The bits of a decay below 1.
const DECAY_MASK: u16 = DECAY_ONE_RAW - 1;

impl Fields {
    fn of_address(id: u16) -> Self {
        Self {
            decays: [id, id.wrapping_mul(3), id.wrapping_mul(5)].map(|decay| decay & DECAY_MASK),
            may_have_decays_of_one: id % 2 == 1,
            threshold: (id % i16::MAX as u16).cast_signed().max(1),
            adaptation_increment: (id & i16::MAX as u16).cast_signed(),
            bias: id.cast_signed(),
            refractory_ticks: id.to_le_bytes()[0] & MAX_REFRACTORY_TICKS,
            subtracts: id & 2 != 0,
            never_fires: id & 4 != 0,
        }
    }

    fn random(random: &mut impl Rng) -> Self {
        Self {
            decays: [0; 3].map(|_| random.random_range(0..=DECAY_MASK)),
            may_have_decays_of_one: random.random(),
            threshold: random.random_range(1..i16::MAX),
            adaptation_increment: random.random_range(0..=i16::MAX),
            bias: random.random(),
            refractory_ticks: random.random_range(0..=MAX_REFRACTORY_TICKS),
            subtracts: random.random(),
            never_fires: random.random(),
        }
    }

    fn complement(&self) -> Self {
        Self {
            decays: self.decays.map(|decay| DECAY_MASK - decay),
            may_have_decays_of_one: !self.may_have_decays_of_one,
            threshold: i16::MAX - self.threshold,
            adaptation_increment: i16::MAX - self.adaptation_increment,
            bias: !self.bias,
            refractory_ticks: MAX_REFRACTORY_TICKS - self.refractory_ticks,
            subtracts: !self.subtracts,
            never_fires: !self.never_fires,
        }
    }

    fn parameters(&self) -> NeuronParameters {
        let [synaptic_decay, membrane_decay, adaptation_decay] =
            self.decays.map(|decay| if self.may_have_decays_of_one && decay % 4 == 0 { DECAY_ONE_RAW } else { decay });
        NeuronParameters {
            synaptic_decay,
            membrane_decay,
            adaptation_decay,
            threshold: self.threshold,
            adaptation_increment: self.adaptation_increment,
            bias: self.bias,
            refractory_ticks: self.refractory_ticks,
            reset_mode: if self.subtracts { ResetMode::Subtract } else { ResetMode::ToZero },
            never_fires: self.never_fires,
        }
    }
}

#[cfg(test)]
mod tests {
    use spec::core::CORES;
    use spec::image::SectionKind;

    use super::*;

    #[test]
    fn every_pattern_is_a_network_that_fills_every_memory_of_every_core() {
        for core in CORES {
            let sizes = core.configuration;
            for (name, image) in patterns(&sizes, 3) {
                image.encode().unwrap_or_else(|error| panic!("{}, {name}: {error}", core.name));
                assert_eq!(image.n_channels, sizes.channels);
                assert_eq!(image.neurons.len(), sizes.neurons() as usize);
                assert_eq!(image.n_readouts(), usize::from(sizes.readouts));
                let is_full = |lane: &LaneSynapses| lane.synapses.len() == usize::from(sizes.synapse_words_per_lane);
                assert!(image.lanes.iter().all(is_full), "{}, {name}", core.name);
                sizes.accommodates(&image.requirement()).unwrap();
            }
        }
    }

    #[test]
    fn every_bit_of_synapses_and_parameters_takes_both_values_at_every_address() {
        for core in CORES {
            let images = patterns(&core.configuration, 3);
            for lane in 0..core.configuration.lanes {
                let words = |pattern: usize, section| images[pattern].1.section_words(section, lane);
                let post_bits = core.configuration.neurons_per_lane.trailing_zeros();
                let synapse_bits = ((1 << post_bits) - 1) << 8 | 0xff;
                let (own, complement) = (words(0, SectionKind::Synapses), words(1, SectionKind::Synapses));
                for (own, complement) in own.iter().zip(&complement) {
                    assert_eq!((own ^ complement) & synapse_bits, synapse_bits, "{}", core.name);
                }
                let all: Vec<Vec<u16>> =
                    (0..images.len()).map(|pattern| words(pattern, SectionKind::Neurons)).collect();
                // Decays below 1, threshold and increment without a sign, bias, refractory ticks and two options.
                let bits = [0, 0, 0, 0x7fff, 0x7fff, 0xffff, 0x3f, 0];
                for address in 0..all[0].len() {
                    let ones = all.iter().fold(0, |bits, words| bits | words[address]);
                    let zeros = all.iter().fold(0, |bits, words| bits | !words[address]);
                    let expected = bits[address % bits.len()];
                    assert_eq!(ones & zeros & expected, expected, "{}, word {address}", core.name);
                }
            }
        }
    }

    #[test]
    fn a_seed_gives_the_same_patterns_and_another_seed_others() {
        let core = CORES[1].configuration;
        assert_eq!(patterns(&core, 1), patterns(&core, 1));
        assert_ne!(patterns(&core, 1)[2], patterns(&core, 2)[2]);
    }
}
