//! Byte layout of an image. Everything is little-endian; every memory is made of 16-bit words.
//!
//! ```text
//! header           HEADER_BYTES: magic, version u16, lanes u16, n_channels u16, n_neurons u16, n_readouts u16, 0 u16, total bytes u32
//! for every lane   neurons, rows, synapses: three sections, in this order
//!   section        kind u8, lane u8, 0 u16, n_words u32, the words, CRC-32 of the words' bytes
//! trailer          CRC-32 of everything before it
//! ```

use crate::lif::{NeuronParameters, ResetMode};

use super::{Neuron, Synapse};

/// First four bytes.
pub const IMAGE_MAGIC: [u8; 4] = *b"MSRN";
/// Version of the layout.
pub const IMAGE_VERSION: u16 = 1;
/// Bytes of the header.
pub const HEADER_BYTES: usize = 20;
/// Bytes before the words of a section.
pub const SECTION_HEADER_BYTES: usize = 8;
/// Words of a neuron record: synaptic, membrane and adaptation decay, threshold, adaptation increment, bias, options, 0.
pub const NEURON_WORDS: usize = 8;

const REFRACTORY_MASK: u16 = 0x000f;
const SUBTRACT_BIT: u16 = 1 << 4;
const NEVER_FIRES_BIT: u16 = 1 << 5;
const READOUT_BIT: u16 = 1 << 6;
const READOUT_SHIFT: u32 = 8;

/// The memories that an image fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum SectionKind {
    /// Neuron records of [`NEURON_WORDS`] words, by index on the lane.
    Neurons = 1,
    /// Row pointers.
    Rows = 2,
    /// Synapse words: postsynaptic neuron in the high byte, weight in the low byte.
    Synapses = 3,
}

impl SectionKind {
    /// Every kind, in the order of an image.
    pub const ALL: [Self; 3] = [Self::Neurons, Self::Rows, Self::Synapses];

    /// The kind with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == number)
    }
}

/// The header's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageHeader {
    /// Layout version.
    pub version: u16,
    /// Lanes.
    pub lanes: u16,
    /// Input channels.
    pub n_channels: u16,
    /// Neurons of all lanes.
    pub n_neurons: u16,
    /// Readout scores.
    pub n_readouts: u16,
    /// Bytes of the whole image, trailer included.
    pub total_bytes: u32,
}

impl ImageHeader {
    /// The header's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..4].copy_from_slice(&IMAGE_MAGIC);
        let words = [self.version, self.lanes, self.n_channels, self.n_neurons, self.n_readouts, 0];
        for (slot, word) in bytes[4..16].chunks_exact_mut(2).zip(words) {
            slot.copy_from_slice(&word.to_le_bytes());
        }
        bytes[16..].copy_from_slice(&self.total_bytes.to_le_bytes());
        bytes
    }

    /// Reads a header; `None` for another magic or a reserved word that is not 0.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; HEADER_BYTES]) -> Option<Self> {
        let word = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        if bytes[..4] != IMAGE_MAGIC || word(14) != 0 {
            return None;
        }
        Some(Self {
            version: word(4),
            lanes: word(6),
            n_channels: word(8),
            n_neurons: word(10),
            n_readouts: word(12),
            total_bytes: u32::from_le_bytes([bytes[16], bytes[17], bytes[18], bytes[19]]),
        })
    }
}

/// The words of a neuron record.
pub(super) fn neuron_to_words(neuron: &Neuron) -> [u16; NEURON_WORDS] {
    let p = &neuron.parameters;
    let mut options = u16::from(p.refractory_ticks);
    if p.reset_mode == ResetMode::Subtract {
        options |= SUBTRACT_BIT;
    }
    if p.never_fires {
        options |= NEVER_FIRES_BIT;
    }
    if let Some(class) = neuron.readout {
        options |= READOUT_BIT | u16::from(class) << READOUT_SHIFT;
    }
    [
        p.synaptic_decay,
        p.membrane_decay,
        p.adaptation_decay,
        p.threshold.cast_unsigned(),
        p.adaptation_increment.cast_unsigned(),
        p.bias.cast_unsigned(),
        options,
        0,
    ]
}

/// Reads a neuron record; `None` if a bit without a meaning is set.
pub(super) fn neuron_from_words(words: &[u16; NEURON_WORDS]) -> Option<Neuron> {
    let options = words[6];
    let class = (options >> READOUT_SHIFT) as u8;
    let is_readout = options & READOUT_BIT != 0;
    let known = REFRACTORY_MASK | SUBTRACT_BIT | NEVER_FIRES_BIT | READOUT_BIT | 0xff << READOUT_SHIFT;
    if words[7] != 0 || options & !known != 0 || (!is_readout && class != 0) {
        return None;
    }
    let parameters = NeuronParameters {
        synaptic_decay: words[0],
        membrane_decay: words[1],
        adaptation_decay: words[2],
        threshold: words[3].cast_signed(),
        adaptation_increment: words[4].cast_signed(),
        bias: words[5].cast_signed(),
        refractory_ticks: (options & REFRACTORY_MASK) as u8,
        reset_mode: if options & SUBTRACT_BIT != 0 { ResetMode::Subtract } else { ResetMode::ToZero },
        never_fires: options & NEVER_FIRES_BIT != 0,
    };
    Some(Neuron { parameters, readout: is_readout.then_some(class) })
}

/// The word of a synapse.
pub(super) fn synapse_to_word(synapse: Synapse) -> u16 {
    u16::from_be_bytes([synapse.post_neuron, synapse.weight.cast_unsigned()])
}

/// Reads a synapse word; every word is valid.
pub(super) fn synapse_from_word(word: u16) -> Synapse {
    let [post_neuron, weight] = word.to_be_bytes();
    Synapse { post_neuron, weight: weight.cast_signed() }
}
