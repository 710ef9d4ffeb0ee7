//! Effective connectivity: what projections deliver while the network works.

use serde::{Deserialize, Serialize};
use train::network::ProjectionKind;

use super::Wiring;
use crate::analysis::{AnalysisError, SpikeTrains};

/// What each projection and each kind of projection delivers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EffectiveConnectivity {
    /// Projections, in the order of the topology.
    pub projections: Vec<ProjectionFlow>,
    /// Their sums, for the kinds forward, recurrent, feedback.
    pub kinds: Vec<KindFlow>,
    /// Weighted events of feedback over those of forward projections between areas; those from the input channels are not
    /// counted, nor those to the readout. `None` where there are none to divide by.
    pub feedback_over_forward: Option<f64>,
}

/// A projection at work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProjectionFlow {
    /// Where it starts.
    pub from: String,
    /// Where it ends.
    pub to: String,
    /// What it delivers.
    pub flow: KindFlow,
}

/// What synapses of one kind deliver.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KindFlow {
    /// Part in the circuit.
    pub kind: ProjectionKind,
    /// Synapses that exist.
    pub n_synapses: usize,
    /// Synaptic events a tick: spikes times synapses that they arrive at.
    pub events_per_tick: f64,
    /// Sum of the magnitudes of the weights at these events a tick, in units in which a threshold starts at 1.
    pub weighted_per_tick: f64,
    /// Sum of the weights at these events a tick, with their signs.
    pub net_per_tick: f64,
}

/// `spikes` are those of the channels and, behind them, of the neurons ([`SpikeTrains::join`]).
///
/// # Errors
/// Spikes of another number of units, synapses that lead nowhere.
pub fn effective_connectivity(wiring: &Wiring, spikes: &SpikeTrains) -> Result<EffectiveConnectivity, AnalysisError> {
    wiring.check(spikes)?;
    let n_ticks = (spikes.trials().len() * spikes.n_ticks()) as f64;
    let mut spikes_per_tick = vec![0.0; spikes.n_units()];
    for &unit in spikes.trials().iter().flatten().flatten() {
        spikes_per_tick[usize::from(unit)] += 1.0 / n_ticks;
    }
    let mut flows: Vec<KindFlow> = wiring.routes.iter().map(|route| KindFlow::none(route.kind)).collect();
    for synapse in &wiring.synapses {
        let (flow, rate) = (&mut flows[synapse.route], spikes_per_tick[synapse.pre_neuron]);
        flow.n_synapses += 1;
        flow.events_per_tick += rate;
        flow.weighted_per_tick += rate * synapse.weight.abs();
        flow.net_per_tick += rate * synapse.weight;
    }
    let kinds = [ProjectionKind::Forward, ProjectionKind::Recurrent, ProjectionKind::Feedback].map(|kind| {
        flows.iter().filter(|flow| flow.kind == kind).fold(KindFlow::none(kind), |sum, flow| sum.plus(flow))
    });
    let between_areas = |kind: ProjectionKind| -> f64 {
        let is_area = |name: &str| wiring.areas.iter().any(|area| area.name == name);
        let routes = wiring.routes.iter().zip(&flows);
        let chosen = routes.filter(|(route, _)| route.kind == kind && is_area(&route.from) && is_area(&route.to));
        chosen.map(|(_, flow)| flow.weighted_per_tick).sum()
    };
    let forward = between_areas(ProjectionKind::Forward);
    let projection = |(route, flow): (&super::Route, &KindFlow)| ProjectionFlow {
        from: route.from.clone(),
        to: route.to.clone(),
        flow: *flow,
    };
    Ok(EffectiveConnectivity {
        projections: wiring.routes.iter().zip(&flows).map(projection).collect(),
        kinds: kinds.to_vec(),
        feedback_over_forward: (forward > 0.0).then(|| between_areas(ProjectionKind::Feedback) / forward),
    })
}

impl KindFlow {
    fn none(kind: ProjectionKind) -> Self {
        Self { kind, n_synapses: 0, events_per_tick: 0.0, weighted_per_tick: 0.0, net_per_tick: 0.0 }
    }

    fn plus(self, other: &Self) -> Self {
        Self {
            kind: self.kind,
            n_synapses: self.n_synapses + other.n_synapses,
            events_per_tick: self.events_per_tick + other.events_per_tick,
            weighted_per_tick: self.weighted_per_tick + other.weighted_per_tick,
            net_per_tick: self.net_per_tick + other.net_per_tick,
        }
    }
}
