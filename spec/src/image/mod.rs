//! The network image: what a board needs to run one network, and nothing else. The byte layout is in `layout`.

mod decode;
mod encode;
mod layout;
mod plastic;
mod size;

pub use decode::{ImageError, OtherFormat};
pub use layout::{
    HEADER_BYTES, IMAGE_MAGIC, IMAGE_VERSION, ImageHeader, NEURON_WORDS, SECTION_HEADER_BYTES, SectionKind, header,
    options, record,
};
pub use plastic::{Plastic, PlasticImage};
pub use size::{MAX_IMAGE_BYTES, largest_image_bytes};

use crate::core::CoreRequirement;
use crate::lif::NeuronParameters;

/// A network laid out for a number of lanes.
///
/// Neuron `id` is on lane `id % lanes` at index `id / lanes`. The row of a presynaptic id has its outgoing synapses:
/// rows 0 to `n_channels - 1` belong to the input channels, row `n_channels + id` to neuron `id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkImage {
    /// Input channels.
    pub n_channels: u16,
    /// Neurons by id.
    pub neurons: Vec<Neuron>,
    /// The synapses of every lane.
    pub lanes: Vec<LaneSynapses>,
}

/// One neuron of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neuron {
    /// The constants of its update.
    pub parameters: NeuronParameters,
    /// The class whose score is this neuron's potential; every class from 0 up has exactly one neuron.
    pub readout: Option<u8>,
}

/// The synapses that end on one lane, as compressed sparse rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LaneSynapses {
    /// `n_rows + 1` indices into `synapses`: row r is `row_ptr[r] .. row_ptr[r + 1]`; starts at 0 and never falls.
    pub row_ptr: Vec<u16>,
    /// Rows one after the other, each ascending by `post_neuron`.
    pub synapses: Vec<Synapse>,
}

impl LaneSynapses {
    /// Rows one after the other; `None` if they are more than row pointers reach.
    #[must_use]
    pub fn of_rows(rows: &[Vec<Synapse>]) -> Option<Self> {
        let mut row_ptr = vec![0];
        let mut end = 0_u16;
        for row in rows {
            end = u16::try_from(row.len()).ok().and_then(|length| end.checked_add(length))?;
            row_ptr.push(end);
        }
        Some(Self { row_ptr, synapses: rows.concat() })
    }

    /// The synapses of each row.
    fn rows(&self) -> Vec<Vec<Synapse>> {
        let bounds = self.row_ptr.windows(2);
        bounds.map(|bounds| self.synapses[usize::from(bounds[0])..usize::from(bounds[1])].to_vec()).collect()
    }
}

/// One synapse word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Synapse {
    /// Index of the postsynaptic neuron on its lane.
    pub post_neuron: u8,
    /// Weight in steps of the postsynaptic neuron.
    pub weight: i8,
}

/// The largest sum of |weight| over one fan-in, so that no tick overflows the 16-bit sum of weights, in whatever order.
pub const MAX_FAN_IN_WEIGHT: u32 = i16::MAX.unsigned_abs() as u32;

impl NetworkImage {
    /// Number of classes, which is neurons with a readout.
    #[must_use]
    pub fn n_readouts(&self) -> usize {
        self.neurons.iter().filter(|neuron| neuron.readout.is_some()).count()
    }

    /// Number of rows of every lane: one for each channel and neuron.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        usize::from(self.n_channels) + self.neurons.len()
    }

    /// Number of synapses of all lanes.
    #[must_use]
    pub fn n_synapses(&self) -> usize {
        self.lanes.iter().map(|lane| lane.synapses.len()).sum()
    }

    /// What a core must have to run this network; sizes beyond every core are the largest numbers.
    #[must_use]
    pub fn requirement(&self) -> CoreRequirement {
        let neurons_per_lane = self.neurons.len().div_ceil(self.lanes.len().max(1));
        let fullest = self.lanes.iter().map(|lane| lane.synapses.len()).max().unwrap_or(0);
        CoreRequirement {
            lanes: u8::try_from(self.lanes.len()).unwrap_or(u8::MAX),
            neurons_per_lane: u16::try_from(neurons_per_lane).unwrap_or(u16::MAX),
            channels: self.n_channels,
            synapse_words_per_lane: u32::try_from(fullest).unwrap_or(u32::MAX),
            readouts: u8::try_from(self.n_readouts()).unwrap_or(u8::MAX),
        }
    }

    /// The bytes of the image, checked as [`NetworkImage::decode`] checks them.
    ///
    /// # Errors
    /// As [`NetworkImage::decode`].
    pub fn encode(&self) -> Result<Vec<u8>, ImageError> {
        decode::validate(self)?;
        Ok(encode::encode(self, IMAGE_VERSION, None))
    }

    /// Reads an image.
    ///
    /// # Errors
    /// Any violation of the layout: more than [`MAX_IMAGE_BYTES`], a wrong checksum, a missing or surplus byte, a value out
    /// of its range, a row out of order, a fan-in that could overflow.
    pub fn decode(bytes: &[u8]) -> Result<Self, ImageError> {
        let (image, _) = decode::decode(bytes, IMAGE_VERSION)?;
        decode::validate(&image)?;
        Ok(image)
    }

    /// The trained network of an image: that of a plastic one is without the readouts beside it, which are returned with it.
    ///
    /// # Errors
    /// As [`NetworkImage::decode`] and [`PlasticImage::decode`].
    pub fn decode_trained(bytes: &[u8]) -> Result<(Self, Option<PlasticImage>), ImageError> {
        if !PlasticImage::is_one(bytes) {
            return Ok((Self::decode(bytes)?, None));
        }
        let image = PlasticImage::decode(bytes)?;
        let trained = image.trained();
        decode::validate(&trained)?;
        Ok((trained, Some(image)))
    }
}
