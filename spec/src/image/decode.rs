//! Reading an image, and every reason to refuse one.

use crate::checksum::{CHECKSUM_BYTES, crc32, split_checked};
use crate::core::{MAX_LANES, MAX_NEURONS_PER_LANE, MAX_READOUTS, MAX_SYNAPSES_PER_LANE};
use crate::lif::InvalidParameters;

use super::layout::{
    HEADER_BYTES, IMAGE_VERSION, ImageHeader, NEURON_WORDS, PLASTIC_SECTION, PLASTIC_VERSION, SECTION_HEADER_BYTES,
    SectionKind, neuron_from_words, synapse_from_word,
};
use super::size::MAX_IMAGE_BYTES;
use super::{LaneSynapses, MAX_FAN_IN_WEIGHT, NetworkImage};

/// What is often given in place of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherFormat {
    /// HDF5: a recording, or a network of NIR.
    Hdf5,
    /// JSON: perhaps the companion of an image.
    Json,
}

impl OtherFormat {
    /// By the first bytes of a file.
    fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x89, b'H', b'D', b'F', ..] => Some(Self::Hdf5),
            [b'{', ..] => Some(Self::Json),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Hdf5 => "an HDF5 file, as recordings and networks of NIR are",
            Self::Json => "JSON, as companions of images are",
        }
    }
}

impl ImageError {
    /// What helps, in words.
    #[must_use]
    pub fn next_step(&self) -> &'static str {
        match self {
            Self::OtherFormat { found: OtherFormat::Hdf5 } => {
                "give the image that `train` wrote; `import` makes one of a network of NIR"
            }
            Self::OtherFormat { found: OtherFormat::Json } => "give the image beside it, without `.json`",
            _ => "train it or copy it again",
        }
    }
}

/// Why bytes are not a network image, or a network cannot be written as one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum ImageError {
    #[error("not a network image: the first bytes are not a header")]
    NotAnImage,
    #[error("not a network image but {}", found.name())]
    OtherFormat { found: OtherFormat },
    #[error("image layout version {found} is not supported (this program reads version {})", IMAGE_VERSION)]
    Version { found: u16 },
    #[error("not a network image: no image has more than {} bytes", MAX_IMAGE_BYTES)]
    TooLong,
    #[error("image is {found} bytes long, but {expected} by its header: it is truncated or something was appended")]
    Length { expected: usize, found: usize },
    #[error("image checksum is wrong: at least one bit of the file has changed")]
    Checksum,
    #[error("section {index} is not a valid section of {expected} of its lane: wrong kind, length or checksum")]
    Section { index: usize, expected: &'static str },
    #[error("{lanes} lanes: the number must be a power of two, 1 to {}", MAX_LANES)]
    Lanes { lanes: usize },
    #[error("no input channels")]
    NoChannels,
    #[error("{n_neurons} neurons on {lanes} lanes: every lane needs from 1 to {}", MAX_NEURONS_PER_LANE)]
    Neurons { n_neurons: usize, lanes: usize },
    #[error("{rows} channels and neurons are more than 16-bit ids can number")]
    Rows { rows: usize },
    #[error("lane {lane} has {synapses} synapses, more than the {} that row pointers reach", MAX_SYNAPSES_PER_LANE)]
    Synapses { lane: usize, synapses: usize },
    #[error("neuron {neuron}: a reserved bit is set")]
    ReservedBits { neuron: usize },
    #[error("neuron {neuron}: {cause}")]
    Parameters { neuron: usize, cause: InvalidParameters },
    #[error("{n_classes} classes are more than the {} that a core can have; use fewer classes", MAX_READOUTS)]
    Classes { n_classes: usize },
    #[error("the readouts are not numbered from 0, each once: {detail}")]
    Readouts { detail: String },
    #[error(
        "lane {lane}: there must be one more row pointers than rows; they must start at 0, never decrease and end at the synapse count"
    )]
    RowPointers { lane: usize },
    #[error("lane {lane}, row {row}: postsynaptic neurons must ascend and exist")]
    Row { lane: usize, row: usize },
    #[error("plastic section of lane {lane}: {cause}")]
    Plastic { lane: usize, cause: String },
    #[error(
        "neuron {neuron}: the magnitudes of its incoming weights add up to {sum}, above {MAX_FAN_IN_WEIGHT}: a tick could overflow"
    )]
    FanIn { neuron: usize, sum: u32 },
}

/// Reads the layout of a version, and the words of each lane's plastic section where it has one; [`validate`] checks ranges and
/// order.
pub(super) fn decode(bytes: &[u8], version: u16) -> Result<(NetworkImage, Vec<Vec<u16>>), ImageError> {
    if let Some(found) = OtherFormat::of(bytes) {
        return Err(ImageError::OtherFormat { found });
    }
    if bytes.len() as u64 > MAX_IMAGE_BYTES {
        return Err(ImageError::TooLong);
    }
    let header_bytes = bytes.first_chunk::<HEADER_BYTES>().ok_or(ImageError::NotAnImage)?;
    let header = ImageHeader::from_bytes(header_bytes).ok_or(ImageError::NotAnImage)?;
    if header.version != version {
        return Err(ImageError::Version { found: header.version });
    }
    if header.total_bytes as usize != bytes.len() {
        return Err(ImageError::Length { expected: header.total_bytes as usize, found: bytes.len() });
    }
    let content = split_checked(bytes).ok_or(ImageError::Checksum)?;
    let n_lanes = usize::from(header.lanes);
    let n_neurons = usize::from(header.n_neurons);
    check_lanes(n_lanes)?;

    let mut sections = SectionReader { rest: &content[HEADER_BYTES..], index: 0 };
    let memory = |kind: SectionKind| (kind as u8, kind.name());
    let mut records = vec![Vec::new(); n_lanes];
    let mut lanes = Vec::with_capacity(n_lanes);
    let mut plastic = Vec::new();
    for (lane, records) in records.iter_mut().enumerate() {
        *records = sections.next(memory(SectionKind::Neurons), lane)?;
        let row_ptr = sections.next(memory(SectionKind::Rows), lane)?;
        let words = sections.next(memory(SectionKind::Synapses), lane)?;
        lanes.push(LaneSynapses { row_ptr, synapses: words.into_iter().map(synapse_from_word).collect() });
        if version == PLASTIC_VERSION {
            plastic.push(sections.next((PLASTIC_SECTION, "means"), lane)?);
        }
    }
    let surplus = sections.rest.len();
    if surplus > 0 {
        return Err(ImageError::Length { expected: bytes.len() - surplus, found: bytes.len() });
    }

    let record_words: usize = records.iter().map(Vec::len).sum();
    if record_words != n_neurons * NEURON_WORDS {
        return Err(ImageError::Neurons { n_neurons, lanes: n_lanes });
    }
    let neurons = (0..n_neurons)
        .map(|neuron| {
            let start = neuron / n_lanes * NEURON_WORDS;
            let words = records[neuron % n_lanes].get(start..).and_then(<[u16]>::first_chunk);
            let words = words.ok_or(ImageError::Neurons { n_neurons, lanes: n_lanes })?;
            neuron_from_words(words).ok_or(ImageError::ReservedBits { neuron })
        })
        .collect::<Result<_, _>>()?;

    let image = NetworkImage { n_channels: header.n_channels, neurons, lanes };
    if image.n_readouts() != usize::from(header.n_readouts) {
        let detail = format!("{} by the header, {} by the neurons", header.n_readouts, image.n_readouts());
        return Err(ImageError::Readouts { detail });
    }
    Ok((image, plastic))
}

struct SectionReader<'a> {
    rest: &'a [u8],
    index: usize,
}

impl SectionReader<'_> {
    /// The words of the next section, which must be of this kind and lane.
    fn next(&mut self, (kind, name): (u8, &'static str), lane: usize) -> Result<Vec<u16>, ImageError> {
        let error = ImageError::Section { index: self.index, expected: name };
        let (header, rest) = self.rest.split_first_chunk::<SECTION_HEADER_BYTES>().ok_or(error.clone())?;
        let [number, lane_number, 0, 0, words @ ..] = *header else { return Err(error) };
        if number != kind || usize::from(lane_number) != lane {
            return Err(error);
        }
        let n_bytes = (u32::from_le_bytes(words) as usize).checked_mul(2).ok_or(error.clone())?;
        let (content, rest) = rest.split_at_checked(n_bytes).ok_or(error.clone())?;
        let (checksum, rest) = rest.split_first_chunk::<CHECKSUM_BYTES>().ok_or(error.clone())?;
        if crc32(content) != u32::from_le_bytes(*checksum) {
            return Err(error);
        }
        self.rest = rest;
        self.index += 1;
        Ok(content.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect())
    }
}

fn check_lanes(lanes: usize) -> Result<(), ImageError> {
    let valid = lanes.is_power_of_two() && lanes <= usize::from(MAX_LANES);
    if valid { Ok(()) } else { Err(ImageError::Lanes { lanes }) }
}

/// Checks everything that the model and the hardware rely on.
pub(super) fn validate(image: &NetworkImage) -> Result<(), ImageError> {
    let n_lanes = image.lanes.len();
    let n_neurons = image.neurons.len();
    check_lanes(n_lanes)?;
    if image.n_channels == 0 {
        return Err(ImageError::NoChannels);
    }
    if n_neurons < n_lanes || n_neurons > n_lanes * usize::from(MAX_NEURONS_PER_LANE) {
        return Err(ImageError::Neurons { n_neurons, lanes: n_lanes });
    }
    if image.n_rows() > usize::from(u16::MAX) {
        return Err(ImageError::Rows { rows: image.n_rows() });
    }
    for (neuron, record) in image.neurons.iter().enumerate() {
        record.parameters.validate().map_err(|cause| ImageError::Parameters { neuron, cause })?;
    }
    validate_readouts(image)?;
    let mut fan_in = vec![0_u32; n_neurons];
    for (lane, synapses) in image.lanes.iter().enumerate() {
        validate_lane(image, lane, synapses, &mut fan_in)?;
    }
    match fan_in.iter().position(|sum| *sum > MAX_FAN_IN_WEIGHT) {
        Some(neuron) => Err(ImageError::FanIn { neuron, sum: fan_in[neuron] }),
        None => Ok(()),
    }
}

fn validate_readouts(image: &NetworkImage) -> Result<(), ImageError> {
    let mut classes: Vec<u8> = image.neurons.iter().filter_map(|neuron| neuron.readout).collect();
    if classes.len() > usize::from(MAX_READOUTS) {
        return Err(ImageError::Classes { n_classes: classes.len() });
    }
    classes.sort_unstable();
    let numbered = classes.iter().enumerate().all(|(index, class)| index == usize::from(*class));
    if numbered && !classes.is_empty() {
        Ok(())
    } else {
        Err(ImageError::Readouts { detail: format!("found {classes:?}") })
    }
}

fn validate_lane(
    image: &NetworkImage,
    lane: usize,
    table: &LaneSynapses,
    fan_in: &mut [u32],
) -> Result<(), ImageError> {
    let LaneSynapses { row_ptr, synapses } = table;
    if synapses.len() > usize::from(MAX_SYNAPSES_PER_LANE) {
        return Err(ImageError::Synapses { lane, synapses: synapses.len() });
    }
    let ordered = row_ptr.is_sorted() && row_ptr.first() == Some(&0);
    let complete = row_ptr.last().is_some_and(|end| usize::from(*end) == synapses.len());
    if row_ptr.len() != image.n_rows() + 1 || !ordered || !complete {
        return Err(ImageError::RowPointers { lane });
    }
    for (row, bounds) in row_ptr.windows(2).enumerate() {
        let synapses = &synapses[usize::from(bounds[0])..usize::from(bounds[1])];
        if !synapses.is_sorted_by_key(|synapse| synapse.post_neuron) {
            return Err(ImageError::Row { lane, row });
        }
        for synapse in synapses {
            let neuron = usize::from(synapse.post_neuron) * image.lanes.len() + lane;
            *fan_in.get_mut(neuron).ok_or(ImageError::Row { lane, row })? += u32::from(synapse.weight.unsigned_abs());
        }
    }
    Ok(())
}
