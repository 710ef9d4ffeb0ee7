//! The plastic image: a network with readouts that learn, and the means that they have learned.

use crate::fixed::DECAY_ONE_RAW;
use crate::learn::Means;
use crate::lif::{NeuronParameters, ResetMode};

use super::layout::{PLASTIC_HEAD_WORDS, PLASTIC_SECTION, PLASTIC_VERSION};
use super::{IMAGE_VERSION, ImageError, LaneSynapses, NetworkImage, Neuron, Synapse, decode, encode};

/// The readouts of a network that learn: its last classes, each with a synapse from each of the first channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plastic {
    /// The first of them, so the number of classes before them.
    pub first_class: u8,
    /// Their means; the rows are the first channels.
    pub means: Means,
}

/// A network with plastic readouts, whose weights and biases are always those that the means make.
///
/// A board runs [`PlasticImage::network`] and knows nothing of learning; to each plastic score belongs the start of its readout
/// ([`PlasticImage::starts`]), which the host adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlasticImage {
    network: NetworkImage,
    plastic: Plastic,
}

/// A plastic readout: an integrator that forgets nothing and never fires.
fn integrator(bias: i16) -> NeuronParameters {
    NeuronParameters {
        synaptic_decay: 0,
        membrane_decay: DECAY_ONE_RAW,
        adaptation_decay: 0,
        threshold: i16::MAX,
        adaptation_increment: 0,
        bias,
        refractory_ticks: 0,
        reset_mode: ResetMode::Subtract,
        never_fires: true,
    }
}

impl PlasticImage {
    /// A network with plastic readouts added, as its last neurons and classes.
    ///
    /// # Errors
    /// More rows than the network has channels, or a network that is too large with them.
    pub fn add(network: &NetworkImage, means: Means) -> Result<Self, ImageError> {
        let mut network = network.clone();
        if means.n_rows() > usize::from(network.n_channels) {
            let cause = format!("{} rows of {} channels", means.n_rows(), network.n_channels);
            return Err(ImageError::Plastic { lane: 0, cause });
        }
        let too_many = |n_classes| ImageError::Classes { n_classes };
        let first_class = u8::try_from(network.n_readouts()).map_err(|_| too_many(network.n_readouts()))?;
        let n_lanes = network.lanes.len();
        let mut rows: Vec<Vec<Vec<Synapse>>> = network.lanes.iter().map(LaneSynapses::rows).collect();
        for (class, readout) in (first_class..).zip(means.readouts()) {
            let (lane, index) = (network.neurons.len() % n_lanes, network.neurons.len() / n_lanes);
            let n_neurons = network.neurons.len() + 1;
            let post_neuron = u8::try_from(index).map_err(|_| ImageError::Neurons { n_neurons, lanes: n_lanes })?;
            network.neurons.push(Neuron { parameters: integrator(readout.bias), readout: Some(class) });
            for (row, weight) in rows[lane].iter_mut().zip(readout.weights) {
                row.push(Synapse { post_neuron, weight });
            }
            rows.iter_mut().for_each(|rows| rows.push(Vec::new()));
        }
        network.lanes = rows
            .into_iter()
            .enumerate()
            .map(|(lane, rows)| LaneSynapses::of_rows(&rows).ok_or_else(|| too_many_synapses(lane, &rows)))
            .collect::<Result<_, _>>()?;
        decode::validate(&network)?;
        Ok(Self { network, plastic: Plastic { first_class, means } })
    }

    /// The network, as a board runs it.
    #[must_use]
    pub fn network(&self) -> &NetworkImage {
        &self.network
    }

    /// What learns.
    #[must_use]
    pub fn plastic(&self) -> &Plastic {
        &self.plastic
    }

    /// The potential at the start of a window of each plastic readout, which its score lacks.
    #[must_use]
    pub fn starts(&self) -> Vec<i16> {
        self.plastic.means.readouts().iter().map(|readout| readout.start).collect()
    }

    /// The network without its plastic readouts: what [`PlasticImage::add`] was given.
    #[must_use]
    pub fn trained(&self) -> NetworkImage {
        let n_lanes = self.network.lanes.len();
        let n_neurons = self.network.neurons.len() - self.plastic.means.n_classes();
        let n_rows = usize::from(self.network.n_channels) + n_neurons;
        let of_lane = |(lane, table): (usize, &LaneSynapses)| {
            let is_kept = |synapse: &Synapse| usize::from(synapse.post_neuron) * n_lanes + lane < n_neurons;
            let mut rows = table.rows();
            rows.truncate(n_rows);
            rows.iter_mut().for_each(|row| row.retain(is_kept));
            LaneSynapses::of_rows(&rows).unwrap_or_else(|| unreachable!("fewer synapses than before"))
        };
        NetworkImage {
            n_channels: self.network.n_channels,
            neurons: self.network.neurons[..n_neurons].to_vec(),
            lanes: self.network.lanes.iter().enumerate().map(of_lane).collect(),
        }
    }

    /// Puts other means of the same shape in place: what was learned, or a checkpoint. Returns how many weights change.
    ///
    /// # Panics
    /// If they have another number of rows or classes.
    pub fn learn(&mut self, means: Means) -> usize {
        let shape = |means: &Means| (means.n_rows(), means.n_classes());
        assert_eq!(shape(&means), shape(&self.plastic.means), "rows and classes");
        let mut n_changed = 0;
        for (class, readout) in means.readouts().iter().enumerate() {
            let (lane, neuron) = self.place(class);
            self.network.neurons[neuron].parameters.bias = readout.bias;
            for (row, weight) in readout.weights.iter().enumerate() {
                let position = self.position(lane, row, neuron);
                let old = std::mem::replace(&mut self.network.lanes[lane].synapses[position].weight, *weight);
                n_changed += usize::from(old != *weight);
            }
        }
        self.plastic.means = means;
        n_changed
    }

    /// The bytes of the image, in [`PLASTIC_VERSION`].
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let words: Vec<Vec<u16>> = (0..self.network.lanes.len()).map(|lane| self.lane_words(lane)).collect();
        encode::encode(&self.network, PLASTIC_VERSION, Some((PLASTIC_SECTION, &words)))
    }

    /// Reads an image of [`PLASTIC_VERSION`].
    ///
    /// # Errors
    /// As [`NetworkImage::decode`], and weights or biases that the means do not make.
    pub fn decode(bytes: &[u8]) -> Result<Self, ImageError> {
        let (network, words) = decode::decode(bytes, PLASTIC_VERSION)?;
        decode::validate(&network)?;
        let plastic = Plastic::from_words(&network, &words)?;
        let image = Self { network, plastic };
        image.validate()?;
        Ok(image)
    }

    /// Whether bytes are those of a plastic image, by their header.
    #[must_use]
    pub fn is_one(bytes: &[u8]) -> bool {
        let header = bytes.first_chunk().and_then(super::ImageHeader::from_bytes);
        header.is_some_and(|header| header.version == PLASTIC_VERSION)
    }

    /// The bytes that a board loads, in [`IMAGE_VERSION`].
    #[must_use]
    pub fn board_bytes(&self) -> Vec<u8> {
        encode::encode(&self.network, IMAGE_VERSION, None)
    }

    /// Lane and id of the readout of a plastic class.
    fn place(&self, class: usize) -> (usize, usize) {
        let first = self.network.neurons.len() - self.plastic.means.n_classes();
        ((first + class) % self.network.lanes.len(), first + class)
    }

    /// The place of the synapse of a channel on a readout, among those of its lane: plastic neurons are the last ones, and rows
    /// ascend.
    fn position(&self, lane: usize, row: usize, neuron: usize) -> usize {
        let n_lanes = self.network.lanes.len();
        let after = (neuron + n_lanes..self.network.neurons.len()).step_by(n_lanes).count();
        usize::from(self.network.lanes[lane].row_ptr[row + 1]) - 1 - after
    }

    /// The words of a lane's plastic section.
    #[expect(clippy::cast_possible_truncation, reason = "means have at most 256 rows")]
    fn lane_words(&self, lane: usize) -> Vec<u16> {
        let Plastic { first_class, means } = &self.plastic;
        let mut words = vec![u16::from(*first_class), means.n_rows() as u16, means.ticks(), means.floor()];
        for row in means.means().chunks_exact(means.n_classes()) {
            let on_lane = row.iter().enumerate().filter(|(class, _)| self.place(*class).0 == lane);
            words.extend(on_lane.map(|(_, mean)| *mean));
        }
        words
    }

    /// Checks that the last neurons are the readouts that the means make.
    fn validate(&self) -> Result<(), ImageError> {
        let Plastic { first_class, means } = &self.plastic;
        for (class, readout) in means.readouts().iter().enumerate() {
            let (lane, id) = self.place(class);
            let wrong =
                |cause: &str| Err(ImageError::Plastic { lane, cause: format!("plastic class {class}: {cause}") });
            let number = usize::from(*first_class) + class;
            let expected = Neuron { parameters: integrator(readout.bias), readout: u8::try_from(number).ok() };
            if self.network.neurons[id] != expected {
                return wrong("its neuron is not the one that the means make");
            }
            if self.incoming(lane, id) != readout.weights {
                return wrong("its weights are not those that the means make");
            }
        }
        Ok(())
    }

    /// The weights that end on a neuron of a lane; more than one from a row, or none, makes another length.
    fn incoming(&self, lane: usize, neuron: usize) -> Vec<i8> {
        let index = neuron / self.network.lanes.len();
        let LaneSynapses { row_ptr, synapses } = &self.network.lanes[lane];
        let n_rows = self.plastic.means.n_rows();
        let mut weights = Vec::new();
        for (row, bounds) in row_ptr.windows(2).enumerate() {
            let synapses = &synapses[usize::from(bounds[0])..usize::from(bounds[1])];
            let on_neuron = synapses.iter().filter(|synapse| usize::from(synapse.post_neuron) == index);
            let before = weights.len();
            weights.extend(on_neuron.map(|synapse| synapse.weight));
            // Rows have one synapse each, and no others have any; what does not, cannot be mistaken for it.
            if weights.len() - before != usize::from(row < n_rows) {
                return Vec::new();
            }
        }
        weights
    }
}

fn too_many_synapses(lane: usize, rows: &[Vec<Synapse>]) -> ImageError {
    ImageError::Synapses { lane, synapses: rows.iter().map(Vec::len).sum() }
}

impl Plastic {
    /// What the sections of all lanes hold.
    fn from_words(network: &NetworkImage, words: &[Vec<u16>]) -> Result<Self, ImageError> {
        let wrong = |lane: usize, cause: String| ImageError::Plastic { lane, cause };
        let head = |lane: usize| {
            let head = words[lane].first_chunk::<PLASTIC_HEAD_WORDS>();
            head.copied().ok_or_else(|| wrong(lane, "it is too short".to_owned()))
        };
        let first = head(0)?;
        let [first_class, n_rows, ticks, floor] = first;
        let n_classes = network.n_readouts().checked_sub(usize::from(first_class)).filter(|n_classes| *n_classes > 0);
        let n_classes = n_classes.ok_or_else(|| wrong(0, format!("no class is number {first_class}")))?;
        let n_rows = usize::from(n_rows);
        if n_rows > usize::from(network.n_channels) {
            return Err(wrong(0, format!("{n_rows} rows of {} channels", network.n_channels)));
        }
        let n_lanes = network.lanes.len();
        let lane_of = |class: usize| (network.neurons.len() - n_classes + class) % n_lanes;
        let mut means = vec![0; n_rows * n_classes];
        for (lane, words) in words.iter().enumerate() {
            let classes: Vec<usize> = (0..n_classes).filter(|class| lane_of(*class) == lane).collect();
            let of_lane = &words[PLASTIC_HEAD_WORDS.min(words.len())..];
            if head(lane)? != first || of_lane.len() != n_rows * classes.len() {
                return Err(wrong(lane, "its sizes are not those of the network".to_owned()));
            }
            for (at, mean) in of_lane.iter().enumerate() {
                means[at / classes.len() * n_classes + classes[at % classes.len()]] = *mean;
            }
        }
        let means = Means::new(ticks, floor, n_classes, means).map_err(|cause| wrong(0, cause.to_string()))?;
        let first_class = u8::try_from(first_class).map_err(|_| wrong(0, format!("class {first_class}")))?;
        Ok(Self { first_class, means })
    }
}
