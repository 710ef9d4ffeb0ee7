//! Ablations: what the feedback of a network is worth, tried by taking it away, freezing or redrawing it before training.
//!
//! All of them start at the same network, so that the synapses that stay have the same first weights in each.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::error::TrainError;
use crate::network::Network;
use crate::topology::ProjectionKind;

/// What is done to a network before it is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Ablation {
    /// Nothing.
    #[serde(rename = "F0")]
    Intact,
    /// No feedback synapses.
    #[serde(rename = "F1")]
    FeedbackRemoved,
    /// Feedback synapses keep the weights with which training starts.
    #[serde(rename = "F2")]
    FeedbackFrozen,
    /// Feedback synapses get new random weights before every epoch but the first, so that none lasts.
    #[serde(rename = "F3")]
    FeedbackRedrawn,
    /// No synapses within an area.
    #[serde(rename = "F4")]
    RecurrenceRemoved,
    /// As many forward synapses are missing, drawn at random, as there are feedback synapses: what the smaller size of
    /// [`Ablation::FeedbackRemoved`] alone does.
    #[serde(rename = "F5")]
    ForwardRemoved,
}

/// What training does to the synapses of a projection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Plasticity {
    /// It trains them.
    #[default]
    Trained,
    /// It leaves them as they are when it starts, after calibration.
    Frozen,
    /// It gives them new random weights before every epoch but the first. Their standard deviation into each neuron is that
    /// of the first ones, after calibration. Which synapses exist does not change.
    Redrawn,
}

impl Ablation {
    /// Every ablation, in the order of their names.
    pub const ALL: [Self; 6] = [
        Self::Intact,
        Self::FeedbackRemoved,
        Self::FeedbackFrozen,
        Self::FeedbackRedrawn,
        Self::RecurrenceRemoved,
        Self::ForwardRemoved,
    ];

    /// `F0` to `F5`.
    #[must_use]
    pub fn name(self) -> &'static str {
        ["F0", "F1", "F2", "F3", "F4", "F5"][self as usize]
    }

    /// `network` ablated; `seed` draws what is removed at random.
    ///
    /// # Errors
    /// A network that has no synapses of the kind that this ablation is about, or fewer forward than feedback ones.
    pub fn apply(self, mut network: Network, seed: u64) -> Result<Network, TrainError> {
        let refuse = |cause: String| Err(TrainError::Ablation { ablation: self.name(), cause });
        let about = if self == Self::RecurrenceRemoved { ProjectionKind::Recurrent } else { ProjectionKind::Feedback };
        let synapses = network.synapses_of(about);
        if synapses.is_empty() && self != Self::Intact {
            return refuse(format!("the network has no {about:?} synapses").to_lowercase());
        }
        match self {
            Self::Intact => {}
            Self::FeedbackRemoved | Self::RecurrenceRemoved => {
                synapses.into_iter().for_each(|position| network.remove_synapse(position));
            }
            Self::FeedbackFrozen => network.set_plasticity(about, Plasticity::Frozen),
            Self::FeedbackRedrawn => network.set_plasticity(about, Plasticity::Redrawn),
            Self::ForwardRemoved => {
                let mut forward = network.synapses_of(ProjectionKind::Forward);
                if forward.len() < synapses.len() {
                    return refuse(format!("{} feedback but only {} forward synapses", synapses.len(), forward.len()));
                }
                let (drawn, _) = forward.partial_shuffle(&mut ChaCha8Rng::seed_from_u64(seed), synapses.len());
                drawn.iter().for_each(|&position| network.remove_synapse(position));
            }
        }
        Ok(network)
    }
}

impl Network {
    /// Positions in the weights of all synapses whose projection is of this kind, ascending.
    #[must_use]
    pub fn synapses_of(&self, kind: ProjectionKind) -> Vec<usize> {
        let is_of = |&position: &usize| {
            self.projection_at(position).is_some_and(|projection| self.projections[projection].kind == kind)
        };
        (0..self.weights.len()).filter(is_of).collect()
    }

    fn set_plasticity(&mut self, kind: ProjectionKind, plasticity: Plasticity) {
        for (projection, of) in self.projections.iter().zip(&mut self.plasticity) {
            if projection.kind == kind {
                *of = plasticity;
            }
        }
    }
}

/// Redraws the synapses of projections that ask for it.
pub(crate) struct Redraw {
    /// Position of each synapse, and the standard deviation of its weight.
    synapses: Vec<(usize, f32)>,
    rng: ChaCha8Rng,
}

impl Redraw {
    /// Of a network with its first weights.
    pub(crate) fn new(network: &Network, seed: u64) -> Self {
        let n_post = network.layout.n_post();
        let redrawn = |position: &usize| {
            network.projection_at(*position).filter(|&index| network.plasticity[index] == Plasticity::Redrawn)
        };
        let positions: Vec<usize> = (0..network.weights.len()).filter(|position| redrawn(position).is_some()).collect();
        let mut squares = vec![(0f32, 0f32); n_post];
        for &position in &positions {
            let (sum, count) = &mut squares[position % n_post];
            *sum += network.weights[position] * network.weights[position];
            *count += 1.0;
        }
        let deviation = |position: usize| {
            let (sum, count) = squares[position % n_post];
            (sum / count).sqrt()
        };
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        // Apart from the order of samples, which the same seed draws.
        rng.set_stream(1);
        Self { synapses: positions.into_iter().map(|position| (position, deviation(position))).collect(), rng }
    }

    /// Draws anew; whether there was anything to draw.
    pub(crate) fn draw(&mut self, network: &mut Network) -> bool {
        for &(position, deviation) in &self.synapses {
            let unit: f32 = StandardNormal.sample(&mut self.rng);
            if network.synapse_projection[position] > 0 {
                network.weights[position] = unit * deviation;
            }
        }
        !self.synapses.is_empty()
    }
}
