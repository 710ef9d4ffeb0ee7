//! From the graph to populations: nodes without neurons are fused.

use spec::core::MAX_READOUTS;

use super::flow::{Flow, Weights};
use super::loops::{self, Edge, Reason};
use super::{Connection, Constant, Network, Output, Population, Source, neurons};
use crate::conventions::{Conventions, NeuronTraits};
use crate::nir::{Graph, Node, NodeKind};
use crate::{GraphError, ImportError, NodeError};

/// How far a delay may be from a whole number of ticks: files have single precision.
const TICK_TOLERANCE: f64 = 1e-3;
/// The most nodes between two populations.
const PATH_MAX: usize = 256;
/// The longest delay.
const DELAY_MAX_TICKS: f64 = 1000.0;
/// The most weights on all ways between populations, those that are 0 included: dense matrices of the largest core, which has 2,048
/// neurons, fit several times.
const WEIGHTS_MAX: usize = 1 << 25;

impl Network {
    /// Reads a graph as its producer means it.
    ///
    /// # Errors
    /// What the file and the conventions leave open; a graph that no core can hold, by node.
    pub fn of(graph: &Graph, conventions: &Conventions) -> Result<Self, ImportError> {
        let of_graph = graph.traits();
        let firing: Vec<String> =
            of_graph.iter().flatten().filter(|it| it.fires).map(|it| it.name.to_owned()).collect();
        conventions.check_names(&firing)?;
        conventions.unsaid(&of_graph.iter().flatten().copied().collect::<Vec<_>>())?;
        graph.check_outputs()?;
        let dt_s = conventions.time_step().unwrap_or(1.0);

        let mut warnings = Vec::new();
        let mut populations = Vec::new();
        let mut population_of = vec![None; graph.nodes.len()];
        for (index, node) in graph.nodes.iter().enumerate() {
            if let (NodeKind::Neuron(neuron), Some(traits)) = (&node.kind, &of_graph[index]) {
                population_of[index] = Some(populations.len());
                populations.push(neurons::population(node, neuron, traits, conventions, &mut warnings)?);
            }
        }
        let mut builder = Builder {
            graph,
            dt_s,
            population_of,
            is_shared: graph.is_shared(),
            flows: vec![None; graph.nodes.len()],
            n_channels: 0,
            n_weights: 0,
        };
        builder.channels();
        for index in 0..graph.nodes.len() {
            if let Some(population) = builder.population_of[index] {
                let input = builder.input(index, &mut Vec::new())?;
                builder.connect(&graph.nodes[index], input, &mut populations[population])?;
            }
        }
        let mut outputs = Vec::new();
        for &index in &graph.network_outputs {
            let input = builder.input(index, &mut Vec::new())?;
            builder.output(&graph.nodes[index], input, &mut populations, &mut outputs)?;
        }
        refuse_graded(&populations)?;
        refuse_infinite(&populations)?;
        close_loops(&mut populations, &graph.next_tick, conventions.emission_ticks(), &mut warnings);
        Ok(Self { dt_s, n_channels: builder.n_channels, populations, outputs, warnings })
    }
}

impl Graph {
    /// What decides how each node of neurons is read.
    fn traits(&self) -> Vec<Option<NeuronTraits<'_>>> {
        let traits = |(index, node): (usize, &'_ Node)| match &node.kind {
            NodeKind::Neuron(neuron) => Some(NeuronTraits {
                name: &self.nodes[index].name,
                fires: neuron.kind.fires(),
                has_time_constant: neuron.kind.has_time_constant(),
                has_filter: neuron.kind.has_filter(),
                is_recurrent: self.feeds_itself(index),
            }),
            _ => None,
        };
        self.nodes.iter().enumerate().map(traits).collect()
    }

    /// Refuses more outputs than a core has before anything is made of them.
    fn check_outputs(&self) -> Result<(), NodeError> {
        for node in self.network_outputs.iter().map(|&output| &self.nodes[output]) {
            if let Some(size) = node.kind.size_in().filter(|size| *size > usize::from(MAX_READOUTS)) {
                let cause = format!("the network has {size} outputs there, and no core has more than {MAX_READOUTS}");
                return Err(node.refuse(cause, "train it with fewer outputs"));
            }
        }
        Ok(())
    }

    /// Whether what flows out of each node flows into several.
    fn is_shared(&self) -> Vec<bool> {
        let mut n_uses = vec![0; self.nodes.len()];
        self.inputs.iter().flatten().for_each(|&from| n_uses[from] += 1);
        n_uses.into_iter().map(|n_uses| n_uses > 1).collect()
    }

    /// Whether a way leads from a node of neurons back to it, past no other neurons.
    fn feeds_itself(&self, neuron: usize) -> bool {
        let mut seen = vec![false; self.nodes.len()];
        let mut rest = self.inputs[neuron].clone();
        while let Some(node) = rest.pop() {
            if node == neuron {
                return true;
            }
            if !matches!(self.nodes[node].kind, NodeKind::Neuron(_)) && !std::mem::replace(&mut seen[node], true) {
                rest.extend(&self.inputs[node]);
            }
        }
        false
    }
}

struct Builder<'a> {
    graph: &'a Graph,
    dt_s: f64,
    population_of: Vec<Option<usize>>,
    /// Whether what flows out of a node flows into several.
    is_shared: Vec<bool>,
    /// What flows out of inputs and neurons; of other nodes once it is known, if it is used again.
    flows: Vec<Option<Flow>>,
    n_channels: usize,
    /// Weights made so far.
    n_weights: usize,
}

impl Builder<'_> {
    fn channels(&mut self) {
        for &input in &self.graph.network_inputs {
            if let NodeKind::Input { size } = self.graph.nodes[input].kind {
                self.flows[input] = Some(Flow::of(Source::Channels { first: self.n_channels, count: size }, size));
                self.n_channels += size;
            }
        }
        for (index, node) in self.graph.nodes.iter().enumerate() {
            if let (Some(population), NodeKind::Neuron(neuron)) = (self.population_of[index], &node.kind) {
                self.flows[index] = Some(Flow::of(Source::Population(population), neuron.n_neurons()));
            }
        }
    }

    /// What flows into a node; `path` has the nodes that wait for it.
    fn input(&mut self, index: usize, path: &mut Vec<usize>) -> Result<Flow, ImportError> {
        let node = &self.graph.nodes[index];
        let mut sum: Option<(usize, Flow)> = None;
        for &from in &self.graph.inputs[index] {
            let flow = self.flow(from, path)?;
            match &mut sum {
                None => sum = Some((from, flow)),
                Some((first, sum)) if sum.size != flow.size => {
                    let name = |index: usize| &self.graph.nodes[index].name;
                    let cause =
                        format!("{} gives {} values, {} gives {}", name(*first), sum.size, name(from), flow.size);
                    return Err(node.refuse(cause, "give it inputs of one size").into());
                }
                Some((_, sum)) => sum.add(&flow),
            }
        }
        let (_, flow) = sum.ok_or_else(|| node.refuse("no edge leads to it", "remove it, or add an edge"))?;
        self.check_size(node, flow.size)?;
        Ok(flow)
    }

    fn check_size(&self, node: &Node, found: usize) -> Result<(), NodeError> {
        match node.kind.size_in() {
            Some(expected) if expected != found => {
                let remedy = match &node.kind {
                    NodeKind::Linear { weight, .. } if weight.nrows() == found => {
                        "its weight is transposed: NIR writes outputs by inputs, spyx wrote inputs by outputs; transpose it"
                    }
                    _ => "write sizes that agree",
                };
                Err(node.refuse(format!("it takes {expected} values and is given {found}"), remedy))
            }
            _ => Ok(()),
        }
    }

    /// What flows out of a node.
    fn flow(&mut self, index: usize, path: &mut Vec<usize>) -> Result<Flow, ImportError> {
        if let Some(flow) = &self.flows[index] {
            return Ok(flow.clone());
        }
        let node = &self.graph.nodes[index];
        if path.contains(&index) {
            let names: Vec<&str> = path.iter().map(|&index| self.graph.nodes[index].name.as_str()).collect();
            let cause = format!("the nodes {} are a loop without a neuron", names.join(", "));
            return Err(GraphError::new(cause, "lead the loop through a neuron").into());
        }
        if path.len() == PATH_MAX {
            let cause = format!("more than {PATH_MAX} nodes without neurons lead one to the other");
            return Err(node.refuse(cause, "join their weights").into());
        }
        path.push(index);
        let input = self.input(index, path)?;
        path.pop();
        self.count_weights(node, input.n_weights_through(&node.kind))?;
        let each = |values: &[f64]| match values {
            [one] => vec![*one; input.size],
            values => values.to_vec(),
        };
        let flow = match &node.kind {
            NodeKind::Linear { weight, bias } => input.linear(weight, bias),
            NodeKind::Scale { factors } => input.scaled(&each(factors)),
            NodeKind::Delay { delays } => input.delayed(&each(delays)),
            NodeKind::Input { .. } | NodeKind::Output { .. } | NodeKind::Flatten | NodeKind::Neuron(_) => input,
        };
        if self.is_shared[index] {
            self.flows[index] = Some(flow.clone());
        }
        Ok(flow)
    }

    /// Refuses weights for which there is no memory.
    fn count_weights(&mut self, node: &Node, n_weights: usize) -> Result<(), NodeError> {
        self.n_weights = self.n_weights.saturating_add(n_weights);
        if self.n_weights > WEIGHTS_MAX {
            let cause = format!("the ways to it have {} weights, zeros included", self.n_weights);
            return Err(node.refuse(cause, "train a smaller network: no core holds nearly as many"));
        }
        Ok(())
    }

    fn ticks(&self, node: &Node, delay: f64) -> Result<u32, NodeError> {
        let ticks = delay / self.dt_s;
        if (ticks - ticks.round()).abs() > TICK_TOLERANCE {
            let cause = format!("a delay of {delay} on the way to it is {ticks:.3} time steps");
            return Err(node.refuse(cause, "write delays of whole time steps, or set the time step of the training"));
        }
        if ticks > DELAY_MAX_TICKS {
            let cause = format!(
                "a delay of {delay} on the way to it is {ticks} time steps, and each takes a neuron for a value"
            );
            return Err(node.refuse(cause, format!("write delays of up to {DELAY_MAX_TICKS} time steps")));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to the longest delay")]
        Ok(ticks.round() as u32)
    }

    fn connect(&mut self, node: &Node, input: Flow, population: &mut Population) -> Result<(), ImportError> {
        self.count_weights(node, input.n_weights_dense())?;
        for term in input.terms {
            population.connections.push(Connection {
                source: term.source,
                delay_ticks: self.ticks(node, term.delay)?,
                weights: term.weights.into_dense(),
            });
        }
        for (start, values) in input.constants {
            if values.iter().any(|value| *value != 0.0) {
                let from_tick = self.ticks(node, start)?;
                population.constants.push(Constant { from_tick, values });
            }
        }
        Ok(())
    }

    /// The outputs of a node: neurons as they are, or sums of weights, which become a population.
    fn output(
        &mut self,
        node: &Node,
        input: Flow,
        populations: &mut Vec<Population>,
        outputs: &mut Vec<Output>,
    ) -> Result<(), ImportError> {
        let has_constant = input.constants.iter().any(|(_, values)| values.iter().any(|value| *value != 0.0));
        let mut shown = None;
        if let ([term], false) = (&input.terms[..], has_constant)
            && let (Source::Population(population), Weights::Diagonal(factors)) = (term.source, &term.weights)
            && (populations[population].firing.is_none() || factors.iter().all(|factor| *factor == 1.0))
        {
            shown = Some((population, factors.clone(), self.ticks(node, term.delay)?));
        }
        let (population, factors, delay_ticks) = match shown {
            Some(shown) => shown,
            None => {
                let size = input.size;
                let mut sums = Population {
                    name: node.name.clone(),
                    synaptic_decay: vec![0.0; size],
                    membrane_decay: vec![0.0; size],
                    gain: vec![1.0; size],
                    leak: vec![0.0; size],
                    firing: None,
                    connections: Vec::new(),
                    constants: Vec::new(),
                };
                self.connect(node, input, &mut sums)?;
                populations.push(sums);
                (populations.len() - 1, vec![1.0; size], 0)
            }
        };
        outputs.extend(factors.into_iter().enumerate().map(|(neuron, factor)| Output {
            name: format!("{}[{neuron}]", node.name),
            population,
            neuron,
            factor,
            delay_ticks,
        }));
        Ok(())
    }
}

/// Refuses neurons that pass their potential on to others: a core passes on spikes only.
fn refuse_graded(populations: &[Population]) -> Result<(), GraphError> {
    for population in populations {
        for connection in &population.connections {
            if let Source::Population(source) = connection.source
                && populations[source].firing.is_none()
            {
                let cause = format!(
                    "{} only integrates, and leads to {}: a core passes on spikes, not potentials",
                    populations[source].name, population.name
                );
                return Err(GraphError::new(cause, "put weights before the integrator, or let it be an output"));
            }
        }
    }
    Ok(())
}

/// Refuses weights whose products or sums are beyond all numbers.
fn refuse_infinite(populations: &[Population]) -> Result<(), GraphError> {
    for population in populations {
        for (neuron, gain) in population.gain.iter().enumerate() {
            let weights = population.connections.iter().flat_map(|connection| connection.weights.row(neuron));
            let constants = population.constants.iter().map(|constant| &constant.values[neuron]);
            let sum: f64 = weights.chain(constants).map(|value| (value * gain).abs()).sum();
            if !sum.is_finite() {
                let cause = format!("the weights to {}[{neuron}] add up to no number", population.name);
                return Err(GraphError::new(cause, "train it again: the training diverged"));
            }
        }
    }
    Ok(())
}

/// Spikes that close a loop arrive in the next tick, and those of some frameworks take a tick everywhere. `declared` has the connections
/// of which the file says that they close a loop.
fn close_loops(
    populations: &mut [Population],
    declared: &[(String, String)],
    emission_ticks: u32,
    warnings: &mut Vec<String>,
) {
    let names: Vec<&str> = populations.iter().map(|population| population.name.as_str()).collect();
    let edge = |post: &Population, connection: &Connection| {
        let Connection { source, delay_ticks, .. } = *connection;
        let is_declared = match source {
            Source::Population(pre) => declared.iter().any(|(from, to)| *from == names[pre] && *to == post.name),
            Source::Channels { .. } => false,
        };
        Edge { source, delay_ticks, is_declared }
    };
    let edges = |post: &Population| post.connections.iter().map(|connection| edge(post, connection)).collect();
    let edges: Vec<Vec<Edge>> = populations.iter().map(edges).collect();
    let closes = loops::closing(&names, &edges);
    for (post, (edges, closes)) in edges.iter().zip(&closes).enumerate() {
        for (edge, reason) in edges.iter().zip(closes) {
            if let (Source::Population(pre), Some(reason)) = (edge.source, reason) {
                let warning = why_it_closes(*reason, names[pre], names[post]);
                warnings.extend(warning.filter(|warning| !warnings.contains(warning)));
            }
        }
    }
    for (population, closes) in populations.iter_mut().zip(closes) {
        for (connection, closes) in population.connections.iter_mut().zip(closes) {
            if let Source::Population(_) = connection.source {
                connection.delay_ticks += emission_ticks.max(u32::from(closes.is_some()));
            }
        }
    }
}

/// Which connection of a loop of several populations closes it, the file does not say.
fn why_it_closes(reason: Reason, from: &str, to: &str) -> Option<String> {
    let why = match reason {
        Reason::Itself | Reason::Declared => return None,
        Reason::Delay => "it has the longest Delay of its loop",
        Reason::Distance => "it leads back towards the input",
        Reason::Names => {
            "without a Delay only the order of names tells; name the populations in the order in which the framework runs them"
        }
    };
    Some(format!("{to}: spikes of {from} come in the next tick, because they close a loop: {why}"))
}
