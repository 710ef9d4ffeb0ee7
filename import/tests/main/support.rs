//! Files as trees, traces, and runs of mapped networks.

use std::collections::BTreeMap;
use std::fs;

use import::conventions::{Conventions, Integrator, PerNode, Producer, ResetKind};
use import::mapping::{Mapping, Row};
use import::network::Network;
use import::nir::Graph;
use import::npz::{self, NumPyArray};
use recording::{Array, Tree, Values};
use spec::lif::ResetMode;

use crate::shared_data::shared_data;

/// The graph of a file of the shared data.
pub fn graph(name: &str) -> Option<Graph> {
    let path = shared_data(&format!("nir/{name}.nir"))?;
    Some(Graph::read(&path).unwrap_or_else(|error| panic!("{name}: {error}")))
}

/// The arrays of a trace of the shared data.
pub fn trace(name: &str) -> Option<BTreeMap<String, NumPyArray>> {
    let path = shared_data(&format!("nir/{name}_trace.npz"))?;
    Some(npz::read(&fs::read(path).unwrap()).unwrap())
}

/// The active columns of each row of a matrix of 0 and 1, whose further axes have length 1.
pub fn active(array: &NumPyArray) -> Vec<Vec<u16>> {
    let width = array.shape.last().unwrap();
    array
        .values
        .chunks_exact(*width)
        .map(|row| (0..*width).filter(|&i| row[i] != 0.0).map(|i| i as u16).collect())
        .collect()
}

/// As [`active`], of a matrix whose bits are packed, the highest first, in rows of `n_bits`.
pub fn unpacked(array: &NumPyArray, n_bits: usize) -> Vec<Vec<u16>> {
    let is_set = |row: &[f64], bit: usize| row[bit / 8] as u8 >> (7 - bit % 8) & 1 == 1;
    let rows = array.values.chunks_exact(array.shape[1]);
    rows.map(|row| (0..n_bits).filter(|&bit| is_set(row, bit)).map(|bit| bit as u16).collect()).collect()
}

/// How tinyRSNN is read.
pub fn tiny() -> Conventions {
    Conventions {
        dt_s: Some(4e-3),
        integrator: Some(Integrator::Exponential),
        reset: PerNode::all(ResetKind::Zero),
        reset_delay: PerNode::all(true),
        ..Conventions::of(Producer::Nir)
    }
}

/// snnTorch with one reset for all nodes.
pub fn snntorch(reset: ResetKind, is_late: bool) -> Conventions {
    Conventions {
        reset: PerNode::all(reset),
        reset_delay: PerNode::all(is_late),
        ..Conventions::of(Producer::SnnTorch)
    }
}

/// A text in a file.
pub fn text(value: &str) -> Tree {
    Tree::Array(Array { shape: Vec::new(), values: Values::Text(vec![value.into()]) })
}

/// Numbers in a file.
pub fn numbers(shape: &[u64], values: &[f64]) -> Tree {
    Tree::Array(Array { shape: shape.to_vec(), values: Values::Real(values.to_vec()) })
}

/// A node of a file.
pub fn node(kind: &str, parameters: &[(&str, Tree)]) -> Tree {
    let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    Tree::Group(parameters.chain([("type".to_owned(), text(kind))]).collect())
}

/// A graph of a file.
pub fn nested(nodes: &[(&str, Tree)], edges: &[(&str, &str)]) -> Tree {
    let names = edges.iter().flat_map(|(from, to)| [(*from).to_owned(), (*to).to_owned()]).collect();
    let shape = vec![edges.len() as u64, 2];
    let nodes = nodes.iter().map(|(name, node)| ((*name).to_owned(), node.clone())).collect();
    Tree::Group(BTreeMap::from([
        ("type".to_owned(), text("NIRGraph")),
        ("nodes".to_owned(), Tree::Group(nodes)),
        ("edges".to_owned(), Tree::Array(Array { shape, values: Values::Text(names) })),
    ]))
}

/// A file.
pub fn file(nodes: &[(&str, Tree)], edges: &[(&str, &str)]) -> Tree {
    Tree::Group(BTreeMap::from([("node".to_owned(), nested(nodes, edges)), ("version".to_owned(), text("1.0.8"))]))
}

pub fn input(size: f64) -> Tree {
    node("Input", &[("shape", numbers(&[1], &[size]))])
}

pub fn output(size: f64) -> Tree {
    node("Output", &[("shape", numbers(&[1], &[size]))])
}

pub fn linear(rows: u64, columns: u64, weights: &[f64]) -> Tree {
    node("Linear", &[("weight", numbers(&[rows, columns], weights))])
}

/// A LIF node with these time constants, thresholds 1 and no leak.
pub fn lif(taus: &[f64]) -> Tree {
    let n = taus.len();
    let gains: Vec<f64> = taus.iter().map(|tau| tau / 1e-4).collect();
    let all = |value: f64| numbers(&[n as u64], &vec![value; n]);
    let parameters = [
        ("tau", numbers(&[n as u64], taus)),
        ("r", numbers(&[n as u64], &gains)),
        ("v_leak", all(0.0)),
        ("v_threshold", all(1.0)),
        ("v_reset", all(0.0)),
    ];
    node("LIF", &parameters)
}

/// A mapping that runs in real numbers with the update of the core.
pub struct Ideal<'a> {
    mapping: &'a Mapping,
    outgoing: BTreeMap<Row, Vec<(usize, f64)>>,
    current: Vec<f64>,
    potential: Vec<f64>,
    refractory_left: Vec<u8>,
    pub fired: Vec<bool>,
}

impl<'a> Ideal<'a> {
    pub fn new(mapping: &'a Mapping) -> Self {
        let n = mapping.neurons.len();
        let mut outgoing: BTreeMap<Row, Vec<(usize, f64)>> = BTreeMap::new();
        for synapse in &mapping.synapses {
            outgoing.entry(synapse.pre).or_default().push((synapse.post, synapse.weight));
        }
        let zeros = vec![0.0; n];
        Self {
            mapping,
            outgoing,
            current: zeros.clone(),
            potential: zeros,
            refractory_left: vec![0; n],
            fired: vec![false; n],
        }
    }

    pub fn tick(&mut self, channels: &[u16]) {
        let mut sums = vec![0.0; self.mapping.neurons.len()];
        let fired = (0..self.fired.len()).filter(|&neuron| self.fired[neuron]).map(Row::Neuron);
        let rows = channels.iter().map(|channel| Row::Channel(usize::from(*channel))).chain(fired);
        for row in rows.collect::<Vec<_>>() {
            for (post, weight) in self.outgoing.get(&row).into_iter().flatten() {
                sums[*post] += weight;
            }
        }
        for (index, neuron) in self.mapping.neurons.iter().enumerate() {
            self.current[index] = neuron.synaptic_decay * self.current[index] + sums[index];
            let is_refractory = self.refractory_left[index] > 0;
            if !is_refractory {
                self.potential[index] =
                    neuron.membrane_decay * self.potential[index] + self.current[index] + neuron.bias;
            }
            let (potential, threshold) = (self.potential[index], neuron.threshold);
            let is_above = if neuron.is_strict { potential > threshold } else { potential >= threshold };
            self.fired[index] = !neuron.never_fires && !is_refractory && is_above;
            if self.fired[index] {
                let subtracted = potential - threshold;
                self.potential[index] = if neuron.reset_mode == ResetMode::Subtract { subtracted } else { 0.0 };
                self.refractory_left[index] = neuron.refractory_ticks;
            } else {
                self.refractory_left[index] = self.refractory_left[index].saturating_sub(1);
            }
        }
    }

    /// The scores.
    pub fn scores(&self) -> Vec<f64> {
        self.mapping.readouts.iter().map(|&readout| self.potential[readout]).collect()
    }
}

/// The network of a graph, which must be one.
pub fn network(graph: &Graph, conventions: &Conventions) -> Network {
    Network::of(graph, conventions).unwrap_or_else(|error| panic!("{error}"))
}
