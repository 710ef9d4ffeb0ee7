//! Synapses of a network as a plain list.

use std::ops::Range;

use train::network::{AreaSpan, Network, ProjectionKind};

use crate::analysis::{AnalysisError, SpikeTrains};

/// Who projects to whom, how strongly.
///
/// Presynaptic indices count the input channels and then the neurons, postsynaptic indices the neurons and then the
/// readout, as in [`train::network::Layout`].
#[derive(Clone, Debug, PartialEq)]
pub struct Wiring {
    /// Input channels.
    pub n_channels: usize,
    /// Neurons that can fire.
    pub n_neurons: usize,
    /// Readout neurons.
    pub n_readouts: usize,
    /// Areas of the neurons.
    pub areas: Vec<AreaSpan>,
    /// Projections.
    pub routes: Vec<Route>,
    /// Synapses that exist.
    pub synapses: Vec<Synapse>,
}

/// A projection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Where it starts.
    pub from: String,
    /// Where it ends.
    pub to: String,
    /// Its part in the circuit.
    pub kind: ProjectionKind,
}

/// A synapse.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Synapse {
    /// Presynaptic index.
    pub pre_neuron: usize,
    /// Postsynaptic index.
    pub post_neuron: usize,
    /// What a spike adds to the current, in units in which a threshold starts at 1; positive excites.
    pub weight: f64,
    /// Index into [`Wiring::routes`].
    pub route: usize,
}

impl From<&Network> for Wiring {
    fn from(network: &Network) -> Self {
        let layout = network.layout;
        let entries = network.synapse_projection.iter().zip(&network.weights).enumerate();
        let synapses = entries.filter_map(|(index, (&projection, &weight))| {
            Some(Synapse {
                pre_neuron: index / layout.n_post(),
                post_neuron: index % layout.n_post(),
                weight: f64::from(weight),
                route: usize::from(projection).checked_sub(1)?,
            })
        });
        let route = |projection: &train::network::Projection| Route {
            from: projection.from.clone(),
            to: projection.to.clone(),
            kind: projection.kind,
        };
        Self {
            n_channels: layout.n_channels,
            n_neurons: layout.n_neurons,
            n_readouts: layout.n_readouts,
            synapses: synapses.collect(),
            areas: network.areas.clone(),
            routes: network.projections.iter().map(route).collect(),
        }
    }
}

impl Wiring {
    /// Neurons of an area.
    ///
    /// # Errors
    /// No area of that name.
    pub fn area(&self, name: &str) -> Result<Range<usize>, AnalysisError> {
        let area = self.areas.iter().find(|area| area.name == name).map(|area| area.neurons.clone());
        area.ok_or_else(|| {
            let names: Vec<&str> = self.areas.iter().map(|area| area.name.as_str()).collect();
            let cause = format!("no area `{name}` among {}", names.join(", "));
            AnalysisError::new("areas", cause, "name one of the network's areas")
        })
    }

    /// Refuses spikes that are not of the channels and neurons of this network, and synapses that lead nowhere.
    pub(super) fn check(&self, spikes: &SpikeTrains) -> Result<(), AnalysisError> {
        let n_pre = self.n_channels + self.n_neurons;
        AnalysisError::check_same_length("channels and neurons, and units with spikes", n_pre, spikes.n_units())?;
        self.check_synapses()
    }

    pub(super) fn check_synapses(&self) -> Result<(), AnalysisError> {
        let (n_pre, n_post) = (self.n_channels + self.n_neurons, self.n_neurons + self.n_readouts);
        let leads_nowhere = |synapse: &&Synapse| {
            synapse.pre_neuron >= n_pre || synapse.post_neuron >= n_post || synapse.route >= self.routes.len()
        };
        if let Some(synapse) = self.synapses.iter().find(leads_nowhere) {
            let cause = format!("{synapse:?} leads out of the network");
            return Err(AnalysisError::new("synapses", cause, "number channels, neurons and projections from 0"));
        }
        Ok(())
    }

    /// Synapses that start at each presynaptic index.
    pub(super) fn outgoing(&self) -> Vec<Vec<Synapse>> {
        let mut outgoing = vec![Vec::new(); self.n_channels + self.n_neurons];
        for synapse in &self.synapses {
            outgoing[synapse.pre_neuron].push(*synapse);
        }
        outgoing
    }
}
