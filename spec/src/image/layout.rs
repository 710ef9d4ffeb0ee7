//! Byte layout of an image. Everything is little-endian; every memory is made of 16-bit words.
//!
//! ```text
//! header           HEADER_BYTES: magic, version u16, lanes u16, n_channels u16, n_neurons u16, n_readouts u16, 0 u16, total bytes u32
//! for every lane   neurons, rows, synapses: three sections, in this order
//!   section        kind u8, lane u8, 0 u16, n_words u32, the words, CRC-32 of the words' bytes
//! trailer          CRC-32 of everything before it
//! ```
//!
//! In [`PLASTIC_VERSION`] every lane has a fourth section, [`PLASTIC_SECTION`]: number of the first plastic class, rows, ticks of
//! a window, floor, then the means of the lane's plastic readouts, class by class within a row.

use crate::lif::{NeuronParameters, ResetMode};

use super::{Neuron, Synapse};

/// First four bytes.
pub const IMAGE_MAGIC: [u8; 4] = *b"MSRN";
/// Version of the layout.
pub const IMAGE_VERSION: u16 = 1;
/// Version of the layout of a plastic image. Boards load the network in it as an image of [`IMAGE_VERSION`].
pub const PLASTIC_VERSION: u16 = 2;
/// Number of the section with a lane's means.
pub const PLASTIC_SECTION: u8 = 4;
/// Words of a plastic section before its means.
pub(super) const PLASTIC_HEAD_WORDS: usize = 4;
/// Bytes of the header.
pub const HEADER_BYTES: usize = 20;
/// Bytes before the words of a section.
pub const SECTION_HEADER_BYTES: usize = 8;

/// Positions of the 16-bit words of the header; the magic is in words 0 and 1, a reserved word is 0.
#[allow(missing_docs, reason = "they are those of `ImageHeader`")]
pub mod header {
    pub const VERSION: usize = 2;
    pub const LANES: usize = 3;
    pub const CHANNELS: usize = 4;
    pub const NEURONS: usize = 5;
    pub const READOUTS: usize = 6;
    pub const RESERVED: usize = 7;
    /// The low word; the high word follows.
    pub const TOTAL_BYTES: usize = 8;
}

/// Words of a neuron record, see [`record`]; the last is 0.
pub const NEURON_WORDS: usize = 8;

/// Positions of the words in a neuron record.
#[allow(missing_docs, reason = "they are those of `NeuronParameters`")]
pub mod record {
    pub const SYNAPTIC_DECAY: usize = 0;
    pub const MEMBRANE_DECAY: usize = 1;
    pub const ADAPTATION_DECAY: usize = 2;
    pub const THRESHOLD: usize = 3;
    pub const ADAPTATION_INCREMENT: usize = 4;
    pub const BIAS: usize = 5;
    /// See [`super::options`].
    pub const OPTIONS: usize = 6;
}

/// The options word of a neuron record.
pub mod options {
    /// Bits of the refractory ticks, from bit 0 on.
    pub const REFRACTORY_BITS: u32 = 4;
    /// Set for a reset by subtraction of the threshold.
    pub const SUBTRACT_BIT: u32 = 4;
    /// Set for a neuron that never fires.
    pub const NEVER_FIRES_BIT: u32 = 5;
    /// Set for a readout neuron.
    pub const READOUT_BIT: u32 = 6;
    /// Lowest bit of the class of a readout neuron.
    pub const CLASS_SHIFT: u32 = 8;
}

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

    /// Its name in messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Neurons => "neurons",
            Self::Rows => "rows",
            Self::Synapses => "synapses",
        }
    }

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
        bytes[..IMAGE_MAGIC.len()].copy_from_slice(&IMAGE_MAGIC);
        for (word, value) in [
            (header::VERSION, self.version),
            (header::LANES, self.lanes),
            (header::CHANNELS, self.n_channels),
            (header::NEURONS, self.n_neurons),
            (header::READOUTS, self.n_readouts),
        ] {
            bytes[2 * word..][..2].copy_from_slice(&value.to_le_bytes());
        }
        bytes[2 * header::TOTAL_BYTES..].copy_from_slice(&self.total_bytes.to_le_bytes());
        bytes
    }

    /// Reads a header; `None` for another magic or a reserved word that is not 0.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; HEADER_BYTES]) -> Option<Self> {
        let word = |at: usize| u16::from_le_bytes([bytes[2 * at], bytes[2 * at + 1]]);
        if !bytes.starts_with(&IMAGE_MAGIC) || word(header::RESERVED) != 0 {
            return None;
        }
        Some(Self {
            version: word(header::VERSION),
            lanes: word(header::LANES),
            n_channels: word(header::CHANNELS),
            n_neurons: word(header::NEURONS),
            n_readouts: word(header::READOUTS),
            total_bytes: u32::from(word(header::TOTAL_BYTES + 1)) << 16 | u32::from(word(header::TOTAL_BYTES)),
        })
    }
}

impl Neuron {
    /// The options word of its record.
    #[must_use]
    pub fn options(&self) -> u16 {
        let Self { parameters, readout } = self;
        let flag = |is_set: bool, bit: u32| u16::from(is_set) << bit;
        u16::from(parameters.refractory_ticks)
            | flag(parameters.reset_mode == ResetMode::Subtract, options::SUBTRACT_BIT)
            | flag(parameters.never_fires, options::NEVER_FIRES_BIT)
            | flag(readout.is_some(), options::READOUT_BIT)
            | u16::from(readout.unwrap_or(0)) << options::CLASS_SHIFT
    }
}

/// The words of a neuron record.
pub(super) fn neuron_to_words(neuron: &Neuron) -> [u16; NEURON_WORDS] {
    let p = &neuron.parameters;
    let mut words = [0; NEURON_WORDS];
    words[record::SYNAPTIC_DECAY] = p.synaptic_decay;
    words[record::MEMBRANE_DECAY] = p.membrane_decay;
    words[record::ADAPTATION_DECAY] = p.adaptation_decay;
    words[record::THRESHOLD] = p.threshold.cast_unsigned();
    words[record::ADAPTATION_INCREMENT] = p.adaptation_increment.cast_unsigned();
    words[record::BIAS] = p.bias.cast_unsigned();
    words[record::OPTIONS] = neuron.options();
    words
}

/// Reads a neuron record; `None` if a bit without a meaning is set.
pub(super) fn neuron_from_words(words: &[u16; NEURON_WORDS]) -> Option<Neuron> {
    let bits = words[record::OPTIONS];
    let is_set = |bit: u32| bits >> bit & 1 == 1;
    let parameters = NeuronParameters {
        synaptic_decay: words[record::SYNAPTIC_DECAY],
        membrane_decay: words[record::MEMBRANE_DECAY],
        adaptation_decay: words[record::ADAPTATION_DECAY],
        threshold: words[record::THRESHOLD].cast_signed(),
        adaptation_increment: words[record::ADAPTATION_INCREMENT].cast_signed(),
        bias: words[record::BIAS].cast_signed(),
        refractory_ticks: (bits & ((1 << options::REFRACTORY_BITS) - 1)) as u8,
        reset_mode: if is_set(options::SUBTRACT_BIT) { ResetMode::Subtract } else { ResetMode::ToZero },
        never_fires: is_set(options::NEVER_FIRES_BIT),
    };
    let class = (bits >> options::CLASS_SHIFT) as u8;
    let neuron = Neuron { parameters, readout: is_set(options::READOUT_BIT).then_some(class) };
    // A bit without a meaning is lost on the way.
    (neuron_to_words(&neuron) == *words).then_some(neuron)
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
