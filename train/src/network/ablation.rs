//! Ablations: what the feedback of a network is worth, tried by taking it away, freezing or redrawing it before training.
//!
//! All of them start at the same network, so that the synapses that stay have the same first weights in each.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::{Network, ProjectionKind};
use crate::TrainError;

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

    /// Why this ablation means nothing for `network`, where it does: there is none of what it is about, or too little of what
    /// it takes instead.
    #[must_use]
    pub fn why_not(self, network: &Network) -> Option<String> {
        let about = self.about()?;
        let n_synapses = network.synapses_of(about).len();
        if n_synapses == 0 {
            return Some(format!("the network has no {about:?} synapses").to_lowercase());
        }
        let n_forward = network.synapses_of(ProjectionKind::Forward).len();
        (self == Self::ForwardRemoved && n_forward < n_synapses)
            .then(|| format!("the network has {n_synapses} feedback but only {n_forward} forward synapses"))
    }

    /// The synapses that this ablation is about.
    fn about(self) -> Option<ProjectionKind> {
        match self {
            Self::Intact => None,
            Self::RecurrenceRemoved => Some(ProjectionKind::Recurrent),
            Self::FeedbackRemoved | Self::FeedbackFrozen | Self::FeedbackRedrawn | Self::ForwardRemoved => {
                Some(ProjectionKind::Feedback)
            }
        }
    }

    /// `network` ablated; `seed` draws what is removed at random.
    ///
    /// # Errors
    /// What [`Ablation::why_not`] says.
    pub fn apply(self, mut network: Network, seed: u64) -> Result<Network, TrainError> {
        if let Some(cause) = self.why_not(&network) {
            return Err(TrainError::Ablation { ablation: self.name(), cause });
        }
        let Some(about) = self.about() else { return Ok(network) };
        let synapses = network.synapses_of(about);
        match self {
            Self::Intact => {}
            Self::FeedbackRemoved | Self::RecurrenceRemoved => {
                synapses.into_iter().for_each(|position| network.remove_synapse(position));
            }
            Self::FeedbackFrozen => network.set_plasticity(about, Plasticity::Frozen),
            Self::FeedbackRedrawn => network.set_plasticity(about, Plasticity::Redrawn),
            Self::ForwardRemoved => {
                let mut forward = network.synapses_of(ProjectionKind::Forward);
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
